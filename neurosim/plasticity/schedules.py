"""Schedules: how the learning rate changes from epoch to epoch.

A schedule is anything that can be called with the number of an epoch, from 0, and how many there are in
all, and answers with the factor of the learning rate in that epoch. The ones here are small frozen
objects; a function of your own will do as well:

>>> schedule = as_schedule(lambda epoch, epochs: 1 / (1 + epoch))
>>> [schedule(epoch, 4) for epoch in range(4)]
[1.0, 0.5, 0.3333333333333333, 0.25]
"""

# Schedules are written where they are used, in lower case, like the functions they stand for.

from __future__ import annotations

import dataclasses
import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import ClassVar, TypeAlias

from neurosim.checks import check_count, check_number, check_two_arguments
from neurosim.errors import unknown

Factor: TypeAlias = Callable[[int, int], float]
"""From the number of an epoch, and how many there are, to the factor of the learning rate."""


class Schedule(ABC):
    """A course of the learning rate.

    Attributes
    ----------
    name : str
        The word for it in calls and messages.
    """

    name: ClassVar[str]

    @abstractmethod
    def __call__(self, epoch: int, epochs: int) -> float:
        """The factor of the learning rate.

        Parameters
        ----------
        epoch : int
            Which epoch, from 0.
        epochs : int
            How many there are in all.

        Returns
        -------
        float
            0 or more.
        """


@dataclasses.dataclass(frozen=True)
class constant(Schedule):
    """The same rate throughout.

    Examples
    --------
    >>> constant()(7, 10)
    1.0
    """

    name = "constant"

    def __call__(self, epoch: int, epochs: int) -> float:
        return 1.0


@dataclasses.dataclass(frozen=True)
class step(Schedule):
    """Down a stair: times `factor` after every `every` epochs.

    Parameters
    ----------
    every : int
        From 1 up.
    factor : float in (0, 1]

    Examples
    --------
    >>> [step(every=2, factor=0.5)(epoch, 5) for epoch in range(5)]
    [1.0, 1.0, 0.5, 0.5, 0.25]
    """

    name = "step"
    every: int = 10
    factor: float = 0.5

    def __post_init__(self) -> None:
        check_count("step.every", self.every, least=1)
        check_number("step.factor", self.factor, above=0, most=1)

    def __call__(self, epoch: int, epochs: int) -> float:
        return float(self.factor ** (epoch // self.every))


@dataclasses.dataclass(frozen=True)
class exponential(Schedule):
    """A fixed share less every epoch: decay^epoch.

    Parameters
    ----------
    decay : float in (0, 1]
        What is left of the rate after each epoch.

    Examples
    --------
    >>> [exponential(0.5)(epoch, 3) for epoch in range(3)]
    [1.0, 0.5, 0.25]
    """

    name = "exponential"
    decay: float = 0.95

    def __post_init__(self) -> None:
        check_number("exponential.decay", self.decay, above=0, most=1)

    def __call__(self, epoch: int, epochs: int) -> float:
        return float(self.decay**epoch)


@dataclasses.dataclass(frozen=True)
class cosine(Schedule):
    """Along half a cosine, slow at both ends: end + (1 - end) (1 + cos(pi epoch / epochs)) / 2.

    One period without restarts of Loshchilov and Hutter (2017).

    Parameters
    ----------
    end : float in [0, 1]
        What it falls towards; it would be reached in the epoch after the last.

    Examples
    --------
    >>> [round(cosine()(epoch, 4), 3) for epoch in range(4)]
    [1.0, 0.854, 0.5, 0.146]
    """

    name = "cosine"
    end: float = 0.0

    def __post_init__(self) -> None:
        check_number("cosine.end", self.end, least=0, most=1)

    def __call__(self, epoch: int, epochs: int) -> float:
        return self.end + (1 - self.end) * (1 + math.cos(math.pi * epoch / epochs)) / 2


@dataclasses.dataclass(frozen=True)
class warmup(Schedule):
    """Up from a small rate in equal steps, then as another schedule says.

    Parameters
    ----------
    epochs : int
        How many epochs are below the full rate; from 0 up.
    then : schedule, optional
        A name, an object or a function; it counts its epochs from the end of the warm-up. By default the
        rate stays.

    Examples
    --------
    >>> [warmup(3)(epoch, 5) for epoch in range(5)]
    [0.25, 0.5, 0.75, 1.0, 1.0]
    >>> [warmup(1, then="cosine")(epoch, 3) for epoch in range(3)]
    [0.5, 1.0, 0.5]
    """

    name = "warmup"
    epochs: int = 5
    then: str | Schedule | Factor | None = None

    def __post_init__(self) -> None:
        check_count("warmup.epochs", self.epochs)
        as_schedule(self.then)  # raises if it is none

    def __call__(self, epoch: int, epochs: int) -> float:
        if epoch < self.epochs:
            return (epoch + 1) / (self.epochs + 1)
        return as_schedule(self.then)(epoch - self.epochs, epochs - self.epochs)


@dataclasses.dataclass(frozen=True)
class _Own(Schedule):
    """A function of the user's own, whose answers are checked."""

    name = "your own"
    function: Factor

    def __call__(self, epoch: int, epochs: int) -> float:
        factor = self.function(epoch, epochs)
        check_number(f"schedule({epoch}, {epochs}), the factor of the learning rate,", factor, least=0)
        return float(factor)


def as_schedule(schedule: object) -> Schedule:
    """Read a schedule given by name, as an object, as a class with its usual parameters, or as a function.

    Parameters
    ----------
    schedule : None, str, Schedule, subclass of Schedule, or callable ``(epoch, epochs) -> factor``
        None is the same rate throughout.

    Returns
    -------
    Schedule
        The answers of a function are checked whenever it is called.

    Raises
    ------
    UnknownNameError, OptionError
        If it is none of these.

    Examples
    --------
    >>> as_schedule("cosine")
    cosine(end=0.0)
    """
    if schedule is None:
        return constant()
    if isinstance(schedule, Schedule):
        return schedule
    if isinstance(schedule, type) and issubclass(schedule, Schedule) and schedule is not Schedule:
        return schedule()
    if isinstance(schedule, str) and schedule in SCHEDULES:
        return SCHEDULES[schedule]
    if callable(schedule) and not isinstance(schedule, type):
        check_two_arguments(
            "A schedule is called with the number of the epoch and how many there are",
            schedule,
            "lambda epoch, epochs: 1 / (1 + epoch)",
        )
        return _Own(schedule)
    raise unknown("schedule", schedule, SCHEDULES, "Or give an object, such as ns.schedules.cosine(end=0.01).")


SCHEDULES: dict[str, Schedule] = {
    schedule.name: schedule for schedule in (constant(), step(), exponential(), cosine(), warmup())
}
"""Every schedule by name, with its usual parameters: the one list that tests walk."""
