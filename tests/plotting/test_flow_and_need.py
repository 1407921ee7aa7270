"""The picture of flow beside need: every region where its figures are, and names that do not cover each other."""

import itertools

import numpy as np
import pytest

import neurosim as ns
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
