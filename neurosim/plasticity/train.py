"""Training: forward, loss, backward, update, again."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from neurosim.anatomy.columns import RandomState, read_rng
from neurosim.anatomy.network import Network
from neurosim.anatomy.structure import Floats
from neurosim.checks import check_count
from neurosim.engine.compiler import compiled
from neurosim.engine.program import Parameters, Program, State, samples_at_once
from neurosim.errors import OptionError, TrainingError
from neurosim.physiology.respond import parameters_of
from neurosim.plasticity.gradients import backpropagate, check_differentiable
from neurosim.plasticity.history import History
from neurosim.plasticity.losses import Loss, as_loss
from neurosim.plasticity.optimizers import GradientOptimizer, Optimizer, OptimizerState, as_optimizer
from neurosim.plasticity.targets import Targets, read_samples
from neurosim.progress import Watched

Callback: TypeAlias = Callable[[int, dict[str, float]], bool | None]
"""Called after each epoch with its number (from 0) and its measures; True ends the training."""


@dataclasses.dataclass(frozen=True, eq=False)
class _Data:
    """Samples and what is wanted of them, laid out for the engine: stimulus (inputs, samples)."""

    stimulus: Floats
    targets: Targets

    def __len__(self) -> int:
        return len(self.targets.values)


def train(
    net: Network,
    X: npt.ArrayLike,
    targets: npt.ArrayLike,
    *,
    loss: str | Loss = "mse",
    optimizer: str | Optimizer = "adam",
    epochs: int = 100,
    batch_size: int | None = 32,
    rng: RandomState = None,
    validation: tuple[npt.ArrayLike, npt.ArrayLike] | None = None,
    patience: int | None = None,
    callback: Callback | None = None,
    progress: bool | None = None,
) -> History:
    """Change the weights and thresholds of a network, in place, so that the loss falls.

    Parameters
    ----------
    net : Network
    X : array_like, shape (samples, inputs) or (inputs,)
    targets : array_like
        Values, shape (samples, outputs), or class numbers, shape (samples,).
    loss : str or Loss, default "mse"
        "mse", "cross_entropy" or "binary_cross_entropy".
    optimizer : str or Optimizer, default "adam"
        "sgd", "momentum", "adam", or an object such as ``ns.Adam(1e-2)``.
    epochs : int
        How often to go through the samples.
    batch_size : int or None
        Samples per update, drawn in a new order each epoch; None for all at once.
    rng : int or numpy.random.Generator, optional
        For that order. The same seed gives the same weights.
    validation : (X, targets), optional
        Watched, never learnt from.
    patience : int, optional
        End when the validation loss (without validation: the loss) has not fallen for so many epochs, and
        go back to the best weights.
    callback : callable, optional
        ``callback(epoch, measures)`` after each epoch; True ends the training.
    progress : bool, optional
        Whether to show a bar; by default on long runs, on a terminal or in a notebook.

    Returns
    -------
    History
        Loss and accuracy (or error) of an epoch are those met on the way, before each update.

    Raises
    ------
    DataError, OptionError
        If an argument cannot be used; nothing has changed then.
    TrainingError
        If a binary neuron lies on a path to the outputs; or if the loss becomes infinite or NaN: the
        weights are then those of the last good epoch.

    Examples
    --------
    >>> import neurosim as ns
    >>> net = ns.Network.from_arrays([0], [1], [0.0], modes="linear")
    >>> history = ns.train(net, [[0.0], [1.0]], [1.0, 3.0], optimizer=ns.SGD(0.5), epochs=200, rng=0)
    >>> net.weights.round(3), net.biases.round(3)
    (array([2.]), array([0., 1.]))
    """
    measure = as_loss(loss)
    data = _read(net, X, targets, measure)
    watched = None if validation is None else _read(net, *_pair(validation), measure, "validation ")
    check_differentiable(net)
    check_count("epochs", epochs)
    check_count("patience", patience, least=1, optional=True)
    check_count("batch_size", batch_size, least=1, optional=True)
    run = _Run(net, measure, as_optimizer(optimizer))
    generator = read_rng(rng)
    with Watched("training", epochs, progress) as work, np.errstate(over="ignore", invalid="ignore"):
        for epoch in range(epochs):
            measures = run.epoch(data, batch_size or len(data), generator)
            if watched is not None:
                measures |= {f"validation_{name}": value for name, value in run.evaluate(watched).items()}
            run.record(measures)
            work.advance(f"loss {measures['loss']:.4g}")
            if (callback is not None and callback(epoch, measures)) or run.out_of_patience(patience):
                run.stopped_early = True
                break
    return run.finish(patience)


class _Run:
    """One training run: parameters in the engine's order, the optimizer's state, and what was measured."""

    def __init__(self, net: Network, loss: Loss, optimizer: Optimizer) -> None:
        if not isinstance(optimizer, GradientOptimizer):
            raise OptionError(f"train takes a step after every batch, which {optimizer} does not; use ns.Adam(1e-2).")
        self.net, self.loss, self.optimizer = net, loss, optimizer
        self.program: Program = compiled(net.structure)
        self.parameters: Parameters = parameters_of(net)
        self.states: list[OptimizerState] = [optimizer.init(array) for array in self._arrays()]
        self.columns: dict[str, list[float]] = {}
        self.best: tuple[int, float, Floats, Floats] | None = None
        self.stopped_early = False

    def _arrays(self) -> tuple[Floats, Floats]:
        return self.parameters.weights, self.parameters.thresholds

    def epoch(self, data: _Data, batch_size: int, rng: np.random.Generator) -> dict[str, float]:
        """Go through all samples once, updating after every batch."""
        started = time.perf_counter()
        order = rng.permutation(len(data)) if batch_size < len(data) else np.arange(len(data))
        total, tally = 0.0, 0.0
        for start in range(0, len(data), batch_size):
            samples = order[start : start + batch_size]
            wanted = data.targets[samples]
            value, state, derivatives = backpropagate(
                self.program, self.parameters, data.stimulus[:, samples], wanted.values, self.loss
            )
            if not np.isfinite(value):
                self._diverged(value, state)
            self._update((derivatives.weights, derivatives.thresholds))
            total += value * len(samples)
            tally += wanted.tally(state.rates[self.program.outputs].T)
        measures = {"loss": total / len(data), **data.targets.score(tally)}
        self._write_back()
        return {**measures, "seconds": time.perf_counter() - started}

    def evaluate(self, data: _Data) -> dict[str, float]:
        """Loss and score without learning."""
        total, tally = 0.0, 0.0
        step = samples_at_once(self.program, self.net.dtype)
        for start in range(0, len(data), step):
            part = slice(start, start + step)
            state = self.program.forward(self.parameters, np.ascontiguousarray(data.stimulus[:, part]))
            rates, wanted = state.rates[self.program.outputs].T, data.targets[part]
            value = self.loss.evaluate(rates, state.drives[self.program.outputs].T, wanted.values)
            total += value.value * len(rates)
            tally += wanted.tally(rates)
        return {"loss": total / len(data), **data.targets.score(tally)}

    def _update(self, gradients: tuple[Floats, Floats]) -> None:
        for i, (array, gradient) in enumerate(zip(self._arrays(), gradients, strict=True)):
            change, self.states[i] = self.optimizer.update(gradient, self.states[i], array)
            array += change
        self.parameters.refresh()

    def _write_back(self) -> None:
        """Give the network its new parameters, unless they are no longer numbers."""
        weights, thresholds = self._arrays()
        if not (np.isfinite(weights).all() and np.isfinite(thresholds).all()):
            self._diverged(np.nan, None)
        self.net.weights[self.program.synapses] = weights
        self.net.thresholds[self.program.neurons] = thresholds

    def _diverged(self, value: float, state: State | None) -> None:
        epoch = len(self.columns.get("loss", ()))
        last = (
            f"the last good loss was {self.columns['loss'][-1]:.4g}" if epoch else "there was no good epoch before it"
        )
        where = ""
        if state is not None:
            wrong = np.flatnonzero(~np.isfinite(state.rates).all(axis=1))
            where = f" at neuron {self.net.structure.names[self.program.neurons[wrong[0]]]!r}" if wrong.size else ""
        raise TrainingError(
            f"Training diverged in epoch {epoch}{where}: the loss is {value}; {last}. The weights are those from "
            f"before that epoch. Lower the learning rate (now {self.optimizer}), or scale the inputs to about 1."
        )

    def record(self, measures: dict[str, float]) -> None:
        """Keep the measures of an epoch, and its weights if they are the best so far."""
        for name, value in measures.items():
            self.columns.setdefault(name, []).append(value)
        watched = measures.get("validation_loss", measures["loss"])
        if self.best is None or watched < self.best[1]:
            self.best = (len(self.columns["loss"]) - 1, watched, self.net.weights.copy(), self.net.thresholds.copy())

    def out_of_patience(self, patience: int | None) -> bool:
        assert self.best is not None
        return patience is not None and len(self.columns["loss"]) - 1 - self.best[0] >= patience

    def finish(self, patience: int | None) -> History:
        """Go back to the best weights, if that was asked for, and hand over what was measured."""
        best = len(self.columns.get("loss", ())) - 1
        if patience is not None and self.best is not None:
            best, _, self.net.weights[:], self.net.thresholds[:] = self.best
        columns = {name: np.array(values) for name, values in self.columns.items()} or {"loss": np.array([])}
        return History(columns, best, self.stopped_early)


def _read(net: Network, X: npt.ArrayLike, targets: npt.ArrayLike, loss: Loss, prefix: str = "") -> _Data:
    stimulus, wanted = read_samples(net, X, targets, prefix=prefix)
    loss.check(net, wanted.values)
    return _Data(np.ascontiguousarray(stimulus.T), wanted)


def _pair(validation: Any) -> tuple[npt.ArrayLike, npt.ArrayLike]:
    if not isinstance(validation, tuple | list) or len(validation) != 2:
        raise OptionError("validation must be a pair (X, targets).")
    return validation[0], validation[1]
