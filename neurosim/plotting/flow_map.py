"""The contrast of two tasks in blood flow, as a map on the drawing of the network, or as bars."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from neurosim.anatomy.structure import Floats
from neurosim.checks import check_count
from neurosim.errors import unknown
from neurosim.physiology.flow_contrast import Contrast
from neurosim.plotting.blood_flow import name_regions
from neurosim.plotting.layout import TITLE
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
    from matplotlib.patches import FancyBboxPatch
    from matplotlib.path import Path

KINDS = ("map", "bars")
ABOVE = 34.0  # points over the drawing, for two lines
FRAME = 2.4
GAP = 4.0  # points between an arrow and what it leads around
ASIDE = 24.0  # points by which an arrow within a column bows out
CAPTION = 66.0  # points: as wide as the lines above a narrow box usually are
LANES = np.arange(-20.0, 21.0, GAP)  # where else than straight on an arrow may pass


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

    blocks = {region: _block(frame) for region, frame in sketch.frames.items()}
    used: set[tuple[float, float]] = set()
    for pre, post in contrast.net.region_graph().edges:
        if pre != post:
            way = _way(pre, post, blocks, used)
            sketch.ax.add_patch(
                FancyArrowPatch(path=way, arrowstyle="-|>", mutation_scale=9, color=RULE, linewidth=1.2, zorder=-1)
            )


def _block(frame: FancyBboxPatch) -> Floats:
    """The box of a region: left, bottom, right, top."""
    x, y = frame.get_x(), frame.get_y()
    return np.array([x, y, x + frame.get_width(), y + frame.get_height()])


def _way(pre: str, post: str, blocks: dict[str, Floats], used: set[tuple[float, float]]) -> Path:
    """From one box to another: straight where nothing lies between, else around the boxes and their captions.

    `used` are the places, one for each column of boxes, where arrows have passed; this adds to them.
    """
    from matplotlib.path import Path

    one, other = blocks[pre], blocks[post]
    if abs(_middle(one) - _middle(other)) < 1.0:
        return Path(_beside_a_column(one, other), [Path.MOVETO, *[Path.CURVE4] * 3])
    step = 1 if _middle(one) < _middle(other) else -1
    tail = np.array([one[2] + 1 if step > 0 else one[0] - 1, one[[1, 3]].mean()])
    head = np.array([other[0] - 2 if step > 0 else other[2] + 2, other[[1, 3]].mean()])
    columns = [] if _free(tail, head, blocks, (pre, post)) else _between(one, other, blocks)
    if not columns:
        return Path([tail, head])
    points, codes = [tail], [Path.MOVETO]
    for column in columns[::step]:
        enters, leaves = (column[:, 0].min(), column[:, 2].max())[::step]
        y = _passage(column, points[-1], head, np.array(list(blocks.values())), used)
        points += [*_bend(points[-1], np.array([enters, y])), np.array([leaves, y])]
        codes += [*[Path.CURVE4] * 3, Path.LINETO]
    return Path([*points, *_bend(points[-1], head)], [*codes, *[Path.CURVE4] * 3])


def _middle(block: Floats) -> float:
    return float(block[[0, 2]].mean())


def _beside_a_column(one: Floats, other: Floats) -> list[Floats]:
    """Out on the right, and in again."""
    x = max(one[2], other[2]) + ASIDE
    tail, head = (np.array([block[2] + 2, block[[1, 3]].mean()]) for block in (one, other))
    return [tail, np.array([x, tail[1]]), np.array([x, head[1]]), head]


def _captioned(blocks: Floats) -> Floats:
    """Boxes with the captions above them, and a little room around."""
    half = np.maximum(blocks[:, 2] - blocks[:, 0], CAPTION) / 2 + 1
    middle = blocks[:, [0, 2]].mean(axis=1)
    return np.column_stack([middle - half, blocks[:, 1] - GAP, middle + half, blocks[:, 3] + TITLE + GAP])


def _free(tail: Floats, head: Floats, blocks: dict[str, Floats], ends: tuple[str, str]) -> bool:
    """Whether nothing lies on the straight line."""
    others = [block for region, block in blocks.items() if region not in ends]
    if not others:
        return True
    line = np.linspace(tail, head, 200)[:, None]
    full = _captioned(np.array(others))
    return not bool(((line > full[:, :2]) & (line < full[:, 2:])).all(axis=2).any())


def _between(one: Floats, other: Floats, blocks: dict[str, Floats]) -> list[Floats]:
    """The columns of boxes between two, from left to right, with their captions."""
    low, high = sorted((_middle(one), _middle(other)))
    columns: dict[int, list[Floats]] = {}
    for block in blocks.values():
        if low + 1 < _middle(block) < high - 1:
            columns.setdefault(round(_middle(block)), []).append(block)
    return [_captioned(np.array(columns[x])) for x in sorted(columns)]


def _passage(column: Floats, start: Floats, head: Floats, blocks: Floats, used: set[tuple[float, float]]) -> float:
    """How high to pass a column: where it is free, near the straight line, and where no other arrow passes."""
    x = column[:, [0, 2]].mean()
    wanted = start[1] + (head[1] - start[1]) * (x - start[0]) / (head[0] - start[0])
    low = min(column[:, 1].min(), blocks[:, 1].min()) - 2 * GAP
    high = max(column[:, 3].max(), blocks[:, 3].max()) + 2 * GAP
    edges = np.sort(np.concatenate([[low, high], column[:, 1], column[:, 3]])).reshape(-1, 2)
    nearest = np.clip(wanted, edges[:, 0], edges[:, 1])[:, None] + LANES
    places = np.clip(nearest, edges[:, :1], edges[:, 1:]).ravel().tolist()
    clear = [y for y in places if all(abs(y - its) >= GAP / 2 for at, its in used if at == round(x))]
    best = min(clear or places, key=lambda y: abs(y - wanted))
    used.add((round(x), best))
    return float(best)


def _bend(start: Floats, end: Floats) -> list[Floats]:
    """The rest of a Bezier curve that leaves and arrives level."""
    x = (start[0] + end[0]) / 2
    return [np.array([x, start[1]]), np.array([x, end[1]]), end]


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
