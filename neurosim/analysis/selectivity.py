"""Which task a region or a neuron is for: how much more one needs it than the others."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from neurosim.analysis.needs import (
    CONFIDENCE,
    MEASURES,
    Needs,
    better_than_chance,
    needed,
    read_groups,
    read_measure,
    read_tasks,
)
from neurosim.analysis.tables import as_html, as_text, write_csv
from neurosim.anatomy.columns import RandomState, read_rng
from neurosim.anatomy.network import Network
from neurosim.anatomy.neuron import Name
from neurosim.anatomy.structure import Flags, Floats
from neurosim.checks import check_call, check_count, check_number
from neurosim.errors import OptionError, unknown
from neurosim.plasticity.tasks import Task

AT_ONCE = 2**22  # resampled needs that are held in memory at a time


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Selectivity(Mapping[str, Mapping[str, float]]):
    """What tasks need of regions or neurons; ``print`` it. See `selectivity` for what is measured.

    A mapping: ``found["V1"]["digit"]`` is how selective the region V1 is for the task digit.

    Attributes
    ----------
    names : tuple of str
        The regions, or neurons.
    tasks : tuple of str
    need : float array, shape (names, tasks)
        What each task loses without each of them.
    unit : str
        What that is measured in.
    index : float array, shape (names, tasks)
        From -1, needed by the other tasks alone, to 1, needed by this task alone; NaN where no task needs it by more
        than samples leave in doubt.
    low, high : float arrays, shape (names, tasks)
        The 95 % interval of the index over samples; NaN where there is none.
    of_neurons : bool
        Whether `names` are those of single neurons.
    at_chance : tuple of str
        The tasks that the network does no better than chance, so that there is nothing to lose.
    """

    names: tuple[str, ...]
    tasks: tuple[str, ...]
    need: Floats
    unit: str
    index: Floats
    low: Floats
    high: Floats
    of_neurons: bool
    at_chance: tuple[str, ...] = ()

    def __getitem__(self, name: str) -> Mapping[str, float]:
        if name not in self.names:
            raise unknown("neuron here called" if self.of_neurons else "region here called", name, self.names)
        return dict(zip(self.tasks, self.index[self.names.index(name)].tolist(), strict=True))

    __eq__ = object.__eq__  # that of Mapping would compare arrays, which is ambiguous
    __hash__ = object.__hash__

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)

    @property
    def division(self) -> float:
        """How far regions (or neurons) have divided the tasks among them; see `division_of_labour`."""
        return float(division_of_labour(self.index))

    @property
    def rows(self) -> list[dict[str, object]]:
        """One dictionary for each name and task: what `to_csv` writes."""
        return [
            {
                "name": name,
                "task": task,
                "need": float(self.need[i, j]),
                "unit": self.unit,
                "selectivity": float(self.index[i, j]),
                "low": float(self.low[i, j]),
                "high": float(self.high[i, j]),
            }
            for i, name in enumerate(self.names)
            for j, task in enumerate(self.tasks)
        ]

    def to_csv(self, path: str | os.PathLike[str]) -> None:
        """Write the rows to a file of comma-separated values, with a header."""
        write_csv(self.rows, path)

    def _table(self) -> tuple[str, list[str], list[list[str]], str]:
        one = len(self.tasks) == 2  # the index for the second task is the opposite of that for the first
        shown = self.tasks[:1] if one else self.tasks
        header = ["", *(f"need: {task}" for task in self.tasks), *(f"selectivity: {task}" for task in shown)]
        rows = [
            [name, *(f"{need:.3f}" for need in self.need[i]), *(self._cell(i, j) for j in range(len(shown)))]
            for i, name in enumerate(self.names)
        ]
        against = f"1 {self.tasks[0]} alone, -1 {self.tasks[1]} alone" if one else "1 that task alone"
        note = f"need: {self.unit}; selectivity: {against}, - no task needs it; in brackets the 95 % interval"
        if self.at_chance:
            tasks = " and ".join(map(repr, self.at_chance))
            note += f"\nthe network does {tasks} no better than chance: there is nothing to need it for"
        return "Selectivity", header, rows, note

    def _cell(self, i: int, j: int) -> str:
        if np.isnan(self.index[i, j]):
            return "-"
        interval = "" if np.isnan(self.low[i, j]) else f" ({self.low[i, j]:+.2f} to {self.high[i, j]:+.2f})"
        return f"{self.index[i, j]:+.2f}{interval}"

    def __repr__(self) -> str:
        return as_text(*self._table())

    def _repr_html_(self) -> str:
        return as_html(*self._table())


_INSTEAD = {
    **dict.fromkeys(("measure", "metric", "unit"), "Write by='accuracy', 'loss', 'gradient' or 'weights'."),
    **dict.fromkeys(("seed", "random_state"), "Write rng=0."),
}


@check_call("its name before it, as in ns.selectivity(net, tasks, by={!r})", _INSTEAD)
def selectivity(
    net: Network,
    tasks: Sequence[Task],
    *,
    regions: str | Sequence[str] | None = None,
    neurons: Name | Sequence[Name] | None = None,
    by: str | None = None,
    least: float = 0.0,
    resamples: int = 1000,
    rng: RandomState = None,
) -> Selectivity:
    """Which task each region, or neuron, is for, judged by what the tasks need of it.

    The need of a task for a region is, with ``by=``

    - ``"accuracy"``: the share of right answers that is lost when the region is silent;
    - ``"loss"``: how much the loss rises when it is silent;
    - ``"gradient"``: how fast the loss would begin to rise as what the region sends is turned down: for neurons by
      the thousand, since a single backward pass gives it for all; but at a minimum of the loss it is near 0 for
      everyone, needed or not;
    - ``"weights"``: the absolute weights that it sends straight to the task's output region, added up: how well it
      could be heard, whatever it has to say.

    Selectivity for a task is ``(need - others) / (need + others)``, where `others` is the mean need of the other tasks
    and a need below 0 counts as 0 (something that is better lost). So with two tasks it is
    ``(need_A - need_B) / (need_A + need_B)``. Where one neuron can stand in for another, silencing either costs
    nothing, and both look as if no task needed them: take regions, or several at once (see `lesion_atlas`).
    That a neuron's activity differs by class does not make it needed; for what activity tells see `coding`.

    Nothing is said (NaN, ``-`` in the table) of what no task needs: one must be done better than chance and lose more
    than samples leave in doubt, so that the 95 % interval of its need (Student's) is above 0. With two tasks that
    takes some 1 in 20 for needed that is not; where all neurons of a network are looked at, that is many.

    Parameters
    ----------
    net : Network
        Left as it is.
    tasks : sequence of Task
        Two or more. Measure on samples that were not learnt.
    regions : str or sequence of str, optional
        A row for each; unless given, all that are neither sensory nor read.
    neurons : name or sequence of names, optional
        A row for each instead; the name of a region stands for all of its neurons.
    by : "accuracy", "loss", "gradient" or "weights", optional
        Accuracy, unless given, if all tasks have right answers; otherwise loss.
    least : float >= 0
        Where needs add up to no more than this, nothing is said either.
    resamples : int
        How often samples are drawn anew, with replacement, for the interval (the bootstrap's percentiles; Efron 1979,
        Annals of Statistics 7); 0 for none. Tasks with the same stimuli are resampled together. Where no task needs
        anything in a resample, that counts as anything from -1 to 1. A need that no sample shows is 0 in every resample
        too: of 300 samples, 1 % may still need it. Samples are what is resampled, so the interval is
        about this network; for what holds of networks take several. (None for gradients and weights, nor where
        neurons times samples are more than 16 million.)
    rng : int or numpy.random.Generator, optional
        For that.

    Returns
    -------
    Selectivity
        A table; ``ns.plot`` draws it.

    Raises
    ------
    OptionError, DataError, UnknownNameError
        If an argument cannot be used, or a task reads the region that is to be silent.

    Examples
    --------
    >>> import networkx as nx, numpy as np, neurosim as ns
    >>> B = nx.DiGraph([("eye", "left"), ("eye", "right"), ("left", "what"), ("right", "where")])
    >>> nx.set_node_attributes(B, 2, "size")
    >>> one_to_one = ns.wiring.explicit([(0, 0), (1, 1)])
    >>> nx.set_edge_attributes(B, one_to_one, "wiring"); nx.set_edge_attributes(B, 1.0, "weight")
    >>> brain = ns.Network.from_regions(B, mode="linear", rng=0)
    >>> X, labels = np.eye(2).repeat(50, axis=0), np.arange(2).repeat(50)
    >>> tasks = [ns.Task("what", X, labels, "what"), ns.Task("where", X, labels, "where")]
    >>> ns.selectivity(brain, tasks, rng=0)
    Selectivity
           need: what  need: where       selectivity: what
    left        0.500        0.000  +1.00 (+1.00 to +1.00)
    right       0.000        0.500  -1.00 (-1.00 to -1.00)
    need: accuracy; selectivity: 1 what alone, -1 where alone, - no task needs it; in brackets the 95 % interval
    """
    listed = read_tasks(net, tasks)
    check_several(listed)
    check_number("least", least, least=0)
    check_count("resamples", resamples)
    measure = read_measure(by, listed)
    groups, of_neurons = read_groups(net, listed, regions, neurons)
    needs, done = MEASURES[measure](net, listed, list(groups.values())), better_than_chance(net, listed, measure)
    index = index_of(needs, done, least)
    known: Flags = np.asarray(~np.isnan(index).all(axis=1))
    low, high = _interval(needs, known, listed, least, resamples, read_rng(rng))
    names = tuple(task.name for task in listed)
    at_chance = tuple(name for name, better in zip(names, done, strict=True) if not better)
    return Selectivity(tuple(groups), names, needs.total, needs.unit, index, low, high, of_neurons, at_chance)


def index_of(needs: Needs, done: Flags, least: float) -> Floats:
    """The index of what some task needs beyond doubt; NaN for the rest."""
    index: Floats = np.where(needed(needs, done)[:, None], selectivity_index(needs.total, least), np.nan)
    return index


def check_several(tasks: Sequence[Task]) -> None:
    """Raise unless there are two tasks or more."""
    if len(tasks) < 2:
        names = ", ".join(repr(task.name) for task in tasks) or "none"
        raise OptionError(f"To be selective is to be for one task and not for another: give two or more; got {names}.")


def selectivity_index(need: npt.ArrayLike, least: float = 0.0) -> Floats:
    """How much more each task needs something than the other tasks do: (need - others) / (need + others).

    Parameters
    ----------
    need : array_like, shape (..., tasks)
        What is below 0 counts as 0.
    least : float
        Where they add up to no more than this it is NaN.

    Returns
    -------
    float array, shape (..., tasks)

    Examples
    --------
    >>> import neurosim as ns
    >>> ns.selectivity_index([[3.0, 1.0], [0.0, 0.5], [0.0, 0.0], [2.0, -1.0]])
    array([[ 0.5, -0.5],
           [-1. ,  1. ],
           [ nan,  nan],
           [ 1. , -1. ]])
    """
    needed = np.maximum(np.asarray(need, dtype=np.float64), 0)
    total = needed.sum(axis=-1, keepdims=True)
    others = (total - needed) / (needed.shape[-1] - 1)
    with np.errstate(invalid="ignore", divide="ignore"):
        index: Floats = np.where(total > least, (needed - others) / (needed + others), np.nan)
    return index


def division_of_labour(index: npt.ArrayLike) -> Floats:
    """How far some regions have divided the tasks among them, from 0 to 1.

    Half of the largest difference between two regions in their selectivity for a task: 0 where all are as selective
    as each other (for both tasks, or all for the same one), 1 where some task needs one region alone that no other
    task needs, and another region is needed by other tasks alone. Regions that no task needs (NaN) are left out; with
    fewer than two others it is 0: an idle region has taken no part of the labour.

    Parameters
    ----------
    index : array_like, shape (..., regions, tasks)
        From `selectivity_index`.

    Returns
    -------
    float array, shape (...)

    Examples
    --------
    >>> import numpy as np, neurosim as ns
    >>> ns.division_of_labour([[0.9, -0.9], [-0.7, 0.7]]), ns.division_of_labour([[0.4, -0.4], [np.nan, np.nan]])
    (array(0.8), array(0.))
    """
    values = np.asarray(index, dtype=np.float64)
    high = np.where(np.isnan(values), -np.inf, values).max(axis=-2)
    low = np.where(np.isnan(values), np.inf, values).min(axis=-2)
    division: Floats = np.maximum((high - low) / 2, 0).max(axis=-1)
    return np.where(np.isfinite(division), division, 0.0)


def _interval(
    needs: Needs, known: Flags, tasks: Sequence[Task], least: float, resamples: int, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """The percentiles of the index, where it is known, when samples are drawn anew."""
    low, high = np.full((2, *needs.total.shape), np.nan)
    if needs.by_sample is None or not resamples:
        return low, high
    counts: list[Floats] = []
    for column, task in enumerate(tasks):
        same = [i for i in range(column) if np.array_equal(tasks[i].X, task.X)]
        n = len(task)
        counts.append(counts[same[0]] if same else rng.multinomial(n, np.full(n, 1 / n), resamples) / n)
    tail = 100 * (1 - CONFIDENCE) / 2
    at_once = max(1, AT_ONCE // (resamples * len(tasks)))
    rows = np.flatnonzero(known)
    for some in (rows[start : start + at_once] for start in range(0, len(rows), at_once)):
        drawn = [each @ values[some].T for each, values in zip(counts, needs.by_sample, strict=True)]
        index = selectivity_index(np.stack(drawn, axis=-1), least)
        # a resample in which no task needs it tells nothing: it could be for either
        low[some] = np.percentile(np.where(np.isnan(index), -1, index), tail, axis=0)
        high[some] = np.percentile(np.where(np.isnan(index), 1, index), 100 - tail, axis=0)
    return low, high
