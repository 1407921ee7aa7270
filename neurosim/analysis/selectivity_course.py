"""Selectivity while a brain learns: a probe to hand to training, what it recorded, and when regions commit."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from neurosim.analysis.needs import MEASURES, better_than_chance, read_groups, read_measure, read_tasks
from neurosim.analysis.selectivity import check_several, division_of_labour, index_of
from neurosim.analysis.tables import as_html, as_text, write_csv
from neurosim.anatomy.network import Network
from neurosim.anatomy.neuron import Name
from neurosim.anatomy.structure import Floats
from neurosim.checks import check_call, check_count, check_number
from neurosim.errors import unknown
from neurosim.plasticity.tasks import Task

Epochs = npt.NDArray[np.int64]


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class SelectivityCourse(Mapping[str, Mapping[str, Floats]]):
    """Selectivity over training; ``print`` it. See `selectivity` for what is measured.

    A mapping: ``course["V1"]["digit"]`` is how selective V1 was for the task digit, one value for each of `epochs`.

    Attributes
    ----------
    epochs : int array, shape (records,)
        How many epochs had been learnt; 0 is before training.
    names : tuple of str
        The regions, or neurons.
    tasks : tuple of str
    need : float array, shape (records, names, tasks)
    unit : str
        What `need` is measured in.
    index : float array, shape (records, names, tasks)
        From -1 to 1, NaN where no task needs it.
    """

    epochs: Epochs
    names: tuple[str, ...]
    tasks: tuple[str, ...]
    need: Floats
    unit: str
    index: Floats

    def __getitem__(self, name: str) -> Mapping[str, Floats]:
        if name not in self.names:
            raise unknown("region or neuron in this course called", name, self.names)
        return dict(zip(self.tasks, self.index[:, self.names.index(name)].T, strict=True))

    __eq__ = object.__eq__  # that of Mapping would compare arrays, which is ambiguous
    __hash__ = object.__hash__

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)

    @property
    def division(self) -> Floats:
        """How far the tasks are divided among regions, shape (records,); see `division_of_labour`."""
        return division_of_labour(self.index)

    @property
    def rows(self) -> list[dict[str, object]]:
        """One dictionary for each epoch recorded, name and task: what `to_csv` writes."""
        return [
            {
                "epoch": epoch,
                "name": name,
                "task": task,
                "need": float(self.need[k, i, j]),
                "unit": self.unit,
                "selectivity": float(self.index[k, i, j]),
            }
            for k, epoch in enumerate(self.epochs.tolist())
            for i, name in enumerate(self.names)
            for j, task in enumerate(self.tasks)
        ]

    def to_csv(self, path: str | os.PathLike[str]) -> None:
        """Write the rows to a file of comma-separated values, with a header."""
        write_csv(self.rows, path)

    def _table(self) -> tuple[str, list[str], list[list[str]], str]:
        shown = np.unique(np.linspace(0, len(self.epochs) - 1, min(len(self.epochs), 8)).round().astype(int))
        pairs = [(i, j) for i in range(len(self.names)) for j in range(len(self.tasks) if len(self.tasks) > 2 else 1)]
        header = ["epoch", *(f"{self.names[i]}: {self.tasks[j]}" for i, j in pairs), "division"]
        rows = [
            [
                str(self.epochs[k]),
                *("-" if np.isnan(self.index[k, i, j]) else f"{self.index[k, i, j]:+.2f}" for i, j in pairs),
                f"{self.division[k]:.2f}",
            ]
            for k in shown.tolist()
        ]
        note = (
            f"selectivity by {self.unit}, - no task that is done better than chance needs it; "
            "division: how far the tasks are divided among them, from 0 to 1"
        )
        return "Selectivity over training", header, rows, note

    def __repr__(self) -> str:
        return as_text(*self._table())

    def _repr_html_(self) -> str:
        return as_html(*self._table())


class SelectivityProbe:
    """A callback for training that records selectivity: before the first epoch, and after every so many.

    Parameters
    ----------
    net : Network
        The one that is trained.
    tasks : sequence of Task
        To measure on: two or more, on samples that are not learnt; also where only one of them is learnt.
    every : int
        After how many epochs it records.
    regions, neurons, by, least
        As for `selectivity`.

    Raises
    ------
    OptionError, DataError, UnknownNameError
        As for `selectivity`.

    Examples
    --------
    >>> import networkx as nx, numpy as np, neurosim as ns
    >>> B = nx.DiGraph([("eye", "left"), ("eye", "right")])
    >>> B.add_edges_from((region, task) for region in ("left", "right") for task in ("what", "where"))
    >>> nx.set_node_attributes(B, 2, "size")
    >>> brain = ns.Network.from_regions(B, mode="relu", rng=0)
    >>> X = np.random.default_rng(0).normal(size=(80, 2))
    >>> tasks = [ns.Task(name, X, (X[:, i] > 0).astype(int), name) for i, name in enumerate(("what", "where"))]
    >>> probe = ns.SelectivityProbe(brain, tasks, every=5)
    >>> history = ns.train(tasks[0].view(brain), X, tasks[0].targets, loss="cross_entropy", epochs=10, callback=probe)
    >>> probe.course.epochs, sorted(probe.course)
    (array([ 0,  5, 10]), ['left', 'right'])
    """

    @check_call("its name before it, as in ns.SelectivityProbe(net, tasks, every={!r})")
    def __init__(
        self,
        net: Network,
        tasks: Sequence[Task],
        *,
        every: int = 1,
        regions: str | Sequence[str] | None = None,
        neurons: Name | Sequence[Name] | None = None,
        by: str | None = None,
        least: float = 0.0,
    ) -> None:
        self._net, self._tasks = net, read_tasks(net, tasks)
        check_several(self._tasks)
        check_count("every", every, least=1)
        check_number("least", least, least=0)
        self._every, self._least = every, least
        self._measure = read_measure(by, self._tasks)
        self._groups, _ = read_groups(net, self._tasks, regions, neurons)
        self._epochs: list[int] = []
        self._need: list[Floats] = []
        self._index: list[Floats] = []
        self._unit = ""
        self._record(0)

    def __call__(self, epoch: int, measures: object) -> None:
        """Record, if it is time: what training calls after each epoch, with its number from 0."""
        if (epoch + 1) % self._every == 0:
            self._record(epoch + 1)

    def _record(self, epoch: int) -> None:
        found = MEASURES[self._measure](self._net, self._tasks, list(self._groups.values()))
        done = better_than_chance(self._net, self._tasks, self._measure)
        self._unit = found.unit
        self._epochs.append(epoch)
        self._need.append(found.total)
        self._index.append(index_of(found, done, self._least))

    @property
    def course(self) -> SelectivityCourse:
        """What has been recorded so far."""
        return SelectivityCourse(
            np.array(self._epochs),
            tuple(self._groups),
            tuple(task.name for task in self._tasks),
            np.array(self._need),
            self._unit,
            np.array(self._index),
        )
