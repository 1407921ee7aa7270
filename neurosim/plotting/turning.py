"""The line at which a neuron of two inputs begins to fire, as it turns while the neuron learns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from neurosim.anatomy.neuron import Cell
from neurosim.errors import DataError, OptionError
from neurosim.plotting.decision_map import draw_samples, read_plane
from neurosim.plotting.style import INK, SMALL, chart_axes, key_beside, name_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MARGIN = 0.2  # of the samples' extent, that is drawn beyond them


def turning(
    neurons: Mapping[str, Cell], X: npt.ArrayLike, labels: npt.ArrayLike, *, title: str = "", ax: Axes | None = None
) -> Axes:
    """Draw the lines where the drive of neurons is 0, the paler the earlier, over the samples that they learn from.

    Parameters
    ----------
    neurons : mapping
        What each line is called in the legend, and the neuron, of two inputs; in their order, the last drawn thick. One
        whose weights are 0 has no line and is left out. A neuron of a network is a view that goes on learning: keep
        ``ns.Neuron(dict(view.dendrites), view.threshold)``.
    X : array_like, shape (samples, 2)
    labels : array_like, shape (samples,)
        The class of each sample, numbers from 0 up.
    title : str
    ax : matplotlib Axes, optional

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    DataError
        If the samples do not lie in a plane, or have no classes.
    OptionError
        If a neuron has not two inputs.

    Examples
    --------
    >>> import neurosim as ns
    >>> first, last = ns.Neuron({"x1": 1, "x2": 0}, threshold=1), ns.Neuron({"x1": 1, "x2": 1}, threshold=2)
    >>> ax = turning({"epoch 1": first, "epoch 2": last}, [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 0, 0, 1])
    """
    from matplotlib import colormaps

    points, classes = read_plane(X, labels)
    lines = {name: _line(name, neuron) for name, neuron in neurons.items()}
    lines = {name: line for name, line in lines.items() if line[0].any()}
    ax = chart_axes(ax, 400, 270)
    for number, (name, (weights, threshold)) in enumerate(lines.items()):
        last = number == len(lines) - 1
        foot = weights * threshold / (weights @ weights)  # the point of the line that is nearest to the origin
        along = np.array([-weights[1], weights[0]]) / np.linalg.norm(weights)
        colour = INK if last else colormaps["YlGnBu"](0.25 + 0.5 * number / max(len(lines) - 2, 1))
        ax.axline(
            (foot[0], foot[1]),
            (foot[0] + along[0], foot[1] + along[1]),
            color=colour,
            linewidth=2.2 if last else 1.3,
            label=name,
            zorder=2,
        )
    draw_samples(ax, points, classes)
    low, high = points.min(axis=0), points.max(axis=0)
    beyond = MARGIN * (high - low)
    beyond[beyond == 0] = 0.5
    ax.set(xlim=(low[0] - beyond[0], high[0] + beyond[0]), ylim=(low[1] - beyond[1], high[1] + beyond[1]))
    names = next(([str(name) for name in neuron.presynaptic] for neuron in neurons.values()), ["x1", "x2"])
    name_axes(ax, names[0], names[1])
    ax.set_title(title, fontsize=SMALL, color=INK, loc="left")
    key_beside(ax)
    return ax


def _line(name: str, neuron: Cell) -> tuple[npt.NDArray[np.float64], float]:
    """The weights and the threshold of a neuron of two inputs."""
    weights = np.array([float(weight) for weight in neuron.dendrites.values()])
    if len(weights) != 2 or len(neuron.presynaptic) != 2 or neuron.mode.branched:
        raise OptionError(
            f"The neuron of {name!r} has {len(weights)} dendrites in mode {neuron.mode}. A line in the plane needs a "
            "neuron of two inputs with a dendrite each, such as ns.Neuron({'x1': 1, 'x2': 1}, threshold=2)."
        )
    if not np.isfinite([*weights, neuron.threshold]).all():
        raise DataError(f"The neuron of {name!r} has a weight or a threshold that is not a finite number.")
    return weights, float(neuron.threshold)
