"""A forest plot: what was measured in each of several groups, mean and interval, one row below the other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from neurosim.analysis.estimate import Estimate
from neurosim.errors import DataError
from neurosim.plotting.style import FAINT, INK, LINE, RULE, SMALL, chart_axes, colour, key_beside, marker, text_width

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SPREAD = 0.62  # of a row, over which what was measured is spread


def forest(
    groups: Mapping[str, Mapping[str, Estimate]],
    *,
    xlabel: str,
    percent: bool = False,
    at: float | None = 0.0,
    ax: Axes | None = None,
) -> Axes:
    """Draw estimates below each other: a mark for the mean, a line for its interval, a faint dot for every repeat.

    Parameters
    ----------
    groups : mapping of mappings
        The name of each group, and what was measured in it, by name; what has the same name has the same colour.
    xlabel : str
    percent : bool
        Whether they are shares of 1, to be written as percentages.
    at : float, optional
        Where an upright line stands: where there is no effect.
    ax : matplotlib Axes, optional

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    DataError
        If there is nothing to draw, or something that is no estimate.

    Examples
    --------
    >>> import neurosim as ns
    >>> ax = forest({"control": {"gain": ns.Estimate([0.1, -0.1])}}, xlabel="gain")
    """
    _check(groups)
    measures = list(dict.fromkeys(name for group in groups.values() for name in group))
    height = 2 * LINE if len(measures) < 3 else LINE * len(measures)
    width = 330 + max(text_width(name) for name in groups)
    ax = chart_axes(ax, width, 50 + height * len(groups))
    if at is not None:
        ax.axvline(at, color=FAINT, linewidth=0.8)
    for row, group in enumerate(groups.values()):
        for name, estimate in group.items():
            place = measures.index(name)
            aside = SPREAD * ((place + 0.5) / len(measures) - 0.5)
            _draw(ax, estimate, row + aside, place, name)
    ax.set_yticks(range(len(groups)), labels=list(groups))
    ax.set_ylim(len(groups) - 0.5, -0.5)
    for edge in np.arange(len(groups) - 1) + 0.5:
        ax.axhline(edge, color=RULE, linewidth=0.5)
    if percent:
        from matplotlib.ticker import PercentFormatter

        ax.xaxis.set_major_formatter(PercentFormatter(1.0))
    ax.set_xlabel(xlabel, fontsize=SMALL, color=INK)
    ax.spines[["top", "right", "left"]].set_visible(False)
    ax.tick_params(axis="y", length=0)
    if len(measures) > 1:
        handles, labels = ax.get_legend_handles_labels()
        named = dict(zip(labels, handles, strict=True))
        key_beside(ax, handles=[named[name] for name in measures], labels=measures)
    return ax


def _check(groups: Mapping[str, Mapping[str, Estimate]]) -> None:
    found = [(group, name, each) for group, row in groups.items() for name, each in row.items()]
    if not found:
        raise DataError("There is nothing to draw: give estimates, as forest({'control': {'gain': ns.Estimate(...)}}).")
    for group, name, each in found:
        if not isinstance(each, Estimate):
            raise DataError(
                f"{name!r} of {group!r} must be an Estimate, made of one number for each repeat; got "
                f"{type(each).__name__}. Write ns.Estimate(values)."
            )


def _draw(ax: Axes, estimate: Estimate, height: float, place: int, name: str) -> None:
    every = np.full(len(estimate.values), height)
    ax.scatter(estimate.values, every, s=5, color=colour(place), alpha=0.35, linewidth=0)
    if np.isfinite(estimate.half_width):
        ax.plot([estimate.low, estimate.high], [height] * 2, color=colour(place), linewidth=1.6)
    ax.plot(estimate.mean, height, marker(place), color=colour(place), markersize=4.5, label=name)
