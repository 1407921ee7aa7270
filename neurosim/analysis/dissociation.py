"""Double dissociations: two lesions that each hurt another one of two tasks, found and tested."""

from __future__ import annotations

import dataclasses
import itertools
import math
import os
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from neurosim.anatomy.columns import RandomState, read_rng
from neurosim.anatomy.network import listed
from neurosim.checks import check_count, check_number
from neurosim.errors import DataError, OptionError, counted
from neurosim.physiology.linear_model import CORRECTIONS
from neurosim.tables import as_html, as_text, write_csv

if TYPE_CHECKING:
    from neurosim.analysis.lesion_atlas import LesionAtlas, Numbers, Pair
    from neurosim.anatomy.neuron import Name

CONFIDENCE = 0.95
ROUNDING = 1e-9  # differences of deficits up to which two are the same
PART = 2**22  # random numbers that are drawn at once


@dataclasses.dataclass(frozen=True, eq=False)
class Dissociation:
    """Two lesions and two tasks: the first lesion hurts the first task, the second the second.

    Deficits, and their differences, are shares of the way from the intact loss to that of chance; see
    `LesionAtlas.deficit`. Arrays of two have a figure for each task.

    Attributes
    ----------
    lesions : (name, name)
    tasks : (str, str)
    deficit, low, high : float arrays, shape (2, 2)
        What each lesion (row) costs each task (column), and the bootstrap interval of 95 %.
    drop : float array, shape (2, 2)
        How much accuracy is lost, from 0 to 1; NaN for tasks whose targets are values.
    contrast, contrast_low, contrast_high : float arrays, shape (2,)
        Of each task, the deficit with its own lesion minus that with the other, and the interval.
    effect_size : float array, shape (2,)
        Of each task, Cohen's d of these paired differences (d_z): their mean over samples by their standard deviation.
    p, corrected : float
        Of both together, and after Holm's correction for all that was tried.
    alpha : float
    """

    lesions: tuple[Name | Pair, Name | Pair]
    tasks: tuple[str, str]
    deficit: Numbers
    low: Numbers
    high: Numbers
    drop: Numbers
    contrast: Numbers
    contrast_low: Numbers
    contrast_high: Numbers
    effect_size: Numbers
    p: float
    corrected: float
    alpha: float

    @property
    def holds(self) -> bool:
        """Whether it is more than chance: the corrected p is below alpha."""
        return self.corrected < self.alpha

    def spares(self, most: float = 0.1) -> bool:
        """Whether each lesion leaves the other's task alone: at most so large a deficit, with the whole interval.

        Without it the dissociation is a matter of degree: both tasks need both, one of them more.

        Parameters
        ----------
        most : float
        """
        return bool(self.high[0, 1] <= most and self.high[1, 0] <= most)

    def __str__(self) -> str:
        (a, b), (one, two) = map(_named, self.lesions), self.tasks
        return (
            f"without {a}, {one} loses {self.deficit[0, 0]:.0%} and {two} {self.deficit[0, 1]:.0%}; without {b}, {one} "
            f"{self.deficit[1, 0]:.0%} and {two} {self.deficit[1, 1]:.0%} (corrected p {self.corrected:.2g})"
        )


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class DoubleDissociations(Sequence[Dissociation]):
    """Double dissociations, the surest first; ``print`` it. See `LesionAtlas.double_dissociations`.

    Attributes
    ----------
    found : tuple of Dissociation
        Also those that do not hold.
    tried : int
        How many combinations of two lesions and two tasks were looked at.
    """

    found: tuple[Dissociation, ...]
    tried: int

    @overload
    def __getitem__(self, place: int) -> Dissociation: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[Dissociation, ...]: ...
    def __getitem__(self, place: int | slice) -> Dissociation | tuple[Dissociation, ...]:
        return self.found[place]

    def __len__(self) -> int:
        return len(self.found)

    def __iter__(self) -> Iterator[Dissociation]:
        return iter(self.found)

    @property
    def holding(self) -> tuple[Dissociation, ...]:
        """Those that are more than chance."""
        return tuple(each for each in self.found if each.holds)

    @property
    def rows(self) -> list[dict[str, object]]:
        """One dictionary for each, lesion and task: what `to_csv` writes."""
        return [
            {
                "lesion": _named(lesion),
                "task": task,
                "hurts": i == j,
                "deficit": float(each.deficit[i, j]),
                "low": float(each.low[i, j]),
                "high": float(each.high[i, j]),
                "accuracy lost": float(each.drop[i, j]),
                "contrast": float(each.contrast[j]),
                "effect size": float(each.effect_size[j]),
                "p": each.p,
                "corrected p": each.corrected,
            }
            for each in self.found
            for i, lesion in enumerate(each.lesions)
            for j, task in enumerate(each.tasks)
        ]

    def to_csv(self, path: str | os.PathLike[str]) -> None:
        """Write the rows to a file of comma-separated values, with a header."""
        write_csv(self.rows, path)

    def __repr__(self) -> str:
        return as_text(*self._table())

    def _repr_html_(self) -> str:
        return as_html(*self._table())

    def _table(self) -> tuple[str, list[str], list[list[str]], str]:
        header = ["lesions: tasks", "own deficit", "other deficit", "difference", "d", "corrected p"]
        rows = []
        for each in self.found:
            for i, (lesion, task) in enumerate(zip(each.lesions, each.tasks, strict=True)):
                other = each.deficit[1 - i, i]
                interval = f"({each.contrast_low[i]:.2f} to {each.contrast_high[i]:.2f})"
                cells = [f"{each.deficit[i, i]:.2f}", f"{other:.2f}", f"{each.contrast[i]:.2f} {interval}"]
                last = f"{each.corrected:.2g}{' *' if each.holds else ''}" if i == 0 else ""
                rows.append([f"{_named(lesion)}: {task}", *cells, f"{each.effect_size[i]:.2f}", last])
        if not rows:
            return "Double dissociations: none", [""], [], f"{counted(self.tried, 'combination')} tried"
        note = (
            f"{counted(self.tried, 'combination')} tried; own: the task's deficit with its own lesion, other: with the "
            "other; in brackets the 95 % interval; * p below the level after Holm's correction"
        )
        return "Double dissociations", header, rows, note


def find_double_dissociations(
    atlas: LesionAtlas,
    lesions: Sequence[Name | Pair] | None = None,
    *,
    spare: float = 0.5,
    resamples: int = 10_000,
    alpha: float = 0.05,
    rng: RandomState = None,
) -> DoubleDissociations:
    """Find and test them; see `LesionAtlas.double_dissociations`."""
    check_count("resamples", resamples, least=99)
    check_number("alpha", alpha, above=0, below=1)
    check_number("spare", spare, least=0, most=1)
    names = tuple(dict.fromkeys(_inner_regions(atlas) if lesions is None else listed(lesions, "lesions")))
    if len(atlas.tasks) < 2 or len(names) < 2:
        raise DataError(
            "A double dissociation needs two tasks and two lesions; this atlas has "
            f"{counted(len(atlas.tasks), 'task')}, and {counted(len(names), 'lesion')} were looked among."
        )
    hopeless = [task for task, way in zip(atlas.tasks, atlas.chance - atlas.intact, strict=True) if not way > 0]
    if hopeless:
        raise DataError(
            f"The intact network does the task {hopeless[0]!r} no better than chance, so a lesion cannot cost it "
            "anything. Train the network, or leave the task out of the atlas."
        )
    tried = len(names) * (len(names) - 1) * (len(atlas.tasks) * (len(atlas.tasks) - 1) // 2)
    if tried / (resamples + 1) >= alpha:
        raise OptionError(
            f"With {counted(len(names), 'lesion')} {tried:,} combinations are tried, and with {resamples:,} resamples "
            f"no p is below 1 in {resamples + 1:,}: corrected, none could be below {alpha:g}. Write "
            f"resamples={math.ceil(2 * tried / alpha)}, or name fewer lesions."
        )
    generator = read_rng(rng)
    seen = [_Seen.of(atlas, names, task, resamples, generator) for task in atlas.tasks]
    crossings = [
        (i, j, one, two)
        for one, two in itertools.combinations(range(len(seen)), 2)
        for i, j in itertools.permutations(range(len(names)), 2)
    ]
    p = np.array([max(seen[one].p[i, j], seen[two].p[j, i]) for i, j, one, two in crossings])
    corrected = CORRECTIONS["holm"](p)
    found = [
        _dissociation(atlas, names, seen, crossing, float(p[k]), float(corrected[k]), alpha)
        for k, crossing in enumerate(crossings)
        if _dissociates(seen, *crossing, spare)
    ]
    return DoubleDissociations(tuple(sorted(found, key=lambda each: (each.p, -each.contrast.sum()))), len(crossings))


@dataclasses.dataclass(frozen=True, eq=False)
class _Seen:
    """What one task loses with each lesion, over its samples, in shares of the way to chance.

    Attributes
    ----------
    deficit : float array, shape (lesions,)
    draws : float array, shape (resamples, lesions)
        The same for each bootstrap sample.
    size : float array, shape (lesions, lesions)
        Cohen's d of the deficit with one (row) minus that with another.
    p : float array, shape (lesions, lesions)
        Of the hypothesis that one (row) costs no more than another.
    """

    deficit: Numbers
    draws: Numbers
    size: Numbers
    p: Numbers

    @staticmethod
    def of(
        atlas: LesionAtlas, names: Sequence[Name | Pair], task: str, resamples: int, rng: np.random.Generator
    ) -> _Seen:
        number = atlas.tasks.index(task)
        way = atlas.chance[number] - atlas.intact[number]
        rises = np.array([atlas.rises(name, task) for name in names]) / way
        ways = atlas.ways(task) / way
        one, other = np.triu_indices(len(names), 1)
        gaps = rises[one] - rises[other]
        p, size = np.ones((len(names), len(names))), np.zeros((len(names), len(names)))
        p[one, other], p[other, one] = _sign_flips(gaps, resamples, rng)
        spread = gaps.std(axis=1, ddof=1) if gaps.shape[1] > 1 else np.zeros(len(gaps))
        size[one, other] = _ratio(gaps.mean(axis=1), spread)
        size[other, one] = -size[one, other]
        draws = _bootstrap(np.vstack([rises, ways]), resamples, rng)
        way = np.maximum(draws[:, -1:], ROUNDING)  # where a draw leaves none, the deficit has no bound
        return _Seen(rises.mean(axis=1), draws[:, :-1] / way, size, p)


def _ratio(mean: Numbers, spread: Numbers) -> Numbers:
    """A mean by its spread; infinite where all samples are the same, and 0 where they are all 0, to rounding."""
    none = spread <= ROUNDING * np.abs(mean)
    ratio = mean / np.where(none, 1.0, spread)
    return np.where(none & (np.abs(mean) > ROUNDING), np.copysign(np.inf, mean), np.where(none, 0.0, ratio))


def _sign_flips(gaps: Numbers, resamples: int, rng: np.random.Generator) -> tuple[Numbers, Numbers]:
    """The share of draws of signs with as large a mean, and with as small a one; the true signs counted as a draw."""
    mean = gaps.mean(axis=1)
    tolerance = 1e-12 * np.abs(gaps).mean(axis=1)
    above, below = np.ones(len(gaps)), np.ones(len(gaps))
    step = max(1, PART // sum(gaps.shape))
    for start in range(0, resamples, step):
        signs = rng.integers(0, 2, (min(step, resamples - start), gaps.shape[1]), dtype=np.int8) * 2.0 - 1.0
        drawn = signs @ gaps.T / gaps.shape[1]
        above += (drawn >= mean - tolerance).sum(axis=0)
        below += (drawn <= mean + tolerance).sum(axis=0)
    return above / (resamples + 1), below / (resamples + 1)


def _bootstrap(rises: Numbers, resamples: int, rng: np.random.Generator) -> Numbers:
    """The mean of each row over so many draws of its columns, with replacement."""
    samples = rises.shape[1]
    means, step = [], max(1, PART // samples)
    for start in range(0, resamples, step):
        drawn = rng.integers(0, samples, (min(step, resamples - start), samples))
        rows = np.arange(len(drawn))[:, None] * samples
        counts = np.bincount((drawn + rows).ravel(), minlength=drawn.size).reshape(drawn.shape)
        means.append(counts @ rises.T / samples)
    return np.concatenate(means)


def _inner_regions(atlas: LesionAtlas) -> list[str]:
    """The regions without sensory neurons: without those nothing can be done at all."""
    structure = atlas.net.structure
    return [region for region in atlas.regions if not structure.sensory[structure.members(region)].any()]


def _dissociates(seen: Sequence[_Seen], i: int, j: int, one: int, two: int, spare: float) -> bool:
    """Whether the two lesions cross, and each spares the other's task."""
    a, b = seen[one].deficit, seen[two].deficit
    if min(a[i] - a[j], b[j] - b[i]) <= ROUNDING:
        return False
    a, b = np.clip(a, 0, 1), np.clip(b, 0, 1)  # there is no more to lose than all
    return bool(b[i] <= spare * a[i] + ROUNDING and a[j] <= spare * b[j] + ROUNDING)


def _dissociation(
    atlas: LesionAtlas,
    names: Sequence[Name | Pair],
    seen: Sequence[_Seen],
    crossing: tuple[int, int, int, int],
    p: float,
    corrected: float,
    alpha: float,
) -> Dissociation:
    i, j, one, two = crossing
    pair, tasks = [i, j], (seen[one], seen[two])
    draws = np.stack([each.draws[:, pair] for each in tasks], axis=2)  # draws, lesions, tasks
    low, high = np.quantile(draws, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2], axis=0)
    gaps = np.stack([draws[:, 0, 0] - draws[:, 1, 0], draws[:, 1, 1] - draws[:, 0, 1]], axis=1)
    contrast_low, contrast_high = np.quantile(gaps, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2], axis=0)
    deficit = np.column_stack([each.deficit[pair] for each in tasks])
    places = [atlas.place(names[k]) for k in pair]
    return Dissociation(
        lesions=(names[i], names[j]),
        tasks=(atlas.tasks[one], atlas.tasks[two]),
        deficit=deficit,
        low=low,
        high=high,
        drop=atlas.drop[np.ix_(places, [one, two])],
        contrast=np.array([deficit[0, 0] - deficit[1, 0], deficit[1, 1] - deficit[0, 1]]),
        contrast_low=contrast_low,
        contrast_high=contrast_high,
        effect_size=np.array([tasks[0].size[i, j], tasks[1].size[j, i]]),
        p=p,
        corrected=corrected,
        alpha=alpha,
    )


def _named(lesion: Any) -> str:
    return " + ".join(map(str, lesion)) if isinstance(lesion, tuple) else str(lesion)
