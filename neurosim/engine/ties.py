"""Binary decisions are those of exact arithmetic.

A sum of floating-point products depends on the order of its terms, so a drive that is within rounding
of zero could fall on either side: in a batch or alone, on one thread or two. Such drives are found by
their rounding bound and summed again exactly.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from neurosim.anatomy.exact import exact_drive
from neurosim.anatomy.structure import Floats, Indices

GRID_BITS = 10  # weights that are whole multiples of 2^-10 have sums without rounding, up to a size


@dataclasses.dataclass(frozen=True, eq=False)
class Dendrites:
    """All synapses onto the neurons of a stage, neuron by neuron.

    Attributes
    ----------
    starts : int array, one more than there are neurons
        Where each neuron's synapses begin in the two columns below.
    synapses : int array
        Their places in the program's order.
    sources : int array
        The rows that they read.
    """

    starts: Indices
    synapses: Indices
    sources: Indices


def settle_ties(drives: Floats, dendrites: Dendrites, weights: Floats, thresholds: Floats, rates: Floats) -> None:
    """Replace, in place, every drive that rounding could have put on the wrong side of zero by the exact one.

    Parameters
    ----------
    drives : float array, shape (neurons of the stage, samples)
    dendrites : Dendrites
    weights : float array, one per synapse of the program
    thresholds : float array, one per neuron of the stage
    rates : float array, shape (rows, samples)
    """
    mine = weights[dendrites.synapses]
    with np.errstate(over="ignore", invalid="ignore"):
        magnitude = _largest_sums(dendrites, mine, thresholds, rates)
        if _sums_are_exact(mine, thresholds, magnitude, rates[np.unique(dendrites.sources)]):
            return
        # |computed - exact| <= n u / (1 - n u) times the sum of magnitudes (Higham 2002, section 3.1), for any
        # order of n terms; doubled, because the sum of magnitudes is itself rounded.
        terms = np.diff(dendrites.starts) + 4
        kind = np.finfo(drives.dtype)
        bound = 2 * terms * (kind.eps * magnitude + kind.tiny)
        doubtful = ~(np.abs(drives) > bound[:, None]) | ~np.isfinite(drives)  # a sum that overflowed is NaN or infinite
    for neuron in np.flatnonzero(doubtful.any(axis=1)).tolist():
        its = np.flatnonzero(doubtful[neuron])
        part = slice(dendrites.starts[neuron], dendrites.starts[neuron + 1])
        seen = rates[np.ix_(dendrites.sources[part], its)]
        drives[neuron, its] = _exact_drives(mine[part], seen, thresholds[neuron])


def _exact_drives(weights: Floats, seen: Floats, threshold: np.floating[Any]) -> Floats:
    """The exact drive of one neuron for each column of rates that it sees; equal columns are summed once."""
    drives = np.full(seen.shape[1], 0 - threshold, dtype=seen.dtype)
    awake = np.flatnonzero(seen.any(axis=0))  # in silence the drive is the threshold's opposite, without a sum
    known: dict[bytes, float] = {}
    rows = np.ascontiguousarray(seen[:, awake].T)
    for i, row in zip(awake.tolist(), rows, strict=True):
        key = row.tobytes()
        if key not in known:
            known[key] = exact_drive(weights.tolist(), row.tolist(), float(threshold))
        drives[i] = _with_sign(known[key], seen.dtype)
    return drives


def _largest_sums(dendrites: Dendrites, weights: Floats, thresholds: Floats, rates: Floats) -> Floats:
    """For each neuron the sum of |weight| times the largest |rate| in the batch, and |threshold|."""
    largest: Floats = np.abs(rates[: int(dendrites.sources.max(initial=-1)) + 1]).max(axis=1, initial=0)
    terms: Floats = np.abs(weights).astype(float) * largest[dendrites.sources]
    neuron = np.repeat(np.arange(len(thresholds)), np.diff(dendrites.starts))
    sums = np.asarray(np.bincount(neuron, weights=terms, minlength=len(thresholds)), dtype=float)
    return sums + np.abs(thresholds)


def _sums_are_exact(weights: Floats, thresholds: Floats, magnitude: Floats, rates: Floats) -> bool:
    """Whether every term and partial sum is a whole multiple of 2^-GRID_BITS that the dtype holds without rounding."""
    digits = np.finfo(weights.dtype).nmant
    return (
        magnitude.max(initial=0) < 2.0 ** (digits - GRID_BITS)
        and _on_grid(weights, 2**GRID_BITS)
        and _on_grid(thresholds, 2**GRID_BITS)
        and _on_grid(rates, 1)
    )


def _on_grid(values: Floats, steps: int) -> bool:
    scaled = values * steps
    return bool((scaled == np.rint(scaled)).all())


def _with_sign(drive: float, dtype: np.dtype[Any]) -> np.floating[Any]:
    """In this dtype, and never rounded to zero unless zero."""
    with np.errstate(over="ignore"):  # too large for float32 is infinite, of the same sign
        rounded: np.floating[Any] = dtype.type(drive)
    return rounded if rounded or not drive else np.copysign(np.finfo(dtype).smallest_subnormal, dtype.type(drive))
