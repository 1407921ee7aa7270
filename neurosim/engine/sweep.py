"""Asynchronous updating by kernels: a network laid out neuron by neuron."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING

import numpy as np

from neurosim.anatomy.network import Network
from neurosim.anatomy.soma import MODES, Binary, draw_chances
from neurosim.anatomy.structure import Floats, Indices, Structure
from neurosim.engine.plan import CONSTANTS, MODE_CODES
from neurosim.engine.ties import sums_are_exact

if TYPE_CHECKING:  # numpy loads its generators on first use
    from numpy.random import Generator

    from neurosim.engine.program import Program


def can_sweep(structure: Structure) -> bool:
    """Whether kernels can update this network: somas without memory or noise, all of them binary or none."""
    modes = [mode for mode in structure.modes if mode.name != "sensory"]
    plain = all(
        type(mode) is type(MODES.get(mode.name)) and not (mode.branched or mode.remembers or mode.noise)
        for mode in modes
    )
    return plain and len({mode.name == "binary" for mode in modes}) <= 1


_sorted: weakref.WeakKeyDictionary[Structure, tuple[Indices, Indices, Indices]] = weakref.WeakKeyDictionary()


def _dendrites(structure: Structure, program: Program) -> tuple[Indices, Indices, Indices]:
    """Where the dendrites of each row begin, which rows they read, and which synapses they are: kept for next time."""
    if structure not in _sorted:
        live = np.flatnonzero(structure.present)
        post = program.row_of[structure.post[live]]
        synapses = live[np.argsort(post, kind="stable")]
        starts = np.concatenate([[0], np.cumsum(np.bincount(post, minlength=len(program.row_of)))])
        _sorted[structure] = starts, program.row_of[structure.pre[synapses]].astype(np.uint32), synapses
    return _sorted[structure]


class CompiledSweep:
    """A network ready to be updated one neuron after the other.

    Parameters
    ----------
    net : Network
    program : Program
        Its rows are the ones that are spoken of.
    rates : float array, shape (rows, trials)
        At the start.
    """

    def __init__(self, net: Network, program: Program, rates: Floats) -> None:
        structure = net.structure
        self._starts, self._sources, synapses = _dendrites(structure, program)
        self._weights = net.weights[synapses]
        self._thresholds = net.thresholds[program.neurons]
        modes, mode_of = structure.modes, structure.mode_of[program.neurons]
        self._codes = np.array([MODE_CODES[mode.name] for mode in modes])[mode_of]
        self._constants = np.array([float(getattr(m, CONSTANTS.get(m.name, ""), 0.0)) for m in modes])[mode_of]
        heat = [mode.temperature if isinstance(mode, Binary) else 0.0 for mode in modes]
        self._temperatures = np.array(heat)[mode_of]
        self._unrounded = self._is_unrounded(structure, program, rates)

    def _is_unrounded(self, structure: Structure, program: Program, rates: Floats) -> bool:
        """Whether no sum is rounded: impulses only, and weights and thresholds on a grid."""
        inner = ~structure.sensory[program.neurons]
        if not np.isin(rates[inner], (0, 1)).all() or not inner[self._sources].all():
            return False
        numbers, threshold = np.append(self._weights, self._thresholds), np.abs(self._thresholds).astype(np.float64)
        fan_in = np.diff(self._starts)
        if sums_are_exact(numbers, threshold + fan_in * float(np.abs(self._weights).max(initial=0))):
            return True
        row = np.repeat(np.arange(len(inner)), fan_in)
        return sums_are_exact(numbers, threshold + np.bincount(row, np.abs(self._weights), minlength=len(inner)))

    def run(self, order: Indices, rng: Generator, rates: Floats, drives: Floats) -> None:
        """Update these rows, one after the other, in place."""
        from neurosim.engine.sweep_kernels import sweep
        from neurosim.engine.vectors import Lanes

        trials = rates.shape[1]
        chances = draw_chances(rng, (int((self._temperatures[order] > 0).sum()), trials), rates.dtype)
        sweep(
            Lanes(16),
            order,
            self._codes,
            self._constants,
            self._temperatures,
            chances.reshape(-1),
            self._starts,
            self._sources,
            self._weights,
            self._thresholds,
            self._unrounded,
            trials,
            rates.reshape(-1),
            drives.reshape(-1),
        )
