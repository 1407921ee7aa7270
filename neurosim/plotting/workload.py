"""The picture of a workload: what is done at once, step by step."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from neurosim.analysis.workload import Workload
from neurosim.errors import counted
from neurosim.plotting.style import INK, LARGE, RULE, SMALL, chart_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_LABELLED = 16  # steps; more would leave no room for numbers


def draw_workload(load: Workload, ax: Axes | None = None) -> Axes:
    """Draw how many operations are done in each step: the width is depth, the area is work.

    Parameters
    ----------
    load : Workload
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Examples
    --------
    >>> import neurosim as ns
    >>> net = ns.Network.from_arrays([0, 1, 0, 1, 2, 3], [2, 2, 3, 3, 4, 4], 1.0)
    >>> ns.plot(ns.workload(net)).get_title(loc="left")
    '18 operations in 2 steps'
    """
    from matplotlib.ticker import MaxNLocator

    ax = chart_axes(ax, 400, 240)
    steps, work = np.arange(1, len(load.somas) + 1), load.operations_by_step
    bars = ax.bar(steps, work, width=0.8, color="#56b4e9")
    if len(steps) <= MOST_LABELLED:
        ax.bar_label(bars, [f"{n:,}" for n in load.somas], fontsize=SMALL, color=INK, padding=2)
        ax.set_ylabel("operations (above: neurons at work)", fontsize=SMALL, color=INK)
    else:
        ax.set_ylabel("operations", fontsize=SMALL, color=INK)
    ax.set_ylim(0, 1.12 * max(1, int(work.max(initial=0))))
    ax.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set_xlabel("step", fontsize=SMALL, color=INK)
    ax.grid(axis="y", color=RULE, linewidth=0.5)
    ax.set_axisbelow(True)
    ax.spines[["top", "right"]].set_visible(False)
    title = f"{load.operations:,} operations in {counted(load.depth, 'step')}"
    ax.set_title(title + (", every tick" if load.recurrent else ""), fontsize=LARGE, color=INK, loc="left")
    return ax
