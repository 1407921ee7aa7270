"""Learning on compiled kernels: tile by tile on several threads, or a whole epoch in one call."""

from __future__ import annotations

import weakref
from collections.abc import Callable

import numpy as np

from neurosim.anatomy.network import Network
from neurosim.anatomy.structure import Floats, Indices
from neurosim.anatomy.surrogates import Surrogate
from neurosim.engine.compiled import Compiled
from neurosim.engine.plan import Gradient, Tile, planned
from neurosim.engine.threads import one_thread
from neurosim.engine.workers import share_out
from neurosim.plasticity.learning import Descent, Studied
from neurosim.plasticity.loss_kernels import measure_of
from neurosim.plasticity.losses import Loss
from neurosim.plasticity.optimizer_kernels import change_parameters, memory_of, steps_of
from neurosim.plasticity.optimizers import OptimizerState
from neurosim.plasticity.plastic import Plastic
from neurosim.plasticity.targets import Samples, Targets
from neurosim.plasticity.training_kernels import (
    Learner,
    Lesson,
    Slots,
    Update,
    add_groups,
    clear,
    collect,
    learn_in_one_go,
    shorten,
    spread,
    study,
    turn_round,
    write_thresholds,
    write_weights,
)

MOVED = 8  # a step moves about as many bytes for each weight as so many samples would cost multiplications
IN_ONE_GO = 2**20  # weights times samples of a batch up to which an epoch is one call, on one thread


class CompiledLearning:
    """Learning on numba: see `Learning`.

    Parameters
    ----------
    net : Network
    loss : Loss
    surrogate : Surrogate, optional
        Both of the library's own.
    """

    def __init__(self, net: Network, loss: Loss, surrogate: Surrogate | None) -> None:
        self.layout = self._plan = planned(net.structure)
        self.plastic = Plastic(net.structure, self._plan)
        weights, thresholds = net.weights[self._plan.synapses], net.thresholds[self._plan.neurons]
        self._machine = Compiled(self._plan, weights, thresholds)
        self.vector = self.plastic.read(weights, thresholds)
        free = self.vector[:0]
        self._learner = Learner(
            self._plan.wires,
            self._machine.values,
            self._plan.slopes(surrogate),
            measure_of(loss),
            self._slots(),
            self._machine.gemm,
            False,
            self.plastic.n_weights,
            self.plastic.lower.astype(self.vector.dtype) if self.plastic.bounded else free,
            self.plastic.upper.astype(self.vector.dtype) if self.plastic.bounded else free,
            self.vector,
        )
        self._places = len(self._plan.synapses)
        self._rooms: dict[tuple[int, int, int], tuple[list[Tile], Gradient]] = {}
        self._total = np.empty_like(self.vector)
        sizes = (self._plan.n_sparse, self._places - self._plan.n_sparse, len(self._plan.neurons))
        self._by_place = Gradient(*(np.empty(size, self.vector.dtype) for size in sizes))
        self._lessons: weakref.WeakKeyDictionary[Samples, Lesson] = weakref.WeakKeyDictionary()

    def _slots(self) -> Slots:
        weights, thresholds = self.plastic.slots
        simple = len(weights) == self.plastic.n_weights and bool((weights == np.arange(len(weights))).all())
        in_matrix = self._plan.in_matrix
        nothing = np.empty(0, np.int64)
        return Slots(nothing if simple else weights, nothing if in_matrix is None else in_matrix, thresholds)

    @property
    def weights(self) -> Floats:
        values, in_matrix = self._machine.values, self._plan.in_matrix
        dense = values.matrices if in_matrix is None else values.matrices[in_matrix]
        return np.concatenate([values.backwards, dense])

    @property
    def thresholds(self) -> Floats:
        return self._machine.values.thresholds

    def largest_product(self, samples: int) -> float:
        return 0.0

    def write(self, vector: Floats) -> None:
        self.vector[:] = vector
        self._write(1)

    # --- Forwards and backwards ------------------------------------------------------------------

    def study(self, samples: Samples, *, learn: bool) -> Studied:
        everything = np.arange(len(samples))
        nothing = np.empty((0, 0), self.vector.dtype)
        sums, fine = self._study(self._lesson(samples), everything, learn, nothing, nothing)
        if learn:
            self._collect(len(samples))
        gradient = self._total.copy() if learn else None
        loss = float(sums[0]) / len(samples)
        return Studied(loss, _tally(samples, sums), fine and bool(np.isfinite(loss)), gradient)

    def derivatives(self, samples: Samples) -> tuple[Studied, Floats, Floats, Floats]:
        """The gradient by every weight and threshold, in the order of the plan, and by the stimulus."""
        by_input = np.empty((len(samples), len(self._plan.wires.inputs)), self.vector.dtype)
        everything, nothing = np.arange(len(samples)), np.empty((0, 0), self.vector.dtype)
        sums, fine = self._study(self._lesson(samples), everything, True, nothing, by_input)
        _, groups = self._room(len(samples))
        count = self._machine.tiling(len(samples)).groups
        sparse, matrices, thresholds = (each[:count].sum(axis=0) for each in groups)
        dense = matrices if self._plan.in_matrix is None else matrices[self._plan.in_matrix]
        loss = float(sums[0]) / len(samples)
        studied = Studied(loss, _tally(samples, sums), fine and bool(np.isfinite(loss)))
        return studied, np.concatenate([sparse, dense]), thresholds, by_input

    def _study(
        self, lesson: Lesson, order: Indices, learn: bool, rates: Floats, by_input: Floats
    ) -> tuple[Floats, bool]:
        """One batch, shared out among threads by groups of samples; what each group adds up is added in their order."""
        machine, samples = self._machine, len(order)
        tiling = machine.tiling(samples)
        bounds, width = tiling.bounds, tiling.width
        tiles, groups = self._room(samples)
        sums, fine = np.zeros((tiling.groups, 3)), np.ones(tiling.groups, dtype=bool)

        def work(number: int, threads: int) -> None:
            for group in range(number, tiling.groups, threads):
                gradient = Gradient(groups.sparse[group], groups.matrices[group], groups.thresholds[group])
                if learn:
                    clear(gradient)
                fine[group] = study(
                    tiling.lanes,
                    width,
                    self._learner,
                    lesson,
                    order,
                    bounds[group],
                    bounds[group + 1],
                    samples,
                    learn,
                    tiles[number],
                    gradient,
                    sums[group],
                    rates,
                    by_input,
                )

        with one_thread(machine.largest_product(width)):
            share_out(work, min(len(tiles), tiling.groups))
        total = np.zeros(3)
        for group in sums:
            total += group
        return total, bool(fine.all())

    def _room(self, samples: int) -> tuple[list[Tile], Gradient]:
        """Room for a batch, kept for the next."""
        machine = self._machine
        tiling = machine.tiling(samples)
        count = tiling.groups
        key = (tiling.width, min(machine.threads(samples), count), count)
        if key not in self._rooms:
            self._rooms.clear()
            self._rooms[key] = machine.tiles(*key[:2]), machine.groups(count)
        return self._rooms[key]

    def _lesson(self, samples: Samples) -> Lesson:
        if samples not in self._lessons:
            targets = samples.targets
            classes = np.empty(0, np.int64) if targets.classes is None else targets.classes.astype(np.int64)
            stimulus = np.ascontiguousarray(samples.stimulus.T)
            self._lessons[samples] = Lesson(
                stimulus, np.ascontiguousarray(targets.values), classes, wants_distances(targets)
            )
        return self._lessons[samples]

    # --- Steps -----------------------------------------------------------------------------------

    def descend(
        self, samples: Samples, batches: list[Indices], descent: Descent, state: OptimizerState
    ) -> tuple[float, dict[str, float], OptimizerState] | Samples | None:
        steps = steps_of(descent.optimizer)
        if steps is None:
            return None
        taken = int(state.get("steps", 0))
        update = Update(steps, memory_of(state, self.vector), descent.weight_decay, descent.clip_norm or 0.0)
        lesson, sums = self._lesson(samples), np.zeros(3)
        if len(self._plan.synapses) * len(batches[0]) <= IN_ONE_GO:
            done = self._in_one_go(lesson, batches, update, taken, sums)
        else:
            done = self._batch_by_batch(lesson, batches, update, taken, sums)
        if done < len(batches):
            return samples[batches[done]]
        if "steps" in state:
            state = {**state, "steps": np.asarray(float(taken + done))}
        return float(sums[0]), _tally(samples, sums), state

    def _in_one_go(self, lesson: Lesson, batches: list[Indices], update: Update, taken: int, sums: Floats) -> int:
        machine, size = self._machine, len(batches[0])
        tiles, groups = self._room(size)
        tiling = machine.tiling(size)
        with one_thread(machine.largest_product(tiling.width)):
            return learn_in_one_go(
                tiling.lanes,
                tiling.width,
                self._learner,
                lesson,
                np.concatenate(batches),
                size,
                tiling.bounds,
                update,
                taken,
                tiles[0],
                groups,
                self._by_place,
                self._total,
                sums,
            )

    def _batch_by_batch(self, lesson: Lesson, batches: list[Indices], update: Update, taken: int, sums: Floats) -> int:
        nothing = np.empty((0, 0), self.vector.dtype)
        for number, order in enumerate(batches):
            met, fine = self._study(lesson, order, True, nothing, nothing)
            if not fine or not np.isfinite(met[0]):
                return number
            sums += met
            threads = self._machine.threads(MOVED)
            self._collect(len(order), threads)
            if update.clip > 0:
                shorten(self._total, update.clip)
            self._change(update, taken + number + 1, threads)
            self._write(threads)
        return len(batches)

    def _collect(self, samples: int, threads: int = 1) -> None:
        """The gradient by each plastic parameter, from those of all groups of samples."""
        _, groups = self._room(samples)
        count, slots = self._machine.tiling(samples).groups, self._learner.slots
        if threads == 1:
            collect(groups, count, slots, self.plastic.n_weights, self._by_place, self._total)
            return
        nothing = slots.in_matrix[:0]
        for each, which, total in zip(groups, (nothing, slots.in_matrix, nothing), self._by_place, strict=True):

            def add(first: int, last: int, each: Floats = each, which: Indices = which, total: Floats = total) -> None:
                add_groups(each, count, which, first, last, total)

            self._in_parts(add, len(total), threads)
        spread(slots, self.plastic.n_weights, self._by_place, self._total)

    def _change(self, update: Update, taken: int, threads: int) -> None:
        learner = self._learner
        self._in_parts(
            lambda first, last: change_parameters(
                update.steps,
                taken,
                self._total,
                learner.weights,
                update.decay,
                learner.lower,
                learner.upper,
                first,
                last,
                update.memory,
                self.vector,
            ),
            len(self.vector),
            threads,
        )

    def _write(self, threads: int) -> None:
        """Put the parameters where kernels read them."""
        slots, values, in_place = self._learner.slots, self._machine.values, self._plan.wires.in_place
        self._in_parts(
            lambda first, last: write_weights(slots, values, self.vector, first, last), self._places, threads
        )
        write_thresholds(slots, values, self.vector)
        n_sparse = self._plan.n_sparse
        self._in_parts(lambda first, last: turn_round(in_place, values, first, last), n_sparse, threads)

    @staticmethod
    def _in_parts(work: Callable[[int, int], None], count: int, threads: int) -> None:
        """Do something for each of so many things, in as many parts as there are threads."""
        share_out(lambda i, n: work(count * i // n, count * (i + 1) // n), threads)


def _tally(samples: Samples, sums: Floats) -> dict[str, float]:
    """As `Targets.tally` counts it."""
    targets, tally = samples.targets, {}
    if wants_distances(targets):
        tally["error"] = float(sums[1])
    if targets.classes is not None:
        tally["accuracy"] = float(sums[2])
    return tally


def wants_distances(targets: Targets) -> bool:
    """Whether the distance from these targets is a measure."""
    return targets.distances or targets.classes is None
