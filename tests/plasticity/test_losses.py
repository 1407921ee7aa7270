"""Losses at values worked out by hand and at their kinks, classes at their boundary, and which loss is suggested."""

import dataclasses

import numpy as np
import pytest
import scipy.special

import neurosim as ns
from neurosim.plasticity.losses import log_softmax
from neurosim.plasticity.target_kinds import spread_of, target_kind
from neurosim.plasticity.targets import read_classes, read_samples

LOSSES = list(ns.losses.LOSSES.values())


def value_and_slope(loss, rates, targets, dtype="float64"):
    rates, targets = np.array(rates, dtype=dtype), np.array(targets, dtype=dtype)
    found = loss.evaluate(rates, rates, targets)
    return found.value, found.by_rate


def net_with(*modes, dtype=None):
    """One input and an output of each mode, named a, b, c, ..."""
    n = len(modes)
    names = ["x", *"abcdefgh"[:n]]
    return ns.Network.from_arrays([0] * n, range(1, n + 1), 1.0, names=names, modes=["sensory", *modes], dtype=dtype)


# --- Values --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("loss", "rates", "targets", "value", "slope"),
    [
        (ns.MAE(), [[1.5, -1.0], [2.0, 0.0]], [[0, 1], [2, 0]], 1.75, [[0.5, -0.5], [0, 0]]),
        (ns.Huber(), [[0.5, 3.0, -3.0, 1.0]], [[0, 0, 0, 0]], 0.125 + 2.5 + 2.5 + 0.5, [[0.5, 1, -1, 1]]),
        (ns.Huber(delta=2.0), [[1.0, 5.0]], [[0, 0]], 0.5 + 8, [[1, 2]]),
        (ns.Hinge(), [[0.25, -3.0, 1.0]], [[1, 0, 1]], 0.75, [[-1, 0, 0]]),
        (ns.Hinge(), [[0.25, -3.0, 1.0]], [[1, -1, 1]], 0.75, [[-1, 0, 0]]),
        (ns.Hinge(), [[-1.0], [0.0]], [[0], [0]], 0.5, [[0], [0.5]]),
    ],
    ids=lambda value: value.name if isinstance(value, ns.losses.Loss) else "",
)
def test_values_and_slopes_by_hand(loss, rates, targets, value, slope):
    found, by_rate = value_and_slope(loss, rates, targets)
    assert found == pytest.approx(value, rel=1e-15)
    np.testing.assert_allclose(by_rate, slope, rtol=1e-15)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_log_softmax_is_scipys_to_the_last_bit(dtype):
    rng = np.random.default_rng(0)
    for rates in (
        rng.normal(size=(50, 7)) * 10.0 ** rng.integers(-3, 3, size=(50, 1)),
        np.array([[1e4, -1e4, 0.0], [-np.inf, 0.0, 1.0], [0.0] * 3]),
    ):
        expected = scipy.special.log_softmax(rates.astype(dtype), axis=1)
        found = log_softmax(rates.astype(dtype))
        assert found.dtype == expected.dtype
        assert found.tobytes() == expected.tobytes()


def test_huber_is_mse_for_a_large_delta_and_mae_for_a_small_one():
    rng = np.random.default_rng(0)
    rates, targets = rng.normal(size=(2, 20, 3))
    wide, wide_slope = value_and_slope(ns.Huber(delta=100), rates, targets)
    mse, mse_slope = value_and_slope(ns.MSE(), rates, targets)
    assert wide == pytest.approx(mse, rel=1e-14)
    np.testing.assert_allclose(wide_slope, mse_slope, rtol=1e-14)
    narrow, narrow_slope = value_and_slope(ns.Huber(delta=1e-9), rates, targets)
    mae, mae_slope = value_and_slope(ns.MAE(), rates, targets)
    assert narrow * 1e9 == pytest.approx(mae, rel=1e-7)
    np.testing.assert_allclose(narrow_slope * 1e9, mae_slope, rtol=1e-12)


def test_hinge_on_a_linear_output_is_the_soft_margin_of_scikit_learn():
    hinge_loss = pytest.importorskip("sklearn.metrics").hinge_loss
    rng = np.random.default_rng(0)
    rates, signs = rng.normal(size=(50, 1)), rng.choice([-1, 1], size=(50, 1))
    assert value_and_slope(ns.Hinge(), rates, signs)[0] == pytest.approx(hinge_loss(signs.ravel(), rates.ravel()))
    assert value_and_slope(ns.Hinge(), rates, (signs + 1) / 2)[0] == value_and_slope(ns.Hinge(), rates, signs)[0]


@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: loss.name)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_loss_keeps_the_dtype_and_writes_to_nothing(loss, dtype):
    arrays = [np.array([[0.25, 0.75], [0.5, 0.5]], dtype=dtype) for _ in range(2)] + [np.eye(2, dtype=dtype)]
    for array in arrays:
        array.flags.writeable = False
    found = loss.evaluate(*arrays)
    assert type(found.value) is float
    for slope in (found.by_rate, found.by_drive):
        assert slope is None or slope.dtype == dtype


@pytest.mark.parametrize("loss", [ns.MAE(), ns.Huber(), ns.Hinge()], ids=lambda loss: loss.name)
def test_the_loss_of_very_large_rates_is_finite(loss):
    value, slope = value_and_slope(loss, [[1e300, -1e300]], [[0, 1]])
    assert np.isfinite(value)
    assert np.abs(slope).max() == 1


# --- Classes -------------------------------------------------------------------------------------


@pytest.mark.parametrize("targets", [[0, 1, 1], [-1, 1, 1], [[-1.0], [1.0], [1.0]]])
def test_hinge_draws_the_line_between_two_classes_at_zero(targets):
    X, net = [[-2.0], [0.0], [0.25]], net_with("linear")
    wanted = read_samples(net, X, targets, ns.Hinge()).targets
    assert wanted.classes.tolist() == [0, 1, 1]
    assert wanted.score(wanted.tally(ns.respond(net, X))) == {"accuracy": 1.0}
    assert wanted[[0, 2]].score(wanted[[0, 2]].tally(ns.respond(net, [[-2.0], [-1.0]]))) == {"accuracy": 0.5}


def test_the_other_losses_draw_it_at_one_half():
    assert {loss.name for loss in LOSSES if loss.boundary != 0.5} == {"hinge"}
    assert read_classes(np.array([[0.25], [0.5]])).tolist() == [0, 1]
    assert read_classes(np.array([[-0.25], [0.0]]), 0.0).tolist() == [0, 1]
    assert read_classes(np.array([[0.1, 0.2], [-1, -2]]), 0.0).tolist() == [1, 0]
    wanted = read_samples(net_with("tanh"), [[1.0], [2.0]], [-1, 1]).targets
    assert wanted.classes is None  # for a loss that looks at distances they are values


def test_several_signs_are_classes_where_one_alone_is_positive():
    net = net_with("linear", "linear")
    assert read_samples(net, [[1.0], [2.0]], [[-1, 1], [1, -1]], ns.Hinge()).targets.classes.tolist() == [1, 0]
    assert read_samples(net, [[1.0], [2.0]], [[-1, 1], [1, 1]], ns.Hinge()).targets.classes is None
    assert read_samples(net, [[1.0], [2.0]], [1, 0], ns.Hinge()).targets.values.tolist() == [[0, 1], [1, 0]]


# --- What does not suit --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("modes", "targets", "words"),
    [
        (["linear"], [0.5, 1.0], ("hinge needs", "'a'", "sample 0", "is 0.5", "1 such", "mse")),
        (["linear"], [2.0, 3.0], ("is 2", "2 such", "0 and 1", "-1 and 1")),
        (["linear"], [0.0, -1.0], ("sample 0", "is 0", "beside negative ones")),
        (["tanh", "linear"], [[0, 1], [1, 0.5]], ("'b'", "sample 1", "0.5")),
    ],
)
def test_outputs_and_targets_that_hinge_cannot_use(modes, targets, words):
    with pytest.raises(ns.NeurosimError) as caught:
        ns.losses.as_loss("hinge").check(net_with(*modes), as_values(targets, len(modes)))
    for word in words:
        assert word.lower() in str(caught.value).lower()


def as_values(targets, n_outputs):
    array = np.array(targets)
    return (
        array.reshape(len(array), -1).astype(float) if array.ndim == 2 or n_outputs == 1 else np.eye(n_outputs)[array]
    )


def test_outputs_and_targets_that_hinge_can_use():
    for mode in ("linear", "tanh", "leaky_relu", "elu", "maxout"):
        for targets in ([[0.0], [1.0]], [[-1.0], [1.0]], [[0.0], [0.0]], [[1.0]], [[-1.0]]):
            ns.Hinge().check(net_with(mode), np.array(targets))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: ns.Huber(delta=0), ("Huber.delta", "greater than 0", "got 0")),
        (lambda: ns.Huber(delta="wide"), ("Huber.delta", "'wide'")),
        (lambda: ns.losses.as_loss("hinges"), ("'hinges'", "Did you mean 'hinge'?")),
    ],
)
def test_settings_that_cannot_be(make, words):
    with pytest.raises(ns.NeurosimError) as caught:
        make()
    for word in words:
        assert word.lower() in str(caught.value).lower()


# --- What targets are ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([[0, 1], [1, 0]], "classes"),
        ([[0.5, 0.5], [1, 0]], "probabilities"),
        ([[0, 1], [1, 1]], "yes or no"),
        ([[0], [1]], "yes or no"),
        ([[1], [1]], "yes or no"),
        ([[-1], [1]], "signs"),
        ([[-1], [-1]], "signs"),
        ([[0.5], [1]], "shares"),
        ([[0.5, 0.1]], "shares"),
        ([[-1], [0], [1]], "values"),
        ([[2], [3]], "values"),
    ],
)
def test_kinds_of_targets(values, kind):
    assert target_kind(np.array(values, dtype=float)) == kind


def test_the_spread_of_normal_values_is_their_standard_deviation_and_nothing_lies_far_out():
    rng = np.random.default_rng(0)
    values = rng.normal(size=(10_000, 2)) * [1, 100] + [50, 0]
    spread = spread_of(values)
    assert spread.typical == pytest.approx((1 + 100) / 2, rel=0.05)
    assert spread.far_out == 0
    values[:3, 1] = 1e6
    assert spread_of(values).far_out == 3
    assert spread_of(values).typical == pytest.approx(spread.typical, rel=0.01)
    assert spread_of(values).farthest == pytest.approx(1e4, rel=0.05)


def test_values_that_are_all_the_same_have_nothing_far_out():
    assert spread_of(np.full((20, 1), 3.0)).far_out == 0
    assert spread_of(np.repeat([0.0, 1.0, 2.0], [90, 8, 2])[:, None]).far_out == 0
    assert spread_of(np.array([[0.0], [0.1], [100.0]])).far_out == 0  # too few to say


# --- Suggestions ---------------------------------------------------------------------------------

RNG = np.random.default_rng(0)
NORMAL = RNG.normal(size=40)
HEAVY = np.append(NORMAL, [80.0, -200.0])


@pytest.mark.parametrize(
    ("targets", "outputs", "loss", "words"),
    [
        ([0, 2, 1], 3, "cross_entropy", ("3 in all", "mode='linear'")),
        ([0, 2, 1], "linear", "cross_entropy", ("log-probabilities",)),
        ([0, 2, 1], ["linear", ns.LeakyReLU(), "linear"], "cross_entropy", ("linear and leaky_relu outputs",)),
        ([0, 2, 1], "relu", "cross_entropy", ("relu", "Give the outputs mode='linear' first")),
        ([0, 2, 1], ns.Sigmoid, "binary_cross_entropy", ("sum to 1", "mode='linear'")),
        ([[0, 1], [1, 0]], "linear", "cross_entropy", ("2 in all",)),
        (RNG.dirichlet(np.ones(4), 5), "linear", "cross_entropy", ("probabilities of 4 classes",)),
        (RNG.dirichlet(np.ones(4), (3, 5)), 4, "cross_entropy", ("probabilities of 4 classes",)),
        ([0, 1, 1], 1, "binary_cross_entropy", ("yes or no", "Give the outputs mode='sigmoid'")),
        ([True, False], "sigmoid", "binary_cross_entropy", ("yes or no",)),
        ([0, 1, 1], "linear", "hinge", ("sign", "mode='sigmoid'")),
        ([0, 1, 1], "relu", "binary_cross_entropy", ("relu", "first")),
        ([0, 1, 1], "binary", "mse", ("wrong answers", "slope", "mode='sigmoid'")),
        ([[0, 1], [1, 1]], 2, "binary_cross_entropy", ("for each output",)),
        ([0, 1], 2, "cross_entropy", ("2 in all",)),
        ([-1, 1, 1], "tanh", "hinge", ("sign",)),
        ([-1, 1, 1], 1, "hinge", ("mode='linear'",)),
        ([-1, 1, 1], "sigmoid", "hinge", ("sigmoid", "mode='linear' first")),
        ([0.2, 0.7], "sigmoid", "binary_cross_entropy", ("between 0 and 1",)),
        ([0.2, 0.7], 1, "binary_cross_entropy", ("mode='sigmoid'",)),
        ([0.2, 0.7], "linear", "mse", ("0.2 to 0.7",)),
        (NORMAL, 1, "mse", ("None lies far out", "mode='linear'")),
        (NORMAL, "linear", "mse", ("half the squared distance",)),
        (NORMAL, "sigmoid", "mse", ("sigmoid outputs do not all reach", "mode='linear' first")),
        (NORMAL[:, None] * [0.1, 0.2], "tanh", "mse", ()),
        (HEAVY, "linear", "huber", ("2 lie far out", "-200 to 80", "ns.Huber(delta=")),
        (HEAVY[:-1], 1, "huber", ("1 lies far out",)),
        (HEAVY, "tanh", "huber", ("do not all reach", "2 lie far out", "mode='linear' first")),
        ([0, 1, 2, 1], 1, "mse", ("If they number 3 classes", "3 outputs")),
        ([3, 20, 7], "linear", "mse", ("3 to 20",)),
    ],
)
def test_the_loss_that_suits(targets, outputs, loss, words):
    suggestion = ns.losses.suggest(targets, outputs)
    assert suggestion.loss.name == loss
    for word in words:
        assert word in str(suggestion)
    assert str(suggestion).startswith(("Use loss='", "Use loss=ns."))
    assert str(suggestion).endswith(".")
    assert ns.losses.as_loss(suggestion) is suggestion.loss


def test_a_suggestion_says_nothing_of_changes_where_none_are_needed():
    for targets, outputs in (([0, 2, 1], "linear"), ([0, 1], "sigmoid"), (NORMAL, "linear"), ([-1, 1], "tanh")):
        assert ns.losses.suggest(targets, outputs).change == ""


def test_delta_suits_the_spread_of_the_targets():
    small, large = (ns.losses.suggest(HEAVY * scale, "linear").loss.delta for scale in (1, 1000))
    assert large == pytest.approx(1000 * small)
    assert small == pytest.approx(1.345 * np.std(NORMAL), rel=0.4)


MODES = [name for name in ns.MODES if name not in ("sensory", "maxout")]
TARGETS = {
    "classes": np.arange(12) % 3,
    "one-hot": np.eye(3)[np.arange(12) % 3],
    "probabilities": RNG.dirichlet(np.ones(3), 12),
    "answers": np.array([[0, 1, 1]] * 6 + [[1, 1, 0]] * 6),
    "signs": RNG.choice([-1, 1], size=(12, 3)),
    "shares": RNG.random((12, 3)),
    "values": RNG.normal(size=(12, 3)),
    "far out": np.append(RNG.normal(size=(11, 3)), [[1e3, 0, 0]], axis=0),
}


@pytest.mark.parametrize("mode", [*MODES, "mixed"])
@pytest.mark.parametrize("name", TARGETS)
def test_a_suggested_loss_suits_the_network_or_does_after_the_change_it_names(name, mode):
    net = net_with(*(["linear", "sigmoid", "tanh"] if mode == "mixed" else [mode] * 3), dtype="float32")
    targets, X = TARGETS[name], np.linspace(-1, 1, 12)[:, None]
    suggestion = ns.losses.suggest(targets, net)
    wanted = read_samples(net, X, targets).targets.values
    if "first" in suggestion.change:
        new_mode = suggestion.change.split("mode='")[1].split("'")[0]
        assert f"net = net.with_mode('{new_mode}', neurons=net.outputs)" in suggestion.change
        net = net.with_mode(new_mode, neurons=net.outputs)
        assert " first" not in ns.losses.suggest(targets, net).change
    suggestion.loss.check(net, wanted)
    if mode != "binary":
        assert np.isfinite(ns.gradients(net, X, targets, loss=suggestion.loss).loss)


@pytest.mark.parametrize(
    ("targets", "outputs", "words"),
    [
        ([], 1, ("nothing", "one sample")),
        ([0, np.nan], 1, ("finite",)),
        ("labels.csv", 1, ("'labels.csv'",)),
        ([0, 3], 3, ("from 0 to 3", "3 outputs", "0 to 2")),
        ([0, 3], net_with("linear", "linear"), ("class 3", "0 to 1")),
        ([0.5, 1.5], 3, ("(samples, 3)", "(2,)")),
        ([[0, 1]], 3, ("3 outputs", "(1, 2)")),
        ([[0, 1]], ["linear"] * 3, ("3 outputs", "(1, 2)")),
        ([0, 1], 0, ("outputs", "from 1", "0")),
        ([0, 1], 1.5, ("outputs", "1.5")),
        ([0, 1], [], ("empty",)),
        ([0, 1], "lineal", ("'lineal'", "Did you mean 'linear'?")),
        ([0, 1], None, ("None", "mode")),
    ],
)
def test_targets_and_outputs_that_no_loss_can_use(targets, outputs, words):
    with pytest.raises(ns.NeurosimError) as caught:
        ns.losses.suggest(targets, outputs)
    for word in words:
        assert word.lower() in str(caught.value).lower()


def test_a_suggestion_is_frozen_and_can_be_trained_with():
    net, X = net_with("linear"), np.linspace(-1, 1, 42)[:, None]
    suggestion = ns.losses.suggest(HEAVY, net)
    with pytest.raises(dataclasses.FrozenInstanceError):
        suggestion.reason = "none"
    assert ns.train(net, X, HEAVY, loss=suggestion, epochs=2).epochs == 2


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_class_that_is_certain_costs_nothing(dtype):
    most = np.finfo(dtype).max
    rates = np.array([[most, -most]], dtype)
    with np.errstate(over="ignore", invalid="ignore"):
        found = ns.CrossEntropy().evaluate(rates, rates, np.array([[1, 0]], dtype))
    assert found.value == 0


@pytest.mark.parametrize("targets", [[1, 2, 3, 2, 1, 1e6], [100.0, 2, -1e6], [3.5]])
def test_of_few_samples_it_is_not_said_that_none_lies_far_out(targets):
    suggestion = ns.losses.suggest(targets, "linear")
    assert "too few to tell" in suggestion.reason
    assert "huber" in suggestion.reason
    assert isinstance(suggestion.loss, ns.MSE)
    assert ("samples are" if len(targets) > 1 else "1 sample is") in suggestion.reason


def test_of_enough_samples_it_is_said():
    assert isinstance(ns.losses.suggest([1, 2, 3, 2, 1, 1e6, 2, 3], "linear").loss, ns.Huber)
    assert "None lies far out" in ns.losses.suggest(np.linspace(-2, 2, 8), "linear").reason
