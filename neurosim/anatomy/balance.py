"""Balance of excitation and inhibition in freshly drawn weights, measured with noise as a stimulus.

Under receptors the weights of a presynaptic neuron all have one sign, so all neurons of a layer rise and
fall together with the difference between their excitatory and inhibitory sources. What is balanced on
average only lets that common part grow or die from layer to layer. So it is measured: noise goes through
the network depth by depth, and at each depth, mode and region the inhibitory weights are scaled until the
mean drive is 0, and all of them until the rates have the power that unsigned weights would give them. (The
idea of fixing initial weights by what they do to data is that of Mishkin and Matas 2016.)
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from neurosim.anatomy.depth import depths
from neurosim.anatomy.pieces import PIECE, first_of_each, pieces
from neurosim.anatomy.soma import ELU, LeakyReLU, Mode, ReLU
from neurosim.anatomy.structure import EITHER, EXCITATORY, INHIBITORY, NOT_SHARED, Flags, Floats, Indices, Structure

if TYPE_CHECKING:
    from neurosim.anatomy.initial_weights import Variance

SHAPE = 0.25  # of the gamma distribution of sizes: the smaller, the fewer synapses carry the drive
PROBES = 64  # stimuli of noise
SIGNED = (EXCITATORY, INHIBITORY)
ALL = (EXCITATORY, EITHER, INHIBITORY)


def balance(
    structure: Structure,
    weights: Floats,
    thresholds: Floats,
    drawn: Flags,
    variance: Variance,
    rng: np.random.Generator,
) -> None:
    """Scale drawn weights with receptors, in place, group by group; a group is a depth, mode and region.

    Parameters
    ----------
    structure : Structure
    weights : float array, shape (synapses,)
    thresholds : float array, shape (neurons,)
    drawn : bool array, shape (synapses,)
        Which weights are new. A group in which others have receptors stays as it is.
    variance : Variance
        That of unsigned weights.
    rng : numpy.random.Generator
        For the noise.
    """
    rates = np.zeros((structure.n_neurons, PROBES))
    # Bright and sparse stimuli, so that no single direction is balanced at the cost of the others.
    seen = rng.random((len(structure.inputs), PROBES)) < rng.random(PROBES)
    rates[structure.inputs] = rng.random(seen.shape) * seen
    for neurons in _groups(structure):
        mode: Mode = structure.modes[structure.mode_of[neurons[0]]]
        new = [(drawn[synapses].sum(), len(synapses)) for _, synapses in _dendrites(structure, neurons, SIGNED)]
        new_ones, signed = np.sum(new, axis=0)
        if 0 < new_ones == signed:
            _balance_group(structure, weights, rates, neurons, mode, variance)
        drive = _sums(structure, weights, rates, neurons, ALL) - thresholds[neurons, None]
        rates[neurons] = mode.rate(drive)
    _reconcile(structure.shared, weights)


def _groups(structure: Structure) -> list[Indices]:
    """The neurons that are not sensory, in the order of computation, by depth, mode and region."""
    depth = depths(structure)
    order = np.lexsort((structure.region_of, structure.mode_of, depth))
    order = order[~structure.sensory[order]]
    keys = np.column_stack([depth[order], structure.mode_of[order], structure.region_of[order]])
    return np.split(order, np.flatnonzero((np.diff(keys, axis=0) != 0).any(axis=1)) + 1) if len(order) else []


def _dendrites(structure: Structure, neurons: Indices, receptors: tuple[int, ...]) -> Iterator[tuple[slice, Indices]]:
    """Stretches of these neurons, and the numbers of their synapses without delay that have one of these receptors."""
    _, start = structure.incoming
    until = np.cumsum(start[neurons + 1] - start[neurons])
    first = 0
    while first < len(neurons):
        before = until[first - 1] if first else 0
        last = max(first + 1, int(np.searchsorted(until, before + PIECE, side="right")))
        synapses = np.concatenate([structure.dendrites_of(i) for i in neurons[first:last].tolist()])
        kept = (structure.delay[synapses] == 0) & np.isin(structure.receptor[synapses], receptors)
        yield slice(first, last), synapses[kept]
        first = last


def _balance_group(
    structure: Structure, weights: Floats, rates: Floats, neurons: Indices, mode: Mode, variance: Variance
) -> None:
    excitation = _sums(structure, weights, rates, neurons, (EXCITATORY,)).mean()
    inhibition = -_sums(structure, weights, rates, neurons, (INHIBITORY,)).mean()
    if excitation > 0 and inhibition > 0:
        for _, synapses in _dendrites(structure, neurons, (INHIBITORY,)):
            weights[synapses] *= excitation / inhibition
    drive = _sums(structure, weights, rates, neurons, SIGNED)
    power = np.square(rates).mean(axis=1)
    wanted = 0.0
    for _, synapses in _dendrites(structure, neurons, SIGNED):
        wanted += float((variance.of(synapses) * power[structure.pre[synapses]]).sum()) / len(neurons)
    branches: set[int] = set()
    unsigned = 0
    for _, synapses in _dendrites(structure, neurons, ALL):
        branches.update(np.unique(structure.branch[synapses]).tolist())
        unsigned += int(np.count_nonzero(structure.receptor[synapses] == EITHER))
    if mode.branched:
        wanted /= len(branches)  # the strongest branch drives it, not their sum
    found = float(np.square(drive).mean())
    if isinstance(mode, ReLU | LeakyReLU | ELU) and not unsigned:
        # These modes scale with their drive (elu nearly), so that the rates themselves can be given the right power.
        below = mode.slope**2 if isinstance(mode, LeakyReLU) else 0.0
        wanted, found = wanted * (1 + below) / 2, float(np.square(mode.rate(drive)).mean())
    if wanted > 0 and found > 0:
        for _, synapses in _dendrites(structure, neurons, SIGNED):
            weights[synapses] *= np.sqrt(wanted / found)


def _sums(structure: Structure, weights: Floats, rates: Floats, neurons: Indices, receptors: tuple[int, ...]) -> Floats:
    """What such synapses bring to each neuron: (neurons, probes); for maxout that of its strongest branch."""
    from scipy.sparse import csr_array

    width = 1
    branched = structure.modes[structure.mode_of[neurons[0]]].branched
    if branched:
        dendrites = _dendrites(structure, neurons, receptors)
        width += max(int(structure.branch[synapses].max(initial=0)) for _, synapses in dendrites)
    sums = np.empty((len(neurons), rates.shape[1]))
    for part, synapses in _dendrites(structure, neurons, receptors):
        order = np.argsort(neurons[part])
        row = order[np.searchsorted(neurons[part][order], structure.post[synapses])] * width
        if branched:
            row += structure.branch[synapses]
        shape = (len(order) * width, structure.n_neurons)
        matrix: Any = csr_array((weights[synapses], (row, structure.pre[synapses])), shape=shape)
        sums[part] = (matrix @ rates).reshape(len(order), width, -1).max(axis=1)
    return sums


def _reconcile(groups: Indices, weights: Floats) -> None:
    """Weights that are one and lie in several groups were scaled differently: the first one holds for all."""
    first = first_of_each(groups)
    for piece in pieces(len(groups)) if len(first) else ():
        members = groups[piece] != NOT_SHARED
        weights[piece][members] = weights[first[groups[piece][members]]]
