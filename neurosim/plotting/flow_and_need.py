"""The picture of blood flow beside need: every region as a point, and the disagreements in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from neurosim.analysis.flow_and_need import FlowAndNeed, Verdict
from neurosim.anatomy.structure import Floats
from neurosim.plotting.style import (
    FAINT,
    FIRST,
    INK,
    LINE,
    RULE,
    SECOND,
    SMALL,
    chart_axes,
    fitted,
    name_axes,
    text_width,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

OFFSETS = [(x, up * y) for y in range(8, 120, 12) for x in (8, -8) for up in (1, -1)]  # points: the nearest first
WIDTH, HEIGHT = 470.0, 300.0
WIDEST_TASK = 60.0  # points: both names and the words between them fit beside the height


def draw_flow_and_need(found: FlowAndNeed, ax: Axes | None = None) -> Axes:
    """Draw how much more active each region is in the first task against how much more that task needs it.

    Filled circles are regions where flow and need agree, in the sense of `flow_and_need`; hollow squares are the
    others, with what they disagree in.

    Parameters
    ----------
    found : FlowAndNeed
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes
    """
    ax = chart_axes(ax, WIDTH, HEIGHT)
    ax.axhline(0, color=RULE, linewidth=0.8, zorder=0)
    ax.axvline(0, color=RULE, linewidth=0.8, zorder=0)
    x, y = found.flow, found.difference_in_need
    for place, verdict in enumerate(found.verdicts):
        shade = FIRST if verdict.agree else SECOND
        ax.errorbar(
            x[place],
            y[place],
            xerr=[[x[place] - found.flow_low[place]], [found.flow_high[place] - x[place]]],
            yerr=[[y[place] - found.difference_low[place]], [found.difference_high[place] - y[place]]],
            fmt="o" if verdict.agree else "s",
            color=shade,
            mfc=shade if verdict.agree else "white",
            markersize=6,
            linewidth=1.2,
        )
    ax.margins(0.15)
    first, second = (fitted(task, WIDEST_TASK) for task in found.tasks)
    name_axes(
        ax,
        f"blood flow: more in {second} \N{LEFTWARDS ARROW}   \N{RIGHTWARDS ARROW} more in {first}",
        f"{_without(found.unit)}:\nmore for {second} \N{LEFTWARDS ARROW}   \N{RIGHTWARDS ARROW} more for {first}",
    )
    ax.spines[["top", "right"]].set_visible(False)
    _label(ax, found.verdicts, np.column_stack([x, y]))
    return ax


def _without(unit: str) -> str:
    """A unit of need in a phrase: its explanation in brackets comes last."""
    name, bracket, explained = unit.partition(" (")
    return f"{name} without it{bracket}{explained}"


def _label(ax: Axes, verdicts: tuple[Verdict, ...], points: Floats) -> None:
    """Write each region's name at its point, and below it in what flow and need disagree, where there is room."""
    figure = ax.figure.canvas.figure
    if figure.get_layout_engine() is not None:
        figure.draw_without_rendering()  # the engine decides only now how large the axes are
    spots = ax.transData.transform(points) * 72 / figure.dpi
    frame = ax.get_window_extent()
    room = np.array([frame.x0, frame.y0, frame.x1, frame.y1]) * 72 / figure.dpi
    taken = [np.array([*(spot - 6), *(spot + 6)]) for spot in spots]
    for spot, point, verdict in zip(spots, points, verdicts, strict=True):
        lines = [fitted(verdict.region, 110)]
        if not verdict.agree:
            lines += [part.strip() for part in verdict.words.replace(", ", ",|").split("|")]
        width, height = max(map(text_width, lines)) + 2, LINE * len(lines) + 4
        boxes = [_box(spot, offset, width, height) for offset in OFFSETS]
        best = int(np.argmin([_trouble(box, taken, room) for box in boxes]))
        taken.append(boxes[best])
        offset = OFFSETS[best]
        text = ax.annotate(
            "\n".join(lines),
            point,
            xytext=offset,
            textcoords="offset points",
            fontsize=SMALL,
            color=INK if verdict.agree else FAINT,
            ha="left" if offset[0] > 0 else "right",
            va="bottom" if offset[1] > 0 else "top",
            parse_math=False,
        )
        text.set_in_layout(False)  # else the axes would move from under those that are placed


def _box(spot: Floats, offset: tuple[int, int], width: float, height: float) -> Floats:
    x, y = spot + offset
    left = x if offset[0] > 0 else x - width
    bottom = y if offset[1] > 0 else y - height
    return np.array([left, bottom, left + width, bottom + height])


def _trouble(box: Floats, taken: list[Floats], room: Floats) -> float:
    """How much of other things a box would cover, and how far it would stick out of the room."""
    covered = 0.0
    for other in taken:
        across = min(box[2], other[2]) - max(box[0], other[0])
        up = min(box[3], other[3]) - max(box[1], other[1])
        covered += max(across, 0.0) * max(up, 0.0)
    outside = np.maximum(room[:2] - box[:2], 0).sum() + np.maximum(box[2:] - room[2:], 0).sum()
    return covered + 20 * float(outside)
