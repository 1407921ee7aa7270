"""Pruning: the weakest synapses go, and every other one stays exactly as it is.

In human frontal cortex the number of synapses falls by about two fifths between the second and the sixteenth year of
life (Huttenlocher, Brain Research 163, 1979). Which of them go is taken to hang on their strength, as in networks
that are pruned by magnitude (Mocanu et al., Nature Communications 9, 2018).
"""

from __future__ import annotations

import numpy as np

from neurosim.anatomy.editing import check_edited, without_synapses
from neurosim.anatomy.network import Network
from neurosim.anatomy.selection import Projections, Regions, synapses_of
from neurosim.anatomy.structure import NOT_SHARED, Flags, Floats, Indices, Structure
from neurosim.checks import check_call, check_count, check_number
from neurosim.errors import OptionError, counted


@check_call("ns.prune(net, count={!r}), or fraction=")
def prune(
    net: Network,
    *,
    count: int | None = None,
    fraction: float | None = None,
    regions: Regions = None,
    projections: Projections = None,
    last_ones: bool = False,
) -> Indices:
    """Remove the weakest synapses, those with the smallest absolute weights; all others are kept bit for bit.

    Frozen synapses stay, and so do those that share their weight with others, and whatever a lesion has taken out. The
    strongest dendrite of each neuron stays as well, unless `last_ones` is said; and where no outputs are marked, the
    strongest synapse that a neuron makes, since without any it would become an output.

    Parameters
    ----------
    net : Network
        Edited in place.
    count : int, optional
        How many go.
    fraction : float from 0 to 1, optional
        Or the share of the plastic synapses named, rounded to a whole number.
    regions : name or names, optional
        Only synapses onto neurons of these regions.
    projections : list of (region, region), optional
        Only synapses from one of these regions to the other. All regions, where neither is named.
    last_ones : bool
        Whether a neuron may lose its last dendrite.

    Returns
    -------
    int array
        The numbers that the lost synapses had in ``net.synapses``, ascending.

    Raises
    ------
    OptionError
        If not so many can go; nothing has changed then.

    Examples
    --------
    >>> import neurosim as ns
    >>> net = ns.Network.from_arrays([0, 1, 0, 1], [2, 2, 3, 3], [0.1, 2.0, 1.0, -0.3], modes="relu")
    >>> ns.prune(net, fraction=0.5)
    array([0, 3])
    >>> net.synapses, net.weights
    ([(1, 2), (0, 3)], array([2., 1.]))
    """
    structure = net.structure
    among = synapses_of(structure, regions, projections) & may_change(structure)
    goers = weakest(structure, net.weights, among, how_many(among, count, fraction, "ns.prune"), last_ones=last_ones)
    gone = np.zeros(structure.n_synapses, dtype=bool)
    gone[goers] = True
    pruned = check_edited(without_synapses(structure, gone))
    net.forget_synapses(gone)
    net._replace(pruned, net.weights[~gone], net.thresholds)
    return np.flatnonzero(gone)


def may_change(structure: Structure) -> Flags:
    """The synapses that may be pruned: plastic, with a weight of their own, and not lost to a lesion."""
    changing: Flags = structure.plastic & (structure.shared == NOT_SHARED) & structure.present
    return changing


def how_many(among: Flags, count: int | None, fraction: float | None, call: str) -> int:
    """A number of synapses that is given as such, or as a share of some."""
    if (count is None) == (fraction is None):
        raise OptionError(
            f"Say either how many or which share, as in {call}(net, count=10) or {call}(net, fraction=0.1)."
        )
    if fraction is None:
        check_count("count", count)
        return int(count or 0)
    check_number("fraction", fraction, least=0, most=1)
    return round(fraction * int(np.count_nonzero(among)))


def weakest(
    structure: Structure, weights: Floats, among: Flags, count: int, *, last_ones: bool = False, most: bool = False
) -> Indices:
    """The numbers of the weakest synapses, the weakest first; of equally weak ones the older go first.

    Parameters
    ----------
    structure : Structure
    weights : float array, shape (synapses,)
    among : bool array, shape (synapses,)
        Those to choose from.
    count : int
    last_ones : bool
        Whether a neuron may lose its last dendrite.
    most : bool
        Whether fewer will do, where there are not so many.
    """
    able = among.copy()
    if not last_ones:
        able[_strongest(structure, weights, among, structure.post)] = False
    if not structure.marked_outputs.any():
        able[_strongest(structure, weights, among, structure.pre)] = False
    numbers = np.flatnonzero(able)
    if count > len(numbers) and not most:
        raise OptionError(_too_many(structure, count, len(numbers), last_ones))
    return numbers[np.argsort(np.abs(weights[numbers]), kind="stable")[:count]]


def _too_many(structure: Structure, count: int, most: int, last_ones: bool) -> str:
    stays = [] if last_ones else ["the last dendrite of each neuron stays unless last_ones=True"]
    if not structure.marked_outputs.any():
        stays.append("the last synapse that a neuron makes stays because no outputs are marked")
    why = f" ({'; '.join(stays)})" if stays else ""
    return (
        f"{counted(count, 'synapse')} cannot be pruned, only {most:,} can: of those named, the plastic ones with a "
        f"weight of their own that no lesion has taken out{why}. Ask for fewer, or name more regions."
    )


def _strongest(structure: Structure, weights: Floats, among: Flags, of: Indices) -> Indices:
    """For each neuron the strongest of its synapses among these, if it has no others; `of` says whose each is."""
    others = np.zeros(structure.n_neurons, dtype=bool)
    others[of[structure.present & ~among]] = True
    numbers = np.flatnonzero(among & ~others[of])
    order = numbers[np.lexsort((np.abs(weights[numbers]), of[numbers]))]
    last: Indices = order[np.append(np.diff(of[order]) != 0, True)[: len(order)]]
    return last
