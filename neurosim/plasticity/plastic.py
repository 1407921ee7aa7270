"""The numbers that learning may change, as one vector: what is shared once, what is frozen not at all."""

from __future__ import annotations

import dataclasses
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from neurosim.anatomy.structure import EXCITATORY, INHIBITORY, NOT_SHARED, Flags, Floats, Indices, Structure
from neurosim.engine.plan import Plan
from neurosim.engine.program import Program

Where = Indices | slice
"""Places in an array: a slice where they lie side by side, so that no copy is made."""


class Plastic:
    """How the plastic parameters of a network lie among the weights and thresholds of its program.

    The vector holds the plastic weights, then the plastic thresholds, each in the program's order.

    Attributes
    ----------
    size : int
    n_weights : int
        How many of them are weights; they come first.
    bounded : bool
        Whether any receptor sets a limit.
    """

    def __init__(self, structure: Structure, program: Program | Plan) -> None:
        self._structure, self._program = structure, program
        if structure.plastic.all() and not structure.held:  # as in most networks: nothing to look up, of any synapse
            self._weights = _Column.of_all(len(program.synapses))
        else:
            self._weights = _Column.of(structure.plastic[program.synapses], structure.shared[program.synapses])
        changeable = structure.plastic_thresholds & _useful(structure)
        self._thresholds = _Column.of(changeable[program.neurons], structure.shared_thresholds[program.neurons])
        self.n_weights = self._weights.size
        self.size = self.n_weights + self._thresholds.size
        self.bounded = structure.held and bool(self._receptor.any())

    @cached_property
    def is_weight(self) -> Flags:
        """Which parameters are weights."""
        return np.arange(self.size) < self.n_weights

    @cached_property
    def lower(self) -> Floats:
        """What each parameter is at least."""
        return np.where(self._receptor == EXCITATORY, 0.0, -np.inf)

    @cached_property
    def upper(self) -> Floats:
        """What each parameter is at most."""
        return np.where(self._receptor == INHIBITORY, 0.0, np.inf)

    @cached_property
    def _receptor(self) -> npt.NDArray[np.int8]:
        weights = self._weights.read(self._structure.receptor[self._program.synapses])
        return np.concatenate([weights, np.zeros(self._thresholds.size, dtype=np.int8)])

    @property
    def one_by_one(self) -> bool:
        """Whether each weight is a parameter of its own, in the same order."""
        return self._weights.is_whole

    @property
    def weight_slots(self) -> Indices:
        """For each weight, which parameter of the vector it is; -1 if it is frozen."""
        return self._weights.slots

    @property
    def threshold_slots(self) -> Indices:
        """For each threshold, which parameter of the vector it is; -1 if it is frozen."""
        thresholds = self._thresholds.slots
        return np.where(thresholds < 0, -1, thresholds + self.n_weights)

    def read(self, weights: npt.NDArray[Any], thresholds: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """The vector of parameters in these weights and thresholds, or of whatever else there is one of for each."""
        return np.concatenate([self._weights.read(weights), self._thresholds.read(thresholds)])

    def write(self, parameters: Floats, weights: Floats, thresholds: Floats) -> None:
        """Put a vector of parameters where each of them is used."""
        self._weights.write(parameters[: self.n_weights], weights)
        self._thresholds.write(parameters[self.n_weights :], thresholds)

    def gradient(self, weights: Floats, thresholds: Floats) -> Floats:
        """The gradient by each parameter: summed over all places where it is used."""
        return np.concatenate([self._weights.total(weights), self._thresholds.total(thresholds)])

    def project(self, parameters: Floats) -> Floats:
        """The nearest parameters that receptors allow."""
        return np.clip(parameters, self.lower, self.upper).astype(parameters.dtype) if self.bounded else parameters


@dataclasses.dataclass(frozen=True, eq=False)
class _Column:
    """One array of the program, and which of its entries are which parameters.

    Attributes
    ----------
    length : int
        Of the array.
    places : Where
        The entries that are plastic.
    first : Where
        For each parameter, the first entry that is it.
    size : int
        How many parameters there are.
    sharing : int array, or None
        For each plastic entry its parameter; None if each is one of its own.
    """

    length: int
    places: Where
    first: Where
    size: int
    sharing: Indices | None = None

    @staticmethod
    def of_all(length: int) -> _Column:
        """Every entry a parameter of its own."""
        everything = slice(0, length)
        return _Column(length, everything, everything, length)

    @staticmethod
    def of(plastic: Flags, groups: Indices) -> _Column:
        """Some entries, of which those in one group are one parameter."""
        places = np.flatnonzero(plastic)
        group = groups[places].astype(np.int64)
        own = group == NOT_SHARED
        where = _stretch(places)
        if own.all():
            return _Column(len(plastic), where, where, len(places))
        # A parameter stands where the first of its places does.
        group[own] = len(plastic) + places[own]
        _, first, slot = np.unique(group, return_index=True, return_inverse=True)
        rank = np.argsort(np.argsort(first))
        return _Column(len(plastic), where, _stretch(places[np.sort(first)]), len(first), rank[slot])

    @property
    def is_whole(self) -> bool:
        """Whether every entry is a parameter of its own."""
        return self.sharing is None and self.size == self.length

    @property
    def slots(self) -> Indices:
        slots = np.full(self.length, -1)
        slots[self.places] = np.arange(self.size) if self.sharing is None else self.sharing
        return slots

    def read(self, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        return values[self.first]

    def write(self, parameters: Floats, values: Floats) -> None:
        values[self.places] = parameters if self.sharing is None else parameters[self.sharing]

    def total(self, gradients: Floats) -> Floats:
        mine = gradients[self.places]
        if self.sharing is None:
            return mine
        return np.bincount(self.sharing, weights=mine, minlength=self.size).astype(mine.dtype)


def absent_twins(structure: Structure, *, in_time: bool = False) -> tuple[Indices, Indices]:
    """Synapses that bring nothing, by delay or lesion, but share their weight with one that does; and that for each."""
    if not structure.held:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    shared, acts = structure.shared, structure.present if in_time else structure.acting
    twins = np.full(structure.n_synapses, NOT_SHARED)
    learning = np.flatnonzero(acts & (shared != NOT_SHARED))
    twins[shared[learning]] = learning
    late = np.flatnonzero(~acts & (shared != NOT_SHARED))
    late = late[twins[shared[late]] != NOT_SHARED]
    return late, twins[shared[late]]


def write_twins(structure: Structure, weights: Floats) -> None:
    """Give each absent twin the weight that was learnt in a single tick, in place."""
    late, twins = absent_twins(structure)
    weights[late] = weights[twins]


def _useful(structure: Structure) -> Flags:
    """Which thresholds make a difference: not of a sensory or silenced neuron, unless another one shares it."""
    own: Flags = ~structure.sensory & ~structure.silenced
    groups = np.setdiff1d(structure.shared_thresholds[own], [NOT_SHARED])
    return own | np.isin(structure.shared_thresholds, groups)


def sum_shared(groups: Indices, gradients: Floats) -> Floats:
    """For each entry the gradient of the parameter that it is: summed over all that share it."""
    members = np.flatnonzero(groups != NOT_SHARED)
    if not members.size:
        return gradients
    totals = np.bincount(groups[members], weights=gradients[members])
    summed = gradients.copy()
    summed[members] = totals[groups[members]]
    return summed


def _stretch(places: Indices) -> Where:
    if len(places) and places[-1] - places[0] + 1 == len(places):
        return slice(int(places[0]), int(places[-1]) + 1)
    return places
