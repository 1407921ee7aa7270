"""Modes and surrogates for compiled kernels: rates from drives, and slopes, over flat arrays.

They are the curves of `neurosim.anatomy.soma` and `neurosim.anatomy.surrogates`, and agree with them to
rounding. Loops are as plain as they can be, so that the compiler makes vector instructions of them: it
cannot do that with the exponential of the C library, which is why there is one here.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from neurosim.engine.kernel import inlined, kernel
from neurosim.engine.plan import MODE_CODES, SURROGATE_CODES

Array = npt.NDArray[Any]

BINARY, SIGMOID, RELU = MODE_CODES["binary"], MODE_CODES["sigmoid"], MODE_CODES["relu"]
TANH, LEAKY_RELU, ELU = MODE_CODES["tanh"], MODE_CODES["leaky_relu"], MODE_CODES["elu"]
BY_SIGMOID, BY_TRIANGLE = SURROGATE_CODES["sigmoid"], SURROGATE_CODES["triangle"]
BY_ARCTAN = SURROGATE_CODES["arctan"]

FLOOR = -708.0  # e to this is about the least normal double
LOG2_E = 1 / math.log(2)
LOG_2_HIGH = 6.93145751953125e-1  # ln 2 in two parts, the first so short that its multiples are exact
LOG_2_LOW = 1.42860682030941723212e-6
ROUNDING = 1.5 * 2.0**52  # a number that has this added to it has no fraction left
EXPONENT_BITS, EXPONENT_BIAS = 52, 1023 << 52  # of a double
SERIES = tuple(1 / math.factorial(n) for n in range(13, 1, -1))


@inlined
def _reduced(x: float) -> tuple[float, float]:
    """For x <= 0: 2^n, and e^r - 1 with x = n ln 2 + r and abs(r) <= ln(2) / 2, by a Taylor series.

    After Cody and Waite (1980); to two units in the last place.
    """
    x = max(x, FLOOR)
    shifted = x * LOG2_E + ROUNDING
    n = shifted - ROUNDING
    r = (x - n * LOG_2_HIGH) - n * LOG_2_LOW
    series = 0.0
    for coefficient in SERIES:
        series = series * r + coefficient
    bits = (np.float64(shifted).view(np.int64) << EXPONENT_BITS) + EXPONENT_BIAS
    return np.int64(bits).view(np.float64), r + r * r * series


@inlined
def _exp(x: float) -> float:
    """Compute e^x for x <= 0."""
    power, rest = _reduced(x)
    return power + power * rest


@inlined
def _expm1(x: float) -> float:
    """Compute e^x - 1 for x <= 0, with all digits also near 0."""
    power, rest = _reduced(x)
    return power * rest + (power - 1.0)


@kernel
def rates_from_drives(code: int, constant: float, drives: Array, rates: Array) -> None:
    """Write the rates of one mode; `drives` and `rates` are flat and equally long."""
    if code == BINARY:
        for i in range(len(drives)):
            rates[i] = 1 if drives[i] >= 0 else 0
    elif code == SIGMOID:
        for i in range(len(drives)):
            tail = _exp(-abs(np.float64(drives[i])))
            rates[i] = (1.0 if drives[i] >= 0 else tail) / (1.0 + tail)
    elif code == RELU:
        for i in range(len(drives)):
            rates[i] = drives[i] if drives[i] > 0 else 0
    elif code == TANH:
        for i in range(len(drives)):
            fall = _expm1(-2.0 * abs(np.float64(drives[i])))
            rates[i] = math.copysign(fall / (2.0 + fall), drives[i])
    elif code == LEAKY_RELU:
        for i in range(len(drives)):
            rates[i] = drives[i] if drives[i] > 0 else drives.dtype.type(constant) * drives[i]
    elif code == ELU:
        for i in range(len(drives)):
            rates[i] = drives[i] if drives[i] > 0 else constant * _expm1(min(np.float64(drives[i]), 0.0))
    else:  # linear
        for i in range(len(drives)):
            rates[i] = drives[i]


@kernel
def slopes_at_drives(code: int, constant: float, drives: Array) -> None:
    """Replace drives by the slopes of a mode, or of the surrogate of a binary one."""
    if code == BINARY:
        for i in range(len(drives)):
            drives[i] = 0
    elif code == SIGMOID:
        for i in range(len(drives)):
            tail = _exp(-abs(np.float64(drives[i])))
            drives[i] = tail / ((1.0 + tail) * (1.0 + tail))
    elif code == RELU:
        for i in range(len(drives)):
            drives[i] = 1 if drives[i] > 0 else 0
    elif code == TANH:
        for i in range(len(drives)):
            tail = _exp(-2.0 * abs(np.float64(drives[i])))
            drives[i] = 4.0 * tail / ((1.0 + tail) * (1.0 + tail))
    elif code == LEAKY_RELU:
        for i in range(len(drives)):
            drives[i] = 1 if drives[i] > 0 else constant
    elif code == ELU:
        for i in range(len(drives)):
            below = constant * _exp(min(np.float64(drives[i]), 0.0))
            drives[i] = 1.0 if drives[i] > 0 else below
    elif code == BY_SIGMOID:
        for i in range(len(drives)):
            tail = _exp(-constant * abs(np.float64(drives[i])))
            drives[i] = constant * tail / ((1.0 + tail) * (1.0 + tail))
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
