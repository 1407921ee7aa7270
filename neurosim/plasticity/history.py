"""What training leaves behind besides the weights: one number an epoch for everything that was watched."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from neurosim.errors import counted, unknown


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class History(Mapping[str, npt.NDArray[np.floating[Any]]]):
    """The course of a training run; ``history["loss"]`` is an array with one value an epoch.

    Attributes
    ----------
    columns : mapping
        ``loss``; ``accuracy`` (share of samples, 0 to 1) where targets are classes, else ``error`` (root mean
        square); ``seconds`` an epoch; and the same with ``validation_`` before them, where there was a
        validation set.
    best_epoch : int
        The epoch (from 0) whose weights the network has now.
    stopped_early : bool
        Whether `patience` ran out, or a callback ended the run.
    """

    columns: Mapping[str, npt.NDArray[np.floating[Any]]]
    best_epoch: int
    stopped_early: bool = False

    def __getitem__(self, name: str) -> npt.NDArray[np.floating[Any]]:
        try:
            return self.columns[name]
        except KeyError:
            raise unknown("column in this history called", name, self.columns) from None

    __eq__ = object.__eq__  # that of Mapping would compare arrays, which is ambiguous
    __hash__ = object.__hash__

    def __iter__(self) -> Iterator[str]:
        return iter(self.columns)

    def __len__(self) -> int:
        return len(self.columns)

    @property
    def epochs(self) -> int:
        """How many epochs were run."""
        return len(next(iter(self.columns.values()), ()))

    def __repr__(self) -> str:
        if not self.epochs:
            return "History: no epochs"
        ends = [f"  {name:<20} {column[0]:.4g} -> {column[-1]:.4g}" for name, column in self.items()]
        early = ", stopped early" if self.stopped_early else ""
        return "\n".join([f"History: {counted(self.epochs, 'epoch')}{early}", *ends])


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class TaskHistory(Mapping[str, History]):
    """The course of a training run on several tasks: ``history["digit"]["loss"]`` is an array, one value an epoch.

    Attributes
    ----------
    tasks : mapping
        By name, the `History` of each task: ``loss``; ``accuracy`` where its targets are classes, else ``error``.
    loss : float array, shape (epochs,)
        The sum of the tasks' losses, each times its weight: what the training lowers.
    seconds : float array, shape (epochs,)
    stopped_early : bool
        Whether a callback ended the run.
    """

    tasks: Mapping[str, History]
    loss: npt.NDArray[np.floating[Any]]
    seconds: npt.NDArray[np.floating[Any]]
    stopped_early: bool = False

    def __getitem__(self, name: str) -> History:
        try:
            return self.tasks[name]
        except KeyError:
            raise unknown("task in this history called", name, self.tasks) from None

    __eq__ = object.__eq__
    __hash__ = object.__hash__

    def __iter__(self) -> Iterator[str]:
        return iter(self.tasks)

    def __len__(self) -> int:
        return len(self.tasks)

    @property
    def epochs(self) -> int:
        """How many epochs were run."""
        return len(self.loss)

    def __repr__(self) -> str:
        if not self.epochs:
            return "TaskHistory: no epochs"
        ends = [
            f"  {name:<16} " + ", ".join(f"{what} {column[0]:.4g} -> {column[-1]:.4g}" for what, column in each.items())
            for name, each in self.items()
        ]
        early = ", stopped early" if self.stopped_early else ""
        return "\n".join([f"TaskHistory: {counted(self.epochs, 'epoch')}{early}", *ends])
