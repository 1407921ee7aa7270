"""Ticks by events are plain ticks."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import neurosim as ns
from neurosim.engine import compiler, events
from tests.strategies import SEEDS, acyclic_networks

CELLS = ("binary", ns.Binary(leak=0.5, reset=0.0), ns.Binary(refractory=2), "relu", "tanh")


def run(net, stimulus, monkeypatch_context, *, by_events, most=64, **options):
    with monkeypatch_context() as patch:
        patch.setattr(compiler, "SMALL", 0)
        patch.setattr(compiler, "DENSE_FROM", 2.0)  # all blocks sparse
        patch.setattr(events, "SMALLEST", 1 if by_events else 10**9)
        patch.setattr(events, "SHARE", 2.0)
        patch.setattr(events, "MOST_UPDATES", most)
        return ns.simulate(net.copy(), stimulus, **options)


@given(
    net=acyclic_networks(max_neurons=25, modes=CELLS, loops=True, tenths=True),
    seed=SEEDS,
    grid=st.booleans(),
    most=st.sampled_from([1, 3, 64]),
    dtype=st.sampled_from(["float64", "float32"]),
)
def test_ticks_by_events_are_plain_ticks(net, seed, grid, most, dtype):
    rng = np.random.default_rng(seed)
    weights = np.rint(net.weights * 8) / 8 if grid else net.weights / 3
    structure = net.structure
    net = ns.Network.from_arrays(
        structure.pre,
        structure.post,
        weights,
        delay=structure.delay,
        branch=structure.branch,
        names=net.names,
        modes=net.modes,
        thresholds=np.rint(net.thresholds * 8) / 8 if grid else net.thresholds,
        outputs=structure.outputs,
        dtype=dtype,
    )
    stimulus = rng.integers(2, size=(3, 30, len(net.inputs))).astype(float)
    stimulus[:, 10:25] = stimulus[:, 10:11]  # nothing changes for a while
    patch = pytest.MonkeyPatch.context
    for options in ({}, {"drives": True}):
        plain = run(net, stimulus, patch, by_events=False, **options)
        sent = run(net, stimulus, patch, by_events=True, most=most, **options)
        assert (plain.rates == sent.rates).all()
        if options:
            assert (plain.drives == sent.drives).all()


def recurrent(n=300, fan_in=20, seed=0, scale=1.0):
    rng = np.random.default_rng(seed)
    post = np.repeat(np.arange(1, n + 1), fan_in)
    pre = np.concatenate([rng.choice(n, fan_in, replace=False) + 1 for _ in range(n)])
    pre, post = np.append(pre, np.zeros(n, int)), np.append(post, np.arange(1, n + 1))
    delay = np.append(np.ones(n * fan_in, int), np.zeros(n, int))
    weights = rng.normal(size=len(pre)) * scale
    return ns.Network.from_arrays(
        pre, post, weights, delay=delay, modes=["sensory"] + ["binary"] * n, thresholds=0.3, outputs=[1]
    )


def test_events_are_used_where_little_changes(monkeypatch):
    used = []
    plainly = events._EventBlock._changed

    def watched(self, seen):
        changed = plainly(self, seen)
        used.append(changed is not None)
        return changed

    monkeypatch.setattr(events._EventBlock, "_changed", watched)
    net = recurrent(1000, scale=0.05)  # settles in silence
    rec = ns.simulate(net, {0: [10.0]}, 30)
    assert rec.rates[:, 1:].any()
    assert not used[0]
    assert all(used[5:])


def test_what_rounding_gathers_does_not_decide():
    """Weights off any grid, thresholds on ties, thousands of updates: as if each tick had been summed afresh."""
    net = recurrent()
    net.weights = np.rint(net.weights * 10) / 10
    net.thresholds = np.rint(np.random.default_rng(1).normal(size=len(net)) * 10) / 10
    stimulus = np.random.default_rng(2).integers(2, size=(500, 1)).astype(float)
    plain = run(net, stimulus, pytest.MonkeyPatch.context, by_events=False)
    sent = run(net, stimulus, pytest.MonkeyPatch.context, by_events=True)
    assert (plain.rates == sent.rates).all()
    assert 0.1 < plain.rates[:, 1:].mean() < 0.9
