"""The picture of flow beside need: every region where its figures are, and names that do not cover each other."""

import dataclasses
import itertools

import numpy as np
import pytest

import neurosim as ns
from neurosim.analysis.flow_and_need import UNITS
from neurosim.plotting.style import SMALL
from tests.analysis.test_flow_and_need import found


def labels(ax):
    return {text.get_text().splitlines()[0]: text for text in ax.texts}


def test_points_and_intervals():
    both = found([0.6, -0.5, 0.0], [(1, 0), (0, 1), (1, 0)])
    ax = ns.plot(both)
    for place, container in enumerate(ax.containers):
        dot, _, (across, up) = container.lines
        assert (dot.get_xdata()[0], dot.get_ydata()[0]) == (both.flow[place], both.difference_in_need[place])
        np.testing.assert_allclose(across.get_segments()[0][:, 0], [both.flow[place] - 0.1, both.flow[place] + 0.1])
        np.testing.assert_allclose(up.get_segments()[0][:, 1], both.difference_in_need[place] + [-0.1, 0.1])
        assert dot.get_marker() == ("o" if both.verdicts[place].agree else "s")
    assert labels(ax)["r2"].get_text() == "r2\nneeded for A,\nbut no more active in it"
    assert labels(ax)["r0"].get_text() == "r0"
    assert "more in B" in ax.get_xlabel()
    assert "more in A" in ax.get_xlabel()


@pytest.mark.parametrize("together", [1.0, 0.2, 0.02])
def test_names_cover_neither_each_other_nor_points_where_there_is_room(together):
    rng = np.random.default_rng(0)
    need = rng.uniform(0, 1, (5, 2))
    ax = ns.plot(found(together * np.array([-1, -0.4, 0, 0.3, 0.9]), need))
    ax.figure.canvas.draw()
    boxes = [text.get_window_extent() for text in ax.texts]
    assert not any(one.overlaps(other) for one, other in itertools.combinations(boxes, 2))
    assert min(text.get_fontsize() for text in ax.texts) >= SMALL
    frame = ax.figure.bbox
    assert all(frame.x0 <= box.x0 and box.x1 <= frame.x1 for box in boxes)


@pytest.mark.parametrize("names", [("A", "B"), ("which of all the digits it is", "at which place on the retina")])
@pytest.mark.parametrize("unit", UNITS.values())
def test_what_the_axes_mean_fits_beside_them(unit, names):
    both = dataclasses.replace(found([0.6, -0.5], [(1, 0), (0, 1)]), unit=unit, tasks=names)
    ax = ns.plot(both)
    ax.figure.canvas.draw()
    for label in (ax.xaxis.label, ax.yaxis.label):
        box, frame = label.get_window_extent(), ax.figure.bbox
        assert frame.x0 <= box.x0 < box.x1 <= frame.x1
        assert frame.y0 <= box.y0 < box.y1 <= frame.y1
    first, second = ax.get_ylabel().splitlines()
    assert first.split(" (")[0].rstrip(":").endswith(" without it")
    assert "more for" in second
