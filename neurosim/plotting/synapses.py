"""Which synapses of a network to draw, and along which curves. Knows no colours."""

from __future__ import annotations

import dataclasses

import numpy as np

from neurosim.anatomy.network import Network
from neurosim.anatomy.structure import Flags, Floats, Indices
from neurosim.plotting.layout import Layout

POINTS = 33  # on each curve
FEW = 80  # so many curves are led around the neurons between their ends
BENDS = (0.0, 0.2, -0.2, 0.35, -0.35, 0.5, -0.5, 0.7, -0.7, 1.0, -1.0)


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
        Whether they lead from left to right.
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
    able = np.flatnonzero(here[structure.pre] & here[structure.post])
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


def route(net: Network, layout: Layout, synapses: Indices, beneath: float) -> Curves:
    """Find a curve for each of these synapses.

    Parameters
    ----------
    net : Network
    layout : Layout
    synapses : int array
    beneath : float
        How far text reaches down from each neuron; curves avoid it where they can.
    """
    structure = net.structure
    pre, post = structure.pre[synapses], structure.post[synapses]
    start, end = layout.xy[pre], layout.xy[post]
    onwards = end[:, 0] - start[:, 0] > 1.0
    bend = _bends(pre, post, start, end, onwards)
    if len(synapses) <= FEW:
        for i in np.flatnonzero(pre != post):
            bend[i] = _around(int(pre[i]), int(post[i]), bend[i], layout, beneath)
    points = _arcs(start, end, bend, layout.radius[pre], layout.radius[post])
    for i in np.flatnonzero(pre == post):
        points[i] = _loop(layout.xy[pre[i]], float(layout.radius[pre[i]]))
    return Curves(synapses, points, onwards)


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


def _around(pre: int, post: int, wanted: float, layout: Layout, beneath: float) -> float:
    """The bend nearest to the one wanted that leads around the other neurons, and if possible around their text."""
    others = np.setdiff1d(layout.shown, [pre, post])
    spots, radius = layout.xy[others], layout.radius[others]
    tries = wanted + np.array(BENDS)
    everyone = np.ones(len(tries))
    curves = _arcs(
        layout.xy[pre] + 0 * everyone[:, None],
        layout.xy[post] + 0 * everyone[:, None],
        tries,
        layout.radius[pre] * everyone,
        layout.radius[post] * everyone,
    )
    away = np.linalg.norm(curves[:, :, None, :] - spots, axis=3).min(axis=1, initial=np.inf)
    text = layout.xy[layout.shown] - (0, layout.radius[post] + beneath / 2)
    from_text = np.linalg.norm(curves[:, :, None, :] - text, axis=3).min(axis=1, initial=np.inf)
    cost = 10.0 * (away < radius + 4).sum(axis=1) + (from_text < beneath / 2 + 2).sum(axis=1)
    outside = (curves.min(axis=1) < 0).any(axis=1)
    return float(tries[np.argmin(cost + 100 * outside + np.abs(BENDS))])


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


def _loop(centre: Floats, radius: float) -> Floats:
    """A small circle on the upper right of a neuron, from rim to rim."""
    small, direction = max(0.5 * radius, 3.0), np.pi / 4
    distance = radius + 0.65 * small
    opening = np.arccos((distance**2 + small**2 - (radius + 1) ** 2) / (2 * distance * small))
    angle = direction + np.pi + np.linspace(2 * np.pi - opening, opening, POINTS)
    middle = centre + distance * np.array([np.cos(direction), np.sin(direction)])
    loop: Floats = middle + small * np.column_stack([np.cos(angle), np.sin(angle)])
    return loop
