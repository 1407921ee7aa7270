"""The picture of a confusion matrix: which classes are taken for which."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from neurosim.analysis.confusion import ConfusionMatrix
from neurosim.plotting.style import INK, LARGE, RULE, SMALL, chart_axes, readable_on

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_NUMBERED = 25  # classes; more would leave no room for numbers


def draw_confusion(matrix: ConfusionMatrix, ax: Axes | None = None) -> Axes:
    """Draw a confusion matrix: true classes down, what they were read as across, the share of each row as colour.

    Parameters
    ----------
    matrix : ConfusionMatrix
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Examples
    --------
    >>> import neurosim as ns
    >>> net = ns.Network.from_arrays([0, 1], [2, 2], [1.0, 1.0], thresholds=[0, 0, 2])
    >>> ns.plot(ns.confusion(net, [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 0, 0, 1])).get_ylabel()
    'true class'
    """
    from matplotlib import colormaps
    from matplotlib.ticker import PercentFormatter

    count = len(matrix.names)
    side = float(np.clip(26 * count, 180, 400))
    ax = chart_axes(ax, side + 110, side + 60)
    shares = matrix.counts / np.maximum(matrix.counts.sum(axis=1, keepdims=True), 1)
    colours = colormaps["Blues"]
    image = ax.imshow(shares, cmap=colours, vmin=0, vmax=1)
    if count <= MOST_NUMBERED:
        for (row, column), n in np.ndenumerate(matrix.counts):
            if n:
                colour = readable_on(colours(shares[row, column]))
                ax.text(column, row, f"{n:,}", ha="center", va="center", fontsize=SMALL, color=colour)
        names = [name.partition("[")[2].rstrip("]") or name for name in matrix.names]
        ax.set_xticks(range(count), names)
        ax.set_yticks(range(count), names)
    ax.set_xlabel("read as", fontsize=SMALL, color=INK)
    ax.set_ylabel("true class", fontsize=SMALL, color=INK)
    title = f"{matrix.accuracy:.1%} of {int(matrix.counts.sum()):,} read correctly"
    ax.set_title(title, fontsize=LARGE, color=INK)
    figure = ax.get_figure()
    assert figure is not None
    bar = figure.colorbar(image, ax=ax, shrink=0.8, format=PercentFormatter(1))
    bar.set_label("share of the true class", fontsize=SMALL, color=INK)
    bar.ax.tick_params(labelsize=SMALL, colors=INK)
    bar.outline.set(edgecolor=RULE)
    return ax
