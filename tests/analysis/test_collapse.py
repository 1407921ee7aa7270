"""Linear neurons multiplied out: the network answers as before, and the matrices are the products of the layers."""

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings

import neurosim as ns
from tests.anatomy.helpers import complains, unchanged
from tests.strategies import SEEDS, acyclic_networks

GRADED = ("linear", "linear", "linear", "relu", "tanh", "maxout")


@settings(max_examples=60)
@given(net=acyclic_networks(modes=GRADED, laws=True), seed=SEEDS)
def test_the_answers_stay(net, seed):
    X = np.random.default_rng(seed).normal(size=(5, len(net.inputs)))
    with unchanged(net):
        less = ns.collapse(net)
    assert (less.inputs, less.outputs) == (net.inputs, net.outputs)
    before = ns.respond(net, X)
    np.testing.assert_allclose(ns.respond(less, X), before, rtol=1e-9, atol=1e-9 * max(1, np.abs(before).max()))


@settings(max_examples=40)
@given(net=acyclic_networks(modes=GRADED))
def test_nothing_else_is_left_out(net):
    """Linear hidden neurons go, except those before a maxout neuron; all others stay, with mode, region and place."""
    less = ns.collapse(net)
    maxout = {name for name in net if net[name].mode.name == "maxout"}
    for name in net:
        heard_by_maxout = any((post[0] if isinstance(post, tuple) else post) in maxout for post in net[name].axon)
        stays = net[name].mode.name != "linear" or name in net.outputs or heard_by_maxout
        assert (name in less) == stays
        if stays:
            assert (less[name].mode, less[name].region) == (net[name].mode, net[name].region)


def matrix(net, pre, post):
    """The weights of a projection, rows from and columns to."""
    weights = dict(zip(net.synapses, net.weights, strict=True))
    return np.array([[weights[a, b] for b in net.regions[post]] for a in net.regions[pre]])


def test_a_stack_of_layers_is_the_product_of_its_matrices():
    regions = nx.DiGraph()
    for name, size in (("x", 4), ("a", 7), ("b", 2), ("y", 3)):
        regions.add_node(name, size=size, mode="linear" if name != "x" else "sensory")
    nx.add_path(regions, ["x", "a", "b", "y"])
    net = ns.Network.from_regions(regions, rng=0)
    rng = np.random.default_rng(1)
    net.thresholds = np.where(net.structure.sensory, 0, rng.normal(size=len(net)))
    product = np.linalg.multi_dot([matrix(net, "x", "a"), matrix(net, "a", "b"), matrix(net, "b", "y")])
    one = ns.collapse(net)
    found = matrix(one, "x", "y")
    np.testing.assert_allclose(found, product, atol=1e-12)
    assert (len(one), len(one.synapses), np.linalg.matrix_rank(found)) == (7, 12, 2)


def test_a_synapse_that_weighs_nothing_is_still_one():
    net = ns.Network.from_arrays([0, 1, 0, 2], [1, 3, 2, 3], [0.0, 1.0, 2.0, -3.0], modes="linear")
    assert ns.collapse(net).synapses == [(0, 3)]
    two_ways = ns.Network.from_arrays([0, 1, 0], [1, 2, 2], [2.0, 3.0, -6.0], modes="linear")
    one = ns.collapse(two_ways)
    assert (one.synapses, one.weights.tolist()) == ([(0, 2)], [0.0])


def test_an_output_that_others_listen_to_is_listened_past():
    net = ns.Network.from_arrays(
        [0, 1], [1, 2], [2.0, 3.0], modes="linear", thresholds=[0, 1, 0], outputs=[1, 2], dtype="float32"
    )
    one = ns.collapse(net)
    assert one.synapses == [(0, 1), (0, 2)]
    assert (one.weights.tolist(), one[2].threshold, one.dtype) == ([2.0, 6.0], 3.0, np.float32)


def test_a_linear_neuron_with_a_past_stays():
    net = ns.Network.from_arrays([0, 1], [1, 2], [1.0, 1.0], modes=[None, ns.Linear(leak=0.5), "linear"])
    assert len(ns.collapse(net)) == 3


def test_tonic_cells_become_thresholds():
    net = ns.Network.from_arrays(
        [0, 1], [2, 2], [2.0, 5.0], modes=["sensory", "linear", "relu"], thresholds=[0, -1, 0.5]
    )
    one = ns.collapse(net)
    assert (len(one), one[2].threshold, one.weights.tolist()) == (2, -4.5, [2.0])


def test_delays_are_refused():
    net = ns.Network.from_arrays([0, 1], [1, 2], [1.0, 1.0], modes="linear", delay=[0, 2])
    with complains(ns.GraphError, "delay", "1"):
        ns.collapse(net)


@pytest.mark.parametrize("depth", [2, 60])
def test_depth_does_not_matter(depth):
    """Of a long chain the weight is the product of all; of a ladder of two rungs, the number of ways through it."""
    net = ns.Network.from_arrays(range(depth), range(1, depth + 1), [1.1] * depth, modes="linear")
    assert ns.collapse(net).weights == pytest.approx([1.1**depth])
    arcs = [(0, 1), (0, 2), *((2 * k - 1 + i, 2 * k + 1 + j) for k in range(1, depth) for i in (0, 1) for j in (0, 1))]
    pre, post = np.array(arcs).T
    ladder = ns.Network.from_arrays(pre, post, np.ones(len(arcs)), modes="linear")
    assert ns.collapse(ladder).weights.tolist() == [2.0 ** (depth - 1)] * 2
