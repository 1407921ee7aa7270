"""Lines stand where the drive is 0."""

import numpy as np
import pytest

import neurosim as ns
from tests.anatomy.helpers import complains

X, LABELS = np.array([[0, 0], [0, 1], [1, 0], [1, 1]]), [0, 0, 0, 1]


def lines(ax):
    return {line.get_label(): line for line in ax.lines}


@pytest.mark.parametrize("weights", [(1, 1), (1, 0), (0, -2), (-3, 0.5)])
def test_the_drive_is_0_along_each_line(weights):
    neuron = ns.Neuron(dict(zip(("a", "b"), weights, strict=True)), threshold=0.7)
    line = lines(ns.charts.turning({"now": neuron}, X, LABELS))["now"]
    first, second = line.get_xy1(), line.get_xy2()
    assert first != second
    assert neuron.drive(list(first)) == pytest.approx(0)
    assert neuron.drive(list(second)) == pytest.approx(0)


def test_the_last_line_stands_out_and_axes_have_the_names_of_inputs():
    neurons = {f"epoch {i}": ns.Neuron({"left": 1, "right": i}, threshold=1) for i in range(3)}
    ax = ns.charts.turning(neurons, X, LABELS)
    widths = [line.get_linewidth() for line in lines(ax).values()]
    assert list(lines(ax)) == list(neurons)
    assert widths[0] == widths[1] < widths[2]
    assert len({line.get_color() for line in lines(ax).values()}) == 3
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("left", "right")
    assert {text.get_text() for text in ax.get_legend().get_texts()} == {*neurons, "class 0", "class 1"}


def test_a_neuron_without_weights_has_no_line():
    ax = ns.charts.turning({"before": ns.Neuron({"a": 0, "b": 0}), "after": ns.Neuron({"a": 1, "b": 0})}, X, LABELS)
    assert list(lines(ax)) == ["after"]


def test_a_neuron_of_a_network_will_do():
    net = ns.Network.from_arrays([0, 1], [2, 2], [1.0, 1.0], names=["a", "b", "y"])
    assert list(lines(ns.charts.turning({"y": net["y"]}, X, LABELS))) == ["y"]


def test_what_cannot_be_drawn_is_said():
    with complains(ns.OptionError, "'mine'", "3 dendrites", "two inputs"):
        ns.charts.turning({"mine": ns.Neuron({"a": 1, "b": 1, "c": 1})}, X, LABELS)
    with complains(ns.DataError, "plane"):
        ns.charts.turning({"mine": ns.Neuron({"a": 1, "b": 1})}, [[1, 2, 3]], [0])
