"""How one number grows or falls with another over many orders of magnitude: both axes logarithmic."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from neurosim.errors import DataError
from neurosim.plotting.style import FAINT, RULE, chart_axes, colour, dash, key_beside, marker, name_axes, write

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = npt.NDArray[np.float64]

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
    if across.ndim != 1 or not across.size or not (across > 0).all():
        raise DataError("A logarithmic axis needs positive numbers, one for each point: x of shape (points,).")
    ax = chart_axes(ax, 400, 270)
    places = {name: place for place, name in enumerate(dict.fromkeys([*measured, *lines]))}
    for name, values in measured.items():
        style: dict[str, Any] = {"color": colour(places[name]), "marker": marker(places[name]), "markersize": 2.8}
        ax.plot(across, _positive(name, values, across), label=name, linestyle="none", **style)
    for name, values in lines.items():
        style = {"color": colour(places[name]), "linestyle": dash(places[name]), "linewidth": 1.1, "zorder": 1.5}
        label = f"{name}, expected" if name in measured else name
        ax.plot(across, _positive(name, values, across), label=label, **style)
    ax.set(xscale="log", yscale="log")
    if across.max() < NARROW * across.min():
        _write_every_tick(ax)
    _draw_marks(ax, marks or {})
    name_axes(ax, xlabel, ylabel)
    ax.grid(color=RULE, linewidth=0.4)
    ax.set_axisbelow(True)
    key_beside(ax, markerscale=1.6)
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


def _positive(name: str, values: npt.ArrayLike, across: Array) -> Array:
    numbers = values_at(name, values, across)
    return np.where(numbers > 0, numbers, np.nan)


def values_at(name: str, values: npt.ArrayLike, across: Array) -> Array:
    """The values of a curve, or an error if there is not one for each point of the horizontal axis."""
    numbers = np.asarray(values, dtype=float)
    if numbers.shape != across.shape:
        raise DataError(f"{name!r} needs a value for each of the {across.size} points; got shape {numbers.shape}.")
    return numbers
