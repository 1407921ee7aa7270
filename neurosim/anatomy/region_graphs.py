"""From a graph of regions to a network of neurons, and back to a summary by region."""

from __future__ import annotations

import dataclasses
import math
import reprlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from neurosim.anatomy import wiring
from neurosim.anatomy.columns import (
    MOST,
    RandomState,
    read_flags,
    read_receptors,
    read_rng,
    read_whole_numbers,
)
from neurosim.anatomy.faults import REGIONS, told_in
from neurosim.anatomy.graphs import check_directed, read_flag
from neurosim.anatomy.network import Network
from neurosim.anatomy.neuron import as_number, read_threshold
from neurosim.anatomy.pieces import joined
from neurosim.anatomy.soma import MODES, Mode, as_mode
from neurosim.anatomy.structure import (
    EXCITATORY,
    INDEX,
    INHIBITORY,
    NO_REGION,
    NOT_SHARED,
    Flags,
    Floats,
    Indices,
    constant,
)
from neurosim.checks import check_number
from neurosim.errors import DataError, GraphError, NeurosimError, OptionError, unknown

if TYPE_CHECKING:
    import networkx as nx

REGION_ATTRIBUTES = (
    "size",
    "shape",
    "mode",
    "threshold",
    "bias",
    "output",
    "branches",
    "receptor",
    "inhibitory",
    "plastic",
)
COLUMNS = ("pre", "post", "weight", "delay", "branch", "receptor", "plastic")
PROJECTION_ATTRIBUTES = ("wiring", "weight", "delay", "receptor", "plastic")


@dataclasses.dataclass(frozen=True)
class _Projection:
    """The synapses from one region to another, with numbers of the whole network."""

    pre: Indices
    post: Indices
    weight: Floats
    delay: Indices
    branch: Indices
    receptor: Indices
    plastic: Flags
    shared: Indices
    maps: Indices | None  # of the postsynaptic neurons: which have one threshold, if the rule says so


@told_in(REGIONS)
def read_regions(regions: nx.DiGraph[Any], mode: Mode, rng: RandomState, dtype: npt.DTypeLike | None) -> Network:
    """Make the network of a graph of regions; see `Network.from_regions`."""
    check_directed(regions, "region")
    if not len(regions):
        raise GraphError("A brain needs at least one region; this graph is empty. Add one: B.add_node('V1', size=10).")
    for region, data in regions.nodes(data=True):
        if not isinstance(region, str):
            raise GraphError(f"A region's name must be text; got {region!r}. Use nx.relabel_nodes(B, str) first.")
        _check_attributes(f"region {region!r}", data, REGION_ATTRIBUTES)
    populations = {region: _population(region, data) for region, data in regions.nodes(data=True)}
    modes = {region: _mode(regions, region, mode) for region in regions}
    sizes = [population.size for population in populations.values()]
    first = dict(zip(regions, np.concatenate([[0], np.cumsum(sizes)[:-1]]).tolist(), strict=True))
    generator = read_rng(rng)
    columns, maps = _synapses(regions, modes, populations, first, generator)
    plastic = {region: read_flag(f"region {region!r}", data) for region, data in regions.nodes(data=True)}
    net = Network.from_arrays(
        names=[f"{region}[{i}]" for region, population in populations.items() for i in range(population.size)],
        modes=[modes[region] for region, population in populations.items() for _ in range(population.size)],
        thresholds=np.repeat([_threshold(region, regions.nodes[region]) for region in regions], sizes),
        regions=[region for region, population in populations.items() for _ in range(population.size)],
        outputs=[first[r] + i for r in _output_regions(regions, modes) for i in range(populations[r].size)],
        receptors=np.concatenate([_receptors(region, populations[region].size, regions) for region in regions]),
        plastic_thresholds=np.repeat([plastic[region] for region in regions], sizes),
        shared_thresholds=_apart([maps[region] for region in regions]),
        rng=generator,
        dtype=dtype,
        copy=False,
        **columns,
    )
    shapes = {region: population.shape for region, population in populations.items() if len(population.shape) > 1}
    return Network(dataclasses.replace(net.structure, region_shapes=shapes), net.weights, net.thresholds)


def write_regions(net: Network) -> nx.DiGraph[Any]:
    """Make the summary by region; see `Network.region_graph`."""
    import networkx as nx

    structure = net.structure
    summary: nx.DiGraph[Any] = nx.DiGraph()
    for number, region in enumerate(structure.regions):
        members = structure.region_of == number
        modes = {str(structure.modes[i]) for i in np.unique(structure.mode_of[members])}
        size = int(members.sum())
        summary.add_node(region, size=size, shape=structure.region_shapes.get(region, (size,)), modes=sorted(modes))
    count = len(structure.regions)
    pre, post = structure.region_of[structure.pre].astype(np.int64), structure.region_of[structure.post]
    inside = (pre != NO_REGION) & (post != NO_REGION)
    pairs, which, synapses = np.unique(pre[inside] * count + post[inside], return_inverse=True, return_counts=True)
    totals = np.bincount(which, weights=net.weights[inside], minlength=len(pairs))
    for pair, n, total in zip(pairs.tolist(), synapses.tolist(), totals.tolist(), strict=True):
        source, target = (structure.regions[i] for i in divmod(pair, count))
        possible = summary.nodes[source]["size"] * summary.nodes[target]["size"]
        summary.add_edge(source, target, synapses=n, density=n / possible, mean_weight=total / n)
    return summary


def _check_attributes(what: str, data: Mapping[str, Any], known: tuple[str, ...]) -> None:
    for key in data:
        if key not in known:
            raise unknown(f"setting of {what} called", key, known)


def _population(region: str, data: Mapping[str, Any]) -> wiring.Population:
    if ("size" in data) == ("shape" in data):
        raise OptionError(
            f"Region {region!r} needs either a size or a shape; got {dict(data)!r}. "
            f"Write B.add_node({region!r}, size=100), or shape=(10, 10) for a grid."
        )
    shape = (data["size"],) if "size" in data else data["shape"]
    whole = isinstance(shape, tuple | list) and all(
        isinstance(n, int | np.integer) and not isinstance(n, bool) for n in shape
    )
    if not whole or not 1 <= len(shape) <= 3 or min(shape) < 1 or math.prod(map(int, shape)) > MOST:
        given = data.get("size", data.get("shape"))
        raise OptionError(
            f"The size of region {region!r} must be a whole number from 1 up, its shape two of them, (rows, columns), "
            f"or three, (maps, rows, columns); got {given!r}."
        )
    return wiring.Population(math.prod(map(int, shape)), tuple(int(n) for n in shape))


def _mode(regions: nx.DiGraph[Any], region: str, default: Mode) -> Mode:
    given = regions.nodes[region].get("mode")
    if given is None:
        return default if regions.in_degree(region) else MODES["sensory"]
    try:
        return as_mode(given)
    except KeyError as error:
        raise type(error)(f"Region {region!r}: {error}") from None


def _threshold(region: str, data: Mapping[str, Any]) -> float:
    return read_threshold(data.get("threshold"), data.get("bias"), f"region {region!r}")


def _branches(regions: nx.DiGraph[Any], modes: Mapping[str, Mode], post: str) -> int:
    """How many dendritic branches a projection makes: more than one only onto maxout neurons."""
    if not modes[post].branched:
        return 1
    branches = regions.nodes[post].get("branches", 2)
    if isinstance(branches, bool) or not isinstance(branches, int) or branches < 1:
        raise OptionError(f"The branches of region {post!r} must be a whole number from 1 up; got {branches!r}.")
    return branches


def _output_regions(regions: nx.DiGraph[Any], modes: Mapping[str, Mode]) -> list[str]:
    marked = [
        region
        for region, data in regions.nodes(data=True)
        if read_flag(f"region {region!r}", data, False, attribute="output")
    ]
    if marked:
        return marked
    return [
        region
        for region in regions
        if modes[region].name != "sensory" and all(target == region for target in regions.successors(region))
    ]


def _synapses(
    regions: nx.DiGraph[Any],
    modes: Mapping[str, Mode],
    populations: Mapping[str, wiring.Population],
    first: Mapping[str, int],
    rng: np.random.Generator,
) -> tuple[dict[str, Any], dict[str, Indices]]:
    """The columns of all synapses, projection after projection, and which neurons of each region have one threshold."""
    projections = [
        _project(pre, post, data, regions.nodes[post], populations, first, _branches(regions, modes, post), rng)
        for pre, post, data in regions.edges(data=True)
    ]
    into: dict[str, list[_Projection]] = {region: [] for region in regions}
    for (_, post), projection in zip(regions.edges, projections, strict=True):
        into[post].append(projection)
    maps = {region: _maps(into[region], population.size) for region, population in populations.items()}
    columns = {column: _joined(projections, column) for column in COLUMNS}
    return {**columns, "shared": _apart([projection.shared for projection in projections])}, maps


def _project(
    pre: str,
    post: str,
    data: Mapping[str, Any],
    data_of_post: Mapping[str, Any],
    populations: Mapping[str, wiring.Population],
    first: Mapping[str, int],
    branches: int,
    rng: np.random.Generator,
) -> _Projection:
    """Draw one projection: the rule's synapses, once for every branch."""
    what = f"projection {pre!r} -> {post!r}"
    _check_attributes(what, data, PROJECTION_ATTRIBUTES)
    drawn, sharing = _draw(what, data, populations[pre], populations[post], branches, rng)
    _check_different(what, drawn)
    sizes = [len(ends[0]) for ends in drawn]
    source, target, weight = (joined(column) for column in zip(*drawn, strict=True))
    for ends, region in ((source, pre), (target, post)):
        size = populations[region].size
        if ends.size and not 0 <= ends.min() <= ends.max() < size:
            raise DataError(
                f"The wiring of the {what} names neurons {ends.min():g} to {ends.max():g} of region {region!r}, which "
                f"has 0 to {size - 1}. Count from 0 within each region, or enlarge it."
            )
    delay = data.get("delay", 0)
    if isinstance(delay, bool) or not isinstance(delay, int | np.integer) or not 0 <= delay <= MOST:
        raise OptionError(f"The delay of the {what} must be a whole number of ticks from 0 up; got {delay!r}.")
    return _Projection(
        pre=_moved(source, first[pre], f"pre in the {what}"),
        post=_moved(target, first[post], f"post in the {what}"),
        weight=weight,
        delay=constant(int(delay), len(weight)),
        branch=joined([constant(branch, size) for branch, size in enumerate(sizes)]),
        receptor=read_receptors(data.get("receptor"), f"the {what}", len(weight)),
        plastic=read_flags(read_flag(what, data) and read_flag(f"region {post!r}", data_of_post), what, len(weight)),
        shared=constant(NOT_SHARED, len(weight)) if sharing is None else _apart([sharing.weights] * branches),
        maps=None if sharing is None else sharing.thresholds,
    )


def _moved(ends: Indices, first: int, what: str) -> Indices:
    """Numbers within a region as numbers within the network, of which the region's first neuron has this one."""
    numbers = read_whole_numbers(ends, what)
    numbers += INDEX(first)
    return numbers


def _draw(
    what: str,
    data: Mapping[str, Any],
    pre: wiring.Population,
    post: wiring.Population,
    branches: int,
    rng: np.random.Generator,
) -> tuple[list[list[npt.NDArray[Any]]], wiring.Sharing | None]:
    """What the rule answers for each branch, as columns of the two ends and the weights, and what it shares."""
    rule = wiring.all_to_all() if data.get("wiring") is None else data["wiring"]
    if isinstance(rule, type) or not callable(rule):
        raise OptionError(f"The wiring of the {what} must be a rule, such as ns.wiring.random(0.2); got {rule!r}.")
    try:
        answers = [rule(pre, post, rng) for _ in range(branches)]
        sharing = rule.sharing(pre, post) if isinstance(rule, wiring.Wiring) else None
    except NeurosimError as error:
        raise type(error)(f"The wiring of the {what}: {error}") from None
    drawn = [_read_ends(what, answer) for answer in answers]
    if data.get("weight") is not None:
        weight = as_number(data["weight"], f"the weight of the {what}")
        drawn = [[*columns[:2], np.broadcast_to(weight, len(columns[0]))] for columns in drawn]
    return [[*columns, np.broadcast_to(np.nan, len(columns[0]))][:3] for columns in drawn], sharing


def _check_different(what: str, drawn: list[list[npt.NDArray[Any]]]) -> None:
    """Raise an OptionError if two branches have the same synapses with the same weights: only one would ever learn."""
    first = drawn[0]
    for other in drawn[1:]:
        if len(first[0]) and all(np.array_equal(*columns) for columns in zip(first, other, strict=True)):
            raise OptionError(
                f"The {what} would give every branch of its maxout neurons the same synapses with the same weights, "
                "so that one of them always decides and the others never learn. Leave the weights to be drawn, or give "
                "the region branches=1."
            )


def _receptors(region: str, size: int, regions: nx.DiGraph[Any]) -> Indices:
    """The receptor of each neuron of a region: one for all, or inhibitory for a share of them, the last ones."""
    data = regions.nodes[region]
    if data.get("inhibitory") is None:
        return read_receptors(data.get("receptor"), f"region {region!r}", size)
    check_number(f"inhibitory of region {region!r}", data["inhibitory"], least=0, most=1)
    if data.get("receptor") is not None:
        raise OptionError(f"Region {region!r} has both a receptor and a share of inhibitory neurons; give one of them.")
    inhibitory = round(size * data["inhibitory"])
    return np.repeat(np.array([EXCITATORY, INHIBITORY], dtype=np.int8), [size - inhibitory, inhibitory])


def _maps(projections: list[_Projection], size: int) -> Indices:
    """Which neurons of a region have one threshold: those of one map, if all that comes in is wired map by map."""
    first = projections[0].maps if projections else None
    if first is not None and all(p.maps is not None and (p.maps == first).all() for p in projections):
        return first
    return constant(NOT_SHARED, size)


def _apart(groups: list[Indices]) -> Indices:
    """Columns of group numbers one after the other, and no group in two of them."""
    columns, used = [constant(NOT_SHARED, 0)], 0
    for column in groups:
        highest = int(column.max(initial=NOT_SHARED))
        if used and highest != NOT_SHARED:
            column = np.where(column == NOT_SHARED, INDEX(NOT_SHARED), column + INDEX(used))
        columns.append(column)
        used += highest + 1
    return joined(columns)


def _read_ends(what: str, drawn: Any) -> list[npt.NDArray[Any]]:
    """What a rule answered: equally long columns of the ends, and perhaps of the weights."""
    try:
        columns = [np.asarray(column) for column in drawn]
    except (TypeError, ValueError):
        columns = []
    sound = len(columns) in (2, 3) and all(column.ndim == 1 and column.dtype.kind in "iuf" for column in columns)
    if not sound or len({len(column) for column in columns}) != 1:
        raise DataError(
            f"The wiring of the {what} must return two arrays of whole numbers, pre and post, equally long, "
            f"and may add one of weights; got {reprlib.repr(drawn)}."
        )
    return columns


def _joined(projections: list[_Projection], column: str) -> npt.NDArray[Any]:
    nothing = np.empty(0, dtype={"weight": float, "plastic": bool}.get(column, INDEX))
    return joined([nothing, *(getattr(projection, column) for projection in projections)])
