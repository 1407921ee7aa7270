"""Local rules against closed forms: Novikoff's bound, least squares, outer products, principal components."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

import neurosim as ns
from neurosim.plasticity.novikoff import best_separation, mistake_bound
from tests.strategies import SEEDS

rules = ns.local_rules


def readout(inputs, outputs=1, mode="binary", **settings):
    pre, post = np.tile(np.arange(inputs), outputs), inputs + np.repeat(np.arange(outputs), inputs)
    return ns.Network.from_arrays(pre, post, np.zeros(len(pre)), modes=mode, **settings)


def separable(seed, samples=30, inputs=3, gap=0.1):
    """Samples of two classes on either side of a random plane, none within a gap of it."""
    rng = np.random.default_rng(seed)
    normal, offset = rng.normal(size=inputs), rng.normal() / 2
    X = rng.normal(size=(20 * samples, inputs))
    side = X @ normal - offset
    X = X[np.abs(side) > gap][:samples]
    return X, (X @ normal >= offset).astype(int)


# --- Perceptron ----------------------------------------------------------------------------------


@settings(max_examples=60)
@given(seed=SEEDS, inputs=st.integers(1, 6), rate=st.sampled_from([0.1, 1.0, 3.0]), begin=st.booleans())
def test_the_perceptron_separates_what_can_be_separated_within_novikoffs_bound(seed, inputs, rate, begin):
    X, labels = separable(seed, inputs=inputs)
    net = readout(inputs)
    if begin:
        net.weights = np.random.default_rng(seed).normal(size=inputs)
    run = rules.perceptron(net, X, labels, learning_rate=rate, epochs=10_000, rng=seed)
    assert run.converged
    assert (ns.respond(net, X)[:, 0] == labels).all()
    assert run.mistakes.sum() <= run.bounds[0] < np.inf
    assert run.mistakes[-1].sum() == 0
    assert (run.mistakes[:-1].sum(axis=1) > 0).all()


def test_the_perceptron_by_hand():
    net = readout(2)
    X, labels = np.array([[1.0, 2.0], [3.0, -1.0], [-2.0, 1.0]]), np.array([0, 1, 0])
    run = rules.perceptron(net, X, labels, learning_rate=0.5, epochs=1, rng=3)
    w, theta, mistakes = np.zeros(2), 0.0, 0
    for i in np.random.default_rng(3).permutation(3):
        error = labels[i] - float(X[i] @ w - theta >= 0)
        w, theta, mistakes = w + 0.5 * error * X[i], theta - 0.5 * error, mistakes + abs(error)
    assert net.weights.tolist() == w.tolist()
    assert net.thresholds[2] == theta
    assert run.mistakes.tolist() == [[mistakes]]


def test_xor_has_no_bound_and_no_end():
    X = [[0, 0], [0, 1], [1, 0], [1, 1]]
    run = rules.perceptron(readout(2), X, [0, 1, 1, 0], epochs=50, rng=0)
    assert not run.converged
    assert run.bounds.tolist() == [np.inf]
    assert run.epochs == 50
    assert "not separable" in str(run)


def test_several_outputs_learn_each_for_itself():
    X, labels = np.vstack([np.eye(3), np.eye(3) * 2]), np.tile(np.arange(3), 2)
    net = readout(3, 3)
    run = rules.perceptron(net, X, labels, rng=0)
    assert run.converged
    assert (ns.respond(net, X) == np.eye(3)[labels]).all()
    assert (run.mistakes.sum(axis=0) <= run.bounds).all()
    alone = readout(3)
    rules.perceptron(alone, X, (labels == 1).astype(int), epochs=run.epochs, rng=0)
    assert alone.weights.tolist() == net.weights[net.structure.post == 4].tolist()


def test_signs_are_labels_too():
    X, labels = separable(1)
    nets = [readout(3), readout(3)]
    for net, named in zip(nets, (labels, 2 * labels - 1), strict=True):
        rules.perceptron(net, X, named, rng=0)
    assert (nets[0].weights == nets[1].weights).all()


def test_a_hidden_layer_before_the_perceptron_is_left_alone_and_solves_xor():
    hidden = ns.Network.from_arrays(
        [0, 1, 0, 1, 2, 3, 0, 1],
        [2, 2, 3, 3, 4, 4, 4, 4],
        [1, 1, 1, 1, 0, 0, 0, 0],
        thresholds=[0, 0, 1, 2, 0],
    )
    X, labels = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]
    before = hidden.weights[:4].copy()
    assert rules.perceptron(hidden, X, labels, rng=0).converged
    assert ns.respond(hidden, X).ravel().tolist() == labels
    assert (hidden.weights[:4] == before).all()


@settings(max_examples=40)
@given(seed=SEEDS, inputs=st.integers(2, 5))
def test_the_best_separation_is_that_of_an_independent_optimizer(seed, inputs):
    X, labels = separable(seed, samples=12, inputs=inputs, gap=0.3)
    vectors = np.column_stack([X, -np.ones(len(X))]) * (2 * labels - 1)[:, None]
    found = best_separation(vectors)
    assert np.linalg.norm(found) == pytest.approx(1)
    start = found * 1.5 / (vectors @ found).min()  # somewhere within the constraints
    theirs = minimize(
        lambda v: v @ v / 2,
        start,
        jac=lambda v: v,
        constraints={"type": "ineq", "fun": lambda v: vectors @ v - 1, "jac": lambda v: vectors},
        method="SLSQP",
        options={"maxiter": 500, "ftol": 1e-12},
    ).x
    assert (vectors @ found).min() >= (vectors @ theirs).min() / np.linalg.norm(theirs) * (1 - 1e-5)


def test_the_bound_from_zero_is_radius_over_margin_squared():
    inputs, signs = np.array([[3.0, 4.0], [6.0, 8.0], [-3.0, -4.0]]), np.array([1.0, 1.0, -1.0])
    assert mistake_bound(inputs, signs, np.zeros(2)) == pytest.approx((10 / 5) ** 2)


# --- Delta ---------------------------------------------------------------------------------------


def test_the_delta_rule_finds_least_squares():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 3))
    T = X @ [1.0, -2.0, 0.5] + 0.3 + 0.01 * rng.normal(size=60)
    net = readout(3, mode="linear")
    history = rules.delta(net, X, T, learning_rate=0.01, epochs=300, rng=0)
    expected = np.linalg.lstsq(np.column_stack([X, np.ones(60)]), T, rcond=None)[0]
    np.testing.assert_allclose([*net.weights, net.biases[-1]], expected, atol=2e-3)
    assert history["error"][-1] < 0.02 < history["error"][0]


@pytest.mark.parametrize("mode", ["sigmoid", "tanh", "relu", "leaky_relu", "elu", "linear"])
def test_the_delta_rule_is_gradient_descent_sample_by_sample(mode):
    rng = np.random.default_rng(1)
    X, T = rng.normal(size=(8, 4)), rng.random((8, 2))
    nets = [readout(4, 2, mode) for _ in range(2)]
    for net in nets:
        net.weights = np.linspace(-1, 1, 8)
    rules.delta(nets[0], X, T, learning_rate=0.3, epochs=2, rng=5)
    generator = np.random.default_rng(5)
    for order in [generator.permutation(8), generator.permutation(8)]:
        for i in order:
            g = ns.gradients(nets[1], X[i], T[i])
            nets[1].weights -= 0.3 * g.weights
            nets[1].thresholds -= 0.3 * g.thresholds
    np.testing.assert_allclose(nets[0].weights, nets[1].weights, rtol=1e-12)
    np.testing.assert_allclose(nets[0].thresholds, nets[1].thresholds, rtol=1e-12)


# --- Hebb and Oja --------------------------------------------------------------------------------


def test_hebb_with_a_teacher_stores_the_outer_product():
    rng = np.random.default_rng(0)
    X, T = rng.choice([-1.0, 1.0], (10, 4)), rng.choice([-1.0, 1.0], (10, 3))
    net = readout(4, 3, "linear")
    history = rules.hebb(net, X, T, learning_rate=0.25, epochs=2, rng=0)
    np.testing.assert_allclose(net.weights.reshape(3, 4), 2 * 0.25 * T.T @ X)
    assert history["change"] == pytest.approx([np.linalg.norm(0.25 * T.T @ X)] * 2)
    assert (net.thresholds == 0).all()


def test_hebb_without_a_teacher_takes_the_neurons_own_rate_in_every_layer():
    net = ns.Network.from_arrays([0, 1], [1, 2], [2.0, 0.5], modes="linear")
    rules.hebb(net, [[3.0]], learning_rate=0.1)
    assert net.weights.tolist() == pytest.approx([2 + 0.1 * 6 * 3, 0.5 + 0.1 * 3 * 6])


@settings(max_examples=20)
@given(seed=SEEDS, inputs=st.integers(2, 6))
def test_oja_converges_to_the_first_principal_component(seed, inputs):
    rng = np.random.default_rng(seed)
    axes, _ = np.linalg.qr(rng.normal(size=(inputs, inputs)))
    X = rng.normal(size=(400, inputs)) * np.append(2.0, np.full(inputs - 1, 0.5)) @ axes.T
    X -= X.mean(axis=0)
    first = np.linalg.svd(X, full_matrices=False)[2][0]
    net = readout(inputs, mode="linear")
    net.weights = rng.normal(size=inputs) * 0.3
    rules.oja(net, X, learning_rate=0.002, epochs=12, rng=seed)
    assert np.linalg.norm(net.weights) == pytest.approx(1, abs=0.03)
    assert abs(net.weights @ first) / np.linalg.norm(net.weights) > 0.999


# --- What all of them keep to --------------------------------------------------------------------


def run_rule(rule, net, X):
    if rule == "perceptron":
        return rules.perceptron(net, X, [0, 1, 0, 1], epochs=5, rng=0)
    if rule == "delta":
        return rules.delta(net, X, [0.0, 1.0, 0.0, 1.0], epochs=5, rng=0)
    return getattr(rules, rule)(net, X, epochs=5, rng=0)


@pytest.mark.parametrize("rule", ["perceptron", "delta", "hebb", "oja"])
def test_frozen_synapses_stay_and_receptors_keep_their_sign(rule):
    X = np.random.default_rng(0).normal(size=(4, 3))
    net = ns.Network.from_arrays(
        [0, 1, 2],
        [3, 3, 3],
        [0.5, 0.1, -0.1],
        modes="binary" if rule == "perceptron" else "linear",
        receptor=[None, "excitatory", "inhibitory"],
        plastic=[False, True, True],
    )
    run_rule(rule, net, X)
    assert net.weights[0] == 0.5
    assert net.weights[1] >= 0 >= net.weights[2]
    assert net.weights[1:].tolist() != [0.1, -0.1]


@pytest.mark.parametrize("rule", ["perceptron", "delta", "hebb", "oja"])
def test_shared_weights_are_refused(rule):
    net = readout(3, mode="binary" if rule == "perceptron" else "linear", shared=["a", "a", None])
    with pytest.raises(ns.OptionError, match="share a weight"):
        run_rule(rule, net, np.ones((4, 3)))


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: rules.perceptron(readout(2, mode="sigmoid"), [[0, 1]], [1]), ("binary outputs", "delta")),
        (lambda: rules.perceptron(readout(2), [[0, 1]], [0.5]), ("0 and 1",)),
        (lambda: rules.delta(readout(2), [[0, 1]], [1.0]), ("slope", "perceptron")),
        (lambda: rules.delta(readout(2, mode="maxout"), [[0, 1]], [1.0]), ("maxout",)),
        (lambda: rules.oja(readout(2, mode="linear"), [[0, 1]], learning_rate=0), ("learning_rate", "0")),
        (
            lambda: rules.delta(
                ns.Network.from_arrays([0, 1], [1, 2], 1.0, modes="linear", outputs=[1, 2]), [[1.0]], [[1.0, 1.0]]
            ),
            ("1 is or does",),
        ),
    ],
)
def test_what_does_not_suit_a_rule(call, words):
    with pytest.raises(ns.NeurosimError) as caught:
        call()
    for word in words:
        assert word in str(caught.value)


def test_weights_that_grow_beyond_all_bounds_end_with_those_of_the_last_good_epoch():
    net = ns.Network.from_arrays([0], [1], [1.0], modes="linear")
    with pytest.raises(ns.TrainingError, match="beyond all bounds in epoch"):
        rules.hebb(net, [[10.0]] * 50, learning_rate=10.0, epochs=100, rng=0)
    assert np.isfinite(net.weights).all()


@pytest.mark.parametrize("mode", ["linear", "tanh"])
def test_the_delta_rule_learns_minus_one_as_minus_one(mode):
    net = ns.Network.from_arrays([0], [1], [0.0], modes=["sensory", mode])
    X = [[-1.0], [1.0]] if mode == "tanh" else [[0.0], [1.0]]
    ns.local_rules.delta(net, X, [-1.0, 1.0], learning_rate=0.5, epochs=500, rng=0)
    np.testing.assert_allclose(ns.respond(net, X).ravel(), [-1, 1], atol=0.1 if mode == "tanh" else 1e-9)


def test_a_perceptron_that_has_converged_is_right_in_float32_too():
    X, labels = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 0, 0, 1]
    for seed in range(80, 100):
        net = ns.Network.from_arrays([0, 1], [2, 2], [0.0, 0.0], dtype="float32")
        run = ns.local_rules.perceptron(net, X, labels, learning_rate=0.1, epochs=2000, rng=seed)
        assert run.converged
        assert ns.respond(net, X).ravel().tolist() == labels


def test_orders_are_drawn_as_they_are_needed():
    rng, twin = np.random.default_rng(0), np.random.default_rng(0)
    net = ns.Network.from_arrays([0, 1], [2, 2], [1.0, 1.0], thresholds=[0, 0, 2])
    run = ns.local_rules.perceptron(net, [[0, 0], [1, 1]], [0, 1], epochs=10_000, rng=rng)
    for _ in run.mistakes:
        twin.permutation(2)
    assert rng.random() == twin.random()


def test_oja_says_that_weights_of_0_stay_there():
    net = ns.Network.from_arrays([0, 1], [2, 2], [0.0, 0.0], modes="linear")
    with pytest.raises(ns.OptionError, match=r"All weights are 0.*net\.weights\[:\] = np\.random"):
        ns.local_rules.oja(net, [[1.0, 2.0]])
    graded = ns.Network.from_arrays([0, 1], [2, 2], [0.0, 0.0], modes="sigmoid")  # answers 0.5 all the same
    assert ns.local_rules.oja(graded, [[1.0, 2.0]])["change"][0] > 0
