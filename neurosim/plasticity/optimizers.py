"""Optimizers: from a gradient to a change. Each is two pure functions, `init` and `update`, on one array."""

from __future__ import annotations

import dataclasses
import math
from abc import ABC, abstractmethod
from typing import ClassVar, TypeAlias

import numpy as np

from neurosim.anatomy.structure import Floats
from neurosim.checks import check_number
from neurosim.errors import unknown

OptimizerState: TypeAlias = dict[str, Floats]


@dataclasses.dataclass(frozen=True)
class Optimizer(ABC):
    """How a gradient becomes a change of the parameters.

    Attributes
    ----------
    name : str
        The word for it in calls and messages.
    """

    name: ClassVar[str]

    @abstractmethod
    def init(self, parameters: Floats) -> OptimizerState:
        """The state before the first update, for an array of parameters."""

    @abstractmethod
    def update(self, gradient: Floats, state: OptimizerState) -> tuple[Floats, OptimizerState]:
        """The change to add to the parameters, and the next state; neither argument is written to."""


@dataclasses.dataclass(frozen=True)
class SGD(Optimizer):
    """Against the gradient: -learning_rate g.

    Parameters
    ----------
    learning_rate : float > 0

    Examples
    --------
    >>> SGD(0.1).update(np.array([2.0]), {})[0]
    array([-0.2])
    """

    name = "sgd"
    learning_rate: float = 0.1

    def __post_init__(self) -> None:
        check_number("SGD.learning_rate", self.learning_rate, above=0)

    def init(self, parameters: Floats) -> OptimizerState:
        return {}

    def update(self, gradient: Floats, state: OptimizerState) -> tuple[Floats, OptimizerState]:
        return -self.learning_rate * gradient, state


@dataclasses.dataclass(frozen=True)
class Momentum(Optimizer):
    """Downhill with inertia: v <- momentum v - learning_rate g; the change is v (Polyak 1964).

    Parameters
    ----------
    learning_rate : float > 0
    momentum : float in [0, 1)

    Examples
    --------
    >>> heavy = Momentum(0.1, momentum=0.5)
    >>> change, state = heavy.update(np.array([2.0]), heavy.init(np.zeros(1)))
    >>> heavy.update(np.array([2.0]), state)[0]
    array([-0.3])
    """

    name = "momentum"
    learning_rate: float = 0.1
    momentum: float = 0.9

    def __post_init__(self) -> None:
        check_number("Momentum.learning_rate", self.learning_rate, above=0)
        check_number("Momentum.momentum", self.momentum, least=0, below=1)

    def init(self, parameters: Floats) -> OptimizerState:
        return {"velocity": np.zeros_like(parameters)}

    def update(self, gradient: Floats, state: OptimizerState) -> tuple[Floats, OptimizerState]:
        velocity = self.momentum * state["velocity"] - self.learning_rate * gradient
        return velocity, {"velocity": velocity}


@dataclasses.dataclass(frozen=True)
class Adam(Optimizer):
    """Steps of one size for every parameter, from running moments of its gradient (Kingma and Ba 2015).

    Parameters
    ----------
    learning_rate : float > 0
    beta1, beta2 : float in [0, 1)
        How much of the mean and of the mean square of the gradient is kept at each step.
    epsilon : float > 0

    Examples
    --------
    >>> adam = Adam(0.1)
    >>> adam.update(np.array([2.0, -0.5]), adam.init(np.zeros(2)))[0].round(6)
    array([-0.1,  0.1])
    """

    name = "adam"
    learning_rate: float = 0.01
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8

    def __post_init__(self) -> None:
        check_number("Adam.learning_rate", self.learning_rate, above=0)
        check_number("Adam.beta1", self.beta1, least=0, below=1)
        check_number("Adam.beta2", self.beta2, least=0, below=1)
        check_number("Adam.epsilon", self.epsilon, above=0)

    def init(self, parameters: Floats) -> OptimizerState:
        return {"mean": np.zeros_like(parameters), "square": np.zeros_like(parameters), "steps": np.zeros(())}

    def update(self, gradient: Floats, state: OptimizerState) -> tuple[Floats, OptimizerState]:
        steps = state["steps"] + 1
        mean = self.beta1 * state["mean"] + (1 - self.beta1) * gradient
        square = self.beta2 * state["square"] + (1 - self.beta2) * gradient**2
        # Python floats, so that float32 parameters stay float32.
        rate = self.learning_rate / (1 - self.beta1 ** float(steps))
        spread = math.sqrt(1 - self.beta2 ** float(steps))
        change = -rate * mean / (np.sqrt(square) / spread + self.epsilon)
        return change, {"mean": mean, "square": square, "steps": np.asarray(steps)}


OPTIMIZERS: dict[str, Optimizer] = {optimizer.name: optimizer for optimizer in (SGD(), Momentum(), Adam())}
"""Every optimizer by name, with its usual parameters: the one list that tests walk."""


def as_optimizer(optimizer: object) -> Optimizer:
    """Read an optimizer given by name or as an object.

    Examples
    --------
    >>> as_optimizer("sgd")
    SGD(learning_rate=0.1)
    """
    if isinstance(optimizer, Optimizer):
        return optimizer
    if isinstance(optimizer, str) and optimizer in OPTIMIZERS:
        return OPTIMIZERS[optimizer]
    raise unknown("optimizer", optimizer, OPTIMIZERS, "Or give an object, such as ns.Adam(1e-3).")
