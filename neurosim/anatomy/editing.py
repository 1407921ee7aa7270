"""Edits of a structure: each makes another one and leaves the old as it was."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from neurosim.anatomy.faults import NETWORK, told_in
from neurosim.anatomy.neuron import check_region
from neurosim.anatomy.pieces import compact, joined
from neurosim.anatomy.soma import Mode
from neurosim.anatomy.structure import (
    INDEX,
    NO_REGION,
    NOT_SHARED,
    Flags,
    Indices,
    Structure,
    check_lesions,
    check_structure,
    constant,
    flags,
    in_use,
    renumbered,
)


def check_edited(structure: Structure) -> Structure:
    """Return the structure as it is, or raise a GraphError that says what to do in a network."""
    with told_in(NETWORK):
        return check_structure(structure)


def in_mode(structure: Structure, mode: Mode, chosen: Flags) -> Structure:
    """The structure with the chosen neurons in another mode."""
    modes = structure.modes if mode in structure.modes else (*structure.modes, mode)
    modes, mode_of = in_use(modes, np.where(chosen, INDEX(modes.index(mode)), structure.mode_of))
    return dataclasses.replace(structure, modes=modes, mode_of=mode_of)


def in_region(structure: Structure, region: str | None, chosen: Flags) -> Structure:
    """The structure with the chosen neurons in another region, or in none."""
    regions, number = structure.regions, NO_REGION
    if region is not None:
        check_region(region)
        regions = regions if region in regions else (*regions, region)
        number = regions.index(region)
    return _without_empty_regions(
        dataclasses.replace(structure, regions=regions, region_of=np.where(chosen, INDEX(number), structure.region_of))
    )


def in_law(structure: Structure, receptor: int, chosen: Flags) -> Structure:
    """The structure with the chosen neurons under this receptor, and all synapses that they make."""
    return dataclasses.replace(
        structure,
        transmitter=np.where(chosen, np.int8(receptor), structure.transmitter),
        receptor=np.where(chosen[structure.pre], np.int8(receptor), structure.receptor),
    )


def with_plasticity(structure: Structure, plastic: bool, synapses: Flags, thresholds: Flags) -> Structure:
    """The structure with these weights and thresholds plastic or frozen, and whatever they are one with."""
    synapses = _with_their_like(structure.shared, synapses)
    thresholds = _with_their_like(structure.shared_thresholds, thresholds)
    return dataclasses.replace(
        structure,
        plastic=np.where(synapses, plastic, structure.plastic),
        plastic_thresholds=np.where(thresholds, plastic, structure.plastic_thresholds),
    )


def _with_their_like(groups: Indices, chosen: Flags) -> Flags:
    """The chosen entries, and those that share a number with one of them."""
    sharing = groups != NOT_SHARED
    wider: Flags = chosen | (sharing & np.isin(groups, groups[chosen & sharing]))
    return wider


def with_lesions(structure: Structure, silenced: Flags, cut: Flags) -> Structure:
    """The structure with exactly these neurons and synapses taken out, or a GraphError if that is an output."""
    lesioned = dataclasses.replace(structure, silenced=silenced, cut=cut)
    check_lesions(lesioned)
    return lesioned


def subset(structure: Structure, stay: Flags, kept: Flags) -> Structure:
    """The structure of some neurons and some synapses between them."""
    number = np.cumsum(stay, dtype=INDEX) - 1
    position = np.cumsum(kept) - 1
    modes, mode_of = in_use(structure.modes, structure.mode_of[stay])
    return _without_empty_regions(
        dataclasses.replace(
            structure,
            names=tuple(name for name, here in zip(structure.names, stay, strict=True) if here),
            modes=modes,
            mode_of=mode_of,
            region_of=structure.region_of[stay],
            marked_outputs=structure.marked_outputs[stay],
            positions=structure.positions[stay],
            transmitter=structure.transmitter[stay],
            plastic_thresholds=structure.plastic_thresholds[stay],
            shared_thresholds=renumbered(structure.shared_thresholds[stay]),
            silenced=structure.silenced[stay],
            pre=number[structure.pre[kept]],
            post=number[structure.post[kept]],
            delay=structure.delay[kept],
            branch=structure.branch[kept],
            receptor=structure.receptor[kept],
            plastic=structure.plastic[kept],
            shared=renumbered(structure.shared[kept]),
            cut=structure.cut[kept],
            neuron_notes={int(number[i]): note for i, note in structure.neuron_notes.items() if stay[i]},
            synapse_notes={int(position[i]): note for i, note in structure.synapse_notes.items() if kept[i]},
        )
    )


def with_synapses(
    structure: Structure,
    pre: Indices,
    post: Indices,
    *,
    delay: Indices,
    branch: Indices,
    receptor: Indices,
    plastic: Flags,
) -> Structure:
    """The structure with more synapses, which come after all others; each of them has a weight of its own."""
    return dataclasses.replace(
        structure,
        pre=joined([structure.pre, pre]),
        post=joined([structure.post, post]),
        delay=joined([structure.delay, delay]),
        branch=joined([structure.branch, branch]),
        receptor=joined([structure.receptor, receptor]),
        plastic=joined([structure.plastic, plastic]),
        shared=joined([structure.shared, constant(NOT_SHARED, len(pre))]),
        cut=joined([structure.cut, flags(False, len(pre))]),
    )


def without_synapses(structure: Structure, gone: Flags) -> Structure:
    """The structure without some of its synapses; the others move up."""
    kept = ~gone
    position = np.cumsum(kept) - 1
    return dataclasses.replace(
        structure,
        pre=structure.pre[kept],
        post=structure.post[kept],
        delay=compact(structure.delay[kept]),
        branch=compact(structure.branch[kept]),
        receptor=compact(structure.receptor[kept]),
        plastic=compact(structure.plastic[kept]),
        shared=renumbered(structure.shared[kept]),
        cut=compact(structure.cut[kept]),
        synapse_notes={int(position[i]): note for i, note in structure.synapse_notes.items() if kept[i]},
    )


def with_new_ends(
    structure: Structure, synapses: Indices, pre: Indices, post: Indices, branch: Indices, receptor: Indices
) -> Structure:
    """The structure with other synapses in the places of these, which keep their numbers, delays and plasticity."""
    columns: dict[str, Any] = {}
    for name, values in (("pre", pre), ("post", post), ("branch", branch), ("receptor", receptor)):
        column = np.array(getattr(structure, name))
        column[synapses] = values
        columns[name] = column if name in ("pre", "post") else compact(column)
    replaced = set(synapses.tolist())
    notes = {i: note for i, note in structure.synapse_notes.items() if i not in replaced}
    return dataclasses.replace(structure, synapse_notes=notes, **columns)


def _without_empty_regions(structure: Structure) -> Structure:
    """Drop regions without neurons, and grids that are no longer filled; regions in order of appearance."""
    sizes = np.bincount(structure.region_of[structure.region_of != NO_REGION], minlength=len(structure.regions))
    regions, region_of = in_use(structure.regions, structure.region_of)
    shapes = {
        region: shape
        for region, shape in structure.region_shapes.items()
        if region in regions and np.prod(shape) == sizes[structure.regions.index(region)]
    }
    return dataclasses.replace(structure, regions=regions, region_of=region_of, region_shapes=shapes)
