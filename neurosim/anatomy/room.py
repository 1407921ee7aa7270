"""Room for new synapses: the places between two regions where there is none yet.

Axons grow along ways that are there: from a region onto another that it has synapses on already. A *place* is a pair
of neurons and a dendritic branch. All places of a way are numbered, postsynaptic neuron by postsynaptic neuron; those
that are taken are sorted out of the numbers, so that memory grows with the synapses that there are and not with those
that there could be.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from neurosim.anatomy.depth import depths
from neurosim.anatomy.structure import EITHER, Flags, Indices, Structure, distinct


class Way(NamedTuple):
    """Some synapses from one region to another.

    Attributes
    ----------
    source, target : int
        Positions of the regions; -1 for the neurons of none.
    synapses : int array
        Numbers of the synapses, ascending.
    """

    source: int
    target: int
    synapses: Indices


class Places(NamedTuple):
    """Where synapses may be: for each its two neurons, and the branch."""

    pre: Indices
    post: Indices
    branch: Indices


def ways_of(structure: Structure, synapses: Indices, *, by_delay: bool = False) -> Iterator[Way]:
    """These synapses by the regions that they join, and by their delay if that is wanted."""
    source, target = structure.region_of[structure.pre[synapses]], structure.region_of[structure.post[synapses]]
    delay = structure.delay[synapses] if by_delay else np.zeros_like(source)
    order = np.lexsort((synapses, delay, target, source))
    columns = np.column_stack([source, target, delay])[order]
    ends = np.flatnonzero((np.diff(columns, axis=0) != 0).any(axis=1)) + 1
    for part in np.split(order, ends) if len(order) else ():
        yield Way(int(source[part[0]]), int(target[part[0]]), synapses[part])


class Ground(NamedTuple):
    """What the neurons of a network allow; an entry for each.

    Attributes
    ----------
    rank : int array
        It grows along every synapse without delay: see `_ranks`.
    sends, listens : bool arrays
        Whether it may make new synapses, and get new dendrites.
    branches : int array
        On how many branches a new synapse onto it may sit.
    """

    rank: Indices
    sends: Flags
    listens: Flags
    branches: Indices

    @staticmethod
    def of(structure: Structure) -> Ground:
        """The ground of a structure; it holds when synapses are replaced by new ones, too."""
        sends, listens = ~structure.silenced, ~structure.silenced & ~structure.sensory
        if not structure.marked_outputs.any():
            sends[structure.outputs] = False  # it would be an output no longer
        learns = structure.plastic_thresholds.copy()
        learns[structure.post[structure.plastic]] = True
        return Ground(_ranks(structure), sends, listens & learns, _branches(structure))


def _ranks(structure: Structure) -> Indices:
    """A number for each neuron that grows along every synapse without delay.

    New synapses along which it grows close no loop, however many there are. Regions come first, in the order in which
    they pass on what they hear; within regions that are on a loop together, the depth decides.
    """
    import networkx as nx

    depth = depths(structure).astype(np.int64)
    pre, post = structure.instant_ends
    count = len(structure.regions) + 1  # the last one is that of the neurons of no region
    joined = distinct(structure.region_of[pre].astype(np.int64) % count * count + structure.region_of[post] % count)
    regions: nx.DiGraph[int] = nx.DiGraph(zip((joined // count).tolist(), (joined % count).tolist(), strict=True))
    regions.add_nodes_from(range(count))
    loops = nx.condensation(regions)
    place = np.zeros(count, dtype=np.int64)
    for position, loop in enumerate(nx.lexicographical_topological_sort(loops)):
        place[list(loops.nodes[loop]["members"])] = position
    rank: Indices = place[structure.region_of % count] * (int(depth.max()) + 1) + depth
    return rank


class Room:
    """The free places of a way.

    Parameters
    ----------
    structure : Structure
    way : Way
    ground : Ground
        Where all synapses of the way are without delay, new ones lead upwards in its ranks.
    gone : bool array, shape (synapses,), optional
        Synapses whose places are free.
    """

    def __init__(self, structure: Structure, way: Way, ground: Ground, gone: Flags | None = None) -> None:
        self._structure, self._way, self._rank = structure, way, ground.rank
        from_there = structure.region_of[structure.pre] == way.source
        self._all = np.flatnonzero(from_there & (structure.region_of[structure.post] == way.target))
        self._late = bool(structure.delay[way.synapses].any())
        pres = np.flatnonzero(ground.sends & (structure.region_of == way.source))
        self._pres = pres[np.argsort(self._rank[pres], kind="stable")]
        self._posts = np.flatnonzero(ground.listens & (structure.region_of == way.target))
        self._reach = np.full(len(self._posts), len(self._pres))
        if not self._late:
            self._reach = np.searchsorted(self._rank[self._pres], self._rank[self._posts])
        self._branches = ground.branches[self._posts]
        self._starts = np.concatenate([[0], np.cumsum(self._reach * self._branches)])
        taken = self._taken(gone)
        self._free_before = taken - np.arange(len(taken))  # how many places before each taken one are free
        self._count = int(self._starts[-1]) - len(taken)

    def __len__(self) -> int:
        return self._count

    def places(self, which: Indices) -> Places:
        """Free places by their number, from 0."""
        code = which + np.searchsorted(self._free_before, which, side="right")
        target = np.searchsorted(self._starts, code, side="right") - 1
        branch, source = np.divmod(code - self._starts[target], np.maximum(self._reach[target], 1))
        return Places(self._pres[source], self._posts[target], branch)

    def delays(self, places: Places, rng: np.random.Generator) -> Indices:
        """A delay for each of these places: that of some synapse of the way; not 0 where that could close a loop."""
        there = self._structure.delay[self._way.synapses]
        drawn: Indices = rng.choice(there, len(places.pre))
        loops = (drawn == 0) & (self._rank[places.pre] >= self._rank[places.post])
        if loops.any():
            drawn[loops] = rng.choice(there[there > 0], int(np.count_nonzero(loops)))
        return drawn

    def receptors(self, places: Places) -> Indices:
        """That of the neuron; of a neuron without a law, the one that all such have on this way, if they agree."""
        structure = self._structure
        lawless = structure.receptor[self._all[structure.transmitter[structure.pre[self._all]] == EITHER]]
        common = lawless[0] if len(lawless) and (lawless == lawless[0]).all() else EITHER
        law = structure.transmitter[places.pre]
        receptors: Indices = np.where(law == EITHER, np.int8(common), law)
        return receptors

    def _taken(self, gone: Flags | None) -> Indices:
        """The numbers of the places that are taken, ascending."""
        structure, there = self._structure, self._all
        here = there if gone is None else there[~gone[there]]
        source, target = self._position(structure.pre[here], structure.post[here])
        codes = [self._codes(source, target, structure.branch[here])]
        if not (structure.pre[there] == structure.post[there]).any():  # then no neuron makes one onto itself
            source, target = self._position(self._posts, self._posts)
            width = int(self._branches.max(initial=1))
            codes += [self._codes(source, target, np.full(len(source), branch)) for branch in range(width)]
        return np.unique(np.concatenate(codes))

    def _position(self, pre: Indices, post: Indices) -> tuple[Indices, Indices]:
        """Where neurons stand among the sources and the targets; -1 for those that do not."""
        found = []
        for neurons, numbers in ((self._pres, pre), (self._posts, post)):
            position = np.full(self._structure.n_neurons, -1)
            position[neurons] = np.arange(len(neurons))
            found.append(position[numbers])
        return found[0], found[1]

    def _codes(self, source: Indices, target: Indices, branch: Indices) -> Indices:
        """The numbers of these places, without those that are none."""
        able = (source >= 0) & (target >= 0)
        source, target, branch = source[able], target[able], branch[able]
        branch = np.where(self._branches[target] == 1, 0, branch)
        inside = (source < self._reach[target]) & (branch < self._branches[target])
        source, target, branch = source[inside], target[inside], branch[inside]
        codes: Indices = self._starts[target] + branch * self._reach[target] + source
        return codes


def _branches(structure: Structure) -> Indices:
    """How many branches each neuron has: of a mode without branches one, else as many as its dendrites are on."""
    branches = np.ones(structure.n_neurons, dtype=np.int64)
    branched = np.array([mode.branched for mode in structure.modes])[structure.mode_of]
    if branched.any():
        there = branched[structure.post]
        np.maximum.at(branches, structure.post[there], structure.branch[there] + 1)
    return branches
