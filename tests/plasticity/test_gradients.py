"""Gradients against two oracles: central differences, and the same network written in another autodiff library."""

import autograd.numpy as anp
import numpy as np
import pytest
from autograd import grad
from autograd.extend import defvjp, primitive
from autograd.scipy.special import logsumexp
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import neurosim as ns
from neurosim.engine.compiler import program_of
from tests.plasticity.helpers import slots, under_law
from tests.strategies import GRADED, SEEDS, acyclic_networks

LOSSES = list(ns.losses.LOSSES)
SAMPLES = 3


def tame(net):
    """Divide weights by the root of the fan-in, so that 60 layers neither explode nor vanish."""
    fan_in = np.bincount(net.structure.post, minlength=len(net))
    net.weights = net.weights / np.sqrt(fan_in[net.structure.post])
    return net


def task(net, loss, seed):
    """A stimulus and targets that suit the loss; None where this network's outputs do not."""
    rng = np.random.default_rng(seed)
    X, shape = rng.normal(size=(SAMPLES, len(net.inputs))), (SAMPLES, len(net.outputs))
    if loss in ("mse", "mae", "huber"):
        return X, rng.normal(size=shape)
    if loss == "hinge":
        for name in set(net.outputs) - set(net.inputs):
            if net[name].mode.name in ("sigmoid", "relu", "binary"):  # no rate below 0 answers no
                net[name].mode = "linear"
        return X, rng.choice([[0, 1], [-1, 1]][seed % 2], size=shape).astype(float)
    if loss == "cross_entropy":
        assume(shape[1] > 1)
        return X, rng.dirichlet(np.ones(shape[1]), size=SAMPLES)
    assume(not set(net.inputs) & set(net.outputs))
    for name in net.outputs:
        net[name].mode = "sigmoid"
    return X, rng.random(shape)


# --- The same network, in autograd ---------------------------------------------------------------

RATES = {
    "sigmoid": lambda z: 1 / (1 + anp.exp(-z)),
    "relu": lambda z: anp.where(z > 0, z, 0.0),
    "tanh": anp.tanh,
    "leaky_relu": lambda z: anp.where(z > 0, z, 0.1 * z),
    "elu": lambda z: anp.where(z > 0, z, anp.exp(anp.where(z > 0, 0.0, z)) - 1),
    "linear": lambda z: z,
    "maxout": lambda z: z,
}


SLOPES = {
    "straight_through": lambda z: 1.0 + 0 * z,
    "sigmoid": lambda z: 4 * np.exp(-4 * np.abs(z)) / (1 + np.exp(-4 * np.abs(z))) ** 2,
    "triangle": lambda z: np.where(np.abs(z) < 1, 1 - np.abs(z), 0.0),
    "arctan": lambda z: 1 / (1 + (np.pi * z) ** 2),
}


def step_with(surrogate):
    """The step, with a slope that is not its own."""

    @primitive
    def step(z):
        return np.where(z >= 0, 1.0, 0.0)

    defvjp(step, lambda _, z: lambda g: g * SLOPES[surrogate](z))
    return step


def in_autograd(net, loss, targets, step=None):
    """The loss as a function of the parameters and the stimulus, neuron by neuron; what is shared is one parameter."""
    weight_of, threshold_of = slots(net.shared), slots(net.shared_thresholds)
    structure = net.structure
    dendrites = [structure.dendrites_of(i).tolist() for i in range(len(net))]
    late = structure.delay > 0
    order, done = [], set(structure.inputs.tolist())
    while len(done) < len(net):
        ready = [
            i
            for i in range(len(net))
            if i not in done and all(late[s] or int(structure.pre[s]) in done for s in dendrites[i])
        ]
        order += ready
        done |= set(ready)

    def drive(i, weights, rates):
        branches = {}
        for s in dendrites[i]:
            branches.setdefault(int(structure.branch[s]) if net.modes[i].branched else 0, []).append(s)
        sums = [
            anp.dot(
                weights[np.array(branch)],
                anp.stack([anp.zeros(SAMPLES) if late[s] else rates[int(structure.pre[s])] for s in branch]),
            )
            for _, branch in sorted(branches.items())  # of equal branches the first counts
        ] or [anp.zeros(SAMPLES)]
        largest = sums[0]
        for other in sums[1:]:
            largest = anp.where(other > largest, other, largest)
        return largest

    def value(weight_parameters, threshold_parameters, X):
        weights, thresholds = weight_parameters[weight_of], threshold_parameters[threshold_of]
        rates = {int(i): X[:, column] for column, i in enumerate(structure.inputs)}
        for i in order:
            z, mode = drive(i, weights, rates) - thresholds[i], net.modes[i].name
            rates[i] = step(z) if mode == "binary" else RATES[mode](z)
        Y = anp.stack([rates[int(i)] for i in structure.outputs], axis=1)
        if loss == "mse":
            total = 0.5 * anp.sum((Y - targets) ** 2)
        elif loss == "mae":
            total = anp.sum(anp.abs(Y - targets))
        elif loss == "huber":
            far = anp.abs(Y - targets)
            total = anp.sum(anp.where(far <= 1, far**2 / 2, far - 1 / 2))
        elif loss == "hinge":
            short = anp.where(targets > 0, 1 - Y, 1 + Y)
            total = anp.sum(anp.where(short > 0, short, 0.0))
        elif loss == "cross_entropy":
            total = -anp.sum(targets * (Y - logsumexp(Y, axis=1, keepdims=True)))
        else:
            total = -anp.sum(targets * anp.log(Y) + (1 - targets) * anp.log(1 - Y))
        return total / SAMPLES

    return value


def relative_error(found, expected):
    largest = max(np.linalg.norm(found), np.linalg.norm(expected))
    return np.linalg.norm(np.asarray(found) - expected) / largest if largest > 1e-12 else 0.0


def assert_equal_to_autograd(net, loss, X, targets, surrogate=None):
    g = ns.gradients(net, X, targets, loss=loss, surrogate=surrogate)
    value = in_autograd(net, loss, targets, surrogate and step_with(surrogate))
    weight_of, threshold_of = slots(net.shared), slots(net.shared_thresholds)
    at = (one_each(net.weights, weight_of), one_each(net.thresholds, threshold_of), X)
    by_weight, by_threshold, by_input = grad(value, (0, 1, 2))(*at)
    assert relative_error(g.loss, value(*at)) <= 1e-12
    assert relative_error(g.weights, by_weight[weight_of]) <= 1e-10
    assert relative_error(g.thresholds, by_threshold[threshold_of]) <= 1e-10
    assert relative_error(g.inputs, by_input) <= 1e-10


def one_each(values, slot):
    """The value of each parameter, from those at all its places."""
    parameters = np.zeros(slot.max(initial=-1) + 1)
    parameters[slot] = values
    return parameters


@pytest.mark.filterwarnings("ignore:Output seems independent of input")  # a network may be unconnected
@pytest.mark.parametrize("loss", LOSSES)
@settings(max_examples=50)
@given(net=acyclic_networks(modes=GRADED, loops=True), seed=SEEDS, lawful=st.booleans())
def test_gradients_equal_those_of_another_autodiff_library(loss, net, seed, lawful):
    net = under_law(tame(net), seed) if lawful else tame(net)
    assert_equal_to_autograd(net, loss, *task(net, loss, seed))


@pytest.mark.filterwarnings("ignore:Output seems independent of input")
@pytest.mark.parametrize("surrogate", list(ns.surrogates.SURROGATES))
@settings(max_examples=50)
@given(
    net=acyclic_networks(modes=("binary", "binary", *GRADED), loops=True, max_neurons=40),
    loss=st.sampled_from(LOSSES),
    seed=SEEDS,
    lawful=st.booleans(),
)
def test_surrogate_gradients_equal_those_of_a_step_with_another_slope(surrogate, net, loss, seed, lawful):
    net = under_law(tame(net), seed) if lawful else tame(net)
    assert_equal_to_autograd(net, loss, *task(net, loss, seed), surrogate)


# --- Central differences -------------------------------------------------------------------------


def side_of_kink(loss, rates, targets):
    """On which side of the kinks of the loss every output is."""
    sides = {
        "mae": lambda: rates > targets,
        "huber": lambda: np.digitize(rates - targets, [-1, 1]),
        "hinge": lambda: np.where(targets > 0, rates, -rates) < 1,
    }
    return sides[loss]().ravel() if loss in sides else []


def loss_and_pattern(net, X, targets, loss):
    """The loss; and on which side of its kink every neuron and output is, and which branch of a maxout neuron wins."""
    program = program_of(net.structure)
    state = program.forward(program.parameters(net.weights, net.thresholds), X.T.copy())
    rates, drives = state.rates[program.outputs].T, state.drives[program.outputs].T
    kinked = [stage.rows for stage in program.stages if stage.mode.name in ("relu", "leaky_relu", "elu")]
    parts = [state.drives[rows].ravel() > 0 for rows in kinked] + [won.ravel() for won in state.winners.values()]
    parts.append(side_of_kink(loss, rates, targets))
    return ns.losses.LOSSES[loss].evaluate(rates, drives, targets).value, np.concatenate([*parts, []])


def slope_along(net, X, targets, loss, array, direction, h=1e-5):
    """The central difference of the loss along a direction of an array; NaN where a kink lies within reach."""
    _, here = loss_and_pattern(net, X, targets, loss)
    saved, values = array.copy(), []
    for step in (h, -h):
        array[...] = saved + step * direction
        value, there = loss_and_pattern(net, X, targets, loss)
        array[...] = saved
        if (there != here).any():
            return np.nan
        values.append(value)
    return (values[0] - values[1]) / (2 * h)


@settings(max_examples=200)
@given(net=acyclic_networks(modes=GRADED), loss=st.sampled_from(LOSSES), seed=SEEDS, lawful=st.booleans())
def test_gradients_equal_central_differences(net, loss, seed, lawful):
    net = under_law(tame(net), seed) if lawful else tame(net)
    X, targets = task(net, loss, seed)
    g = ns.gradients(net, X, targets, loss=loss)
    rng = np.random.default_rng(seed)
    columns = (
        (net.weights, g.weights, slots(net.shared)),
        (net.thresholds, g.thresholds, slots(net.shared_thresholds)),
        (X, g.inputs, np.arange(X.size).reshape(X.shape)),
    )
    for array, found, slot in columns:
        size = slot.max(initial=-1) + 1
        chosen = rng.choice(size, size=min(size, 8), replace=False)
        # Single parameters, each at all its places, and one direction through all of them at once.
        directions = [np.eye(1, size, int(i)).ravel() for i in chosen] + [rng.normal(size=size)]
        expected = np.array([slope_along(net, X, targets, loss, array, d[slot]) for d in directions])
        analytic = np.array([np.sum(one_each(found.ravel(), slot.ravel()) * d) for d in directions])
        smooth = np.isfinite(expected)
        # The floor is the rounding of the difference itself: about 1e-16 of the loss over 1e-5.
        floor = 1e-10 * max(1.0, abs(g.loss)) / 1e-6
        scale = max(np.linalg.norm(analytic[smooth]), np.linalg.norm(expected[smooth]), floor)
        assert np.linalg.norm(analytic[smooth] - expected[smooth]) <= 1e-6 * scale


@pytest.mark.parametrize("surrogate", list(ns.surrogates.SURROGATES))
@settings(max_examples=15)
@given(
    net=acyclic_networks(modes=("binary", "sigmoid", "tanh", "linear"), max_neurons=15),
    seed=SEEDS,
    lawful=st.booleans(),
)
def test_surrogate_gradients_equal_central_differences_along_the_curve(surrogate, net, seed, lawful):
    net = under_law(tame(net), seed) if lawful else tame(net)
    X, targets = task(net, "mse", seed)
    g = ns.gradients(net, X, targets, surrogate=surrogate)
    curve, offsets = ns.surrogates.SURROGATES[surrogate].curve, []

    def lifted(z):
        """The curve, moved up or down so that it meets the step where the network stands now."""
        nonlocal turn
        if len(offsets) <= turn:
            offsets.append(np.where(z >= 0, 1.0, 0.0) - curve(z))
        turn += 1
        return offsets[turn - 1] + curve(z)

    def value(*at):
        nonlocal turn
        turn = 0
        return in_autograd(net, "mse", targets, lifted)(*at)

    turn, slot = 0, slots(net.shared)
    thresholds = one_each(net.thresholds, slots(net.shared_thresholds))
    weights = one_each(net.weights, slot)
    assert relative_error(g.loss, value(weights, thresholds, X)) <= 1e-12
    by_weight, h = one_each(g.weights, slot), 1e-5
    for direction in np.random.default_rng(seed).normal(size=(3, len(weights))):
        ends = [value(weights + step * direction, thresholds, X) for step in (h, -h)]
        slope = (ends[0] - ends[1]) / (2 * h)
        assert abs(by_weight @ direction - slope) <= 1e-5 * max(
            1e-3, np.linalg.norm(by_weight) * np.linalg.norm(direction)
        )


# --- What a gradient is by definition ------------------------------------------------------------


def test_loss_and_gradients_do_not_change_the_network():
    net = ns.Network.from_arrays([0, 1], [2, 2], [1.0, -1.0], modes="tanh")
    before = net.weights.copy(), net.thresholds.copy()
    ns.gradients(net, [[1.0, 2.0]], [[0.0]])
    assert (net.weights == before[0]).all()
    assert (net.thresholds == before[1]).all()


def test_class_numbers_are_one_hot_targets():
    net = ns.Network.from_arrays([0, 0, 0], [1, 2, 3], rng=0, modes="linear")
    by_number = ns.gradients(net, [[1.0], [2.0]], [2, 0], loss="cross_entropy")
    by_value = ns.gradients(net, [[1.0], [2.0]], [[0, 0, 1], [1, 0, 0]], loss="cross_entropy")
    assert by_number.loss == by_value.loss
    assert (by_number.weights == by_value.weights).all()
    assert ns.gradients(net, [1.0], 2, loss="mse").loss == ns.gradients(net, [1.0], [0, 0, 1], loss="mse").loss


def test_chunks_of_a_large_batch_add_up(monkeypatch):
    net = ns.Network.from_arrays([0, 1, 0], [2, 2, 1], rng=0, modes="tanh")
    X, T = np.random.default_rng(0).normal(size=(50, 1)), np.ones((50, 1))
    whole = ns.gradients(net, X, T)
    monkeypatch.setattr("neurosim.plasticity.gradients.samples_at_once", lambda *_: 7)
    parts = ns.gradients(net, X, T)
    for name in ("loss", "weights", "thresholds", "inputs"):
        np.testing.assert_allclose(getattr(parts, name), getattr(whole, name), rtol=1e-12)


def test_saturated_losses_stay_finite_and_keep_their_gradient():
    net = ns.Network.from_arrays([0], [1], [1000.0], modes="sigmoid")
    g = ns.gradients(net, [[1.0]], [[0.0]], loss="binary_cross_entropy")
    assert g.loss == 1000.0
    assert g.weights.tolist() == [1.0]
    two = ns.Network.from_arrays([0, 0], [1, 2], [1000.0, -1000.0], modes="linear")
    g = ns.gradients(two, [1.0], 1, loss="cross_entropy")
    assert g.loss == 2000.0
    assert g.weights.tolist() == [1.0, -1.0]


# --- Errors --------------------------------------------------------------------------------------


def message(call):
    with pytest.raises(ns.NeurosimError) as caught:
        call()
    return str(caught.value)


@pytest.mark.parametrize("verb", [ns.gradients, ns.train])
def test_a_binary_neuron_in_the_path_is_an_error_that_says_why_and_what_to_do(verb):
    net = ns.Network.from_arrays([0, 1], [1, 2], [1.0, 1.0], names=["x", "gate", "y"], modes=[None, "binary", "linear"])
    text = message(lambda: verb(net, [[1.0]], [[0.0]]))
    for words in ("'gate'", "binary", "slope", "zero", "with_mode('sigmoid')"):
        assert words in text
    assert net.weights.tolist() == [1.0, 1.0]
    ns.gradients(net.with_mode("sigmoid", neurons="gate"), [[1.0]], [[0.0]])


def test_a_binary_neuron_beside_the_path_is_no_error():
    net = ns.Network.from_arrays([0, 0], [1, 2], [1.0, 1.0], modes=[None, "binary", "linear"], outputs=[2])
    assert ns.gradients(net, [1.0], [0.0]).weights.tolist() == [0.0, 1.0]


def three_outputs():
    return ns.Network.from_arrays([0, 0, 0], [1, 2, 3], 1.0, names=["x", "a", "b", "c"], modes="linear")


@pytest.mark.parametrize(
    ("targets", "loss", "words"),
    [
        ([[0, 1, 2], [0, np.nan, 0]], "mse", ("nan", "sample 1", "finite")),
        ([[0, 1], [0, 1]], "mse", ("(2, 3)", "(2, 2)", "'a', 'b', 'c'")),
        ([0, 3], "cross_entropy", ("class 3", "sample 1", "0 to 2")),
        ([-1, 0], "cross_entropy", ("class -1", "sample 0", "0 to 2")),
        ([0.0, 1.0], "cross_entropy", ("whole", "astype(int)")),
        ([[0], [1]], "cross_entropy", ("ravel()",)),
        ([0, 1, 2], "cross_entropy", ("2 samples", "targets 3")),
        ([[0.5, 0.2, 0.1], [1, 0, 0]], "cross_entropy", ("sum to 1", "sample 0", "mse")),
        (["cat", "dog"], "cross_entropy", ("text", "'cat'")),
        ("labels.csv", "cross_entropy", ("'labels.csv'", "np.loadtxt")),
        ([[0, 1, 2], [0]], "mse", ("rows of one length",)),
        ([0, 1], "binary_cross_entropy", ("'a'", "linear", "'sigmoid'")),
        ([0, 1], "msee", ("'msee'", "Did you mean 'mse'?")),
    ],
)
def test_targets_and_losses_that_cannot_be_used(targets, loss, words):
    net = three_outputs()
    text = message(lambda: ns.gradients(net, [[1.0], [2.0]], targets, loss=loss))
    for word in words:
        assert word in text


def test_losses_that_do_not_suit_the_outputs():
    one = ns.Network.from_arrays([0], [1], [1.0], names=["x", "y"], modes="sigmoid")
    assert "binary_cross_entropy" in message(lambda: ns.gradients(one, [[1.0]], [0], loss="cross_entropy"))
    text = message(lambda: ns.gradients(one, [[1.0]], [1.5], loss="binary_cross_entropy"))
    assert "1.5" in text
    assert "0 to 1" in text
