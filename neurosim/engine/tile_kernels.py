"""A few samples through the whole network and back: what the compiled backend consists of.

A *tile* is as many samples as a thread takes through the network at once. Its rates and drives are
flat arrays, row by row, `width` numbers each, so small that they stay in the cache next to the core.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from neurosim.engine.curve_kernels import rates_and_slopes, rates_from_drives, share_exponential, slopes_at_drives
from neurosim.engine.exact_kernels import add_product, as_drive, exact_sum, rounding
from neurosim.engine.kept_kernels import Kept, recall
from neurosim.engine.kernel import allocating, inlined, kernel
from neurosim.engine.plan import MODE_CODES, Gradient, Slopes, Tile, Values, Wires
from neurosim.engine.team_kernels import Team, meet, share_of
from neurosim.engine.vectors import (
    Lanes,
    add,
    any_within,
    at,
    copy_turned,
    filled,
    four_totals,
    lane_count,
    larger,
    like,
    load,
    magnitude,
    matrix_product,
    multiply,
    multiply_add,
    prefetch,
    products,
    store,
    subtract,
    total,
    where_equal,
)

Array = npt.NDArray[Any]

BINARY, MAXOUT, SENSORY = MODE_CODES["binary"], MODE_CODES["maxout"], MODE_CODES["sensory"]

AHEAD = 12  # synapses from when a row is called to the cache until it is used
PIECE = 256  # neurons of a dense block that a member of a team takes at a time: BLAS is slower with fewer
AT_ONCE = 8  # rows whose drives become rates, or slopes, while they are still in the cache next to the core


@kernel
def set_zero(values: Array) -> None:
    """Write 0 everywhere."""
    for i in range(len(values)):
        values[i] = 0


@inlined
def _sum_dendrites(
    lanes: Lanes,
    width: int,
    wires: Wires,
    compartment: int,
    weights: Array,
    start: Any,
    begun: bool,
    rates: Array,
    drives: Array,
) -> None:
    """What the sparse synapses of a compartment bring, on top of `start`, or of what stands there if it is begun."""
    sources, end = wires.in_source, wires.in_start[compartment + 1]
    for column in range(0, width, lane_count(lanes)):
        place = compartment * width + column
        even = load(lanes, drives, place) if begun else filled(lanes, drives, start)
        odd = filled(lanes, drives, 0.0)
        k = wires.in_start[compartment]
        while k + 2 <= end:  # two sums, so that the one need not wait for the other
            even = multiply_add(at(weights, k), load(lanes, rates, np.int64(at(sources, k)) * width + column), even)
            k += 1
            odd = multiply_add(at(weights, k), load(lanes, rates, np.int64(at(sources, k)) * width + column), odd)
            k += 1
        if k < end:
            even = multiply_add(at(weights, k), load(lanes, rates, np.int64(at(sources, k)) * width + column), even)
        store(drives, place, add(even, odd))


@inlined
def _piece(count: int) -> int:
    """Into what pieces so many neurons are cut, if there are enough for two; the same for any number of members."""
    pieces = max(2 if count >= PIECE // 2 else 1, (count + PIECE - 1) // PIECE)
    return (count + pieces - 1) // pieces


@inlined
def _multiply_block(
    width: int, wires: Wires, block: int, matrices: Array, gemm: int, team: Team, rates: Array, drives: Array
) -> None:
    """What a dense block brings, added to the drives; the same pieces for any number of members."""
    blocks = wires.blocks
    n_targets, n_sources = blocks.n_targets[block], blocks.n_sources[block]
    source = blocks.source[block] * width
    piece = _piece(n_targets)
    for first in range(team.member * piece, n_targets, team.members * piece):
        sizes = (width, min(piece, n_targets - first), n_sources)
        target, matrix = (blocks.target[block] + first) * width, blocks.start[block] + first * n_sources
        matrix_product(
            gemm, False, False, sizes, rates, source, width, matrices, matrix, n_sources, drives, target, width
        )


@inlined
def _strongest(lanes: Lanes, width: int, column: int, compartment: int, end: int, drives: Array) -> Any:
    """The drives of the strongest branch of a maxout neuron for some samples."""
    strongest = load(lanes, drives, compartment * width + column)
    for other in range(compartment + 1, end):
        strongest = larger(load(lanes, drives, other * width + column), strongest)
    return strongest


@kernel
def forward_tile(
    lanes: Lanes,
    width: int,
    wires: Wires,
    values: Values,
    unrounded: bool,
    slopes_too: bool,
    gemm: int,
    team: Team,
    tile: Tile,
) -> bool:
    """Compute every drive and rate of a tile whose stimulus stands in the rates of the inputs.

    The neurons of a stage are shared out among the members of a team; every result is the same for any number of them.

    Parameters
    ----------
    lanes : Lanes
    width : int
        Samples in the tile, a multiple of the lanes.
    wires : Wires
    values : Values
    unrounded : bool
        Whether no sum of a binary neuron is rounded, so that its decision needs no second look.
    slopes_too : bool
        Whether drives may be replaced by slopes, for `backward_tile`, where that saves an exponential.
    gemm : int
        Where the BLAS has its matrix product.
    team : Team
        All of whom call this, with the same tile.
    tile : Tile

    Returns
    -------
    bool
        Whether all rates that this member computed are finite.
    """
    share = team.members * AT_ONCE
    weights, matrices, thresholds = values.forwards, values.matrices, values.thresholds
    rates, drives = tile.rates, tile.drives
    stages, fine = wires.stages, True
    for stage in range(len(stages.code)):
        code, first, last = stages.code[stage], stages.first[stage], stages.last[stage]
        mine = first + team.member * AT_ONCE
        if code == SENSORY:
            fine &= all_finite(lanes, rates[first * width : last * width])
            continue
        first_block, last_block = stages.first_block[stage], stages.last_block[stage]
        dense = first_block < last_block
        if dense:
            for begin in range(mine, last, share):
                for row in range(begin, min(begin + AT_ONCE, last)):
                    start = thresholds.dtype.type(0) if code == MAXOUT else -thresholds[row]
                    for i in range(wires.compartment[row] * width, wires.compartment[row + 1] * width):
                        drives[i] = start
            meet(team)
            for block in range(first_block, last_block):
                _multiply_block(width, wires, block, matrices, gemm, team, rates, drives)
            meet(team)
        for begin in range(mine, last, share):
            end = min(begin + AT_ONCE, last)
            for row in range(begin, end):
                start = thresholds.dtype.type(0) if code == MAXOUT else -thresholds[row]
                one, next_one = wires.compartment[row], wires.compartment[row + 1]
                for compartment in range(one, next_one):
                    if dense and wires.in_start[compartment] == wires.in_start[compartment + 1]:
                        continue
                    _sum_dendrites(lanes, width, wires, compartment, weights, start, dense, rates, drives)
                if code == MAXOUT:
                    for column in range(0, width, lane_count(lanes)):
                        strongest = _strongest(lanes, width, column, one, next_one, drives)
                        threshold = filled(lanes, rates, thresholds[row])
                        store(rates, row * width + column, subtract(strongest, threshold))
                elif code == BINARY and not unrounded:
                    _settle(lanes, width, wires, one, weights, thresholds[row], rates, drives)
            answers = rates[begin * width : end * width]
            if code != MAXOUT:
                arrived = drives[wires.compartment[begin] * width : wires.compartment[end] * width]
                if slopes_too:
                    rates_and_slopes(code, stages.constant[stage], arrived, answers)
                else:
                    rates_from_drives(code, stages.constant[stage], arrived, answers)
            fine &= all_finite(lanes, answers)
        meet(team)
    return fine


@inlined
def all_finite(lanes: Lanes, values: Array) -> bool:
    """Whether all numbers of a flat array are finite."""
    odd, whole = filled(lanes, values, 0.0), len(values) // lane_count(lanes) * lane_count(lanes)
    for i in range(0, whole, lane_count(lanes)):
        value = load(lanes, values, i)
        odd = add(odd, subtract(value, value))  # 0, or NaN
    fine = bool(total(odd) == 0)
    for i in range(whole, len(values)):
        fine &= bool(np.isfinite(values[i]))
    return fine


@kernel
def show_stimulus(
    width: int, wires: Wires, stimulus: Array, order: Array, first: int, last: int, team: Team, tile: Tile
) -> None:
    """Write samples `order[first:last]` of a stimulus, shape (samples, inputs), to the rates of the inputs.

    Where there are fewer than the tile is wide, the last one fills it: what is computed of it is not read.
    """
    begin, end = share_of(team, width)
    turn(width, stimulus, order, first, last, begin, end, wires.inputs, tile.rates)


@kernel
def turn(
    width: int, source: Array, order: Array, first: int, last: int, begin: int, end: int, rows: Array, into: Array
) -> None:
    """Write samples as columns.

    Parameters
    ----------
    width : int
        Of the tile.
    source : float array, shape (samples, numbers), C-contiguous
    order, first, last
        Which samples; the last one is written again where the tile is wider.
    begin, end : int
        The columns to write, a multiple of 8.
    rows : int array, one per number
        To which row it goes; empty if each goes to its own.
    into : float array, rows times width
    """
    numbers, most = source.shape[1], last - 1
    for column in range(begin, end, 8):
        start = first + column
        a, b = at(order, min(start, most)) * numbers, at(order, min(start + 1, most)) * numbers
        c, d = at(order, min(start + 2, most)) * numbers, at(order, min(start + 3, most)) * numbers
        e, f = at(order, min(start + 4, most)) * numbers, at(order, min(start + 5, most)) * numbers
        g, h = at(order, min(start + 6, most)) * numbers, at(order, min(start + 7, most)) * numbers
        i = 0
        while i + 8 <= numbers:
            starts = (a + i, b + i, c + i, d + i, e + i, f + i, g + i, h + i)
            places = (
                _row(rows, i) * width + column,
                _row(rows, i + 1) * width + column,
                _row(rows, i + 2) * width + column,
                _row(rows, i + 3) * width + column,
                _row(rows, i + 4) * width + column,
                _row(rows, i + 5) * width + column,
                _row(rows, i + 6) * width + column,
                _row(rows, i + 7) * width + column,
            )
            copy_turned(source, starts, into, places)
            i += 8
        while i < numbers:
            starts, place = (a + i, b + i, c + i, d + i, e + i, f + i, g + i, h + i), _row(rows, i) * width + column
            for j in range(8):
                into[place + j] = at(source, starts[j])
            i += 1


@inlined
def _row(rows: Array, i: int) -> int:
    return at(rows, i) if len(rows) else i


@inlined
def read_rates(width: int, rows: Array, order: Array, first: int, last: int, rates: Array, answers: Array) -> None:
    """Write the rates of some rows for samples `order[first:last]` to `answers`, shape (samples, rows)."""
    for column in range(last - first):
        sample = np.uint64(order[first + column])
        for i in range(len(rows)):
            answers[sample, i] = at(rates, at(rows, i) * width + column)


@kernel
def respond_in_tiles(
    lanes: Lanes,
    width: int,
    kept: Kept,
    values: Values,
    unrounded: bool,
    gemm: int,
    stimulus: Array,
    order: Array,
    first: int,
    last: int,
    tile: Tile,
    rows: Array,
    answers: Array,
) -> bool:
    """Run samples `order[first:last]` forwards, and write the rates of some rows to `answers`, shape (samples, rows).

    `kept` are the wires, and a team of one.
    """
    wires, alone = recall(kept)
    fine = True
    for start in range(first, last, width):
        stop = min(start + width, last)
        show_stimulus(width, wires, stimulus, order, start, stop, alone, tile)
        fine &= forward_tile(lanes, width, wires, values, unrounded, False, gemm, alone, tile)
        read_rates(width, rows, order, start, stop, tile.rates, answers)
    return fine


# --- Binary decisions are exact ------------------------------------------------------------------


@inlined
def _settle(
    lanes: Lanes,
    width: int,
    wires: Wires,
    compartment: int,
    weights: Array,
    threshold: float,
    rates: Array,
    drives: Array,
) -> None:
    """Replace every drive that rounding could have put on the wrong side of zero by the exact one."""
    first, last = wires.in_start[compartment], wires.in_start[compartment + 1]
    slack, least = rounding(last - first, drives)
    for column in range(0, width, lane_count(lanes)):
        size = filled(lanes, drives, abs(threshold))
        for k in range(first, last):
            rate = load(lanes, rates, np.int64(wires.in_source[k]) * width + column)
            size = multiply_add(abs(weights[k]), magnitude(rate), size)
        bound = multiply_add(drives.dtype.type(slack), size, filled(lanes, drives, least))
        drive = load(lanes, drives, compartment * width + column)
        if any_within(drive, bound):
            for i in range(column, column + lane_count(lanes)):
                _decide_exactly(width, wires, compartment, i, weights, threshold, rates, drives)


@allocating
def _decide_exactly(
    width: int,
    wires: Wires,
    compartment: int,
    column: int,
    weights: Array,
    threshold: float,
    rates: Array,
    drives: Array,
) -> None:
    """Write the exact drive of one neuron for one sample, which is 0 only if it is exactly that."""
    drive = exact_sum()
    add_product(drive, np.float64(threshold), -1.0)
    for k in range(wires.in_start[compartment], wires.in_start[compartment + 1]):
        rate = np.float64(rates[np.int64(wires.in_source[k]) * width + column])
        if not np.isfinite(rate):
            return  # which is an error of its own
        if rate != 0:
            add_product(drive, np.float64(weights[k]), rate)
    drives[compartment * width + column] = as_drive(drive, drives)


# --- Backwards -----------------------------------------------------------------------------------


@kernel
def backward_tile(
    lanes: Lanes,
    width: int,
    wires: Wires,
    slopes: Slopes,
    values: Values,
    on_drives: bool,
    gemm: int,
    to_inputs: bool,
    team: Team,
    tile: Tile,
    gradient: Gradient,
) -> None:
    """The chain rule from the outputs back: local slope times gradient passed back, row by row.

    Parameters
    ----------
    lanes, width, wires, values, gemm, team
        As in `forward_tile`.
    slopes : Slopes
    on_drives : bool
        Whether there is a gradient of the loss by the outputs' drives as well. If not, the forward pass was free to
        write slopes in the place of drives, and did so where that saved an exponential.
    to_inputs : bool
        Whether the gradient by the rates of the inputs is wanted, in their drives.
    tile : Tile
        After `forward_tile`, and with the gradient of the loss by the outputs.
    gradient : Gradient
        Added to.
    """
    rates, drives, passed_back = tile.rates, tile.drives, tile.passed_back
    stages = wires.stages
    if len(passed_back):
        first, last = share_of(team, len(passed_back))
        set_zero(passed_back[first:last])
        meet(team)
    for stage in range(len(stages.code) - 1, -1, -1):
        code, first, last = stages.code[stage], stages.first[stage], stages.last[stage]
        sloped = code in (SENSORY, MAXOUT) or (not on_drives and share_exponential(code))
        for row in range(first, last):
            if (row - first) // AT_ONCE % team.members != team.member:
                continue
            if (row - first) % AT_ONCE == 0 and not sloped:
                end = min(row + AT_ONCE, last)
                mine = drives[wires.compartment[row] * width : wires.compartment[end] * width]
                slopes_at_drives(slopes.code[stage], slopes.constant[stage], mine)
            if code == SENSORY and not to_inputs:
                for column in range(0, width, lane_count(lanes)):
                    _share_out(lanes, width, wires, row, column, rates, drives, gradient.sparse)
            else:
                _backward_row(lanes, width, wires, code, row, values.backwards, on_drives, tile, gradient)
        meet(team)
        if stages.first_block[stage] < stages.last_block[stage]:
            for block in range(stages.first_block[stage], stages.last_block[stage]):
                _share_out_block(width, wires, block, gemm, team, rates, drives, gradient.matrices)
                if to_inputs or not wires.blocks.from_inputs[block]:
                    _pass_block_back(width, wires, block, values.matrices, gemm, team, drives, passed_back)
            meet(team)


@inlined
def _backward_row(
    lanes: Lanes,
    width: int,
    wires: Wires,
    code: int,
    row: int,
    weights: Array,
    on_drives: bool,
    tile: Tile,
    gradient: Gradient,
) -> None:
    """The gradients by the drives of a neuron, where its slopes stand, and by its threshold and its axon's synapses."""
    compartment, output, drives = wires.compartment[row], wires.output_of[row], tile.drives
    threshold_gradient = gradient.thresholds[row]
    for column in range(0, width, lane_count(lanes)):
        if len(tile.passed_back):
            back = load(lanes, tile.passed_back, row * width + column)
        else:
            back = filled(lanes, drives, 0.0)
        if output >= 0:
            back = add(back, load(lanes, tile.by_rate, output * width + column))
        back = _pass_back(lanes, width, wires, row, column, weights, tile.rates, drives, back, gradient.sparse)
        if code == SENSORY:
            store(drives, compartment * width + column, back)
            continue
        if code != MAXOUT:
            back = multiply(back, load(lanes, drives, compartment * width + column))
        if on_drives and output >= 0:
            back = add(back, load(lanes, tile.by_drive, output * width + column))
        threshold_gradient -= total(back)
        if code == MAXOUT:
            _give_to_strongest(lanes, width, column, compartment, wires.compartment[row + 1], back, drives)
        else:
            store(drives, compartment * width + column, back)
    if code != SENSORY:
        gradient.thresholds[row] = threshold_gradient


@inlined
def _pass_back(
    lanes: Lanes,
    width: int,
    wires: Wires,
    row: int,
    column: int,
    weights: Array,
    rates: Array,
    deltas: Array,
    back: Any,
    gradients: Array,
) -> Any:
    """Add to `back` what the synapses of a neuron's axon pass back to it, and to each of their gradients its share.

    Each postsynaptic delta is loaded once for both.
    """
    rate = load(lanes, rates, row * width + column)
    targets, k, end = wires.out_target, wires.out_start[row], wires.out_start[row + 1]
    while k + 4 <= end:
        if k + AHEAD + 4 <= len(targets):  # in four lines: a loop takes longer than it saves
            prefetch(lanes, deltas, np.int64(at(targets, k + AHEAD)) * width + column)
            prefetch(lanes, deltas, np.int64(at(targets, k + AHEAD + 1)) * width + column)
            prefetch(lanes, deltas, np.int64(at(targets, k + AHEAD + 2)) * width + column)
            prefetch(lanes, deltas, np.int64(at(targets, k + AHEAD + 3)) * width + column)
        delta = load(lanes, deltas, np.int64(at(targets, k)) * width + column)
        back, a = multiply_add(at(weights, k), delta, back), products(rate, delta)
        delta = load(lanes, deltas, np.int64(at(targets, k + 1)) * width + column)
        back, b = multiply_add(at(weights, k + 1), delta, back), products(rate, delta)
        delta = load(lanes, deltas, np.int64(at(targets, k + 2)) * width + column)
        back, c = multiply_add(at(weights, k + 2), delta, back), products(rate, delta)
        delta = load(lanes, deltas, np.int64(at(targets, k + 3)) * width + column)
        back, d = multiply_add(at(weights, k + 3), delta, back), products(rate, delta)
        four = four_totals(a, b, c, d)
        store(gradients, k, add(like(four, gradients, k), four))
        k += 4
    while k < end:
        delta = load(lanes, deltas, np.int64(targets[k]) * width + column)
        back = multiply_add(weights[k], delta, back)
        gradients[k] += total(products(rate, delta))
        k += 1
    return back


@inlined
def _share_out(
    lanes: Lanes, width: int, wires: Wires, row: int, column: int, rates: Array, deltas: Array, gradients: Array
) -> None:
    """Add to the gradients of the synapses of a neuron's axon, where nothing is to be passed back to the neuron."""
    rate = load(lanes, rates, row * width + column)
    targets, k, end = wires.out_target, wires.out_start[row], wires.out_start[row + 1]
    while k + 4 <= end:
        if k + AHEAD + 4 <= len(targets):  # in four lines: a loop takes longer than it saves
            prefetch(lanes, deltas, np.int64(at(targets, k + AHEAD)) * width + column)
            prefetch(lanes, deltas, np.int64(at(targets, k + AHEAD + 1)) * width + column)
            prefetch(lanes, deltas, np.int64(at(targets, k + AHEAD + 2)) * width + column)
            prefetch(lanes, deltas, np.int64(at(targets, k + AHEAD + 3)) * width + column)
        a = products(rate, load(lanes, deltas, np.int64(at(targets, k)) * width + column))
        b = products(rate, load(lanes, deltas, np.int64(at(targets, k + 1)) * width + column))
        c = products(rate, load(lanes, deltas, np.int64(at(targets, k + 2)) * width + column))
        d = products(rate, load(lanes, deltas, np.int64(at(targets, k + 3)) * width + column))
        four = four_totals(a, b, c, d)
        store(gradients, k, add(like(four, gradients, k), four))
        k += 4
    while k < end:
        gradients[k] += total(products(rate, load(lanes, deltas, np.int64(at(targets, k)) * width + column)))
        k += 1


@inlined
def _give_to_strongest(
    lanes: Lanes, width: int, column: int, compartment: int, end: int, back: Any, drives: Array
) -> None:
    """Of the branches of a maxout neuron only the strongest (of equals, the first) gets the gradient."""
    strongest, nothing = _strongest(lanes, width, column, compartment, end, drives), filled(lanes, drives, 0.0)
    for branch in range(compartment, end):
        drive = load(lanes, drives, branch * width + column)
        store(drives, branch * width + column, where_equal(drive, strongest, back, nothing))
        back = where_equal(drive, strongest, nothing, back)


@inlined
def _share_out_block(
    width: int, wires: Wires, block: int, gemm: int, team: Team, rates: Array, deltas: Array, gradients: Array
) -> None:
    """Add to the gradients of a dense block."""
    blocks = wires.blocks
    n_targets, n_sources, source = blocks.n_targets[block], blocks.n_sources[block], blocks.source[block] * width
    piece = _piece(n_targets)
    for first in range(team.member * piece, n_targets, team.members * piece):
        sizes = (n_sources, min(piece, n_targets - first), width)
        target, matrix = (blocks.target[block] + first) * width, blocks.start[block] + first * n_sources
        matrix_product(
            gemm, True, False, sizes, rates, source, width, deltas, target, width, gradients, matrix, n_sources
        )


@inlined
def _pass_block_back(
    width: int, wires: Wires, block: int, matrices: Array, gemm: int, team: Team, deltas: Array, passed_back: Array
) -> None:
    """What a dense block passes back to its sources."""
    blocks = wires.blocks
    n_targets, n_sources, target = blocks.n_targets[block], blocks.n_sources[block], blocks.target[block] * width
    piece = _piece(n_sources)
    for first in range(team.member * piece, n_sources, team.members * piece):
        sizes = (width, min(piece, n_sources - first), n_targets)
        source, matrix = (blocks.source[block] + first) * width, blocks.start[block] + first
        matrix_product(
            gemm, False, True, sizes, deltas, target, width, matrices, matrix, n_sources, passed_back, source, width
        )
