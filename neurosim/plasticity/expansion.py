"""A network taken apart into its operations: the composite function that it is, neuron by neuron."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NoReturn, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt

from neurosim.anatomy.depth import depths
from neurosim.anatomy.exact import exact_drive
from neurosim.anatomy.network import Network
from neurosim.anatomy.neuron import Name
from neurosim.anatomy.structure import NOT_SHARED, Floats, Indices, Structure
from neurosim.errors import DataError, OptionError, counted, unknown
from neurosim.physiology.respond import parameters_of
from neurosim.physiology.stimulus import read_stimulus
from neurosim.plasticity.composite import (
    Expression,
    add,
    binary,
    constant,
    exp,
    log,
    maximum,
    reciprocal,
    relu,
    sigmoid,
    tanh,
    variable,
)
from neurosim.plasticity.losses import Loss, as_loss
from neurosim.plasticity.targets import read_targets

if TYPE_CHECKING:
    import networkx as nx

Expressions: TypeAlias = Sequence[Expression]
K = TypeVar("K")


class _ByName(dict[K, Expression]):
    """Expressions by name, with words for a name that none has."""

    def __init__(self, kind: str, expressions: Mapping[K, Expression], advice: str = "") -> None:
        super().__init__(expressions)
        self.kind, self.advice = kind, advice

    def __missing__(self, name: object) -> NoReturn:
        raise unknown(self.kind, name, self, self.advice)


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Expansion:
    """A network and one sample, as expressions.

    Attributes
    ----------
    rates : dict of Name to Expression
        Every neuron's rate, in the order of ``net.names``; that of a sensory neuron is a variable.
    drives : dict of Name to Expression
        Every neuron's drive, but for the sensory ones.
    outputs : dict of Name to Expression
        The rates that are read, in the order of ``net.outputs``.
    variables : dict of str to Expression
        The stimulus, weights and thresholds by their names: "x", "w[x -> h]" (on another branch than 0
        "w[x -> h, branch 1]"), "threshold[h]". What is shared is one variable under several names.
    loss : Expression or None
        If a target was given.
    """

    rates: dict[Name, Expression]
    drives: dict[Name, Expression]
    outputs: dict[Name, Expression]
    variables: dict[str, Expression]
    loss: Expression | None = None

    @property
    def result(self) -> Expression:
        """What gradients are taken of: the loss, or without one the rate of the only output."""
        if self.loss is not None:
            return self.loss
        if len(self.outputs) > 1:
            raise OptionError(
                f"This expansion has {len(self.outputs)} outputs and no loss, so it is not clear what to take the "
                "gradient of. Give expand a target, or take one output: "
                f"expansion.rates[{next(iter(self.outputs))!r}]."
            )
        return next(iter(self.outputs.values()))

    def gradients(self) -> dict[str, float]:
        """The derivative of the loss, or of the only output, by every variable; 0 for those without part in it."""
        found = self.result.gradients()
        return {name: found.get(str(variable.name), 0.0) for name, variable in self.variables.items()}

    def graph(self) -> nx.DiGraph[str]:
        """The loss, or the only output, as a graph with all values and gradients; see `Expression.graph`."""
        return self.result.graph()

    def __repr__(self) -> str:
        loss = "no loss" if self.loss is None else f"loss={self.loss.value!r}"
        return f"Expansion({counted(len(self.rates), 'neuron')}, {counted(len(self.variables), 'variable')}, {loss})"


def expand(
    net: Network,
    x: npt.ArrayLike,
    target: npt.ArrayLike | None = None,
    *,
    loss: str | Loss | type[Loss] = "mse",
    detail: bool = False,
) -> Expansion:
    """Write a network's answer to one sample as a composite function, operation by operation.

    A dendrite is one product, a soma their sum, minus its threshold, through its mode. Dendritic branches are
    summed together, but by a maxout neuron, which takes the largest. Synapses with a delay have no part in one
    tick. The gradients are those of `gradients`, found scalar by scalar; where a binary neuron stands in the way
    they are 0, as the slope of its step is.

    Parameters
    ----------
    net : Network
    x : array_like, shape (inputs,)
        One sample.
    target : array_like, shape (outputs,), or a class number, optional
        What the outputs should be; with it the loss is expanded as well.
    loss : str or Loss, default "mse"
    detail : bool, default False
        Whether sigmoids are taken apart: negate, exp, add 1, reciprocal. Drives must then stay above -709.

    Returns
    -------
    Expansion

    Raises
    ------
    DataError
        If x is not one sample, or target not one target for it.

    Examples
    --------
    >>> import neurosim as ns
    >>> net = ns.Network.from_arrays([0, 1], [1, 2], [2.0, 3.0], names=["x", "h", "y"], modes="linear")
    >>> whole = expand(net, [1.0], target=[5.0])
    >>> whole.rates["y"].value, whole.loss.value
    (6.0, 0.5)
    >>> whole.gradients()
    {'x': 6.0, 'w[x -> h]': 3.0, 'w[h -> y]': 2.0, 'threshold[h]': -3.0, 'threshold[y]': -1.0}
    """
    stimulus = _one_sample(net, x)
    wanted = None if target is None else read_targets(net, target, 1, one_sample=True, what="target").values
    measure = as_loss(loss)
    if wanted is not None:
        measure.check(net, wanted)
    parameters_of(net)  # checks that they are finite
    whole = _expand_neurons(net, stimulus, detail=detail)
    if wanted is None:
        return whole
    return dataclasses.replace(whole, loss=_expand_loss(measure, whole, wanted[0].tolist()))


def _one_sample(net: Network, x: npt.ArrayLike) -> list[float]:
    array = read_stimulus(net, x, "x")
    if np.ndim(x) != 1:
        raise DataError(
            f"expand takes one sample, of shape ({array.shape[1]},); got shape {np.shape(x)}. Write expand(net, x[0])."
        )
    values: list[float] = array[0].tolist()
    return values


# --- Neurons -------------------------------------------------------------------------------------


def _expand_neurons(net: Network, stimulus: list[float], *, detail: bool) -> Expansion:
    structure, label = net.structure, _labels(net.names)
    stimuli = {i: variable(label[i], v) for i, v in zip(structure.inputs.tolist(), stimulus, strict=True)}
    synapses, dendritic = np.flatnonzero(structure.acting), np.flatnonzero(~structure.sensory)
    synapse_name = {s: _synapse_name(structure, s, label) for s in synapses.tolist()}
    threshold_name = {i: f"threshold[{label[i]}]" for i in dendritic.tolist()}
    weights = _variables(structure.shared, synapse_name, net.weights)
    thresholds = _variables(structure.shared_thresholds, threshold_name, net.thresholds)
    rates, drives = dict(stimuli), {}
    for i in np.argsort(depths(structure), kind="stable").tolist():
        if i in stimuli:
            continue
        mode = structure.modes[structure.mode_of[i]]
        branches: dict[int, list[tuple[Expression, Expression]]] = {}
        for s in structure.live_dendrites_of(i).tolist():
            branch = branches.setdefault(int(structure.branch[s]) if mode.branched else 0, [])
            if s in weights:
                branch.append((weights[s], rates[int(structure.pre[s])]))
        expand_drive = _binary_drive if mode.name == "binary" else _drive
        drives[i] = expand_drive([branches[branch] for branch in sorted(branches)], thresholds[i])
        drives[i] = drives[i].named(f"drive[{label[i]}]")
        rates[i] = _MODES[mode.name](mode, drives[i], detail).named(label[i])
    return Expansion(
        rates=_ByName("neuron", {name: rates[i] for i, name in enumerate(structure.names)}),
        drives=_ByName(
            "neuron with a drive called",
            {name: drives[i] for i, name in enumerate(structure.names) if i in drives},
            "Sensory neurons have a rate and no drive.",
        ),
        outputs=_ByName("output", {structure.names[i]: rates[i] for i in structure.outputs.tolist()}),
        variables=_ByName(
            "variable",
            {
                **{label[i]: v for i, v in stimuli.items()},
                **{synapse_name[s]: v for s, v in weights.items()},
                **{threshold_name[i]: v for i, v in thresholds.items()},
            },
        ),
    )


def _variables(groups: Indices, names: Mapping[int, str], values: Floats) -> dict[int, Expression]:
    """A variable for each number; one for all that share it, by the name of the first."""
    of_group: dict[int, Expression] = {}
    variables = {}
    for i, name in names.items():
        group = int(groups[i])
        own = variable(name, float(values[i]))
        variables[i] = own if group == NOT_SHARED else of_group.setdefault(group, own)
    return variables


def _labels(names: Sequence[Name]) -> list[str]:
    """Every neuron's name as text; in quotes where the text "1" has to be told from the number 1."""
    plain = [str(name) for name in names]
    return plain if len(set(plain)) == len(plain) else [repr(name) for name in names]


def _synapse_name(structure: Structure, synapse: int, label: list[str]) -> str:
    branch = f", branch {structure.branch[synapse]}" if structure.branch[synapse] else ""
    return f"w[{label[structure.pre[synapse]]} -> {label[structure.post[synapse]]}{branch}]"


Dendrites: TypeAlias = Sequence[tuple[Expression, Expression]]  # weight and rate of each


def _drive(branches: Sequence[Dendrites], threshold: Expression) -> Expression:
    """The largest branch minus the threshold; only maxout has more than one."""
    sums = [_total([weight * rate for weight, rate in branch]) for branch in branches]
    if not sums:
        return -threshold
    return (sums[0] if len(sums) == 1 else maximum(*sums)) - threshold


def _binary_drive(branches: Sequence[Dendrites], threshold: Expression) -> Expression:
    """Products and threshold in one sum, rounded once: a binary neuron decides by exact arithmetic.

    Where it is the rounding of a product that would turn the decision, a constant makes up for it.
    """
    dendrites = [dendrite for branch in branches for dendrite in branch]
    drive = add(*(weight * rate for weight, rate in dendrites), -threshold)
    exact = exact_drive(
        [weight.value for weight, _ in dendrites], [rate.value for _, rate in dendrites], threshold.value
    )
    return drive if (drive.value >= 0) == (exact >= 0) else drive + (exact - drive.value)


def _total(parts: Expressions) -> Expression:
    if not parts:
        return constant(0.0)  # a branch whose synapses all have a delay
    return parts[0] if len(parts) == 1 else add(*parts)


def _below(z: Expression) -> Expression:
    """min(z, 0), with slope 1 at z = 0: what leaky_relu and elu bend."""
    return -maximum(-z, 0.0)


def _apart(z: Expression) -> Expression:
    """The sigmoid in four operations."""
    return reciprocal(exp(-z) + 1.0)


_MODES: dict[str, Callable[[Any, Expression, bool], Expression]] = {
    "binary": lambda mode, z, detail: binary(z),
    "sigmoid": lambda mode, z, detail: _apart(z) if detail else sigmoid(z),
    "relu": lambda mode, z, detail: relu(z),
    "tanh": lambda mode, z, detail: tanh(z),
    "leaky_relu": lambda mode, z, detail: relu(z) + mode.slope * _below(z),
    "elu": lambda mode, z, detail: relu(z) + mode.alpha * (exp(_below(z)) - 1.0),
    "maxout": lambda mode, z, detail: z,
    "linear": lambda mode, z, detail: z,
}


# --- Losses --------------------------------------------------------------------------------------


def _expand_loss(loss: Loss, whole: Expansion, targets: list[float]) -> Expression:
    if loss.name not in _LOSSES:
        raise unknown("expansion of the loss", loss.name, _LOSSES)
    rates = list(whole.outputs.values())
    drives = [whole.drives.get(name, rate) for name, rate in whole.outputs.items()]
    return _LOSSES[loss.name](loss, rates, drives, targets).named("loss")


def _magnitude(a: Expression) -> Expression:
    """|a|, with slope 0 at a = 0."""
    return relu(a) + relu(-a)


def _mse(loss: Loss, rates: Expressions, drives: Expressions, targets: list[float]) -> Expression:
    return 0.5 * _total([(y - t) ** 2 for y, t in zip(rates, targets, strict=True)])


def _mae(loss: Loss, rates: Expressions, drives: Expressions, targets: list[float]) -> Expression:
    return _total([_magnitude(y - t) for y, t in zip(rates, targets, strict=True)])


def _huber(loss: Any, rates: Expressions, drives: Expressions, targets: list[float]) -> Expression:
    """Of each distance the part up to delta squared and halved, and delta times what exceeds it."""
    parts = []
    for y, t in zip(rates, targets, strict=True):
        distance = _magnitude(y - t)
        excess = relu(distance - loss.delta)
        parts.append(0.5 * (distance - excess) ** 2 + loss.delta * excess)
    return _total(parts)


def _cross_entropy(loss: Loss, rates: Expressions, drives: Expressions, targets: list[float]) -> Expression:
    """Sum Y (log sum e^y - y), with the largest y taken out of the exponents."""
    largest = maximum(*rates)
    normaliser = largest + log(_total([exp(y - largest) for y in rates]))
    return _total([t * (normaliser - y) for y, t in zip(rates, targets, strict=True) if t])


def _binary_cross_entropy(loss: Loss, rates: Expressions, drives: Expressions, targets: list[float]) -> Expression:
    """Sum log(1 + e^z) - Y z, where log(1 + e^z) = max(z, 0) + log(1 + e^-|z|) and -|z| = z - 2 max(z, 0)."""
    parts = []
    for z, t in zip(drives, targets, strict=True):
        positive = relu(z)
        parts.append(positive + log(exp(z - 2.0 * positive) + 1.0) - t * z)
    return _total(parts)


def _hinge(loss: Loss, rates: Expressions, drives: Expressions, targets: list[float]) -> Expression:
    """Sum max(0, 1 - s y), with s = 1 where the target is 1, and -1 where it is 0 or -1."""
    return _total([relu(1.0 - (y if t > 0 else -y)) for y, t in zip(rates, targets, strict=True)])


_LOSSES: dict[str, Callable[[Any, Expressions, Expressions, list[float]], Expression]] = {
    "mse": _mse,
    "mae": _mae,
    "huber": _huber,
    "cross_entropy": _cross_entropy,
    "binary_cross_entropy": _binary_cross_entropy,
    "hinge": _hinge,
}
