"""When regions commit themselves to a task, over many brains."""

from __future__ import annotations

import dataclasses
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
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
                    self[name].written(1),
                ]
            )
        note = f"the first epoch from which on selectivity stays at {self.level:g} or above, within {self.recorded[-1]}"
        if np.isinf(self.epochs).any():
            note += "; brains that never get there count as the last one, so that the mean is a lower bound"
        header = ["", "committed", *(f"to {task}" for task in self.tasks), "epoch"]
        return f"Commitment over {counted(brains, 'brain')}", header, rows, note

    def __repr__(self) -> str:
        return as_text(*self._table())

    def _repr_html_(self) -> str:
        return as_html(*self._table())


@check_call("ns.commitment(courses, level={!r})", {"threshold": "Write level=0.5."})
def commitment(courses: SelectivityCourse | Sequence[SelectivityCourse], *, level: float = 0.5) -> Commitment:
    """The moment from which on each region is for one task, and for which.

    A region commits itself at the first recorded epoch from which on, to the end, its selectivity for one and the same
    task is at `level` or above. Where it never is, or no longer at the end, it has not committed itself: it might have
    if training had gone on, so that its epoch is censored at the last one. What is recorded every so many epochs is
    known to within so many.

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
    >>> import numpy as np
    >>> index = np.array([0.1, 0.7, 0.4, 0.6, 0.9])[:, None, None] * [[1, -1]]
    >>> course = SelectivityCourse(np.arange(5), ("V1",), ("what", "where"), np.ones((5, 1, 2)), "loss", index)
    >>> found = commitment([course, course])
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
        if beyond[-1]:
            return float(course.epochs[np.flatnonzero(~beyond)[-1] + 1 if not beyond.all() else 0]), task
    return NEVER, None


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
