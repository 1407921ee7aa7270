"""Weights for synapses that were given none: random, and of a size that suits mode, fan-in and receptors."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from neurosim.anatomy.balance import SHAPE, balance
from neurosim.anatomy.constraints import fill_shared, one_of_each
from neurosim.anatomy.pieces import pieces, tally
from neurosim.anatomy.soma import ELU, LeakyReLU, Mode, ReLU
from neurosim.anatomy.structure import EITHER, EXCITATORY, INHIBITORY, Flags, Floats, Indices, Structure


def draw_missing(structure: Structure, weights: Floats, thresholds: Floats, rng: np.random.Generator) -> None:
    """Give every missing (NaN) weight a value, in place: that of a synapse it is one with, or a random one.

    Parameters
    ----------
    structure : Structure
    weights : float array, shape (synapses,)
    thresholds : float array, shape (neurons,)
    rng : numpy.random.Generator
    """
    fill_shared(structure.shared, weights)
    missing = np.isnan(weights)
    if not missing.any():
        return
    first = one_of_each(structure.shared, missing)
    variance = Variance(structure)
    draw_weights(structure, first, weights, variance, rng)
    fill_shared(structure.shared, weights)
    if structure.receptor[first].any():
        balance(structure, weights, thresholds, missing, variance, rng)


def draw_weights(
    structure: Structure, chosen: Flags, weights: Floats, variance: Variance, rng: np.random.Generator
) -> None:
    """Draw the weights of some synapses, in place, each neuron's on their own.

    Where a synapse may take either sign, the distribution is normal (uniform for the modes of Glorot's
    rule) with the variance of `Variance`. With receptors the size is drawn from a gamma distribution,
    few strong synapses and many weak ones as in cortex (Song et al. 2005), and inhibition weighs as much
    as excitation: the mean sizes of the two are as the numbers of the other (van Vreeswijk and
    Sompolinsky 1996). Where there is only one of the two, the sizes sum to 1 on average.

    Parameters
    ----------
    structure : Structure
    chosen : bool array, shape (synapses,)
        The synapses to draw for; only these consume random numbers.
    weights : float array, shape (synapses,)
    variance : Variance
    rng : numpy.random.Generator
    """
    for number, mode in enumerate(structure.modes):
        for piece in pieces(structure.n_synapses):
            free = chosen[piece] & (structure.receptor[piece] == EITHER)
            synapses = piece.start + np.flatnonzero(free & (structure.mode_of[structure.post[piece]] == number))
            if _is_normal(mode):
                weights[synapses] = rng.standard_normal(len(synapses)) * np.sqrt(variance.of(synapses))
            else:
                weights[synapses] = rng.uniform(-1, 1, len(synapses)) * np.sqrt(3 * variance.of(synapses))
    if structure.receptor.any():
        excitatory, inhibitory = _mean_sizes(structure, variance)
        for piece in pieces(structure.n_synapses):
            synapses = piece.start + np.flatnonzero(chosen[piece] & (structure.receptor[piece] != EITHER))
            receptor, post = structure.receptor[synapses], structure.post[synapses]
            size = np.where(receptor == INHIBITORY, inhibitory[post], excitatory[post])
            weights[synapses] = receptor * size * rng.gamma(SHAPE, 1 / SHAPE, len(synapses))


class Variance:
    """For each synapse the variance of its weight that keeps activity from dying out or exploding over layers.

    - relu, leaky_relu, elu: 2 / ((1 + slope^2) fan_in) (He et al. 2015);
    - maxout: 1 / fan_in of the branch, which keeps the second moment of the larger of two branches;
    - all others: 2 / (fan_in + fan_out) (Glorot and Bengio 2010).

    fan_in is the number of dendrites that the postsynaptic neuron really has, fan_out the number of
    synapses that the presynaptic one really makes: where half of the wiring is left out, weights are larger.
    """

    def __init__(self, structure: Structure) -> None:
        self._structure = structure
        self._fan_in = tally(structure.post, structure.n_neurons)
        self._fan_out = tally(structure.pre, structure.n_neurons)

    def of(self, synapses: Indices) -> Floats:
        """The variance of these synapses, by number."""
        structure = self._structure
        post = structure.post[synapses]
        fan_in, mode_of = self._fan_in[post], structure.mode_of[post]
        variance = 2 / (fan_in + self._fan_out[structure.pre[synapses]])
        for number, mode in enumerate(structure.modes):
            chosen = mode_of == number
            if mode.branched and chosen.any():
                variance[chosen] = 1 / self._branch_sizes[synapses[chosen]]
            elif isinstance(mode, ReLU | LeakyReLU | ELU):
                variance[chosen] = 2 / ((1 + _slope_below(mode) ** 2) * fan_in[chosen])
        return variance

    @cached_property
    def _branch_sizes(self) -> Indices:
        """How many synapses share the branch of each one."""
        structure = self._structure
        key = structure.post.astype(np.int64) * (int(structure.branch.max(initial=0)) + 1) + structure.branch
        _, position, count = np.unique(key, return_inverse=True, return_counts=True)
        sizes: Indices = count[position]
        return sizes


def _mean_sizes(structure: Structure, variance: Variance) -> tuple[Floats, Floats]:
    """For each neuron the mean size of an excitatory and of an inhibitory weight that balance it and its variance."""
    n = structure.n_neurons
    excitatory, inhibitory, budget = np.zeros((3, n))
    for piece in pieces(structure.n_synapses):
        post, receptor = structure.post[piece], structure.receptor[piece]
        signed = np.flatnonzero(receptor != EITHER)
        np.add.at(excitatory, post[receptor == EXCITATORY], 1)
        np.add.at(inhibitory, post[receptor == INHIBITORY], 1)
        np.add.at(budget, post[signed], variance.of(piece.start + signed))
    both = (excitatory > 0) & (inhibitory > 0)
    ratio = np.where(both, excitatory / np.maximum(inhibitory, 1), 1)  # how much larger an inhibitory weight is
    balanced = np.sqrt(budget / ((1 + 1 / SHAPE) * np.maximum(excitatory + inhibitory * ratio**2, 1)))
    size = np.where(both, balanced, 1 / np.maximum(excitatory + inhibitory, 1))
    return size, size * ratio


def _is_normal(mode: Mode) -> bool:
    return mode.branched or isinstance(mode, ReLU | LeakyReLU | ELU)


def _slope_below(mode: Mode) -> float:
    return mode.slope if isinstance(mode, LeakyReLU) else 0.0
