"""Regions that begin as twins: one made a copy of another, with its wiring, weights and thresholds."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np

from neurosim.anatomy.columns import RandomState, read_rng
from neurosim.anatomy.editing import check_edited
from neurosim.anatomy.network import Network
from neurosim.anatomy.structure import NOT_SHARED, Flags, Indices, Structure, in_use, renumbered
from neurosim.checks import check_call
from neurosim.errors import OptionError, counted


@check_call("ns.mirror(net, regions, rng={!r})", {"seed": "Write rng=0.", "permute": "Write shuffle=True."})
def mirror(net: Network, regions: Mapping[str, str], *, shuffle: bool = False, rng: RandomState = None) -> Network:
    """A copy of a network in which some regions are twins of others.

    The twin gets what the model has: modes, thresholds, every synapse that reaches or leaves it, with weights, delays
    and all else, in place of its own. What links model and twin is mirrored too: a synapse from neuron i of the model
    to neuron j of the twin gets an image from i of the twin to j of the model. So nothing in the network tells the
    two apart. If a rule of learning treats all neurons alike and draws no random numbers for them, twins stay twins
    (to rounding); what is to make them different has to be put in: other weights, other wiring, noise.

    Parameters
    ----------
    net : Network
        Left as it is.
    regions : mapping of str to str
        Model and twin, such as ``{"left": "right"}``. Where a module has several regions name them together,
        ``{"left V1": "right V1", "left V2": "right V2"}``: synapses within the module then get images within it.
        For a third that is alike, mirror once more: ``ns.mirror(ns.mirror(net, {"A": "B"}), {"A": "C"})``.
    shuffle : bool
        Whether the twin's neurons come in another order: it is then the same up to the names of its neurons.
    rng : int or numpy.random.Generator, optional
        For that order.

    Returns
    -------
    Network
        Of the same neurons. Shared weights and thresholds are shared within the twin as within the model, not by both.

    Raises
    ------
    OptionError
        If the two are not as large as each other, if only one is sensory, or if a region is named twice.
    GraphError
        If the images of synapses between the two would close a loop without delay.
    UnknownNameError
        If there is no such region.

    Examples
    --------
    >>> import networkx as nx, neurosim as ns
    >>> B = nx.DiGraph([("eye", "left"), ("eye", "right"), ("left", "hand"), ("right", "hand")])
    >>> sizes = {"eye": 3, "left": 2, "right": 2, "hand": 1}
    >>> nx.set_node_attributes(B, sizes, "size")
    >>> net = ns.Network.from_regions(B, mode="relu", rng=0)
    >>> twins = ns.mirror(net, {"left": "right"})
    >>> dict(twins["left[1]"].dendrites) == dict(twins["right[1]"].dendrites)
    True
    >>> ns.region_distance(net, {"left": "right"}) > 0.5, ns.region_distance(twins, {"left": "right"})
    (True, 0.0)
    """
    if not isinstance(net, Network):
        raise OptionError(f"A Network is needed; got {type(net).__name__}. Write ns.mirror(net, {{'left': 'right'}}).")
    pairs = read_pairs(net.structure, regions)
    generator = read_rng(rng)
    image = np.arange(len(net))
    for model, twin in pairs:
        order = generator.permutation(len(twin)) if shuffle else np.arange(len(twin))
        image[model], image[twin[order]] = twin[order], model
    models = _flags(len(net), [model for model, _ in pairs])
    twins = _flags(len(net), [twin for _, twin in pairs])
    structure, source = _mirrored(net.structure, image, models, twins)
    thresholds = net.thresholds.copy()
    thresholds[twins] = thresholds[image[twins]]
    return Network(check_edited(structure), net.weights[source], thresholds)


def read_pairs(structure: Structure, regions: Any) -> list[tuple[Indices, Indices]]:
    """The neurons of each model and of its twin, or an error that says what regions can be twins."""
    if not isinstance(regions, Mapping) or not regions:
        raise OptionError(
            f"Twins are named as a mapping from one region to the other, such as {{'left': 'right'}}; got {regions!r}."
        )
    pairs = [(structure.members(model), structure.members(twin)) for model, twin in regions.items()]
    names = [*regions, *regions.values()]
    for name in names:
        if names.count(name) > 1:
            raise OptionError(
                f"Region {name!r} is named more than once. Each region is the model of one twin or the twin of one "
                "model; for a third that is alike, mirror once more."
            )
    for (model, twin), (one, other) in zip(regions.items(), pairs, strict=True):
        if len(one) != len(other):
            raise OptionError(
                f"Region {model!r} has {counted(len(one), 'neuron')} and {twin!r} has {len(other)}: twins are as large "
                "as each other."
            )
        if structure.sensory[one].any() or structure.sensory[other].any():
            raise OptionError(
                f"Regions {model!r} and {twin!r} cannot be twins: the stimulus drives sensory neurons from outside, so "
                "they have nothing to be alike in. Name regions that have dendrites."
            )
    return pairs


def _flags(count: int, groups: list[Indices]) -> Flags:
    flags = np.zeros(count, dtype=bool)
    flags[np.concatenate(groups)] = True
    return flags


def _mirrored(old: Structure, image: Indices, models: Flags, twins: Flags) -> tuple[Structure, Indices]:
    """The structure with the twins' synapses replaced by images of the models', and where each weight comes from."""
    onto_twin = models[old.pre] & twins[old.post]
    stays = ~twins[old.pre] & (~twins[old.post] | onto_twin)
    copied = stays & (models[old.pre] | models[old.post])
    kept, source = np.flatnonzero(stays), np.flatnonzero(copied)
    both = np.concatenate([kept, source])
    of_neuron = np.where(twins, image, np.arange(len(image)))
    modes, mode_of = in_use(old.modes, old.mode_of[of_neuron])
    notes = {place: old.synapse_notes[int(i)] for place, i in enumerate(both) if int(i) in old.synapse_notes}
    return (
        dataclasses.replace(
            old,
            modes=modes,
            mode_of=mode_of,
            marked_outputs=old.marked_outputs[of_neuron],
            transmitter=old.transmitter[of_neuron],
            silenced=old.silenced[of_neuron],
            plastic_thresholds=old.plastic_thresholds[of_neuron],
            shared_thresholds=_own_groups(old.shared_thresholds, of_neuron, twins),
            pre=np.concatenate([old.pre[kept], image[old.pre[source]].astype(old.pre.dtype)]),
            post=np.concatenate([old.post[kept], image[old.post[source]].astype(old.post.dtype)]),
            delay=old.delay[both],
            branch=old.branch[both],
            receptor=old.receptor[both],
            plastic=old.plastic[both],
            cut=old.cut[both],
            shared=_own_groups(old.shared, both, np.arange(len(both)) >= len(kept)),
            synapse_notes=notes,
        ),
        both,
    )


def _own_groups(groups: Indices, source: Indices, copies: Flags) -> Indices:
    """Groups of what is one number, where copies are one among themselves and not with what they were copied from."""
    own = groups[source].astype(np.int64)
    apart = int(groups.max(initial=NOT_SHARED)) + 1
    return renumbered(np.where(copies & (own != NOT_SHARED), own + apart, own))
