"""Damage: neurons fall silent, synapses are cut, weakened or garbled; and all is as before when it is undone."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING

import numpy as np

from neurosim.anatomy.columns import RandomState, read_rng
from neurosim.anatomy.editing import with_lesions
from neurosim.anatomy.network import Network
from neurosim.anatomy.neuron import Name
from neurosim.anatomy.structure import EITHER, NOT_SHARED, Flags, Floats, Structure, distinct
from neurosim.checks import check_call, check_number
from neurosim.errors import DataError, GraphError, OptionError, counted
from neurosim.physiology.lesion_site import GONE, Site, read_site
from neurosim.physiology.stimulus import check_network

if TYPE_CHECKING:  # numpy loads its generators on first use
    from numpy.random import Generator

_INSTEAD = {
    **dict.fromkeys(("region", "area", "areas"), "Write regions='V1', or a list of names."),
    **dict.fromkeys(("neuron", "nodes", "node", "units"), "Write neurons='h', or a list of names."),
    **dict.fromkeys(("synapse", "edges", "edge"), "Write synapses=[('x', 'h')]."),
    **dict.fromkeys(("projection", "tracts"), "Write projections=[('V1', 'IT')]."),
    **dict.fromkeys(("share", "frac", "p", "proportion"), "Write fraction=0.3."),
    **dict.fromkeys(("seed", "random_state"), "Write rng=0."),
    **dict.fromkeys(("position", "pos", "center", "centre"), "Write place=(x, y) and radius=1."),
}
"""What others call settings, and what to type here."""


@check_call("ns.lesion(net, regions={!r}), or neurons=, projections= or synapses=", _INSTEAD)
def lesion(
    net: Network,
    *,
    regions: str | Sequence[str] | None = None,
    neurons: Name | Sequence[Name] | None = None,
    projections: Sequence[tuple[str, str]] | None = None,
    synapses: Sequence[tuple[Name, Name]] | None = None,
    place: tuple[float, float] | None = None,
    radius: float | None = None,
    fraction: float | None = None,
    weaken: float | None = None,
    noise: float | None = None,
    rng: RandomState = None,
) -> Lesion:
    """Damage a network, for a while or for good.

    The network is damaged at once. As a context the damage ends with the block, also when an exception is
    raised in it; otherwise it lasts until its `Lesion.restore`. Lesions may be nested.

    A silenced neuron has the rate 0 and takes no part in anything, as if it were deleted; a cut synapse
    neither. Their weights and thresholds stay where they are: nothing reads them and training leaves them as
    they are, so the way back is exact. A neuron that has lost all its dendrites still has its threshold: it
    fires as its mode answers to minus that.

    Parameters
    ----------
    net : Network
    regions, neurons : name or names, optional
        Whose neurons are hit.
    projections : list of (region, region), optional
        Of which all synapses are hit.
    synapses : list of (pre, post), optional
        On all branches.
    place : (float, float), optional
        The middle of a circle; the neurons in it are hit. Coordinates are those of ``net.positions``; or, with one
        of `regions` that is laid out on a grid, a row and a column of that.
    radius : float >= 0, optional
        Of the circle, edge included.
    fraction : float from 0 to 1, optional
        Of the neurons and of the synapses named so far, as many, rounded and drawn at random, are hit; without
        names, of all neurons that are neither sensory nor outputs.
    weaken : float from 0 to 1, optional
        Nothing falls silent: the synapses hit, and those that the neurons hit make, lose this share of
        their weight.
    noise : float > 0, optional
        Nothing falls silent: the weights of these synapses are multiplied by 1 + noise N, each with a normal number
        N of its own that is drawn once. Where a receptor keeps the sign of a weight, it is at least 0.
    rng : int or numpy.random.Generator, optional
        For `fraction` and `noise`.

    Returns
    -------
    Lesion

    Raises
    ------
    UnknownNameError
        If a name is not there.
    GraphError
        If an output would be silenced, or every neuron that is no output.
    DataError, OptionError
        If nothing is hit, or an argument cannot be used. After any of these errors the network is as it was.

    Examples
    --------
    >>> import networkx as nx, neurosim as ns
    >>> B = nx.DiGraph()
    >>> B.add_node("retina", size=4); B.add_node("V1", size=10, mode="relu"); B.add_node("IT", size=2, mode="linear")
    >>> B.add_edge("retina", "V1"); B.add_edge("V1", "IT")
    >>> brain = ns.Network.from_regions(B, rng=0)
    >>> before = ns.respond(brain, [1, 1, 1, 1])
    >>> with ns.lesion(brain, regions=["V1"]) as damage:
    ...     print(damage)
    ...     print(ns.respond(brain, [1, 1, 1, 1]))
    10 neurons silenced: V1 (10 of 10)
    [0. 0.]
    >>> bool((ns.respond(brain, [1, 1, 1, 1]) == before).all())
    True
    >>> stroke = ns.lesion(brain, regions="V1", fraction=0.3, rng=1)
    >>> len(stroke.neurons), stroke.active
    (3, True)
    >>> stroke.restore()
    """
    if weaken is not None and noise is not None:
        raise OptionError(
            "A lesion weakens or garbles synapses; for both, nest two: one with weaken=, one with noise=."
        )
    if weaken is not None:
        check_number("weaken", weaken, least=0, most=1)
    if noise is not None:
        check_number("noise", noise, above=0)
    check_network(net)
    generator = read_rng(rng)
    site = read_site(net, regions, neurons, projections, synapses, place, radius, fraction, generator)
    factors = None
    if weaken is not None or noise is not None:
        site = site.axons
        factors = _factors(net, site, weaken or 0.0, noise or 0.0, generator)
    made = Lesion(net, site, factors)
    made.apply()
    return made


def heal(net: Network) -> None:
    """Undo all damage: every lesion in force, and what a copied or loaded network has of silenced and cut.

    Weights that were weakened or garbled before the network was copied or saved stay as they are.

    Parameters
    ----------
    net : Network

    Examples
    --------
    >>> import neurosim as ns
    >>> net = ns.Network.from_arrays([0, 1], [1, 2], [2.0, 3.0], modes="linear")
    >>> stroke = ns.lesion(net, synapses=[(1, 2)])
    >>> other = net.copy()
    >>> ns.heal(other); ns.respond(net, [1.0]), ns.respond(other, [1.0])
    (array([0.]), array([6.]))
    """
    check_network(net)
    for each in reversed(_active(net)):
        each.restore()
    structure = net.structure
    if structure.lesioned:
        net.put_structure(with_lesions(structure, np.zeros_like(structure.silenced), np.zeros_like(structure.cut)))


class Lesion:
    """Damage to a network; see `lesion`.

    Attributes
    ----------
    net : Network
    neurons : list of str or int
        The neurons that are hit.
    synapses : list of (pre, post)
        The synapses that are hit one by one. Where weights are changed, also all that the neurons hit make; where
        neurons are silenced, theirs are not among them.
    active : bool
        Whether the damage is there now.
    """

    def __init__(self, net: Network, site: Site, factors: Floats | None) -> None:
        self.net = net
        self._site, self._factors = site, factors
        self._mine = site  # what this lesion is in charge of: all that was not silent before
        self._structures: tuple[Structure, Structure] | None = None  # before and after
        self._weights: tuple[Floats, ...] | None = None  # before and after
        self._entered = False

    @property
    def neurons(self) -> list[Name]:
        names = self._site.structure.names
        return [names[i] for i in self._site.neurons.tolist()]

    @property
    def synapses(self) -> list[tuple[Name, Name]]:
        structure = self._site.structure
        ends = (structure.pre[self._site.synapses].tolist(), structure.post[self._site.synapses].tolist())
        return [(structure.names[i], structure.names[j]) for i, j in zip(*ends, strict=True)]

    @property
    def active(self) -> bool:
        return self in _active(self.net)

    def apply(self) -> None:
        """Do the damage, the same as the first time; nothing happens while it is there."""
        if self.active:
            return
        if self._factors is None:
            self._silence()
        else:
            self._change_weights()
        _active(self.net).append(self)

    def restore(self) -> None:
        """Undo the damage; nothing happens if that was done before.

        What was silenced or cut conducts again, unless another lesion holds it. Weights that were weakened or garbled
        get the values they had; where training changed them since, the difference that it made is added. Where lesions
        that were made later have changed the same weights, theirs is done anew on top of that.
        """
        if not self.active:
            return
        later = _active(self.net)[_active(self.net).index(self) + 1 :]
        for each in reversed(later):  # weights go back in the order opposite to that in which they were changed
            each._restore_weights()
        self._restore_weights()
        _active(self.net).remove(self)
        for each in later:
            each._change_weights()
        self._give_back()

    def forget(self, gone: Flags) -> None:
        """Leave out synapses that are about to be removed from the network; called by its edits.

        Parameters
        ----------
        gone : bool array, one per synapse of the network as it is now
        """
        structure = self.net.structure
        for name in ("_site", "_mine"):
            site = getattr(self, name)
            now = site.within(structure)[1]
            stay = ~gone[now] | (now == GONE)
            setattr(self, name, dataclasses.replace(site, synapses=site.synapses[stay]))
            if name == "_site" and self._factors is not None:
                self._factors = self._factors[stay]
                self._weights = None if self._weights is None else tuple(each[stay] for each in self._weights)

    def __enter__(self) -> Lesion:
        if self._entered:
            raise OptionError("This lesion is already a context; make another one for the inner block: ns.lesion(...).")
        self._entered = True
        self.apply()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._entered = False
        self.restore()

    def __repr__(self) -> str:
        return f"Lesion: {self}{'' if self.active else ' (restored)'}"

    def __str__(self) -> str:
        neurons, synapses = len(self._site.neurons), len(self._site.synapses)
        if self._factors is not None:
            return f"{counted(synapses, 'synapse')} changed" + (
                f", those of {counted(neurons, 'neuron')}{self._by_region()}" if neurons else ""
            )
        parts = [f"{counted(neurons, 'neuron')} silenced{self._by_region()}"] if neurons else []
        parts += [f"{counted(synapses, 'synapse')} cut"] if synapses else []
        return "; ".join(parts) or "nothing hit"

    def _by_region(self) -> str:
        structure = self._site.structure
        hit = structure.region_of[self._site.neurons]
        counts = [
            f"{structure.regions[r]} ({int((hit == r).sum()):,} of {int((structure.region_of == r).sum()):,})"
            for r in distinct(hit[hit >= 0]).tolist()
        ]
        return f": {', '.join(counts)}" if counts else ""

    # --- What falls silent -----------------------------------------------------------------------

    def _silence(self) -> None:
        structure = self.net.structure
        neurons, synapses = (each[each != GONE] for each in self._site.within(structure))
        silenced, cut = structure.silenced.copy(), structure.cut.copy()
        held = _held(self.net, structure)
        mine = Site(
            structure, neurons[~silenced[neurons] | held[0][neurons]], synapses[~cut[synapses] | held[1][synapses]]
        )
        silenced[neurons] = cut[synapses] = True
        lesioned = with_lesions(structure, silenced, cut)
        _check_rest(lesioned)
        self.net.put_structure(lesioned)
        self._mine, self._structures = mine, (structure, lesioned)

    def _give_back(self) -> None:
        """Let all that is mine conduct again, unless another lesion holds it."""
        if self._structures is None:
            return
        before, after = self._structures
        if self.net.structure is after:  # nothing happened since: programs and recordings of old fit again
            self.net.put_structure(before)
            return
        structure = self.net.structure
        neurons, synapses = (each[each != GONE] for each in self._mine.within(structure))
        silenced, cut = structure.silenced.copy(), structure.cut.copy()
        silenced[neurons], cut[synapses] = (
            flags[each] for flags, each in zip(_held(self.net, structure), (neurons, synapses), strict=True)
        )
        self.net.put_structure(with_lesions(structure, silenced, cut))

    # --- Weights ---------------------------------------------------------------------------------

    def _change_weights(self) -> None:
        if self._factors is None:
            return
        places = self._site.within(self.net.structure)[1]
        there = places != GONE
        before = self.net.weights[places]
        with np.errstate(over="ignore"):
            after = np.where(there, before * self._factors, before).astype(before.dtype)
        if np.isfinite(before).all() and not np.isfinite(after).all():
            raise DataError(
                f"With so much noise a weight would be too large for {before.dtype}. Take less, such as noise=0.5."
            )
        self.net.weights[places[there]] = after[there]
        self._weights = before, after

    def _restore_weights(self) -> None:
        if self._weights is None:
            return
        structure, (before, after) = self.net.structure, self._weights
        places = self._site.within(structure)[1]
        there = places != GONE
        places, before, after = places[there], before[there], after[there]
        now = self.net.weights[places]
        restored = np.where(now == after, before, before + (now - after)).astype(now.dtype)
        restored[restored * structure.receptor[places] < 0] = 0
        self.net.weights[places] = restored


def _active(net: Network) -> list[Lesion]:
    """The lesions that are in force, oldest first."""
    return net._lesions


def _held(net: Network, structure: Structure) -> tuple[Flags, Flags]:
    """The neurons and the synapses that lesions in force have silenced and cut."""
    silenced, cut = np.zeros(structure.n_neurons, dtype=bool), np.zeros(structure.n_synapses, dtype=bool)
    for each in _active(net):
        if each._factors is None:
            neurons, synapses = each._mine.within(structure)
            silenced[neurons[neurons != GONE]] = True
            cut[synapses[synapses != GONE]] = True
    return silenced, cut


def _check_rest(structure: Structure) -> None:
    left = ~structure.silenced
    left[structure.outputs] = False
    if not left.any():
        raise GraphError(
            "Nothing but the outputs would be left: this lesion silences every other neuron. Name fewer, or take a "
            "share of them: fraction=0.5."
        )


def _factors(net: Network, site: Site, weaken: float, noise: float, rng: Generator) -> Floats:
    """What the weight of each synapse is multiplied by; the same for all that share it."""
    structure, places = net.structure, site.synapses
    if not places.size and site.neurons.size:
        raise DataError("These neurons make no synapses, so there is nothing to weaken or garble. Name others.")
    group = structure.shared[places]
    own = group == NOT_SHARED
    whole = np.isin(np.flatnonzero(np.isin(structure.shared, group[~own])), places)
    if not whole.all():
        synapse = structure.synapse_label(int(places[~own][0]))
        raise DataError(
            f"The synapse {synapse} shares its weight with others that are not hit, so it cannot change alone. Hit all "
            "that share it, or silence it: leave out weaken= and noise=."
        )
    factors: Floats = np.full(len(places), 1.0 - weaken)
    if noise:
        with np.errstate(over="ignore"):  # what is too large is told when the weights are changed
            factors = 1 + noise * rng.standard_normal(len(places))
    if not own.all():
        _, first, one = np.unique(group[~own], return_index=True, return_inverse=True)
        factors[~own] = factors[~own][first][one]
    factors[(structure.receptor[places] != EITHER) & (factors < 0)] = 0
    return factors
