"""Networks: the lines of DESIGN.md, reading and writing through neurons, editing by name, and nothing half-changed."""

import copy
import math
import pickle

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

import neurosim as ns
from tests.anatomy.helpers import complains, unchanged
from tests.strategies import SEEDS, acyclic_networks, snapshot

INF, NAN = math.inf, math.nan


@pytest.fixture
def net():
    """x -> h -> y with a skip connection, as in DESIGN.md, the hidden neuron in a region of its own."""
    graph = nx.DiGraph()
    graph.add_node("x")
    graph.add_node("h", mode="relu", bias=0.1, region="hidden")
    graph.add_node("y", mode="linear")
    graph.add_edge("x", "h", weight=0.5)
    graph.add_edge("h", "y", weight=2.0)
    graph.add_edge("x", "y", weight=-1.0, delay=0)
    return ns.Network.from_graph(graph)


@pytest.fixture
def single(net):
    """The same in float32."""
    return ns.Network.from_graph(net.to_graph(), dtype="float32")


# --- The lines of the design ---------------------------------------------------------------------


def test_neuron_by_neuron():
    graph = nx.DiGraph()
    graph.add_node("x")
    graph.add_node("h", mode="relu", bias=0.1, region="hidden")
    graph.add_node("y", mode="linear")
    graph.add_edge("x", "h", weight=0.5)
    graph.add_edge("h", "y")
    graph.add_edge("x", "y", weight=-1.0, delay=0)
    net = ns.Network.from_graph(graph, rng=0)
    assert (net.inputs, net.outputs) == (["x"], ["y"])
    assert net.names == list(net) == ["x", "h", "y"]
    assert net.synapses == list(graph.edges)
    assert net.modes == [ns.Sensory(), ns.ReLU(), ns.Linear()]
    assert dict(zip(net.synapses, net.weights, strict=True)).items() >= {("x", "h"): 0.5, ("x", "y"): -1.0}.items()
    assert_array_equal(net.thresholds, [0, -0.1, 0])
    assert_array_equal(net.biases, [0, 0.1, 0])
    assert (len(net), "h" in net, "q" in net) == (3, True, False)
    net["h"].threshold = 0.2
    net["h"].dendrites["x"] = 0.7
    assert (net.thresholds[1], net.weights[0]) == (0.2, 0.7)
    assert dict(net["h"].axon) == {"y": net.weights[net.synapses.index(("h", "y"))]}


def test_region_by_region():
    graph = nx.DiGraph()
    graph.add_node("retina", size=64, mode="sensory")
    graph.add_node("V1", size=100, mode="relu")
    graph.add_node("IT", size=10, mode="linear")
    graph.add_edge("retina", "V1", wiring=ns.wiring.random(0.2))
    graph.add_edge("V1", "IT")
    brain = ns.Network.from_regions(graph, rng=0)
    assert brain.regions["V1"] == [f"V1[{i}]" for i in range(100)]
    assert brain.inputs == [f"retina[{i}]" for i in range(64)]
    assert brain.outputs == [f"IT[{i}]" for i in range(10)]
    assert {(f"V1[{i}]", f"IT[{j}]") for i in range(100) for j in range(10)} <= set(brain.synapses)
    before = snapshot(brain)
    binary = brain.with_mode("binary", regions=["V1"])
    assert {str(binary[name].mode) for name in binary.regions["V1"]} == {"binary"}
    assert {str(binary[name].mode) for name in binary.regions["IT"]} == {"linear"}
    assert_array_equal(binary.weights, brain.weights)
    binary.weights[:] = 0
    binary.thresholds[:] = 1
    assert snapshot(brain) == before, "a copy shares nothing that can be written"


def test_from_arrays_in_float32():
    net = ns.Network.from_arrays([0, 1], [2, 2], [1, -1], modes="relu", thresholds=[0, 0, 0.5], dtype="float32")
    assert (net.names, net.inputs, net.outputs) == ([0, 1, 2], [0, 1], [2])
    assert (net.weights.dtype, net.thresholds.dtype, net.dtype) == (np.float32,) * 3


def test_whole_number_graphs_work_as_they_are():
    graph = nx.gn_graph(10, seed=3)
    net = ns.Network.from_graph(graph, rng=0)
    assert net.names == list(range(10))
    assert net.synapses == list(graph.edges)
    assert net.inputs == [n for n in graph if graph.in_degree(n) == 0]
    assert net.outputs == [n for n in graph if graph.out_degree(n) == 0]


def test_outputs_are_those_marked_or_those_that_send_nowhere():
    def graph(**marks):
        graph = nx.DiGraph([("x", "h"), ("h", "y")])
        for name, mark in marks.items():
            graph.nodes[name]["output"] = mark
        return graph

    assert ns.Network.from_graph(graph()).outputs == ["y"]
    assert ns.Network.from_graph(graph(h=True)).outputs == ["h"]
    assert ns.Network.from_graph(graph(h=False)).outputs == ["y"]
    assert ns.Network.from_graph(graph(y=True, h=True)).outputs == ["h", "y"], "in the order of names"
    alone = graph()
    alone.add_edge("y", "y", delay=1)
    assert ns.Network.from_graph(alone).outputs == ["y"], "a neuron that sends only to itself"


def test_repr_counts_what_is_there(net):
    assert repr(net).splitlines() == [
        "Network: 3 neurons, 3 synapses",
        "  neurons   1 sensory, 1 relu, 1 linear",
        "  inputs    x",
        "  outputs   y",
        "  regions   hidden (1)",
    ]
    many = ns.Network.from_arrays(np.zeros(20_000, dtype=int), np.arange(1, 20_001), 1.0)
    assert "20,001 neurons, 20,000 synapses" in repr(many)
    assert "... (20,000 in all)" in repr(many)
    assert repr(net.regions) == "{'hidden': 1} neurons"


# --- Arrays --------------------------------------------------------------------------------------


def test_the_arrays_are_the_networks_own(net):
    net.weights[0] = 9
    net.thresholds[1] = 8
    assert (net["h"].dendrites["x"], net["x"].axon["h"], net["h"].threshold) == (9, 9, 8)
    assert net.weights is net.weights


@pytest.mark.parametrize("values", [[1, 2, 3], np.array([1, 2, 3], dtype=np.int8), 5, (True, 0, 2.5)])
def test_arrays_are_assignable_in_place(net, values):
    weights, thresholds = net.weights, net.thresholds
    net.weights = values
    net.thresholds = values
    assert net.weights is weights
    assert net.thresholds is thresholds
    assert_array_equal(weights, np.broadcast_to(np.array(values, dtype=float), 3))
    net.biases = values
    assert_array_equal(thresholds, -np.broadcast_to(np.array(values, dtype=float), 3))


def test_biases_have_no_negative_zero(net):
    net.biases = 0
    assert repr(net.thresholds.tolist()) == repr(net.biases.tolist()) == "[0.0, 0.0, 0.0]"


def test_what_is_not_assignable_is_read_only(net):
    for column in (net.delays, net.branches, net.positions, net.structure.pre, net.structure.mode_of):
        with pytest.raises(ValueError, match="read-only"):
            column[0] = 0
    with pytest.raises(ValueError, match="read-only"):
        net.biases[0] = 7


@pytest.mark.parametrize("column", ["weights", "thresholds", "biases"])
@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([1, 2], ["(3,)", "(2,)"]),
        ([[1, 2, 3]], ["(3,)", "(1, 3)"]),
        ([1, NAN, 3], ["finite", "nan"]),
        ([1, 2, -INF], ["finite", "inf"]),
        ([1, 2, None], ["finite"]),
        (["1", "2", "3"], ["finite", "'1'"]),
        ("much", ["finite", "'much'"]),
        ([1, [2, 3], 4], ["rows of different lengths"]),
        ([1, 2, 1j], ["finite", "1j"]),
        ([1, 2, 10**400], ["finite"]),
        ([{}, {}, {}], ["finite", "{}"]),
    ],
)
def test_bad_arrays_are_refused_whole(net, column, values, words):
    with (
        unchanged(net),
        complains(ns.DataError, {"weights": "weight", "thresholds": "threshold", "biases": "bias"}[column], *words),
    ):
        setattr(net, column, values)


def test_a_bad_number_is_named_by_its_neuron_or_synapse(net):
    with complains(ns.DataError, "weight of 'x' -> 'y'", "nan"):
        net.weights = [0, NAN, 0]
    with complains(ns.DataError, "threshold of 'h'", "inf"):
        net.thresholds = [0, INF, 0]


@pytest.mark.parametrize(
    ("write", "words"),
    [
        (lambda n: setattr(n, "weights", [1e39, 0, 0]), ["weight of 'x' -> 'h'"]),
        (lambda n: setattr(n, "thresholds", 1e39), ["threshold of 'x'"]),
        (lambda n: setattr(n, "biases", [0, -1e39, 0]), ["bias of 'h'"]),
        (lambda n: setattr(n["h"], "threshold", 1e39), ["threshold of neuron 'h'", "1e+39", "dtype='float64'"]),
        (lambda n: setattr(n["h"], "bias", 1e39), ["threshold of neuron 'h'", "1e+39", "dtype='float64'"]),
        (lambda n: n["h"].dendrites.update(x=1e39), ["weight of 'x' -> 'h'", "1e+39", "dtype='float64'"]),
        (lambda n: n["x"].axon.update(h=1e39), ["weight of 'x' -> 'h'", "1e+39", "dtype='float64'"]),
        (lambda n: n.add_neuron("z", threshold=1e39), ["threshold of neuron 'z'", "1e+39", "dtype='float64'"]),
        (lambda n: n.add_synapse("x", "y", 1e39, branch=1), ["weight of 'x' -> 'y' (branch 1)"]),
    ],
)
def test_too_large_for_float32_is_an_error_not_an_infinity(single, write, words):
    with unchanged(single), complains(ns.DataError, "finite", *words):
        write(single)


# --- Neurons as views ----------------------------------------------------------------------------


@given(net=acyclic_networks(max_neurons=15, loops=True))
def test_views_read_the_columns(net):
    number = {name: i for i, name in enumerate(net.names)}
    rows = list(zip(net.synapses, net.branches.tolist(), net.weights.tolist(), strict=True))
    for name in net:
        cell, i = net[name], number[name]
        assert (cell.name, cell.mode, cell.threshold) == (name, net.modes[i], net.thresholds[i])
        assert cell.region is None or name in net.regions[cell.region]
        incoming = {(pre, b) if b else pre: w for (pre, post), b, w in rows if post == name}
        outgoing = {(post, b) if b else post: w for (pre, post), b, w in rows if pre == name}
        assert list(cell.dendrites.items()) == list(incoming.items())
        assert list(cell.axon.items()) == list(outgoing.items())
        assert (len(cell.dendrites), len(cell.axon)) == (len(incoming), len(outgoing))


@given(net=acyclic_networks(max_neurons=15), seed=SEEDS)
def test_a_view_computes_what_the_same_neuron_alone_computes(net, seed):
    rng = np.random.default_rng(seed)
    for name in net:
        cell = net[name]
        if cell.mode.name == "sensory":
            continue
        alone = ns.Neuron(dict(cell.dendrites), cell.threshold, mode=cell.mode)
        rates = rng.normal(size=len(alone.presynaptic))
        assert (cell.drive(rates), cell.fire(rates)) == (alone.drive(rates), alone.fire(rates))


@given(net=acyclic_networks(max_neurons=15, loops=True), data=st.data())
def test_writing_a_view_changes_that_one_number(net, data):
    weights, thresholds = net.weights.copy(), net.thresholds.copy()
    neuron = data.draw(st.integers(0, len(net) - 1))
    net[net.names[neuron]].threshold = thresholds[neuron] = 1.25
    if net.synapses:
        synapse = data.draw(st.integers(0, len(net.synapses) - 1))
        pre, post = net.synapses[synapse]
        branch = int(net.branches[synapse])
        if data.draw(st.booleans()):
            net[post].dendrites[pre, branch] = -7.5
        else:
            net[pre].axon[post, branch] = -7.5
        weights[synapse] = -7.5
    assert_array_equal(net.weights, weights)
    assert_array_equal(net.thresholds, thresholds)


def test_views_write_mode_region_and_bias(net):
    cell = net["h"]
    cell.mode, cell.region, cell.bias = "sigmoid", "IT", 0
    assert (net.modes[1], dict(net.regions)) == (ns.Sigmoid(), {"IT": ["h"]})
    assert str(net.thresholds[1]) == "0.0", "no negative zero"
    cell.region = None
    assert dict(net.regions) == {}
    assert cell.soma.mode == ns.Sigmoid()


def test_a_view_deletes_synapses(net):
    del net["y"].dendrites["x"]
    assert net.synapses == [("x", "h"), ("h", "y")]
    net["x"].axon.clear()
    assert net.synapses == [("h", "y")]
    assert_array_equal(net.weights, [2.0])


def test_a_view_outlives_edits_before_it(net):
    cell = net["y"]
    net.add_neuron("new", "sensory")
    net.remove_neuron("h")
    assert (dict(cell.dendrites), cell.mode) == ({"x": -1.0}, ns.Linear())


def test_repr_of_a_view(net):
    assert repr(net["h"]).splitlines() == [
        "Neuron 'h' in region 'hidden'",
        "  dendrites  from 'x': weight 0.5",
        "  soma       relu, threshold -0.1",
        "  axon       to 'y': weight 2",
    ]
    assert "<th" in net["h"]._repr_html_()
    assert repr(net["h"].dendrites) == "{'x': 0.5}"


def test_regions_are_a_mapping(net):
    assert (list(net.regions), len(net.regions), "hidden" in net.regions, "other" in net.regions) == (
        ["hidden"],
        1,
        True,
        False,
    )
    with complains(ns.UnknownNameError, "no region 'hiden'", "Did you mean 'hidden'"):
        net.regions["hiden"]


# --- with_mode and copy --------------------------------------------------------------------------


@given(net=acyclic_networks(max_neurons=20, loops=True, laws=True), seed=SEEDS)
def test_with_mode_changes_the_modes_named_and_nothing_else(net, seed):
    rng = np.random.default_rng(seed)
    dendritic = [name for name in net if net[name].mode.name != "sensory"]
    chosen = [dendritic[i] for i in rng.permutation(len(dendritic))[: rng.integers(len(dendritic) + 1)]]
    before = snapshot(net)
    copies = {
        "all": (net.with_mode("tanh"), dendritic),
        "some": (net.with_mode("tanh", neurons=chosen), chosen),
        "none": (net.with_mode("tanh", neurons=[]), []),
        "one": (net.with_mode("tanh", neurons=dendritic[0]), dendritic[:1]),
    }
    for other, changed in copies.values():
        assert other.modes == [ns.Tanh() if name in changed else net[name].mode for name in net]
        assert {**snapshot(other), "modes": 0} == {**before, "modes": 0}
        other.weights[:] = 3
        other.thresholds[:] = 3
    assert snapshot(net) == before


def test_with_mode_takes_one_name_or_several_and_numpy_ones():
    net = ns.Network.from_arrays([0, 0, 0], [1, 2, 3], 1.0, regions=[None, "a", "b", "b"])
    assert [str(mode) for mode in net.with_mode("relu", regions="b").modes[1:]] == ["binary", "relu", "relu"]
    assert [str(mode) for mode in net.with_mode("relu", neurons=np.int64(2)).modes[1:]] == ["binary", "relu", "binary"]
    assert [str(mode) for mode in net.with_mode("relu", neurons=np.array([1, 3])).modes[1:]] == [
        "relu",
        "binary",
        "relu",
    ]
    both = net.with_mode(ns.LeakyReLU(0.05), regions=("a",), neurons=[3])
    assert [str(mode) for mode in both.modes[1:]] == ["LeakyReLU(slope=0.05)", "binary", "LeakyReLU(slope=0.05)"]


def test_copy_is_independent(net):
    copy = net.copy()
    assert snapshot(copy) == snapshot(net)
    with unchanged(net):
        copy.weights[:] = 0
        copy["h"].mode = "tanh"
        copy.add_neuron("z")
        copy.remove_synapse("x", "h")


# --- Adding and removing -------------------------------------------------------------------------


def by_name(net):
    """Everything that editing should keep, by name."""
    structure = net.structure
    neurons = {
        name: (net[name].mode, net[name].threshold, net[name].region, bool(structure.marked_outputs[i]))
        for i, name in enumerate(net)
    }
    ends = zip(net.synapses, net.branches.tolist(), strict=True)
    values = zip(net.weights.tolist(), net.delays.tolist(), strict=True)
    synapses = {(*pair, branch): value for (pair, branch), value in zip(ends, values, strict=True)}
    return neurons, synapses


@given(net=acyclic_networks(max_neurons=20, loops=True), seed=SEEDS)
def test_adding_keeps_all_others(net, seed):
    rng = np.random.default_rng(seed)
    neurons, synapses = by_name(net)
    order = net.synapses
    target = next(name for name in net if net[name].mode.name != "sensory")
    source = net.names[rng.integers(len(net))]
    net.add_neuron("new", ns.ELU(2), bias=0.5, region="added", output=True, pos=(1, 2))
    net.add_synapse(source, "new", -3.0)
    net.add_synapses([("new", target), ("new", "new")], [0.25, 0.0], delay=[2, 1])
    assert by_name(net) == (
        {**neurons, "new": (ns.ELU(2), -0.5, "added", True)},
        {**synapses, (source, "new", 0): (-3.0, 0), ("new", target, 0): (0.25, 2), ("new", "new", 0): (0.0, 1)},
    )
    assert net.synapses[: len(order)] == order, "added last"
    assert net.names[-1] == "new"
    assert_array_equal(net.positions[-1], [1, 2])


@given(net=acyclic_networks(min_neurons=3, max_neurons=20, loops=True), data=st.data())
def test_removing_keeps_all_others(net, data):
    neurons, synapses = by_name(net)
    order = net.synapses
    gone = data.draw(st.sampled_from(net.names))
    try:
        net.remove_neuron(gone)
    except ns.GraphError:  # the last input or output
        assert by_name(net) == (neurons, synapses)
        assert [gone] in (net.inputs, net.outputs) or gone in net.inputs
        return
    del neurons[gone]
    synapses = {key: value for key, value in synapses.items() if gone not in key[:2]}
    assert by_name(net) == (neurons, synapses)
    assert net.synapses == [ends for ends in order if gone not in ends]
    if not net.synapses:
        return
    pre, post = data.draw(st.sampled_from(net.synapses))
    branch = data.draw(st.sampled_from([None, *(key[2] for key in synapses if key[:2] == (pre, post))]))
    net.remove_synapse(pre, post, branch=branch)
    left = {k: v for k, v in synapses.items() if k[:2] != (pre, post) or branch not in (None, k[2])}
    assert by_name(net) == (neurons, left)


@given(net=acyclic_networks(max_neurons=20, loops=True, laws=True), seed=SEEDS)
def test_removing_many_is_removing_one_after_the_other(net, seed):
    if not net.synapses:
        return
    rng = np.random.default_rng(seed)
    marks = rng.random(len(net.synapses)) < 0.4
    gone = list(dict.fromkeys(pair for pair, mark in zip(net.synapses, marks, strict=True) if mark))
    one_by_one, at_once, marked = net.copy(), net.copy(), net.copy()
    try:
        for pre, post in gone:
            one_by_one.remove_synapse(pre, post)
    except ns.GraphError:  # without outputs on the way, as it may be
        return
    at_once.remove_synapses(gone)
    marked.remove_synapses(np.array([pair in gone for pair in net.synapses], dtype=bool))
    assert snapshot(at_once) == snapshot(marked) == snapshot(one_by_one)


def test_editing_keeps_notes_with_their_owners():
    graph = nx.DiGraph()
    for name in "xhy":
        graph.add_node(name, note=name)
    for pre, post in ["xh", "xy", "hy"]:
        graph.add_edge(pre, post, note=pre + post)
    net = ns.Network.from_graph(graph)
    net.add_neuron("z")
    net.add_synapse("y", "z")
    net.remove_synapse("x", "h")
    net.remove_neuron("h")
    left = net.to_graph()
    assert dict(left.nodes(data="note")) == {"x": "x", "y": "y", "z": None}
    assert {(i, j): note for i, j, note in left.edges(data="note")} == {("x", "y"): "xy", ("y", "z"): None}


def test_regions_stay_in_order_of_appearance():
    net = ns.Network.from_arrays([0, 0, 0], [1, 2, 3], 1.0, regions=["a", "b", "c", None])
    net[1].region = "z"
    assert list(net.regions) == ["a", "z", "c"]
    net[0].region = "c"
    assert list(net.regions) == ["c", "z"]
    net.add_neuron("new", region="y")
    net.remove_neuron(1)
    assert dict(net.regions) == {"c": [0, 2], "y": ["new"]}


def test_a_grid_lasts_as_long_as_it_is_filled():
    graph = nx.DiGraph([("eye", "V1")])
    graph.nodes["eye"]["shape"], graph.nodes["V1"]["shape"] = (2, 3), (2, 2)
    net = ns.Network.from_regions(graph, rng=0)
    net["V1[0]"].mode = "relu"
    assert net.structure.region_shapes == {"eye": (2, 3), "V1": (2, 2)}
    net.remove_neuron("V1[3]")
    assert net.structure.region_shapes == {"eye": (2, 3)}
    net.add_neuron("seventh", "sensory", region="eye")
    assert net.structure.region_shapes == {}


def test_added_weights_are_drawn_from_the_seed_and_suit_the_mode(net):
    first, second = net.copy(), net.copy()
    for other in (first, second):
        other.add_neuron("z", "tanh")
        other.add_synapses([("x", "z"), ("h", "z")], [NAN, 4.0], rng=3)
    assert snapshot(first) == snapshot(second)
    assert first["z"].dendrites["h"] == 4
    assert abs(first["z"].dendrites["x"]) <= math.sqrt(6 / (2 + 3))


def test_ends_may_come_from_zip(net):
    net.add_neuron("z")
    net.add_synapses(zip(["x", "y"], ["z", "z"], strict=True), [1, 2])
    assert dict(net["z"].dendrites) == {"x": 1, "y": 2}


def test_a_removed_neuron_cannot_be_read(net):
    cell = net["h"]
    net.remove_neuron("h")
    with complains(ns.UnknownNameError, "no neuron 'h'", "'x', 'y'"):
        _ = cell.threshold


# --- Bad edits: the words, and nothing half-changed ----------------------------------------------

BAD_EDITS = {
    "unknown neuron": (lambda n: n["hh"], ns.UnknownNameError, ["no neuron 'hh'", "Did you mean 'h'"]),
    "a region for a neuron": (lambda n: n["hidden"], ns.UnknownNameError, ["'hidden' is a region", "net.regions"]),
    "unhashable": (lambda n: n[["h"]], ns.UnknownNameError, ["no neuron ['h']"]),
    "mode": (lambda n: setattr(n["h"], "mode", "sigmod"), ns.UnknownNameError, ["'sigmod'", "'sigmoid'"]),
    "sensory with dendrites": (
        lambda n: setattr(n["h"], "mode", "sensory"),
        ns.GraphError,
        ["'h' is sensory", "'x' -> 'h'", "mode='linear'"],
    ),
    "no inputs left": (lambda n: setattr(n["x"], "mode", "relu"), ns.GraphError, ["no inputs", "'sensory')"]),
    "region": (lambda n: setattr(n["h"], "region", 5), ns.GraphError, ["region", "text", "5", "region='V1'"]),
    "empty region": (lambda n: setattr(n["h"], "region", ""), ns.GraphError, ["region", "text", "''"]),
    "threshold": (lambda n: setattr(n["h"], "threshold", NAN), ns.DataError, ["threshold", "'h'", "nan"]),
    "bias": (lambda n: setattr(n["h"], "bias", "big"), ns.DataError, ["bias", "'h'", "'big'"]),
    "weight": (lambda n: n["h"].dendrites.update(x=INF), ns.DataError, ["'x' -> 'h'", "inf"]),
    "no such dendrite": (
        lambda n: n["h"].dendrites.update(y=1),
        ns.UnknownNameError,
        ["'h' has no dendrite from 'y'", "net.add_synapse('y', 'h')"],
    ),
    "no such axon branch": (
        lambda n: n["h"].axon.__delitem__("x"),
        ns.UnknownNameError,
        ["'h'", "axon to 'x'", "net.add_synapse('h', 'x')"],
    ),
    "no such branch": (lambda n: n["h"].dendrites["x", 1], ns.UnknownNameError, ["no dendrite from ('x', 1)"]),
    "with_mode region": (
        lambda n: n.with_mode("relu", regions=["hiden"]),
        ns.UnknownNameError,
        ["no region 'hiden'", "'hidden'"],
    ),
    "with_mode neuron": (lambda n: n.with_mode("relu", neurons="H"), ns.UnknownNameError, ["no neuron 'H'", "'h'"]),
    "with_mode mode": (lambda n: n.with_mode("rleu"), ns.UnknownNameError, ["'rleu'", "'relu'"]),
    "with_mode number": (lambda n: n.with_mode("relu", regions=0.5), ns.OptionError, ["regions", "0.5"]),
    "with_mode sensory": (lambda n: n.with_mode("sensory"), ns.GraphError, ["'h' is sensory", "'x' -> 'h'"]),
    "name taken": (lambda n: n.add_neuron("h"), ns.GraphError, ["already a neuron 'h'", "net['h']"]),
    "name": (lambda n: n.add_neuron(0.5), ns.GraphError, ["text or a whole number", "0.5"]),
    "new mode": (lambda n: n.add_neuron("z", "rleu"), ns.UnknownNameError, ["'rleu'", "'relu'"]),
    "new threshold": (lambda n: n.add_neuron("z", threshold=NAN), ns.DataError, ["threshold", "'z'", "nan"]),
    "new bias": (lambda n: n.add_neuron("z", bias=1, threshold=1), ns.OptionError, ["'z'", "Give one"]),
    "new region": (lambda n: n.add_neuron("z", region=["V1"]), ns.GraphError, ["region", "['V1']"]),
    "new pos": (lambda n: n.add_neuron("z", pos="ab"), ns.DataError, ["pos of neuron 'z'", "x and y", "'ab'"]),
    "new pos inf": (
        lambda n: n.add_neuron("z", pos=(0, INF)),
        ns.DataError,
        ["pos of neuron 'z'", "x and y", "(0, inf)"],
    ),
    "from whom": (lambda n: n.add_synapse("q", "y", 1), ns.UnknownNameError, ["no neuron 'q'"]),
    "to whom": (lambda n: n.add_synapse("x", "q", 1), ns.UnknownNameError, ["no neuron 'q'"]),
    "exists": (
        lambda n: n.add_synapse("x", "h", 1),
        ns.GraphError,
        ["exists", "net['h'].dendrites['x'] = 1", "branch=1"],
    ),
    "onto sensory": (lambda n: n.add_synapse("y", "x", 1, delay=1), ns.GraphError, ["'x' is sensory", "'y' -> 'x'"]),
    "loop": (
        lambda n: n.add_synapse("y", "h", 1),
        ns.GraphError,
        ["loop without delay", "h -> y -> h", "net.add_synapse('y', 'h', delay=1)"],
    ),
    "self-loop": (
        lambda n: n.add_synapse("h", "h", 1),
        ns.GraphError,
        ["'h'", "itself", "net.add_synapse('h', 'h', delay=1)"],
    ),
    "no output left": (lambda n: n.add_synapse("y", "h", 1, delay=1), ns.GraphError, ["no outputs", "output=True"]),
    "new weight": (lambda n: n.add_synapse("x", "y", "1", branch=1), ns.DataError, ["weight", "'1'"]),
    "new weight inf": (lambda n: n.add_synapse("x", "y", INF, branch=1), ns.DataError, ["'x' -> 'y'", "inf"]),
    "new delay": (
        lambda n: n.add_synapse("x", "y", 1, delay=-1, branch=1),
        ns.OptionError,
        ["delay", "'x' -> 'y'", "-1"],
    ),
    "half a tick": (lambda n: n.add_synapse("x", "y", 1, delay=0.5, branch=1), ns.DataError, ["delay", "0.5"]),
    "new branch": (lambda n: n.add_synapse("x", "y", 1, branch=-2), ns.OptionError, ["branch", "'x' -> 'y'", "-2"]),
    "new rng": (lambda n: n.add_synapse("x", "y", branch=1, rng="a"), ns.OptionError, ["rng", "'a'", "rng=0"]),
    "negative seed": (lambda n: n.add_synapse("x", "y", branch=1, rng=-3), ns.OptionError, ["seed", "-3"]),
    "one of several": (
        lambda n: n.add_synapses([("x", "y"), ("x", "q")], [1, 2], branch=1),
        ns.UnknownNameError,
        ["no neuron 'q'"],
    ),
    "too few weights": (
        lambda n: n.add_synapses([("x", "y"), ("h", "y")], [1], branch=1),
        ns.DataError,
        ["weight", "(2,)", "(1,)"],
    ),
    "no pair": (lambda n: n.add_synapses(["xy"]), ns.DataError, ["two ends", "'xy'"]),
    "no list": (lambda n: n.add_synapses(7), ns.DataError, ["two ends", "7"]),
    "remove whom": (lambda n: n.remove_neuron("hh"), ns.UnknownNameError, ["no neuron 'hh'", "'h'"]),
    "remove the input": (
        lambda n: n.remove_neuron("x"),
        ns.GraphError,
        ["no inputs", "net.add_neuron('another', 'sensory')"],
    ),
    "remove which": (
        lambda n: n.remove_synapse("y", "h"),
        ns.UnknownNameError,
        ["no synapse onto 'h' from 'y'", "There are: 'x'"],
    ),
    "remove one of several": (
        lambda n: n.remove_synapses([("x", "h"), ("y", "h")]),
        ns.UnknownNameError,
        ["no synapse onto 'h' from 'y'", "There are: 'x'"],
    ),
    "remove marks": (
        lambda n: n.remove_synapses(np.array([True])),
        ns.DataError,
        ["shape (1,)", "np.abs(net.weights) < 0.01"],
    ),
    "remove no pair": (lambda n: n.remove_synapses("xh"), ns.DataError, ["two ends", "'x'"]),
    "remove which branch": (
        lambda n: n.remove_synapse("x", "h", branch=2),
        ns.UnknownNameError,
        ["synapse on branch 2 onto 'h' from 'x'"],
    ),
}


@pytest.mark.parametrize(("edit", "kind", "words"), BAD_EDITS.values(), ids=BAD_EDITS)
def test_bad_edits_say_what_to_do_and_change_nothing(net, edit, kind, words):
    with unchanged(net), complains(kind, *words):
        edit(net)


def test_removing_the_last_neuron_is_refused():
    alone = ns.Network.from_arrays([], [], size=1)
    with unchanged(alone), complains(ns.GraphError, "at least one neuron"):
        alone.remove_neuron(0)


# --- Copies, pickles, and what hangs on the order of edits ---------------------------------------


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, lambda net: pickle.loads(pickle.dumps(net))])
def test_copies_share_nothing_that_can_be_written_and_freeze_what_cannot(net, again):
    ns.respond(net, [1.0])
    before, other = snapshot(net), again(net)
    assert snapshot(other) == before
    other.weights[:] = 7
    other.thresholds[:] = 7
    other.add_neuron("z")
    assert snapshot(net) == before
    for column in (other.delays, other.structure.pre, other.positions):
        with pytest.raises(ValueError, match="read-only"):
            column[0] = 0


def test_the_order_of_modes_is_that_of_the_neurons_whatever_was_edited(net):
    other = net.with_mode("tanh").with_mode("linear", neurons="y").with_mode("relu", neurons="h")
    assert other.structure.modes == net.structure.modes == (ns.Sensory(), ns.ReLU(), ns.Linear())
    for edited in (net, other):
        edited.add_neuron("z", "tanh")
        edited.add_synapse("h", "z", rng=1)
        edited.add_synapse("x", "z", rng=2)
    assert snapshot(net) == snapshot(other)
    other.remove_neuron("z")
    assert other.structure.modes == (ns.Sensory(), ns.ReLU(), ns.Linear())


def test_drawn_weights_are_the_same_whatever_the_history(net):
    detour = net.with_mode("sigmoid", neurons="y").with_mode("tanh", neurons="h").with_mode("relu", neurons="h")
    detour = detour.with_mode("linear", neurons="y")
    fresh = ns.Network.from_graph(net.to_graph())
    for other in (net, detour, fresh):
        other.add_neuron("z", "sigmoid")
        other.add_synapses([("x", "z"), ("h", "z")], rng=3)
    assert_array_equal(net.weights, detour.weights)
    assert_array_equal(net.weights, fresh.weights)


# --- Views in detail -----------------------------------------------------------------------------


def test_a_view_reads_its_inputs_in_the_networks_own_type():
    net = ns.Network.from_arrays([0], [1], [1.0], thresholds=[0, 0.1], dtype="float32")
    assert net[1].fire([0.1]) == net[1].fire({0: 0.1}) == ns.respond(net, [0.1])[0] == 1
    assert net[0].fire(0.1) == np.float32(0.1)
    with complains(ns.DataError, "input from 0", "float32", "1e+300"):
        net[1].fire([1e300])


@pytest.mark.parametrize(
    ("write", "hint"),
    [
        (lambda net: setattr(net["h"], "treshold", 1), "Did you mean 'threshold'"),
        (lambda net: setattr(net["h"], "weight", 1), "There are: "),
        (lambda net: setattr(net, "wieghts", [3]), "Did you mean 'weights'"),
        (lambda net: setattr(ns.Neuron(), "treshold", 5), "Did you mean 'threshold'"),
    ],
)
@pytest.mark.parametrize("kind", [ns.UnknownNameError, AttributeError])
def test_misspelt_attributes_are_refused(net, write, hint, kind):
    with unchanged(net), complains(kind, "no attribute", hint):
        write(net)


def test_views_of_one_neuron_are_equal(net):
    assert net["h"] == net["h"]
    assert net["h"] != net["y"]
    assert net["h"] != net.copy()["h"]
    assert net["h"] != "h"
    assert len({net["h"], net["h"], net["y"]}) == 2


def test_a_view_tells_delays(net):
    net.add_neuron("out", "linear", output=True)
    net.add_synapse("h", "h", 0.25, delay=1)
    net.add_synapse("y", "h", 0.5, delay=3)
    text = repr(net["h"])
    assert "from 'h': weight 0.25, 1 tick\n" in text
    assert "from 'y': weight 0.5, 3 ticks\n" in text
    assert "to 'h': weight 0.25, 1 tick" in text


def test_a_view_of_many_dendrites():
    n = 20_000
    net = ns.Network.from_arrays(np.arange(n), np.full(n, n), 1.0, thresholds=np.append(np.zeros(n), n))
    cell = net[n]
    assert "20000 in all" in repr(cell)
    assert cell.fire(np.ones(n)) == 1
    assert cell.fire(dict.fromkeys(range(n), 0)) == 0
    assert list(cell.dendrites.items()) == [(i, 1.0) for i in range(n)]
    assert sum(cell.dendrites.values()) == n


@pytest.mark.parametrize("thing", [nx.DiGraph([("x", "y")]), None, 3])
def test_a_network_is_not_made_by_its_class_alone(thing):
    with complains(ns.OptionError, "ns.Network.from_graph(G)", type(thing).__name__):
        ns.Network(thing)


def test_things_that_are_no_names_are_not_in_a_network(net):
    assert [] not in net
    assert {} not in net
    assert "x" in net


def test_attributes_carried_along_are_the_networks_own():
    graph = nx.DiGraph([("x", "y")], tags=["a"])
    graph.nodes["x"]["tags"] = ["b"]
    graph.edges["x", "y"]["tags"] = ["c"]
    net = ns.Network.from_graph(graph, rng=0)
    before = copy.deepcopy(snapshot(net))
    out = net.to_graph()
    for there in (graph, out):
        there.graph["tags"].append(1)
        there.nodes["x"]["tags"].append(1)
        there.edges["x", "y"]["tags"].append(1)
    assert snapshot(net) == before


def test_an_output_says_true_or_false():
    graph = nx.DiGraph([("x", "y")])
    graph.nodes["y"]["output"] = "False"
    with complains(ns.OptionError, "output", "'y'", "True or False", "'False'"):
        ns.Network.from_graph(graph)


def test_in_a_multigraph_the_cure_of_a_loop_cures():
    graph = nx.MultiDiGraph([("x", "y"), ("y", "z"), ("z", "y"), ("z", "o")])
    with pytest.raises(ns.GraphError) as error:
        ns.Network.from_graph(graph)
    exec(str(error.value).split("a delay: ")[1].rstrip("."), {"G": graph})
    assert len(ns.Network.from_graph(graph, rng=0)) == 4
