"""Power laws are straight lines on two logarithmic axes."""

import numpy as np
import pytest

import neurosim as ns
from tests.anatomy.helpers import complains

LABELS = {"xlabel": "side", "ylabel": "size"}


def test_dots_are_what_was_measured_and_lines_what_was_expected():
    x = np.array([1.0, 10.0, 1000.0])
    ax = ns.charts.log_log(x, {"area": x**2}, expected={"area": x**2 + 1, "bound": x**3}, **LABELS)
    assert (ax.get_xscale(), ax.get_yscale(), ax.get_xlabel(), ax.get_ylabel()) == ("log", "log", "side", "size")
    dots, same, other = ax.lines
    assert [line.get_linestyle() for line in ax.lines] == ["None", "-", "-"]
    assert [line.get_label() for line in ax.lines] == ["area", "area, expected", "bound"]
    assert dots.get_ydata().tolist() == [1, 100, 1e6]
    assert other.get_ydata().tolist() == [1, 1e3, 1e9]
    assert dots.get_color() == same.get_color() != other.get_color()


def test_a_power_law_is_straight_on_the_paper():
    x = np.geomspace(1, 1e4, 7)
    ax = ns.charts.log_log(x, {"root": np.sqrt(x)}, **LABELS)
    points = ax.transData.transform(ax.lines[0].get_xydata())
    assert np.ptp(np.diff(points[:, 1]) / np.diff(points[:, 0])) == pytest.approx(0, abs=1e-9)


def test_what_is_not_positive_is_left_out():
    ax = ns.charts.log_log([1, 2, 3], {"a": [1, 0, -1]}, **LABELS)
    assert np.isnan(ax.lines[0].get_ydata()).tolist() == [False, True, True]


def test_a_narrow_axis_has_ticks_that_are_written_out():
    ax = ns.charts.log_log([0.02, 0.4], {"a": [1, 2]}, **LABELS)
    ax.figure.draw_without_rendering()
    written = [tick.get_text() for tick in ax.get_xticklabels()]
    assert {"0.02", "0.05", "0.1", "0.2"} <= set(written)
    assert not any(tick.get_text() for tick in ax.get_xticklabels(minor=True))


def test_marks_stand_where_they_should_and_are_written_outward():
    ax = ns.charts.log_log([1, 1000], {"a": [1, 2]}, marks={"right": 100, "left": 10}, **LABELS)
    assert [line.get_xdata()[0] for line in ax.lines if line.get_linestyle() == "--"] == [100, 10]
    assert {text.get_text(): text.get_ha() for text in ax.texts} == {"left": "right", "right": "left"}


def test_what_cannot_be_drawn_is_said():
    with complains(ns.DataError, "positive"):
        ns.charts.log_log([0, 1], {"a": [1, 2]}, **LABELS)
    with complains(ns.DataError, "'a'", "2 points", "(3,)"):
        ns.charts.log_log([1, 2], {"a": [1, 2, 3]}, **LABELS)
