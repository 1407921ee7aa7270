"""Training on several tasks against training on one, and against the same steps taken by hand on the views."""

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings

import neurosim as ns
from neurosim.engine.compiler import program_of
from neurosim.plasticity.joint_samples import Dealer, ask
from neurosim.plasticity.plastic import Plastic
from tests.plasticity.helpers import law_is_kept, under_law
from tests.strategies import GRADED, SEEDS, snapshot

LOSSES = list(ns.losses.LOSSES)
OPTIMIZERS = list(ns.optimizers.OPTIMIZERS.values())
HIDDEN = [mode for mode in GRADED if mode != "sensory"]

pytestmark = pytest.mark.usefixtures("either_backend")


def brain(hidden="tanh", output="linear", seed=0, dtype=None, wiring=None):
    """An eye of six, two hidden regions that both serve both regions to read, and a way past them."""
    regions = nx.DiGraph()
    regions.add_node("eye", size=6)
    for name in ("left", "right"):
        regions.add_node(name, size=5, mode=hidden)
        regions.add_edge("eye", name, **({} if wiring is None else {"wiring": wiring}))
        regions.add_edges_from([(name, "what"), (name, "where")])
    regions.add_edge("eye", "where")
    regions.add_node("what", size=4, mode=output)
    regions.add_node("where", size=3, mode=output)
    return ns.Network.from_regions(regions, rng=seed, dtype=dtype)


def digits(n=30, seed=0, name="what", output="what", classes=4, **settings):
    rng = np.random.default_rng(seed)
    labels = rng.integers(classes, size=n)
    return ns.Task(name, rng.normal(size=(n, 6)) + 0.5 * labels[:, None], labels, output, **settings)


def places(n=30, seed=1, **settings):
    return digits(n, seed, "where", "where", 3, **settings)


def vector_of(net):
    """Where the plastic parameters of a network without shared ones are: synapses, and neurons."""
    program, structure = program_of(net.structure), net.structure
    neurons = program.neurons[~structure.sensory[program.neurons]]
    return program.synapses, neurons


def by_hand(net, tasks, optimizer, epochs, batch_size, seed, **how):
    """The loop in plain words: a shorter task is gone through again and again, each time in a new order.

    Tasks that are shorter than the longest must have stimuli of their own.
    """
    rng, longest = np.random.default_rng(seed), max(map(len, tasks))
    queues = {task.name: [] for task in tasks if len(task) < longest}
    synapses, neurons = vector_of(net)
    vector = np.concatenate([net.weights[synapses], net.thresholds[neurons]])
    state = optimizer.init(vector)
    told = []
    for _ in range(epochs):
        dealt = {task.name: range(longest) for task in tasks}
        for name, queue in queues.items():
            count = next(len(task) for task in tasks if task.name == name)
            while len(queue) < longest:
                queue.extend(rng.permutation(count).tolist())
            dealt[name] = [queue.pop(0) for _ in range(longest)]
        order = rng.permutation(longest)
        sums = dict.fromkeys([task.name for task in tasks], 0.0)
        for start in range(0, longest, batch_size):
            numbers = order[start : start + batch_size]
            gradient = np.zeros_like(vector)
            for task in tasks:
                mine = task[[dealt[task.name][k] for k in numbers]]
                g = ns.gradients(task.view(net), mine.X, mine.targets, loss=task.loss, **how)
                gradient += task.weight * np.concatenate([g.weights[synapses], g.thresholds[neurons]])
                sums[task.name] += g.loss * len(numbers)
            change, state = optimizer.update(gradient, state, vector * (np.arange(len(vector)) < len(synapses)))
            vector = vector + change
            net.weights[synapses], net.thresholds[neurons] = vector[: len(synapses)], vector[len(synapses) :]
        told.append({name: total / longest for name, total in sums.items()})
    return told


def assert_same_parameters(net, twin, rtol=1e-9, atol=1e-11):
    np.testing.assert_allclose(net.weights, twin.weights, rtol=rtol, atol=atol)
    np.testing.assert_allclose(net.thresholds, twin.thresholds, rtol=rtol, atol=atol)


# --- The steps -----------------------------------------------------------------------------------


@pytest.mark.parametrize("optimizer", OPTIMIZERS, ids=lambda o: o.name)
@pytest.mark.parametrize("loss", LOSSES)
def test_a_single_task_is_trained_as_train_does(loss, optimizer):
    output = "sigmoid" if loss == "binary_cross_entropy" else "linear"
    net, twin, task = brain(output=output), brain(output=output), digits(loss=loss)
    how = {"epochs": 3, "rng": 5, "optimizer": optimizer}
    how |= {} if optimizer.full_batch else {"batch_size": 8, "clip_norm": 0.5, "schedule": "cosine"}
    history = ns.train_tasks(net, [task], weight_decay=0.1, **how)
    alone = ns.train(task.view(twin), task.X, task.targets, loss=loss, weight_decay=0.1, **how)
    assert_same_parameters(net, twin)
    for name in history["what"]:
        np.testing.assert_allclose(history["what"][name], alone[name], rtol=1e-9)
    np.testing.assert_allclose(history.loss, alone["loss"], rtol=1e-9)
    assert list(history["what"]) == [name for name in alone if name != "seconds"]


@pytest.mark.parametrize("hidden", HIDDEN)
@pytest.mark.parametrize("optimizer", [ns.SGD(0.05), ns.Adam(0.02), ns.AdamW(0.02)], ids=lambda o: o.name)
@pytest.mark.parametrize("lengths", [(30, 30), (30, 11), (9, 30)], ids=str)
def test_every_step_adds_the_gradients_of_all_tasks(lengths, optimizer, hidden):
    tasks = [digits(lengths[0], weight=0.5), places(lengths[1], loss="mse", weight=2.0)]
    net, twin = brain(hidden), brain(hidden)
    history = ns.train_tasks(net, tasks, optimizer=optimizer, epochs=3, batch_size=8, rng=5)
    told = by_hand(twin, tasks, optimizer, 3, 8, 5)
    assert_same_parameters(net, twin)
    for task in tasks:
        np.testing.assert_allclose(history[task.name]["loss"], [each[task.name] for each in told], rtol=1e-9)
    np.testing.assert_allclose(history.loss, sum(task.weight * history[task.name]["loss"] for task in tasks), rtol=1e-9)


def test_tasks_with_the_same_stimuli_and_tasks_at_the_same_region():
    first = digits()
    second = ns.Task("where", first.X, places().targets, "where", loss="hinge")
    third = ns.Task("again", places(17).X, first.targets[:17], "what", loss="mse")
    net, twin = brain(), brain()
    ns.train_tasks(net, [first, second, third], optimizer="adam", epochs=3, batch_size=8, rng=5)
    by_hand(twin, [first, second, third], ns.Adam(), 3, 8, 5)
    assert_same_parameters(net, twin)


@pytest.mark.parametrize("lengths", [(30, 20), (20, 30), (30, 7), (12, 30), (30, 30)], ids=str)
def test_every_sample_of_a_shorter_task_is_seen_as_often_as_the_others(lengths):
    net, tasks, rng = brain(), [digits(lengths[0]), places(lengths[1])], np.random.default_rng(0)
    data = ask(net, tasks)
    dealer, longest, epochs = Dealer(data, rng), max(lengths), 50
    visits = [np.zeros(count, int) for count in lengths]
    for _ in range(epochs):
        shown, order = dealer.epoch(), rng.permutation(longest)
        for start in range(0, longest, 8):
            for task, count in zip(data.asked, visits, strict=True):
                np.add.at(count, shown[order[start : start + 8]].of(task), 1)
        assert max(np.ptp(count) for count in visits) <= 1
    assert [count.sum() for count in visits] == [epochs * longest] * 2


def test_tasks_with_the_same_stimuli_are_dealt_the_same_samples():
    first = digits(20)
    same = ns.Task("where", first.X, places(20).targets, "where")
    net = brain()
    data = ask(net, [first, digits(30, 3, "long"), same])
    shown = Dealer(data, np.random.default_rng(0)).epoch()[np.arange(8)]
    assert (shown.of(data.asked[0]) == shown.of(data.asked[2])).all()
    assert shown.stimulus[0].shape == (6, 16)


def test_where_the_stimuli_tell_nothing_a_shorter_task_learns_the_frequencies_of_its_classes():
    """Seen twice as often, the first half of its samples would make their class twice as likely."""
    first, second = np.zeros((30, 6)), np.zeros((20, 6))
    short = ns.Task("short", second, np.repeat([0, 1, 2], [10, 5, 5]), "where")
    net = brain()
    how = {"optimizer": ns.SGD(0.1), "schedule": "cosine", "batch_size": 10, "rng": 0}
    ns.train_tasks(net, [ns.Task("long", first, np.arange(30) % 4, "what"), short], epochs=200, **how)
    odds = np.exp(ns.respond(short.view(net), second[:1])[0])
    np.testing.assert_allclose(odds / odds.sum(), [0.5, 0.25, 0.25], atol=0.01)


def test_sigmoid_outputs_and_linear_ones_are_judged_by_losses_of_their_own():
    net, twin = brain(output="sigmoid"), brain(output="sigmoid")
    tasks = [digits(loss="binary_cross_entropy"), places(19, loss="huber")]
    ns.train_tasks(net, tasks, optimizer="adam", epochs=3, batch_size=8, rng=5)
    by_hand(twin, tasks, ns.Adam(), 3, 8, 5)
    assert_same_parameters(net, twin)


@pytest.mark.parametrize("surrogate", list(ns.surrogates.SURROGATES))
def test_binary_neurons_learn_by_a_surrogate(surrogate):
    net, twin, tasks = brain("binary"), brain("binary"), [digits(), places(11)]
    ns.train_tasks(net, tasks, optimizer="adam", epochs=3, batch_size=8, rng=5, surrogate=surrogate)
    by_hand(twin, tasks, ns.Adam(), 3, 8, 5, surrogate=surrogate)
    assert_same_parameters(net, twin)


@settings(max_examples=15)
@given(seed=SEEDS)
def test_a_step_on_all_samples_goes_against_the_sum_of_the_gradients_on_the_views(seed):
    """Whatever is shared, frozen, delayed or under receptors; each task's samples count once, however many they are."""
    rng = np.random.default_rng(seed)
    free = brain(HIDDEN[seed % len(HIDDEN)], seed=seed, wiring=ns.wiring.random(0.5))
    net = under_law(free, seed)
    for name in free.names:
        net[name].region = free[name].region
    tasks = [digits(int(rng.integers(1, 9)), seed), places(int(rng.integers(1, 9)), seed + 1, weight=0.3)]
    found = [ns.gradients(task.view(net), task.X, task.targets, loss=task.loss) for task in tasks]
    before, rate = net.copy(), 1e-4
    history = ns.train_tasks(net, tasks, optimizer=ns.SGD(rate), epochs=1, batch_size=None)
    signs, plastic, free_thresholds = net.structure.receptor, net.plastic, net.plastic_thresholds
    weights = before.weights - rate * sum(t.weight * g.weights for t, g in zip(tasks, found, strict=True))
    weights = np.where(signs == 1, np.maximum(weights, 0), np.where(signs == -1, np.minimum(weights, 0), weights))
    thresholds = before.thresholds - rate * sum(t.weight * g.thresholds for t, g in zip(tasks, found, strict=True))
    np.testing.assert_allclose(net.weights, np.where(plastic, weights, before.weights), rtol=1e-10, atol=1e-13)
    useful = free_thresholds & ~net.structure.sensory
    np.testing.assert_allclose(net.thresholds[useful], thresholds[useful], rtol=1e-10, atol=1e-13)
    assert (net.thresholds[~free_thresholds] == before.thresholds[~free_thresholds]).all()
    assert law_is_kept(net)
    for task, g in zip(tasks, found, strict=True):
        assert history[task.name]["loss"][0] == pytest.approx(g.loss, rel=1e-10)


def test_the_step_goes_down_the_slope_of_the_weighted_losses():
    """Finite differences, which know nothing of the chain rule."""
    tasks, net, rate, h = [digits(7), places(5, loss="mse", weight=3.0)], brain(), 1e-3, 1e-6
    moved = net.copy()
    ns.train_tasks(moved, tasks, optimizer=ns.SGD(rate), epochs=1, batch_size=None)

    def total(weights):
        twin = net.copy()
        twin.weights = weights
        return sum(task.weight * task.loss_of(twin) for task in tasks)

    for synapse in np.random.default_rng(0).integers(len(net.weights), size=12):
        nudge = np.zeros(len(net.weights))
        nudge[synapse] = h
        slope = (total(net.weights + nudge) - total(net.weights - nudge)) / (2 * h)
        assert (net.weights - moved.weights)[synapse] == pytest.approx(rate * slope, rel=1e-4, abs=1e-10)


def test_both_tasks_are_learnt_and_the_brain_forgets_neither():
    net, tasks = brain(), [digits(80), places(60)]
    history = ns.train_tasks(net, tasks, optimizer=ns.Adam(0.02), epochs=40, rng=0)
    for task in tasks:
        assert task.accuracy(net) > task.chance_accuracy(net) + 0.15
        assert task.loss_of(net) < 0.7 * task.chance(net)
        assert history[task.name]["accuracy"][-1] > history[task.name]["accuracy"][0]


def test_the_same_seed_gives_the_same_weights_bit_for_bit():
    nets, tasks = [brain() for _ in range(3)], [digits(), places(17)]
    for net, seed in zip(nets, (1, 1, 2), strict=True):
        ns.train_tasks(net, tasks, epochs=3, batch_size=7, rng=seed)
    assert (nets[0].weights == nets[1].weights).all()
    assert (nets[0].weights != nets[2].weights).any()


def test_float32_stays_float32():
    net = brain(dtype="float32")
    ns.train_tasks(net, [digits(), places()], epochs=2, rng=0)
    assert net.weights.dtype == np.float32
    assert np.isfinite(net.weights).all()


def test_what_a_lesion_took_out_is_not_touched():
    net, tasks = brain(), [digits(), places()]
    before = net.copy()
    with ns.lesion(net, regions=["left"]):
        ns.train_tasks(net, tasks, epochs=2, rng=0, weight_decay=0.1)
    region = np.isin(np.arange(len(net)), net.structure.members("left"))
    gone = region[net.structure.pre] | region[net.structure.post]
    assert (net.weights[gone] == before.weights[gone]).all()
    assert (net.thresholds[region] == before.thresholds[region]).all()
    assert (net.weights[~gone] != before.weights[~gone]).all()


# --- Between epochs ------------------------------------------------------------------------------


def test_a_callback_sees_every_task_after_every_epoch_and_ends_the_training():
    net, tasks, seen = brain(), [digits(), places()], []

    def look(epoch, measures):
        seen.append((epoch, measures, [task.loss_of(net) for task in tasks]))
        return epoch == 2

    history = ns.train_tasks(net, tasks, epochs=9, rng=0, callback=look)
    assert [epoch for epoch, _, _ in seen] == [0, 1, 2]
    assert history.epochs == 3
    assert history.stopped_early
    assert [measures["where"]["accuracy"] for _, measures, _ in seen] == history["where"]["accuracy"].tolist()
    assert seen[0][2] != seen[1][2]
    assert [task.loss_of(net) for task in tasks] == seen[-1][2]


def test_a_region_whose_rate_is_0_stands_still_while_the_others_learn():
    net, tasks, looks = brain(), [digits(), places()], []
    mine = np.isin(net.structure.post, net.structure.members("left"))
    start = net.weights.copy()
    ages = ns.Plasticity(learning_rate={"left": lambda age: float(age >= 2)})
    ns.train_tasks(net, tasks, epochs=3, rng=0, ages=ages, callback=lambda *_: looks.append(net.weights.copy()))
    assert (looks[1][mine] == start[mine]).all()
    assert (looks[1][~mine] != start[~mine]).all()
    assert (looks[2][mine] != start[mine]).all()


@pytest.mark.parametrize("optimizer", [ns.Adam(0.02), ns.Momentum(0.02)], ids=lambda o: o.name)
def test_turnover_with_a_single_task_is_that_of_train(optimizer):
    """The outputs of the view must be those of the network, as what leads to them decides where there is room."""
    net = brain(wiring=ns.wiring.random(0.5))
    twin, task = net.copy(), places()
    ages = ns.Plasticity(learning_rate=ns.ages.exponential(half_life=2), turnover={"left": 0.2, "right": 0.1})
    how = {"epochs": 5, "batch_size": 8, "rng": 3, "optimizer": optimizer, "ages": ages}
    ns.train_tasks(net, [task], **how)
    view = task.view(twin)
    ns.train(view, task.X, task.targets, loss="cross_entropy", **how)
    assert net.synapses == view.synapses
    assert net.synapses != twin.synapses
    assert_same_parameters(net, view)


def test_two_tasks_are_learnt_while_synapses_come_and_go():
    net, tasks = brain(wiring=ns.wiring.random(0.5)), [digits(60), places(40)]
    count, before = len(net.synapses), net.synapses
    ages = ns.Plasticity(turnover={"left": 0.2, "right": 0.1})
    history = ns.train_tasks(net, tasks, optimizer=ns.Adam(0.02), epochs=30, rng=3, ages=ages)
    assert len(net.synapses) == count
    assert net.synapses != before
    for task in tasks:
        assert history[task.name]["loss"][-1] < 0.8 * history[task.name]["loss"][0]
        assert task.loss_of(net) < task.chance(net)


@pytest.mark.parametrize("train", [ns.train_tasks, ns.train])
def test_a_callback_may_lesion_in_a_block(train):
    """What it measures meanwhile is of the lesioned brain, and the training goes on as if it had not."""
    net, task, seen = brain(), digits(), []
    if train is ns.train:
        net, data, how = task.view(net), (task.X, task.targets), {"loss": "cross_entropy"}
    else:
        data, how = ([task, places(11)],), {}
    twin = net.copy()

    def look(epoch, measures):
        with ns.lesion(net, regions="left"):
            silent = task.loss_of(net)
            with ns.lesion(net, regions="right", weaken=0.5), ns.lesion(net, regions="right", noise=0.3, rng=0):
                seen.append((silent, task.loss_of(net), task.loss_of(net.copy())))

    history = train(net, *data, epochs=4, rng=3, callback=look, **how)
    alone = train(twin, *data, epochs=4, rng=3, **how)
    assert snapshot(net) == snapshot(twin)
    assert len(seen) == 4
    assert all(len(set(losses[:2])) == 2 and losses[1] == losses[2] for losses in seen)
    with ns.lesion(twin, regions="left"):
        assert task.loss_of(twin) == seen[-1][0]
    assert (history.loss == alone.loss).all() if train is ns.train_tasks else (history["loss"] == alone["loss"]).all()


@pytest.mark.parametrize("answer", [None, True])
@pytest.mark.parametrize("train", [ns.train_tasks, ns.train])
def test_a_callback_that_leaves_a_lesion_behind_is_told_of_blocks(train, answer):
    net, task = brain(), digits()
    view = task.view(net) if train is ns.train else net
    data = (task.X, task.targets) if train is ns.train else (task,)

    def hurt(epoch, measures):
        ns.lesion(view, regions="left")
        return answer

    with pytest.raises(ns.TrainingError, match=r"a lesion was made or undone.*with ns\.lesion.*only return True"):
        train(view, *data, epochs=3, callback=hurt)


def test_ages_in_a_lesion_are_as_without_what_is_gone():
    """Silenced neurons that do not age among others that do, against a brain without them."""
    net, tasks = brain(), [digits(), places(17)]
    rest = net.copy()
    for name in rest.regions["left"]:
        rest.remove_neuron(name)
    start = net.copy()
    factors = {"left": 3.0, "right": ns.ages.exponential(half_life=2), "what": ns.ages.window(1, 3), None: 0.5}
    how = {"epochs": 5, "rng": 3, "batch_size": 8, "optimizer": ns.Adam(0.02), "weight_decay": 0.1}
    with ns.lesion(net, regions="left"):
        found = ns.train_tasks(net, tasks, ages=ns.Plasticity(learning_rate=factors), **how)
    del factors["left"]
    expected = ns.train_tasks(rest, tasks, ages=ns.Plasticity(learning_rate=factors), **how)
    np.testing.assert_allclose(found.loss, expected.loss, rtol=1e-9)
    lost = np.isin(np.arange(len(net)), net.structure.members("left"))
    gone = lost[net.structure.pre] | lost[net.structure.post]
    learnt = dict(zip(rest.synapses, rest.weights, strict=True))
    kept = [synapse for synapse, left in zip(net.synapses, gone, strict=True) if not left]
    np.testing.assert_allclose(net.weights[~gone], [learnt[synapse] for synapse in kept], rtol=1e-9, atol=1e-11)
    np.testing.assert_allclose(net.thresholds[~lost], rest.thresholds, rtol=1e-9, atol=1e-11)
    assert (net.weights[gone] == start.weights[gone]).all()
    assert (net.thresholds[lost] == start.thresholds[lost]).all()
    assert (net.weights[~gone] != start.weights[~gone]).any()


def test_a_turnover_in_a_lesion_leaves_alone_what_is_gone():
    net, tasks = brain(wiring=ns.wiring.random(0.5)), [digits(), places(17)]
    before = dict(zip(net.synapses, net.weights, strict=True))
    with ns.lesion(net, regions="left"):
        ns.train_tasks(net, tasks, epochs=6, rng=3, ages=ns.Plasticity(turnover=0.3))
    after = dict(zip(net.synapses, net.weights, strict=True))

    def at_left(weights):
        return {synapse: weight for synapse, weight in weights.items() if any("left" in end for end in synapse[:2])}

    assert at_left(after) == at_left(before)
    assert after.keys() != before.keys()


# --- Errors --------------------------------------------------------------------------------------


@pytest.mark.parametrize("bad", [0, 1])
def test_divergence_keeps_the_last_good_weights_and_names_the_neuron(bad):
    net, pages = brain("linear"), []
    tasks = [digits(loss="mse"), places(11, loss="mse")]
    tasks[bad] = ns.Task(tasks[bad].name, tasks[bad].X * 1e200, tasks[bad].targets, tasks[bad].output, loss="mse")
    pages.append((net.weights.copy(), net.thresholds.copy()))
    with pytest.raises(
        ns.TrainingError, match=r"Training diverged in epoch 0, first at neuron '(what|where)\[\d\]'"
    ) as e:
        ns.train_tasks(net, tasks, epochs=5, rng=0, callback=lambda *_: pages.append((net.weights.copy(), 0)))
    assert f"'{tasks[bad].output}[" in str(e.value)
    assert (net.weights == pages[-1][0]).all()

    net, pages = brain("linear"), []
    with pytest.raises(ns.TrainingError, match="Training diverged in epoch"):
        ns.train_tasks(
            net,
            [digits(loss="mse"), places(loss="mse")],
            optimizer=ns.SGD(50.0),
            epochs=50,
            rng=0,
            callback=lambda *_: pages.append((net.weights.copy(), net.thresholds.copy())),
        )
    assert pages
    assert (net.weights == pages[-1][0]).all()
    assert (net.thresholds == pages[-1][1]).all()


@pytest.mark.parametrize(
    ("tasks", "settings", "error", "message"),
    [
        ([], {}, ns.OptionError, r"There are no tasks.*ns\.Task\('digit'"),
        (3, {}, ns.OptionError, r"made by ns\.Task.*got 3"),
        (None, {}, ns.OptionError, r"made by ns\.Task.*got None"),
        ([digits(), digits()], {}, ns.OptionError, "'what' is given 2 times.*'what 2'"),
        ([digits(), "where"], {}, ns.OptionError, r"made by ns\.Task.*'where'"),
        ([digits(output="wat")], {}, ns.UnknownNameError, "'what' is read from a region that is not there.*'what'"),
        ([digits(output="where")], {}, ns.DataError, "class 3"),
        ([digits()], {"epochs": -1}, ns.OptionError, "epochs must be a whole number"),
        ([digits()], {"learning_rate": 0.1}, ns.UnknownNameError, "optimizer=ns.Adam"),
        ([digits()], {"callback": 3}, ns.OptionError, "callback must be a function"),
        ([digits()], {"optimizer": "lbfgs", "batch_size": 8}, ns.OptionError, "takes no batch_size"),
    ],
)
def test_bad_calls_teach_and_change_nothing(tasks, settings, error, message):
    net = brain()
    before = snapshot(net)
    with pytest.raises(error, match=message):
        ns.train_tasks(net, tasks, **settings)
    assert snapshot(net) == before


def test_binary_neurons_need_a_surrogate_only_where_they_lead_to_a_task():
    net = brain()
    for name in net.regions["right"]:
        net[name].mode = "binary"
    with pytest.raises(ns.TrainingError, match=r"'right\[0\]' is binary.*surrogate='sigmoid'"):
        ns.train_tasks(net, [digits()], epochs=1)
    for name in net.regions["right"]:
        for post in dict(net[name].axon):
            net.remove_synapse(name, post)
    ns.train_tasks(net, [digits()], epochs=1)


def test_a_frozen_network_has_nothing_to_learn():
    net = brain()
    net.freeze()
    with pytest.raises(ns.TrainingError, match="Nothing in this network is plastic"):
        ns.train_tasks(net, [digits()])


def test_no_epochs_change_nothing():
    net = brain()
    before = net.weights.copy()
    history = ns.train_tasks(net, [digits()], epochs=0)
    assert history.epochs == history["what"].epochs == 0
    assert (net.weights == before).all()
    assert repr(history) == "TaskHistory: no epochs"


def test_a_history_is_printed_task_by_task_and_suggests_names():
    history = ns.train_tasks(brain(), [digits(), places()], epochs=2, rng=0)
    assert list(history) == ["what", "where"]
    assert repr(history).splitlines()[0] == "TaskHistory: 2 epochs"
    assert repr(history).splitlines()[2].startswith("  where            loss ")
    assert (history.seconds > 0).all()
    with pytest.raises(ns.UnknownNameError, match="Did you mean 'where'"):
        history["were"]


def test_the_order_of_parameters_hangs_on_no_output():
    """So that one vector serves the views of all tasks."""
    net = brain()
    for task in (digits(), places()):
        view = task.view(net)
        for one, other in ((program_of(net.structure), program_of(view.structure)),):
            assert (one.synapses == other.synapses).all()
            assert (one.neurons == other.neurons).all()
            assert Plastic(net.structure, one).size == Plastic(view.structure, other).size
