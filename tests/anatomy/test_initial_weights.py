"""Drawn weights: their variance and shape against the formulas, with the fan-in that is really there."""

import math

import numpy as np
import pytest
from scipy import stats

import neurosim as ns

MODES = [mode for mode in ns.MODES.values() if mode.name not in ("sensory", "maxout")]
MODES += [ns.LeakyReLU(slope=0.5), ns.ELU(alpha=0.5)]
SEED = 5


def he(fan_in, fan_out, slope=0.0):
    return 2 / ((1 + slope**2) * fan_in)


def glorot(fan_in, fan_out):
    return 2 / (fan_in + fan_out)


def expected_variance(mode, fan_in, fan_out):
    if isinstance(mode, ns.LeakyReLU):
        return he(fan_in, fan_out, mode.slope)
    return (he if mode.name in ("relu", "elu") else glorot)(fan_in, fan_out)


def bipartite(n_pre, n_post, mode, keep=None, **settings):
    pre, post = np.divmod(np.arange(n_pre * n_post), n_post)
    if keep is not None:
        pre, post = pre[keep], post[keep]
    return ns.Network.from_arrays(pre, n_pre + post, modes=mode, size=n_pre + n_post, rng=SEED, **settings)


def assert_variance(weights, variance):
    """Mean and variance within five standard errors (of the heavier-tailed case, the normal one)."""
    n = weights.size
    assert abs(weights.mean()) <= 5 * math.sqrt(variance / n)
    assert abs(weights.var() / variance - 1) <= 5 * math.sqrt(2 / n)


@pytest.mark.parametrize("mode", MODES, ids=str)
@pytest.mark.parametrize(("n_pre", "n_post"), [(400, 50), (50, 400)])
def test_variance_is_that_of_the_formula(mode, n_pre, n_post):
    net = bipartite(n_pre, n_post, mode)
    assert_variance(net.weights, expected_variance(mode, fan_in=n_pre, fan_out=n_post))


@pytest.mark.parametrize("mode", MODES, ids=str)
def test_shape_is_normal_for_the_relu_family_and_uniform_for_the_others(mode):
    weights = bipartite(200, 100, mode).weights
    normal = isinstance(mode, ns.ReLU | ns.LeakyReLU | ns.ELU)
    limit = math.sqrt(3 * expected_variance(mode, 200, 100))
    law = stats.norm(scale=limit / math.sqrt(3)) if normal else stats.uniform(-limit, 2 * limit)
    assert stats.kstest(weights, law.cdf).pvalue > 1e-3


@pytest.mark.parametrize("mode", ["relu", "tanh"])
def test_the_fan_in_is_the_one_that_is_there(mode):
    """Half of the neurons listen to everyone, the other half to a tenth."""
    everyone = np.ones((500, 40), dtype=bool)
    everyone[50:, 20:] = False
    net = bipartite(500, 40, mode, keep=everyone.ravel())
    thin = net.structure.post >= 520
    fan_out = np.bincount(net.structure.pre)[net.structure.pre]
    for chosen, fan_in in ((~thin, 500), (thin, 50)):
        scales = np.sqrt(expected_variance(ns.MODES[mode], fan_in, fan_out[chosen]))
        assert_variance(net.weights[chosen] / scales, 1.0)


@pytest.mark.parametrize("branches", [1, 2, 5])
def test_maxout_counts_the_fan_in_of_each_branch(branches):
    n_pre, n_post = 300, 30
    pre, post, branch = (axis.ravel() for axis in np.indices((n_pre, n_post, branches)))
    net = ns.Network.from_arrays(pre, n_pre + post, modes="maxout", branch=branch, rng=SEED)
    for number in range(branches):
        assert_variance(net.weights[branch == number], 1 / n_pre)


def test_two_branches_keep_the_second_moment():
    """What the rule for maxout is for: E[max(a, b)^2] = E[x^2] for two branches."""
    n = 400
    pre, post, branch = (axis.ravel() for axis in np.indices((n, 200, 2)))
    net = ns.Network.from_arrays(pre, n + post, modes="maxout", branch=branch, rng=SEED)
    weights = net.weights.reshape(n, 200, 2)
    x = np.random.default_rng(0).normal(size=(200, n))
    rates = np.einsum("si,ijb->sjb", x, weights).max(axis=2)
    assert (rates**2).mean() == pytest.approx((x**2).mean(), rel=0.05)


def test_each_mode_has_its_rule_in_a_mixed_network():
    modes = ["sensory"] * 300 + ["relu"] * 40 + ["sigmoid"] * 40
    pre, post = np.divmod(np.arange(300 * 80), 80)
    net = ns.Network.from_arrays(pre, 300 + post, modes=modes, rng=SEED)
    assert_variance(net.weights[post < 40], he(300, 80))
    assert_variance(net.weights[post >= 40], glorot(300, 80))


def test_only_the_gaps_are_drawn():
    given = np.where(np.arange(6) % 2, np.nan, 7.0)
    net = ns.Network.from_arrays([0, 1, 2, 3, 4, 5], [6] * 6, given, rng=SEED)
    assert (net.weights[::2] == 7).all()
    assert (abs(net.weights[1::2]) <= math.sqrt(6 / 7)).all()
    assert len(set(net.weights[1::2])) == 3


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_seed_decides_and_a_generator_goes_on(dtype):
    rng = np.random.default_rng(SEED)
    make = lambda source: ns.Network.from_arrays([0, 1, 2], [3, 3, 3], rng=source, dtype=dtype).weights.tolist()  # noqa: E731
    first = make(SEED)
    assert make(SEED) == make(np.int64(SEED)) == make(rng) == first
    assert make(rng) != first
    assert make(SEED + 1) != first
    assert make(None) != make(None), "fresh randomness, never global state"
