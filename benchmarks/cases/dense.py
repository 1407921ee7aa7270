"""Layered all-to-all networks: a step beside PyTorch's dense layers, an epoch of digits beside scikit-learn."""

from __future__ import annotations

import itertools
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

import neurosim as ns
from benchmarks import ours
from benchmarks.contest import Amount, Case, Result
from benchmarks.graphs import all_to_all
from benchmarks.machine import threads
from benchmarks.rows import Row, share_row, speedup_rows
from benchmarks.training import CHECKED, RATE, OurTraining, Problem, flops

TORCH, SKLEARN = "PyTorch dense", "scikit-learn MLPClassifier"
BATCH_OF_DIGITS = 32


def step_problem(widths: list[int], batch: int) -> Problem:
    """All-to-all layers, and noise to tell apart."""
    return Problem.random(all_to_all(widths), batch, "cross_entropy")


def digits_problem(hidden: list[int]) -> Problem:
    """The handwritten digits that come with neurosim, 8 x 8 pixels each."""
    X, labels = ns.datasets.digits().train
    return Problem(all_to_all([X.shape[1], *hidden, 10]), X.astype(np.float32), labels, "cross_entropy")


def cases(quick: bool) -> list[Case]:
    """A step, and an epoch."""
    widths, batch = ([20, 16, 16, 4], 8) if quick else ([784, 512, 512, 10], 256)
    synapses = sum(before * after for before, after in itertools.pairwise(widths))
    hidden = widths[1:-1]
    return [
        Case(
            f"training step, all-to-all {'-'.join(map(str, widths))}, batch {batch}",
            partial(step_problem, widths, batch),
            OurTraining,
            peers={TORCH: TorchDense},
            floors={TORCH: 0.9},
            amount=Amount(flops(synapses, batch), "FLOP"),
        ),
        Case(
            f"epoch of digits, all-to-all {'-'.join(map(str, [64, *hidden, 10]))}, batch {BATCH_OF_DIGITS}, Adam",
            partial(digits_problem, hidden),
            OurEpochs,
            peers={SKLEARN: SklearnEpochs},
            floors={SKLEARN: 2.0},
        ),
    ]


def rows(quick: bool, results: dict[str, Result]) -> list[Row]:
    """How many times faster, and the step's share of the machine's own rate."""
    measured = [case for case in cases(quick) if case.name in results]
    table = [row for case in measured for row in speedup_rows(case, results[case.name])]
    return table + [share_row(case, results[case.name], "sgemm") for case in measured if case.amount]


class TorchDense:
    """`torch.nn.Linear` and `torch.optim.SGD`, as in the tutorials: samples in rows."""

    def __init__(self, problem: Problem) -> None:
        import torch

        torch.set_num_threads(threads())
        self._graph = graph = problem.graph
        self._X, self._targets = torch.tensor(problem.X), torch.tensor(problem.targets)
        modules: list[Any] = []
        for layer in graph.layers:
            linear = torch.nn.Linear(layer.fan_in, layer.size)
            with torch.no_grad():
                linear.weight.copy_(torch.tensor(graph.matrix(layer)))
                linear.bias.copy_(torch.tensor(graph.bias[layer.neurons]))
            modules += [linear, torch.nn.ReLU()]
        self._linear = modules[::2]
        self._model = torch.nn.Sequential(*modules[:-1])
        self._loss = torch.nn.CrossEntropyLoss()
        self._optimizer = torch.optim.SGD(self._model.parameters(), lr=RATE)

    def run(self, times: int) -> None:
        """So many steps."""
        for _ in range(times):
            self._optimizer.zero_grad()
            self._loss(self._model(self._X), self._targets).backward()
            self._optimizer.step()

    def result(self) -> npt.NDArray[np.float32]:
        """How the parameters change in the first steps."""
        self.run(CHECKED)
        parameters = [layer.weight for layer in self._linear] + [layer.bias for layer in self._linear]
        return np.concatenate([each.detach().numpy().ravel() for each in parameters]) - self._graph.initial


class OurEpochs:
    """``ns.train`` with Adam on batches in a new order each epoch; the check is on one step with all samples."""

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        self._net = problem.graph.network()

    def run(self, times: int) -> None:
        """So many epochs."""
        self._train(times, BATCH_OF_DIGITS)

    def result(self) -> npt.NDArray[np.float32]:
        """The answers after one step on all samples."""
        self._train(1, len(self._problem.X))
        drives = ours.respond(self._net, self._problem.X)
        odds = np.exp(drives - drives.max(axis=1, keepdims=True))
        return odds / odds.sum(axis=1, keepdims=True)

    def _train(self, epochs: int, batch: int) -> None:
        problem = self._problem
        settings = {"loss": problem.loss, "optimizer": ns.Adam(RATE), "batch_size": batch}
        ours.train(self._net, problem.X, problem.targets, epochs=epochs, **settings)


class SklearnEpochs:
    """`MLPClassifier.partial_fit`, by its documentation a single iteration over the data; its solver is Adam."""

    def __init__(self, problem: Problem) -> None:
        from sklearn.neural_network import MLPClassifier

        self._problem, graph = problem, problem.graph
        hidden = [layer.size for layer in graph.layers[:-1]]
        self._model = MLPClassifier(
            hidden, alpha=0.0, batch_size=len(problem.X), learning_rate_init=RATE, random_state=0, shuffle=True
        )
        self._model.partial_fit(problem.X, problem.targets, classes=range(10))  # makes the arrays, which then are ours
        for layer, weight, bias in zip(graph.layers, self._model.coefs_, self._model.intercepts_, strict=True):
            weight[:] = graph.matrix(layer).T
            bias[:] = graph.bias[layer.neurons]
        del self._model._optimizer  # which has seen a step: it is made anew

    def run(self, times: int) -> None:
        """So many epochs."""
        self._model.set_params(batch_size=BATCH_OF_DIGITS)
        for _ in range(times):
            self._model.partial_fit(self._problem.X, self._problem.targets)

    def result(self) -> npt.NDArray[np.float32]:
        """The answers after one step on all samples."""
        self._model.partial_fit(self._problem.X, self._problem.targets)
        return self._model.predict_proba(self._problem.X)
