"""Forest plots: where marks, intervals and dots stand."""

import numpy as np
import pytest
import scipy.stats

import neurosim as ns
from tests.anatomy.helpers import complains


def test_marks_stand_at_means_lines_span_the_intervals_and_dots_are_the_repeats():
    rng = np.random.default_rng(0)
    values = {(group, name): rng.normal(size=8) for group in ("patients", "controls") for name in ("what", "where")}
    groups = {
        group: {name: ns.Estimate(values[group, name]) for name in ("what", "where")}
        for group in ("patients", "controls")
    }
    ax = ns.charts.forest(groups, xlabel="share lost", percent=True)
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["patients", "controls"]
    lines = [line for line in ax.lines if line.get_label() in ("what", "where")]
    spans = [line for line in ax.lines if len(set(line.get_ydata())) == 1 and line.get_linewidth() == 1.6]
    dots = ax.collections
    assert len(lines) == len(spans) == len(dots) == 4
    for (group, _), each, mark, span, cloud in zip(values, values.values(), lines, spans, dots, strict=True):
        assert mark.get_xdata()[0] == pytest.approx(each.mean())
        assert round(mark.get_ydata()[0]) == ["patients", "controls"].index(group)
        interval = scipy.stats.ttest_1samp(each, 0).confidence_interval(0.95)
        assert tuple(span.get_xdata()) == pytest.approx((interval.low, interval.high))
        np.testing.assert_allclose(cloud.get_offsets()[:, 0], each)
    assert ax.get_ylim()[0] > ax.get_ylim()[1]  # the first group stands on top
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["what", "where"]
    assert lines[0].get_color() == lines[2].get_color() != lines[1].get_color()


def test_one_measure_needs_no_key_and_one_repeat_has_no_interval():
    ax = ns.charts.forest({"a": {"x": ns.Estimate([0.5])}, "b": {"x": ns.Estimate([0.1, 0.2])}}, xlabel="x", at=None)
    assert ax.get_legend() is None
    assert len([line for line in ax.lines if line.get_linewidth() == 1.6]) == 1


def test_what_cannot_be_drawn_is_said():
    with complains(ns.DataError, "nothing to draw", "forest({'control'"):
        ns.charts.forest({}, xlabel="x")
    with complains(ns.DataError, "'gain' of 'control' must be an Estimate", "ndarray", "ns.Estimate(values)"):
        ns.charts.forest({"control": {"gain": np.ones(3)}}, xlabel="x")
