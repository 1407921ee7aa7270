"""What targets are: classes, probabilities, a yes or no, or values, and whether some of those lie far out."""

from __future__ import annotations

import dataclasses
from typing import Literal, TypeAlias

import numpy as np

from neurosim.anatomy.structure import Floats

TargetKind: TypeAlias = Literal["classes", "probabilities", "yes or no", "signs", "shares", "values"]

FAR_OUT = 6.0  # spreads from the median: of normal values 2 in 10^9 lie there, of values spread evenly none
ENOUGH = 8  # values that a spread can be read from


def target_kind(values: Floats) -> TargetKind:
    """What the targets of several samples are.

    Parameters
    ----------
    values : float array, shape (samples, outputs)

    Returns
    -------
    str
        "classes" (one 1 in each row, else 0), "probabilities" (rows that sum to 1), "yes or no" (0 and 1),
        "signs" (-1 and 1), "shares" (from 0 to 1) or "values".

    Examples
    --------
    >>> target_kind(np.array([[0.0, 1.0], [1.0, 0.0]])), target_kind(np.array([[0.0, 1.0], [1.0, 1.0]]))
    ('classes', 'yes or no')
    """
    within = bool(((values >= 0) & (values <= 1)).all())
    sums_to_one = values.shape[1] > 1 and within and bool((np.abs(values.sum(axis=1) - 1) <= 1e-5).all())
    if within and np.isin(values, (0, 1)).all():
        return "classes" if sums_to_one else "yes or no"
    if sums_to_one:
        return "probabilities"
    if (np.abs(values) == 1).all():
        return "signs"
    return "shares" if within else "values"


@dataclasses.dataclass(frozen=True)
class Spread:
    """How far values lie from their middle.

    Attributes
    ----------
    typical : float
        The median distance from the median, of those that are not at it, times 1.4826: for normal values
        their standard deviation, and deaf to a few that lie far out. The mean over the outputs.
    farthest : float
        The largest distance, in units of the typical one of its output.
    far_out : int
        How many are farther than `FAR_OUT`; none where there are too few to tell.
    told : bool
        Whether there are enough values to tell what lies far out.
    """

    typical: float
    farthest: float
    far_out: int
    told: bool = True


def spread_of(values: Floats) -> Spread:
    """How far the values of each output lie from their median.

    Parameters
    ----------
    values : float array, shape (samples, outputs)

    Examples
    --------
    >>> spread = spread_of(np.append(np.linspace(-1, 1, 99), 50.0)[:, None])
    >>> round(spread.typical, 2), round(spread.farthest), spread.far_out
    (0.76, 66, 1)
    """
    distances = np.abs(values - np.median(values, axis=0))
    typical = np.array([1.4826 * np.median(column[column > 0]) if column.any() else 1.0 for column in distances.T])
    relative = distances / typical
    told = len(values) >= ENOUGH
    far_out = int((relative > FAR_OUT).sum()) if told else 0
    return Spread(float(typical.mean()), float(relative.max()), far_out, told)
