"""A decision map shows what is answered where."""

import numpy as np
import pytest

import neurosim as ns
from tests.anatomy.helpers import complains

SQUARE = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])


def either_not_both():
    return ns.Network.from_arrays(
        [0, 1, 0, 1, 2, 3], [2, 2, 3, 3, 4, 4], [1.0, 1, 1, 1, 1, -1], thresholds=[0, 0, 1, 2, 1], names=list("abcde")
    )


@pytest.mark.parametrize(
    "decide",
    [
        ns.Neuron({"p": 2, "q": -1}, threshold=0.5, mode="sigmoid"),
        ns.Neuron({("p", 0): 1, ("q", 1): 1}, threshold=0.3, mode="maxout"),
        either_not_both(),
        either_not_both()["c"],
        lambda points: points[:, 0] * points[:, 1],
    ],
)
def test_every_point_has_the_colour_of_its_answer(decide):
    ax = ns.charts.decision_map(decide, SQUARE, [0, 1, 1, 0], steps=7)
    x0, x1, y0, y1 = ax.images[0].get_extent()
    drawn = np.asarray(ax.images[0].get_array())
    for i, y in enumerate(np.linspace(y0, y1, 7)):
        for j, x in enumerate(np.linspace(x0, x1, 7)):
            point = np.array([[x, y]])
            if isinstance(decide, ns.Network):
                answer = ns.respond(decide, point).item()
            else:
                answer = decide(point).item() if callable(decide) else decide.fire([x, y])
            assert drawn[i, j] == pytest.approx(answer, abs=1e-12)


def test_samples_are_drawn_by_class_and_the_axes_are_named_by_the_inputs():
    ax = ns.charts.decision_map(either_not_both(), SQUARE, [0, 1, 1, 0], title="a or b, not both")
    offsets = [collection.get_offsets().tolist() for collection in ax.collections[-2:]]
    assert offsets == [[[0, 0], [1, 1]], [[0, 1], [1, 0]]]
    assert (ax.get_xlabel(), ax.get_ylabel(), ax.get_title(loc="left")) == ("a", "b", "a or b, not both")
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["class 0", "class 1"]


def test_of_several_outputs_the_strongest_is_the_class():
    net = ns.Network.from_arrays([0, 1], [2, 3], [1.0, 1.0], modes="linear")
    ax = ns.charts.decision_map(net, SQUARE, [0, 0, 1, 2], steps=4, key=False)
    drawn = np.asarray(ax.images[0].get_array())
    assert (drawn[0, 3] == drawn[0, 2]).all()  # x1 is larger: the first
    assert (drawn[3, 0] != drawn[0, 3]).any()
    assert ax.get_legend() is None


@pytest.mark.parametrize(
    ("X", "labels", "words"),
    [
        (SQUARE[:, :1], [0, 1, 1, 0], ("shape (4, 1)", "(samples, 2)")),
        (SQUARE * np.nan, [0, 1, 1, 0], ("finite",)),
        (SQUARE, [0, 1], ("4 samples", "shape (2,)")),
        (SQUARE, [-1, 1, 1, -1], ("(labels + 1) // 2",)),
    ],
)
def test_what_is_no_plane_of_classes_is_an_error(X, labels, words):
    with complains(ns.DataError, *words):
        ns.charts.decision_map(either_not_both(), X, labels)


def test_a_network_needs_two_inputs():
    with complains(ns.OptionError, "two inputs", "has 1"):
        ns.charts.decision_map(ns.Network.from_arrays([0], [1], [1.0]), SQUARE, [0, 1, 1, 0])


@pytest.mark.parametrize(
    ("decide", "X", "labels", "names", "words"),
    [
        (lambda points: points[:5, 0], [[0, 0]], [0], None, ("each of", "(5,)")),
        ("net", [[0, 0]], [0], None, ("Network", "str")),
        (lambda points: points[:, 0], [[0, 0]], [0], ["x"], ("two names", "['x']")),
        (lambda points: points[:, 0], [[0, 0]], ["a"], None, ("labels", "class number")),
        (lambda points: points[:, 0], [[0, 0]], [np.nan], None, ("labels", "class number")),
        (lambda points: points[:, 0], [["a", "b"]], [0], None, ("finite numbers",)),
    ],
)
def test_what_cannot_be_mapped_is_told(decide, X, labels, names, words):
    with complains(ns.NeurosimError, *words):
        ns.charts.decision_map(decide, X, labels, names=names)
