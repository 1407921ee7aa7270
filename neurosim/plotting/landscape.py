"""A surface over the plane of two parameters, such as a loss, and the paths that learning took on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from neurosim.errors import DataError
from neurosim.plotting.style import INK, RULE, SMALL, chart_axes, colour, dash, name_axes, write

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = npt.NDArray[np.float64]

PAPER = ("#a3a3a3", "#fbfbfb")  # the lowest and the highest: greys, from which every path stands out
LEVELS = 16
DECADES = 6.0  # that a logarithmic scale shows below the highest


def surface(
    x: npt.ArrayLike,
    y: npt.ArrayLike,
    heights: npt.ArrayLike | Callable[[Array], npt.ArrayLike],
    *,
    xlabel: str,
    ylabel: str,
    label: str = "loss",
    paths: Mapping[str, npt.ArrayLike] | None = None,
    places: Mapping[str, tuple[float, float]] | None = None,
    log: bool = False,
    floor: float | None = None,
    title: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Draw a surface as contours, the darker the lower, with paths on it.

    Parameters
    ----------
    x, y : array_like, shape (columns,) and (rows,)
        The two parameters, each from its smallest value up.
    heights : array_like, shape (rows, columns), or function
        ``heights[i, j]`` is that at ``x[j]``, ``y[i]``, as ``np.meshgrid(x, y)`` lays it out; or what tells the heights
        of places, shape (n, 2), as shape (n,). NaN and infinity are left white.
    xlabel, ylabel, label : str
        What the parameters and the height are.
    paths : mapping, optional
        The name of each, and the places it went through, shape (steps, 2). It begins at an open circle and ends at a
        square; what lies outside the surface is not seen.
    places : mapping, optional
        What is written at a cross, and where that stands.
    log : bool
        Whether the contours are equal ratios apart, rather than equal differences.
    floor : float, optional
        Heights below this one are drawn as if they were it: so that a deep hole leaves contours to the rest.
    title : str
    ax : matplotlib Axes, optional

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    DataError
        If the shapes do not fit, or nothing of the surface can be drawn.

    Examples
    --------
    >>> x, y = np.linspace(-2, 2, 41), np.linspace(-1, 1, 21)
    >>> bowl = x**2 + 4 * y[:, None] ** 2
    >>> ax = surface(x, y, bowl, xlabel="w1", ylabel="w2", paths={"downhill": [[2, 1], [1, 0.2], [0, 0]]})
    >>> ax = surface(x, y, lambda places: places**2 @ [1, 4], xlabel="w1", ylabel="w2")
    """
    across, up = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    values = _read(across, up, heights)
    ax = chart_axes(ax, 400, 300)
    _draw_heights(ax, across, up, values if floor is None else np.maximum(values, floor), label, log)
    for place, (name, path) in enumerate((paths or {}).items()):
        _draw_path(ax, name, _places(name, path), place)
    for text, spot in (places or {}).items():
        ax.plot(*spot, "+", color=INK, markersize=8, markeredgewidth=1.6, zorder=5)
        write(ax, *spot, f"  {text}", ha="left", halo=True, zorder=6, clip_on=True)
    ax.set(xlim=(across[0], across[-1]), ylim=(up[0], up[-1]))
    name_axes(ax, xlabel, ylabel)
    if paths:
        style: dict[str, Any] = {"frameon": False, "borderaxespad": 0.2, "handlelength": 1.6, "columnspacing": 1.2}
        ax.legend(fontsize=SMALL, labelcolor=INK, loc="lower left", bbox_to_anchor=(0, 1), ncols=2, **style)
    lines = -(-len(paths or {}) // 2)
    ax.set_title(title, fontsize=SMALL, color=INK, loc="left", pad=4 + 1.7 * SMALL * lines)
    return ax


def _read(across: Array, up: Array, heights: npt.ArrayLike | Callable[[Array], npt.ArrayLike]) -> Array:
    values = np.asarray(_told(heights, across, up) if callable(heights) else heights, dtype=float)
    if across.ndim != 1 or up.ndim != 1 or values.shape != (len(up), len(across)) or min(values.shape) < 2:
        raise DataError(
            f"A surface needs a height for each y (row) and each x (column), two of each or more; got x of shape "
            f"{across.shape}, y of shape {up.shape} and heights of shape {values.shape}. From two grids write "
            "heights = f(*np.meshgrid(x, y))."
        )
    if not ((np.diff(across) > 0).all() and (np.diff(up) > 0).all()):
        raise DataError("x and y of a surface go from the smallest value up; write np.linspace(low, high, steps).")
    if not np.isfinite(values).any():
        raise DataError("No height of this surface is a finite number, so there is nothing to draw.")
    return np.where(np.isfinite(values), values, np.nan)


def _told(height: Callable[[Array], npt.ArrayLike], across: Array, up: Array) -> Array:
    grids = np.meshgrid(across, up)
    values = np.asarray(height(np.stack(grids, axis=-1).reshape(-1, 2)), dtype=float)
    if values.shape != (grids[0].size,):
        raise DataError(
            f"A function of heights gets places, shape ({grids[0].size}, 2), and gives the height of each, shape "
            f"({grids[0].size},); this one gave shape {values.shape}."
        )
    return values.reshape(grids[0].shape)


def _places(name: str, path: npt.ArrayLike) -> Array:
    places = np.asarray(path, dtype=float)
    if places.ndim != 2 or places.shape[1] != 2 or not len(places):
        raise DataError(
            f"The path {name!r} needs the two parameters at every step, shape (steps, 2); got shape {places.shape}."
        )
    return places


def _draw_heights(ax: Axes, across: Array, up: Array, values: Array, label: str, log: bool) -> None:
    from matplotlib.colors import LinearSegmentedColormap, LogNorm, Normalize

    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    if log:
        if not high > 0:
            raise DataError("A logarithmic scale needs positive heights; leave log=True out.")
        low = max(low, high * 10**-DECADES)
        values = np.maximum(values, low)
    if not high > low:
        raise DataError(f"All heights of this surface are {low:g}, so there are no contours to draw.")
    levels = (np.geomspace if log else np.linspace)(low, high, LEVELS)
    norm = (LogNorm if log else Normalize)(low, high)
    grey = LinearSegmentedColormap.from_list("heights", PAPER)
    filled = ax.contourf(across, up, values, levels=levels, cmap=grey, norm=norm)
    ax.contour(across, up, values, levels=levels[1:-1], colors="#8a8a8a", linewidths=0.4)
    bar = ax.figure.colorbar(filled, ax=ax, shrink=0.9, format="%.2g")
    bar.set_label(label, fontsize=SMALL, color=INK)
    bar.ax.tick_params(labelsize=SMALL, colors=INK)
    bar.ax.spines[:].set_color(RULE)


def _draw_path(ax: Axes, name: str, path: Array, place: int) -> None:
    dots = 2.2 if len(path) < 200 else 0.0
    own = colour(1 - place if place < 2 else place)  # the second colour first: it stands out best from greys
    line: dict[str, Any] = {"color": own, "linewidth": 1.2, "marker": "o", "markersize": dots, "zorder": 4}
    ax.plot(*path.T, label=name, linestyle=dash(place), **line)
    edge: dict[str, Any] = {"markeredgecolor": own, "markeredgewidth": 1.4, "linestyle": "none", "zorder": 5}
    ax.plot(*path[0], marker="o", markersize=6, markerfacecolor="white", **edge)
    ax.plot(*path[-1], marker="s", markersize=6, markerfacecolor=own, **edge)
