"""A few samples through the whole network and back: what the compiled backend consists of.

A *tile* is as many samples as a thread takes through the network at once. Its rates and drives are
flat arrays, row by row, `width` numbers each, so small that they stay in the cache next to the core.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from neurosim.engine.curve_kernels import rates_from_drives, slopes_at_drives
from neurosim.engine.kernel import inlined, kernel
from neurosim.engine.plan import MODE_CODES, Wires
from neurosim.engine.vectors import (
    Lanes,
    add,
    any_within,
    filled,
    four_totals,
    lane_count,
    like,
    load,
    magnitude,
    matrix_product,
    multiply,
    multiply_add,
    product_error,
    products,
    store,
    subtract,
    total,
)

Array = npt.NDArray[Any]

BINARY, MAXOUT, SENSORY = MODE_CODES["binary"], MODE_CODES["maxout"], MODE_CODES["sensory"]
FINE, NOT_FINITE, UNSETTLED = 0, 1, 2
"""How a tile went: well; a rate became infinite or NaN; a binary decision needs arithmetic beyond that of a kernel."""

SMALLEST_PRODUCT = 2.0**-960  # what is smaller may have lost digits below the least double
LARGEST_PRODUCT = 2.0**960
PARTS = 64  # a sum of doubles that loses nothing has at most so many parts


@inlined
def _sum_dendrites(
    lanes: Lanes,
    width: int,
    wires: Wires,
    compartment: int,
    weights: Array,
    start: float,
    begun: bool,
    rates: Array,
    drives: Array,
) -> None:
    """What the sparse synapses of a compartment bring, on top of `start`, or of what stands there if it is begun."""
    for column in range(0, width, lane_count(lanes)):
        place = compartment * width + column
        sums = load(lanes, drives, place) if begun else filled(lanes, drives, start)
        for k in range(wires.in_start[compartment], wires.in_start[compartment + 1]):
            sums = multiply_add(weights[k], load(lanes, rates, np.int64(wires.in_source[k]) * width + column), sums)
        store(drives, place, sums)


@inlined
def _multiply_block(
    width: int, wires: Wires, block: int, matrices: Array, gemm: int, rates: Array, drives: Array
) -> None:
    """What a dense block brings, added to the drives."""
    blocks = wires.blocks
    n_targets, n_sources = blocks.n_targets[block], blocks.n_sources[block]
    sizes = (width, n_targets, n_sources)
    source, target = blocks.source[block] * width, blocks.target[block] * width
    matrix = blocks.start[block]
    matrix_product(gemm, False, False, sizes, rates, source, width, matrices, matrix, n_sources, drives, target, width)


@inlined
def _strongest(width: int, compartment: int, end: int, threshold: float, drives: Array, rates: Array, row: int) -> None:
    """The rates of a maxout neuron."""
    for column in range(width):
        strongest = drives[compartment * width + column]
        for other in range(compartment + 1, end):
            drive = drives[other * width + column]
            if drive > strongest or drive != drive:
                strongest = drive
        rates[row * width + column] = strongest - threshold


@kernel
def forward_tile(
    lanes: Lanes,
    width: int,
    wires: Wires,
    weights: Array,
    matrices: Array,
    thresholds: Array,
    unrounded: bool,
    gemm: int,
    rates: Array,
    drives: Array,
) -> int:
    """Compute every drive and rate of a tile whose stimulus stands in the rates of the inputs.

    Parameters
    ----------
    lanes : Lanes
    width : int
        Samples in the tile, a multiple of the lanes.
    wires : Wires
    weights : float array, one per sparse synapse
        Read forwards.
    matrices : float array
        Of all dense blocks.
    thresholds : float array, one per row
    unrounded : bool
        Whether no sum of a binary neuron is rounded, so that its decision needs no second look.
    gemm : int
        Where the BLAS has its matrix product.
    rates : float array, rows times width
    drives : float array, compartments times width

    Returns
    -------
    int
        FINE, NOT_FINITE or UNSETTLED.
    """
    stages, status = wires.stages, FINE
    for stage in range(len(stages.code)):
        code, first, last = stages.code[stage], stages.first[stage], stages.last[stage]
        if code == SENSORY:
            continue
        begin, end = wires.compartment[first], wires.compartment[last]
        first_block, last_block = stages.first_block[stage], stages.last_block[stage]
        dense = first_block < last_block
        if dense:
            for row in range(first, last):
                start = thresholds.dtype.type(0) if code == MAXOUT else -thresholds[row]
                drives[wires.compartment[row] * width : wires.compartment[row + 1] * width] = start
            for block in range(first_block, last_block):
                _multiply_block(width, wires, block, matrices, gemm, rates, drives)
        for row in range(first, last):
            start = thresholds.dtype.type(0) if code == MAXOUT else -thresholds[row]
            for compartment in range(wires.compartment[row], wires.compartment[row + 1]):
                _sum_dendrites(lanes, width, wires, compartment, weights, start, dense, rates, drives)
            if code == MAXOUT:
                _strongest(
                    width, wires.compartment[row], wires.compartment[row + 1], thresholds[row], drives, rates, row
                )
            elif code == BINARY and not unrounded:
                compartment = wires.compartment[row]
                status = max(status, _settle(lanes, width, wires, compartment, weights, thresholds[row], rates, drives))
        if code != MAXOUT:
            mine = rates[first * width : last * width]
            rates_from_drives(code, stages.constant[stage], drives[begin * width : end * width], mine)
    return status if status != FINE or _all_finite(lanes, rates) else NOT_FINITE


@inlined
def _all_finite(lanes: Lanes, values: Array) -> bool:
    odd = filled(lanes, values, 0.0)
    for i in range(0, len(values), lane_count(lanes)):
        value = load(lanes, values, i)
        odd = add(odd, subtract(value, value))  # 0, or NaN
    return bool(total(odd) == 0)


@kernel
def show_stimulus(
    width: int, wires: Wires, stimulus: Array, order: Array, first: int, last: int, rates: Array, drives: Array
) -> None:
    """Write samples `order[first:last]` of a stimulus (samples, inputs) to the rates and drives of the inputs.

    Where there are fewer than the tile is wide, the last one fills it: what is computed of it is not read.
    """
    for column in range(width):
        sample = order[min(first + column, last - 1)]
        for i in range(len(wires.inputs)):
            row = wires.inputs[i]
            rates[row * width + column] = stimulus[sample, i]
            drives[wires.compartment[row] * width + column] = stimulus[sample, i]


@kernel
def respond_in_tiles(
    lanes: Lanes,
    width: int,
    wires: Wires,
    weights: Array,
    matrices: Array,
    thresholds: Array,
    unrounded: bool,
    gemm: int,
    stimulus: Array,
    order: Array,
    first: int,
    last: int,
    rates: Array,
    drives: Array,
    rows: Array,
    answers: Array,
) -> int:
    """Run samples `order[first:last]` forwards, and write the rates of some rows to `answers` (samples, rows)."""
    status = FINE
    for start in range(first, last, width):
        stop = min(start + width, last)
        show_stimulus(width, wires, stimulus, order, start, stop, rates, drives)
        state = forward_tile(lanes, width, wires, weights, matrices, thresholds, unrounded, gemm, rates, drives)
        status = max(status, state)
        for column in range(stop - start):
            for i in range(len(rows)):
                answers[order[start + column], i] = rates[rows[i] * width + column]
    return status


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
) -> int:
    """Replace every drive that rounding could have put on the wrong side of zero by the exact one.

    See `neurosim.engine.ties` for the bound.
    """
    first, last = wires.in_start[compartment], wires.in_start[compartment + 1]
    kind = np.finfo(drives.dtype)
    slack, least = 2 * (last - first + 4) * kind.eps, 2 * (last - first + 4) * kind.tiny
    status = FINE
    for column in range(0, width, lane_count(lanes)):
        size = filled(lanes, drives, abs(threshold))
        for k in range(first, last):
            rate = load(lanes, rates, np.int64(wires.in_source[k]) * width + column)
            size = multiply_add(abs(weights[k]), magnitude(rate), size)
        bound = multiply_add(drives.dtype.type(slack), size, filled(lanes, drives, least))
        drive = load(lanes, drives, compartment * width + column)
        if any_within(drive, bound):
            for i in range(column, column + lane_count(lanes)):
                status = max(status, _decide_exactly(width, wires, compartment, i, weights, threshold, rates, drives))
    return status


@inlined
def _decide_exactly(
    width: int,
    wires: Wires,
    compartment: int,
    column: int,
    weights: Array,
    threshold: float,
    rates: Array,
    drives: Array,
) -> int:
    """Write the exact drive of one neuron for one sample, never 0 unless it is: a sum that keeps what each step loses.

    The sum is held in parts that do not overlap (Shewchuk 1997).
    """
    parts = np.empty(PARTS)
    count = _add_part(parts, 0, -np.float64(threshold))
    for k in range(wires.in_start[compartment], wires.in_start[compartment + 1]):
        weight, rate = np.float64(weights[k]), np.float64(rates[np.int64(wires.in_source[k]) * width + column])
        if weight == 0 or rate == 0:
            continue
        product = weight * rate
        if not SMALLEST_PRODUCT < abs(product) < LARGEST_PRODUCT:
            return UNSETTLED
        count = _add_part(parts, count, product_error(weight, rate, product))
        count = _add_part(parts, count, product)
    exact = 0.0
    for i in range(count - 1, -1, -1):
        exact += parts[i]
    rounded = drives.dtype.type(exact)
    if rounded == 0 and exact != 0:
        rounded = drives.dtype.type(math.copysign(np.finfo(drives.dtype).tiny, exact))
    drives[compartment * width + column] = rounded
    return FINE


@inlined
def _add_part(parts: Array, count: int, x: float) -> int:
    """Add a number to a sum in parts; how many there are then."""
    kept = 0
    for i in range(count):
        y = parts[i]
        if abs(x) < abs(y):
            x, y = y, x
        high = x + y
        low = y - (high - x)
        if low != 0:
            parts[kept] = low
            kept += 1
        x = high
    parts[kept] = x
    return kept + 1


# --- Backwards -----------------------------------------------------------------------------------


@kernel
def backward_tile(
    lanes: Lanes,
    width: int,
    wires: Wires,
    slope_codes: Array,
    slope_constants: Array,
    weights: Array,
    matrices: Array,
    gemm: int,
    rates: Array,
    drives: Array,
    by_rate: Array,
    by_drive: Array,
    passed_back: Array,
    at_row: Array,
    gradients: Array,
    matrix_gradients: Array,
    threshold_gradients: Array,
) -> None:
    """The chain rule from the outputs back: local slope times gradient passed back, row by row.

    Parameters
    ----------
    lanes, width, wires, matrices, gemm, rates
        As in `forward_tile`.
    slope_codes, slope_constants : arrays, one per stage
        What stands for the slope of each mode.
    weights : float array, one per sparse synapse
        Read backwards.
    drives : float array, compartments times width
        Each is replaced by the gradient by it; those of inputs by the gradient by their rates.
    by_rate, by_drive : float arrays, outputs times width
        The gradient of the loss by the rates of the outputs, and a further one by their drives (which may be empty).
    passed_back : float array, rows times width
        Zeros; to work on. Empty if there are no dense blocks.
    at_row : float array, width
        To work on.
    gradients, matrix_gradients, threshold_gradients : float arrays
        Added to.
    """
    stages = wires.stages
    if len(passed_back):
        passed_back[:] = 0
    for stage in range(len(stages.code) - 1, -1, -1):
        code, first, last = stages.code[stage], stages.first[stage], stages.last[stage]
        if code not in (SENSORY, MAXOUT):
            mine = drives[wires.compartment[first] * width : wires.compartment[last] * width]
            slopes_at_drives(slope_codes[stage], slope_constants[stage], mine)
        for row in range(first, last):
            compartment, output = wires.compartment[row], wires.output_of[row]
            threshold_gradient = threshold_gradients[row]
            for column in range(0, width, lane_count(lanes)):
                if len(passed_back):
                    back = load(lanes, passed_back, row * width + column)
                else:
                    back = filled(lanes, drives, 0.0)
                if output >= 0:
                    back = add(back, load(lanes, by_rate, output * width + column))
                back = _pass_back(lanes, width, wires, row, column, weights, rates, drives, back, gradients)
                if code == SENSORY:
                    store(drives, compartment * width + column, back)
                    continue
                if code != MAXOUT:
                    back = multiply(back, load(lanes, drives, compartment * width + column))
                if output >= 0 and len(by_drive):
                    back = add(back, load(lanes, by_drive, output * width + column))
                threshold_gradient -= total(back)
                store(
                    drives if code != MAXOUT else at_row,
                    compartment * width + column if code != MAXOUT else column,
                    back,
                )
            if code == MAXOUT:
                _give_to_strongest(width, compartment, wires.compartment[row + 1], at_row, drives)
            threshold_gradients[row] = threshold_gradient
        for block in range(stages.first_block[stage], stages.last_block[stage]):
            _multiply_block_back(width, wires, block, matrices, gemm, rates, drives, passed_back, matrix_gradients)


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
        delta = load(lanes, deltas, np.int64(targets[k]) * width + column)
        back, a = multiply_add(weights[k], delta, back), products(rate, delta)
        delta = load(lanes, deltas, np.int64(targets[k + 1]) * width + column)
        back, b = multiply_add(weights[k + 1], delta, back), products(rate, delta)
        delta = load(lanes, deltas, np.int64(targets[k + 2]) * width + column)
        back, c = multiply_add(weights[k + 2], delta, back), products(rate, delta)
        delta = load(lanes, deltas, np.int64(targets[k + 3]) * width + column)
        back, d = multiply_add(weights[k + 3], delta, back), products(rate, delta)
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
def _give_to_strongest(width: int, compartment: int, end: int, at_row: Array, drives: Array) -> None:
    """Of the branches of a maxout neuron only the strongest (of equals, the first) gets the gradient."""
    for column in range(width):
        strongest = compartment
        for other in range(compartment + 1, end):
            if drives[other * width + column] > drives[strongest * width + column]:
                strongest = other
        for other in range(compartment, end):
            drives[other * width + column] = at_row[column] if other == strongest else 0


@inlined
def _multiply_block_back(
    width: int,
    wires: Wires,
    block: int,
    matrices: Array,
    gemm: int,
    rates: Array,
    deltas: Array,
    passed_back: Array,
    matrix_gradients: Array,
) -> None:
    """The gradients of a dense block, and what it passes back."""
    blocks = wires.blocks
    n_targets, n_sources, matrix = blocks.n_targets[block], blocks.n_sources[block], blocks.start[block]
    source, target = blocks.source[block] * width, blocks.target[block] * width
    sizes = (n_sources, n_targets, width)
    matrix_product(
        gemm, True, False, sizes, rates, source, width, deltas, target, width, matrix_gradients, matrix, n_sources
    )
    sizes = (width, n_sources, n_targets)
    matrix_product(
        gemm, False, True, sizes, deltas, target, width, matrices, matrix, n_sources, passed_back, source, width
    )
