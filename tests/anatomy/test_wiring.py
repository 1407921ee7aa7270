"""Each connection rule by the property that defines it."""

import math

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse, stats

import neurosim as ns
from neurosim.anatomy.wiring import Population
from tests.anatomy.helpers import complains
from tests.strategies import SEEDS

wiring = ns.wiring
SIZES = st.integers(1, 30)


def line(size):
    return Population(size, (size,))


def grid(rows, columns):
    return Population(rows * columns, (rows, columns))


def draw(rule, pre, post, seed=0):
    return rule(pre, post, np.random.default_rng(seed))


def matrix(rule, pre, post, seed=0):
    """How many synapses there are from each to each."""
    counts = np.zeros((pre.size, post.size), dtype=int)
    np.add.at(counts, draw(rule, pre, post, seed)[:2], 1)
    return counts


# --- The rules -----------------------------------------------------------------------------------


@given(n=SIZES, m=SIZES)
def test_all_to_all_is_everyone_to_everyone_once(n, m):
    assert (matrix(wiring.all_to_all(), line(n), line(m)) == 1).all()


@given(n=SIZES)
def test_one_to_one_is_the_identity(n):
    assert_array_equal(matrix(wiring.one_to_one(), line(n), line(n)), np.eye(n))


@given(n=SIZES, m=SIZES, share=st.floats(0, 1), seed=SEEDS)
def test_fixed_indegree_is_k_different_sources_for_each(n, m, share, seed):
    k = round(share * n)
    counts = matrix(wiring.fixed_indegree(k), line(n), line(m), seed)
    assert counts.max() <= 1
    assert (counts.sum(axis=0) == k).all()


@given(n=SIZES, m=SIZES, share=st.floats(0, 1), seed=SEEDS)
def test_fixed_outdegree_is_k_different_targets_for_each(n, m, share, seed):
    k = round(share * m)
    counts = matrix(wiring.fixed_outdegree(k), line(n), line(m), seed)
    assert counts.max() <= 1
    assert (counts.sum(axis=1) == k).all()


@pytest.mark.parametrize("k", [1, 2, 3, 4, 5])  # below and above half, where the others are drawn instead
@pytest.mark.parametrize("rule", [wiring.fixed_indegree, wiring.fixed_outdegree])
def test_every_subset_is_equally_likely(rule, k):
    regions = (line(6), line(20_000))
    counts = matrix(rule(k), *(regions if rule is wiring.fixed_indegree else regions[::-1]), seed=k)
    members = counts if rule is wiring.fixed_indegree else counts.T
    codes = 2 ** np.arange(6) @ members
    found = np.bincount(codes, minlength=64)
    possible = [code for code in range(64) if code.bit_count() == k]
    assert found.sum() == found[possible].sum()
    assert stats.chisquare(found[possible]).pvalue > 1e-3


@pytest.mark.parametrize("p", [0.001, 0.03, 0.5, 0.97])
def test_random_makes_a_binomial_number_of_synapses(p):
    n, m, draws = 60, 50, 40
    counts = [matrix(wiring.random(p), line(n), line(m), seed) for seed in range(draws)]
    assert max(count.max() for count in counts) <= 1
    totals = np.array([count.sum() for count in counts])
    spread = math.sqrt(n * m * p * (1 - p))
    assert abs(totals - n * m * p).max() <= 5 * spread
    assert abs(totals.mean() - n * m * p) <= 5 * spread / math.sqrt(draws)
    assert 0.5 < totals.std() / spread < 1.6


def test_random_favours_no_place():
    found = sum(matrix(wiring.random(0.2), line(5), line(4), seed) for seed in range(2000))
    assert abs(found - 400).max() <= 5 * math.sqrt(2000 * 0.2 * 0.8)


@pytest.mark.parametrize("p", [0, 1, 0.0, 1.0, np.float32(1), 1e-300, 5e-324])
def test_random_at_the_ends(p):
    assert (matrix(wiring.random(p), line(7), line(9)) == round(float(p))).all()


@given(
    rows=st.integers(1, 9),
    columns=st.integers(1, 9),
    window=st.tuples(st.integers(1, 12), st.integers(1, 12)),
    data=st.data(),
)
def test_local_is_a_full_window_as_near_as_the_border_lets_it(rows, columns, window, data):
    post = grid(data.draw(st.integers(1, 9)), data.draw(st.integers(1, 9)))
    pre = grid(rows, columns)
    counts = matrix(wiring.local(window), pre, post)
    tall, wide = min(window[0], rows), min(window[1], columns)
    assert counts.max() == 1
    assert (counts.sum(axis=0) == tall * wide).all()
    for neuron, (x, y) in enumerate(post.positions):
        seen = counts[:, neuron].reshape(rows, columns)
        for places, cells, length, centre in ((seen.any(axis=1), rows, tall, y), (seen.any(axis=0), columns, wide, x)):
            (at,) = np.nonzero(places)
            assert_array_equal(at, np.arange(at[0], at[0] + length), "one stretch")
            best = min(abs((first + length / 2) / cells - centre) for first in range(cells - length + 1))
            assert abs((at[0] + length / 2) / cells - centre) == pytest.approx(best, abs=1e-12)


def test_local_by_hand():
    same = matrix(wiring.local(3), grid(4, 4), grid(4, 4))
    assert_array_equal(same[:, 5].reshape(4, 4), [[1, 1, 1, 0], [1, 1, 1, 0], [1, 1, 1, 0], [0, 0, 0, 0]])
    assert_array_equal(same[:, 15].reshape(4, 4), [[0, 0, 0, 0], [0, 1, 1, 1], [0, 1, 1, 1], [0, 1, 1, 1]])
    assert_array_equal(matrix(wiring.local(1), line(5), line(5)), np.eye(5))
    assert_array_equal(matrix(wiring.local(2), line(6), line(3)), np.kron(np.eye(3), np.ones((2, 1))))


@pytest.mark.parametrize("p", [1.0, 0.4])
def test_distance_dependent_follows_its_law(p):
    """Synapses at each distance, over many draws, against p exp(-d^2 / 2 sigma^2)."""
    pre, post, sigma, draws = grid(6, 6), grid(5, 4), 0.3, 400
    found = sum(matrix(wiring.distance_dependent(sigma, p), pre, post, seed) for seed in range(draws))
    chance = np.empty(found.shape)
    for i, (x, y) in enumerate(((c + 0.5) / 6, (r + 0.5) / 6) for r in range(6) for c in range(6)):
        for j, (u, v) in enumerate(((c + 0.5) / 4, (r + 0.5) / 5) for r in range(5) for c in range(4)):
            chance[i, j] = p * math.exp(-(math.dist((x, y), (u, v)) ** 2) / (2 * sigma**2))
    spread = np.sqrt(draws * chance * (1 - chance))
    assert (abs(found - draws * chance) <= 5 * spread + 1).all()
    assert found.sum() == pytest.approx(draws * chance.sum(), abs=5 * math.sqrt((spread**2).sum()))


@given(n=st.integers(2, 20), share=st.floats(0, 1), p=st.sampled_from([0.0, 0.3, 1.0]), seed=SEEDS)
def test_small_world_keeps_the_degree_and_never_meets_itself(n, share, p, seed):
    region = line(n)
    k = round(share * (n - 1))
    counts = matrix(wiring.small_world(k, p), region, region, seed)
    assert counts.max(initial=0) <= 1
    assert (counts.sum(axis=0) == k).all()
    assert not counts.diagonal().any()


@given(n=st.integers(1, 20), m=SIZES, share=st.floats(0, 1), p=st.sampled_from([0.0, 0.3, 1.0]), seed=SEEDS)
def test_small_world_between_two_regions_keeps_the_degree(n, m, share, p, seed):
    k = round(share * n)
    counts = matrix(wiring.small_world(k, p), line(n), line(m), seed)
    assert counts.max() <= 1
    assert (counts.sum(axis=0) == k).all()


@pytest.mark.parametrize(("n", "k"), [(10, 2), (10, 4), (11, 10), (30, 6)])
def test_small_world_without_rewiring_is_the_ring_of_watts_and_strogatz(n, k):
    region = line(n)
    assert_array_equal(
        matrix(wiring.small_world(k, 0), region, region), nx.to_numpy_array(nx.watts_strogatz_graph(n, k, 0))
    )


def test_small_world_rewires_each_synapse_with_probability_p():
    region, k, p = line(200), 6, 0.25
    lattice = matrix(wiring.small_world(k, 0), region, region)
    moved = np.array([(lattice & ~matrix(wiring.small_world(k, p), region, region, s)).sum() for s in range(30)])
    chance = p * (1 - 1 / 190)  # a moved synapse may come to rest on a place of the lattice
    assert abs(moved.mean() / (200 * k) - chance) < 5 * math.sqrt(p * (1 - p) / (200 * k * 30)) + 0.01
    full = matrix(wiring.small_world(k, 1), region, region, 1)
    assert (lattice * full).sum() < 4 * 200 * k * k / 199, "nothing left of the lattice but chance"


# --- explicit ------------------------------------------------------------------------------------

WEIGHTS = [[0.0, 2.0, 0.0], [-1.0, 0.0, 0.5]]


def triples(rule, pre=2, post=3):
    ends = draw(rule, line(pre), line(post))
    return sorted(zip(*(column.tolist() for column in ends), strict=True))


@pytest.mark.parametrize(
    "given",
    [
        WEIGHTS,
        np.array(WEIGHTS),
        np.array(WEIGHTS, dtype=np.float32),
        sparse.csr_array(WEIGHTS),
        sparse.csc_matrix(WEIGHTS),
        [(0, 1, 2.0), (1, 0, -1.0), (1, 2, 0.5)],
        [(np.int64(0), 1, 2), (1, 0, -1), (1, 2, np.float32(0.5))],
    ],
)
def test_explicit_from_a_matrix_or_a_list(given):
    assert triples(wiring.explicit(given)) == [(0, 1, 2.0), (1, 0, -1.0), (1, 2, 0.5)]


def test_an_edge_is_not_a_nonzero_weight():
    stored = sparse.csr_array(([0.0, 3.0], ([0, 1], [2, 1])), shape=(2, 3))
    assert triples(wiring.explicit(stored)) == [(0, 2, 0.0), (1, 1, 3.0)]
    assert triples(wiring.explicit([(0, 2, 0), (1, 1, 3)])) == [(0, 2, 0.0), (1, 1, 3.0)]


@pytest.mark.parametrize("given", [np.array(WEIGHTS, dtype=bool), sparse.csr_array(np.array(WEIGHTS, dtype=bool))])
def test_a_boolean_matrix_leaves_weights_to_be_drawn(given):
    assert triples(wiring.explicit(given)) == [(0, 1), (1, 0), (1, 2)]
    assert triples(wiring.explicit([(1, 0), (0, 1)])) == [(0, 1), (1, 0)]


def test_explicit_without_synapses():
    assert triples(wiring.explicit([])) == triples(wiring.explicit(np.zeros((2, 3)))) == []
    assert repr(wiring.explicit(WEIGHTS)) == "explicit(3 synapses)"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (5, ["matrix", "tuples", "5"]),
        (None, ["matrix", "None"]),
        ("ab", ["matrix", "'ab'"]),
        ([0, 1], ["matrix", "[0, 1]"]),
        ([[0, 1], [1]], ["matrix", "[[0, 1], [1]]"]),
        (np.zeros((2, 2, 2)), ["matrix"]),
        ([(0, 1), (0, 1, 2)], ["all (pre, post) or all (pre, post, weight)"]),
        ([(0,)], ["all (pre, post)"]),
        ([(0, 1.5)], ["whole numbers", "1.5"]),
        ([("a", "b")], ["whole numbers", "'a'"]),
        ([(0, math.nan)], ["whole numbers", "nan"]),
        ([(0, math.inf)], ["whole numbers", "inf"]),
        ([(0, 10**400)], ["whole numbers"]),
        ([(0, 1, math.nan)], ["weight of 0 -> 1", "finite", "nan"]),
        ([(0, 1, None)], ["whole numbers", "None"]),
        ([[0.0, math.inf]], ["weight of 0 -> 1", "finite", "inf"]),
        (np.array([[1j]]), ["weight of 0 -> 0", "finite"]),
        (np.array([["a"]]), ["weight of 0 -> 0", "finite", "a"]),
        (sparse.csr_array([[math.nan]]), ["weight of 0 -> 0", "finite", "nan"]),
        (sparse.csr_array([[1j]]), ["weight of 0 -> 0", "finite"]),
    ],
)
def test_explicit_refuses(given, words):
    with complains(ns.DataError, "explicit", *words):
        wiring.explicit(given)


def test_explicit_must_fit_the_regions():
    with complains(ns.DataError, "shape (2, 3)", "3 and 2 neurons", "matrix.T"):
        draw(wiring.explicit(WEIGHTS), line(3), line(2))
    with complains(ns.DataError, "presynaptic neurons 0 to 7", "0 to 2"):
        draw(wiring.explicit([(0, 1), (7, 1)]), line(3), line(2))
    with complains(ns.DataError, "postsynaptic neurons -1 to 0", "0 to 1"):
        draw(wiring.explicit([(0, -1), (1, 0)]), line(3), line(2))


# --- All of them ---------------------------------------------------------------------------------

RULES = [
    wiring.all_to_all(),
    wiring.one_to_one(),
    wiring.random(0.3),
    wiring.fixed_indegree(4),
    wiring.fixed_outdegree(4),
    wiring.local(3),
    wiring.distance_dependent(0.3),
    wiring.small_world(4, 0.3),
    wiring.explicit([(0, 1), (2, 3)]),
]
RANDOM = [wiring.random, wiring.fixed_indegree, wiring.fixed_outdegree, wiring.distance_dependent, wiring.small_world]


@pytest.mark.parametrize("rule", RULES, ids=repr)
def test_the_seed_decides(rule):
    first, again, other = (matrix(rule, grid(4, 4), grid(4, 4), seed) for seed in (0, 0, 1))
    assert_array_equal(first, again)
    assert (first != other).any() == (type(rule) in RANDOM)


@pytest.mark.parametrize("rule", RULES, ids=repr)
def test_in_a_brain(rule):
    regions = nx.DiGraph()
    regions.add_node("eye", shape=(4, 4))
    regions.add_node("V1", shape=(4, 4), mode="relu")
    regions.add_edge("eye", "V1", wiring=rule)
    first, again = (ns.Network.from_regions(regions, rng=3) for _ in range(2))
    assert first.synapses == again.synapses
    assert_array_equal(first.weights, again.weights)
    assert repr(rule).split("(")[0] == type(rule).__name__, "a rule says its own name"


def test_positions_are_the_middles_of_cells():
    assert_allclose(grid(2, 4).positions[:5, 0], [0.125, 0.375, 0.625, 0.875, 0.125])
    assert_allclose(grid(2, 4).positions[3:5, 1], [0.25, 0.75])
    assert_allclose(line(2).positions, [[0.25, 0.5], [0.75, 0.5]])


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: wiring.random(1.5), ["random.p", "1.5", "1"]),
        (lambda: wiring.random(-0.1), ["random.p", "-0.1"]),
        (lambda: wiring.random("often"), ["random.p", "'often'"]),
        (lambda: wiring.random(math.nan), ["random.p", "nan"]),
        (lambda: wiring.random(True), ["random.p", "True"]),
        (lambda: wiring.random(None), ["random.p", "None"]),
        (lambda: wiring.fixed_indegree(-1), ["fixed_indegree.k", "whole number from 0 up", "-1"]),
        (lambda: wiring.fixed_indegree(2.0), ["fixed_indegree.k", "2.0"]),
        (lambda: wiring.fixed_outdegree(True), ["fixed_outdegree.k", "True"]),
        (lambda: wiring.fixed_outdegree([1]), ["fixed_outdegree.k", "[1]"]),
        (lambda: wiring.local(0), ["local.window", "from 1 up", "0"]),
        (lambda: wiring.local((3, 0)), ["local.window", "from 1 up", "0"]),
        (lambda: wiring.local((3, 3, 3)), ["local.window", "(rows, columns)", "(3, 3, 3)"]),
        (lambda: wiring.local(()), ["local.window", "(rows, columns)", "()"]),
        (lambda: wiring.local([3, 3]), ["local.window", "[3, 3]"]),
        (lambda: wiring.local("3"), ["local.window", "'3'"]),
        (lambda: wiring.distance_dependent(0), ["distance_dependent.sigma", "greater than 0", "0"]),
        (lambda: wiring.distance_dependent(math.inf), ["distance_dependent.sigma", "inf"]),
        (lambda: wiring.distance_dependent("near"), ["distance_dependent.sigma", "'near'"]),
        (lambda: wiring.distance_dependent(0.2, p=2), ["distance_dependent.p", "2"]),
        (lambda: wiring.small_world(2.5, 0.1), ["small_world.k", "2.5"]),
        (lambda: wiring.small_world(2, 7), ["small_world.p", "7"]),
    ],
)
def test_bad_settings_say_which_and_what_is_allowed(make, words):
    with complains(ns.OptionError, *words):
        make()


@pytest.mark.parametrize(
    ("rule", "pre", "post", "words"),
    [
        (wiring.one_to_one(), 3, 4, ["one_to_one", "3 and 4 neurons", "fixed_indegree(1)"]),
        (wiring.fixed_indegree(4), 3, 9, ["fixed_indegree", "4 different presynaptic", "only 3"]),
        (wiring.fixed_indegree(10**30), 3, 9, ["fixed_indegree", "only 3"]),
        (wiring.fixed_outdegree(4), 9, 3, ["fixed_outdegree", "4 different postsynaptic", "only 3"]),
        (wiring.small_world(4, 0.1), 3, 9, ["small_world", "4 different presynaptic", "only 3"]),
    ],
)
def test_settings_too_large_for_the_regions(rule, pre, post, words):
    with complains(ns.OptionError, *words):
        draw(rule, line(pre), line(post))


def test_a_neuron_on_a_ring_cannot_listen_to_itself():
    region = line(3)
    with complains(ns.OptionError, "3 different", "only 2"):
        draw(wiring.small_world(3, 0.1), region, region)


@pytest.mark.parametrize("window", range(1, 9))
def test_windows_advance_by_one_wherever_the_border_allows(window):
    pre, _ = draw(ns.wiring.local(window), line(8), line(8))
    first = pre.reshape(8, window)[:, 0]
    assert set(np.diff(first)) <= {0, 1}
    assert len(set(first)) == 8 - window + 1, "every place that a window fits in is taken"
    assert (np.diff(np.flatnonzero(np.diff(first))) == 1).all(), "it stands still at the border only"


@pytest.mark.parametrize(("size", "k"), [(30, 5), (9, 4), (9, 5), (4, 3), (3, 1)])
@pytest.mark.parametrize("p", [0.3, 1.0])
@pytest.mark.parametrize("within", [True, False])
def test_small_worlds_have_different_sources_and_no_autapses(size, k, p, within):
    here, there = line(size), line(size)
    counts = np.zeros((size, size))
    for seed in range(40):
        pre, post = ns.wiring.small_world(k, p)(here, here if within else there, np.random.default_rng(seed))
        assert len(set(zip(pre.tolist(), post.tolist(), strict=True))) == size * k
        assert not within or not (pre == post).any()
        np.add.at(counts, (post, pre), 1)
    if p == 1.0:  # all sources are equally likely: none is missed by both of the two ways to draw
        far = np.abs(counts - 40 * k / (size - within))[~np.eye(size, dtype=bool)]
        assert far.max() < 6 * np.sqrt(40 * k / (size - within)) + 1
