"""The exact drive against rational arithmetic."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurosim.anatomy.exact import exact_drive

FLOATS = st.floats(allow_nan=False, allow_infinity=False)
GRID = st.integers(-20, 20).map(lambda n: n / 10)  # where ties happen
DYADIC = st.integers(-(2**40), 2**40).map(lambda n: n / 1024)  # their sums are doubles
IMPULSES = st.sampled_from([0.0, 1.0, -1.0])


def terms(weights, rates):
    return st.lists(st.tuples(weights, rates), max_size=12)


def rational(pairs, threshold):
    return sum((Fraction(w) * Fraction(x) for w, x in pairs), -Fraction(threshold))


def drive(pairs, threshold):
    return exact_drive([w for w, _ in pairs], [x for _, x in pairs], threshold)


def sign(number):
    return (number > 0) - (number < 0)


@pytest.mark.parametrize(
    ("weights", "rates"), [(FLOATS, FLOATS), (FLOATS, IMPULSES), (GRID, IMPULSES), (GRID, GRID), (GRID, FLOATS)]
)
@given(data=st.data())
def test_sign_and_value_are_those_of_rational_arithmetic(weights, rates, data):
    pairs = data.draw(terms(weights, rates))
    threshold = data.draw(weights)
    exact, computed = rational(pairs, threshold), drive(pairs, threshold)
    assert sign(computed) == sign(exact)
    try:
        nearest = float(exact)
    except OverflowError:
        nearest = math.inf * sign(exact)
    if nearest or not exact:  # else it is too small for a double, and only the sign is kept
        assert computed == nearest
    else:
        assert abs(computed) == math.ulp(0.0)


@given(pairs=terms(FLOATS, st.one_of(FLOATS, IMPULSES)), threshold=FLOATS, seed=st.integers(0, 1000))
def test_order_does_not_matter(pairs, threshold, seed):
    shuffled = [pairs[i] for i in np.random.default_rng(seed).permutation(len(pairs))]
    assert drive(shuffled, threshold) == drive(pairs, threshold)


@given(pairs=terms(DYADIC, IMPULSES))
def test_a_threshold_at_the_exact_sum_is_a_tie_and_the_next_number_is_not(pairs):
    total = float(rational(pairs, 0))
    assert drive(pairs, total) == 0
    assert drive(pairs, math.nextafter(total, math.inf)) < 0 < drive(pairs, math.nextafter(total, -math.inf))


@pytest.mark.parametrize(
    ("pairs", "threshold", "expected"),
    [
        ([], 0.0, 0.0),
        ([(0.1, 1), (0.2, 1)], 0.3, float(Fraction(0.1) + Fraction(0.2) - Fraction(0.3))),  # naive: 5.6e-17
        ([(0.1, 1)] * 10, 1.0, float(10 * Fraction(0.1) - 1)),  # naive: -1.1e-16, the other sign
        ([(1e16, 1), (1, 1), (-1e16, 1)], 1, 0.0),
        ([(1e-200, 1e-200)], 0.0, 5e-324),  # too small for a double, yet above the threshold
        ([(1e-200, -1e-200)], 0.0, -5e-324),
        ([(1e308, 1), (1e308, 1), (-1e308, 1), (-1e308, 1)], 1.0, -1.0),  # too large on the way, not in the end
        ([(1e308, 1), (1e308, 1)], 0.0, math.inf),
        ([(-1e308, 10)], 0.0, -math.inf),
    ],
)
def test_where_plain_sums_go_wrong(pairs, threshold, expected):
    assert drive(pairs, threshold) == expected


def test_lengths_must_match():
    with pytest.raises(ValueError, match="shorter"):
        exact_drive([1.0, 2.0], [1.0], 0.0)
