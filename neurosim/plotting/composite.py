"""The picture of a composite function: a circuit from left to right, values above its wires, gradients below."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from neurosim.checks import check_count
from neurosim.errors import OptionError
from neurosim.plasticity.composite import OPERATIONS, Expression
from neurosim.plasticity.expansion import Expansion
from neurosim.plotting.depth import untangled
from neurosim.plotting.style import EXCITATORY, FAINT, INK, LINE, WIDEST, fitted, number, sheet, text_width, write

if TYPE_CHECKING:
    import networkx as nx
    from matplotlib.axes import Axes

VALUE, GRADIENT = "#00704e", EXCITATORY
RADIUS = 12.0  # of a circle, in points
LANE, BESIDE = 27.0, 12.0  # from one operand's wire to the next; around a wire that passes a column
CURVE, NARROW, TIGHTEST = 28.0, 20.0, 10.0  # between columns, where wires change height
LONGEST_NAME = 72.0
EDGE, FOOT = 8.0, 26.0
SYMBOLS = {"reciprocal": "1/\N{WHITE SQUARE}"}  # drawn so: an x in a circle would look like a variable of that name
MIXED = ("subtract", "divide", "power")  # their operands' order counts, and is kept from top to bottom

Joint: TypeAlias = "str | tuple[str, str, int]"
"""What stands in a column: a node, or where the wire from one node to another passes, and in which column."""
Wire: TypeAlias = tuple[str, str]


@dataclasses.dataclass
class _Circuit:
    """A graph of values and gradients, with the place of everything in points.

    Attributes
    ----------
    graph : networkx.DiGraph
    result : str
    columns : list of list of Joint
    lanes : dict of str to list of str
        The operands of each operation, from top to bottom.
    y : dict of Joint to float
    label_width : list of float
        How wide the labels before each column's circles are; one more for the result.
    node_width : list of float
        From the left of each column's circles to where wires may bend.
    """

    graph: nx.DiGraph[str]
    result: str
    columns: list[list[Joint]]
    lanes: dict[str, list[str]]
    y: dict[Joint, float] = dataclasses.field(default_factory=dict)
    label_width: list[float] = dataclasses.field(default_factory=list)
    node_width: list[float] = dataclasses.field(default_factory=list)

    def is_operation(self, joint: Joint) -> bool:
        return isinstance(joint, str) and self.graph.nodes[joint]["operation"] in OPERATIONS

    def height(self, joint: Joint) -> float:
        """How much of its column it needs."""
        if not isinstance(joint, str):
            return BESIDE
        extra = LINE * self.has_total(joint)
        if not self.is_operation(joint):
            return LINE + 2 + 2 * extra
        return max(LANE * len(self.lanes[joint]), 2 * RADIUS + 4 + 2 * LINE * bool(self.written_name(joint) or extra))

    def has_total(self, node: str) -> bool:
        """Whether its gradient is a sum over several wires, and so is written on none of them."""
        return bool(self.graph.out_degree(node) > 1)

    def written_name(self, node: str) -> str:
        """The name that the user gave; none for those made up, "add 1"."""
        operation = self.graph.nodes[node]["operation"]
        return "" if node.startswith(f"{operation} ") else fitted(node, LONGEST_NAME)

    def lane_offset(self, operand: str, operation: str) -> float:
        """How far above its operation an operand's wire arrives."""
        lanes = self.lanes[operation]
        return ((len(lanes) - 1) / 2 - lanes.index(operand)) * LANE

    def legs(self) -> Iterator[tuple[Joint, Joint, float]]:
        """Every stretch of wire between columns: from, to, and how far above the latter it arrives."""
        for tail, head in self.graph.edges:
            if self.graph.nodes[tail]["operation"] == "constant":
                continue
            way: list[Joint] = [tail, *self.bends(tail, head), head]
            for a, b in pairwise(way):
                yield a, b, self.lane_offset(tail, head) if b == head else 0.0

    def bends(self, tail: str, head: str) -> list[Joint]:
        """Where a wire passes columns on its way."""
        depth = self.graph.nodes
        return [(tail, head, k) for k in range(depth[tail]["depth"] + 1, depth[head]["depth"])]


def draw_composite(function: Expression | Expansion, ax: Axes | None = None, *, most: int = 60) -> Axes:
    """Draw an expression as a circuit, from left to right: its result on the right, each variable before its first use.

    Every wire carries a value above it and, below, the gradient that comes back along it: the local gradient
    times the one passed back. What several operations use has the total of their gradients beneath it. Above a
    circle stands the name of the operation, if it was given one. Operands of a difference, a quotient and a power
    are in order from top to bottom. A new figure is as wide as the circuit needs.

    Parameters
    ----------
    function : Expression or Expansion
        Of an expansion the loss, or the only output.
    ax : matplotlib Axes, optional
    most : int, default 60
        How many nodes, constants included, it may have.

    Returns
    -------
    Axes

    Raises
    ------
    OptionError
        If there are more nodes than that, or `ax` is too small for their labels.

    Examples
    --------
    >>> import neurosim as ns
    >>> x, y, w = (ns.composite.variable(name, value) for name, value in (("x", -2), ("y", 5), ("w", -4)))
    >>> ax = ns.plot((x + y).named("q") * w)
    """
    check_count("most", most, least=1)
    graph = function.graph()
    if len(graph) > most:
        raise OptionError(
            f"This expression has {len(graph)} nodes, more than the {most} whose labels can be read in one picture. "
            f"Draw a part of it, such as one neuron of an expansion, ns.plot(expansion.drives[name]); "
            f"or write ns.plot(..., most={len(graph)})."
        )
    circuit = _circuit(graph)
    joints = [joint for column in circuit.columns for joint in column]
    top = max(circuit.y[joint] + circuit.height(joint) / 2 for joint in joints)
    bottom = min(circuit.y[joint] - circuit.height(joint) / 2 for joint in joints)
    fixed = sum(circuit.label_width) + sum(circuit.node_width) + 2 * EDGE + _approach(circuit)
    gaps = len(circuit.columns)
    spare = (WIDEST - fixed) / gaps
    natural = fixed + gaps * (min(spare, CURVE) if spare >= TIGHTEST else NARROW)  # once too wide, let curves be gentle
    tall = top - bottom + FOOT + EDGE
    ax, width, height = sheet(ax, max(natural, 220.0), tall)
    _check_room(width, height, fixed + gaps * TIGHTEST, tall)
    x = _columns_at(circuit, (width - fixed) / gaps)
    lift = FOOT + (height - FOOT - EDGE - (top + bottom)) / 2
    circuit.y = {joint: y + lift for joint, y in circuit.y.items()}
    _draw_wires(ax, circuit, x)
    _draw_nodes(ax, circuit, x)
    _write_key(ax, width, totals=any(circuit.has_total(joint) for joint in joints if isinstance(joint, str)))
    return ax


def _check_room(width: float, height: float, least_width: float, least_height: float) -> None:
    if width < least_width - 1 or height < least_height - 1:
        raise OptionError(
            f"The axes are {width / 72:.1f} by {height / 72:.1f} inches; this expression needs {least_width / 72:.1f} "
            f"by {least_height / 72:.1f} for its labels. Leave ax out, or make the figure larger, as with "
            f"plt.subplots(figsize=({np.ceil(least_width / 56):.0f}, {np.ceil(least_height / 56):.0f}))."
        )


# --- Where things stand --------------------------------------------------------------------------


def _circuit(graph: nx.DiGraph[str]) -> _Circuit:
    """Columns by depth, rows so that few wires cross; constants stand on their operation's wire."""
    result = list(graph)[-1]
    for node, data in graph.nodes(data=True):
        data["depth"] = 1 + max((graph.nodes[tail]["depth"] for tail in graph.predecessors(node)), default=-1)
        if data["operation"] == "constant" and node != result:
            data["depth"] = -1
    for node in graph:
        users = list(graph.successors(node))
        if graph.nodes[node]["operation"] == "variable" and len(users) == 1:  # its wire would pass all others
            graph.nodes[node]["depth"] = graph.nodes[users[0]]["depth"] - 1
    columns: list[list[Joint]] = [[] for _ in range(graph.nodes[result]["depth"] + 1)]
    lanes = {node: list(graph.predecessors(node)) for node in graph}
    circuit = _Circuit(graph, result, columns, lanes)
    for node, data in graph.nodes(data=True):
        if data["depth"] >= 0:
            columns[data["depth"]].append(node)
            for head in graph.successors(node):
                for bend in circuit.bends(node, head):
                    columns[bend[2]].append(bend)  # type: ignore[index]
    _order_rows(circuit)
    _place_rows(circuit)
    _measure_columns(circuit)
    return circuit


def _order_rows(circuit: _Circuit) -> None:
    """Order columns, and the operands of sums and products, so that few wires cross."""
    joints = [joint for column in circuit.columns for joint in column]
    index = {joint: i for i, joint in enumerate(joints)}
    legs = np.array([(index[a], index[b]) for a, b, _ in circuit.legs()], dtype=int).reshape(-1, 2)
    numbered = [np.array([index[joint] for joint in column]) for column in circuit.columns]
    ordered = untangled(numbered, len(joints), legs[:, 0], legs[:, 1])
    circuit.columns = [[joints[i] for i in column] for column in ordered]
    place = {joint: i for column in circuit.columns for i, joint in enumerate(column)}
    for head, tails in circuit.lanes.items():
        if circuit.graph.nodes[head]["operation"] in MIXED:
            continue
        before = {tail: place.get((circuit.bends(tail, head) or [tail])[-1], len(place)) for tail in tails}
        tails.sort(key=lambda tail: before[tail])  # a constant has no place: it comes last


def _place_rows(circuit: _Circuit, sweeps: int = 12) -> None:
    """Give everything a height near what it is wired to, without overlap, in the order of its column."""
    y: dict[Joint, float] = {joint: 0.0 for column in circuit.columns for joint in column}
    wired: dict[Joint, list[tuple[Joint, float]]] = {joint: [] for joint in y}
    for a, b, rise in circuit.legs():
        wired[a].append((b, rise))
        wired[b].append((a, -rise))
    for _ in range(sweeps):
        for column in (*circuit.columns, *reversed(circuit.columns)):
            wanted = [float(np.mean([y[other] + rise for other, rise in wired[joint]] or [0.0])) for joint in column]
            y.update(zip(column, _apart(wanted, [circuit.height(joint) for joint in column]), strict=True))
    circuit.y = y


def _apart(wanted: list[float], heights: list[float]) -> list[float]:
    """The heights nearest to those wanted, from top to bottom, that leave room for each: pool adjacent violators."""
    steps = [(a + b) / 2 for a, b in pairwise(heights)]
    offset = np.concatenate([[0.0], np.cumsum(steps)])
    pools: list[tuple[float, int]] = []
    for target in np.asarray(wanted) + offset:
        mean, count = float(target), 1
        while pools and pools[-1][0] < mean:  # from top to bottom heights fall
            other, more = pools.pop()
            mean, count = (mean * count + other * more) / (count + more), count + more
        pools.append((mean, count))
    level = np.repeat([mean for mean, _ in pools], [count for _, count in pools])
    return [float(v) for v in level - offset]


def _measure_columns(circuit: _Circuit) -> None:
    graph = circuit.graph
    for k, column in enumerate(circuit.columns):
        nodes = [joint for joint in column if isinstance(joint, str)]
        labels = [text for head in nodes for tail in circuit.lanes[head] for text in _labels(graph, (tail, head))]
        circuit.label_width.append(max((text_width(text) + 6 for text in labels), default=0.0))
        widths = [_node_width(circuit, node) for node in nodes]
        circuit.node_width.append(max(widths, default=0.0) if k or graph.in_degree(circuit.result) else max(widths))
    last = graph.nodes[circuit.result]
    circuit.label_width.append(max(text_width(number(last[key])) for key in ("value", "gradient")) + 14)


def _node_width(circuit: _Circuit, node: str) -> float:
    total = text_width(_total(circuit, node))
    if not circuit.is_operation(node):
        return max(text_width(_leaf_name(circuit, node)), total) + 4
    return max(2 * RADIUS, RADIUS + 2 + max(text_width(circuit.written_name(node)), total)) + 2


def _leaf_name(circuit: _Circuit, node: str) -> str:
    return fitted(node, LONGEST_NAME) if circuit.graph.nodes[node]["operation"] == "variable" else "constant"


def _total(circuit: _Circuit, node: str) -> str:
    return f"total {number(circuit.graph.nodes[node]['gradient'])}" if circuit.has_total(node) else ""


def _labels(graph: nx.DiGraph[str], wire: Wire) -> tuple[str, str]:
    """The value and the gradient on a wire."""
    return number(graph.nodes[wire[0]]["value"]), number(graph.edges[wire]["gradient"])


def _approach(circuit: _Circuit) -> float:
    """The room that wires need to come together at their operations, over all columns."""
    return sum(_meeting(circuit, column) for column in circuit.columns)


def _meeting(circuit: _Circuit, column: list[Joint]) -> float:
    most = max((len(circuit.lanes[joint]) for joint in column if isinstance(joint, str)), default=0)
    return 0.0 if not most else 8.0 + 4.0 * min(most - 1, 5)


@dataclasses.dataclass(frozen=True)
class _Column:
    """The x of a column: where wires arrive, where their labels end, of the circles' left, and where wires leave."""

    arrive: float
    meet: float
    node: float
    leave: float


def _columns_at(circuit: _Circuit, curve: float) -> list[_Column]:
    x, found = EDGE, []
    for k, column in enumerate(circuit.columns):
        meet = x + circuit.label_width[k]
        node = meet + _meeting(circuit, column)
        found.append(_Column(x, meet, node, node + circuit.node_width[k]))
        x = found[-1].leave + curve
    found.append(_Column(x, x + circuit.label_width[-1], x, x))
    return found


# --- Drawing -------------------------------------------------------------------------------------


def _draw_wires(ax: Axes, circuit: _Circuit, x: list[_Column]) -> None:
    column_of = {joint: k for k, column in enumerate(circuit.columns) for joint in column}
    for a, b, rise in circuit.legs():
        here, there = x[column_of[a]], x[column_of[b]]
        _draw_curve(ax, (here.leave, circuit.y[a]), (there.arrive, circuit.y[b] + rise))
        if not isinstance(b, str):
            ax.plot([there.arrive, there.leave], [circuit.y[b]] * 2, color=INK, linewidth=0.9, zorder=1)
    for tail, head in circuit.graph.edges:
        _draw_lane(ax, circuit, (tail, head), x[column_of[head]])
    last, end = circuit.y[circuit.result], x[-1]
    _draw_curve(ax, (x[-2].leave, last), (end.arrive, last))
    _draw_arrow(ax, (end.arrive, last), (end.meet, last))
    data = circuit.graph.nodes[circuit.result]
    _write_labels(ax, (end.arrive + end.meet) / 2 - 4, last, (number(data["value"]), number(data["gradient"])))


def _draw_curve(ax: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    middle = (start[0] + end[0]) / 2
    path = Path([start, (middle, start[1]), (middle, end[1]), end], [Path.MOVETO, *[Path.CURVE4] * 3])
    ax.add_patch(PathPatch(path, facecolor="none", edgecolor=INK, linewidth=0.9, zorder=1))


def _draw_lane(ax: Axes, circuit: _Circuit, wire: Wire, column: _Column) -> None:
    """The last stretch of a wire, straight beneath its labels, and then into the circle."""
    tail, head = wire
    centre = np.array([column.node + RADIUS, circuit.y[head]])
    level = circuit.y[head] + circuit.lane_offset(tail, head)
    ax.plot([column.arrive, column.meet], [level, level], color=INK, linewidth=0.9, zorder=1)
    if circuit.graph.nodes[tail]["operation"] == "constant":
        ax.plot([column.arrive], [level], "o", color=INK, markersize=3, zorder=1)
    towards = centre - (column.meet, level)
    touch = centre - towards / np.linalg.norm(towards) * (RADIUS + 1)
    _draw_arrow(ax, (column.meet, level), (float(touch[0]), float(touch[1])))
    _write_labels(ax, (column.arrive + column.meet) / 2, level, _labels(circuit.graph, wire))


def _draw_arrow(ax: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    from matplotlib.patches import FancyArrowPatch

    head = "-|>,head_length=4,head_width=2"
    ax.add_patch(
        FancyArrowPatch(start, end, arrowstyle=head, mutation_scale=1, color=INK, linewidth=0.9, shrinkA=0, shrinkB=0)
    )


def _write_labels(ax: Axes, x: float, level: float, labels: tuple[str, str]) -> None:
    write(ax, x, level + 6.5, labels[0], color=VALUE)
    write(ax, x, level - 6.5, labels[1], color=GRADIENT)


def _draw_nodes(ax: Axes, circuit: _Circuit, x: list[_Column]) -> None:
    from matplotlib.patches import Circle

    for k, column in enumerate(circuit.columns):
        for node in column:
            if not isinstance(node, str):
                continue
            y, total = circuit.y[node], _total(circuit, node)
            if not circuit.is_operation(node):
                write(ax, x[k].leave - 4, y, _leaf_name(circuit, node), ha="right")
                write(ax, x[k].leave - 4, y - LINE, total, ha="right", color=GRADIENT)
                continue
            middle = x[k].node + RADIUS
            ax.add_patch(Circle((middle, y), RADIUS, facecolor="white", edgecolor=INK, linewidth=1.0, zorder=2))
            ax.plot([middle + RADIUS, x[k].leave], [y, y], color=INK, linewidth=0.9, zorder=1)
            operation = circuit.graph.nodes[node]["operation"]
            write(ax, middle, y, SYMBOLS.get(operation, OPERATIONS[operation].symbol), zorder=3)
            write(ax, middle - 2, y + RADIUS + 6, circuit.written_name(node), ha="left")
            write(ax, middle - 2, y - RADIUS - 6, total, ha="left", color=GRADIENT)


def _write_key(ax: Axes, width: float, *, totals: bool) -> None:
    """What stands above and below a wire and, where there are any, what a total is."""
    parts = [("above: value", VALUE), ("below: gradient", GRADIENT)]
    if totals:
        parts.append(("total: sum over its wires", GRADIENT))
    x = width / 2 - (sum(text_width(text) for text, _ in parts) + 12 * (len(parts) - 1)) / 2
    for i, (text, colour) in enumerate(parts):
        if i:
            write(ax, x - 6, 9, "\N{MIDDLE DOT}", color=FAINT)
        write(ax, x, 9, text, ha="left", color=colour)
        x += text_width(text) + 12
