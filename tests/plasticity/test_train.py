"""Training against the same steps taken by hand, and everything around it: history, validation, patience, errors."""

import dataclasses

import networkx as nx
import numpy as np
import pytest
from hypothesis import assume, given, settings

import neurosim as ns
from neurosim.engine.compiler import program_of
from neurosim.plasticity.plastic import Plastic
from neurosim.progress import Watched
from tests.plasticity.helpers import under_law
from tests.strategies import GRADED, SEEDS, acyclic_networks, snapshot

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
    program = program_of(net.structure)  # its order, because the sums within an optimizer are rounded in it
    neurons = program.neurons[~net.structure.sensory[program.neurons]]
    n, rng = len(program.synapses), np.random.default_rng(seed)

    def look(samples=slice(None)):
        g = ns.gradients(net, X[samples], targets[samples], loss=loss, **how)
        return g.loss, np.concatenate([g.weights[program.synapses], g.thresholds[neurons]])

    def w():
        return net.weights[program.synapses]

    def decaying():
        return np.concatenate([w(), np.zeros(len(neurons))])  # thresholds do not decay

    def write(vector):
        net.weights[program.synapses], net.thresholds[neurons] = vector[:n], vector[n:]

    def objective(vector):
        write(vector)
        value, gradient = look()
        return value + penalty / 2 * (w() ** 2).sum(), gradient + penalty * decaying()

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
            change, state = optimizer.update(gradient + penalty * decaying(), state, decaying())
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


# --- Settings that change the steps --------------------------------------------------------------


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=lambda o: o.name)
def test_weight_decay_pulls_at_weights_and_leaves_thresholds_alone(optimizer):
    X, labels = three_classes(30)
    net, twin, free = brain(), brain(), brain()
    how = batches_for(optimizer)
    ns.train(net, X, labels, optimizer=optimizer, epochs=3, rng=5, weight_decay=0.3, **how)
    by_hand(twin, X, labels, "mse", optimizer, 3, seed=5, penalty=0.3, **how)
    assert_same_parameters(net, twin)
    ns.train(free, X, labels, optimizer=optimizer, epochs=3, rng=5, **how)
    assert (net.weights**2).sum() < (free.weights**2).sum()


@pytest.mark.parametrize("optimizer", [ns.SGD(0.1), ns.LBFGS()], ids=lambda o: o.name)
def test_weight_decay_is_not_counted_in_the_loss_that_is_reported(optimizer):
    X, labels = three_classes(30)
    net = brain()
    first = ns.gradients(net, X, labels).loss
    history = ns.train(net, X, labels, optimizer=optimizer, epochs=1, batch_size=None, weight_decay=5.0)
    assert history["loss"][0] == pytest.approx(first, rel=1e-12)


def test_adamw_decays_weights_and_not_thresholds_where_there_is_no_gradient():
    net = ns.Network.from_arrays([0], [1], [2.0], modes="linear", thresholds=[0.0, 3.0])
    ns.train(net, [[0.0]], [-3.0], optimizer=ns.AdamW(0.1, weight_decay=0.5), epochs=10)
    np.testing.assert_allclose(net.weights, 2 * 0.95**10, rtol=1e-12)
    assert net.thresholds.tolist() == [0.0, 3.0]


@pytest.mark.parametrize("optimizer", STEPPING, ids=lambda o: o.name)
@pytest.mark.parametrize("clip", [1e-3, 0.5, 1e3])
def test_a_long_gradient_is_shortened_over_all_parameters_at_once(optimizer, clip):
    X, labels = three_classes(30)
    net, twin = brain(), brain()
    ns.train(net, X, labels, optimizer=optimizer, epochs=3, batch_size=8, rng=5, clip_norm=clip, weight_decay=0.1)
    by_hand(twin, X, labels, "mse", optimizer, 3, 8, 5, clip=clip, penalty=0.1)
    assert_same_parameters(net, twin)


@pytest.mark.parametrize(("dtype", "input_"), [("float32", 1e15), ("float64", 1e100)])
def test_a_step_of_a_clipped_gradient_has_the_length_that_was_asked_for_however_long_the_gradient(dtype, input_):
    net = ns.Network.from_arrays([0, 1], [2, 2], [1.0, 1.0], modes="linear", dtype=dtype)
    ns.train(net, [[input_, input_]], [0.0], optimizer=ns.SGD(0.5), epochs=1, clip_norm=2.0)
    np.testing.assert_allclose(net.weights, 1 - np.sqrt(0.5), rtol=1e-6)


@pytest.mark.parametrize("optimizer", STEPPING, ids=lambda o: o.name)
@pytest.mark.parametrize(
    "schedule",
    [*ns.schedules.SCHEDULES, ns.schedules.step(every=1, factor=0.3), ns.schedules.warmup(2), lambda e, n: (e + 1) / n],
    ids=lambda schedule: getattr(schedule, "__name__", repr(schedule)),
)
def test_the_learning_rate_of_every_epoch_is_the_schedules(schedule, optimizer):
    X, labels = three_classes(30)
    epochs, factor, net = 4, ns.schedules.as_schedule(schedule), brain()
    stretches, states = brain(), []

    @dataclasses.dataclass(frozen=True)
    class Continued:
        """The optimizer at one rate, with the state that the epoch before left."""

        at: ns.optimizers.GradientOptimizer
        full_batch = False

        def init(self, parameters):
            return states[-1] if states else self.at.init(parameters)

        def update(self, *args):
            change, state = self.at.update(*args)
            states.append(state)
            return change, state

    ns.train(net, X, labels, optimizer=optimizer, epochs=epochs, batch_size=None, schedule=schedule)
    for epoch in range(epochs):
        rate = optimizer.learning_rate * factor(epoch, epochs)
        now = dataclasses.replace(optimizer, learning_rate=rate) if rate else optimizer.at_rate(0)
        by_hand(stretches, X, labels, "mse", Continued(now), 1)
    assert_same_parameters(net, stretches)


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=lambda o: o.name)
def test_batches_chosen_automatically_are_32_or_all_where_the_optimizer_needs_all(optimizer):
    X, labels = three_classes(75)
    nets = [brain() for _ in range(3)]
    size = None if optimizer.full_batch else 32
    for net, how in zip(nets, ({}, {"batch_size": "auto"}, {"batch_size": size}), strict=True):
        ns.train(net, X, labels, optimizer=optimizer, epochs=2, rng=1, **how)
    assert (nets[0].weights == nets[1].weights).all()
    assert (nets[0].weights == nets[2].weights).all()


@pytest.mark.parametrize("setting", [{"batch_size": 8}, {"clip_norm": 1.0}, {"schedule": "cosine"}])
def test_lbfgs_refuses_what_it_decides_itself(setting):
    net = brain()
    before = net.copy()
    with pytest.raises(ns.OptionError, match=f"lbfgs.*{next(iter(setting))}.*'adam'"):
        ns.train(net, *three_classes(), optimizer="lbfgs", **setting)
    assert snapshot(net) == snapshot(before)
    ns.train(net, *three_classes(), optimizer="lbfgs", epochs=1, batch_size=None, schedule="constant")


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


def test_patience_without_validation_ends_with_the_weights_whose_loss_was_lowest():
    # Steps of 2 on a parabola of curvature 1 and more leap over its bottom, further each time.
    X, targets = [[1.0]], [1.0]
    net, seen = ns.Network.from_arrays([0], [1], [0.0], modes="linear"), []

    def look(epoch, measures):
        seen.append((ns.gradients(net, X, targets).loss, net.weights.copy(), net.thresholds.copy()))

    history = ns.train(net, X, targets, optimizer=ns.SGD(2.0), epochs=50, patience=1, callback=look)
    losses = [loss for loss, _, _ in seen]
    best = int(np.argmin(losses))
    assert history.best_epoch == best
    assert history.epochs == best + 2
    assert history.stopped_early
    assert net.weights == seen[best][1]
    assert (net.thresholds == seen[best][2]).all()
    assert losses[best] < losses[-1]


@pytest.mark.parametrize("patience", [1, 2, 5])
def test_patience_goes_by_the_loss_after_each_epoch(patience):
    X, labels = three_classes(20)
    net, after, weights = brain(), [], []

    def look(epoch, measures):
        after.append(ns.gradients(net, X, labels).loss)
        weights.append(net.weights.copy())

    how = {"optimizer": ns.Momentum(0.3), "batch_size": 5, "rng": 0, "epochs": 60}
    history = ns.train(net, X, labels, patience=patience, callback=look, **how)
    best = int(np.argmin(after))
    assert history.best_epoch == best
    assert (net.weights == weights[best]).all()
    assert history.stopped_early == (history.epochs == best + 1 + patience)


def test_what_a_callback_writes_is_what_training_goes_on_from():
    X, labels = three_classes(30)
    net, twin = brain(), brain()

    def halve(epoch, measures):
        net.weights *= 0.5
        net.thresholds[5] = 0.25

    ns.train(net, X, labels, optimizer=ns.SGD(0.1), epochs=3, batch_size=None, callback=halve)
    for _ in range(3):
        by_hand(twin, X, labels, "mse", ns.SGD(0.1), 1)
        twin.weights *= 0.5
        twin.thresholds[5] = 0.25
    assert_same_parameters(net, twin)


@pytest.mark.parametrize("edit", [lambda net: net.add_synapse(0, 12, 1.0), lambda net: net.freeze(neurons=4)])
def test_a_callback_that_edits_the_wiring_is_told_not_to(edit):
    net = brain()
    with pytest.raises(ns.TrainingError, match=r"edited while.*return True"):
        ns.train(net, *three_classes(), epochs=3, callback=lambda epoch, measures: edit(net))


@pytest.mark.parametrize("callback", [5, "print", [print]])
def test_a_callback_that_cannot_be_called_is_refused_before_anything_changes(callback):
    net = brain()
    before = snapshot(net)
    with pytest.raises(ns.OptionError, match="callback must be a function"):
        ns.train(net, *three_classes(), epochs=3, callback=callback)
    assert snapshot(net) == before


def test_the_measures_that_a_callback_sees_are_a_copy():
    history = ns.train(brain(), *three_classes(), epochs=2, callback=lambda epoch, measures: measures.clear())
    assert len(history["loss"]) == 2


# --- What is plastic -----------------------------------------------------------------------------


def test_where_nothing_is_plastic_there_is_nothing_to_train():
    net = brain()
    net.freeze()
    with pytest.raises(ns.TrainingError, match=r"plastic.*unfreeze"):
        ns.train(net, *three_classes())
    net.unfreeze(neurons=12)
    before = net.weights.copy()
    ns.train(net, *three_classes(), epochs=2)
    changed = net.structure.post[net.weights != before]
    assert set(changed) == {12}


def test_a_readout_learns_behind_frozen_binary_neurons_without_a_surrogate():
    X, labels = three_classes(40)
    net = brain("binary")
    net.freeze(neurons=net.names[4:10])
    frozen = net.weights[:24].copy()
    hidden = np.column_stack([ns.activity(net, X)[:, 4:10], np.ones(len(X))])
    ns.train(net, X, labels, optimizer=ns.LBFGS(iterations=200), epochs=3)
    assert (net.weights[:24] == frozen).all()
    # Outputs 1 and 2 see only the hidden layer: least squares has the exact answer.
    for output in (11, 12):
        best, *_ = np.linalg.lstsq(hidden, (labels == output - 10).astype(float))
        error = np.square(hidden @ best - (labels == output - 10)).sum()
        found = np.square(ns.activity(net, X)[:, output] - (labels == output - 10)).sum()
        assert found == pytest.approx(error, rel=1e-6)


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=lambda o: o.name)
def test_what_is_shared_learns_as_one_and_what_is_frozen_not_at_all(optimizer):
    X, labels = three_classes(30)
    shared = ["a", "a", "b", "b", "b", "c", *[None] * 18, "d", "d", *[None] * 17]
    net = shared_brain(shared)
    before = net.copy()
    ns.train(net, X, labels, optimizer=optimizer, epochs=3, rng=0)
    for group in range(4):
        values = net.weights[net.shared == group]
        assert (values == values[0]).all()
        assert values[0] != before.weights[net.shared == group][0]
    assert net.thresholds[4] == net.thresholds[5] != before.thresholds[4]
    assert (net.weights[20:24] == before.weights[20:24]).all()
    assert net.thresholds[9] == before.thresholds[9]


@settings(max_examples=40)
@given(net=acyclic_networks(modes=GRADED, loops=True, max_neurons=20), seed=SEEDS)
def test_a_step_of_shared_frozen_and_bounded_parameters_is_that_of_their_gradient(net, seed):
    net = under_law(net, seed)
    assume((net.plastic & (net.delays == 0)).any())
    rng = np.random.default_rng(seed)
    X, T = rng.normal(size=(5, len(net.inputs))), rng.normal(size=(5, len(net.outputs)))
    g, rate = ns.gradients(net, X, T), 1e-4
    weights = net.weights - rate * g.weights * net.plastic
    sign = net.structure.receptor
    weights = np.clip(weights, np.where(sign > 0, 0, -np.inf), np.where(sign < 0, 0, np.inf))
    thresholds = net.thresholds - rate * g.thresholds * net.plastic_thresholds
    ns.train(net, X, T, optimizer=ns.SGD(rate), epochs=1, batch_size=None)
    np.testing.assert_allclose(net.weights, weights, rtol=1e-10, atol=1e-13)
    np.testing.assert_allclose(net.thresholds, thresholds, rtol=1e-10, atol=1e-13)


def shared_brain(shared, **settings):
    """`brain`, some of it shared and some of it frozen."""
    plain = brain()
    structure = plain.structure
    plastic, thresholds = np.ones(43, dtype=bool), np.ones(13, dtype=bool)
    plastic[20:24], thresholds[9] = False, False
    weights = plain.weights.copy()
    for label in set(shared) - {None}:
        members = [i for i, other in enumerate(shared) if other == label]
        weights[members] = weights[members[0]]
    return ns.Network.from_arrays(
        structure.pre,
        structure.post,
        weights,
        modes=plain.modes,
        shared=shared,
        plastic=plastic,
        plastic_thresholds=thresholds,
        shared_thresholds=[None] * 4 + ["t", "t"] + [None] * 7,
        **settings,
    )


def test_a_weight_that_is_shared_with_a_delayed_synapse_changes_there_too():
    net = ns.Network.from_arrays([0, 1], [1, 1], 0.5, modes="linear", delay=[0, 1], shared=["w", "w"], outputs=[1])
    ns.train(net, [[1.0], [2.0]], [3.0, 5.0], optimizer=ns.SGD(0.1), epochs=2000)
    np.testing.assert_allclose(net.weights, [2.0, 2.0], rtol=1e-6)
    assert net.weights[0] == net.weights[1]
    ns.respond(net, [1.0])


def test_a_threshold_that_is_shared_with_a_sensory_neuron_changes_there_too():
    net = ns.Network.from_arrays([0], [1], [1.0], modes="linear", shared_thresholds=["t", "t"])
    ns.train(net, [[1.0], [2.0]], [2.0, 3.0], optimizer=ns.SGD(0.1), epochs=10)
    assert net.thresholds[0] == net.thresholds[1] != 0
    ns.respond(net, [1.0])


@pytest.mark.parametrize("lost", [[], ["a"], ["a", "b"]], ids=str)
def test_a_shared_threshold_is_learnt_until_all_who_share_it_are_silenced(lost):
    net = ns.Network.from_arrays(
        [0, 0, 0, 1, 2],
        [1, 2, 3, 3, 3],
        1.0,
        modes=["sensory", "relu", "relu", "linear"],
        names=list("xaby"),
        shared_thresholds=["t", "t", "t", None],
    )
    if lost:
        ns.lesion(net, neurons=lost)
    net.freeze(synapses=net.synapses)
    assert Plastic(net.structure, program_of(net.structure)).size == net.n_parameters == (1 if len(lost) == 2 else 2)
    net.freeze(neurons="y")
    if len(lost) == 2:
        with pytest.raises(ns.TrainingError, match="Nothing in this network is plastic"):
            ns.train(net, [[1.0]], [[5.0]], epochs=1)
        assert not net.thresholds.any()
    else:
        ns.train(net, [[1.0]], [[5.0]], epochs=1)
        assert (net.thresholds[:3] == net.thresholds[0]).all()
        assert net.thresholds[0] != 0


# --- Columns of the history ----------------------------------------------------------------------


@pytest.mark.parametrize("optimizer", ["adam", "lbfgs"])
@pytest.mark.parametrize("loss", LOSSES)
def test_a_distance_has_an_error_and_classes_have_an_accuracy_besides(loss, optimizer):
    X, labels = three_classes(30)
    net = brain(output=output_for(loss))
    Y, T = ns.respond(net, X), np.eye(3)[labels]
    history = ns.train(
        net, X, labels, loss=loss, optimizer=optimizer, epochs=2, batch_size=None, validation=(X, labels)
    )
    assert history["accuracy"][0] == np.mean(Y.argmax(axis=1) == labels)
    assert ("error" in history) == ns.losses.LOSSES[loss].is_distance
    assert ("validation_error" in history) == ns.losses.LOSSES[loss].is_distance
    if "error" in history:
        assert history["error"][0] == pytest.approx(np.sqrt(np.mean((Y - T) ** 2)), rel=1e-12)
        after = np.sqrt(np.mean((ns.respond(net, X) - T) ** 2))
        assert history["validation_error"][-1] == pytest.approx(after, rel=1e-12)
    assert {len(column) for column in history.values()} == {2}


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
        ({"validation": 3}, ("validation", "(X, targets)")),
        ({"validation": ([[1, 2]], [0])}, ("validation X", "(samples, 4)")),
        ({"validation": ([[1, 2, 3, 4]], [7])}, ("validation targets", "class 7")),
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
        ([["a", "b", "c", "d"]], ("text", "'a'", "np.unique")),
        ([[1, 2], [3]], ("rows of one length",)),
        (np.ones((4, 7)), (".T",)),
        (np.ones((2, 3, 4, 5)), ("(2, 3, 4, 5)",)),
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


def test_what_a_callback_does_to_the_best_weights_is_kept():
    net = ns.Network.from_arrays([0, 1], [2, 2], [0.5, 0.2], modes="linear")

    def prune(epoch, measures):
        net.weights[1] = 0.0

    X, Y = [[1.0, 2.0], [2.0, 1.0]], [[1.0], [2.0]]
    ns.train(net, X, Y, epochs=5, patience=3, optimizer=ns.SGD(0.05), callback=prune, rng=0)
    assert net.weights[1] == 0


def test_a_loss_that_stays_the_same_has_not_fallen():
    net = ns.Network.from_arrays([0], [1], [1.0], modes="linear")  # already right, so that every loss is 0
    history = ns.train(net, [[1.0], [2.0]], [1.0, 2.0], epochs=50, patience=3, rng=0)
    assert len(history["loss"]) == 4
    assert history.best_epoch == 0
