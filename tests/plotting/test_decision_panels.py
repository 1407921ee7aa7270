"""Several maps of decisions have one legend, and each shows what its own network answers."""

import numpy as np
import pytest

import neurosim as ns
from tests.anatomy.helpers import complains

X, LABELS = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 1]
NEURONS = {f"at {t}": ns.Neuron({"left": 1, "right": 1}, threshold=t) for t in (0.5, 1.5, 2.5)}


def test_each_map_shows_its_own_answers():
    figure = ns.charts.decision_maps(NEURONS, X, LABELS, steps=31)
    assert [ax.get_title() for ax in figure.axes] == list(NEURONS)
    for ax, neuron in zip(figure.axes, NEURONS.values(), strict=True):
        image = ax.images[0]
        low, right, bottom, top = image.get_extent()
        for row, column in [(3, 20), (28, 25), (15, 15)]:
            point = [low + (right - low) * column / 30, bottom + (top - bottom) * row / 30]
            assert image.get_array()[row, column] == neuron.fire(point)


def test_there_is_one_legend_and_labels_at_the_edges_only():
    figure = ns.charts.decision_maps(NEURONS, X, LABELS, columns=2, steps=11)
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["class 0", "class 1", "the answer changes"]
    assert all(ax.get_legend() is None for ax in figure.axes)
    assert [ax.get_ylabel() for ax in figure.axes] == ["right", "", "right"]
    assert len(figure.axes) == 3


def test_a_function_will_do():
    figure = ns.charts.decision_maps({"first": lambda points: points[:, 0] > 0.5}, X, LABELS, names=("a", "b"), steps=5)
    assert set(np.unique(figure.axes[0].images[0].get_array())) == {0, 1}
    assert figure.axes[0].get_xlabel() == "a"


@pytest.mark.parametrize(
    ("decisions", "options", "error"), [({}, {}, ns.DataError), (NEURONS, {"columns": 0}, ns.OptionError)]
)
def test_what_cannot_be_drawn_is_said(decisions, options, error):
    with complains(error):
        ns.charts.decision_maps(decisions, X, LABELS, **options)
