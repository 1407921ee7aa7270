"""Growing: new synapses where the anatomy has room for them, and every other one stays exactly as it is."""

from __future__ import annotations

import numpy as np

from neurosim.anatomy.columns import RandomState, read_rng
from neurosim.anatomy.constraints import check_weights
from neurosim.anatomy.editing import check_edited, with_new_ends, with_synapses
from neurosim.anatomy.initial_weights import draw_missing
from neurosim.anatomy.network import Network
from neurosim.anatomy.pruning import how_many, may_change, weakest
from neurosim.anatomy.room import Ground, Room, ways_of
from neurosim.anatomy.selection import Projections, Regions, synapses_of
from neurosim.anatomy.structure import Flags, Floats, Indices, Structure
from neurosim.checks import check_call, check_count, check_number
from neurosim.errors import OptionError, counted


@check_call("ns.grow(net, count, regions={!r}), or projections=, weight= or rng=")
def grow(
    net: Network,
    count: int,
    *,
    regions: Regions = None,
    projections: Projections = None,
    weight: float | None = None,
    rng: RandomState = None,
) -> Indices:
    """Let new synapses grow, at places drawn with equal chances; all others are kept bit for bit.

    There is room between two neurons that have no synapse yet, if their regions have some already: axons grow along
    ways that are there. A new synapse closes no loop without delay, has the delay of others on its way and the
    receptor of its neuron (Dale's law), is plastic, and sits on any branch of its neuron. Nothing grows from or onto
    what a lesion has silenced, nor onto frozen neurons, nor from an output that is one only because it makes no
    synapses.

    Parameters
    ----------
    net : Network
        Edited in place.
    count : int
        How many.
    regions : name or names, optional
        Only onto neurons of these regions.
    projections : list of (region, region), optional
        Only from one of these regions to the other. Wherever there is room, where neither is named; neurons of no
        region are taken for one more.
    weight : float, optional
        Of each new synapse, such as 0 for one that is silent as yet; drawn to suit mode and fan-in unless given.
    rng : int or numpy.random.Generator, optional
        For places and weights.

    Returns
    -------
    int array
        The numbers of the new synapses in ``net.synapses``: the last ones.

    Raises
    ------
    OptionError
        If there is not so much room; nothing has changed then.

    Examples
    --------
    >>> import neurosim as ns
    >>> net = ns.Network.from_arrays([0, 1], [2, 3], [1.0, 2.0], modes="relu", regions=["eye", "eye", "hand", "hand"])
    >>> ns.grow(net, 2, weight=0.5, rng=0)
    array([2, 3])
    >>> net.synapses, net.weights
    ([(0, 2), (1, 3), (1, 2), (0, 3)], array([1. , 2. , 0.5, 0.5]))
    """
    check_count("count", count)
    _check_weight(weight)
    structure, generator = net.structure, read_rng(rng)
    among = synapses_of(structure, regions, projections) & structure.present
    grown = check_edited(_grown(structure, among, count, generator))
    new = np.arange(structure.n_synapses, grown.n_synapses)
    weights = np.append(net.weights, np.full(len(new), np.nan, dtype=net.dtype))
    _give_weights(grown, weights, net.thresholds, new, weight, generator)
    net._replace(grown, weights, net.thresholds)
    return new


@check_call("ns.rewire(net, count={!r}), or fraction=")
def rewire(
    net: Network,
    *,
    count: int | None = None,
    fraction: float | None = None,
    regions: Regions = None,
    projections: Projections = None,
    weight: float | None = 0.0,
    rng: RandomState = None,
) -> Indices:
    """Prune the weakest synapses and let as many new ones grow, on the same ways; all others are kept bit for bit.

    What is pruned is said as for `prune`, and where there is room as for `grow`. Each projection keeps its number of
    synapses. A new synapse takes the number of one that went, with its delay; and it may even grow where that was.

    Parameters
    ----------
    net : Network
        Edited in place.
    count, fraction, regions, projections
        As for `prune`.
    weight : float or None
        Of each new synapse: 0, silent until it learns, unless given; None to draw it to suit mode and fan-in.
    rng : int or numpy.random.Generator, optional
        For places and weights.

    Returns
    -------
    int array
        The numbers of the new synapses in ``net.synapses``, ascending.

    Raises
    ------
    OptionError
        If not so many can go; nothing has changed then.

    Examples
    --------
    >>> import neurosim as ns
    >>> regions = ["eye", "eye", "hand", "hand"]
    >>> net = ns.Network.from_arrays([0, 1, 0], [2, 2, 3], [1.0, 0.1, -2.0], outputs=[2, 3], regions=regions)
    >>> ns.rewire(net, count=1, rng=0)
    array([1])
    >>> net.synapses, net.weights
    ([(0, 2), (1, 3), (0, 3)], array([ 1.,  0., -2.]))
    """
    _check_weight(weight)
    structure = net.structure
    among = synapses_of(structure, regions, projections) & may_change(structure)
    goers = weakest(structure, net.weights, among, how_many(among, count, fraction, "ns.rewire"))
    return replace_synapses(net, goers, weight, read_rng(rng), all_of_them=True)


def replace_synapses(
    net: Network, goers: Indices, weight: float | None, rng: np.random.Generator, *, all_of_them: bool = False
) -> Indices:
    """Let a new synapse grow for each of these, on its way and in its place among the columns.

    Where some are on a way without room, all others are replaced, unless it has to be `all_of_them`.

    Returns
    -------
    int array
        The numbers of those that were replaced.
    """
    structure, new = _regrown(net.structure, np.sort(goers), rng)
    if all_of_them and len(new) < len(goers):
        raise OptionError(
            f"There is room for {len(new):,} of the {counted(len(goers), 'new synapse')} only. Ask for fewer, or prune "
            "first, ns.prune(net, count=...), and let them grow elsewhere, ns.grow(net, ...)."
        )
    check_edited(structure)
    weights = net.weights.copy()
    weights[new] = np.nan
    _give_weights(structure, weights, net.thresholds, new, weight, rng)
    net.forget_synapses(np.isin(np.arange(structure.n_synapses), new))
    net.put_structure(structure)
    net.weights[new] = weights[new]
    return new


def _check_weight(weight: float | None) -> None:
    if weight is not None:
        check_number("weight", weight)


def _give_weights(
    structure: Structure,
    weights: Floats,
    thresholds: Floats,
    new: Indices,
    weight: float | None,
    rng: np.random.Generator,
) -> None:
    """Give the new synapses this weight, or one drawn for each, in place."""
    if weight is None:
        draw_missing(structure, weights, thresholds, rng)
    else:
        weights[new] = weight
    check_weights(structure, weights)


# --- Where -----------------------------------------------------------------------------------------


def _grown(structure: Structure, among: Flags, count: int, rng: np.random.Generator) -> Structure:
    """The structure with so many more synapses, on the ways of some that are there."""
    ground = Ground.of(structure)
    ways = [Room(structure, way, ground) for way in ways_of(structure, np.flatnonzero(among))]
    ends = np.cumsum([0, *(len(way) for way in ways)])
    if count > ends[-1]:
        raise OptionError(
            f"There is room for {counted(int(ends[-1]), 'new synapse')}, not for {count:,}: between regions that are "
            "connected already, where no synapse is yet, from and onto neurons that no lesion has silenced. Ask for "
            "fewer, or connect more regions first: net.add_synapse('x', 'h')."
        )
    drawn = np.sort(rng.choice(ends[-1], count, replace=False, shuffle=False)) if count else np.empty(0, np.int64)
    for way, start, end in zip(ways, ends[:-1], ends[1:], strict=True):
        which = drawn[(start <= drawn) & (drawn < end)] - start
        places = way.places(which)
        structure = with_synapses(
            structure,
            places.pre,
            places.post,
            delay=way.delays(places, rng),
            branch=places.branch,
            receptor=way.receptors(places),
            plastic=np.ones(len(which), dtype=bool),
        )
    return structure


def _regrown(structure: Structure, goers: Indices, rng: np.random.Generator) -> tuple[Structure, Indices]:
    """The structure with new synapses in place of these, way by way and delay by delay, and the numbers of those."""
    ground, new = Ground.of(structure), [goers[:0]]
    for way in ways_of(structure, goers, by_delay=True):
        gone = np.zeros(structure.n_synapses, dtype=bool)
        gone[way.synapses] = True
        room = Room(structure, way, ground, gone)
        these = way.synapses[: len(room)]
        places = room.places(rng.choice(len(room), len(these), replace=False))
        structure = with_new_ends(structure, these, *places, receptor=room.receptors(places))
        new.append(these)
    return structure, np.sort(np.concatenate(new))
