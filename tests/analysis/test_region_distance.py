"""The distance of regions is the least over all orders of their neurons, as trying them all finds."""

import itertools

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import neurosim as ns


def brain(seed, size=4, density=0.8):
    B = nx.DiGraph()
    B.add_node("eye", size=3)
    B.add_node("hand", size=2, mode="linear")
    for region in ("left", "right"):
        B.add_node(region, size=size, mode="relu")
        B.add_edge("eye", region, wiring=ns.wiring.random(density))
        B.add_edge(region, "hand", wiring=ns.wiring.random(density))
    net = ns.Network.from_regions(B, rng=seed)
    net.thresholds = np.random.default_rng(seed).normal(size=len(net))
    return net


def matrix(net, region):
    """Threshold, weights in and weights out of each neuron, by way of the graph."""
    graph = nx.to_numpy_array(net.to_graph(), nodelist=net.names, weight="weight", nonedge=0.0)
    mine = [net.names.index(name) for name in net.regions[region]]
    others = [i for i, name in enumerate(net.names) if name.split("[")[0] in ("eye", "hand")]
    return np.hstack([net.thresholds[mine, None], graph[np.ix_(others, mine)].T, graph[np.ix_(mine, others)]])


@given(st.integers(0, 10**6))
@settings(max_examples=25)
def test_it_is_the_least_over_all_orders(seed):
    net = brain(seed)
    a, b = matrix(net, "left"), matrix(net, "right")
    least = min(np.square(a - b[list(order)]).sum() for order in itertools.permutations(range(4)))
    wanted = np.sqrt(least / (np.square(a).sum() + np.square(b).sum()))
    assert ns.region_distance(net, {"left": "right"}) == pytest.approx(wanted)
    assert ns.region_distance(net, {"right": "left"}) == pytest.approx(wanted)


def test_a_scaled_copy_is_as_far_as_it_should_be():
    net = ns.mirror(brain(0), {"left": "right"})
    mine = [i for i, (pre, post) in enumerate(net.synapses) if "right" in pre + post]
    net.weights[mine] *= 3
    net.thresholds[7:11] *= 3
    # |a - 3a|^2 / (|a|^2 + 9 |a|^2) = 4 / 10
    assert ns.region_distance(net, {"left": "right"}) == pytest.approx(np.sqrt(0.4))


def test_synapses_inside_count():
    B = nx.DiGraph([("eye", "left"), ("eye", "right"), ("left", "hand"), ("right", "hand")])
    B.add_edge("left", "left", delay=1)
    B.add_edge("right", "right", delay=1)
    nx.set_node_attributes(B, 3, "size")
    twins = ns.mirror(ns.Network.from_regions(B, mode="tanh", rng=0), {"left": "right"})
    assert ns.region_distance(twins, {"left": "right"}) == 0
    pair = twins.synapses.index(("left[0]", "left[2]"))
    twins.weights[pair] += 0.5
    mine = [i for i, (pre, post) in enumerate(twins.synapses) if pre[0] in "lr" or post[0] in "lr"]
    wanted = 0.5 / np.sqrt(np.square(twins.weights[mine]).sum())
    assert ns.region_distance(twins, {"left": "right"}) == pytest.approx(wanted)


def test_regions_without_any_weight_are_the_same():
    net = brain(0)
    net.weights[:] = 0
    net.thresholds[:] = 0
    assert ns.region_distance(net, {"left": "right"}) == 0


def test_only_a_network_has_regions():
    with pytest.raises(ns.OptionError, match="Network"):
        ns.region_distance("net", {"left": "right"})
