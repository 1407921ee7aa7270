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
from neurosim.engine.kernel import allocating, inlined, kernel, pasted
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


class Dendrites(NamedTuple):
    """The synapses onto each compartment.

    Attributes
    ----------
    start : int array, one more than there are compartments
    source, weight : arrays, one per synapse
        The rows that feed each compartment, ascending, and by which weights.
    reach : float array, one per compartment
        The sum of abs(weight).
    group : int array, one per compartment
        The group of rows (one region within one stage) that all its synapses come from; -1 where there are several.
    """

    start: Array
    source: Array
    weight: Array
    reach: Array
    group: Array


class Wiring(NamedTuple):
    """A network as these kernels read it: rows in the order of computation, and the compartments that synapses feed.

    Attributes
    ----------
    first, last, code, constant : arrays, one per stage
        Its rows, the code of its mode, and the one number that the mode has.
    compartment : int array, one more than there are rows
        Where the compartments of each row begin.
    dendrites : Dendrites
    axon_start : int array, one more than there are rows
    axon : int array, one per synapse
        The rows that each row feeds.
    group_of, group_size : int arrays, one per row and one per group
    thresholds : float array, one per row
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
    dendrites: Dendrites
    axon_start: Array
    axon: Array
    group_of: Array
    group_size: Array
    thresholds: Array
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


class Intact(NamedTuple):
    """The intact network for a few samples, one in each lane: flat arrays, `lanes` numbers in a row.

    Attributes
    ----------
    rates : float array, rows times lanes
    drives, sizes : float arrays, compartments times lanes
        The drives (of maxout neurons without the threshold); and of each the sum of abs(weight times rate) and of
        abs(threshold).
    largest : float array, lanes
        The largest abs(rate) of each sample, and 1 at least.
    most : float array, 1
        The largest of these.
    """

    rates: Array
    drives: Array
    sizes: Array
    largest: Array
    most: Array


class Pairs(NamedTuple):
    """Which samples go with which lesions.

    Attributes
    ----------
    lesions, samples : int arrays, GROUP times lanes
        All that is to be computed.
    lesion, sample : int arrays, lanes
        What is in the lanes.
    kind : int array, 1
        Whether the lanes hold all samples in order, one sample, or mixed ones.
    gathered : float array, lanes
        What mixed samples have of something.
    """

    lesions: Array
    samples: Array
    lesion: Array
    sample: Array
    kind: Array
    gathered: Array


class Lists(NamedTuple):
    """In which lanes a row is lost, and in which a compartment is gone: linked lists.

    Attributes
    ----------
    first : int array, one per row
        The first entry; NOBODY if there is none.
    next, lane : int arrays, one per entry
    first_gone : int array, one per compartment
    next_gone, lane_gone : int arrays, one per entry
    """

    first: Array
    next: Array
    lane: Array
    first_gone: Array
    next_gone: Array
    lane_gone: Array


class Changes(NamedTuple):
    """What the lesions in the lanes change.

    Attributes
    ----------
    touched, changed : int arrays, one per row
        1 where it hears of a change; and where it does something else than before.
    changed_in : int array, one per group
        How many of its rows are marked as changed.
    marked : int array, one more than there are rows
        How many rows are marked as changed, and which.
    rates, rise : float arrays, rows times lanes
        What a row does, and how much that is more than before; valid where it is marked as changed.
    shown : int array, one per output
        1 where its drive is below.
    drives : float array, outputs times lanes
    """

    touched: Array
    changed: Array
    changed_in: Array
    marked: Array
    rates: Array
    rise: Array
    shown: Array
    drives: Array


class Hand(NamedTuple):
    """The rows of a stage that are computed together.

    Attributes
    ----------
    rows : int array, AT_ONCE
    drive, shift, rate : float arrays, AT_ONCE times lanes
        Their drives, how far these are from before, and their rates.
    source, weight : arrays, one more than the most synapses that a compartment has
        Those that bring a change.
    effort : int array, 1
        How many synapses were summed, or what took as long.
    """

    rows: Array
    drive: Array
    shift: Array
    rate: Array
    source: Array
    weight: Array
    effort: Array


class Room(NamedTuple):
    """Room for a few samples, and for some of them with a lesion."""

    intact: Intact
    pairs: Pairs
    lists: Lists
    changes: Changes
    hand: Hand


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
    rates, pairs = room.intact.rates, room.pairs
    turn(width, stimulus, order, first, last, 0, width, wiring.inputs, rates)
    fine = _settle(lanes, wiring, unrounded, room.intact, room.changes, room.hand.drive)
    _read_intact(width, wiring.outputs, wiring.seen_at, rates, room.intact.drives, found)
    answers = 0
    for group in range(0, lesions, GROUP):
        end = min(group + GROUP, lesions)
        count = _pair_up(width, losses, group, end, samples, True, rates, pairs)
        if count > width:
            middle = count // 2 // width * width
            sample_by_sample = _try(lanes, wiring, losses, unrounded, middle, count, room)
            _pair_up(width, losses, group, end, samples, False, rates, pairs)
            if sample_by_sample <= _try(lanes, wiring, losses, unrounded, middle, count, room):
                _pair_up(width, losses, group, end, samples, True, rates, pairs)
        for start in range(0, count, width):
            fine &= _lose(lanes, wiring, losses, unrounded, start, count, room)
            answers = _read(width, wiring.outputs, min(width, count - start), answers, pairs, room.changes, found)
            _clear(room.changes, wiring.group_of)
    return answers if fine else -1


@inlined
def _pair_up(
    width: int, losses: Losses, first: int, last: int, samples: int, by_sample: bool, rates: Array, pairs: Pairs
) -> int:
    """List which samples are to be computed with which of some lesions: sample by sample, or lesion by lesion."""
    count = 0
    for i in range(samples if by_sample else last - first):
        for j in range(last - first if by_sample else samples):
            lesion, sample = (first + j, i) if by_sample else (first + i, j)
            if _matters(width, losses, lesion, sample, rates):
                pairs.lesions[count], pairs.samples[count] = lesion, sample
                count += 1
    return count


@pasted
def _matters(width: int, losses: Losses, lesion: int, sample: int, rates: Array) -> bool:
    """Whether a lesion changes anything in a sample: whether what is lost was not silent, or takes a branch along."""
    found = bool(losses.branch_start[lesion] < losses.branch_start[lesion + 1])
    entry = losses.start[lesion]
    while not found and entry < losses.start[lesion + 1]:
        found = bool(at(rates, at(losses.rows, entry) * width + sample) != 0)
        entry += 1
    return found


@inlined
def _try(lanes: Lanes, wiring: Wiring, losses: Losses, unrounded: bool, start: int, count: int, room: Room) -> int:
    """The effort that the pairs from `start` on take, as many as there are lanes."""
    room.hand.effort[0] = 0
    _lose(lanes, wiring, losses, unrounded, start, count, room)
    _clear(room.changes, wiring.group_of)
    return int(room.hand.effort[0])


@inlined
def _lose(lanes: Lanes, wiring: Wiring, losses: Losses, unrounded: bool, start: int, count: int, room: Room) -> bool:
    """Compute what changes with the pairs from `start` on; whether all of it is finite."""
    columns = _fill(lane_count(lanes), start, count, room.pairs)
    row = _take_away(losses, columns, room.pairs.lesion, room.lists, room.changes.touched)
    return _spread(lanes, wiring, unrounded, row, room)


@inlined
def _fill(width: int, start: int, count: int, pairs: Pairs) -> int:
    """Put pairs into the lanes; how many there are. What is left over is the last one's sample without a lesion."""
    columns, in_order, equal = min(width, count - start), True, True
    for column in range(width):
        pair = start + min(column, columns - 1)
        pairs.lesion[column], pairs.sample[column] = pairs.lesions[pair], pairs.samples[pair]
        in_order &= pairs.sample[column] == column
        equal &= pairs.sample[column] == pairs.sample[0]
    pairs.kind[0] = ALL_SAMPLES if in_order else ONE_SAMPLE if equal else MIXED
    return columns


# --- The intact network --------------------------------------------------------------------------


@inlined
def _settle(lanes: Lanes, wiring: Wiring, unrounded: bool, intact: Intact, changes: Changes, drive: Array) -> bool:
    """Compute the intact network for as many samples as there are lanes, whose stimulus stands in the rates.

    Nothing must be marked as changed, and there must be room for the drives of a row in `drive`. Returns whether all
    rates are finite.
    """
    width, odd = lane_count(lanes), filled(lanes, drive, 0.0)
    for sample in range(width):
        intact.largest[sample] = 1
    for stage in range(len(wiring.code)):
        code = wiring.code[stage]
        for row in range(wiring.first[stage], wiring.last[stage]):
            if code != SENSORY:
                _settle_drive(lanes, wiring, code, row, unrounded, intact, changes, drive)
                answers = intact.rates[row * width : (row + 1) * width]
                rates_from_drives(code, wiring.constant[stage], drive[:width], answers)
            rate = load(lanes, intact.rates, row * width)
            odd = add(odd, subtract(rate, rate))  # 0, or NaN
            store(intact.largest, 0, larger(magnitude(rate), load(lanes, intact.largest, 0)))
    intact.most[0] = 1
    for sample in range(width):
        intact.most[0] = max(intact.most[0], np.float64(intact.largest[sample]))
    return bool(total(odd) == 0)


@pasted
def _settle_drive(
    lanes: Lanes,
    wiring: Wiring,
    code: int,
    row: int,
    unrounded: bool,
    intact: Intact,
    changes: Changes,
    drive: Array,
) -> None:
    """Work out the drives of a neuron and of its compartments, which in maxout are without the threshold."""
    width, threshold, dendrites = lane_count(lanes), wiring.thresholds[row], wiring.dendrites
    strongest = filled(lanes, drive, -np.inf)
    for compartment in range(wiring.compartment[row], wiring.compartment[row + 1]):
        start = threshold - threshold if code == MAXOUT else -threshold
        _sum_all(lanes, dendrites, compartment, start, intact)
        if code == BINARY and not unrounded:
            _settle_ties(width, dendrites, compartment, threshold, intact, changes)
        strongest = larger(load(lanes, intact.drives, compartment * width), strongest)
    store(drive, 0, subtract(strongest, filled(lanes, drive, threshold)) if code == MAXOUT else strongest)


@pasted
def _sum_all(lanes: Lanes, dendrites: Dendrites, compartment: int, start: Any, intact: Intact) -> None:
    """Sum what all synapses of a compartment bring on top of `start`, and the sizes of all these terms."""
    width = lane_count(lanes)
    drive, size = filled(lanes, intact.drives, start), filled(lanes, intact.sizes, abs(start))
    for k in range(dendrites.start[compartment], dendrites.start[compartment + 1]):
        rate, weight = load(lanes, intact.rates, np.int64(at(dendrites.source, k)) * width), at(dendrites.weight, k)
        drive = multiply_add(weight, rate, drive)
        size = multiply_add(abs(weight), magnitude(rate), size)
    store(intact.drives, compartment * width, drive)
    store(intact.sizes, compartment * width, size)


@inlined
def _settle_ties(
    width: int, dendrites: Dendrites, compartment: int, threshold: float, intact: Intact, changes: Changes
) -> None:
    """Replace every drive that rounding could have put on the wrong side of zero by the exact one."""
    slack, least = rounding(dendrites.start[compartment + 1] - dendrites.start[compartment], intact.drives)
    for sample in range(width):
        place = compartment * width + sample
        if not _is_certain(intact.drives[place], slack * np.float64(intact.sizes[place]) + least):
            intact.drives[place] = _exactly(
                width, dendrites, compartment, threshold, sample, sample, intact.rates, changes.changed, changes.rates
            )


@pasted
def _is_certain(drive: Any, bound: float) -> bool:
    return bool(np.isfinite(drive) and abs(np.float64(drive)) > bound)


@allocating
def _exactly(
    width: int,
    dendrites: Dendrites,
    compartment: int,
    threshold: float,
    sample: int,
    lane: int,
    intact: Array,
    changed: Array,
    now: Array,
) -> Any:
    """The exact drive of a neuron: for a sample, with the rates that are changed in a lane."""
    drive = exact_sum()
    add_product(drive, np.float64(threshold), -1.0)
    for k in range(dendrites.start[compartment], dendrites.start[compartment + 1]):
        row = np.int64(dendrites.source[k])
        rate = now[row * width + lane] if changed[row] else intact[row * width + sample]
        if rate != 0:
            add_product(drive, np.float64(dendrites.weight[k]), np.float64(rate))
    return as_drive(drive, now)


# --- What is lost --------------------------------------------------------------------------------


@inlined
def _take_away(losses: Losses, columns: int, lesion: Array, lists: Lists, touched: Array) -> int:
    """List for each row in which lanes it is lost, and for each compartment where it is gone; the first of these rows.

    All these rows are marked as touched.
    """
    start, entries, gone = len(touched), 0, 0
    for column in range(columns):
        for i in range(losses.start[lesion[column]], losses.start[lesion[column] + 1]):
            row = losses.rows[i]
            lists.next[entries], lists.lane[entries], lists.first[row] = lists.first[row], column, entries
            entries += 1
            touched[row] = 1
            start = min(start, row)
        for i in range(losses.branch_start[lesion[column]], losses.branch_start[lesion[column] + 1]):
            branch, row = losses.branches[i], losses.branch_row[i]
            lists.next_gone[gone], lists.lane_gone[gone] = lists.first_gone[branch], column
            lists.first_gone[branch] = gone
            gone += 1
            touched[row] = 1
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
            if at(room.changes.touched, row):
                room.changes.touched[row] = 0
                _shift_drive(lanes, wiring, code, unrounded, row, count, room)
                room.hand.rows[count] = row
                count += 1
            if count == AT_ONCE or (count and row == wiring.last[stage] - 1):
                fine &= _fire(lanes, wiring, code, wiring.constant[stage], count, room)
                count = 0
    return fine


@pasted
def _shift_drive(lanes: Lanes, wiring: Wiring, code: int, unrounded: bool, row: int, place: int, room: Room) -> None:
    """Work out the drives of a row in all lanes, and how far they are from those of the intact network."""
    hand, first, threshold = room.hand, place * lane_count(lanes), wiring.thresholds[row]
    if code == SENSORY:  # nothing shifts it
        store(hand.shift, first, filled(lanes, hand.shift, 0.0))
        return
    strongest = filled(lanes, hand.drive, -np.inf)
    for compartment in range(wiring.compartment[row], wiring.compartment[row + 1]):
        _shift(lanes, wiring, compartment, place, room)
        if code != BINARY:
            start = threshold - threshold if code == MAXOUT else -threshold
            _refresh(lanes, wiring.dendrites, compartment, start, place, room)
        elif not unrounded:
            _keep_exact(lanes, wiring.dendrites, compartment, threshold, place, room)
        if code == MAXOUT and room.lists.first_gone[compartment] != NOBODY:
            _leave_out(compartment, first, room.lists, hand.drive)
        strongest = larger(load(lanes, hand.drive, first), strongest)
    if code == MAXOUT:  # whose rate is its drive
        drive = subtract(strongest, filled(lanes, hand.drive, threshold))
        store(hand.drive, first, drive)
        store(hand.shift, first, subtract(drive, _in_lanes(lanes, room.intact.rates, row, room.pairs)))


@pasted
def _shift(lanes: Lanes, wiring: Wiring, compartment: int, place: int, room: Room) -> None:
    """Work out by how much the drive of a compartment changes, and what it is then."""
    dendrites, changes, hand = wiring.dendrites, room.changes, room.hand
    first, last, group = dendrites.start[compartment], dendrites.start[compartment + 1], dendrites.group[compartment]
    if group >= 0 and changes.changed_in[group] == wiring.group_size[group]:
        count = last - first
        shift = _sum_rises(lanes, dendrites.source, dendrites.weight, first, last, changes.rise)
    else:
        count = 0
        for k in range(first, last):
            source = at(dendrites.source, k)
            hand.source[count], hand.weight[count] = source, at(dendrites.weight, k)
            count += at(changes.changed, source)  # without a branch, which no machine could foresee
        shift = _sum_rises(lanes, hand.source, hand.weight, 0, count, changes.rise)
    width = lane_count(lanes)
    store(hand.shift, place * width, shift)
    store(hand.drive, place * width, add(_in_lanes(lanes, room.intact.drives, compartment, room.pairs), shift))
    hand.effort[0] += count + PER_NEURON


@pasted
def _sum_rises(lanes: Lanes, sources: Array, weights: Array, first: int, last: int, rise: Array) -> Any:
    shift = filled(lanes, rise, 0.0)
    for k in range(first, last):
        more = load(lanes, rise, np.int64(at(sources, k)) * lane_count(lanes))
        shift = multiply_add(at(weights, k), more, shift)
    return shift


@pasted
def _in_lanes(lanes: Lanes, values: Array, place: int, pairs: Pairs) -> Any:
    """What a row or compartment has in the intact network, for the sample of each lane."""
    start, kind = place * lane_count(lanes), pairs.kind[0]
    if kind == ONE_SAMPLE:
        found = filled(lanes, values, values[start + pairs.sample[0]])
    else:
        if kind == MIXED:
            _gather(values, start, pairs.sample, pairs.gathered)
        found = load(lanes, pairs.gathered, 0) if kind == MIXED else load(lanes, values, start)
    return found


@inlined
def _gather(values: Array, start: int, places: Array, into: Array) -> None:
    for i in range(len(into)):
        into[i] = values[start + places[i]]


@pasted
def _refresh(lanes: Lanes, dendrites: Dendrites, compartment: int, start: Any, place: int, room: Room) -> None:
    """Sum those drives afresh of which little is left."""
    drives, intact, changes = room.hand.drive, room.intact, room.changes
    most = LITTLE * (dendrites.reach[compartment] * intact.most[0] + abs(np.float64(start)))
    if any_within(load(lanes, drives, place * lane_count(lanes)), filled(lanes, drives, most)):
        _sum_afresh(
            lane_count(lanes),
            dendrites,
            compartment,
            start,
            place,
            room.pairs.sample,
            intact.sizes,
            intact.rates,
            changes.changed,
            changes.rates,
            room.hand.shift,
            drives,
        )


@inlined
def _sum_afresh(
    width: int,
    dendrites: Dendrites,
    compartment: int,
    start: Any,
    place: int,
    sample: Array,
    sizes: Array,
    intact: Array,
    changed: Array,
    now: Array,
    shift: Array,
    drives: Array,
) -> None:
    """Sum what the synapses of a compartment bring, with the rates as they are now, where little is left of it."""
    for lane in range(width):
        here = place * width + lane
        size = np.float64(sizes[compartment * width + sample[lane]])
        if shift[here] != 0 and not _is_certain(drives[here], size * LITTLE):
            drive = start
            for k in range(dendrites.start[compartment], dendrites.start[compartment + 1]):
                row = np.int64(dendrites.source[k])
                rate = now[row * width + lane] if changed[row] else intact[row * width + sample[lane]]
                drive += dendrites.weight[k] * rate
            drives[here] = drive


@pasted
def _keep_exact(lanes: Lanes, dendrites: Dendrites, compartment: int, threshold: float, place: int, room: Room) -> None:
    """Replace drives that rounding could have put on the wrong side of zero by the exact ones."""
    width, hand, intact, changes = lane_count(lanes), room.hand, room.intact, room.changes
    slack, least = rounding(2 * (dendrites.start[compartment + 1] - dendrites.start[compartment]), hand.drive)
    # At most this are the sizes of what came before, and of all changes, which are no larger than the largest rate.
    size = 2 * dendrites.reach[compartment] * intact.most[0] + abs(np.float64(threshold))
    bound = slack * size + least
    if any_within(load(lanes, hand.drive, place * width), filled(lanes, hand.drive, bound)):
        for lane in range(width):
            here = place * width + lane
            if hand.shift[here] != 0 and not _is_certain(hand.drive[here], bound):
                hand.drive[here] = _exactly(
                    width,
                    dendrites,
                    compartment,
                    threshold,
                    room.pairs.sample[lane],
                    lane,
                    intact.rates,
                    changes.changed,
                    changes.rates,
                )


@inlined
def _leave_out(compartment: int, start: int, lists: Lists, drives: Array) -> None:
    """Take a branch out of the running where it is gone."""
    entry = lists.first_gone[compartment]
    while entry != NOBODY:
        drives[start + lists.lane_gone[entry]] = -np.inf
        entry = lists.next_gone[entry]
    lists.first_gone[compartment] = NOBODY


@pasted
def _fire(lanes: Lanes, wiring: Wiring, code: int, constant: float, count: int, room: Room) -> bool:
    """Turn the drives of the rows in hand into rates, and tell those who hear them; whether all rates are finite."""
    width, hand, changes = lane_count(lanes), room.hand, room.changes
    rates_from_drives(code, constant, hand.drive[: count * width], hand.rate[: count * width])
    nothing, odd = filled(lanes, hand.rate, 0.0), filled(lanes, hand.rate, 0.0)
    for place in range(count):
        row, start = hand.rows[place], place * width
        before = _in_lanes(lanes, room.intact.rates, row, room.pairs)
        now = where_equal(load(lanes, hand.shift, start), nothing, before, load(lanes, hand.rate, start))
        rise = subtract(now, before)
        store(changes.rates, row * width, now)
        store(changes.rise, row * width, rise)
        odd = add(odd, subtract(now, now))  # 0, or NaN
        output = wiring.output_of[row]
        if output >= 0:
            store(changes.drives, output * width, load(lanes, hand.drive, start))
            changes.shown[output] = 1
        if room.lists.first[row] != NOBODY:
            _silence(width, row, room.lists.first, room.lists.next, room.lists.lane, changes.rates, changes.rise)
            rise = load(lanes, changes.rise, row * width)
        if total(magnitude(rise)) != 0:
            _tell(wiring, row, changes)
    return bool(total(odd) == 0)


@inlined
def _silence(width: int, row: int, first: Array, following: Array, lane: Array, rates: Array, rise: Array) -> None:
    """Write silence where a row is lost; what it does there so far is what it would do if it were not."""
    entry = first[row]
    while entry != NOBODY:
        place = row * width + lane[entry]
        rise[place] -= rates[place]
        rates[place] = 0
        entry = following[entry]
    first[row] = NOBODY


@pasted
def _tell(wiring: Wiring, row: int, changes: Changes) -> None:
    """Mark a row as changed, and those who hear it as touched."""
    changes.changed[row] = 1
    changes.changed_in[wiring.group_of[row]] += 1
    changes.marked[0] += 1
    changes.marked[changes.marked[0]] = row
    for k in range(wiring.axon_start[row], wiring.axon_start[row + 1]):
        changes.touched[at(wiring.axon, k)] = 1


# --- What is seen --------------------------------------------------------------------------------


@inlined
def _read_intact(width: int, outputs: Array, seen_at: Array, rates: Array, drives: Array, found: Found) -> None:
    """Write what the outputs of the intact network do."""
    for output in range(len(outputs)):
        compartment = seen_at[output]
        for sample in range(width):
            rate = rates[outputs[output] * width + sample]
            drive = drives[compartment * width + sample] if compartment >= 0 else rate
            found.intact_rates[sample, output], found.intact_drives[sample, output] = rate, drive


@inlined
def _read(width: int, outputs: Array, columns: int, answers: int, pairs: Pairs, changes: Changes, found: Found) -> int:
    """Write what the outputs do in these lanes; how many answers have been found by now."""
    for lane in range(columns):
        sample = pairs.sample[lane]
        found.lesion[answers], found.sample[answers] = pairs.lesion[lane], sample
        for output in range(len(outputs)):
            row = outputs[output]
            rate, drive = found.intact_rates[sample, output], found.intact_drives[sample, output]
            found.rates[answers, output] = changes.rates[row * width + lane] if changes.changed[row] else rate
            found.drives[answers, output] = changes.drives[output * width + lane] if changes.shown[output] else drive
        answers += 1
    return answers


@inlined
def _clear(changes: Changes, group_of: Array) -> None:
    """Take the marks away."""
    for i in range(1, changes.marked[0] + 1):
        changes.changed[changes.marked[i]] = 0
        changes.changed_in[group_of[changes.marked[i]]] = 0
    changes.marked[0] = 0
    for output in range(len(changes.shown)):
        changes.shown[output] = 0
