"""Charts show the numbers that they are given."""

import numpy as np
import pytest

import neurosim as ns
from tests.anatomy.helpers import complains


def test_curves_are_drawn_with_their_names():
    lines = {"a": [1, 10, 100], "b": [3, 2, 1]}
    ax = ns.charts.curves([1, 2, 3], lines, xlabel="layer", ylabel="size", log=True, band=(1, 10), band_label="sane")
    for line, (name, values) in zip(ax.lines, lines.items(), strict=True):
        assert line.get_label() == name
        assert line.get_ydata().tolist() == values
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["sane", "a", "b"]
    assert (ax.get_xlabel(), ax.get_ylabel(), ax.get_yscale()) == ("layer", "size", "log")
    assert all(tick == int(tick) for tick in ax.get_xticks())


def test_curves_may_be_dots_and_places_may_be_marked():
    ax = ns.charts.curves([1, 2], {"a": [1, 2], "b": [2, 1]}, xlabel="x", ylabel="y", dots=["b"], marks={"here": 1.5})
    styles = [(line.get_linestyle(), line.get_marker()) for line in ax.lines]
    assert styles == [("-", "None"), ("None", "o"), ("--", "None")]
    assert ax.lines[2].get_xdata() == [1.5, 1.5]
    assert [text.get_text() for text in ax.texts] == ["here"]


def test_histograms_show_shares_of_their_own_count():
    ax = ns.charts.histogram({"a": [1, 1, 2, 2], "b": [2]}, xlabel="ticks", bins=[0.5, 1.5, 2.5])
    shares = [patch.get_data().values.tolist() for patch in ax.patches]
    assert shares == [[0.5, 0.5]] * 2 + [[0, 1]] * 2
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["a", "b"]
    assert ax.get_ylim()[0] == 0
    ns.charts.histogram({"none": []}, xlabel="ticks")
    assert ns.charts.histogram({"some": [1, 2]}, xlabel="ticks", log=True).get_yscale() == "log"


@pytest.mark.parametrize("percent", [True, False])
def test_bars_stand_in_order_from_the_top(percent):
    ax = ns.charts.bars({"first": 0.25, "second": 1.0}, xlabel="share", percent=percent)
    assert [patch.get_width() for patch in ax.patches] == [1.0, 0.25]
    assert [text.get_text() for text in ax.texts] == (["100%", "25%"] if percent else ["1", "0.25"])


def test_images_have_one_scale():
    figure = ns.charts.images(np.arange(12.0).reshape(3, 2, 2) - 20, ["a", "b", "c"], label="weight")
    images = [image for ax in figure.axes for image in ax.images]
    assert [image.get_clim() for image in images] == [(-20, 20)] * 3
    assert [ax.get_title() for ax in figure.axes[:3]] == ["a", "b", "c"]


def test_panels_share_their_axes_and_one_legend():
    x = np.linspace(-1, 1, 5)
    panels = {"a": {"rate": x}, "b": {"rate": x**2, "slope": 2 * x}, "c": {"slope": x, "rate": [0, 1, np.nan, 0, 1]}}
    figure = ns.charts.panels(x, panels, xlabel="drive", ylabel="rate", columns=2)
    assert [ax.get_title() for ax in figure.axes if ax.axison] == ["a", "b", "c"]
    for ax, lines in zip(figure.axes, panels.values(), strict=False):
        drawn = {line.get_label(): line for line in ax.lines if line.get_label() in ("rate", "slope")}
        assert set(drawn) == set(lines)
        for name, line in drawn.items():
            np.testing.assert_array_equal(line.get_ydata(), lines[name])
            assert line.get_linestyle() == {"rate": "-", "slope": "--"}[name]
        assert (ax.get_xlim(), ax.get_ylim()) == (figure.axes[0].get_xlim(), figure.axes[0].get_ylim())
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["rate", "slope"]
    assert figure.get_size_inches()[0] <= 8


@pytest.mark.parametrize("draw", [ns.charts.curves, ns.charts.repeated, ns.charts.log_log])
def test_no_line_is_lost_however_many_there_are(draw):
    x = np.arange(1, 4)
    names = [f"line {i}" for i in range(20)]
    values = {name: np.full((3, 2) if draw is ns.charts.repeated else 3, i + 1.0) for i, name in enumerate(names)}
    ax = draw(x, values, xlabel="x", ylabel="y")
    assert [text.get_text() for text in ax.get_legend().get_texts()] == names
    styles = {(line.get_color(), line.get_linestyle(), line.get_marker()) for line in ax.lines}
    assert len(styles) >= 6 if draw is ns.charts.log_log else len(styles) == 20


def test_no_histogram_is_lost_however_many_there_are():
    ax = ns.charts.histogram({f"set {i}": [i] for i in range(9)}, xlabel="x")
    assert len(ax.get_legend().get_texts()) == 9


@pytest.mark.parametrize(
    ("draw", "words"),
    [
        (lambda: ns.charts.curves([1, 2], {"a": [1, 2, 3]}, xlabel="", ylabel=""), ("'a'", "2 points", "(3,)")),
        (lambda: ns.charts.panels([1, 2], {}, xlabel="", ylabel=""), ("nothing to draw",)),
        (lambda: ns.charts.panels([1, 2], {"p": {"a": [1]}}, xlabel="", ylabel=""), ("'a'", "2 points", "(1,)")),
        (lambda: ns.charts.panels([1], {"p": {"a": [1]}}, xlabel="", ylabel="", columns=0), ("columns", "from 1 up")),
        (lambda: ns.charts.histogram({"a": [1, np.nan]}, xlabel=""), ("'a'", "nan")),
        (lambda: ns.charts.images(np.ones((2, 3, 3)), ["one"], label=""), ("a title each", "1 title")),
        (lambda: ns.charts.images([], [], label=""), ("(pictures, rows, columns)", "(0,)")),
        (lambda: ns.charts.repeated([1], {}, xlabel="", ylabel=""), ("nothing to draw",)),
        (lambda: ns.charts.log_log([], {"a": []}, xlabel="", ylabel=""), ("positive",)),
    ],
)
def test_what_cannot_be_drawn_is_told(draw, words):
    with complains(ns.NeurosimError, *words):
        draw()
