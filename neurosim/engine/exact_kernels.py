"""Sums of products without any rounding, for compiled kernels.

The sum is one whole number, wide enough for the product of any two doubles: 2^-2148 is its unit, and its
digits, of 32 bits each, stand in the entries of an array (Kulisch and Miranker 1986). So there is nothing
that can be too large, too small, or in an unlucky order.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from neurosim.engine.kernel import allocating, inlined

Array = npt.NDArray[Any]

DIGIT_BITS = 32
DIGIT = np.uint64(2**DIGIT_BITS - 1)
UNIT = -2148  # the exponent of the smallest double, twice
DIGITS = (2 * 1024 - UNIT) // DIGIT_BITS + 4  # for the product of the largest, and for 2^64 of those

FRACTION_BITS = 52  # of a double
FRACTION = np.uint64(2**FRACTION_BITS - 1)
HIDDEN_BIT = np.uint64(2**FRACTION_BITS)
EXPONENT = np.uint64(0x7FF)
SUBNORMAL = -1074  # the exponent of the last bit of a double without a hidden bit


@allocating
def exact_sum() -> Array:
    """Zero, with room for any sum."""
    return np.zeros(DIGITS, np.int64)


@inlined
def add_product(digits: Array, a: float, b: float) -> None:
    """Add a b to a sum; a and b are finite doubles."""
    whole_a, exponent_a = _whole_number(a)
    whole_b, exponent_b = _whole_number(b)
    place = exponent_a + exponent_b - UNIT
    first, shift = place // DIGIT_BITS, np.uint64(place % DIGIT_BITS)
    width = np.uint64(DIGIT_BITS)
    low_a, high_a, low_b, high_b = whole_a & DIGIT, whole_a >> width, whole_b & DIGIT, whole_b >> width
    lowest = low_a * low_b
    middle = (lowest >> width) + low_a * high_b + high_a * low_b
    highest = (middle >> width) + high_a * high_b
    sign = 1 if (a < 0) == (b < 0) else -1
    for i, digit in enumerate((lowest & DIGIT, middle & DIGIT, highest & DIGIT, highest >> width)):
        shifted = digit << shift
        digits[first + i] += sign * np.int64(shifted & DIGIT)
        digits[first + i + 1] += sign * np.int64(shifted >> width)


@inlined
def value_of(digits: Array) -> float:
    """A sum as a double: of the right sign, and within a unit in the last place. The sum is used up."""
    sign = 1.0
    if _carry(digits) < 0:
        sign = -1.0
        for i in range(len(digits)):
            digits[i] = -digits[i]
        _carry(digits)
    top = len(digits) - 1
    while top > 2 and digits[top] == 0:
        top -= 1
    value = 0.0
    for i in range(top, top - 3, -1):
        value = value * 2.0**DIGIT_BITS + digits[i]
    if value == 0:
        return 0.0
    value = math.ldexp(value, (top - 2) * DIGIT_BITS + UNIT)
    return sign * max(value, np.finfo(np.float64).tiny)


@inlined
def as_drive(total: Array, drives: Array) -> Any:
    """A sum as a number like these drives: 0 only if it is exactly that. The sum is used up."""
    exact = value_of(total)
    rounded = drives.dtype.type(exact)
    if rounded == 0 and exact != 0:
        return drives.dtype.type(math.copysign(np.finfo(drives.dtype).tiny, exact))
    return rounded


@inlined
def rounding(terms: int, drives: Array) -> tuple[Any, Any]:
    """How far a sum of terms like these drives may be off: by a share of their size in all, and by so much besides.

    See `neurosim.engine.ties` for the bound.
    """
    kind = np.finfo(drives.dtype)
    return 2 * (terms + 4) * kind.eps, 2 * (terms + 4) * kind.tiny


@inlined
def _carry(digits: Array) -> int:
    """Bring every digit into its range; what is carried beyond the last one, -1 for a negative sum."""
    carry = 0
    for i in range(len(digits)):
        total = digits[i] + carry
        carry = total >> DIGIT_BITS
        digits[i] = total - (carry << DIGIT_BITS)
    return carry


@inlined
def _whole_number(a: float) -> tuple[Any, Any]:
    """The magnitude of a double as a whole number and the exponent of its last bit."""
    bits = np.float64(a).view(np.uint64)
    exponent = np.int64((bits >> np.uint64(FRACTION_BITS)) & EXPONENT)
    fraction = bits & FRACTION
    if exponent == 0:
        return fraction, SUBNORMAL
    return fraction | HIDDEN_BIT, exponent + SUBNORMAL - 1
