"""The picture of a network: regions as boxes, neurons as circles, synapses as lines, from left to right by depth."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from neurosim.anatomy.network import Network
from neurosim.anatomy.structure import Floats, Indices
from neurosim.checks import check_count
from neurosim.errors import DataError, shorten
from neurosim.plotting import style
from neurosim.plotting.keys import Key
from neurosim.plotting.labels import place_labels
from neurosim.plotting.layout import (
    TITLE,
    Box,
    Group,
    Layout,
    Sizes,
    group_neurons,
    measure,
    natural_size,
    place,
    place_as_given,
)
from neurosim.plotting.style import LARGE, LINE, fitted, number, text_width, write
from neurosim.plotting.synapses import FEW, Curves, route, strongest

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.collections import EllipseCollection
    from matplotlib.colors import Colormap, Normalize
    from matplotlib.lines import Line2D
    from matplotlib.patches import FancyBboxPatch
    from matplotlib.text import Text

FEW_WEIGHTS = 40  # of so many, those that find room are written on their synapses
FEW_NEURONS = 24  # so many have their thresholds written beneath them
LONGEST_NAME = 80.0  # points
PLATE = {
    "facecolor": "white",
    "edgecolor": "none",
    "pad": 1.0,
}  # beneath captions: what passes under does not strike out
MODEST_TITLE = 64.0  # points: as wide as the lines above a narrow box usually are


def draw_network(
    net: Network,
    ax: Axes | None = None,
    *,
    rates: npt.ArrayLike | None = None,
    most: int = 12,
    most_synapses: int = 300,
    weight_label: str = "weight",
    rate_label: str = "rate",
) -> Axes:
    """Draw a network: depth from left to right, colour and width of a line by its weight.

    Depth is the longest way from the inputs, along synapses without delay and those with a delay that close
    no loop. A dashed line is a synapse with a delay. Where neurons belong to no region and all have
    positions (``pos`` in the graph), these are used.

    Parameters
    ----------
    net : Network
    ax : matplotlib Axes, optional
        A new figure of a suitable size unless given.
    rates : float array, shape (neurons,), optional
        In the order of ``net.names``, as from ``ns.activity(net, x)``: neurons are coloured by rate, not by mode.
    most : int, default 12
        How many neurons to show of a region that is a line (twice as many of those at one depth that
        belong to no region); of a grid up to 16 by 16 are shown.
    most_synapses : int, default 300
        How many synapses to draw: the strongest of each projection.
    weight_label, rate_label : str
        What the key calls the numbers of synapses and of neurons, where they are something else.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    DataError
        If the rates are not one finite number per neuron.
    OptionError
        If `most` or `most_synapses` is not such a number, or `ax` nothing to draw on.

    Examples
    --------
    >>> import neurosim as ns
    >>> from neurosim.plotting.network import draw_network
    >>> net = ns.Network.from_arrays([0, 1], [2, 2], [1.0, -1.0], names=["yes", "no", "verdict"])
    >>> ax = draw_network(net)
    >>> ax = draw_network(net, rates=ns.activity(net, [1, 0]))
    """
    shades = None if rates is None else Shades.of(_read_rates(net, rates))
    return sketch_network(
        net, ax, shades, most=most, most_synapses=most_synapses, weight_label=weight_label, rate_label=rate_label
    ).ax


@dataclasses.dataclass(frozen=True)
class Sketch:
    """A drawing of a network, whose colours can be changed.

    Attributes
    ----------
    ax : Axes
    width, height : float
        Of the sheet, in points.
    shown : int array
        Numbers of the neurons drawn.
    neurons : EllipseCollection
        Their circles, in this order.
    inside, numbers : mapping of int to Text
        What is written in a neuron, and its rate, which is written below it.
    frames : mapping of str to FancyBboxPatch
        The boxes of regions.
    """

    ax: Axes
    width: float
    height: float
    shown: Indices
    neurons: EllipseCollection
    inside: dict[int, Text]
    numbers: dict[int, Text]
    frames: dict[str, FancyBboxPatch]

    @property
    def moving(self) -> list[Artist]:
        """All that `show` changes, from the lowest."""
        return [self.neurons, *self.inside.values(), *self.numbers.values()]

    def show(self, shades: Shades) -> None:
        """Give every neuron the colour of its rate, and write that below it."""
        fills = shades.fills()
        self.neurons.set_facecolor([fills[i] for i in self.shown])
        for i, text in self.inside.items():
            text.set_color(style.readable_on(fills[i]))
        for i, text in self.numbers.items():
            text.set_text(number(shades.rates[i]))


def sketch_network(
    net: Network,
    ax: Axes | None,
    shades: Shades | None,
    *,
    most: int,
    most_synapses: int,
    weight_label: str = "weight",
    rate_label: str = "rate",
    above: float = 0.0,
    elsewhere: str = "",
) -> Sketch:
    """Draw a network as `draw_network` does, with so many points left free above it.

    `elsewhere` is a line that is written below if not all names and weights find room.
    """
    check_count("most", most, least=2)
    check_count("most_synapses", most_synapses)
    as_given = not net.regions and bool(np.isfinite(net.positions).all())
    groups = [] if as_given else group_neurons(net, most)
    shown = np.concatenate([group.shown for group in groups]) if groups else np.arange(len(net))
    synapses = strongest(net, shown, most_synapses)
    key = _key(net, shades, len(synapses), (weight_label, rate_label), everyone=len(shown) == len(net))
    labelled = len(synapses) == len(net.weights) <= FEW_WEIGHTS
    note = elsewhere or "no room for all names and weights: see net.weights" * labelled
    key = dataclasses.replace(key, note=note)  # whose room is kept free, also where it turns out not to be needed
    width, height = natural_size(groups) if groups else (432.0, 324.0)
    ax, width, height = style.sheet(ax, width, height + 2 * style.LINE + key.height(width) + above)
    layout, texts = _arrange(net, groups, shades, width, height - above, key.height(width))
    curves = route(net, layout, synapses, _written(layout, texts))
    frames = _draw_boxes(ax, net, layout, width)
    _draw_synapses(ax, net, curves)
    neurons = _draw_neurons(ax, net, layout, shades)
    inside, numbers = _write_names(ax, layout, texts)
    complete = len(net) == len(texts.inside.keys() | texts.below.keys() | texts.beside.keys())
    complete = labelled and _write_weights(ax, net, layout, curves, texts) and complete
    (dataclasses.replace(key, note="") if complete else key).draw(ax, width)
    return Sketch(ax, width, height, layout.shown, neurons, inside, numbers, frames)


def _read_rates(net: Network, rates: npt.ArrayLike) -> Floats:
    try:
        values = np.asarray(rates, dtype=float)
    except (TypeError, ValueError):
        values = np.empty((0, 0))
    if values.shape != (len(net),):
        raise DataError(
            f"rates must hold one number per neuron, shape ({len(net)},), in the order of net.names; "
            f"got shape {np.shape(values)}. For one sample x write rates=ns.activity(net, x)."
        )
    if not np.isfinite(values).all():
        wrong = [net.names[i] for i in np.flatnonzero(~np.isfinite(values))]
        raise DataError(f"rates must be finite numbers; those of {shorten(wrong)} are not.")
    return values


@dataclasses.dataclass(frozen=True)
class Shades:
    """Rates as colours.

    Attributes
    ----------
    rates : float array, shape (neurons,)
        NaN where it is not known.
    scale : (Colormap, Normalize)
    unknown : str
        What the key calls the colour of the neurons whose rate is not known.
    """

    rates: Floats
    scale: tuple[Colormap, Normalize]
    unknown: str = "not recorded"

    @staticmethod
    def of(rates: Floats, range_of: Floats | None = None) -> Shades:
        """The rates, on the scale of their own range, or of that of others."""
        return Shades(rates, style.rate_scale(rates if range_of is None else range_of))

    def fills(self) -> list[Any]:
        """The colour of every neuron."""
        colours, norm = self.scale
        known = np.isfinite(self.rates)
        found = colours(norm(np.where(known, self.rates, 0.0)))
        return [fill if there else style.UNKNOWN_RATE for fill, there in zip(found, known, strict=True)]


# --- What is written -----------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True)
class _Texts:
    """What is written in, below and beside each neuron, by its number.

    Attributes
    ----------
    inside, beside : mapping of int to str
    below : mapping of int to tuple of str
        Lines.
    colours : mapping of int to str
        Of what is written inside.
    numbered : list of int
        The neurons whose last line below is their rate.
    beneath : float
        How far text reaches down below a neuron, in points.
    """

    inside: dict[int, str]
    below: dict[int, tuple[str, ...]]
    beside: dict[int, str]
    colours: dict[int, str]
    numbered: list[int]

    @property
    def beneath(self) -> float:
        return LINE * max(map(len, self.below.values()), default=0)


def _arrange(
    net: Network, groups: Sequence[Group], shades: Shades | None, width: float, height: float, bottom: float
) -> tuple[Layout, _Texts]:
    """Decide where neurons stand and what is written at each."""
    if not groups:
        layout = place_as_given(net, width, height - bottom, margin=30.0, bottom=bottom)
        radius = float(layout.radius[0])
        sizes = Sizes(width, height - bottom, radius / 0.36, radius)
        return layout, _compose(net, [Group(None, layout.shown, layout.shown, 0)], sizes, shades, radius / 0.36)
    room = height - bottom - 8
    sizes = measure(groups, width, room)
    spacing = width / max(len({group.depth for group in groups}), 1)
    texts = _compose(net, groups, sizes, shades, spacing)
    boxed = any(group.region is not None for group in groups)
    ends = np.concatenate([groups[0].shown, groups[-1].shown]).tolist()
    below = [text_width(line) / 2 + 6 - sizes.radius for i in ends for line in texts.below.get(i, ())]
    beside = [text_width(text) + 12 for text in texts.beside.values()]
    left = max([20.0, 0.08 * width if boxed else 0.0, *below, *beside])
    return place(net, groups, sizes, left=left, bottom=bottom + 2, lift=texts.beneath / 2), texts


def _compose(net: Network, groups: Sequence[Group], sizes: Sizes, shades: Shades | None, spacing: float) -> _Texts:
    """Write each name inside where it fits, else below, else beside the outermost; below also its rate or threshold."""
    texts = _Texts({}, {}, {}, {}, [])
    fills = _fills(net, shades)
    few = sum(len(group.shown) for group in groups) <= FEW_NEURONS
    outermost = {groups[0].depth, groups[-1].depth} if len(groups) > 1 else set()
    for group in groups:
        for i in group.shown.tolist() if not group.grid else []:
            name, lines = _short_name(net, i), []
            if sizes.radius >= 5.5 and text_width(name) <= 2 * sizes.radius - 2:
                texts.inside[i], texts.colours[i] = name, style.readable_on(fills[i])
            elif sizes.free_lines:
                lines.append(fitted(name, spacing - 8))
            elif group.depth in outermost and sizes.pitch >= LINE:
                texts.beside[i] = fitted(name, LONGEST_NAME)
            if few and len(lines) < sizes.free_lines:
                if shades is not None and np.isfinite(shades.rates[i]):
                    lines.append(fitted(number(shades.rates[i]), spacing - 8))
                    texts.numbered.append(i)
                elif shades is None and not net.structure.sensory[i]:
                    lines.append(fitted(f"\N{GREEK SMALL LETTER THETA} {number(net.thresholds[i])}", spacing - 8))
            if lines:
                texts.below[i] = tuple(lines)
    return texts


def _short_name(net: Network, i: int) -> str:
    """A neuron's name, less that of its region: "V1[3]" is 3."""
    name, region = str(net.structure.names[i]), net.structure.region_of[i]
    prefix = f"{net.structure.regions[region]}[" if region >= 0 else ""
    return name[len(prefix) : -1] if prefix and name.startswith(prefix) and name.endswith("]") else name


def _fills(net: Network, shades: Shades | None) -> list[Any]:
    """The colour of every neuron."""
    palette = [style.MODE_COLOURS.get(mode.name, style.OTHER_MODE) for mode in net.structure.modes]
    fills = [palette[mode] for mode in net.structure.mode_of] if shades is None else shades.fills()
    for i in np.flatnonzero(net.structure.silenced).tolist():
        fills[i] = style.SILENCED
    return fills


# --- Drawing -------------------------------------------------------------------------------------


def _draw_boxes(ax: Axes, net: Network, layout: Layout, width: float) -> dict[str, FancyBboxPatch]:
    from matplotlib.patches import FancyBboxPatch

    frames = {}
    for box in layout.boxes:
        frames[str(box.group.region)] = FancyBboxPatch(
            (box.x, box.y),
            box.width,
            box.height,
            boxstyle="round,pad=0,rounding_size=5",
            facecolor="#fafafa",
            edgecolor=style.RULE,
            linewidth=0.8,
            zorder=0,
        )
        ax.add_patch(frames[str(box.group.region)])
        _write_title(ax, net, box, _title_room(box, layout, width))
    for x, y, hidden in layout.ellipses:
        write(ax, x, y, f"\N{VERTICAL ELLIPSIS}\n{hidden:,} more", zorder=4, linespacing=1.0, bbox=PLATE)
    return frames


def _title_room(box: Box, layout: Layout, width: float) -> float:
    """How wide a title may be: up to half way to the next boxes and to the edge of the sheet."""
    middle = box.x + box.width / 2
    others = [abs(other.x + other.width / 2 - middle) for other in layout.boxes if other.group.depth != box.group.depth]
    return min([*others, 2 * middle, 2 * (width - middle)]) - 6


def _write_title(ax: Axes, net: Network, box: Box, room: float) -> None:
    """Above a box: the region's name, its size, its mode."""
    group = box.group
    modes = {net.structure.modes[i].name for i in np.unique(net.structure.mode_of[group.members])}
    mode = modes.pop() if len(modes) == 1 else f"{len(modes)} modes"
    size = style.plural(len(group.members), "neuron")
    shape = net.structure.region_shapes.get(str(group.region), ())
    if len(shape) > 1:
        field = f"{shape[-2]} \N{MULTIPLICATION SIGN} {shape[-1]}"
        field = f"{style.plural(shape[0], 'map')} of {field}" if len(shape) == 3 else field
        if group.grid and group.hidden:
            size, mode = f"{len(group.shown):,} of {size}", f"{field}, {mode}"
        else:
            size = f"{field} neurons"
    x, top = box.x + box.width / 2, box.y + box.height
    write(
        ax,
        x,
        top + 28,
        fitted(str(group.region), room, LARGE, "bold"),
        fontsize=LARGE,
        fontweight="bold",
        zorder=4,
        bbox=PLATE,
    )
    for y, text in ((17.0, size), (7.0, mode)):
        write(ax, x, top + y, fitted(text, room), color=style.FAINT, zorder=4, bbox=PLATE)


def _draw_neurons(ax: Axes, net: Network, layout: Layout, shades: Shades | None) -> EllipseCollection:
    from matplotlib.collections import EllipseCollection

    shown, fills = layout.shown, _fills(net, shades)
    across = 2 * layout.radius[shown]
    neurons = EllipseCollection(
        across,
        across,
        np.zeros(len(shown)),
        units="xy",
        offsets=layout.xy[shown],
        offset_transform=ax.transData,
        facecolors=[fills[i] for i in shown],
        edgecolors=[style.RULE if silent else style.INK for silent in net.structure.silenced[shown]],
        linewidths=np.clip(across / 20, 0.3, 0.9),
        zorder=2,
        label="neurons",
    )
    ax.add_collection(neurons)
    _cross_out(ax, layout, shown[net.structure.silenced[shown]])
    return neurons


def _cross_out(ax: Axes, layout: Layout, neurons: Indices) -> None:
    """A cross over each of these neurons."""
    from matplotlib.collections import LineCollection

    if not neurons.size:
        return
    arms = np.array([[[-1, -1], [1, 1]], [[-1, 1], [1, -1]]]) * 0.6
    lines = layout.xy[neurons, None, None] + layout.radius[neurons, None, None, None] * arms
    ax.add_collection(
        LineCollection(list(lines.reshape(-1, 2, 2)), colors=style.FAINT, linewidths=0.9, zorder=2.5, label="silenced")
    )


def _draw_synapses(ax: Axes, net: Network, curves: Curves) -> None:
    """Lines, coloured and as wide as their weight says; where they are few, or do not lead onwards, with a head."""
    from matplotlib.collections import LineCollection

    if not curves.synapses.size:
        return
    weights = net.weights[curves.synapses]
    colours, norm = style.weight_scale(net.weights)
    strength = np.abs(weights) / (np.abs(net.weights).max() or 1.0)
    few = len(weights) <= FEW
    widths = 0.6 + (2.4 if few else 1.2) * strength
    dashed = net.delays[curves.synapses] > 0
    headed = few | ~curves.onwards
    lines = LineCollection(
        [_up_to_head(line, w) if head else line for line, w, head in zip(curves.points, widths, headed, strict=True)],
        array=weights,
        cmap=colours,
        norm=norm,
        linewidths=widths,
        linestyles=[(0, (3, 1.5)) if late else "solid" for late in dashed],
        alpha=0.95 if few else 0.7,
        zorder=1,
        label="synapses",
    )
    ax.add_collection(lines)
    _draw_heads(ax, curves.points[headed], colours(norm(weights[headed])), widths[headed])


def _up_to_head(line: Floats, width: float) -> Floats:
    """A line that ends inside its head: what lies within the head's length of the tip is cut off."""
    distance = np.linalg.norm(line - line[-1], axis=1)
    length = 0.8 * _head_length(width)
    kept = line[: max(1, int(np.argmax(distance <= length)))]
    towards = line[-1] - kept[-1]
    end = line[-1] - length * towards / max(float(np.linalg.norm(towards)), 1e-9)
    return np.vstack([kept, end])


def _head_length(width: Any) -> Any:
    return 4.0 + 1.3 * width


def _draw_heads(ax: Axes, points: Floats, colours: Any, widths: Floats) -> None:
    from matplotlib.collections import PolyCollection

    tip = points[:, -1]
    along = tip - points[:, -4]
    along = along / np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-9)
    across = np.column_stack([-along[:, 1], along[:, 0]])
    size = _head_length(widths)[:, None]
    heads = np.stack([tip, tip - size * along + 0.5 * size * across, tip - size * along - 0.5 * size * across], axis=1)
    ax.add_collection(PolyCollection(list(heads), facecolors=colours, linewidths=0, zorder=1.5, label="heads"))


def _write_names(ax: Axes, layout: Layout, texts: _Texts) -> tuple[dict[int, Text], dict[int, Text]]:
    """Write what stands in, below and beside neurons; returns what is inside, and the rates below."""
    xy, radius = layout.xy, layout.radius
    inside = {
        i: write(ax, xy[i, 0], xy[i, 1], text, color=texts.colours[i], zorder=4) for i, text in texts.inside.items()
    }
    last = {}
    for i, lines in texts.below.items():
        for number_of_line, text in enumerate(lines):
            y = xy[i, 1] - radius[i] - 2 - LINE * (number_of_line + 0.5)
            last[i] = write(ax, xy[i, 0], y, text, halo=True, zorder=4)
    middle = np.nanmean(xy[:, 0])
    for i, text in texts.beside.items():
        side = 1 if xy[i, 0] > middle else -1
        x = xy[i, 0] + side * (radius[i] + 3)
        write(ax, x, xy[i, 1], text, ha="left" if side > 0 else "right", zorder=4)
    return inside, {i: last[i] for i in texts.numbered}


def _write_weights(ax: Axes, net: Network, layout: Layout, curves: Curves, texts: _Texts) -> bool:
    """Write the weights for which there is room on their synapses; whether that was all of them."""
    labels = [_weight_label(net, s) for s in curves.synapses.tolist()]
    places = place_labels(curves.points, [text_width(label) for label in labels], _taken(layout, texts))
    for label, spot in zip(labels, places, strict=True):
        if spot is not None:
            write(ax, *spot, label, zorder=5, bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.8})
    return None not in places


def _weight_label(net: Network, synapse: int) -> str:
    """The weight; and the branch, if the soma tells branches apart; and the delay, if there is one."""
    structure = net.structure
    parts = [number(net.weights[synapse])]
    if structure.modes[structure.mode_of[structure.post[synapse]]].branched:
        parts.append(f"branch {structure.branch[synapse]}")
    if structure.delay[synapse]:
        parts.append(style.plural(int(structure.delay[synapse]), "tick"))
    return ", ".join(parts)


def _taken(layout: Layout, texts: _Texts) -> Floats:
    """The boxes of neurons and of the text around them: left, bottom, right, top."""
    xy, radius = layout.xy[layout.shown], layout.radius[layout.shown, None]
    return np.vstack([np.hstack([xy - radius, xy + radius]), _written(layout, texts)])


def _written(layout: Layout, texts: _Texts) -> Floats:
    """The boxes of the text below and beside neurons, and of titles: left, bottom, right, top."""
    boxes = []
    for i, lines in texts.below.items():
        (x, y), half = layout.xy[i], max(map(text_width, lines)) / 2
        top = y - layout.radius[i] - 2
        boxes.append((x - half, top - LINE * len(lines), x + half, top))
    for i, text in texts.beside.items():
        (x, y), reach = layout.xy[i], layout.radius[i] + 3 + text_width(text)
        boxes.append((x - reach, y - LINE / 2, x + reach, y + LINE / 2))
    for box in layout.boxes:
        middle, half, top = box.x + box.width / 2, max(box.width, MODEST_TITLE) / 2, box.y + box.height
        boxes.append((middle - half, top, middle + half, top + TITLE))
    return np.array(boxes).reshape(-1, 4)


# --- The key -------------------------------------------------------------------------------------


def _key(net: Network, shades: Shades | None, drawn: int, labels: tuple[str, str], *, everyone: bool) -> Key:
    """What the colours and dashes mean, and how much of the network is drawn."""
    from matplotlib.cm import ScalarMappable

    bars = []
    if drawn:
        colours, norm = style.weight_scale(net.weights)
        bars.append((labels[0], ScalarMappable(norm, colours)))
    if shades is not None:
        colours, norm = shades.scale
        bars.append((labels[1], ScalarMappable(norm, colours)))
    return Key(
        tuple(bars),
        tuple(_entries(net, shades, dashes=drawn > 0)),
        _caption(int(net.structure.present.sum()), drawn, everyone=everyone),
    )


def _entries(net: Network, shades: Shades | None, *, dashes: bool) -> list[Line2D]:
    from matplotlib.lines import Line2D

    entries = []
    used = {net.structure.modes[i].name for i in np.unique(net.structure.mode_of)}
    modes = [mode for mode in style.MODE_COLOURS if mode in used] + sorted(used - style.MODE_COLOURS.keys())
    circles = [(mode, style.MODE_COLOURS.get(mode, style.OTHER_MODE)) for mode in modes if shades is None]
    if shades is not None and not np.isfinite(shades.rates).all():
        circles.append((shades.unknown, style.UNKNOWN_RATE))
    for label, colour in circles:
        entries.append(
            Line2D([], [], linestyle="", marker="o", mfc=colour, mec=style.INK, mew=0.8, markersize=8, label=label)
        )
    if net.structure.silenced.any():
        entries.append(
            Line2D([], [], linestyle="", marker="x", mec=style.FAINT, mew=0.9, markersize=6, label="silenced")
        )
    if dashes and (net.delays > 0).any():
        entries.append(Line2D([], [], linestyle=(0, (3, 1.5)), color=style.INK, linewidth=1.2, label="with a delay"))
    return entries


def _caption(synapses: int, drawn: int, *, everyone: bool) -> str:
    if drawn in (0, synapses):
        return ""
    text = f"the strongest {drawn:,} of {synapses:,} synapses"
    return text if everyone else f"{text}, among the neurons shown"
