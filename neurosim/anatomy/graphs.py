"""From networkx and back: every node a neuron, every edge a synapse."""

from __future__ import annotations

import copy
import dataclasses
import itertools
import math
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from neurosim.anatomy.columns import RandomState, read_position
from neurosim.anatomy.edges import ORDER, Edges
from neurosim.anatomy.faults import GRAPH, MULTIGRAPH, told_in
from neurosim.anatomy.network import Network
from neurosim.anatomy.neuron import check_name, read_threshold
from neurosim.anatomy.soma import Mode, as_mode
from neurosim.anatomy.structure import EITHER, NO_REGION, NOT_SHARED, Flags, Structure, flags, receptor_name
from neurosim.errors import DataError, GraphError, OptionError

if TYPE_CHECKING:
    import networkx as nx

NEURON_ATTRIBUTES = (
    "mode",
    "threshold",
    "bias",
    "region",
    "output",
    "pos",
    "receptor",
    "plastic",
    "shared_threshold",
    "silenced",
)
SYNAPSE_ATTRIBUTES = ("weight", "delay", "branch", "receptor", "plastic", "shared", "cut", ORDER)
GRAPH_ATTRIBUTE = "neurosim"


def read_graph(graph: nx.DiGraph[Any], mode: Mode, rng: RandomState, dtype: npt.DTypeLike | None) -> Network:
    """Make the network of a graph; see `Network.from_graph`."""
    check_directed(graph, "neuron")
    with told_in(MULTIGRAPH if graph.is_multigraph() else GRAPH):
        return _read_graph(graph, mode, rng, dtype)


def _read_graph(graph: nx.DiGraph[Any], mode: Mode, rng: RandomState, dtype: npt.DTypeLike | None) -> Network:
    names = [check_name(node) for node in graph]
    if not names:
        raise GraphError("A network needs at least one neuron; this graph is empty. Add one with G.add_node('x').")
    edges = Edges(graph, names)
    neurons = [data for _, data in graph.nodes(data=True)]
    has_dendrites = np.zeros(len(names), dtype=bool)
    has_dendrites[edges.post] = True
    modes = [
        data["mode"] if data.get("mode") is not None else mode if listens else "sensory"
        for data, listens in zip(neurons, has_dendrites.tolist(), strict=True)
    ]
    header = _header(graph)
    plastic = np.array([read_flag(f"neuron {name!r}", data) for name, data in zip(names, neurons, strict=True)])
    net = Network.from_arrays(
        edges.pre,
        edges.post,
        edges.numbers("weight", "weight of {}"),
        names=names,
        modes=[_mode(name, m) for name, m in zip(names, modes, strict=True)],
        thresholds=np.array([_threshold(name, data) for name, data in zip(names, neurons, strict=True)]),
        regions=[_region(name, data) for name, data in zip(names, neurons, strict=True)],
        outputs=[
            i
            for i, (name, data) in enumerate(zip(names, neurons, strict=True))
            if read_flag(f"neuron {name!r}", data, False, attribute="output")
        ],
        delay=edges.whole_numbers("delay"),
        branch=edges.whole_numbers("branch"),
        receptor=edges.said("receptor"),
        plastic=_plastic(edges, plastic[edges.post]),
        shared=edges.said("shared"),
        receptors=[data.get("receptor") for data in neurons],
        plastic_thresholds=plastic,
        shared_thresholds=[data.get("shared_threshold") for data in neurons],
        silenced=[
            read_flag(f"neuron {name!r}", data, False, attribute="silenced")
            for name, data in zip(names, neurons, strict=True)
        ],
        cut=_cut(edges),
        positions=np.array([read_position(name, data.get("pos")) for name, data in zip(names, neurons, strict=True)]),
        rng=rng,
        dtype=header.get("dtype") if dtype is None else dtype,
        copy=False,
    )
    other = edges.attributes.difference(SYNAPSE_ATTRIBUTES)
    structure = dataclasses.replace(
        net.structure,
        region_shapes=_fitting(header.get("region_shapes", {}), net.regions),
        neuron_notes=_notes(neurons, NEURON_ATTRIBUTES, "node"),
        synapse_notes=_notes(edges.data if other else (), SYNAPSE_ATTRIBUTES, "edge"),
        graph_notes=copy.deepcopy({key: value for key, value in graph.graph.items() if key != GRAPH_ATTRIBUTE}),
    )
    return Network(structure, net.weights, net.thresholds)


def write_graph(net: Network) -> nx.DiGraph[Any]:
    """Make the graph of a network; see `Network.to_graph`."""
    import networkx as nx

    structure = net.structure
    parallel = _has_parallel(structure)
    graph: nx.DiGraph[Any] = nx.MultiDiGraph() if parallel else nx.DiGraph()
    graph.graph.update(copy.deepcopy(dict(structure.graph_notes)))
    graph.graph[GRAPH_ATTRIBUTE] = {"dtype": str(net.dtype), "region_shapes": dict(structure.region_shapes)}
    graph.add_nodes_from(zip(structure.names, _neuron_attributes(net), strict=True))
    pre, post = (map(structure.names.__getitem__, ends.tolist()) for ends in (structure.pre, structure.post))
    rows = _synapse_attributes(net, parallel)
    if parallel:
        graph.add_edges_from(zip(pre, post, structure.branch.tolist(), rows, strict=True))  # type: ignore[arg-type]
    else:
        graph.add_edges_from(zip(pre, post, rows, strict=True))
    return graph


def check_directed(graph: object, what: str) -> None:
    """Raise unless this is a directed networkx graph."""
    import networkx as nx

    if not isinstance(graph, nx.Graph):
        raise DataError(
            f"A networkx graph is needed, every node a {what}; got {type(graph).__name__}. "
            "Make one with G = nx.DiGraph(), or use ns.Network.from_arrays(pre, post, weight)."
        )
    if not graph.is_directed():
        raise GraphError(
            "The graph is undirected, but a synapse leads from one neuron to another. For a synapse each way use "
            "G.to_directed() (and give the loops that this makes a delay), or build a nx.DiGraph."
        )


# --- Reading -------------------------------------------------------------------------------------


def _header(graph: nx.DiGraph[Any]) -> Mapping[str, Any]:
    """What the graph says about the network it came from, if it came from one."""
    header = graph.graph.get(GRAPH_ATTRIBUTE, {})
    if not isinstance(header, Mapping) or not isinstance(header.get("region_shapes", {}), Mapping):
        raise DataError(
            f"G.graph[{GRAPH_ATTRIBUTE!r}] is written by to_graph() and read back here; got {header!r}. "
            f"Remove it: del G.graph[{GRAPH_ATTRIBUTE!r}]."
        )
    return header


def _fitting(shapes: Mapping[str, Sequence[int]], regions: Mapping[str, Sequence[Any]]) -> dict[str, tuple[int, ...]]:
    """The grids of those regions that still fill theirs."""
    return {r: tuple(shape) for r, shape in shapes.items() if r in regions and math.prod(shape) == len(regions[r])}


def _region(name: object, data: Mapping[str, Any]) -> str | None:
    region = data.get("region")
    if region is None or (isinstance(region, str) and region):
        return region
    raise GraphError(f"The region of neuron {name!r} must be text; got {region!r}. Write, say, region='V1'.")


def _mode(name: object, mode: object) -> Mode:
    try:
        return as_mode(mode)
    except KeyError as error:
        raise type(error)(f"Neuron {name!r}: {error}") from None


def read_flag(what: str, data: Mapping[str, Any], otherwise: bool = True, *, attribute: str = "plastic") -> bool:
    """Whether something is plastic (or another attribute), as it says itself, or otherwise."""
    flag = data.get(attribute, otherwise)
    if isinstance(flag, bool | np.bool_):
        return bool(flag)
    raise OptionError(f"The attribute {attribute} of {what} must be True or False; got {flag!r}.")


def _plastic(edges: Edges, posts: Flags) -> Flags:
    """Which edges are plastic: as they say themselves, or as the neurons at their ends."""
    if "plastic" not in edges.attributes:
        return posts
    said = [data.get("plastic", post) for data, post in zip(edges.data, posts.tolist(), strict=True)]
    if not set(map(type, said)) <= {bool, np.bool_}:
        said = [read_flag(edges.label(i), {"plastic": flag}) for i, flag in enumerate(said)]
    return np.array(said, dtype=bool)


def _cut(edges: Edges) -> Flags:
    """Which edges a lesion has taken out."""
    if "cut" not in edges.attributes:
        return flags(False, len(edges.pre))
    said = [read_flag(edges.label(i), data, False, attribute="cut") for i, data in enumerate(edges.data)]
    return np.array(said, dtype=bool)


def _threshold(name: object, data: Mapping[str, Any]) -> float:
    return read_threshold(data.get("threshold"), data.get("bias"), f"neuron {name!r}")


def _notes(rows: Iterable[Mapping[str, Any]], read: Sequence[str], kind: str) -> dict[int, dict[str, Any]]:
    """What neurosim does not read but carries along; a name close to one that it reads gets a warning."""
    notes, known = {}, set(read)
    for i, data in enumerate(rows):
        if not data.keys() <= known:
            notes[i] = copy.deepcopy({key: value for key, value in data.items() if key not in known})
    for key in {key for note in notes.values() for key in note}:
        near = get_close_matches(str(key), read, n=1, cutoff=0.8)
        if near:
            warnings.warn(
                f"The {kind} attribute {key!r} is kept but not read. Did you mean {near[0]!r}?",
                UserWarning,
                stacklevel=4,
            )
    return notes


# --- Writing -------------------------------------------------------------------------------------


def _neuron_attributes(net: Network) -> list[dict[str, Any]]:
    structure = net.structure
    labels = [mode.label for mode in structure.modes]
    rows: list[dict[str, Any]] = [
        {"mode": labels[mode], "threshold": threshold}
        for mode, threshold in zip(structure.mode_of.tolist(), net.thresholds.tolist(), strict=True)
    ]
    for i in np.flatnonzero(structure.region_of != NO_REGION).tolist():
        rows[i]["region"] = structure.regions[structure.region_of[i]]
    for i in np.flatnonzero(structure.marked_outputs).tolist():
        rows[i]["output"] = True
    for i in np.flatnonzero(np.isfinite(structure.positions).all(axis=1)).tolist():
        rows[i]["pos"] = tuple(structure.positions[i].tolist())
    for i in np.flatnonzero(structure.transmitter).tolist():
        rows[i]["receptor"] = receptor_name(structure.transmitter[i])
    for i in np.flatnonzero(~structure.plastic_thresholds).tolist():
        rows[i]["plastic"] = False
    for i in np.flatnonzero(structure.shared_thresholds != NOT_SHARED).tolist():
        rows[i]["shared_threshold"] = int(structure.shared_thresholds[i])
    for i in np.flatnonzero(structure.silenced).tolist():
        rows[i]["silenced"] = True
    for i, note in structure.neuron_notes.items():
        rows[i].update(copy.deepcopy(dict(note)))
    return rows


def _synapse_attributes(net: Network, parallel: bool) -> Iterator[dict[str, Any]]:
    """What there is to say of each synapse, made one after the other."""
    structure = net.structure
    given = zip(net.weights.tolist(), structure.delay.tolist(), strict=True)
    rows: Iterator[dict[str, Any]] = ({"weight": weight, "delay": delay} for weight, delay in given)
    if structure.branch.any():
        rows = _adding(rows, "branch", structure.branch != 0, structure.branch.tolist())
    # What a synapse has from its neurons need not be said again.
    if structure.receptor.any():
        own = (structure.receptor != EITHER) & (structure.transmitter[structure.pre] == EITHER)
        rows = _adding(rows, "receptor", own, map(receptor_name, structure.receptor.tolist()))
    unlike = structure.plastic != structure.plastic_thresholds[structure.post]
    if unlike.any():
        rows = _adding(rows, "plastic", unlike, structure.plastic.tolist())
    shared = structure.shared != NOT_SHARED
    if shared.any():
        rows = _adding(rows, "shared", shared, structure.shared.tolist())
    if structure.cut.any():
        rows = _adding(rows, "cut", structure.cut, itertools.repeat(True))
    if not _in_graph_order(structure, parallel):
        rows = _adding(rows, ORDER, itertools.repeat(True), range(structure.n_synapses))
    if structure.synapse_notes:
        rows = _annotated(rows, structure.synapse_notes)
    return rows


def _adding(
    rows: Iterator[dict[str, Any]], attribute: str, where: Iterable[Any], values: Iterable[Any]
) -> Iterator[dict[str, Any]]:
    for row, here, value in zip(rows, where, values, strict=False):
        if here:
            row[attribute] = value
        yield row


def _annotated(rows: Iterator[dict[str, Any]], notes: Mapping[int, Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    for i, row in enumerate(rows):
        if i in notes:
            row.update(copy.deepcopy(dict(notes[i])))
        yield row


def _in_graph_order(structure: Structure, parallel: bool) -> bool:
    """Whether the synapses stand as a networkx graph lists them.

    That is by presynaptic neuron, then by first contact, then as added.
    """
    if (structure.pre[1:] < structure.pre[:-1]).any():
        return False
    if not parallel:
        return True
    pair = _pairs(structure)
    _, first, inverse = np.unique(pair, return_index=True, return_inverse=True)
    return bool((np.diff(first[inverse]) >= 0).all())


def _has_parallel(structure: Structure) -> bool:
    if not structure.branch.any():
        return False  # between two neurons there is one synapse a branch
    pair = np.sort(_pairs(structure))
    return bool((pair[1:] == pair[:-1]).any())


def _pairs(structure: Structure) -> npt.NDArray[np.int64]:
    """One number for each pair of neurons."""
    return structure.pre.astype(np.int64) * structure.n_neurons + structure.post
