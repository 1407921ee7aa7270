"""Where things stand in the picture of a network: depth, order, curves around neurons, everything on the paper."""

from itertools import pairwise

import networkx as nx
import numpy as np
import pytest

import neurosim as ns
from neurosim.plotting.depth import depths, untangled


def depth_of(arcs, count, delayed=()):
    pre, post = np.array(arcs).T
    instant = np.array([arc not in delayed for arc in arcs])
    return depths(count, pre, post, instant, np.array([0])).tolist()


def test_depth_is_the_longest_way():
    assert depth_of([(0, 1), (1, 2), (0, 2), (2, 3), (0, 3)], 4) == [0, 1, 2, 3]


def test_delays_that_close_no_loop_lead_onwards():
    arcs = [(0, 1), (1, 2), (0, 2)]
    assert depth_of(arcs, 3, delayed=arcs) == [0, 1, 2]


def test_neurons_that_only_listen_to_each_other_later_share_a_depth():
    within = [(1, 2), (2, 1), (1, 1), (2, 2)]
    assert depth_of([(0, 1), (0, 2), *within, (1, 3), (2, 3)], 4, delayed=within) == [0, 1, 1, 2]


def test_a_ring_of_delays_unrolls_from_the_input():
    ring = [(1, 2), (2, 3), (3, 1)]
    assert depth_of([(0, 1), *ring], 4, delayed=ring) == [0, 1, 2, 3]


def test_depth_agrees_with_networkx_on_random_graphs_without_loops():
    for seed in range(10):
        graph = nx.DiGraph((a, b) for a, b in nx.gnp_random_graph(30, 0.1, seed=seed, directed=True).edges if a < b)
        graph.add_nodes_from(range(30))
        wanted = {node: level for level, nodes in enumerate(nx.topological_generations(graph)) for node in nodes}
        assert depth_of(list(graph.edges), 30) == [wanted[node] for node in range(30)]


def crossings(columns, arcs):
    place = {node: i for column in columns for i, node in enumerate(column.tolist())}
    return sum((place[a] - place[c]) * (place[b] - place[d]) < 0 for a, b in arcs for c, d in arcs) // 2


def test_untangling_takes_crossings_away():
    rng = np.random.default_rng(0)
    arcs = list(zip(range(8), 8 + rng.permutation(8), strict=True))
    columns = [np.arange(8), np.arange(8, 16)]
    assert crossings(columns, arcs) > 0
    assert crossings(untangled(columns, 16, *np.array(arcs).T), arcs) == 0


# --- Curves --------------------------------------------------------------------------------------


def chain_with_a_skip():
    return ns.Network.from_arrays([0, 1, 0], [1, 2, 2], [1.0, 1.0, -1.0], modes="linear")


def dense():
    arcs = [(a, b) for a, b in nx.gnp_random_graph(40, 0.07, seed=3, directed=True).edges if a < b]
    return ns.Network.from_graph(nx.DiGraph(arcs), mode="tanh", rng=0)


def circle():
    graph = nx.path_graph(8, create_using=nx.DiGraph)
    graph.add_edge(7, 3, delay=1)
    graph.nodes[7]["output"] = True
    nx.set_node_attributes(graph, {n: tuple(map(float, p)) for n, p in nx.circular_layout(range(8)).items()}, "pos")
    return ns.Network.from_graph(graph, mode="relu", rng=0)


def one_region_among_others():
    graph = nx.DiGraph([("x", "h"), ("h", "y"), ("x", "y")])
    graph.nodes["h"]["region"] = "hidden"
    return ns.Network.from_graph(graph, mode="relu", rng=0)


def long_names():
    graph = nx.DiGraph([("apple juice with pulp", "decide whether to buy"), ("$cost_of$ all", "decide whether to buy")])
    graph.add_edge("decide whether to buy", "purchase completed today")
    return ns.Network.from_graph(graph, rng=0)


def collection(ax, label):
    return next(c for c in ax.collections if c.get_label() == label)


def lines(ax):
    """The synapses' lines, each with its number in the network, in points."""
    return [path.vertices for path in collection(ax, "synapses").get_paths()]


def test_a_synapse_that_skips_a_neuron_leads_around_it():
    ax = ns.plot(chain_with_a_skip())
    neurons = collection(ax, "neurons")
    spots, radius = neurons.get_offsets(), neurons.get_widths()[0] / 2
    through = [(np.linalg.norm(line - spots[1], axis=1) < radius).any() for line in lines(ax)]
    ends_there = [np.linalg.norm(line[[0, -1]] - spots[1], axis=1).min() < radius + 12 for line in lines(ax)]
    assert sum(ends_there) == 2
    assert not any(crosses and not ends for crosses, ends in zip(through, ends_there, strict=True))


@pytest.mark.parametrize("make", [chain_with_a_skip, dense, circle, one_region_among_others, long_names])
def test_every_curve_and_every_label_is_on_the_paper(make):
    ax = ns.plot(make())
    (left, right), (bottom, top) = ax.get_xlim(), ax.get_ylim()
    for line in lines(ax):
        assert (line >= (left, bottom)).all()
        assert (line <= (right, top)).all()
    ax.get_figure().canvas.draw()
    for text in ax.texts:
        box, paper = text.get_window_extent(), ax.get_figure().bbox
        assert paper.x0 - 1 <= box.x0 <= box.x1 <= paper.x1 + 1, text.get_text()


def test_a_curve_leads_around_the_title_of_a_region():
    ax = ns.plot(one_region_among_others())
    ax.get_figure().canvas.draw()
    titles = [text for text in ax.texts if text.get_text() in ("hidden", "1 neuron", "relu")]
    assert len(titles) == 3
    for title in titles:
        box = title.get_window_extent().transformed(ax.transData.inverted())
        for line in lines(ax):
            assert not ((line > box.min) & (line < box.max)).all(axis=1).any(), title.get_text()


def test_between_given_positions_synapses_are_straight():
    for line in lines(ns.plot(circle())):
        along = line[-1] - line[0]
        away = np.abs(along[0] * (line - line[0])[:, 1] - along[1] * (line - line[0])[:, 0]) / np.linalg.norm(along)
        assert away.max() < 0.1


def test_given_positions_are_kept_up_to_scale():
    net = circle()
    spots = collection(ns.plot(net), "neurons").get_offsets()
    drawn, given = (p - p.mean(axis=0) for p in (np.asarray(spots), net.positions))
    np.testing.assert_allclose(drawn / np.abs(drawn).max(), given / np.abs(given).max(), atol=1e-9)


def test_projections_share_the_synapses_that_are_drawn():
    net = ns.Network.from_arrays(
        *np.hstack([np.divmod(np.arange(400), 20) + np.array([[0], [20]]), [[20, 21], [40, 40]]]),
        np.r_[np.linspace(1, 2, 400), 0.01, 0.02],
        modes="linear",
        regions=["a"] * 20 + ["b"] * 20 + ["c"],
    )
    weights = collection(ns.plot(net, most=20, most_synapses=50), "synapses").get_array()
    assert len(weights) == 50
    assert {0.01, 0.02} <= set(weights)
    assert sorted(weights)[2:] == sorted(net.weights)[-48:]


def convolutional():
    regions = nx.DiGraph()
    regions.add_node("retina", shape=(8, 8), mode="sensory")
    regions.add_node("V1", shape=(8, 6, 6), mode="relu")
    regions.add_node("decision", size=10, mode="linear")
    regions.add_edge("retina", "V1", wiring=ns.wiring.convolution(3, channels=8))
    regions.add_edge("V1", "decision")
    return ns.Network.from_regions(regions, rng=1)


def test_synapses_run_between_the_rows_of_grids_and_past_their_titles():
    ax = ns.plot(convolutional())
    neurons = collection(ax, "neurons")
    spots, radius = neurons.get_offsets(), neurons.get_widths() / 2
    for line in lines(ax):
        points = np.concatenate([np.linspace(a, b, 8) for a, b in pairwise(line)])
        away = np.linalg.norm(points[:, None] - spots, axis=2)
        touched = np.flatnonzero((away < radius - 0.1).any(axis=0))
        assert touched.size == 0
    ax.get_figure().canvas.draw()
    for title in (text for text in ax.texts if text.get_text() in ("V1", "96 of 288 neurons")):
        box = title.get_window_extent().transformed(ax.transData.inverted())
        assert not any(((line > box.min) & (line < box.max)).all(axis=1).any() for line in lines(ax))
    assert {"96 of 288 neurons", "8 maps of 6 \N{MULTIPLICATION SIGN} 6, relu"} <= {t.get_text() for t in ax.texts}
