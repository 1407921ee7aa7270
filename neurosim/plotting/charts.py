"""Plain charts for stories: curves, bars, histograms, small images, maps of decisions."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from neurosim.checks import check_count
from neurosim.errors import DataError, counted
from neurosim.plotting.decision_map import decision_map
from neurosim.plotting.decision_panels import decision_maps
from neurosim.plotting.forest import forest
from neurosim.plotting.intervals import repeated
from neurosim.plotting.landscape import surface
from neurosim.plotting.scaling import log_log, values_at
from neurosim.plotting.style import FAINT, INK, RULE, SMALL, chart_axes, colour, dash, key_beside, name_axes, write
from neurosim.plotting.turning import turning
from neurosim.plotting.wires import wires

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "bars",
    "curves",
    "decision_map",
    "decision_maps",
    "forest",
    "histogram",
    "images",
    "log_log",
    "panels",
    "repeated",
    "surface",
    "turning",
    "wires",
]


def curves(
    x: npt.ArrayLike,
    lines: Mapping[str, npt.ArrayLike],
    *,
    xlabel: str,
    ylabel: str,
    log: bool = False,
    band: tuple[float, float] | None = None,
    band_label: str = "",
    marks: Mapping[str, float] | None = None,
    dots: Collection[str] | None = None,
) -> Axes:
    """Draw curves over the same numbers.

    Parameters
    ----------
    x : array_like, shape (points,)
    lines : mapping
        The name of each, and its values, shape (points,). From the seventh on, colours begin again, with dashed lines.
    xlabel, ylabel : str
    log : bool
        Whether the vertical axis is logarithmic.
    band : (low, high), optional
        A range that is shaded, and what it means in `band_label`.
    band_label : str
    marks : mapping, optional
        Numbers on the horizontal axis at which a dashed line stands, by what is written at its top.
    dots : collection of str, optional
        Those of `lines` that are drawn as dots alone, and all others as a line alone; each as a line with dots,
        unless this is given.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    DataError
        If a curve has not a value for each point.

    Examples
    --------
    >>> ax = curves([1, 2, 3], {"fast": [3, 2, 1], "slow": [3, 2.9, 2.8]}, xlabel="epoch", ylabel="loss")
    """
    from matplotlib.ticker import MaxNLocator

    across = np.asarray(x, dtype=float)
    drawn = {name: values_at(name, values, across) for name, values in lines.items()}
    ax = chart_axes(None, 460, 250)
    if band is not None:
        ax.axhspan(*band, color="#eeeeee", zorder=0, label=band_label or None)
    for place, (name, values) in enumerate(drawn.items()):
        style = f"o{dash(place)}" if dots is None else "o" if name in dots else dash(place)
        ax.plot(across, values, style, label=name, color=colour(place), markersize=3.5, linewidth=1.2)
    for text, number in (marks or {}).items():
        ax.axvline(number, color=FAINT, linewidth=0.8, linestyle="--", zorder=1)
        write(ax, number, 1.02, text, transform=ax.get_xaxis_transform(), va="bottom", color=FAINT)
    if log:
        ax.set_yscale("log")
    if (np.mod(across, 1) == 0).all():
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    name_axes(ax, xlabel, ylabel)
    ax.grid(axis="y", color=RULE, linewidth=0.5)
    if len(lines) > 1 or band_label:
        key_beside(ax)
    return ax


def panels(
    x: npt.ArrayLike,
    panels: Mapping[str, Mapping[str, npt.ArrayLike]],
    *,
    xlabel: str,
    ylabel: str,
    columns: int = 4,
) -> Figure:
    """Draw small charts side by side over the same numbers, with the same axes, so that they can be compared.

    Parameters
    ----------
    x : array_like, shape (points,)
    panels : mapping of mappings
        The title of each chart, and its curves: their names and values, shape (points,). A curve of one name is drawn
        alike in all charts, the first as a line, the others dashed; where a value is NaN it is interrupted.
    xlabel, ylabel : str
    columns : int
        How many charts stand side by side at most.

    Returns
    -------
    matplotlib Figure

    Raises
    ------
    DataError
        If there is nothing to draw, or a curve has not a value for each point.

    Examples
    --------
    >>> x = np.linspace(-2, 2, 50)
    >>> figure = panels(x, {"line": {"y": x}, "parabola": {"y": x**2, "slope": 2 * x}}, xlabel="x", ylabel="")
    """
    import matplotlib.pyplot as plt

    if not panels:
        raise DataError("There is nothing to draw: give at least one chart, as panels(x, {'mine': {'y': y}}, ...).")
    check_count("columns", columns, least=1)
    across = np.asarray(x, dtype=float)
    drawn = {title: {name: values_at(name, y, across) for name, y in lines.items()} for title, lines in panels.items()}
    columns = min(columns, len(panels))
    rows = -(-len(panels) // columns)
    figure, axes = plt.subplots(
        rows,
        columns,
        figsize=(min(8.0, 0.6 + 1.85 * columns), 0.75 + 1.65 * rows),
        layout="constrained",
        squeeze=False,
        sharex=True,
        sharey=True,
    )
    names = list(dict.fromkeys(name for lines in panels.values() for name in lines))
    for ax, (title, lines) in zip(axes.ravel(), drawn.items(), strict=False):
        chart_axes(ax, 0, 0)
        ax.axhline(0, color=RULE, linewidth=0.7, zorder=0)
        ax.axvline(0, color=RULE, linewidth=0.7, zorder=0)
        for name, values in lines.items():
            which = names.index(name)
            style = "-" if which == 0 else "--"
            ax.plot(across, values, style, color=colour(which), linewidth=1.5, label=name)
        ax.set_title(title, fontsize=SMALL, color=INK, parse_math=False)
    for ax in axes.ravel()[len(panels) :]:
        ax.set_axis_off()
    figure.supxlabel(xlabel, fontsize=SMALL, color=INK)
    figure.supylabel(ylabel, fontsize=SMALL, color=INK)
    handles = {line.get_label(): line for ax in axes.ravel() for line in ax.lines if line.get_label() in names}
    figure.legend(
        list(handles.values()), list(handles), fontsize=SMALL, frameon=False, loc="outside upper right", ncols=9
    )
    return figure


def bars(values: Mapping[str, float], *, xlabel: str, percent: bool = False) -> Axes:
    """Draw one horizontal bar for each name, the first on top, with its number at the end.

    Parameters
    ----------
    values : mapping
    xlabel : str
    percent : bool
        Whether they are shares of 1, to be written as percentages.

    Returns
    -------
    matplotlib Axes

    Examples
    --------
    >>> ax = bars({"sigmoid": 0.96, "binary": 0.93}, xlabel="share solved", percent=True)
    """
    ax = chart_axes(None, 460, 60 + 22 * len(values))
    names, numbers = list(values)[::-1], [float(value) for value in values.values()][::-1]
    drawn = ax.barh(names, numbers, color="#56b4e9", height=0.7)
    ax.bar_label(drawn, labels=[f"{v:.0%}" if percent else f"{v:.4g}" for v in numbers], fontsize=SMALL, padding=3)
    if percent:
        ax.set_xlim(0, 1.12)
        ax.set_xticks([0, 0.25, 0.5, 0.75, 1], labels=["0%", "25%", "50%", "75%", "100%"])
    else:
        ax.margins(x=0.12)
    ax.set_xlabel(xlabel, fontsize=SMALL, color=INK)
    ax.spines[["top", "right"]].set_visible(False)
    return ax


def histogram(
    values: Mapping[str, npt.ArrayLike], *, xlabel: str, bins: int | Sequence[float] = 40, log: bool = False
) -> Axes:
    """Draw how often which numbers occur: an outline for each name, as shares of its own count.

    Parameters
    ----------
    values : mapping
        The name of each, and its numbers, as many as there are.
    xlabel : str
    bins : int or sequence of float
        How many equal bins over the range of all of them, or the edges of the bins.
    log : bool
        Whether the vertical axis is logarithmic.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    DataError
        If one of the numbers is not finite.

    Examples
    --------
    >>> ax = histogram({"intervals": [3, 3, 4, 7]}, xlabel="ticks", bins=[2.5, 3.5, 4.5, 5.5, 6.5, 7.5])
    """
    ax = chart_axes(None, 460, 250)
    numbers = {name: np.asarray(its, dtype=float).ravel() for name, its in values.items()}
    for name, its in numbers.items():
        if not np.isfinite(its).all():
            raise DataError(f"{name!r} holds {its[~np.isfinite(its)][0]}, which falls into no bin. Leave it out.")
    edges = np.histogram_bin_edges(np.concatenate([*numbers.values(), []]), bins)
    for place, (name, its) in enumerate(numbers.items()):
        shares = np.histogram(its, edges)[0] / max(len(its), 1)
        ax.stairs(shares, edges, label=name, color=colour(place), fill=True, alpha=0.25)
        ax.stairs(shares, edges, color=colour(place), linewidth=1.2, linestyle=dash(place))
    name_axes(ax, xlabel, "share in each bin")
    ax.grid(axis="y", color=RULE, linewidth=0.5)
    if log:
        ax.set_yscale("log")
    else:
        ax.set_ylim(bottom=0)
    if len(numbers) > 1:
        key_beside(ax)
    return ax


def images(pictures: npt.ArrayLike, titles: Sequence[str], *, label: str) -> Figure:
    """Draw small images of signed numbers side by side, with one scale for all.

    Parameters
    ----------
    pictures : array_like, shape (pictures, rows, columns)
    titles : sequence of str
    label : str
        What the colours mean.

    Returns
    -------
    matplotlib Figure

    Raises
    ------
    DataError
        If there are no pictures, or not a title for each.

    Examples
    --------
    >>> figure = images(np.eye(3)[None], ["identity"], label="weight")
    """
    import matplotlib.pyplot as plt

    values = np.asarray(pictures, dtype=float)
    if values.ndim != 3 or not values.size or len(titles) != len(values):
        raise DataError(
            f"Images need the shape (pictures, rows, columns) and a title each; got shape {values.shape} and "
            f"{counted(len(titles), 'title')}."
        )
    most = float(np.abs(values).max(initial=0)) or 1.0
    columns = min(len(values), 8)
    rows = -(-len(values) // columns)
    figure, axes = plt.subplots(rows, columns, figsize=(8, 0.35 + 1.15 * rows), layout="constrained", squeeze=False)
    drawn: Any = None
    for ax in axes.ravel():
        ax.set(xticks=[], yticks=[])  # even ticks that are not drawn would be measured
        ax.set_axis_off()
    for ax, picture, title in zip(axes.ravel(), values, titles, strict=False):
        drawn = ax.imshow(picture, cmap="RdBu_r", vmin=-most, vmax=most)
        ax.set_title(title, fontsize=SMALL, color=INK)
    bar = figure.colorbar(drawn, ax=axes, shrink=0.8)
    bar.set_label(label, fontsize=SMALL, color=INK)
    bar.ax.tick_params(labelsize=SMALL, colors=INK)
    return figure
