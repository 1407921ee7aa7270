"""Sparse products for ticks: what the synapses of one block bring, plainly or by what changed.

A tick of a single trial reads every weight once, so it is as fast as the memory. Presynaptic rates are
read here and there: so synapses are sorted by *panels*, stretches of presynaptic neurons whose rates fit
a cache next to the core, and within a panel their places need two bytes instead of four.

Sums that are asked for in order are added up synapse by synapse as scipy does it, and are the same, bit for bit.
The others agree with those to rounding; no result depends on the number of threads.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from neurosim.engine.kernel import inlined, kernel
from neurosim.engine.vectors import (
    Lanes,
    add,
    at,
    filled,
    fused,
    lane_count,
    load,
    load_at,
    multiply,
    multiply_add,
    store,
    total,
)

Array = npt.NDArray[Any]


@kernel
def bring_panel_in_order(
    starts: Array, places: Array, weights: Array, rates: Array, sums: Array, first: int, last: int
) -> None:
    """For one trial: add what the synapses of a panel bring to targets `first` to `last`, as scipy adds it up.

    Each target's terms are added one after the other, panel by panel; four targets take turns, so that no
    addition has to wait for the one before.

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
    first, last : int
    """
    for target in range(first, last - 3, 4):
        i, j, k, m = starts[target], starts[target + 1], starts[target + 2], starts[target + 3]
        ends = j, k, m, starts[target + 4]
        a, b, c, d = sums[target], sums[target + 1], sums[target + 2], sums[target + 3]
        for _ in range(min(min(ends[0] - i, ends[1] - j), min(ends[2] - k, ends[3] - m))):
            a += weights[i] * rates[places[i]]
            b += weights[j] * rates[places[j]]
            c += weights[k] * rates[places[k]]
            d += weights[m] * rates[places[m]]
            i, j, k, m = i + 1, j + 1, k + 1, m + 1
        sums[target] = _rest(places, weights, rates, i, ends[0], a)
        sums[target + 1] = _rest(places, weights, rates, j, ends[1], b)
        sums[target + 2] = _rest(places, weights, rates, k, ends[2], c)
        sums[target + 3] = _rest(places, weights, rates, m, ends[3], d)
    for target in range(last - (last - first) % 4, last):
        sums[target] = _rest(places, weights, rates, starts[target], starts[target + 1], sums[target])


@kernel
def bring_panel(
    lanes: Lanes, starts: Array, places: Array, weights: Array, rates: Array, sums: Array, first: int, last: int
) -> None:
    """The same as `bring_panel_in_order`, but many sums for each target take turns: twice as fast."""
    width = lane_count(lanes)
    for target in range(first, last):
        i, end = at(starts, target), at(starts, target + 1)
        a = b = filled(lanes, weights, 0.0)
        while i + 2 * width <= end:
            a = multiply_add(load(lanes, weights, i), load_at(lanes, rates, places, i), a)
            b = multiply_add(load(lanes, weights, i + width), load_at(lanes, rates, places, i + width), b)
            i += 2 * width
        brought = total(add(a, b))
        while i < end:
            brought = fused(at(weights, i), at(rates, at(places, i)), brought)
            i += 1
        sums[target] += brought


@kernel
def count_by_panel(starts: Array, columns: Array, width: int, first: int, last: int, counts: Array) -> None:
    """How many synapses targets `first` to `last` have in each panel, added to `counts`, shape (panels, targets)."""
    for target in range(first, last):
        for k in range(starts[target], starts[target + 1]):
            counts[at(columns, k) // width, target] += 1


@kernel
def sort_by_panel(
    starts: Array,
    columns: Array,
    weights: Array,
    width: int,
    first: int,
    last: int,
    begins: Array,
    ends: Array,
    places: Array,
    sorted_weights: Array,
) -> None:
    """Write what synapses of targets `first` to `last` read, and their weights, panel by panel.

    Parameters
    ----------
    starts, columns, weights : arrays
        Of the block, target by target.
    width : int
        Presynaptic neurons of a panel.
    first, last : int
    begins : int array, shape (panels, targets + 1)
        Where the synapses of each target begin in each panel.
    ends : int array, one per panel
        For the kernel to work with: up to where those of a target have been written.
    places, sorted_weights : arrays, one per synapse
        Written to.
    """
    for target in range(first, last):
        for panel in range(len(ends)):
            ends[panel] = begins[panel, target]
        panel, place = 0, ends[0]
        for k in range(starts[target], starts[target + 1]):
            column = at(columns, k) - panel * width
            if not 0 <= column < width:  # seldom, where neurons are read in order
                ends[panel] = place
                panel += column // width
                place = ends[panel]
                column = at(columns, k) - panel * width
            places[place] = column
            sorted_weights[place] = at(weights, k)
            place += 1


@inlined
def _rest(places: Array, weights: Array, rates: Array, first: int, last: int, total: Any) -> Any:
    """A sum, and what synapses `first` to `last` add to it."""
    for k in range(first, last):
        total += weights[k] * rates[places[k]]
    return total


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
    """For many trials side by side, no fewer than there are lanes: what their synapses bring.

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
