"""Intervals of integrate-and-fire cells: against their recursion, simulations, and the geometric distribution."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import neurosim as ns
from tests.anatomy.helpers import complains


def simulated(mode, current, threshold, ticks=2_000, cells=1, rng=0):
    """The inter-spike intervals of so many cells."""
    post = np.arange(cells) + 1
    net = ns.Network.from_arrays(
        np.zeros(cells, dtype=int),
        post,
        np.full(cells, current),
        modes=["sensory", *[mode] * cells],
        thresholds=[0, *[threshold] * cells],
    )
    rec = ns.simulate(net, [1.0], ticks, rng=rng)
    return np.concatenate([rec.intervals(int(name)) for name in post])


@given(
    leak=st.sampled_from([0.0, 0.3, 0.9, 0.99]),
    reset=st.floats(-2, 0.9),
    current=st.floats(0.001, 3),
    refractory=st.integers(0, 4),
)
@settings(max_examples=100, deadline=None)
def test_without_noise_it_is_the_recursion(leak, reset, current, refractory):
    mode = ns.Binary(leak=leak, reset=reset, refractory=refractory)
    found = ns.expected_intervals(mode, current, threshold=1.0)
    potential, ticks = reset, 0
    while potential < 1 and ticks < 3000:
        potential, ticks = leak * potential + current, ticks + 1
    if potential < 1 and not math.isfinite(found.mean):
        assert math.isnan(found.cv)
        return
    rest = current / (1 - leak)
    near = abs((rest - 1) / (rest - reset)) if rest > 1 else 1.0  # how finely rounding may decide
    assert abs(found.mean - refractory - ticks) <= (1 if near < 1e-9 else 0) or abs(potential - 1) < 1e-9
    assert found.cv == 0
    assert found.rate == 1 / found.mean


def test_it_fires_as_it_is_simulated():
    mode = ns.Binary(leak=0.95, reset=-0.5, refractory=3)
    assert set(simulated(mode, 0.08, 1.0).tolist()) == {ns.expected_intervals(mode, 0.08, threshold=1.0).mean}


@pytest.mark.parametrize(
    ("leak", "noise", "current", "reset"), [(0.9, 0.3, 0.05, 0.0), (0.5, 0.2, 0.6, -0.5), (0.95, 0.05, 0.08, 0.2)]
)
def test_with_noise_it_fires_as_it_is_simulated(leak, noise, current, reset):
    mode = ns.Binary(leak=leak, reset=reset, refractory=2, noise=noise)
    found = ns.expected_intervals(mode, current, threshold=1.0)
    measured = simulated(mode, current, 1.0, ticks=2_000, cells=100)
    error = found.cv * found.mean / math.sqrt(len(measured))
    assert measured.mean() == pytest.approx(found.mean, abs=5 * error + 0.01 * found.mean)  # long ones are cut off
    assert measured.std() / measured.mean() == pytest.approx(found.cv, rel=0.05)


def test_without_a_memory_intervals_are_geometric():
    """Then every tick is a new chance, p = P(I + noise >= threshold)."""
    p = (1 - math.erf(1.2 / math.sqrt(2))) / 2
    found = ns.expected_intervals(ns.Binary(reset=0.0, noise=0.5), 0.4, threshold=1.0)
    assert found.mean == pytest.approx(1 / p, rel=1e-9)
    assert found.cv == pytest.approx(math.sqrt(1 - p), rel=1e-9)


def test_what_is_rare_is_told_as_exactly_as_it_can_be_or_not_at_all():
    for threshold in (4.0, 5.0, 5.9):
        found = ns.expected_intervals(ns.Binary(reset=0.0, noise=1.0), 0.0, threshold=threshold)
        p = math.erfc(threshold / math.sqrt(2)) / 2
        assert found.mean == pytest.approx(1 / p, rel=1e-6)
        assert found.cv == pytest.approx(math.sqrt(1 - p), rel=1e-6)
    for threshold in (6.5, 10.0, 40.0):
        with complains(ns.OptionError, "once in 1,000,000,000 ticks", "more noise"):
            ns.expected_intervals(ns.Binary(reset=0.0, noise=1.0), 0.0, threshold=threshold)


def test_little_noise_changes_little():
    noisy = ns.expected_intervals(ns.Binary(leak=0.9, reset=0.0, noise=0.01), 0.205, threshold=1.0)
    sure = ns.expected_intervals(ns.Binary(leak=0.9, reset=0.0), 0.205, threshold=1.0)
    assert noisy.mean == pytest.approx(sure.mean, abs=0.7)
    assert noisy.cv < 0.15


@pytest.mark.parametrize("mode", [ns.Binary(leak=0.9), ns.Binary(reset="subtract"), ns.ReLU(reset=0.0), "binary"])
def test_other_cells_are_refused(mode):
    with complains(ns.OptionError, "reset", "ns.Binary(leak=0.9, reset=0.0)"):
        ns.expected_intervals(mode, 0.1, threshold=1.0)


def test_what_cannot_be_solved_is_told():
    with complains(ns.OptionError, "noise", "points"):
        ns.expected_intervals(ns.Binary(leak=0.9, reset=0.0, noise=1e-6), 0.1, threshold=1.0)
    with complains(ns.OptionError, "below the threshold"):
        ns.expected_intervals(ns.Binary(reset=1.0), 0.1, threshold=1.0)
    with complains(ns.OptionError, "temperature"):
        ns.expected_intervals(ns.Binary(reset=0.0, temperature=0.5), 0.1, threshold=1.0)
    with complains(ns.OptionError, "current"):
        ns.expected_intervals(ns.Binary(reset=0.0), math.nan, threshold=1.0)
