"""What a single threshold neuron can say: its smallest whole weights, or that there are none."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np

from neurosim.anatomy.formulas import Flags
from neurosim.anatomy.structure import Floats
from neurosim.anatomy.truth_tables import Ints, every_case

Gate: TypeAlias = tuple[tuple[int, ...], int]
"""Weights and threshold, in whole numbers."""

NODES = 2_000  # of a search tree, after which the best weights so far will do: a number, so that every run is alike


def gate_for(truth: Flags) -> Gate | None:
    """The threshold neuron for a truth function, with the smallest whole weights.

    Parameters
    ----------
    truth : bool array, shape (2 ** inputs,)
        What it is to say in every case, in the order of `every_case`.

    Returns
    -------
    Gate or None
        The weights add up to as little as possible, signs aside, and so does then the threshold. None if no threshold
        neuron says this.

    Examples
    --------
    >>> gate_for(np.array([0, 0, 0, 1], dtype=bool)), gate_for(np.array([0, 1, 1, 0], dtype=bool))
    (((1, 1), 2), None)
    """
    return _gate_for(np.packbits(truth).tobytes(), len(truth))


@functools.lru_cache(maxsize=2**14)
def _gate_for(packed: bytes, n_cases: int) -> Gate | None:
    truth = np.unpackbits(np.frombuffer(packed, dtype=np.uint8), count=n_cases).astype(bool)
    if truth.all() or not truth.any():
        return (0,) * (n_cases.bit_length() - 1), int(not truth.any())
    signs = _signs(truth)
    if signs is None:
        return None
    cases = every_case(len(signs))
    sums = cases.astype(np.int64) @ signs
    if sums[truth].min() > sums[~truth].max():  # no input that matters can do with less than 1
        return tuple(signs), int(sums[truth].min())
    up, down = _border(truth, cases, signs)
    fires = np.repeat([True, False], [up.sum(), down.sum()])
    return separate(np.vstack([cases[up], cases[down]]), fires, signs)  # with these signs the border speaks for all


def _signs(truth: Flags) -> list[int] | None:
    """For each input 1 if it can only help, -1 if it can only hinder, 0 for neither; None if some input does both."""
    n = len(truth).bit_length() - 1
    cube, signs = truth.reshape((2,) * n), []
    for axis in range(n):
        without, with_it = np.take(cube, 0, axis=axis), np.take(cube, 1, axis=axis)
        helps, hinders = bool((with_it & ~without).any()), bool((without & ~with_it).any())
        if helps and hinders:
            return None
        signs.append(int(helps) - int(hinders))
    return signs


def _border(truth: Flags, cases: Flags, signs: list[int]) -> tuple[Flags, Flags]:
    """The cases that decide: those that just fire, and those that just do not."""
    n, numbers = len(signs), np.arange(len(cases))
    up, down = truth.copy(), ~truth
    for i, sign in enumerate(signs):
        other = numbers ^ (1 << n - 1 - i)  # the same case, but for this input
        helped = cases[:, i] == (sign > 0)
        if sign:
            up &= ~(helped & truth[other])
            down &= ~(~helped & ~truth[other])
        else:
            up &= ~cases[:, i]
            down &= ~cases[:, i]
    return up, down


def separate(cases: Flags | Ints, fires: Flags, signs: Sequence[int] | None = None) -> Gate | None:
    """The smallest whole weights with which a neuron fires in some cases and not in the others.

    Parameters
    ----------
    cases : bool or int array, shape (cases, inputs)
        Equal cases want equal answers.
    fires : bool array, shape (cases,)
    signs : sequence of int, one per input, optional
        Where it is 1 a weight may not be negative, where it is -1 not positive, where it is 0 neither.

    Returns
    -------
    Gate or None
        Checked on the cases, in whole numbers. None if there is no such neuron (or none was found: then the linear
        program was beyond the solver).

    Examples
    --------
    >>> separate(every_case(2), np.array([False, False, True, False]))
    ((1, -1), 1)
    """
    from scipy.optimize import Bounds, LinearConstraint, milp

    n = cases.shape[1]
    if fires.all() or not fires.any():
        return (0,) * n, int(not fires.any())
    cases, first = np.unique(cases.astype(np.int64), axis=0, return_index=True)
    fires = fires[first]
    parts = np.column_stack([cases, -cases, -np.ones(len(cases))])  # a weight is a difference of numbers from 0 up
    most_plus, most_minus = (
        [np.inf] * n if signs is None else [np.inf if sign == side else 0.0 for sign in signs] for side in (1, -1)
    )
    limits = np.where(fires, 0.0, -np.inf), np.where(fires, np.inf, -1.0)
    found = milp(
        np.append(np.ones(2 * n), 0.0),
        integrality=np.ones(2 * n + 1, dtype=np.int64),
        bounds=Bounds(np.append(np.zeros(2 * n), -np.inf), np.concatenate([most_plus, most_minus, [np.inf]])),
        constraints=LinearConstraint(parts, *limits),
        options={"node_limit": NODES},
    )
    if found.x is None:
        return None
    whole = np.rint(found.x).astype(np.int64)
    weights = whole[:n] - whole[n : 2 * n]
    sums = cases @ weights
    if sums[fires].min() <= sums[~fires].max():
        return None
    return tuple(weights.tolist()), int(sums[~fires].max()) + 1


def is_separable(cases: Flags | Ints, fires: Flags) -> bool:
    """Whether there are weights, whole or not, with which a neuron fires in these cases alone, as far as is found."""
    return sparse_multipliers(cases, fires, np.zeros(cases.shape[1])) is not None


def sparse_multipliers(cases: Flags | Ints, fires: Flags, costs: Floats) -> Floats | None:
    """Weights with which a neuron fires in these cases alone, the cheapest; most of them are 0.

    Parameters
    ----------
    cases : bool or int array, shape (cases, inputs)
    fires : bool array, shape (cases,)
    costs : float array, shape (inputs,)
        Of a weight of 1 or -1.

    Returns
    -------
    float array, shape (inputs,), or None if there are no such weights
    """
    from scipy.optimize import linprog

    numbers = cases.astype(np.float64)
    sides = np.where(fires, -1.0, 1.0)[:, None]
    rows = sides * np.column_stack([numbers, -numbers, -np.ones(len(cases))])
    found = linprog(
        np.concatenate([costs, costs, [0.0]]),
        rows,
        np.where(fires, 0.0, -1.0),
        bounds=[(0, None)] * (2 * cases.shape[1]) + [(None, None)],
        method="highs",
    )
    return None if found.x is None else found.x[: cases.shape[1]] - found.x[cases.shape[1] : -1]
