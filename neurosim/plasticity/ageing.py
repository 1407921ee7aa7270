"""Age at work: longer and shorter steps by region, and synapses that come and go between epochs of training."""

from __future__ import annotations

import numpy as np

from neurosim.anatomy.growing import replace_synapses
from neurosim.anatomy.network import Network
from neurosim.anatomy.pieces import first_of_each
from neurosim.anatomy.pruning import may_change, weakest
from neurosim.anatomy.structure import NO_REGION, NOT_SHARED, Floats, Indices, Structure
from neurosim.plasticity.ages import Plasticity
from neurosim.plasticity.learning import Layout
from neurosim.plasticity.optimizers import OptimizerState
from neurosim.plasticity.plastic import Plastic


def factors_at(
    plasticity: Plasticity, age: int, structure: Structure, plastic: Plastic, layout: Layout
) -> Floats | None:
    """By how much each parameter's step is longer or shorter at this age; None where all are as long as ever.

    Parameters
    ----------
    plasticity : Plasticity
    age : int
        In epochs since birth.
    structure : Structure
    plastic : Plastic
        Which parameters there are: what is one weight in several regions is told by its first place.
    layout : Layout
        In whose order `plastic` has them.
    """
    regions = [*structure.regions, None]  # the last one is that of the neurons of no region, whose number is -1
    by_region = np.array([plasticity.learning_rate_of(region, age) for region in regions])
    if (by_region == 1).all():
        return None
    own = structure.region_of[layout.neurons]
    factors: Floats = by_region[plastic.read(structure.region_of[structure.post[layout.synapses]], own)]
    return factors


def turn_over(
    plasticity: Plasticity, age: int, net: Network, rng: np.random.Generator, *, in_time: bool = False
) -> Indices:
    """Replace the share of each region's synapses that this age asks for; returns the numbers of the new ones.

    Where fewer may go, or there is less room, fewer are replaced. Nothing is drawn at random if there is no turnover.

    Parameters
    ----------
    plasticity : Plasticity
    age : int
    net : Network
        Edited in place.
    rng : numpy.random.Generator
    in_time : bool
        Whether what is learnt has ticks; in a single one synapses with a delay learn nothing, and are left alone.
    """
    structure = net.structure
    region_of, able = structure.region_of[structure.post], may_change(structure)
    if not in_time:
        able &= structure.acting
    goers: list[Indices] = [np.empty(0, dtype=np.int64)]
    for number, region in [*enumerate(structure.regions), (NO_REGION, None)]:
        mine = able & (region_of == number)
        count = round(plasticity.turnover_of(region, age) * int(np.count_nonzero(mine)))
        if count:
            goers.append(weakest(structure, net.weights, mine, count, most=True))
    chosen = np.concatenate(goers)
    return replace_synapses(net, chosen, plasticity.newborn, rng) if chosen.size else chosen


# --- What the optimizer remembers ------------------------------------------------------------------


def identities(structure: Structure, plastic: Plastic, layout: Layout) -> Indices:
    """A number for each parameter that is the same in every layout: of its first synapse or neuron."""
    synapses = _first_like_it(structure.shared)[layout.synapses]
    neurons = _first_like_it(structure.shared_thresholds)[layout.neurons]
    return plastic.read(synapses, structure.n_synapses + neurons)


def _first_like_it(groups: Indices) -> Indices:
    """For each entry the first one that it is one parameter with."""
    first: Indices = np.arange(len(groups))
    sharing = groups != NOT_SHARED
    first[sharing] = first_of_each(groups)[groups[sharing]]
    return first


def carried_over(state: OptimizerState, before: Indices, after: Indices, fresh: OptimizerState) -> OptimizerState:
    """What an optimizer remembers of the parameters that are still there, and of newcomers what it has at a start.

    Parameters
    ----------
    state : dict
        For the parameters `before`.
    before, after : int arrays
        The identities of the parameters; those of what was replaced are -1 in `before`.
    fresh : dict
        For the parameters `after`, as the optimizer begins with: of its arrays, those with an entry for each parameter
        are filled; everything else, such as a count of steps, is that of `state`.
    """
    position = np.full(int(max(before.max(initial=-1), after.max(initial=-1))) + 2, -1)  # its last entry is for -1
    known = before >= 0
    position[before[known]] = np.flatnonzero(known)
    source = position[after]
    stayed = source >= 0
    carried = dict(state)
    for name, values in state.items():
        new = np.array(fresh[name])
        if values.shape == before.shape and new.shape == after.shape:
            new[stayed] = values[source[stayed]]
            carried[name] = new
    return carried
