"""Shrinking against what it is the solution of, and everything that it must leave alone."""

import networkx as nx
import numpy as np
import pytest
from scipy.optimize import minimize

import neurosim as ns
from tests.anatomy.helpers import complains, unchanged

A, B = ("left", "out"), ("right", "out")


def brain(dtype=None, **settings):
    regions = nx.DiGraph()
    for name, size in (("eye", 3), ("left", 4), ("right", 4), ("out", 2)):
        regions.add_node(name, size=size, mode="sensory" if name == "eye" else "tanh")
    regions.add_edges_from([("eye", "left"), ("eye", "right"), ("left", "out")])
    regions.add_edge("right", "out", **settings)
    return ns.Network.from_regions(regions, rng=0, dtype=dtype)


def mine(net, pre, post="out"):
    return [i for i, (a, b) in enumerate(net.synapses) if a in net.regions[pre] and b in net.regions[post]]


@pytest.mark.parametrize("together", [False, True])
@pytest.mark.parametrize("amount", [0.0, 0.1, 0.5, 100.0])
def test_it_is_the_least_of_half_the_squared_change_plus_the_penalty(amount, together):
    """The definition of the proximal step: no other weights have a smaller sum of both."""
    net = brain()
    before, numbers = net.weights.copy(), mine(net, "left")
    ns.shrink(net, {A: amount}, together=together)
    old, new = before[numbers], net.weights[numbers]

    def objective(weights):
        size = np.sqrt((weights**2).sum()) if together else np.abs(weights).sum()
        return ((weights - old) ** 2).sum() / 2 + amount * size

    best = minimize(objective, old, method="Nelder-Mead", options={"maxiter": 50_000, "xatol": 1e-9, "fatol": 1e-13})
    assert objective(new) <= best.fun + 1e-9
    rng = np.random.default_rng(0)
    assert all(objective(new) <= objective(new + 0.01 * rng.normal(size=len(new))) for _ in range(100))
    others = np.setdiff1d(np.arange(len(before)), numbers)
    assert (net.weights[others] == before[others]).all()


def test_weights_do_not_cross_zero_and_what_reaches_it_is_still_a_synapse():
    net = brain()
    before, count = net.weights.copy(), len(net.synapses)
    for _ in range(100):
        ns.shrink(net, {A: 0.01, B: 0.004})
    left, right = mine(net, "left"), mine(net, "right")
    assert (net.weights[left] * before[left] >= 0).all()
    assert not np.signbit(net.weights[net.weights == 0]).any()
    np.testing.assert_allclose(np.abs(net.weights[left]), np.maximum(np.abs(before[left]) - 1, 0), atol=1e-12)
    np.testing.assert_allclose(np.abs(net.weights[right]), np.maximum(np.abs(before[right]) - 0.4, 0), atol=1e-12)
    assert len(net.synapses) == count


def test_frozen_shared_and_lesioned_synapses_stay():
    net = brain(plastic=False)
    with ns.lesion(net, neurons=["left[1]"]):
        before = net.weights.copy()
        ns.shrink(net, {A: 0.05, B: 0.05})
        changed = {net.synapses[i] for i in np.flatnonzero(net.weights != before)}
    assert changed == {(f"left[{i}]", f"out[{j}]") for i in (0, 2, 3) for j in (0, 1)}
    shared = ns.Network.from_arrays([0, 0], [1, 2], [1.0, 1.0], shared=[0, 0], regions=["a", "b", "b"])
    ns.shrink(shared, {("a", "b"): 0.1})
    assert shared.weights.tolist() == [1.0, 1.0]


def test_a_projection_of_zeros_stays_and_float32_stays_float32():
    net = brain(dtype="float32", weight=0.0)
    ns.shrink(net, {B: 0.1}, together=True)
    ns.shrink(net, {A: 0.1})
    assert net.weights.dtype == np.float32
    assert not net.weights[mine(net, "right")].any()


@pytest.mark.parametrize(
    ("amounts", "kind", "words"),
    [
        ({A: 0.1, ("lef", "out"): 0.1}, ns.UnknownNameError, ["'lef'", "Did you mean 'left'"]),
        ({A: 0.1, B: -1}, ns.OptionError, ["('right', 'out')", "from 0", "-1"]),
        ({A: 0.1, "left": 0.1}, ns.DataError, ["two ends", "'left'"]),
        ([A], ns.OptionError, ["ns.shrink(net, {('V1', 'IT'): 0.01})"]),
    ],
)
def test_bad_calls_teach_and_change_nothing(amounts, kind, words):
    net = brain()
    with unchanged(net), complains(kind, *words):
        ns.shrink(net, amounts)
