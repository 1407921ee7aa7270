"""Where to write the weights of synapses so that no label covers another. Knows no colours."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from neurosim.anatomy.structure import Floats

ALONG = (0.5, 0.42, 0.58, 0.34, 0.66, 0.27, 0.73, 0.2, 0.8, 0.13, 0.87)
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
    >>> place_labels(curves, [20, 20], np.empty((0, 4)))
    [(34.375, 13.75), (34.375, 26.25)]
    """
    boxes = [tuple(box) for box in taken]
    places: list[tuple[float, float] | None] = []
    for number, (curve, width) in enumerate(zip(curves, widths, strict=True)):
        others = np.delete(curves, number, axis=0).reshape(-1, 2)
        spots = curve[np.round(np.array(ALONG) * (len(curve) - 1)).astype(int)]
        half = np.array([width / 2 + 1, TALL / 2])
        free = [spot for spot in spots if not _hits(spot - half, spot + half, boxes)]
        if not free:
            places.append(None)
            continue
        crossed = [int((np.abs(others - spot) < half + 1).all(axis=1).sum()) for spot in free]
        x, y = free[int(np.argmin(crossed))]
        boxes.append((x - half[0], y - half[1], x + half[0], y + half[1]))
        places.append((float(x), float(y)))
    return places


def _hits(low: Floats, high: Floats, boxes: Sequence[tuple[float, ...]]) -> bool:
    """Whether a rectangle overlaps any of the boxes."""
    return any(
        low[0] < right and high[0] > left and low[1] < top and high[1] > bottom for left, bottom, right, top in boxes
    )
