"""The phase picture: one rate against another, as time goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from neurosim.anatomy.neuron import Name
from neurosim.anatomy.structure import Floats
from neurosim.errors import OptionError, shorten
from neurosim.physiology.recording import Recording
from neurosim.plotting import recordings as shared
from neurosim.plotting.style import INK, LARGE, RULE, SMALL, chart_axes, fitted, plural

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw_phase(
    rec: Recording,
    ax: Axes | None = None,
    *,
    x: Name | None = None,
    y: Name | None = None,
    trial: int | None = None,
) -> Axes:
    """Draw one neuron's or region's rate against another's; the colour of the line is the tick.

    Parameters
    ----------
    rec : Recording
    ax : matplotlib Axes, optional
        A new figure unless given.
    x, y : str or int
        Neurons, or regions, of which the mean rate is taken. May be left out where just two regions, or two
        neurons with dendrites, were recorded.
    trial : int, optional
        Which trial; the first unless said.

    Returns
    -------
    Axes

    Raises
    ------
    DataError
        If nothing was recorded, or not this.
    OptionError
        If only one of the two is named, or none and it is not clear which are meant.
    UnknownNameError
        If there is no such neuron or region.

    Examples
    --------
    >>> import neurosim as ns
    >>> net = ns.Network.from_arrays([0], [1], [0.5], modes="relu", names=["in", "cell"])
    >>> ns.plot(ns.simulate(net, [[1.0], [2.0]]), x="in", y="cell").get_ylabel()
    'rate of cell'
    """
    from matplotlib.collections import LineCollection
    from matplotlib.colors import Normalize
    from matplotlib.ticker import MaxNLocator

    shared.check_some(rec)
    chosen = shared.read_trial(rec, trial)
    x, y = _pair(rec, x, y)
    across, up = _course(rec, x, chosen), _course(rec, y, chosen)
    ax = chart_axes(ax, 380, 300)
    ax.spines[["top", "right"]].set_visible(False)
    points = np.column_stack([across, up])
    norm = Normalize(float(rec.ticks[0]), float(max(rec.ticks[-1], rec.ticks[0] + 1)))
    segments = np.stack([points[:-1], points[1:]], axis=1)
    line = LineCollection(list(segments), array=rec.ticks[:-1] + 0.5, cmap="viridis", norm=norm, linewidths=1.6)
    ax.add_collection(line)
    ax.scatter(across, up, c=rec.ticks, cmap="viridis", norm=norm, s=12 if len(rec) <= 200 else 4, zorder=3)
    ends: dict[str, Any] = {
        "markersize": 8,
        "linestyle": "",
        "markeredgecolor": INK,
        "zorder": 4,
        "markeredgewidth": 1.4,
    }
    first = ax.plot(*points[0], marker="o", markerfacecolor="none", **ends)
    last = ax.plot(*points[-1], marker="s", markerfacecolor="none", **{**ends, "markersize": 11})
    ax.margins(0.08)
    ax.autoscale_view()
    shared.axis_labels(ax, _label(rec, x), _label(rec, y))
    title = f"{fitted(str(y), 150)} against {fitted(str(x), 150)}{shared.remarks(rec, chosen)}"
    ax.set_title(fitted(title, 370.0, LARGE), fontsize=LARGE, color=INK, loc="left", parse_math=False, pad=22)
    ax.legend(
        [*first, *last],
        [f"start, tick {rec.ticks[0]}", f"end, tick {rec.ticks[-1]}"],
        fontsize=SMALL,
        frameon=False,
        labelcolor=INK,
        ncols=2,
        loc="lower left",
        bbox_to_anchor=(0, 1.0),
        borderaxespad=0.2,
    )
    figure = ax.get_figure()
    assert figure is not None
    whole = MaxNLocator(integer=True, min_n_ticks=1)
    bar = figure.colorbar(line, ax=ax, fraction=0.06, pad=0.03, ticks=whole)
    bar.set_label("tick", fontsize=SMALL, color=INK)
    bar.ax.tick_params(labelsize=SMALL, colors=INK)
    bar.outline.set(edgecolor=RULE)
    return ax


def _pair(rec: Recording, x: Name | None, y: Name | None) -> tuple[Name, Name]:
    """What is drawn against what."""
    if x is not None and y is not None:
        return x, y
    sensory = rec.net.structure.sensory[rec.plan.neurons]
    cells = [name for name, is_sensory in zip(rec.names, sensory, strict=True) if not is_sensory]
    regions = list(rec.regions)
    if x is None and y is None:
        for names in (regions, rec.names, cells):
            if len(names) == 2:
                return names[0], names[1]
    missing = "x and y" if x is None and y is None else "x" if x is None else "y"
    raise OptionError(
        f"A phase picture shows one rate against another: say {missing}, as in x='a', y='b'. Each is one of "
        f"these neurons or regions: {shorten([*regions, *rec.names])}."
    )


def _course(rec: Recording, name: Name, trial: int) -> Floats:
    """A neuron's rate, or a region's mean rate, over the ticks of a trial."""
    rates = rec[name]
    rates = rates if rec.trials is None else rates[trial]
    return np.asarray(rates if rates.ndim == 1 else rates.mean(axis=1), dtype=float)


def _label(rec: Recording, name: Name) -> str:
    short = fitted(str(name), 180.0)
    if name in rec.net.structure.number:
        return f"rate of {short}"
    return f"mean rate of {short} ({plural(len(rec.regions[str(name)]), 'neuron')})"
