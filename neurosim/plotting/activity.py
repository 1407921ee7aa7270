"""The picture of activity: every neuron's rate for every sample, grouped by region."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from neurosim.anatomy.network import Network
from neurosim.anatomy.structure import Floats, Indices
from neurosim.errors import DataError
from neurosim.plotting.style import INK, RULE, SMALL, chart_axes, fitted, number, rate_scale

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Normalize

FEW = 20  # neurons of a network without regions that are named one by one


def draw_activity(net: Network, activity: npt.ArrayLike, ax: Axes | None = None) -> Axes:
    """Draw rates as a heat map: neurons down, grouped by region, samples across.

    Each region has a scale of its own, which its label says, so that weak and strong regions can both be read.

    Parameters
    ----------
    net : Network
    activity : array_like, shape (samples, neurons) or (neurons,)
        As `ns.activity` gives it.
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Raises
    ------
    DataError
        If there is not one finite rate for every neuron.

    Examples
    --------
    >>> import neurosim as ns
    >>> net = ns.Network.from_arrays([0, 1], [1, 2], [2.0, 3.0], modes="linear")
    >>> ns.plot(net, activity=ns.activity(net, [[1.0], [2.0]])).get_xlabel()
    'sample'
    """
    from matplotlib.ticker import MaxNLocator

    rates = _read(net, activity)
    order, bounds = _by_region(net)
    edges = _row_edges(bounds)
    ax = chart_axes(ax, 430, 300)
    limits = [_limit(rates[:, order[start : start + size]]) for _, start, size in bounds]
    alone = len(bounds) == 1
    scaled = rates.T[order] if alone else rates.T[order] / np.repeat(limits, [size for _, _, size in bounds])[:, None]
    most = limits[0] if alone else 1.0
    colours, norm = rate_scale([-most if rates.min() < 0 else 0.0, most])
    across = np.arange(len(rates) + 1) - 0.5
    image = ax.pcolormesh(across, edges, scaled, cmap=colours, norm=norm)
    ax.invert_yaxis()
    for _, start, _ in bounds[1:]:
        ax.axhline(edges[start], color="white", linewidth=3)
        ax.axhline(edges[start], color=INK, linewidth=0.8)
    if alone and len(net) <= FEW:
        ax.set_yticks((edges[1:] + edges[:-1]) / 2, [fitted(str(net.structure.names[i]), 90.0) for i in order])
    else:
        middles = [(edges[start] + edges[start + size]) / 2 for _, start, size in bounds]
        scales = ["" if alone else f"\nscale {number(limit)}" for limit in limits]
        labels = [f"{name} ({size:,}){scale}" for (name, _, size), scale in zip(bounds, scales, strict=True)]
        ax.set_yticks(middles, labels)
    ax.tick_params(axis="y", length=0)
    ax.set_xlabel("sample", fontsize=SMALL, color=INK)
    if len(rates) <= 20:
        ax.set_xticks(range(len(rates)))
    else:
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    figure = ax.get_figure()
    assert figure is not None
    bar = figure.colorbar(image, ax=ax, extend=_extend(scaled, norm), fraction=0.06, pad=0.03)
    bar.set_label("rate" if alone else "rate / scale of its region", fontsize=SMALL, color=INK)
    bar.ax.tick_params(labelsize=SMALL, colors=INK)
    bar.outline.set(edgecolor=RULE)
    return ax


def _read(net: Network, activity: npt.ArrayLike) -> Floats:
    try:
        rates = np.atleast_2d(np.asarray(activity, dtype=float))
    except (TypeError, ValueError):
        raise DataError(f"activity must be an array of rates, as from ns.activity(net, X); got {activity!r}.") from None
    if rates.ndim != 2 or rates.shape[1] != len(net) or not len(rates):
        raise DataError(
            f"activity must have the shape (samples, {len(net)}), a column for every neuron; got {np.shape(activity)}. "
            "Get it from ns.activity(net, X)."
        )
    if not np.isfinite(rates).all():
        column = int(np.argwhere(~np.isfinite(rates))[0][1])
        raise DataError(f"activity must be finite; that of neuron {net.names[column]!r} is not.")
    return rates


def _by_region(net: Network) -> tuple[Indices, list[tuple[str, int, int]]]:
    """The neurons region by region (those of none last), and each region's name, first row and size."""
    structure = net.structure
    region_of = np.where(structure.region_of < 0, len(structure.regions), structure.region_of)
    order = np.argsort(region_of, kind="stable")
    sizes = np.bincount(region_of, minlength=len(structure.regions) + 1)
    names = [*structure.regions, "no region" if structure.regions else "neurons"]
    starts = np.cumsum(sizes) - sizes
    return order, [(name, int(a), int(n)) for name, a, n in zip(names, starts, sizes, strict=True) if n]


def _row_edges(bounds: list[tuple[str, int, int]]) -> Floats:
    """Where each neuron's row begins, and the last one ends: a region is as tall as the root of its size.

    So a region of ten can still be read beside one of a thousand.
    """
    heights = np.concatenate([np.full(size, size**-0.5) for _, _, size in bounds])
    return np.concatenate([[0.0], np.cumsum(heights)])


def _limit(rates: Floats) -> float:
    """The rate that has the last colour: a few very active neurons should not make all others look silent.

    The bar ends in an arrow where rates go beyond it.
    """
    sizes = np.abs(rates)
    return float(np.percentile(sizes, 97.5)) or float(sizes.max(initial=0.0)) or 1.0


def _extend(rates: Floats, norm: Normalize) -> str:
    below, above = rates.min() < (norm.vmin or 0.0), rates.max() > (norm.vmax or 0.0)
    return {(False, False): "neither", (True, False): "min", (False, True): "max", (True, True): "both"}[below, above]
