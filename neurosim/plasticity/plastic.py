"""The numbers that learning may change, as one vector: what is shared once, what is frozen not at all."""

from __future__ import annotations

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
    is_weight : bool array, shape (size,)
    bounded : bool
        Whether any receptor sets a limit.
    lower, upper : float arrays, shape (size,)
        What receptors allow: 0 or infinity.
    """

    def __init__(self, structure: Structure, program: Program | Plan) -> None:
        self._weights = _Column(structure.plastic[program.synapses], structure.shared[program.synapses])
        # A sensory neuron has no use for its threshold, but may be one of those that share it.
        useful = ~structure.sensory | np.isin(structure.shared_thresholds, _groups(structure))
        changeable = structure.plastic_thresholds & useful
        self._thresholds = _Column(changeable[program.neurons], structure.shared_thresholds[program.neurons])
        self.n_weights = self._weights.size
        self.size = self.n_weights + self._thresholds.size
        self.is_weight: Flags = np.arange(self.size) < self.n_weights
        receptor = self._weights.read(structure.receptor[program.synapses])
        free = np.zeros(self._thresholds.size, dtype=np.int8)
        receptor = np.concatenate([receptor, free])
        self.lower: Floats = np.where(receptor == EXCITATORY, 0.0, -np.inf)
        self.upper: Floats = np.where(receptor == INHIBITORY, 0.0, np.inf)
        self.bounded = bool(receptor.any())

    @property
    def slots(self) -> tuple[Indices, Indices]:
        """For each weight and for each threshold, which parameter of the vector it is; -1 if it is frozen."""
        thresholds = self._thresholds.slots
        return self._weights.slots, np.where(thresholds < 0, -1, thresholds + self.n_weights)

    def read(self, weights: Floats, thresholds: Floats) -> Floats:
        """The vector of parameters in these weights and thresholds."""
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


class _Column:
    """One array of the program, and which of its entries are which parameters."""

    def __init__(self, plastic: Flags, groups: Indices) -> None:
        places = np.flatnonzero(plastic)
        group = groups[places].astype(np.int64)
        own = group == NOT_SHARED
        self._sharing = not own.all()
        if self._sharing:
            # A parameter stands where the first of its places does.
            group[own] = len(plastic) + places[own]
            _, first, slot = np.unique(group, return_index=True, return_inverse=True)
            rank = np.argsort(np.argsort(first))
            self._slots: Indices = rank[slot]
            self._first: Where = _stretch(places[np.sort(first)])
            self.size = len(first)
        else:
            self._first = _stretch(places)
            self.size = len(places)
        self._places, self._length = _stretch(places), len(plastic)

    @property
    def slots(self) -> Indices:
        slots = np.full(self._length, -1)
        slots[self._places] = self._slots if self._sharing else np.arange(self.size)
        return slots

    def read(self, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        return values[self._first]

    def write(self, parameters: Floats, values: Floats) -> None:
        values[self._places] = parameters[self._slots] if self._sharing else parameters

    def total(self, gradients: Floats) -> Floats:
        mine = gradients[self._places]
        if not self._sharing:
            return mine
        return np.bincount(self._slots, weights=mine, minlength=self.size).astype(mine.dtype)


def delayed_twins(structure: Structure) -> tuple[Indices, Indices]:
    """Synapses with a delay whose weight is one with that of a synapse without, and that synapse for each."""
    shared, instant = structure.shared, structure.delay == 0
    twins = np.full(structure.n_synapses, NOT_SHARED)
    learning = np.flatnonzero(instant & (shared != NOT_SHARED))
    twins[shared[learning]] = learning
    late = np.flatnonzero(~instant & (shared != NOT_SHARED))
    late = late[twins[shared[late]] != NOT_SHARED]
    return late, twins[shared[late]]


def write_twins(structure: Structure, weights: Floats) -> None:
    """Give each delayed twin the weight that was learnt in a single tick, in place."""
    late, twins = delayed_twins(structure)
    weights[late] = weights[twins]


def _groups(structure: Structure) -> Indices:
    """The groups of shared thresholds that a neuron with a threshold belongs to."""
    groups: Indices = np.setdiff1d(structure.shared_thresholds[~structure.sensory], [NOT_SHARED])
    return groups


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
