"""Neurons as rows, in the order of computation; and the dendritic compartments that synapses feed."""

from __future__ import annotations

import dataclasses

import numpy as np

from neurosim.anatomy.structure import Flags, Indices, Structure


@dataclasses.dataclass(frozen=True, eq=False)
class Rows:
    """Neurons in the order of computation, and the stages and groups (one region within one stage) that they form.

    Attributes
    ----------
    neurons : int array, one per row
        The neuron's number in the network.
    row_of : int array, one per neuron
    stage_of, group_of : int arrays, one per row
    stage_starts : int array, one more than there are stages
    depth : int array, one per stage
    """

    neurons: Indices
    row_of: Indices
    stage_of: Indices
    group_of: Indices
    stage_starts: Indices
    depth: Indices

    @staticmethod
    def of(structure: Structure, depth: Indices) -> Rows:
        """Sort by depth, mode and region."""
        neurons = np.lexsort((structure.region_of, structure.mode_of, depth))
        row_of = np.empty(len(neurons), dtype=np.int64)
        row_of[neurons] = np.arange(len(neurons))
        new_stage = changes(depth[neurons], structure.mode_of[neurons])
        new_group = new_stage | changes(structure.region_of[neurons])
        starts = np.append(np.flatnonzero(new_stage), len(neurons))
        return Rows(
            neurons=neurons,
            row_of=row_of,
            stage_of=np.cumsum(new_stage) - 1,
            group_of=np.cumsum(new_group) - 1,
            stage_starts=starts,
            depth=depth[neurons[starts[:-1]]],
        )


def compartments_of(
    structure: Structure, rows: Rows, synapses: Indices, targets: Indices
) -> tuple[Indices, dict[int, Indices]]:
    """The compartment that each synapse feeds, counted within its stage; and whose it is, in maxout stages.

    Parameters
    ----------
    structure : Structure
    rows : Rows
    synapses : int array
        Those that bring something.
    targets : int array, one per such synapse
        The row that it feeds.

    Returns
    -------
    compartments : int array, one per such synapse
    owners : dict of int arrays
        By maxout stage: the neuron (within the stage) of each compartment.
    """
    stage = rows.stage_of[targets]
    compartments = targets - rows.stage_starts[stage]
    owners = {}
    branched = np.array([mode.branched for mode in structure.modes])
    width = int(structure.branch.max(initial=0)) + 1
    # A synapse that is left out brings 0, but a branch of nothing else is a branch all the same.
    whole = len(synapses) == structure.n_synapses
    late = synapses[:0] if whole else np.flatnonzero(structure.present & (structure.delay > 0))
    late_targets, late_branch = rows.row_of[structure.post[late]], structure.branch[late].astype(np.int64)
    for number in np.flatnonzero(branched[structure.mode_of[rows.neurons[rows.stage_starts[:-1]]]]):
        start, end = rows.stage_starts[number], rows.stage_starts[number + 1]
        mine = np.flatnonzero(stage == number)
        key = compartments[mine] * width + structure.branch[synapses[mine]]
        waiting = (late_targets >= start) & (late_targets < end)
        used = np.union1d(key, (late_targets[waiting] - start) * width + late_branch[waiting])
        # A neuron without synapses keeps one compartment, empty: its drive is minus its threshold.
        used = np.union1d(used, np.setdiff1d(np.arange(end - start), used // width) * width)
        compartments[mine] = np.searchsorted(used, key)
        owners[int(number)] = used // width
    return compartments, owners


def sorted_by(*columns: Indices) -> Indices:
    """The order that sorts by the first column, then the second, and so on."""
    key, width = np.zeros(len(columns[0]), dtype=np.int64), 1
    for column in columns:
        least, most = int(column.min(initial=0)), int(column.max(initial=0))
        width *= most - least + 1
        if width >= 2**63:  # no room in one number
            return np.lexsort(columns[::-1])
        key = key * (most - least + 1) + (column - least)
    return np.argsort(key, kind="stable")


def changes(*columns: Indices) -> Flags:
    """Where a run of equal entries begins."""
    new = np.ones(len(columns[0]), dtype=bool)
    new[1:] = False
    for column in columns:
        new[1:] |= column[1:] != column[:-1]
    return new
