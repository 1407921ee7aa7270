"""Learning several tasks at once: one vector of parameters, and a gradient that is the sum of theirs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from neurosim.anatomy.network import Network
from neurosim.anatomy.structure import Floats, Indices, Structure
from neurosim.anatomy.surrogates import Surrogate
from neurosim.engine.compiler import program_of
from neurosim.physiology.respond import check_parameters
from neurosim.plasticity.joint_samples import Asked, JointSamples, union_of
from neurosim.plasticity.learning import BatchByBatch, Fault, Learning, OnProgram, Studied, Sums, fault_of
from neurosim.plasticity.losses import LossValue
from neurosim.plasticity.plastic import Where


class JointLearning(OnProgram):
    """Several tasks on numpy and scipy, in one pass forwards and one backwards: see `Learning`.

    Parameters
    ----------
    net : Network
    asked : tuple of Asked
    surrogate : Surrogate, optional
    """

    def __init__(self, net: Network, asked: tuple[Asked, ...], surrogate: Surrogate | None) -> None:
        union = union_of(net.structure, asked)
        super().__init__(Network(union, net.weights, net.thresholds), in_time=False)
        self._rows = [_where(union.outputs, each.neurons) for each in asked]
        self._surrogate, self._structure = surrogate, net.structure

    def study(self, samples: JointSamples, *, learn: bool) -> Studied:
        program, parameters = self._program, self._parameters
        stimulus, columns = samples.stimulus
        state = program.forward(parameters, stimulus)
        rates, drives = state.rates[program.outputs], state.drives[program.outputs]
        wishes = _Wishes(np.zeros_like(rates))
        total, tallies = 0.0, Sums()
        for task, *mine in zip(samples.asked, self._rows, columns, strict=True):
            wanted, said = samples.targets_of(task), rates[*mine].T
            value = task.loss.evaluate(said, drives[*mine].T, wanted.values)
            wishes.add(value, mine, task.weight)
            total += task.weight * value.value
            tallies.add(samples.tallied(task, value.value, wanted.tally(said), len(said)))
        fine = bool(np.isfinite(state.rates).all() and np.isfinite(total))
        if not learn:
            return Studied(total, tallies.sums, fine)
        by = program.backward(parameters, state, wishes.by_rate, wishes.by_drive, self._surrogate)
        return Studied(total, tallies.sums, fine, self.plastic.gradient(by.weights, by.thresholds))

    def parts(self, samples: JointSamples) -> Iterator[JointSamples]:
        yield samples  # in portions, some samples of a shorter task would count twice

    def fault(self, samples: JointSamples) -> Fault:
        return _fault(samples, self._structure, self)


class CompiledJointLearning(BatchByBatch):
    """Several tasks on numba, one after the other: see `Learning`.

    Parameters
    ----------
    net : Network
    asked : tuple of Asked
    surrogate : Surrogate, optional
        It and all losses of the library's own.
    """

    def __init__(self, net: Network, asked: tuple[Asked, ...], surrogate: Surrogate | None) -> None:
        from neurosim.plasticity.compiled_learning import CompiledLearning

        check_parameters(net)
        self._structure = net.structure
        self._learnings = [CompiledLearning(each.task.view(net), each.loss, surrogate) for each in asked]
        self._first = self._learnings[0]
        self.vector = self._first.vector  # which it writes into
        self.layout, self.plastic = self._first.layout, self._first.plastic  # which hang on no output

    @property
    def weights(self) -> Floats:
        return self._first.weights

    @property
    def thresholds(self) -> Floats:
        return self._first.thresholds

    def largest_product(self, samples: int) -> float:
        return 0.0

    def write(self, vector: Floats) -> None:
        for learning in self._learnings:
            learning.write(vector)

    def write_to(self, net: Network) -> None:
        self._first.write_to(net)

    def study(self, samples: JointSamples, *, learn: bool) -> Studied:
        total, fine, tallies = 0.0, True, Sums()
        gradient = np.zeros_like(self.vector) if learn else None
        for task, learning in zip(samples.asked, self._learnings, strict=True):
            numbers = samples.of(task)
            found = learning.study(task.samples, learn=learn, numbers=numbers)
            total, fine = total + task.weight * found.loss, fine and found.fine
            if gradient is not None and found.gradient is not None:
                gradient += task.weight * found.gradient
            rows = len(task.samples if numbers is None else numbers)
            tallies.add(samples.tallied(task, found.loss, found.tally, rows))
        return Studied(total, tallies.sums, fine and bool(np.isfinite(total)), gradient)

    def parts(self, samples: JointSamples) -> Iterator[JointSamples]:
        yield samples

    def fault(self, samples: JointSamples) -> Fault:
        return _fault(samples, self._structure, self)


class _Wishes:
    """The gradient by the outputs' rates and, where a loss is better taken there, by their drives."""

    def __init__(self, zeros: Floats) -> None:
        self.by_rate = zeros
        self.by_drive: Floats | None = None

    def add(self, value: LossValue, mine: Sequence[Where], weight: float) -> None:
        """Add what a task wishes, at its outputs and samples."""
        self.by_rate[*mine] += weight * value.by_rate.T
        if value.by_drive is not None:
            if self.by_drive is None:
                self.by_drive = np.zeros_like(self.by_rate)
            self.by_drive[*mine] += weight * value.by_drive.T


def _where(outputs: Indices, neurons: Indices) -> Where:
    """The places of some neurons among all outputs, as a stretch where they lie side by side."""
    places = np.flatnonzero(np.isin(outputs, neurons))
    side_by_side = places[-1] - places[0] + 1 == len(places)
    return slice(int(places[0]), int(places[-1]) + 1) if side_by_side else places


def _fault(samples: JointSamples, structure: Structure, learning: Learning[JointSamples]) -> Fault:
    """The fault of the first task that has one, with the parameters as they are now."""
    weights = np.zeros(structure.n_synapses, learning.vector.dtype)
    net = Network(structure, weights, np.zeros(structure.n_neurons, weights.dtype))
    learning.write_to(net)
    faults = []
    for each in samples.asked:
        parameters = program_of(each.task.view(net).structure).parameters(net.weights, net.thresholds)
        numbers = samples.of(each)
        some = each.samples if numbers is None else each.samples[numbers]
        faults.append(fault_of(parameters, some, each.loss))
    return next((fault for fault in faults if not np.isfinite(fault.loss)), faults[0])
