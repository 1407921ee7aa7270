"""Modes and surrogates for compiled kernels: rates from drives, and slopes, over flat arrays.

They are the curves of `neurosim.anatomy.soma` and `neurosim.anatomy.surrogates`, and agree with them to
rounding, down to the smallest normal number. Loops are as plain as they can be, so that the compiler makes
vector instructions of them: it cannot do that with the exponential of the C library, which is why there is
one here.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from numba import types
from numba.extending import overload
from numpy.polynomial import chebyshev

from neurosim.engine.kernel import inlined, kernel
from neurosim.engine.plan import MODE_CODES, SURROGATE_CODES
from neurosim.engine.vectors import fused

Array = npt.NDArray[Any]

BINARY, SIGMOID, RELU = MODE_CODES["binary"], MODE_CODES["sigmoid"], MODE_CODES["relu"]
TANH, LEAKY_RELU, ELU = MODE_CODES["tanh"], MODE_CODES["leaky_relu"], MODE_CODES["elu"]
BY_SIGMOID, BY_TRIANGLE = SURROGATE_CODES["sigmoid"], SURROGATE_CODES["triangle"]
BY_ARCTAN = SURROGATE_CODES["arctan"]

LOG2_E = 1 / math.log(2)
LOG2_E_REST = 2.0355273740931033e-17  # what 1 / ln 2 is more than that
LOG_2_HIGH = 6.93145751953125e-1  # ln 2 in two parts, the first so short that its multiples are exact
LOG_2_LOW = 1.42860682030941723212e-6


class _Format(NamedTuple):
    """What the exponential has to know of a format of numbers.

    Attributes
    ----------
    floor : float
        e to this is about the least normal number.
    rounding : float
        A number that has this added to it has no fraction left; and its last bits are those of the exponent in the
        format of a power of two.
    fraction_bits : int
    series : tuple of float
        Coefficients of (e^r - 1 - r) / r^2 for abs(r) <= ln(2) / 2, of the highest power first.
    binary_series : tuple of float
        Those of (2^r - 1) / r for abs(r) <= 1 / 2.
    """

    floor: Any
    rounding: Any
    fraction_bits: Any
    series: tuple[Any, ...]
    binary_series: tuple[Any, ...]


def _format(number: Any, whole: Any, floor: float, fraction_bits: int, bias: int, terms: int) -> Any:
    n = range(1, terms + 6)
    series = _economized([1 / math.factorial(i + 1) for i in n], math.log(2) / 2, terms - 1)
    binary_series = _economized([math.log(2) ** i / math.factorial(i) for i in n], 1 / 2, terms)
    rounding = number(1.5 * 2.0**fraction_bits + bias)
    return _Format(
        number(floor), rounding, whole(fraction_bits), tuple(map(number, series)), tuple(map(number, binary_series))
    )


def _economized(taylor: list[float], reach: float, terms: int) -> Iterable[float]:
    """Fewer terms that do as well, highest power first: the series without its last Chebyshev polynomials.

    After Lanczos (1938).

    Parameters
    ----------
    taylor : list of float
        Coefficients, lowest power first.
    reach : float
        How far from 0 they are used.
    terms : int
        How many are left.
    """
    powers = reach ** np.arange(len(taylor))
    tail = chebyshev.poly2cheb(taylor * powers)
    tail[:terms] = 0
    return ((taylor - chebyshev.cheb2poly(tail) / powers)[:terms])[::-1]


DOUBLE = _format(np.float64, np.int64, -708.0, 52, 1023, terms=11)
SINGLE = _format(np.float32, np.int32, -87.0, 23, 127, terms=6)


def _reduced(x: Any) -> tuple[Any, Any]:
    """For x <= 0: 2^n, and e^r - 1 with x = n ln 2 + r and abs(r) <= ln(2) / 2, by a polynomial.

    After Cody and Waite (1980); to two units in the last place.
    """
    raise NotImplementedError  # there is one for each format, below


@overload(_reduced)
def _reduced_in_format(x: Any) -> Any:
    number, whole, form = _in_format(x)
    floor, rounding, fraction_bits, series, _ = form
    first, rest = series[0], series[1:]
    log2_e, high, low = number(LOG2_E), number(LOG_2_HIGH), number(LOG_2_LOW)

    def reduced(x: Any) -> tuple[Any, Any]:
        x = floor if x < floor else x
        shifted = fused(x, log2_e, rounding)
        n = shifted - rounding
        r = fused(-n, low, fused(-n, high, x))
        sum_of_rest = first
        for coefficient in rest:
            sum_of_rest = fused(sum_of_rest, r, coefficient)
        power = whole(number(shifted).view(whole) << fraction_bits).view(number)
        return power, fused(r * r, sum_of_rest, r)

    return reduced


def _fall(x: Any) -> tuple[Any, Any]:
    """For x >= 0: e^(-2x) - 1, as exactly as a hyperbolic tangent needs it, and e^(-2x)."""
    raise NotImplementedError


@overload(_fall)
def _fall_in_format(x: Any) -> Any:
    number, whole, form = _in_format(x)
    floor, rounding, fraction_bits, _, series = form
    first, rest = series[0], series[1:]
    most, factor = floor / number(-2), number(-2 * LOG2_E)
    factor_rest = number(((-2 * LOG2_E - float(factor)) - 2 * LOG2_E_REST) * math.log(2))
    one = number(1)

    def fall(x: Any) -> tuple[Any, Any]:
        x = most if x > most else x
        shifted = fused(x, factor, rounding)
        r = fused(x, factor, rounding - shifted)
        total = first
        for coefficient in rest:
            total = fused(total, r, coefficient)
        power = whole(number(shifted).view(whole) << fraction_bits).view(number)
        tail = fused(power, r * total, power)
        # The rest of the factor makes a difference only for an x whose exponential is much smaller than 1.
        return fused(power, r * total, power - one), fused(tail * x, factor_rest, tail)

    return fall


def _in_format(x: Any) -> tuple[Any, Any, _Format]:
    return (np.float32, np.int32, SINGLE) if x == types.float32 else (np.float64, np.int64, DOUBLE)


@inlined
def _exp(x: Any) -> Any:
    """Compute e^x for x <= 0."""
    power, rest = _reduced(x)
    return fused(power, rest, power)


@inlined
def _expm1(x: Any, one: Any) -> Any:
    """Compute e^x - 1 for x <= 0, with all digits also near 0; `one` is 1 in the format of x."""
    power, rest = _reduced(x)
    return fused(power, rest, power - one)


@kernel
def rates_from_drives(code: int, constant: float, drives: Array, rates: Array) -> None:
    """Write the rates of one mode; `drives` and `rates` are flat and equally long."""
    number = drives.dtype.type
    one, two, mine = number(1), number(2), number(constant)
    if code == BINARY:
        for i in range(len(drives)):
            rates[i] = 1 if drives[i] >= 0 else 0
    elif code == SIGMOID:
        for i in range(len(drives)):
            tail = _exp(-abs(drives[i]))
            rates[i] = (one if drives[i] >= 0 else tail) * (one / (one + tail))
    elif code == RELU:
        for i in range(len(drives)):
            rates[i] = 0 if drives[i] <= 0 else drives[i]  # NaN, too, is passed on
    elif code == TANH:
        for i in range(len(drives)):
            fall, _ = _fall(abs(drives[i]))
            rates[i] = math.copysign(fall * (one / (two + fall)), drives[i])
    elif code == LEAKY_RELU:
        for i in range(len(drives)):
            rates[i] = drives[i] if drives[i] > 0 else mine * drives[i]
    elif code == ELU:
        for i in range(len(drives)):
            rates[i] = drives[i] if drives[i] > 0 else mine * _expm1(min(drives[i], one - one), one)
    else:  # linear
        for i in range(len(drives)):
            rates[i] = drives[i]


@kernel
def rates_and_slopes(code: int, constant: float, drives: Array, rates: Array) -> None:
    """The same, and replace drives by slopes if that is quicker at once: see `share_exponential`."""
    number = drives.dtype.type
    one, two, four = number(1), number(2), number(4)
    if code == SIGMOID:
        for i in range(len(drives)):
            tail = _exp(-abs(drives[i]))
            share = one / (one + tail)
            rates[i] = (one if drives[i] >= 0 else tail) * share
            drives[i] = tail * share * share
    elif code == TANH:
        for i in range(len(drives)):
            fall, tail = _fall(abs(drives[i]))
            share = one / (two + fall)
            rates[i] = math.copysign(fall * share, drives[i])
            drives[i] = four * tail * share * share
    else:
        rates_from_drives(code, constant, drives, rates)


@inlined
def share_exponential(code: int) -> bool:
    """Whether the rate and the slope of a mode are made of the same exponential."""
    return code in (SIGMOID, TANH)


@kernel
def slopes_at_drives(code: int, constant: float, drives: Array) -> None:
    """Replace drives by the slopes of a mode, or of the surrogate of a binary one."""
    number = drives.dtype.type
    one, two, four, mine = number(1), number(2), number(4), number(constant)
    if code == BINARY:
        for i in range(len(drives)):
            drives[i] = 0
    elif code == SIGMOID:
        for i in range(len(drives)):
            tail = _exp(-abs(drives[i]))
            drives[i] = tail / ((one + tail) * (one + tail))
    elif code == RELU:
        for i in range(len(drives)):
            drives[i] = 1 if drives[i] > 0 else 0
    elif code == TANH:
        for i in range(len(drives)):
            tail = _exp(-two * abs(drives[i]))
            drives[i] = four * tail / ((one + tail) * (one + tail))
    elif code == LEAKY_RELU:
        for i in range(len(drives)):
            drives[i] = one if drives[i] > 0 else mine
    elif code == ELU:
        for i in range(len(drives)):
            below = mine * _exp(min(drives[i], one - one))
            drives[i] = one if drives[i] > 0 else below
    elif code == BY_SIGMOID:
        for i in range(len(drives)):
            tail = _exp(-mine * abs(drives[i]))
            drives[i] = mine * tail / ((one + tail) * (one + tail))
    elif code == BY_TRIANGLE:
        for i in range(len(drives)):
            drives[i] = max(1.0 - abs(np.float64(drives[i])) / constant, 0.0) / constant
    elif code == BY_ARCTAN:
        for i in range(len(drives)):
            angle = math.pi / 2 * constant * np.float64(drives[i])
            drives[i] = constant / 2 / (1.0 + angle * angle)
    else:  # linear, the strongest branch of maxout, straight through
        for i in range(len(drives)):
            drives[i] = 1
