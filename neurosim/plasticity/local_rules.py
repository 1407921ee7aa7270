"""Local rules: a synapse changes by what its own two neurons do, and for some rules by its target's own error.

==========  =================================================  ==========================================
rule        change of a weight w from x to y                   where
==========  =================================================  ==========================================
perceptron  rate (Y - y) x, after a mistake                    onto binary outputs (Rosenblatt 1958)
delta       rate (Y - y) f'(z) x                               onto graded outputs (Widrow and Hoff 1960)
hebb        rate y x                                           everywhere (Hebb 1949)
oja         rate y (x - y w)                                   everywhere (Oja 1982)
==========  =================================================  ==========================================

All change plastic synapses only, one sample after the other, and keep receptors.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from neurosim.anatomy.columns import RandomState, read_rng
from neurosim.anatomy.exact import exact_drive
from neurosim.anatomy.network import Network
from neurosim.anatomy.structure import NOT_SHARED, Floats, Indices, Structure
from neurosim.checks import check_count, check_number
from neurosim.engine.compiler import program_of
from neurosim.engine.ties import in_doubt
from neurosim.errors import DataError, OptionError, TrainingError, counted
from neurosim.physiology.respond import activity, parameters_of
from neurosim.physiology.stimulus import read_stimulus
from neurosim.plasticity.gradients import leading_to
from neurosim.plasticity.history import History
from neurosim.plasticity.losses import Hinge
from neurosim.plasticity.novikoff import mistake_bound
from neurosim.plasticity.targets import read_samples

Change: TypeAlias = Callable[[Floats, Floats, Floats], Floats]
"""From the presynaptic rate, the postsynaptic rate and the weight of each synapse to its change."""


# --- Rules with a teacher ------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True, eq=False)
class PerceptronRun:
    """What the perceptron rule did.

    Attributes
    ----------
    outputs : list of str or int
    mistakes : int array, shape (epochs, outputs)
        How often each output answered wrongly, and was changed.
    bounds : float array, shape (outputs,)
        Novikoff's bound on the mistakes of each output over all epochs: (R / gamma)^2 from weights of 0, with
        R the length of the longest input and gamma the margin of the best separation. Infinite where
        no weights separate the classes; NaN where the neuron is not free to take any weights.
    converged : bool
        Whether the last epoch was without a mistake.
    """

    outputs: list[str | int]
    mistakes: npt.NDArray[np.int64]
    bounds: Floats
    converged: bool

    @property
    def epochs(self) -> int:
        """How many epochs were run."""
        return len(self.mistakes)

    def __str__(self) -> str:
        end = "the last one without a mistake" if self.converged else "and it still makes mistakes"
        lines = [f"Perceptron rule: {counted(self.epochs, 'epoch')}, {end}."]
        for name, mistakes, bound in zip(self.outputs, self.mistakes.sum(axis=0), self.bounds, strict=True):
            if np.isfinite(bound):
                told = f"Novikoff's bound is {bound:.4g}"
            else:
                told = "no bound: frozen or bound by receptors" if np.isnan(bound) else "no bound: not separable"
            lines.append(f"  {name}: {counted(int(mistakes), 'mistake')}; {told}")
        return "\n".join(lines)


def perceptron(
    net: Network,
    X: npt.ArrayLike,
    labels: npt.ArrayLike,
    *,
    learning_rate: float = 1.0,
    epochs: int = 100,
    rng: RandomState = None,
) -> PerceptronRun:
    """Teach binary outputs by their mistakes: w += rate (Y - y) x, threshold -= rate (Y - y) (Rosenblatt 1958).

    Ends after an epoch without a mistake, which comes if and only if the classes can be separated
    (Novikoff 1962). What lies before the outputs is not changed.

    Parameters
    ----------
    net : Network
        Its outputs are binary, and none of them leads to another.
    X : array_like, shape (samples, inputs)
    labels : array_like
        0 and 1, or -1 and 1, for each output, shape (samples, outputs); for several outputs also class numbers.
    learning_rate : float > 0
    epochs : int
        At most.
    rng : int or numpy.random.Generator, optional
        For the order of the samples, new in each epoch.

    Returns
    -------
    PerceptronRun

    Raises
    ------
    OptionError
        If the outputs are not such neurons; nothing has changed then.

    Examples
    --------
    >>> import neurosim as ns
    >>> net = ns.Network.from_arrays([0, 1], [2, 2], [0.0, 0.0])
    >>> run = ns.local_rules.perceptron(net, [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 0, 0, 1], rng=0)
    >>> run.converged, bool(run.mistakes.sum() <= run.bounds[0])
    (True, True)
    >>> ns.respond(net, [[0, 1], [1, 1]]).ravel()
    array([0., 1.])
    """
    check_number("learning_rate", learning_rate, above=0)
    readout = _Readout(net, X, labels)
    if not all(readout.net[name].mode.name == "binary" for name in net.outputs):
        raise OptionError("The perceptron rule teaches binary outputs; for graded ones use ns.local_rules.delta.")
    if np.isin(readout.targets, (-1, 1)).all():
        readout.targets = (readout.targets + 1) / 2
    if not np.isin(readout.targets, (0, 1)).all():
        raise DataError("The perceptron rule needs labels that are 0 and 1, or -1 and 1, or class numbers.")
    bounds = np.array([readout.mistake_bound(j, learning_rate) for j in range(readout.n_outputs)])
    mistakes: list[npt.NDArray[np.int64]] = []
    for order in _orders(len(readout.targets), epochs, rng):
        wrong = np.zeros(readout.n_outputs, dtype=np.int64)
        for sample in order:
            error = readout.targets[sample] - readout.decisions(sample)
            if error.any():
                readout.learn(sample, learning_rate * error)
                wrong += error != 0
        readout.write_back(len(mistakes))
        mistakes.append(wrong)
        if not wrong.any():
            break
    table = np.array(mistakes, dtype=np.int64).reshape(-1, readout.n_outputs)
    return PerceptronRun(net.outputs, table, bounds, converged=bool(mistakes) and not mistakes[-1].any())


def delta(
    net: Network,
    X: npt.ArrayLike,
    targets: npt.ArrayLike,
    *,
    learning_rate: float = 0.1,
    epochs: int = 100,
    rng: RandomState = None,
) -> History:
    """Teach graded outputs by their error: w += rate (Y - y) f'(z) x, sample by sample (Widrow and Hoff 1960).

    It is stochastic gradient descent on the squared error of the outputs, for their own synapses. What
    lies before the outputs is not changed.

    Parameters
    ----------
    net : Network
        Its outputs are not binary, and none of them leads to another.
    X : array_like, shape (samples, inputs)
    targets : array_like, shape (samples, outputs) or (samples,)
    learning_rate : float > 0
    epochs : int
    rng : int or numpy.random.Generator, optional
        For the order of the samples.

    Returns
    -------
    History
        ``error``, the root mean square met in each epoch.

    Examples
    --------
    >>> import neurosim as ns
    >>> net = ns.Network.from_arrays([0], [1], [0.0], modes="linear")
    >>> history = ns.local_rules.delta(net, [[0.0], [1.0]], [1.0, 3.0], learning_rate=0.5, epochs=60, rng=0)
    >>> net.weights.round(3), net.biases.round(3)
    (array([2.]), array([0., 1.]))
    """
    check_number("learning_rate", learning_rate, above=0)
    readout = _Readout(net, X, targets)
    for name in net.outputs:
        if not net[name].mode.differentiable:
            raise OptionError(
                f"The delta rule needs the slope of the outputs; {name!r} is {net[name].mode}, which has none. Use "
                "ns.local_rules.perceptron."
            )
    errors: list[float] = []
    with np.errstate(over="ignore", invalid="ignore"):
        for order in _orders(len(readout.targets), epochs, rng):
            squares = 0.0
            for sample in order:
                drives = readout.drives(sample)
                error = readout.targets[sample] - readout.rates(drives)
                squares += float(np.square(error).mean())
                readout.learn(sample, learning_rate * error * readout.slopes(drives))
            readout.write_back(len(errors))
            errors.append(float(np.sqrt(squares / len(order))))
    return History({"error": np.array(errors)}, len(errors) - 1)


class _Readout:
    """The outputs of a network and their dendrites, with all that comes before them worked out for every sample."""

    def __init__(self, net: Network, X: npt.ArrayLike, targets: npt.ArrayLike) -> None:
        structure = net.structure
        _check_unshared(structure)
        self.net = net
        self.n_outputs = len(structure.outputs)
        dendrites = [structure.dendrites_of(int(i)) for i in structure.outputs]
        dendrites = [mine[structure.acting[mine]] for mine in dendrites]
        self.synapses = np.concatenate(dendrites)
        self.owner = np.repeat(np.arange(self.n_outputs), [len(mine) for mine in dendrites])
        _check_readout(structure, self.synapses)
        samples = read_samples(net, np.atleast_2d(np.asarray(X)), targets, Hinge(), times=False)
        self.targets = samples.targets.values.astype(float)
        rates = activity(net, np.atleast_2d(np.asarray(X))).astype(float)
        self.inputs = rates[:, structure.pre[self.synapses]]
        self.weights = net.weights[self.synapses].astype(float)
        self.thresholds = net.thresholds[structure.outputs].astype(float)

    def drives(self, sample: int) -> Floats:
        """The drive of each output."""
        sums = np.bincount(self.owner, weights=self.weights * self.inputs[sample], minlength=self.n_outputs)
        return np.asarray(sums - self.thresholds)

    def decisions(self, sample: int) -> Floats:
        """Whether each binary output fires; drives within rounding of 0 are summed again exactly."""
        drives = self.drives(sample)
        sizes = np.abs(self.weights * self.inputs[sample])
        size = np.bincount(self.owner, weights=sizes, minlength=self.n_outputs) + np.abs(self.thresholds)
        for j in np.flatnonzero(in_doubt(drives, len(self.synapses), size)).tolist():
            mine = self.owner == j
            drives[j] = exact_drive(
                self.weights[mine].tolist(), self.inputs[sample, mine].tolist(), float(self.thresholds[j])
            )
        return (drives >= 0).astype(float)

    def rates(self, drives: Floats) -> Floats:
        """The rate of each output, in its own mode."""
        modes = [self.net[name].mode for name in self.net.outputs]
        return np.concatenate([mode.rate(drives[[j]]) for j, mode in enumerate(modes)])

    def slopes(self, drives: Floats) -> Floats:
        """The slope of each output's rate."""
        modes = [self.net[name].mode for name in self.net.outputs]
        return np.concatenate([mode.derivative(drives[[j]]) for j, mode in enumerate(modes)])

    def learn(self, sample: int, push: Floats) -> None:
        """Change every plastic weight by its output's push times its input, every plastic threshold against it.

        What is learnt is what the network can store, so that what is judged later is what the network does.
        """
        structure = self.net.structure
        plastic, receptor = structure.plastic[self.synapses], structure.receptor[self.synapses]
        self.weights += plastic * push[self.owner] * self.inputs[sample]
        self.weights[self.weights * receptor < 0] = 0
        self.thresholds -= structure.plastic_thresholds[structure.outputs] * push
        if self.net.dtype != np.float64:
            self.weights = self.weights.astype(self.net.dtype).astype(float)
            self.thresholds = self.thresholds.astype(self.net.dtype).astype(float)

    def write_back(self, epoch: int) -> None:
        """Give the network its new numbers, if they are numbers."""
        if not (np.isfinite(self.weights).all() and np.isfinite(self.thresholds).all()):
            raise _diverged(epoch)
        self.net.weights[self.synapses] = self.weights
        self.net.thresholds[self.net.structure.outputs] = self.thresholds

    def mistake_bound(self, output: int, learning_rate: float) -> float:
        """Novikoff's bound for one output; NaN where it may not take any weights whatever."""
        structure, mine = self.net.structure, self.owner == output
        synapses, neuron = self.synapses[mine], structure.outputs[output]
        free = structure.plastic[synapses].all() and structure.plastic_thresholds[neuron]
        if not free or structure.receptor[synapses].any():
            return float("nan")
        start = np.append(self.weights[mine], self.thresholds[output])
        inputs = np.column_stack([self.inputs[:, mine], np.full(len(self.inputs), -1.0)])
        return mistake_bound(inputs, 2 * self.targets[:, output] - 1, start / learning_rate)


def _check_readout(structure: Structure, synapses: Indices) -> None:
    before = leading_to(structure, structure.pre[synapses])
    inside = [int(i) for i in structure.outputs if before[i] or structure.sensory[i]]
    if inside:
        raise OptionError(
            f"This rule teaches outputs by their own error, so none of them may be sensory or lead to another; "
            f"{structure.names[inside[0]]!r} is or does. Mark other outputs, or use ns.train."
        )
    branched = [i for i in structure.outputs if structure.modes[structure.mode_of[i]].branched]
    if branched:
        raise OptionError(
            f"This rule is for neurons that sum all their dendrites; {structure.names[branched[0]]!r} is maxout. Use "
            "ns.train."
        )


# --- Rules without a teacher ---------------------------------------------------------------------


def hebb(
    net: Network,
    X: npt.ArrayLike,
    targets: npt.ArrayLike | None = None,
    *,
    learning_rate: float = 0.01,
    epochs: int = 1,
    rng: RandomState = None,
) -> History:
    """What fires together wires together: w += rate y x, sample by sample (Hebb 1949).

    Nothing holds the weights back: under repetition they grow without end, which `oja` cures.

    Parameters
    ----------
    net : Network
    X : array_like, shape (samples, inputs)
    targets : array_like, optional
        Rates that the outputs are made to have while the synapses change; their own unless given.
    learning_rate : float > 0
    epochs : int
    rng : int or numpy.random.Generator, optional
        For the order of the samples.

    Returns
    -------
    History
        ``change``, the Euclidean length of the change of all weights in each epoch.

    Examples
    --------
    >>> import neurosim as ns
    >>> net = ns.Network.from_arrays([0, 1], [2, 2], [0.0, 0.0], modes="linear")
    >>> history = ns.local_rules.hebb(net, [[1, 0], [1, 1]], [1, 1], learning_rate=0.5)
    >>> net.weights
    array([1. , 0.5])
    """
    return _without_error(net, X, targets, lambda x, y, w: y * x, learning_rate, epochs, rng)


def oja(
    net: Network,
    X: npt.ArrayLike,
    *,
    learning_rate: float = 0.01,
    epochs: int = 10,
    rng: RandomState = None,
) -> History:
    """Hebb's rule with forgetting: w += rate y (x - y w), sample by sample (Oja 1982).

    The weights of a linear neuron come to length 1 and point along the first principal component of its
    inputs (of their second moments, if these are not centred).

    Parameters
    ----------
    net : Network
    X : array_like, shape (samples, inputs)
    learning_rate : float > 0
        The smaller, the closer to the component in the end.
    epochs : int
    rng : int or numpy.random.Generator, optional
        For the order of the samples.

    Returns
    -------
    History
        ``change``, as for `hebb`.

    Raises
    ------
    OptionError
        If all weights are 0 and no neuron answers, so that nothing would ever change.

    Examples
    --------
    >>> import neurosim as ns
    >>> along = np.random.default_rng(0).normal(size=(300, 1)) * [[0.6, 0.8]]  # all samples on one line
    >>> net = ns.Network.from_arrays([0, 1], [2, 2], [0.1, 0.0], modes="linear")
    >>> history = ns.local_rules.oja(net, along, learning_rate=0.05, epochs=5, rng=0)
    >>> net.weights.round(3)
    array([0.6, 0.8])
    """
    check_number("learning_rate", learning_rate, above=0)
    _check_unshared(net.structure)
    if not net.weights.any() and not activity(net, np.atleast_2d(np.asarray(X)))[:, ~net.structure.sensory].any():
        raise OptionError(
            "All weights are 0, so no neuron answers, and Oja's rule, which changes a weight by its neuron's answer, "
            "leaves them at 0. Draw small random ones first: "
            "net.weights[:] = np.random.default_rng(0).normal(scale=0.1, size=len(net.weights))."
        )
    return _without_error(net, X, None, lambda x, y, w: y * (x - y * w), learning_rate, epochs, rng)


def _without_error(
    net: Network,
    X: npt.ArrayLike,
    targets: npt.ArrayLike | None,
    change: Change,
    learning_rate: float,
    epochs: int,
    rng: RandomState,
) -> History:
    check_number("learning_rate", learning_rate, above=0)
    structure = net.structure
    _check_unshared(structure)
    if targets is None:
        stimulus, wanted = read_stimulus(net, X), None
    else:
        samples = read_samples(net, np.atleast_2d(np.asarray(X)), targets, times=False)
        stimulus, wanted = samples.stimulus.T, samples.targets.values
    program, parameters = program_of(structure), parameters_of(net)
    pre, post = program.row_of[structure.pre[program.synapses]], program.row_of[structure.post[program.synapses]]
    plastic, receptor = structure.plastic[program.synapses], structure.receptor[program.synapses]
    weights = parameters.weights
    changes: list[float] = []
    with np.errstate(over="ignore", invalid="ignore"):
        for order in _orders(len(stimulus), epochs, rng):
            before = weights.copy()
            for sample in order:
                rates = program.forward(parameters, stimulus[[sample]].T.copy()).rates[:, 0]
                if wanted is not None:
                    rates[program.outputs] = wanted[sample]
                weights += learning_rate * plastic * change(rates[pre], rates[post], weights)
                weights[weights * receptor < 0] = 0
                parameters.refresh()
            if not np.isfinite(weights).all():
                raise _diverged(len(changes))
            net.weights[program.synapses] = weights
            changes.append(float(np.linalg.norm(weights - before)))
    return History({"change": np.array(changes)}, len(changes) - 1)


# --- What all of them share ----------------------------------------------------------------------


def _orders(samples: int, epochs: int, rng: RandomState) -> Iterator[Indices]:
    """The order of the samples in each epoch, drawn when that begins."""
    check_count("epochs", epochs)
    generator = read_rng(rng)
    return (generator.permutation(samples) for _ in range(epochs))


def _check_unshared(structure: Structure) -> None:
    if (structure.shared != NOT_SHARED).any() or (structure.shared_thresholds != NOT_SHARED).any():
        raise OptionError(
            "A local rule changes each synapse by what its own two neurons do, which those that share a weight cannot "
            "follow each for itself. Use ns.train."
        )


def _diverged(epoch: int) -> TrainingError:
    return TrainingError(
        f"The weights grew beyond all bounds in epoch {epoch}. The network has those from before that epoch. Lower the "
        "learning rate, or scale the inputs to about 1."
    )
