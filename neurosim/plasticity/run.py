"""One training run: its recipe, the epochs, and what was measured."""

from __future__ import annotations

import dataclasses
import re
import time
from collections.abc import Callable
from typing import Generic, Literal, TypeAlias, cast

import numpy as np

from neurosim.anatomy.network import Network
from neurosim.anatomy.structure import Floats, Indices
from neurosim.anatomy.surrogates import Surrogate
from neurosim.checks import check_count, check_number
from neurosim.errors import OptionError, TrainingError
from neurosim.plasticity.ageing import carried_over, factors_at, identities, turn_over
from neurosim.plasticity.ages import Plasticity
from neurosim.plasticity.history import History
from neurosim.plasticity.learning import Descended, Descent, Learning, S, Sums, moved, take_step
from neurosim.plasticity.losses import Loss
from neurosim.plasticity.optimizers import LBFGS, GradientOptimizer, Optimizer, OptimizerState
from neurosim.plasticity.plastic import absent_twins
from neurosim.plasticity.schedules import Schedule, constant

Callback: TypeAlias = Callable[[int, dict[str, float]], bool | None]
"""Called after each epoch with its number (from 0) and its measures; True ends the training."""

BATCH = 32  # samples per update, unless said
ONE_GO = 0.1  # seconds that epochs take about which are learnt at one go: a bar should move
ORDERS = 2**20  # numbers of samples that are drawn for them at most


@dataclasses.dataclass(frozen=True)
class Recipe:
    """How a run learns; see `train` for what each setting means. The loss is None where every task has its own."""

    loss: Loss | None
    optimizer: Optimizer
    epochs: int
    batch_size: int | Literal["auto"] | None
    patience: int | None
    surrogate: Surrogate | None
    schedule: Schedule
    weight_decay: float
    clip_norm: float | None
    truncation: int | None
    backend: str = "numpy"
    ages: Plasticity | None = None

    def __post_init__(self) -> None:
        if self.patience is not None and self.ages is not None and self.ages.rewires:
            raise OptionError(
                "With patience a run goes back to its best weights, and with a turnover the synapses that had them may "
                "be gone. Leave out patience, or the turnover of ages."
            )
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
        values = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        texts = {
            name: value.settings if isinstance(value, Plasticity) else repr(value) for name, value in values.items()
        }
        # where a function of the user's lies in memory makes no difference
        return {name: re.sub(r" at 0x[0-9a-f]+", "", text) for name, text in texts.items()}

    def samples_per_batch(self, samples: int) -> int:
        """How many samples an update looks at."""
        if self.batch_size == "auto":
            return samples if self.optimizer.full_batch else BATCH
        return samples if self.batch_size is None else self.batch_size


class Run(Generic[S]):
    """A run under way: the plastic parameters as one vector, the optimizer's state, and what was measured.

    Parameters
    ----------
    net : Network
        Written to by `commit`.
    recipe : Recipe
    learn : callable
        Makes the `Learning` of a network, at the start and whenever that may have been changed.
    in_time : bool
        Whether the samples have ticks.

    Attributes
    ----------
    factors : float array, one per plastic parameter, or None
        By which the step of each parameter is longer or shorter at this age; None for all alike.
    """

    factors: Floats | None = None

    def __init__(
        self, net: Network, recipe: Recipe, learn: Callable[[Network], Learning[S]], *, in_time: bool = False
    ) -> None:
        self.net, self.recipe, self.in_time, self._learn = net, recipe, in_time, learn
        self._take_structure()
        if not self.learning.plastic.size:
            raise TrainingError("Nothing in this network is plastic, so nothing can be learnt; see net.unfreeze().")
        optimizer = recipe.optimizer
        vector = self.learning.vector
        self.state: OptimizerState = optimizer.init(vector) if isinstance(optimizer, GradientOptimizer) else {}
        self._good: Floats | None = None  # parameters that the network has not got yet
        self._at_one_go = 1  # epochs
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
                "The neurons or synapses were edited while the network was being trained, or a lesion was made or "
                "undone that outlasts the callback. Inside it, lesion in a block, which is undone at its end: with "
                "ns.lesion(net, regions='V1'): ... To edit or lesion for longer, let the callback only return True, "
                "which ends the training; then do it, and train again."
            )
        self.learning = self._learn(self.net)

    def _take_structure(self) -> None:
        self.structure = self.net.structure
        self.late, self.twins = absent_twins(self.structure, in_time=self.in_time)
        self.read_network()

    def rewire(self, replaced: Indices) -> None:
        """Go on with new synapses in place of some; the optimizer keeps what it remembers of all others.

        Parameters
        ----------
        replaced : int array
            The numbers of those that were replaced since the last `commit`; they are those of the new ones.
        """
        before = identities(self.structure, self.learning.plastic, self.learning.layout)
        before[np.isin(before, replaced)] = -1
        self._take_structure()
        if isinstance(self.recipe.optimizer, GradientOptimizer):
            after = identities(self.structure, self.learning.plastic, self.learning.layout)
            fresh = self.recipe.optimizer.init(self.learning.vector)
            self.state = carried_over(self.state, before, after, fresh)

    def _grow_older(self, ages: Plasticity, rng: np.random.Generator) -> None:
        """Before an epoch: synapses come and go, and every step gets the length that suits this age."""
        age = ages.age + self.epochs
        if ages.rewires_at(age):
            self.commit()
            replaced = turn_over(ages, age, self.net, rng, in_time=self.in_time)
            if replaced.size:
                self.rewire(replaced)
        self.factors = factors_at(ages, age, self.structure, self.learning.plastic, self.learning.layout)

    def largest_product(self, samples: int) -> float:
        """How many multiplications the largest matrix product of an update takes outside of kernels."""
        product = self.learning.largest_product(samples)
        if not self.recipe.optimizer.full_batch:
            return product
        import scipy.optimize  # noqa: F401 - loaded before its threads are counted

        return max(product, float(self.learning.plastic.size) ** 2)

    def go_on(self, data: S, watched: S | None, rng: np.random.Generator, most: int) -> dict[str, float]:
        """Go through all samples; if all goes well, keep the new parameters for the network.

        Where nobody needs to look at anything in between it is done several times, up to `most`.

        Returns
        -------
        dict
            The measures of the last epoch.
        """
        started = time.perf_counter()
        optimizer, ages = self.recipe.optimizer, self.recipe.ages
        if ages is not None:
            self._grow_older(ages, rng)
            most = 1
        if isinstance(optimizer, LBFGS):
            epochs, vector, wrong = [self._minimise(optimizer, data)], self.learning.vector.copy(), None
        else:
            optimizer = cast(GradientOptimizer, optimizer)
            unwatched = watched is None and self.recipe.patience is None and self.factors is None
            alone = unwatched and self.learning.takes_many_epochs(optimizer)
            count = min(most, self._at_one_go, max(1, ORDERS // len(data))) if alone else 1
            epochs, vector, wrong = self._descend(optimizer, data, rng, count)
        seconds = time.perf_counter() - started
        if seconds < ONE_GO / 2:
            self._at_one_go *= 2
        each = {"seconds": seconds / max(1, len(epochs))}
        epochs = [measures | each for measures in epochs] if np.isfinite(vector).all() else []
        loss = None
        if epochs and watched is not None:
            epochs[-1] |= {f"validation_{name}": value for name, value in self.evaluate(watched).items()}
        if epochs:
            loss = self._loss_after(epochs[-1], data)
            self._good = vector  # only now: where any of this diverged, the last good ones count
        for measures in epochs:
            self._record(measures, loss)
        if wrong is not None:
            raise self._diagnosis(data[wrong])
        self._check_parameters()
        return epochs[-1]

    def commit(self) -> None:
        """Give the network the parameters after the last good epoch: when it ends, and before anyone looks."""
        if self._good is None:
            return
        net, learning = self.net, self.learning
        if not np.array_equal(learning.vector, self._good):
            learning.write(self._good)
        learning.write_to(net)
        net.weights[self.late] = net.weights[self.twins]
        self._good = None  # only now: if Ctrl-C was pressed before, all of it is done again at the end

    def _descend(
        self, optimizer: GradientOptimizer, data: S, rng: np.random.Generator, count: int
    ) -> tuple[list[dict[str, float]], Floats, Indices | None]:
        """Step after every batch, for some epochs: their measures, the parameters then, and a batch that went wrong."""
        recipe, size = self.recipe, self.recipe.samples_per_batch(len(data))
        rates = [recipe.schedule(self.epochs + i, recipe.epochs) for i in range(count)]
        descents = [Descent(optimizer.at_rate(rate), recipe.weight_decay, recipe.clip_norm) for rate in rates]
        in_order = np.arange(len(data))
        orders = np.array([rng.permutation(len(data)) if size < len(data) else in_order for _ in range(count)])
        done = None if self.factors is not None else self.learning.descend(data, orders, size, descents, self.state)
        if done is None:
            batches = [orders[0, start : start + size] for start in range(0, len(data), size)]
            done = self._batch_by_batch(data, batches, descents[0])
        self.state = done.state
        epochs = [{"loss": total / len(data), **data.score(tally)} for total, tally in done.told]
        return epochs, done.vector, done.wrong

    def _batch_by_batch(self, data: S, batches: list[Indices], descent: Descent) -> Descended:
        learning, state, total, tallies = self.learning, self.state, 0.0, Sums()
        for numbers in batches:
            batch = data if len(batches) == 1 else data[numbers]
            found = learning.study(batch, learn=True)
            if not found.fine or found.gradient is None:
                return Descended([], state, learning.vector, wrong=numbers)
            state = take_step(learning, found.gradient, descent, state, self.factors)
            total += found.loss * len(batch)
            tallies.add(found.tally)
        return Descended([(total, tallies.sums)], state, learning.vector.copy())

    def _minimise(self, optimizer: LBFGS, data: S) -> dict[str, float]:
        """Let the optimizer go where it likes; the measures are those of the start."""
        measures, learning = self.evaluate(data), self.learning
        plastic, start = learning.plastic, self.learning.vector.copy()

        def objective(vector: Floats) -> tuple[float, Floats]:
            learning.write(vector)
            penalty = self.recipe.weight_decay / 2 * float(np.square(vector[plastic.is_weight]).sum())
            value, gradient = 0.0, np.zeros_like(vector)
            for part in learning.parts(data):
                found = learning.study(part, learn=True)
                share = len(part) / len(data)
                value += share * found.loss
                gradient = gradient + share * cast(Floats, found.gradient)
            decay = self.recipe.weight_decay * plastic.is_weight * vector
            return value + penalty, gradient + decay.astype(vector.dtype)

        found = optimizer.minimize(objective, start.copy(), (plastic.lower, plastic.upper))
        learning.write(found if self.factors is None else moved(start, found - start, plastic, self.factors))
        return measures

    def evaluate(self, data: S) -> dict[str, float]:
        """Loss and score without learning."""
        found = self.learning.study(data, learn=False)
        if not found.fine:
            raise self._diagnosis(data)
        return {"loss": found.loss, **data.score(found.tally)}

    def _loss_after(self, measures: dict[str, float], data: S) -> float | None:
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
            self.commit()
            self.best = (self.epochs - 1, loss, self.net.weights.copy(), self.net.thresholds.copy())
        self.stopped_early = self.epochs - 1 - self.best[0] >= self.recipe.patience

    def show(self, callback: Callback, measures: dict[str, float]) -> None:
        """Let a callback look, and take up what it does to the network; that is part of the epoch that it follows."""
        self.commit()
        net = self.net
        weights, thresholds = net.weights.copy(), net.thresholds.copy()
        self.stopped_early |= bool(callback(self.epochs - 1, dict(measures)))
        untouched = net.structure is self.structure and np.array_equal(net.weights, weights)
        if untouched and np.array_equal(net.thresholds, thresholds):
            return  # to lay it out afresh takes longer than a small epoch
        self.read_network()
        if self.best is not None and self.best[0] == self.epochs - 1:
            self.best = (*self.best[:2], net.weights.copy(), net.thresholds.copy())

    def finish(self) -> History:
        """Go back to the best weights, if that was asked for, and hand over what was measured."""
        best = self.epochs - 1
        if self.best is not None:
            best, _, self.net.weights[:], self.net.thresholds[:] = self.best
        columns = {name: np.array(values) for name, values in self.columns.items()} or {"loss": np.array([])}
        return History(columns, best, self.stopped_early)

    # --- Divergence ------------------------------------------------------------------------------

    def _check_parameters(self) -> None:
        learning, structure = self.learning, self.structure
        if np.isfinite(learning.vector).all():
            return
        wrong = np.zeros(len(self.net), dtype=bool)
        wrong[learning.layout.neurons[~np.isfinite(learning.thresholds)]] = True
        weights = learning.layout.synapses[~np.isfinite(learning.weights)]
        wrong[structure.post[weights]] = True
        neurons = learning.layout.neurons
        raise self._diverged("its weights are no longer finite", int(neurons[wrong[neurons]][0]))

    def _diagnosis(self, samples: S) -> TrainingError:
        """The error that says where some samples went wrong first, with the parameters as they are now."""
        fault = self.learning.fault(samples)
        return self._diverged(fault.what, fault.neuron)

    def _diverged(self, what: str, neuron: int) -> TrainingError:
        name = self.structure.names[neuron]
        losses = self.columns.get("loss", ())
        last = f"the last good loss was {losses[-1]:.4g}" if losses else "there was no good epoch before it"
        way = f"Lower the learning rate (now {self.recipe.optimizer}), say clip_norm=1.0, or scale"
        return TrainingError(
            f"Training diverged in epoch {self.epochs}, first at neuron {name!r}: {what}; {last}. The network has the "
            f"weights from before that epoch. {'Scale' if self.recipe.optimizer.full_batch else way} the inputs to "
            "about 1."
        )
