"""Learning on compiled kernels: tile by tile on several threads, or a whole epoch in one call."""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from functools import partial

import numpy as np

from neurosim.anatomy.network import Network
from neurosim.anatomy.structure import Floats, Indices
from neurosim.anatomy.surrogates import Surrogate
from neurosim.engine.compiled import Compiled
from neurosim.engine.compiler import program_of
from neurosim.engine.gather_kernels import gathered, scatter
from neurosim.engine.plan import Gradient, Tile, planned
from neurosim.engine.team_kernels import CALLED_OFF, SIGNALS, SOLO, Team, give_way_address
from neurosim.engine.threads import one_thread
from neurosim.engine.workers import share_out, together
from neurosim.plasticity.learning import Descended, Descent, Fault, Studied, fault_of, parts_of
from neurosim.plasticity.loss_kernels import measure_of
from neurosim.plasticity.losses import Loss
from neurosim.plasticity.optimizer_kernels import memory_of, steps_of
from neurosim.plasticity.optimizers import GradientOptimizer, OptimizerState
from neurosim.plasticity.plastic import Plastic
from neurosim.plasticity.targets import Samples, Targets
from neurosim.plasticity.training_kernels import (
    Desk,
    Learner,
    Lesson,
    Slots,
    Update,
    clear,
    collect,
    learn,
    study,
    write_parameters,
)

MOVED = 8  # a step moves about as many bytes for each weight as so many samples would cost multiplications
WORTH_MEETING = 2**17  # multiplications in a batch from which it pays that threads wait for each other


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
        weights, thresholds = gathered(net.weights, self._plan.synapses), net.thresholds[self._plan.neurons]
        self._machine = Compiled(self._plan, weights, thresholds)
        self.vector = self.plastic.read(weights, thresholds)
        slots, values, free = self._slots(), self._machine.values, self.vector[:0]
        n_sparse, n_weights = self._plan.n_sparse, self.plastic.n_weights
        in_place = not len(slots.weights) and self._plan.in_matrix is None
        if in_place:
            backwards, matrices = self.vector[:n_sparse], self.vector[n_sparse:n_weights]
            self._machine.values = values = values._replace(backwards=backwards, matrices=matrices)
        self._learner = Learner(
            self._plan.wires,
            values,
            self._plan.slopes(surrogate),
            measure_of(loss),
            slots,
            self._machine.gemm,
            False,
            n_weights,
            self.plastic.lower.astype(self.vector.dtype) if self.plastic.bounded else free,
            self.plastic.upper.astype(self.vector.dtype) if self.plastic.bounded else free,
            self.vector,
            in_place,
        )
        self._places = len(self._plan.synapses)
        self._kept_tiles: dict[int, list[Tile]] = {}
        self._kept_gradients = self._machine.groups(0)
        self._total = np.empty_like(self.vector)
        sizes = (n_sparse, self._places - n_sparse, len(self._plan.neurons))
        self._by_place = Gradient(*(np.empty(size, self.vector.dtype) for size in sizes))
        self._compiled = False
        self._lessons: weakref.WeakKeyDictionary[Samples, Lesson] = weakref.WeakKeyDictionary()
        self._structure, self._loss = net.structure, loss

    def _slots(self) -> Slots:
        plastic, in_matrix, nothing = self.plastic, self._plan.in_matrix, np.empty(0, np.int64)
        weights = nothing if plastic.one_by_one else plastic.weight_slots
        return Slots(weights, nothing if in_matrix is None else in_matrix, plastic.threshold_slots)

    @property
    def weights(self) -> Floats:
        values, in_matrix = self._machine.values, self._plan.in_matrix
        if not len(values.matrices):
            return values.backwards
        return np.concatenate([values.backwards, values.matrices if in_matrix is None else values.matrices[in_matrix]])

    @property
    def thresholds(self) -> Floats:
        return self._machine.values.thresholds

    def largest_product(self, samples: int) -> float:
        return 0.0

    def write(self, vector: Floats) -> None:
        self.vector[:] = vector
        write_parameters(self._learner, self._places, SOLO)

    def write_to(self, net: Network) -> None:
        scatter(self.weights, self._plan.synapses, net.weights)
        net.thresholds[self._plan.neurons] = self.thresholds

    # --- Forwards and backwards ------------------------------------------------------------------

    def study(self, samples: Samples, *, learn: bool, numbers: Indices | None = None) -> Studied:
        """As in `Learning`; or some of the samples only, by their numbers."""
        some = np.arange(len(samples)) if numbers is None else numbers
        nothing = np.empty((0, 0), self.vector.dtype)
        sums, fine = self._study(self._lesson(samples), some, learn, nothing, nothing)
        return _told(samples, len(some), sums, fine, self._collected(len(some)) if learn else None)

    def parts(self, samples: Samples) -> Iterator[Samples]:
        return parts_of(program_of(self._structure), samples)

    def fault(self, samples: Samples) -> Fault:
        program, plan = program_of(self._structure), self._plan
        weights, thresholds = np.zeros(self._structure.n_synapses, self.vector.dtype), np.empty_like(self.thresholds)
        weights[plan.synapses], thresholds[plan.neurons] = self.weights, self.thresholds
        return fault_of(program.parameters(weights, thresholds), samples, self._loss)

    def derivatives(self, samples: Samples) -> tuple[Studied, Floats, Floats, Floats]:
        """The gradient by every weight and threshold, in the order of the plan, and by the stimulus."""
        by_input = np.empty((len(samples), len(self._plan.wires.inputs)), self.vector.dtype)
        everything, nothing = np.arange(len(samples)), np.empty((0, 0), self.vector.dtype)
        sums, fine = self._study(self._lesson(samples), everything, True, nothing, by_input)
        count = self._machine.tiling(len(samples)).groups
        groups = self._gradients(count)
        sparse, matrices, thresholds = (each[:count].sum(axis=0) for each in groups)
        dense = matrices if self._plan.in_matrix is None else matrices[self._plan.in_matrix]
        return _told(samples, len(samples), sums, fine), np.concatenate([sparse, dense]), thresholds, by_input

    def _study(
        self, lesson: Lesson, order: Indices, learn: bool, rates: Floats, by_input: Floats
    ) -> tuple[Floats, bool]:
        """One batch, shared out among threads by groups of samples; what each group adds up is added in their order."""
        machine, samples = self._machine, len(order)
        tiling = machine.tiling(samples)
        bounds, width = tiling.bounds, tiling.width
        threads = min(machine.threads(samples), tiling.groups)
        tiles, groups = self._tiles(width, threads), self._gradients(tiling.groups if learn else 1)
        sums, fine = np.zeros((tiling.groups, 3)), np.ones(tiling.groups, dtype=bool)

        def work(number: int, threads: int) -> None:
            for group in range(number, tiling.groups, threads):
                gradient = Gradient(*(each[group if learn else 0] for each in groups))
                if learn:
                    clear(gradient, SOLO)
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
                    SOLO,
                    tiles[number],
                    gradient,
                    sums[group],
                    rates,
                    by_input,
                )

        with one_thread(machine.largest_product(width)):
            share_out(work, threads)
        total = np.zeros(3)
        for group in sums:
            total += group
        return total, bool(fine.all())

    def _tiles(self, width: int, threads: int) -> list[Tile]:
        """A tile for each thread, kept for the next time."""
        if len(self._kept_tiles.get(width, ())) < threads:
            self._kept_tiles = {width: self._machine.tiles(width, threads)}
        return self._kept_tiles[width]

    def _gradients(self, groups: int) -> Gradient:
        """Room for the gradients of so many groups of samples, kept for the next time."""
        if len(self._kept_gradients.thresholds) < groups:
            self._kept_gradients = self._machine.groups(groups)
        return self._kept_gradients

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

    def takes_many_epochs(self, optimizer: GradientOptimizer) -> bool:
        return steps_of(optimizer) is not None

    def descend(
        self, samples: Samples, orders: Indices, size: int, descents: list[Descent], state: OptimizerState
    ) -> Descended | None:
        steps, rates = steps_of(descents[0].optimizer), np.array([each.optimizer.learning_rate for each in descents])
        if steps is None:
            return None
        decay, clip = descents[0].weight_decay, descents[0].clip_norm or 0.0
        update = Update(steps, rates, memory_of(state, self.vector), decay, clip)
        sums, good = np.zeros((len(orders), 3)), self.vector.copy()
        lesson, taken = self._lesson(samples), int(state.get("steps", 0))
        done, batches = self._learn(lesson, orders, min(size, len(samples)), update, taken, good, sums)
        n_batches = -(-len(samples) // size)
        if "steps" in state:
            state = {**state, "steps": np.asarray(float(taken + done * n_batches + batches))}
        wrong = None
        if done < len(orders):
            if batches < n_batches:
                wrong = orders[done, batches * size : (batches + 1) * size]
            elif done == 0:
                good = self.vector.copy()  # which is not finite
        return Descended([(float(each[0]), _tally(samples, each)) for each in sums[:done]], state, good, wrong)

    def _learn(
        self, lesson: Lesson, orders: Indices, size: int, update: Update, taken: int, good: Floats, sums: Floats
    ) -> tuple[int, int]:
        """Learn some epochs; see `learn` for what comes back."""
        machine, on_one_tile = self._machine, self._plan.has_blocks
        tiling = machine.tiling(size, together=on_one_tile)
        work = self._places * (size + MOVED)
        threads = 1 if work <= WORTH_MEETING else machine.threads(orders.size * (size + MOVED) // size)
        tiles, groups = self._tiles(tiling.width, 1 if on_one_tile else threads), self._gradients(tiling.groups)
        odd, signals = np.zeros(threads, dtype=np.int64), np.zeros(SIGNALS, dtype=np.int64)
        met = np.zeros((tiling.groups, 3))
        desk = Desk(groups, on_one_tile, met, odd, self._by_place, self._total)

        def epochs(orders: Indices, member: int, members: int) -> tuple[int, int]:
            team = Team(member, members, signals, give_way_address())
            return learn(
                tiling.lanes,
                tiling.width,
                self._learner,
                lesson,
                orders,
                size,
                tiling.bounds,
                update,
                taken,
                team,
                tiles[0 if on_one_tile else member],
                desk,
                good,
                sums,
            )

        def call_off() -> None:
            signals[CALLED_OFF] = 1

        if threads > 1 and not self._compiled:
            epochs(orders[:0], 0, 1)  # here, where Ctrl-C ends it, and not while some wait for others that compile
            self._compiled = True
        with one_thread(machine.largest_product(tiling.width)):
            done: list[tuple[int, int]] = together(partial(epochs, orders), threads, call_off)
        return done[0]

    def _collected(self, samples: int) -> Floats:
        """The gradient by each plastic parameter, from those of all groups of samples."""
        count = self._machine.tiling(samples).groups
        collect(self._gradients(count), count, self._learner.slots, self.plastic.n_weights, self._by_place, self._total)
        return self._total.copy()


def _told(samples: Samples, count: int, sums: Floats, fine: bool, gradient: Floats | None = None) -> Studied:
    loss = float(sums[0]) / count
    return Studied(loss, _tally(samples, sums), fine and bool(np.isfinite(loss)), gradient)


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
