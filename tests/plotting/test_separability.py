"""The picture of a separation shows the samples, and what separates them or why nothing does."""

import numpy as np
import pytest

import neurosim as ns

SQUARE = np.array([[0, 0], [1, 1], [1, 0], [0, 1]])


def labels_of(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def test_hulls_that_meet_are_drawn_with_the_point_where_they_do():
    ax = ns.plot(ns.separability(SQUARE, [1, 1, 0, 0], names=["left", "right"]))
    assert "meet at (0.5, 0.5)" in ax.get_title(loc="left")
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("left", "right")
    star = next(line for line in ax.lines if line.get_marker() == "*")
    assert star.get_xydata().tolist() == [[0.5, 0.5]]
    assert {text.get_text().strip() for text in ax.texts} == {"row 1", "row 2", "row 3", "row 4"}
    hulls = [line.get_xydata() for line in ax.lines if str(line.get_label()).startswith("hull")]
    ends = [{tuple(point) for point in hull.tolist()} for hull in hulls]
    assert ends == [{(0, 0), (1, 1)}, {(1, 0), (0, 1)}]


def test_the_neuron_is_drawn_with_its_margin():
    found = ns.separability(SQUARE, [0, 1, 0, 0])
    ax = ns.plot(found)
    assert "0.354" in ax.get_title(loc="left")
    rings = next(c for c in ax.collections if c.get_label() == "nearest samples")
    assert rings.get_offsets().tolist() == SQUARE[list(found.nearest)].tolist()
    start = np.array(ax.lines[0].get_xy1())
    assert found.neuron.drive(start.tolist()) == pytest.approx(0)


@pytest.mark.parametrize("inputs", [1, 3, 6])
def test_any_number_of_inputs_can_be_drawn(inputs):
    rng = np.random.default_rng(inputs)
    X = rng.normal(size=(30, inputs))
    ax = ns.plot(ns.separability(X, rng.integers(0, 2, size=30)))
    assert "not separable" in ax.get_title(loc="left")
    separable = ns.separability(X, X[:, 0] > 0)
    ax = ns.plot(separable)
    assert "hyperplane" in ax.get_xlabel()
    drawn = np.concatenate([c.get_offsets()[:, 0] for c in ax.collections[:2]])
    assert np.abs(drawn).min() == pytest.approx(separable.margin)
    assert (drawn[: int((X[:, 0] <= 0).sum())] < 0).all()


def test_one_class_and_one_sample():
    assert "one class" in ns.plot(ns.separability(SQUARE, [1] * 4)).get_title(loc="left")
    ns.plot(ns.separability([[1, 2, 3]], [0]))
    ns.plot(ns.separability([[1, 2, 3], [1, 2, 3]], [0, 1]))
