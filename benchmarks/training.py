"""Training steps: the problem that all share, and how neurosim does it."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import numpy.typing as npt

import neurosim as ns
from benchmarks import ours
from benchmarks.graphs import Graph

RATE = 1e-3  # of learning: plain stochastic gradient descent
CHECKED = 3  # steps after which the changes of all parameters are compared


@dataclasses.dataclass(frozen=True, eq=False)
class Problem:
    """A graph, a batch and what is wanted: values with "mse", class numbers with "cross_entropy"."""

    graph: Graph
    X: npt.NDArray[np.float32]
    targets: npt.NDArray[Any]
    loss: str

    @classmethod
    def random(cls, graph: Graph, batch: int, loss: str = "mse") -> Problem:
        """Noise, to be learnt by heart."""
        rng = np.random.default_rng(1)
        outputs = graph.layers[-1].size
        X = rng.standard_normal((batch, graph.n_inputs), dtype=np.float32)
        values = rng.standard_normal((batch, outputs), dtype=np.float32)
        return cls(graph, X, values if loss == "mse" else values.argmax(axis=1), loss)


class OurTraining:
    """``ns.train``: as many epochs as steps, in one call.

    It checks and lays out the network in each call, which peers have done before time starts to count; so that a turn
    tells what a step takes, it has a few.
    """

    at_least = 5  # steps

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        self._net = problem.graph.network()

    def run(self, times: int) -> None:
        """So many steps."""
        problem = self._problem
        settings = {"loss": problem.loss, "optimizer": ns.SGD(RATE), "batch_size": len(problem.X)}
        ours.train(self._net, problem.X, problem.targets, epochs=times, **settings)

    def result(self) -> npt.NDArray[np.float32]:
        """How the parameters change in the first steps."""
        self.run(CHECKED)
        return self._problem.graph.parameters(self._net) - self._problem.graph.initial


def flops(synapses: int, batch: int) -> float:
    """Floating-point operations of a step: a multiplication and an addition forward, by the rates, by the weights."""
    return 6.0 * synapses * batch
