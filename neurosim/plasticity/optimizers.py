"""Optimizers: from a gradient to a change.

Most take a step after every batch: a `GradientOptimizer` is two pure functions, `init` and `update`, on
one array. `LBFGS` looks at all samples at once and takes several steps in an epoch.
"""

from __future__ import annotations

import copy
import dataclasses
import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar, Self, TypeAlias

import numpy as np

from neurosim.anatomy.structure import Floats
from neurosim.checks import check_count, check_number
from neurosim.errors import OptionError, unknown

if TYPE_CHECKING:
    from scipy.optimize import OptimizeResult

OptimizerState: TypeAlias = dict[str, Floats]
Objective: TypeAlias = Callable[[Floats], tuple[float, Floats]]
"""From parameters to the loss and its gradient, of the same shape."""
Bounds: TypeAlias = tuple[Floats | float, Floats | float]
"""The least and the largest value of each parameter; -inf and inf where there is no limit."""


class Optimizer(ABC):
    """How the parameters change so that the loss falls; either a `GradientOptimizer` or `LBFGS`.

    Attributes
    ----------
    name : str
        The word for it in calls and messages.
    full_batch : bool
        Whether it needs all samples at once and minimises by itself, or takes one step after every batch.
    """

    name: ClassVar[str]
    full_batch: ClassVar[bool]


class GradientOptimizer(Optimizer):
    """One step after every batch, from the gradient and what is remembered of earlier ones."""

    full_batch = False
    learning_rate: float

    def __post_init__(self) -> None:
        check_number(f"{type(self).__name__}.learning_rate", self.learning_rate, above=0)

    def at_rate(self, factor: float) -> Self:
        """The same optimizer with its learning rate multiplied.

        Parameters
        ----------
        factor : float
            From 0 up; at 0 it stands still.

        Examples
        --------
        >>> SGD(0.1).at_rate(0.5)
        SGD(learning_rate=0.05)
        """
        check_number("factor of the learning rate", factor, least=0)
        other = copy.copy(self)  # dataclasses.replace() would refuse a rate of 0
        object.__setattr__(other, "learning_rate", self.learning_rate * factor)
        return other

    @abstractmethod
    def init(self, parameters: Floats) -> OptimizerState:
        """The state before the first update, for an array of parameters."""

    @abstractmethod
    def update(
        self, gradient: Floats, state: OptimizerState, parameters: Floats | None = None
    ) -> tuple[Floats, OptimizerState]:
        """The change to add to the parameters, and the next state; no argument is written to.

        Parameters
        ----------
        gradient : float array
        state : dict of arrays
            From `init`, or from the update before.
        parameters : float array, optional
            The parameters themselves; only `AdamW` looks at them.
        """


@dataclasses.dataclass(frozen=True)
class SGD(GradientOptimizer):
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

    def init(self, parameters: Floats) -> OptimizerState:
        return {}

    def update(
        self, gradient: Floats, state: OptimizerState, parameters: Floats | None = None
    ) -> tuple[Floats, OptimizerState]:
        return -self.learning_rate * gradient, state


@dataclasses.dataclass(frozen=True)
class Momentum(GradientOptimizer):
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
        super().__post_init__()
        check_number("Momentum.momentum", self.momentum, least=0, below=1)

    def init(self, parameters: Floats) -> OptimizerState:
        return {"velocity": np.zeros_like(parameters)}

    def update(
        self, gradient: Floats, state: OptimizerState, parameters: Floats | None = None
    ) -> tuple[Floats, OptimizerState]:
        velocity = self.momentum * state["velocity"] - self.learning_rate * gradient
        return velocity, {"velocity": velocity}


@dataclasses.dataclass(frozen=True)
class Nesterov(GradientOptimizer):
    """Momentum that looks ahead: v <- momentum v - learning_rate g; the change is momentum v - learning_rate g.

    It is the method of Nesterov (1983) as Sutskever et al. (2013) write it, theta <- theta + v with the
    gradient taken at theta + momentum v, when the parameters stand for the point looked ahead to.

    Parameters
    ----------
    learning_rate : float > 0
    momentum : float in [0, 1)

    Examples
    --------
    >>> ahead = Nesterov(0.1, momentum=0.5)
    >>> ahead.update(np.array([2.0]), ahead.init(np.zeros(1)))[0].round(6)
    array([-0.3])
    """

    name = "nesterov"
    learning_rate: float = 0.1
    momentum: float = 0.9

    def __post_init__(self) -> None:
        super().__post_init__()
        check_number("Nesterov.momentum", self.momentum, least=0, below=1)

    def init(self, parameters: Floats) -> OptimizerState:
        return {"velocity": np.zeros_like(parameters)}

    def update(
        self, gradient: Floats, state: OptimizerState, parameters: Floats | None = None
    ) -> tuple[Floats, OptimizerState]:
        step = self.learning_rate * gradient
        velocity = self.momentum * state["velocity"] - step
        return self.momentum * velocity - step, {"velocity": velocity}


@dataclasses.dataclass(frozen=True)
class RMSProp(GradientOptimizer):
    """Each parameter's gradient over its running root mean square (Tieleman and Hinton 2012).

    Parameters
    ----------
    learning_rate : float > 0
    decay : float in [0, 1)
        How much of the mean square is kept at each step.
    epsilon : float > 0

    Examples
    --------
    >>> RMSProp(0.1, decay=0.75).update(np.array([2.0, -0.5]), {"square": np.zeros(2)})[0].round(6)
    array([-0.2,  0.2])
    """

    name = "rmsprop"
    learning_rate: float = 0.01
    decay: float = 0.9
    epsilon: float = 1e-8

    def __post_init__(self) -> None:
        super().__post_init__()
        check_number("RMSProp.decay", self.decay, least=0, below=1)
        check_number("RMSProp.epsilon", self.epsilon, above=0)

    def init(self, parameters: Floats) -> OptimizerState:
        return {"square": np.zeros_like(parameters)}

    def update(
        self, gradient: Floats, state: OptimizerState, parameters: Floats | None = None
    ) -> tuple[Floats, OptimizerState]:
        square = self.decay * state["square"] + (1 - self.decay) * gradient**2
        return -self.learning_rate * gradient / (np.sqrt(square) + self.epsilon), {"square": square}


@dataclasses.dataclass(frozen=True)
class Adam(GradientOptimizer):
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
        super().__post_init__()
        _check_moments(self)

    def init(self, parameters: Floats) -> OptimizerState:
        return _no_moments(parameters)

    def update(
        self, gradient: Floats, state: OptimizerState, parameters: Floats | None = None
    ) -> tuple[Floats, OptimizerState]:
        return _step_by_moments(self, gradient, state)


@dataclasses.dataclass(frozen=True)
class AdamW(GradientOptimizer):
    """Adam, and every parameter decays: by learning_rate times weight_decay of itself (Loshchilov and Hutter 2019).

    The decay goes beside the moments, not through the gradient as a penalty on the weights would, so that
    it is as strong for parameters with a large gradient as for others.

    Parameters
    ----------
    learning_rate : float > 0
    weight_decay : float >= 0
    beta1, beta2 : float in [0, 1)
        How much of the mean and of the mean square of the gradient is kept at each step.
    epsilon : float > 0

    Examples
    --------
    >>> adamw, weights = AdamW(0.1, weight_decay=0.5), np.array([2.0, 0.0])
    >>> adamw.update(np.array([0.0, -0.5]), adamw.init(weights), weights)[0].round(6)
    array([-0.1,  0.1])
    """

    name = "adamw"
    learning_rate: float = 0.01
    weight_decay: float = 0.01
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8

    def __post_init__(self) -> None:
        super().__post_init__()
        check_number("AdamW.weight_decay", self.weight_decay, least=0)
        _check_moments(self)

    def init(self, parameters: Floats) -> OptimizerState:
        return _no_moments(parameters)

    def update(
        self, gradient: Floats, state: OptimizerState, parameters: Floats | None = None
    ) -> tuple[Floats, OptimizerState]:
        if parameters is None:
            raise OptionError(
                "AdamW lets the parameters decay, so update() needs them as well: update(gradient, state, parameters). "
                "For those that shall not decay give zeros, or use ns.Adam."
            )
        change, state = _step_by_moments(self, gradient, state)
        return change - self.learning_rate * self.weight_decay * parameters, state


def _check_moments(adam: Adam | AdamW) -> None:
    kind = type(adam).__name__
    check_number(f"{kind}.beta1", adam.beta1, least=0, below=1)
    check_number(f"{kind}.beta2", adam.beta2, least=0, below=1)
    check_number(f"{kind}.epsilon", adam.epsilon, above=0)


def _no_moments(parameters: Floats) -> OptimizerState:
    return {"mean": np.zeros_like(parameters), "square": np.zeros_like(parameters), "steps": np.zeros(())}


def _step_by_moments(adam: Adam | AdamW, gradient: Floats, state: OptimizerState) -> tuple[Floats, OptimizerState]:
    steps = state["steps"] + 1
    mean = adam.beta1 * state["mean"] + (1 - adam.beta1) * gradient
    square = adam.beta2 * state["square"] + (1 - adam.beta2) * gradient**2
    # Python floats, so that float32 parameters stay float32.
    rate = adam.learning_rate / (1 - adam.beta1 ** float(steps))
    spread = math.sqrt(1 - adam.beta2 ** float(steps))
    change = -rate * mean / (np.sqrt(square) / spread + adam.epsilon)
    return change, {"mean": mean, "square": square, "steps": np.asarray(steps)}


@dataclasses.dataclass(frozen=True)
class LBFGS(Optimizer):
    """Newton's method on a curvature estimated from the last few steps: L-BFGS-B (Byrd et al. 1995).

    It needs the loss on all samples, finds the length of its steps itself, and may keep parameters within
    bounds. Every call starts afresh, so nothing has to be remembered from one epoch to the next.

    Parameters
    ----------
    iterations : int
        Steps in one call, that is in one epoch; each looks at all samples about once, at most twenty times.
    memory : int
        Steps that the curvature is estimated from.

    Examples
    --------
    >>> LBFGS().minimize(lambda x: (float((x**2).sum()), 2 * x), np.array([3.0, -1.0]))
    array([0., 0.])
    """

    name = "lbfgs"
    full_batch = True
    iterations: int = 20
    memory: int = 10

    def __post_init__(self) -> None:
        check_count("LBFGS.iterations", self.iterations, least=1)
        check_count("LBFGS.memory", self.memory, least=1)

    def minimize(self, objective: Objective, parameters: Floats, bounds: Bounds | None = None) -> Floats:
        """Better parameters.

        Parameters
        ----------
        objective : callable
            From parameters, in the shape and dtype of `parameters`, to the loss and its gradient. Where
            either is not finite, the step was too long and a shorter one is tried.
        parameters : float array
            Where to start; not written to.
        bounds : (lower, upper), optional
            Arrays of the same shape, or numbers. A start outside them is moved to the nearest bound.

        Returns
        -------
        float array
            The best parameters met: never worse than the start, and the start itself where the loss is
            not finite already there. Same shape and dtype.
        """
        from scipy import optimize

        limits = np.broadcast_arrays(*(bounds or (-np.inf, np.inf)), parameters)[:2]
        lower, upper = (limit.astype(parameters.dtype) for limit in limits)
        search = _Search(objective, np.clip(parameters, lower, upper))
        if search.lost:
            return search.best
        optimize.minimize(
            search,
            search.origin,
            method="L-BFGS-B",
            jac=True,
            bounds=optimize.Bounds(lower.ravel().astype(np.float64), upper.ravel().astype(np.float64)),
            callback=search.step_taken,
            # Without tolerances it goes on for as long as the loss falls; an epoch is short anyway.
            options={"maxiter": self.iterations, "maxcor": self.memory, "ftol": 0.0, "gtol": 0.0},
        )
        return search.best


class _Search:
    """An objective as scipy wants it, flat and finite, that remembers the best parameters met."""

    def __init__(self, objective: Objective, start: Floats) -> None:
        self.objective, self.best = objective, start
        self.least, gradient = objective(start.copy())
        self.lost = not _finite(self.least, gradient)
        self.origin, self.level = start.ravel().astype(np.float64), float(self.least)

    def __call__(self, flat: Floats) -> tuple[float, Floats]:
        parameters = flat.reshape(self.best.shape).astype(self.best.dtype)
        value, gradient = self.objective(parameters.copy())
        if not _finite(value, gradient):
            return self._wall(flat)
        if value < self.least:
            self.least, self.best = value, parameters
        return float(value), gradient.ravel().astype(np.float64)

    def step_taken(self, intermediate_result: OptimizeResult) -> None:
        """Remember where the next step starts; scipy asks for this name of the argument."""
        self.origin, self.level = intermediate_result.x.copy(), float(intermediate_result.fun)

    def _wall(self, flat: Floats) -> tuple[float, Floats]:
        """Where the loss is not a number: a bowl around where the step started, so high that the search turns back."""
        away, height = flat - self.origin, 1 + abs(self.level)
        return self.level + height, 2 * height * away / max(float(away @ away), np.finfo(float).tiny)


def _finite(value: float, gradient: Floats) -> bool:
    return bool(np.isfinite(value) and np.isfinite(gradient).all())


OPTIMIZERS: dict[str, Optimizer] = {
    optimizer.name: optimizer for optimizer in (SGD(), Momentum(), Nesterov(), RMSProp(), Adam(), AdamW(), LBFGS())
}
"""Every optimizer by name, with its usual parameters: the one list that tests walk."""


def as_optimizer(optimizer: object) -> Optimizer:
    """Read an optimizer given by name, as an object, or as a class with its usual parameters.

    Examples
    --------
    >>> as_optimizer("sgd")
    SGD(learning_rate=0.1)
    """
    if isinstance(optimizer, Optimizer):
        return optimizer
    is_class = isinstance(optimizer, type) and issubclass(optimizer, Optimizer)
    if is_class and optimizer not in (Optimizer, GradientOptimizer):
        made: Optimizer = optimizer()  # type: ignore[operator]
        return made
    if isinstance(optimizer, str) and optimizer in OPTIMIZERS:
        return OPTIMIZERS[optimizer]
    raise unknown("optimizer", optimizer, OPTIMIZERS, "Or give an object, such as ns.Adam(1e-3).")
