"""The gradient of a loss by every weight, every threshold and every input: backpropagation."""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt

from neurosim.anatomy.network import Network
from neurosim.anatomy.structure import Flags, Floats, Indices, Structure
from neurosim.anatomy.surrogates import Surrogate, as_surrogate
from neurosim.engine.compiler import compiled
from neurosim.engine.program import Derivatives, Parameters, Program, State, largest_product, samples_at_once
from neurosim.engine.threads import one_thread
from neurosim.errors import TrainingError
from neurosim.physiology.respond import parameters_of
from neurosim.plasticity.losses import Loss, LossLike, as_loss
from neurosim.plasticity.plastic import sum_shared
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
        Synapses that are one weight all show the gradient by that weight: the sum over all its places.
    thresholds : float array, shape (neurons,)
        In the order of ``net.names``; 0 for sensory neurons; where shared, as for weights.
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


def gradients(
    net: Network,
    X: npt.ArrayLike,
    targets: npt.ArrayLike,
    *,
    loss: LossLike = "mse",
    surrogate: str | Surrogate | None = None,
) -> Gradients:
    """The loss on a batch, and its gradient by every parameter and input.

    Parameters
    ----------
    net : Network
    X : array_like, shape (samples, inputs) or (inputs,)
    targets : array_like
        Values, shape (samples, outputs), or class numbers, shape (samples,).
    loss : str or Loss, default "mse"
        A name in `neurosim.losses.LOSSES`, or an object.
    surrogate : str or Surrogate, optional
        What stands in for the slope of binary neurons: a name in `neurosim.surrogates.SURROGATES`, or an
        object. Their rates stay 0 or 1.

    Returns
    -------
    Gradients

    Raises
    ------
    DataError
        If X or targets cannot be used.
    TrainingError
        If a binary neuron lies on a path to the outputs, and there is no surrogate: its step has no slope.

    Examples
    --------
    >>> import neurosim as ns
    >>> net = ns.Network.from_arrays([0, 1], [2, 2], [1.0, -1.0], modes="linear")
    >>> g = ns.gradients(net, [[1.0, 2.0]], [[0.0]])
    >>> g.loss, g.weights, g.thresholds, g.inputs
    (0.5, array([-1., -2.]), array([0., 0., 1.]), array([[-1.,  1.]]))
    """
    measure = as_loss(loss)
    slope = None if surrogate is None else as_surrogate(surrogate)
    stimulus, wanted = read_samples(net, X, targets, measure)
    measure.check(net, wanted.values)
    if slope is None:
        check_differentiable(net)
    program, parameters = compiled(net.structure), parameters_of(net)
    total = Gradients(0.0, np.zeros_like(net.weights), np.zeros_like(net.thresholds), np.zeros_like(stimulus))
    value = 0.0
    step = samples_at_once(program, net.dtype)
    with one_thread(largest_product(program, len(stimulus))):
        for start in range(0, len(stimulus), step):
            part = slice(start, start + step)
            share = len(stimulus[part]) / len(stimulus)
            batch_loss, _, derivatives = backpropagate(
                program, parameters, np.ascontiguousarray(stimulus[part].T), wanted.values[part], measure, slope
            )
            value += share * batch_loss
            total.weights[program.synapses] += share * derivatives.weights
            total.thresholds[program.neurons] += share * derivatives.thresholds
            total.inputs[part] = share * derivatives.rates[program.inputs].T
    return Gradients(
        loss=value,
        weights=sum_shared(net.structure.shared, total.weights),
        thresholds=sum_shared(net.structure.shared_thresholds, total.thresholds),
        inputs=total.inputs.reshape(np.shape(X)),
    )


def backpropagate(
    program: Program,
    parameters: Parameters,
    stimulus: Floats,
    targets: Floats,
    loss: Loss,
    surrogate: Surrogate | None = None,
) -> tuple[float, State, Derivatives]:
    """One forward and one backward pass.

    Parameters
    ----------
    program : Program
    parameters : Parameters
    stimulus : float array, shape (inputs, samples)
    targets : float array, shape (samples, outputs)
    loss : Loss
    surrogate : Surrogate, optional

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
    return value.value, state, program.backward(parameters, state, value.by_rate.T, by_drive, surrogate)


def check_differentiable(net: Network, *, learning: bool = False) -> None:
    """Raise if a binary neuron lies on a path to the outputs, and say what to do about it.

    Parameters
    ----------
    net : Network
    learning : bool
        Whether only the plastic parameters are to be changed: then a binary neuron does no harm where
        neither it nor anything that leads to it is plastic.
    """
    structure = net.structure
    blocking = structure.has_mode("binary")
    if blocking.any():
        blocking &= leading_to(structure, structure.outputs)
    if learning and blocking.any():
        behind = leading_to(structure, np.flatnonzero(blocking))
        plastic = behind & structure.plastic_thresholds & ~structure.sensory
        plastic[structure.post[structure.plastic & (structure.delay == 0) & behind[structure.post]]] = True
        if not plastic.any():
            return
    if not blocking.any():
        return
    name, count = structure.names[np.flatnonzero(blocking)[0]], int(blocking.sum())
    others = f" ({count} such neurons lead to the outputs)" if count > 1 else ""
    raise TrainingError(
        f"Neuron {name!r} is binary, so no gradient passes through it{others}: the slope of its step is zero wherever "
        "it exists. Choose a slope to stand in for it, such as surrogate='sigmoid' (see ns.surrogates). Or train in a "
        "graded mode and harden afterwards: graded = net.with_mode('sigmoid'), ns.train(graded, X, targets), "
        "hard = graded.with_mode('binary')."
    )


def leading_to(structure: Structure, neurons: Indices) -> Flags:
    """Which neurons are among these or send to one, over any number of synapses without delay."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import breadth_first_order

    # All of them at once: search backwards from one more neuron that would listen to all of them.
    instant, root = structure.delay == 0, structure.n_neurons
    post = np.append(structure.post[instant], np.full(len(neurons), root))
    pre = np.append(structure.pre[instant], neurons)
    backwards = coo_array((np.ones(len(pre)), (post, pre)), shape=(root + 1, root + 1)).tocsr()
    reached = breadth_first_order(backwards, root, return_predecessors=False)
    leads = np.zeros(structure.n_neurons, dtype=bool)
    leads[reached[reached != root]] = True
    return leads
