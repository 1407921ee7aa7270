"""Which synapses of a network to draw, and along which curves. Knows no colours."""

from __future__ import annotations

import dataclasses

import numpy as np

from neurosim.anatomy.network import Network
from neurosim.anatomy.structure import Flags, Floats, Indices
from neurosim.plotting.layout import DOT_RADIUS, Box, Layout

POINTS = 33  # on each curve
FEW = 80  # so many curves are led around the neurons between their ends
SIDES = (0, 1, 2, 3, 4, -1, -2, -3, 5, 6, 7, 8, -4, -5, -6, -7)  # of a neuron for a loop, in order of preference
BENDS = (0.0, 0.12, -0.12, 0.25, -0.25, 0.4, -0.4, 0.6, -0.6)


@dataclasses.dataclass(frozen=True)
class Curves:
    """The synapses that are drawn, from the weakest to the strongest, which ends on top.

    Attributes
    ----------
    synapses : int array, shape (drawn,)
        Their numbers.
    points : float array, shape (drawn, POINTS, 2)
        From the presynaptic neuron to the postsynaptic one.
    onwards : bool array, shape (drawn,)
        Whether they lead from left to right, where that is the order of the neurons.
    """

    synapses: Indices
    points: Floats
    onwards: Flags


def strongest(net: Network, shown: Indices, most: int) -> Indices:
    """Numbers of the strongest synapses among the neurons shown, an equal share for each projection.

    What a small projection leaves over goes to the larger ones.

    Parameters
    ----------
    net : Network
    shown : int array
        Numbers of the neurons that are drawn.
    most : int
        How many synapses to choose.

    Returns
    -------
    int array
        From the weakest to the strongest.
    """
    structure = net.structure
    here = np.zeros(len(net), dtype=bool)
    here[shown] = True
    able = np.flatnonzero(structure.present & here[structure.pre] & here[structure.post])
    able = able[np.argsort(-np.abs(net.weights[able]), kind="stable")]
    region = structure.region_of.astype(np.int64) + 1
    projection = region[structure.pre[able]] * (len(structure.regions) + 1) + region[structure.post[able]]
    chosen = np.zeros(len(able), dtype=bool)
    found, sizes = np.unique(projection, return_counts=True)
    left = most
    for rank, p in enumerate(np.argsort(sizes, kind="stable")):
        share = left // (len(found) - rank)
        taken = np.flatnonzero(projection == found[p])[:share]
        chosen[taken] = True
        left -= len(taken)
    return able[chosen][::-1]


def route(net: Network, layout: Layout, synapses: Indices, written: Floats) -> Curves:
    """Find a curve for each of these synapses.

    Parameters
    ----------
    net : Network
    layout : Layout
    synapses : int array
    written : float array, shape (boxes, 4)
        Where there is text, which curves avoid where they can: left, bottom, right, top.
    """
    structure = net.structure
    pre, post = structure.pre[synapses], structure.post[synapses]
    start, end = layout.xy[pre], layout.xy[post]
    onwards = (end[:, 0] - start[:, 0] > 1.0) | (not layout.by_depth)
    bend = _bends(pre, post, start, end, onwards)
    if len(synapses) <= FEW:
        for i in np.flatnonzero(pre != post):
            bend[i] = _around(int(pre[i]), int(post[i]), bend[i], layout, written)
    points = _arcs(start, end, bend, layout.radius[pre], layout.radius[post])
    _lead_between_rows(points, pre, post, onwards & layout.by_depth, layout)
    drawn = points[pre != post].reshape(-1, 2)
    for i in np.flatnonzero(pre == post):
        points[i] = _free_loop(layout.xy[pre[i]], float(layout.radius[pre[i]]), drawn, written)
        drawn = np.vstack([drawn, points[i]])
    return Curves(synapses, points, onwards)


def _lead_between_rows(points: Floats, pre: Indices, post: Indices, onwards: Flags, layout: Layout) -> None:
    """Where a synapse leads out of a grid or into one, let it run between rows, so that no other cell lies on it."""
    grid_of: dict[int, Box] = {int(i): box for box in layout.boxes if box.group.grid for i in box.group.shown}
    for k in np.flatnonzero(onwards):
        a, b = int(pre[k]), int(post[k])
        out, into = grid_of.get(a), grid_of.get(b)
        if out is into:  # neither is in a grid, or both are in the same
            continue
        start, end = layout.xy[a], layout.xy[b]
        step = float(np.sign(end[1] - start[1])) or 1.0
        middle = []
        if out is not None:
            lane = start[1] + step * _half_pitch(layout, a)
            middle += [(start[0] + _half_pitch(layout, a), lane), (out.x + out.width, lane)]
        if into is not None:
            lane = end[1] - step * _half_pitch(layout, b)
            middle += [(into.x, lane), (end[0] - _half_pitch(layout, b), lane)]
        points[k] = _along(_from_rim_to_rim(start, end, np.array(middle), layout.radius[a], layout.radius[b]))


def _half_pitch(layout: Layout, neuron: int) -> float:
    return float(layout.radius[neuron]) / (2 * DOT_RADIUS)


def _from_rim_to_rim(start: Floats, end: Floats, middle: Floats, radius: float, target_radius: float) -> Floats:
    leaves, arrives = middle[0] - start, end - middle[-1]
    first = start + radius * leaves / np.linalg.norm(leaves)
    last = end - (target_radius + 1) * arrives / np.linalg.norm(arrives)
    return np.vstack([first, middle, last])


def _along(corners: Floats) -> Floats:
    """So many points along a broken line, its corners among them."""
    lengths = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(corners, axis=0), axis=1))])
    at = np.linspace(0, lengths[-1], POINTS - len(corners) + 2)
    at = np.sort(np.concatenate([at, lengths[1:-1]]))
    return np.column_stack([np.interp(at, lengths, axis) for axis in corners.T])


def _bends(pre: Indices, post: Indices, start: Floats, end: Floats, onwards: Flags) -> Floats:
    """How far to bend each curve to its left, as a share of its length: parallel ones fan out, those back bow."""
    length = np.hypot(*(end - start).T)
    bend = np.where(onwards, 0.0, np.maximum(0.35, 34.0 / np.maximum(length, 1.0)))
    top = int(max(pre.max(initial=0), post.max(initial=0))) + 1
    key, opposite = pre.astype(np.int64) * top + post, post.astype(np.int64) * top + pre
    bend[onwards & np.isin(key, opposite) & (pre != post)] = 0.2
    order = np.argsort(key, kind="stable")
    _, first, sizes = np.unique(key[order], return_index=True, return_counts=True)
    rank = np.empty(len(key))
    rank[order] = np.arange(len(key)) - np.repeat(first, sizes) - np.repeat((sizes - 1) / 2, sizes)
    fanned: Floats = bend + rank * np.clip(50.0 / np.maximum(length, 1.0), 0.25, 0.8)
    return fanned


def _around(pre: int, post: int, wanted: float, layout: Layout, written: Floats) -> float:
    """The bend nearest to the one wanted that leads around the other neurons, and if possible around text."""
    others = np.setdiff1d(layout.shown, [pre, post])
    tries = wanted + np.array(BENDS)
    both = np.repeat([[pre], [post]], len(tries), axis=1)
    curves = _arcs(layout.xy[both[0]], layout.xy[both[1]], tries, layout.radius[both[0]], layout.radius[both[1]])
    points = curves[:, :, None, :]
    away = np.linalg.norm(points - layout.xy[others], axis=3).min(axis=1, initial=np.inf)
    covers = np.all((points > written[:, :2] - 1) & (points < written[:, 2:] + 1), axis=3).any(axis=1)
    low, high = np.array(layout.room[:2]), np.array(layout.room[2:])
    outside = np.any((curves < low) | (curves > high), axis=(1, 2))
    cost = 2.5 * (away < layout.radius[others] + 4).sum(axis=1) + 2.0 * covers.sum(axis=1) + 5.0 * outside
    return float(tries[np.argmin(cost + 4.0 * np.abs(BENDS))])


def _arcs(start: Floats, end: Floats, bend: Floats, radius: Floats, target_radius: Floats) -> Floats:
    """Quadratic Bezier curves from rim to rim."""
    along = end - start
    normal = np.column_stack([-along[:, 1], along[:, 0]])
    control = (start + end) / 2 + bend[:, None] * normal
    speed = np.maximum(np.linalg.norm(2 * (control - start), axis=1), 1e-9)  # the same at both ends
    first, last = np.minimum(radius / speed, 0.45), 1 - np.minimum((target_radius + 1) / speed, 0.45)
    t = first[:, None] + (last - first)[:, None] * np.linspace(0, 1, POINTS)
    t = t[:, :, None]
    curves: Floats = (1 - t) ** 2 * start[:, None] + 2 * t * (1 - t) * control[:, None] + t**2 * end[:, None]
    return curves


def _free_loop(centre: Floats, radius: float, drawn: Floats, written: Floats) -> Floats:
    """A loop on the side of a neuron where its ends and itself keep farthest from other curves, and off text."""
    loops = [_loop(centre, radius, direction) for direction in np.pi / 4 + np.pi / 8 * np.array(SIDES)]
    near = drawn[np.linalg.norm(drawn - centre, axis=1) < 3 * radius + 12]
    costs = []
    for loop in loops:
        away = np.linalg.norm(near[:, None] - loop, axis=2).min(initial=12.0)
        covered = ((loop[:, None] > written[:, :2] - 2) & (loop[:, None] < written[:, 2:] + 2)).all(axis=2).any()
        costs.append(12.0 - away + 20.0 * covered)
    return loops[int(np.argmin(costs))]


def _loop(centre: Floats, radius: float, direction: float) -> Floats:
    """A small circle on one side of a neuron, from rim to rim."""
    small = max(0.6 * radius, 3.0)
    distance = radius + 0.65 * small
    opening = np.arccos((distance**2 + small**2 - (radius + 1) ** 2) / (2 * distance * small))
    angle = direction + np.pi + np.linspace(2 * np.pi - opening, opening, POINTS)
    middle = centre + distance * np.array([np.cos(direction), np.sin(direction)])
    loop: Floats = middle + small * np.column_stack([np.cos(angle), np.sin(angle)])
    return loop
