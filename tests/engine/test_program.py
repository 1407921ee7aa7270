"""The engine against the definition: cell by cell, in plain Python, on random graphs."""

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import neurosim as ns
from neurosim.engine.compiler import program_of
from tests.strategies import GRADED, SEEDS, acyclic_networks

BINARY_ONLY = ("binary",)


def cell_by_cell(net, x):
    """Every neuron's rate, computed by one Neuron after the other; delayed synapses bring 0."""
    graph = nx.MultiDiGraph()
    graph.add_nodes_from(net.names)
    dendrites = {name: {} for name in net.names}
    silent = []
    for (pre, post), w, delay, branch in zip(net.synapses, net.weights, net.delays, net.branches, strict=True):
        if delay:
            silent.append(f"{pre}, {delay} ticks ago")
        else:
            graph.add_edge(pre, post)
        dendrites[post][silent[-1] if delay else pre, int(branch)] = float(w)
    rates = dict(zip(net.inputs, np.asarray(x, dtype=float).tolist(), strict=True)) | dict.fromkeys(silent, 0.0)
    for name in nx.topological_sort(graph):
        if net[name].mode.name != "sensory":
            neuron = ns.Neuron(dendrites[name], threshold=net[name].threshold, mode=net[name].mode)
            rates[name] = neuron.fire({pre: rates[pre] for pre in neuron.presynaptic})
    return np.array([rates[name] for name in net.names])


def stimuli(net, seed, samples=3, *, binary=False):
    rng = np.random.default_rng(seed)
    shape = (samples, len(net.inputs))
    return rng.integers(0, 2, shape).astype(float) if binary else rng.normal(size=shape)


@pytest.mark.usefixtures("either_backend")
@settings(max_examples=150)
@given(net=acyclic_networks(loops=True), seed=SEEDS)
def test_engine_equals_cell_by_cell(net, seed):
    X = stimuli(net, seed)
    found = ns.activity(net, X)
    for x, rates in zip(X, found, strict=True):
        expected = cell_by_cell(net, x)
        np.testing.assert_allclose(rates, expected, rtol=1e-12, atol=1e-12 * max(1, np.abs(expected).max()))


@pytest.mark.usefixtures("either_backend")
@settings(max_examples=100)
@given(net=acyclic_networks(modes=BINARY_ONLY, tenths=True), seed=SEEDS, tenths=st.booleans())
def test_binary_decisions_equal_cell_by_cell_exactly(net, seed, tenths):
    X = stimuli(net, seed, binary=True) if not tenths else np.round(stimuli(net, seed), 1)
    found = ns.activity(net, X)
    for x, rates in zip(X, found, strict=True):
        assert rates.tolist() == cell_by_cell(net, x).tolist()


@settings(max_examples=60)
@given(net=acyclic_networks(modes=("binary", "sigmoid", "maxout", "linear"), tenths=True), seed=SEEDS)
def test_binary_decisions_do_not_depend_on_the_batch_even_behind_graded_neurons(net, seed):
    X = np.round(stimuli(net, seed, samples=20), 1)
    binary = [i for i, mode in enumerate(net.modes) if mode.name == "binary"]
    together = ns.activity(net, X)[:, binary]
    alone = np.array([ns.activity(net, x)[binary] for x in X]).reshape(together.shape)
    assert (together == alone).all()
    assert (ns.activity(net, X[:7])[:, binary] == together[:7]).all()


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_binary_decisions_on_a_tenth_grid_are_exact_for_200_000_cases(dtype):
    rng = np.random.default_rng(7)
    neurons, fan_in, samples = 200, 20, 1000
    weights = rng.integers(-10, 11, (neurons, fan_in)) / 10
    thresholds = np.concatenate([np.zeros(fan_in), rng.integers(-10, 11, neurons) / 10])
    pre, post = np.tile(np.arange(fan_in), neurons), np.repeat(np.arange(neurons), fan_in) + fan_in
    net = ns.Network.from_arrays(pre, post, weights.ravel(), thresholds=thresholds, dtype=dtype)
    X = rng.integers(0, 2, (samples, fan_in)).astype(dtype)
    together = ns.respond(net, X)
    alone = np.array([ns.respond(net, x) for x in X])
    assert together.size == 200_000
    assert (together == alone).all()
    # Exact arithmetic on the stored numbers: each is a whole multiple of 2^-60, so Python's integers hold the sums.
    stored_w = np.array(
        [[int(float(w) * 2**60) for w in row] for row in net.weights.reshape(neurons, fan_in)], dtype=object
    )
    stored_t = np.array([int(float(t) * 2**60) for t in net.thresholds[fan_in:]], dtype=object)
    exact = X.astype(int).astype(object) @ stored_w.T - stored_t >= 0
    assert (together == exact.astype(float)).all()


def test_a_tie_is_found_where_a_float_sum_would_miss_it():
    tie = ns.Network.from_arrays([0, 1, 2], [3, 3, 3], [1e16, 1.0, -1e16], thresholds=[0, 0, 0, 1.0])
    assert ns.respond(tie, [1, 1, 1]) == 1.0
    just_below = ns.Network.from_arrays([0, 1], [2, 2], [0.1, 0.2], thresholds=[0, 0, 0.30000000000000004])
    assert 0.1 + 0.2 - 0.30000000000000004 == 0.0
    assert ns.respond(just_below, [1, 1]) == 0.0  # 0.1 + 0.2 as stored is less


@pytest.mark.usefixtures("either_backend")
def test_products_that_are_not_exact_are_settled_too():
    x = 1 / 3
    w = 0.1
    threshold = w * x  # rounded: the exact product lies to one side of it
    from fractions import Fraction

    net = ns.Network.from_arrays([0], [1], [w], thresholds=[0, threshold])
    assert ns.respond(net, [x])[0] == float(Fraction(w) * Fraction(x) >= Fraction(threshold))


# --- Shapes of wiring ----------------------------------------------------------------------------


def test_a_chain_of_30_000_neurons_runs_and_learns():
    n = 30_000
    chain = ns.Network.from_arrays(np.arange(n - 1), np.arange(1, n), 1.0, modes="linear")
    assert ns.respond(chain, [0.5]) == 0.5
    g = ns.gradients(chain, [0.5], [0.0])
    assert (g.weights == 0.25).all()


def test_tonic_cells_and_unconnected_cells_fire_by_their_threshold():
    net = ns.Network.from_arrays(
        [0, 2], [1, 1], [1.0, 1.0], modes=["sensory", "linear", "linear", "maxout"], thresholds=[0, 0, -1, -2]
    )
    assert ns.activity(net, [5.0]).tolist() == [5.0, 6.0, 1.0, 2.0]


def test_delayed_synapses_bring_nothing_in_the_first_tick():
    net = ns.Network.from_arrays([0, 1], [1, 1], [2.0, 10.0], modes="linear", delay=[0, 1], outputs=[1])
    assert ns.respond(net, [3.0]) == 6.0


@pytest.mark.parametrize("density", [0.005, 0.02, 0.2, 1.0])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_dense_and_sparse_blocks_agree_with_a_matrix_product(density, dtype):
    rng = np.random.default_rng(3)
    W = np.where(rng.random((300, 200)) < density, rng.normal(size=(300, 200)), 0)
    pre, post = np.nonzero(W)
    net = ns.Network.from_arrays(
        pre, post + 300, W[pre, post], modes=["sensory"] * 300 + ["tanh"] * 200, outputs=range(300, 500), dtype=dtype
    )
    X = rng.normal(size=(17, 300))
    np.testing.assert_allclose(ns.respond(net, X), np.tanh(X @ W), atol=1e-12 if dtype == "float64" else 1e-4)
    T = rng.normal(size=(17, 200))
    g = ns.gradients(net, X, T)
    Y = np.tanh(X @ W)
    delta = (Y - T) * (1 - Y**2) / 17
    np.testing.assert_allclose(g.weights, (X.T @ delta)[pre, post], atol=1e-12 if dtype == "float64" else 1e-4)
    np.testing.assert_allclose(g.inputs, delta @ W.T, atol=1e-12 if dtype == "float64" else 1e-4)


@settings(max_examples=40)
@given(net=acyclic_networks(modes=GRADED), seed=SEEDS)
def test_splitting_a_batch_changes_nothing_but_rounding(net, seed):
    X = stimuli(net, seed, samples=9)
    whole = ns.activity(net, X)
    parts = np.concatenate([ns.activity(net, X[:4]), ns.activity(net, X[4:])])
    np.testing.assert_allclose(whole, parts, rtol=1e-12, atol=1e-12 * max(1, np.abs(whole).max()))


# --- The cached program --------------------------------------------------------------------------


def test_editing_numbers_keeps_the_program_and_editing_structure_replaces_it():
    net = ns.Network.from_arrays([0, 1], [1, 2], [1.0, 1.0], modes="linear")
    before = program_of(net.structure)
    net.weights = [2.0, 3.0]
    net[1].threshold = 1.0
    assert program_of(net.structure) is before
    assert ns.respond(net, [1.0]) == 3.0
    net.add_synapse(0, 2, 10.0)
    assert program_of(net.structure) is not before
    assert ns.respond(net, [1.0]) == 13.0
    net[2].mode = "binary"
    assert ns.respond(net, [1.0]) == 1.0


@pytest.mark.usefixtures("either_backend")
def test_a_binary_decision_survives_sums_that_overflow():
    for order in ([1e308, 1e308, -1e308, -1e308], [-1e308, 1e308, 1e308, -1e308], [1e308, 1e308, 1e308, -1e308]):
        net = ns.Network.from_arrays([0, 1, 2, 3], [4] * 4, order)
        for X in ([10.0] * 4, [-10.0] * 4):
            assert ns.respond(net, X)[0] == net[4].fire(X)


def test_nothing_arrives_where_there_is_no_synapse_not_even_infinity():
    net = ns.Network.from_arrays([0, 1, 2, 3], [2, 3, 4, 5], [1e200, 1.0, 1.0, 1.0], modes="linear")
    with np.errstate(over="ignore"):
        rates = ns.activity(net, [1e200, 1.0])
    assert rates.tolist() == [1e200, 1.0, np.inf, 1.0, np.inf, 1.0]


@pytest.mark.parametrize("threshold", [0.0, 0.1, -0.1])
def test_silent_and_repeated_samples_are_decided_like_any_other(threshold):
    rng = np.random.default_rng(1)
    pre, post = np.tile(np.arange(12), 8), np.repeat(np.arange(8), 12) + 12
    net = ns.Network.from_arrays(
        pre, post, rng.integers(-10, 11, 96) / 10, thresholds=np.append(np.zeros(12), np.full(8, threshold))
    )
    X = np.repeat(rng.integers(0, 2, (5, 12)) / 10, 4, axis=0)
    X[::3] = 0
    assert ns.respond(net, X).tolist() == [[net[i].fire(x) for i in net.outputs] for x in X]
