"""Where a lesion strikes: names, shares and places turned into the neurons and synapses that are hit."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from neurosim.anatomy.network import PROJECTION, Network, listed, named_neurons, pairs_of
from neurosim.anatomy.neuron import Name
from neurosim.anatomy.structure import Flags, Floats, Indices, Structure
from neurosim.checks import check_number
from neurosim.errors import DataError, OptionError, unknown

if TYPE_CHECKING:  # numpy loads its generators on first use
    from numpy.random import Generator

GONE = -1


@dataclasses.dataclass(frozen=True, eq=False)
class Site:
    """What a lesion hits.

    Attributes
    ----------
    structure : Structure
        In which these are numbered.
    neurons, synapses : int arrays
        Those that are hit; a synapse only if it is hit by itself.
    """

    structure: Structure
    neurons: Indices
    synapses: Indices

    @property
    def axons(self) -> Site:
        """The same with the synapses that its neurons make."""
        made = np.isin(self.structure.pre, self.neurons)
        made[self.synapses] = True
        return dataclasses.replace(self, synapses=np.flatnonzero(made))

    def within(self, structure: Structure) -> tuple[Indices, Indices]:
        """The numbers of the same neurons and synapses in a structure that was edited since; GONE if removed."""
        mine = self.structure
        if structure is mine or _same_wiring(structure, mine):
            return self.neurons, self.synapses
        neurons = [structure.number.get(mine.names[i], GONE) for i in self.neurons.tolist()]
        synapses = [_same_synapse(mine, structure, s) for s in self.synapses.tolist()]
        return np.array(neurons, dtype=np.int64), np.array(synapses, dtype=np.int64)


def _same_wiring(one: Structure, other: Structure) -> bool:
    columns = ("pre", "post", "branch")
    return one.names == other.names and all(np.array_equal(getattr(one, c), getattr(other, c)) for c in columns)


def _same_synapse(old: Structure, new: Structure, synapse: int) -> int:
    pre, post = (new.number.get(old.names[ends[synapse]], GONE) for ends in (old.pre, old.post))
    if GONE in (pre, post):
        return GONE
    mine = new.axon_of(pre)
    found = mine[(new.post[mine] == post) & (new.branch[mine] == old.branch[synapse])]
    return int(found[0]) if found.size else GONE


def read_site(
    net: Network,
    regions: str | Sequence[str] | None,
    neurons: Name | Sequence[Name] | None,
    projections: Sequence[tuple[str, str]] | None,
    synapses: Sequence[tuple[Name, Name]] | None,
    place: tuple[float, float] | None,
    radius: float | None,
    fraction: float | None,
    rng: Generator,
) -> Site:
    """What is hit by a lesion with these arguments of `lesion`, or an error that says what to type."""
    structure = net.structure
    if fraction is not None:
        check_number("fraction", fraction, least=0, most=1)
    if (place is None) != (radius is None):
        raise OptionError("A place is the middle of a circle and needs its size: place=(x, y), radius=1.0.")
    everything = all(each is None for each in (regions, neurons, projections, synapses, place))
    if everything and fraction is None:
        raise OptionError(
            "Say what is hit: regions='V1', neurons=['h'], projections=[('V1', 'IT')], synapses=[('x', 'h')], "
            "place=(x, y) with radius=1.0, or a fraction of all neurons, fraction=0.3."
        )
    whole = regions if place is None else None  # with a place, the region only says where that is
    hit = _between(structure) if everything else named_neurons(structure, whole, neurons)
    if place is not None and radius is not None:
        hit |= _circle(structure, listed(regions, "regions"), place, radius)
    cut = _named_synapses(structure, projections, synapses)
    site = Site(structure, np.flatnonzero(hit), np.flatnonzero(cut))
    if not (len(site.neurons) or len(site.synapses)):
        grid = _grid_of(structure, listed(regions, "regions"))
        raise DataError(_nothing(projections, synapses, place, radius, everything=everything, grid=grid))
    if fraction is None:
        return site
    return Site(structure, *(_share(each, fraction, rng) for each in (site.neurons, site.synapses)))


def _between(structure: Structure) -> Flags:
    """The neurons that are neither sensory nor read."""
    between = ~structure.sensory
    between[structure.outputs] = False
    return between


def _named_synapses(structure: Structure, projections: Any, synapses: Any) -> Flags:
    cut = np.zeros(structure.n_synapses, dtype=bool)
    for pre, post in pairs_of(projections or (), *PROJECTION):
        found = structure.projection(pre, post)
        if not found.any():
            raise unknown("projection", (pre, post), _projections(structure))
        cut |= found
    for pre, post in pairs_of(synapses or ()):
        source, target = structure.find(pre), structure.find(post)
        mine = structure.axon_of(source)
        mine = mine[structure.post[mine] == target]
        if not mine.size:
            ends = [structure.names[i] for i in structure.pre[structure.dendrites_of(target)].tolist()]
            raise unknown(f"synapse onto {post!r} from", pre, ends)
        cut[mine] = True
    return cut


def _projections(structure: Structure) -> list[tuple[str, str]]:
    ends = np.stack([structure.region_of[structure.pre], structure.region_of[structure.post]], axis=1)
    pairs = np.unique(ends[(ends >= 0).all(axis=1)], axis=0).tolist()
    return [(structure.regions[i], structure.regions[j]) for i, j in pairs]


def _circle(structure: Structure, regions: list[str], place: Any, radius: float) -> Flags:
    """The neurons no further than a radius from a place: in the plane of positions, or on the grid of one region."""
    check_number("radius", radius, least=0)
    try:
        middle = np.asarray(place, dtype=float)
    except (TypeError, ValueError):
        middle = np.empty(0)
    if middle.shape != (2,) or not np.isfinite(middle).all():
        raise DataError(f"place must be two finite numbers, as in place=(0.5, 2.0); got {place!r}.")
    if not regions:
        return _near(structure.positions, middle, radius, structure)
    if len(regions) > 1:
        raise OptionError(
            f"A place lies on the grid of one region; got {len(regions)} regions. Lesion one after the other."
        )
    return _near_on_grid(structure, regions[0], middle, radius)


def _near(positions: Floats, middle: Floats, radius: float, structure: Structure) -> Flags:
    if not np.isfinite(positions).any():
        grids = [f"regions={region!r}" for region, shape in structure.region_shapes.items() if len(shape) > 1]
        advice = f" Or name a region that is laid out on a grid: {grids[0]}, place=(row, column)." if grids else ""
        raise DataError(
            "No neuron of this network has a position, so nothing lies near a place. Give the nodes of the graph "
            f"pos=(x, y), or from_arrays positions=.{advice}"
        )
    with np.errstate(invalid="ignore"):
        return np.asarray(np.hypot(*(positions - middle).T) <= radius)


def _near_on_grid(structure: Structure, region: str, middle: Floats, radius: float) -> Flags:
    members = structure.members(region)
    shape = structure.region_shapes.get(region, ())
    if len(shape) < 2:
        raise DataError(
            f"Region {region!r} is not laid out on a grid, so it has no rows and columns. Give it shape=(rows, "
            "columns) in the graph of regions, or leave out regions= and use positions."
        )
    rows, columns = np.unravel_index(np.arange(len(members)), shape)[-2:]
    hit = np.zeros(structure.n_neurons, dtype=bool)
    hit[members[np.hypot(rows - middle[0], columns - middle[1]) <= radius]] = True
    return hit


def _grid_of(structure: Structure, regions: list[str]) -> str:
    """A region and its grid in words; nothing where that is not what a place lies on."""
    if len(regions) != 1 or len(structure.region_shapes.get(regions[0], ())) < 2:
        return ""
    rows, columns = structure.region_shapes[regions[0]][-2:]
    return f"region {regions[0]!r}: rows 0 to {rows - 1}, columns 0 to {columns - 1}"


def _nothing(projections: Any, synapses: Any, place: Any, radius: Any, *, everything: bool, grid: str) -> str:
    if place is not None:
        where = "net.positions" if not grid else f"the grid of {grid}"
        return f"No neuron lies within {radius:g} of {place!r}. Take a larger radius, or look at {where}."
    if everything:
        return (
            "Nothing is hit: every neuron of this network is sensory or an output, and a fraction alone is of the "
            "others. Name regions= or neurons= to take it of, or synapses=."
        )
    given = [word for word, each in (("projections", projections), ("synapses", synapses)) if each is not None]
    what = " and ".join(f"{word}=[]" for word in given) or "an empty list"
    return f"Nothing is hit: {what} names nothing. For a lesion of nothing, as a control, write fraction=0."


def _share(numbers: Indices, fraction: float, rng: Generator) -> Indices:
    count = math.floor(fraction * len(numbers) + 0.5)
    return np.sort(rng.permutation(numbers)[:count])
