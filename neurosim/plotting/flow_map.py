"""The contrast of two tasks in blood flow, as a map on the drawing of the network, or as bars."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from neurosim.anatomy.structure import Floats
from neurosim.checks import check_count
from neurosim.errors import unknown
from neurosim.physiology.flow_contrast import Contrast
from neurosim.plotting.blood_flow import name_regions
from neurosim.plotting.network import Shades, Sketch, sketch_network
from neurosim.plotting.style import (
    FAINT,
    FIRST,
    INK,
    LARGE,
    RULE,
    SECOND,
    chart_axes,
    fitted,
    name_axes,
    number,
    signed_scale,
    write,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

KINDS = ("map", "bars")
ABOVE = 34.0  # points over the drawing, for two lines
FRAME = 2.4


def draw_contrast(contrast: Contrast, ax: Axes | None = None, *, kind: str = "map", most: int = 6) -> Axes:
    """Draw a contrast on the network: every region in the colour of its t, the significant ones in a thick frame.

    Parameters
    ----------
    contrast : Contrast
    ax : matplotlib Axes, optional
    kind : "map" or "bars"
        Or the difference of each region, with its interval.
    most : int
        On the map, how many neurons are shown of a region; see ``ns.plot(net)``.

    Returns
    -------
    Axes

    Raises
    ------
    UnknownNameError
        If there is no such kind.

    Examples
    --------
    >>> import neurosim as ns
    >>> net = ns.Network.from_arrays([0], [1], [0.5], modes="relu", regions=["eye", "V1"])
    >>> flow = ns.blood_flow(ns.simulate(net, {0: [0] * 20 + [1] * 20}, ticks=80), noise=0.1, rng=0)
    >>> found = flow.contrast([(20, 40, "look")], "look")
    >>> ax, other = ns.plot(found), ns.plot(found, kind="bars")
    """
    if kind not in KINDS:
        raise unknown("kind of picture of a contrast called", kind, KINDS)
    check_count("most", most, least=2)
    return _draw_bars(contrast, ax) if kind == "bars" else _draw_map(contrast, ax, most)


def _draw_map(contrast: Contrast, ax: Axes | None, most: int) -> Axes:
    values, known = _by_neuron(contrast), contrast.t[np.isfinite(contrast.t)]
    shades = Shades(values, signed_scale(known), unknown="not tested")
    label = f"t of {fitted(contrast.name, 150)}"
    sketch = sketch_network(contrast.net, ax, shades, most=most, most_synapses=0, rate_label=label, above=ABOVE)
    _point(sketch, contrast)
    for region in contrast.significant:
        sketch.frames[region].set(edgecolor=INK, linewidth=FRAME)
    top = sketch.height - 10
    write(sketch.ax, 10, top, fitted(f"Blood flow, {contrast.name}", 400, LARGE), fontsize=LARGE, ha="left")
    told = f"thick frame: corrected p < {contrast.alpha:g}; arrows: synapses from region to region"
    write(sketch.ax, 10, top - 14, fitted(told, sketch.width - 20), color=FAINT, ha="left")
    return sketch.ax


def _by_neuron(contrast: Contrast) -> Floats:
    """The t of each neuron's region; NaN for those of none, and for regions that were not tested."""
    structure = contrast.net.structure
    finite = np.abs(contrast.t[np.isfinite(contrast.t)]).max(initial=1.0)
    values = np.full(structure.n_neurons, np.nan)
    for region, t in zip(contrast.regions, contrast.t, strict=True):
        values[structure.members(region)] = np.clip(t, -finite, finite)  # an exact fit has no finite t
    return values


def _point(sketch: Sketch, contrast: Contrast) -> None:
    """Grey arrows from region to region: lines of synapses would have the colours that t has here."""
    from matplotlib.patches import FancyArrowPatch

    for pre, post in contrast.net.region_graph().edges:
        if pre == post:
            continue
        one, other = sketch.frames[pre], sketch.frames[post]
        onwards = one.get_x() < other.get_x()
        tail = one.get_x() + one.get_width() * onwards, one.get_y() + one.get_height() / 2
        head = other.get_x() + other.get_width() * (not onwards), other.get_y() + other.get_height() / 2
        arrow = FancyArrowPatch(
            tail, head, arrowstyle="-|>", mutation_scale=9, color=RULE, linewidth=1.2, shrinkA=1, shrinkB=2, zorder=-1
        )
        sketch.ax.add_patch(arrow)


def _draw_bars(contrast: Contrast, ax: Axes | None) -> Axes:
    count = len(contrast.regions)
    ax = chart_axes(ax, 400, 70 + 22 * count)
    rows = np.arange(count)[::-1].astype(float)
    ax.axvline(0, color=RULE, linewidth=0.8, zorder=0)
    for place, (region, row) in enumerate(zip(contrast.regions, rows, strict=True)):
        found = region in contrast.significant
        more = FIRST if contrast.difference[place] > 0 else SECOND
        half = contrast.high[place] - contrast.difference[place]
        line, fill = (more, more) if found else (FAINT, "white")
        ax.errorbar(
            contrast.difference[place], row, xerr=half, fmt="o", color=line, mfc=fill, markersize=5, linewidth=1.4
        )
    name_regions(ax, contrast.regions, rows)
    interval = f"{number(100 * (1 - contrast.alpha))} % interval"
    name_axes(ax, f"blood flow, {fitted(contrast.name, 150)}, with {interval} (filled: significant)", "")
    return ax
