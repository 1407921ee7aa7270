"""Pictures of composite functions: every number is on its wire, and nothing lies on anything else."""

from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
import pytest
from hypothesis import assume, given, settings

import neurosim as ns
from neurosim.plotting.style import number
from tests.plasticity.test_composite import expressions, neuron_apart, product
from tests.plotting.test_plot import boxes, overlapping


def small_network():
    return ns.Network.from_arrays(
        [0, 1, 0, 1, 2, 3],
        [2, 2, 3, 3, 4, 4],
        [1.0, -1.0, 0.5, 0.3, 2.0, -1.5],
        names=["x1", "x2", "a1", "a2", "y"],
        thresholds=[0, 0, 0.1, -0.2, 0.3],
        modes=["sensory", "sensory", "sigmoid", "sigmoid", "linear"],
    )


def expanded():
    return ns.expand(small_network(), [1.0, 2.0], [1.0])


def in_detail():
    return ns.expand(small_network(), [1.0, 2.0], detail=True)


def shared():
    x, y = ns.composite.variable("x", 2), ns.composite.variable("a long name of a variable", -0.123456)
    q = (x * x - y).named("a long name of an operation")
    return ns.composite.maximum(q, x, y, 1.0) / (q + 2) ** 2


def alone():
    return ns.composite.variable("x", 2)


def of_constants():
    return ns.composite.exp(1.5) + 2


PICTURES = [product, neuron_apart, expanded, in_detail, shared, alone, of_constants]


def wires(ax):
    """Points along every line and every circle, in pixels."""
    for line in ax.lines:
        yield line.get_transform().transform(line.get_xydata())
    for patch in ax.patches:
        yield from patch.get_transform().transform_path(patch.get_path()).to_polygons(closed_only=False)


def densely(points):
    steps = [np.linspace(a, b, 40) for a, b in pairwise(points)]
    return np.concatenate([points, *steps])


def struck_through(ax):
    """The texts that a wire leads through, but for the symbols inside circles."""
    outside = [(text, box) for text, box in boxes(ax) if not in_a_circle(ax, box)]
    points = np.concatenate([densely(np.asarray(wire)) for wire in wires(ax)])
    return [text for text, box in outside if ((points > box.min + 0.5) & (points < box.max - 0.5)).all(axis=1).any()]


def in_a_circle(ax, box):
    middle = (box.min + box.max) / 2
    centres = [ax.transData.transform(patch.center) for patch in ax.patches if isinstance(patch, plt.Circle)]
    return any(np.linalg.norm(middle - centre) < 3 for centre in centres)


@pytest.mark.parametrize("make", PICTURES, ids=lambda f: f.__name__)
def test_nothing_lies_on_anything_else(make):
    ax = ns.plot(make())
    assert overlapping(ax) == []
    assert struck_through(ax) == []
    paper = ax.get_figure().bbox
    for text, box in boxes(ax):
        assert paper.x0 <= box.x0 <= box.x1 <= paper.x1, text
        assert paper.y0 <= box.y0 <= box.y1 <= paper.y1, text
    assert all(text.get_fontsize() >= 8 for text in ax.texts)


@settings(max_examples=5)
@given(expression=expressions())
def test_of_any_expression_no_label_lies_on_another(expression):
    assume(len(expression.graph()) <= 60)
    ax = ns.plot(expression)
    assert overlapping(ax) == []
    assert struck_through(ax) == []
    plt.close(ax.get_figure())


@pytest.mark.parametrize("make", PICTURES, ids=lambda f: f.__name__)
def test_every_value_and_every_gradient_is_written(make):
    function = make()
    graph = function.graph()
    written = sorted(text.get_text() for text in ns.plot(function).texts if text.get_text())
    for tail, _, edge in graph.edges(data=True):
        written.remove(number(graph.nodes[tail]["value"]))
        written.remove(number(edge["gradient"]))
    for node, data in graph.nodes(data=True):
        if graph.out_degree(node) > 1 and data["operation"] != "constant":
            written.remove(f"total {number(data['gradient'])}")
    result = graph.nodes[list(graph)[-1]]
    written.remove(number(result["value"]))
    written.remove("1")


def test_the_lectures_picture():
    ax = ns.plot(product())
    texts = {text.get_text(): text.get_position() for text in ax.texts}
    assert {"x", "y", "w", "q", "+", "\N{MULTIPLICATION SIGN}"} <= set(texts)
    assert texts["x"][0] < texts["q"][0] < texts["\N{MULTIPLICATION SIGN}"][0] < texts["\N{MINUS SIGN}12"][0]
    assert texts["\N{MINUS SIGN}12"][1] > texts["1"][1]  # the value above, the gradient below
    assert len([patch for patch in ax.patches if isinstance(patch, plt.Circle)]) == 2
    assert plt.gcf().get_size_inches()[0] <= 8


def test_a_sigmoid_taken_apart_fits_on_a_page():
    assert ns.plot(neuron_apart()).get_figure().get_size_inches()[0] <= 8.01


def test_given_axes_are_used():
    _, ax = plt.subplots()
    assert ns.plot(product(), ax=ax) is ax
    assert overlapping(ax) == []
    assert struck_through(ax) == []


def chain(length):
    x = ns.composite.variable("x", 1)
    for _ in range(length):
        x = ns.composite.tanh(x)
    return x


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: ns.plot(chain(60)), ("61 nodes", "60", "most=61")),
        (lambda: ns.plot(chain(5), most=0), ("most", "0")),
        (lambda: ns.plot(chain(5), mots=3), ("'mots'", "Did you mean 'most'?")),
        (lambda: ns.plot(neuron_apart(), ax=plt.subplots(figsize=(3, 1))[1]), ("inches", "plt.subplots(figsize=(")),
    ],
)
def test_what_cannot_be_drawn(call, words):
    with pytest.raises(ns.NeurosimError) as caught:
        call()
    for word in words:
        assert word in str(caught.value)


def skipping():
    """Two neurons of which the second also hears what the first hears."""
    return ns.Network.from_arrays(
        [0, 1, 0, 1, 2], [2, 2, 3, 3, 3], [0.5, -0.3, 0.8, 0.4, -1.1], names=["x1", "x2", "h1", "h2"], modes="tanh"
    )


def test_what_one_operation_uses_stands_right_before_it():
    ax = ns.plot(ns.expand(skipping(), [1, 2], [0]).drives["h2"])
    at = {text.get_text(): text.get_position()[0] for text in ax.texts}
    assert at["x1"] == at["x2"] < at["threshold[h1]"] < at["threshold[h2]"]
    assert overlapping(ax) == []
    assert struck_through(ax) == []


def test_a_total_is_explained_where_there_is_one():
    texts = [{text.get_text() for text in ns.plot(make()).texts} for make in (shared, product)]
    assert ["total: sum over its wires" in written for written in texts] == [True, False]


def test_no_symbol_looks_like_a_variable():
    x = ns.composite.variable("x", 2)
    written = [text.get_text() for text in ns.plot(ns.composite.reciprocal(x)).texts]
    assert "1/\N{WHITE SQUARE}" in written
    assert "1/x" not in written
