"""A surface shows the heights that it is given, and paths where they went."""

import numpy as np
import pytest

import neurosim as ns
from tests.anatomy.helpers import complains

X, Y = np.linspace(-2, 2, 9), np.linspace(0, 3, 5)
BOWL = X**2 + Y[:, None]
LABELS = {"xlabel": "w1", "ylabel": "w2"}


def filled(ax):
    """The filled contours, and their colours by height."""
    return next(thing for thing in ax.collections if thing.filled)


def test_contours_cover_the_heights_from_the_lowest_to_the_highest():
    ax = ns.charts.surface(X, Y, BOWL, **LABELS)
    levels = filled(ax).levels
    assert (levels[0], levels[-1]) == (BOWL.min(), BOWL.max())
    assert np.ptp(np.diff(levels)) == pytest.approx(0)
    assert (ax.get_xlabel(), ax.get_ylabel(), ax.get_xlim(), ax.get_ylim()) == ("w1", "w2", (-2, 2), (0, 3))


def test_columns_are_x_and_rows_are_y():
    """The line of height 1 of a slope in x stands upright at x = 1."""
    ax = ns.charts.surface(X, Y, np.tile(X, (len(Y), 1)), **LABELS)
    lines = next(thing for thing in ax.collections if not thing.filled)
    level = int(np.argmin(np.abs(lines.levels - 1)))
    points = lines.get_paths()[level].vertices
    assert points[:, 0] == pytest.approx(lines.levels[level])
    assert points[:, 1].tolist() != [points[0, 1]] * len(points)


def test_heights_may_be_a_function_of_places():
    by_function = filled(ns.charts.surface(X, Y, lambda places: places[:, 0] ** 2 + places[:, 1], **LABELS))
    by_array = filled(ns.charts.surface(X, Y, BOWL, **LABELS))
    ways = zip(by_function.get_paths(), by_array.get_paths(), strict=True)
    assert all(one.vertices == pytest.approx(other.vertices) for one, other in ways)


def test_low_is_dark_and_high_is_light():
    drawn = filled(ns.charts.surface(X, Y, BOWL, **LABELS))
    low, high = drawn.cmap(drawn.norm(BOWL.min())), drawn.cmap(drawn.norm(BOWL.max()))
    assert sum(low[:3]) < sum(high[:3])


def test_a_logarithmic_scale_has_equal_ratios():
    levels = filled(ns.charts.surface(X, Y, BOWL + 0.1, log=True, **LABELS)).levels
    assert np.ptp(np.diff(np.log(levels))) == pytest.approx(0)
    deep = filled(ns.charts.surface(X, Y, BOWL, log=True, **LABELS)).levels  # the lowest is 0, which has no logarithm
    assert deep[0] == pytest.approx(BOWL.max() * 1e-6)


def test_below_the_floor_all_is_alike():
    assert filled(ns.charts.surface(X, Y, BOWL, floor=2.0, **LABELS)).levels[0] == 2


def test_paths_go_where_they_went_and_places_are_written():
    path = [[-1, 2], [0, 1], [0.5, 0.5]]
    ax = ns.charts.surface(X, Y, BOWL, paths={"downhill": path}, places={"lowest": (0, 0)}, **LABELS)
    line = next(line for line in ax.lines if line.get_label() == "downhill")
    assert line.get_xydata().tolist() == path
    ends = [line.get_xydata().tolist() for line in ax.lines if line.get_linestyle() == "None"]
    assert ends == [[path[0]], [path[-1]], [[0, 0]]]
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["downhill"]
    assert "lowest" in ax.texts[0].get_text()


def test_what_is_not_a_number_is_left_white():
    heights = BOWL.copy()
    heights[0, 0], heights[1, 1] = np.nan, np.inf
    assert np.isfinite(filled(ns.charts.surface(X, Y, heights, **LABELS)).levels).all()


@pytest.mark.parametrize(
    ("arguments", "options", "words"),
    [
        ((X, Y, BOWL.T), {}, ["(9,)", "(5,)", "(9, 5)", "meshgrid"]),
        ((X, Y, lambda places: places), {}, ["(45, 2)", "(45,)"]),
        ((X[::-1], Y, BOWL), {}, ["smallest value up"]),
        ((X, Y, np.full_like(BOWL, np.nan)), {}, ["finite"]),
        ((X, Y, np.full_like(BOWL, 3)), {}, ["All heights", "3"]),
        ((X, Y, -BOWL - 1), {"log": True}, ["positive", "log=True"]),
        ((X, Y, BOWL), {"paths": {"mine": [1, 2]}}, ["'mine'", "(steps, 2)", "(2,)"]),
    ],
)
def test_what_cannot_be_drawn_is_said(arguments, options, words):
    with complains(ns.DataError, *words):
        ns.charts.surface(*arguments, **LABELS, **options)
