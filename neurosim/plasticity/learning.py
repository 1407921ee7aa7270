"""What learning asks of a backend, and how the readable one answers."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Iterator
from typing import Protocol, Self, TypeVar

import numpy as np

from neurosim.anatomy.network import Network
from neurosim.anatomy.structure import Floats, Indices
from neurosim.anatomy.surrogates import Surrogate
from neurosim.engine.compiler import program_of
from neurosim.engine.program import Parameters, Program, largest_product, samples_at_once
from neurosim.physiology.respond import parameters_of
from neurosim.plasticity.gradients import answer, backpropagate
from neurosim.plasticity.losses import Loss
from neurosim.plasticity.optimizers import GradientOptimizer, OptimizerState
from neurosim.plasticity.plastic import Plastic
from neurosim.plasticity.targets import Samples


class Portions(Protocol):
    """What a run goes through batch by batch: `Samples`, or those of several tasks."""

    def __len__(self) -> int:
        """How many samples there are."""

    def __getitem__(self, numbers: Indices) -> Self:
        """Some of them."""

    def score(self, tally: dict[str, float]) -> dict[str, float]:
        """The measures that a tally over all of them amounts to."""


S = TypeVar("S", bound=Portions)


@dataclasses.dataclass(frozen=True, eq=False)
class Studied:
    """Samples that went through a network.

    Attributes
    ----------
    loss : float
        Mean over the samples.
    tally : dict
        As `Targets.tally` counts it.
    fine : bool
        Whether every rate in the network, and the loss, was finite.
    gradient : float array, one per plastic parameter, or None
        If it was asked for.
    """

    loss: float
    tally: dict[str, float]
    fine: bool
    gradient: Floats | None = None


@dataclasses.dataclass(frozen=True)
class Descent:
    """How gradients become steps.

    Attributes
    ----------
    optimizer : GradientOptimizer
    weight_decay : float
        Strength of a penalty on weights.
    clip_norm : float or None
        A gradient that is longer than this is shortened to it.
    """

    optimizer: GradientOptimizer
    weight_decay: float = 0.0
    clip_norm: float | None = None


@dataclasses.dataclass(frozen=True, eq=False)
class Descended:
    """Epochs that were learnt at one go.

    Attributes
    ----------
    told : list of (loss summed over the samples, tally)
        Of every epoch that went well.
    state : dict
        The optimizer's, after the last step.
    vector : float array, one per plastic parameter
        After the last epoch that went well.
    wrong : int array or None
        The samples of the batch in which a number was not finite, before its step; there is no epoch after it.
    """

    told: list[tuple[float, dict[str, float]]]
    state: OptimizerState
    vector: Floats
    wrong: Indices | None = None


@dataclasses.dataclass(frozen=True)
class Fault:
    """Where a network went wrong first.

    Attributes
    ----------
    neuron : int
    what : str
        In words, to follow on the neuron's name.
    loss : float
        What the loss was there; NaN where it was not come to.
    """

    neuron: int
    what: str
    loss: float = math.nan


class Layout(Protocol):
    """The order of weights and thresholds: a `Program` or a `Plan`."""

    @property
    def neurons(self) -> Indices:
        """For each threshold its neuron."""

    @property
    def synapses(self) -> Indices:
        """For each weight its synapse."""


class Learning(Protocol[S]):
    """The parameters of a network on a backend, while they are learnt.

    Attributes
    ----------
    plastic : Plastic
    vector : float array, one per plastic parameter
    layout : Layout
    weights, thresholds : float arrays
        All of them, in the order of the layout.
    """

    plastic: Plastic
    vector: Floats

    def takes_many_epochs(self, optimizer: GradientOptimizer) -> bool:
        """Whether `descend` may be asked for several epochs at one go."""

    @property
    def layout(self) -> Layout:
        """The order of weights and thresholds."""

    @property
    def weights(self) -> Floats:
        """Every weight now."""

    @property
    def thresholds(self) -> Floats:
        """Every threshold now."""

    def largest_product(self, samples: int) -> float:
        """How many multiplications the largest matrix product takes outside of kernels."""

    def write(self, vector: Floats) -> None:
        """Take new parameters."""

    def write_to(self, net: Network) -> None:
        """Give a network all weights and thresholds as they are now."""

    def study(self, samples: S, *, learn: bool) -> Studied:
        """Run samples forwards and, to learn, backwards."""

    def parts(self, samples: S) -> Iterable[S]:
        """The samples, as many at once as memory should hold."""

    def fault(self, samples: S) -> Fault:
        """Where these samples went wrong first, with the parameters as they are now."""

    def descend(
        self, samples: S, orders: Indices, size: int, descents: list[Descent], state: OptimizerState
    ) -> Descended | None:
        """Take a step after each batch of each epoch, all at one go, if this backend can.

        Parameters
        ----------
        samples : Samples
        orders : int array, shape (epochs, samples)
        size : int
            Samples in a batch.
        descents : list of Descent
            One for each epoch; they differ in the learning rate.
        state : dict
            The optimizer's.

        Returns
        -------
        Descended or None
            None if it has to be done batch by batch.
        """


class BatchByBatch:
    """What a `Learning` says that takes every step by itself."""

    def takes_many_epochs(self, optimizer: GradientOptimizer) -> bool:
        return False

    def descend(
        self, samples: Portions, orders: Indices, size: int, descents: list[Descent], state: OptimizerState
    ) -> None:
        return None


class OnProgram(BatchByBatch):
    """The parameters of a network on numpy and scipy, and how they are read and written: see `Learning`.

    Parameters
    ----------
    net : Network
    in_time : bool
        Whether the samples have ticks.
    """

    def __init__(self, net: Network, *, in_time: bool) -> None:
        self.layout = self._program = program_of(net.structure, in_time=in_time)
        self.plastic = Plastic(net.structure, self._program)
        self._parameters = parameters_of(net, in_time=in_time)
        self.vector = self.plastic.read(self.weights, self.thresholds)

    @property
    def weights(self) -> Floats:
        return self._parameters.weights

    @property
    def thresholds(self) -> Floats:
        return self._parameters.thresholds

    def largest_product(self, samples: int) -> float:
        return largest_product(self._program, samples)

    def write(self, vector: Floats) -> None:
        self.vector = vector
        self.plastic.write(vector, self.weights, self.thresholds)
        self._parameters.refresh()

    def write_to(self, net: Network) -> None:
        net.weights[self.layout.synapses] = self.weights
        net.thresholds[self.layout.neurons] = self.thresholds


class ReferenceLearning(OnProgram):
    """Learning on numpy and scipy: see `Learning`.

    Parameters
    ----------
    net : Network
    loss : Loss
    surrogate : Surrogate, optional
    in_time : bool
        Whether the samples have ticks.
    truncation : int, optional
    """

    def __init__(
        self, net: Network, loss: Loss, surrogate: Surrogate | None, *, in_time: bool, truncation: int | None
    ) -> None:
        super().__init__(net, in_time=in_time)
        self._loss, self._surrogate, self._truncation = loss, surrogate, truncation

    def study(self, samples: Samples, *, learn: bool) -> Studied:
        if learn:
            found = backpropagate(self._parameters, samples, self._loss, self._surrogate, self._truncation)
            gradient = self.plastic.gradient(found.derivatives.weights, found.derivatives.thresholds)
            fine = found.odd is None and bool(np.isfinite(found.loss))
            return Studied(found.loss, samples.targets.tally(found.rates), fine, gradient)
        total, tallies, fine = 0.0, Sums(), True
        for part in parts_of(self._program, samples):
            seen = answer(self._parameters, part)
            outputs = len(self._program.outputs)
            rows = (each.reshape(-1, outputs) for each in (seen.rates, seen.drives, part.targets.values))
            value = self._loss.evaluate(*rows).value
            fine = fine and seen.odd is None and bool(np.isfinite(value))
            total += value * len(part)
            tallies.add(part.targets.tally(seen.rates))
        return Studied(total / len(samples), tallies.sums, fine)

    def parts(self, samples: Samples) -> Iterator[Samples]:
        return parts_of(self._program, samples)

    def fault(self, samples: Samples) -> Fault:
        return fault_of(self._parameters, samples, self._loss)


def parts_of(program: Program, samples: Samples) -> Iterator[Samples]:
    """The samples, as many at once as memory should hold."""
    step = samples_at_once(program, samples.stimulus.dtype, samples.ticks)
    if step >= len(samples):
        yield samples  # as it is: a slice would be a copy
        return
    for start in range(0, len(samples), step):
        yield samples[slice(start, start + step)]


def fault_of(parameters: Parameters, samples: Samples, loss: Loss) -> Fault:
    """The first neuron, in the order of computation, whose rate is not finite; or else the output that is the largest.

    Parameters
    ----------
    parameters : Parameters
    samples : Samples
    loss : Loss
    """
    program, outputs = parameters.program, parameters.program.outputs
    value, state = 0.0, None
    for part in parts_of(program, samples):
        found = answer(parameters, part)
        if found.odd is not None:
            rows = np.flatnonzero(~np.isfinite(found.odd.rates).all(axis=1))
            first = rows[rows < len(program.neurons)][0]
            return Fault(int(program.neurons[first]), "its rate is no longer finite")
        each = (some.reshape(-1, len(outputs)) for some in (found.rates, found.drives, part.targets.values))
        value, state = loss.evaluate(*each).value, found.state
        if not np.isfinite(value):
            break
    # The rates are finite; a drive that was squashed is not, or they are too large for the loss.
    assert state is not None
    size = np.nan_to_num(np.abs(state.drives[outputs]).max(axis=1), nan=np.inf)
    return Fault(int(program.neurons[outputs[int(size.argmax())]]), f"the loss is {value}", value)


# --- Steps ---------------------------------------------------------------------------------------


def take_step(
    learning: Learning[S], gradient: Floats, descent: Descent, state: OptimizerState, factors: Floats | None = None
) -> OptimizerState:
    """Change the parameters along a gradient of the loss, as far as receptors let them; the optimizer's next state.

    Parameters
    ----------
    learning : Learning
    gradient : float array, one per plastic parameter
    descent : Descent
    state : dict
        The optimizer's.
    factors : float array, one per plastic parameter, optional
        By which each parameter's step is longer or shorter.
    """
    plastic, is_weight = learning.plastic, learning.plastic.is_weight
    if descent.clip_norm is not None:
        gradient = _shortened(gradient, descent.clip_norm)
    if descent.weight_decay:
        gradient = gradient + (descent.weight_decay * is_weight * learning.vector).astype(gradient.dtype)
    change, state = descent.optimizer.update(gradient, state, learning.vector * is_weight)
    learning.write(moved(learning.vector, change, plastic, factors))
    return state


def moved(vector: Floats, change: Floats, plastic: Plastic, factors: Floats | None) -> Floats:
    """The parameters after a change, each times its factor, as far as receptors let them; not a bit where that is 0."""
    if factors is None:
        return plastic.project(vector + change)
    changed: Floats = plastic.project(vector + change * factors.astype(vector.dtype))
    return np.where(factors == 0, vector, changed)


def _shortened(gradient: Floats, most: float) -> Floats:
    """The gradient, or one in its direction with this Euclidean norm if it is longer."""
    largest = np.abs(gradient).max()
    if not 0 < largest < np.inf:
        return gradient
    # Of numbers up to 1, so that no square overflows; and without BLAS, whose sums depend on the number of threads.
    norm = float(largest) * math.sqrt(float(np.square(gradient / largest).sum()))
    return gradient / largest * gradient.dtype.type(float(largest) / norm * most) if norm > most else gradient


class Sums:
    """Tallies of batches, added up by name."""

    def __init__(self) -> None:
        self.sums: dict[str, float] = {}

    def add(self, tally: dict[str, float]) -> None:
        """Count one more."""
        for name, value in tally.items():
            self.sums[name] = self.sums.get(name, 0.0) + value
