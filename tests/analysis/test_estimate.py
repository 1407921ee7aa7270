"""Means and intervals against scipy's, and against what they promise."""

import numpy as np
import pytest
from scipy import stats

from neurosim.analysis.comparison import restricted
from neurosim.analysis.estimate import Estimate, estimates


@pytest.mark.parametrize("n", [2, 3, 10, 40])
def test_the_interval_is_students(n):
    values = np.random.default_rng(n).normal(3, 2, n)
    theirs = stats.ttest_1samp(values, 0).confidence_interval(0.95)
    ours = Estimate(values)
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high))
    assert ours.mean == values.mean()


def test_nineteen_in_twenty_intervals_hold_the_truth():
    draws = np.random.default_rng(0).normal(5, 3, (2000, 6))
    held = [found.low <= 5 <= found.high for found in estimates(draws.T)]
    assert np.mean(held) == pytest.approx(0.95, abs=0.015)


def test_one_seed_has_no_interval_and_equal_ones_have_a_point():
    assert np.isnan(Estimate(np.array([0.5])).low)
    assert str(Estimate(np.array([0.5]))) == "0.500"
    assert str(Estimate(np.full(4, 0.5))) == "0.500 ± 0.000"


def test_differences_are_paired():
    hard = np.array([0.0, 10.0, 20.0, 30.0])
    assert Estimate(hard + 1).minus(Estimate(hard)).written(1, signed=True) == "+1.0 ± 0.0"
    assert Estimate(hard).half_width > 10


def test_steps_that_were_never_enough_count_as_all_of_them():
    found = restricted([30, np.inf, 60, np.inf], most=100)
    assert (found.mean, found.censored) == (72.5, 2)
    assert found.written(0).startswith("≥ 7")
    assert restricted([30, 100], most=100).censored == 0


def test_an_estimate_needs_numbers():
    for wrong in ([], 3.0, [[1.0]]):
        with pytest.raises(ValueError, match="one for each seed"):
            Estimate(wrong)


def test_differences_need_the_same_seeds():
    with pytest.raises(ValueError, match="3 and 1 seeds"):
        Estimate([1, 2, 3]).minus(Estimate([1]))


def test_there_is_one_zero():
    assert str(Estimate([-1e-9, 1e-10])) == "0.000 ± 0.000"
