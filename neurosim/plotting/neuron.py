"""The picture of one neuron: dendrites on the left, the soma with its curve, the axon on the right."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from neurosim.anatomy.neuron import Cell
from neurosim.checks import check_count
from neurosim.plotting.style import (
    EXCITATORY,
    FAINT,
    INHIBITORY,
    INK,
    LARGE,
    MODE_COLOURS,
    OTHER_MODE,
    RULE,
    fitted,
    number,
    plural,
    sheet,
    text_width,
    write,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ROW, SOMA = 24.0, 46.0  # points from one dendrite to the next; radius of the soma
DENDRITES, AXON = 112.0, 148.0  # how far they stick out
HILLOCK, TRUNK = 9.0, 58.0  # where the axon leaves the soma, and where it branches, in points from the soma
LONGEST_NAME = 96.0
EDGE, FOOT, HEAD = 14.0, 52.0, 30.0


@dataclasses.dataclass(frozen=True)
class _Twig:
    """One synapse, at the end of a dendrite or of the axon; without a weight it stands for all that are not shown."""

    name: str
    weight: float | None
    branch: int | None = None
    delay: int = 0


def draw_neuron(neuron: Cell, ax: Axes | None = None, *, most: int = 12) -> Axes:
    """Draw a neuron: a line for every synapse, red and arrowed where it excites, blue and barred where it inhibits.

    The width of a line is the size of the weight. The axon leaves the soma at its hillock, where it is decided whether
    an impulse arises, and branches. The soma shows how its rate depends on its drive;
    the drive is what the dendrites bring minus the threshold.

    Parameters
    ----------
    neuron : Neuron
        On its own, or one of a network's, ``net["h"]``.
    ax : matplotlib Axes, optional
    most : int, default 12
        Synapses shown on either side; of more, the strongest.

    Returns
    -------
    Axes

    Examples
    --------
    >>> import neurosim as ns
    >>> ax = ns.plot(ns.Neuron({"x": 0.5, "y": -2}, mode="relu", bias=0.1, name="h", axon={"z": 1}))
    """
    check_count("most", most, least=1)
    dendrites = _twigs(neuron, "dendrites", most, branched=neuron.mode.branched)
    axon = _twigs(neuron, "axon", most, branched=False)
    left = _widest(dendrites) + DENDRITES
    right = _widest(axon) + AXON
    rows = max(len(dendrites), len(axon), 4)
    ax, width, height = sheet(ax, left + right + 2 * (SOMA + EDGE), rows * ROW + FOOT + HEAD)
    scale = min(1.0, width / (left + right + 2 * (SOMA + EDGE)))
    x, y = EDGE + left * scale + SOMA, FOOT + (height - FOOT - HEAD) / 2
    heaviest = max((abs(twig.weight) for twig in dendrites + axon if twig.weight is not None), default=1.0) or 1.0
    _draw_twigs(ax, dendrites, (x, y), x - SOMA - DENDRITES * scale, heaviest, outgoing=False)
    fork = x + SOMA + TRUNK * scale
    _draw_twigs(ax, axon, (fork, y), x + SOMA + AXON * scale, heaviest, outgoing=True)
    if axon:
        _draw_hillock(ax, x + SOMA, y, fork, named=neuron.mode.name != "sensory")
    _draw_soma(ax, neuron, x, y)
    title = "Neuron" if neuron.name is None else f"Neuron {neuron.name}"
    if neuron.region is not None:
        title += f", region {neuron.region}"
    write(ax, width / 2, height - 12, fitted(title, width - 2 * EDGE, LARGE), fontsize=LARGE, fontweight="bold")
    heard = "strongest branch" if neuron.mode.branched else "drive"
    _write_parts(ax, x, left * scale, right * scale, bool(dendrites), bool(axon), heard)
    return ax


def _twigs(neuron: Cell, part: str, most: int, *, branched: bool) -> list[_Twig]:
    """The synapses to show: all, or the strongest and a line that says how many more there are."""
    twigs = []
    for key, weight in getattr(neuron, part).items():
        name, branch = key if isinstance(key, tuple) else (key, 0 if branched else None)
        twigs.append(_Twig(str(name), weight, branch, neuron.delay_of(part, key)))
    hidden = len(twigs) - most
    if hidden > 1:
        least = sorted((abs(twig.weight or 0.0) for twig in twigs), reverse=True)[most - 1]
        twigs = [twig for twig in twigs if abs(twig.weight or 0.0) >= least][:most]
    if branched:
        twigs.sort(key=lambda twig: twig.branch or 0)
    return [*twigs, _Twig(f"and {hidden:,} weaker", None)] if hidden > 1 else twigs


def _widest(twigs: list[_Twig]) -> float:
    return max((text_width(_label(twig)) + 6 for twig in twigs), default=20.0)


def _label(twig: _Twig) -> str:
    name = fitted(twig.name, LONGEST_NAME)
    return name if twig.branch is None else f"{name} (branch {twig.branch})"


def _draw_twigs(
    ax: Axes, twigs: list[_Twig], centre: tuple[float, float], tip: float, heaviest: float, *, outgoing: bool
) -> None:
    """Lines from the soma, or from where the axon branches: a name beyond each tip, a weight beside each line."""
    x, y = centre
    side = 1 if outgoing else -1
    for i, twig in enumerate(twigs):
        level = y + (len(twigs) - 1) / 2 * ROW - i * ROW
        shade = INK if twig.weight is not None else FAINT
        write(ax, tip + side * 6, level, _label(twig), ha="left" if outgoing else "right", color=shade)
        if twig.weight is None:
            continue
        colour = EXCITATORY if twig.weight > 0 else INHIBITORY if twig.weight < 0 else FAINT
        width = 0.8 + 3.2 * abs(twig.weight) / heaviest
        if outgoing:
            ends = (centre, (x + 0.35 * (tip - x), level), (tip, level))
        else:
            angle = np.arctan2(level - y, (tip - x) * 0.75)
            touch = (x + (SOMA + 3) * np.cos(angle), y + (SOMA + 3) * np.sin(angle))
            ends = ((tip, level), (x - SOMA - 0.35 * (x - SOMA - tip), level), touch)
        _draw_curve(ax, ends, colour, width, inhibits=twig.weight < 0)
        write(
            ax,
            tip - side * (18 if outgoing else 5),
            level + (5 + width / 2) * (1 if level >= y else -1),  # on the side that the curve does not come from
            number(twig.weight) + (f", {plural(twig.delay, 'tick')}" if twig.delay else ""),
            ha="right" if outgoing else "left",
        )


def _draw_curve(
    ax: Axes, points: tuple[tuple[float, float], ...], colour: str, width: float, *, inhibits: bool
) -> None:
    from matplotlib.patches import FancyArrowPatch
    from matplotlib.path import Path

    start, bend, end = points
    path = Path([start, bend, end], [Path.MOVETO, Path.CURVE3, Path.CURVE3])
    head = "|-|,widthA=0,widthB=4.5" if inhibits else "-|>,head_length=6,head_width=3"
    ax.add_patch(
        FancyArrowPatch(
            path=path,
            arrowstyle=head,
            mutation_scale=1,
            color=colour,
            linewidth=width,
            shrinkA=0,
            shrinkB=0,
            joinstyle="miter",
        )
    )


def _draw_hillock(ax: Axes, edge: float, y: float, fork: float, *, named: bool) -> None:
    """The cone from which the axon leaves the soma, and its trunk, up to where it branches."""
    from matplotlib.patches import Polygon

    cone = [
        (edge - 3, y + HILLOCK),
        (edge + 2 * HILLOCK, y + 1.6),
        (edge + 2 * HILLOCK, y - 1.6),
        (edge - 3, y - HILLOCK),
    ]
    ax.add_patch(Polygon(cone, facecolor=INK, edgecolor="none", zorder=2))
    ax.plot([edge, fork], [y, y], color=INK, linewidth=3.2, solid_capstyle="round", zorder=2)
    if named and fork - edge >= TRUNK - 1:
        write(ax, edge + 4, y + 15, "axon hillock", ha="left", color=FAINT, halo=True, zorder=6)


def _draw_soma(ax: Axes, neuron: Cell, x: float, y: float) -> None:
    """The cell body, with the curve of its mode inside and mode and threshold below."""
    from matplotlib.patches import Circle

    colour = MODE_COLOURS.get(neuron.mode.name, OTHER_MODE)
    ax.add_patch(Circle((x, y), SOMA, facecolor="white", edgecolor=INK, linewidth=1.2, zorder=3))
    ax.add_patch(Circle((x, y), SOMA - 4, facecolor="none", edgecolor=colour, linewidth=4, zorder=3))
    if neuron.mode.name == "sensory":
        write(ax, x, y, "stimulus", zorder=5)
    else:
        half = 25.0
        inset = ax.inset_axes((x - half, y - half * 0.8, 2 * half, 2 * half * 0.8), transform=ax.transData, zorder=4)
        drives = np.linspace(-3, 3, 601)
        rates = np.asarray(neuron.mode.rate(drives), dtype=float)
        rates[1:][np.abs(np.diff(rates)) > 0.5] = np.nan  # a step is two pieces, not a slope
        inset.axhline(0, color=RULE, linewidth=0.7)
        inset.axvline(0, color=RULE, linewidth=0.7)
        inset.plot(drives, rates, color=INK, linewidth=1.6)
        inset.set(xlim=(-3, 3), ylim=(-1.25, 1.5) if np.nanmax(rates) <= 1 else (-1.25, 3), facecolor="none")
        inset.set_axis_off()
    write(ax, x, y - SOMA - 10, str(neuron.mode))
    if neuron.mode.name != "sensory":
        write(ax, x, y - SOMA - 21, f"threshold {number(neuron.threshold)}")


def _write_parts(ax: Axes, x: float, left: float, right: float, dendrites: bool, axon: bool, heard: str) -> None:
    """The names of the three parts, along the lower edge."""
    here = {
        x - SOMA - left / 2: "dendrites\nwith synapses" if dendrites else "no dendrites",
        x: f"soma: rate against {heard}",
    }
    here[x + SOMA + right / 2] = "axon\nwith synapses" if axon else "no synapses onwards"
    for place, text in here.items():
        write(ax, place, 12 if "\n" in text else 9, text, color=FAINT)
