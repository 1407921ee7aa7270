"""Many lesions of one network at once, for compiled kernels: only what they change is computed.

A few samples go through the intact network first, one in each lane of a vector (`_settle`). Then every lane is
one of these samples with one lesion (`_spread`). What is lost changes what others do, in the order of
computation: a neuron that hears of no change is left alone, and of the synapses of one that does, only those
count whose presynaptic neuron does something else than before in some lane. A lesion of neurons that are silent
in a sample anyway is not computed at all.

Lanes may hold many lesions of one sample or many samples of one lesion. The first is quicker where most neurons
are silent in a sample, whatever is lost; the second where a lesion reaches few neurons. Both are tried on a few
lanes, and the one with fewer synapses to sum is taken. It makes no difference to any result: a lane's sums run
over the same synapses in the same order, but for some whose change is 0.

A change of a drive is the sum of weight times change of rate. Where that cancels nearly all of a drive, the
drive is summed afresh from the rates that are left, because a small difference of large numbers would keep few
of its digits; a binary neuron's is summed exactly wherever rounding could decide (see `neurosim.engine.ties`).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from neurosim.engine.curve_kernels import rates_from_drives
from neurosim.engine.exact_kernels import add_product, as_drive, exact_sum, rounding
from neurosim.engine.kernel import allocating, inlined, kernel
from neurosim.engine.plan import MODE_CODES
from neurosim.engine.tile_kernels import turn
from neurosim.engine.vectors import (
    Lanes,
    add,
    any_within,
    at,
    filled,
    lane_count,
    larger,
    load,
    load_at,
    magnitude,
    multiply_add,
    store,
    subtract,
    total,
    where_equal,
)

Array = npt.NDArray[Any]

BINARY, MAXOUT, SENSORY = MODE_CODES["binary"], MODE_CODES["maxout"], MODE_CODES["sensory"]

LITTLE = 2.0**-12  # of the size of a sum: if no more than this is left of it, it is summed afresh
GROUP = 256  # lesions whose lanes are filled alike
PER_NEURON = 16  # the effort for a neuron that hears of a change, in synapses
AT_ONCE = 8  # neurons of a stage whose drives become rates together
NOBODY = -1  # the end of a list
ALL_SAMPLES, ONE_SAMPLE, MIXED = 0, 1, 2  # what lanes may hold


class Wiring(NamedTuple):
    """A network as these kernels read it: rows in the order of computation, and the compartments that synapses feed.

    Attributes
    ----------
    first, last, code, constant : arrays, one per stage
        Its rows, the code of its mode, and the one number that the mode has.
    compartment : int array, one more than there are rows
        Where the compartments of each row begin.
    in_start : int array, one more than there are compartments
    in_source, in_weight : arrays, one per synapse
        The rows that feed each compartment, ascending, and by which weights.
    in_group : int array, one per compartment
        The group of rows (one region within one stage) that all its synapses come from; -1 where there are several.
    group_of, group_size : int arrays, one per row and one per group
    out_start : int array, one more than there are rows
    out_row : int array, one per synapse
        The rows that each row feeds.
    thresholds : float array, one per row
    reach : float array, one per compartment
        The sum of abs(weight).
    inputs, outputs : int arrays
        Rows.
    seen_at : int array, one per output
        The compartment that has its drive; -1 where that is its rate, as in maxout and sensory neurons.
    output_of : int array, one per row
        Which output it is, or -1.
    """

    first: Array
    last: Array
    code: Array
    constant: Array
    compartment: Array
    in_start: Array
    in_source: Array
    in_weight: Array
    in_group: Array
    group_of: Array
    group_size: Array
    out_start: Array
    out_row: Array
    thresholds: Array
    reach: Array
    inputs: Array
    outputs: Array
    seen_at: Array
    output_of: Array


class Losses(NamedTuple):
    """What each lesion takes away.

    Attributes
    ----------
    start, rows : int arrays
        For each lesion its rows.
    branch_start, branches : int arrays
        And the compartments of maxout neurons that lose all their synapses, and so are no longer there.
    branch_row : int array, one per entry of `branches`
        Whose compartment it is.
    """

    start: Array
    rows: Array
    branch_start: Array
    branches: Array
    branch_row: Array


class Room(NamedTuple):
    """Room for a few samples, and for some of them with a lesion: flat arrays, `lanes` numbers in a row.

    Attributes
    ----------
    rates : float array, rows times lanes
        Of the intact network, a sample in each lane.
    drives, sizes : float arrays, compartments times lanes
        Its drives (of maxout neurons without the threshold); and of each the sum of abs(weight times rate) and of
        abs(threshold).
    largest : float array, lanes
        The largest abs(rate) of each sample, and 1 at least.
    most : float array, 1
        The largest of these.
    pair_lesion, pair_sample : int arrays, GROUP times lanes
        What is to be computed.
    lesion, sample : int arrays, lanes
        Which lesion and which sample each lane is.
    kind : int array, 1
        Whether these are all samples in order, one sample, or mixed.
    now, change : float arrays, rows times lanes
        What a row does with the lesions, and how much that is more than before; valid where it is marked as changed.
    drive, shift, rate : float arrays, AT_ONCE times lanes
        Of the rows in hand: the drives, how far they are from before, and the rates.
    seen : float array, outputs times lanes
        The drives of the outputs, valid where they are marked as shown.
    touched, changed : int arrays, one per row
        1 where it hears of a change; and where it does something else than before.
    changed_in : int array, one per group
        How many of its rows are marked as changed.
    shown : int array, one per output
    marked : int array, one more than there are rows
        How many rows are marked as changed, and which.
    in_hand : int array, AT_ONCE
        The rows in hand.
    source, weight : arrays, one more than the most synapses that a compartment has
        Those that bring a change.
    head, next_entry, column : int arrays
        The entries of `Losses.rows` by row: the first for each row, from each entry the next, and its lane.
    branch_head, next_branch, branch_column : int arrays
        Those of `Losses.branches` by compartment.
    effort : int array, 1
        How many synapses were summed, or what took as long.
    """

    rates: Array
    drives: Array
    sizes: Array
    largest: Array
    most: Array
    pair_lesion: Array
    pair_sample: Array
    lesion: Array
    sample: Array
    kind: Array
    now: Array
    change: Array
    drive: Array
    shift: Array
    rate: Array
    seen: Array
    touched: Array
    changed: Array
    changed_in: Array
    shown: Array
    marked: Array
    in_hand: Array
    source: Array
    weight: Array
    head: Array
    next_entry: Array
    column: Array
    branch_head: Array
    next_branch: Array
    branch_column: Array
    effort: Array


class Found(NamedTuple):
    """What the outputs do, wherever a lesion takes something away that was not silent.

    Attributes
    ----------
    lesion, sample : int arrays
        Which lesion, and which of the samples that went through together.
    rates, drives : float arrays, shape (lesions times lanes, outputs)
    intact_rates, intact_drives : float arrays, shape (lanes, outputs)
        Without a lesion, of each sample.
    """

    lesion: Array
    sample: Array
    rates: Array
    drives: Array
    intact_rates: Array
    intact_drives: Array


@kernel
def sweep_samples(
    lanes: Lanes,
    wiring: Wiring,
    losses: Losses,
    unrounded: bool,
    stimulus: Array,
    order: Array,
    first: int,
    last: int,
    room: Room,
    found: Found,
) -> int:
    """Run samples `order[first:last]` of a stimulus, no more than there are lanes, with every lesion.

    Parameters
    ----------
    lanes : Lanes
    wiring : Wiring
    losses : Losses
    unrounded : bool
        Whether no drive of a binary neuron is rounded, with or without a lesion.
    stimulus : float array, shape (samples, inputs)
    order, first, last
        Which samples.
    room : Room
    found : Found

    Returns
    -------
    int
        How many answers there are in `found`; -1 if some rate is not finite.
    """
    width, samples, lesions = lane_count(lanes), last - first, len(losses.start) - 1
    turn(width, stimulus, order, first, last, 0, width, wiring.inputs, room.rates)
    fine = _settle(lanes, wiring, unrounded, room)
    _read_intact(wiring, width, room, found)
    count = 0
    for group in range(0, lesions, GROUP):
        end = min(group + GROUP, lesions)
        pairs = _pair_up(losses, width, group, end, samples, True, room)
        if pairs > width:
            middle = pairs // 2 // width * width
            sample_by_sample = _try(lanes, wiring, losses, unrounded, middle, pairs, room)
            _pair_up(losses, width, group, end, samples, False, room)
            if sample_by_sample <= _try(lanes, wiring, losses, unrounded, middle, pairs, room):
                _pair_up(losses, width, group, end, samples, True, room)
        for start in range(0, pairs, width):
            columns = _fill(width, start, pairs, room)
            fine &= _spread(lanes, wiring, unrounded, _take_away(losses, columns, room), room)
            count = _read(wiring, width, columns, count, room, found)
            _clear(wiring, room)
    return count if fine else -1


@inlined
def _pair_up(losses: Losses, width: int, first: int, last: int, samples: int, by_sample: bool, room: Room) -> int:
    """List which samples are to be computed with which of some lesions: sample by sample, or lesion by lesion."""
    pairs = 0
    for i in range(samples if by_sample else last - first):
        for j in range(last - first if by_sample else samples):
            lesion, sample = (first + j, i) if by_sample else (first + i, j)
            if _matters(losses, width, lesion, sample, room):
                room.pair_lesion[pairs], room.pair_sample[pairs] = lesion, sample
                pairs += 1
    return pairs


@inlined
def _matters(losses: Losses, width: int, lesion: int, sample: int, room: Room) -> bool:
    """Whether a lesion changes anything in a sample: whether what is lost was not silent, or takes a branch along."""
    if losses.branch_start[lesion] < losses.branch_start[lesion + 1]:
        return True
    for entry in range(losses.start[lesion], losses.start[lesion + 1]):
        if at(room.rates, at(losses.rows, entry) * width + sample) != 0:
            return True
    return False


@inlined
def _try(lanes: Lanes, wiring: Wiring, losses: Losses, unrounded: bool, start: int, pairs: int, room: Room) -> int:
    """The effort that the pairs from `start` on take, as many as there are lanes."""
    room.effort[0] = 0
    columns = _fill(lane_count(lanes), start, pairs, room)
    _spread(lanes, wiring, unrounded, _take_away(losses, columns, room), room)
    _clear(wiring, room)
    return int(room.effort[0])


@inlined
def _fill(width: int, start: int, pairs: int, room: Room) -> int:
    """Put pairs into the lanes; how many there are. What is left over is the last one's sample without a lesion."""
    columns, in_order, equal = min(width, pairs - start), True, True
    for column in range(width):
        pair = start + min(column, columns - 1)
        room.lesion[column], room.sample[column] = room.pair_lesion[pair], room.pair_sample[pair]
        in_order &= room.sample[column] == column
        equal &= room.sample[column] == room.sample[0]
    room.kind[0] = ALL_SAMPLES if in_order else ONE_SAMPLE if equal else MIXED
    return columns


# --- The intact network --------------------------------------------------------------------------


@inlined
def _settle(lanes: Lanes, wiring: Wiring, unrounded: bool, room: Room) -> bool:
    """Compute the intact network for as many samples as there are lanes, whose stimulus stands in the rates."""
    width, odd = lane_count(lanes), filled(lanes, room.rates, 0.0)
    for sample in range(width):
        room.largest[sample] = 1
    for stage in range(len(wiring.code)):
        code = wiring.code[stage]
        for row in range(wiring.first[stage], wiring.last[stage]):
            if code == MAXOUT:
                _settle_branches(lanes, wiring, row, room)
            elif code != SENSORY:
                _settle_drive(lanes, wiring, row, code == BINARY and not unrounded, room)
            if code != SENSORY:
                answers = room.rates[row * width : (row + 1) * width]
                rates_from_drives(code, wiring.constant[stage], room.drive[:width], answers)
            rate = load(lanes, room.rates, row * width)
            odd = add(odd, subtract(rate, rate))  # 0, or NaN
            store(room.largest, 0, larger(magnitude(rate), load(lanes, room.largest, 0)))
    room.most[0] = 1
    for sample in range(width):
        room.most[0] = max(room.most[0], np.float64(room.largest[sample]))
    return bool(total(odd) == 0)


@inlined
def _settle_drive(lanes: Lanes, wiring: Wiring, row: int, to_decide: bool, room: Room) -> None:
    """Work out what a neuron's dendrites bring less its threshold, and leave it in `room.drive`, too."""
    width, compartment = lane_count(lanes), wiring.compartment[row]
    _sum_all(lanes, wiring, compartment, -wiring.thresholds[row], room)
    place = compartment * width
    if to_decide:
        slack, least = rounding(wiring.in_start[compartment + 1] - wiring.in_start[compartment], room.drives)
        for column in range(width):
            if not _is_certain(room.drives[place + column], slack * np.float64(room.sizes[place + column]) + least):
                room.drives[place + column] = _exactly_intact(width, wiring, row, column, room)
    store(room.drive, 0, load(lanes, room.drives, place))


@inlined
def _settle_branches(lanes: Lanes, wiring: Wiring, row: int, room: Room) -> None:
    """The same for a maxout neuron, whose compartments are kept without the threshold."""
    width, strongest = lane_count(lanes), filled(lanes, room.drive, -np.inf)
    for compartment in range(wiring.compartment[row], wiring.compartment[row + 1]):
        _sum_all(lanes, wiring, compartment, room.drive.dtype.type(0), room)
        strongest = larger(load(lanes, room.drives, compartment * width), strongest)
    store(room.drive, 0, subtract(strongest, filled(lanes, room.drive, wiring.thresholds[row])))


@inlined
def _sum_all(lanes: Lanes, wiring: Wiring, compartment: int, start: Any, room: Room) -> None:
    """Sum what all synapses of a compartment bring on top of `start`, and the sizes of all these terms."""
    width = lane_count(lanes)
    drive, size = filled(lanes, room.drives, start), filled(lanes, room.sizes, abs(start))
    for k in range(wiring.in_start[compartment], wiring.in_start[compartment + 1]):
        rate, weight = load(lanes, room.rates, np.int64(at(wiring.in_source, k)) * width), at(wiring.in_weight, k)
        drive = multiply_add(weight, rate, drive)
        size = multiply_add(abs(weight), magnitude(rate), size)
    store(room.drives, compartment * width, drive)
    store(room.sizes, compartment * width, size)


@allocating
def _exactly_intact(width: int, wiring: Wiring, row: int, column: int, room: Room) -> Any:
    """The exact drive of a neuron in the intact network."""
    drive, compartment = exact_sum(), wiring.compartment[row]
    add_product(drive, np.float64(wiring.thresholds[row]), -1.0)
    for k in range(wiring.in_start[compartment], wiring.in_start[compartment + 1]):
        rate = np.float64(room.rates[np.int64(wiring.in_source[k]) * width + column])
        if not np.isfinite(rate):
            return room.drives[compartment * width + column]  # which is an error of its own
        if rate != 0:
            add_product(drive, np.float64(wiring.in_weight[k]), rate)
    return as_drive(drive, room.drives)


# --- What is lost --------------------------------------------------------------------------------


@inlined
def _take_away(losses: Losses, columns: int, room: Room) -> int:
    """List for each row in which lanes it is lost, and for each compartment where it is gone; the first of these rows.

    All these rows are marked as touched.
    """
    start, entries, gone = len(room.touched), 0, 0
    for column in range(columns):
        lesion = room.lesion[column]
        for i in range(losses.start[lesion], losses.start[lesion + 1]):
            row = losses.rows[i]
            room.next_entry[entries], room.column[entries], room.head[row] = room.head[row], column, entries
            entries += 1
            room.touched[row] = 1
            start = min(start, row)
        for i in range(losses.branch_start[lesion], losses.branch_start[lesion + 1]):
            branch, row = losses.branches[i], losses.branch_row[i]
            room.next_branch[gone], room.branch_column[gone], room.branch_head[branch] = (
                room.branch_head[branch],
                column,
                gone,
            )
            gone += 1
            room.touched[row] = 1
            start = min(start, row)
    return start


# --- How it spreads ------------------------------------------------------------------------------


@inlined
def _spread(lanes: Lanes, wiring: Wiring, unrounded: bool, start: int, room: Room) -> bool:
    """Compute what changes, from the row `start` on; whether all of it is finite."""
    fine = True
    for stage in range(len(wiring.code)):
        code, count = wiring.code[stage], 0
        for row in range(max(start, wiring.first[stage]), wiring.last[stage]):
            if not at(room.touched, row):
                continue
            room.touched[row] = 0
            if code == SENSORY:
                _hold(lanes, count, room)
            elif code == MAXOUT:
                _shift_branches(lanes, wiring, row, count, room)
            else:
                _shift_drive(lanes, wiring, code == BINARY, unrounded, row, count, room)
            room.in_hand[count] = row
            count += 1
            if count == AT_ONCE:
                fine &= _fire(lanes, wiring, code, wiring.constant[stage], count, room)
                count = 0
        if count:
            fine &= _fire(lanes, wiring, code, wiring.constant[stage], count, room)
    return fine


@inlined
def _in_lanes(lanes: Lanes, values: Array, place: int, room: Room) -> Any:
    """What a row or compartment has in the intact network, for the sample of each lane."""
    start, kind = place * lane_count(lanes), room.kind[0]
    if kind == ALL_SAMPLES:
        return load(lanes, values, start)
    if kind == ONE_SAMPLE:
        return filled(lanes, values, values[start + np.int64(room.sample[0])])
    return load_at(lanes, values[start : start + lane_count(lanes)], room.sample, 0)


@inlined
def _hold(lanes: Lanes, place: int, room: Room) -> None:
    """Nothing shifts the drive of a sensory neuron."""
    store(room.drive, place * lane_count(lanes), filled(lanes, room.drive, 0.0))
    store(room.shift, place * lane_count(lanes), filled(lanes, room.drive, 0.0))


@inlined
def _shift_drive(lanes: Lanes, wiring: Wiring, binary: bool, unrounded: bool, row: int, place: int, room: Room) -> None:
    """Work out the drives of a neuron in all lanes."""
    width, compartment = lane_count(lanes), wiring.compartment[row]
    _shift(lanes, wiring, compartment, place, room)
    if not binary:
        _refresh(lanes, wiring, compartment, -wiring.thresholds[row], place, room)
    elif not unrounded:
        slack, least = rounding(2 * (wiring.in_start[compartment + 1] - wiring.in_start[compartment]), room.drive)
        reach, largest = room.drive.dtype.type(wiring.reach[compartment]), _in_lanes(lanes, room.largest, 0, room)
        size = multiply_add(reach, largest, _in_lanes(lanes, room.sizes, compartment, room))
        bound = multiply_add(room.drive.dtype.type(slack), size, filled(lanes, room.drive, least))
        if any_within(load(lanes, room.drive, place * width), bound):
            store(room.rate, place * width, bound)
            for column in range(width):
                here = place * width + column
                if room.shift[here] != 0 and not _is_certain(room.drive[here], room.rate[here]):
                    room.drive[here] = _exactly(width, wiring, row, column, here, room)


@inlined
def _shift(lanes: Lanes, wiring: Wiring, compartment: int, place: int, room: Room) -> None:
    """Work out by how much the drive of a compartment changes, and what it is then."""
    first, last, group = wiring.in_start[compartment], wiring.in_start[compartment + 1], wiring.in_group[compartment]
    if group >= 0 and room.changed_in[group] == wiring.group_size[group]:
        count = last - first
        shift = _sum_changes(lanes, wiring.in_source, wiring.in_weight, first, last, room)
    else:
        count = 0
        for k in range(first, last):
            source = at(wiring.in_source, k)
            room.source[count], room.weight[count] = source, at(wiring.in_weight, k)
            count += at(room.changed, source)  # without a branch, which no machine could foresee
        shift = _sum_changes(lanes, room.source, room.weight, 0, count, room)
    width = lane_count(lanes)
    store(room.shift, place * width, shift)
    store(room.drive, place * width, add(_in_lanes(lanes, room.drives, compartment, room), shift))
    room.effort[0] += count + PER_NEURON


@inlined
def _sum_changes(lanes: Lanes, sources: Array, weights: Array, first: int, last: int, room: Room) -> Any:
    shift = filled(lanes, room.change, 0.0)
    for k in range(first, last):
        change = load(lanes, room.change, np.int64(at(sources, k)) * lane_count(lanes))
        shift = multiply_add(at(weights, k), change, shift)
    return shift


@inlined
def _refresh(lanes: Lanes, wiring: Wiring, compartment: int, start: Any, place: int, room: Room) -> None:
    """Sum those drives afresh of which little is left."""
    width, drives = lane_count(lanes), load(lanes, room.drive, place * lane_count(lanes))
    most = LITTLE * (wiring.reach[compartment] * room.most[0] + abs(np.float64(start)))
    if not any_within(drives, filled(lanes, room.drive, most)):
        return
    for column in range(width):
        here = place * width + column
        size = room.sizes[compartment * width + np.int64(room.sample[column])]
        if room.shift[here] != 0 and not _is_certain(room.drive[here], np.float64(size) * LITTLE):
            room.drive[here] = _afresh(width, wiring, compartment, column, start, room)


@inlined
def _is_certain(drive: Any, bound: float) -> bool:
    return bool(np.isfinite(drive) and abs(np.float64(drive)) > bound)


@inlined
def _afresh(width: int, wiring: Wiring, compartment: int, column: int, start: Any, room: Room) -> Any:
    """What the synapses of a compartment bring, on top of `start`, with the rates as they are now."""
    drive = start
    for k in range(wiring.in_start[compartment], wiring.in_start[compartment + 1]):
        drive += wiring.in_weight[k] * _rate_now(width, np.int64(wiring.in_source[k]), column, room)
    return drive


@inlined
def _rate_now(width: int, row: int, column: int, room: Room) -> Any:
    return room.now[row * width + column] if room.changed[row] else room.rates[row * width + room.sample[column]]


@allocating
def _exactly(width: int, wiring: Wiring, row: int, column: int, here: int, room: Room) -> Any:
    """The exact drive of a neuron with the rates as they are now."""
    drive, compartment = exact_sum(), wiring.compartment[row]
    add_product(drive, np.float64(wiring.thresholds[row]), -1.0)
    for k in range(wiring.in_start[compartment], wiring.in_start[compartment + 1]):
        rate = np.float64(_rate_now(width, np.int64(wiring.in_source[k]), column, room))
        if not np.isfinite(rate):
            return room.drive[here]  # which is an error of its own
        if rate != 0:
            add_product(drive, np.float64(wiring.in_weight[k]), rate)
    return as_drive(drive, room.drive)


@inlined
def _shift_branches(lanes: Lanes, wiring: Wiring, row: int, place: int, room: Room) -> None:
    """Work out the drives of a maxout neuron in all lanes, each from the branches that are still there."""
    first, nothing = place * lane_count(lanes), -np.inf
    strongest = filled(lanes, room.drive, nothing)
    for compartment in range(wiring.compartment[row], wiring.compartment[row + 1]):
        _shift(lanes, wiring, compartment, place, room)
        _refresh(lanes, wiring, compartment, room.drive.dtype.type(0), place, room)
        entry = room.branch_head[compartment]
        while entry != NOBODY:
            room.drive[first + room.branch_column[entry]] = nothing
            entry = room.next_branch[entry]
        room.branch_head[compartment] = NOBODY
        strongest = larger(load(lanes, room.drive, first), strongest)
    drive = subtract(strongest, filled(lanes, room.drive, wiring.thresholds[row]))
    store(room.drive, first, drive)
    store(room.shift, first, subtract(drive, _in_lanes(lanes, room.rates, row, room)))


@inlined
def _fire(lanes: Lanes, wiring: Wiring, code: int, constant: float, count: int, room: Room) -> bool:
    """Turn the drives of the rows in hand into rates, and tell those who hear them; whether all rates are finite."""
    width = lane_count(lanes)
    rates_from_drives(code, constant, room.drive[: count * width], room.rate[: count * width])
    nothing, odd = filled(lanes, room.rate, 0.0), filled(lanes, room.rate, 0.0)
    for place in range(count):
        row = room.in_hand[place]
        before, rate = _in_lanes(lanes, room.rates, row, room), load(lanes, room.rate, place * width)
        now = where_equal(load(lanes, room.shift, place * width), nothing, before, rate)
        change = subtract(now, before)
        store(room.now, row * width, now)
        store(room.change, row * width, change)
        odd = add(odd, subtract(now, now))  # 0, or NaN
        if wiring.output_of[row] >= 0:
            store(room.seen, wiring.output_of[row] * width, load(lanes, room.drive, place * width))
            room.shown[wiring.output_of[row]] = 1
        if room.head[row] != NOBODY:
            _silence(width, row, room)
            change = load(lanes, room.change, row * width)
        if total(magnitude(change)) != 0:
            _tell(wiring, row, room)
    return bool(total(odd) == 0)


@inlined
def _silence(width: int, row: int, room: Room) -> None:
    """Write silence where a row is lost."""
    entry = room.head[row]
    while entry != NOBODY:
        column = room.column[entry]
        place = row * width + column
        room.now[place], room.change[place] = 0, -room.rates[row * width + room.sample[column]]
        entry = room.next_entry[entry]
    room.head[row] = NOBODY


@inlined
def _tell(wiring: Wiring, row: int, room: Room) -> None:
    """Mark a row as changed, and those who hear it as touched."""
    room.changed[row] = 1
    room.changed_in[wiring.group_of[row]] += 1
    room.marked[0] += 1
    room.marked[room.marked[0]] = row
    for k in range(wiring.out_start[row], wiring.out_start[row + 1]):
        room.touched[at(wiring.out_row, k)] = 1


# --- What is seen --------------------------------------------------------------------------------


@inlined
def _read_intact(wiring: Wiring, width: int, room: Room, found: Found) -> None:
    """Write what the outputs of the intact network do."""
    for output in range(len(wiring.outputs)):
        row, compartment = wiring.outputs[output], wiring.seen_at[output]
        for sample in range(width):
            rate = room.rates[row * width + sample]
            drive = room.drives[compartment * width + sample] if compartment >= 0 else rate
            found.intact_rates[sample, output], found.intact_drives[sample, output] = rate, drive


@inlined
def _read(wiring: Wiring, width: int, columns: int, count: int, room: Room, found: Found) -> int:
    """Write what the outputs do in these lanes; how many answers have been found by now."""
    for column in range(columns):
        sample = np.int64(room.sample[column])
        found.lesion[count], found.sample[count] = room.lesion[column], sample
        for output in range(len(wiring.outputs)):
            rate, drive = found.intact_rates[sample, output], found.intact_drives[sample, output]
            row = wiring.outputs[output]
            found.rates[count, output] = room.now[row * width + column] if room.changed[row] else rate
            found.drives[count, output] = room.seen[output * width + column] if room.shown[output] else drive
        count += 1
    return count


@inlined
def _clear(wiring: Wiring, room: Room) -> None:
    """Take the marks away."""
    for i in range(1, room.marked[0] + 1):
        room.changed[room.marked[i]] = 0
        room.changed_in[wiring.group_of[room.marked[i]]] = 0
    room.marked[0] = 0
    for output in range(len(room.shown)):
        room.shown[output] = 0
