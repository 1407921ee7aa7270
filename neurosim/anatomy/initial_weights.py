"""Weights for synapses that were given none: random, and of a size that suits mode and fan-in."""

from __future__ import annotations

import numpy as np

from neurosim.anatomy.soma import ELU, LeakyReLU, Mode, ReLU
from neurosim.anatomy.structure import Floats, Indices, Structure


def draw_weights(structure: Structure, synapses: Indices, rng: np.random.Generator) -> Floats:
    """Draw the weights of some synapses.

    Each postsynaptic mode has its rule, so that activity neither dies out nor explodes over layers:

    - relu, leaky_relu, elu: normal with variance 2 / ((1 + slope^2) fan_in) (He et al. 2015);
    - maxout: normal with variance 1 / fan_in of the branch, which keeps the second moment of the
      larger of two branches;
    - all others: uniform between +-sqrt(6 / (fan_in + fan_out)) (Glorot and Bengio 2010).

    fan_in is the number of dendrites that the postsynaptic neuron really has, fan_out the number of
    synapses that the presynaptic one really makes: where half of the wiring is left out, weights are larger.

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
    pre, post = structure.pre[synapses], structure.post[synapses]
    fan_in = np.bincount(structure.post, minlength=structure.n_neurons)[post]
    fan_out = np.bincount(structure.pre, minlength=structure.n_neurons)[pre]
    mode_of = structure.mode_of[post]
    weights = np.empty(len(synapses))
    for number, mode in enumerate(structure.modes):
        chosen = np.flatnonzero(mode_of == number)
        if not chosen.size:
            continue
        if mode.branched:
            weights[chosen] = rng.standard_normal(len(chosen)) / np.sqrt(_branch_size(structure, synapses[chosen]))
        elif isinstance(mode, ReLU | LeakyReLU | ELU):
            spread = 2 / (1 + _slope_below(mode) ** 2)
            weights[chosen] = rng.standard_normal(len(chosen)) * np.sqrt(spread / fan_in[chosen])
        else:
            weights[chosen] = rng.uniform(-1, 1, len(chosen)) * np.sqrt(6 / (fan_in[chosen] + fan_out[chosen]))
    return weights


def _slope_below(mode: Mode) -> float:
    return mode.slope if isinstance(mode, LeakyReLU) else 0.0


def _branch_size(structure: Structure, synapses: Indices) -> Indices:
    """How many synapses share the branch of each of these."""
    key = structure.post.astype(np.int64) * (int(structure.branch.max()) + 1) + structure.branch
    _, position, count = np.unique(key, return_inverse=True, return_counts=True)
    sizes: Indices = count[position[synapses]]
    return sizes
