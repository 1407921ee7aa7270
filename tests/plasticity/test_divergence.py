"""Training that runs away: the error says where and when, and the network keeps its last good weights, bit for bit."""

import numpy as np
import pytest

import neurosim as ns

pytestmark = pytest.mark.usefixtures("either_backend")

RUNAWAYS = [ns.SGD(1e3), ns.Momentum(1e3), ns.Nesterov(1e3), ns.RMSProp(1e200), ns.Adam(1e200), ns.AdamW(1e200)]


class Diary:
    """A callback that remembers the network after every epoch, from before the first."""

    def __init__(self, net):
        self.net, self.pages, self.losses = net, [], []
        self(None, None)

    def __call__(self, epoch, measures):
        self.pages.append((self.net.weights.copy(), self.net.thresholds.copy()))
        if measures:
            self.losses.append(measures["loss"])

    def last_is_kept(self):
        weights, thresholds = self.pages[-1]
        return (self.net.weights == weights).all() and (self.net.thresholds == thresholds).all()


def diverging(net, *args, **settings):
    """Train until it fails; the message and the diary."""
    diary = Diary(net)
    with pytest.raises(ns.TrainingError) as caught:
        ns.train(net, *args, callback=diary, **settings)
    return str(caught.value), diary


def chain(mode="linear", weight=1.0, dtype=None):
    return ns.Network.from_arrays([0, 1], [1, 2], weight, names=["x", "h", "y"], modes=mode, dtype=dtype)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("batch_size", [1, None])
@pytest.mark.parametrize("optimizer", RUNAWAYS, ids=lambda o: o.name)
def test_whatever_the_optimizer_the_last_good_weights_are_kept(optimizer, batch_size, dtype):
    if dtype == "float32" and optimizer.learning_rate > 1e38:
        optimizer = type(optimizer)(1e25)
    net = chain(dtype=dtype)
    text, diary = diverging(net, [[1.0], [2.0]], [5.0, -3.0], optimizer=optimizer, batch_size=batch_size, rng=0)
    assert diary.last_is_kept()
    assert np.isfinite(net.weights).all()
    assert f"epoch {len(diary.losses)}," in text
    last = f"the last good loss was {diary.losses[-1]:.4g}" if diary.losses else "no good epoch before it"
    assert last in text
    assert str(optimizer) in text
    assert "Lower the learning rate" in text


def test_the_first_neuron_in_the_order_of_computation_is_named():
    # Numbered against that order: 0 is the output, 3 the input. Both hidden neurons overflow, the first one first.
    net = ns.Network.from_arrays([3, 2, 1], [2, 1, 0], [1e200, 1.0, 1.0], names=["y", "b", "a", "x"], modes="linear")
    text, diary = diverging(net, [[1e200]], [0.0], epochs=3)
    assert "first at neuron 'a'" in text
    assert "epoch 0" in text
    assert "no good epoch before it" in text
    assert diary.last_is_kept()


def test_where_only_the_loss_is_too_large_the_largest_output_is_named():
    net = ns.Network.from_arrays([0, 0, 0], [1, 2, 3], [1.0, -1e200, 2.0], names=["x", "a", "b", "c"], modes="linear")
    text, diary = diverging(net, [[1.0]], [[0.0, 0.0, 0.0]])
    assert "neuron 'b'" in text
    assert "the loss is inf" in text
    assert diary.last_is_kept()


def test_a_drive_that_a_squashing_output_hides_is_found():
    net = ns.Network.from_arrays([0, 0], [1, 2], [1.0, -1e200], names=["x", "a", "b"], modes="sigmoid")
    text, _ = diverging(net, [[1e200]], [[1.0, 1.0]], loss="binary_cross_entropy")
    assert "neuron 'b'" in text


def test_weights_that_are_no_longer_finite_name_the_neuron_that_they_lead_to():
    # The only step of the epoch is the one that overflows, so no rate has shown it yet.
    net = ns.Network.from_arrays([0, 0], [1, 2], [0.0, 0.0], names=["x", "a", "b"], modes="linear")
    text, diary = diverging(net, [[1e3]], [[0.0, 1e3]], optimizer=ns.SGD(1e305), epochs=1)
    assert "weights are no longer finite" in text
    assert "neuron 'b'" in text
    assert diary.last_is_kept()


@pytest.mark.parametrize("settings", [{"validation": ([[1e160]], [0.0])}, {"patience": 3}])
def test_an_epoch_after_which_the_loss_is_infinite_is_not_a_good_one(settings):
    net = chain()
    rate = 1e3 if "validation" in settings else 1e160
    text, diary = diverging(net, [[1.0]], [0.0], optimizer=ns.SGD(rate), epochs=1, **settings)
    assert len(diary.losses) == 0
    assert diary.last_is_kept()
    assert net.weights.tolist() == [1.0, 1.0]
    assert "weights from before that epoch" in text


@pytest.mark.parametrize("mode", ["linear", "relu", "tanh", "sigmoid"])
def test_lbfgs_does_not_diverge(mode):
    rng = np.random.default_rng(0)
    X, T = rng.normal(size=(20, 1)) * 1e3, rng.normal(size=(20, 1)) * 1e3
    net = chain(mode)
    history = ns.train(net, X, T, optimizer="lbfgs", epochs=5)
    assert np.isfinite(net.weights).all()
    assert (np.diff(history["loss"]) <= 0).all()


def test_lbfgs_says_so_where_it_cannot_even_begin():
    text, diary = diverging(chain(), [[1e200]], [0.0], optimizer="lbfgs")
    assert "epoch 0" in text
    assert diary.last_is_kept()


def test_divergence_makes_no_noise_besides_its_error():
    with np.errstate(over="raise", invalid="raise"):
        text, _ = diverging(chain(), [[1.0]], [5.0], optimizer=ns.SGD(1e3))
    assert "diverged" in text


def escaping():
    """A frozen loop beside the path to the output: it grows without end, and the loss does not see it."""
    return ns.Network.from_arrays(
        [0, 1, 0],
        [1, 1, 2],
        [1.0, 10.0, 1.0],
        names=["x", "boom", "y"],
        modes=["sensory", "relu", "linear"],
        delay=[0, 1, 0],
        outputs=[2],
        dtype="float32",
        plastic=[False, False, True],
    )


def test_a_neuron_that_no_loss_sees_is_reported_too():
    net, X = escaping(), np.arange(60.0)[None, :, None] + 1
    with pytest.raises(ns.TrainingError, match="'boom' is not finite"):
        ns.gradients(net, X, X)
    for options in ({}, {"validation": (X, X)}, {"patience": 2}):
        with pytest.raises(ns.TrainingError, match="first at neuron 'boom': its rate is no longer finite"):
            ns.train(escaping(), X, X, epochs=3, optimizer=ns.SGD(1e-9), **options)


def test_the_first_neuron_that_is_not_finite_is_named_though_the_loss_is_finite():
    net = ns.Network.from_arrays(
        [0, 1, 2],
        [1, 2, 3],
        [1e200, 1e200, 1.0],
        names=["x", "h1", "h2", "y"],
        modes=["sensory", "linear", "linear", "tanh"],
    )
    with pytest.raises(ns.TrainingError, match="first at neuron 'h2'"):
        ns.train(net, [[1.0]], [[0.5]], epochs=2)
