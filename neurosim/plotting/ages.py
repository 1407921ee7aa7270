"""The picture of plasticity: how readily each region changes, over its life."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from neurosim.checks import check_count
from neurosim.errors import OptionError
from neurosim.plasticity.ages import Plasticity
from neurosim.plotting.style import RULE, chart_axes, colour, dash, fitted, key_beside, name_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LONGEST_LABEL = 110.0  # points
LABELS = {"learning_rate": "factor on the steps", "turnover": "share of synapses replaced"}


def draw_plasticity(
    plasticity: Plasticity, ax: Axes | None = None, *, column: str | None = None, until: int = 50
) -> Any:
    """Draw how plastic each region is at every age.

    Parameters
    ----------
    plasticity : Plasticity
    ax : matplotlib Axes, optional
        For a single panel; without it there is one for the learning rate and one for the turnover, below it.
    column : str, optional
        "learning_rate" or "turnover", for a single panel; the learning rate when `ax` is given.
    until : int
        The last age, in epochs since birth.

    Returns
    -------
    Axes, or array of Axes
        What it drew on.

    Raises
    ------
    OptionError
        If there is no such column.

    Examples
    --------
    >>> import neurosim as ns
    >>> plasticity = ns.Plasticity(learning_rate={"V1": ns.ages.window(0, 20)}, turnover=ns.ages.exponential(10, 0.1))
    >>> [ax.get_ylabel() for ax in ns.plot(plasticity)]
    ['factor on the steps', 'share of synapses replaced']
    """
    check_count("until", until, least=1)
    if column is not None and column not in LABELS:
        raise OptionError(f"column must be 'learning_rate' or 'turnover'; got {column!r}.")
    if ax is not None or column is not None:
        axes = chart_axes(ax, 430, 190)
        _draw_column(axes, plasticity, column or "learning_rate", until)
        return axes
    import matplotlib.pyplot as plt

    _, panels = plt.subplots(2, figsize=(6.4, 4.0), sharex=True, layout="constrained")
    for axes, name in zip(panels, LABELS, strict=True):
        _draw_column(chart_axes(axes, 0, 0), plasticity, name, until)
    panels[0].set_xlabel("")
    return panels


def _draw_column(ax: Axes, plasticity: Plasticity, name: str, until: int) -> None:
    from matplotlib.ticker import MaxNLocator

    ages = tuple(range(until + 1))
    places = {region: place for place, region in enumerate(plasticity.regions)}
    for region, values in plasticity.table(ages)[name].items():
        place = places.get(region, len(places))  # all others come last, and each region has one colour in both panels
        (line,) = ax.plot(ages, values, dash(place), color=colour(place), linewidth=1.6, clip_on=False)
        line.set(drawstyle="steps-post", label=fitted(region, LONGEST_LABEL))
    ax.set_ylim(0, max(1.0 if name == "learning_rate" else 0.01, *_highest(ax)) * 1.05)
    ax.set_xlim(0, until)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    often = f",\nonce in {plasticity.every} epochs" if name == "turnover" and plasticity.every > 1 else ""
    name_axes(ax, "age (epochs since birth)", LABELS[name] + often)
    ax.spines[["top", "right"]].set_visible(False)
    ax.grid(axis="y", color=RULE, linewidth=0.5)
    key_beside(ax)


def _highest(ax: Axes) -> list[float]:
    return [float(np.max(line.get_ydata())) for line in ax.lines]
