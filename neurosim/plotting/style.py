"""What all pictures share: colours, sizes of text, and the paper that they are drawn on.

Sizes are in points. A new figure is at most 8 inches wide, so that on a page 800 pixels wide the smallest
text, 8 points, is 11 pixels tall.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from neurosim.errors import OptionError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap, Normalize
    from matplotlib.text import Text

SMALL = 8.0  # every label; nothing is written smaller
LARGE = 9.5  # titles
LINE = 10.5  # from one line of small text to the next
WIDEST = 576.0  # 8 inches

INK = "#333333"
FAINT = "#767676"  # still 4.5 : 1 against white
RULE = "#c4c4c4"  # boxes and axes, which should be seen last

# Okabe and Ito's colours, which people with any colour vision tell apart, and two greys.
MODE_COLOURS = {
    "sensory": "#d0d0d0",
    "linear": "#ffffff",
    "binary": "#e69f00",
    "sigmoid": "#56b4e9",
    "relu": "#009e73",
    "tanh": "#cc79a7",
    "leaky_relu": "#f0e442",
    "elu": "#0072b2",
    "maxout": "#d55e00",
}
OTHER_MODE = "#8c8c8c"
SILENCED = "#ffffff"  # a hole where a neuron was
UNKNOWN_RATE = "#b8b8b8"  # neither on the scale of rates nor on that with negative ones, whose middle is nearly white

EXCITATORY, INHIBITORY = "#b2182b", "#2166ac"  # the ends of the scale of weights, nearly
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")  # of curves and classes, clearest first
MARKERS = ("o", "^", "s", "D", "v", "P")
DASHES = ("-", "--", ":", "-.")
FIRST, SECOND = COLOURS[:2]

# ColorBrewer's RdBu, reversed, with a grey middle: a line of weight 0 has to be seen on white paper.
WEIGHT_COLOURS = ("#0b3d78", "#2166ac", "#5b9bc9", "#c2c2c2", "#e58368", "#b2182b", "#760a20")


# --- One after the other -------------------------------------------------------------------------


def colour(place: int) -> str:
    """The colour of the curve or class at a place, from 0; the seventh has that of the first again."""
    return COLOURS[place % len(COLOURS)]


def marker(place: int) -> str:
    """The marker at a place, which goes with the colour."""
    return MARKERS[place % len(MARKERS)]


def dash(place: int) -> str:
    """The line at a place: whole as long as colours tell curves apart, then dashed, then dotted."""
    return DASHES[place // len(COLOURS) % len(DASHES)]


# --- Scales --------------------------------------------------------------------------------------


def weight_scale(weights: npt.ArrayLike) -> tuple[Colormap, Normalize]:
    """Colours for signed weights, as lines: blue is inhibitory, red excitatory, grey is 0, in the middle."""
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("weights", WEIGHT_COLOURS), _symmetric(weights)


def rate_scale(rates: npt.ArrayLike) -> tuple[Colormap, Normalize]:
    """Colours for rates, as areas: from 0 up, or centred at 0 where there are negative ones."""
    from matplotlib import colormaps
    from matplotlib.colors import Normalize

    values = np.asarray(rates, dtype=float)
    if values.size and values.min() < 0:
        return signed_scale(values)
    return colormaps["viridis"], Normalize(0.0, float(values.max(initial=0.0)) or 1.0)


def signed_scale(values: npt.ArrayLike) -> tuple[Colormap, Normalize]:
    """Colours for signed numbers, as areas: blue is negative, red positive, white is 0, in the middle."""
    from matplotlib import colormaps

    return colormaps["RdBu_r"], _symmetric(values)


def _symmetric(values: npt.ArrayLike) -> Normalize:
    from matplotlib.colors import Normalize

    most = float(np.abs(np.asarray(values, dtype=float)).max(initial=0.0)) or 1.0
    return Normalize(-most, most)


def readable_on(colour: Any) -> str:
    """Black or white, whichever stands out more from a background (WCAG 2 contrast)."""
    from matplotlib.colors import to_rgb

    channels = np.array(to_rgb(colour))
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    luminance = float(linear @ [0.2126, 0.7152, 0.0722])
    return "black" if (luminance + 0.05) ** 2 > 0.05 * 1.05 else "white"


# --- Text ----------------------------------------------------------------------------------------


def number(value: float) -> str:
    """A number for a label: three digits, thousands written out, and a true minus sign."""
    return (f"{value:,.0f}" if 999.5 <= abs(value) < 99_999.5 else f"{value + 0.0:.3g}").replace("-", "\N{MINUS SIGN}")


def plural(count: int, word: str) -> str:
    """A number of things: 1 tick, 2 ticks."""
    return f"{count:,} {word}" if count == 1 else f"{count:,} {word}s"


@lru_cache(maxsize=4096)
def text_width(text: str, size: float = SMALL, weight: str = "normal") -> float:
    """How wide a line of text will be, in points."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    font = FontProperties(size=size, weight=weight)
    return float(text_to_path.get_text_width_height_descent(text, font, ismath=False)[0])


def fitted(text: str, width: float, size: float = SMALL, weight: str = "normal") -> str:
    """The text, cut short with an ellipsis where it is wider than `width` points; empty if not even that fits."""
    if text_width(text, size, weight) <= width:
        return text
    for length in range(len(text) - 1, 0, -1):
        cut = text[:length].rstrip() + "\N{HORIZONTAL ELLIPSIS}"
        if text_width(cut, size, weight) <= width:
            return cut
    return ""


def write(ax: Axes, x: float, y: float, text: str, *, halo: bool = False, **style: Any) -> Text:
    """Put text on a picture, letter by letter: a name may hold dollar signs that mean no formula."""
    from matplotlib.patheffects import withStroke

    style = {"fontsize": SMALL, "color": INK, "ha": "center", "va": "center", "linespacing": 1.1, **style}
    if halo:
        style["path_effects"] = [withStroke(linewidth=2.5, foreground="white")]
    return ax.text(x, y, text, parse_math=False, **style)


# --- Paper ---------------------------------------------------------------------------------------


def check_axes(ax: object) -> None:
    """Raise unless this is None or something to draw on."""
    from matplotlib.axes import Axes

    if ax is not None and not isinstance(ax, Axes):
        raise OptionError(
            f"ax must be one matplotlib Axes; got {type(ax).__name__}. "
            "Write fig, ax = plt.subplots(), then ns.plot(..., ax=ax), or leave it out."
        )


def chart_axes(ax: Axes | None, width: float, height: float) -> Axes:
    """The axes given, or those of a new figure of this size in points, for a chart with labelled axes."""
    check_axes(ax)
    if ax is None:
        import matplotlib.pyplot as plt

        _, ax = plt.subplots(figsize=(width / 72, height / 72), layout="constrained")
    ax.tick_params(labelsize=SMALL, colors=INK, width=0.8)
    ax.spines[:].set_color(RULE)
    return ax


def name_axes(ax: Axes, across: str, up: str) -> None:
    """Write what the axes mean."""
    ax.set_xlabel(across, fontsize=SMALL, color=INK)
    ax.set_ylabel(up, fontsize=SMALL, color=INK)


def key_beside(ax: Axes, **style: Any) -> None:
    """Write what colours and markers mean, on the right of a chart."""
    ax.legend(fontsize=SMALL, labelcolor=INK, frameon=False, loc="upper left", bbox_to_anchor=(1.01, 1), **style)


def sheet(ax: Axes | None, width: float, height: float) -> tuple[Axes, float, float]:
    """Blank paper measured in points, for a drawing: the axes given, or those of a new figure of this size.

    Returns
    -------
    ax : Axes
        Without ticks, with data coordinates that are points from the lower left corner.
    width, height : float
        How large it is in points.
    """
    check_axes(ax)
    if ax is None:
        import matplotlib.pyplot as plt

        edges = {"left": 0.0, "right": 1.0, "bottom": 0.0, "top": 1.0}
        _, ax = plt.subplots(figsize=(width / 72, height / 72), gridspec_kw=edges)
    figure = ax.figure.canvas.figure  # the whole figure, also where the axes stand in a part of it
    if figure.get_layout_engine() is not None:
        figure.draw_without_rendering()  # the engine decides only now how large the axes are
    box = ax.get_window_extent()
    width, height = box.width * 72 / figure.dpi, box.height * 72 / figure.dpi
    ax.set(xlim=(0, width), ylim=(0, height), aspect="equal")
    ax.set_axis_off()
    return ax, width, height
