"""Surrogate slopes: what a gradient takes for the slope of a binary neuron's step.

The step itself has slope 0 wherever it has one, so no gradient passes through it. A surrogate is the
slope of a smooth curve that resembles the step; the rate stays 0 or 1. With the drive z:

================  ======================================  =======================================
surrogate         slope                                   curve that it is the slope of
================  ======================================  =======================================
straight_through  1                                       z
sigmoid           beta s(beta z) s(-beta z)               s(beta z), with s(u) = 1 / (1 + e^-u)
triangle          max(0, 1 - abs(z) / width) / width      two parabolas, from 0 to 1 within width
arctan            alpha / 2 / (1 + (pi/2 alpha z)^2)      1/2 + arctan(pi/2 alpha z) / pi
================  ======================================  =======================================

All but ``straight_through`` have area 1, as the step's own (infinitely narrow) slope has.
"""

# Surrogates are written where they are used, in lower case, like connection rules.

from __future__ import annotations

import dataclasses
import math
from abc import ABC, abstractmethod
from typing import ClassVar

import numpy as np

from neurosim.anatomy.soma import Drives, Rates
from neurosim.checks import check_number
from neurosim.errors import unknown

FAR = 1e30  # a scaled drive beyond it is held there: its slope is 0 long before, and float32 ends at 3e38


class Surrogate(ABC):
    """A stand-in for the slope of the step.

    Attributes
    ----------
    name : str
        The word for it in calls and messages.
    """

    name: ClassVar[str]

    @abstractmethod
    def slope(self, drive: Drives) -> Drives:
        """The surrogate slope at these drives; same shape and dtype."""

    @abstractmethod
    def curve(self, drive: Drives) -> Rates:
        """The smooth curve whose derivative `slope` is; same shape and dtype."""


@dataclasses.dataclass(frozen=True)
class straight_through(Surrogate):
    """As if the neuron were linear: slope 1 everywhere (Bengio et al. 2013).

    Examples
    --------
    >>> straight_through().slope(np.array([-3.0, 0.0]))
    array([1., 1.])
    """

    name = "straight_through"

    def slope(self, drive: Drives) -> Drives:
        return np.ones_like(drive)

    def curve(self, drive: Drives) -> Rates:
        return drive.copy()


@dataclasses.dataclass(frozen=True)
class sigmoid(Surrogate):
    """As if the neuron were a steep sigmoid: beta s(beta z) (1 - s(beta z)), where s(u) = 1 / (1 + e^-u).

    Parameters
    ----------
    beta : float > 0
        How steep; the slope at 0 is beta / 4.

    Examples
    --------
    >>> sigmoid(beta=4.0).slope(np.array([-1000.0, 0.0]))
    array([0., 1.])
    """

    name = "sigmoid"
    beta: float = 4.0

    def __post_init__(self) -> None:
        check_number("sigmoid.beta", self.beta, above=0)

    def slope(self, drive: Drives) -> Drives:
        from scipy.special import expit

        scaled = _scaled(drive, self.beta)
        slope: Drives = self.beta * expit(scaled) * expit(-scaled)  # 1 - s(u) is s(-u), without the cancellation
        return slope

    def curve(self, drive: Drives) -> Rates:
        from scipy.special import expit

        rates: Rates = expit(_scaled(drive, self.beta))
        return rates


@dataclasses.dataclass(frozen=True)
class triangle(Surrogate):
    """Steepest at the threshold, falling evenly to 0: max(0, 1 - abs(z) / width) / width (Esser et al. 2016).

    Parameters
    ----------
    width : float > 0
        How far from the threshold a neuron still learns; the slope at 0 is 1 / width.

    Examples
    --------
    >>> triangle(width=2.0).slope(np.array([-2.0, -1.0, 0.0, 5.0]))
    array([0.  , 0.25, 0.5 , 0.  ])
    """

    name = "triangle"
    width: float = 1.0

    def __post_init__(self) -> None:
        check_number("triangle.width", self.width, above=0)

    def slope(self, drive: Drives) -> Drives:
        slope: Drives = self._left(drive) / self.width
        return slope

    def curve(self, drive: Drives) -> Rates:
        tail = np.square(self._left(drive)) / 2
        return np.where(drive < 0, tail, 1 - tail)

    def _left(self, drive: Drives) -> Drives:
        """What is left of the triangle's height, from 1 at the threshold to 0."""
        return 1 - np.minimum(np.abs(drive), self.width) / self.width


@dataclasses.dataclass(frozen=True)
class arctan(Surrogate):
    """A slope with long tails, for distant neurons: alpha/2 / (1 + (pi/2 alpha z)^2) (Fang et al. 2021).

    Parameters
    ----------
    alpha : float > 0
        How steep; the slope at 0 is alpha / 2.

    Examples
    --------
    >>> arctan(alpha=2.0).slope(np.array([0.0, 1 / np.pi]))
    array([1. , 0.5])
    """

    name = "arctan"
    alpha: float = 2.0

    def __post_init__(self) -> None:
        check_number("arctan.alpha", self.alpha, above=0)

    def slope(self, drive: Drives) -> Drives:
        # 1 / (1 + u^2), as the square of 1 / hypot(1, u), which cannot overflow.
        slope: Drives = self.alpha / 2 * np.square(1 / np.hypot(1, self._angle(drive)))
        return slope

    def curve(self, drive: Drives) -> Rates:
        curve: Rates = np.arctan(self._angle(drive)) / math.pi + 0.5
        return curve

    def _angle(self, drive: Drives) -> Drives:
        return _scaled(drive, math.pi / 2 * self.alpha)


def _scaled(drive: Drives, factor: float) -> Drives:
    """The product, held within +-FAR."""
    far = FAR / max(factor, 1.0)
    scaled: Drives = np.clip(drive, -far, far) * factor
    return scaled


SURROGATES: dict[str, Surrogate] = {
    surrogate.name: surrogate for surrogate in (straight_through(), sigmoid(), triangle(), arctan())
}
"""Every surrogate by name, with its usual parameters: the one list that tests walk."""


def as_surrogate(surrogate: object) -> Surrogate:
    """Read a surrogate given by name, as an object, or as a class with its usual parameters.

    Parameters
    ----------
    surrogate : str, Surrogate or subclass of Surrogate

    Returns
    -------
    Surrogate

    Raises
    ------
    UnknownNameError
        If it is none of these; the nearest name is suggested.

    Examples
    --------
    >>> as_surrogate("triangle")
    triangle(width=1.0)
    >>> as_surrogate(arctan)
    arctan(alpha=2.0)
    """
    if isinstance(surrogate, Surrogate):
        return surrogate
    if isinstance(surrogate, type) and issubclass(surrogate, Surrogate) and surrogate is not Surrogate:
        return surrogate()
    if isinstance(surrogate, str) and surrogate in SURROGATES:
        return SURROGATES[surrogate]
    raise unknown("surrogate slope", surrogate, SURROGATES, "Or give an object, such as ns.surrogates.sigmoid(beta=4).")
