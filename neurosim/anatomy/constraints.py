"""What receptors and sharing ask of weights and thresholds: checked on the way in, kept on every change."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from neurosim.anatomy.structure import (
    EITHER,
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
    wrong = np.flatnonzero(weights * structure.receptor < 0)
    if wrong.size:
        synapse = int(wrong[0])
        receptor = receptor_name(structure.receptor[synapse])
        raise DataError(
            f"The synapse {structure.synapse_label(synapse)} is {receptor}, so its weight cannot be "
            f"{'below' if receptor == 'excitatory' else 'above'} 0; got {weights[synapse]:g} ({wrong.size} such in "
            "all). Change the weight, or the receptor."
        )
    _check_shared(structure.shared, weights, lambda i: f"synapses share one weight, {structure.synapse_label(i)} has")


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


def keep_receptors(values: Floats, receptor: Indices) -> None:
    """Set every weight to 0, in place, that has a sign which its receptor cannot have."""
    values[values * receptor < 0] = 0


def has_receptors(structure: Structure) -> bool:
    """Whether any synapse is excitatory or inhibitory by decree."""
    return bool((structure.receptor != EITHER).any())
