"""Networks taken apart: the same rates and the same gradients as the engine's, scalar by scalar."""

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import neurosim as ns
from neurosim.plasticity.losses import Loss, LossValue
from tests.strategies import GRADED, SEEDS, acyclic_networks

# --- Losses that the library may not have yet, written as arrays --------------------------------


@dataclasses.dataclass(frozen=True)
class Absolute(Loss):
    name = "mae"

    def evaluate(self, rates, drives, targets):
        distance = rates - targets
        return LossValue(float(np.abs(distance).sum() / len(rates)), np.sign(distance) / len(rates))


@dataclasses.dataclass(frozen=True)
class Rounded(Loss):
    name = "huber"
    delta: float = 0.7

    def evaluate(self, rates, drives, targets):
        distance = rates - targets
        far = np.abs(distance) > self.delta
        value = np.where(far, self.delta * (np.abs(distance) - self.delta / 2), distance**2 / 2)
        return LossValue(float(value.sum() / len(rates)), np.clip(distance, -self.delta, self.delta) / len(rates))


@dataclasses.dataclass(frozen=True)
class Margin(Loss):
    name = "hinge"

    def evaluate(self, rates, drives, targets):
        sign = 2 * targets - 1
        short = 1 - sign * rates
        return LossValue(float(np.maximum(short, 0).sum() / len(rates)), -sign * (short > 0) / len(rates))


LOSSES = [*ns.losses.LOSSES.values(), Absolute(), Rounded(), Margin()]


def task(net, loss, seed):
    """A sample and a target that suit the loss."""
    rng = np.random.default_rng(seed)
    n_outputs = len(net.outputs)
    fan_in = np.bincount(net.structure.post, minlength=len(net))
    net.weights = net.weights / np.sqrt(fan_in[net.structure.post])
    x = rng.normal(size=len(net.inputs))
    if loss.name == "cross_entropy":
        assume(n_outputs > 1)
        return x, rng.dirichlet(np.ones(n_outputs))
    if loss.name == "binary_cross_entropy":
        assume(not set(net.inputs) & set(net.outputs))
        for name in net.outputs:
            net[name].mode = "sigmoid"
        return x, rng.random(n_outputs)
    if loss.name == "hinge":
        for name in net.outputs:
            if name not in net.inputs:  # answers are read from the sign, so rates must reach both
                net[name].mode = "tanh"
        return x, rng.integers(0, 2, n_outputs).astype(float)
    return x, rng.normal(size=n_outputs)


def same(found, expected, tolerance=1e-10):
    scale = max(np.linalg.norm(found), np.linalg.norm(expected))
    return scale < 1e-12 or np.linalg.norm(np.asarray(found) - expected) <= tolerance * scale


def in_columns(net, gradients):
    """The gradients of an expansion in the order of the network's arrays."""
    structure = net.structure
    weights = np.zeros(len(net.weights))
    for s in np.flatnonzero(structure.delay == 0):
        branch = f", branch {structure.branch[s]}" if structure.branch[s] else ""
        weights[s] = gradients.pop(f"w[{net.names[structure.pre[s]]} -> {net.names[structure.post[s]]}{branch}]")
    thresholds = [0.0 if name in net.inputs else gradients.pop(f"threshold[{name}]") for name in net.names]
    inputs = [gradients.pop(str(name)) for name in net.inputs]
    assert not gradients
    return weights, np.array(thresholds), np.array(inputs)


MODES = (*GRADED, ns.LeakyReLU(slope=0.3), ns.ELU(alpha=0.5))


@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: f"{loss.name}-{type(loss).__name__}")
@settings(max_examples=80)
@given(net=acyclic_networks(max_neurons=25, modes=MODES, loops=True), seed=SEEDS, detail=st.booleans())
def test_gradients_are_those_of_backpropagation(loss, net, seed, detail):
    x, target = task(net, loss, seed)
    expected = ns.gradients(net, x, target, loss=loss)
    whole = ns.expand(net, x, target, loss=loss, detail=detail)
    assert same([whole.loss.value], [expected.loss], 1e-12)
    weights, thresholds, inputs = in_columns(net, whole.gradients())
    assert same(weights, expected.weights)
    assert same(thresholds, expected.thresholds)
    assert same(inputs, expected.inputs)


@settings(max_examples=100)
@given(net=acyclic_networks(max_neurons=25, loops=True), seed=SEEDS)
def test_rates_are_those_of_the_network(net, seed):
    x = np.random.default_rng(seed).normal(size=len(net.inputs))
    whole = ns.expand(net, x)
    assert list(whole.rates) == net.names
    assert list(whole.outputs) == net.outputs
    np.testing.assert_allclose([e.value for e in whole.rates.values()], ns.activity(net, x), rtol=1e-10, atol=1e-10)


@settings(max_examples=150)
@given(net=acyclic_networks(max_neurons=25, modes=("binary",), tenths=True), seed=SEEDS, whole=st.booleans())
def test_binary_decisions_are_exact(net, seed, whole):
    x = np.random.default_rng(seed).integers(-10, 11, len(net.inputs)) / (1 if whole else 10)
    rates = ns.expand(net, x).rates
    assert [e.value for e in rates.values()] == ns.activity(net, x).tolist()


@pytest.mark.parametrize("mode", [*(m for m in MODES if m != "sensory"), "binary"], ids=str)
@pytest.mark.parametrize("detail", [False, True])
def test_at_the_kink_the_slope_is_that_of_the_mode(mode, detail):
    net = ns.Network.from_arrays([0], [1], [1.0], thresholds=[0, 0.5], modes=["sensory", mode])
    whole = ns.expand(net, [0.5], detail=detail)
    assert whole.drives[1].value == 0
    slope = float(net[1].mode.derivative(np.array(0.0)))
    assert whole.gradients() == pytest.approx({"0": slope, "w[0 -> 1]": 0.5 * slope, "threshold[1]": -slope}, abs=1e-15)


@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: f"{loss.name}-{type(loss).__name__}")
@pytest.mark.parametrize("drive", [0.0, 0.3, 1.0, -1.0, 50.0, -50.0, 800.0, -800.0])
@pytest.mark.parametrize("target", [[0.0, 1.0], [1.0, 0.0]])
def test_losses_agree_at_their_kinks_and_far_out(loss, drive, target):
    mode = "sigmoid" if loss.name == "binary_cross_entropy" else "linear"
    net = ns.Network.from_arrays([0, 0], [1, 2], [1.0, -1.0], modes=["sensory", mode, mode])
    expected = ns.gradients(net, [drive], target, loss=loss)
    whole = ns.expand(net, [drive], target, loss=loss)
    assert whole.loss.value == pytest.approx(expected.loss, rel=1e-12, abs=1e-15)
    _, thresholds, inputs = in_columns(net, whole.gradients())
    np.testing.assert_allclose(thresholds, expected.thresholds, rtol=1e-10, atol=1e-15)
    np.testing.assert_allclose(inputs, expected.inputs, rtol=1e-10, atol=1e-15)


def test_of_equal_branches_the_first_wins():
    net = ns.Network.from_arrays([0, 0], [1, 1], [2.0, 2.0], modes=["sensory", "maxout"], branch=[3, 1])
    gradients = ns.expand(net, [1.0]).gradients()
    assert gradients == {"0": 2, "w[0 -> 1, branch 3]": 0, "w[0 -> 1, branch 1]": 1, "threshold[1]": -1}


def test_a_sigmoid_is_taken_apart_as_in_the_lecture():
    net = ns.Network.from_arrays([0], [1], [2.0], thresholds=[0, -1], names=["x", "y"], modes=["sensory", "sigmoid"])
    operations = nodes(ns.expand(net, [1.0], detail=True), "operation")
    assert [o for o in operations if o not in ("variable", "constant")] == [
        *("multiply", "subtract", "negate", "exp", "add", "reciprocal")
    ]
    assert "sigmoid" in nodes(ns.expand(net, [1.0]), "operation")
    whole = ns.expand(net, [1.0], detail=True)
    assert whole.graph().nodes["drive[y]"]["value"] == 3
    assert whole.graph().nodes["y"]["value"] == pytest.approx(1 / (1 + math.exp(-3)), rel=1e-15)


def nodes(whole, attribute):
    return [data[attribute] for _, data in whole.graph().nodes(data=True)]


def test_neurons_without_dendrites_and_synapses_with_delay():
    net = ns.Network.from_arrays(
        [0, 1], [2, 2], [3.0, 5.0], delay=[1, 0], thresholds=[0, -2, 1], modes=["sensory", "linear", "maxout"]
    )
    whole = ns.expand(net, [7.0])
    assert [e.value for e in whole.rates.values()] == [7, 2, 9]
    assert whole.gradients() == {"0": 0, "w[1 -> 2]": 2, "threshold[1]": -5, "threshold[2]": -1}


def test_numbers_and_texts_that_read_the_same_are_told_apart():
    net = ns.Network.from_arrays([0, 1], [2, 2], [1.0, 1.0], names=["1", 1, "y"], modes="linear")
    assert list(ns.expand(net, [1.0, 2.0]).variables)[:3] == ["'1'", "1", "w['1' -> 'y']"]


def two_outputs():
    return ns.Network.from_arrays([0, 0], [1, 2], [1.0, -1.0], modes="linear")


@dataclasses.dataclass(frozen=True)
class Strange(Absolute):
    name = "strange"


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda net: ns.expand(net, [[1.0], [2.0]]), ("one sample", "(2, 1)", "x[0]")),
        (lambda net: ns.expand(net, [1.0, 2.0]), ("shape",)),
        (lambda net: ns.expand(net, [1.0], [1.0]), ("target", "(1, 2)")),
        (lambda net: ns.expand(net, [1.0], loss="mes"), ("'mes'", "Did you mean 'mse'?")),
        (lambda net: ns.expand(net, [1.0], [0, 1], loss=Strange()), ("'strange'", "'mse'")),
        (lambda net: ns.expand(net, [1.0], [0, 1], loss="binary_cross_entropy"), ("sigmoid",)),
        (lambda net: ns.expand(net, [1.0]).gradients(), ("2 outputs", "target", "expansion.rates[1]")),
        (lambda net: ns.expand(net.with_mode("sigmoid"), [1e4], 0, detail=True), ("exp of", "sigmoid(z)")),
    ],
)
def test_what_cannot_be_expanded(call, words):
    with pytest.raises(ns.NeurosimError) as caught:
        call(two_outputs())
    for word in words:
        assert word in str(caught.value)


def test_a_class_number_is_a_target():
    assert ns.expand(two_outputs(), [1.0], 1, loss="cross_entropy").loss.value == pytest.approx(math.log1p(math.exp(2)))
