"""The samples of several tasks, side by side, so that every batch holds some of each."""

from __future__ import annotations

import dataclasses
import weakref
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import TypeVar

import numpy as np

from neurosim.anatomy.network import Network
from neurosim.anatomy.structure import Floats, Indices, Structure
from neurosim.engine.outputs import read_from
from neurosim.plasticity.losses import Loss
from neurosim.plasticity.targets import Samples, Targets
from neurosim.plasticity.tasks import Task, read_tasks

T = TypeVar("T")

BETWEEN = "/"  # a task and a measure of it, in the name of a column

_unions: weakref.WeakKeyDictionary[Structure, dict[bytes, Structure]] = weakref.WeakKeyDictionary()


@dataclasses.dataclass(frozen=True, eq=False)
class Asked:
    """What one task asks of a network.

    Attributes
    ----------
    task : Task
    samples : Samples
        All of its samples, laid out.
    neurons : int array
        Those that are read.
    stimulus : int
        Which stimulus it is about: tasks with equal X have one in common.
    """

    task: Task
    samples: Samples
    neurons: Indices
    stimulus: int

    @property
    def loss(self) -> Loss:
        """What it is judged by."""
        return self.task.measure

    @property
    def weight(self) -> float:
        """How much its gradient counts."""
        return self.task.weight


@dataclasses.dataclass(frozen=True, eq=False)
class JointSamples:
    """As many joint samples as the longest task has; each holds one sample of every task.

    A shorter task begins again meanwhile. All of them together are each task's own samples, each once.

    Attributes
    ----------
    asked : tuple of Asked
    held : list of int arrays
        For each stimulus, which of its samples every joint sample holds; see `Dealer`.
    numbers : int array, or None
        Which joint samples these are; None for all.
    """

    asked: tuple[Asked, ...]
    held: list[Indices]
    numbers: Indices | None = None

    def __len__(self) -> int:
        return len(self.held[0] if self.numbers is None else self.numbers)

    def __getitem__(self, numbers: Indices) -> JointSamples:
        return JointSamples(self.asked, self.held, numbers if self.numbers is None else self.numbers[numbers])

    def of(self, task: Asked) -> Indices | None:
        """The numbers of a task's samples; None for all."""
        return None if self.numbers is None else self.held[task.stimulus][self.numbers]

    def targets_of(self, task: Asked) -> Targets:
        """What is wanted of a task's samples."""
        numbers = self.of(task)
        return task.samples.targets if numbers is None else task.samples.targets[numbers]

    @cached_property
    def stimulus(self) -> tuple[Floats, list[slice]]:
        """What the inputs do, shape (inputs, columns), and for each task which columns are its own."""
        distinct = {each.stimulus: each for each in reversed(self.asked)}
        parts = [_some(distinct[i].samples.stimulus, self.of(distinct[i])) for i in range(len(distinct))]
        ends = np.cumsum([0, *(part.shape[1] for part in parts)]).tolist()
        columns = parts[0] if len(parts) == 1 else np.concatenate(parts, axis=1)
        return columns, [slice(ends[each.stimulus], ends[each.stimulus + 1]) for each in self.asked]

    def score(self, tally: dict[str, float]) -> dict[str, float]:
        """Means, and of squared errors their roots; see `tallied`."""
        means = {name: total / len(self) for name, total in tally.items()}
        return means | {name: float(np.sqrt(mean)) for name, mean in means.items() if name.endswith(BETWEEN + "error")}

    def tallied(self, task: Asked, loss: float, tally: dict[str, float], rows: int) -> dict[str, float]:
        """What a task came to over some rows, in columns named after it, as if it had as many rows as this is long."""
        sums = {"loss": loss * rows, **tally}
        return {f"{task.task.name}{BETWEEN}{name}": total * (len(self) / rows) for name, total in sums.items()}


def _some(stimulus: Floats, numbers: Indices | None) -> Floats:
    return stimulus if numbers is None else stimulus[:, numbers]


class Dealer:
    """Deals out the samples of shorter tasks, epoch after epoch, so that each is seen as often as the others.

    They are dealt in passes: in each pass all of them once, in an order of its own. A pass that an epoch leaves
    unfinished goes on in the next one. Of tasks that are as long as the longest nothing is drawn at random.

    Parameters
    ----------
    data : JointSamples
    rng : numpy.random.Generator
    """

    def __init__(self, data: JointSamples, rng: np.random.Generator) -> None:
        self._data, self._rng = data, rng
        self._counts = {each.stimulus: len(each.samples) for each in data.asked}
        self._left = {i: np.empty(0, np.int64) for i, count in self._counts.items() if count < len(data)}

    def epoch(self) -> JointSamples:
        """The joint samples of the next epoch."""
        return dataclasses.replace(self._data, held=[self._dealt(i, whole) for i, whole in enumerate(self._data.held)])

    def _dealt(self, stimulus: int, whole: Indices) -> Indices:
        if stimulus not in self._left:
            return whole
        passes, count = [self._left[stimulus]], len(whole)
        while sum(map(len, passes)) < count:
            passes.append(self._rng.permutation(self._counts[stimulus]))
        dealt = np.concatenate(passes)
        self._left[stimulus] = dealt[count:]
        return dealt[:count]


def ask(net: Network, tasks: Sequence[Task] | Task) -> JointSamples:
    """Check tasks against a network and lay their samples out.

    Parameters
    ----------
    net : Network
    tasks : sequence of Task
        One or more, each with a name of its own.

    Returns
    -------
    JointSamples
    """
    stimuli: list[Floats] = []
    asked = []
    for task in read_tasks(net, tasks):
        number = next((i for i, X in enumerate(stimuli) if np.array_equal(X, task.X)), len(stimuli))
        if number == len(stimuli):
            stimuli.append(task.X)
        asked.append(Asked(task, task.samples(net), task.view(net).structure.outputs, number))
    longest = np.arange(max(map(len, stimuli)))
    return JointSamples(tuple(asked), [longest % len(X) for X in stimuli])


def by_task(measures: Mapping[str, T]) -> dict[str, dict[str, T]]:
    """Columns of a run, sorted by the task whose they are; what is about all of them together is left out."""
    sorted_out: dict[str, dict[str, T]] = {}
    for name, value in measures.items():
        task, between, measure = name.rpartition(BETWEEN)
        if between:
            sorted_out.setdefault(task, {})[measure] = value
    return sorted_out


def union_of(structure: Structure, asked: Sequence[Asked]) -> Structure:
    """The same structure with the neurons of all tasks as outputs; kept for as long as it is in use."""
    unions = _unions.setdefault(structure, {})
    marked = np.zeros(structure.n_neurons, dtype=bool)
    for each in asked:
        marked[each.neurons] = True
    key = marked.tobytes()
    if key not in unions:
        unions[key] = read_from(structure, marked)
    return unions[key]
