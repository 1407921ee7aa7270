"""Learning for compiled kernels: from samples to gradients, from gradients to new weights, and whole epochs."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from neurosim.engine.kernel import inlined, kernel
from neurosim.engine.plan import Gradient, Slopes, Tile, Values, Wires
from neurosim.engine.team_kernels import Team, is_called_off, meet, share_of
from neurosim.engine.tile_kernels import all_finite, backward_tile, forward_tile, read_rates, set_zero, show_stimulus
from neurosim.engine.vectors import Lanes
from neurosim.plasticity.loss_kernels import Measure, judge_tile, on_drives
from neurosim.plasticity.optimizer_kernels import Memory, Steps, change_parameters

Array = npt.NDArray[Any]

IN_CACHE = 2048  # gradients that stay in the cache next to the core from their sum to the step


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
    in_place : bool
        Whether the weights of `values`, as they are read backwards, are those of `parameters` themselves.
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
    in_place: bool


class Update(NamedTuple):
    """How a gradient becomes a step.

    Attributes
    ----------
    steps : Steps
    rates : float array, one per epoch
        What the learning rate of `steps` is in each.
    memory : Memory
    decay : float
        Strength of a penalty on weights.
    clip : float
        A gradient longer than this is shortened to it; 0 for no such limit.
    """

    steps: Steps
    rates: Array
    memory: Memory
    decay: float
    clip: float


class Desk(NamedTuple):
    """Room that a team shares while it learns.

    Attributes
    ----------
    groups : Gradient
        Each array with an axis more, for the groups of samples.
    together : bool
        Whether all members work on one group at a time, and on one tile; or each on groups of its own.
    met : float array, shape (groups, 3)
        Of each group: loss, squared error, right answers.
    odd : int array, shape (members,)
        Whether a member has met a number that is not finite.
    by_place : Gradient
        Without the groups, and with dense synapses as they stand among the parameters.
    total : float array, one per parameter
    """

    groups: Gradient
    together: bool
    met: Array
    odd: Array
    by_place: Gradient
    total: Array


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
    team: Team,
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
    team : Team
        All of whom call this, with the same tile.
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
        Whether all rates that this member computed were finite.
    """
    wires, fine = learner.wires, True
    drives_count = on_drives(learner.measure)
    slopes_too = learn and not drives_count
    for start in range(first, last, width):
        stop = min(start + width, last)
        show_stimulus(width, wires, lesson.stimulus, order, start, stop, team, tile)
        meet(team)
        fine &= forward_tile(
            lanes, width, wires, learner.values, learner.unrounded, slopes_too, learner.gemm, team, tile
        )
        if team.member == 0:
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
        meet(team)
        if rates.size:
            read_rates(width, wires.outputs, order, start, stop, tile.rates, rates)
        if learn:
            to_inputs = by_input.size > 0
            backward_tile(
                lanes,
                width,
                wires,
                learner.slopes,
                learner.values,
                drives_count,
                learner.gemm,
                to_inputs,
                team,
                tile,
                gradient,
            )
        if by_input.size:
            for column in range(stop - start):
                for i in range(len(wires.inputs)):
                    place = wires.compartment[wires.inputs[i]] * width + column
                    by_input[order[start + column], i] = tile.drives[place]
    return fine


@kernel
def clear(gradient: Gradient, team: Team) -> None:
    """Set every gradient to 0, each member of the team its share."""
    for each in gradient:
        first, last = share_of(team, len(each))
        set_zero(each[first:last])


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
    total : float array, one for each of these entries
        Written to.
    """
    for start in range(first, last, IN_CACHE):  # so few that the total stays in the cache
        stop = min(start + IN_CACHE, last)
        for group in range(count):
            mine = groups[group]
            for i in range(start, stop):
                value, place = mine[which[i]] if len(which) else mine[i], i - first
                total[place] = value if group == 0 else total[place] + value


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
def write_parameters(learner: Learner, places: int, team: Team) -> None:
    """Put the parameters where they are read, each member of the team its share; `places` counts the synapses."""
    slots, values, parameters = learner.slots, learner.values, learner.parameters
    if not learner.in_place:
        first, last = share_of(team, places)
        _write_weights(slots, values, parameters, first, last)
        meet(team)
    if team.member == 0:
        for row in range(len(slots.thresholds)):
            slot = slots.thresholds[row]
            if slot >= 0:
                values.thresholds[row] = parameters[slot]
    first, last = share_of(team, len(values.forwards))
    for i in range(first, last):
        values.forwards[i] = values.backwards[learner.wires.in_place[i]]


@inlined
def _write_weights(slots: Slots, values: Values, parameters: Array, first: int, last: int) -> None:
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


@inlined
def _step_where_gradients_lie(
    groups: Array, count: int, offset: int, learner: Learner, update: Update, taken: int, team: Team, total: Array
) -> None:
    """Sum the gradients of places that have a parameter each, in order from `offset` on, and take the step."""
    first, last = share_of(team, groups.shape[1])
    for start in range(first, last, IN_CACHE):  # so few that they stay in the cache from one to the other
        stop = min(start + IN_CACHE, last)
        if count == 1:
            gradient = groups[0, start:stop]
        else:
            gradient = total[offset + first : offset + first + stop - start]
            add_groups(groups, count, learner.slots.in_matrix[:0], start, stop, gradient)
        _change(learner, update, taken, offset + start, offset + stop, gradient)


@inlined
def _change(learner: Learner, update: Update, taken: int, first: int, last: int, gradient: Array) -> None:
    change_parameters(
        update.steps,
        taken,
        gradient,
        learner.weights,
        update.decay,
        learner.lower,
        learner.upper,
        first,
        last,
        update.memory,
        learner.parameters,
    )


@kernel
def _step(learner: Learner, update: Update, taken: int, team: Team, count: int, desk: Desk) -> None:
    """From the gradients of groups of samples to new parameters, in the places where they are read."""
    groups, room, total = desk.groups, desk.by_place, desk.total
    slots, alone = learner.slots, team.member == 0
    one_by_one = len(slots.weights) == 0 and len(slots.in_matrix) == 0 and update.clip == 0
    if one_by_one:
        _step_where_gradients_lie(groups.sparse, count, 0, learner, update, taken, team, total)
        _step_where_gradients_lie(groups.matrices, count, len(room.sparse), learner, update, taken, team, total)
        if alone:
            set_zero(total[learner.weights :])
            add_groups(groups.thresholds, count, slots.in_matrix[:0], 0, len(room.thresholds), room.thresholds)
            share(slots.thresholds, room.thresholds, total)
            _change(learner, update, taken, learner.weights, len(total), total[learner.weights :])
    else:
        for each, which, summed in (
            (groups.sparse, slots.in_matrix[:0], room.sparse),
            (groups.matrices, slots.in_matrix, room.matrices),
            (groups.thresholds, slots.in_matrix[:0], room.thresholds),
        ):
            first, last = share_of(team, len(summed))
            add_groups(each, count, which, first, last, summed[first:last])
        meet(team)
        if alone:
            spread(slots, learner.weights, room, total)
            if update.clip > 0:
                shorten(total, update.clip)
        meet(team)
        first, last = share_of(team, len(total))
        _change(learner, update, taken, first, last, total[first:last])
    meet(team)
    write_parameters(learner, len(room.sparse) + len(room.matrices), team)
    meet(team)


@kernel
def learn(
    lanes: Lanes,
    width: int,
    learner: Learner,
    lesson: Lesson,
    orders: Array,
    batch_size: int,
    bounds: Array,
    update: Update,
    taken: int,
    team: Team,
    tile: Tile,
    desk: Desk,
    good: Array,
    sums: Array,
) -> tuple[int, int]:
    """Some epochs, by a team of threads: to the last bit the same for any number of them.

    Parameters
    ----------
    lanes, width, learner, lesson
        As in `study`.
    orders : int array, shape (epochs, samples)
        The samples in the order in which they are looked at.
    batch_size : int
    bounds : int array, shape (groups + 1,)
        Where in a whole batch each group of samples begins and ends.
    update : Update
    taken : int
        How many steps there were before.
    team : Team
    tile : Tile
        The team's, or this member's own. The rest they share.
    desk : Desk
    good : float array, one per parameter
        Where the parameters after the last good epoch are kept.
    sums : float array, shape (epochs, 3)
        Loss times samples, squared error, right answers; added to by the first member.

    Returns
    -------
    epochs : int
        How many went well: all, or those before a number was not finite.
    batches : int
        How many in the one that did not: fewer than there are if the samples of the next gave such a number, all if
        the parameters at the end are not finite.
    """
    n_samples = orders.shape[1]
    batches = (n_samples + batch_size - 1) // batch_size
    for epoch in range(len(orders)):
        rate, steps = update.rates[epoch], update.steps
        steps = Steps(steps.code, rate, steps.keep, steps.keep_square, steps.epsilon, steps.weight_decay)
        now = Update(steps, update.rates, update.memory, update.decay, update.clip)
        for batch in range(batches):
            start, stop = batch * batch_size, min((batch + 1) * batch_size, n_samples)
            count = _study_groups(lanes, width, learner, lesson, orders[epoch], start, stop, bounds, team, tile, desk)
            meet(team)
            loss = 0.0
            for group in range(count):
                loss += desk.met[group, 0]
            if np.any(desk.odd[: team.members]) or not np.isfinite(loss) or is_called_off(team):
                return epoch, batch
            if team.member == 0:
                for group in range(count):
                    for i in range(3):
                        sums[epoch, i] += desk.met[group, i]
            _step(learner, now, taken + epoch * batches + batch + 1, team, count, desk)
        first, last = share_of(team, len(good))
        desk.odd[team.member] = not all_finite(lanes, learner.parameters[first:last])
        meet(team)
        if np.any(desk.odd[: team.members]):
            return epoch, batches
        for i in range(first, last):
            good[i] = learner.parameters[i]
        meet(team)  # before somebody says something else about the next batch
    return len(orders), 0


@inlined
def _study_groups(
    lanes: Lanes,
    width: int,
    learner: Learner,
    lesson: Lesson,
    order: Array,
    start: int,
    stop: int,
    bounds: Array,
    team: Team,
    tile: Tile,
    desk: Desk,
) -> int:
    """A member's share of a batch; returns how many groups of samples the whole batch has."""
    nothing = desk.groups.sparse[:0]
    count = 0
    while count < len(bounds) - 1 and start + bounds[count] < stop:
        count += 1
    crew = team if desk.together else Team(0, 1, team.signals, team.give_way)
    before = 0 if desk.together else team.member
    fine = True
    for group in range(before, count, 1 if desk.together else team.members):
        sparse, matrices, thresholds = desk.groups
        mine, met = Gradient(sparse[group], matrices[group], thresholds[group]), desk.met[group]
        clear(mine, crew)
        if crew.member == 0:
            set_zero(met)
        first, last = start + bounds[group], min(start + bounds[group + 1], stop)
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
            crew,
            tile,
            mine,
            met,
            nothing,
            nothing,
        )
    desk.odd[team.member] = not fine
    return count
