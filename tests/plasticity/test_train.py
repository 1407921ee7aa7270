"""Training against the same steps taken by hand, and everything around it: history, validation, patience, errors."""

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings

import neurosim as ns
from neurosim.engine.compiler import compiled
from neurosim.progress import Watched
from tests.strategies import GRADED, SEEDS, acyclic_networks

LOSSES = list(ns.losses.LOSSES)
OPTIMIZERS = list(ns.optimizers.OPTIMIZERS.values())
STEPPING = [optimizer for optimizer in OPTIMIZERS if not optimizer.full_batch]
SURROGATES = list(ns.surrogates.SURROGATES)
HIDDEN = [mode for mode in GRADED if mode != "sensory"]


def brain(hidden="tanh", outputs=3, output="linear", seed=0, dtype=None):
    """Four inputs, six hidden neurons of a mode, some outputs, and a skip connection."""
    pre = [i for i in range(4) for _ in range(6)] + [h for h in range(4, 10) for _ in range(outputs)] + [0]
    post = list(range(4, 10)) * 4 + list(range(10, 10 + outputs)) * 6 + [10]
    modes = ["sensory"] * 4 + [hidden] * 6 + [output] * outputs
    return ns.Network.from_arrays(pre, post, modes=modes, rng=seed, dtype=dtype)


def three_classes(n=60, seed=0):
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % 3
    return rng.normal(size=(n, 4)) * 0.3 + np.eye(3, 4)[labels] * 2, labels


def by_hand(net, X, targets, loss, optimizer, epochs, batch_size=None, seed=None, *, penalty=0.0, clip=None, **how):
    """The loop that the lecture ends on, written with gradients() and the optimizer alone."""
    program = compiled(net.structure)  # its order, because the sums within an optimizer are rounded in it
    neurons = program.neurons[~net.structure.sensory[program.neurons]]
    n, rng = len(program.synapses), np.random.default_rng(seed)

    def look(samples=slice(None)):
        g = ns.gradients(net, X[samples], targets[samples], loss=loss, **how)
        return g.loss, np.concatenate([g.weights[program.synapses] + penalty * w(), g.thresholds[neurons]])

    def w():
        return net.weights[program.synapses]

    def write(vector):
        net.weights[program.synapses], net.thresholds[neurons] = vector[:n], vector[n:]

    def objective(vector):
        write(vector)
        value, gradient = look()
        return value + penalty / 2 * (w() ** 2).sum(), gradient

    vector = np.concatenate([w(), net.thresholds[neurons]])
    if optimizer.full_batch:
        for _ in range(epochs):
            vector = optimizer.minimize(objective, vector)
        write(vector)
        return
    state = optimizer.init(vector)
    for _ in range(epochs):
        order = np.arange(len(X)) if batch_size is None else rng.permutation(len(X))
        for start in range(0, len(X), batch_size or len(X)):
            _, gradient = look(order[start : start + (batch_size or len(X))])
            if clip is not None:
                gradient = gradient * min(1, clip / np.sqrt((gradient**2).sum()))
            decaying = np.concatenate([w(), np.zeros(len(neurons))])  # thresholds do not decay
            change, state = optimizer.update(gradient, state, decaying)
            vector = vector + change
            write(vector)


def assert_same_parameters(net, twin, rtol=1e-10, atol=1e-12):
    np.testing.assert_allclose(net.weights, twin.weights, rtol=rtol, atol=atol)
    np.testing.assert_allclose(net.thresholds, twin.thresholds, rtol=rtol, atol=atol)


def batches_for(optimizer):
    return {} if optimizer.full_batch else {"batch_size": 8}


def output_for(loss):
    return "sigmoid" if loss == "binary_cross_entropy" else "linear"


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=lambda o: o.name)
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("hidden", HIDDEN)
def test_every_mode_loss_and_optimizer_takes_the_steps_taken_by_hand(hidden, loss, optimizer):
    X, labels = three_classes(30)
    net, twin = brain(hidden, output=output_for(loss)), brain(hidden, output=output_for(loss))
    before = ns.gradients(net, X, labels, loss=loss).loss
    how = batches_for(optimizer)
    history = ns.train(net, X, labels, loss=loss, optimizer=optimizer, epochs=4, rng=5, **how)
    by_hand(twin, X, labels, loss, optimizer, 4, seed=5, **how)
    assert_same_parameters(net, twin)
    assert ns.gradients(net, X, labels, loss=loss).loss < before
    assert history["loss"][-1] < history["loss"][0]


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=lambda o: o.name)
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("surrogate", SURROGATES)
def test_binary_neurons_take_the_steps_that_a_surrogate_shows_them(surrogate, loss, optimizer):
    X, labels = three_classes(30)
    net, twin = brain("binary", output=output_for(loss)), brain("binary", output=output_for(loss))
    start, how = net.copy(), batches_for(optimizer)
    ns.train(net, X, labels, loss=loss, optimizer=optimizer, epochs=3, rng=5, surrogate=surrogate, **how)
    by_hand(twin, X, labels, loss, optimizer, 3, seed=5, surrogate=surrogate, **how)
    assert_same_parameters(net, twin)
    if not optimizer.full_batch:  # along a slope that is not its own, the loss need not fall
        assert (net.weights[:24] != start.weights[:24]).any()
    assert set(ns.activity(net, X)[:, 4:10].ravel()) <= {0.0, 1.0}


@settings(max_examples=40)
@given(net=acyclic_networks(modes=GRADED, loops=True, max_neurons=20), seed=SEEDS)
def test_one_full_batch_epoch_of_sgd_is_one_step_against_the_gradient(net, seed):
    rng = np.random.default_rng(seed)
    X, T = rng.normal(size=(5, len(net.inputs))), rng.normal(size=(5, len(net.outputs)))
    g = ns.gradients(net, X, T)
    weights, thresholds = net.weights - 1e-6 * g.weights, net.thresholds - 1e-6 * g.thresholds
    delayed = net.weights[net.delays > 0].copy()
    history = ns.train(net, X, T, optimizer=ns.SGD(1e-6), epochs=1, batch_size=None)
    np.testing.assert_allclose(net.weights, weights, rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(net.thresholds, thresholds, rtol=1e-12, atol=1e-15)
    assert (net.weights[net.delays > 0] == delayed).all()
    assert history["loss"][0] == pytest.approx(g.loss, rel=1e-12)


def test_the_same_seed_gives_the_same_weights_bit_for_bit():
    X, labels = three_classes()
    nets = [brain() for _ in range(3)]
    for net, seed in zip(nets, (1, 1, 2), strict=True):
        ns.train(net, X, labels, loss="cross_entropy", epochs=3, batch_size=7, rng=seed)
    assert (nets[0].weights == nets[1].weights).all()
    assert (nets[0].weights != nets[2].weights).any()


def test_float32_stays_float32_and_learns():
    X, labels = three_classes()
    net = brain(dtype="float32")
    history = ns.train(net, X, labels, loss="cross_entropy", epochs=30, rng=0)
    assert net.weights.dtype == net.thresholds.dtype == np.float32
    assert history["accuracy"][-1] > 0.95


# --- History -------------------------------------------------------------------------------------


def test_history_says_what_was_met_on_the_way_and_what_validation_found():
    X, labels = three_classes(60)
    Xv, labels_v = three_classes(30, seed=1)
    net = brain()
    measured = []

    def measure(epoch, measures):
        g = ns.gradients(net, Xv, labels_v, loss="cross_entropy")
        accuracy = np.mean(ns.respond(net, Xv).argmax(axis=1) == labels_v)
        measured.append((epoch, g.loss, accuracy))

    first = ns.gradients(net, X, labels, loss="cross_entropy").loss
    accuracy = np.mean(ns.respond(net, X).argmax(axis=1) == labels)
    history = ns.train(
        net,
        X,
        labels,
        loss="cross_entropy",
        epochs=5,
        batch_size=None,
        rng=0,
        validation=(Xv, labels_v),
        callback=measure,
    )
    assert list(history) == ["loss", "accuracy", "seconds", "validation_loss", "validation_accuracy"]
    assert all(len(column) == 5 for column in history.values())
    assert history["loss"][0] == pytest.approx(first, rel=1e-12)
    assert history["accuracy"][0] == accuracy
    assert [epoch for epoch, _, _ in measured] == list(range(5))
    np.testing.assert_allclose(history["validation_loss"], [loss for _, loss, _ in measured], rtol=1e-12)
    np.testing.assert_allclose(history["validation_accuracy"], [accuracy for _, _, accuracy in measured])
    assert (history["seconds"] > 0).all()
    assert history.epochs == 5
    assert "5 epochs" in repr(history)
    with pytest.raises(ns.UnknownNameError, match="Did you mean 'accuracy'"):
        history["acuracy"]


def test_targets_that_are_values_have_an_error_instead_of_an_accuracy():
    X, _ = three_classes()
    T = X @ np.random.default_rng(0).normal(size=(4, 3))
    net = brain("linear")
    expected = np.sqrt(np.mean((ns.respond(net, X) - T) ** 2))
    history = ns.train(net, X, T, epochs=60, batch_size=None, optimizer=ns.Adam(0.05))
    assert history["error"][0] == pytest.approx(expected, rel=1e-12)
    assert history["error"][-1] < 0.1 * expected
    assert "accuracy" not in history


@pytest.mark.parametrize("targets", [[0, 1, 1, 0], [[0], [1], [1], [0]], [0.0, 1.0, 1.0, 0.0]])
def test_a_single_output_reads_zeros_and_ones_as_classes(targets):
    net = ns.Network.from_arrays([0, 1], [2, 2], [1.0, 1.0], modes="sigmoid", thresholds=[0, 0, 0.5])
    history = ns.train(net, [[0, 0], [0, 1], [1, 0], [1, 1]], targets, epochs=1, batch_size=None)
    assert history["accuracy"].tolist() == [0.75]


def test_no_epochs_change_nothing():
    net = brain()
    before = net.weights.copy()
    history = ns.train(net, *three_classes(), epochs=0)
    assert history.epochs == 0
    assert (net.weights == before).all()
    assert "no epochs" in repr(history)


# --- Stopping ------------------------------------------------------------------------------------


def test_patience_ends_the_run_and_goes_back_to_the_best_weights():
    X, labels = three_classes(12)
    Xv, labels_v = np.random.default_rng(3).normal(size=(40, 4)), np.random.default_rng(4).integers(3, size=40)
    net, seen = brain(), []
    history = ns.train(
        net,
        X,
        labels,
        loss="cross_entropy",
        optimizer=ns.Adam(0.05),
        epochs=500,
        rng=0,
        validation=(Xv, labels_v),
        patience=5,
        callback=lambda epoch, measures: seen.append(net.weights.copy()),
    )
    best = int(np.argmin(history["validation_loss"]))
    assert history.stopped_early
    assert history.best_epoch == best
    assert history.epochs == best + 6 < 500
    assert (net.weights == seen[best]).all()
    assert ns.gradients(net, Xv, labels_v, loss="cross_entropy").loss == pytest.approx(history["validation_loss"][best])


def test_a_callback_ends_the_run_by_returning_true():
    history = ns.train(brain(), *three_classes(), epochs=50, callback=lambda epoch, measures: epoch == 2)
    assert history.epochs == 3
    assert history.stopped_early


def test_divergence_names_the_epoch_and_the_neuron_and_keeps_the_last_good_weights():
    net = ns.Network.from_arrays([0, 1], [1, 2], [1.0, 1.0], names=["x", "h", "y"], modes="linear")
    good = []

    def remember(epoch, measures):
        good.append((net.weights.copy(), net.thresholds.copy(), measures["loss"]))

    with pytest.raises(ns.TrainingError) as caught:
        ns.train(net, [[100.0]], [[1.0]], optimizer=ns.SGD(1.0), epochs=100, callback=remember)
    text = str(caught.value)
    for words in (
        f"epoch {len(good)}",
        "neuron '",
        f"{good[-1][2]:.4g}",
        "learning_rate=1.0",
        "Lower the learning rate",
    ):
        assert words in text
    assert (net.weights == good[-1][0]).all()
    assert (net.thresholds == good[-1][1]).all()


# --- Errors --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"epochs": -1}, ("epochs", "-1")),
        ({"epochs": 2.5}, ("epochs", "2.5")),
        ({"batch_size": 0}, ("batch_size", "from 1 up", "None")),
        ({"patience": 0}, ("patience", "0")),
        ({"optimizer": "adma"}, ("'adma'", "Did you mean 'adam'?")),
        ({"loss": "crossentropy"}, ("'crossentropy'", "Did you mean 'cross_entropy'?")),
        ({"rng": -3}, ("-3", "seed")),
        ({"rng": "lucky"}, ("'lucky'", "rng=0")),
        ({"validation": 3}, ("Validation", "(X, targets)")),
        ({"validation": ([[1, 2]], [0])}, ("Validation X", "(samples, 4)")),
        ({"validation": ([[1, 2, 3, 4]], [7])}, ("Validation targets", "class 7")),
    ],
)
def test_settings_that_cannot_be_used_change_nothing(settings, words):
    net = brain()
    before = net.weights.copy(), net.thresholds.copy()
    with pytest.raises(ns.NeurosimError) as caught:
        ns.train(net, *three_classes(), **settings)
    for word in words:
        assert word in str(caught.value)
    assert (net.weights == before[0]).all()
    assert (net.thresholds == before[1]).all()


@pytest.mark.parametrize(
    ("X", "words"),
    [
        ([[1, 2, 3]], ("(samples, 4)", "(1, 3)", "0, 1, 2, 3")),
        ([[1, 2, 3, np.nan]], ("input 3", "nan", "sample 0")),
        ([[1, 2, np.inf, 4]], ("input 2", "inf", "np.isfinite")),
        ("digits.csv", ("'digits.csv'", "np.loadtxt")),
        ([["a", "b", "c", "d"]], ("text", "'a'", "dtype=float")),
        ([[1, 2], [3]], ("rows of one length",)),
        (np.ones((4, 7)), (".T",)),
        (np.ones((2, 3, 4)), ("(2, 3, 4)",)),
        ([[1j, 0, 0, 0]], ("complex",)),
        (None, ("None",)),
    ],
)
def test_stimuli_that_cannot_be_used(X, words):
    net = brain()
    for call in (lambda: ns.respond(net, X), lambda: ns.train(net, X, [0]), lambda: ns.gradients(net, X, [0])):
        with pytest.raises(ns.NeurosimError) as caught:
            call()
        for word in words:
            assert word in str(caught.value)


@pytest.mark.parametrize("verb", [ns.train, ns.gradients])
def test_there_is_nothing_to_learn_from_no_samples(verb):
    with pytest.raises(ns.DataError, match="no samples"):
        verb(brain(), np.empty((0, 4)), np.empty((0, 3)))


@pytest.mark.parametrize("what", ["weights", "thresholds"])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_parameters_that_are_not_numbers_are_found_before_anything_runs(what, value):
    net = ns.Network.from_arrays([0, 1], [1, 2], [1.0, 1.0], names=["x", "h", "y"], modes="tanh")
    getattr(net, what)[1] = value
    for call in (
        lambda: ns.respond(net, [1.0]),
        lambda: ns.gradients(net, [1.0], [0.0]),
        lambda: ns.train(net, [1.0], [0.0]),
    ):
        with pytest.raises(ns.DataError) as caught:
            call()
        assert str(value) in str(caught.value)
        assert "'h'" in str(caught.value)


# --- Progress ------------------------------------------------------------------------------------


def test_no_bar_where_nobody_watches(capsys):
    ns.train(brain(), *three_classes(), epochs=2)
    assert capsys.readouterr() == ("", "")


def test_a_bar_after_a_second_of_work(capsys, monkeypatch):
    monkeypatch.setattr("neurosim.progress.PATIENCE", 0.0)
    with Watched("training", 3, show=True) as work:
        work.advance("loss 0.5")
    assert "training" in capsys.readouterr().err


@pytest.mark.parametrize("fan_in", [3, 40, 200])
def test_training_reaches_sparse_gapped_and_full_blocks_alike(fan_in):
    # 200 x 200 with a fan-in of 3 is held as a sparse matrix, of 40 as a dense one with gaps, of 200 as a full one.
    regions = nx.DiGraph()
    regions.add_node("x", size=200)
    regions.add_node("h", size=200, mode="tanh")
    regions.add_node("y", size=3, mode="linear")
    regions.add_edge("x", "h", wiring=ns.wiring.fixed_indegree(fan_in))
    regions.add_edge("h", "y", wiring=ns.wiring.fixed_indegree(max(3, fan_in // 2)))
    net = ns.Network.from_regions(regions, rng=0)
    twin = net.copy()
    rng = np.random.default_rng(0)
    X, labels = rng.normal(size=(24, 200)), rng.integers(3, size=24)
    ns.train(net, X, labels, loss="cross_entropy", optimizer=ns.Adam(0.01), epochs=3, batch_size=8, rng=1)
    by_hand(twin, X, labels, "cross_entropy", ns.Adam(0.01), 3, batch_size=8, seed=1)
    np.testing.assert_allclose(net.weights, twin.weights, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(net.thresholds, twin.thresholds, rtol=1e-9, atol=1e-12)
