"""When regions commit themselves to a task, over many brains."""

from __future__ import annotations

import dataclasses
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from math import comb
from typing import Any

import numpy as np

from neurosim.analysis.comparison import restricted
from neurosim.analysis.estimate import Estimate
from neurosim.analysis.selectivity_course import Epochs, SelectivityCourse
from neurosim.analysis.tables import as_html, as_text, write_csv
from neurosim.anatomy.structure import Floats
from neurosim.checks import check_call, check_number
from neurosim.errors import DataError, OptionError, counted, unknown

NEVER = float("inf")
HELD = 2  # records: a level that is reached at the last one alone may be a crossing
CONFIDENCE = 0.95
ENOUGH = 6  # brains, for a median to have an interval


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Commitment(Mapping[str, Estimate]):
    """From which epoch on each region is selective for one task; ``print`` it. See `commitment`.

    A mapping: ``found["V1"]`` is an `Estimate` of the epoch over brains, a lower bound where some never commit.

    Attributes
    ----------
    names : tuple of str
        The regions, or neurons.
    tasks : tuple of str
    epochs : float array, shape (brains, names)
        The epoch from which on each is committed; infinite where it never is.
    to : tuple of tuples of str or None
        For each brain the task that each of them commits itself to, or None.
    level : float
    recorded : int array
        The epochs that were looked at.
    """

    names: tuple[str, ...]
    tasks: tuple[str, ...]
    epochs: Floats
    to: tuple[tuple[str | None, ...], ...]
    level: float
    recorded: Epochs

    def __getitem__(self, name: str) -> Estimate:
        if name not in self.names:
            raise unknown("region or neuron here called", name, self.names)
        return restricted(self.epochs[:, self.names.index(name)].tolist(), int(self.recorded[-1]))

    __eq__ = object.__eq__  # that of Mapping would compare arrays, which is ambiguous
    __hash__ = object.__hash__

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)

    @property
    def committed(self) -> Floats:
        """The share of brains in which each is committed, shape (recorded, names): from which epoch on it is for good.

        One minus Kaplan and Meier's estimate of survival; all that is censored is so at the last epoch.
        """
        share: Floats = (self.epochs[None] <= self.recorded[:, None, None]).mean(axis=1)
        return share

    def median(self, name: str) -> tuple[float, float, float]:
        """The epoch by which half of the brains have committed a region, and its 95 % interval.

        Kaplan and Meier's: where brains never commit, the mean is but a lower bound, and the median may still be known.
        As all that is censored is so at the last epoch, it is the epoch at which `committed` reaches 1/2, and the
        interval lies between two of the brains in order, as many from the first as from the last, by the binomial
        distribution.

        Parameters
        ----------
        name : str

        Returns
        -------
        median, low, high : float
            Infinite where it is later than the last epoch; low and high are NaN for fewer than six brains.

        Raises
        ------
        UnknownNameError
            If there is no such region.
        """
        if name not in self.names:
            raise unknown("region or neuron here called", name, self.names)
        epochs = np.sort(self.epochs[:, self.names.index(name)])
        brains = len(epochs)
        middle = float(epochs[(brains - 1) // 2])
        outside = np.cumsum([comb(brains, k) / 2**brains for k in range(brains)])
        place = int((outside <= (1 - CONFIDENCE) / 2).sum())  # from the first, and from the last
        if not place:
            return middle, np.nan, np.nan
        return middle, float(epochs[place - 1]), float(epochs[-place])

    @property
    def rows(self) -> list[dict[str, object]]:
        """One dictionary for each brain and name: what `to_csv` writes; the epoch is None where there is none."""
        return [
            {"brain": k, "name": name, "task": self.to[k][i], "epoch": None if epoch == NEVER else int(epoch)}
            for k, row in enumerate(self.epochs.tolist())
            for i, (name, epoch) in enumerate(zip(self.names, row, strict=True))
        ]

    def to_csv(self, path: str | os.PathLike[str]) -> None:
        """Write the rows to a file of comma-separated values, with a header."""
        write_csv(self.rows, path)

    def _table(self) -> tuple[str, list[str], list[list[str]], str]:
        brains = len(self.epochs)
        rows = []
        for i, name in enumerate(self.names):
            counts = Counter(to[i] for to in self.to)
            rows.append(
                [
                    name,
                    f"{brains - counts[None]} of {brains}",
                    *(str(counts[task]) for task in self.tasks),
                    self._when(name),
                ]
            )
        note = (
            f"median (Kaplan-Meier) of the epoch since when selectivity is {_written(self.level)} or above, for two "
            f"records at least, up to {self.recorded[-1]}"
        )
        if brains >= ENOUGH:
            note += "; in brackets its 95 % interval"
        header = ["", "committed", *(f"to {task!r}" for task in self.tasks), "median epoch"]
        return f"Commitment over {counted(brains, 'brain')}", header, rows, note

    def _when(self, name: str) -> str:
        median, *ends = (f"> {self.recorded[-1]}" if epoch == NEVER else f"{epoch:g}" for epoch in self.median(name))
        return median if ends[0] == "nan" else f"{median} ({ends[0]} to {ends[1]})"

    def __repr__(self) -> str:
        return as_text(*self._table())

    def _repr_html_(self) -> str:
        return as_html(*self._table())


@check_call("ns.commitment(courses, level={!r})", {"threshold": "Write level=0.5."})
def commitment(courses: SelectivityCourse | Sequence[SelectivityCourse], *, level: float = 0.5) -> Commitment:
    """The moment from which on each region is for one task, and for which.

    A region commits itself at the first recorded epoch from which on, to the end, and for two records at least, its
    selectivity for one and the same task is at `level` or above. Before a task is done better than chance and needs
    the region, there is no selectivity, and nothing to commit itself to (see `selectivity`). Where it never is, or no
    longer at the end, it has not committed itself: it might have if training had gone on, so that its epoch is
    censored at the last one. What is recorded every so many epochs is known to within so many.

    Parameters
    ----------
    courses : SelectivityCourse, or sequence of them
        From `SelectivityProbe`, one for each brain, all of the same regions and tasks at the same epochs.
    level : float, 0 < level <= 1
        With two tasks, 0.5 is needed three times as much by the one as by the other, and 1/3 twice as much.

    Returns
    -------
    Commitment
        A table; ``ns.plot`` draws it.

    Raises
    ------
    DataError
        If the courses do not go together.
    OptionError
        If there is none, or the level cannot be used.

    Examples
    --------
    >>> import numpy as np, neurosim as ns
    >>> index = np.array([0.1, 0.7, 0.4, 0.6, 0.9])[:, None, None] * [[1, -1]]
    >>> course = ns.SelectivityCourse(np.arange(5), ("V1",), ("what", "where"), np.ones((5, 1, 2)), "loss", index)
    >>> found = ns.commitment([course, course])
    >>> found
    Commitment over 2 brains
        committed  to 'what'  to 'where'  median epoch
    V1     2 of 2          2           0             3
    median (Kaplan-Meier) of the epoch since when selectivity is 0.5 or above, for two records at least, up to 4
    >>> found["V1"].values, found.to
    (array([3., 3.]), (('what',), ('what',)))
    """
    check_number("level", level, above=0, most=1)
    listed = _read(courses)
    found = [[_commits(course, i, level) for i in range(len(course.names))] for course in listed]
    first = listed[0]
    return Commitment(
        names=first.names,
        tasks=first.tasks,
        epochs=np.array([[epoch for epoch, _ in row] for row in found], dtype=np.float64),
        to=tuple(tuple(task for _, task in row) for row in found),
        level=level,
        recorded=first.epochs,
    )


def _commits(course: SelectivityCourse, place: int, level: float) -> tuple[float, str | None]:
    """The epoch from which on, and the task to which, something is committed."""
    for j, task in enumerate(course.tasks):
        with np.errstate(invalid="ignore"):
            beyond = course.index[:, place, j] >= level  # not where it is NaN
        if beyond[-HELD:].sum() == HELD:
            return float(course.epochs[np.flatnonzero(~beyond)[-1] + 1 if not beyond.all() else 0]), task
    return NEVER, None


def _written(level: float) -> str:
    """A level as a fraction, if that is shorter."""
    fraction = Fraction(level).limit_denominator(9)
    short = f"{level:g}"
    return str(fraction) if abs(level - fraction) < 1e-6 and len(str(fraction)) < len(short) else f"{level:.2g}"


def _read(courses: Any) -> list[SelectivityCourse]:
    listed = [courses] if isinstance(courses, SelectivityCourse) else courses
    if not isinstance(listed, Sequence) or not listed or not all(isinstance(c, SelectivityCourse) for c in listed):
        raise OptionError(
            f"Commitment is read from courses, such as [probe.course, ...] of ns.SelectivityProbe; got {courses!r}."
        )
    first = listed[0]
    for course in listed[1:]:
        if (course.names, course.tasks) != (first.names, first.tasks):
            raise DataError(
                f"All courses must be of the same regions and tasks; got {first.names} with {first.tasks}, and "
                f"{course.names} with {course.tasks}."
            )
        if not np.array_equal(course.epochs, first.epochs):
            raise DataError(
                f"All courses must be recorded at the same epochs; got {first.epochs.tolist()} and "
                f"{course.epochs.tolist()}. Train as long, and probe with the same every=."
            )
    return list(listed)
