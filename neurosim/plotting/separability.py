"""The picture of a separation: the widest gap between two classes, or the point where their convex hulls meet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from neurosim.analysis.separability import Certificate, Separability
from neurosim.plotting.decision_map import draw_samples
from neurosim.plotting.style import (
    FAINT,
    INK,
    LARGE,
    SMALL,
    chart_axes,
    colour,
    fitted,
    key_beside,
    name_axes,
    number,
    write,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Points = npt.NDArray[np.float64]

WIDTH, HEIGHT = 400.0, 270.0
CLASSES = ("to be silent", "to fire")
MARGIN = 0.18  # of the samples' extent, that is drawn beyond them


def draw_separability(found: Separability, ax: Axes | None = None) -> Axes:
    """Draw two classes, and the neuron that separates them or the point where their convex hulls meet.

    Parameters
    ----------
    found : Separability
        Of one or two inputs: in their own plane. Of more: where there is a neuron, along its weights, so that the
        distance from its hyperplane can be read; where there is none, the samples of the proof, in the plane that
        shows them best.
    ax : matplotlib Axes, optional

    Returns
    -------
    Axes

    Examples
    --------
    >>> import neurosim as ns
    >>> square = [[0, 0], [1, 1], [1, 0], [0, 1]]
    >>> ns.plot(ns.separability(square, [1, 1, 0, 0])).get_title(loc="left")
    'not separable: the convex hulls meet at (0.5, 0.5)'
    """
    ax = chart_axes(ax, WIDTH, HEIGHT)
    if found.separable:
        title = _draw_neuron(ax, found)
    else:
        assert found.certificate is not None
        title = _draw_certificate(ax, found, found.certificate)
    ax.margins(MARGIN)
    _keep_right_angles(ax, found)
    ax.set_title(fitted(title, WIDTH, LARGE), fontsize=LARGE, color=INK, loc="left")
    key_beside(ax)
    return ax


def _keep_right_angles(ax: Axes, found: Separability) -> None:
    """One scale for both axes, so that distances can be seen, where that leaves no thin strip."""
    extent = np.ptp(found.X, axis=0)
    if len(extent) == 2 and 0 < extent.max() < 3 * extent.min():
        ax.set_aspect("equal", adjustable="datalim")


# --- Separable -----------------------------------------------------------------------------------


def _draw_neuron(ax: Axes, found: Separability) -> str:
    neuron = found.neuron
    assert neuron is not None
    weights = np.array(list(neuron.dendrites.values()))
    length = float(np.hypot.reduce(weights))
    if not length:
        _draw_points(ax, found, _plane(found.X)[0])
        _name_axes(ax, found, _plane(found.X)[1])
        return "separable: there is one class only"
    if len(weights) == 2:
        _draw_points(ax, found, found.X)
        _draw_line(ax, weights, neuron.threshold, found.margin)
        _ring(ax, found.X[list(found.nearest)], "nearest samples")
        _name_axes(ax, found, list(found.names))
    else:
        distances = (found.X @ weights - neuron.threshold) / length
        _draw_along(ax, found, distances)
    return f"separable: the largest margin is {number(found.margin)}"


def _draw_line(ax: Axes, weights: Points, threshold: float, margin: float) -> None:
    """The hyperplane in the plane, and the band on either side that holds no sample."""
    normal, length = weights / np.hypot(*weights), float(np.hypot(*weights))
    foot, along = normal * threshold / length, np.array([-normal[1], normal[0]])
    ax.autoscale_view()
    for offset, style in ((0.0, "-"), (margin, "--"), (-margin, "--")):
        start = foot + offset * normal
        label = "drive 0: the neuron's threshold" if not offset else "drive 1 and -1" if offset > 0 else None
        ax.axline(start, start + along, color=INK, linewidth=1.4 if not offset else 0.8, linestyle=style, label=label)


def _draw_along(ax: Axes, found: Separability, distances: Points) -> None:
    """Distances from the hyperplane, one row for each class."""
    rows = np.where(found.fires, 1.0, 0.0) + np.linspace(-0.15, 0.15, len(distances))
    points = np.column_stack([distances, rows])
    _draw_points(ax, found, points)
    ax.axvline(0, color=INK, linewidth=1.4, label="the neuron's threshold")
    for side in (-1, 1):
        ax.axvline(side * found.margin, color=INK, linewidth=0.8, linestyle="--", label="margin" if side > 0 else None)
    _ring(ax, points[list(found.nearest)], "nearest samples")
    ax.set_xlabel("distance from the neuron's hyperplane", fontsize=SMALL, color=INK)
    ax.set_yticks([0, 1], ["silent", "fires"])
    ax.set_ylim(-0.5, 1.5)


# --- Not separable -------------------------------------------------------------------------------


def _draw_certificate(ax: Axes, found: Separability, proof: Certificate) -> str:
    rows = list(proof.rows)
    points, axes = _plane(found.X, found.X[rows])
    meeting = np.array([float(share) for share in proof.shares])[found.fires] @ points[found.fires]
    _draw_points(ax, found, points)
    for fires in (True, False):
        mine = [row for row in rows if found.fires[row] == fires]
        _draw_hull(ax, points[mine], int(fires))
    for row in rows:
        x, y = points[row].tolist()
        write(ax, x, y, f"  row {row + 1}", ha="left", va="bottom", color=FAINT, halo=True, zorder=6)
    star: dict[str, Any] = {"markersize": 15, "markerfacecolor": "none", "markeredgewidth": 1.3, "linestyle": "none"}
    ax.plot(*meeting, "*", color=INK, zorder=5, label="in both hulls", **star)
    _name_axes(ax, found, axes)
    where = ", ".join(number(x) for x in proof.point[:4]) + (
        ", \N{HORIZONTAL ELLIPSIS}" if len(proof.point) > 4 else ""
    )
    return f"not separable: the convex hulls meet at ({where})"


def _draw_hull(ax: Axes, corners: Points, number: int) -> None:
    """The convex hull of a few points: a dot, a line, or an area."""
    around = _around(corners)
    ax.fill(*around.T, facecolor=colour(number), alpha=0.15, edgecolor="none")
    ax.plot(*np.vstack([around, around[:1]]).T, color=colour(number), linewidth=1.6, label=f"hull: {CLASSES[number]}")


def _around(corners: Points) -> Points:
    """The corners of the convex hull, in order around it."""
    from scipy.spatial import ConvexHull, QhullError

    try:
        return corners[ConvexHull(corners).vertices]
    except (QhullError, ValueError):  # all in one line
        middle = corners - corners.mean(axis=0)
        along = middle @ np.linalg.svd(middle)[2][0]
        return corners[[int(along.argmin()), int(along.argmax())]]


# --- Both ----------------------------------------------------------------------------------------


def _plane(X: Points, best: Points | None = None) -> tuple[Points, list[str]]:
    """The samples in a plane, and what its axes are called; the plane in which `best` lie widest, of more inputs."""
    if X.shape[1] == 1:
        return np.column_stack([X, np.zeros(len(X))]), ["", ""]
    if X.shape[1] == 2:
        return X, ["", ""]
    centre = (X if best is None else best).mean(axis=0)
    axes = np.linalg.svd((X if best is None else best) - centre, full_matrices=False)[2][:2]
    if len(axes) < 2:
        axes = np.vstack([axes, np.zeros_like(axes)])
    return (X - centre) @ axes.T, ["seen from where the proof's samples lie widest: 1st direction", "2nd direction"]


def _name_axes(ax: Axes, found: Separability, axes: list[str]) -> None:
    names = [*found.names, ""]
    name_axes(ax, axes[0] or names[0], axes[1] or names[1])
    if len(found.names) == 1:
        ax.set_yticks([])


def _draw_points(ax: Axes, found: Separability, points: Points) -> None:
    draw_samples(ax, points, found.fires.astype(int), CLASSES)


def _ring(ax: Axes, points: Points, label: str) -> None:
    style: dict[str, Any] = {"facecolor": "none", "edgecolor": INK, "linewidth": 1.0}
    ax.scatter(points[:, 0], points[:, 1], s=110, label=label, zorder=2, **style)
