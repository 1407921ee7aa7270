"""One tick from silence: what a network answers to a stimulus."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from neurosim.anatomy.constraints import check_thresholds, check_weights
from neurosim.anatomy.network import Network
from neurosim.anatomy.structure import Floats, Indices, Structure
from neurosim.checks import all_finite
from neurosim.engine.backends import choose, obstacle_in_tiles
from neurosim.engine.compiler import program_of
from neurosim.engine.plan import planned
from neurosim.engine.program import Parameters, largest_product, samples_at_once
from neurosim.engine.threads import one_thread
from neurosim.engine.ties import sums_fit
from neurosim.errors import DataError
from neurosim.physiology.stimulus import read_stimulus

if TYPE_CHECKING:
    from neurosim.engine.compiled import Compiled

KEPT_BYTES = 2**16  # of weights and thresholds that are compared with those of the last answer

_known: weakref.WeakKeyDictionary[Structure, tuple[tuple[bytes, bytes], Compiled]] = weakref.WeakKeyDictionary()


def respond(net: Network, X: npt.ArrayLike, *, backend: str = "auto") -> Floats:
    """The rates of the output neurons.

    Parameters
    ----------
    net : Network
    X : array_like, shape (samples, inputs) or (inputs,)
        The rates of the sensory neurons, in the order of ``net.inputs``.
    backend : "auto", "numpy" or "numba"
        What computes; see `train`.

    Returns
    -------
    float array, shape (samples, outputs) or (outputs,)
        In the order of ``net.outputs``. Synapses with a delay bring 0: nothing was before.

    Raises
    ------
    DataError
        If X has another shape or holds NaN or infinity; or if a weight or threshold of the network does.

    Examples
    --------
    >>> import neurosim as ns
    >>> net = ns.Network.from_arrays([0, 1], [2, 2], [1.0, 1.0], thresholds=[0, 0, 2])
    >>> ns.respond(net, [[0, 0], [0, 1], [1, 0], [1, 1]]).ravel()
    array([0., 0., 0., 1.])
    """
    return _rates(net, X, "outputs", backend)


def activity(net: Network, X: npt.ArrayLike, *, backend: str = "auto") -> Floats:
    """The rate of every neuron.

    Parameters
    ----------
    net : Network
    X : array_like, shape (samples, inputs) or (inputs,)
    backend : "auto", "numpy" or "numba"
        What computes; see `train`.

    Returns
    -------
    float array, shape (samples, neurons) or (neurons,)
        In the order of ``net.names``; the sensory neurons show the stimulus.

    Examples
    --------
    >>> import neurosim as ns
    >>> net = ns.Network.from_arrays([0, 1], [1, 2], [2.0, 3.0], modes="linear")
    >>> ns.activity(net, [1.0])
    array([1., 2., 6.])
    """
    return _rates(net, X, "all", backend)


def _rates(net: Network, X: npt.ArrayLike, read: str, backend: str) -> Floats:
    stimulus, structure = read_stimulus(net, X), net.structure
    rates = None
    if choose(backend, structure, len(stimulus), obstacle=lambda: obstacle_in_tiles(structure)) == "numba":
        rates = _compiled_rates(net, stimulus, read)
    if rates is None:
        neurons = structure.outputs if read == "outputs" else np.arange(len(net))
        rates = _reference_rates(net, stimulus, neurons)
    return rates[0] if np.ndim(X) == 1 else rates


def _reference_rates(net: Network, stimulus: Floats, neurons: Indices) -> Floats:
    program = program_of(net.structure)
    parameters = parameters_of(net)
    rates = np.empty((len(stimulus), len(neurons)), dtype=net.dtype)
    step = samples_at_once(program, net.dtype)
    with one_thread(largest_product(program, len(stimulus))):
        for start in range(0, len(stimulus), step):
            part = slice(start, start + step)
            state = program.forward(parameters, np.ascontiguousarray(stimulus[part].T))
            rates[part] = state.rates[program.row_of[neurons]].T
    return rates


def _compiled_rates(net: Network, stimulus: Floats, read: str) -> Floats | None:
    """The same by kernels; None if a rate is not finite, which the reference tells more about."""
    ready = _ready(net)
    plan = ready.plan
    unrounded = plan.decides and sums_fit(plan, ready.weights, ready.values.thresholds, stimulus)
    rows = plan.wires.outputs if read == "outputs" else plan.row_of
    rates, fine = ready.rates(stimulus, rows, unrounded=unrounded)
    silenced = net.structure.silenced
    rates[:, silenced[net.structure.outputs] if read == "outputs" else silenced] = 0
    return rates if fine else None


def _ready(net: Network) -> Compiled:
    """A network as kernels run it. To lay it out takes longer than its answer if it is small, so that is kept."""
    structure, numbers = net.structure, None
    if net.weights.nbytes + net.thresholds.nbytes <= KEPT_BYTES:
        numbers = net.weights.tobytes(), net.thresholds.tobytes()
        known = _known.get(structure)
        if known is not None and known[0] == numbers:
            return known[1]
    from neurosim.engine.compiled import Compiled

    check_parameters(net)
    plan = planned(structure)
    ready = Compiled(plan, net.weights[plan.synapses], net.thresholds[plan.neurons])
    if numbers is not None:
        _known[structure] = numbers, ready
    return ready


def parameters_of(net: Network, *, in_time: bool = False) -> Parameters:
    """The network's weights and thresholds, checked and laid out for the engine: for one tick, or for many."""
    check_parameters(net)
    return program_of(net.structure, in_time=in_time).parameters(net.weights, net.thresholds)


def check_parameters(net: Network) -> None:
    """Raise an error if a weight or threshold is not finite, or of a sign that its receptor forbids."""
    structure = net.structure
    for what, values in (("weight", net.weights), ("threshold", net.thresholds)):
        if not all_finite(values):
            wrong = np.flatnonzero(~np.isfinite(values))
            i = int(wrong[0])
            whose = structure.synapse_label(i) if what == "weight" else repr(structure.names[i])
            raise DataError(
                f"The {what} of {whose} is {values[i]} ({wrong.size} such in all); it must be finite. "
                f"Assign net.{what}s again, or load the network afresh."
            )
    check_weights(structure, net.weights)
    check_thresholds(structure, net.thresholds)
