"""The course of a comparison: each brain trained, hardened and measured, seed by seed."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from functools import cached_property, partial
from typing import Any

import numpy as np

from neurosim.analysis.comparison import CURVES, HARDENED, MEASURES, Comparison, restricted
from neurosim.analysis.estimate import Estimate, estimates
from neurosim.analysis.information import binned, entropy, mutual_information
from neurosim.analysis.pairing import Birth, Seed, hidden_neurons, split
from neurosim.analysis.robustness import Examiner, Levels, Trials
from neurosim.anatomy.network import Network
from neurosim.anatomy.soma import MODES, Mode
from neurosim.anatomy.structure import Floats, Indices
from neurosim.engine.backends import choose, obstacle_in_tiles
from neurosim.engine.program import samples_at_once
from neurosim.errors import TrainingError, counted
from neurosim.physiology.respond import parameters_of
from neurosim.plasticity.gradients import obstacle
from neurosim.plasticity.losses import output_modes
from neurosim.plasticity.run import BATCH
from neurosim.plasticity.train import train


@dataclasses.dataclass(frozen=True, eq=False)
class Found:
    """What was measured of one brain with one seed."""

    net: Network
    figures: dict[str, float]
    curves: dict[str, list[float]]


@dataclasses.dataclass(frozen=True, eq=False)
class Contest:
    """The samples, the recipe and the modes of one comparison; see `compare` for what each setting means.

    Attributes
    ----------
    net : Network
        With graded outputs.
    modes : tuple of Mode
    data : (X, classes)
    watched : (X, classes) or None
        What is measured on, where that was given.
    levels : dict
        Of input_noise, weight_noise and lesions.
    recipe : dict
        What `train` is told, but for its randomness and backend.
    held_out, criterion, repeats, bins
    """

    net: Network
    modes: tuple[Mode, ...]
    data: tuple[Floats, Indices]
    watched: tuple[Floats, Indices] | None
    held_out: float
    levels: dict[str, Levels]
    recipe: dict[str, Any]
    criterion: float
    repeats: int
    bins: int

    @cached_property
    def _numbers(self) -> Indices:
        return np.flatnonzero(hidden_neurons(self.net))

    @cached_property
    def _birth(self) -> Birth:
        return Birth(self.net, hidden_neurons(self.net), (*self.modes, MODES["binary"]))

    @property
    def brains(self) -> dict[str, Mode]:
        """Every brain by name, with the mode in which it is trained: after a graded one the same, hardened."""
        return {
            name: mode
            for mode in self.modes
            for name in (str(mode), *([] if mode.name == "binary" else [f"{mode}{HARDENED}"]))
        }

    @property
    def _is_sample(self) -> bool:
        """Whether what is measured on is drawn from something larger, so that information has to be corrected."""
        return self.watched is not None or self.held_out > 0

    def _parts(self, seed: Seed) -> tuple[tuple[Floats, Indices], tuple[Floats, Indices]]:
        """The samples to learn from, and those to measure on."""
        X, classes = self.data
        if self.watched is not None:
            return self.data, self.watched
        learnt, held = split(classes, self.held_out, seed.split)
        return (X[learnt], classes[learnt]), (X[held], classes[held])

    @cached_property
    def _sizes(self) -> tuple[int, int]:
        """How many samples a brain learns from, and on how many it is measured: the same for every seed."""
        if self.watched is not None:
            return len(self.data[1]), len(self.watched[1])
        learnt, held = split(self.data[1], self.held_out, np.random.SeedSequence(0))
        return len(learnt), len(held)

    def _steps_an_epoch(self, samples: int) -> int:
        size = self.recipe["batch_size"]
        if self.recipe["optimizer"].full_batch or size is None:
            return 1
        return -(-samples // (BATCH if size == "auto" else size))

    def backends(self, backend: str, seeds: int) -> dict[Mode, str]:
        """What computes each mode: chosen by the work of all of them together, whatever their order."""
        learnt, measured = self._sizes
        examined = 1 + self.repeats * sum(map(len, self.levels.values()))
        samples = len(self.modes) * seeds * (3 * learnt * self.recipe["epochs"] + 2 * measured * examined)
        steps = self.recipe["epochs"] * self._steps_an_epoch(learnt)
        batches = len(self.modes) * seeds * (steps + 2 * examined)
        chosen = {}
        for kind in self.modes:
            structure = self._birth.structure(kind)
            stops = partial(obstacle, structure, self.recipe["loss"], self.recipe["surrogate"], in_time=False)
            chosen[kind] = choose(backend, structure, samples, batches, obstacle=stops)
        return chosen

    def run(self, kind: Mode, seed: Seed, backend: str) -> dict[str, Found]:
        """Train one brain, and measure it, and what it is when hardened."""
        (X, classes), measured = self._parts(seed)
        net = self._birth.born(kind, seed.weights)
        try:
            history = train(
                net,
                X,
                classes,
                **self.recipe,
                rng=np.random.default_rng(seed.order),
                backend=backend,
                progress=False,
            )
        except TrainingError as error:
            raise TrainingError(f"In mode {kind}, with seed {seed.number}: {error}") from error
        reached = np.flatnonzero(history["accuracy"] >= self.criterion)
        per_epoch = self._steps_an_epoch(len(X))
        steps = float(per_epoch * (reached[0] + 1)) if reached.size else np.inf
        brains = {str(kind): net}
        if kind.name != "binary":
            hard = self._birth.structure(MODES["binary"])
            brains[f"{kind}{HARDENED}"] = Network(hard, net.weights.copy(), net.thresholds.copy())
        boundary = self.recipe["loss"].boundary
        trials = Trials(
            **self.levels, repeats=self.repeats, spread=X.std(axis=0), hidden=self._numbers, seed=seed.trials
        )
        found = {}
        for name, brain in brains.items():
            able = backend if not obstacle_in_tiles(brain.structure) else "numpy"
            found[name] = self._measured(brain, X, Examiner(*measured, boundary, able), trials, steps)
        return found

    def _measured(self, net: Network, X: Floats, examiner: Examiner, trials: Trials, steps: float) -> Found:
        curves = trials.examine(net, examiner)
        figures = {"accuracy": examiner.accuracy(net), "steps": steps}
        figures |= {name: float(np.mean(curve)) for name, curve in curves.items()}
        figures |= self._slopes(net, X)
        figures |= self._code(net, examiner)
        return Found(net, figures, {name: [figures["accuracy"], *curve] for name, curve in curves.items()})

    def _slopes(self, net: Network, X: Floats) -> dict[str, float]:
        """The shares of hidden neurons that have no slope for any sample: their own, or that of the surrogate."""
        mode, surrogate = net.structure.modes[net.structure.mode_of[self._numbers[0]]], self.recipe["surrogate"]
        steep = np.zeros((2, len(self._numbers)), dtype=bool)
        for _, drives in _passes(net, X, self._numbers):
            own = mode.derivative(drives)
            learnt_by = surrogate.slope(drives) if mode.name == "binary" else own
            steep |= [(own != 0).any(axis=1), (learnt_by != 0).any(axis=1)]
        return dict(zip(("no_gradient", "no_gradient_surrogate"), (~steep).mean(axis=1).tolist(), strict=True))

    def _code(self, net: Network, examiner: Examiner) -> dict[str, float]:
        """What the rates of the hidden neurons tell, and how much they are."""
        rates = np.concatenate([part for part, _ in _passes(net, examiner.X, self._numbers)], axis=1)
        codes = [binned(each, self.bins) for each in rates]
        corrected = self._is_sample
        told = [mutual_information(code, examiner.classes, corrected=corrected) for code in codes]
        return {
            "information": float(np.mean(told)),
            "entropy": float(np.mean([entropy(code, corrected=corrected) for code in codes])),
            "rate": float(np.abs(rates).sum(axis=0).mean()),
        }

    def summary(self, found: dict[str, list[Found]], seeds: int) -> Comparison:
        """Means and intervals of all that was found."""
        most = self.recipe["epochs"] * self._steps_an_epoch(self._sizes[0])
        measured: dict[str, dict[str, Estimate]] = {}
        for name in MEASURES:
            rows = {brain: [each.figures[name] for each in results] for brain, results in found.items()}
            measured[name] = {
                brain: restricted(row, most) if name == "steps" else Estimate(np.array(row))
                for brain, row in rows.items()
            }
        curves = {
            name: {brain: estimates(each.curves[name] for each in results) for brain, results in found.items()}
            for name in CURVES
        }
        return Comparison(
            brains=tuple(self.brains),
            modes=self.brains,
            measured=measured,
            levels={name: (0.0, *levels) for name, levels in self.levels.items()},
            curves=curves,
            networks={brain: [each.net for each in results] for brain, results in found.items()},
            X=self.data[0],
            classes=self.data[1],
            boundary=self.recipe["loss"].boundary,
            seeds=seeds,
            note=self._note(),
        )

    def _note(self) -> str:
        learnt, measured = self._sizes
        where = f"measured on {counted(measured, 'other')}" if self._is_sample else "measured on the same"
        outputs = " and ".join(dict.fromkeys(str(mode) for mode in output_modes(self.net)))
        epochs, recipe = counted(self.recipe["epochs"], "epoch"), self.recipe
        return (
            f"{counted(len(self._numbers), 'hidden neuron')}; {outputs} outputs, loss {recipe['loss'].name}, "
            f"{recipe['optimizer']}, {epochs}; binary neurons learn by {recipe['surrogate']}. Learnt from "
            f"{counted(learnt, 'sample')}, {where}. Trained: {self.criterion:.0%} right."
        )


def _passes(net: Network, X: Floats, neurons: Indices) -> Iterator[tuple[Floats, Floats]]:
    """Rates and drives of these neurons, shape (neurons, samples), for as many samples at a time as memory holds."""
    parameters = parameters_of(net)
    program = parameters.program
    rows, step = program.row_of[neurons], samples_at_once(program, net.dtype)
    for start in range(0, len(X), step):
        state = program.forward(parameters, np.ascontiguousarray(X[start : start + step].T))
        yield state.rates[rows], state.drives[rows]
