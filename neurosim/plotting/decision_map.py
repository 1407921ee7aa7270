"""What a network or a neuron answers everywhere in the plane of its two inputs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt

from neurosim.anatomy.network import Network
from neurosim.anatomy.neuron import Cell
from neurosim.checks import check_count
from neurosim.errors import DataError, OptionError
from neurosim.physiology.respond import respond
from neurosim.plotting.style import COLOURS, INK, SMALL, chart_axes, colour, marker, name_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Decider: TypeAlias = Network | Cell | Callable[[npt.NDArray[np.float64]], npt.ArrayLike]

MARGIN = 0.15  # of the samples' extent, that is drawn beyond them


def decision_map(
    decide: Decider,
    X: npt.ArrayLike,
    labels: npt.ArrayLike,
    *,
    ax: Axes | None = None,
    names: Sequence[str] | None = None,
    title: str = "",
    steps: int = 241,
    key: bool = True,
) -> Axes:
    """Draw what is answered everywhere in a plane: the rate as colour, the border between classes, the samples.

    Parameters
    ----------
    decide : Network, Neuron or callable
        With two inputs; a callable takes points, shape (points, 2). With a single output its rate is drawn, from 0
        (colour of the first class) to 1 (of the second), and the border is where it reaches one half. With
        several the strongest one is the class.
    X : array_like, shape (samples, 2)
    labels : array_like, shape (samples,)
        The class of each sample, numbers from 0 up.
    ax : matplotlib Axes, optional
    names : sequence of two str, optional
        Of the inputs; those of the network or neuron unless given.
    title : str
    steps : int
        Points of the grid along each side.
    key : bool
        Whether there is a legend, and for a single output a scale of the rate.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    DataError
        If the samples do not lie in a plane, or have no classes, or not every point has an answer.
    OptionError
        If what decides has not two inputs.

    Examples
    --------
    >>> import neurosim as ns
    >>> both = ns.Neuron({"left": 1, "right": 1}, threshold=2)
    >>> ax = decision_map(both, [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 0, 0, 1])
    >>> ax.get_xlabel(), ax.get_ylabel()
    ('left', 'right')
    """
    points, classes = read_plane(X, labels)
    check_count("steps", steps, least=2)
    named = _names(decide) if names is None else list(names)
    if len(named) != 2 and names is not None:
        raise DataError(f"The two inputs need two names, as in names=['x1', 'x2']; got {names!r}.")
    ax = chart_axes(ax, 330 if key else 260, 250)
    across, up = (_span(points[:, axis], steps) for axis in (0, 1))
    grid = np.stack(np.meshgrid(across, up), axis=-1).reshape(-1, 2)
    answers = np.asarray(_answers(decide, grid), dtype=float)
    if answers.shape[:1] != grid.shape[:1] or not answers.size:
        raise DataError(f"What decides must answer for each of the {len(grid):,} points; got shape {answers.shape}.")
    answers = answers.reshape(steps, steps, -1)
    extent = (across[0], across[-1], up[0], up[-1])
    if answers.shape[-1] == 1:
        _draw_rate(ax, answers[..., 0], (across, up), extent, key)
    else:
        _draw_classes(ax, answers.argmax(axis=-1), extent)
    draw_samples(ax, points, classes)
    name_axes(ax, *named)
    if key:
        ax.legend(
            fontsize=SMALL,
            labelcolor=INK,
            frameon=False,
            loc="lower left",
            bbox_to_anchor=(0, 1),
            ncols=3,
            borderaxespad=0.2,
            handletextpad=0.2,
            columnspacing=1,
        )
    lines = -(-len(np.unique(classes)) // 3) if key else 0
    ax.set_title(title, fontsize=SMALL, color=INK, loc="left" if key else "center", pad=4 + 1.6 * SMALL * lines)
    return ax


def draw_samples(
    ax: Axes, points: npt.NDArray[np.float64], classes: npt.NDArray[np.integer[Any]], names: Sequence[str] | None = None
) -> None:
    """Samples as markers, a shape and a colour for each class."""
    for number in np.unique(classes).tolist():
        x, y = points[classes == number].T
        ax.scatter(
            x,
            y,
            s=max(9.0, 36 - 0.1 * len(points)),
            color=colour(number),
            marker=marker(number),
            edgecolor="white",
            linewidth=0.5,
            label=f"class {number}" if names is None else names[number],
            zorder=3,
        )


def read_plane(X: npt.ArrayLike, labels: npt.ArrayLike) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.integer[Any]]]:
    """Samples in the plane of two inputs and their classes; an error, if they are not."""
    points, classes = np.asarray(X), np.asarray(labels)
    points = points.astype(np.float64) if points.dtype.kind in "biuf" else np.empty(0)
    if points.ndim != 2 or points.shape[1] != 2 or not len(points) or not np.isfinite(points).all():
        raise DataError(
            f"A decision map is drawn in the plane of two inputs, so X needs finite numbers of shape (samples, 2); got "
            f"shape {points.shape}. Choose two of the inputs: X[:, [0, 1]]."
        )
    whole = classes.dtype.kind in "biuf" and bool((np.isfinite(classes) & (np.floor(classes) == classes)).all())
    if classes.shape != (len(points),) or not whole or classes.min() < 0:
        raise DataError(
            f"labels must be one class number, from 0 up, for each of the {len(points)} samples; got shape "
            f"{classes.shape}. From labels of -1 and 1 write (labels + 1) // 2."
        )
    return points, classes.astype(int)


def _span(values: npt.NDArray[np.float64], steps: int) -> npt.NDArray[np.float64]:
    """A row of points from a little below the samples to a little above them."""
    low, high = float(values.min()), float(values.max())
    beyond = MARGIN * (high - low) or 0.5
    return np.linspace(low - beyond, high + beyond, steps)


def _answers(decide: Decider, grid: npt.NDArray[np.float64]) -> npt.ArrayLike:
    if isinstance(decide, Cell):
        decide = as_network(decide)
    if not isinstance(decide, Network):
        if not callable(decide):
            raise OptionError(
                f"A decision map is that of a Network, a Neuron or a function of points; got {type(decide).__name__}."
            )
        return decide(grid)
    if len(decide.inputs) != 2:
        raise OptionError(
            f"A decision map is drawn in the plane of two inputs; this network has {len(decide.inputs)}. Draw a "
            "function of two of them: lambda points: ns.respond(net, np.insert(points, 2, 0.0, axis=1))."
        )
    return respond(decide, grid)


def as_network(neuron: Cell) -> Network:
    """A network in which the neuron listens to sensory neurons: so that many answers come at once."""
    sources = neuron.presynaptic
    ends = [key if isinstance(key, tuple) else (key, 0) for key in neuron.dendrites]
    return Network.from_arrays(
        [sources.index(name) for name, _ in ends],
        [len(sources)] * len(ends),
        [float(weight) for weight in neuron.dendrites.values()],
        size=len(sources) + 1,
        modes=[None] * len(sources) + [neuron.mode],
        thresholds=[0.0] * len(sources) + [neuron.threshold],
        branch=[branch for _, branch in ends],
    )


def _names(decide: Decider) -> list[str]:
    if isinstance(decide, Network):
        return [str(name) for name in decide.inputs]
    if isinstance(decide, Cell):
        return [str(name) for name in decide.presynaptic]
    return ["x1", "x2"]


def _draw_rate(ax: Axes, rates: Any, axes: Any, extent: Any, key: bool) -> None:
    from matplotlib.colors import LinearSegmentedColormap

    pale = LinearSegmentedColormap.from_list("classes", ["#7fb8d8", "#f4f4f4", "#eaae7f"])
    image = ax.imshow(rates, origin="lower", extent=extent, cmap=pale, vmin=0, vmax=1, aspect="auto")
    if (rates >= 0.5).any() and (rates < 0.5).any():
        ax.contour(*axes, rates >= 0.5, levels=[0.5], colors=INK, linewidths=1.2)
    if key:
        bar = ax.figure.colorbar(image, ax=ax, shrink=0.9, ticks=[0, 0.5, 1])
        bar.set_label("rate of the output", fontsize=SMALL, color=INK)
        bar.ax.tick_params(labelsize=SMALL, colors=INK)


def _draw_classes(ax: Axes, classes: Any, extent: Any) -> None:
    from matplotlib.colors import to_rgb

    tints = np.array([np.array(to_rgb(each)) * 0.45 + 0.55 for each in COLOURS])
    ax.imshow(tints[classes % len(tints)], origin="lower", extent=extent, aspect="auto", interpolation="nearest")
