"""What receptors and sharing ask of weights and thresholds: checked on the way in, kept on every change."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from neurosim.anatomy.pieces import first_of_each, pieces
from neurosim.anatomy.structure import (
    NOT_SHARED,
    Flags,
    Floats,
    Indices,
    Structure,
    first_unlike,
    receptor_name,
)
from neurosim.errors import DataError


def check_weights(structure: Structure, weights: Floats) -> None:
    """Raise a DataError if a weight has a sign that its receptor cannot have, or differs from those it is one with."""
    if not structure.held:
        return
    if structure.receptor.any():
        parts = pieces(len(weights))
        wrong = np.concatenate(
            [piece.start + np.flatnonzero(structure.receptor[piece] * weights[piece] < 0) for piece in parts]
        )
        if wrong.size:
            raise wrong_sign(structure, int(wrong[0]), weights[wrong[0]], f" ({wrong.size} such in all)")
    _check_shared(structure.shared, weights, lambda i: f"synapses share one weight, {structure.synapse_label(i)} has")


def wrong_sign(structure: Structure, synapse: int, weight: float, others: str = "") -> DataError:
    """Make the error for a weight whose receptor cannot have its sign."""
    receptor = receptor_name(structure.receptor[synapse])
    side = "below" if receptor == "excitatory" else "above"
    return DataError(
        f"The synapse {structure.synapse_label(synapse)} is {receptor}, so its weight cannot be {side} 0; got "
        f"{weight:g}{others}. Change the weight, or the receptor."
    )


def check_thresholds(structure: Structure, thresholds: Floats) -> None:
    """Raise a DataError if neurons that share a threshold have different ones."""
    if structure.shares_thresholds:
        names = structure.names
        _check_shared(
            structure.shared_thresholds, thresholds, lambda i: f"neurons share one threshold, {names[i]!r} has"
        )


def _check_shared(groups: Indices, values: Floats, label: Callable[[int], str]) -> None:
    i = first_unlike(groups, values)
    if i is not None:
        first = values[np.flatnonzero(groups == groups[i])[0]]
        raise DataError(
            f"Where {label(i)} {values[i]:g} and another one {first:g}. Give them all the same number; writing to one "
            "of them by its name, as in net['h'].dendrites['x'] = 0.5, writes to all."
        )


def fill_shared(groups: Indices, values: Floats) -> None:
    """Give the missing (NaN) members of each group the number of a member that has one, in place."""
    known = np.full(int(groups.max(initial=NOT_SHARED)) + 1, np.nan, dtype=values.dtype)
    for piece in pieces(len(groups)) if len(known) else ():
        given = (groups[piece] != NOT_SHARED) & ~np.isnan(values[piece])
        known[groups[piece][given]] = values[piece][given]
    for piece in pieces(len(groups)) if len(known) else ():
        missing = (groups[piece] != NOT_SHARED) & np.isnan(values[piece])
        values[piece][missing] = known[groups[piece][missing]]


def one_of_each(groups: Indices, chosen: Flags) -> Flags:
    """Which of the chosen entries are a parameter's first: every unshared one, and one of each group."""
    first = first_of_each(groups, chosen)
    if not len(first):
        return chosen
    ones: Flags = chosen & (groups == NOT_SHARED)
    ones[first[first < len(groups)]] = True
    return ones
