"""Random networks and graphs for property tests, and a way to compare two networks column by column.

Hypothesis draws the sizes, which shrink, and a seed; numpy draws the rest from the seed, which is fast.

>>> from hypothesis import given
>>> @given(net=acyclic_networks(max_neurons=20, modes=("relu", "linear")))
... def test_something(net): ...
"""

import random

import networkx as nx
import numpy as np
from hypothesis import strategies as st

import neurosim as ns

SEEDS = st.integers(0, 2**32 - 1)

GRADED = tuple(name for name, mode in ns.MODES.items() if mode.differentiable)
"""The modes that a gradient passes through."""


# --- Networks ------------------------------------------------------------------------------------


def acyclic_networks(
    min_neurons=2,
    max_neurons=60,
    modes=tuple(ns.MODES),
    *,
    loops=False,
    tenths=False,
    laws=False,
    dtype="float64",
):
    """Networks with skip connections, mixed modes and parallel branches; about one weight in seven is 0.

    Parameters
    ----------
    min_neurons, max_neurons : int
        At least one of them is sensory, at least one is not.
    modes : sequence of str or Mode
        For the neurons that are not sensory. A maxout neuron has up to three branches, and so may
        listen to the same neuron several times.
    loops : bool
        Whether there may also be synapses with a delay of 1 to 3 ticks: between any two neurons, in any
        direction, also onto themselves.
    tenths : bool
        Weights and thresholds are multiples of 0.1, so that many drives tie with their threshold; otherwise normal.
    laws : bool
        Whether there are also receptors (of neurons and of single synapses), frozen and shared weights and thresholds.
    dtype : str

    Returns
    -------
    SearchStrategy[Network]
        Synapses come in no particular order, names are text, numbers or both.
    """
    dendritic = tuple(mode for mode in modes if mode not in ("sensory", ns.Sensory()))
    return st.builds(
        lambda n, density, seed: _network(
            n, density, np.random.default_rng(seed), dendritic, loops, tenths, laws, dtype
        ),
        st.integers(min_neurons, max_neurons),
        st.sampled_from([0.1, 0.3, 0.6, 1.0]),
        SEEDS,
    )


def _network(n, density, rng, modes, loops, tenths, laws, dtype):
    n_sensory = int(rng.integers(1, max(1, n // 3) + 1))
    rank = rng.permutation(n)  # neurons by place in the order of computation; the first ones are sensory
    mode_of = ["sensory"] * n
    rows = []  # pre, post, delay, branch
    for place in range(n_sensory, n):
        post = int(rank[place])
        mode_of[post] = modes[rng.integers(len(modes))]
        branches = int(rng.integers(1, 4)) if mode_of[post] in ("maxout", ns.Maxout()) else 1
        for branch in range(branches):
            rows += [(pre, post, 0, branch) for pre in rank[:place][rng.random(place) < density]]
    if loops:
        able = rank[n_sensory:]
        ends = np.column_stack([rng.choice(rank, n), rng.choice(able, n)])
        taken = {(pre, post) for pre, post, _, _ in rows}
        rows += [
            (i, j, rng.integers(1, 4), rng.integers(0, 4))
            for i, j in dict.fromkeys(map(tuple, ends))
            if (i, j) not in taken
        ]
    rng.shuffle(rows)
    pre, post, delay, branch = np.array(rows, dtype=int).reshape(-1, 4).T
    weights, thresholds = _numbers(rng, len(rows), tenths), _numbers(rng, n, tenths)
    silent = np.setdiff1d(np.arange(n), pre)
    mark = rng.random() < 0.3 or not silent.size
    return ns.Network.from_arrays(
        pre,
        post,
        weights,
        names=_names(rng, n),
        modes=mode_of,
        thresholds=thresholds,
        regions=[(None, "V1", "IT")[i] for i in rng.integers(3, size=n)],
        outputs=np.unique(np.append(rng.integers(n, size=2), rank[-1])) if mark else None,
        delay=delay,
        branch=branch,
        positions=np.where(rng.random((n, 1)) < 0.5, rng.random((n, 2)), np.nan),
        dtype=dtype,
        **(_laws(rng, pre, weights, thresholds) if laws else {}),
    )


def _laws(rng, pre, weights, thresholds):
    """Receptors, frozen and shared numbers; weights and thresholds are made to fit them, in place."""
    transmitter = rng.choice([0, 0, 1, -1], len(thresholds))
    receptor = np.where(transmitter[pre] != 0, transmitter[pre], rng.choice([0, 0, 1, -1], len(pre)))
    weights[:] = np.where(receptor != 0, receptor * np.abs(weights), weights)
    plastic = rng.random(len(pre)) < 0.8
    plastic_thresholds = rng.random(len(thresholds)) < 0.8
    shared = rng.integers(-6, 2, len(pre))
    shared = np.where(shared < 0, -1, (shared * 3 + receptor + 1) * 2 + plastic)
    shared_thresholds = rng.integers(-3, 2, len(thresholds))
    shared_thresholds = np.where(shared_thresholds < 0, -1, shared_thresholds * 2 + plastic_thresholds)
    for groups, values in ((shared, weights), (shared_thresholds, thresholds)):
        for group in np.unique(groups[groups >= 0]):
            values[groups == group] = values[groups == group][0]
    return {
        "receptor": receptor,
        "plastic": plastic,
        "shared": shared,
        "receptors": transmitter,
        "plastic_thresholds": plastic_thresholds,
        "shared_thresholds": shared_thresholds,
    }


def _numbers(rng, size, tenths):
    numbers = rng.integers(-10, 11, size) / 10 if tenths else rng.normal(size=size)
    return np.where(rng.random(size) < 1 / 7, 0.0, numbers)


def _names(rng, n):
    style = rng.integers(3)
    return [i if style == 0 or (style == 1 and i % 2) else f"n{i}" for i in range(n)]


# --- Graphs --------------------------------------------------------------------------------------

USER_ATTRIBUTES = {"colour": "red", "n_spines": 12, "tags": ["a", 2], "position in the atlas": (1.0, None)}


def graphs(min_neurons=2, max_neurons=25, *, parallel=None, laws=False):
    """Graphs that `Network.from_graph` reads, with every attribute that it knows and some of the user's own.

    Parameters
    ----------
    min_neurons, max_neurons : int
    parallel : bool, optional
        Whether they are MultiDiGraphs; both kinds unless said.
    laws : bool
        Whether there are also receptors, frozen and shared weights and thresholds.

    Returns
    -------
    SearchStrategy[nx.DiGraph]
        Every weight is given. Nodes are text and whole numbers; what has a delay may close loops.
    """
    return st.builds(
        lambda n, multi, seed: _graph(n, multi, laws, random.Random(seed)),
        st.integers(min_neurons, max_neurons),
        st.booleans() if parallel is None else st.just(parallel),
        SEEDS,
    )


def _graph(n, multi, laws, rng):
    graph = nx.MultiDiGraph() if multi else nx.DiGraph()
    if rng.random() < 0.5:
        graph.graph.update(title="a graph", year=1943)
    nodes = [i if rng.random() < 0.5 else f"cell {i}" for i in range(n)]
    n_sensory = rng.randint(1, max(1, n // 2))
    dendritic = [*(mode for mode in ns.MODES if mode != "sensory"), ns.LeakyReLU(slope=0.05), ns.ELU(alpha=0.5)]
    for place in rng.sample(range(n), n):  # nodes are added in another order than that of computation
        mode = "sensory" if place < n_sensory else rng.choice(dendritic)
        graph.add_node(nodes[place], mode=mode, **_node_attributes(rng), **_user_attributes(rng))
    pairs = [(i, j) for j in range(n_sensory, n) for i in range(j) if rng.random() < 0.3]
    for i, j in rng.sample(pairs, len(pairs)):
        branches = rng.sample(range(5), rng.randint(1, 3)) if multi else [rng.choice([0, 0, 0, 1, 2])]
        for branch in branches:
            chosen = {"key": branch} if multi else {"branch": branch}
            graph.add_edge(nodes[i], nodes[j], weight=_weight(rng), delay=0, **chosen, **_user_attributes(rng))
    for j in range(n_sensory, n):
        if rng.random() < 0.2:
            later = nodes[rng.randrange(j, n)]
            if not graph.has_edge(later, nodes[j]):
                graph.add_edge(later, nodes[j], weight=_weight(rng), delay=rng.randint(1, 3), **_user_attributes(rng))
    graph.nodes[nodes[-1]]["output"] = True
    if laws:
        _lay_down_laws(graph, rng)
    return graph


def _lay_down_laws(graph, rng):
    """Receptors, frozen and shared numbers, in a graph that is otherwise complete."""
    for _, data in graph.nodes(data=True):
        if rng.random() < 0.3:
            data["receptor"] = rng.choice(["excitatory", "inhibitory"])
        if rng.random() < 0.2:
            data["plastic"] = False
        if "threshold" not in data and "bias" not in data and rng.random() < 0.3:
            data["shared_threshold"] = f"like all that are {'plastic' if data.get('plastic', True) else 'frozen'}"
    for pre, post, data in graph.edges(data=True):
        receptor = graph.nodes[pre].get("receptor")
        if receptor is None and rng.random() < 0.2:
            receptor = data["receptor"] = rng.choice(["excitatory", "inhibitory"])
        if rng.random() < 0.2:
            data["plastic"] = rng.random() < 0.5
        if receptor is not None:
            data["weight"] = abs(data["weight"]) * (1 if receptor == "excitatory" else -1)
        if rng.random() < 0.2:
            plastic = data.get("plastic", graph.nodes[post].get("plastic", True))
            data["shared"], data["weight"] = (
                f"{receptor} {plastic}",
                {"excitatory": 1.5, "inhibitory": -2}.get(receptor, 0.25),
            )


def _node_attributes(rng):
    number = rng.choice([0.0, 0.5, -1.25, rng.gauss(0, 1)])
    attributes = {
        rng.choice(["threshold", "bias"]): number,
        "region": rng.choice(["V1", "IT", "thalamus"]),
        "output": rng.random() < 0.2,
        "pos": (rng.random(), rng.random()),
    }
    return {key: value for key, value in attributes.items() if rng.random() < 0.6}


def _weight(rng):
    return rng.choice([0, 1, -2.5, rng.gauss(0, 1)])


def _user_attributes(rng):
    return {key: value for key, value in USER_ATTRIBUTES.items() if rng.random() < 0.15}


def region_graphs(min_regions=2, max_regions=5, *, loops=True):
    """Graphs of regions that `Network.from_regions` reads: sizes and grids, modes, every wiring rule, loops with delay.

    Parameters
    ----------
    min_regions, max_regions : int
    loops : bool
        Whether a region may also project to itself, or back, with a delay.

    Returns
    -------
    SearchStrategy[nx.DiGraph]
    """
    return st.builds(
        lambda n, seed: _region_graph(n, random.Random(seed), loops), st.integers(min_regions, max_regions), SEEDS
    )


def _region_graph(n, rng, loops):
    graph = nx.DiGraph()
    names = ["retina", "V1", "V2", "MT", "IT", "PFC", "M1", "SC"][:n]
    dendritic = [mode for mode in ns.MODES if mode != "sensory"]
    rules = {}  # of the projections from one grid to the next that are convolutions
    for i, name in enumerate(names):
        shape = (
            {"size": rng.randint(2, 12)} if rng.random() < 0.5 else {"shape": (rng.randint(1, 4), rng.randint(2, 4))}
        )
        grid = graph.nodes[names[i - 1]].get("shape", ()) if i else ()
        if len(grid) == 2 and rng.random() < 0.4:
            rules[name] = ns.wiring.convolution(rng.randint(1, min(grid)), channels=2, padding=rng.randint(0, 1))
            shape = {"shape": rules[name].shape(*grid)}
        graph.add_node(name, mode=rng.choice(dendritic) if i else "sensory", **shape)
        if rng.random() < 0.5:
            graph.nodes[name][rng.choice(["threshold", "bias"])] = rng.choice([0.0, 0.5, -1])
    for j in range(1, n):
        for i in range(n if loops else j):
            if i == j - 1 or rng.random() < 0.3:
                fixed = graph.nodes[names[j]]["mode"] != "maxout"  # whose branches would come out the same
                rule = rules.get(names[j], _rule(rng, fixed)) if i == j - 1 else _rule(rng, fixed)
                graph.add_edge(names[i], names[j], wiring=rule, delay=0 if i < j else rng.randint(1, 3))
                if fixed and rng.random() < 0.2:
                    graph.edges[names[i], names[j]]["weight"] = rng.choice([0, 1.0, -0.5])
    graph.nodes[names[-1]]["output"] = True
    for region, data in graph.nodes(data=True):
        edges = [edge for *_, edge in graph.out_edges(region, data=True)]
        if rng.random() < 0.5 and not any("weight" in edge or _knows_weights(edge["wiring"]) for edge in edges):
            laws = [{"receptor": "excitatory"}, {"receptor": "inhibitory"}]
            if not any(isinstance(edge["wiring"], ns.wiring.convolution) for edge in edges):  # a kernel has one sign
                laws.append({"inhibitory": 0.2})
            data.update(rng.choice(laws))
        if rng.random() < 0.2:
            data["plastic"] = False
    return graph


def _knows_weights(rule):
    return isinstance(rule, ns.wiring.explicit) and rule._weights is not None


def _rule(rng, fixed):
    """A rule; one that knows its weights only where they may be fixed."""
    return rng.choice(
        [
            None,
            ns.wiring.all_to_all(),
            ns.wiring.random(rng.random()),
            ns.wiring.fixed_indegree(rng.randint(0, 2)),
            ns.wiring.fixed_outdegree(rng.randint(0, 2)),
            ns.wiring.local(rng.randint(1, 3)),
            ns.wiring.local((rng.randint(1, 2), rng.randint(1, 3))),
            ns.wiring.distance_dependent(sigma=rng.uniform(0.1, 1)),
            ns.wiring.small_world(1, rng.random()),
            ns.wiring.explicit([(0, 0, 0.5), (1, 1, 0.0)] if fixed else [(0, 0), (1, 1)]),
            ns.wiring.explicit([(0, 1), (1, 0)]),
        ]
    )


# --- Comparing -----------------------------------------------------------------------------------


def snapshot(net):
    """All that a network is, in plain values that compare with ==, NaN and the sign of zero included."""
    structure = net.structure
    return {
        "names": [(type(name), name) for name in net.names],
        "modes": net.modes,
        "regions": {region: list(names) for region, names in net.regions.items()},
        "order of regions": list(net.regions),
        "region shapes": dict(structure.region_shapes),
        "marked outputs": structure.marked_outputs.tolist(),
        "inputs, outputs": (net.inputs, net.outputs),
        "positions": repr(net.positions.tolist()),
        "synapses": net.synapses,
        "delays": net.delays.tolist(),
        "branches": net.branches.tolist(),
        "weights": repr(net.weights.tolist()),
        "thresholds": repr(net.thresholds.tolist()),
        "receptors": (net.receptors, structure.transmitter.tolist()),
        "plastic": (net.plastic.tolist(), net.plastic_thresholds.tolist()),
        "shared": (net.shared.tolist(), net.shared_thresholds.tolist()),
        "dtypes": (net.dtype, net.weights.dtype, net.thresholds.dtype),
        "notes": (dict(structure.neuron_notes), dict(structure.synapse_notes), dict(structure.graph_notes)),
    }
