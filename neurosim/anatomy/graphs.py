"""From networkx and back: every node a neuron, every edge a synapse."""

from __future__ import annotations

import copy
import dataclasses
import math
import warnings
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from neurosim.anatomy.columns import RandomState, read_position
from neurosim.anatomy.faults import GRAPH, MULTIGRAPH, told_in
from neurosim.anatomy.network import Network
from neurosim.anatomy.neuron import as_number, check_name, read_threshold
from neurosim.anatomy.soma import Mode, as_mode
from neurosim.anatomy.structure import EITHER, NO_REGION, NOT_SHARED, Structure, receptor_name
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
)
ORDER = "neurosim_order"  # on edges, where synapses stand in another order than networkx lists edges
SYNAPSE_ATTRIBUTES = ("weight", "delay", "branch", "receptor", "plastic", "shared", ORDER)
GRAPH_ATTRIBUTE = "neurosim"


def read_graph(graph: nx.DiGraph[Any], mode: Mode, rng: RandomState, dtype: npt.DTypeLike | None) -> Network:
    """Make the network of a graph; see `Network.from_graph`."""
    check_directed(graph, "neuron")
    with told_in(MULTIGRAPH if graph.is_multigraph() else GRAPH):
        return _read_graph(graph, mode, rng, dtype)


def _read_graph(graph: nx.DiGraph[Any], mode: Mode, rng: RandomState, dtype: npt.DTypeLike | None) -> Network:
    names = [check_name(node) for node in graph]
    number = {node: i for i, node in enumerate(graph)}
    if not names:
        raise GraphError("A network needs at least one neuron; this graph is empty. Add one with G.add_node('x').")
    ends, edges = _edges(graph)
    neurons = [data for _, data in graph.nodes(data=True)]
    has_dendrites = {post for _, post in ends}
    modes = [
        data["mode"] if data.get("mode") is not None else mode if node in has_dendrites else "sensory"
        for node, data in zip(graph, neurons, strict=True)
    ]
    header = _header(graph)
    plastic = [read_flag(f"neuron {name!r}", data) for name, data in zip(names, neurons, strict=True)]
    plastic_posts = [plastic[number[post]] for _, post in ends]
    net = Network.from_arrays(
        np.array([number[pre] for pre, _ in ends], dtype=np.int64),
        np.array([number[post] for _, post in ends], dtype=np.int64),
        _weights(ends, edges),
        names=names,
        modes=[_mode(name, m) for name, m in zip(names, modes, strict=True)],
        thresholds=np.array([_threshold(name, data) for name, data in zip(names, neurons, strict=True)]),
        regions=[_region(name, data) for name, data in zip(names, neurons, strict=True)],
        outputs=[
            i
            for i, (name, data) in enumerate(zip(names, neurons, strict=True))
            if read_flag(f"neuron {name!r}", data, False, attribute="output")
        ],
        delay=_whole_numbers("delay", ends, edges),
        branch=_whole_numbers("branch", ends, edges),
        receptor=[data.get("receptor") for data in edges],
        plastic=np.array(_plastic(ends, edges, plastic_posts), dtype=bool),
        shared=[data.get("shared") for data in edges],
        receptors=[data.get("receptor") for data in neurons],
        plastic_thresholds=np.array(plastic, dtype=bool),
        shared_thresholds=[data.get("shared_threshold") for data in neurons],
        positions=np.array([read_position(name, data.get("pos")) for name, data in zip(names, neurons, strict=True)]),
        rng=rng,
        dtype=header.get("dtype") if dtype is None else dtype,
    )
    structure = dataclasses.replace(
        net.structure,
        region_shapes=_fitting(header.get("region_shapes", {}), net.regions),
        neuron_notes=_notes(neurons, NEURON_ATTRIBUTES, "node"),
        synapse_notes=_notes(edges, SYNAPSE_ATTRIBUTES, "edge"),
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
    edges = zip(net.synapses, structure.branch.tolist(), _synapse_attributes(net), strict=True)
    if parallel:
        graph.add_edges_from((*ends, branch, data) for ends, branch, data in edges)  # type: ignore[misc]
    else:
        graph.add_edges_from((*ends, data) for ends, _, data in edges)
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


def _edges(graph: nx.DiGraph[Any]) -> tuple[list[tuple[Any, Any]], list[dict[str, Any]]]:
    """The ends and the attributes of every edge, in the order of the network it came from, if it came from one."""
    if graph.is_multigraph():
        rows = []
        for pre, post, key, data in graph.edges(keys=True, data=True):  # type: ignore[call-overload]
            branch = int(key) if isinstance(key, int | np.integer) and key >= 0 else 0
            rows.append((pre, post, data if "branch" in data else {**data, "branch": branch}))
    else:
        rows = list(graph.edges(data=True))
    if any(ORDER in data for _, _, data in rows):
        rows.sort(key=_order)  # stable: edges added since come last, in their own order
    return [(pre, post) for pre, post, _ in rows], [data for _, _, data in rows]


def _order(row: tuple[Any, Any, Mapping[str, Any]]) -> float:
    pre, post, data = row
    if ORDER not in data:
        return math.inf
    return as_number(data[ORDER], f"the {ORDER} of {pre!r} -> {post!r}, its place among the synapses,")


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


def _plastic(ends: Sequence[tuple[Any, Any]], edges: Sequence[Mapping[str, Any]], posts: list[bool]) -> list[bool]:
    return [
        read_flag(f"{pre!r} -> {post!r}", data, otherwise)
        for (pre, post), data, otherwise in zip(ends, edges, posts, strict=True)
    ]


def _threshold(name: object, data: Mapping[str, Any]) -> float:
    return read_threshold(data.get("threshold"), data.get("bias"), f"neuron {name!r}")


def _weights(ends: Sequence[tuple[Any, Any]], edges: Sequence[Mapping[str, Any]]) -> npt.NDArray[np.float64]:
    return np.array(
        [
            np.nan if data.get("weight") is None else as_number(data["weight"], f"the weight of {pre!r} -> {post!r}")
            for (pre, post), data in zip(ends, edges, strict=True)
        ]
    )


def _whole_numbers(attribute: str, ends: Sequence[tuple[Any, Any]], edges: Sequence[Mapping[str, Any]]) -> list[int]:
    values = [data.get(attribute, 0) for data in edges]
    for i, ((pre, post), value) in enumerate(zip(ends, values, strict=True)):
        if isinstance(value, float) and value.is_integer():  # as tables bring them
            values[i] = int(value)
        elif type(value) is not int and not isinstance(value, np.integer):
            raise OptionError(
                f"The {attribute} of {pre!r} -> {post!r} must be a whole number from 0 up; got {value!r}."
            )
    return values


def _notes(rows: Iterable[Mapping[str, Any]], read: Sequence[str], kind: str) -> dict[int, dict[str, Any]]:
    """What neurosim does not read but carries along; a name close to one that it reads gets a warning."""
    notes = {}
    for i, data in enumerate(rows):
        if not data.keys() <= set(read):
            notes[i] = copy.deepcopy({key: value for key, value in data.items() if key not in read})
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
    for i, note in structure.neuron_notes.items():
        rows[i].update(copy.deepcopy(dict(note)))
    return rows


def _synapse_attributes(net: Network) -> list[dict[str, Any]]:
    structure = net.structure
    rows: list[dict[str, Any]] = [
        {"weight": weight, "delay": delay}
        for weight, delay in zip(net.weights.tolist(), structure.delay.tolist(), strict=True)
    ]
    for s in np.flatnonzero(structure.branch).tolist():
        rows[s]["branch"] = int(structure.branch[s])
    # What a synapse has from its neurons need not be said again.
    for s in np.flatnonzero(structure.receptor * (structure.transmitter[structure.pre] == EITHER)).tolist():
        rows[s]["receptor"] = receptor_name(structure.receptor[s])
    for s in np.flatnonzero(structure.plastic != structure.plastic_thresholds[structure.post]).tolist():
        rows[s]["plastic"] = bool(structure.plastic[s])
    for s in np.flatnonzero(structure.shared != NOT_SHARED).tolist():
        rows[s]["shared"] = int(structure.shared[s])
    if (np.diff(_graph_order(structure)) < 0).any():
        for s, row in enumerate(rows):
            row[ORDER] = s
    for s, note in structure.synapse_notes.items():
        rows[s].update(copy.deepcopy(dict(note)))
    return rows


def _graph_order(structure: Structure) -> npt.NDArray[np.integer[Any]]:
    """The synapses as a networkx graph lists them: by presynaptic neuron, then by first contact, then as added."""
    pair = structure.pre.astype(np.int64) * structure.n_neurons + structure.post
    _, first, inverse = np.unique(pair, return_index=True, return_inverse=True)
    return np.lexsort((np.arange(len(pair)), first[inverse], structure.pre))


def _has_parallel(structure: Structure) -> bool:
    pair = structure.pre.astype(np.int64) * structure.n_neurons + structure.post
    return len(np.unique(pair)) < len(pair)
