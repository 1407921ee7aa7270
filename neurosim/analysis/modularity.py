"""Whether a network has modules: communities of neurons that talk among themselves more than to others."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from neurosim.anatomy.columns import RandomState, read_rng
from neurosim.anatomy.network import Network
from neurosim.anatomy.neuron import Name
from neurosim.anatomy.structure import Flags, Floats, Indices
from neurosim.checks import check_call, check_count, check_number
from neurosim.errors import DataError, OptionError, counted, shorten
from neurosim.physiology.stimulus import check_network

if TYPE_CHECKING:
    import networkx as nx


MOST_TOLD = 8  # communities
SAME = 1e-12  # two sums of the same numbers in another order differ by less


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Modularity:
    """The communities of a network and how marked they are; ``print`` it. See `modularity`.

    Attributes
    ----------
    q : float
        Newman's Q of the communities.
    communities : tuple of tuples
        The neurons of each, the largest first.
    null : float array, shape (shuffles,)
        Q of the communities found after the weights were shuffled over the same synapses.
    regions : mapping
        The region of each neuron, for those that have one.
    graph : networkx.DiGraph
        What was looked at: |weight| on every synapse.
    """

    q: float
    communities: tuple[tuple[Name, ...], ...]
    null: Floats
    regions: Mapping[Name, str]
    graph: nx.DiGraph[Any]

    @property
    def z(self) -> float:
        """How many standard deviations of the shuffled networks Q is above their mean.

        NaN with fewer than two shuffles, or where all have the same Q.
        """
        spread = self.null.std(ddof=1) if len(self.null) > 1 else np.nan
        return float((self.q - self.null.mean()) / spread) if spread > 0 else float("nan")

    @property
    def p(self) -> float:
        """How often shuffled networks have as large a Q: (as large + 1) / (shuffles + 1)."""
        return float(((self.null >= self.q - SAME).sum() + 1) / (len(self.null) + 1))

    @property
    def community_of(self) -> dict[Name, int]:
        """For each neuron the number of its community, from 0."""
        return {name: number for number, members in enumerate(self.communities) for name in members}

    def agreement(self, groups: Mapping[Name, Any] | Iterable[str] | None = None) -> float:
        """How well communities match regions: the adjusted Rand index, 1 for the same division, about 0 by chance.

        Parameters
        ----------
        groups : sequence of str, or mapping, optional
            Some regions, whose neurons alone are looked at; or for each neuron the group that it should belong to,
            such as the task that needs it. All regions, unless given.

        Returns
        -------
        float

        Raises
        ------
        DataError
            If there are fewer than two neurons to compare.
        """
        if groups is None or isinstance(groups, Mapping):
            wanted = self.regions if groups is None else groups
        else:
            chosen = [groups] if isinstance(groups, str) else list(groups)
            wanted = {name: region for name, region in self.regions.items() if region in chosen}
        found = self.community_of
        names = [name for name in wanted if name in found]
        if len(names) < 2:
            raise DataError(
                f"There are {counted(len(names), 'neuron')} to compare with communities, and it takes two. The regions "
                f"looked at are {shorten(dict.fromkeys(self.regions.values()))}."
            )
        return adjusted_rand_index([found[name] for name in names], [wanted[name] for name in names])

    def _why_no_z(self) -> str:
        if len(self.null) < 2:
            return "it takes two shuffles or more; write shuffles=100"
        return "all shuffles have the same Q"

    def __repr__(self) -> str:
        lines = [f"Modularity: {counted(len(self.communities), 'community', 'communities')}, Q = {self.q:.3f}"]
        if len(self.null):
            over = f"over {counted(len(self.null), 'shuffle')} of the same weights"
            z = f"z = {self.z:.1f}" if np.isfinite(self.z) else f"no z ({self._why_no_z()})"
            lines.append(f"  shuffled   Q = {self.null.mean():.3f} {over}; {z}, p = {self.p:.3g}")
        for number, members in enumerate(self.communities[:MOST_TOLD]):
            counts: dict[str, int] = {}
            for name in members:
                region = self.regions.get(name, "no region")
                counts[region] = counts.get(region, 0) + 1
            told = ", ".join(f"{count} of {region}" for region, count in counts.items())
            lines.append(f"  {number}   {counted(len(members), 'neuron')}: {told}")
        if len(self.communities) > MOST_TOLD:
            lines.append(f"  ... ({len(self.communities)} in all)")
        return "\n".join(lines)


_INSTEAD = {
    **dict.fromkeys(("seed", "random_state"), "Write rng=0."),
    **dict.fromkeys(("gamma",), "Write resolution=1.0."),
    **dict.fromkeys(("null", "n_shuffles", "permutations"), "Write shuffles=100."),
}


@check_call("its name before it, as in ns.modularity(net, regions={!r})", _INSTEAD)
def modularity(
    net: Network,
    *,
    regions: str | Sequence[str] | None = None,
    shuffles: int = 100,
    resolution: float = 1.0,
    rng: RandomState = None,
) -> Modularity:
    """Find the communities of a network, and how much more than chance they keep to themselves.

    Newman's Q for a directed graph with the absolute weights on its synapses (Leicht and Newman 2008, Physical Review
    Letters 100): with s_out and s_in the sums of absolute weights that a neuron sends and receives, and m the sum of
    all, ::

        Q = 1/m * sum over pairs in the same community of (|w_ij| - resolution * s_out,i * s_in,j / m)

    Communities are found by Louvain's method (Blondel et al. 2008, Journal of Statistical Mechanics), which finds a
    large Q, not always the largest. Every network has some, and a sparse or layered one a large Q by its wiring
    alone. So the same is done after shuffling the weights over the same synapses: what Q is above that is due to
    which synapses are strong.

    Parameters
    ----------
    net : Network
        Synapses that a lesion has cut are left out.
    regions : str or sequence of str, optional
        Look at these alone and at the synapses between them; at the whole network unless given. (A sensory region that
        all others listen to ties them together.)
    shuffles : int
        How many shuffled networks; 0 for none. To know how much they vary, for z, takes two, and better 20 or more.
    resolution : float > 0
        Larger for smaller communities.
    rng : int or numpy.random.Generator, optional
        For the order in which Louvain's method goes through the neurons, and for shuffling.

    Returns
    -------
    Modularity
        ``ns.plot`` draws it.

    Raises
    ------
    DataError
        If all weights there are 0.
    OptionError, UnknownNameError
        If an argument cannot be used.

    Examples
    --------
    >>> import neurosim as ns
    >>> pairs = [(i, j) for i in range(4) for j in range(4, 8)]
    >>> weights = [1.0 if (i < 2) == (j < 6) else 0.1 for i, j in pairs]
    >>> net = ns.Network.from_arrays(*zip(*pairs), weights, regions=["a", "a", "b", "b"] * 2)
    >>> found = ns.modularity(net, rng=0)
    >>> found
    Modularity: 2 communities, Q = 0.409
      shuffled   Q = 0.230 over 100 shuffles of the same weights; z = 4.1, p = 0.0099
      0   4 neurons: 4 of a
      1   4 neurons: 4 of b
    >>> found.agreement()
    1.0
    """
    check_network(net)
    check_count("shuffles", shuffles)
    check_number("resolution", resolution, above=0)
    generator = read_rng(rng)
    structure = net.structure
    neurons = np.ones(len(net), dtype=bool) if regions is None else _neurons(net, regions)
    synapses = np.flatnonzero(neurons[structure.pre] & neurons[structure.post] & structure.present)
    weights = np.abs(net.weights[synapses]).astype(np.float64)
    if not weights.any():
        raise DataError(
            "There is no synapse with a weight other than 0 among these neurons, so there are no communities to find. "
            "Name more regions, or leave out regions= for the whole network."
        )
    numbers = np.flatnonzero(neurons & ~structure.silenced)
    names = structure.names
    graph = _graph(numbers, structure.pre[synapses], structure.post[synapses], weights)
    found, q = _communities(graph, resolution, generator)
    null = np.empty(shuffles)
    for k in range(shuffles):
        shuffled = _graph(numbers, structure.pre[synapses], structure.post[synapses], generator.permutation(weights))
        null[k] = _communities(shuffled, resolution, generator)[1]
    import networkx as nx

    return Modularity(
        q=q,
        communities=tuple(tuple(names[i] for i in members) for members in found),
        null=null,
        regions={names[i]: structure.regions[structure.region_of[i]] for i in numbers if structure.region_of[i] >= 0},
        graph=nx.relabel_nodes(graph, dict(enumerate(names))),
    )


def _neurons(net: Network, regions: Any) -> Flags:
    named = [regions] if isinstance(regions, str) else list(regions)
    if not named:
        raise OptionError("There is nothing to look at: regions is empty. Name some, or leave it out for all.")
    chosen = np.zeros(len(net), dtype=bool)
    for name in named:
        chosen[net.structure.members(name)] = True
    return chosen


def _graph(neurons: Indices, pre: Indices, post: Indices, weights: Floats) -> nx.DiGraph[Any]:
    """Absolute weights as a directed graph; parallel synapses add up, and a weight of 0 is no edge."""
    import networkx as nx

    graph: nx.DiGraph[Any] = nx.DiGraph()
    graph.add_nodes_from(neurons.tolist())
    key, place = np.unique(pre.astype(np.int64) * (int(neurons.max()) + 1) + post, return_inverse=True)
    summed = np.bincount(place, weights=weights)
    ends = np.divmod(key[summed > 0], int(neurons.max()) + 1)
    graph.add_weighted_edges_from(zip(ends[0].tolist(), ends[1].tolist(), summed[summed > 0].tolist(), strict=True))
    return graph


def _communities(graph: nx.DiGraph[Any], resolution: float, rng: np.random.Generator) -> tuple[list[list[int]], float]:
    """Louvain's communities, the largest first, and their Q."""
    import networkx as nx

    seed = int(rng.integers(2**31))
    found = nx.community.louvain_communities(graph, weight="weight", resolution=resolution, seed=seed)
    ordered = sorted((sorted(members) for members in found), key=lambda members: (-len(members), members))
    return ordered, float(nx.community.modularity(graph, map(set, ordered), weight="weight", resolution=resolution))


def adjusted_rand_index(one: Sequence[Any], other: Sequence[Any]) -> float:
    """How far two divisions into groups agree: 1 where they are the same, 0 on average by chance.

    Of all pairs of things, the share that both put together or both put apart, corrected for what random divisions
    with groups of the same sizes have (Hubert and Arabie 1985, Journal of Classification 2).

    Parameters
    ----------
    one, other : sequence
        For each thing a label of its group.

    Returns
    -------
    float

    Examples
    --------
    >>> from neurosim.analysis.modularity import adjusted_rand_index
    >>> adjusted_rand_index([0, 0, 1, 1], ["a", "a", "b", "b"]), adjusted_rand_index([0, 0, 1, 1], [0, 1, 0, 1])
    (1.0, -0.5)
    """
    places = [np.unique(np.asarray(labels, dtype=str), return_inverse=True)[1] for labels in (one, other)]
    counts = np.zeros([int(place.max()) + 1 for place in places], dtype=np.int64)
    np.add.at(counts, tuple(places), 1)
    together, mine, its, every = (_pairs(sizes) for sizes in (counts, counts.sum(1), counts.sum(0), counts.sum()))
    chance = mine * its  # whole numbers, so that a perfect match is 1 and not nearly so
    return (
        1.0
        if (mine + its) * every == 2 * chance
        else 2 * (together * every - chance) / ((mine + its) * every - 2 * chance)
    )


def _pairs(sizes: Any) -> int:
    """How many pairs there are within groups of these sizes."""
    return int((sizes * (sizes - 1) // 2).sum())
