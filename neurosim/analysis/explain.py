"""The lecture's five steps with the numbers of any network: parameters, forward, loss, backward, update."""

from __future__ import annotations

import dataclasses
from functools import cached_property

import numpy as np
import numpy.typing as npt

from neurosim.anatomy.depth import depths
from neurosim.anatomy.network import Network
from neurosim.anatomy.neuron import Dendrite, Name, branch_key
from neurosim.anatomy.soma import Mode
from neurosim.anatomy.structure import Floats, receptor_name
from neurosim.anatomy.surrogates import Surrogate, as_surrogate
from neurosim.checks import check_count, check_number
from neurosim.engine.compiler import program_of
from neurosim.engine.program import Program
from neurosim.errors import DataError, OptionError
from neurosim.physiology.respond import parameters_of
from neurosim.physiology.stimulus import read_stimulus
from neurosim.plasticity.gradients import check_differentiable, leading_to
from neurosim.plasticity.losses import Loss, LossLike, as_loss
from neurosim.plasticity.plastic import Plastic, sum_shared, write_twins
from neurosim.plasticity.targets import read_targets

STEP = 1e-6  # of the finite differences, for drives of about 1
CLOSE = 1e-5  # how far from a delta its finite difference may lie, for deltas of about 1
KINKED = ("relu", "leaky_relu", "elu", "maxout")


@dataclasses.dataclass(frozen=True)
class Term:
    """What one dendrite brings, and what learning makes of it.

    Attributes
    ----------
    dendrite : name, or (name, branch)
    weight, rate, product : float
        The synapse's weight, its presynaptic neuron's rate, and one times the other.
    gradient : float or None
        Of the loss by the weight: the postsynaptic delta times the presynaptic rate; summed over all places
        where the weight is used, if it is shared.
    new_weight : float or None
        After one step of gradient descent.
    delay : int
        In ticks; where there is one, nothing has arrived in a single tick.
    plastic : bool
        Whether learning may change the weight.
    receptor : str or None
        "excitatory" or "inhibitory", where the weight keeps its sign.
    places : int
        How many synapses have this weight in common.
    """

    dendrite: Dendrite
    weight: float
    rate: float
    gradient: float | None = None
    new_weight: float | None = None
    delay: int = 0
    plastic: bool = True
    receptor: str | None = None
    places: int = 1

    @property
    def product(self) -> float:
        """Weight times rate."""
        return self.weight * self.rate

    @property
    def source(self) -> Name:
        """The presynaptic neuron."""
        return self.dendrite[0] if isinstance(self.dendrite, tuple) else self.dendrite

    @property
    def branch(self) -> int:
        """The dendritic branch."""
        return self.dendrite[1] if isinstance(self.dendrite, tuple) else 0


@dataclasses.dataclass(frozen=True)
class Return:
    """What one target of the axon passes back: the weight (the local gradient) times the target's delta.

    Attributes
    ----------
    target : name, or (name, branch)
    weight, delta : float
    """

    target: Dendrite
    weight: float
    delta: float

    @property
    def product(self) -> float:
        """Weight times delta."""
        return self.weight * self.delta


@dataclasses.dataclass(frozen=True)
class NeuronExplanation:
    """One neuron's part in an answer, number by number.

    Attributes
    ----------
    name : str or int
    mode : Mode
    terms : tuple of Term
        Every dendrite's, in their order; a branch of a maxout neuron that did not win is listed too.
    winner : int or None
        The branch that won, for maxout.
    threshold, drive, rate : float
        drive = sum of products - threshold (of the winning branch alone, for maxout).
    returns : tuple of Return
        What comes back along the axon; empty without a target.
    from_loss : float
        What the loss itself passes to the rate, for an output.
    passed_back : float or None
        The gradient by the rate: `from_loss` and all `returns`.
    slope : float or None
        The local gradient, of the rate by the drive.
    delta : float or None
        The gradient by the drive: slope times `passed_back`.
    difference : float or None
        The same by a finite difference; None where a kink or a surrogate slope makes the two differ.
    unchecked : str or None
        Why it could not be compared with a finite difference, in words.
    stand_in : str or None
        The surrogate whose slope stands in for that of the step.
    threshold_gradient : float or None
        The gradient by the threshold: minus the delta, summed over all neurons that share it.
    new_threshold : float or None
    plastic_threshold : bool
        Whether learning may change the threshold.
    threshold_places : int
        How many neurons have this threshold in common.
    """

    name: Name
    mode: Mode
    terms: tuple[Term, ...]
    winner: int | None
    threshold: float
    drive: float
    rate: float
    returns: tuple[Return, ...] = ()
    from_loss: float = 0.0
    passed_back: float | None = None
    slope: float | None = None
    delta: float | None = None
    difference: float | None = None
    unchecked: str | None = None
    stand_in: str | None = None
    threshold_gradient: float | None = None
    new_threshold: float | None = None
    plastic_threshold: bool = True
    threshold_places: int = 1

    @property
    def gap(self) -> float | None:
        """How far the delta lies from its finite difference, as a share of it if it is larger than 1."""
        if self.difference is None or self.delta is None:
            return None
        return abs(self.delta - self.difference) / max(1.0, abs(self.delta))

    @property
    def agrees(self) -> bool:
        """Whether the delta is that of its finite difference, as far as the two were compared."""
        return self.gap is None or self.gap <= CLOSE

    @property
    def heard(self) -> tuple[Term, ...]:
        """The terms that make up the drive: those without delay, of a maxout neuron's winning branch alone."""
        return tuple(term for term in self.terms if self.winner in (None, term.branch) and not term.delay)

    @property
    def normal(self) -> Floats:
        """The weights as the normal of the hyperplane on which the drive is 0; of the winning branch, for maxout."""
        return np.array([term.weight for term in self.heard])

    @property
    def distance(self) -> float:
        """How far the input lies from that hyperplane, positive on the side where the drive is."""
        length = float(np.linalg.norm(self.normal))
        return self.drive / length if length else float("nan")

    def __str__(self) -> str:
        from neurosim.analysis.explain_text import neuron_text

        return neuron_text(self)

    def _repr_html_(self) -> str:
        from neurosim.analysis.explain_text import as_html

        return as_html(self)


@dataclasses.dataclass(frozen=True, eq=False)
class Explanation:
    """The five steps of one sample. Print it; ``explanation["h"]`` is one neuron's part in it.

    Attributes
    ----------
    net : Network
        As it was: a copy.
    stimulus : float array, shape (inputs,)
    targets : float array, shape (outputs,), or None
    loss_function : Loss
    learning_rate : float
    rates, drives, deltas : float arrays, shape (neurons,)
        In the order of ``net.names``.
    loss, new_loss : float or None
        Before and after one step of gradient descent.
    most : int
        How many neurons are shown at most.
    """

    net: Network
    stimulus: Floats
    targets: Floats | None
    loss_function: Loss
    learning_rate: float
    surrogate: Surrogate | None
    most: int
    rates: Floats
    drives: Floats
    loss: float | None
    new_loss: float | None
    deltas: Floats
    passed_back: Floats
    from_loss: Floats
    weight_gradients: Floats
    new_weights: Floats
    new_thresholds: Floats
    winners: Floats

    def __getitem__(self, name: Name) -> NeuronExplanation:
        structure = self.net.structure
        neuron = structure.find(name)
        mode = structure.modes[structure.mode_of[neuron]]
        if mode.name == "sensory":
            raise OptionError(
                f"Neuron {name!r} is sensory: its rate, {self.rates[neuron]:g}, is the stimulus. Ask for a neuron that "
                f"has dendrites, such as {structure.names[structure.post[0]]!r}."
            )
        if structure.silenced[neuron]:
            raise OptionError(
                f"Neuron {name!r} is silenced by a lesion: its rate is 0 and nobody hears it, so there is nothing to "
                "explain. Restore the lesion first."
            )
        learns = self.targets is not None
        part = NeuronExplanation(
            name=structure.names[neuron],
            mode=mode,
            terms=tuple(self._term(s, learns) for s in structure.live_dendrites_of(neuron).tolist()),
            winner=int(self.winners[neuron]) if mode.branched else None,
            threshold=float(self.net.thresholds[neuron]),
            drive=float(self.drives[neuron]),
            rate=float(self.rates[neuron]),
            plastic_threshold=bool(structure.plastic_thresholds[neuron]),
            threshold_places=len(structure.threshold_one_with(neuron)),
        )
        if not learns:
            return part
        unchecked = self._unchecked(neuron)
        return dataclasses.replace(
            part,
            returns=tuple(self._return(s) for s in structure.live_axon_of(neuron).tolist() if self._is_heard(s)),
            from_loss=float(self.from_loss[neuron]),
            passed_back=float(self.passed_back[neuron]),
            slope=self._slope(neuron, mode),
            delta=float(self.deltas[neuron]),
            difference=None if unchecked else self._difference(neuron),
            unchecked=unchecked,
            stand_in=str(self.surrogate) if mode.name == "binary" and self.surrogate else None,
            threshold_gradient=-float(self.deltas[structure.threshold_one_with(neuron)].sum()),
            new_threshold=float(self.new_thresholds[neuron]),
        )

    @cached_property
    def shown(self) -> list[Name]:
        """The neurons that text and pictures show, by depth.

        All but the sensory ones if they are few; else the outputs and those with the largest deltas (without a
        target: rates), at most `most`.
        """
        structure = self.net.structure
        neurons = np.argsort(depths(structure), kind="stable")
        neurons = neurons[~(structure.sensory | structure.silenced)[neurons]]
        if len(neurons) > self.most:
            weight = np.abs(self.rates if self.targets is None else self.deltas)
            weight[structure.outputs] += 1 + weight.max()
            chosen = np.zeros(structure.n_neurons, dtype=bool)
            chosen[neurons[np.argsort(-weight[neurons], kind="stable")[: self.most]]] = True
            neurons = neurons[chosen[neurons]]
        return [structure.names[i] for i in neurons]

    @property
    def largest_difference(self) -> float | None:
        """The largest `gap` between a delta shown and its finite difference; None if none could be compared."""
        gaps = [self[name].gap for name in self.shown]
        return max((gap for gap in gaps if gap is not None), default=None)

    def __str__(self) -> str:
        from neurosim.analysis.explain_text import text

        return text(self)

    def _repr_html_(self) -> str:
        from neurosim.analysis.explain_text import as_html

        return as_html(self)

    @property
    def _program(self) -> Program:
        return program_of(self.net.structure)

    def _term(self, synapse: int, learns: bool) -> Term:
        structure = self.net.structure
        pre = structure.pre[synapse]
        return Term(
            branch_key(structure.names[pre], int(structure.branch[synapse])),
            float(self.net.weights[synapse]),
            0.0 if structure.delay[synapse] else float(self.rates[pre]),
            float(self.weight_gradients[synapse]) if learns else None,
            float(self.new_weights[synapse]) if learns else None,
            int(structure.delay[synapse]),
            bool(structure.plastic[synapse]),
            receptor_name(structure.receptor[synapse]),
            len(structure.one_with(synapse)),
        )

    def _return(self, synapse: int) -> Return:
        structure = self.net.structure
        post = structure.post[synapse]
        key = branch_key(structure.names[post], int(structure.branch[synapse]))
        return Return(key, float(self.net.weights[synapse]), float(self.deltas[post]))

    def _is_heard(self, synapse: int) -> bool:
        """Whether a synapse takes part in this tick: it has no delay, and its branch won."""
        structure = self.net.structure
        post = structure.post[synapse]
        branched = structure.modes[structure.mode_of[post]].branched
        return not structure.delay[synapse] and (not branched or structure.branch[synapse] == self.winners[post])

    def _slope(self, neuron: int, mode: Mode) -> float:
        slope = self.surrogate.slope if mode.name == "binary" and self.surrogate else mode.derivative
        return float(slope(self.drives[[neuron]])[0])

    def _unchecked(self, neuron: int) -> str | None:
        """Why a finite difference would say nothing about a neuron's delta; None where it does."""
        structure = self.net.structure
        steps, kinks = [], []
        for i in np.flatnonzero(self._reached_by(neuron)).tolist():
            mode = structure.modes[structure.mode_of[i]]
            if mode.name == "binary":
                steps.append(i)
            elif mode.name in KINKED and abs(self.drives[i]) < 1e3 * self._step(neuron):
                kinks.append(i)
        if neuron in steps:
            return "its rate is a step"
        if neuron in kinks:
            return "its drive is on the kink"
        if steps:
            return f"the step of {structure.names[steps[0]]} lies behind"
        if kinks:
            return f"the kink of {structure.names[kinks[0]]} lies behind"
        # A loss is known to a few units of its last place; a difference of two must be large beside that.
        with np.errstate(invalid="ignore"):
            noise = 8 * np.finfo(float).eps * max(1.0, abs(self.loss or 0.0)) / np.float64(self._step(neuron))
        told = noise <= CLOSE * max(1.0, abs(float(self.deltas[neuron]))) / 10
        return None if told else "its numbers are too large, so that a small step is lost in rounding"

    def _step(self, neuron: int) -> float:
        """How far to move a drive for a finite difference."""
        return STEP * max(1.0, abs(float(self.drives[neuron])))

    def _difference(self, neuron: int) -> float:
        """The gradient by a drive as a central difference."""
        step, values, moved = self._step(neuron), [], []
        for way in (step, -step):
            thresholds = self.net.thresholds.astype(float)
            thresholds[neuron] -= way
            moved.append(thresholds[neuron])
            values.append(self._loss_with(self.net.weights.astype(float), thresholds))
        return (values[0] - values[1]) / float(moved[1] - moved[0])

    def _reached_by(self, neuron: int) -> npt.NDArray[np.bool_]:
        """The neuron itself, and all whose drive depends on its rate."""
        structure = self.net.structure
        turned = dataclasses.replace(structure, pre=structure.post, post=structure.pre)
        return leading_to(turned, np.array([neuron]))

    def _loss_with(self, weights: Floats, thresholds: Floats) -> float:
        program = self._program
        assert self.targets is not None
        with np.errstate(over="ignore", invalid="ignore"):
            state = program.forward(program.parameters(weights, thresholds), self.stimulus[:, None])
            rates, drives = state.rates[program.outputs].T, state.drives[program.outputs].T
            return self.loss_function.evaluate(rates, drives, self.targets[None]).value


def explain(
    net: Network,
    x: npt.ArrayLike,
    target: npt.ArrayLike | None = None,
    *,
    loss: LossLike = "mse",
    learning_rate: float = 0.1,
    neuron: Name | None = None,
    surrogate: str | Surrogate | None = None,
    most: int = 12,
) -> Explanation | NeuronExplanation:
    """Explain a network's answer to one sample, and what it would learn from it, number by number.

    Parameters
    ----------
    net : Network
        It is not changed.
    x : array_like, shape (inputs,)
        One sample.
    target : array_like, shape (outputs,), or a class number, optional
        Without one, the explanation ends with the forward step.
    loss : str or Loss, default "mse"
    learning_rate : float > 0
        Of the one step of gradient descent at the end.
    neuron : str or int, optional
        For the part of this neuron alone, with its hyperplane.
    surrogate : str or Surrogate, optional
        The slope that stands in for that of binary neurons.
    most : int
        How many neurons are shown of a large network; ``explanation["name"]`` has any of them.

    Returns
    -------
    Explanation, or NeuronExplanation
        Print it, let a notebook show it, or draw it with ``ns.plot``.

    Raises
    ------
    DataError
        If x is not one sample, or target not one target for it.
    TrainingError
        If there is a target, and a binary neuron without a surrogate stands in the way of the gradient.

    Examples
    --------
    >>> import neurosim as ns
    >>> net = ns.Network.from_arrays([0, 1], [1, 2], [2.0, 3.0], names=["x", "h", "y"], modes="linear")
    >>> print(ns.explain(net, [1.0], neuron="h"))
    Neuron h (linear)
      from x  2 × 1 = 2
      drive   2 - 0 = 2, the sum minus the threshold
      rate    linear(2) = 2
      point   the drive is 0 where 2 x = 0
      here    at a distance of 1 from it, on the side where the drive is positive
    >>> five_steps = ns.explain(net, [1.0], target=[5.0])
    >>> five_steps.loss, round(five_steps["h"].delta, 6)
    (0.5, 3.0)
    """
    measure = as_loss(loss)
    check_number("learning_rate", learning_rate, above=0)
    check_count("most", most, least=1)
    slope = None if surrogate is None else as_surrogate(surrogate)
    stimulus = _one_sample(net, x)
    wanted = None
    if target is not None:
        wanted = read_targets(net, target, 1, one_sample=True, what="target", boundary=measure.boundary).values
        measure.check(net, wanted)
        if slope is None:
            check_differentiable(net)
    with np.errstate(over="ignore", invalid="ignore"):  # what is too large is said in words
        explanation = _explain(net.copy(), stimulus, wanted, measure, float(learning_rate), slope, most)
    return explanation if neuron is None else explanation[neuron]


def _one_sample(net: Network, x: npt.ArrayLike) -> Floats:
    stimulus = read_stimulus(net, x, "x")
    if len(stimulus) != 1:
        raise DataError(f"explain takes one sample at a time; x has {len(stimulus)}. Write explain(net, x[0], ...).")
    sample: Floats = stimulus[0].astype(float)
    return sample


def _explain(
    net: Network,
    stimulus: Floats,
    wanted: Floats | None,
    loss: Loss,
    learning_rate: float,
    surrogate: Surrogate | None,
    most: int,
) -> Explanation:
    structure, program = net.structure, program_of(net.structure)
    parameters_of(net)  # checks the numbers
    weights, thresholds = net.weights.astype(float), net.thresholds.astype(float)
    parameters = program.parameters(weights, thresholds)
    nothing = np.zeros(len(net))
    targets = None if wanted is None else wanted[0].astype(float)
    state = program.forward(parameters, stimulus[:, None])
    explanation = Explanation(
        net=net,
        stimulus=stimulus,
        targets=targets,
        loss_function=loss,
        learning_rate=learning_rate,
        surrogate=surrogate,
        most=most,
        rates=state.rates[program.row_of, 0],
        drives=state.drives[program.row_of, 0],
        loss=None,
        new_loss=None,
        deltas=nothing,
        passed_back=nothing,
        from_loss=nothing,
        weight_gradients=np.zeros(len(weights)),
        new_weights=weights,
        new_thresholds=thresholds,
        winners=_winners(net, program, state.winners),
    )
    if targets is None:
        return explanation
    measured = loss.evaluate(state.rates[program.outputs].T, state.drives[program.outputs].T, targets[None])
    by_drive = None if measured.by_drive is None else measured.by_drive.T
    derivatives = program.backward(parameters, state, measured.by_rate.T, by_drive, surrogate)
    from_loss = np.zeros(len(net))
    from_loss[structure.outputs] = measured.by_rate[0]
    weight_gradients = np.zeros(len(weights))
    weight_gradients[program.synapses] = derivatives.weights
    explanation = dataclasses.replace(
        explanation,
        loss=measured.value,
        deltas=-derivatives.thresholds[program.row_of],
        passed_back=derivatives.rates[program.row_of, 0],
        from_loss=from_loss,
        weight_gradients=sum_shared(structure.shared, weight_gradients),
    )
    plastic = Plastic(structure, program)
    vector = plastic.read(parameters.weights, parameters.thresholds)
    step = learning_rate * plastic.gradient(derivatives.weights, derivatives.thresholds)
    plastic.write(plastic.project(vector - step), parameters.weights, parameters.thresholds)
    new_weights, new_thresholds = weights.copy(), thresholds.copy()
    new_weights[program.synapses] = parameters.weights
    write_twins(structure, new_weights)
    new_thresholds[program.neurons] = parameters.thresholds
    new_loss = explanation._loss_with(new_weights, new_thresholds)
    return dataclasses.replace(explanation, new_loss=new_loss, new_weights=new_weights, new_thresholds=new_thresholds)


def _winners(net: Network, program: Program, won: dict[int, npt.NDArray[np.bool_]]) -> Floats:
    """The winning branch of each maxout neuron, by number; -1 for all others."""
    structure = net.structure
    winners = np.full(len(net), -1.0)
    for number, which in won.items():
        stage = program.stages[number]
        neurons = program.neurons[stage.rows]
        assert stage.branches is not None
        place = np.flatnonzero(which[:, 0]) - stage.branches.starts  # among the neuron's own branches
        for neuron, rank in zip(neurons.tolist(), place.tolist(), strict=True):
            branches = np.unique(structure.branch[structure.live_dendrites_of(neuron)])
            winners[neuron] = branches[rank] if len(branches) else 0
    return winners
