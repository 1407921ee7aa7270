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
def needs_drives(measure: Measure) -> bool:
    """Whether a loss looks at the drives of outputs, not at their rates alone."""
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
        value, share, count = 0.0, 1 / samples, last - first
        turn(width, targets, order, first, last, 0, width, wires.outputs[:0], tile.by_rate)
        for i in range(outputs):
            rates, losses = tile.rates[wires.outputs[i] * width :], tile.one_row
            slopes = tile.by_rate[i * width : (i + 1) * width]  # where the targets are, so far
            for column in range(count):
                rate, target = np.float64(rates[column]), np.float64(slopes[column])
                loss, slope = _one_by_one(code, measure.constant, rate, target)
                losses[column], slopes[column] = loss, slope * share
            slopes[count:] = 0
            value += _sum(losses[:count])
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
def _one_by_one(code: int, constant: float, rate: float, target: float) -> tuple[float, float]:
    """The loss of one output, and its slope, where a loss looks at one output at a time."""
    distance = rate - target
    if code == MSE:
        return distance * distance / 2, distance
    if code == MAE:
        return abs(distance), np.sign(distance)
    if code == HUBER:
        far = abs(distance)
        near = min(far, constant)
        return near * (far - near / 2), max(min(distance, constant), -constant)
    sign = 1.0 if target > 0 else -1.0  # hinge
    short = 1 - sign * rate
    return max(short, 0.0), (-sign if short > 0 else 0.0)


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
