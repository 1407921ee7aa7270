"""One training run: its recipe, the epochs, and what was measured."""

from __future__ import annotations

import dataclasses
import math
import re
import time
from collections.abc import Iterator
from typing import Literal, cast

import numpy as np

from neurosim.anatomy.network import Network
from neurosim.anatomy.structure import Floats, Indices
from neurosim.anatomy.surrogates import Surrogate
from neurosim.checks import check_count, check_number
from neurosim.engine.compiler import compiled
from neurosim.engine.program import Derivatives, Program, State, samples_at_once
from neurosim.errors import OptionError, TrainingError
from neurosim.physiology.respond import parameters_of
from neurosim.plasticity.gradients import Answer, Backpropagated, answer, backpropagate
from neurosim.plasticity.history import History
from neurosim.plasticity.losses import Loss
from neurosim.plasticity.optimizers import LBFGS, GradientOptimizer, Optimizer, OptimizerState
from neurosim.plasticity.plastic import Plastic, delayed_twins
from neurosim.plasticity.schedules import Schedule, constant
from neurosim.plasticity.targets import Samples

BATCH = 32  # samples per update, unless said


@dataclasses.dataclass(frozen=True)
class Recipe:
    """How a run learns; see `train` for what each setting means."""

    loss: Loss
    optimizer: Optimizer
    epochs: int
    batch_size: int | Literal["auto"] | None
    patience: int | None
    surrogate: Surrogate | None
    schedule: Schedule
    weight_decay: float
    clip_norm: float | None
    truncation: int | None

    def __post_init__(self) -> None:
        check_count("epochs", self.epochs)
        check_count("patience", self.patience, least=1, optional=True)
        check_count("truncation", self.truncation, least=1, optional=True)
        check_number("weight_decay", self.weight_decay, least=0)
        if self.clip_norm is not None:
            check_number("clip_norm", self.clip_norm, above=0)
        if not isinstance(self.batch_size, str) or self.batch_size != "auto":
            check_count("batch_size", self.batch_size, least=1, optional=True)
        if self.optimizer.full_batch:
            for setting, value, unset in (
                ("batch_size", self.batch_size, ("auto", None)),
                ("clip_norm", self.clip_norm, (None,)),
                ("schedule", self.schedule, (constant(),)),
            ):
                if value not in unset:
                    raise OptionError(
                        f"The optimizer {self.optimizer.name} looks at all samples at once and chooses its steps "
                        f"itself, so it takes no {setting} (got {value!r}). Leave that out, or use optimizer='adam'."
                    )

    @property
    def settings(self) -> dict[str, str]:
        """Every setting as text: what two runs must have in common for one to go on where the other stopped."""
        texts = {field.name: repr(getattr(self, field.name)) for field in dataclasses.fields(self)}
        # where a function of the user's lies in memory makes no difference
        return {name: re.sub(r" at 0x[0-9a-f]+", "", text) for name, text in texts.items()}

    def samples_per_batch(self, samples: int) -> int:
        """How many samples an update looks at."""
        if self.batch_size == "auto":
            return samples if self.optimizer.full_batch else BATCH
        return samples if self.batch_size is None else self.batch_size


class Run:
    """A run under way: the plastic parameters as one vector, the optimizer's state, and what was measured.

    Parameters
    ----------
    net : Network
        Written to after each epoch.
    recipe : Recipe
    in_time : bool
        Whether the samples have ticks.
    """

    def __init__(self, net: Network, recipe: Recipe, *, in_time: bool = False) -> None:
        self.net, self.recipe, self.structure, self.in_time = net, recipe, net.structure, in_time
        self.program: Program = compiled(self.structure, in_time=in_time)
        self.plastic = Plastic(self.structure, self.program)
        self.late, self.twins = delayed_twins(self.structure)
        if not self.plastic.size:
            raise TrainingError("Nothing in this network is plastic, so nothing can be learnt; see net.unfreeze().")
        self.read_network()
        optimizer = recipe.optimizer
        self.state: OptimizerState = optimizer.init(self.vector) if isinstance(optimizer, GradientOptimizer) else {}
        self.columns: dict[str, list[float]] = {}
        self.best: tuple[int, float, Floats, Floats] | None = None
        self.stopped_early = False

    @property
    def epochs(self) -> int:
        """How many epochs have been run."""
        return len(self.columns.get("loss", ()))

    @property
    def is_over(self) -> bool:
        """Whether no epoch is to follow."""
        return self.stopped_early or self.epochs >= self.recipe.epochs

    def read_network(self) -> None:
        """Take the parameters from the network: at the start, and after anyone else may have changed them."""
        if self.net.structure is not self.structure:
            raise TrainingError(
                "The neurons or synapses were edited while the network was being trained. Let the callback return "
                "True to end the training, edit, and train again."
            )
        self.parameters = parameters_of(self.net, in_time=self.in_time)
        self.vector = self.plastic.read(self.parameters.weights, self.parameters.thresholds)

    def epoch(self, data: Samples, watched: Samples | None, rng: np.random.Generator) -> dict[str, float]:
        """Go through all samples once; if all goes well, give the network its new parameters."""
        started = time.perf_counter()
        optimizer = self.recipe.optimizer
        if isinstance(optimizer, LBFGS):
            measures = self._minimise(optimizer, data)
        else:
            measures = self._descend(cast(GradientOptimizer, optimizer), data, rng)
        self._check_parameters()
        measures["seconds"] = time.perf_counter() - started
        if watched is not None:
            measures |= {f"validation_{name}": value for name, value in self.evaluate(watched).items()}
        loss = self._loss_after(measures, data)
        self._write_network()  # only now: where any of this diverged, the network keeps its last good weights
        self._record(measures, loss)
        return measures

    def _write_network(self) -> None:
        net = self.net
        net.weights[self.program.synapses] = self.parameters.weights
        net.weights[self.late] = net.weights[self.twins]
        net.thresholds[self.program.neurons] = self.parameters.thresholds

    def _descend(self, optimizer: GradientOptimizer, data: Samples, rng: np.random.Generator) -> dict[str, float]:
        """Step after every batch."""
        recipe, size = self.recipe, self.recipe.samples_per_batch(len(data))
        optimizer = optimizer.at_rate(recipe.schedule(self.epochs, recipe.epochs))
        order = rng.permutation(len(data)) if size < len(data) else np.arange(len(data))
        total, tallies = 0.0, _Sums()
        for start in range(0, len(data), size):
            batch = data[order[start : start + size]]
            found = self._backpropagate(batch)
            gradient = self._gradient(found.derivatives, decay=False)
            if recipe.clip_norm is not None:
                gradient = _shortened(gradient, recipe.clip_norm)
            if recipe.weight_decay:
                gradient = gradient + self._decay(self.vector)
            decaying = self.vector * self.plastic.is_weight
            change, self.state = optimizer.update(gradient, self.state, decaying)
            self._set(self.plastic.project(self.vector + change))
            total += found.loss * len(batch)
            tallies.add(batch.targets.tally(found.rates))
        return {"loss": total / len(data), **data.targets.score(tallies.sums)}

    def _minimise(self, optimizer: LBFGS, data: Samples) -> dict[str, float]:
        """Let the optimizer go where it likes; the measures are those of the start."""
        measures = self.evaluate(data)

        def objective(vector: Floats) -> tuple[float, Floats]:
            self._set(vector)
            penalty = self.recipe.weight_decay / 2 * float(np.square(vector[self.plastic.is_weight]).sum())
            value, gradient = 0.0, np.zeros_like(vector)
            for part in self._parts(data):
                found = self._backpropagate(part, finite=False)
                share = len(part) / len(data)
                value += share * found.loss
                gradient = gradient + share * self._gradient(found.derivatives, decay=False)
            return value + penalty, gradient + self._decay(vector)

        self._set(optimizer.minimize(objective, self.vector, (self.plastic.lower, self.plastic.upper)))
        return measures

    def _backpropagate(self, batch: Samples, *, finite: bool = True) -> Backpropagated:
        recipe = self.recipe
        found = backpropagate(self.parameters, batch, recipe.loss, recipe.surrogate, recipe.truncation)
        if finite:
            self._check_finite(found.loss, found)
        return found

    def _check_finite(self, loss: float, found: Answer | Backpropagated) -> None:
        """Raise if a rate anywhere in the network, or the loss, is not finite."""
        if found.odd is not None:
            rows = np.flatnonzero(~np.isfinite(found.odd.rates).all(axis=1))
            self._report("its rate is no longer finite", rows[rows < len(self.net)])
        if not np.isfinite(loss):
            self._diverged(f"the loss is {loss}", found.state)

    def _parts(self, data: Samples) -> Iterator[Samples]:
        """The samples, as many at once as memory should hold."""
        step = samples_at_once(self.program, self.net.dtype, data.ticks)
        for start in range(0, len(data), step):
            yield data[slice(start, start + step)]

    def _gradient(self, derivatives: Derivatives, *, decay: bool = True) -> Floats:
        gradient = self.plastic.gradient(derivatives.weights, derivatives.thresholds)
        return gradient + self._decay(self.vector) if decay and self.recipe.weight_decay else gradient

    def _decay(self, vector: Floats) -> Floats:
        return (self.recipe.weight_decay * self.plastic.is_weight * vector).astype(vector.dtype)

    def _set(self, vector: Floats) -> None:
        self.vector = vector
        self.plastic.write(vector, self.parameters.weights, self.parameters.thresholds)
        self.parameters.refresh()

    def evaluate(self, data: Samples) -> dict[str, float]:
        """Loss and score without learning."""
        total, tallies = 0.0, _Sums()
        n_outputs = len(self.program.outputs)
        for part in self._parts(data):
            found = answer(self.parameters, part)
            rows = (each.reshape(-1, n_outputs) for each in (found.rates, found.drives, part.targets.values))
            value = self.recipe.loss.evaluate(*rows).value
            self._check_finite(value, found)
            total += value * len(part)
            tallies.add(part.targets.tally(found.rates))
        return {"loss": total / len(data), **data.targets.score(tallies.sums)}

    def _loss_after(self, measures: dict[str, float], data: Samples) -> float | None:
        """The loss that patience goes by; None without patience."""
        if self.recipe.patience is None:
            return None
        # The loss met on the way is that of weights which are no more; without validation it is measured again.
        return measures["validation_loss"] if "validation_loss" in measures else self.evaluate(data)["loss"]

    def _record(self, measures: dict[str, float], loss: float | None) -> None:
        """Keep the measures of an epoch, and the weights after it if they are the best so far."""
        for name, value in measures.items():
            self.columns.setdefault(name, []).append(value)
        if self.recipe.patience is None or loss is None:
            return
        if self.best is None or loss < self.best[1]:
            self.best = (self.epochs - 1, loss, self.net.weights.copy(), self.net.thresholds.copy())
        self.stopped_early = self.epochs - 1 - self.best[0] >= self.recipe.patience

    def after_callback(self) -> None:
        """Take up what a callback did to the network; it is part of the epoch that it followed."""
        self.read_network()
        if self.best is not None and self.best[0] == self.epochs - 1:
            self.best = (*self.best[:2], self.net.weights.copy(), self.net.thresholds.copy())

    def finish(self) -> History:
        """Go back to the best weights, if that was asked for, and hand over what was measured."""
        best = self.epochs - 1
        if self.best is not None:
            best, _, self.net.weights[:], self.net.thresholds[:] = self.best
        columns = {name: np.array(values) for name, values in self.columns.items()} or {"loss": np.array([])}
        return History(columns, best, self.stopped_early)

    # --- Divergence ------------------------------------------------------------------------------

    def _check_parameters(self) -> None:
        if np.isfinite(self.vector).all():
            return
        wrong = ~np.isfinite(self.parameters.thresholds)
        weights = np.flatnonzero(~np.isfinite(self.parameters.weights))
        wrong[self.program.row_of[self.structure.post[self.program.synapses[weights]]]] = True
        self._report("its weights are no longer finite", np.flatnonzero(wrong))

    def _diverged(self, what: str, state: State) -> None:
        """The rates are finite; a drive that was squashed is not, or they are too large for the loss."""
        outputs = self.program.outputs
        size = np.nan_to_num(np.abs(state.drives[outputs]).max(axis=1), nan=np.inf)
        self._report(what, outputs[[int(size.argmax())]])

    def _report(self, what: str, rows: Indices) -> None:
        """Raise the error; rows are in the order of computation, so the first is where it began."""
        name = self.structure.names[self.program.neurons[rows[0]]]
        losses = self.columns.get("loss", ())
        last = f"the last good loss was {losses[-1]:.4g}" if losses else "there was no good epoch before it"
        way = f"Lower the learning rate (now {self.recipe.optimizer}), say clip_norm=1.0, or scale"
        raise TrainingError(
            f"Training diverged in epoch {self.epochs}, first at neuron {name!r}: {what}; {last}. The network has the "
            f"weights from before that epoch. {'Scale' if self.recipe.optimizer.full_batch else way} the inputs to "
            "about 1."
        )


class _Sums:
    """Tallies of batches, added up by name."""

    def __init__(self) -> None:
        self.sums: dict[str, float] = {}

    def add(self, tally: dict[str, float]) -> None:
        for name, value in tally.items():
            self.sums[name] = self.sums.get(name, 0.0) + value


def _shortened(gradient: Floats, most: float) -> Floats:
    """The gradient, or one in its direction with this Euclidean norm if it is longer."""
    largest = np.abs(gradient).max()
    if not 0 < largest < np.inf:
        return gradient
    # Of numbers up to 1, so that no square overflows; and without BLAS, whose sums depend on the number of threads.
    norm = float(largest) * math.sqrt(float(np.square(gradient / largest).sum()))
    return gradient / largest * gradient.dtype.type(float(largest) / norm * most) if norm > most else gradient
