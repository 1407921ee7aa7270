"""The drive of one soma in exact arithmetic, so that a tie at the threshold is a tie everywhere."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Sequence


def exact_drive(weights: Sequence[float], rates: Sequence[float], threshold: float) -> float:
    """Sum of weight times rate, minus the threshold, rounded once.

    The sign is that of exact arithmetic on the numbers as stored, whatever the order of the
    dendrites: this is what decides whether a binary neuron fires.

    Parameters
    ----------
    weights, rates : sequences of float, same length
        The weights finite.
    threshold : float
        Finite.

    Returns
    -------
    float
        The exact drive, correctly rounded to double precision: infinite where it is too large for that,
        never 0.0 unless it is exactly zero. Infinite rates outweigh all others; NaN if they contradict each other.

    Examples
    --------
    >>> 0.1 + 0.2 - 0.3 == 0.0, exact_drive([0.1, 0.2], [1, 1], 0.3) > 0
    (False, True)
    >>> exact_drive([1e16, 1, -1e16], [1, 1, 1], 1)
    0.0
    """
    if all(rate in (0.0, 1.0, -1.0) for rate in rates):
        with contextlib.suppress(OverflowError):  # of a sum on the way, which says nothing about the whole
            return math.fsum([*(w * x for w, x in zip(weights, rates, strict=True)), -threshold])
    endless = [w * x for w, x in zip(weights, rates, strict=True) if not math.isfinite(x)]
    if endless:
        return sum(endless)
    from fractions import Fraction

    total = sum((Fraction(w) * Fraction(x) for w, x in zip(weights, rates, strict=True)), -Fraction(threshold))
    try:
        nearest = float(total)
    except OverflowError:
        nearest = math.inf if total > 0 else -math.inf
    return nearest if nearest or not total else math.copysign(math.ulp(0.0), total)
