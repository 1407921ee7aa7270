"""One neuron after the other, for compiled kernels: asynchronous updating."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from neurosim.engine.curve_kernels import rates_from_drives
from neurosim.engine.exact_kernels import add_product, exact_sum, value_of
from neurosim.engine.kernel import allocating, kernel
from neurosim.engine.plan import MODE_CODES

Array = npt.NDArray[Any]

BINARY = MODE_CODES["binary"]


@kernel
def sweep(
    order: Array,
    codes: Array,
    constants: Array,
    temperatures: Array,
    chances: Array,
    starts: Array,
    sources: Array,
    weights: Array,
    thresholds: Array,
    unrounded: bool,
    trials: int,
    rates: Array,
    drives: Array,
) -> None:
    """Update each neuron once; it sees what those before it do by then.

    Parameters
    ----------
    order : int array
        The rows to update.
    codes, constants, temperatures : arrays, one per row
        Of the modes.
    chances : flat float array
        For each update of a neuron with a temperature, and each trial, the drive over temperature that fires it.
    starts, sources, weights : arrays
        For each row the rows that it listens to.
    thresholds : float array, one per row
    unrounded : bool
        Whether no sum is rounded.
    trials : int
    rates, drives : flat float arrays, rows times trials
    """
    drawn = 0
    for row in order:
        first, last, place = starts[row], starts[row + 1], row * trials
        random = temperatures[row] > 0
        for trial in range(trials):
            drive = weights.dtype.type(0)
            for k in range(first, last):
                drive += weights[k] * rates[np.int64(sources[k]) * trials + trial]
            drive -= thresholds[row]
            if codes[row] == BINARY and not random and not unrounded:
                drive = _settled(drive, first, last, sources, weights, thresholds[row], trials, trial, rates)
            drives[place + trial] = drive
            if random:
                fires = chances[drawn] < drive / rates.dtype.type(temperatures[row])
                rates[place + trial] = 1 if fires else 0
                drawn += 1
        if not random:
            mine = slice(place, place + trials)
            rates_from_drives(codes[row], constants[row], drives[mine], rates[mine])


@allocating
def _settled(
    drive: Any,
    first: int,
    last: int,
    sources: Array,
    weights: Array,
    threshold: Any,
    trials: int,
    trial: int,
    rates: Array,
) -> Any:
    """The drive, or the exact one if rounding could have put it on the wrong side of zero."""
    kind = np.finfo(weights.dtype)
    size = np.float64(abs(threshold))
    for k in range(first, last):
        size += abs(weights[k] * rates[np.int64(sources[k]) * trials + trial])
    if abs(drive) > 2 * (last - first + 4) * (kind.eps * size + kind.tiny) and np.isfinite(drive):
        return drive
    total = exact_sum()
    add_product(total, np.float64(threshold), -1.0)
    for k in range(first, last):
        rate = np.float64(rates[np.int64(sources[k]) * trials + trial])
        if not np.isfinite(rate):
            return drive  # which is an error of its own
        if rate != 0:
            add_product(total, np.float64(weights[k]), rate)
    exact = value_of(total)
    rounded = weights.dtype.type(exact)
    if rounded == 0 and exact != 0:
        rounded = weights.dtype.type(math.copysign(kind.tiny, exact))
    return rounded
