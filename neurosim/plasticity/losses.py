"""Losses: how far the outputs are from their targets, and which way the gradient points.

Every loss is the mean over the samples of a sum over the outputs.
"""

from __future__ import annotations

import dataclasses
import math
from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import ClassVar, TypeAlias

import numpy as np
import numpy.typing as npt

from neurosim.anatomy.network import Network
from neurosim.anatomy.soma import Mode
from neurosim.anatomy.structure import Floats
from neurosim.checks import check_number
from neurosim.errors import DataError, OptionError, unknown


@dataclasses.dataclass(frozen=True, eq=False)
class LossValue:
    """A loss and its gradient.

    Attributes
    ----------
    value : float
    by_rate : float array, shape (samples, outputs)
        The gradient by the rates of the outputs.
    by_drive : float array, shape (samples, outputs), or None
        A further gradient by their drives, where it is better taken there.
    """

    value: float
    by_rate: Floats
    by_drive: Floats | None = None


@dataclasses.dataclass(frozen=True)
class Loss(ABC):
    """A measure of how far outputs are from targets.

    Attributes
    ----------
    name : str
        The word for it in calls and messages.
    boundary : float
        The rate from which a single output says yes.
    is_distance : bool
        Whether it asks how far rates are from targets, rather than which answer they name.
    """

    name: ClassVar[str]
    boundary: ClassVar[float] = 0.5
    is_distance: ClassVar[bool] = False

    @abstractmethod
    def evaluate(self, rates: Floats, drives: Floats, targets: Floats) -> LossValue:
        """The loss of a batch and its gradient.

        Parameters
        ----------
        rates, drives, targets : float arrays, shape (samples, outputs)
        """

    def of_each(self, rates: Floats, drives: Floats, targets: Floats) -> Floats:
        """The loss of every sample, shape (samples,): `evaluate` gives their mean."""
        rows = (slice(i, i + 1) for i in range(len(rates)))
        return np.array([self.evaluate(rates[row], drives[row], targets[row]).value for row in rows])

    def check(self, net: Network, targets: Floats) -> None:  # noqa: B027 - a loss without conditions need not say so
        """Raise an error if this loss cannot be used on these outputs and targets."""


@dataclasses.dataclass(frozen=True)
class MSE(Loss):
    """Half the squared distance: 1/2 sum (y - Y)^2, averaged over the samples.

    The mean in its name is that over samples; the outputs are summed. So its gradient by a rate is y - Y, and
    the ``error`` that training reports, the root of the mean over the outputs too, is not the root of this.

    Examples
    --------
    >>> MSE().evaluate(np.array([[1.5, 1.0]]), np.zeros((1, 2)), np.array([[0.0, 1.0]])).value
    1.125
    """

    name = "mse"
    is_distance = True

    def evaluate(self, rates: Floats, drives: Floats, targets: Floats) -> LossValue:
        distance = rates - targets
        return LossValue(float(0.5 * np.square(distance).sum() / len(rates)), distance / len(rates))

    def of_each(self, rates: Floats, drives: Floats, targets: Floats) -> Floats:
        each: Floats = 0.5 * np.square(rates - targets).sum(axis=1)
        return each


@dataclasses.dataclass(frozen=True)
class MAE(Loss):
    """The distance: sum abs(y - Y), averaged over the samples. Its gradient where y = Y is taken as 0.

    It grows with the distance, not with its square, so that it is drawn to the median of the targets
    rather than to their mean.

    Examples
    --------
    >>> MAE().evaluate(np.array([[1.5, 1.0]]), np.zeros((1, 2)), np.array([[0.0, 1.0]]))
    LossValue(value=1.5, by_rate=array([[1., 0.]]), by_drive=None)
    """

    name = "mae"
    is_distance = True

    def evaluate(self, rates: Floats, drives: Floats, targets: Floats) -> LossValue:
        distance = rates - targets
        return LossValue(float(np.abs(distance).sum() / len(rates)), np.sign(distance) / len(rates))

    def of_each(self, rates: Floats, drives: Floats, targets: Floats) -> Floats:
        each: Floats = np.abs(rates - targets).sum(axis=1)
        return each


@dataclasses.dataclass(frozen=True)
class Huber(Loss):
    """Half the squared distance d^2 / 2 up to delta, delta (abs(d) - delta / 2) beyond (Huber 1964).

    Summed over the outputs, averaged over the samples. Targets that lie far out pull no harder than those
    at a distance of delta.

    Parameters
    ----------
    delta : float > 0

    Examples
    --------
    >>> Huber(delta=1.0).evaluate(np.array([[0.5, 3.0]]), np.zeros((1, 2)), np.zeros((1, 2)))
    LossValue(value=2.625, by_rate=array([[0.5, 1. ]]), by_drive=None)
    """

    name = "huber"
    is_distance = True
    delta: float = 1.0

    def __post_init__(self) -> None:
        check_number("Huber.delta", self.delta, above=0)

    def evaluate(self, rates: Floats, drives: Floats, targets: Floats) -> LossValue:
        distance = rates - targets
        far = np.abs(distance)
        near = np.minimum(far, self.delta)
        value = float((near * (far - near / 2)).sum() / len(rates))
        return LossValue(value, np.clip(distance, -self.delta, self.delta) / len(rates))

    def of_each(self, rates: Floats, drives: Floats, targets: Floats) -> Floats:
        far = np.abs(rates - targets)
        near = np.minimum(far, self.delta)
        each: Floats = (near * (far - near / 2)).sum(axis=1)
        return each


@dataclasses.dataclass(frozen=True)
class CrossEntropy(Loss):
    """The surprise at the true class: -sum Y log softmax(y), averaged over the samples.

    The rates of the outputs are read as unnormalised log-probabilities; ``linear`` outputs suit it.

    Examples
    --------
    >>> round(CrossEntropy().evaluate(np.zeros((1, 2)), np.zeros((1, 2)), np.array([[1.0, 0.0]])).value, 4)
    0.6931
    """

    name = "cross_entropy"

    def evaluate(self, rates: Floats, drives: Floats, targets: Floats) -> LossValue:
        logs = log_softmax(rates)
        total = targets.sum(axis=1, keepdims=True)
        return LossValue(
            float(-np.where(targets > 0, targets * logs, 0).sum() / len(rates)),  # 0 times -inf is 0 here
            (np.exp(logs) * total - targets) / len(rates),
        )

    def of_each(self, rates: Floats, drives: Floats, targets: Floats) -> Floats:
        each: Floats = -np.where(targets > 0, targets * log_softmax(rates), 0).sum(axis=1)
        return each

    def check(self, net: Network, targets: Floats) -> None:
        if targets.shape[1] < 2:
            raise OptionError(
                f"cross_entropy compares classes and needs two outputs or more; this network has one, "
                f"{net.outputs[0]!r}. For a yes or no use loss='binary_cross_entropy' with a sigmoid output."
            )
        wrong = np.flatnonzero((targets < 0).any(axis=1) | (np.abs(targets.sum(axis=1) - 1) > 1e-5))
        if wrong.size:
            raise DataError(
                f"cross_entropy needs class numbers, or probabilities that sum to 1; the targets of sample {wrong[0]} "
                f"are {targets[wrong[0]].tolist()} ({wrong.size} such in all). For other values use loss='mse'."
            )


def log_softmax(rates: Floats) -> Floats:
    """The logarithms of the shares exp(y) / sum exp(y) in each row, without overflow.

    To the last bit what `scipy.special.log_softmax` gives, which takes several times as long on a small batch.

    Parameters
    ----------
    rates : float array, shape (samples, outputs)

    Examples
    --------
    >>> log_softmax(np.array([[1000.0, 1000.0]])).round(4)
    array([[-0.6931, -0.6931]])
    """
    largest = rates.max(axis=1, keepdims=True)
    largest = np.where(np.isfinite(largest), largest, 0)
    below = rates - largest
    with np.errstate(divide="ignore"):
        logs: Floats = below - np.log(np.exp(below).sum(axis=1, keepdims=True))
    return logs


@dataclasses.dataclass(frozen=True)
class BinaryCrossEntropy(Loss):
    """The surprise at each answer taken as a yes or no: -sum [Y log y + (1 - Y) log (1 - y)].

    Averaged over the samples. It is computed from the drives of the sigmoid outputs, where it is
    log(1 + e^z) - Y z, with gradient y - Y: no saturation can make it infinite or flat.

    Examples
    --------
    >>> loss = BinaryCrossEntropy().evaluate(np.array([[1.0]]), np.array([[1000.0]]), np.array([[0.0]]))
    >>> loss.value, loss.by_drive
    (1000.0, array([[1.]]))
    """

    name = "binary_cross_entropy"

    def evaluate(self, rates: Floats, drives: Floats, targets: Floats) -> LossValue:
        value = np.logaddexp(0, drives) - targets * drives
        return LossValue(float(value.sum() / len(rates)), np.zeros_like(rates), (rates - targets) / len(rates))

    def of_each(self, rates: Floats, drives: Floats, targets: Floats) -> Floats:
        each: Floats = (np.logaddexp(0, drives) - targets * drives).sum(axis=1)
        return each

    def check(self, net: Network, targets: Floats) -> None:
        for name in net.outputs:
            if net[name].mode.name != "sigmoid":
                raise OptionError(
                    f"binary_cross_entropy reads rates as probabilities and needs sigmoid outputs; {name!r} is "
                    f"{net[name].mode}. Write net[{name!r}].mode = 'sigmoid', or use loss='mse'."
                )
        wrong = np.argwhere((targets < 0) | (targets > 1))
        if wrong.size:
            sample, output = wrong[0]
            raise DataError(
                f"binary_cross_entropy needs targets from 0 to 1; that of output {net.outputs[output]!r} in sample "
                f"{sample} is {targets[sample, output]} ({len(wrong)} such in all). For other values use loss='mse'."
            )


@dataclasses.dataclass(frozen=True)
class Hinge(Loss):
    """How far each answer is from being right with a margin of 1: sum max(0, 1 - s y), averaged over the samples.

    s is 1 for a target of 1, and -1 for one of 0 or -1, so an answer is read from the sign of the rate
    (Cortes and Vapnik 1995). Class numbers set each output against all others. The gradient at the kink
    is taken as 0.

    Examples
    --------
    >>> Hinge().evaluate(np.array([[0.5], [3.0]]), np.zeros((2, 1)), np.array([[0.0], [1.0]]))
    LossValue(value=0.75, by_rate=array([[0.5],
           [0. ]]), by_drive=None)
    """

    name = "hinge"
    boundary = 0.0

    def evaluate(self, rates: Floats, drives: Floats, targets: Floats) -> LossValue:
        sign = np.where(targets > 0, rates.dtype.type(1), rates.dtype.type(-1))
        short = 1 - sign * rates
        return LossValue(float(np.maximum(short, 0).sum() / len(rates)), np.where(short > 0, -sign, 0) / len(rates))

    def of_each(self, rates: Floats, drives: Floats, targets: Floats) -> Floats:
        each: Floats = np.maximum(1 - np.where(targets > 0, 1, -1) * rates, 0).sum(axis=1)
        return each

    def check(self, net: Network, targets: Floats) -> None:
        wrong = np.argwhere(~np.isin(targets, (-1, 1) if (targets < 0).any() else (0, 1)))
        if wrong.size:
            sample, output = wrong[0]
            raise DataError(
                f"hinge needs class numbers, or targets that are all 0 and 1, or all -1 and 1; that of output "
                f"{net.outputs[output]!r} in sample {sample} is {targets[sample, output]:g}"
                f"{' beside negative ones' if targets[sample, output] == 0 else ''} ({len(wrong)} such in all). "
                "For other values use loss='mse'."
            )


LOSSES: dict[str, Loss] = {
    loss.name: loss for loss in (MSE(), MAE(), Huber(), CrossEntropy(), BinaryCrossEntropy(), Hinge())
}
"""Every loss by name: the one list that tests walk."""


def output_modes(net: Network) -> list[Mode]:
    """The modes of the outputs, in their order."""
    structure = net.structure
    return [structure.modes[i] for i in structure.mode_of[structure.outputs]]


def reach(mode: Mode) -> tuple[float, float]:
    """The lowest and the highest rate that a mode comes to; infinite where there is no limit.

    Examples
    --------
    >>> from neurosim.anatomy.soma import ReLU, Tanh
    >>> reach(Tanh()), reach(ReLU())
    ((-1.0, 1.0), (0.0, inf))
    """
    powers = 10.0 ** np.arange(-3, 7)
    rates = mode.rate(np.concatenate([-powers, [0.0], powers]))
    low, high = (float(end) if abs(end) < 1e4 else math.copysign(math.inf, end) for end in (rates.min(), rates.max()))
    return low, high


# --- Which one -----------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class Suggestion:
    """A loss that suits, and why. It can be given wherever a loss can.

    Attributes
    ----------
    loss : Loss
    reason : str
        What the targets and outputs are, and why this loss suits them.
    change : str
        What to change in the outputs, or could be changed; empty if nothing.
    """

    loss: Loss
    reason: str
    change: str = ""

    def __str__(self) -> str:
        word = repr(self.loss.name) if self.loss == LOSSES.get(self.loss.name) else f"ns.{self.loss!r}"
        return f"Use loss={word}. {self.reason} {self.change}".rstrip()


def suggest(targets: npt.ArrayLike, outputs: Network | str | Mode | type[Mode] | Iterable[object] | int) -> Suggestion:
    """Which loss suits these targets and outputs, and why.

    Parameters
    ----------
    targets : array_like
        As `train` takes them: values, shape (samples, outputs), or class numbers, shape (samples,).
    outputs : Network, mode, sequence of modes, or int
        The network whose outputs they are for; or the mode of all outputs, or of each; or how many there are.

    Returns
    -------
    Suggestion
        Print it. If the outputs cannot do what the loss asks of them, its `change` says what to change first.

    Raises
    ------
    DataError
        If the targets cannot be used for these outputs.

    Examples
    --------
    >>> print(suggest([0, 2, 1, 1], "linear"))
    Use loss='cross_entropy'. The targets are classes, 3 in all, and linear outputs serve as their log-probabilities.
    >>> suggest([0.0, 1.0, 1.0], "sigmoid").loss
    BinaryCrossEntropy()
    """
    from neurosim.plasticity.loss_advice import advise  # which walks the losses above

    return advise(targets, outputs)


LossLike: TypeAlias = str | Loss | type[Loss] | Suggestion
"""What can be given as a loss."""


def as_loss(loss: object) -> Loss:
    """Read a loss given by name, as an object, as a class with its usual parameters, or as a suggestion.

    Examples
    --------
    >>> as_loss("mse")
    MSE()
    """
    if isinstance(loss, Suggestion):
        return loss.loss
    if isinstance(loss, Loss):
        return loss
    if isinstance(loss, type) and issubclass(loss, Loss) and loss is not Loss:
        return loss()
    if isinstance(loss, str) and loss in LOSSES:
        return LOSSES[loss]
    raise unknown("loss", loss, LOSSES)
