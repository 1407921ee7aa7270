"""Weights for synapses that were given none: random, and of a size that suits mode, fan-in and receptors."""

from __future__ import annotations

import numpy as np

from neurosim.anatomy.balance import SHAPE, balance
from neurosim.anatomy.constraints import fill_shared, one_of_each
from neurosim.anatomy.soma import ELU, LeakyReLU, Mode, ReLU
from neurosim.anatomy.structure import EITHER, EXCITATORY, INHIBITORY, Floats, Indices, Structure


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
    first = one_of_each(structure.shared, np.flatnonzero(missing))
    weights[first] = draw_weights(structure, first, rng)
    fill_shared(structure.shared, weights)
    if structure.receptor[first].any():
        balance(structure, weights, thresholds, missing, variances(structure), rng)


def draw_weights(structure: Structure, synapses: Indices, rng: np.random.Generator) -> Floats:
    """Draw the weights of some synapses, each neuron's on their own.

    Where a synapse may take either sign, the distribution is normal (uniform for the modes of Glorot's
    rule) with the variance of `variances`. With receptors the size is drawn from a gamma distribution,
    few strong synapses and many weak ones as in cortex (Song et al. 2005), and inhibition weighs as much
    as excitation: the mean sizes of the two are as the numbers of the other (van Vreeswijk and
    Sompolinsky 1996). Where there is only one of the two, the sizes sum to 1 on average.

    Parameters
    ----------
    structure : Structure
    synapses : int array
        Numbers of the synapses to draw for; only these consume random numbers.
    rng : numpy.random.Generator

    Returns
    -------
    float array, same length as `synapses`
    """
    variance = variances(structure)
    mode_of = structure.mode_of[structure.post[synapses]]
    signed = structure.receptor[synapses] != EITHER
    weights = np.empty(len(synapses))
    for number, mode in enumerate(structure.modes):
        chosen = np.flatnonzero((mode_of == number) & ~signed)
        if _is_normal(mode):
            weights[chosen] = rng.standard_normal(len(chosen)) * np.sqrt(variance[synapses[chosen]])
        else:
            weights[chosen] = rng.uniform(-1, 1, len(chosen)) * np.sqrt(3 * variance[synapses[chosen]])
    if signed.any():
        mine = synapses[signed]
        size = _mean_sizes(structure, variance)[mine]
        weights[signed] = structure.receptor[mine] * size * rng.gamma(SHAPE, 1 / SHAPE, len(mine))
    return weights


def variances(structure: Structure) -> Floats:
    """For each synapse the variance of its weight that keeps activity from dying out or exploding over layers.

    - relu, leaky_relu, elu: 2 / ((1 + slope^2) fan_in) (He et al. 2015);
    - maxout: 1 / fan_in of the branch, which keeps the second moment of the larger of two branches;
    - all others: 2 / (fan_in + fan_out) (Glorot and Bengio 2010).

    fan_in is the number of dendrites that the postsynaptic neuron really has, fan_out the number of
    synapses that the presynaptic one really makes: where half of the wiring is left out, weights are larger.
    """
    fan_in = np.bincount(structure.post, minlength=structure.n_neurons)[structure.post]
    fan_out = np.bincount(structure.pre, minlength=structure.n_neurons)[structure.pre]
    mode_of = structure.mode_of[structure.post]
    variance = 2 / (fan_in + fan_out)
    for number, mode in enumerate(structure.modes):
        chosen = mode_of == number
        if mode.branched:
            variance[chosen] = 1 / _branch_sizes(structure)[chosen]
        elif isinstance(mode, ReLU | LeakyReLU | ELU):
            variance[chosen] = 2 / ((1 + _slope_below(mode) ** 2) * fan_in[chosen])
    return variance


def _mean_sizes(structure: Structure, variance: Floats) -> Floats:
    """For each synapse with a receptor its mean size: what balances the neuron and gives it its variance."""
    post, n = structure.post, structure.n_neurons
    excitatory = np.bincount(post, weights=structure.receptor == EXCITATORY, minlength=n)
    inhibitory = np.bincount(post, weights=structure.receptor == INHIBITORY, minlength=n)
    budget = np.bincount(post, weights=variance * (structure.receptor != EITHER), minlength=n)
    both = (excitatory > 0) & (inhibitory > 0)
    ratio = np.where(both, excitatory / np.maximum(inhibitory, 1), 1)  # how much larger an inhibitory weight is
    balanced = np.sqrt(budget / ((1 + 1 / SHAPE) * np.maximum(excitatory + inhibitory * ratio**2, 1)))
    size = np.where(both, balanced, 1 / np.maximum(excitatory + inhibitory, 1))
    sizes: Floats = np.where(structure.receptor == INHIBITORY, (size * ratio)[post], size[post])
    return sizes


def _is_normal(mode: Mode) -> bool:
    return mode.branched or isinstance(mode, ReLU | LeakyReLU | ELU)


def _slope_below(mode: Mode) -> float:
    return mode.slope if isinstance(mode, LeakyReLU) else 0.0


def _branch_sizes(structure: Structure) -> Indices:
    """How many synapses share the branch of each one."""
    key = structure.post.astype(np.int64) * (int(structure.branch.max(initial=0)) + 1) + structure.branch
    _, position, count = np.unique(key, return_inverse=True, return_counts=True)
    sizes: Indices = count[position]
    return sizes
