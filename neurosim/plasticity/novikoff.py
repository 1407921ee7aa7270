"""How many mistakes a perceptron can make: Novikoff's bound, from the best margin there is."""

from __future__ import annotations

import math

import numpy as np

from neurosim.anatomy.structure import Floats


def mistake_bound(inputs: Floats, signs: Floats, start: Floats) -> float:
    """The most mistakes that the perceptron rule can make on these samples, in whatever order they come.

    From weights of 0 it is (R / gamma)^2, with R the length of the longest input and gamma the distance of
    the nearest one from the best separating plane through the origin (Novikoff 1962). From weights s: each
    mistake brings the weights forward along the plane's normal u by gamma at least, and their square up
    by R^2 at most, so that (s.u + k gamma)^2 <= s.s + k R^2 for k mistakes.

    Parameters
    ----------
    inputs : float array, shape (samples, weights)
        With a column of -1 where the threshold is learnt as a weight.
    signs : float array, shape (samples,)
        1 or -1: the class of each.
    start : float array, shape (weights,)
        The weights before, over the learning rate.

    Returns
    -------
    float
        Infinite where no plane through the origin separates the classes.

    Examples
    --------
    >>> mistake_bound(np.array([[3.0, 4.0], [-3.0, -4.0]]), np.array([1.0, -1.0]), np.zeros(2))
    1.0
    """
    normal = best_separation(inputs * signs[:, None])
    if normal is None:
        return float("inf")
    margin = float((inputs @ normal * signs).min())
    radius = float(np.square(inputs).sum(axis=1).max())  # R^2
    ahead, square = float(start @ normal), float(start @ start)
    half = (radius - 2 * margin * ahead) / 2
    return (half + math.sqrt(max(half**2 + margin**2 * (square - ahead**2), 0.0))) / margin**2


def best_separation(vectors: Floats) -> Floats | None:
    """The direction of length 1 whose smallest product with these vectors is largest; None if that is not positive.

    It is that of the shortest v with vectors @ v >= 1, found by non-negative least squares (least distance
    programming: Lawson and Hanson 1974, chapter 23).

    Examples
    --------
    >>> best_separation(np.array([[1.0, 0.0], [0.0, 1.0]])).round(4)
    array([0.7071, 0.7071])
    >>> best_separation(np.array([[1.0, 0.0], [-1.0, 0.0]])) is None
    True
    """
    from scipy.optimize import nnls

    scale = float(np.abs(vectors).max(initial=0.0))
    if not scale:
        return None
    rows = np.unique(vectors / scale, axis=0)
    system = np.vstack([rows.T, np.ones(len(rows))])
    target = np.append(np.zeros(rows.shape[1]), 1.0)
    try:
        multipliers, _ = nnls(system, target, maxiter=30 * max(system.shape))
    except RuntimeError:  # it did not come to an end within so many steps
        return None
    rest = system @ multipliers - target
    direction = rest[:-1]
    length = float(np.linalg.norm(direction))
    if not length or (vectors @ direction).min() <= 1e-12 * scale * length:
        return None
    normal: Floats = direction / length
    return normal
