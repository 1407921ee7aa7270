"""Sparse products for ticks: what the synapses of one block bring, plainly or by what changed.

A tick of a single trial reads every weight once, so it is as fast as the memory. Presynaptic rates are
read here and there: so synapses are sorted by *panels*, stretches of presynaptic neurons whose rates fit
the cache next to the core, and within a panel their places need two bytes instead of four.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from neurosim.engine.kernel import kernel
from neurosim.engine.vectors import Lanes, add, filled, lane_count, load, multiply, store

Array = npt.NDArray[Any]


@kernel
def bring_panel(
    starts: Array, places: Array, weights: Array, rates: Array, sums: Array, first: int, last: int, begun: bool
) -> None:
    """For one trial: what the synapses of a panel bring to targets `first` to `last`.

    Parameters
    ----------
    starts : int array, one more than there are targets
        Where in this panel the synapses of each target begin.
    places : int array, one per synapse
        Which of the rates each reads.
    weights : float array, one per synapse
    rates : float array
        Of the panel.
    sums : float array, one per target
        Added to if `begun`, else written.
    first, last : int
    begun : bool
    """
    for target in range(first, last):
        a = b = c = d = e = f = g = h = weights.dtype.type(0)
        k, end = starts[target], starts[target + 1]
        while k + 8 <= end:
            a += weights[k] * rates[places[k]]
            b += weights[k + 1] * rates[places[k + 1]]
            c += weights[k + 2] * rates[places[k + 2]]
            d += weights[k + 3] * rates[places[k + 3]]
            e += weights[k + 4] * rates[places[k + 4]]
            f += weights[k + 5] * rates[places[k + 5]]
            g += weights[k + 6] * rates[places[k + 6]]
            h += weights[k + 7] * rates[places[k + 7]]
            k += 8
        while k < end:
            a += weights[k] * rates[places[k]]
            k += 1
        total = ((a + b) + (c + d)) + ((e + f) + (g + h))
        sums[target] = sums[target] + total if begun else total


@kernel
def bring_in_order(
    starts: Array, columns: Array, weights: Array, rates: Array, sums: Array, first: int, last: int
) -> None:
    """The same for all presynaptic neurons, one after the other: to the last bit as scipy adds them."""
    for target in range(first, last):
        total = weights.dtype.type(0)
        for k in range(starts[target], starts[target + 1]):
            total += weights[k] * rates[columns[k]]
        sums[target] = total


@kernel
def bring_to_trials(
    lanes: Lanes,
    trials: int,
    starts: Array,
    columns: Array,
    weights: Array,
    rates: Array,
    sums: Array,
    first: int,
    last: int,
) -> None:
    """For many trials side by side, no fewer than there are lanes; in order, as scipy adds them.

    Parameters
    ----------
    lanes : Lanes
    trials : int
    starts : int array, one more than there are targets
    columns : int array, one per synapse
        Which rows of the rates they read.
    weights : float array, one per synapse
    rates, sums : flat float arrays, rows times trials
    first, last : int
        The targets.
    """
    step = lane_count(lanes)
    for target in range(first, last):
        for start in range(0, trials, step):
            column = min(start, trials - step)  # the last vector may overlap the one before
            total = filled(lanes, rates, 0.0)
            for k in range(starts[target], starts[target + 1]):
                rate = load(lanes, rates, np.int64(columns[k]) * trials + column)
                total = add(total, multiply(filled(lanes, rates, weights[k]), rate))
            store(sums, target * trials + column, total)


@kernel
def bring_to_few_trials(
    trials: int, starts: Array, columns: Array, weights: Array, rates: Array, sums: Array, first: int, last: int
) -> None:
    """The same for any number of trials."""
    for target in range(first, last):
        for trial in range(trials):
            sums[target * trials + trial] = 0
        for k in range(starts[target], starts[target + 1]):
            for trial in range(trials):
                sums[target * trials + trial] += weights[k] * rates[columns[k] * trials + trial]


@kernel
def bring_changes(
    trials: int, changed: Array, changes: Array, starts: Array, targets: Array, weights: Array, sums: Array
) -> None:
    """What the axons of neurons that changed bring, added to the sums.

    Parameters
    ----------
    trials : int
    changed : int array
        Which presynaptic neurons changed.
    changes : float array, shape (changed, trials)
        By how much.
    starts, targets, weights : arrays
        The block read backwards: for each presynaptic neuron the targets of its synapses.
    sums : flat float array, targets times trials
    """
    for i in range(len(changed)):
        for k in range(starts[changed[i]], starts[changed[i] + 1]):
            for trial in range(trials):
                sums[targets[k] * trials + trial] += weights[k] * changes[i, trial]
