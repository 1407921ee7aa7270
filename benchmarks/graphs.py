"""The graphs that are measured, in columns: for neurosim and for every peer the same numbers."""

from __future__ import annotations

import dataclasses
import itertools

import numpy as np
import numpy.typing as npt

import neurosim as ns

Indices = npt.NDArray[np.int32]
Weights = npt.NDArray[np.float32]


@dataclasses.dataclass(frozen=True, eq=False)
class Layer:
    """Neurons that listen only to those of lower number than any of theirs."""

    start: int
    size: int
    fan_in: int
    synapses: slice

    @property
    def neurons(self) -> slice:
        """Their numbers."""
        return slice(self.start, self.start + self.size)


@dataclasses.dataclass(frozen=True, eq=False)
class Graph:
    """Inputs, then layers; the synapses sorted by layer, by post, by pre, each layer's neurons with the same fan-in."""

    n_inputs: int
    layers: tuple[Layer, ...]
    pre: Indices
    post: Indices
    weight: Weights
    bias: Weights
    hidden: str

    def network(self) -> ns.Network:
        """For neurosim: the last layer is linear."""
        inner = sum(layer.size for layer in self.layers[:-1])
        modes = ["sensory"] * self.n_inputs + [self.hidden] * inner + ["linear"] * self.layers[-1].size
        outputs = range(len(self.bias) - self.layers[-1].size, len(self.bias))
        return ns.Network.from_arrays(
            self.pre, self.post, self.weight, modes=modes, thresholds=-self.bias, outputs=outputs, dtype="float32"
        )

    def matrix(self, layer: Layer) -> Weights:
        """A layer's weights, a row for each of its neurons."""
        return self.weight[layer.synapses].reshape(layer.size, layer.fan_in)

    def parameters(self, net: ns.Network) -> Weights:
        """What was trained: weights, then the biases of all that have dendrites."""
        return np.concatenate([net.weights, net.biases[self.n_inputs :]])

    @property
    def initial(self) -> Weights:
        """The parameters at first."""
        return np.concatenate([self.weight, self.bias[self.n_inputs :]])


def sparse(
    layers: int, width: int, fan_in: int, inputs: int | None = None, hidden: str = "relu", seed: int = 0
) -> Graph:
    """Random, with skip connections: each neuron draws `fan_in` distinct sources from all layers before its own.

    There are as many inputs as a layer has neurons, unless said.
    """
    rng = np.random.default_rng(seed)
    n_inputs = width if inputs is None else inputs
    starts = [n_inputs + number * width for number in range(layers)]
    pre = np.concatenate([distinct(width, fan_in, start, rng).ravel() for start in starts])
    return _graph(n_inputs, [width] * layers, [fan_in] * layers, pre, hidden, rng)


def all_to_all(widths: list[int], hidden: str = "relu", seed: int = 0) -> Graph:
    """Layer by layer, each neuron listening to the whole layer before."""
    rng = np.random.default_rng(seed)
    starts = itertools.accumulate(widths[:-2], initial=0)
    pre = [
        np.tile(np.arange(start, start + before, dtype=np.int32), after)
        for start, (before, after) in zip(starts, itertools.pairwise(widths), strict=True)
    ]
    return _graph(widths[0], widths[1:], widths[:-1], np.concatenate(pre), hidden, rng)


def _graph(
    n_inputs: int, widths: list[int], fan_ins: list[int], pre: Indices, hidden: str, rng: np.random.Generator
) -> Graph:
    layers: list[Layer] = []
    neuron, synapse = n_inputs, 0
    for width, fan_in in zip(widths, fan_ins, strict=True):
        layers.append(Layer(neuron, width, fan_in, slice(synapse, synapse + width * fan_in)))
        neuron, synapse = neuron + width, synapse + width * fan_in
    weight = rng.standard_normal(synapse, dtype=np.float32)
    for layer in layers:
        weight[layer.synapses] *= np.sqrt(1 / layer.fan_in)
    post = np.repeat(
        np.arange(n_inputs, neuron, dtype=np.int32), np.repeat(fan_ins, widths) if len(set(fan_ins)) > 1 else fan_ins[0]
    )
    bias = np.append(np.zeros(n_inputs), 0.1 * rng.standard_normal(neuron - n_inputs)).astype(np.float32)
    return Graph(n_inputs, tuple(layers), pre, post, weight, bias, hidden)


def distinct(rows: int, count: int, below: int, rng: np.random.Generator) -> Indices:
    """In each row so many distinct numbers in ascending order, every set of them as likely as any other.

    What was drawn twice is drawn again until nothing is: all numbers are treated alike, so all sets are.
    """
    if 2 * count > below:
        return np.sort(rng.random((rows, below)).argsort(axis=1)[:, :count], axis=1).astype(np.int32)
    drawn = rng.integers(below, size=(rows, count), dtype=np.int32)
    drawn.sort(axis=1)
    unsettled = np.arange(rows)
    while len(unsettled):
        twice = drawn[unsettled, 1:] == drawn[unsettled, :-1]
        unsettled, twice = unsettled[twice.any(axis=1)], twice[twice.any(axis=1)]
        part = drawn[unsettled]
        part[:, 1:][twice] = rng.integers(below, size=int(twice.sum()), dtype=np.int32)
        part.sort(axis=1)
        drawn[unsettled] = part
    return drawn


@dataclasses.dataclass(frozen=True, eq=False)
class Recurrent:
    """Neurons that listen to each other one tick later, each to the same number, and the rates that they start from."""

    pre: Indices
    post: Indices
    weight: Weights
    threshold: Weights
    start: Weights
    mode: str

    def network(self) -> ns.Network:
        """For neurosim: delays of one tick, and a sensory neuron that nobody hears: a network must have an input."""
        return ns.Network.from_arrays(
            self.pre,
            self.post,
            self.weight,
            modes=self.mode,
            thresholds=np.append(self.threshold, 0),
            delay=1,
            outputs=[0],
            dtype="float32",
        )

    @property
    def rates(self) -> Weights:
        """For neurosim: the rates that it starts from, with that of the sensory neuron."""
        return np.append(self.start, np.float32(0))


def recurrent(neurons: int, fan_in: int, seed: int = 0) -> Recurrent:
    """Random rate (tanh) neurons, with weights strong enough that activity neither dies nor settles."""
    rng = np.random.default_rng(seed)
    return Recurrent(
        pre=distinct(neurons, fan_in, neurons, rng).ravel(),
        post=np.repeat(np.arange(neurons, dtype=np.int32), fan_in),
        weight=rng.standard_normal(neurons * fan_in, dtype=np.float32) * np.float32(1.5 / np.sqrt(fan_in)),
        threshold=0.5 * rng.standard_normal(neurons, dtype=np.float32),
        start=np.tanh(rng.standard_normal(neurons, dtype=np.float32)),
        mode="tanh",
    )


def balanced(neurons: int, fan_in: int, seed: int = 0) -> Recurrent:
    """Binary neurons, four in five excitatory and the others eight times as strong: about one in five is active.

    Whole weights and a half in the threshold: no tie, whatever the order of a sum.
    """
    rng = np.random.default_rng(seed)
    pre = distinct(neurons, fan_in, neurons, rng).ravel()
    return Recurrent(
        pre=pre,
        post=np.repeat(np.arange(neurons, dtype=np.int32), fan_in),
        weight=np.where(pre < neurons * 4 // 5, 1, -8).astype(np.float32),
        threshold=np.full(neurons, -2.5, np.float32),
        start=np.zeros(neurons, np.float32),
        mode="binary",
    )


@dataclasses.dataclass(frozen=True, eq=False)
class Evolved:
    """A graph that grew: neurons in an order in which they can be computed, and weights by (pre, post)."""

    inputs: list[int]
    outputs: list[int]
    order: list[int]
    weights: dict[tuple[int, int], float]
    bias: dict[int, float]

    def network(self) -> ns.Network:
        """For neurosim: tanh throughout."""
        pre, post = np.array(list(self.weights)).T
        modes = ["tanh" if neuron in self.bias else "sensory" for neuron in range(len(self.inputs) + len(self.bias))]
        thresholds = [-self.bias.get(neuron, 0.0) for neuron in range(len(modes))]
        return ns.Network.from_arrays(
            pre,
            post,
            list(self.weights.values()),
            modes=modes,
            thresholds=thresholds,
            outputs=self.outputs,
            dtype="float32",
        )


def evolved(neurons: int, inputs: int = 4, outputs: int = 2, seed: int = 0) -> Evolved:
    """As neuroevolution makes them: from inputs and outputs, a synapse is split by a new neuron, then one is added."""
    rng = np.random.default_rng(seed)
    first, last = list(range(inputs)), list(range(inputs, inputs + outputs))
    order = first + last
    synapses: dict[tuple[int, int], float] = {(i, j): rng.normal() for i in first for j in last}
    for new in range(inputs + outputs, neurons):
        i, j = list(synapses)[rng.integers(len(synapses))]
        order.insert(order.index(j), new)
        synapses |= {(i, new): rng.normal(), (new, j): synapses.pop((i, j))}
        places = np.sort(rng.choice(len(order), 2, replace=False))
        a, b = (order[place] for place in places)
        if b not in first and a not in last:
            synapses.setdefault((a, b), rng.normal())
    grown = order[inputs:]
    return Evolved(first, last, grown, synapses, {neuron: 0.1 * rng.normal() for neuron in grown})
