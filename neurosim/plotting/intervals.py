"""The mean of repeated measurements over a range of something, with how sure it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from neurosim.analysis.estimate import Estimate
from neurosim.errors import DataError
from neurosim.plotting.style import INK, RULE, SMALL, chart_axes, colour, dash, key_beside, marker, name_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = npt.NDArray[np.float64]


def repeated(
    x: npt.ArrayLike,
    lines: Mapping[str, npt.ArrayLike],
    *,
    xlabel: str,
    ylabel: str,
    percent: bool = False,
    doubling: bool = False,
    log: bool = False,
    title: str = "",
    ax: Axes | None = None,
) -> Axes:
    """Draw the means of repeated measurements, with their 95 % intervals (Student's t) as bands.

    Parameters
    ----------
    x : array_like, shape (points,)
    lines : mapping
        The name of each, and what was measured, shape (points, repeats), two repeats or more.
    xlabel, ylabel : str
    percent : bool
        Whether they are shares of 1, to be written as percentages.
    doubling : bool
        Whether the horizontal axis is logarithmic, with a tick at each of `x`: for 1, 2, 4, 8, ...
    log : bool
        Whether the vertical axis is.
    title : str
    ax : matplotlib Axes, optional

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    DataError
        If the shapes do not fit.

    Examples
    --------
    >>> accuracy = {"training": [[0.5, 0.6], [0.8, 0.9]], "held out": [[0.5, 0.5], [0.7, 0.9]]}
    >>> ax = repeated([1, 2], accuracy, xlabel="hidden neurons", ylabel="accuracy", percent=True)
    """
    across = np.asarray(x, dtype=float)
    if not lines:
        raise DataError("There is nothing to draw: give at least one line, as repeated(x, {'mine': values}, ...).")
    ax = chart_axes(ax, 400, 250)
    for place, (name, values) in enumerate(lines.items()):
        mean, half = _interval(name, values, across)
        ax.fill_between(across, mean - half, mean + half, color=colour(place), alpha=0.2, linewidth=0)
        style = f"{marker(place)}{dash(place)}"
        ax.plot(across, mean, style, color=colour(place), markersize=4, linewidth=1.3, label=name)
    if log:
        ax.set_yscale("log")
    if percent:
        from matplotlib.ticker import PercentFormatter

        ax.yaxis.set_major_formatter(PercentFormatter(1.0))
    if doubling:
        ax.set_xscale("log")
        ax.set_xticks(across, labels=[f"{value:g}" for value in across])
        ax.minorticks_off()
    name_axes(ax, xlabel, ylabel)
    ax.set_title(title, fontsize=SMALL, color=INK, loc="left")
    ax.grid(axis="y", color=RULE, linewidth=0.5)
    key_beside(ax)
    return ax


def _interval(name: str, values: npt.ArrayLike, across: Array) -> tuple[Array, Array]:
    """The mean at each point, and half the width of its interval."""
    repeats = np.asarray(values, dtype=float)
    if across.ndim != 1 or repeats.ndim != 2 or len(repeats) != len(across) or repeats.shape[1] < 2:
        raise DataError(
            f"{name!r} needs two repeats or more for each of the {len(np.atleast_1d(across))} points, shape (points, "
            f"repeats); got shape {repeats.shape}."
        )
    estimates = [Estimate(row) for row in repeats]
    return np.array([e.mean for e in estimates]), np.array([e.half_width for e in estimates])
