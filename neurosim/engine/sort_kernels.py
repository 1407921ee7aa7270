"""Sorting by whole numbers that are not too many, in time proportional to what is sorted."""

from __future__ import annotations

from typing import Any

import numpy.typing as npt

from neurosim.engine.kernel import kernel

Array = npt.NDArray[Any]


@kernel
def sort_stably(keys: Array, starts: Array, order: Array, found: Array) -> None:
    """Sort by key; what has the same key stays in its order.

    Parameters
    ----------
    keys : int array
    starts : int array
        Where each key begins in what is sorted; used up.
    order : int array
        What is to be sorted, as places among the keys.
    found : int array
        The same places, sorted: written to.
    """
    for i in range(len(order)):
        key = keys[order[i]]
        found[starts[key]] = order[i]
        starts[key] += 1


@kernel
def count_pairs(sources: Array, targets: Array, group_of_source: Array, group_of_target: Array, counts: Array) -> None:
    """How many synapses lead from each group to each other, added to `counts`, shape (targets' groups, sources')."""
    for i in range(len(sources)):
        counts[group_of_target[targets[i]], group_of_source[sources[i]]] += 1


@kernel
def mark_pairs(
    sources: Array, targets: Array, group_of_source: Array, group_of_target: Array, wanted: Array, marks: Array
) -> None:
    """Mark the synapses between groups that are wanted, shape (targets' groups, sources' groups)."""
    for i in range(len(sources)):
        marks[i] = wanted[group_of_target[targets[i]], group_of_source[sources[i]]]
