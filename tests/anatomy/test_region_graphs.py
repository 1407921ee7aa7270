"""From regions to neurons, checked against what the graph of regions says, and back to a summary of it."""

import math

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

import neurosim as ns
from neurosim.anatomy.wiring import Population
from tests.anatomy.helpers import complains
from tests.anatomy.test_graphs import ODD, read_or_refuse
from tests.strategies import acyclic_networks, region_graphs, snapshot


def population(data):
    shape = data.get("shape", (data.get("size"),))
    return Population(math.prod(shape), tuple(shape))


# --- What is made --------------------------------------------------------------------------------


@given(regions=region_graphs(), seed=st.integers(0, 99))
def test_the_brain_is_what_the_graph_says(regions, seed):
    brain = ns.Network.from_regions(regions, rng=seed)
    assert snapshot(brain) == snapshot(ns.Network.from_regions(regions, rng=seed))
    assert list(brain.regions) == list(regions)
    for name, data in regions.nodes(data=True):
        here = population(data)
        assert brain.regions[name] == [f"{name}[{i}]" for i in range(here.size)]
        numbers = brain.structure.members(name)
        threshold = data.get("threshold", -data.get("bias", 0.0))
        assert {(brain.modes[i].name, brain.thresholds[i]) for i in numbers} == {(data["mode"], threshold)}
    assert brain.inputs == brain.regions["retina"]
    assert brain.outputs == brain.regions[list(regions)[-1]]


@given(regions=region_graphs(), seed=st.integers(0, 99))
def test_projections_join_the_regions_they_name(regions, seed):
    brain = ns.Network.from_regions(regions, rng=seed)
    structure = brain.structure
    names = list(brain.regions)
    pairs = np.column_stack([structure.region_of[structure.pre], structure.region_of[structure.post]])
    assert {(names[i], names[j]) for i, j in pairs} <= set(regions.edges)
    for pre, post, data in regions.edges(data=True):
        mine = (pairs == [names.index(pre), names.index(post)]).all(axis=1)
        branches = 2 if regions.nodes[post]["mode"] == "maxout" else 1
        sizes = [population(regions.nodes[end]).size for end in (pre, post)]
        assert set(structure.delay[mine]) <= {data["delay"]}
        assert set(structure.branch[mine]) <= set(range(branches))
        if data["wiring"] is None or isinstance(data["wiring"], ns.wiring.all_to_all):
            assert mine.sum() == sizes[0] * sizes[1] * branches
        elif isinstance(data["wiring"], ns.wiring.fixed_indegree):
            assert mine.sum() == data["wiring"].k * sizes[1] * branches
        elif isinstance(data["wiring"], ns.wiring.fixed_outdegree):
            assert mine.sum() == data["wiring"].k * sizes[0] * branches
        if "weight" in data:
            assert set(brain.weights[mine]) <= {data["weight"]}


def test_explicit_wiring_lands_where_it_says():
    weights = np.array([[0.0, 2.0, 0.0], [-1.0, 0.0, 0.5]])
    regions = nx.DiGraph()
    regions.add_node("a", size=2)
    regions.add_node("gap", size=5)
    regions.add_node("b", size=3, mode="linear")
    regions.add_edge("a", "b", wiring=ns.wiring.explicit(weights))
    brain = ns.Network.from_regions(regions)
    found = dict(zip(brain.synapses, brain.weights.tolist(), strict=True))
    assert found == {("a[0]", "b[1]"): 2.0, ("a[1]", "b[0]"): -1.0, ("a[1]", "b[2]"): 0.5}


def test_default_modes_and_outputs():
    regions = nx.DiGraph([("eye", "V1"), ("V1", "IT")])
    for region in regions:
        regions.nodes[region]["size"] = 2
    regions.add_edge("IT", "IT", delay=1)
    brain = ns.Network.from_regions(regions, mode="relu", rng=0)
    assert [str(mode) for mode in brain.modes] == ["sensory"] * 2 + ["relu"] * 4
    assert brain.outputs == ["IT[0]", "IT[1]"], "to itself is nowhere else"
    regions.nodes["V1"]["output"] = True
    assert ns.Network.from_regions(regions, rng=0).outputs == ["V1[0]", "V1[1]"]


def test_a_brain_of_receptors_alone():
    regions = nx.DiGraph()
    regions.add_node("eye", size=2)
    brain = ns.Network.from_regions(regions)
    assert (brain.inputs, brain.outputs, brain.synapses) == (["eye[0]", "eye[1]"], ["eye[0]", "eye[1]"], [])


def test_maxout_regions_draw_each_branch_anew():
    regions = nx.DiGraph([("eye", "V1")])
    regions.nodes["eye"]["size"] = 50
    regions.nodes["V1"].update(size=40, mode="maxout", branches=3)
    regions.edges["eye", "V1"]["wiring"] = ns.wiring.random(0.3)
    brain = ns.Network.from_regions(regions, rng=0)
    ends = [{pair for pair, b in zip(brain.synapses, brain.branches, strict=True) if b == k} for k in range(3)]
    assert len(ends[0] & ends[1]) < 0.5 * len(ends[0])
    assert len(ends[1] & ends[2]) < 0.5 * len(ends[1])


def test_a_function_of_ones_own_is_a_rule():
    seen = []

    def shift(pre, post, rng):
        seen.append((pre.shape, post.shape, isinstance(rng, np.random.Generator)))
        return np.arange(2), [1, 2], [0.5, -0.5]

    regions = nx.DiGraph()
    regions.add_node("a", shape=(1, 2))
    regions.add_node("b", size=3)
    regions.add_edge("a", "b", wiring=shift)
    brain = ns.Network.from_regions(regions, rng=0)
    assert seen == [((1, 2), (3,), True)]
    assert (brain.synapses, brain.weights.tolist()) == ([("a[0]", "b[1]"), ("a[1]", "b[2]")], [0.5, -0.5])


# --- The summary ---------------------------------------------------------------------------------


@given(net=acyclic_networks(max_neurons=30, loops=True))
def test_region_graph_counts_what_is_there(net):
    summary = net.region_graph()
    region = {name: net[name].region for name in net}
    assert list(summary) == list(net.regions)
    for name, data in summary.nodes(data=True):
        members = [cell for cell in net if region[cell] == name]
        assert data["size"] == len(members)
        assert data["modes"] == sorted({str(net[cell].mode) for cell in members})
        assert data["shape"] == (len(members),)
    found = {}
    for (pre, post), weight in zip(net.synapses, net.weights.tolist(), strict=True):
        if region[pre] is not None and region[post] is not None:
            found.setdefault((region[pre], region[post]), []).append(weight)
    assert set(summary.edges) == set(found)
    for pair, weights in found.items():
        data = summary.edges[pair]
        assert data["synapses"] == len(weights)
        assert_allclose(data["mean_weight"], np.mean(weights), atol=1e-12)
        assert_allclose(data["density"], len(weights) / math.prod(summary.nodes[end]["size"] for end in pair))


def test_region_graph_keeps_grids():
    regions = nx.DiGraph([("eye", "V1")])
    regions.nodes["eye"]["shape"], regions.nodes["V1"]["size"] = (2, 3), 4
    summary = ns.Network.from_regions(regions, rng=0).region_graph()
    assert dict(summary.nodes(data="shape")) == {"eye": (2, 3), "V1": (4,)}
    assert summary.edges["eye", "V1"]["density"] == 1


# --- What goes wrong -----------------------------------------------------------------------------


def brain_with(node=None, edge=None, **more):
    regions = nx.DiGraph()
    regions.add_node("eye", size=3)
    regions.add_node("V1", **({"size": 2} if node is None else node))
    regions.add_edge("eye", "V1", **(edge or {}))
    regions.add_nodes_from(more.get("nodes", ()))
    regions.add_edges_from(more.get("edges", ()))
    return regions


BAD_REGIONS = {
    "empty": (nx.DiGraph(), ns.GraphError, ["at least one region", "B.add_node('V1', size=10)"]),
    "undirected": (nx.Graph([("a", "b")]), ns.GraphError, ["undirected", "to_directed()"]),
    "not a graph": ({"V1": 10}, ns.DataError, ["networkx graph", "every node a region", "dict"]),
    "name": (nx.DiGraph([(1, 2)]), ns.GraphError, ["region's name", "text", "1", "nx.relabel_nodes(B, str)"]),
    "no size": (brain_with(node={}), ns.OptionError, ["'V1'", "size or a shape", "B.add_node('V1', size=100)"]),
    "size and shape": (brain_with(node={"size": 4, "shape": (2, 2)}), ns.OptionError, ["'V1'", "either", "(2, 2)"]),
    "size 0": (brain_with(node={"size": 0}), ns.OptionError, ["'V1'", "whole number from 1 up", "0"]),
    "size half": (brain_with(node={"size": 2.5}), ns.OptionError, ["'V1'", "whole number", "2.5"]),
    "size text": (brain_with(node={"size": "big"}), ns.OptionError, ["'V1'", "whole number", "'big'"]),
    "size huge": (brain_with(node={"size": 10**30}), ns.OptionError, ["'V1'", "whole number", "10000000"]),
    "shape": (brain_with(node={"shape": (2, 2, 2, 2)}), ns.OptionError, ["'V1'", "(rows, columns)", "(2, 2, 2, 2)"]),
    "shape 5": (brain_with(node={"shape": 5}), ns.OptionError, ["'V1'", "(rows, columns)", "5"]),
    "mode": (
        brain_with(node={"size": 2, "mode": "rleu"}),
        ns.UnknownNameError,
        ["region 'V1'", "'rleu'", "Did you mean 'relu'"],
    ),
    "attribute": (
        brain_with(node={"size": 2, "sise": 3}),
        ns.UnknownNameError,
        ["region 'V1'", "'sise'", "Did you mean 'size'"],
    ),
    "edge attribute": (
        brain_with(edge={"wirring": 3}),
        ns.UnknownNameError,
        ["'eye' -> 'V1'", "'wirring'", "Did you mean 'wiring'"],
    ),
    "threshold": (
        brain_with(node={"size": 2, "threshold": math.nan}),
        ns.DataError,
        ["threshold of region 'V1'", "finite number", "nan"],
    ),
    "bias": (brain_with(node={"size": 2, "bias": 1, "threshold": 1}), ns.OptionError, ["region 'V1'", "Give one"]),
    "branches": (
        brain_with(node={"size": 2, "mode": "maxout", "branches": 0}),
        ns.OptionError,
        ["branches of region 'V1'", "from 1 up", "0"],
    ),
    "rule class": (
        brain_with(edge={"wiring": ns.wiring.random}),
        ns.OptionError,
        ["'eye' -> 'V1'", "ns.wiring.random(0.2)"],
    ),
    "rule text": (brain_with(edge={"wiring": "random"}), ns.OptionError, ["'eye' -> 'V1'", "'random'"]),
    "rule false": (brain_with(edge={"wiring": 0}), ns.OptionError, ["'eye' -> 'V1'", "got 0"]),
    "rule gives none": (
        brain_with(edge={"wiring": lambda *_: None}),
        ns.DataError,
        ["'eye' -> 'V1'", "two arrays", "None"],
    ),
    "rule gives one": (brain_with(edge={"wiring": lambda *_: ([0],)}), ns.DataError, ["'eye' -> 'V1'", "two arrays"]),
    "rule uneven": (
        brain_with(edge={"wiring": lambda *_: ([0, 1], [0])}),
        ns.DataError,
        ["'eye' -> 'V1'", "equally long", "[0, 1]"],
    ),
    "rule beyond": (
        brain_with(edge={"wiring": lambda *_: ([0, 3], [0, 1])}),
        ns.DataError,
        ["'eye' -> 'V1'", "neurons 0 to 3 of region 'eye', which has 0 to 2"],
    ),
    "rule twice": (
        brain_with(edge={"wiring": lambda *_: ([0, 0], [1, 1])}),
        ns.GraphError,
        ["'eye[0]' -> 'V1[1]'", "more than once"],
    ),
    "rule too large": (
        brain_with(edge={"wiring": ns.wiring.fixed_indegree(9)}),
        ns.OptionError,
        ["fixed_indegree", "9 different", "only 3"],
    ),
    "weight": (brain_with(edge={"weight": math.inf}), ns.DataError, ["weight of the projection 'eye' -> 'V1'", "inf"]),
    "delay": (brain_with(edge={"delay": 0.5}), ns.OptionError, ["delay of the projection 'eye' -> 'V1'", "0.5"]),
    "delay below 0": (brain_with(edge={"delay": -1}), ns.OptionError, ["delay", "eye", "V1", "-1"]),
    "delay huge": (brain_with(edge={"delay": 10**30}), ns.NeurosimError, ["delay", "1000000"]),
    "loop": (
        brain_with(edges=[("V1", "V1")], node={"size": 2, "output": True}),
        ns.GraphError,
        ["'V1[0]' makes a synapse onto itself", "B.add_edge('V1', 'V1', delay=1)"],
    ),
    "long loop": (
        brain_with(nodes=[("V2", {"size": 1, "output": True})], edges=[("V1", "V2"), ("V2", "V1")]),
        ns.GraphError,
        ["loop without delay", "V1[0] -> V2[0] -> V1[0]"],
    ),
    "no inputs": (
        brain_with(edges=[("V1", "eye", {"delay": 1})], node={"size": 2, "output": True}),
        ns.GraphError,
        ["no inputs", "B.add_node('stimulus', size=10)"],
    ),
    "no outputs": (
        brain_with(nodes=[("V2", {"size": 1})], edges=[("V1", "V2"), ("V2", "V1", {"delay": 1})]),
        ns.GraphError,
        ["no outputs", "output=True", "B.nodes['V2']['output'] = True"],
    ),
    "too many": (
        brain_with(edge={"wiring": ns.wiring.fixed_indegree(9)}),
        ns.OptionError,
        ["'eye' -> 'V1'", "only 3", "at most 3"],
    ),
    "outside": (
        brain_with(edge={"wiring": ns.wiring.explicit([(7, 0)])}),
        ns.DataError,
        ["'eye' -> 'V1'", "7", "0 to 2"],
    ),
    "output in words": (
        brain_with(node={"size": 2, "output": "False"}),
        ns.OptionError,
        ["output", "'V1'", "True or False"],
    ),
    "like branches": (
        brain_with(node={"size": 2, "mode": "maxout"}, edge={"weight": 0.5}),
        ns.OptionError,
        ["'eye' -> 'V1'", "maxout", "branches=1"],
    ),
    "like branches from a matrix": (
        brain_with({"size": 2, "mode": "maxout"}, {"wiring": ns.wiring.explicit([(0, 0, 0.5)])}),
        ns.OptionError,
        ["'eye' -> 'V1'", "maxout", "branches=1"],
    ),
}


@pytest.mark.parametrize(("regions", "kind", "words"), BAD_REGIONS.values(), ids=BAD_REGIONS)
def test_bad_regions_say_whose_fault_it_is_and_what_to_do(regions, kind, words):
    with complains(kind, *words):
        ns.Network.from_regions(regions, rng=0)


@given(
    node=st.dictionaries(
        st.sampled_from(["size", "shape", "mode", "threshold", "bias", "branches", "other"]), ODD, max_size=2
    ),
    edge=st.dictionaries(st.sampled_from(["wiring", "weight", "delay", "other"]), ODD, max_size=2).filter(
        lambda edge: edge.get("wiring") is not len  # a callable is a rule, and its own errors are its own
    ),
    answer=ODD,
)
def test_odd_attributes_are_read_or_refused(node, edge, answer):
    read_or_refuse(lambda: ns.Network.from_regions(brain_with({"size": 2, **node}, edge), rng=0))
    read_or_refuse(lambda: ns.Network.from_regions(brain_with(edge={"wiring": lambda *_: answer}), rng=0))
    read_or_refuse(lambda: ns.Network.from_regions(brain_with(edge={"wiring": lambda *_: (answer, [0, 1])}), rng=0))


@given(given=ODD)
def test_odd_rules_are_made_or_refused(given):
    for make in (
        ns.wiring.explicit,
        ns.wiring.local,
        ns.wiring.random,
        ns.wiring.fixed_indegree,
        ns.wiring.distance_dependent,
    ):
        try:
            rule = make(given)
            pre, post = rule(Population(4, (2, 2)), Population(3, (3,)), np.random.default_rng(0))[:2]
        except ns.NeurosimError:
            continue
        assert len(pre) == len(post)


def test_positions_are_left_to_the_plot():
    """Those within a region would stack all regions of a graph of neurons on one another."""
    regions = nx.DiGraph()
    regions.add_node("a", shape=(2, 2))
    regions.add_node("b", shape=(2, 2), mode="linear")
    regions.add_edge("a", "b")
    brain = ns.Network.from_regions(regions, rng=0)
    assert np.isnan(brain.positions).all()
    assert ns.Network.from_graph(brain.to_graph()).structure.region_shapes == {"a": (2, 2), "b": (2, 2)}


def test_the_summary_of_many_regions_needs_no_table_of_all_pairs():
    n = 5_000
    net = ns.Network.from_arrays(np.arange(n - 1), np.arange(1, n), 1.0, regions=[f"r{i}" for i in range(n)])
    summary = net.region_graph()
    assert summary.number_of_edges() == n - 1
    assert summary.edges["r0", "r1"] == {"synapses": 1, "density": 1.0, "mean_weight": 1.0}
