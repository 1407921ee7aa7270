"""The arithmetic inside kernels against its definitions."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import neurosim as ns
from neurosim.engine.curve_kernels import rates_and_slopes, rates_from_drives, slopes_at_drives
from neurosim.engine.exact_kernels import add_product, exact_sum, value_of
from neurosim.engine.kernel import allocating, inlined
from neurosim.engine.plan import CONSTANTS, MODE_CODES, SURROGATE_CODES, SURROGATE_CONSTANTS
from neurosim.engine.vectors import at

pytestmark = pytest.mark.xdist_group("kernels")

MODES = [
    *(mode for mode in ns.MODES.values() if mode.name not in ("sensory", "maxout")),
    ns.LeakyReLU(slope=-0.3),
    ns.ELU(alpha=0.7),
]
SURROGATES = [
    *ns.surrogates.SURROGATES.values(),
    ns.surrogates.sigmoid(beta=0.5),
    ns.surrogates.triangle(width=3.0),
    ns.surrogates.arctan(alpha=5.0),
]
FAR = [0.0, -0.0, 1e-300, -1e-300, 1e-12, -1e-12, 700.0, -700.0, 1000.0, -1000.0, 1e30, -1e30, np.inf, -np.inf, np.nan]
DRIVES = np.concatenate([np.linspace(-30, 30, 1001), FAR])


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("mode", MODES, ids=str)
def test_modes_are_those_of_the_soma(mode, dtype):
    drives = DRIVES.astype(dtype)
    code, constant = MODE_CODES[mode.name], float(getattr(mode, CONSTANTS.get(mode.name, ""), 0.0))
    rates, slopes = np.empty_like(drives), drives.copy()
    rates_from_drives(code, constant, drives, rates)
    slopes_at_drives(code, constant, slopes)
    tolerance = {"rtol": 8 * np.finfo(dtype).eps, "atol": np.finfo(dtype).tiny * 16}
    np.testing.assert_allclose(rates, mode.rate(drives), **tolerance)
    np.testing.assert_allclose(slopes, mode.derivative(drives), **tolerance)
    at_once, sloped = np.empty_like(drives), drives.copy()
    rates_and_slopes(code, constant, sloped, at_once)
    np.testing.assert_array_equal(at_once, rates)
    np.testing.assert_allclose(sloped, slopes if mode.name in ("sigmoid", "tanh") else drives, **tolerance)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("surrogate", SURROGATES, ids=str)
def test_surrogates_are_those_of_the_definition(surrogate, dtype):
    slopes = DRIVES.astype(dtype)
    constant = float(getattr(surrogate, SURROGATE_CONSTANTS.get(surrogate.name, ""), 0.0))
    expected = surrogate.slope(slopes.copy())
    slopes_at_drives(SURROGATE_CODES[surrogate.name], constant, slopes)
    np.testing.assert_allclose(slopes, expected, rtol=1e-5 if dtype == "float32" else 1e-12, atol=1e-37)


@inlined
def there(array, places):
    return at(array, places[0])


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.uint32, np.int64, np.uint64])
def test_no_place_is_taken_for_a_negative_one(kind):
    place = min(np.iinfo(kind).max, 2**16)
    assert there(np.arange(2**16 + 1.0), np.array([place], kind)) == place


@allocating
def dot(a, b):
    total = exact_sum()
    for i in range(len(a)):
        add_product(total, a[i], b[i])
    return value_of(total)


NUMBERS = st.floats(allow_nan=False, allow_infinity=False)


@given(pairs=st.lists(st.tuples(NUMBERS, NUMBERS), max_size=8), back=st.booleans())
@example(pairs=[(1e308, 1e308), (1e308, -1e308), (5e-324, 5e-324)], back=False)
@example(pairs=[(0.1, 1.0), (0.2, 1.0), (-0.3, 1.0)], back=False)
@example(pairs=[(1e308, 1e308)] * 8, back=True)
def test_exact_sums_are_those_of_fractions(pairs, back):
    pairs = pairs + [(-a, b) for a, b in pairs] if back else pairs
    exact = sum((Fraction(a) * Fraction(b) for a, b in pairs), Fraction(0))
    value = dot(np.array([a for a, _ in pairs]), np.array([b for _, b in pairs]))
    assert np.sign(value) == (exact > 0) - (exact < 0)
    if abs(exact) < Fraction(np.finfo(float).max) and abs(exact) > Fraction(np.finfo(float).tiny):
        assert abs(Fraction(value) - exact) <= abs(exact) * Fraction(math.ulp(1.0))
