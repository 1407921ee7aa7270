"""How a network's answers hold when its stimulus is noisy, its weights are off, or some of its neurons are silent."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from functools import lru_cache

import numpy as np

from neurosim.anatomy.network import Network
from neurosim.anatomy.structure import EITHER, NOT_SHARED, Floats, Indices, Structure, constant
from neurosim.physiology.lesion import lesion
from neurosim.physiology.respond import respond
from neurosim.plasticity.targets import read_classes

Levels = tuple[float, ...]


@dataclasses.dataclass(frozen=True, eq=False)
class Examiner:
    """Samples and their classes, and how an answer is read.

    Attributes
    ----------
    X : float array, shape (samples, inputs)
    classes : int array, shape (samples,)
    boundary : float
        The rate from which a single output names class 1.
    backend : str
        What computes; see `train`.
    """

    X: Floats
    classes: Indices
    boundary: float
    backend: str

    def accuracy(self, net: Network, noise: Floats | None = None) -> float:
        """The share of samples that a network reads rightly; with noise, shape (repeats, samples, inputs), of all."""
        X = self.X if noise is None else (self.X + noise).reshape(-1, self.X.shape[1])
        read = read_classes(respond(net, X, backend=self.backend), self.boundary)
        return float((read.reshape(-1, len(self.classes)) == self.classes).mean())


@dataclasses.dataclass(frozen=True, eq=False)
class Trials:
    """What a network is put through, with one seed: the same for all networks of the same wiring.

    Attributes
    ----------
    input_noise, weight_noise, lesions : tuple of float
        The levels of each.
    repeats : int
        How often each level is drawn anew.
    spread : float array, shape (inputs,)
        The standard deviation of each input, which noise is measured by.
    hidden : int array
        Numbers of the neurons that lesions may silence.
    seed : numpy.random.SeedSequence
    """

    input_noise: Levels
    weight_noise: Levels
    lesions: Levels
    repeats: int
    spread: Floats
    hidden: Indices
    seed: np.random.SeedSequence

    def examine(self, net: Network, examiner: Examiner) -> dict[str, list[float]]:
        """The accuracy at every level of every trial."""
        loose = each_synapse_its_own(net)
        ways: dict[str, tuple[Levels, Callable[[float, np.random.Generator], Iterator[float]]]] = {
            "input_noise": (self.input_noise, lambda level, rng: self._hear_noise(net, examiner, level, rng)),
            "weight_noise": (self.weight_noise, lambda level, rng: self._shake(loose, examiner, level, rng)),
            "lesions": (self.lesions, lambda level, rng: self._lose(net, examiner, level, rng)),
        }
        found: dict[str, list[float]] = {}
        for name, (levels, way) in ways.items():
            # The same random numbers at every level: what differs between two levels is the level.
            found[name] = [float(np.mean([*way(level, np.random.default_rng(self.seed))])) for level in levels]
        return found

    def _hear_noise(self, net: Network, examiner: Examiner, level: float, rng: np.random.Generator) -> Iterator[float]:
        for _ in range(self.repeats):
            noise = rng.standard_normal(examiner.X.shape) * self.spread * level
            yield examiner.accuracy(net, noise.astype(net.dtype))

    def _shake(self, net: Network, examiner: Examiner, level: float, rng: np.random.Generator) -> Iterator[float]:
        for _ in range(self.repeats):
            yield examiner.accuracy(with_weight_noise(net, level, rng))

    def _lose(self, net: Network, examiner: Examiner, level: float, rng: np.random.Generator) -> Iterator[float]:
        count = max(1, round(level * len(self.hidden)))
        for _ in range(self.repeats):
            lost = rng.permutation(self.hidden)[:count].tolist()
            with lesion(net, neurons=[net.structure.names[i] for i in lost]):
                yield examiner.accuracy(net)


def each_synapse_its_own(net: Network) -> Network:
    """The network with weights that are no longer shared: noise befalls a single synapse."""
    return Network(_unshared(net.structure), net.weights.copy(), net.thresholds.copy())


@lru_cache(maxsize=8)
def _unshared(structure: Structure) -> Structure:
    """The wiring without shared weights: one object for all networks of it, so that it is compiled once."""
    if (structure.shared == NOT_SHARED).all():
        return structure
    return dataclasses.replace(structure, shared=constant(NOT_SHARED, structure.n_synapses))


def with_weight_noise(net: Network, level: float, rng: np.random.Generator) -> Network:
    """A copy with every weight times 1 + level times a normal number; where a receptor keeps its sign, at least 0."""
    factor = 1 + level * rng.standard_normal(len(net.weights))
    factor[(net.structure.receptor != EITHER) & (factor < 0)] = 0
    noisy = net.copy()
    noisy.weights[:] = net.weights * factor
    return noisy
