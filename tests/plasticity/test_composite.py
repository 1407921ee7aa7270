"""Composite functions against central differences, an autodiff library and the lecture's numbers."""

import math

import autograd.numpy as anp
import networkx as nx
import numpy as np
import pytest
from autograd import grad
from hypothesis import given, settings
from hypothesis import strategies as st

import neurosim as ns
from neurosim.plasticity import composite as c

# --- The lecture's numbers -----------------------------------------------------------------------


def product():
    x, y, w = c.variable("x", -2), c.variable("y", 5), c.variable("w", -4)
    return (x + y).named("q") * w


def neuron_apart():
    x, w, b = c.variable("x", 1), c.variable("w", 2), c.variable("b", 1)
    return c.reciprocal(c.exp(-(w * x + b)) + 1)


def test_the_first_example_of_the_lecture():
    f = product()
    assert f.value == -12
    assert f.gradients() == {"x": -4, "y": -4, "w": 3}
    graph = f.graph()
    assert list(graph) == ["x", "y", "q", "w", "multiply 1"]
    assert graph.nodes["q"] == {"operation": "add", "value": 3, "gradient": -4}
    assert graph.nodes["multiply 1"]["gradient"] == 1
    assert graph.edges["q", "multiply 1"] == {"local": -4, "passed_back": 1, "gradient": -4}
    assert graph.edges["w", "multiply 1"] == {"local": 3, "passed_back": 1, "gradient": 3}
    assert graph.edges["x", "q"] == {"local": 1, "passed_back": -4, "gradient": -4}


def test_a_sigmoid_neuron_taken_apart():
    f = neuron_apart()
    y = 1 / (1 + math.exp(-3))
    slope = y * (1 - y)
    assert f.value == pytest.approx(y, rel=1e-15)
    assert f.gradients() == pytest.approx({"w": slope, "x": 2 * slope, "b": slope}, rel=1e-13)
    nodes = f.graph().nodes
    assert [nodes[node]["operation"] for node in nodes] == [
        *("variable", "variable", "multiply", "variable", "add", "negate", "exp", "constant", "add", "reciprocal")
    ]
    assert [nodes[name]["value"] for name in ("multiply 1", "add 1", "negate 1")] == [2, 3, -3]
    assert nodes["exp 1"]["gradient"] == pytest.approx(-(y**2), rel=1e-14)


# --- Random expressions --------------------------------------------------------------------------

AUTOGRAD = {
    "variable": lambda a: a,
    "add": lambda *a: sum(a[1:], a[0]),
    "subtract": lambda a, b: a - b,
    "multiply": lambda a, b: a * b,
    "divide": lambda a, b: a / b,
    "negate": lambda a: -a,
    "power": lambda a, b: a**b,
    "exp": anp.exp,
    "log": anp.log,
    "reciprocal": lambda a: 1 / a,
    "max": lambda *a: a[int(np.argmax([float(getattr(v, "_value", v)) for v in a]))],
    "sigmoid": lambda a: 0.5 * (anp.tanh(a / 2) + 1),
    "tanh": anp.tanh,
    "relu": lambda a: anp.maximum(a, 0.0),
    "binary": lambda a: 0.0 * a + (getattr(a, "_value", a) >= 0),
}


@st.composite
def expressions(draw):
    """Expressions of every operation, with shared parts, whose values and slopes stay moderate."""
    numbers = st.floats(-2, 2).map(lambda v: round(v, 3))
    nodes = [c.variable(f"v{i}", draw(numbers)) for i in range(draw(st.integers(1, 4)))]
    for _ in range(draw(st.integers(1, 15))):
        a, b = draw(st.sampled_from(nodes)), draw(st.one_of(st.sampled_from(nodes), numbers))
        positive = c.sigmoid(a) + 0.1
        steps = [
            lambda a=a, b=b: c.add(a, b, a),
            lambda a=a, b=b: b - a,
            lambda a=a, b=b: c.tanh(a) * b,
            lambda b=b, p=positive: b / p,
            lambda b=b, p=positive: p ** (b if isinstance(b, float) else c.tanh(b)),
            lambda a=a: c.exp(c.tanh(-a)),
            lambda p=positive: c.log(p),
            lambda p=positive: c.reciprocal(p),
            lambda a=a, b=b: c.maximum(b, a, 0.05),
            lambda a=a: c.relu(a),
            lambda a=a: c.tanh(a) ** 2 - 0.5 * a,
            lambda a=a: c.sigmoid(a),
            lambda a=a: -a,
            lambda a=a, b=b: c.binary(a) * b,
        ]
        nodes.append(draw(st.sampled_from(steps))())
    total = c.add(*nodes)
    return total if all(abs(node.value) < 1e6 for node in nodes) else c.tanh(total)


def nodes_of(root):
    """The nodes below an expression; found here by another walk than that of the library."""
    children = nx.DiGraph()
    children.add_node(root)
    stack, seen = [root], {root}
    while stack:
        node = stack.pop()
        for operand in node.operands:
            children.add_edge(operand, node)
            if operand not in seen:
                seen.add(operand)
                stack.append(operand)
    return list(nx.topological_sort(children))


def in_autograd(root, names):
    order = nodes_of(root)

    def value(values):
        done = {}
        for node in order:
            if node.operation == "variable":
                done[node] = values[names.index(node.name)]
            elif node.operation == "constant":
                done[node] = node.value
            else:
                done[node] = AUTOGRAD[node.operation](*(done[operand] for operand in node.operands))
        return done[root]

    return value


@settings(max_examples=300)
@given(expression=expressions())
def test_gradients_equal_those_of_an_autodiff_library(expression):
    names = list(expression.variables)
    at = np.array(list(expression.variables.values()))
    value = in_autograd(expression, names)
    assert expression.value == pytest.approx(value(at), rel=1e-12, abs=1e-12)
    found = list(expression.gradients().values())
    if not any(node.operation in ("relu", "max") and _kinked(node, 0.0) for node in nodes_of(expression)):
        np.testing.assert_allclose(found, grad(value)(at), rtol=1e-9, atol=1e-9 * max(1, np.abs(found).max()))


def _kinked(node, reach):
    """Whether a kink or a step lies within reach."""
    values = [operand.value for operand in node.operands]
    if node.operation in ("relu", "binary"):
        return abs(values[0]) <= reach
    return node.operation == "max" and sorted(values)[-1] - sorted(values)[-2] <= reach


@settings(max_examples=300)
@given(expression=expressions())
def test_gradients_equal_numerical_ones_away_from_kinks(expression):
    if any(_kinked(node, 1e-3) for node in nodes_of(expression)):
        return
    exact, numerical = expression.gradients(), expression.numerical_gradients(h=1e-6)
    assert list(exact) == list(numerical)
    scale = max(1.0, abs(expression.value), *map(abs, exact.values()))
    if scale < 1e4:
        np.testing.assert_allclose(list(numerical.values()), list(exact.values()), atol=2e-5 * scale)


@given(expression=expressions())
def test_on_the_graph_every_gradient_is_local_times_passed_back_and_sums_over_the_edges(expression):
    graph = expression.graph()
    assert list(graph) == list(dict.fromkeys(graph))
    assert nx.is_directed_acyclic_graph(graph)
    place = {name: i for i, name in enumerate(graph)}
    for tail, head, edge in graph.edges(data=True):
        assert place[tail] < place[head]
        assert edge["passed_back"] == graph.nodes[head]["gradient"]
        assert edge["gradient"] == edge["local"] * edge["passed_back"]
    for name in list(graph)[:-1]:
        total = math.fsum(edge["gradient"] for *_, edge in graph.out_edges(name, data=True))
        most = max(abs(edge["gradient"]) for *_, edge in graph.out_edges(name, data=True))
        assert graph.nodes[name]["gradient"] == pytest.approx(total, rel=1e-9, abs=1e-12 * max(1, most))
    assert {k: graph.nodes[k]["gradient"] for k in expression.variables} == expression.gradients()


@given(expression=expressions(), value=st.floats(-2, 2))
def test_at_other_values_is_what_would_have_been_written(expression, value):
    name = next(iter(expression.variables))
    moved = expression.at({name: value})
    assert moved.variables == {**expression.variables, name: value}
    assert moved.at({name: expression.variables[name]}).value == expression.value
    assert list(moved.graph()) == list(expression.graph())


# --- One by one ----------------------------------------------------------------------------------


def test_an_operand_used_twice_has_one_edge_with_the_sum():
    x = c.variable("x", 3)
    square = x * x
    assert square.gradients() == {"x": 6}
    assert square.graph().edges["x", "multiply 1"] == {"local": 6, "passed_back": 1, "gradient": 6}


def test_a_part_used_twice_is_one_node():
    x = c.variable("x", 2)
    q = x + 1
    graph = (q * q + q).graph()
    assert [data["operation"] for _, data in graph.nodes(data=True)].count("add") == 2
    assert graph.nodes["add 1"] == {"operation": "add", "value": 3, "gradient": 7}


def test_numbers_on_either_side():
    x = c.variable("x", 4.0)
    found = [x + 1, 1 + x, x - 1, 1 - x, x * 2, 2 * x, x / 2, 2 / x, x**2, 2**x, -x, np.float64(2) * x, x * np.int64(3)]
    assert [e.value for e in found] == [5, 5, 3, -3, 8, 8, 2, 0.5, 16, 16, -4, 8, 12]
    slopes = [1, 1, 1, -1, 2, 2, 0.5, -0.125, 8, 16 * math.log(2), -1, 2, 3]
    assert [e.gradients()["x"] for e in found] == slopes


@pytest.mark.parametrize(
    ("make", "slope"),
    [
        (lambda x: c.relu(x), 0),
        (lambda x: c.maximum(x, 0), 1),
        (lambda x: c.maximum(0, x), 0),
        (lambda x: -c.maximum(-x, 0), 1),
        (lambda x: c.binary(x), 0),
        (lambda x: x**2, 0),
        (lambda x: x**1, 1),
        (lambda x: x**0, 0),
    ],
)
def test_slopes_at_zero(make, slope):
    assert make(c.variable("x", 0)).gradients() == {"x": slope}


@pytest.mark.parametrize("z", [-1000.0, -30.0, 30.0, 1000.0])
def test_far_out_nothing_overflows(z):
    x = c.variable("x", z)
    assert c.sigmoid(x).value == pytest.approx(0.0 if z < 0 else 1.0, abs=1e-12)
    assert c.sigmoid(x).gradients()["x"] == pytest.approx(math.exp(-abs(z)), rel=1e-12, abs=0)
    assert c.tanh(x).gradients()["x"] == pytest.approx(4 * math.exp(-2 * abs(z)), rel=1e-12, abs=0)


def test_fifty_thousand_operations_in_a_row():
    x = total = c.variable("x", 0.5)
    for _ in range(25_000):
        total = c.tanh(total) + x
    assert math.isfinite(total.value)
    y = total.value - 0.5  # at the fixed point y = tanh(y) + x the derivative of the sum is that of a geometric series
    expected = 1 / (1 - (1 - y**2))
    assert total.gradients()["x"] == pytest.approx(expected, rel=1e-6)
    assert total.numerical_gradients()["x"] == pytest.approx(expected, rel=1e-6)
    assert len(total.graph()) == 50_001
    assert total.at(x=0.25).value < total.value
    assert "add" in repr(total)


def test_names_are_unique():
    x, y = c.variable("add 1", 1), c.variable("q", 2)
    graph = ((x + y).named("q") * (x - y).named("q") + (x + y)).graph()
    assert list(graph) == ["add 1", "q", "q 2", "q 3", "multiply 1", "add 2", "add 3"]


def test_names_that_are_not_words():
    x = c.variable("w[x -> h]", 1.0)
    assert (2 * x).at({"w[x -> h]": 3}).value == 6


def many(operation, value):
    return operation(c.variable("x", value))


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: many(c.log, 0), ("log", "greater than 0", "got 0", "1e-9")),
        (lambda: many(c.log, -1), ("log", "got -1")),
        (lambda: c.variable("x", 1) / 0, ("Division of 1 by zero", "other than 0")),
        (lambda: 0 / c.variable("x", 0), ("Division of 0 by zero",)),
        (lambda: many(c.reciprocal, 0), ("by zero",)),
        (lambda: c.variable("x", 0) ** -1, ("0 to the power -1", "other than 0")),
        (lambda: c.variable("x", -2) ** 0.5, ("-2 to the power 0.5", "whole exponent")),
        (lambda: c.variable("x", -2) ** c.variable("y", 2), ("base -2", "x ** 2")),
        (lambda: many(c.exp, 1000), ("exp of 1000", "709", "sigmoid(z)")),
        (lambda: c.variable("x", 1e200) * 1e200, ("multiply", "too large", "1e+200")),
        (lambda: c.variable("x", 1e200) ** 2, ("power", "too large")),
        (lambda: c.add(1e308, 1e308), ("add", "too large")),
        (lambda: c.variable("x", float("nan")), ("variable 'x'", "finite", "nan")),
        (lambda: c.constant(float("inf")), ("constant", "inf")),
        (lambda: c.variable("x", 10**400), ("finite",)),
        (lambda: c.variable("x", 1) + "1", ("operand of add", "'1'", "variable('x', 2.0)")),
        (lambda: None * c.variable("x", 1), ("operand of multiply", "None")),
        (lambda: c.variable("x", True), ("True",)),
        (lambda: np.ones(2) * c.variable("x", 1), ("several numbers", "[2 * x for x in xs]")),
        (lambda: c.maximum(), ("one operand",)),
        (lambda: c.variable("", 1), ("name", "''")),
        (lambda: c.variable("x", 1).named("y"), ("variable", "variable('x', 1.0)")),
        (lambda: (c.variable("x", 0) ** 0.5).gradients(), ("slope of power", "infinite")),
        (lambda: many(c.reciprocal, 1e-200).gradients(), ("slope of reciprocal",)),
        (lambda: (c.variable("x", 1) ** 2).at(y=1), ("'y'", "There are: 'x'")),
        (lambda: c.variable("x", 1).numerical_gradients(h=0), ("h", "greater than 0")),
        (lambda: (c.variable("x", 1) + c.variable("x", 2)).gradients(), ("'x'", "1 and 2", "'x2'")),
        (lambda: (c.variable("x", 1) + c.variable("x", 2)).graph(), ("'x'",)),
        (lambda: (c.variable("x", 1) + c.variable("x", 2)).at(x=1), ("'x'",)),
    ],
)
def test_what_is_impossible_is_an_error_that_teaches(call, words):
    with pytest.raises(ns.NeurosimError) as caught:
        call()
    for word in words:
        assert word in str(caught.value)


def test_every_operation_is_in_one_table_and_under_test():
    assert set(AUTOGRAD) - {"variable"} == set(c.OPERATIONS)
