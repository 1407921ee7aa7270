"""What several networks answer in the plane of two inputs, side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy.typing as npt

from neurosim.checks import check_count
from neurosim.errors import DataError
from neurosim.plotting.decision_map import Decider, decision_map
from neurosim.plotting.style import INK, SMALL

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def decision_maps(
    decisions: Mapping[str, Decider],
    X: npt.ArrayLike,
    labels: npt.ArrayLike,
    *,
    names: Sequence[str] | None = None,
    columns: int = 4,
    steps: int = 121,
) -> Figure:
    """Draw several maps of decisions side by side, over the same samples, with one legend.

    Parameters
    ----------
    decisions : mapping
        The title of each map, and what decides; see `decision_map`.
    X : array_like, shape (samples, 2)
    labels : array_like, shape (samples,)
        The class of each sample, numbers from 0 up.
    names : sequence of two str, optional
        Of the inputs; those of the first network or neuron unless given.
    columns : int
        How many stand side by side at most.
    steps : int
        Points of the grid along each side.

    Returns
    -------
    matplotlib Figure

    Raises
    ------
    DataError
        If there is nothing to draw, or the samples do not lie in a plane, or have no classes.

    Examples
    --------
    >>> import neurosim as ns
    >>> X, labels = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 1]
    >>> either, both = (ns.Neuron({"left": 1, "right": 1}, threshold=threshold) for threshold in (1, 2))
    >>> figure = decision_maps({"either": either, "both": both}, X, labels)
    >>> [ax.get_title() for ax in figure.axes]
    ['either', 'both']
    """
    import matplotlib.pyplot as plt
    from matplotlib.lines import Line2D

    if not decisions:
        raise DataError("There is nothing to draw: give at least one network, as decision_maps({'mine': net}, X, y).")
    check_count("columns", columns, least=1)
    columns = min(columns, len(decisions))
    rows = -(-len(decisions) // columns)
    size = (min(8.0, 0.5 + 1.85 * columns), 0.55 + 1.75 * rows)
    figure, axes = plt.subplots(
        rows, columns, figsize=size, layout="constrained", sharex=True, sharey=True, squeeze=False
    )
    for ax, (title, decide) in zip(axes.ravel(), decisions.items(), strict=False):
        decision_map(decide, X, labels, ax=ax, names=names, title=title, steps=steps, key=False)
        ax.label_outer()
    for ax in axes.ravel()[len(decisions) :]:
        ax.remove()
    handles, texts = axes[0, 0].get_legend_handles_labels()
    handles.append(Line2D([], [], color=INK, linewidth=1.2))
    texts.append("the answer changes")
    figure.legend(
        handles,
        texts,
        fontsize=SMALL,
        labelcolor=INK,
        frameon=False,
        loc="outside upper left",
        ncols=len(texts),
        handletextpad=0.4,
        columnspacing=1.2,
    )
    return figure
