"""From networkx and back without loss, and what a graph must not be."""

import itertools
import math
import warnings

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import neurosim as ns
from tests.anatomy.helpers import complains
from tests.strategies import acyclic_networks, graphs, region_graphs, snapshot

ANY_NETWORK = st.one_of(
    acyclic_networks(max_neurons=30),
    acyclic_networks(max_neurons=30, loops=True),
    acyclic_networks(max_neurons=30, loops=True, laws=True),
    acyclic_networks(max_neurons=15, modes=["maxout"], loops=True, dtype="float32"),
)


# --- There and back ------------------------------------------------------------------------------


@given(net=ANY_NETWORK)
def test_network_to_graph_to_network(net):
    assert snapshot(ns.Network.from_graph(net.to_graph())) == snapshot(net)


@given(brain=region_graphs(), seed=st.integers(0, 99), dtype=st.sampled_from(["float32", "float64"]))
def test_brain_to_graph_to_brain(brain, seed, dtype):
    net = ns.Network.from_regions(brain, rng=seed, dtype=dtype)
    back = ns.Network.from_graph(net.to_graph())
    assert snapshot(back) == snapshot(net)
    assert back.structure.region_shapes == {r: s for r, s in brain.nodes(data="shape") if s}


@given(graph=graphs())
def test_graph_to_network_to_graph(graph):
    """All that the graph says is said again; what it leaves open may be added."""
    back = ns.Network.from_graph(graph).to_graph()
    assert list(back) == list(graph)
    assert [type(node) for node in back] == [type(node) for node in graph]
    for node, data in graph.nodes(data=True):
        wanted = {key: value for key, value in data.items() if key != "bias" and (key, value) != ("output", False)}
        if "bias" in data:
            wanted["threshold"] = 0 - data["bias"]
        assert back.nodes[node].items() >= wanted.items()
        assert set(back.nodes[node]) <= {*wanted, "threshold", "mode"}
    assert edges_of(back) == edges_of(graph)
    assert back.graph.items() >= graph.graph.items()
    assert set(back.graph) == {*graph.graph, "neurosim"}


@given(graph=graphs(laws=True))
def test_receptors_freezing_and_sharing_are_read_and_said_again(graph):
    net = ns.Network.from_graph(graph)
    back = net.to_graph()
    assert snapshot(ns.Network.from_graph(back)) == snapshot(net)
    for node, data in graph.nodes(data=True):
        assert back.nodes[node].get("receptor") == net[node].receptor == data.get("receptor")
        assert back.nodes[node].get("plastic", True) == data.get("plastic", True)
    labels = {}
    for key, data in edges_of(graph).items():
        said = edges_of(back)[key]
        law = graph.nodes[key[0]].get("receptor")
        free = graph.nodes[key[1]].get("plastic", True)
        assert (said.get("receptor") or law) == (data.get("receptor") or law)
        assert said.get("plastic", free) == data.get("plastic", free)
        assert labels.setdefault(data.get("shared"), said.get("shared")) == said.get("shared")
    assert len(set(labels.values())) == len(labels)


def edges_of(graph):
    """Every edge's attributes by its ends and branch, without those that only keep the order."""
    rows = (
        graph.edges(keys=True, data=True) if graph.is_multigraph() else ((i, j, 0, d) for i, j, d in graph.edges.data())
    )
    found = {}
    for pre, post, key, data in rows:
        told = {name: value for name, value in data.items() if name not in ("neurosim_order", "branch")}
        found[pre, post, data.get("branch", key)] = {"delay": 0, **told}
    assert len(found) == graph.number_of_edges()
    return found


@given(net=ANY_NETWORK)
def test_the_graph_says_what_the_network_is(net):
    graph = net.to_graph()
    assert list(graph) == net.names
    assert graph.number_of_edges() == len(net.synapses)
    rows = zip(net.synapses, net.branches.tolist(), net.delays.tolist(), net.weights.tolist(), strict=True)
    expected = {(*ends, branch): {"weight": weight, "delay": delay} for ends, branch, delay, weight in rows}
    said = {key: {name: data[name] for name in ("weight", "delay")} for key, data in edges_of(graph).items()}
    assert said == expected
    assert {name: graph.nodes[name]["threshold"] for name in graph} == dict(
        zip(net.names, net.thresholds.tolist(), strict=True)
    )
    assert {name for name, data in graph.nodes(data=True) if data.get("output")} in (set(net.outputs), set())
    parallel = len(set(net.synapses)) < len(net.synapses)
    assert type(graph) is (nx.MultiDiGraph if parallel else nx.DiGraph)


@given(net=ANY_NETWORK)
def test_a_graph_is_plain_enough_for_other_tools(net):
    """No numpy scalars: networkx's own writers refuse some of them."""
    graph = net.to_graph()
    values = itertools.chain(
        (value for _, data in graph.nodes(data=True) for value in data.values()),
        (value for *_, data in graph.edges(data=True) for value in data.values()),
        graph,
    )
    assert {type(value) for value in values} <= {str, int, float, bool, tuple, ns.LeakyReLU, ns.ELU}


def test_parallel_synapses_may_be_far_apart():
    """networkx lists them side by side."""
    net = ns.Network.from_arrays([0, 0, 0], [1, 2, 1], [1, 2, 3], branch=[0, 0, 1], modes="maxout")
    assert list(net.to_graph().edges()) == [(0, 1), (0, 1), (0, 2)]
    assert snapshot(ns.Network.from_graph(net.to_graph())) == snapshot(net)


def test_an_edge_added_to_the_graph_comes_last():
    net = ns.Network.from_arrays([1, 0, 0], [2, 2, 1], [1, 2, 3])  # not in the graph's order
    graph = net.to_graph()
    graph.add_edge("new", 1, weight=4)
    graph.add_edge(0, "last", weight=5)
    graph.remove_edge(1, 2)
    assert ns.Network.from_graph(graph).synapses == [(0, 2), (0, 1), (0, "last"), ("new", 1)]


def test_a_grid_that_the_graph_no_longer_fills_is_dropped():
    brain = nx.DiGraph([("eye", "V1")])
    brain.nodes["eye"]["shape"], brain.nodes["V1"]["shape"] = (2, 3), (2, 2)
    graph = ns.Network.from_regions(brain, rng=0).to_graph()
    graph.remove_node("V1[0]")
    assert ns.Network.from_graph(graph).structure.region_shapes == {"eye": (2, 3)}


def test_multidigraph_keys_are_branches():
    graph = nx.MultiDiGraph()
    graph.add_node("y", mode="maxout")
    graph.add_edge("x", "y", weight=1)
    graph.add_edge("x", "y", weight=-1)
    graph.add_edge("x", "y", key="a name", branch=7, weight=5)
    net = ns.Network.from_graph(graph)
    assert dict(net["y"].dendrites) == {"x": 1, ("x", 1): -1, ("x", 7): 5}
    assert net["y"].fire(2) == 10
    assert net["y"].fire(-2) == 2


def test_the_graph_given_is_left_alone():
    graph = nx.DiGraph([("x", "y")])
    ns.Network.from_graph(graph, rng=0)
    assert dict(graph.nodes(data=True)) == {"x": {}, "y": {}}
    assert list(graph.edges(data=True)) == [("x", "y", {})]


# --- What is read --------------------------------------------------------------------------------


def test_weights_not_given_are_drawn_and_those_given_are_kept():
    graph = nx.DiGraph([("x", "y"), ("u", "y")])
    graph.add_edge("v", "y", weight=3)
    graph.add_edge("w", "y", weight=None)
    first, again, other = (ns.Network.from_graph(graph, rng=seed) for seed in (0, 0, 1))
    assert snapshot(first) == snapshot(again)
    assert first["y"].dendrites["v"] == other["y"].dendrites["v"] == 3
    assert all(first["y"].dendrites[name] != other["y"].dendrites[name] for name in "xuw")


def test_default_modes():
    graph = nx.DiGraph([("x", "h"), ("h", "y")])
    graph.add_node("y", mode="linear")
    graph.add_node("tonic", mode="linear")
    graph.add_edge("tonic", "h")
    modes = [str(mode) for mode in ns.Network.from_graph(graph, mode=ns.ELU(0.5)).modes]
    assert modes == ["sensory", "ELU(alpha=0.5)", "linear", "linear"]
    assert [str(mode) for mode in ns.Network.from_graph(graph).modes] == ["sensory", "binary", "linear", "linear"]


def test_dtype_is_that_of_the_network_it_came_from_unless_said():
    graph = ns.Network.from_arrays([0], [1], 0.1, dtype="float32").to_graph()
    assert ns.Network.from_graph(graph).dtype == np.float32
    assert ns.Network.from_graph(graph, dtype="float64").dtype == np.float64
    assert ns.Network.from_graph(nx.path_graph(2, nx.DiGraph)).dtype == np.float64


def test_numpy_names_become_plain_ones():
    graph = nx.DiGraph([(np.int64(3), np.str_("y"))])
    assert [type(name) for name in ns.Network.from_graph(graph).names] == [int, str]


@pytest.mark.parametrize(
    ("kind", "attribute", "meant"),
    [("node", "thresold", "threshold"), ("node", "outputs", "output"), ("edge", "weigth", "weight")],
)
def test_an_attribute_close_to_one_that_is_read_is_kept_with_a_warning(kind, attribute, meant):
    graph = nx.DiGraph([("x", "y")])
    (graph.nodes["y"] if kind == "node" else graph.edges["x", "y"])[attribute] = 1
    with pytest.warns(UserWarning, match=f"{kind} attribute '{attribute}'.*Did you mean '{meant}'"):
        net = ns.Network.from_graph(graph)
    back = net.to_graph()
    assert (back.nodes["y"] if kind == "node" else back.edges["x", "y"])[attribute] == 1


# --- What a graph must not be --------------------------------------------------------------------


def graph_with(*, nodes=(), edges=(("x", "y", {}),), kind=nx.DiGraph, **header):
    graph = kind(**header)
    graph.add_edges_from(edges)
    graph.add_nodes_from(nodes)
    return graph


def chain_with(**attributes):
    return graph_with(edges=[("x", "y", attributes)])


def node_with(**attributes):
    return graph_with(nodes=[("y", attributes)])


BAD_GRAPHS = {
    "empty": (nx.DiGraph(), ns.GraphError, ["at least one neuron", "G.add_node('x')"]),
    "undirected": (nx.path_graph(3), ns.GraphError, ["undirected", "G.to_directed()", "nx.DiGraph"]),
    "not a graph": ([("x", "y")], ns.DataError, ["networkx graph", "list", "nx.DiGraph()"]),
    "a tuple's name": (
        graph_with(nodes=[(1, 2)]),
        ns.GraphError,
        ["(1, 2)", "tuple", "text or a whole number", "nx.relabel_nodes(G, str)"],
    ),
    "a number's name": (graph_with(nodes=[0.5]), ns.GraphError, ["0.5", "float", "nx.relabel_nodes(G, str)"]),
    "true's name": (graph_with(nodes=[True]), ns.GraphError, ["True", "bool", "nx.relabel_nodes(G, str)"]),
    "loop": (
        graph_with(edges=[("x", "a"), ("a", "b"), ("b", "c"), ("c", "a"), ("c", "y")]),
        ns.GraphError,
        ["loop without delay", "a -> b -> c -> a", "G.edges['c', 'a']['delay'] = 1"],
    ),
    "self-loop": (
        graph_with(edges=[("x", "y"), ("y", "y")]),
        ns.GraphError,
        ["'y'", "itself", "G.edges['y', 'y']['delay'] = 1"],
    ),
    "no inputs": (
        graph_with(edges=[("x", "y", {"delay": 1}), ("y", "x", {"delay": 1})]),
        ns.GraphError,
        ["no inputs", "G.add_node('x', mode='sensory')"],
    ),
    "no outputs": (
        graph_with(edges=[("x", "y"), ("y", "z", {"delay": 1}), ("z", "y")]),
        ns.GraphError,
        ["no outputs", "output=True", "G.nodes['z']['output'] = True"],
    ),
    "sensory with dendrites": (
        node_with(mode="sensory"),
        ns.GraphError,
        ["'y' is sensory", "'x' -> 'y'", "mode='linear'"],
    ),
    "unknown mode": (
        node_with(mode="sigmod"),
        ns.UnknownNameError,
        ["neuron 'y'", "no mode 'sigmod'", "Did you mean 'sigmoid'"],
    ),
    "mode of odd type": (node_with(mode=["relu"]), ns.UnknownNameError, ["neuron 'y'", "['relu']", "'relu'"]),
    "nan weight": (chain_with(weight=math.nan), ns.DataError, ["weight of 'x' -> 'y'", "finite number", "nan"]),
    "infinite weight": (chain_with(weight=-math.inf), ns.DataError, ["weight of 'x' -> 'y'", "finite", "-inf"]),
    "text weight": (chain_with(weight="0.5"), ns.DataError, ["weight of 'x' -> 'y'", "finite number", "'0.5'"]),
    "list weight": (chain_with(weight=[1, 2]), ns.DataError, ["weight of 'x' -> 'y'", "[1, 2]"]),
    "array weight": (chain_with(weight=np.ones(2)), ns.DataError, ["weight of 'x' -> 'y'", "array"]),
    "huge weight": (chain_with(weight=10**400), ns.DataError, ["weight of 'x' -> 'y'", "finite number"]),
    "complex weight": (chain_with(weight=1j), ns.DataError, ["weight of 'x' -> 'y'", "1j"]),
    "half a delay": (chain_with(delay=0.5), ns.OptionError, ["delay of 'x' -> 'y'", "whole number", "0.5"]),
    "negative delay": (chain_with(delay=-1), ns.OptionError, ["delay", "'x' -> 'y'", "whole number from 0 up", "-1"]),
    "true delay": (chain_with(delay=True), ns.OptionError, ["delay of 'x' -> 'y'", "True"]),
    "no delay": (chain_with(delay=None), ns.OptionError, ["delay of 'x' -> 'y'", "None"]),
    "text branch": (chain_with(branch="a"), ns.OptionError, ["branch of 'x' -> 'y'", "'a'"]),
    "negative branch": (chain_with(branch=-1), ns.OptionError, ["branch", "'x' -> 'y'", "-1"]),
    "parallel on one branch": (
        graph_with(kind=nx.MultiDiGraph, edges=[("x", "y", "a", {}), ("x", "y", "b", {})]),
        ns.GraphError,
        ["'x' -> 'y'", "more than once", "branch=1"],
    ),
    "threshold nan": (node_with(threshold=math.nan), ns.DataError, ["threshold of neuron 'y'", "nan"]),
    "threshold text": (node_with(threshold="low"), ns.DataError, ["threshold of neuron 'y'", "'low'"]),
    "bias infinite": (node_with(bias=math.inf), ns.DataError, ["bias of neuron 'y'", "inf"]),
    "threshold against bias": (
        node_with(threshold=1, bias=1),
        ns.OptionError,
        ["neuron 'y'", "threshold=1", "bias=1", "Give one"],
    ),
    "region number": (node_with(region=5), ns.GraphError, ["region of neuron 'y'", "text", "5", "region='V1'"]),
    "region list": (node_with(region=["V1"]), ns.GraphError, ["region of neuron 'y'", "['V1']"]),
    "region empty": (node_with(region=""), ns.GraphError, ["region", "text", "''"]),
    "pos": (node_with(pos=5), ns.DataError, ["pos of neuron 'y'", "x and y", "5"]),
    "pos three": (node_with(pos=(1, 2, 3)), ns.DataError, ["pos of neuron 'y'", "(1, 2, 3)"]),
    "pos nan": (node_with(pos=(1, math.nan)), ns.DataError, ["pos of neuron 'y'", "nan"]),
    "order": (chain_with(neurosim_order="first"), ns.DataError, ["order of 'x' -> 'y'", "'first'"]),
    "header": (graph_with(neurosim="mine"), ns.DataError, ["G.graph['neurosim']", "'mine'", "del G.graph"]),
    "header dtype": (graph_with(neurosim={"dtype": "int8"}), ns.OptionError, ["dtype", "'float64'", "'int8'"]),
    "same name twice": (graph_with(nodes=[np.str_("x")]), None, []),  # networkx sees one node; so do we
}


@pytest.mark.parametrize(("graph", "kind", "words"), BAD_GRAPHS.values(), ids=BAD_GRAPHS)
def test_bad_graphs_say_whose_fault_it_is_and_what_to_do(graph, kind, words):
    if kind is None:
        assert ns.Network.from_graph(graph).names == ["x", "y"]
        return
    with complains(kind, *words):
        ns.Network.from_graph(graph, rng=0)


def test_the_loop_that_is_named_is_one_and_the_cure_cures():
    """Whatever the graph, following the advice as often as it is given ends with a network."""
    rng = np.random.default_rng(5)
    graph = nx.gnp_random_graph(30, 0.15, seed=7, directed=True)
    graph.add_edge("input", 0)
    graph.nodes[0]["output"] = True
    for _ in range(graph.number_of_edges() + 1):
        try:
            ns.Network.from_graph(graph, rng=rng)
            break
        except ns.GraphError as error:
            loop = str(error).split("delay, ")[1].split(":")[0].split(" -> ")
            if "..." not in loop:
                assert loop[0] == loop[-1]
                assert all(graph.edges[int(i), int(j)].get("delay", 0) == 0 for i, j in itertools.pairwise(loop))
            exec(str(error).split("delay: ")[1].rstrip("."), {"G": graph})
    else:
        pytest.fail("the advice did not end")
    kept = [(i, j) for i, j, delay in graph.edges(data="delay", default=0) if not delay]
    assert nx.is_directed_acyclic_graph(nx.DiGraph(kept))


def test_a_long_loop_is_named_in_short():
    with complains(ns.GraphError, "x0 -> x1 -> x2 -> x3 -> x4 -> x5 -> ... -> ", "-> x99 -> x0"):
        loop = [(f"x{i}", f"x{(i + 1) % 100}") for i in range(100)]
        ns.Network.from_graph(graph_with(edges=loop))


@pytest.mark.parametrize("option", [{"rng": "a"}, {"rng": -1}, {"rng": True}, {"dtype": "int"}, {"mode": "sigmod"}])
def test_bad_options(option):
    ((name, value),) = option.items()
    with complains(ns.NeurosimError, name if name != "rng" else "", repr(value)):
        ns.Network.from_graph(nx.DiGraph([("x", "y")]), **option)


# --- Odd values never leak another error ---------------------------------------------------------

ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.just(10**400),
    st.floats(),
    st.text(max_size=3),
    st.binary(max_size=2),
    st.complex_numbers(),
    st.lists(st.one_of(st.integers(-2, 5), st.floats(), st.text(max_size=1)), max_size=4),
    st.tuples(st.integers(-2, 2), st.integers(-2, 2)),
    st.dictionaries(st.text(max_size=1), st.integers(), max_size=2),
    st.sampled_from([np.int8(1), np.float32(0.5), np.bool_(True), np.str_("a"), np.complex64(1), np.nan, np.array(1)]),
    st.sampled_from([np.zeros(2), np.zeros((2, 2)), np.array(["a"]), object(), {1}, range(2), ns.ReLU, ns.ReLU(), len]),
)


@given(
    node=st.dictionaries(st.sampled_from(["mode", "threshold", "bias", "region", "pos"]), ODD, max_size=2),
    edge=st.dictionaries(st.sampled_from(["weight", "delay", "branch", "neurosim_order"]), ODD, max_size=2),
    header=st.dictionaries(st.sampled_from(["dtype", "region_shapes"]), ODD, max_size=1),
    kind=st.sampled_from([nx.DiGraph, nx.MultiDiGraph]),
)
def test_odd_attributes_are_read_or_refused(node, edge, header, kind):
    graph = kind([("x", "y"), ("x", "z")], neurosim=header)
    graph.nodes["y"].update(node)
    next(iter(graph.edges(data=True)))[2].update(edge)
    read_or_refuse(lambda: ns.Network.from_graph(graph, rng=0))


def read_or_refuse(make):
    """A network whose numbers are finite, or an error of ours; warnings about odd names are fine."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        try:
            net = make()
        except ns.NeurosimError:
            return
    assert np.isfinite(net.weights).all()
    assert np.isfinite(net.thresholds).all()
    assert snapshot(ns.Network.from_graph(net.to_graph())) == snapshot(net)


# --- Read in bulk --------------------------------------------------------------------------------


def test_views_of_graphs_are_read_like_graphs():
    graph = nx.DiGraph()
    graph.add_edge("x", "h", weight=1.0, delay=2)
    graph.add_edge("h", "y", weight=2.0)
    graph.add_edge("x", "y", weight=3.0, plastic=False)
    for multi in (False, True):
        whole = nx.MultiDiGraph(graph) if multi else graph
        for view in (whole.reverse(copy=False), nx.subgraph_view(whole, filter_node=lambda node: node != "h")):
            net, same = ns.Network.from_graph(view, rng=0), ns.Network.from_graph(view.copy(), rng=0)
            assert snapshot(net) == snapshot(same)
            assert net.synapses == list(view.edges())


def test_what_only_some_edges_say():
    graph = nx.MultiDiGraph()
    graph.add_node("y", mode="maxout", plastic=False)
    graph.add_edge("x", "y", key=4, weight=np.float32(0.5), delay=2.0, receptor="excitatory")
    graph.add_edge("x", "y", key="b", weight=None, shared="one", plastic=np.True_)
    graph.add_edge("z", "y", weight=2, branch=3, delay=np.int8(1), neurosim_order=0)
    graph.add_edge("z", "y", key=1, weight=np.int64(-1), shared="one", plastic=True)
    net = ns.Network.from_graph(graph, rng=0)
    assert net.synapses == [("z", "y"), ("x", "y"), ("x", "y"), ("z", "y")]
    assert net.weights.tolist() == [2.0, 0.5, -1.0, -1.0]
    assert net.delays.tolist() == [1, 2, 0, 0]
    assert net.branches.tolist() == [3, 4, 0, 1]
    assert net.receptors == [None, "excitatory", None, None]
    assert net.plastic.tolist() == [False, False, True, True]
    assert net.shared.tolist() == [-1, -1, 0, 0]


@pytest.mark.parametrize(
    ("attribute", "value", "words"),
    [
        ("weight", math.nan, ["weight of 'h' -> 'y'", "finite number", "nan"]),
        ("weight", 10**400, ["weight of 'h' -> 'y'", "finite number", "1000000"]),
        ("weight", "2", ["weight of 'h' -> 'y'", "finite number", "'2'"]),
        ("delay", None, ["delay of 'h' -> 'y'", "whole number", "None"]),
        ("delay", True, ["delay of 'h' -> 'y'", "whole number", "True"]),
        ("branch", 0.5, ["branch of 'h' -> 'y'", "whole number", "0.5"]),
        ("plastic", None, ["plastic of 'h' -> 'y'", "True or False", "None"]),
        ("plastic", 1, ["plastic of 'h' -> 'y'", "True or False", "1"]),
        ("neurosim_order", "last", ["neurosim_order of 'h' -> 'y'", "finite number", "'last'"]),
    ],
)
def test_one_wrong_edge_among_others_is_named(attribute, value, words):
    graph = nx.DiGraph()
    for i, ends in enumerate([("x", "h"), ("h", "y"), ("x", "y")]):
        graph.add_edge(*ends, weight=float(i), delay=i, branch=0, plastic=True, neurosim_order=2 - i)
    graph.edges["h", "y"][attribute] = value
    with complains(ns.NeurosimError, *words):
        ns.Network.from_graph(graph)
