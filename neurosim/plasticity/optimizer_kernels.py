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
RMSPROP, ADAM, ADAMW = CODES["rmsprop"], CODES["adam"], CODES["adamw"]


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
    gradient : float array, one per parameter
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
    rate, spread = steps.learning_rate, 1.0
    if steps.code in (ADAM, ADAMW):
        rate /= 1 - steps.keep**taken
        spread = math.sqrt(1 - steps.keep_square**taken)
    for i in range(first, last):
        g, now = np.float64(gradient[i]), np.float64(parameters[i])
        if i < weights:
            g += decay * now
        if steps.code == SGD:
            change = -rate * g
        elif steps.code in (MOMENTUM, NESTEROV):
            change = steps.keep * memory.first[i] - rate * g
            memory.first[i] = change
            if steps.code == NESTEROV:
                change = steps.keep * change - rate * g
        else:
            square = steps.keep_square * memory.square[i] + (1 - steps.keep_square) * g * g
            memory.square[i] = square
            mean = g
            if steps.code != RMSPROP:
                mean = steps.keep * memory.first[i] + (1 - steps.keep) * g
                memory.first[i] = mean
            change = -rate * mean / (math.sqrt(square) / spread + steps.epsilon)
            if steps.code == ADAMW and i < weights:
                change -= steps.learning_rate * steps.weight_decay * now
        now += change
        if len(lower):
            now = min(max(now, lower[i]), upper[i])
        parameters[i] = now
