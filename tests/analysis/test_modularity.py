"""Newman's Q against its formula in full matrices, agreement against scikit-learn, and a null that has no modules."""

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import neurosim as ns
from neurosim.analysis.modularity import adjusted_rand_index
from tests.anatomy.helpers import complains


def random_net(seed, neurons=12, density=0.4):
    rng = np.random.default_rng(seed)
    pairs = np.argwhere(np.triu(rng.random((neurons, neurons)) < density, 1))
    return ns.Network.from_arrays(
        *pairs.T, rng.normal(size=len(pairs)), size=neurons, modes=["sensory"] + [None] * (neurons - 1)
    )


def two_modules(seed=0, within=1.0, between=0.1, size=6):
    """Senders and receivers in two modules, all synapses there."""
    rng = np.random.default_rng(seed)
    side = np.repeat([0, 1], size)
    pairs = [(i, j) for i in range(2 * size) for j in range(2 * size, 4 * size)]
    weights = [within if side[i] == side[j - 2 * size] else between for i, j in pairs]
    weights = np.array(weights) * rng.uniform(0.8, 1.2, len(pairs)) * rng.choice([-1, 1], len(pairs))
    regions = ["left", "right"]
    return ns.Network.from_arrays(*zip(*pairs, strict=True), weights, regions=[regions[s] for s in (*side, *side)])


@given(st.integers(0, 10**6), st.floats(0.5, 1.5))
@settings(max_examples=20)
def test_q_is_the_formula(seed, resolution):
    net = random_net(seed)
    found = ns.modularity(net, shuffles=0, resolution=resolution, rng=seed)
    A = np.zeros((12, 12))
    for (pre, post), weight in zip(net.synapses, net.weights, strict=True):
        A[pre, post] = abs(weight)
    group = np.array([found.community_of[name] for name in net.names])
    expected = np.outer(A.sum(axis=1), A.sum(axis=0)) / A.sum()
    q = ((A - resolution * expected) * (group[:, None] == group)).sum() / A.sum()
    assert found.q == pytest.approx(q)
    assert sorted(name for members in found.communities for name in members) == net.names
    assert (np.isnan(found.z), len(found.null)) == (True, 0)


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=2, max_size=20))
def test_agreement_is_scikit_learns_adjusted_rand_index(pairs):
    from sklearn.metrics import adjusted_rand_score

    one, other = zip(*pairs, strict=True)
    assert adjusted_rand_index(one, other) == pytest.approx(adjusted_rand_score(one, other))


def test_modules_are_found_and_shuffled_weights_have_none():
    found = ns.modularity(two_modules(), rng=0)
    assert len(found.communities) == 2
    assert found.agreement() == 1
    assert found.z > 5
    assert found.p == pytest.approx(1 / 101)
    assert found.q > found.null.max()


def test_without_modules_q_is_one_of_the_shuffled():
    """The control: equal weights within and between; p is then as often small as it says."""
    p = [ns.modularity(two_modules(seed, between=1.0, size=4), shuffles=9, rng=seed).p for seed in range(40)]
    assert np.mean(np.array(p) <= 0.1) <= 0.25
    assert 0.35 < np.mean(p) < 0.7


def test_shuffles_keep_the_synapses_and_the_weights(monkeypatch):
    from neurosim.analysis import modularity

    seen = []
    right = modularity._graph
    monkeypatch.setattr(modularity, "_graph", lambda *a: seen.append(right(*a)) or seen[-1])
    ns.modularity(two_modules(), shuffles=3, rng=0)
    true, *shuffled = seen
    for graph in shuffled:
        assert set(graph.edges) == set(true.edges)
        sizes = [sorted(nx.get_edge_attributes(g, "weight").values()) for g in (true, graph)]
        assert sizes[0] == pytest.approx(sizes[1])
        assert nx.get_edge_attributes(graph, "weight") != nx.get_edge_attributes(true, "weight")


def test_some_regions_alone():
    B = nx.DiGraph([("eye", "A"), ("eye", "B"), ("A", "what"), ("B", "where")])
    nx.set_node_attributes(B, 4, "size")
    net = ns.Network.from_regions(B, mode="relu", rng=0)
    found = ns.modularity(net, regions=["A", "B", "what", "where"], rng=0)
    assert len(found.communities) == 2
    assert found.agreement(["A", "B"]) == 1
    assert found.agreement({name: name[0] for name in net.names if name[0] in "AB"}) == 1
    assert found.agreement({name: name[-2] for name in net.names if name[0] in "AB"}) < 0.1
    assert "eye[0]" not in found.community_of
    assert "4 of A" in repr(found)


def test_what_a_lesion_took_is_not_looked_at():
    net = two_modules()
    ns.lesion(net, neurons=[0])
    found = ns.modularity(net, shuffles=0, rng=0)
    assert 0 not in found.community_of
    deleted = two_modules()
    deleted.remove_neuron(0)
    assert found.q == pytest.approx(ns.modularity(deleted, shuffles=0, rng=0).q)


def test_the_same_seed_gives_the_same_communities():
    one, other = (ns.modularity(random_net(1), rng=2) for _ in range(2))
    assert one.communities == other.communities
    assert (one.null == other.null).all()


def test_what_cannot_be_divided_teaches():
    net = two_modules()
    with complains(ns.UnknownNameError, "lef", "'left'"):
        ns.modularity(net, regions="lef")
    with complains(ns.OptionError, "empty"):
        ns.modularity(net, regions=[])
    with complains(ns.OptionError, "shuffles"):
        ns.modularity(net, shuffles=-1)
    with complains(ns.UnknownNameError, "gamma", "resolution="):
        ns.modularity(net, gamma=1)
    with complains(ns.DataError, "0 neurons", "'left'"):
        ns.modularity(net, shuffles=0).agreement(["middle"])
    net.weights[:] = 0
    with complains(ns.DataError, "weight other than 0"):
        ns.modularity(net)
    with complains(ns.OptionError, "Network"):
        ns.modularity(nx.DiGraph())


def test_z_takes_two_shuffles_that_differ():
    once = ns.modularity(two_modules(), shuffles=1, rng=0)
    assert np.isnan(once.z)
    assert "two shuffles" in repr(once)
    assert "nan" not in repr(once)
    equal = ns.Network.from_arrays([0, 1], [2, 3], [1.0, 1.0], regions=["a", "b", "a", "b"])
    same = ns.modularity(equal, shuffles=5, rng=0)
    assert np.isnan(same.z)
    assert "same Q" in repr(same)
    assert "z = " in repr(ns.modularity(two_modules(), shuffles=2, rng=0))
