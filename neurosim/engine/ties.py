"""Binary decisions are those of exact arithmetic.

A sum of floating-point products depends on the order of its terms, so a drive that is within rounding
of zero could fall on either side: in a batch or alone, on one thread or two. Such drives are found by
their rounding bound and summed again exactly.
"""

from __future__ import annotations

import dataclasses
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from neurosim.anatomy.exact import exact_drive
from neurosim.anatomy.structure import Flags, Floats, Indices, distinct

if TYPE_CHECKING:
    from neurosim.engine.plan import Plan

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

    @cached_property
    def rows(self) -> Indices:
        """The rows that any of them reads, once each."""
        return distinct(self.sources)


@dataclasses.dataclass(frozen=True, eq=False)
class Reach:
    """How large the sums of a stage's neurons can become, worked out once for given weights and thresholds.

    Attributes
    ----------
    weights : float array, one per synapse of the stage, in the order of its dendrites
    sums : float array, one per neuron
        The sum of |weight| over its synapses.
    thresholds : float array, one per neuron
        |threshold|.
    on_grid : bool
        Whether all weights and thresholds are whole multiples of 2^-GRID_BITS.
    """

    weights: Floats
    sums: Floats
    thresholds: Floats
    on_grid: bool

    @staticmethod
    def of(dendrites: Dendrites, weights: Floats, thresholds: Floats) -> Reach:
        """From the weights of the program and the thresholds of the stage."""
        mine = weights[dendrites.synapses]
        neuron = np.repeat(np.arange(len(thresholds)), np.diff(dendrites.starts))
        sums = np.bincount(neuron, weights=np.abs(mine), minlength=len(thresholds)).astype(float)
        with np.errstate(over="ignore"):  # what overflows is far too large for its sums to be exact
            on_grid = _on_grid(mine, 2**GRID_BITS) and _on_grid(thresholds, 2**GRID_BITS)
        return Reach(mine, sums, np.abs(thresholds).astype(float), on_grid)

    @property
    def sure_of_impulses(self) -> bool:
        """Whether no drive is ever rounded, as long as all rates are 0 or 1."""
        return self.on_grid and _fit_the_grid(self.sums + self.thresholds, self.weights.dtype)


def settle_ties(
    drives: Floats, dendrites: Dendrites, reach: Reach, thresholds: Floats, rates: Floats, updates: int = 0
) -> None:
    """Replace, in place, every drive that rounding could have put on the wrong side of zero by the exact one.

    Parameters
    ----------
    drives : float array, shape (neurons of the stage, samples)
    dendrites : Dendrites
    reach : Reach
    thresholds : float array, one per neuron of the stage
    rates : float array, shape (rows, samples)
    updates : int
        How many times the sums were updated by what changed, since they were worked out afresh.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        largest = float(np.abs(rates[dendrites.rows]).max(initial=1 if updates else 0))
        most = reach.sums * largest + reach.thresholds
        doubtful = in_doubt(drives, np.diff(dendrites.starts)[:, None] * (1 + updates), most[:, None])
        if not doubtful.any() or (reach.on_grid and _sums_are_exact(most, drives.dtype, rates[dendrites.rows])):
            return
    for neuron in np.flatnonzero(doubtful.any(axis=1)).tolist():
        part = slice(dendrites.starts[neuron], dendrites.starts[neuron + 1])
        its = np.flatnonzero(doubtful[neuron])
        seen = rates[np.ix_(dendrites.sources[part], its)]
        with np.errstate(over="ignore", invalid="ignore"):  # by the rates that it sees itself, fewer are in doubt
            seen_by_it = np.maximum(np.abs(seen), 1) if updates else np.abs(seen)
            most = np.abs(reach.weights[part].astype(float)) @ seen_by_it + reach.thresholds[neuron]
            still = np.flatnonzero(in_doubt(drives[neuron, its], len(seen) * (1 + updates), most))
        drives[neuron, its[still]] = _exact_drives(reach.weights[part], seen[:, still], thresholds[neuron])


def in_doubt(drives: Floats, terms: Any, most: Floats) -> Flags:
    """Which drives rounding could have put on the wrong side of zero, of sums whose terms are of `most` size in all."""
    # |computed - exact| <= n u / (1 - n u) times the sum of magnitudes (Higham 2002, section 3.1), for any
    # order of n terms; doubled, because the sum of magnitudes is itself rounded.
    kind = np.finfo(drives.dtype)
    bound = 2 * (terms + 4) * (kind.eps * most + kind.tiny)
    certain: Flags = (np.abs(drives) > bound) & np.isfinite(drives)  # what overflowed is NaN or infinite
    return ~certain


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


def sums_are_exact(weights: Floats, most: Floats) -> bool:
    """Whether sums of these weights, each times 0 or 1 and `most` in size, are exact in any order."""
    with np.errstate(over="ignore"):  # what overflows is too large
        return _sums_are_exact(most, weights.dtype, np.zeros(0, weights.dtype)) and _on_grid(weights, 2**GRID_BITS)


def sums_fit(plan: Plan, weights: Floats, thresholds: Floats, stimulus: Floats) -> bool:
    """Whether no drive of a binary network is rounded for these stimuli: all numbers on the grid, no sum too large.

    Parameters
    ----------
    plan : Plan
    weights, thresholds : float arrays
        In its order.
    stimulus : float array
    """
    with np.errstate(over="ignore", invalid="ignore"):
        tonic = thresholds[plan.tonic]
        if not (_on_grid(stimulus, 1) and _on_grid(tonic, 1)):
            return False
        if not (_on_grid(weights, 2**GRID_BITS) and _on_grid(thresholds, 2**GRID_BITS)):
            return False
        largest = max(1.0, *(float(np.abs(rates).max(initial=0)) for rates in (stimulus, tonic)))
        most = float(np.abs(weights).sum(dtype=np.float64)) * largest + float(np.abs(thresholds).max(initial=0))
        return most < 2.0 ** (np.finfo(weights.dtype).nmant - GRID_BITS) or _each_fits(
            plan, weights, thresholds, largest
        )


def _each_fits(plan: Plan, weights: Floats, thresholds: Floats, largest: float) -> bool:
    """The same, looked at neuron by neuron."""
    target = np.repeat(np.arange(plan.n_compartments), np.diff(plan.wires.in_start))
    sparse = np.abs(weights[: plan.n_sparse][plan.wires.in_place])
    sums = np.bincount(target, weights=sparse, minlength=plan.n_compartments) * largest
    return _fit_the_grid(sums.max(initial=0) + np.abs(thresholds), weights.dtype)


def _sums_are_exact(most: Floats, dtype: np.dtype[Any], rates: Floats) -> bool:
    """Whether every term and partial sum is a whole multiple of 2^-GRID_BITS that the dtype holds without rounding."""
    return _fit_the_grid(most, dtype) and _on_grid(rates, 1)


def _fit_the_grid(most: Floats, dtype: np.dtype[Any]) -> bool:
    return bool(most.max(initial=0) < 2.0 ** (np.finfo(dtype).nmant - GRID_BITS))


def _on_grid(values: Floats, steps: int) -> bool:
    scaled = values * steps
    return bool((scaled == np.rint(scaled)).all())


def _with_sign(drive: float, dtype: np.dtype[Any]) -> np.floating[Any]:
    """In this dtype, and never rounded to zero unless zero."""
    with np.errstate(over="ignore"):  # too large for float32 is infinite, of the same sign
        rounded: np.floating[Any] = dtype.type(drive)
    return rounded if rounded or not drive else np.copysign(np.finfo(dtype).smallest_subnormal, dtype.type(drive))
