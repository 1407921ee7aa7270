"""Truth tables of formulas and of networks; the oracles are Python's eval and ns.respond."""

import networkx as nx
import numpy as np
import pytest
from hypothesis import given

import neurosim as ns
from tests.anatomy.formula_strategies import formulas, told_by_python
from tests.anatomy.helpers import complains
from tests.strategies import acyclic_networks

truth_table = ns.logic.truth_table


@given(first=formulas("abc"), second=formulas(["c", "d", "y1"]))
def test_formulas_that_name_others(first, second):
    table = truth_table({"y1": first, "y2": second})
    assert table.outputs == ("y1", "y2")
    assert set(table.inputs) == {*first.variables, *second.variables} - {"y1"}
    cases = {name: column.astype(bool) for name, column in zip(table.inputs, table.X.T, strict=True)}
    assert (table["y1"] == first.truth(cases)).all()
    assert (table["y2"] == second.truth({**cases, "y1": table["y1"].astype(bool)})).all()


@given(net=acyclic_networks(max_neurons=16, modes=("binary",), tenths=True))
def test_a_networks_table_is_what_it_responds(net):
    """Also where many drives tie with their threshold, in tenths that no float holds exactly."""
    table = truth_table(net)
    assert (table.Y == ns.respond(net, table.X)).all()
    assert table.inputs == tuple(map(str, net.inputs))


def test_a_tie_is_decided_exactly():
    net = ns.Network.from_arrays([0, 1], [2, 2], [0.1, 0.2], thresholds=[0, 0, 0.3])
    assert truth_table(net)[3] == (1, 1, 1)  # 0.1 + 0.2 is more than 0.3, as stored
    net.thresholds = [0, 0, np.nextafter(0.3, 1)]
    assert truth_table(net)[3] == (1, 1, int(ns.respond(net, [1, 1])[0]))


def test_weights_too_large_to_add_up():
    net = ns.Network.from_arrays([0, 1, 2], [3, 3, 3], [1.5e308, 1.5e308, -1.5e308], thresholds=[0, 0, 0, 1.5e308])
    assert truth_table(net).Y.ravel().tolist() == [0, 0, 1, 0, 1, 0, 1, 1]


def test_a_table_is_rows_columns_and_an_array():
    table = truth_table("a -> b")
    assert (len(table), list(table)) == (4, [(0, 0, 1), (0, 1, 1), (1, 0, 0), (1, 1, 1)])
    assert (table[2], table[-1]) == ((1, 0, 0), (1, 1, 1))
    assert (np.asarray(table) == list(table)).all()
    assert np.asarray(table, dtype=float).dtype == float
    assert (table["b"].tolist(), table["a implies b"].tolist()) == ([0, 1, 0, 1], [1, 1, 0, 1])
    with complains(ns.UnknownNameError, "'c'", "'a implies b'"):
        table["c"]
    assert table == truth_table("a => b") != truth_table("b -> a")
    assert table != "a -> b"


def test_a_table_is_printed():
    table = truth_table({"left and right": "left and right", "<b>": '"left and right" -> x'})
    assert str(table).splitlines()[:3] == [
        "left  right  x | left and right  <b>",
        "0     0      0 | 0               1",
        "0     0      1 | 0               1",
    ]
    page = table._repr_html_()
    assert page.count("<tr>") == 9
    assert "&lt;b&gt;" in page
    assert "<b>" not in page


def test_of_a_long_table_the_ends_are_printed():
    table = truth_table(" and ".join(f"x{i}" for i in range(7)))
    lines = str(table).splitlines()
    assert len(lines) == 19
    assert lines[-1] == "128 rows"
    assert set(lines[9]) <= set(". |")
    assert table._repr_html_().count("<tr>") == 18


def test_a_constant_has_one_case():
    assert list(truth_table("True or False")) == [(1,)]
    assert str(truth_table("0")) == "| False\n| 0"


@pytest.mark.parametrize(
    "thing", [" xor ".join(f"x{i}" for i in range(17)), ns.Network.from_arrays(range(17), [17] * 17)]
)
def test_too_many_cases(thing):
    with complains(ns.OptionError, "17 inputs", "131,072", "16"):
        truth_table(thing)


def with_nodes(**attributes):
    graph = nx.DiGraph()
    graph.add_node("h", **attributes)
    graph.add_edges_from([("x", "h"), ("h", "y")], weight=1)
    return ns.Network.from_graph(graph)


def late():
    graph = nx.DiGraph()
    graph.add_edge("x", "y", weight=1)
    graph.add_edge("y", "y", weight=1, delay=1)
    graph.nodes["y"]["output"] = True
    return ns.Network.from_graph(graph)


def broken():
    net = with_nodes()
    net.structure  # noqa: B018
    net._weights[0] = np.nan
    return net


@pytest.mark.parametrize(
    ("net", "words"),
    [
        (with_nodes(mode="sigmoid"), ["binary", "'h'", "with_mode('binary')"]),
        (with_nodes(mode=ns.Binary(leak=0.5)), ["past", "leak", "'h'"]),
        (with_nodes(mode=ns.Binary(temperature=0.5)), ["chance", "temperature", "'h'"]),
        (late(), ["no time", "1 synapse", "'y' -> 'y'", "ns.simulate"]),
        (ns.Network.from_arrays([0, 1], [2, 2], [1.0, 1.0], names=[1, "1", "y"]), ["'1'", "rename"]),
        (broken(), ["finite"]),
    ],
)
def test_networks_that_are_no_formulas(net, words):
    with complains(ns.NeurosimError, *words):
        truth_table(net)


def test_python_agrees_on_a_table_by_hand():
    f = ns.logic.parse("a xor b xor c")
    assert (truth_table(f)["a xor b xor c"] == told_by_python(f, "abc")).all()
