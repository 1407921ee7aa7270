"""Blood flow beside lesions: whether the regions that are more active in a task are those that it needs."""

from __future__ import annotations

import dataclasses
import os
from typing import TYPE_CHECKING

import numpy as np

from neurosim.analysis.tables import as_html, as_text, write_csv
from neurosim.anatomy.structure import Floats
from neurosim.errors import unknown

if TYPE_CHECKING:
    pass


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
    unit : str
        What need is measured in.
    alpha, least : float
    networks : int
        Over how many networks this is.
    correlations : float array, shape (networks,)
        For each network, Spearman's rank correlation over regions of the difference in flow with that in need; NaN
        where one of the two is the same in all regions.
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
    unit: str
    alpha: float
    least: float
    networks: int
    correlations: Floats

    def __getitem__(self, region: str) -> Verdict:
        if region not in self.regions:
            raise unknown("region in this comparison called", region, self.regions)
        place = self.regions.index(region)
        needed = tuple(task for task, low in zip(self.tasks, self.need_low[place], strict=True) if low > self.least)
        more = None
        if self.corrected[place] < self.alpha:  # not so where it is NaN, that is, not tested
            more = self.tasks[0] if self.flow[place] > 0 else self.tasks[1]
        agree = needed == (more,) if more else len(needed) != 1
        return Verdict(region, more, needed, agree, _in_words(more, needed, agree))

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
        header = ["region", f"flow, {first} \N{MINUS SIGN} {second}", *(f"need: {task}" for task in self.tasks), "", ""]
        rows = [
            [
                verdict.region,
                _interval(self.flow[place], self.flow_low[place], self.flow_high[place]),
                *(
                    _interval(self.need[place, k], self.need_low[place, k], self.need_high[place, k])
                    for k in range(len(self.tasks))
                ),
                "agree" if verdict.agree else "DISAGREE",
                verdict.words,
            ]
            for place, verdict in enumerate(self.verdicts)
        ]
        over = "one network" if self.networks == 1 else f"{self.networks} networks, in brackets intervals over them"
        rank = "" if np.isnan(self.correlation) else f"; rank correlation {self.correlation:+.2f}"
        return "Blood flow and need", header, rows, f"{over}; need: {self.unit}{rank}"

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


def _interval(value: float, low: float, high: float) -> str:
    return f"{value:+.3f} ({low:+.3f} to {high:+.3f})"
