"""Depth is what the ticks of a network show; work is counted one synapse and one neuron at a time."""

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import neurosim as ns
from tests.anatomy.helpers import complains


@st.composite
def acyclic(draw):
    """A graph without loops, and some of its synapses delayed."""
    count = draw(st.integers(2, 9))
    pairs = [(i, j) for j in range(count) for i in range(j)]
    chosen = draw(st.lists(st.sampled_from(pairs), unique=True, min_size=1))
    graph = nx.DiGraph()
    graph.add_nodes_from(range(count))
    for i, j in chosen:
        graph.add_edge(i, j, weight=draw(st.floats(0.5, 2)), delay=draw(st.integers(0, 2)))
    return graph


@given(acyclic())
def test_depth_is_the_longest_way_to_an_output_and_work_is_counted(graph):
    net = ns.Network.from_graph(graph, mode="linear")
    load = ns.workload(net)
    somas = [node for node in graph if graph.in_degree(node)]
    assert load.depth == nx.dag_longest_path_length(graph, weight=None)
    assert load.operations == 2 * graph.number_of_edges() + 2 * len(somas)
    assert load.fan_in.tolist() == [graph.in_degree(node) for node in net.names if node in somas]
    assert (load.somas.sum(), load.synapses.sum()) == (len(somas), graph.number_of_edges())
    assert not load.recurrent
    levels = {node: i for i, level in enumerate(nx.topological_generations(graph)) for node in level}
    assert load.somas.tolist() == np.bincount([levels[node] for node in somas])[1:].tolist()


@given(acyclic())
def test_with_a_delay_of_one_everywhere_the_answer_is_final_after_as_many_ticks(graph):
    nx.set_edge_attributes(graph, 1, "delay")
    net = ns.Network.from_graph(graph, mode="linear")
    depth = ns.workload(net).depth
    # The senses light up one after the other would, so that no sum is 0 by chance: all weights are positive.
    answers = ns.simulate(net, np.ones((depth + 3, len(net.inputs))), ticks=depth + 3).rates
    outputs = answers[:, [net.names.index(name) for name in net.outputs]]
    changes = np.flatnonzero((outputs != outputs[-1]).any(axis=1))
    assert (changes.max(initial=-1) + 1) == depth


def test_what_goes_round_a_loop_belongs_to_the_next_tick():
    elman = nx.DiGraph()
    elman.add_edge("x", "h")
    elman.add_edge("h", "h", delay=1)
    elman.add_edge("h", "y")
    elman.add_edge("y", "x2", delay=1)  # onwards, not round
    load = ns.workload(ns.Network.from_graph(elman, rng=0))
    assert (load.depth, load.recurrent) == (3, True)
    assert load.somas.tolist() == [1, 1, 1]
    assert load.operations == 2 * 4 + 2 * 3
    assert "one tick" in repr(load)


def test_a_neuron_that_hears_only_a_loop_is_waited_for_in_its_tick():
    """A context neuron: y cannot fire before it has summed what y did a tick ago."""
    jordan = nx.DiGraph()
    jordan.add_node("y", output=True)
    jordan.add_edge("x", "y")
    jordan.add_edge("y", "context", delay=1)
    jordan.add_edge("context", "y")
    load = ns.workload(ns.Network.from_graph(jordan, rng=0))
    assert (load.depth, load.recurrent) == (2, True)
    assert load.somas.tolist() == [1, 1]
    assert load.synapses.tolist() == [1, 2]


def test_only_a_network_has_work_to_do():
    with complains(ns.OptionError, "Network", "str"):
        ns.workload("net")


def test_depth_ends_at_the_outputs():
    chain = nx.path_graph(5, create_using=nx.DiGraph)
    chain.nodes[2]["output"] = True
    load = ns.workload(ns.Network.from_graph(chain, rng=0))
    assert load.depth == 2
    assert load.somas.tolist() == [1, 1, 1, 1]


def test_times_and_the_mean_of_what_is_done_at_once():
    load = ns.workload(ns.Network.from_arrays([0, 1, 0, 1, 2, 3], [2, 2, 3, 3, 4, 4], 1.0))
    assert load.parallelism == 18 / 2
    assert load.seconds() == pytest.approx(0.01)
    assert load.seconds(step=0.1, ticks=3) == pytest.approx(0.6)
    assert load.serial_seconds(0.5) == 9.0


def test_senses_alone_have_nothing_to_do():
    load = ns.workload(ns.Network.from_arrays([], [], size=2, outputs=[0]))
    assert (load.depth, load.operations, load.parallelism) == (0, 0, 0.0)
    assert "0 steps" in repr(load)
    ns.plot(load)


@pytest.mark.parametrize("settings", [{"step": 0}, {"step": -1}, {"ticks": 0}])
def test_bad_settings_are_named(settings):
    load = ns.workload(ns.Network.from_arrays([0], [1], 1.0))
    with complains(ns.OptionError, next(iter(settings))):
        load.seconds(**settings)


def test_the_picture_has_a_bar_for_every_step():
    load = ns.workload(ns.Network.from_arrays([0, 1, 0, 1, 2, 3], [2, 2, 3, 3, 4, 4], 1.0))
    ax = ns.plot(load)
    assert [patch.get_height() for patch in ax.patches] == [12, 6]
    assert [text.get_text() for text in ax.texts] == ["2", "1"]
    long = ns.workload(ns.Network.from_arrays(range(40), range(1, 41), 1.0))
    assert not ns.plot(long).texts
