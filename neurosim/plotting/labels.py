"""Where to write the weights of synapses so that no label covers another. Knows no colours."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from neurosim.anatomy.structure import Floats

ALONG = np.linspace(0.12, 0.88, 25)  # where on a curve a label may stand
TALL = 9.5  # a line of small text


def place_labels(curves: Floats, widths: Sequence[float], taken: Floats) -> list[tuple[float, float] | None]:
    """Where on its curve each label goes: near the middle, clear of other labels and, if possible, of other curves.

    Parameters
    ----------
    curves : float array, shape (curves, points, 2)
    widths : sequence of float
        How wide each label is, in points.
    taken : float array, shape (boxes, 4)
        Where nothing may be written: left, bottom, right, top.

    Returns
    -------
    list of (x, y), the middle of each label, or None where there is no room for it

    Examples
    --------
    >>> curves = np.linspace([[0, 0], [0, 40]], [[100, 40], [100, 0]], 33, axis=1)
    >>> (up, _), (down, _) = place_labels(curves, [20, 20], np.empty((0, 4)))
    >>> abs(up - 50) > 10, abs(down - 50) > 10  # not where they cross
    (True, True)
    """
    boxes = [tuple(box) for box in taken]
    places: list[tuple[float, float] | None] = []
    for number, (curve, width) in enumerate(zip(curves, widths, strict=True)):
        others = np.delete(curves, number, axis=0).reshape(-1, 2)
        half = np.array([width / 2 + 1, TALL / 2])
        free = [spot for spot in _spots(curve, half) if not _hits(spot - half, spot + half, boxes)]
        if not free:
            places.append(None)
            continue
        x, y = min(free, key=partial(_cost, half=half, curve=curve, others=others, boxes=boxes))
        boxes.append((x - half[0], y - half[1], x + half[0], y + half[1]))
        places.append((float(x), float(y)))
    return places


def _spots(curve: Floats, half: Floats) -> list[Floats]:
    """Places on a curve; for a loop, which is too small to write on, places around it."""
    low, high = curve.min(axis=0), curve.max(axis=0)
    if np.linalg.norm(curve[-1] - curve[0]) > 0.8 * (high - low).max():
        return list(curve[np.round(ALONG * (len(curve) - 1)).astype(int)])
    right, left, middle = high[0] + half[0] + 2, low[0] - half[0] - 2, (low[0] + high[0]) / 2
    around = [(middle, high[1] + half[1] + 2), (right, high[1]), (left, high[1] + half[1]), (right, low[1])]
    return [np.array(spot) for spot in around]


def _cost(spot: Floats, half: Floats, curve: Floats, others: Floats, boxes: Sequence[tuple[float, ...]]) -> float:
    """What speaks against a place: curves beneath it or near, labels near, being off the middle of its curve."""
    near = float((np.abs(others - spot) < half + 3).all(axis=1).sum())
    crowded = 2.0 * _hits(spot - half - 4, spot + half + 4, boxes)
    middle = curve[len(curve) // 2]
    return near + crowded + 4.0 * float(np.linalg.norm(spot - middle) / np.linalg.norm(curve[-1] - curve[0]))


def _hits(low: Floats, high: Floats, boxes: Sequence[tuple[float, ...]]) -> bool:
    """Whether a rectangle overlaps any of the boxes."""
    return any(
        low[0] < right and high[0] > left and low[1] < top and high[1] > bottom for left, bottom, right, top in boxes
    )
