"""How different two regions are, whatever their neurons are called."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from neurosim.anatomy.mirror import read_pairs
from neurosim.anatomy.network import Network
from neurosim.anatomy.structure import Flags, Floats, Indices, Structure
from neurosim.physiology.stimulus import check_network


def region_distance(net: Network, regions: Mapping[str, str]) -> float:
    """How different two regions are in their weights and thresholds, up to the order of their neurons.

    A neuron is described by its threshold and by the weights of its synapses from and to every neuron outside. Each
    neuron of one region is matched with one of the other, so that the sum of squared differences is least (the
    assignment problem; Kuhn 1955, Naval Research Logistics Quarterly 2). The distance is then ::

        sqrt( sum (a - b)^2 / (sum a^2 + sum b^2) )

    over all weights and thresholds, those of synapses inside the regions and between them included: 0 for regions
    that are the same but for the names of their neurons, 1 for two that have nothing in common, and about 1 for weights
    drawn afresh if neurons are few and dendrites many. It says nothing about what regions do: two neurons that share
    a job differ in their weights, and are the same in what depends on both. For that see `selectivity`.

    Parameters
    ----------
    net : Network
    regions : mapping of str to str
        One region and the other, such as ``{"left": "right"}``, or several of two modules; as for `mirror`.

    Returns
    -------
    float from 0 to sqrt(2)
        The least over all orders if the regions have no synapses inside or between them; otherwise those are not
        looked at for the match, and the least may be smaller.

    Raises
    ------
    OptionError, UnknownNameError
        As for `mirror`.

    Examples
    --------
    >>> import neurosim as ns
    >>> net = ns.Network.from_arrays(
    ...     [0, 0, 0, 0, 1, 2, 3, 4], [1, 2, 3, 4, 5, 5, 5, 5], [1, 2, 2, 1.5, 1, 1, 1, 1],
    ...     regions=["eye", "left", "left", "right", "right", "hand"], modes="relu",
    ... )
    >>> round(ns.region_distance(net, {"left": "right"}) ** 2, 4)  # 0.5^2 / (1 + 4 + 4 + 2.25 + 4)
    0.0164
    """
    check_network(net)
    structure = net.structure
    pairs = read_pairs(structure, regions)
    one, other = (np.concatenate([pair[side] for pair in pairs]) for side in (0, 1))
    image = np.arange(len(net))
    image[one], image[other] = other, one
    outside = np.ones(len(net), dtype=bool)
    outside[one] = outside[other] = False
    for model, twin in pairs:
        table = _described(net, np.concatenate([model, twin]), outside)
        matched = twin[_match(table[: len(model)], table[len(model) :])]
        image[model], image[matched] = matched, model
    return _distance(net, one, image)


def _described(net: Network, neurons: Indices, others: Flags) -> Floats:
    """A row for each neuron: its threshold, and its weights from and to the others that are flagged."""
    structure = net.structure
    row = np.full(structure.n_neurons, -1)
    row[neurons] = np.arange(len(neurons))
    parts = [net.thresholds[neurons, None].astype(np.float64)]
    for mine, far in ((structure.post, structure.pre), (structure.pre, structure.post)):
        chosen = np.flatnonzero((row[mine] >= 0) & others[far])
        columns, place = np.unique(_ends(far[chosen], structure, chosen), return_inverse=True)
        known = np.zeros((len(neurons), len(columns)))
        known[row[mine[chosen]], place] = net.weights[chosen]
        parts.append(known)
    return np.hstack(parts)


def _ends(far: npt.NDArray[np.integer[Any]], structure: Structure, synapses: Indices) -> Indices:
    """Whole numbers that tell other ends apart, and parallel synapses to the same one."""
    branches, delays = (int(column.max(initial=0)) + 1 for column in (structure.branch, structure.delay))
    kind = structure.delay[synapses].astype(np.int64) * branches + structure.branch[synapses]
    ends: Indices = far.astype(np.int64) * (branches * delays) + kind
    return ends


def _distance(net: Network, one: Indices, image: Indices) -> float:
    """Between one set of neurons and another, where `image` says who is who."""
    structure = net.structure
    synapses = np.flatnonzero((image[structure.pre] != structure.pre) | (image[structure.post] != structure.post))
    pre, post = structure.pre[synapses].astype(np.int64), structure.post[synapses].astype(np.int64)
    here = _ends(pre * structure.n_neurons + post, structure, synapses)
    there = _ends(image[pre] * structure.n_neurons + image[post], structure, synapses)
    order = np.argsort(here)
    at = np.minimum(np.searchsorted(here[order], there), len(here) - 1)
    found = here[order][at] == there
    weights = net.weights[synapses].astype(np.float64)
    images = np.where(found, weights[order][at], 0.0)
    # A synapse and its image both come by here, and the pair is to count once; what has no image comes once.
    squares = float((np.square(weights - images) * np.where(found, 0.5, 1.0)).sum())
    a, b = (net.thresholds[neurons].astype(np.float64) for neurons in (one, image[one]))
    squares += float(np.square(a - b).sum())
    size = float(np.square(weights).sum() + np.square(a).sum() + np.square(b).sum())
    return float(np.sqrt(squares / size)) if size else 0.0


def _match(one: Floats, other: Floats) -> Indices:
    """For each row of one table its partner in the other, so that squared differences add up to the least."""
    from scipy.optimize import linear_sum_assignment

    cost = np.square(one).sum(axis=1)[:, None] + np.square(other).sum(axis=1) - 2 * one @ other.T
    partner: Indices = linear_sum_assignment(cost)[1]
    return partner
