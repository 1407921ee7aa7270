"""Balance of excitation and inhibition in freshly drawn weights, measured with noise as a stimulus.

Under receptors the weights of a presynaptic neuron all have one sign, so all neurons of a layer rise and
fall together with the difference between their excitatory and inhibitory sources. What is balanced on
average only lets that common part grow or die from layer to layer. So it is measured: noise goes through
the network depth by depth, and at each depth, mode and region the inhibitory weights are scaled until the
mean drive is 0, and all of them until the rates have the power that unsigned weights would give them. (The
idea of fixing initial weights by what they do to data is that of Mishkin and Matas 2016.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from neurosim.anatomy.depth import depths
from neurosim.anatomy.pieces import first_of_each, pieces
from neurosim.anatomy.soma import ELU, LeakyReLU, Mode, ReLU
from neurosim.anatomy.structure import EITHER, EXCITATORY, INHIBITORY, NOT_SHARED, Flags, Floats, Indices, Structure

if TYPE_CHECKING:
    from neurosim.anatomy.initial_weights import Variance

SHAPE = 0.25  # of the gamma distribution of sizes: the smaller, the fewer synapses carry the drive
PROBES = 64  # stimuli of noise


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
        synapses = np.concatenate([structure.dendrites_of(int(i)) for i in neurons])
        synapses = synapses[structure.delay[synapses] == 0]
        signed = structure.receptor[synapses] != EITHER
        if signed.any() and drawn[synapses[signed]].all():
            _balance_group(structure, weights, rates, neurons, synapses, mode, variance)
        drive = _sums(structure, weights, rates, neurons, synapses) - thresholds[neurons, None]
        rates[neurons] = mode.rate(drive)
    _reconcile(structure.shared, weights)


def _groups(structure: Structure) -> list[Indices]:
    """The neurons that are not sensory, in the order of computation, by depth, mode and region."""
    depth = depths(structure)
    order = np.lexsort((structure.region_of, structure.mode_of, depth))
    order = order[~structure.sensory[order]]
    keys = np.column_stack([depth[order], structure.mode_of[order], structure.region_of[order]])
    return np.split(order, np.flatnonzero((np.diff(keys, axis=0) != 0).any(axis=1)) + 1) if len(order) else []


def _balance_group(
    structure: Structure,
    weights: Floats,
    rates: Floats,
    neurons: Indices,
    synapses: Indices,
    mode: Mode,
    variance: Variance,
) -> None:
    receptor = structure.receptor[synapses]
    signed = synapses[receptor != EITHER]
    inhibitory = synapses[receptor == INHIBITORY]
    excitation = _sums(structure, weights, rates, neurons, synapses[receptor == EXCITATORY]).mean()
    inhibition = -_sums(structure, weights, rates, neurons, inhibitory).mean()
    if excitation > 0 and inhibition > 0:
        weights[inhibitory] *= excitation / inhibition
    drive = _sums(structure, weights, rates, neurons, signed)
    power = np.square(rates).mean(axis=1)
    wanted = float((variance.of(signed) * power[structure.pre[signed]]).sum()) / len(neurons)
    if mode.branched:
        wanted /= len(np.unique(structure.branch[synapses]))  # the strongest branch drives it, not their sum
    found = float(np.square(drive).mean())
    if isinstance(mode, ReLU | LeakyReLU | ELU) and len(signed) == len(synapses):
        # These modes scale with their drive (elu nearly), so that the rates themselves can be given the right power.
        below = mode.slope**2 if isinstance(mode, LeakyReLU) else 0.0
        wanted, found = wanted * (1 + below) / 2, float(np.square(mode.rate(drive)).mean())
    if wanted > 0 and found > 0:
        weights[signed] *= np.sqrt(wanted / found)


def _sums(structure: Structure, weights: Floats, rates: Floats, neurons: Indices, synapses: Indices) -> Floats:
    """What these synapses bring to each neuron: (neurons, probes); for maxout that of its strongest branch."""
    from scipy.sparse import csr_array

    position = np.searchsorted(np.sort(neurons), structure.post[synapses])
    row = np.argsort(np.argsort(neurons))  # where each neuron stands among the sorted ones
    branched = structure.modes[structure.mode_of[neurons[0]]].branched
    width = int(structure.branch[synapses].max(initial=0)) + 1 if branched else 1
    branch = structure.branch[synapses] if branched else 0
    shape = (len(neurons) * width, structure.n_neurons)
    matrix: Any = csr_array((weights[synapses], (position * width + branch, structure.pre[synapses])), shape=shape)
    sums: Floats = (matrix @ rates).reshape(len(neurons), width, -1).max(axis=1)
    return sums[row]


def _reconcile(groups: Indices, weights: Floats) -> None:
    """Weights that are one and lie in several groups were scaled differently: the first one holds for all."""
    first = first_of_each(groups)
    for piece in pieces(len(groups)) if len(first) else ():
        members = groups[piece] != NOT_SHARED
        weights[piece][members] = weights[first[groups[piece][members]]]
