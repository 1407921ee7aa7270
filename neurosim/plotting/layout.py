"""Where everything in the picture of a network stands: groups of neurons from left to right by depth."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from neurosim.anatomy.network import Network
from neurosim.anatomy.structure import NO_REGION, Floats, Indices, Structure
from neurosim.plotting.depth import depths, untangled
from neurosim.plotting.style import LARGE, text_width

MOST_ACROSS_GRID = 16
LARGEST_RADIUS = 15.0
DOT_RADIUS = 0.4  # of a neuron in a grid, as a share of the way to the next
PAD = 8.0  # from a neuron to the box around its region
BELOW_BOX = 16.0  # from one box to the next in its column
TITLE = 36.0  # the three lines above a box
WIDEST_TITLE = 90.0  # points that a name may claim


@dataclasses.dataclass(frozen=True)
class Group:
    """Neurons that are drawn together: those of a region, or those at one depth that belong to none.

    Attributes
    ----------
    region : str or None
    members : int array
        Numbers of all its neurons.
    shown : int array
        Those that are drawn, from top to bottom, or row by row.
    depth : int
    grid : (rows, columns) or None
        How the neurons shown stand, where they are not a line.
    """

    region: str | None
    members: Indices
    shown: Indices
    depth: int
    grid: tuple[int, int] | None = None

    @property
    def hidden(self) -> int:
        """How many of its neurons are not drawn."""
        return len(self.members) - len(self.shown)

    @property
    def slots(self) -> int:
        """How many places a line needs: one per neuron, and one for the ellipsis."""
        return len(self.shown) + bool(self.hidden)

    @property
    def above(self) -> int:
        """How many neurons of a line stand above its ellipsis."""
        return -(-len(self.shown) // 2) if self.hidden else len(self.shown)


@dataclasses.dataclass(frozen=True)
class Box:
    """The frame of a region, from its lower left corner."""

    group: Group
    x: float
    y: float
    width: float
    height: float


@dataclasses.dataclass(frozen=True)
class Sizes:
    """How much room there is.

    Attributes
    ----------
    width, height : float
        The room for the drawing.
    pitch : float
        From one neuron of a line to the next.
    radius : float
        Of a neuron in a line.
    dot : float
        From one neuron of a grid to the next.
    """

    width: float
    height: float
    pitch: float
    radius: float
    dot: float = 0.0

    @property
    def free_lines(self) -> int:
        """How many lines of small text fit between two neurons of a line, up to two."""
        return int(np.clip((self.pitch - 2 * self.radius - 3) // 10.5, 0, 2))


@dataclasses.dataclass(frozen=True)
class Layout:
    """Where everything stands, in points from the lower left corner.

    Attributes
    ----------
    xy : float array, shape (neurons, 2)
        NaN for the neurons that are not drawn.
    radius : float array, shape (neurons,)
    room : (left, bottom, right, top)
        Which nothing should leave.
    boxes : tuple of Box
    ellipses : tuple of (x, y, how many neurons are left out there)
    by_depth : bool
        Whether they stand from left to right by depth; not so at positions of their own.
    """

    xy: Floats
    radius: Floats
    room: tuple[float, float, float, float]
    boxes: tuple[Box, ...] = ()
    ellipses: tuple[tuple[float, float, int], ...] = ()
    by_depth: bool = True

    @property
    def shown(self) -> Indices:
        """Numbers of the neurons that are drawn."""
        return np.flatnonzero(np.isfinite(self.xy[:, 0]))


# --- Groups --------------------------------------------------------------------------------------


def group_neurons(net: Network, most: int) -> list[Group]:
    """The groups of a network, by depth, and at one depth in the order of their first neurons.

    Parameters
    ----------
    net : Network
    most : int
        How many neurons of a line to draw; twice as many of those that belong to no region.
    """
    structure = net.structure
    unit, count = _units(structure)
    apart = unit[structure.pre] != unit[structure.post]
    pre, post = unit[structure.pre[apart]], unit[structure.post[apart]]
    depth = depths(count, pre, post, structure.delay[apart] == 0, np.unique(unit[structure.inputs]))
    groups = [_of_region(structure, number, int(depth[number]), most) for number in range(len(structure.regions))]
    loose = structure.region_of == NO_REGION
    for level in np.unique(depth[unit[loose]]):
        members = np.flatnonzero(loose & (depth[unit] == level))
        groups.append(Group(None, members, _ends(members, 2 * most), int(level)))
    groups.sort(key=lambda group: (group.depth, group.members[0]))
    return _untangled(groups, structure)


def _units(structure: Structure) -> tuple[Indices, int]:
    """What each neuron belongs to: its region, or itself where it has none; and how many such there are."""
    unit = structure.region_of.astype(np.int64)
    loose = unit == NO_REGION
    unit[loose] = len(structure.regions) + np.arange(loose.sum())
    return unit, len(structure.regions) + int(loose.sum())


def _of_region(structure: Structure, number: int, depth: int, most: int) -> Group:
    region = structure.regions[number]
    members = structure.members(region)
    shape = structure.region_shapes.get(region)
    if shape is None or min(shape[-2:]) == 1:
        return Group(region, members, _ends(members, most), depth)
    maps = members.reshape(-1, *shape[-2:])  # side by side
    grid = maps.transpose(1, 0, 2).reshape(shape[-2], -1)
    rows, columns = (np.arange(0, length, -(-length // MOST_ACROSS_GRID)) for length in grid.shape)
    shown = grid[np.ix_(rows, columns)].ravel()
    return Group(region, members, shown, depth, (len(rows), len(columns)))


def _ends(members: Indices, most: int) -> Indices:
    """All of them, or the first and the last few."""
    if len(members) <= most:
        return members
    return np.concatenate([members[: -(-most // 2)], members[len(members) - most // 2 :]])


def _untangled(groups: list[Group], structure: Structure) -> list[Group]:
    """Reorder the neurons that stand in no region, where all of them are drawn; a region keeps its order."""
    if any(group.region is not None or group.hidden for group in groups):
        return groups
    columns = untangled([group.shown for group in groups], structure.n_neurons, structure.pre, structure.post)
    return [dataclasses.replace(group, shown=column) for group, column in zip(groups, columns, strict=True)]


# --- Sizes ---------------------------------------------------------------------------------------


def natural_size(groups: Sequence[Group]) -> tuple[float, float]:
    """A good size for the drawing of these groups: wide enough for its columns, tall enough for its longest."""
    columns = _columns(groups)
    slots = max(sum(group.grid[0] / 3 if group.grid else group.slots for group in column) for column in columns)
    height = min(max(62 * slots, 116), max(330, 25 * slots), 460)
    boxed = max(sum(group.region is not None for group in column) for column in columns)
    return min(max(360, 150 * len(columns)), 576), height + boxed * (TITLE + 2 * PAD + BELOW_BOX)


def measure(groups: Sequence[Group], width: float, height: float) -> Sizes:
    """How large neurons can be in this room: as large as the fullest column allows, and equally large in all."""
    columns = _columns(groups)
    across = sum(max((group.grid[1] for group in column if group.grid), default=0) for column in columns)
    dot = min(13.0, 0.42 * width / max(across, 1))
    pitch = 64.0
    for column in columns:
        boxed = sum(group.region is not None for group in column)
        room = height - boxed * (TITLE + 2 * PAD) - (len(column) - 1) * BELOW_BOX
        rows = sum(group.grid[0] for group in column if group.grid)
        slots = sum(group.slots for group in column if not group.grid)
        dot = min(dot, room / max(rows + 2 * slots, 1)) if rows else dot
        pitch = min(pitch, (room - dot * rows) / slots) if slots else pitch
    pitch = max(pitch, 1.0)
    radius = min(LARGEST_RADIUS, 0.36 * pitch, 0.3 * width / len(columns))
    return Sizes(width, height, pitch, radius, max(dot, 1.0))


def _columns(groups: Sequence[Group]) -> list[list[Group]]:
    by_depth: dict[int, list[Group]] = {}
    for group in groups:
        by_depth.setdefault(group.depth, []).append(group)
    return [by_depth[depth] for depth in sorted(by_depth)]


# --- Places --------------------------------------------------------------------------------------


def place(net: Network, groups: Sequence[Group], sizes: Sizes, *, left: float, bottom: float, lift: float) -> Layout:
    """Put groups side by side by depth, and on top of each other within a depth.

    Parameters
    ----------
    net : Network
    groups : sequence of Group
    sizes : Sizes
    left, bottom : float
        The lower left corner of the room; as much is left free on the right as on the left.
    lift : float
        How far each neuron of a line stands above the middle of its place, so that text fits beneath.
    """
    xy, radius = np.full((len(net), 2), np.nan), np.full(len(net), sizes.radius)
    boxes: list[Box] = []
    ellipses: list[tuple[float, float, int]] = []
    columns = _columns(groups)
    widths = [max(max(_extent(group, sizes)[0], _title_width(group)) for group in column) for column in columns]
    gap = (sizes.width - 2 * left - sum(widths)) / max(len(columns) - 1, 1)
    x = left + widths[0] / 2 if len(columns) > 1 else sizes.width / 2
    for number, column in enumerate(columns):
        heights = [_extent(group, sizes)[1] + (TITLE if group.region is not None else 0) for group in column]
        spare = sizes.height - sum(heights) - BELOW_BOX * (len(column) - 1)
        top = bottom + sizes.height - spare / 2
        for group, height in zip(column, heights, strict=True):
            wide, tall = _extent(group, sizes)
            if group.region is not None:
                boxes.append(Box(group, x - wide / 2, top - height, wide, tall))
            middle = top - height + tall / 2
            xy[group.shown] = _spots(group, sizes, lift) + np.array([x, middle])
            if group.grid:
                radius[group.shown] = DOT_RADIUS * sizes.dot
            elif group.hidden:
                ellipses.append((x, middle + float(_slot(group.above, group, sizes)), group.hidden))
            top -= height + BELOW_BOX
        if number + 1 < len(columns):
            x += widths[number] / 2 + gap + widths[number + 1] / 2
    room = (2.0, bottom, sizes.width - 2, bottom + sizes.height)
    return Layout(xy, radius, room, tuple(boxes), tuple(ellipses))


def _extent(group: Group, sizes: Sizes) -> tuple[float, float]:
    """Width and height of a group, with its box if it has one."""
    pad = 2 * PAD if group.region is not None else 0.0
    if group.grid:
        return group.grid[1] * sizes.dot + pad, group.grid[0] * sizes.dot + pad
    wide = 2 * sizes.radius + pad * (1.5 if sizes.free_lines else 1)
    if group.hidden and group.region is not None:
        wide = max(wide, text_width(f"{group.hidden:,} more") + 8)
    return wide, group.slots * sizes.pitch + pad


def _title_width(group: Group) -> float:
    """How much room a region's name wants, so that those of neighbours do not meet."""
    return 0.0 if group.region is None else min(text_width(str(group.region), LARGE, "bold") + 6, WIDEST_TITLE)


def _spots(group: Group, sizes: Sizes, lift: float) -> Floats:
    """Where the neurons shown stand, from the middle of the group."""
    if group.grid:
        rows, columns = group.grid
        row, column = np.divmod(np.arange(rows * columns), columns)
        return np.column_stack([column - (columns - 1) / 2, (rows - 1) / 2 - row]) * sizes.dot
    slot = np.arange(len(group.shown))
    slot[group.above :] += bool(group.hidden)
    return np.column_stack([np.zeros(len(slot)), _slot(slot, group, sizes) + lift])


def _slot(slot: Indices | int, group: Group, sizes: Sizes) -> Floats:
    height: Floats = ((group.slots - 1) / 2 - np.asarray(slot)) * sizes.pitch
    return height


def place_as_given(net: Network, width: float, height: float, *, margin: float, bottom: float) -> Layout:
    """Put every neuron where `net.positions` says, scaled to the room without distortion."""
    from scipy.spatial import cKDTree

    given: Floats = net.positions - net.positions.min(axis=0)
    extent: Floats = given.max(axis=0)
    room = np.array([width - 2 * margin, height - 2 * margin])
    scale = float(np.min(room[extent > 0] / extent[extent > 0], initial=np.inf))
    scale = scale if np.isfinite(scale) else 1.0
    xy = given * scale + (room - extent * scale) / 2 + (margin, margin + bottom)
    nearest = np.asarray(cKDTree(xy).query(xy, k=2)[0])[:, 1] if len(xy) > 1 else np.array([np.inf])
    apart = nearest[nearest > 0].min(initial=np.inf)
    radius = np.full(len(net), float(np.clip(0.36 * apart, 2.0, LARGEST_RADIUS)))
    return Layout(xy, radius, (2.0, bottom, width - 2, bottom + height), by_depth=False)
