"""What an explanation says where a network is special: every sentence must be true of its numbers."""

import networkx as nx
import numpy as np
import pytest

import neurosim as ns


def said(explanation, *words):
    text = str(explanation)
    for word in words:
        assert word in text, f"{word!r} is not in:\n{text}"
    return text


def convolutional():
    graph = nx.DiGraph()
    graph.add_node("r", shape=(3, 3))
    graph.add_node("v", shape=(1, 2, 2), mode="relu")
    graph.add_node("d", size=2, mode="linear")
    graph.add_edge("r", "v", wiring=ns.wiring.convolution(2, channels=1))
    graph.add_edge("v", "d")
    return ns.Network.from_regions(graph, rng=0)


def test_what_is_shared_shows_the_sum_over_its_places():
    net, x = convolutional(), np.arange(9) / 9
    told = ns.explain(net, x, [0, 1])
    g = ns.gradients(net, [x], [[0, 1]])
    for name in net.regions["v"]:
        part = told[name]
        assert part.threshold_gradient == pytest.approx(g.thresholds[net.names.index(name)])
        assert part.threshold_places == 4
        for term in part.terms:
            synapse = net.synapses.index((term.source, name))
            assert term.gradient == pytest.approx(g.weights[synapse])
            assert term.places == 4
        assert part.new_threshold == pytest.approx(part.threshold - 0.1 * part.threshold_gradient)
    said(
        told,
        "(each shared by 4 synapses); threshold 0 (shared by 4 neurons)",
        "what is shared has one gradient: the sum over all its places",
        "(each the sum over 4 synapses); dL/dthreshold: ",
        "(the sum over 4 neurons)",
    )


def test_only_what_was_compared_is_said_to_be_checked():
    graph = nx.DiGraph()
    graph.add_node("in", size=2)
    graph.add_node("g", size=1, mode="tanh")
    graph.add_node("h", size=4, mode="binary")
    graph.add_node("o", size=1, mode="sigmoid")
    graph.add_edges_from([("in", "g"), ("g", "h"), ("h", "o")])
    net = ns.Network.from_regions(graph, rng=3)
    told = ns.explain(net, [1, 0], [1], surrogate="arctan")
    text = said(
        told,
        "checked: 1 of 6 deltas agree with a finite difference, to within ",
        "not checked, because its rate is a step: h[0], h[1], h[2], h[3]",
        "not checked, because the step of h[0] lies behind: g[0]",
        "that of the surrogate arctan(alpha=2.0) stands in for it",
    )
    assert "each delta agrees" not in text
    assert told["h[1]"].difference is None
    assert told["h[1]"].stand_in == "arctan(alpha=2.0)"
    assert told["o[0]"].unchecked is None


def test_a_drive_on_the_kink_is_not_checked():
    net = ns.Network.from_arrays([0, 1], [1, 2], [2.0, 1.0], names=["x", "k", "y"], modes=["sensory", "relu", "linear"])
    said(ns.explain(net, [0.0], [1.0]), "1 of 2 deltas agree", "not checked, because its drive is on the kink: k")


def test_a_receptor_that_stops_a_weight_is_named():
    net = ns.Network.from_arrays([0], [1], [-0.5], modes=["sensory", "linear"], receptor=["inhibitory"])
    said(
        ns.explain(net, [3.0], [5.0], learning_rate=0.5),
        "weights -0.5 from 0 (inhibitory)",
        "weights -0.5 -> 0 from 0, where its inhibitory receptor stops it",
    )
    said(repr(net[1]), "weight -0.5, inhibitory")


def test_what_is_frozen_is_said_to_be():
    net = ns.Network.from_arrays([0, 1], [2, 2], [1.5, 2.0], modes=["sensory", "sensory", "linear"])
    net.freeze(neurons=2)
    said(ns.explain(net, [1.0, 2.0], [0.0]), "weights 1.5 (frozen) from 0, 2 (frozen) from 1; threshold 0 (frozen)")
    said(repr(net[2]), "weight 1.5, frozen", "threshold 0, frozen")


def test_a_synapse_with_a_delay_is_silent_in_the_first_tick():
    net = ns.Network.from_arrays(
        [0, 1], [1, 1], [2.0, 0.5], delay=[0, 1], names=["x", "k"], modes=["sensory", "relu"], outputs=[1]
    )
    text = said(
        ns.explain(net, [1.0], [1.0]),
        "0.5 from k (delay 1: silent in the first tick)",
        "drive = 2 × 1 [x] - 0 = 2",
        "0.5 -> 0.5 from k, not learnt in a single tick: it has a delay",
    )
    assert "[k]" not in text


def test_every_branch_of_a_maxout_neuron_is_told():
    cell = nx.MultiDiGraph()
    cell.add_node("m", mode="maxout")
    cell.add_edge("x", "m", weight=2.0)
    cell.add_edge("x", "m", weight=3.0, branch=1)
    said(
        ns.explain(ns.Network.from_graph(cell), [1.0]),
        "branch 0 brings 2, branch 1 brings 3: branch 1 is the strongest",
    )


@pytest.mark.parametrize(
    ("loss", "mode", "target", "words"),
    [
        ("mse", "linear", [0.5, 0], ["dL/drate of an output = y - Y", "dL/drate = 2 - 0.5 = 1.5"]),
        ("mae", "linear", [0.5, 0], ["1 if y > Y, -1 if y < Y", "dL/drate = 1 from the loss"]),
        ("huber", "linear", [0.5, 0], ["no farther from 0 than 1", "dL/drate = 1 from the loss"]),
        (
            "cross_entropy",
            "linear",
            1,
            ["p = 0.2689, target Y = 1", "dL/drate = 0.2689 - 1 = -0.7311", "e^y / (sum of e^y"],
        ),
        ("binary_cross_entropy", "sigmoid", [1, 0], ["dL/drive of an output = y - Y", "delta = 0.8808 - 1 = -0.1192"]),
        ("hinge", "linear", [1, 0], ["-s if s y < 1, else 0", "dL/drate = 1 from the loss"]),
    ],
)
def test_what_comes_from_the_loss_can_be_worked_out_again(loss, mode, target, words):
    net = ns.Network.from_arrays([0, 0], [1, 2], [2.0, 1.0], modes=["sensory", mode, mode])
    said(ns.explain(net, [1.0], target, loss=loss), *words)


def test_a_loss_that_rises_is_said_to():
    net = ns.Network.from_arrays([0], [1], [2.0], modes="linear")
    said(
        ns.explain(net, [3.0], [0.0], learning_rate=0.5), "it rose: the step went too far. Try a smaller learning_rate"
    )
    assert "it rose" not in str(ns.explain(net, [3.0], [0.0], learning_rate=0.01))


def test_numbers_that_are_too_large_are_said_to_be():
    net = ns.Network.from_arrays([0], [1], [2.0], modes="linear")
    said(ns.explain(net, [1e200], [0.0]), "too large to compute with")


def test_long_lists_speak_of_the_same_dendrites():
    weights = np.linspace(-1, 1, 20)
    net = ns.Network.from_arrays(np.arange(20), np.full(20, 20), weights, modes="tanh")
    text = str(ns.explain(net, np.ones(20), [0.5]))
    for line in text.splitlines():
        if "20 in all" in line and "weight" in line:
            for i in (0, 1, 2, 17, 18, 19):
                assert f"from {i}," in line or f"from {i};" in line or f"from {i} " in line


def test_a_delta_that_is_wrong_is_said_to_be(monkeypatch):
    net = ns.Network.from_arrays([0, 1], [1, 2], [1.0, 2.0], names=["x", "h", "y"], modes=["sensory", "tanh", "linear"])
    backward = type(ns.explain(net, [1.0], [0.0])._program).backward

    def broken(self, *args, **how):
        found = backward(self, *args, **how)
        found.thresholds[self.row_of[1]] *= 1.01
        return found

    monkeypatch.setattr("neurosim.engine.program.Program.backward", broken)
    text = said(ns.explain(net, [1.0], [0.0]), "1 of 2 deltas agree", "NOT so: h, where the difference is ")
    assert "each delta" not in text


def test_what_is_too_large_for_finite_differences_is_not_said_to_be_checked():
    net = ns.Network.from_arrays([0], [1], [1e300], modes="linear")
    said(ns.explain(net, [1e100], [1.0]), "not checked, because its numbers are too large")
    large = ns.Network.from_arrays(
        [0, 1], [1, 2], [1e6, 1.0], thresholds=[0, 1e9, 0], modes=["sensory", "linear", "sigmoid"]
    )
    said(ns.explain(large, [1e3], [1.0]), "each delta agrees with a finite difference")


def test_a_delayed_twin_learns_with_the_synapse_that_it_shares_a_weight_with():
    def build():
        return ns.Network.from_arrays(
            [0, 0, 1], [1, 2, 2], [0.5, 0.5, 1.0], modes="linear", delay=[0, 1, 0], shared=[0, 0, -1]
        )

    net = build()
    told = ns.explain(net, [1.0], [2.0], learning_rate=0.1)
    ns.train(net, [[1.0]], [[2.0]], optimizer=ns.SGD(0.1), epochs=1)
    assert told.new_weights.tolist() == net.weights.tolist()
    assert told.new_weights[0] == told.new_weights[1]


def test_the_plane_leaves_out_what_has_not_arrived():
    net = ns.Network.from_arrays([0, 1], [2, 2], [2.0, 3.0], names=["a", "b", "y"], delay=[0, 1], modes="linear")
    text = said(ns.explain(net, [1.0, 5.0], neuron="y"), "the drive is 0 where 2 a = 0", "at a distance of 1 ")
    assert "3 b" not in text
