"""Pictures of blood flow: the response, the flow of regions over time with tasks shaded, and what each task adds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from neurosim.anatomy.structure import Floats
from neurosim.checks import check_count
from neurosim.errors import OptionError, unknown
from neurosim.physiology.blood_flow import BloodFlow
from neurosim.physiology.flow_model import FlowModel
from neurosim.physiology.haemodynamics import HaemodynamicResponse
from neurosim.physiology.task_blocks import Design, TaskBlocks, read_design
from neurosim.plotting.recordings import panels
from neurosim.plotting.style import (
    FIRST,
    INK,
    RULE,
    SMALL,
    chart_axes,
    colour,
    fitted,
    key_beside,
    marker,
    name_axes,
    plural,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_PANELS = 12  # regions below each other


def draw_response(response: HaemodynamicResponse, ax: Axes | None = None) -> Axes:
    """Draw the flow that one moment of activity brings about.

    Parameters
    ----------
    response : HaemodynamicResponse
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Examples
    --------
    >>> import neurosim as ns
    >>> ns.plot(ns.HaemodynamicResponse()).get_xlabel()
    'seconds after a moment of activity'
    """
    ax = chart_axes(ax, 400, 220)
    seconds = np.linspace(0, response.length, 500)
    ax.axhline(0, color=RULE, linewidth=0.8)
    ax.plot(seconds, response(seconds), color=FIRST, linewidth=1.5)
    name_axes(ax, "seconds after a moment of activity", "flow, per second and unit of activity")
    ax.set_xlim(0, response.length)
    ax.spines[["top", "right"]].set_visible(False)
    return ax


def draw_blood_flow(
    flow: BloodFlow,
    ax: Axes | None = None,
    *,
    design: Design | None = None,
    regions: Sequence[str] | str | None = None,
    trial: int | None = None,
) -> Any:
    """Draw the flow of regions over time, each in a panel of its own, and shade the blocks of tasks.

    Parameters
    ----------
    flow : BloodFlow
    ax : matplotlib Axes, optional
        Within which to draw; a new figure unless given.
    design : sequence, optional
        Which task runs when; see `BloodFlow.fit`.
    regions : sequence of str, optional
        Those to draw; all, or the first twelve, unless said.
    trial : int, optional
        For one trial alone; the mean over all unless said.

    Returns
    -------
    array of Axes, one a region

    Raises
    ------
    UnknownNameError
        If there is no such region.
    OptionError
        If there is no such trial, or there are too many regions.

    Examples
    --------
    >>> import neurosim as ns
    >>> net = ns.Network.from_arrays([0], [1], [0.5], modes="relu", regions=["eye", "V1"])
    >>> flow = ns.blood_flow(ns.simulate(net, [[1.0]] * 30))
    >>> [ax.get_title(loc="left") for ax in ns.plot(flow, design=[(5, 20, "look")])]
    ['eye', 'V1']
    """
    chosen = _chosen(flow, regions)
    values = _one_trial(flow, trial)
    blocks = None if design is None else read_design(design, flow.ticks)
    made = panels(ax, [46.0] * len(chosen))
    for panel, region in zip(made, chosen, strict=True):
        if blocks is not None:
            _shade(panel, blocks, flow.seconds_per_tick)
        panel.plot(flow.times, values[flow.regions.index(region)], color=INK, linewidth=1.0)
        panel.set_title(fitted(region, 300), fontsize=SMALL, color=INK, loc="left", parse_math=False, pad=3)
        panel.set_xlim(0, len(flow.ticks) * flow.seconds_per_tick)
        panel.locator_params(axis="y", nbins=3)
    made[-1].set_xlabel("seconds", fontsize=SMALL, color=INK)
    made[len(made) // 2].set_ylabel("blood flow", fontsize=SMALL, color=INK)
    if blocks is not None:
        _key(made[0])
    if trial is None and flow.trials is not None:
        first = fitted(chosen[0], 200)
        made[0].set_title(f"{first} (mean of {plural(flow.trials, 'trial')})", fontsize=SMALL, loc="left", pad=3)
    return made


def _chosen(flow: BloodFlow, regions: Sequence[str] | str | None) -> list[str]:
    if regions is None:
        return list(flow.regions[:MOST_PANELS])
    wanted = [regions] if isinstance(regions, str) else list(regions)
    for region in wanted:
        if region not in flow.regions:
            raise unknown("region in this blood flow called", region, flow.regions)
    if not 1 <= len(wanted) <= MOST_PANELS:
        raise OptionError(f"regions must name from 1 to {MOST_PANELS} regions; got {len(wanted)}.")
    return wanted


def _one_trial(flow: BloodFlow, trial: int | None) -> Floats:
    if flow.trials is None:
        if trial is not None:
            raise OptionError(f"This flow has no trials, so there is none to choose. Leave out trial={trial!r}.")
        return flow.values
    if trial is None:
        mean: Floats = flow.values.mean(axis=0)
        return mean
    check_count("trial", trial)
    if trial >= flow.trials:
        raise OptionError(f"There is no trial {trial}: choose from 0 to {flow.trials - 1}.")
    values: Floats = flow.values[trial]
    return values


def _shade(ax: Axes, blocks: TaskBlocks, seconds: float) -> None:
    for block in blocks.blocks:
        place, first = blocks.tasks.index(block.task), blocks.ticks.start
        start, stop = ((tick - first) * seconds for tick in (block.start, block.stop))
        ax.axvspan(start, stop, color=colour(place), alpha=0.25, linewidth=0, label=block.task, zorder=0)


def _key(ax: Axes) -> None:
    """One entry for each task."""
    handles, labels = ax.get_legend_handles_labels()
    one_each = dict(zip(labels, handles, strict=True))
    drawn = ax.legend(
        list(one_each.values()),
        list(one_each),
        fontsize=SMALL,
        labelcolor=INK,
        frameon=False,
        loc="lower right",
        bbox_to_anchor=(1.0, 0.97),
        ncols=min(len(one_each), 6),
        borderaxespad=0.2,
    )
    for text in drawn.get_texts():
        text.set_parse_math(False)


def draw_flow_model(model: FlowModel, ax: Axes | None = None) -> Axes:
    """Draw what each task adds to the flow of each region, with 95 % intervals.

    Parameters
    ----------
    model : FlowModel
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Examples
    --------
    >>> import neurosim as ns
    >>> net = ns.Network.from_arrays([0], [1], [0.5], modes="relu", regions=["eye", "V1"])
    >>> flow = ns.blood_flow(ns.simulate(net, {0: [0] * 20 + [1] * 20}, ticks=80), noise=0.1, rng=0)
    >>> ax = ns.plot(flow.fit([(20, 40, "look")]))
    """
    regions, tasks = model.flow.regions, model.tasks
    ax = chart_axes(ax, 400, 60 + (12 + 10 * len(tasks)) * len(regions))
    rows = np.arange(len(regions))[::-1].astype(float)
    ax.axvline(0, color=RULE, linewidth=0.8, zorder=0)
    for place, task in enumerate(tasks):
        offset = 0.5 * ((len(tasks) - 1) / 2 - place) / max(len(tasks) - 1, 1)
        ax.errorbar(
            model.betas[place],
            rows + offset,
            xerr=model.half_widths[place],
            fmt=marker(place),
            color=colour(place),
            markersize=4,
            linewidth=1.2,
            label=task,
        )
    name_regions(ax, regions, rows)
    name_axes(ax, "what the task adds to the activity of rest, with 95 % interval", "")
    key_beside(ax)
    return ax


def name_regions(ax: Axes, regions: Sequence[str], rows: Floats) -> None:
    """Write the names of regions at the left of their rows."""
    ax.set_yticks(rows, [fitted(region, 110) for region in regions], parse_math=False)
    ax.set_ylim(-0.6, len(regions) - 0.4)
    ax.tick_params(axis="y", length=0)
    ax.spines[["top", "right"]].set_visible(False)
    ax.grid(axis="x", color=RULE, linewidth=0.5)
    ax.set_axisbelow(True)
