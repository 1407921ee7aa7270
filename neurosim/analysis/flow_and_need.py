"""Blood flow beside lesions: whether the regions that are more active in a task are those that it needs."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from neurosim.analysis.estimate import Estimate
from neurosim.analysis.lesion_atlas import LesionAtlas
from neurosim.anatomy.structure import Floats
from neurosim.checks import check_number
from neurosim.errors import DataError, OptionError, shorten, unknown
from neurosim.physiology.flow_contrast import Contrast
from neurosim.physiology.linear_model import CORRECTIONS
from neurosim.tables import as_html, as_text, write_csv

UNITS = {
    "deficit": "deficit (share of the way to chance)",
    "loss": "rise of the loss",
    "accuracy": "accuracy lost",
}
"""What need can be measured in, and that in words."""


@dataclasses.dataclass(frozen=True)
class Verdict:
    """What flow and lesions say of one region.

    Attributes
    ----------
    region : str
    flow : str or None
        The task in which it is more active; None where there is no difference.
    needed : tuple of str
        The tasks that need it.
    agree : bool
        Whether it is more active in the one task that needs it; or, where both or neither do, in neither.
    words : str
        All that in a sentence.
    """

    region: str
    flow: str | None
    needed: tuple[str, ...]
    agree: bool
    words: str

    def __str__(self) -> str:
        return f"{self.region}: {self.words}"


@dataclasses.dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class FlowAndNeed:
    """Flow and need of every region, side by side; ``print`` it, ``ns.plot`` it. See `flow_and_need`.

    Arrays have one entry a region, in the order of `regions`.

    Attributes
    ----------
    tasks : (str, str)
        The two that were compared.
    regions : tuple of str
    flow, flow_low, flow_high : float arrays
        How much more flow the first task brings than the second, and the interval.
    corrected : float array
        The corrected p of that.
    need, need_low, need_high : float arrays, shape (regions, 2)
        What each task loses without the region, and the interval.
    difference_low, difference_high : float arrays
        The interval of the difference in need.
    unit : str
        What need is measured in.
    alpha, least : float
    flows : float array, shape (networks, regions)
        The difference in flow, network by network.
    needs : float array, shape (networks, regions, 2)
        What each task loses, network by network.
    correlations : float array, shape (networks,)
        For each network, Spearman's rank correlation over regions of the difference in flow with that in need; NaN
        where one of the two is the same in all regions.
    left_out : mapping of str to str
        The regions that cannot be compared, and why.
    """

    tasks: tuple[str, str]
    regions: tuple[str, ...]
    flow: Floats
    flow_low: Floats
    flow_high: Floats
    corrected: Floats
    need: Floats
    need_low: Floats
    need_high: Floats
    difference_low: Floats
    difference_high: Floats
    unit: str
    alpha: float
    least: float
    flows: Floats
    needs: Floats
    correlations: Floats
    left_out: Mapping[str, str] = dataclasses.field(default_factory=dict)

    def __getitem__(self, region: str) -> Verdict:
        place = self._place(region)
        needed = tuple(task for task, low in zip(self.tasks, self.need_low[place], strict=True) if low > self.least)
        more = None
        if self.corrected[place] < self.alpha:  # not so where it is NaN, that is, not tested
            more = self.tasks[0] if self.flow[place] > 0 else self.tasks[1]
        agree = needed == (more,) if more else len(needed) != 1
        return Verdict(region, more, needed, agree, _in_words(more, needed, agree))

    def _place(self, region: str) -> int:
        if region not in self.regions:
            raise unknown("region in this comparison called", region, self.regions)
        return self.regions.index(region)

    def flow_in(self, region: str) -> Estimate:
        """How much more flow the first task brings to a region: an estimate over networks."""
        return Estimate(self.flows[:, self._place(region)])

    def need_of(self, region: str, task: str) -> Estimate:
        """What a task loses without a region: an estimate over networks."""
        if task not in self.tasks:
            raise unknown("task in this comparison called", task, self.tasks)
        return Estimate(self.needs[:, self._place(region), self.tasks.index(task)])

    @property
    def networks(self) -> int:
        """Over how many networks this is."""
        return len(self.flows)

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        """One for each region."""
        return tuple(self[region] for region in self.regions)

    @property
    def disagreements(self) -> tuple[Verdict, ...]:
        """Those of the regions where flow and need tell different stories."""
        return tuple(verdict for verdict in self.verdicts if not verdict.agree)

    @property
    def correlation(self) -> float:
        """The mean of `correlations`."""
        return float(self.correlations.mean())

    @property
    def difference_in_need(self) -> Floats:
        """How much more the first task loses without each region than the second."""
        difference: Floats = self.need[:, 0] - self.need[:, 1]
        return difference

    @property
    def rows(self) -> list[dict[str, object]]:
        """One dictionary for each region: what `to_csv` writes."""
        return [
            {
                "region": verdict.region,
                "flow": float(self.flow[place]),
                "flow_low": float(self.flow_low[place]),
                "flow_high": float(self.flow_high[place]),
                "corrected": float(self.corrected[place]),
                **{
                    f"need_{task}{end}": float(values[place, column])
                    for column, task in enumerate(self.tasks)
                    for end, values in (("", self.need), ("_low", self.need_low), ("_high", self.need_high))
                },
                "agree": verdict.agree,
                "words": verdict.words,
            }
            for place, verdict in enumerate(self.verdicts)
        ]

    def to_csv(self, path: str | os.PathLike[str]) -> None:
        """Write the rows to a file of comma-separated values, with a header."""
        write_csv(self.rows, path)

    def _table(self) -> tuple[str, list[str], list[list[str]], str]:
        first, second = self.tasks
        header = ["region", f"flow, {first} \N{MINUS SIGN} {second}", *(f"need: {task}" for task in self.tasks), "both"]
        rows = [self._row(place, verdict) for place, verdict in enumerate(self.verdicts)]
        over = "one network" if self.networks == 1 else f"means over {self.networks} networks"
        rank = "" if np.isnan(self.correlation) else f"; rank correlation {self.correlation:+.2f}"
        marks = f"* corrected p < {self.alpha:g}, or needed: more than {self.least:g} is lost, whole interval"
        note = [f"need: {self.unit}; {over}, \N{PLUS-MINUS SIGN} half of the 95 % interval{rank}", marks]
        note += map(str, self.disagreements)
        for why in dict.fromkeys(self.left_out.values()):
            note.append(f"left out, {why}: {shorten([name for name, its in self.left_out.items() if its == why])}")
        return "Blood flow and need", header, rows, "\n".join(note)

    def _row(self, place: int, verdict: Verdict) -> list[str]:
        flow = _cell(self.flow[place], self.flow_low[place], self.flow_high[place], verdict.flow is not None)
        ends = zip(self.tasks, self.need[place], self.need_low[place], self.need_high[place], strict=True)
        needs = [_cell(value, low, high, task in verdict.needed) for task, value, low, high in ends]
        return [verdict.region, flow, *needs, "agree" if verdict.agree else "disagree"]

    def __repr__(self) -> str:
        return as_text(*self._table())

    def _repr_html_(self) -> str:
        return as_html(*self._table())


def _in_words(more: str | None, needed: tuple[str, ...], agree: bool) -> str:
    active = f"more active in {more}" if more else "no more active in either"
    for_what = f"needed for {' and '.join(needed)}" if needed else "needed for neither"
    if agree and more:
        return f"more active in {more} and needed for it"
    if not more and len(needed) == 1:
        return f"needed for {needed[0]}, but no more active in it"
    return f"{active}, {'and' if agree else 'but'} {for_what}"


def _cell(value: float, low: float, high: float, mark: bool) -> str:
    half = max(high - value, value - low)
    return f"{round(value, 2) + 0.0:+.2f} \N{PLUS-MINUS SIGN} {half:.2f} {'*' if mark else ' '}"  # + 0.0: no -0.00


def flow_and_need(
    contrast: Contrast | Sequence[Contrast],
    atlas: LesionAtlas | Sequence[LesionAtlas],
    *,
    by: str = "deficit",
    least: float = 0.0,
    alpha: float = 0.05,
    correction: str = "holm",
) -> FlowAndNeed:
    """Compare where blood flow rises with what lesions cost.

    Flow tells where more is done in one task than in another; a lesion tells where less can be done without. The two
    are often taken for one, and need not be: a region may be driven along and never be missed, or be needed and no
    more active in the task that needs it (Rorden and Karnath, Nature Reviews Neuroscience 5, 2004). For each region:

    - flow says in which of the two tasks it is more active, if the corrected p is below `alpha`;
    - the atlas says which tasks need it: those that lose more than `least` without it, with their whole interval;
    - they *agree* where a region is more active in the one task that needs it, or is needed by both or neither and no
      more active in one. All else is a disagreement, and said in words.

    That flow finds no difference does not prove that there is none: see its interval.

    Parameters
    ----------
    contrast : Contrast, or a sequence of them
        Between two tasks, of one network, or of several whose regions have the same names.
    atlas : LesionAtlas, or a sequence of as many
        Of the same networks and tasks. Regions that only one of the two knows are left out, and the table says so:
        outputs above all, as no lesion can silence them.
    by : "deficit", "loss" or "accuracy"
        What need is measured in: how far the loss goes, without the region, from what it is to what it is by chance
        (1 is a task that is lost); how much the loss rises; or, over several networks, the share of answers that are
        right no more.
    least : float >= 0
        How much a task must lose, for a region to count as needed; in that unit.
    alpha : float, 0 < alpha < 1
        For flow, corrected for the number of regions.
    correction : "holm" or "benjamini-hochberg"
        Of p, where there are several networks; that of one is the contrast's own.

    Returns
    -------
    FlowAndNeed
        A table; ``ns.plot`` draws it. For several networks figures are means over them, intervals Student's, and p
        that of his test: all about networks such as these, not about one. For one network they are those of its
        scans and its samples.

    Raises
    ------
    DataError
        If the two are not of the same tasks, have no region in common, or differ in number; or if need cannot be
        measured so.

    Examples
    --------
    Two cues, each with a region of its own that is needed for its answer, and a third region that hears the first.

    >>> import networkx as nx, neurosim as ns, numpy as np
    >>> B = nx.DiGraph([("cues", "IT"), ("cues", "PPC"), ("IT", "what"), ("PPC", "where"), ("IT", "echo")])
    >>> nx.set_node_attributes(B, 1, "size"); B.nodes["cues"]["size"] = 2
    >>> for post, pre in (("IT", 0), ("PPC", 1)):
    ...     B.edges["cues", post]["wiring"] = ns.wiring.explicit([(pre, 0)])
    >>> nx.set_edge_attributes(B, 1.0, "weight")
    >>> B.nodes["what"]["output"] = B.nodes["where"]["output"] = True
    >>> brain = ns.Network.from_regions(B, mode="relu", rng=0)
    >>> cues = np.tile(np.eye(2), (20, 1))
    >>> tasks = [ns.Task(name, cues, cues[:, k], name, loss="mse") for k, name in enumerate(("what", "where"))]
    >>> design = [(20, 40, "what"), (60, 80, "where"), (100, 120, "what"), (140, 160, "where")]
    >>> shown = np.zeros((180, 2))
    >>> for start, stop, task in design:
    ...     shown[start:stop, ["what", "where"].index(task)] = 1
    >>> flow = ns.blood_flow(ns.simulate(brain, shown), noise=0.1, rng=0)
    >>> both = ns.flow_and_need(flow.contrast(design, "what", "where"), ns.lesion_atlas(brain, tasks))
    >>> for verdict in both.verdicts[1:]:
    ...     print(verdict)
    IT: more active in what and needed for it
    PPC: more active in where and needed for it
    echo: more active in what, but needed for neither
    """
    if by not in UNITS:
        raise unknown("measure of need called", by, UNITS)
    check_number("alpha", alpha, above=0, below=1)
    check_number("least", least, least=0)
    if correction not in CORRECTIONS:
        raise unknown("correction called", correction, CORRECTIONS)
    contrasts = _listed(contrast, Contrast, "ns.blood_flow(rec).contrast(design, 'A', 'B')")
    atlases = _listed(atlas, LesionAtlas, "ns.lesion_atlas(net, tasks)")
    if len(contrasts) != len(atlases):
        raise DataError(
            f"There are {len(contrasts)} contrasts and {len(atlases)} atlases. Give one of each for every network."
        )
    if by == "accuracy" and len(atlases) == 1:
        raise OptionError(
            "An atlas keeps no right answers of single samples, so for one network there is no interval of accuracy. "
            "Write by='deficit', or give contrasts and atlases of several networks."
        )
    tasks, regions = _shared(contrasts, atlases)
    flows = np.array([[c.difference[c.regions.index(region)] for region in regions] for c in contrasts])
    needs = np.array([_need_of(each, regions, tasks, by) for each in atlases])
    if len(contrasts) == 1:
        flow, need = _flow_of_one(contrasts[0], regions), _intervals_of_one(atlases[0], regions, tasks, by)
    else:
        flow = _flow_of_many(flows, CORRECTIONS[correction])
        need = *_pooled(needs)[1:], *_pooled(needs[..., 0] - needs[..., 1])[1:]
    return FlowAndNeed(
        tasks=tasks,
        regions=regions,
        flow=flow[0],
        flow_low=flow[1],
        flow_high=flow[2],
        corrected=flow[3],
        need=needs.mean(axis=0),
        need_low=need[0],
        need_high=need[1],
        difference_low=need[2],
        difference_high=need[3],
        unit=UNITS[by],
        alpha=float(alpha),
        least=float(least),
        flows=flows,
        needs=needs,
        correlations=np.array([_rank(f, n[:, 0] - n[:, 1]) for f, n in zip(flows, needs, strict=True)]),
        left_out=_left_out(contrasts, atlases, regions),
    )


def _listed(given: Any, kind: type, how: str) -> list[Any]:
    listed = [given] if isinstance(given, kind) else list(given) if isinstance(given, Sequence) else []
    if not listed or not all(isinstance(each, kind) for each in listed):
        raise OptionError(
            f"A {kind.__name__}, or a list of them, is needed; got {type(given).__name__}. Make one by {how}."
        )
    return listed


def _shared(contrasts: Sequence[Contrast], atlases: Sequence[LesionAtlas]) -> tuple[tuple[str, str], tuple[str, ...]]:
    """The two tasks, and the regions that all know, in the order of the first contrast."""
    first = contrasts[0]
    if first.minus is None or any((each.task, each.minus) != (first.task, first.minus) for each in contrasts):
        raise DataError(
            "Flow and need are compared for two tasks, the same in all contrasts, and not for a task and rest. Write "
            f"flow.contrast(design, {first.task!r}, {first.minus or '...'!r})."
        )
    tasks = (first.task, first.minus)
    for atlas in atlases:
        for task in tasks:
            if task not in atlas.tasks:
                raise unknown("task in this atlas called", task, atlas.tasks)
    regions = tuple(
        region
        for region in first.regions
        if all(region in each.regions for each in contrasts) and all(region in each.regions for each in atlases)
    )
    if not regions:
        raise DataError(
            f"The contrast is of the regions {shorten(first.regions)}, and the atlas of "
            f"{shorten(atlases[0].regions)}: they have none in common."
        )
    return tasks, regions


def _left_out(contrasts: Sequence[Contrast], atlases: Sequence[LesionAtlas], regions: Sequence[str]) -> dict[str, str]:
    """Regions that some contrast or atlas knows, but not all do, and why."""
    listed = [*(each.regions for each in contrasts), *(each.regions for each in atlases)]
    known = dict.fromkeys(region for names in listed for region in names)
    structure = contrasts[0].net.structure
    found = {}
    for region in [name for name in known if name not in regions]:
        if all(region in each.regions for each in atlases):
            found[region] = "as their flow was not measured"
        elif region in structure.regions and np.isin(structure.outputs, structure.members(region)).any():
            found[region] = "as outputs cannot be silenced"
        else:
            found[region] = "as the atlas has no lesion of them"
    return found


def _need_of(atlas: LesionAtlas, regions: Sequence[str], tasks: Sequence[str], by: str) -> Floats:
    """What each task loses without each region, shape (regions, tasks)."""
    all_of = {"deficit": atlas.deficit, "loss": atlas.rise, "accuracy": atlas.drop}[by]
    places = [atlas.regions.index(region) for region in regions]
    found: Floats = all_of[np.ix_(places, [atlas.tasks.index(task) for task in tasks])]
    for task, values in zip(tasks, found.T, strict=True):
        if np.isnan(values).any():
            why = "is no better than chance" if by == "deficit" else "has no right answers: its targets are values"
            raise DataError(f"Task {task!r} {why}, so need cannot be measured by {by!r}. Write by='loss'.")
    return found


def _intervals_of_one(
    atlas: LesionAtlas, regions: Sequence[str], tasks: Sequence[str], by: str
) -> tuple[Floats, Floats, Floats, Floats]:
    """Ends of the intervals of need and of its difference: Student's over samples, taken for independent."""
    way = atlas.chance - atlas.intact if by == "deficit" else np.ones(len(atlas.tasks))
    need, half = _need_of(atlas, regions, tasks, by), np.empty((len(regions), len(tasks)))
    for column, task in enumerate(tasks):
        for row, region in enumerate(regions):
            half[row, column] = _half_width(atlas.rises(region, task)) / way[atlas.tasks.index(task)]
    difference, wide = need[:, 0] - need[:, 1], np.hypot(half[:, 0], half[:, 1])
    return need - half, need + half, difference - wide, difference + wide


def _half_width(values: Floats) -> float:
    """Half the width of Student's interval of a mean; of a single value there is none, and it is infinite."""
    return Estimate(values).half_width if len(values) > 1 else float("inf")


def _flow_of_one(contrast: Contrast, regions: Sequence[str]) -> tuple[Floats, Floats, Floats, Floats]:
    at = [contrast.regions.index(region) for region in regions]
    return contrast.difference[at], contrast.low[at], contrast.high[at], contrast.corrected[at]


def _flow_of_many(flows: Floats, correct: Callable[[Floats], Floats]) -> tuple[Floats, Floats, Floats, Floats]:
    """Means over networks (rows), intervals, and corrected p of Student's test against 0."""
    from scipy.special import stdtr

    mean, low, high = _pooled(flows)
    error = flows.std(axis=0, ddof=1) / np.sqrt(len(flows))
    flat = error == 0.0  # the same in all networks, as where there is nothing at all: then there is no chance in it
    t = np.where(flat, np.where(mean == 0.0, 0.0, np.inf), np.abs(mean) / np.where(flat, 1.0, error))
    return mean, low, high, correct(2 * stdtr(len(flows) - 1, -t))


def _pooled(values: Floats) -> tuple[Floats, Floats, Floats]:
    """Means over the first axis, which is networks, and Student's intervals."""
    found = [Estimate(column) for column in values.reshape(len(values), -1).T]
    shape = values.shape[1:]
    mean, low, high = (
        np.array([getattr(estimate, name) for estimate in found]).reshape(shape) for name in ("mean", "low", "high")
    )
    return mean, low, high


def _rank(x: Floats, y: Floats) -> float:
    """Spearman's rank correlation; NaN where one of the two is all the same."""
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        return float("nan")
    return float(np.corrcoef(_ranks(x), _ranks(y))[0, 1])


def _ranks(values: Floats) -> Floats:
    """Places in ascending order; those that are equal share the mean of theirs."""
    _, which, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks: Floats = (np.cumsum(counts) - (counts - 1) / 2)[which]
    return ranks
