"""Building piece by piece: it needs little memory beside the network, and the pieces are not to be seen in it."""

import tracemalloc

import networkx as nx
import numpy as np
import pytest
from numpy.testing import assert_array_equal

import neurosim as ns
from neurosim.anatomy import pieces
from tests.anatomy.helpers import complains

wiring = ns.wiring
COLUMNS = ("pre", "post", "delay", "branch", "receptor", "plastic", "shared")


def brain(rule, pre, post, **projection):
    """Two regions of these shapes, and a projection between them."""
    regions = nx.DiGraph()
    regions.add_node("eye", shape=pre)
    regions.add_node("V1", shape=post, mode="relu")
    regions.add_edge("eye", "V1", wiring=rule, **projection)
    return regions


# --- Memory --------------------------------------------------------------------------------------

LARGE = {  # about a million synapses each, most of them onto few neurons, so that it is synapses that count
    "all_to_all": brain(wiring.all_to_all(), (1000,), (1000,)),
    "random": brain(wiring.random(0.1), (3000,), (3400,)),
    "fixed_indegree": brain(wiring.fixed_indegree(500), (2000,), (2000,)),
    "fixed_indegree, most": brain(wiring.fixed_indegree(900), (1000,), (1100,)),
    "fixed_outdegree": brain(wiring.fixed_outdegree(500), (2000,), (2000,)),
    "local": brain(wiring.local(20), (50, 50), (50, 50)),
    "distance_dependent": brain(wiring.distance_dependent(0.2), (50, 50), (40, 40)),
    "small_world": brain(wiring.small_world(500, 0.1), (2000,), (2000,)),
    "convolution": brain(wiring.convolution(20, channels=2), (60, 60), (2, 41, 41)),
}


def beyond(make):
    """The network that is made, and the bytes that were held beside it at most while it was made, per synapse."""
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        net = make()
        after, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    held = sum(column.nbytes for column in (net.structure.pre, net.structure.post, net.weights))
    assert after - before >= held, "the network itself is seen"
    return net, (peak - after) / len(net.weights)


@pytest.mark.parametrize("regions", LARGE.values(), ids=LARGE)
def test_building_takes_at_most_twelve_bytes_a_synapse_beside_the_network(regions):
    net, extra = beyond(lambda: ns.Network.from_regions(regions, rng=0, dtype="float32"))
    assert len(net.weights) > 700_000
    assert extra <= 12


@pytest.mark.parametrize("order", ["by neuron", "mixed"])
@pytest.mark.parametrize("weight", ["given", "drawn"])
def test_arrays_take_at_most_twelve_bytes_a_synapse_beside_the_network(order, weight):
    rng = np.random.default_rng(0)
    number = np.arange(2000, dtype=np.int32) if order == "by neuron" else rng.permutation(2000).astype(np.int32)
    pre, post = np.tile(number[:1000], 1000), np.repeat(number[1000:], 1000)
    values = rng.standard_normal(10**6, dtype=np.float32) if weight == "given" else None
    _, extra = beyond(lambda: ns.Network.from_arrays(pre, post, values, modes="relu", rng=0, dtype="float32"))
    assert extra <= 12


def test_what_is_the_same_for_all_synapses_takes_no_memory():
    net = ns.Network.from_regions(brain(wiring.all_to_all(), (9,), (9,), delay=2, receptor="excitatory"), rng=0)
    full = ns.Network.from_arrays(
        net.structure.pre,
        net.structure.post,
        net.weights,
        delay=np.full(81, 2),
        branch=np.zeros(81, dtype=int),
        receptor=["excitatory"] * 81,
        plastic=np.ones(81, dtype=bool),
        shared=np.full(81, -1),
    )
    for structure in (net.structure, full.structure):
        assert all(getattr(structure, column).strides == (0,) for column in COLUMNS[2:])
    assert (full.delays == 2).all()
    assert full.receptors == ["excitatory"] * 81


@pytest.mark.parametrize("different", [False, True])
def test_such_columns_are_saved_read_and_edited_like_others(tmp_path, different):
    regions = brain(wiring.random(0.5), (9,), (9,), delay=2, receptor="inhibitory", plastic=False)
    if different:
        regions.add_edge("V1", "V1", wiring=wiring.random(0.5), delay=1)
    net = ns.Network.from_regions(regions, rng=0)
    ns.save(net, tmp_path / "net")
    loaded, back, copied = ns.load(tmp_path / "net"), ns.Network.from_graph(net.to_graph()), net.copy()
    for other in (loaded, back, copied):
        assert_array_equal(other.weights, net.weights)
        for column in COLUMNS:
            assert_array_equal(getattr(other.structure, column), getattr(net.structure, column))
    loaded.add_synapse("V1[0]", "V1[1]", 1.0, delay=5, branch=1)
    assert loaded.delays.tolist() == [*net.delays.tolist(), 5]
    assert loaded.receptors == [*net.receptors, None]
    loaded.remove_synapse("V1[0]", "V1[1]", branch=1)
    assert_array_equal(loaded.delays, net.delays)
    loaded.unfreeze()
    assert loaded.plastic.all()


# --- Whose arrays --------------------------------------------------------------------------------


def test_arrays_given_are_copied_unless_told_otherwise():
    pre, post = np.array([0, 1], dtype=np.int32), np.array([2, 2], dtype=np.int32)
    weight, plastic, shared = np.array([1.0, 2.0]), np.array([True, False]), np.array([0, 1], dtype=np.int32)
    receptor = np.array([1, 0], dtype=np.int8)
    net = ns.Network.from_arrays(pre, post, weight, plastic=plastic, shared=shared, receptor=receptor)
    own = ns.Network.from_arrays(pre, post, weight, copy=False)
    for array in (pre, post, weight, plastic, shared, receptor):
        array[0] = not array[0]
    assert net.synapses == [(0, 2), (1, 2)]
    assert (net.weights.tolist(), net.plastic.tolist()) == ([1.0, 2.0], [True, False])
    assert (net.shared.tolist(), net.receptors) == ([0, 1], ["excitatory", None])
    assert np.shares_memory(own.structure.pre, pre)
    assert np.shares_memory(own.structure.post, post)
    assert np.shares_memory(own.weights, weight)
    assert own.weights[0] == 0


def test_arrays_that_cannot_be_taken_as_they_are_are_copied():
    weight = np.array([1.0, 2.0])
    weight.flags.writeable = False
    net = ns.Network.from_arrays([0, 1], [2, 2], weight, copy=False)
    net[2].dendrites[0] = 5.0
    assert net.weights.tolist() == [5.0, 2.0]
    assert weight.tolist() == [1.0, 2.0]
    ends = np.array([[0, 2], [1, 2]], dtype=np.int32)
    net = ns.Network.from_arrays(*ends.T, np.array([[1.0, 0.0], [2.0, 0.0]])[:, 0], copy=False)
    for column in (net.structure.pre, net.structure.post, net.weights):
        assert column.flags.c_contiguous
    assert (net.synapses, net.weights.tolist()) == ([(0, 2), (1, 2)], [1.0, 2.0])


# --- The pieces are not to be seen ---------------------------------------------------------------

SMALL = {
    "all_to_all": brain(wiring.all_to_all(), (9,), (11,)),
    "one_to_one": brain(wiring.one_to_one(), (9,), (9,)),
    "local": brain(wiring.local(3), (2, 5, 4), (3, 7)),
    "convolution": brain(wiring.convolution(3, channels=2, stride=2, padding=1), (2, 5, 7), (2, 3, 4)),
}


@pytest.mark.parametrize("regions", SMALL.values(), ids=SMALL)
@pytest.mark.parametrize("mode", ["relu", "tanh", "maxout"])
@pytest.mark.parametrize("receptors", [{}, {"receptor": "inhibitory"}, {"inhibitory": 0.3}], ids=repr)
def test_a_network_without_chance_in_its_wiring_is_the_same_in_pieces(monkeypatch, regions, mode, receptors):
    if "inhibitory" in receptors and "convolution" in repr(regions.edges["eye", "V1"]):
        receptors = {"receptor": "excitatory"}  # what is one weight has one receptor
    regions = regions.copy()
    regions.nodes["V1"]["mode"] = mode
    regions.nodes["eye"].update(receptors)
    whole = ns.Network.from_regions(regions, rng=5)
    monkeypatch.setattr(pieces, "PIECE", 7)
    monkeypatch.setattr("neurosim.anatomy.balance.PIECE", 7)
    parts = ns.Network.from_regions(regions, rng=5)
    for column in COLUMNS:
        assert_array_equal(getattr(parts.structure, column), getattr(whole.structure, column))
    np.testing.assert_allclose(parts.weights, whole.weights, rtol=1e-12)


@pytest.mark.parametrize(
    ("rule", "degree"),
    [
        (wiring.fixed_indegree(5), (None, 5)),
        (wiring.fixed_indegree(28), (None, 28)),
        (wiring.fixed_outdegree(5), (5, None)),
        (wiring.fixed_outdegree(22), (22, None)),
        (wiring.small_world(6, 0.5), (None, 6)),
        (wiring.small_world(20, 0.5), (None, 20)),
        (wiring.random(0.3), None),
        (wiring.random(1), (25, 30)),
        (wiring.distance_dependent(0.01), None),
        (wiring.distance_dependent(0.2), None),
    ],
    ids=repr,
)
def test_random_wiring_in_pieces_keeps_its_law(monkeypatch, rule, degree):
    monkeypatch.setattr(pieces, "PIECE", 7)
    monkeypatch.setattr(wiring, "PIECE", 7)
    draws = 200
    found = np.zeros((30, 25))
    for seed in range(draws):
        counts = matrix(rule, seed)
        assert counts.max(initial=0) <= 1
        for axis, each in enumerate(degree or ()):
            assert each is None or (counts.sum(axis=1 - axis) == each).all()
        found += counts
    chance = expected_chance(rule)
    assert (abs(found - draws * chance) <= 5 * np.sqrt(draws * chance * (1 - chance)) + 2).all()


EYE, V1 = wiring.Population(30, (5, 6)), wiring.Population(25, (5, 5))


def matrix(rule, seed):
    """How many synapses the rule makes from each to each."""
    counts = np.zeros((EYE.size, V1.size))
    np.add.at(counts, rule(EYE, V1, np.random.default_rng(seed)), 1)
    return counts


def expected_chance(rule):
    """How likely each synapse is."""
    if isinstance(rule, wiring.random):
        return np.full((30, 25), float(rule.p))
    if isinstance(rule, wiring.fixed_indegree):
        return np.full((30, 25), rule.k / 30)
    if isinstance(rule, wiring.fixed_outdegree):
        return np.full((30, 25), rule.k / 25)
    if isinstance(rule, wiring.distance_dependent):
        apart = EYE.positions[:, None] - V1.positions
        return rule.p * np.exp(-np.square(apart).sum(axis=2) / (2 * rule.sigma**2))
    # A lattice synapse stays, or is moved to one of those sources that no other synapse of the neuron has kept.
    return np.where(matrix(wiring.small_world(rule.k, 0), 0), *small_world_chances(rule.k, rule.p, 30))


def small_world_chances(k, p, size):
    """How likely a neuron listens to one of its k nearest, and to one of the others, after rewiring."""
    from scipy.stats import binom

    moved = np.arange(k + 1)
    lands = moved / (size - k + moved)  # any free place, also one that was just left
    near = (1 - p) + p * (binom.pmf(moved, k - 1, p)[:-1] @ lands[1:])
    return near, binom.pmf(moved, k, p) @ lands


def test_the_same_synapse_twice_is_found_in_any_order():
    pre, post, branch = np.array([0, 1, 0, 1, 0]), np.array([2, 2, 3, 3, 2]), np.array([0, 0, 0, 0, 0])
    with complains(ns.GraphError, "0 -> 2", "more than once", "1 such"):
        ns.Network.from_arrays(pre, post, 1.0, branch=branch)
    for last in (1, 2**31 - 1):
        branch[4] = last
        net = ns.Network.from_arrays(pre, post, 1.0, branch=branch, modes="maxout")
        assert net.branches.tolist() == branch.tolist()


def test_a_loop_is_found_among_parallel_synapses():
    """Two synapses between the same neurons are one way through the graph."""
    ends = [(0, 1, 0), (0, 1, 1), (1, 2, 0), (1, 2, 1), (2, 3, 0)]
    pre, post, branch = np.array(ends[::-1]).T
    net = ns.Network.from_arrays(3 - pre, 3 - post, 1.0, branch=branch, modes="maxout")
    assert (net.inputs, net.outputs) == ([3], [0])
    with complains(ns.GraphError, "loop without delay"):
        ns.Network.from_arrays(np.append(pre, 3), np.append(post, 1), 1.0, branch=np.append(branch, 0), modes="maxout")
