"""Learning for compiled kernels: from samples to gradients, from gradients to new weights, and whole epochs."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from neurosim.engine.kernel import kernel
from neurosim.engine.plan import Gradient, Slopes, Tile, Values, Wires
from neurosim.engine.tile_kernels import backward_tile, forward_tile, set_zero, show_stimulus
from neurosim.engine.vectors import Lanes
from neurosim.plasticity.loss_kernels import Measure, judge_tile
from neurosim.plasticity.optimizer_kernels import Memory, Steps, change_parameters

Array = npt.NDArray[Any]

AT_ONCE = 2048


class Lesson(NamedTuple):
    """Samples as kernels read them.

    Attributes
    ----------
    stimulus : float array, shape (samples, inputs)
    targets : float array, shape (samples, outputs)
    classes : int array, shape (samples,), or empty
    distances : bool
        Whether the squared distance from the targets is a measure.
    """

    stimulus: Array
    targets: Array
    classes: Array
    distances: bool


class Slots(NamedTuple):
    """Which parameter of the vector that is learnt stands in which place; -1 for those that are frozen.

    Attributes
    ----------
    weights : int array, one per synapse
        Empty where the first parameters are all the weights, one by one.
    in_matrix : int array, one per dense synapse
        Their places among the matrices; empty where they are all there is, in order.
    thresholds : int array, one per row
    """

    weights: Array
    in_matrix: Array
    thresholds: Array


class Learner(NamedTuple):
    """What stays the same from batch to batch.

    Attributes
    ----------
    wires, values, slopes, measure, slots
    gemm : int
        Where the BLAS has its matrix product.
    unrounded : bool
        As in `forward_tile`.
    weights : int
        How many parameters are weights.
    lower, upper : float arrays, one per parameter, or empty
        What receptors allow.
    parameters : float array
    """

    wires: Wires
    values: Values
    slopes: Slopes
    measure: Measure
    slots: Slots
    gemm: int
    unrounded: bool
    weights: int
    lower: Array
    upper: Array
    parameters: Array


class Update(NamedTuple):
    """How a gradient becomes a step.

    Attributes
    ----------
    steps : Steps
    memory : Memory
    decay : float
        Strength of a penalty on weights.
    clip : float
        A gradient longer than this is shortened to it; 0 for no such limit.
    """

    steps: Steps
    memory: Memory
    decay: float
    clip: float


@kernel
def study(
    lanes: Lanes,
    width: int,
    learner: Learner,
    lesson: Lesson,
    order: Array,
    first: int,
    last: int,
    samples: int,
    learn: bool,
    tile: Tile,
    gradient: Gradient,
    sums: Array,
    rates: Array,
    by_input: Array,
) -> bool:
    """Samples `order[first:last]` forwards and, to learn, backwards, tile by tile.

    Parameters
    ----------
    lanes, width
        As in `forward_tile`.
    learner : Learner
    lesson : Lesson
    order, first, last
    samples : int
        How many the mean is over.
    learn : bool
    tile : Tile
    gradient : Gradient
        Added to.
    sums : float array, (loss, squared error, right answers)
        Added to.
    rates : float array, shape (all samples, outputs), or (0, 0) if not wanted
    by_input : float array, shape (all samples, inputs), or (0, 0) if not wanted
        The gradient by the stimulus.

    Returns
    -------
    bool
        Whether all rates were finite.
    """
    wires, fine = learner.wires, True
    for start in range(first, last, width):
        stop = min(start + width, last)
        show_stimulus(width, wires, lesson.stimulus, order, start, stop, tile)
        fine &= forward_tile(lanes, width, wires, learner.values, learner.unrounded, learner.gemm, tile)
        judge_tile(
            learner.measure,
            width,
            wires,
            lesson.targets,
            lesson.classes,
            lesson.distances,
            order,
            start,
            stop,
            samples,
            tile,
            sums,
        )
        if rates.size:
            for column in range(stop - start):
                for i in range(len(wires.outputs)):
                    rates[order[start + column], i] = tile.rates[wires.outputs[i] * width + column]
        if learn:
            backward_tile(lanes, width, wires, learner.slopes, learner.values, learner.gemm, tile, gradient)
        if by_input.size:
            for column in range(stop - start):
                for i in range(len(wires.inputs)):
                    place = wires.compartment[wires.inputs[i]] * width + column
                    by_input[order[start + column], i] = tile.drives[place]
    return fine


@kernel
def clear(gradient: Gradient) -> None:
    """Set every gradient to 0."""
    set_zero(gradient.sparse)
    set_zero(gradient.matrices)
    set_zero(gradient.thresholds)


@kernel
def add_groups(groups: Array, count: int, which: Array, first: int, last: int, total: Array) -> None:
    """Entries `first` to `last` of a gradient, summed over groups of samples in their order.

    Parameters
    ----------
    groups : float array, shape (groups, entries)
    count : int
        How many of the groups.
    which : int array, or empty
        Which entries of the groups stand in the total; all of them, in order, if it is empty.
    first, last : int
    total : float array
        Written to.
    """
    for start in range(first, last, AT_ONCE):  # so few that the total stays in the cache
        stop = min(start + AT_ONCE, last)
        for group in range(count):
            mine = groups[group]
            for i in range(start, stop):
                value = mine[which[i]] if len(which) else mine[i]
                total[i] = value if group == 0 else total[i] + value


@kernel
def share(slots: Array, values: Array, total: Array) -> None:
    """Add to each parameter what is said of all its places."""
    for place in range(len(slots)):
        if slots[place] >= 0:
            total[slots[place]] += values[place]


@kernel
def collect(groups: Gradient, count: int, slots: Slots, weights: int, room: Gradient, total: Array) -> None:
    """The gradient by every parameter, all at once.

    Parameters
    ----------
    groups : Gradient
        Each array with an axis for the groups.
    count : int
    slots : Slots
    weights : int
        How many parameters are weights.
    room : Gradient
        To work on.
    total : float array, one per parameter
    """
    n_sparse, nothing = len(room.sparse), slots.in_matrix[:0]
    add_groups(groups.sparse, count, nothing, 0, n_sparse, room.sparse)
    add_groups(groups.matrices, count, slots.in_matrix, 0, len(room.matrices), room.matrices)
    add_groups(groups.thresholds, count, nothing, 0, len(room.thresholds), room.thresholds)
    spread(slots, weights, room, total)


@kernel
def spread(slots: Slots, weights: int, room: Gradient, total: Array) -> None:
    """From gradients by place to gradients by parameter."""
    n_sparse = len(room.sparse)
    if len(slots.weights):
        set_zero(total)
        share(slots.weights[:n_sparse], room.sparse, total)
        share(slots.weights[n_sparse:], room.matrices, total)
    else:
        set_zero(total[weights:])
        for i in range(n_sparse):
            total[i] = room.sparse[i]
        for i in range(len(room.matrices)):
            total[n_sparse + i] = room.matrices[i]
    share(slots.thresholds, room.thresholds, total)


@kernel
def shorten(gradient: Array, most: float) -> None:
    """Shorten a gradient whose Euclidean norm is larger than `most`, in place."""
    largest = 0.0
    for i in range(len(gradient)):
        largest = max(largest, abs(gradient[i]))
    if not 0 < largest < np.inf:
        return
    squares = 0.0
    for i in range(len(gradient)):  # of numbers up to 1, so that no square overflows
        squares += (np.float64(gradient[i]) / largest) ** 2
    norm = largest * np.sqrt(squares)
    if norm > most:
        for i in range(len(gradient)):
            gradient[i] *= most / norm


@kernel
def write_weights(slots: Slots, values: Values, parameters: Array, first: int, last: int) -> None:
    """Put the parameters that are weights where they are read backwards, from place `first` to `last`."""
    n_sparse = len(values.backwards)
    for place in range(first, min(last, n_sparse)):
        slot = slots.weights[place] if len(slots.weights) else place
        if slot >= 0:
            values.backwards[place] = parameters[slot]
    for place in range(max(first, n_sparse), last):
        slot = slots.weights[place] if len(slots.weights) else place
        if slot >= 0:
            in_matrix = slots.in_matrix[place - n_sparse] if len(slots.in_matrix) else place - n_sparse
            values.matrices[in_matrix] = parameters[slot]


@kernel
def write_thresholds(slots: Slots, values: Values, parameters: Array) -> None:
    """Put the other parameters where they are read."""
    for row in range(len(slots.thresholds)):
        slot = slots.thresholds[row]
        if slot >= 0:
            values.thresholds[row] = parameters[slot]


@kernel
def turn_round(in_place: Array, values: Values, first: int, last: int) -> None:
    """From how weights are read backwards to how they are read forwards, for places `first` to `last` of these."""
    forwards, backwards = values.forwards, values.backwards
    for i in range(first, last):
        forwards[i] = backwards[in_place[i]]


@kernel
def learn_in_one_go(
    lanes: Lanes,
    width: int,
    learner: Learner,
    lesson: Lesson,
    order: Array,
    batch_size: int,
    bounds: Array,
    update: Update,
    taken: int,
    tile: Tile,
    groups: Gradient,
    room: Gradient,
    total: Array,
    sums: Array,
) -> int:
    """One epoch on one thread; to the last bit what it would be on several.

    Parameters
    ----------
    lanes, width, learner, lesson
        As in `study`.
    order : int array
        The samples in the order in which they are looked at.
    batch_size : int
    bounds : int array, shape (groups + 1,)
        Where in a whole batch each group of samples begins and ends.
    update : Update
    taken : int
        How many steps there were before.
    tile : Tile
    groups : Gradient
        Each array with an axis more, for the groups.
    room : Gradient
        To work on: without the groups, and with dense synapses as they stand among the parameters.
    total : float array, one per parameter
        To work on.
    sums : float array, (loss times samples, squared error, right answers)
        Added to.

    Returns
    -------
    int
        How many batches were learnt: all, or those before the first in which a number was not finite.
    """
    nothing = np.empty((0, 0), total.dtype)
    for batch in range((len(order) + batch_size - 1) // batch_size):
        start, stop = batch * batch_size, min((batch + 1) * batch_size, len(order))
        fine, count, met = True, 0, np.zeros(3)
        while count < len(bounds) - 1 and start + bounds[count] < stop:
            mine = Gradient(groups.sparse[count], groups.matrices[count], groups.thresholds[count])
            clear(mine)
            first, last = start + bounds[count], min(start + bounds[count + 1], stop)
            of_group = np.zeros(3)
            fine &= study(
                lanes,
                width,
                learner,
                lesson,
                order,
                first,
                last,
                stop - start,
                True,
                tile,
                mine,
                of_group,
                nothing,
                nothing,
            )
            for i in range(3):
                met[i] += of_group[i]
            count += 1
        if not fine or not np.isfinite(met[0]):
            return batch
        for i in range(3):
            sums[i] += met[i]
        collect(groups, count, learner.slots, learner.weights, room, total)
        if update.clip > 0:
            shorten(total, update.clip)
        change_parameters(
            update.steps,
            taken + batch + 1,
            total,
            learner.weights,
            update.decay,
            learner.lower,
            learner.upper,
            0,
            len(total),
            update.memory,
            learner.parameters,
        )
        values = learner.values
        write_weights(learner.slots, values, learner.parameters, 0, len(room.sparse) + len(room.matrices))
        write_thresholds(learner.slots, values, learner.parameters)
        turn_round(learner.wires.in_place, values, 0, len(values.forwards))
    return batch + 1
