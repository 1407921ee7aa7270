"""The picture of regions over time: the mean rate of each, in each tick."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from neurosim.anatomy.structure import Floats
from neurosim.errors import DataError, shorten, unknown
from neurosim.physiology.recording import Recording
from neurosim.plotting import recordings as shared
from neurosim.plotting.recordings import MOST_LINES, Section
from neurosim.plotting.style import COLOURS, FIRST, INK, LINE, RULE, SMALL, chart_axes, plural, rate_scale

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw_regions(
    rec: Recording, ax: Axes | None = None, *, regions: Sequence[str] | None = None, trial: int | None = None
) -> Axes:
    """Draw the mean rate of every region over time: lines, or where there are more than six, a strip for each.

    With trials, lines are means over trials, in a band of one standard deviation to either side.

    Parameters
    ----------
    rec : Recording
    ax : matplotlib Axes, optional
        A new figure unless given.
    regions : sequence of str, optional
        Those to draw; all that were recorded unless said.
    trial : int, optional
        For one trial alone.

    Returns
    -------
    Axes

    Raises
    ------
    DataError
        If nothing was recorded, or nothing of such a region.
    UnknownNameError
        If there is no such region.

    Examples
    --------
    >>> import neurosim as ns
    >>> net = ns.Network.from_arrays([0], [1], [0.5], modes="relu")
    >>> ax = ns.plot(ns.simulate(net, [[1.0], [2.0]]), kind="regions")
    >>> ax.lines[0].get_ydata()  # the last value at both edges of its tick
    array([0.75, 1.5 , 1.5 ])
    """
    shared.check_some(rec)
    chosen = shared.read_trial(rec, trial)
    parts = _chosen(rec, regions)
    rates = np.array([shared.mean_rates(rec, part.columns) for part in parts])
    if trial is not None:
        rates = rates[:, [chosen]]
    strips = len(parts) > MOST_LINES
    ax = chart_axes(ax, shared.WIDTH, max(200.0, 60 + 1.5 * LINE * len(parts)) if strips else 220.0)
    ax.spines[["top", "right"]].set_visible(False)
    shared.set_tick_axis(ax, rec)
    if strips:
        _draw_strips(ax, rec, parts, rates.mean(axis=1))
    else:
        _draw_lines(ax, rec, parts, rates)
    shared.title(ax, _title(rec, parts, trial, strips=strips))
    return ax


def _chosen(rec: Recording, regions: Sequence[str] | None) -> list[Section]:
    """The regions asked for; alone, they have the first colours."""
    there = shared.sections(rec)
    if regions is None:
        return [Section(part.name, part.columns, FIRST) for part in there] if len(there) == 1 else there
    by_name = {part.name: part for part in there if part.name in rec.regions}
    wanted = [regions] if isinstance(regions, str) else list(regions)
    for name in wanted:
        if name not in rec.net.structure.regions:
            raise unknown("region", name, rec.net.structure.regions)
        if name not in by_name:
            raise DataError(
                f"Region {name!r} was not recorded; these were: {shorten(by_name)}. Simulate again with "
                f"record=[{name!r}, ...], or record='all'."
            )
    if not wanted:
        raise DataError(f"regions=[] leaves nothing to draw. Name some of: {shorten(by_name)}.")
    few = len(wanted) <= MOST_LINES
    return [Section(name, by_name[name].columns, COLOURS[place] if few else INK) for place, name in enumerate(wanted)]


def _title(rec: Recording, parts: Sequence[Section], trial: int | None, *, strips: bool) -> str:
    what = "Mean rate by region" if parts[0].name else f"Mean rate of {plural(len(rec.names), 'neuron')}"
    remarks = shared.remarks(rec, trial)
    if rec.trials is not None and trial is None:
        band = "" if strips else ", in a band of one standard deviation"
        what = f"{what}; mean of {plural(rec.trials, 'trial')}{band if rec.trials > 1 else ''}"
    return what + remarks


def _draw_lines(ax: Axes, rec: Recording, parts: Sequence[Section], rates: Floats) -> None:
    """Lines, and bands where there are several trials: rates of shape (regions, trials, rows)."""
    handles = []
    for part, trials in zip(parts, rates, strict=True):
        mean, spread = trials.mean(axis=0), trials.std(axis=0)
        x, y, steps = shared.course(rec, mean)
        handles += ax.plot(x, y, color=part.colour, linewidth=1.4, drawstyle=steps)
        if len(trials) > 1:
            low, high = (shared.course(rec, edge)[1] for edge in (mean - spread, mean + spread))
            ax.fill_between(x, low, high, step=shared.band_step(steps), color=part.colour, alpha=0.2, linewidth=0)
    shared.finish_rates(ax)
    shared.axis_labels(ax, "tick", "mean rate")
    if any(part.name for part in parts):
        shared.legend(ax, handles, [part.label for part in parts])


def _draw_strips(ax: Axes, rec: Recording, parts: Sequence[Section], rates: Floats) -> None:
    """A row of colours for each region: rates of shape (regions, rows)."""
    colours, norm = rate_scale(rates)
    image = ax.pcolormesh(shared.tick_edges(rec), np.arange(len(parts) + 1) - 0.5, rates, cmap=colours, norm=norm)
    for edge in range(1, len(parts)):
        ax.axhline(edge - 0.5, color="white", linewidth=1)
    ax.set_ylim(len(parts) - 0.5, -0.5)
    every = max(1, round(len(parts) * LINE / max(1.0, ax.get_window_extent().height * 72 / ax.figure.dpi)))
    ax.set_yticks(range(0, len(parts), every), [part.label for part in parts[::every]], parse_math=False)
    ax.tick_params(axis="y", length=0)
    shared.axis_labels(ax, "tick")
    figure = ax.get_figure()
    assert figure is not None
    bar = figure.colorbar(image, ax=ax, fraction=0.06, pad=0.03)
    bar.set_label("mean rate", fontsize=SMALL, color=INK)
    bar.ax.tick_params(labelsize=SMALL, colors=INK)
    bar.outline.set(edgecolor=RULE)
