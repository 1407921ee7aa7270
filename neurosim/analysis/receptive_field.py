"""Receptive fields, measured as physiologists do: from what a neuron answers to noise."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from neurosim.anatomy.columns import RandomState, read_rng
from neurosim.anatomy.network import Network
from neurosim.anatomy.neuron import Name
from neurosim.anatomy.structure import Floats
from neurosim.checks import check_count, check_number
from neurosim.errors import OptionError
from neurosim.physiology.respond import activity
from neurosim.physiology.state import find_neurons
from neurosim.physiology.stimulus import check_network

AT_ONCE = 2**22  # rates that are held in memory at a time


def receptive_field(
    net: Network,
    neurons: Name | Sequence[Name],
    *,
    samples: int = 20_000,
    mean: float = 0.0,
    spread: float = 1.0,
    rng: RandomState = None,
) -> Floats:
    """Measure the receptive field of neurons by reverse correlation with white noise.

    All inputs show independent normal noise. The field of a neuron is the average of the stimuli, weighted by how
    far its rate is above its mean, in units of the noise::

        field_i = mean((rate - mean rate) (s_i - mean)) / spread^2

    For a binary neuron that is the spike-triggered average (de Boer and Kuyper 1968) times its mean rate. A linear
    neuron's field is its weights; that of any other single neuron its weights times one number (Bussgang 1952); in a
    network of any depth it is the mean slope of the rate by each input (Stein 1981). The error of each entry is about
    the standard deviation of the rate over ``spread * sqrt(samples)``. Only what arrives within a tick is seen:
    synapses with a delay bring nothing.

    Parameters
    ----------
    net : Network
    neurons : str, int, or sequence of them
        A neuron, a region, or several.
    samples : int
        How many noise stimuli are shown.
    mean, spread : float
        Of the noise: mean and standard deviation.
    rng : int or numpy.random.Generator, optional

    Returns
    -------
    float array, shape (inputs,) for a neuron, (neurons, inputs) for several
        Inputs in the order of ``net.inputs``. For a retina that is a grid: ``field.reshape(8, 8)``.

    Raises
    ------
    OptionError
        If a number is out of range, or no neuron is given.
    UnknownNameError
        If there is no such neuron or region.

    Examples
    --------
    >>> import neurosim as ns
    >>> net = ns.Network.from_arrays([0, 1], [3, 3], [1.0, -2.0], modes=["sensory"] * 3 + ["relu"])
    >>> field = receptive_field(net, 3, rng=0)
    >>> field.round(1)  # a relu neuron is silent half of the time: half its weights
    array([ 0.5, -1. ,  0. ])
    """
    check_network(net)
    check_count("samples", samples, least=2)
    check_number("mean", mean)
    check_number("spread", spread, above=0)
    one = isinstance(neurons, str | int | np.integer)
    found = [find_neurons(net.structure, name) for name in ([neurons] if one else list(neurons))]  # type: ignore[arg-type]
    if not found:
        raise OptionError("There is no neuron to measure: neurons is empty. Name one, or a region.")
    columns, generator = np.concatenate(found), read_rng(rng)
    products, total_rates = np.zeros((len(columns), len(net.inputs))), np.zeros(len(columns))
    total_noise = np.zeros(len(net.inputs))
    step = max(1, AT_ONCE // len(net))
    for start in range(0, samples, step):
        noise = generator.normal(size=(min(step, samples - start), len(net.inputs)))
        rates = activity(net, mean + spread * noise)[:, columns].astype(float)
        products += rates.T @ noise
        total_rates += rates.sum(axis=0)
        total_noise += noise.sum(axis=0)
    field: Floats = (products / samples - np.outer(total_rates, total_noise) / samples**2) / spread
    return field[0] if one and len(columns) == 1 and neurons in net.structure.number else field
