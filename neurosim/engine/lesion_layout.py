"""What a lesion takes out of a network in rows: neurons, and dendritic branches that have no synapse left."""

from __future__ import annotations

import dataclasses
import weakref

import numpy as np

from neurosim.anatomy.depth import depths
from neurosim.anatomy.structure import Flags, Floats, Indices, Structure
from neurosim.engine.rows import Rows, compartments_of

NOTHING = np.empty(0, dtype=np.int64)

_layouts: weakref.WeakKeyDictionary[Structure, LesionLayout] = weakref.WeakKeyDictionary()


def lesion_layout(structure: Structure) -> LesionLayout:
    """The layout of a structure, made on first use and kept for as long as the structure is in use."""
    if structure not in _layouts:
        _layouts[structure] = LesionLayout.of(structure)
    return _layouts[structure]


@dataclasses.dataclass(frozen=True, eq=False)
class Loss:
    """What one lesion takes out.

    Attributes
    ----------
    rows : int array
        Of the neurons, ascending.
    branches : int array
        The compartments of maxout neurons that lose all their synapses and are no branches any more. A neuron that
        loses all its branches keeps the first one, which is empty: its drive is minus its threshold.
    """

    rows: Indices
    branches: Indices


@dataclasses.dataclass(frozen=True, eq=False)
class LesionLayout:
    """Neurons in the order of computation, the synapses that conduct, and the compartments that they feed.

    Attributes
    ----------
    rows : Rows
    compartment : int array, one more than there are rows
        Where the compartments of each row begin, counted through the whole network.
    owner : int array, one per compartment
        Its row.
    synapses : int array
        The synapses that bring something in a single tick, by their numbers in the network.
    sources, targets, compartments : int arrays, one per such synapse
        The row that it reads, the row and the compartment that it feeds.
    branched : bool array, one per row
        Whether it is maxout.
    synapses_of : int array, one per compartment
        How many synapses conduct to it, with or without delay.
    axon_start : int array, one more than there are rows
    axon : int array
        For each row the compartments of maxout neurons that it feeds, with or without delay.
    """

    rows: Rows
    compartment: Indices
    owner: Indices
    synapses: Indices
    sources: Indices
    targets: Indices
    compartments: Indices
    branched: Flags
    synapses_of: Indices
    axon_start: Indices
    axon: Indices

    @staticmethod
    def of(structure: Structure) -> LesionLayout:
        """Work out order and compartments."""
        rows = Rows.of(structure, depths(structure))
        present = np.flatnonzero(structure.present)
        sources, targets = rows.row_of[structure.pre[present]], rows.row_of[structure.post[present]]
        in_stage, owners = compartments_of(structure, rows, present, targets)
        count = np.ones(len(rows.neurons), dtype=np.int64)
        for stage, owner in owners.items():
            start, end = rows.stage_starts[stage], rows.stage_starts[stage + 1]
            count[start:end] = np.bincount(owner, minlength=end - start)
        compartment = np.concatenate([[0], np.cumsum(count)])
        compartments = compartment[rows.stage_starts[rows.stage_of[targets]]] + in_stage
        branched = np.array([mode.branched for mode in structure.modes])[structure.mode_of[rows.neurons]]
        onto = np.flatnonzero(branched[targets])
        onto = onto[np.argsort(sources[onto], kind="stable")]
        acting = np.flatnonzero(structure.delay[present] == 0)
        return LesionLayout(
            rows=rows,
            compartment=compartment,
            owner=np.repeat(np.arange(len(count)), count),
            synapses=present[acting],
            sources=sources[acting],
            targets=targets[acting],
            compartments=compartments[acting],
            branched=branched,
            synapses_of=np.bincount(compartments, minlength=compartment[-1]),
            axon_start=starts(sources[onto], len(count)),
            axon=compartments[onto],
        )

    def loss(self, neurons: Indices) -> Loss:
        """What is lost with these neurons, by their numbers in the network."""
        rows = np.sort(self.rows.row_of[neurons])
        if not len(self.axon):
            return Loss(rows, NOTHING)
        fed = np.concatenate([self.axon[self.axon_start[row] : self.axon_start[row + 1]] for row in rows.tolist()])
        return Loss(rows, self._left_empty(fed, rows))

    def _left_empty(self, fed: Indices, rows: Indices) -> Indices:
        """Of the compartments that these rows feed, once for each synapse, those that nobody else feeds."""
        if not len(fed):
            return NOTHING
        branches, lost = np.unique(fed, return_counts=True)
        empty = branches[lost == self.synapses_of[branches]]
        empty = empty[~np.isin(self.owner[empty], rows)]
        owner = self.owner[empty]
        all_empty = np.bincount(owner, minlength=len(self.branched)) == np.diff(self.compartment)
        no_longer: Indices = empty[~(all_empty[owner] & (empty == self.compartment[owner]))]
        return no_longer


def starts(places: Indices, count: int) -> Indices:
    """Where what belongs to each of so many places begins, once it is sorted by place."""
    return np.concatenate([[0], np.cumsum(np.bincount(places, minlength=count))])


def hears_of_rounding(structure: Structure) -> bool:
    """Whether some binary neuron hears, over whatever way, of a graded one, whose rate is rounded.

    What such a neuron decides hangs on the order of sums. A linear neuron without synapses shows its threshold,
    which is as good as a stimulus.
    """
    binary = structure.has_mode("binary")
    if not binary.any():
        return False
    acting = np.flatnonzero(structure.acting)
    pre, post = structure.pre[acting], structure.post[acting]
    listening = np.zeros(structure.n_neurons, dtype=bool)
    listening[post] = True
    rounded = ~binary & ~structure.sensory & (listening | ~structure.has_mode("linear"))
    depth = depths(structure)[post]
    order = np.argsort(depth, kind="stable")
    for front in np.split(order, np.flatnonzero(np.diff(depth[order])) + 1):
        rounded[post[front][rounded[pre[front]]]] = True
    return bool(rounded[binary].any())


def never_rounded(structure: Structure, weights: Floats, thresholds: Floats, stimulus: Floats) -> bool:
    """Whether no drive of a binary neuron is rounded for these stimuli, whatever is lost."""
    from neurosim.engine.ties import sums_are_exact

    binary = structure.has_mode("binary")
    onto = binary[structure.post]
    tonic = thresholds[structure.has_mode("linear")]
    with np.errstate(over="ignore", invalid="ignore"):
        whole = all(bool((values == np.rint(values)).all()) for values in (stimulus, tonic))
        largest = max(1.0, *(float(np.abs(values).max(initial=0)) for values in (stimulus, tonic)))
        sums = np.bincount(structure.post[onto], np.abs(weights[onto]), minlength=structure.n_neurons)
        most = 2 * (sums * largest + np.abs(thresholds))[binary]  # a drive and, beside it, what it is shifted by
    return whole and sums_are_exact(np.append(weights[onto], thresholds[binary]), most)
