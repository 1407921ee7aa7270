"""Receptors: excitation stays excitation and inhibition inhibition, after every epoch of every optimizer."""

import contextlib

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings

import neurosim as ns
from tests.plasticity.helpers import law_is_kept, under_law
from tests.strategies import GRADED, SEEDS, acyclic_networks

OPTIMIZERS = list(ns.optimizers.OPTIMIZERS.values())


def classes(n=60, seed=0):
    rng = np.random.default_rng(seed)
    return rng.random((n, 6)), rng.integers(3, size=n)


def balanced_brain(dtype=None):
    regions = nx.DiGraph()
    regions.add_node("retina", size=6)
    regions.add_node("V1", size=20, mode="relu", inhibitory=0.2)
    regions.add_node("V2", size=20, mode="tanh", inhibitory=0.5)
    regions.add_node("IT", size=3, mode="linear")
    regions.add_edge("retina", "V1", receptor="excitatory")
    regions.add_edge("V1", "V2")
    regions.add_edge("V2", "IT")
    return ns.Network.from_regions(regions, rng=0, dtype=dtype)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=lambda o: o.name)
def test_every_sign_holds_after_every_epoch(optimizer, dtype):
    net = balanced_brain(dtype)
    before, held = net.weights.copy(), []
    if not optimizer.full_batch:
        optimizer = optimizer.at_rate(5)  # so that many weights run against their bound
    history = ns.train(
        net,
        *classes(),
        loss="cross_entropy",
        optimizer=optimizer,
        epochs=15,
        rng=0,
        clip_norm=None if optimizer.full_batch else 1.0,
        callback=lambda *_: held.append(law_is_kept(net)),
    )
    assert held == [True] * 15
    assert (net.weights != before).any()
    assert (net.weights[net.structure.receptor != 0] == 0).any(), "no weight met its bound"
    assert np.isfinite(history["loss"]).all()


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=lambda o: o.name)
@settings(max_examples=15)
@given(net=acyclic_networks(modes=GRADED, loops=True, max_neurons=20), seed=SEEDS)
def test_every_law_holds_at_once(optimizer, net, seed):
    net = under_law(net, seed)
    net.weights *= 0.3
    rng = np.random.default_rng(seed)
    X, T = rng.normal(size=(10, len(net.inputs))), rng.normal(size=(10, len(net.outputs)))
    weights, thresholds, held = net.weights.copy(), net.thresholds.copy(), []
    with contextlib.suppress(ns.TrainingError):  # some of these networks have nothing plastic, and some diverge
        ns.train(net, X, T, optimizer=optimizer, epochs=3, callback=lambda *_: held.append(law_is_kept(net)))
    assert all(held)
    assert law_is_kept(net)
    assert (net.weights[~net.plastic] == weights[~net.plastic]).all()
    assert (net.thresholds[~net.plastic_thresholds] == thresholds[~net.plastic_thresholds]).all()
    ns.respond(net, X)


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=lambda o: o.name)
@pytest.mark.parametrize(("receptor", "best"), [("excitatory", 0.0), ("inhibitory", -2.0), (None, -2.0)])
def test_the_best_weight_of_the_right_sign_is_found(optimizer, receptor, best):
    start = {"excitatory": 1.0, "inhibitory": -1.0, None: 1.0}[receptor]
    net = ns.Network.from_arrays([0], [1], [start], modes="linear", receptor=receptor, plastic_thresholds=[True, False])
    X = [[-1.0], [1.0]]
    ns.train(net, X, [2.0, -2.0], optimizer=optimizer, epochs=1500, batch_size=None)
    assert net.weights[0] == pytest.approx(best, abs=0.05)


def test_shared_weights_meet_their_bound_together():
    net = ns.Network.from_arrays([0, 1], [2, 2], [0.5, 0.5], modes="linear", receptor="excitatory", shared=["w", "w"])
    X = np.random.default_rng(0).normal(size=(20, 2))
    ns.train(net, X, -X.sum(axis=1), optimizer="lbfgs", epochs=2)
    assert net.weights.tolist() == [0.0, 0.0]


def test_lbfgs_under_receptors_finds_what_another_solver_finds():
    from scipy.optimize import lsq_linear

    rng = np.random.default_rng(0)
    X, T = rng.normal(size=(50, 8)), rng.normal(size=50)
    signs = np.array([1, -1, 1, -1, 1, -1, 1, -1])
    receptor = ["excitatory" if sign > 0 else "inhibitory" for sign in signs]
    net = ns.Network.from_arrays(range(8), [8] * 8, signs * 1.0, modes="linear", receptor=receptor)
    ns.train(net, X, T, optimizer=ns.LBFGS(iterations=200), epochs=3)
    lower = np.append(np.where(signs > 0, 0, -np.inf), -np.inf)
    upper = np.append(np.where(signs > 0, np.inf, 0), np.inf)
    best = lsq_linear(np.column_stack([X, -np.ones(50)]), T, (lower, upper), tol=1e-14).x
    np.testing.assert_allclose(np.append(net.weights, net.thresholds[-1]), best, atol=1e-5)


def test_binary_neurons_learn_under_receptors_too():
    net = balanced_brain().with_mode("binary", regions=["V1", "V2"])
    ns.train(net, *classes(), loss="cross_entropy", surrogate="triangle", epochs=10, rng=0)
    assert law_is_kept(net)


def test_a_weight_of_the_wrong_sign_is_refused_before_training():
    net = balanced_brain()
    net.weights[0] = -1.0
    before = net.weights.copy()
    with pytest.raises(ns.DataError, match=r"excitatory.*below 0"):
        ns.train(net, *classes())
    assert (net.weights == before).all()
