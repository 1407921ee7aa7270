"""Losses for compiled kernels: what a tile's outputs are worth, and the gradients that start the way back."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from neurosim.engine.kernel import inlined, kernel
from neurosim.engine.plan import Tile, Wires
from neurosim.engine.tile_kernels import set_zero, turn
from neurosim.plasticity.losses import LOSSES, Loss

Array = npt.NDArray[Any]

TOGETHER = 16  # outputs whose losses are added up in their own format, before the sum in double precision
CODES = {name: code for code, name in enumerate(LOSSES)}
MSE, MAE, HUBER, HINGE = CODES["mse"], CODES["mae"], CODES["huber"], CODES["hinge"]
CROSS_ENTROPY, BINARY_CROSS_ENTROPY = CODES["cross_entropy"], CODES["binary_cross_entropy"]


class Measure(NamedTuple):
    """A loss as kernels read it, and how answers are told.

    Attributes
    ----------
    code : int
    constant : float
        The one number that the loss has, or 0.
    boundary : float
        The rate from which a single output names class 1.
    """

    code: int
    constant: float
    boundary: float


def measure_of(loss: Loss) -> Measure:
    """The measure of a loss of the library."""
    return Measure(CODES[loss.name], float(getattr(loss, "delta", 0.0)), float(loss.boundary))


@inlined
def on_drives(measure: Measure) -> bool:
    """Whether a loss looks at the drives of outputs, and gives its gradient by them; others look at their rates."""
    return measure.code == BINARY_CROSS_ENTROPY


@kernel
def judge_tile(
    measure: Measure,
    width: int,
    wires: Wires,
    targets: Array,
    classes: Array,
    distances: bool,
    order: Array,
    first: int,
    last: int,
    samples: int,
    tile: Tile,
    sums: Array,
) -> None:
    """Write the gradient of the loss by the outputs of samples `order[first:last]`, and add up what they are worth.

    Parameters
    ----------
    measure : Measure
    width : int
    wires : Wires
    targets : float array, shape (all samples, outputs)
    classes : int array, shape (all samples,), or empty
    distances : bool
        Whether squared distances from the targets are added up as well.
    order, first, last
        Which samples stand in the tile.
    samples : int
        How many the mean is over.
    tile : Tile
        Those columns that hold no sample get no gradient.
    sums : float array, (loss, squared error, right answers)
        Added to.
    """
    outputs, code = len(wires.outputs), measure.code
    if on_drives(measure):
        set_zero(tile.by_drive)
    if code in (CROSS_ENTROPY, BINARY_CROSS_ENTROPY):
        set_zero(tile.by_rate)
    if code == CROSS_ENTROPY:
        for column in range(last - first):
            sums[0] += _cross_entropy(width, wires.outputs, targets[order[first + column]], column, samples, tile)
    elif code == BINARY_CROSS_ENTROPY:
        for i in range(outputs):
            drive = wires.compartment[wires.outputs[i]] * width
            for column in range(last - first):
                target, z = targets[order[first + column], i], np.float64(tile.drives[drive + column])
                sums[0] += max(z, 0.0) + math.log1p(math.exp(-abs(z))) - target * z
                tile.by_drive[i * width + column] = (tile.rates[wires.outputs[i] * width + column] - target) / samples
    else:
        value, count = 0.0, last - first
        turn(width, targets, order, first, last, 0, width, wires.outputs[:0], tile.by_rate)
        for i in range(outputs):
            place = wires.outputs[i] * width
            slopes = tile.by_rate[i * width : (i + 1) * width]  # where the targets are, so far
            losses = tile.one_row[:count]
            if i % TOGETHER == 0:
                value += _sum(losses) if i else 0.0
                set_zero(losses)
            _one_by_one(code, measure.constant, 1 / samples, tile.rates[place : place + count], slopes, losses)
            slopes[count:] = 0
        value += _sum(tile.one_row[:count])
        sums[0] += value
        if distances and code == MSE:
            sums[1] += 2 * value / outputs
    if distances and code != MSE:
        error = 0.0
        for i in range(outputs):
            place = wires.outputs[i] * width
            for column in range(last - first):
                distance = np.float64(tile.rates[place + column]) - targets[order[first + column], i]
                error += distance * distance
        sums[1] += error / outputs
    if len(classes):
        for column in range(last - first):
            answer = _answer(width, wires.outputs, measure.boundary, tile.rates, column)
            sums[2] += answer == classes[order[first + column]]


@inlined
def _sum(values: Array) -> float:
    """The sum in double precision: of four sums, which need not wait for each other."""
    a, b, c, d, i = 0.0, 0.0, 0.0, 0.0, 0
    while i + 4 <= len(values):
        a, b, c, d = a + values[i], b + values[i + 1], c + values[i + 2], d + values[i + 3]
        i += 4
    while i < len(values):
        a += values[i]
        i += 1
    return (a + b) + (c + d)


@inlined
def _answer(width: int, outputs: Array, boundary: float, rates: Array, column: int) -> int:
    """The class that the outputs name: the strongest of several, or whether a single one reaches the boundary."""
    strongest, best = 0, rates[outputs[0] * width + column]
    if len(outputs) == 1:
        return 1 if best >= boundary else 0
    for i in range(1, len(outputs)):
        rate = rates[outputs[i] * width + column]
        if rate > best:
            strongest, best = i, rate
    return strongest


@inlined
def _one_by_one(code: int, constant: float, share: float, rates: Array, slopes: Array, losses: Array) -> None:
    """Losses that look at one output at a time, in loops as plain as can be; where slopes are written targets stood."""
    number = rates.dtype.type
    half, one, limit, part = number(0.5), number(1), number(constant), number(share)
    if code == MSE:
        for i in range(len(losses)):
            distance = rates[i] - slopes[i]
            losses[i], slopes[i] = losses[i] + half * distance * distance, part * distance
    elif code == MAE:
        for i in range(len(losses)):
            distance = rates[i] - slopes[i]
            losses[i], slopes[i] = losses[i] + abs(distance), part * np.sign(distance)
    elif code == HUBER:
        for i in range(len(losses)):
            distance = rates[i] - slopes[i]
            near = min(abs(distance), limit)
            losses[i] += near * (abs(distance) - half * near)
            slopes[i] = part * max(min(distance, limit), -limit)
    else:  # hinge
        for i in range(len(losses)):
            sign = one if slopes[i] > 0 else -one
            short = one - sign * rates[i]
            losses[i] += max(short, one - one)
            slopes[i] = -part * sign if short > 0 else one - one


@inlined
def _cross_entropy(width: int, outputs: Array, target: Array, column: int, samples: int, tile: Tile) -> float:
    largest, total, value, summed = -np.inf, 0.0, 0.0, 0.0
    for i in range(len(target)):
        largest = max(largest, np.float64(tile.rates[outputs[i] * width + column]))
        total += target[i]
    for i in range(len(target)):
        summed += math.exp(tile.rates[outputs[i] * width + column] - largest)
    for i in range(len(target)):
        log = tile.rates[outputs[i] * width + column] - largest - math.log(summed)
        if target[i] > 0:
            value -= target[i] * log
        tile.by_rate[i * width + column] = (math.exp(log) * total - target[i]) / samples
    return value
