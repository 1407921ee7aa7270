"""What receptors and sharing ask of weights and thresholds: checked on the way in, kept on every change."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from neurosim.anatomy.structure import (
    NOT_SHARED,
    Floats,
    Indices,
    Structure,
    first_unlike,
    receptor_name,
)
from neurosim.errors import DataError


def check_weights(structure: Structure, weights: Floats) -> None:
    """Raise a DataError if a weight has a sign that its receptor cannot have, or differs from those it is one with."""
    wrong = np.flatnonzero(np.sign(weights) * structure.receptor < 0)
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
    names = structure.names
    _check_shared(structure.shared_thresholds, thresholds, lambda i: f"neurons share one threshold, {names[i]!r} has")


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
    members = np.flatnonzero(groups != NOT_SHARED)
    if not members.size:
        return
    given = members[~np.isnan(values[members])]
    known = np.full(int(groups.max()) + 1, np.nan, dtype=values.dtype)
    known[groups[given]] = values[given]
    missing = members[np.isnan(values[members])]
    values[missing] = known[groups[missing]]


def one_of_each(groups: Indices, chosen: Indices) -> Indices:
    """Of the chosen entries those that are a parameter's first: every unshared one, and one of each group."""
    group = groups[chosen]
    shared = group != NOT_SHARED
    _, first = np.unique(group[shared], return_index=True)
    positions = np.flatnonzero(shared)[first]
    return np.sort(np.append(chosen[~shared], chosen[positions]))
