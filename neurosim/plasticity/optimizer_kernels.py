"""Optimizers for compiled kernels: from a gradient to new parameters, in one pass over both."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from neurosim.engine.kernel import kernel
from neurosim.plasticity.optimizers import OPTIMIZERS, GradientOptimizer, OptimizerState

Array = npt.NDArray[Any]

CODES = {name: code for code, name in enumerate(OPTIMIZERS)}
SGD, MOMENTUM, NESTEROV = CODES["sgd"], CODES["momentum"], CODES["nesterov"]
RMSPROP, ADAMW = CODES["rmsprop"], CODES["adamw"]


class Steps(NamedTuple):
    """An optimizer as kernels read it; what it does not have is 0.

    Attributes
    ----------
    code : int
    learning_rate : float
    keep, keep_square : float
        How much is kept at each step of the running mean (or velocity), and of the mean square.
    epsilon, weight_decay : float
    """

    code: int
    learning_rate: float
    keep: float
    keep_square: float
    epsilon: float
    weight_decay: float


class Memory(NamedTuple):
    """What an optimizer remembers, in the arrays of its state.

    Attributes
    ----------
    first : float array
        Velocity or mean; empty where there is none.
    square : float array
        Mean square; empty where there is none.
    """

    first: Array
    square: Array


def steps_of(optimizer: GradientOptimizer) -> Steps | None:
    """The steps of an optimizer of the library; None for one of a user's own."""
    if type(optimizer) is not type(OPTIMIZERS.get(optimizer.name)):
        return None

    def setting(*names: str) -> float:
        return next((float(getattr(optimizer, name)) for name in names if hasattr(optimizer, name)), 0.0)

    return Steps(
        CODES[optimizer.name],
        optimizer.learning_rate,
        setting("momentum", "beta1"),
        setting("decay", "beta2"),
        setting("epsilon"),
        setting("weight_decay"),
    )


def memory_of(state: OptimizerState, parameters: Array) -> Memory:
    """The arrays of a state, to be written to; `parameters` tells the dtype of those that are missing."""
    nothing = parameters[:0]
    return Memory(state.get("velocity", state.get("mean", nothing)), state.get("square", nothing))


@kernel
def change_parameters(
    steps: Steps,
    taken: int,
    gradient: Array,
    weights: int,
    decay: float,
    lower: Array,
    upper: Array,
    first: int,
    last: int,
    memory: Memory,
    parameters: Array,
) -> None:
    """Take one step, for parameters `first` to `last`, in place.

    Parameters
    ----------
    steps : Steps
    taken : int
        How many steps there have been, with this one.
    gradient : float array, one for each of these parameters
        The penalty is added to it.
    weights : int
        The parameters before this one are weights and decay; the others are thresholds.
    decay : float
        Strength of a penalty on weights, in the gradient.
    lower, upper : float arrays, one per parameter, or empty
        What receptors allow.
    first, last : int
    memory : Memory
    parameters : float array
    """
    middle = min(max(first, weights), last)
    for start, stop, weight_decay in ((first, middle, decay), (middle, last, 0.0)):
        fading = steps.learning_rate * steps.weight_decay if steps.code == ADAMW and start < middle else 0.0
        mean = memory.first[start:stop] if len(memory.first) else memory.first
        square = memory.square[start:stop] if len(memory.square) else memory.square
        _change(
            steps,
            taken,
            gradient[start - first : stop - first],
            weight_decay,
            fading,
            mean,
            square,
            parameters[start:stop],
        )
    if len(lower):
        for i in range(first, last):
            parameters[i] = min(max(parameters[i], lower[i]), upper[i])


@kernel
def _change(
    steps: Steps,
    taken: int,
    gradient: Array,
    decay: float,
    fading: float,
    first: Array,
    square: Array,
    parameters: Array,
) -> None:
    """Take one step, for parameters that are all weights or all thresholds.

    Every optimizer has loops of its own, over arrays from their beginnings: so they become vector instructions.
    """
    number = parameters.dtype.type
    rate, keep, keep_square, epsilon = steps.learning_rate, steps.keep, steps.keep_square, number(steps.epsilon)
    if decay != 0:
        for i in range(len(gradient)):
            gradient[i] += number(decay) * parameters[i]
    if steps.code == SGD:
        for i in range(len(gradient)):
            parameters[i] -= number(rate) * gradient[i]
    elif steps.code == MOMENTUM:
        for i in range(len(gradient)):
            first[i] = number(keep) * first[i] - number(rate) * gradient[i]
            parameters[i] += first[i]
    elif steps.code == NESTEROV:
        for i in range(len(gradient)):
            first[i] = number(keep) * first[i] - number(rate) * gradient[i]
            parameters[i] += number(keep) * first[i] - number(rate) * gradient[i]
    elif steps.code == RMSPROP:
        for i in range(len(gradient)):
            square[i] = number(keep_square) * square[i] + number(1 - keep_square) * (gradient[i] * gradient[i])
            parameters[i] -= number(rate) * gradient[i] / (np.sqrt(square[i]) + epsilon)
    else:  # Adam and AdamW
        rate /= 1 - keep**taken
        spread = number(1 / math.sqrt(1 - keep_square**taken))
        for i in range(len(gradient)):
            first[i] = number(keep) * first[i] + number(1 - keep) * gradient[i]
            square[i] = number(keep_square) * square[i] + number(1 - keep_square) * (gradient[i] * gradient[i])
            change = number(rate) * first[i] / (np.sqrt(square[i]) * spread + epsilon)
            parameters[i] -= change + number(fading) * parameters[i]
