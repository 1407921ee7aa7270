"""One neuron after the other, for compiled kernels: asynchronous updating."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from neurosim.engine.curve_kernels import rates_from_drives
from neurosim.engine.exact_kernels import add_product, as_drive, exact_sum, rounding
from neurosim.engine.kernel import allocating, inlined, kernel
from neurosim.engine.plan import MODE_CODES
from neurosim.engine.vectors import Lanes, at, fused, lane_count, prefetch

Array = npt.NDArray[Any]

BINARY = MODE_CODES["binary"]
AHEAD = 2  # updates from when the synapses of a neuron are called to the cache until they are used


@kernel
def sweep(
    lanes: Lanes,
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
    lanes : Lanes
        How many synapses are called to the cache at a time.
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
    for i in range(len(order)):
        row = order[i]
        if i + AHEAD < len(order):  # rows are read in random order, which no machine foresees
            later = order[i + AHEAD]
            for k in range(starts[later], starts[later + 1], lane_count(lanes)):
                prefetch(lanes, weights, k)
                prefetch(lanes, sources, k)
        first, last, place = starts[row], starts[row + 1], row * trials
        random = temperatures[row] > 0
        for trial in range(trials):
            drive = weights.dtype.type(0)
            if random:  # which no second look settles: here the order of a sum must be the same everywhere
                for k in range(first, last):
                    drive += weights[k] * rates[np.int64(sources[k]) * trials + trial]
            else:
                drive = _sum(first, last, sources, weights, trials, trial, rates)
            drive -= thresholds[row]
            if codes[row] == BINARY and not random and not unrounded:
                drive = _settled(drive, first, last, sources, weights, thresholds[row], trials, trial, rates)
            drives[place + trial] = drive
            if random:
                fires = chances[drawn] < drive / rates.dtype.type(temperatures[row])
                rates[place + trial] = 1 if fires else 0
                drawn += 1
            elif codes[row] == BINARY:
                rates[place + trial] = 1 if drive >= 0 else 0
        if codes[row] != BINARY:
            mine = slice(place, place + trials)
            rates_from_drives(codes[row], constants[row], drives[mine], rates[mine])


@inlined
def _sum(first: int, last: int, sources: Array, weights: Array, trials: int, trial: int, rates: Array) -> Any:
    """What the dendrites of a neuron bring; four sums take turns, so that none waits for itself."""
    a = b = c = d = weights.dtype.type(0)
    k = first
    while k + 4 <= last:
        a = fused(at(weights, k), at(rates, np.int64(at(sources, k)) * trials + trial), a)
        b = fused(at(weights, k + 1), at(rates, np.int64(at(sources, k + 1)) * trials + trial), b)
        c = fused(at(weights, k + 2), at(rates, np.int64(at(sources, k + 2)) * trials + trial), c)
        d = fused(at(weights, k + 3), at(rates, np.int64(at(sources, k + 3)) * trials + trial), d)
        k += 4
    while k < last:
        a = fused(at(weights, k), at(rates, np.int64(at(sources, k)) * trials + trial), a)
        k += 1
    return (a + b) + (c + d)


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
    slack, least = rounding(last - first, weights)
    size = np.float64(abs(threshold))
    for k in range(first, last):
        size += abs(weights[k] * rates[np.int64(sources[k]) * trials + trial])
    if abs(drive) > slack * size + least and np.isfinite(drive):
        return drive
    total = exact_sum()
    add_product(total, np.float64(threshold), -1.0)
    for k in range(first, last):
        rate = np.float64(rates[np.int64(sources[k]) * trials + trial])
        if not np.isfinite(rate):
            return drive  # which is an error of its own
        if rate != 0:
            add_product(total, np.float64(weights[k]), rate)
    return as_drive(total, weights)
