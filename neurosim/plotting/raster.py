"""The picture of impulses: a row for every neuron, region by region, and the population rate below."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from neurosim.anatomy.structure import Flags, Floats, Indices
from neurosim.checks import check_number
from neurosim.errors import OptionError, shorten
from neurosim.physiology.recording import Recording
from neurosim.plotting import recordings as shared
from neurosim.plotting.recordings import Section
from neurosim.plotting.style import INK, LINE, RULE, SMALL, fitted, number, plural, write

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FEW = 40  # neurons that are named one by one
MOST_MARKS = 20_000  # impulses that are drawn one by one
COLUMNS, ROWS = 500, 300  # cells that more of them are counted in


def draw_raster(rec: Recording, ax: Axes | None = None, *, trial: int | None = None, above: float | None = None) -> Any:
    """Draw impulses as marks, a row per neuron, grouped by region, and the population rate below.

    Shown are the neurons that fire or do not: the binary ones, and others whose rates are all 0 or 1, as a
    stimulus of impulses is. The rest are left out, and the title says so, unless `above` draws the line.
    Where impulses are too many for marks they are counted in cells, the darker the more.

    Parameters
    ----------
    rec : Recording
    ax : matplotlib Axes, optional
        Within which to draw; a new figure unless given.
    trial : int, optional
        Which trial; the first unless said.
    above : float, optional
        The rate that must be exceeded to count as an impulse.

    Returns
    -------
    array of Axes
        The raster, and the population rate.

    Raises
    ------
    DataError
        If nothing was recorded.
    OptionError
        If no neuron fires impulses and `above` is not given, or an option is out of range.

    Examples
    --------
    >>> import neurosim as ns
    >>> net = ns.Network.from_arrays([0], [1], [1.0], delay=2, thresholds=[0, 1], names=["skin", "cell"])
    >>> raster, population = ns.plot(ns.simulate(net, {"skin": [1, 0, 1]}, ticks=6))
    >>> raster.get_title(loc="left")
    'Impulses of 2 neurons'
    """
    shared.check_some(rec)
    chosen = shared.read_trial(rec, trial)
    if above is not None:
        check_number("above", above)
    fired, shown = _impulses(rec, chosen, above)
    parts = [
        Section(part.name, part.columns[shown[part.columns]], part.colour)
        for part in shared.sections(rec)
        if shown[part.columns].any()
    ]
    order = np.concatenate([part.columns for part in parts])
    few = len(order) <= FEW
    height = max(60.0, 13.0 * len(order)) if few else max(230.0, 1.3 * LINE * len(parts))
    edges = _row_edges(parts, height, even=few)
    raster, population = made = shared.panels(ax, [height, 70.0])
    caption = _draw_impulses(raster, rec, parts, fired, edges, height)
    _label_rows(raster, rec, parts, edges, order if few else None)
    _draw_population(population, rec, parts, chosen)
    meaning = "" if above is None else f" (rates above {number(above)})"
    what = f"Impulses{meaning} of {plural(len(order), 'neuron')}{shared.remarks(rec, chosen)}"
    if len(order) < len(shown):
        caption = ", ".join([*filter(None, [caption]), _left_out(len(shown) - len(order))])
    shared.title(raster, what, caption)
    return made


def _left_out(count: int) -> str:
    return f"{plural(count, 'graded neuron')} left out (above=0.5 shows rates over 0.5)"


def _impulses(rec: Recording, trial: int, above: float | None) -> tuple[Flags, Flags]:
    """Who fired when, shape (rows, neurons), and who fires impulses at all."""
    everyone = np.arange(len(rec.names))
    fired, shown = np.empty((len(rec), len(everyone)), dtype=bool), rec.plan.binary | (above is not None)
    for part, block in shared.blocks(rec, everyone):
        rates = block[:, :, trial]
        fired[:, part] = rates > (0.5 if above is None else above)
        shown[part] |= ((block == 0) | (block == 1)).all(axis=(0, 2))
    if not shown.any():
        raise OptionError(
            f"A raster shows impulses, and the recorded neurons ({shorten(rec.names, 3)}) are graded. Say which rates "
            "count as one, as in above=0.5, or take kind='regions' or 'traces'."
        )
    return fired, shown


# --- Rows ----------------------------------------------------------------------------------------


def _row_edges(parts: Sequence[Section], height: float, *, even: bool) -> Floats:
    """Where each neuron's row begins, and the last one ends.

    Many are in regions as tall as the root of their sizes, and tall enough for a line of text, so that one of
    ten can be read beside one of a thousand.
    """
    sizes = np.array([len(part.columns) for part in parts])
    tall = np.sqrt(sizes) / np.sqrt(sizes).sum() * height
    tall = sizes.astype(float) if even else np.maximum(tall, min(1.2 * LINE, height / len(parts)))
    return np.concatenate([[0.0], np.cumsum(np.repeat(tall / sizes, sizes))])


def _starts(parts: Sequence[Section]) -> Indices:
    return np.cumsum([0, *(len(part.columns) for part in parts)])


def _label_rows(ax: Axes, rec: Recording, parts: Sequence[Section], edges: Floats, named: Indices | None) -> None:
    """Regions at the right, in their colour, with a line between them; at the left neurons, where they are few."""
    starts = _starts(parts)
    if named is None:
        ax.set_yticks([])
        shared.axis_labels(ax, y="neurons, by region" if len(parts) > 1 else "neurons")
    else:
        labels = [_short(str(rec.names[column]), part.name) for part in parts for column in part.columns]
        ax.set_yticks((edges[1:] + edges[:-1]) / 2, labels, parse_math=False)
        ax.tick_params(axis="y", length=0)
    for start in starts[1:-1]:
        ax.axhline(edges[start], color=RULE, linewidth=0.8)
    ax.set_ylim(edges[-1], edges[0])
    room = ax.get_window_extent().height * 72 / ax.figure.dpi / edges[-1]  # points per unit
    last = -np.inf
    for part, start, end in zip(parts, starts, starts[1:], strict=False):
        middle = (edges[start] + edges[end]) / 2
        if part.name and (middle - last) * room >= LINE:
            style: dict[str, Any] = {"ha": "left", "color": part.colour, "transform": ax.get_yaxis_transform()}
            write(ax, 1.01, middle, part.label, **style)
            last = middle


def _short(name: str, region: str) -> str:
    """A neuron's name, less that of its region, which stands beside it: "V1[3]" is [3]."""
    return fitted(name.removeprefix(region) if name.startswith(f"{region}[") else name, shared.LONGEST)


# --- Impulses ------------------------------------------------------------------------------------


def _draw_impulses(
    ax: Axes, rec: Recording, parts: Sequence[Section], fired: Flags, edges: Floats, height: float
) -> str:
    """Marks, or cells where there would be too many; what has to be said of them."""
    shared.set_tick_axis(ax, rec)
    order = np.concatenate([part.columns for part in parts])
    if np.count_nonzero(fired[:, order]) > MOST_MARKS:
        return _draw_cells(ax, rec, parts, fired, edges, height)
    least = 0.7 * edges[-1] / height  # so that a mark is 1.4 points tall at least
    width = float(np.clip(0.5 * 400 / len(rec), 0.6, 3.0))
    for part, start in zip(parts, _starts(parts), strict=False):
        ticks, rows = np.nonzero(fired[:, part.columns])
        top, bottom = edges[start + rows], edges[start + rows + 1]
        middle, half = (top + bottom) / 2, np.maximum(0.4 * (bottom - top), least)
        ax.vlines(rec.ticks[ticks], middle - half, middle + half, color=part.colour, linewidth=width, label=part.name)
    if len(order) <= FEW:
        ax.hlines((edges[1:] + edges[:-1]) / 2, *ax.get_xlim(), color=RULE, linewidth=0.4, zorder=0)
    return ""


def _draw_cells(ax: Axes, rec: Recording, parts: Sequence[Section], fired: Flags, edges: Floats, height: float) -> str:
    """How many fired in each cell of a few neurons and ticks: 10 million of them are more than there are pixels."""
    from matplotlib.colors import LinearSegmentedColormap

    across = np.arange(0, len(rec), -(-len(rec) // COLUMNS))
    x = shared.tick_edges(rec)[np.append(across, len(rec))]
    starts, counted, largest = _starts(parts), [], 1
    for part, start in zip(parts, starts, strict=False):
        size = len(part.columns)
        lines = max(1, round(ROWS * (edges[start + size] - edges[start]) / edges[-1]))
        together = -(-size // lines)
        largest = max(largest, together)
        down = np.arange(0, size, together)
        counts = np.add.reduceat(fired[:, part.columns], down, axis=1, dtype=np.int32)
        counts = np.add.reduceat(counts, across, axis=0)
        area = np.outer(np.diff(np.append(across, len(rec))), np.diff(np.append(down, size)))
        counted.append((part, edges[start + np.append(down, size)], counts / area))
    most = max(float(np.percentile(shares, 99)) for _, _, shares in counted)
    most = most or max(float(shares.max()) for _, _, shares in counted)
    for part, y, shares in counted:
        colours = LinearSegmentedColormap.from_list("impulses", ["white", part.colour])
        ax.pcolormesh(x, y, shares.T, cmap=colours, vmin=0, vmax=most, label=part.name)
    wide = int(np.diff(across, append=len(rec)).max()) * shared.tick_step(rec)
    cell = f"{plural(largest, 'neuron')} \N{MULTIPLICATION SIGN} {plural(wide, 'tick')}"
    return f"cells of up to {cell}; white is silence, the full colour a rate of {number(most)} or more"


# --- Population rate -----------------------------------------------------------------------------


def _draw_population(ax: Axes, rec: Recording, parts: Sequence[Section], trial: int) -> None:
    """The mean rate in each tick: of each region where their colours tell them apart, else of all."""
    shared.set_tick_axis(ax, rec)
    lines = list(parts)
    if len({part.colour for part in parts}) < len(parts):
        lines = [Section("all", np.concatenate([part.columns for part in parts]), INK)]
    for part in lines:
        x, y, steps = shared.course(rec, shared.mean_rates(rec, part.columns)[trial])
        ax.plot(x, y, color=part.colour, linewidth=1.2, drawstyle=steps, label=part.name or "all")
    shared.finish_rates(ax)
    each = len(lines) > 1
    shared.axis_labels(ax, "tick", "mean rate,\nby region" if each else "mean rate")
    ax.yaxis.label.set_fontsize(SMALL)
