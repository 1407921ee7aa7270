"""What tells the reader what the colours of a drawing mean: colour bars, a legend and a caption, below it."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from neurosim.plotting.style import FAINT, INK, RULE, SMALL, fitted, number, text_width, write

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.cm import ScalarMappable
    from matplotlib.lines import Line2D

BAR, BAR_HEIGHT = 96.0, 6.0
MARGIN = 10.0
ROW = 14.0  # from one line of the legend to the next


@dataclasses.dataclass(frozen=True)
class Key:
    """What stands below a drawing.

    Attributes
    ----------
    bars : tuple of (label, mappable)
        Colour bars, from right to left.
    entries : tuple of Line2D
        Of the legend, on the left; each has its label.
    caption : str
        In the last line, or nothing.
    note : str
        In a line below that, or nothing.
    """

    bars: tuple[tuple[str, ScalarMappable], ...] = ()
    entries: tuple[Line2D, ...] = ()
    caption: str = ""
    note: str = ""

    def _columns(self, width: float) -> int:
        """How many columns the legend may have beside the bars."""
        room = width - 2 * MARGIN - sum(_bar_width(label) for label, _ in self.bars)
        widest = max((text_width(str(entry.get_label())) for entry in self.entries), default=0.0)
        return max(1, min(len(self.entries), int(room // (widest + 28))))

    def height(self, width: float) -> float:
        """How much room it needs below a drawing of this width."""
        rows = -(-len(self.entries) // self._columns(width))
        return MARGIN + ROW * (bool(self.caption) + bool(self.note)) + max(ROW * rows, 24.0 * bool(self.bars))

    def draw(self, ax: Axes, width: float) -> None:
        """Draw it at the lower edge of a sheet of this width."""
        bottom = 0.6 * MARGIN
        for line in filter(None, (self.note, self.caption)):
            text = fitted(line, width - 2 * MARGIN)
            write(ax, width - MARGIN, bottom + SMALL / 2, text, color=FAINT, ha="right")
            bottom += ROW
        right = width - MARGIN
        for label, mappable in self.bars:
            _draw_bar(ax, label, mappable, right, bottom + 13)
            right -= _bar_width(label)
        if self.entries:
            ax.legend(
                handles=list(self.entries),
                loc="lower left",
                bbox_to_anchor=(MARGIN, bottom - 2),
                bbox_transform=ax.transData,
                ncols=self._columns(width),
                fontsize=SMALL,
                labelcolor=INK,
                frameon=False,
                borderpad=0,
                borderaxespad=0,
                handlelength=1.6,
                handletextpad=0.4,
                columnspacing=1.2,
                labelspacing=0.45,
            )


def _bar_width(label: str) -> float:
    return BAR + text_width(label) + 36


def _draw_bar(ax: Axes, label: str, mappable: ScalarMappable, right: float, y: float) -> None:
    # Drawn on the sheet itself: axes of its own would take longer than the rest of a small network.
    from matplotlib.lines import Line2D
    from matplotlib.patches import Rectangle

    left = right - BAR - 12  # the numbers at both ends stick out by half their width
    colours = mappable.get_cmap()(np.linspace(0, 1, 256))
    ax.imshow(colours[None], extent=(left, left + BAR, y, y + BAR_HEIGHT), interpolation="nearest")
    ax.add_patch(Rectangle((left, y), BAR, BAR_HEIGHT, fill=False, edgecolor=RULE, linewidth=0.6))
    low, high = (float(end or 0.0) for end in mappable.get_clim())
    for tick in [low, 0.0, high] if low < 0 else [low, high]:
        x = left + BAR * (tick - low) / (high - low)
        ax.add_line(Line2D([x, x], [y - 2, y], color=INK, linewidth=0.6))
        write(ax, x, y - 3.5, number(tick), va="top")
    write(ax, right - BAR - 28, y + BAR_HEIGHT / 2, label, ha="right")
