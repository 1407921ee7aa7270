"""The lesion atlas: what every task loses without each region, each neuron, and pairs of them."""

from __future__ import annotations

import dataclasses
import itertools
import os
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from neurosim.anatomy.columns import RandomState
from neurosim.anatomy.network import Network, listed, pairs_of
from neurosim.anatomy.neuron import Name
from neurosim.anatomy.structure import Flags, Floats, Indices, Structure
from neurosim.checks import check_call
from neurosim.engine.lesion_sweep import Answers, lesion_sweep
from neurosim.engine.workers import share_out
from neurosim.errors import DataError, GraphError, OptionError, counted, unknown
from neurosim.physiology.respond import check_parameters
from neurosim.plasticity.targets import Samples, read_classes
from neurosim.plasticity.tasks import Task, read_tasks
from neurosim.tables import as_html, as_text, write_csv

if TYPE_CHECKING:
    from neurosim.analysis.dissociation import DoubleDissociations

Numbers: TypeAlias = npt.NDArray[np.float64]
Pair: TypeAlias = tuple[Name, Name]

MOST_KEPT = 2**25  # losses of single samples that are kept, of all lesions; of more, those of regions and their pairs
SHOWN = 12  # neurons that are printed
_INSTEAD = {
    **dict.fromkeys(("region", "areas"), "Write regions=['V1', 'V2']."),
    **dict.fromkeys(("neuron", "units", "cells"), "Write neurons=['h1', 'h2'], or neurons=[] for none."),
    **dict.fromkeys(("pair", "double"), "Write pairs='regions', pairs=[('V1', 'V2')] or pairs=None."),
}


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class LesionAtlas(Mapping[Name | Pair, Mapping[str, float]]):
    """What tasks lose with lesions; ``print`` it. See `lesion_atlas`.

    A mapping: ``atlas["V1"]["digit"]`` is how much the loss of the task digit rises without the region V1, and
    ``atlas["V1", "V2"]["digit"]`` without both. Arrays over lesions have the regions first, then the neurons, then the
    pairs.

    Attributes
    ----------
    net : Network
    tasks : tuple of str
    regions : tuple of str
    neurons : tuple of str or int
    pairs : tuple of (name, name)
    intact, chance : float arrays, shape (tasks,)
        The loss with everything there; and that of the best answer that is the same for all samples.
    loss : float array, shape (lesions, tasks)
    intact_accuracy, chance_accuracy : float arrays, shape (tasks,)
        NaN for tasks whose targets are values.
    accuracy : float array, shape (lesions, tasks)
    sizes : int array, shape (lesions,)
        How many neurons each takes out.
    """

    net: Network
    tasks: tuple[str, ...]
    regions: tuple[str, ...]
    neurons: tuple[Name, ...]
    pairs: tuple[Pair, ...]
    intact: Numbers
    chance: Numbers
    loss: Numbers
    intact_accuracy: Numbers
    chance_accuracy: Numbers
    accuracy: Numbers
    sizes: Indices
    _rises: tuple[dict[int, Numbers], ...]
    _ways: tuple[Numbers, ...]

    __eq__ = object.__eq__  # that of Mapping would compare arrays, which is ambiguous
    __hash__ = object.__hash__

    @cached_property
    def lesions(self) -> tuple[Name | Pair, ...]:
        """The names of all lesions, in the order of the arrays."""
        return (*self.regions, *self.neurons, *self.pairs)

    def __getitem__(self, lesion: Name | Pair) -> Mapping[str, float]:
        return _ByTask(zip(self.tasks, self.rise[self.place(lesion)].tolist(), strict=True))

    def __iter__(self) -> Iterator[Name | Pair]:
        return iter(self.lesions)

    def __len__(self) -> int:
        return len(self.lesions)

    @property
    def rise(self) -> Numbers:
        """How much each loss rises with each lesion, shape (lesions, tasks)."""
        return np.asarray(self.loss - self.intact)

    @property
    def deficit(self) -> Numbers:
        """The rise as a share of the way from the intact loss to that of chance, shape (lesions, tasks).

        0 is a lesion without effect, 1 one that leaves the task where it knows nothing, and more than 1 one that makes
        it answer wrongly with confidence. In this unit tasks with different losses can be compared. NaN for a task that
        is no better than chance in the intact network.
        """
        way = self.chance - self.intact
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.asarray(np.where(way > 0, self.rise / way, np.nan))

    @property
    def drop(self) -> Numbers:
        """How much accuracy is lost with each lesion, shape (lesions, tasks); NaN where targets are values."""
        return np.asarray(self.intact_accuracy - self.accuracy)

    @property
    def interaction(self) -> Numbers:
        """Of each pair, loss(both) - loss(one) - loss(other) + loss(intact), shape (pairs, tasks).

        More than 0: either can do the work of the other, and both together are missed more than they are one by one.
        Less than 0: they work one behind the other, so that what is lost with one cannot be lost again.
        """
        single = np.array([[self.place(name) for name in pair] for pair in self.pairs]).reshape(-1, 2)
        both = self.rise[len(self.regions) + len(self.neurons) :]
        return np.asarray(both - self.rise[single[:, 0]] - self.rise[single[:, 1]])

    def rises(self, lesion: Name | Pair, task: str) -> Numbers:
        """How much the loss of each sample of a task rises with a lesion.

        Parameters
        ----------
        lesion : str, int, or pair of them
            A region, a neuron, or a pair.
        task : str

        Returns
        -------
        float array, shape (samples,)

        Raises
        ------
        UnknownNameError
            If the atlas has no such lesion or task.
        DataError
            If there were too many lesions for single samples to be kept.
        """
        if task not in self.tasks:
            raise unknown("task in this atlas called", task, self.tasks)
        place, rises = self.place(lesion), self._rises[self.tasks.index(task)]
        if place not in rises:
            raise DataError(
                f"With {counted(len(self), 'lesion')}, losses of single samples were kept of regions and their pairs "
                f"alone. Make an atlas of fewer: ns.lesion_atlas(net, tasks, neurons=[{lesion!r}], pairs=None)."
            )
        return _read_only(rises[place])

    def ways(self, task: str) -> Numbers:
        """How far it is for each sample of a task from its intact loss to that of the answer by chance.

        Parameters
        ----------
        task : str

        Returns
        -------
        float array, shape (samples,)
            Its mean is what a deficit of 1 stands for.
        """
        if task not in self.tasks:
            raise unknown("task in this atlas called", task, self.tasks)
        return _read_only(self._ways[self.tasks.index(task)])

    def double_dissociations(
        self,
        lesions: Sequence[Name | Pair] | None = None,
        *,
        spare: float = 0.5,
        resamples: int = 10_000,
        alpha: float = 0.05,
        rng: RandomState = None,
    ) -> DoubleDissociations:
        """Find pairs of lesions and of tasks such that each lesion hurts another task more than the other lesion does.

        Lesion A and task 1, lesion B and task 2 dissociate doubly where task 1 loses more with A than with B, and task
        2 more with B than with A: a crossing that no difference in how hard the tasks are, or how large the lesions,
        brings about (Shallice, "From Neuropsychology to Mental Structure", 1988, chapter 10). And each spares the
        other's task (Teuber 1955): what A costs task 2 is at most the share `spare` of what it costs task 1, and the
        other way round, in shares of the way to chance. There is no more to lose than all: a deficit beyond chance, of
        answers that are wrong with confidence, counts as 1 here.

        The units are the samples of each task, each answered with lesion A and with B. Null hypothesis of a task: it
        makes no difference to a sample which of the two lesions it meets, so the difference of its losses may as well
        have the other sign. The signs are drawn anew `resamples` times; p is the share of draws whose mean difference
        is as large (the true one counted among them). Both tasks must differ, so the larger of their two p counts (the
        intersection-union test, Berger 1982), and Holm's correction is for all combinations of two lesions and two
        tasks either way round. The samples are drawn with replacement for the intervals (percentile bootstrap), for
        what a lesion costs and for the way to chance that it is divided by together.

        All this is about one network and other samples. About other networks say something only several of them.

        Parameters
        ----------
        lesions : sequence of names, optional
            Among which to look; the regions unless given, but for those of sensory neurons.
        spare : float from 0 to 1
            What a lesion may cost the other's task at most, as a share of what it costs its own.
        resamples : int
        alpha : float, 0 < alpha < 1
        rng : int or numpy.random.Generator, optional

        Returns
        -------
        DoubleDissociations
            All that cross and spare, also those that may be chance; none where nothing does.

        Raises
        ------
        DataError
            If there are fewer than two tasks or lesions, or losses of single samples were not kept.
        OptionError
            If there are so many combinations that no p could hold with so few resamples.
        """
        from neurosim.analysis.dissociation import find_double_dissociations

        return find_double_dissociations(self, lesions, spare=spare, resamples=resamples, alpha=alpha, rng=rng)

    def place(self, lesion: Name | Pair) -> int:
        """The place of a lesion in the arrays; both orders of a pair will do."""
        known = self._places
        if lesion in known:
            return known[lesion]
        if isinstance(lesion, tuple) and lesion[::-1] in known:
            return known[lesion[::-1]]
        raise unknown("lesion in this atlas called", lesion, self.lesions)

    @cached_property
    def _places(self) -> dict[Name | Pair, int]:
        places = {name: i for i, name in enumerate(self.lesions)}
        return {**places, **{region: i for i, region in enumerate(self.regions)}}

    # --- Shown -----------------------------------------------------------------------------------

    @property
    def rows(self) -> list[dict[str, object]]:
        """One dictionary for each lesion and task: what `to_csv` writes."""
        kinds = ["region"] * len(self.regions) + ["neuron"] * len(self.neurons) + ["pair"] * len(self.pairs)
        interaction = np.full(self.loss.shape, np.nan)
        if self.pairs:
            interaction[-len(self.pairs) :] = self.interaction
        return [
            {
                "lesion": " + ".join(map(str, lesion)) if isinstance(lesion, tuple) else lesion,
                "kind": kind,
                "neurons": int(self.sizes[i]),
                "task": task,
                "loss": float(self.loss[i, j]),
                "rise": float(self.rise[i, j]),
                "deficit": float(self.deficit[i, j]),
                "accuracy": float(self.accuracy[i, j]),
                "interaction": float(interaction[i, j]),
            }
            for i, (lesion, kind) in enumerate(zip(self.lesions, kinds, strict=True))
            for j, task in enumerate(self.tasks)
        ]

    def to_csv(self, path: str | os.PathLike[str]) -> None:
        """Write the rows to a file of comma-separated values, with a header."""
        write_csv(self.rows, path)

    def __repr__(self) -> str:
        return as_text(*self._table())

    def _repr_html_(self) -> str:
        return as_html(*self._table())

    def _table(self) -> tuple[str, list[str], list[list[str]], str]:
        header = ["without", *(f"{task}: {what}" for task in self.tasks for what in ("loss", "deficit", "accuracy"))]
        nothing = self._cells("nothing", self.intact, np.zeros(len(self.tasks)), self.intact_accuracy)
        rows = [nothing]
        for i in self._shown():
            lesion = self.lesions[i]
            name = " + ".join(map(str, lesion)) if isinstance(lesion, tuple) else str(lesion)
            rows.append(self._cells(name, self.loss[i], self.deficit[i], self.accuracy[i]))
        left = len(self) - len(rows) + 1
        note = "deficit: the share of the way from the intact loss to that of chance"
        idle = [task for task, way in zip(self.tasks, self.chance - self.intact, strict=True) if not way > 0]
        if idle:
            note += f"\nno deficit in what is done no better than by chance: {', '.join(idle)}"
        if left:
            note += f"\nof the neurons, those that cost most ({left:,} more: see .rows)"
        return "Lesion atlas", header, rows, note

    def _cells(self, name: str, loss: Numbers, deficit: Numbers, accuracy: Numbers) -> list[str]:
        cells = [name]
        for one, share, right in zip(loss, deficit, accuracy, strict=True):
            share, right = (
                "-" if np.isnan(each) else f"{each:{kind}}" for each, kind in ((share + 0.0, ".2f"), (right, ".1%"))
            )
            cells += [f"{one:.3f}", share, right]
        return cells

    def _shown(self) -> list[int]:
        """All regions and pairs of regions, and the neurons that cost most."""
        first, last = len(self.regions), len(self.regions) + len(self.neurons)
        cost = np.nan_to_num(self.deficit[first:last], nan=0.0).max(axis=1, initial=-np.inf)
        neurons = np.sort(np.argsort(-cost, kind="stable")[:SHOWN]) + first
        pairs = range(last, min(len(self), last + 10 * SHOWN))
        return [*range(first), *neurons.tolist(), *pairs]


def _written(value: float, form: str) -> str:
    return "-" if np.isnan(value) else f"{value:{form}}"


class _ByTask(dict[str, float]):
    """Figures by task; a task that is not there is an error that lists those that are."""

    def __missing__(self, task: str) -> float:
        raise unknown("task in this atlas called", task, self)


@check_call("its name before it, as in ns.lesion_atlas(net, tasks, regions={!r})", _INSTEAD)
def lesion_atlas(
    net: Network,
    tasks: Task | Sequence[Task],
    *,
    regions: str | Sequence[str] | None = None,
    neurons: Name | Sequence[Name] | None = None,
    pairs: Literal["regions", "neurons"] | Sequence[Pair] | None = "regions",
    backend: str = "auto",
) -> LesionAtlas:
    """Lesion every region, every neuron, and pairs of them, and see what each task loses.

    Each lesion silences what it hits, as `lesion` does. The network is left as it is, and all lesions are worked out
    together: the intact network is run once, and of each lesion only what changes by it.

    Parameters
    ----------
    net : Network
    tasks : Task or sequence of Task
        See `Task`.
    regions, neurons : name or names, optional
        Which to lesion, one by one; all that can be unless given, none for ``[]``. What is read, by a task or as one of
        ``net.outputs``, cannot.
    pairs : "regions", "neurons", list of (name, name), or None
        Which to lesion together: all pairs of the regions, or of the neurons, above; or those that are named,
        regions or neurons. Both of a pair are lesioned alone too.
    backend : "auto", "numpy" or "numba"
        What computes; see `train`.

    Returns
    -------
    LesionAtlas
        A table; ``ns.plot`` draws it.

    Raises
    ------
    UnknownNameError
        If a region or neuron is not there.
    GraphError
        If one is named that is read.
    OptionError, DataError
        If tasks do not suit the network, or there is nothing to lesion.

    Examples
    --------
    >>> import networkx as nx, neurosim as ns
    >>> B = nx.DiGraph()
    >>> B.add_node("eye", size=2); B.add_node("A", size=1, mode="relu"); B.add_node("B", size=1, mode="relu")
    >>> B.add_node("hand", size=1, mode="linear")
    >>> for region in "AB":
    ...     B.add_edge("eye", region, weight=1.0); B.add_edge(region, "hand", weight=0.5)
    >>> net = ns.Network.from_regions(B, rng=0)
    >>> add = ns.Task("add", [[0, 1], [1, 2], [2, 0]], [1.0, 3.0, 2.0], "hand", loss="mse")
    >>> atlas = ns.lesion_atlas(net, add, neurons=[])
    >>> print(atlas)
    Lesion atlas
    without  add: loss  add: deficit  add: accuracy
    nothing      0.000          0.00              -
    eye          2.333          7.00              -
    A            0.583          1.75              -
    B            0.583          1.75              -
    eye + A      2.333          7.00              -
    eye + B      2.333          7.00              -
    A + B        2.333          7.00              -
    deficit: the share of the way from the intact loss to that of chance
    >>> atlas["A", "B"]["add"], atlas.interaction[-1]
    (2.3333333333333335, array([1.16666667]))
    """
    asked = read_tasks(net, tasks)
    check_parameters(net)
    plan = _Plan.of(net, asked, regions, neurons, pairs)
    found = _measure(net, asked, plan, backend)
    loss, accuracy, intact, right, rises, intact_losses = zip(*found, strict=True)
    by_chance = [task.losses_by_chance(net) for task in asked]
    classes = [task.samples(net).targets.classes is not None for task in asked]
    chance = [task.chance_accuracy(net) if named else np.nan for task, named in zip(asked, classes, strict=True)]
    return LesionAtlas(
        net=net,
        tasks=tuple(task.name for task in asked),
        regions=plan.regions,
        neurons=plan.neurons,
        pairs=plan.pairs,
        intact=np.array(intact),
        chance=np.array([losses.mean() for losses in by_chance]),
        loss=np.column_stack(loss),
        intact_accuracy=np.array(right),
        chance_accuracy=np.array(chance),
        accuracy=np.column_stack(accuracy),
        sizes=np.array([len(each) for each in plan.lost], dtype=np.int64),
        _rises=rises,
        _ways=tuple(most - least for most, least in zip(by_chance, intact_losses, strict=True)),
    )


# --- What is lesioned --------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True, eq=False)
class _Plan:
    """The lesions by name, and the numbers of the neurons that each takes out."""

    regions: tuple[str, ...]
    neurons: tuple[Name, ...]
    pairs: tuple[Pair, ...]
    lost: list[Indices]

    @staticmethod
    def of(net: Network, tasks: Sequence[Task], regions: object, neurons: object, pairs: object) -> _Plan:
        structure, read = net.structure, _read_neurons(net, tasks)
        free = [name for i, name in enumerate(structure.regions) if not read[structure.region_of == i].any()]
        chosen = free if regions is None else list(dict.fromkeys(listed(regions, "regions")))
        single = [structure.names[i] for i in np.flatnonzero(~read)] if neurons is None else listed(neurons, "neurons")
        together = _pairs(structure, chosen, single, pairs)
        named = [name for pair in together for name in pair]
        chosen = list(dict.fromkeys([*chosen, *(name for name in named if name in structure.regions)]))
        single = list(dict.fromkeys([*single, *(name for name in named if name not in structure.regions)]))
        groups: dict[Name, Indices] = {region: structure.members(region) for region in chosen}
        alone = [*groups.values(), *(np.array([structure.find(name)]) for name in single)]
        groups = {**{name: np.array([structure.find(name)]) for name in single}, **groups}
        for name, members in groups.items():
            _check_unread(structure, read, name, members)
        lost = [*alone, *(np.union1d(groups[one], groups[other]) for one, other in together)]
        if not lost:
            raise OptionError("There is nothing to lesion: name regions= or neurons=, or leave both out for all.")
        return _Plan(tuple(chosen), tuple(single), tuple(together), lost)


def _read_neurons(net: Network, tasks: Sequence[Task]) -> Flags:
    read = np.zeros(len(net), dtype=bool)
    read[net.structure.outputs] = True
    for task in tasks:
        read[net.structure.members(task.output)] = True
    return read


def _pairs(structure: Structure, regions: Sequence[str], neurons: Sequence[Name], pairs: object) -> list[Pair]:
    if pairs is None:
        return []
    if isinstance(pairs, str):
        if pairs not in ("regions", "neurons"):
            raise unknown("kind of pairs called", pairs, ("regions", "neurons"))
        return list(itertools.combinations(regions if pairs == "regions" else neurons, 2))
    either_way: dict[frozenset[Name], Pair] = {}
    for one, other in pairs_of(pairs, "pair of lesions", "[('V1', 'V2')]"):
        either_way.setdefault(frozenset((one, other)), (one, other))
    found = list(either_way.values())
    for one, other in found:
        if one == other:
            raise OptionError(f"A pair needs two different names; got {one!r} twice.")
        for name in (one, other):
            if name not in structure.regions:
                structure.find(name)
    return found


def _check_unread(structure: Structure, read: Flags, name: Name, members: Indices) -> None:
    if read[members].any():
        neuron = structure.names[members[read[members]][0]]
        whose = f"of region {name!r}" if neuron != name else "itself"
        raise GraphError(
            f"Neuron {neuron!r} {whose} is read, so it cannot be lesioned to see what is lost. Name regions or neurons "
            "that are neither among net.outputs nor in the output region of a task."
        )


# --- Measured ----------------------------------------------------------------------------------------


_Figures: TypeAlias = tuple[Numbers, Numbers, float, float, dict[int, Numbers], Numbers]


def _measure(net: Network, tasks: Sequence[Task], plan: _Plan, backend: str) -> list[_Figures]:
    """Of each task, loss and accuracy with each lesion, and intact; and how the loss of each sample rises, if kept."""
    found: dict[int, _Figures] = {}
    for group in _on_the_same_stimuli(tasks):
        mine = [tasks[i] for i in group]
        found.update(zip(group, _measure_together(net, mine, plan, backend), strict=True))
    return [found[i] for i in range(len(tasks))]


def _on_the_same_stimuli(tasks: Sequence[Task]) -> list[list[int]]:
    """The places of the tasks that can share a run."""
    groups: list[list[int]] = []
    for i, task in enumerate(tasks):
        for group in groups:
            if np.array_equal(tasks[group[0]].X, task.X):
                group.append(i)
                break
        else:
            groups.append([i])
    return groups


def _read_only(values: Numbers) -> Numbers:
    view = values.view()
    view.flags.writeable = False
    return view


def _measure_together(net: Network, tasks: Sequence[Task], plan: _Plan, backend: str) -> list[_Figures]:
    samples = [task.samples(net) for task in tasks]
    members = [net.structure.members(task.output) for task in tasks]
    outputs = np.unique(np.concatenate(members))
    columns = [np.searchsorted(outputs, mine) for mine in members]
    sweep = lesion_sweep(net, plan.lost, np.ascontiguousarray(samples[0].stimulus.T), outputs, backend)
    kept = _kept(plan, len(samples[0]))
    ledgers = [_Ledger(*each, len(plan.lost), kept) for each in zip(tasks, samples, columns, strict=True)]

    def work(number: int, count: int) -> None:
        for chunk in sweep.chunks[number::count]:
            rates, drives, answers = sweep.run(chunk, number)
            pages = [ledger.open(chunk, rates, drives) for ledger in ledgers]
            for part in answers:
                for page in pages:
                    page.enter(part)
            for page in pages:
                page.close()

    share_out(work, sweep.threads)
    return [ledger.sum_up() for ledger in ledgers]


def _kept(plan: _Plan, samples: int) -> Indices:
    """Of which lesions the losses of single samples are kept: of all, if they are not too many."""
    if len(plan.lost) * samples <= MOST_KEPT:
        return np.arange(len(plan.lost))
    first = len(plan.regions) + len(plan.neurons)
    whole = [i for i, pair in enumerate(plan.pairs) if all(name in plan.regions for name in pair)]
    return np.array([*range(len(plan.regions)), *(first + i for i in whole)], dtype=np.int64)


class _Ledger:
    """The losses of a task, a page for each chunk of samples; pages are written by several threads."""

    def __init__(self, task: Task, samples: Samples, columns: Indices, lesions: int, kept: Indices) -> None:
        self._task, self._samples, self._columns = task, samples, columns
        self._lesions, self._kept = lesions, kept
        self._rises, self._intact = np.zeros((len(kept), len(samples))), np.zeros(len(samples))
        self._sums: dict[int, tuple[Numbers, Numbers, float, float]] = {}  # by the first sample of the chunk

    def open(self, chunk: slice, rates: Floats, drives: Floats) -> _Page:
        """Begin a page with what the intact network answers."""
        loss, right = self.marks(rates, drives, np.arange(chunk.start, chunk.stop))
        losses = np.broadcast_to(loss, (self._lesions, len(loss))).copy()
        return _Page(self, chunk, loss, right, losses, np.broadcast_to(right, losses.shape).copy())

    def marks(self, rates: Floats, drives: Floats, samples: Indices) -> tuple[Numbers, Numbers]:
        """The loss of each answer, and whether it is right (NaN where nothing is)."""
        targets, mine = self._samples.targets, (slice(None), self._columns)
        rates = rates[mine]
        loss = self._task.measure.of_each(rates, drives[mine], targets.values[samples]).astype(np.float64)
        if targets.classes is None:
            return loss, np.full(len(samples), np.nan)
        return loss, (read_classes(rates, targets.boundary) == targets.classes[samples]).astype(np.float64)

    def keep(self, page: _Page) -> None:
        """Keep of a page what is asked for."""
        self._rises[:, page.chunk] = page.losses[self._kept] - page.loss
        self._intact[page.chunk] = page.loss
        sums = page.losses.sum(axis=1), page.rights.sum(axis=1), float(page.loss.sum()), float(page.right.sum())
        self._sums[page.chunk.start] = sums

    def sum_up(self) -> _Figures:
        """Means over all samples, pages added in their order."""
        count = len(self._samples)
        parts = [self._sums[start] for start in sorted(self._sums)]
        loss, right, intact, intact_right = (sum(each) / count for each in zip(*parts, strict=True))
        rises = dict(zip(self._kept.tolist(), self._rises, strict=True))
        return loss, right, intact, intact_right, rises, self._intact


@dataclasses.dataclass(frozen=True, eq=False)
class _Page:
    """The losses of some samples, and whether they were answered rightly: intact, and with every lesion."""

    ledger: _Ledger
    chunk: slice
    loss: Numbers
    right: Numbers
    losses: Numbers
    rights: Numbers

    def enter(self, part: Answers) -> None:
        """Write down what some lesions change."""
        mine = part.lesions, part.samples
        marks = self.ledger.marks(part.rates, part.drives, part.samples + self.chunk.start)
        self.losses[mine], self.rights[mine] = marks

    def close(self) -> None:
        self.ledger.keep(self)
