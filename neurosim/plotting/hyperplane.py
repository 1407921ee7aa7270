"""The picture of a neuron's hyperplane: a line in the plane, or a plane in space, with the samples on either side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from neurosim.analysis.hyperplane import Hyperplane
from neurosim.errors import DataError, OptionError, counted, shorten
from neurosim.plotting.style import FAINT, FIRST, INK, LARGE, RULE, SECOND, SMALL, chart_axes, check_axes, number

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = npt.NDArray[Any]

ARROW = 0.2  # its length, as a share of the side of the picture
FAR = 4.0  # extents of the samples; an origin that is farther away than so many is left out
SIDES = {
    "binary": ("fires", "silent"),
    "sigmoid": ("rate from 0.5 up", "rate below 0.5"),
    "relu": ("active", "silent"),
}
"""What a neuron does on the two sides, by mode; of all others the drive is told."""
COLOURS = (FIRST, "#ffffff")  # the side to which the weights point, and the other
LABEL_COLOURS, LABEL_MARKERS = (SECOND, FIRST), ("o", "s")  # of the smaller label and of the larger


def draw_hyperplane(
    plane: Hyperplane,
    ax: Axes | None = None,
    *,
    points: npt.ArrayLike | None = None,
    labels: npt.ArrayLike | None = None,
) -> Axes:
    """Draw where a neuron's drive is 0: a line if it has two inputs, a plane if it has three.

    The arrow is the normal vector, whose direction is that of the weights; on its side the drive is positive. The
    dashed line is the distance of the origin, |threshold| / |w|.

    Parameters
    ----------
    plane : Hyperplane
        From `ns.hyperplane`; ``ns.plot(neuron, kind="hyperplane")`` does both.
    ax : matplotlib Axes, optional
        For a plane in space one of ``projection="3d"``.
    points : array_like, shape (points, inputs), optional
        Samples to show.
    labels : array_like, shape (points,), optional
        Their class, of two; without, samples are filled where the neuron's drive reaches 0.

    Returns
    -------
    Axes

    Raises
    ------
    OptionError
        If the neuron has one input, or more than three.
    DataError
        If points or labels do not fit.

    Examples
    --------
    >>> import neurosim as ns
    >>> both = ns.Neuron({"x": 1, "y": 1}, threshold=2)
    >>> ax = ns.plot(both, kind="hyperplane", points=[[0, 0], [0, 1], [1, 0], [1, 1]], labels=[0, 0, 0, 1])
    """
    inputs = len(plane.names)
    _check_inputs(plane)
    samples = np.empty((0, inputs)) if points is None else plane.read(points)
    classes = _classes(samples, labels)
    ax = _axes(ax, inputs)
    low, high = _room(plane, samples)
    _set_axes(ax, plane, low, high)
    if inputs == 2:
        _draw_line(ax, plane, low, high)
    else:
        _draw_plane(ax, plane, low, high)
    _draw_normal(ax, plane, low, high)
    _draw_samples(ax, plane, samples, classes)
    handles, texts = ax.get_legend_handles_labels()
    ax.legend(handles, texts, fontsize=SMALL, frameon=False, loc="upper left", bbox_to_anchor=(1.01, 1))
    whose = "" if plane.neuron.name is None else f"{plane.neuron.name}: "
    ax.set_title(
        f"{whose}{_signed(plane)}", fontsize=LARGE, color=INK, parse_math=False, y=1.0 if inputs == 2 else 0.96
    )
    return ax


# --- What is given -------------------------------------------------------------------------------


def _check_inputs(plane: Hyperplane) -> None:
    inputs = len(plane.names)
    if inputs == 1:
        raise OptionError(
            f"With one input the hyperplane is a point, {plane.names[0]} = {plane.foot[0]:.4g}, and there is nothing "
            "to draw. A picture needs two inputs or three."
        )
    if inputs > 3:
        raise OptionError(
            f"A picture of a hyperplane needs two inputs or three; this neuron has {inputs}. ns.hyperplane(neuron) has "
            "its numbers: weights, threshold, distance, distances(X)."
        )


def _classes(samples: Array, labels: npt.ArrayLike | None) -> Array | None:
    """A class, 0 or 1, for each sample, or None."""
    if labels is None:
        return None
    given = np.asarray(labels)
    if given.shape != (len(samples),):
        raise DataError(
            f"labels must be one for each of the {counted(len(samples), 'point')}; got shape {given.shape}."
        )
    values = np.unique(given)
    if len(values) > 2 or given.dtype.kind not in "biuf":
        raise DataError(
            f"labels must be two numbers, such as 0 and 1; got {shorten(values.tolist(), 4)}. For one "
            "against all others: labels == 3."
        )
    return given.astype(float)


def _axes(ax: Any, inputs: int) -> Any:
    """The axes given, or new ones, flat or of three dimensions."""
    check_axes(ax)
    if ax is not None and (ax.name == "3d") != (inputs == 3):
        how = "subplot_kw={'projection': '3d'}" if inputs == 3 else ""
        raise OptionError(
            f"The hyperplane of a neuron with {inputs} inputs needs axes of as many dimensions, which ax has not. "
            f"Write fig, ax = plt.subplots({how}), or leave ax out."
        )
    if inputs == 2:
        return chart_axes(ax, 460, 320)
    if ax is None:
        import matplotlib.pyplot as plt

        _, ax = plt.subplots(figsize=(7, 5), subplot_kw={"projection": "3d"}, layout="constrained")
    ax.tick_params(labelsize=SMALL, colors=INK)
    return ax


def _room(plane: Hyperplane, samples: Array) -> tuple[Array, Array]:
    """The lower and the upper corner of what is shown: a cube that holds samples, some of the plane, and the origin."""
    near = np.vstack([np.zeros(len(plane.names)), plane.foot])
    if not len(samples):
        half = 1.5 * plane.distance or 1.0
        return plane.foot / 2 - half, plane.foot / 2 + half
    shown = np.vstack([samples, plane.nearest(samples.mean(axis=0, keepdims=True))])
    extent = np.ptp(shown, axis=0).max() or 1.0
    if (np.abs(near - shown.mean(axis=0)) <= FAR * extent).all():
        shown = np.vstack([shown, near])
    half = 0.62 * (float(np.ptp(shown, axis=0).max()) or 1.0)
    middle = (shown.min(axis=0) + shown.max(axis=0)) / 2
    return middle - half, middle + half


def _signed(plane: Hyperplane) -> str:
    """The equation, with true minus signs."""
    return plane.equation.replace("-", "\N{MINUS SIGN}")


# --- Drawing -------------------------------------------------------------------------------------


def _set_axes(ax: Any, plane: Hyperplane, low: Array, high: Array) -> None:
    for axis, name, start, end in zip("xyz", plane.names, low, high, strict=False):
        getattr(ax, f"set_{axis}lim")(start, end)
        getattr(ax, f"set_{axis}label")(str(name), fontsize=SMALL, color=INK, parse_math=False)
    if len(plane.names) == 3:
        ax.set_box_aspect((1, 1, 1))
        # From above and beside the arrow, so that neither the plane nor the arrow is seen edge-on.
        ax.view_init(elev=18, azim=np.degrees(np.arctan2(plane.weights[1], plane.weights[0])) + 55)
    else:
        ax.set_aspect("equal")
        ax.axhline(0, color=RULE, linewidth=0.7, zorder=1)
        ax.axvline(0, color=RULE, linewidth=0.7, zorder=1)


def _told_sides(plane: Hyperplane) -> tuple[str, str]:
    return SIDES.get(plane.neuron.mode.name, ("drive from 0 up", "drive below 0"))


def _draw_line(ax: Any, plane: Hyperplane, low: Array, high: Array) -> None:
    """The line, and the two half-planes beside it."""
    from matplotlib.patches import Polygon

    size = float(np.linalg.norm(high - low))
    normal, along = plane.weights / plane.length, _along(plane)
    middle = plane.nearest(((low + high) / 2)[None])[0]
    ends = np.array([middle - 2 * size * along, middle + 2 * size * along])
    for side, colour, what in zip((1, -1), COLOURS, _told_sides(plane), strict=True):
        corners = np.vstack([ends, ends[::-1] + side * 4 * size * normal])
        ax.add_patch(
            Polygon(corners, facecolor=colour, alpha=0.13, edgecolor=RULE, linewidth=0.5, zorder=0, label=what)
        )
    ax.plot(*ends.T, color=INK, linewidth=1.6, zorder=3, label="drive 0")


def _draw_plane(ax: Any, plane: Hyperplane, low: Array, high: Array) -> None:
    """The part of the plane that lies in the cube."""
    from mpl_toolkits.mplot3d.art3d import Poly3DCollection  # type: ignore[import-untyped]

    corners = plane_in_box(plane, low, high)
    face = Poly3DCollection([corners], facecolor=COLOURS[0], alpha=0.3, edgecolor=INK, linewidth=1.0, label="drive 0")
    ax.add_collection3d(face)


def plane_in_box(plane: Hyperplane, low: Array, high: Array) -> Array:
    """The corners of the polygon in which a plane cuts a box, in order around it.

    Parameters
    ----------
    plane : Hyperplane
        With three inputs.
    low, high : float arrays, shape (3,)
        Two opposite corners of the box.

    Returns
    -------
    float array, shape (corners, 3)
    """
    box = np.array(np.meshgrid(*np.column_stack([low, high]), indexing="ij")).reshape(3, 8).T
    heights = plane.distances(box)
    found = []
    for i in range(8):
        for j in (i ^ 1, i ^ 2, i ^ 4):  # the three corners that share an edge with this one
            if i < j and (heights[i] < 0) != (heights[j] < 0):
                share = heights[i] / (heights[i] - heights[j])
                found.append(box[i] + share * (box[j] - box[i]))
    corners = np.array(found).reshape(-1, 3)
    first = _along(plane)
    from_middle = corners - corners.mean(axis=0)
    order = np.argsort(np.arctan2(from_middle @ np.cross(plane.weights / plane.length, first), from_middle @ first))
    return corners[order]


def _draw_normal(ax: Any, plane: Hyperplane, low: Array, high: Array) -> None:
    """The arrow of the weights, on the plane but beside the line from the origin, and that line with its length."""
    foot, origin = plane.foot, np.zeros(len(plane.names))
    size = float((high - low)[0])
    with_origin = bool(((low <= foot) & (foot <= high) & (low <= 0) & (high >= 0)).all())
    start = foot if with_origin else plane.nearest(((low + high) / 2)[None])[0]
    start = start + 0.12 * size * _along(plane)
    arrow = ARROW * size * plane.weights / plane.length
    if len(origin) == 2:
        ax.quiver(*start, *arrow, angles="xy", scale_units="xy", scale=1, color=INK, width=0.007, zorder=4)
    else:
        ax.quiver(*start, *arrow, color=INK, linewidth=1.8, arrow_length_ratio=0.25)
    label = f"normal: direction of\nthe weights ({', '.join(map(number, plane.weights))})"
    ax.plot(*([[]] * len(origin)), color=INK, marker=">", markersize=4, label=label)
    if with_origin:
        label = f"from the origin: {number(plane.distance)}\n= |threshold| / |w|"
        ax.plot(*np.column_stack([origin, foot]), color=FAINT, linestyle="--", linewidth=1.2, zorder=3, label=label)
        ax.plot(*origin[:, None], marker="+", color=FAINT, markersize=8, linestyle="none", zorder=4)


def _along(plane: Hyperplane) -> Array:
    """A direction within the plane, of length 1."""
    normal = plane.weights / plane.length
    if len(normal) == 2:
        return np.array([-normal[1], normal[0]])
    across = np.cross(normal, np.eye(3)[np.argmin(np.abs(normal))])
    return np.asarray(across / np.linalg.norm(across))


def _draw_samples(ax: Any, plane: Hyperplane, samples: Array, classes: Array | None) -> None:
    """The samples by class, or by side where no class was given."""
    if not len(samples):
        return
    style = {"s": 26, "edgecolors": INK, "linewidths": 0.7, **({"zorder": 5} if len(plane.names) == 2 else {})}
    if len(plane.names) == 3:
        style["depthshade"] = False
    if classes is None:
        there = plane.distances(samples) >= 0
        groups = [(f"sample: {what}", side) for what, side in zip(_told_sides(plane), (there, ~there), strict=True)][
            ::-1
        ]
    else:
        groups = [(f"class {value:g}", classes == value) for value in np.unique(classes)]
    for (label, chosen), colour, marker in zip(groups, LABEL_COLOURS, LABEL_MARKERS, strict=False):
        if chosen.any():
            ax.scatter(*samples[chosen].T, color=colour, marker=marker, label=label, **style)
