"""What tells the reader what the colours of a drawing mean: colour bars, a legend and a caption, below it."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

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
    figure = ax.get_figure()
    assert figure is not None
    # The numbers at both ends stick out by half their width, for which 12 points are kept free.
    inset = ax.inset_axes((right - BAR - 12, y, BAR, BAR_HEIGHT), transform=ax.transData)
    bar = figure.colorbar(mappable, cax=inset, orientation="horizontal")
    low, high = (float(end or 0.0) for end in mappable.get_clim())
    ticks = [low, 0.0, high] if low < 0 else [low, high]
    bar.set_ticks(ticks, labels=[number(tick) for tick in ticks])
    bar.ax.tick_params(labelsize=SMALL, length=2, pad=1.5, colors=INK, width=0.6)
    bar.outline.set(edgecolor=RULE, linewidth=0.6)
    write(ax, right - BAR - 28, y + BAR_HEIGHT / 2, label, ha="right")
