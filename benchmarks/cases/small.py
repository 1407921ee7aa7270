"""Networks so small that what counts is the cost of a call: the lecture's worked example, and an evolved graph."""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

import neurosim as ns
from benchmarks import ours
from benchmarks.contest import Case, Result
from benchmarks.graphs import Evolved, Graph, all_to_all, evolved
from benchmarks.rows import Row, speedup_rows
from benchmarks.training import RATE

MICROGRAD, NEAT = "micrograd", "neat-python FeedForwardNetwork"


def cases(quick: bool) -> list[Case]:
    """One of each."""
    neurons, samples = (12, 20) if quick else (50, 1_000)
    return [
        Case(
            "training step, the worked example 2-3-2, one sample",
            worked_example,
            OurExample,
            peers={MICROGRAD: Micrograd},
            floors={MICROGRAD: 50.0},
            tolerance=1e-4,
        ),
        Case(
            f"forward, an evolved graph of {neurons} neurons, {samples:,} samples",
            partial(evolved_problem, neurons, samples),
            OurAnswers,
            peers={NEAT: Neat},
            floors={NEAT: 500.0},
            tolerance=1e-4,
        ),
    ]


def rows(quick: bool, results: dict[str, Result]) -> list[Row]:
    """How many times faster."""
    return [row for case in cases(quick) if case.name in results for row in speedup_rows(case, results[case.name])]


def worked_example() -> Graph:
    """The lecture's network and numbers: three sigmoid neurons, then two linear ones."""
    graph = all_to_all([2, 3, 2], hidden="sigmoid")
    graph.weight[:] = [1, -1, 0.5, 0.5, 2, 3, 1, 1, -1, 2, 3, -2]  # by post, then pre
    graph.bias[:] = [0, 0, 0, 2, -2, 1, -1]
    return graph


SAMPLE, TARGET = [1.0, 1.0], [0.0, 1.0]
CHECKED = 100  # steps after which the changes of all parameters are compared


class OurExample:
    """``ns.train`` on so many copies of the sample as there are steps, one at a time."""

    def __init__(self, graph: Graph) -> None:
        self._graph, self._net = graph, graph.network()

    def run(self, times: int) -> None:
        """So many steps."""
        X, targets = np.tile(SAMPLE, (times, 1)), np.tile(TARGET, (times, 1))
        ours.train(self._net, X, targets, loss="mse", optimizer=ns.SGD(RATE), batch_size=1, epochs=1)

    def result(self) -> npt.NDArray[np.float32]:
        """How the parameters change in the first steps."""
        self.run(CHECKED)
        return self._graph.parameters(self._net) - self._graph.initial


class Micrograd:
    """Its `Value` for every number. It has no exponential, so sigmoid is one operation more, written as its relu is."""

    def __init__(self, graph: Graph) -> None:
        from micrograd.engine import Value

        self._graph = graph
        self._layers = [
            [
                ([Value(float(w)) for w in weights], Value(float(bias)))
                for weights, bias in zip(graph.matrix(layer), graph.bias[layer.neurons], strict=True)
            ]
            for layer in graph.layers
        ]
        self._parameters = [w for layer in self._layers for weights, _ in layer for w in weights]
        self._parameters += [bias for layer in self._layers for _, bias in layer]

    def run(self, times: int) -> None:
        """So many steps."""
        hidden, linear = self._layers
        for _ in range(times):
            rates = [_sigmoid(sum((w * x for w, x in zip(ws, SAMPLE, strict=True)), bias)) for ws, bias in hidden]
            answers = [sum((w * x for w, x in zip(ws, rates, strict=True)), bias) for ws, bias in linear]
            loss = 0.5 * sum((answer - target) ** 2 for answer, target in zip(answers, TARGET, strict=True))
            for parameter in self._parameters:
                parameter.grad = 0.0
            loss.backward()
            for parameter in self._parameters:
                parameter.data -= RATE * parameter.grad

    def result(self) -> npt.NDArray[np.float32]:
        """How the parameters change in the first steps."""
        self.run(CHECKED)
        return np.array([parameter.data for parameter in self._parameters], np.float32) - self._graph.initial


def _sigmoid(value: Any) -> Any:
    out = type(value)(1.0 / (1.0 + math.exp(-value.data)), (value,), "sigmoid")

    def backward() -> None:
        value.grad += out.data * (1.0 - out.data) * out.grad

    out._backward = backward
    return out


def evolved_problem(neurons: int, samples: int) -> tuple[Evolved, npt.NDArray[np.float32]]:
    """A graph, and samples for it."""
    graph = evolved(neurons)
    return graph, np.random.default_rng(1).standard_normal((samples, len(graph.inputs)), dtype=np.float32)


class OurAnswers:
    """``ns.respond`` to all samples at once."""

    def __init__(self, problem: tuple[Evolved, npt.NDArray[np.float32]]) -> None:
        graph, self._X = problem
        self._net = graph.network()

    def run(self, times: int) -> None:
        """All samples, so many times."""
        for _ in range(times):
            ours.respond(self._net, self._X)

    def result(self) -> npt.NDArray[np.float32]:
        """The answers."""
        return ours.respond(self._net, self._X)


class Neat:
    """`FeedForwardNetwork.activate`, which takes a sample at a time."""

    def __init__(self, problem: tuple[Evolved, npt.NDArray[np.float32]]) -> None:
        from neat.activations import tanh_activation
        from neat.nn import FeedForwardNetwork

        graph, X = problem
        self._samples = X.tolist()
        # Its tanh is one of 2.5 times the sum, which the response and the bias take back.
        evaluations = [
            (
                neuron,
                tanh_activation,
                sum,
                graph.bias[neuron] / 2.5,
                1 / 2.5,
                [(pre, weight) for (pre, post), weight in graph.weights.items() if post == neuron],
            )
            for neuron in graph.order
        ]
        self._network = FeedForwardNetwork(graph.inputs, graph.outputs, evaluations)

    def run(self, times: int) -> None:
        """All samples, so many times."""
        for _ in range(times):
            for sample in self._samples:
                self._network.activate(sample)

    def result(self) -> npt.NDArray[np.float32]:
        """The answers."""
        return np.array([self._network.activate(sample) for sample in self._samples], np.float32)
