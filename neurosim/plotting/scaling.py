"""How one number grows or falls with another over many orders of magnitude: both axes logarithmic."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from neurosim.errors import DataError
from neurosim.plotting.style import FAINT, FIRST, INK, RULE, SECOND, SMALL, chart_axes, write

if TYPE_CHECKING:
    from matplotlib.axes import Axes

DOT_COLOURS = (FIRST, SECOND, "#009e73", "#cc79a7", "#e69f00", "#56b4e9")  # Okabe and Ito's
DOT_SHAPES = ("o", "^", "s", "D", "v", "P")
NARROW = 500.0  # the ratio of largest to smallest below which powers of ten alone would be too few ticks


def log_log(
    x: npt.ArrayLike,
    measured: Mapping[str, npt.ArrayLike],
    *,
    xlabel: str,
    ylabel: str,
    expected: Mapping[str, npt.ArrayLike] | None = None,
    marks: Mapping[str, float] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw what was measured as dots on two logarithmic axes, where a power law is a straight line.

    Parameters
    ----------
    x : array_like, shape (points,)
        Positive.
    measured : mapping
        The name of each, and its values, shape (points,). Those that are not positive have no logarithm and are left
        out.
    xlabel, ylabel : str
    expected : mapping, optional
        Of the same shape, drawn as lines. One that has the name of something measured has its colour.
    marks : mapping, optional
        Numbers on the horizontal axis at which a dashed line stands, by what is written at its top.
    ax : matplotlib Axes, optional

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    DataError
        If the shapes do not fit, or a number on the horizontal axis is not positive.

    Examples
    --------
    >>> sides = np.array([1.0, 10.0, 100.0])
    >>> ax = log_log(sides, {"area": sides**2}, xlabel="side", ylabel="size", expected={"area": sides**2})
    """
    across = np.asarray(x, dtype=float)
    lines = dict(expected or {})
    if across.ndim != 1 or not (across > 0).all():
        raise DataError("A logarithmic axis needs positive numbers, one for each point: x of shape (points,).")
    ax = chart_axes(ax, 400, 270)
    colours = dict(zip(dict.fromkeys([*measured, *lines]), 2 * DOT_COLOURS, strict=False))
    shapes = dict(zip(measured, 2 * DOT_SHAPES, strict=False))
    for name, values in measured.items():
        seen = _positive(name, values, across)
        ax.plot(across, seen, shapes[name], color=colours[name], markersize=2.8, label=name, linestyle="none")
    for name, values in lines.items():
        label = f"{name}, expected" if name in measured else name
        ax.plot(across, _positive(name, values, across), color=colours[name], linewidth=1.1, label=label, zorder=1.5)
    ax.set(xscale="log", yscale="log")
    if across.max() < NARROW * across.min():
        _write_every_tick(ax)
    _draw_marks(ax, marks or {})
    ax.set_xlabel(xlabel, fontsize=SMALL, color=INK)
    ax.set_ylabel(ylabel, fontsize=SMALL, color=INK)
    ax.grid(color=RULE, linewidth=0.4)
    ax.set_axisbelow(True)
    ax.legend(
        fontsize=SMALL, labelcolor=INK, frameon=False, loc="upper left", bbox_to_anchor=(1.01, 1), markerscale=1.6
    )
    return ax


def _write_every_tick(ax: Axes) -> None:
    """Where there are few powers of ten, ticks at 1, 2 and 5 times each, written out."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    ax.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, place: f"{value:g}"))
    ax.xaxis.set_minor_formatter(NullFormatter())


def _draw_marks(ax: Axes, marks: Mapping[str, float]) -> None:
    """Dashed lines; the outermost are written on their outer side, where they have room."""
    order = sorted(marks, key=marks.__getitem__)
    sides = {order[0]: "right", order[-1]: "left"} if len(order) > 1 else {}
    for text, place in marks.items():
        ax.axvline(place, color=FAINT, linewidth=0.8, linestyle="--", zorder=1)
        side, above = sides.get(text, "center"), ax.get_xaxis_transform()
        write(ax, place, 1.02, text, transform=above, ha=side, va="bottom", color=FAINT)


def _positive(name: str, values: npt.ArrayLike, across: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    numbers = np.asarray(values, dtype=float)
    if numbers.shape != across.shape:
        raise DataError(f"{name!r} needs a value for each of the {len(across)} points; got shape {numbers.shape}.")
    return np.where(numbers > 0, numbers, np.nan)
