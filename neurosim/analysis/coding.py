"""What activity tells about tasks: how much of a neuron's variance over samples their labels explain."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from neurosim.analysis.selectivity import selectivity_index
from neurosim.anatomy.columns import RandomState, read_rng
from neurosim.anatomy.network import Network
from neurosim.anatomy.neuron import Name
from neurosim.anatomy.structure import Floats, Indices
from neurosim.checks import check_call, check_count
from neurosim.errors import DataError, counted, unknown
from neurosim.physiology.respond import activity
from neurosim.physiology.state import find_neurons
from neurosim.plasticity.tasks import Task, read_tasks
from neurosim.tables import as_html, as_text, write_csv

AT_ONCE = 2**22  # numbers that permutations hold in memory at a time


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Coding(Mapping[str, Mapping[str, float]]):
    """How much of each neuron's variance the labels of each task explain; ``print`` it. See `coding`.

    A mapping: ``found["V1[3]"]["digit"]`` is omega squared of that neuron for that task; ``found["V1"]`` has the mean
    over the region's neurons.

    Attributes
    ----------
    names : tuple of str
        The neurons.
    regions : mapping of str to int array
        For each region that has some of them, their places in `names`.
    tasks : tuple of str
    eta : float array, shape (neurons, tasks)
        Eta squared, the share of variance between classes in this sample, which chance alone makes larger than 0.
    omega : float array, shape (neurons, tasks)
        Omega squared, the share in what the samples were drawn from: about 0, and half of the time below, where
        labels tell nothing. NaN for a neuron that always does the same.
    p : float array, shape (neurons, tasks)
        How often labels that are shuffled explain as much; NaN without permutations.
    corrected : float array, shape (neurons, tasks)
        How often the best of all these neurons explains as much with shuffled labels: p for those who look for the
        neurons that code for something.
    permutations : int
    """

    names: tuple[str, ...]
    regions: Mapping[str, Indices]
    tasks: tuple[str, ...]
    eta: Floats
    omega: Floats
    p: Floats
    corrected: Floats
    permutations: int

    def __getitem__(self, name: str) -> Mapping[str, float]:
        if name in self.names:
            values = self.omega[self.names.index(name)]
        elif name in self.regions:
            values = _mean(self.omega[self.regions[name]])
        else:
            raise unknown("neuron or region here called", name, [*self.regions, *self.names])
        return dict(zip(self.tasks, values.tolist(), strict=True))

    __eq__ = object.__eq__  # that of Mapping would compare arrays, which is ambiguous
    __hash__ = object.__hash__

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)

    @property
    def index(self) -> Floats:
        """How much more each neuron tells about each task than about the others, from -1 to 1, by omega squared."""
        return selectivity_index(np.nan_to_num(self.omega))

    @property
    def rows(self) -> list[dict[str, object]]:
        """One dictionary for each neuron and task: what `to_csv` writes."""
        region_of = {int(i): region for region, places in self.regions.items() for i in places}
        columns = {"eta_squared": self.eta, "omega_squared": self.omega, "p": self.p, "corrected_p": self.corrected}
        return [
            {"neuron": name, "region": region_of.get(i, ""), "task": task}
            | {column: float(values[i, j]) for column, values in columns.items()}
            for i, name in enumerate(self.names)
            for j, task in enumerate(self.tasks)
        ]

    def to_csv(self, path: str | os.PathLike[str]) -> None:
        """Write the rows to a file of comma-separated values, with a header."""
        write_csv(self.rows, path)

    def _table(self) -> tuple[str, list[str], list[list[str]], str]:
        """By region, or by neuron where there are no regions."""
        groups = dict(self.regions) or {name: np.array([i]) for i, name in enumerate(self.names)}
        header = ["", "neurons"]
        for task in self.tasks:
            header += [f"omega²: {task}", "significant"]
        rows = []
        for name, places in groups.items():
            row = [name, str(len(places))]
            for j in range(len(self.tasks)):
                significant = int((self.corrected[places, j] <= 0.05).sum())
                row += [f"{_mean(self.omega[places])[j]:.3f}", str(significant) if self.permutations else "-"]
            rows.append(row)
        note = "omega²: mean share of a neuron's variance that the labels explain; significant: neurons with p ≤ 0.05"
        tested = f", corrected for {len(self.names)} neurons ({counted(self.permutations, 'permutation')})"
        return "Coding", header, rows, note + (tested if self.permutations else ", not tested")

    def __repr__(self) -> str:
        return as_text(*self._table())

    def _repr_html_(self) -> str:
        return as_html(*self._table())


_INSTEAD = {
    **dict.fromkeys(("n_permutations", "shuffles"), "Write permutations=1000."),
    **dict.fromkeys(("seed", "random_state"), "Write rng=0."),
}


@check_call("its name before it, as in ns.coding(net, tasks, neurons={!r})", _INSTEAD)
def coding(
    net: Network,
    tasks: Sequence[Task],
    *,
    neurons: Name | Sequence[Name] | None = None,
    permutations: int = 1000,
    rng: RandomState = None,
) -> Coding:
    """How much of each neuron's activity is about each task: the share of its variance that the labels explain.

    A one-way analysis of variance for each neuron and task, with the classes as groups. With SS_between of the
    classes' means, SS_total, and MS_within = (SS_total - SS_between) / (samples - classes), ::

        eta squared   = SS_between / SS_total
        omega squared = (SS_between - (classes - 1) MS_within) / (SS_total + MS_within)

    Eta squared is the larger, the more classes and the fewer samples there are, even where labels tell nothing;
    omega squared (Hays 1963) is corrected for that. What remains is compared with labels that are shuffled.

    Coding is not need: a neuron may tell which digit it is and have no synapse to those who say it, as pixels of the
    retina do; and a task may need a neuron that answers to every class alike. For need see `selectivity`.

    Parameters
    ----------
    net : Network
        In a single tick.
    tasks : sequence of Task
        With class numbers as targets.
    neurons : name or sequence of names, optional
        The name of a region stands for all of its neurons; unless given, all that are not sensory.
    permutations : int
        How often labels are shuffled, for p; 0 for no test. p is (as good or better + 1) / (permutations + 1), so it is
        never 0 (Phipson and Smyth 2010, Statistical Applications in Genetics and Molecular Biology 9).
    rng : int or numpy.random.Generator, optional
        For that.

    Returns
    -------
    Coding
        A table; ``ns.plot`` draws it.

    Raises
    ------
    DataError
        If a task has values and not classes, only one class, or no more samples than classes.
    OptionError, UnknownNameError
        If an argument cannot be used.

    Examples
    --------
    >>> import numpy as np, neurosim as ns
    >>> net = ns.Network.from_arrays([0, 1, 0, 1], [2, 3, 4, 4], 1.0, modes="linear", regions=["x", "x", "a", "b", "y"])
    >>> X = np.random.default_rng(0).normal(size=(200, 2))
    >>> task = ns.Task("first", X, (X[:, 0] > 0).astype(int), "y", loss="mse")
    >>> found = ns.coding(net, [task], neurons=["a", "b"], rng=0)
    >>> found["a"]["first"] > 0.5, abs(found["b"]["first"]) < 0.05
    (True, True)
    >>> found.corrected[:, 0] < 0.05
    array([ True, False])
    """
    listed = read_tasks(net, tasks)
    check_count("permutations", permutations)
    generator, structure = read_rng(rng), net.structure
    if neurons is None:
        numbers = np.flatnonzero(~structure.sensory)
    else:
        each = [neurons] if isinstance(neurons, str | int | np.integer) else list(neurons)
        numbers = np.concatenate([find_neurons(structure, name) for name in each])
    shape = (len(numbers), len(listed))
    eta, omega, p, corrected = (np.full(shape, np.nan) for _ in range(4))
    for column, task in enumerate(listed):
        classes, rates = _classes(net, task), activity(net, task.X)[:, numbers]
        variance = _Variance(rates, classes)
        eta[:, column], omega[:, column] = variance.eta(classes), variance.omega(classes)
        if permutations:
            p[:, column], corrected[:, column] = variance.test(classes, permutations, generator)
    names = tuple(str(structure.names[i]) for i in numbers.tolist())
    places = {region: np.flatnonzero(structure.region_of[numbers] == i) for i, region in enumerate(structure.regions)}
    present = {region: at for region, at in places.items() if len(at)}
    tasks_ = tuple(task.name for task in listed)
    return Coding(names, present, tasks_, eta, omega, p, corrected, permutations)


class _Variance:
    """Rates of neurons, ready to be divided into classes again and again."""

    def __init__(self, rates: npt.NDArray[np.floating[Any]], classes: Indices) -> None:
        self.samples, self.classes = len(rates), int(classes.max()) + 1
        centred = rates.astype(np.float64) - rates.mean(axis=0, dtype=np.float64)
        total = np.square(centred).sum(axis=0)
        # what rounding leaves of a rate that never changes is no variance
        steady = total <= 1e-20 * np.square(rates.astype(np.float64)).sum(axis=0)
        self.scaled = centred / np.sqrt(np.where(steady, np.nan, total))
        self.sizes = np.bincount(classes)
        self.within = self.samples - self.classes

    def eta(self, classes: Indices) -> Floats:
        """Eta squared of every neuron."""
        eta: Floats = self._eta(classes[None])[0]
        return eta

    def omega(self, classes: Indices) -> Floats:
        """Omega squared of every neuron."""
        eta = self.eta(classes)
        mean_square = (1 - eta) / self.within
        omega: Floats = (eta - (self.classes - 1) * mean_square) / (1 + mean_square)
        return omega

    def _eta(self, classes: Indices) -> Floats:
        """Of several labellings, shape (labellings, samples), all with classes of the same sizes."""
        member = classes[:, None, :] == np.arange(self.classes)[:, None]
        sums = member.astype(np.float64) @ self.scaled
        share: Floats = (np.square(sums) / self.sizes[:, None]).sum(axis=1)
        return share

    def test(self, classes: Indices, permutations: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
        """How often shuffled labels explain as much: of each neuron itself, and of the best of all."""
        found = self.eta(classes)
        alone, best = np.ones_like(found), np.ones_like(found)
        at_once = max(1, AT_ONCE // (self.samples * self.classes))
        # Sums in another order differ in their last digits; labellings that are as good must not count as worse.
        bar = found * (1 - 1e-12)
        for start in range(0, permutations, at_once):
            shuffled = rng.permuted(np.tile(classes, (min(at_once, permutations - start), 1)), axis=1)
            chance = self._eta(shuffled)
            alone += (chance >= bar).sum(axis=0)
            top = np.where(np.isnan(chance), -np.inf, chance).max(axis=1)
            best += (top[:, None] >= bar).sum(axis=0)
        steady = np.isnan(found)
        return tuple(np.where(steady, np.nan, count / (permutations + 1)) for count in (alone, best))  # type: ignore[return-value]


def _classes(net: Network, task: Task) -> Indices:
    """The classes of a task, numbered from 0 without gaps."""
    classes = task.samples(net).targets.classes
    if classes is None:
        raise DataError(
            f"Task {task.name!r} has values as targets, and coding compares classes. Give class numbers, whole, of "
            "shape (samples,), such as bins of the values."
        )
    different, numbered = np.unique(classes, return_inverse=True)
    if len(different) < 2 or len(classes) <= len(different):
        raise DataError(
            f"Task {task.name!r} has {counted(len(classes), 'sample')} of "
            f"{counted(len(different), 'class', 'classes')}; to see whether classes differ takes two of them and more "
            "samples than classes."
        )
    return numbered


def _mean(omega: Floats) -> Floats:
    """Over neurons, those that always do the same left out."""
    known = ~np.isnan(omega)
    mean: Floats = np.where(known, omega, 0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    return mean
