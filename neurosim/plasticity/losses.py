"""Losses: how far the outputs are from their targets, and which way the gradient points.

Every loss is the mean over the samples of a sum over the outputs.
"""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from typing import ClassVar

import numpy as np

from neurosim.anatomy.network import Network
from neurosim.anatomy.structure import Floats
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
    """

    name: ClassVar[str]

    @abstractmethod
    def evaluate(self, rates: Floats, drives: Floats, targets: Floats) -> LossValue:
        """The loss of a batch and its gradient.

        Parameters
        ----------
        rates, drives, targets : float arrays, shape (samples, outputs)
        """

    def check(self, net: Network, targets: Floats) -> None:  # noqa: B027 - a loss without conditions need not say so
        """Raise an error if this loss cannot be used on these outputs and targets."""


@dataclasses.dataclass(frozen=True)
class MSE(Loss):
    """Half the squared distance: 1/2 sum (y - Y)^2, averaged over the samples.

    Examples
    --------
    >>> MSE().evaluate(np.array([[1.5, 1.0]]), np.zeros((1, 2)), np.array([[0.0, 1.0]])).value
    1.125
    """

    name = "mse"

    def evaluate(self, rates: Floats, drives: Floats, targets: Floats) -> LossValue:
        distance = rates - targets
        return LossValue(float(0.5 * np.square(distance).sum() / len(rates)), distance / len(rates))


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
        from scipy.special import log_softmax

        logs = log_softmax(rates, axis=1)
        total = targets.sum(axis=1, keepdims=True)
        return LossValue(
            float(-(targets * logs).sum() / len(rates)),
            (np.exp(logs) * total - targets) / len(rates),
        )

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


@dataclasses.dataclass(frozen=True)
class BinaryCrossEntropy(Loss):
    """The surprise at each answer taken as a yes or no: -sum Y log y + (1 - Y) log (1 - y), averaged over the samples.

    It is computed from the drives of the sigmoid outputs, where it is log(1 + e^z) - Y z, with gradient
    y - Y: no saturation can make it infinite or flat.

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


LOSSES: dict[str, Loss] = {loss.name: loss for loss in (MSE(), CrossEntropy(), BinaryCrossEntropy())}
"""Every loss by name: the one list that tests walk."""


def as_loss(loss: object) -> Loss:
    """Read a loss given by name or as an object.

    Examples
    --------
    >>> as_loss("mse")
    MSE()
    """
    if isinstance(loss, Loss):
        return loss
    if isinstance(loss, str) and loss in LOSSES:
        return LOSSES[loss]
    raise unknown("loss", loss, LOSSES)
