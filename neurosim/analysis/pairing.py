"""What modes that are compared have in common: for each seed the same samples held out, and the same beginning."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence

import numpy as np

from neurosim.anatomy.constraints import fill_shared, one_of_each
from neurosim.anatomy.initial_weights import Variance, draw_missing
from neurosim.anatomy.network import Network
from neurosim.anatomy.soma import Mode
from neurosim.anatomy.structure import Flags, Floats, Indices, Structure
from neurosim.errors import DataError, OptionError, counted


@dataclasses.dataclass(frozen=True, eq=False)
class Seed:
    """One seed's sources of randomness; what is drawn from one does not depend on the others.

    Attributes
    ----------
    number : int
        From 0.
    split, weights, order, trials : numpy.random.SeedSequence
        For the samples that are held out, the weights at birth, the order of samples in training, and the noise
        and lesions.
    """

    number: int
    split: np.random.SeedSequence
    weights: np.random.SeedSequence
    order: np.random.SeedSequence
    trials: np.random.SeedSequence


def seeds_from(rng: np.random.Generator, count: int) -> Iterator[Seed]:
    """So many seeds; the first ones are the same, however many follow."""
    origin = int(rng.integers(2**63))
    for number in range(count):
        yield Seed(number, *np.random.SeedSequence([origin, number]).spawn(4))


def hidden_neurons(net: Network) -> Flags:
    """Which neurons are hidden: they have dendrites and are no outputs; those that take each mode in turn."""
    structure = net.structure
    hidden = np.zeros(len(net), dtype=bool)
    hidden[structure.post] = True
    hidden[structure.outputs] = False
    hidden[structure.sensory] = False
    if not hidden.any():
        raise OptionError(
            f"A comparison puts the hidden neurons into one mode after the other, and this network of "
            f"{counted(len(net), 'neuron')} has none: all are inputs or outputs. Put a region between them; or train "
            "net.with_mode('sigmoid') and net.with_mode('relu') yourself."
        )
    return hidden


def check_instant(net: Network) -> None:
    """Raise unless all happens in one tick."""
    late = np.flatnonzero(net.structure.delay)
    if late.size:
        raise OptionError(
            "A comparison asks for one tick from silence, in which a synapse with a delay brings nothing; this network "
            f"has {late.size} such, the first of them {net.structure.synapse_label(int(late[0]))}. Compare networks in "
            "time by ns.train and ns.simulate; or take these synapses out: net.remove_synapse(pre, post)."
        )


def split(classes: Indices, share: float, seed: np.random.SeedSequence) -> tuple[Indices, Indices]:
    """Numbers of the samples to learn from and of those held out: of each class its share, drawn at random.

    Parameters
    ----------
    classes : int array, shape (samples,)
    share : float, 0 <= share < 1
        0 to measure on the samples that were learnt from.
    seed : numpy.random.SeedSequence
    """
    everything = np.arange(len(classes))
    if not share:
        return everything, everything
    rng, held = np.random.default_rng(seed), np.zeros(len(classes), dtype=bool)
    for number in np.unique(classes):
        members = np.flatnonzero(classes == number)
        count = round(share * len(members))
        if not 0 < count < len(members):
            raise DataError(
                f"A share of {share:g} is to be held out of each class, but class {number} has "
                f"{counted(len(members), 'sample')}, of which that is {count or 'none'}. Say held_out=0 to measure on "
                "the very samples that are learnt, as for a truth table; or give others: validation=(Xv, labels_v)."
            )
        held[rng.permutation(members)[:count]] = True
    return np.flatnonzero(~held), np.flatnonzero(held)


class Birth:
    """Beginnings of one wiring in several modes: the same random numbers, scaled to suit each.

    Parameters
    ----------
    net : Network
        What is frozen in it is kept as it is.
    hidden : bool array, shape (neurons,)
        The neurons that take the modes.
    modes : sequence of Mode
    """

    def __init__(self, net: Network, hidden: Flags, modes: Sequence[Mode]) -> None:
        names = [net.structure.names[i] for i in np.flatnonzero(hidden)]
        self._net, self._reference = net, net.with_mode("linear", neurons=names).structure
        self._structures = {mode: net.with_mode(mode, neurons=names).structure for mode in modes}
        self._drawn = net.plastic
        self._scales = {mode: self._scale(structure) for mode, structure in self._structures.items()}

    def structure(self, mode: Mode) -> Structure:
        """The wiring in this mode: one object for all seeds, so that it is compiled once."""
        return self._structures[mode]

    def born(self, mode: Mode, seed: np.random.SeedSequence) -> Network:
        """The network in this mode with fresh weights; plastic thresholds are 0."""
        net, structure = self._net, self._structures[mode]
        thresholds = np.where(net.plastic_thresholds, 0, net.thresholds).astype(net.dtype)
        weights = np.where(self._drawn, np.nan, net.weights).astype(net.dtype)
        draw_missing(self._reference, weights, thresholds, np.random.default_rng(seed))
        weights = (weights * self._scales[mode]).astype(net.dtype)
        return Network(structure, weights, thresholds)

    def _scale(self, structure: Structure) -> Floats:
        """What the weight of each synapse is multiplied by, for it to suit the mode as it suited linear neurons."""
        synapses = np.arange(structure.n_synapses)
        wanted, given = (Variance(each).of(synapses) for each in (structure, self._reference))
        scale = np.where(self._drawn, np.sqrt(wanted / given), 1.0)
        scale[~one_of_each(structure.shared, np.ones_like(self._drawn))] = np.nan
        fill_shared(structure.shared, scale)
        return scale
