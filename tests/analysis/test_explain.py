"""Explanations: every number against the engine, the lecture's example, and words that stay short."""

import networkx as nx
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import neurosim as ns
from neurosim.scenarios import scenario_folder
from tests.strategies import GRADED, SEEDS, acyclic_networks


def lecture():
    source = (scenario_folder() / "worked_example.py").read_text()
    space = {"__name__": "worked_example", "__file__": str(scenario_folder() / "worked_example.py")}
    exec(compile(source, "worked_example.py", "exec"), space)
    return space["build"]()


def shrunk(net):
    """Weights small enough for deep networks."""
    fan_in = np.bincount(net.structure.post, minlength=len(net))
    net.weights = net.weights / np.sqrt(fan_in[net.structure.post])
    return net


# --- Numbers -------------------------------------------------------------------------------------


def test_the_lectures_five_steps():
    told = ns.explain(lecture(), [1, 1], [0, 1])
    assert [round(told[name].drive, 3) for name in ("a1", "a2", "a3")] == [0, 3, 3]
    assert [round(told[name].rate, 3) for name in ("a1", "a2", "a3")] == [0.5, 0.953, 0.953]
    assert [round(told[name].rate, 3) for name in ("b1", "b2")] == [1.5, 0.953]
    assert round(told.loss, 3) == 1.126
    assert [round(told[name].delta, 4) for name in ("a1", "a2", "a3")] == [0.3513, 0.0613, -0.0635]
    assert told["a1"].slope == 0.25
    assert [round(term.gradient, 4) for term in told["b1"].terms] == [0.75, 1.4289, 1.4289]
    assert [round(term.new_weight, 3) for term in told["a3"].terms] == [2.006, 3.006]
    assert round(-told["b1"].new_threshold, 3) == 0.85
    assert round(told.new_loss, 3) == 0.518


@settings(max_examples=60)
@given(net=acyclic_networks(modes=GRADED, loops=True, max_neurons=25), seed=SEEDS)
def test_every_number_follows_from_those_beside_it_and_is_the_engines(net, seed):
    shrunk(net)
    rng = np.random.default_rng(seed)
    x, target = rng.normal(size=len(net.inputs)), rng.normal(size=len(net.outputs))
    told = ns.explain(net, x, target, most=100)
    g, rates = ns.gradients(net, x, target), ns.activity(net, x)
    assert told.loss == pytest.approx(g.loss, rel=1e-12)
    for i, name in enumerate(net.names):
        if net[name].mode.name == "sensory":
            continue
        part = told[name]
        heard = [t for t in part.terms if part.winner is None or branch_of(t.dendrite) == part.winner]
        near = {"rel": 1e-9, "abs": 1e-10 * max(1, np.abs(rates).max())}
        assert part.rate == pytest.approx(rates[i], **near)
        assert sum(term.product for term in heard) - part.threshold == pytest.approx(part.drive, **near)
        assert part.mode.rate(np.array([part.drive]))[0] == pytest.approx(part.rate, **near)
        assert part.delta == pytest.approx(-g.thresholds[i], rel=1e-9, abs=1e-12)
        back = part.from_loss + sum(way.product for way in part.returns)
        assert back == pytest.approx(part.passed_back, rel=1e-9, abs=1e-10)
        assert part.slope * part.passed_back == pytest.approx(part.delta, rel=1e-9, abs=1e-10)
        for s, term in zip(net.structure.dendrites_of(i), part.terms, strict=True):
            assert term.gradient == pytest.approx(g.weights[s], rel=1e-9, abs=1e-12)
        if part.difference is not None:
            scale = max(1.0, abs(told.loss), abs(part.delta))
            assert part.delta == pytest.approx(part.difference, rel=1e-5, abs=1e-8 * scale)


@settings(max_examples=30)
@given(net=acyclic_networks(modes=("sigmoid", "tanh", "linear"), max_neurons=20), seed=SEEDS)
def test_where_nothing_is_kinked_every_delta_is_compared_with_a_difference(net, seed):
    shrunk(net)
    rng = np.random.default_rng(seed)
    told = ns.explain(net, rng.normal(size=len(net.inputs)), rng.normal(size=len(net.outputs)), most=100)
    assert all(told[name].difference is not None for name in told.shown)
    assert told.largest_difference < 1e-7 * max(1, told.loss)


@settings(max_examples=30)
@given(net=acyclic_networks(modes=GRADED, max_neurons=15), rate=st.sampled_from([0.001, 0.1]), seed=SEEDS)
def test_the_update_is_one_step_of_gradient_descent(net, rate, seed):
    shrunk(net)
    rng = np.random.default_rng(seed)
    x, target = rng.normal(size=len(net.inputs)), rng.normal(size=len(net.outputs))
    assume(net.n_parameters)
    told = ns.explain(net, x, target, learning_rate=rate)
    before = net.weights.copy()
    ns.train(net, x, target, optimizer=ns.SGD(rate), epochs=1)
    assert told.net.weights.tolist() == before.tolist()
    np.testing.assert_allclose(told.new_weights, net.weights, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(told.new_thresholds, net.thresholds, rtol=1e-9, atol=1e-12)
    assert told.new_loss == pytest.approx(ns.gradients(net, x, target).loss, rel=1e-6, abs=1e-9)


def branch_of(dendrite):
    return dendrite[1] if isinstance(dendrite, tuple) else 0


@pytest.mark.parametrize("loss", list(ns.losses.LOSSES))
def test_every_loss_can_be_explained(loss):
    mode = "sigmoid" if loss == "binary_cross_entropy" else "linear"
    net = ns.Network.from_arrays([0, 0, 1, 1], [2, 3, 2, 3], [0.5, -1.0, 2.0, 0.3], modes=mode)
    told = ns.explain(net, [1.0, -2.0], 1, loss=loss)
    g = ns.gradients(net, [1.0, -2.0], 1, loss=loss)
    assert told.loss == g.loss
    assert told.deltas.tolist() == pytest.approx((-g.thresholds).tolist())
    assert f"{loss} = " in str(told)


def test_what_is_shared_frozen_or_under_a_receptor_is_updated_as_training_would():
    net = ns.Network.from_arrays(
        [0, 1, 0, 1],
        [2, 2, 3, 3],
        [0.5, 0.01, 0.5, -1.0],
        modes="linear",
        shared=["w", None, "w", None],
        receptor=[None, "excitatory", None, None],
        plastic=[True, True, True, False],
    )
    told = ns.explain(net, [1.0, 2.0], [-1.0, 3.0], learning_rate=0.1)
    ns.train(net, [1.0, 2.0], [-1.0, 3.0], optimizer=ns.SGD(0.1), epochs=1)
    np.testing.assert_allclose(told.new_weights, net.weights)
    assert told.new_weights[1] == 0
    assert told.new_weights[3] == -1
    assert told.weight_gradients[0] == told.weight_gradients[2]


def test_a_binary_neuron_is_explained_forward_and_with_a_surrogate_backward():
    net = ns.Network.from_arrays([0, 1], [1, 2], [1.0, 2.0], names=["x", "h", "y"], modes=[None, "binary", "linear"])
    assert "rate = binary(0.5) = 1" in str(ns.explain(net, [0.5]))
    with pytest.raises(ns.TrainingError, match="surrogate"):
        ns.explain(net, [0.5], [0.0])
    told = ns.explain(net, [0.5], [0.0], surrogate=ns.surrogates.triangle(width=1.0))
    assert told["h"].slope == 0.5
    assert told["h"].delta == 0.5 * 2 * 2
    assert told["h"].difference is None
    assert told["y"].difference == pytest.approx(2)


# --- One neuron and its hyperplane ---------------------------------------------------------------


@settings(max_examples=40)
@given(seed=SEEDS, mode=st.sampled_from(["binary", "sigmoid", "relu", "linear", "maxout"]))
def test_the_foot_of_the_perpendicular_lies_on_the_hyperplane(seed, mode):
    rng = np.random.default_rng(seed)
    branch = [0, 0, 1, 1] if mode == "maxout" else 0
    pre = [0, 1, 0, 1] if mode == "maxout" else [0, 1, 2, 3]
    n = 2 if mode == "maxout" else 4
    net = ns.Network.from_arrays(
        pre, [n] * 4, rng.normal(size=4), modes=mode, thresholds=[0] * n + [0.7], branch=branch
    )
    x = rng.normal(size=n)
    part = ns.explain(net, x, neuron=n)
    foot = x - part.distance * part.normal / np.linalg.norm(part.normal)
    winner = [t for t in part.terms if part.winner is None or branch_of(t.dendrite) == part.winner]
    assert sum(t.weight * foot[t.dendrite[0] if isinstance(t.dendrite, tuple) else t.dendrite] for t in winner) == (
        pytest.approx(0.7)
    )
    assert np.sign(part.distance) == np.sign(part.drive)


def test_a_neuron_tells_its_plane_in_words():
    net = ns.Network.from_arrays([0, 1], [2, 2], [3.0, -4.0], names=["x", "y", "n"], thresholds=[0, 0, 1])
    text = str(ns.explain(net, [2.0, 0.0], neuron="n"))
    for words in ("Neuron n (binary)", "3 x - 4 y = 1", "distance of 1 from it", "positive", "fires on the side"):
        assert words in text
    flat = ns.Network.from_arrays([0], [1], [0.0])
    assert "all weights are 0" in str(ns.explain(flat, [1.0], neuron=1))


# --- Words ---------------------------------------------------------------------------------------


def large():
    B = nx.DiGraph()
    B.add_node("retina", size=200)
    B.add_node("V1", size=300, mode="relu")
    B.add_node("out", size=40, mode="linear")
    nx.add_path(B, ["retina", "V1", "out"])
    return ns.Network.from_regions(B, rng=0)


def test_a_large_network_is_told_in_a_page_or_two():
    net = large()
    x, target = np.random.default_rng(0).random(200), 3
    told = ns.explain(net, x, target, loss="cross_entropy", most=8)
    lines = str(told).splitlines()
    assert len(lines) < 120
    assert max(map(len, lines)) < 400
    assert "8 of 340 neurons" in str(told)
    assert len(told.shown) == 8
    assert "others]" in str(told)
    assert told["V1[299]"].delta is not None


def test_without_a_target_the_story_ends_with_the_forward_step():
    told = ns.explain(lecture(), [1, 1])
    assert told.loss is told.new_loss is told.targets is None
    assert "Step 2: forward" in str(told)
    assert "Step 3" not in str(told)
    assert told["a1"].delta is None


def test_the_text_names_every_step_and_every_neuron():
    text = str(ns.explain(lecture(), [1, 1], [0, 1], learning_rate=0.1))
    for title in ("parameters", "forward", "loss", "backward", "update"):
        assert title in text
    for words in ("1 × 0.5 [a1]", "rate = sigmoid(3) = 0.9526", "delta = 0.25 × 1.405 = 0.3513", "1.126 -> 0.5184"):
        assert words in text


def test_the_card_holds_the_same_words_and_no_markup_of_the_users():
    net = ns.Network.from_arrays([0], [1], [2.0], names=["<b>x</b>", "y & z"], modes="linear")
    card = ns.explain(net, [1.0], [0.0])._repr_html_()
    assert "&lt;b&gt;x&lt;/b&gt;" in card
    assert "<b>x</b>" not in card
    assert "y &amp; z" in card
    assert card.count("<h4") == 5
    assert "y &amp; z" in ns.explain(net, [1.0], neuron="y & z")._repr_html_()


# --- What cannot be ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda net: ns.explain(net, [[1, 1], [0, 0]], [0, 1]), ("one sample", "x[0]")),
        (lambda net: ns.explain(net, [1, 1], [0, 1, 0]), ("target", "(2,)")),
        (lambda net: ns.explain(net, [1, 1], [0, 1], learning_rate=0), ("learning_rate",)),
        (lambda net: ns.explain(net, [1, 1], neuron="a9"), ("'a9'", "There are")),
        (lambda net: ns.explain(net, [1, 1], neuron="x1"), ("'x1'", "sensory", "stimulus")),
        (lambda net: ns.explain(net, [1, 1], [0, 1], most=0), ("most",)),
        (lambda net: ns.explain(net, [1, 1], [0, 1], loss="msee"), ("Did you mean 'mse'",)),
    ],
)
def test_what_cannot_be_explained(call, words):
    with pytest.raises(ns.NeurosimError) as caught:
        call(lecture())
    for word in words:
        assert word in str(caught.value)


def test_explaining_changes_nothing():
    net = lecture()
    before = net.weights.copy(), net.thresholds.copy()
    ns.explain(net, [1, 1], [0, 1])
    assert (net.weights == before[0]).all()
    assert (net.thresholds == before[1]).all()
