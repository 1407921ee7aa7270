"""Hopfield's memory against his formulas on spins, his theorem on energy, and the theory of its capacity."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq
from scipy.special import erf

import neurosim as ns
from tests.anatomy.helpers import complains

hopfield = ns.hopfield


def random_patterns(seed, count=3, size=12):
    return np.random.default_rng(seed).choice([-1.0, 1.0], size=(count, size))


def hebb(patterns):
    size = patterns.shape[1]
    return np.array([[sum(p[i] * p[j] for p in patterns) * (i != j) for j in range(size)] for i in range(size)])


@given(seed=st.integers(0, 10**6))
@settings(max_examples=20, deadline=None)
def test_all_at_once_it_is_the_sign_of_the_field(seed):
    patterns, cues = random_patterns(seed), random_patterns(seed + 1, count=5)
    rec = hopfield.recall(hopfield.network(patterns), cues, 3, updating="synchronous", drives=True)
    walked, weights = hopfield.spins(rec), hebb(patterns)
    np.testing.assert_array_equal(walked[:, 0], cues)
    for tick in range(3):
        field = walked[:, tick] @ weights
        np.testing.assert_array_equal(walked[:, tick + 1], np.where(field >= 0, 1, -1))
        np.testing.assert_array_equal(2 * rec.drive("memory")[:, tick], field)


@given(seed=st.integers(0, 10**6))
@settings(max_examples=20, deadline=None)
def test_one_by_one_energy_never_rises(seed):
    patterns, cues = random_patterns(seed, count=4), random_patterns(seed + 1, count=5)
    net = hopfield.network(patterns)
    walked = hopfield.spins(hopfield.recall(net, cues, 6, rng=seed))
    fall = hopfield.energy(net, walked)
    weights = hebb(patterns)
    np.testing.assert_array_equal(fall, -np.einsum("kti,ij,ktj->kt", walked, weights, walked) / 2)
    assert (np.diff(fall, axis=1) <= 0).all()


def test_patterns_that_have_nothing_in_common_are_at_rest():
    patterns = np.array([[1, 1, 1, 1, 1, 1, 1, 1], [1, -1, 1, -1, 1, -1, 1, -1]])
    rec = hopfield.recall(hopfield.network(patterns), patterns, 2, rng=0)
    np.testing.assert_array_equal(hopfield.overlap(hopfield.spins(rec), patterns[:, None]), np.ones((2, 3)))


@given(share=st.floats(0, 1), seed=st.integers(0, 1000))
@settings(max_examples=30, deadline=None)
def test_just_so_many_are_turned_round(share, seed):
    patterns = random_patterns(seed, size=17)
    turned = (hopfield.corrupted(patterns, share, rng=seed) != patterns).sum(axis=1)
    assert (turned == round(share * 17)).all()


def test_the_theory_solves_its_equation():
    loads, overlaps = hopfield.mean_field()

    def gap(y, load):
        return erf(y) / y - 2 / np.sqrt(np.pi) * np.exp(-(y**2)) - np.sqrt(2 * load)

    for load in (0.05, 0.1, 0.13):
        exact = erf(brentq(gap, 1.6, 8, args=(load,)))
        assert np.interp(load, loads, overlaps) == pytest.approx(exact, abs=1e-5)
    assert loads[-1] == pytest.approx(0.138, abs=5e-4)
    assert (np.diff(loads) > 0).all()


@pytest.mark.parametrize("wrong", [[1, -1], [[0, 1]], [[]], [[1, 0.5]]])
def test_patterns_are_spins(wrong):
    with complains(ns.DataError, "+1 and -1", "2 * values - 1"):
        hopfield.network(wrong)


def test_cues_must_fit():
    with complains(ns.DataError, "4 neurons", "for 3"):
        hopfield.recall(hopfield.network([[1, 1, -1, -1]]), [[1, 1, 1]])
    with complains(ns.OptionError, "share"):
        hopfield.corrupted([[1, 1]], 1.5)


def test_what_is_no_memory_is_told():
    net, other = ns.hopfield.network([[1, 1, -1]]), ns.Network.from_arrays([0, 1], [1, 2], 1.0)
    for ask in (lambda: ns.hopfield.recall(other, [[1, 1]]), lambda: ns.hopfield.energy(other, [1, 1])):
        with complains(ns.OptionError, "ns.hopfield.network(patterns)"):
            ask()
    with complains(ns.DataError, "3 neurons", "shape (2,)"):
        ns.hopfield.energy(net, [1, 1])
    with complains(ns.DataError, "rows of +1 and -1"):
        ns.hopfield.network([["up", "down"]])
    with complains(ns.DataError, "ns.hopfield.recall"):
        ns.hopfield.spins(ns.simulate(net, None, 2))
