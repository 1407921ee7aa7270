"""The gradient of a loss by every weight, every threshold and every input: backpropagation."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from functools import partial

import numpy as np
import numpy.typing as npt

from neurosim.anatomy.network import Network
from neurosim.anatomy.structure import Flags, Floats, Indices, Structure
from neurosim.anatomy.surrogates import SURROGATES, Surrogate, as_surrogate
from neurosim.checks import check_count
from neurosim.engine.backends import choose, obstacle_in_tiles
from neurosim.engine.program import Derivatives, Parameters, State, largest_product, samples_at_once
from neurosim.engine.threads import one_thread
from neurosim.engine.timeline import Timeline, backward_in_time
from neurosim.errors import TrainingError
from neurosim.physiology.respond import check_parameters, parameters_of
from neurosim.plasticity.losses import LOSSES, Loss, LossLike, as_loss
from neurosim.plasticity.plastic import sum_shared
from neurosim.plasticity.targets import Samples, read_samples


@dataclasses.dataclass(frozen=True, eq=False)
class Gradients:
    """The gradient of a loss.

    Attributes
    ----------
    loss : float
        Mean over the samples; in time over all trials and all ticks in which something is wanted.
    weights : float array, shape (synapses,)
        In the order of ``net.synapses``. Synapses with a delay have no part in a single tick: 0.
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
    truncation: int | None = None,
    backend: str = "auto",
) -> Gradients:
    """The loss on a batch, and its gradient by every parameter and input.

    Parameters
    ----------
    net : Network
    X : array_like, shape (samples, inputs) or (inputs,); or (trials, ticks, inputs)
        With ticks, the network runs through time from silence, without noise, and the gradient goes back
        through all ticks.
    targets : array_like
        Values, shape (samples, outputs), or class numbers, shape (samples,). In time the same is wanted in
        the last tick alone; or in every tick, with shape (trials, ticks, outputs) or (trials, ticks).
    loss : str or Loss, default "mse"
        A name in `neurosim.losses.LOSSES`, or an object.
    surrogate : str or Surrogate, optional
        What stands in for the slope of binary neurons: a name in `neurosim.surrogates.SURROGATES`, or an
        object. Their rates stay 0 or 1.
    truncation : int, optional
        In time: the gradient does not pass from one stretch of so many ticks to the one before; what that
        handed on is taken as given. It then needs memory for so many ticks only.
    backend : "auto", "numpy" or "numba"
        What computes; see `train`.

    Returns
    -------
    Gradients

    Raises
    ------
    DataError
        If X or targets cannot be used.
    TrainingError
        If a binary neuron lies on a path to the outputs, and there is no surrogate: its step has no slope. Or
        if a rate becomes infinite or NaN.

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
    check_count("truncation", truncation, least=1, optional=True)
    samples = read_samples(net, X, targets, measure)
    measure.check(net, samples.targets.rows)
    if slope is None:
        check_differentiable(net, in_time=samples.in_time)
    what_stops_it = partial(obstacle, net.structure, measure, slope, in_time=samples.in_time)
    if choose(backend, net.structure, 3 * len(samples) * samples.ticks, obstacle=what_stops_it) == "numba":
        found = _compiled_gradients(net, samples, measure, slope)
        if found is not None:
            return dataclasses.replace(found, inputs=found.inputs.reshape(np.shape(X)))
    found = _reference_gradients(net, samples, measure, slope, truncation)
    return dataclasses.replace(found, inputs=found.inputs.reshape(np.shape(X)))


def _compiled_gradients(net: Network, samples: Samples, loss: Loss, surrogate: Surrogate | None) -> Gradients | None:
    """By kernels; None if a rate is not finite, which the reference tells more about."""
    from neurosim.plasticity.compiled_learning import CompiledLearning

    check_parameters(net)
    learning = CompiledLearning(net, loss, surrogate)
    found, *by_place, by_input = learning.derivatives(samples)
    if not found.fine:
        return None
    weights, thresholds = np.zeros_like(net.weights), np.zeros_like(net.thresholds)
    weights[learning.layout.synapses], thresholds[learning.layout.neurons] = by_place
    return _gradients(net, found.loss, weights, thresholds, by_input)


def _reference_gradients(
    net: Network, samples: Samples, measure: Loss, slope: Surrogate | None, truncation: int | None
) -> Gradients:
    parameters = parameters_of(net, in_time=samples.in_time)
    program = parameters.program
    total = Gradients(0.0, np.zeros_like(net.weights), np.zeros_like(net.thresholds), np.zeros_like(samples.stimulus))
    value = 0.0
    step = samples_at_once(program, net.dtype, min(samples.ticks, truncation or samples.ticks))
    with one_thread(largest_product(program, len(samples))), np.errstate(over="ignore", invalid="ignore"):
        for start in range(0, len(samples), step):
            part = slice(start, start + step)
            batch = samples[part]
            share = len(batch) / len(samples)
            found = backpropagate(parameters, batch, measure, slope, truncation)
            if found.odd is not None:
                rows = np.flatnonzero(~np.isfinite(found.odd.rates).all(axis=1))
                name = net.structure.names[(program.neurons[rows[rows < len(net)]])[0]]
                raise TrainingError(
                    f"The rate of neuron {name!r} is not finite, so no gradient passes through it. Scale the inputs or "
                    "the weights to about 1; in loops, weaken what feeds back."
                )
            value += share * found.loss
            total.weights[program.synapses] += share * found.derivatives.weights
            total.thresholds[program.neurons] += share * found.derivatives.thresholds
            total.inputs[..., part] = share * found.derivatives.rates
    return _gradients(net, value, total.weights, total.thresholds, np.moveaxis(total.inputs, -1, 0))


def _gradients(net: Network, loss: float, weights: Floats, thresholds: Floats, inputs: Floats) -> Gradients:
    structure = net.structure
    return Gradients(
        loss=loss,
        weights=sum_shared(structure.shared, weights),
        thresholds=sum_shared(structure.shared_thresholds, thresholds),
        inputs=inputs,
    )


def obstacle(structure: Structure, loss: Loss, surrogate: Surrogate | None, *, in_time: bool) -> str:
    """Why compiled kernels cannot pass this loss back; empty if they can."""
    if in_time:
        return "kernels do not pass gradients back through time"
    if type(loss) is not type(LOSSES.get(loss.name)):
        return f"kernels do not know the loss {loss!r}"
    if surrogate is not None and type(surrogate) is not type(SURROGATES.get(surrogate.name)):
        return f"kernels do not know the surrogate slope {surrogate!r}"
    return obstacle_in_tiles(structure)


@dataclasses.dataclass(frozen=True, eq=False)
class Answer:
    """What the outputs did where something was wanted of them.

    Attributes
    ----------
    rates, drives : float arrays, shape (samples, outputs); or (samples, ticks, outputs), where it was in every tick
    state : State
        Of the engine, in the last tick.
    odd : State or None
        Of the first tick in which a rate was not finite, wherever in the network that was.
    """

    rates: Floats
    drives: Floats
    state: State
    odd: State | None


@dataclasses.dataclass(frozen=True, eq=False)
class Backpropagated:
    """A forward and a backward pass.

    Attributes
    ----------
    loss : float
    rates : float array
    state : State
    odd : State or None
        As in `Answer`.
    derivatives : Derivatives
        In the program's order; of the rates only those of the inputs: shape (inputs, samples) or (ticks,
        inputs, samples).
    """

    loss: float
    rates: Floats
    state: State
    odd: State | None
    derivatives: Derivatives


def _first_odd(states: Iterable[State]) -> State | None:
    return next((state for state in states if not np.isfinite(state.rates).all()), None)


def answer(parameters: Parameters, samples: Samples) -> Answer:
    """One forward pass.

    Parameters
    ----------
    parameters : Parameters
    samples : Samples
    """
    outputs = parameters.program.outputs
    if not samples.in_time:
        state = parameters.program.forward(parameters, samples.stimulus)
        return Answer(state.rates[outputs].T, state.drives[outputs].T, state, _first_odd([state]))
    timeline, rates, drives, odd = Timeline.from_silence(parameters, len(samples)), [], [], None
    for tick, now in enumerate(samples.stimulus):
        state = timeline.advance(now)
        odd = odd or _first_odd([state])
        if samples.every_tick or tick == samples.ticks - 1:  # the states themselves would fill the memory
            rates.append(state.rates[outputs].T)
            drives.append(state.drives[outputs].T)
    if not samples.every_tick:
        return Answer(rates[-1], drives[-1], state, odd)
    return Answer(np.stack(rates, axis=1), np.stack(drives, axis=1), state, odd)


def backpropagate(
    parameters: Parameters,
    samples: Samples,
    loss: Loss,
    surrogate: Surrogate | None = None,
    truncation: int | None = None,
) -> Backpropagated:
    """One forward and one backward pass.

    Parameters
    ----------
    parameters : Parameters
    samples : Samples
    loss : Loss
    surrogate : Surrogate, optional
    truncation : int, optional
        See `gradients`.
    """
    if samples.in_time:
        return _backpropagate_in_time(parameters, samples, loss, surrogate, truncation or samples.ticks)
    program, found = parameters.program, answer(parameters, samples)
    value = loss.evaluate(found.rates, found.drives, samples.targets.values)
    by_drive = None if value.by_drive is None else value.by_drive.T
    by = program.backward(parameters, found.state, value.by_rate.T, by_drive, surrogate)
    derivatives = Derivatives(by.weights, by.thresholds, by.rates[program.inputs])
    return Backpropagated(value.value, found.rates, found.state, found.odd, derivatives)


def _backpropagate_in_time(
    parameters: Parameters, samples: Samples, loss: Loss, surrogate: Surrogate | None, stretch: int
) -> Backpropagated:
    program, ticks = parameters.program, samples.ticks
    timeline = Timeline.from_silence(parameters, len(samples))
    weights, thresholds = np.zeros_like(parameters.weights), np.zeros_like(parameters.thresholds)
    inputs = np.zeros_like(samples.stimulus)
    total, answers, odd = 0.0, [], None
    # Where only the last tick counts, it is the first stretch that is cut short, so that the last one is whole.
    first = stretch if samples.every_tick else (ticks - 1) % stretch + 1
    ends = [*range(min(first, ticks), ticks, stretch), ticks]
    for start, end in zip([0, *ends[:-1]], ends, strict=True):
        states = [timeline.advance(now) for now in samples.stimulus[start:end]]
        odd = odd or _first_odd(states)
        if not samples.every_tick and end < ticks:
            continue  # nothing is wanted yet
        wanted = samples.targets.values[:, start:end] if samples.every_tick else samples.targets.values
        read = states if samples.every_tick else states[-1:]
        rates, drives = _outputs_of(read, program.outputs, every_tick=samples.every_tick)
        value = loss.evaluate(_rows(rates), _rows(drives), _rows(wanted))
        share = len(read) / ticks if samples.every_tick else 1.0
        by_rate = _by_tick(value.by_rate * share, len(states), len(read))
        by_drive = None if value.by_drive is None else _by_tick(value.by_drive * share, len(states), len(read))
        by = backward_in_time(parameters, states, by_rate, by_drive, surrogate)
        weights += by.weights
        thresholds += by.thresholds
        inputs[start:end] = by.rates
        total += share * value.value
        answers.append(rates)
    rates = np.concatenate(answers, axis=1) if samples.every_tick else answers[-1]
    return Backpropagated(total, rates, states[-1], odd, Derivatives(weights, thresholds, inputs))


def _outputs_of(states: list[State], outputs: Indices, *, every_tick: bool) -> tuple[Floats, Floats]:
    """Rates and drives of the outputs: shape (samples, ticks, outputs), or for a single tick (samples, outputs)."""
    if not every_tick:
        return states[-1].rates[outputs].T, states[-1].drives[outputs].T
    rates = np.stack([state.rates[outputs].T for state in states], axis=1)
    return rates, np.stack([state.drives[outputs].T for state in states], axis=1)


def _rows(values: Floats) -> Floats:
    """One row for each sample, or for each sample and tick."""
    return values.reshape(-1, values.shape[-1])


def _by_tick(rows: Floats, ticks: int, read: int) -> Floats:
    """From rows, one for each sample and each of the last `read` ticks, to shape (ticks, outputs, samples)."""
    gradients = np.zeros((ticks, rows.shape[1], len(rows) // read), rows.dtype)
    gradients[ticks - read :] = rows.reshape(-1, read, rows.shape[1]).transpose(1, 2, 0)
    return gradients


def check_differentiable(net: Network, *, learning: bool = False, in_time: bool = False) -> None:
    """Raise if a binary neuron lies on a path to the outputs, and say what to do about it.

    Parameters
    ----------
    net : Network
    learning : bool
        Whether only the plastic parameters are to be changed: then a binary neuron does no harm where
        neither it nor anything that leads to it is plastic.
    in_time : bool
        Whether synapses with a delay count.
    """
    structure = net.structure
    blocking = structure.has_mode("binary")
    acting = structure.present if in_time else structure.acting
    if blocking.any():
        blocking &= leading_to(structure, structure.outputs, acting)
    if learning and blocking.any():
        behind = leading_to(structure, np.flatnonzero(blocking), acting)
        plastic = behind & structure.plastic_thresholds & ~structure.sensory
        plastic[structure.post[structure.plastic & acting & behind[structure.post]]] = True
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


def leading_to(structure: Structure, neurons: Indices, acting: Flags | None = None) -> Flags:
    """Which neurons are among these or send to one, over any number of acting synapses (unless said, without delay)."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import breadth_first_order

    # All of them at once: search backwards from one more neuron that would listen to all of them.
    root, acting = structure.n_neurons, structure.acting if acting is None else acting
    post = np.append(structure.post[acting], np.full(len(neurons), root))
    pre = np.append(structure.pre[acting], neurons)
    backwards = coo_array((np.ones(len(pre)), (post, pre)), shape=(root + 1, root + 1)).tocsr()
    reached = breadth_first_order(backwards, root, return_predecessors=False)
    leads = np.zeros(structure.n_neurons, dtype=bool)
    leads[reached[reached != root]] = True
    return leads
