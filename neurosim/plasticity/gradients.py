"""The gradient of a loss by every weight, every threshold and every input: backpropagation."""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt

from neurosim.anatomy.network import Network
from neurosim.anatomy.structure import Floats
from neurosim.engine.compiler import compiled
from neurosim.engine.program import Derivatives, Parameters, Program, State, samples_at_once
from neurosim.errors import TrainingError
from neurosim.physiology.respond import parameters_of
from neurosim.plasticity.losses import Loss, as_loss
from neurosim.plasticity.targets import read_samples


@dataclasses.dataclass(frozen=True, eq=False)
class Gradients:
    """The gradient of a loss.

    Attributes
    ----------
    loss : float
        Mean over the samples.
    weights : float array, shape (synapses,)
        In the order of ``net.synapses``; 0 for synapses with a delay, which have no part in one tick.
    thresholds : float array, shape (neurons,)
        In the order of ``net.names``; 0 for sensory neurons.
    inputs : float array, shape of the stimulus
    """

    loss: float
    weights: Floats
    thresholds: Floats
    inputs: Floats

    @property
    def biases(self) -> Floats:
        """The gradient by the biases: the opposite of that by the thresholds."""
        return 0.0 - self.thresholds


def gradients(net: Network, X: npt.ArrayLike, targets: npt.ArrayLike, *, loss: str | Loss = "mse") -> Gradients:
    """The loss on a batch, and its gradient by every parameter and input.

    Parameters
    ----------
    net : Network
    X : array_like, shape (samples, inputs) or (inputs,)
    targets : array_like
        Values, shape (samples, outputs), or class numbers, shape (samples,).
    loss : str or Loss, default "mse"
        "mse", "cross_entropy" or "binary_cross_entropy".

    Returns
    -------
    Gradients

    Raises
    ------
    DataError
        If X or targets cannot be used.
    TrainingError
        If a binary neuron lies on a path to the outputs: its step has no slope.

    Examples
    --------
    >>> import neurosim as ns
    >>> net = ns.Network.from_arrays([0, 1], [2, 2], [1.0, -1.0], modes="linear")
    >>> g = ns.gradients(net, [[1.0, 2.0]], [[0.0]])
    >>> g.loss, g.weights, g.thresholds, g.inputs
    (0.5, array([-1., -2.]), array([0., 0., 1.]), array([[-1.,  1.]]))
    """
    measure = as_loss(loss)
    stimulus, wanted = read_samples(net, X, targets)
    measure.check(net, wanted.values)
    check_differentiable(net)
    program, parameters = compiled(net.structure), parameters_of(net)
    total = Gradients(0.0, np.zeros_like(net.weights), np.zeros_like(net.thresholds), np.zeros_like(stimulus))
    value = 0.0
    step = samples_at_once(program, net.dtype)
    for start in range(0, len(stimulus), step):
        part = slice(start, start + step)
        share = len(stimulus[part]) / len(stimulus)
        batch_loss, _, derivatives = backpropagate(
            program, parameters, np.ascontiguousarray(stimulus[part].T), wanted.values[part], measure
        )
        value += share * batch_loss
        total.weights[program.synapses] += share * derivatives.weights
        total.thresholds[program.neurons] += share * derivatives.thresholds
        total.inputs[part] = share * derivatives.rates[program.inputs].T
    return dataclasses.replace(total, loss=value, inputs=total.inputs.reshape(np.shape(X)))


def backpropagate(
    program: Program, parameters: Parameters, stimulus: Floats, targets: Floats, loss: Loss
) -> tuple[float, State, Derivatives]:
    """One forward and one backward pass.

    Parameters
    ----------
    program : Program
    parameters : Parameters
    stimulus : float array, shape (inputs, samples)
    targets : float array, shape (samples, outputs)
    loss : Loss

    Returns
    -------
    loss : float
    state : State
    derivatives : Derivatives
        In the program's order.
    """
    state = program.forward(parameters, stimulus)
    value = loss.evaluate(state.rates[program.outputs].T, state.drives[program.outputs].T, targets)
    by_drive = None if value.by_drive is None else value.by_drive.T
    return value.value, state, program.backward(parameters, state, value.by_rate.T, by_drive)


def check_differentiable(net: Network) -> None:
    """Raise if a binary neuron lies on a path to the outputs, and say what to do about it."""
    structure = net.structure
    blocking = np.flatnonzero(structure.has_mode("binary") & _leads_to_outputs(net))
    if not blocking.size:
        return
    name = structure.names[blocking[0]]
    others = f" ({blocking.size} such neurons lead to the outputs)" if blocking.size > 1 else ""
    raise TrainingError(
        f"Neuron {name!r} is binary, so no gradient passes through it{others}: the slope of its step is zero wherever "
        "it exists. Train it in a graded mode and harden it afterwards: graded = net.with_mode('sigmoid'), "
        "ns.train(graded, X, targets), hard = graded.with_mode('binary')."
    )


def _leads_to_outputs(net: Network) -> npt.NDArray[np.bool_]:
    """Which neurons are outputs or send to one, over any number of synapses without delay."""
    structure = net.structure
    leads = np.zeros(structure.n_neurons, dtype=bool)
    if not structure.has_mode("binary").any():
        return leads
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import breadth_first_order

    # All outputs at once: search backwards from one more neuron that would listen to all of them.
    instant, root = structure.delay == 0, structure.n_neurons
    post = np.append(structure.post[instant], np.full(len(structure.outputs), root))
    pre = np.append(structure.pre[instant], structure.outputs)
    backwards = coo_array((np.ones(len(pre)), (post, pre)), shape=(root + 1, root + 1)).tocsr()
    reached = breadth_first_order(backwards, root, return_predecessors=False)
    leads[reached[reached != root]] = True
    return leads
