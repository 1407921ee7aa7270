"""Tasks against the network that has only their region as outputs, and against formulas written out here."""

import dataclasses
import gc
import weakref

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from scipy.optimize import minimize

import neurosim as ns
from neurosim.anatomy.network import Network
from neurosim.engine.compiler import program_of
from neurosim.engine.outputs import read_from
from neurosim.plasticity import learning
from neurosim.plasticity import tasks as module
from neurosim.plasticity.chance import constant_answer
from tests.conftest import KERNELS
from tests.strategies import GRADED, SEEDS, acyclic_networks, snapshot

LOSSES = list(ns.losses.LOSSES.values())


def brain(what=4, where=3, mode="linear", dtype=None, rng=0):
    """An eye of six, two hidden regions and two regions to read."""
    regions = nx.DiGraph()
    regions.add_node("eye", size=6)
    for name in ("left", "right"):
        regions.add_node(name, size=5, mode="tanh")
        nx.add_path(regions, ["eye", name, "what"])
        regions.add_edge(name, "where")
    regions.add_node("what", size=what, mode=mode)
    regions.add_node("where", size=where, mode=mode)
    return ns.Network.from_regions(regions, rng=rng, dtype=dtype)


def samples(n=40, classes=3, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, 6)), rng.integers(classes, size=n)


# --- On a network --------------------------------------------------------------------------------


def test_a_view_is_the_network_with_that_region_as_outputs():
    net, (X, labels) = brain(), samples()
    for region in ("what", "where", "left"):
        view = ns.Task("t", X, labels, region).view(net)
        assert view.outputs == net.regions[region]
        columns = [net.names.index(name) for name in view.outputs]
        np.testing.assert_allclose(ns.respond(view, X), ns.activity(net, X)[:, columns], rtol=1e-13)


def test_a_view_shares_the_arrays_and_leaves_the_network_as_it_was():
    net, (X, labels) = brain(), samples()
    before = snapshot(net)
    view = ns.Task("t", X, labels, "where").view(net)
    assert view.weights is net.weights
    assert view.thresholds is net.thresholds
    weight, view.weights[3] = net.weights[3], 7.0
    assert net.weights[3] == 7.0
    net.weights[3] = weight
    assert snapshot(net) == before


def test_views_of_one_wiring_and_region_share_what_was_compiled_and_keep_no_wiring_alive():
    net, (X, labels) = brain(), samples()
    first, second = ns.Task("a", X, labels, "what"), ns.Task("b", X, labels, "what", loss="mse")
    assert first.view(net).structure is second.view(net).structure
    assert first.view(net.copy()).structure is first.view(net).structure
    assert program_of(first.view(net).structure) is program_of(second.view(net).structure)
    assert first.view(net).structure is not ns.Task("c", X, labels, "where").view(net).structure
    gone, derived = weakref.ref(net.structure), weakref.ref(first.view(net).structure)
    assert derived() is module._views[net.structure]["what"]
    del net
    gc.collect()
    assert gone() is derived() is None


@pytest.mark.parametrize("backend", ["numpy", pytest.param("numba", marks=KERNELS)])
@settings(max_examples=20)
@given(net=acyclic_networks(modes=GRADED, loops=True, max_neurons=25), seed=SEEDS)
def test_what_is_compiled_for_a_view_is_what_would_be_for_a_network_with_such_outputs(backend, net, seed):
    rng = np.random.default_rng(seed)
    read = np.flatnonzero(~net.structure.sensory)
    read = np.sort(rng.permutation(read)[: rng.integers(1, len(read) + 1)])
    for i in read:
        net[net.names[i]].region = "read"
    X, targets = rng.normal(size=(5, len(net.inputs))), rng.normal(size=(5, len(read)))
    view = ns.Task("t", X, targets, "read", loss="mse").view(net)
    alone = net.copy()
    alone._replace(dataclasses.replace(view.structure), net.weights, net.thresholds)
    assert alone.structure is not view.structure
    found, expected = (ns.gradients(each, X, targets, backend=backend) for each in (view, alone))
    assert found.loss == expected.loss
    assert (found.weights == expected.weights).all()
    assert (ns.respond(view, X, backend=backend) == ns.respond(alone, X, backend=backend)).all()


@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: loss.name)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_the_loss_is_that_of_gradients_on_the_view_and_the_mean_over_samples(loss, dtype):
    net, (X, labels) = brain(mode="sigmoid", dtype=dtype), samples()
    task = ns.Task("t", X, labels, "where", loss=loss)
    expected = ns.gradients(task.view(net), X, labels, loss=loss).loss
    tolerance = 1e-12 if dtype == "float64" else 1e-5
    assert task.loss_of(net) == pytest.approx(expected, rel=tolerance)
    each = task.losses(net)
    assert each.shape == (40,)
    for sample in (0, 17, 39):
        one = ns.gradients(task.view(net), X[sample], [labels[sample]], loss=loss).loss
        assert each[sample] == pytest.approx(one, rel=tolerance, abs=1e-12)


def test_a_loss_of_ones_own_is_asked_sample_by_sample():
    class Cubed(ns.losses.Loss):
        name = "cubed"

        def evaluate(self, rates, drives, targets):
            distance = rates - targets
            slope = 3 * np.sign(distance) * distance**2 / len(rates)
            return ns.losses.LossValue(float((np.abs(distance) ** 3).sum() / len(rates)), slope)

    net, (X, _) = brain(), samples()
    targets = np.random.default_rng(1).normal(size=(40, 3))
    task = ns.Task("t", X, targets, "where", loss=Cubed())
    expected = (np.abs(ns.respond(task.view(net), X) - targets) ** 3).sum(axis=1)
    np.testing.assert_allclose(task.losses(net), expected, rtol=1e-12)
    constant = constant_answer(Cubed(), targets)[0]
    for column, answer in zip(targets.T, constant, strict=True):
        grid = np.linspace(column.min(), column.max(), 20_001)
        best = grid[(np.abs(column[:, None] - grid) ** 3).mean(axis=0).argmin()]
        assert answer == pytest.approx(best, abs=1e-3)


def test_accuracy_is_the_share_of_strongest_outputs_that_are_right():
    net, (X, labels) = brain(), samples()
    task = ns.Task("t", X, labels, "where")
    right = ns.respond(task.view(net), X).argmax(axis=1) == labels
    assert task.accuracy(net) == right.mean()
    assert (task.correct(net) == right).all()
    one_hot = ns.Task("t", X, np.eye(3)[labels], "where")
    assert one_hot.accuracy(net) == task.accuracy(net)
    assert one_hot.loss_of(net) == pytest.approx(task.loss_of(net), rel=1e-14)


def test_values_are_not_right_or_wrong():
    net, (X, _) = brain(), samples()
    task = ns.Task("reach", X, X[:, :3], "where", loss="mse")
    assert task.loss_of(net) > 0
    with pytest.raises(ns.DataError, match=r"'reach' has values as targets.*task\.loss_of"):
        task.accuracy(net)
    with pytest.raises(ns.DataError, match="no accuracy"):
        task.chance_accuracy(net)


def test_many_samples_are_answered_in_portions(monkeypatch):
    net, (X, labels) = brain(), samples(101)
    task = ns.Task("t", X, labels, "where")
    whole = task.losses(net)
    monkeypatch.setattr(learning, "samples_at_once", lambda *_: 7)
    np.testing.assert_allclose(task.losses(net), whole, rtol=1e-13)


# --- Chance --------------------------------------------------------------------------------------


def test_chance_by_formulas():
    net, (X, labels) = brain(), samples()
    shares = np.bincount(labels) / len(labels)
    assert ns.Task("t", X, labels, "where").chance(net) == pytest.approx(-(shares * np.log(shares)).sum(), rel=1e-12)
    assert ns.Task("t", X, labels, "where").chance_accuracy(net) == shares.max()
    squared = ns.Task("t", X, X[:, :3], "where", loss="mse").chance(net)
    assert squared == pytest.approx(X[:, :3].var(axis=0).sum() / 2, rel=1e-12)
    never = ns.Task("t", X, np.zeros(40, int), "where")
    assert never.chance(net) == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: loss.name)
def test_no_constant_answer_has_a_lower_loss(loss):
    labels = np.random.default_rng(0).integers(3, size=30)
    targets = np.eye(3)[labels]
    rates, drives = constant_answer(loss, targets)
    rows = np.ones((30, 1))

    def of(answer):
        squashed = 1 / (1 + np.exp(-answer)) if loss.name == "binary_cross_entropy" else answer
        return loss.evaluate(rows * squashed, rows * answer, targets).value

    lowest = of(drives)
    assert loss.evaluate(rows * rates, rows * drives, targets).value == pytest.approx(lowest, rel=1e-12)
    found = min(minimize(of, start, method="Nelder-Mead", tol=1e-9).fun for start in (np.zeros(3), drives + 0.3))
    assert lowest <= found + 1e-7
    assert found == pytest.approx(lowest, abs=1e-4)


# --- Beside a lesion -----------------------------------------------------------------------------


@pytest.mark.parametrize("lost", ["left", ["left[1]", "left[3]"]], ids=str)
def test_what_a_lesion_has_silenced_cannot_be_read(lost):
    net, (X, labels) = brain(), samples()
    task = ns.Task("hidden", X, labels, "left")
    expected = task.loss_of(net)
    how = {"regions": lost} if isinstance(lost, str) else {"neurons": lost}
    words = f"Task 'hidden' is read from region 'left', and a lesion has silenced {5 if lost == 'left' else 2} of its 5"
    with ns.lesion(net, **how):
        for read in (task.view, task.loss_of, task.accuracy, lambda net: ns.train_tasks(net, task, epochs=1)):
            with pytest.raises(ns.GraphError, match=rf"{words} neurons.*lesion\.restore"):
                read(net)
    assert task.loss_of(net) == expected


@pytest.mark.parametrize("backend", ["numpy", pytest.param("numba", marks=KERNELS)])
def test_a_silenced_output_answers_0_whatever_computes(backend):
    """No view of a task has such an output; if a structure should have one nevertheless, it is as silent as others."""
    net, (X, _) = brain(), samples()
    net.thresholds[:] = np.linspace(-1, 1, len(net))
    ns.lesion(net, neurons=["left[1]", "left[2]"])
    read = np.zeros(len(net), dtype=bool)
    read[net.structure.members("left")] = True
    view = Network(read_from(net.structure, read), net.weights, net.thresholds)
    rates = ns.respond(view, X, backend=backend)
    assert not rates[:, 1:3].any()
    np.testing.assert_allclose(rates, ns.activity(net, X, backend=backend)[:, read], rtol=1e-12)
    assert rates[:, [0, 3, 4]].all()


def test_a_view_taken_before_a_lesion_stays_intact_but_for_weakened_synapses():
    net, (X, labels) = brain(), samples()
    task = ns.Task("t", X, labels, "where")
    view, healthy = task.view(net), task.loss_of(net)
    with ns.lesion(net, regions="left"):
        assert task.loss_of(view) == healthy != task.loss_of(net)
    with ns.lesion(view, regions="left"):
        assert task.loss_of(net) == healthy != task.loss_of(view)
    with ns.lesion(view, regions="left", weaken=0.5):
        assert task.loss_of(net) == task.loss_of(view) != healthy
    assert task.loss_of(net) == healthy


# --- Parts ---------------------------------------------------------------------------------------


def test_a_split_shares_no_sample_and_the_same_seed_splits_alike():
    X, labels = np.arange(60.0).reshape(10, 6), np.arange(10) % 3
    task = ns.Task("t", X, labels, "where", weight=2.0)
    first, second = task.split(0.7, rng=3)
    assert (len(first), len(second)) == (7, 3)
    assert sorted([*first.X[:, 0], *second.X[:, 0]]) == X[:, 0].tolist()
    assert all((labels[(part.X[:, 0] / 6).astype(int)] == part.targets).all() for part in (first, second))
    assert (ns.Task("u", X, labels, "what").split(0.7, rng=3)[0].X == first.X).all()
    assert (task.split(0.7, rng=4)[0].X != first.X).any()
    assert first.weight == 2.0
    assert [len(part) for part in task.split(0.001)] == [1, 9]
    assert [len(part) for part in task.split(0.999)] == [9, 1]


def test_slices_numbers_and_flags_pick_samples():
    X, labels = samples()
    task = ns.Task("t", X, labels, "where")
    assert (task[:5].X == X[:5]).all()
    assert (task[[3, 1]].targets == labels[[3, 1]]).all()
    assert (task[labels == 2].targets == 2).all()
    assert len(task[7]) == 1


def test_a_task_is_gone_through_sample_by_sample():
    X, labels = samples(5)
    each = list(ns.Task("t", X, labels, "where"))
    assert [len(one) for one in each] == [1] * 5
    assert np.array_equal(np.concatenate([one.X for one in each]), X)


@pytest.mark.parametrize(
    "picked", [99, -41, [], [3, 40], slice(0, 0), [0.5], ["a"], [True] * 39, [False] * 40, [[1, 2]], None], ids=str
)
def test_samples_that_are_not_there_cannot_be_picked(picked):
    task = ns.Task("digit", *samples(), "where")
    with pytest.raises(ns.DataError, match=r"Task 'digit' has 40 samples.*numbers from 0 to 39"):
        task[picked]


def test_shuffling_deals_the_same_targets_to_the_same_stimuli():
    X, labels = samples()
    task = ns.Task("t", X, labels, "where")
    dealt = task.shuffled(rng=0)
    assert (dealt.X == X).all()
    assert sorted(dealt.targets) == sorted(labels)
    assert (dealt.targets != labels).any()
    assert (task.shuffled(rng=0).targets == dealt.targets).all()
    assert (task.targets == labels).all()


def test_a_task_keeps_what_it_was_given_and_cannot_be_changed():
    X, labels = samples()
    task = ns.Task("t", X, labels, "where")
    before = X[0, 0]
    X[0, 0], labels[0] = 99.0, 2 - labels[0]
    assert task.X[0, 0] == before
    assert task.targets[0] == 2 - labels[0]
    with pytest.raises(ValueError, match="read-only"):
        task.X[0, 0] = 1.0
    with pytest.raises(dataclasses.FrozenInstanceError):
        task.output = "what"


# --- Errors that teach ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"name": ""}, ns.OptionError, r"needs a name; got ''.*ns\.Task\('digit'"),
        ({"output": ""}, ns.OptionError, r"'digit' needs the name of the region.*output='\.\.\.'"),
        ({"output": None}, ns.OptionError, "needs the name of the region that is read; got None"),
        ({"weight": 0}, ns.OptionError, "weight of task 'digit' must be .*greater than 0"),
        ({"loss": "mes"}, ns.UnknownNameError, "Did you mean 'mse'"),
        ({"X": [["a"] * 6]}, ns.DataError, "Task 'digit': X must be an array of numbers"),
        ({"X": np.zeros(6)}, ns.DataError, r"must have the shape \(samples, inputs\)"),
        ({"X": np.zeros((2, 3, 6))}, ns.DataError, r"a single tick; .*ns\.train"),
        ({"X": np.zeros((3, 6))}, ns.DataError, "X has 3 samples, and targets have 4 rows"),
        ({"targets": 1}, ns.DataError, "targets have no rows"),
        ({"targets": list("abcd")}, ns.DataError, r"Task 'digit': targets must be .*np\.unique"),
    ],
)
def test_what_makes_no_task(change, error, message):
    good = {"name": "digit", "X": np.zeros((4, 6)), "targets": [0, 1, 2, 0], "output": "where"}
    ns.Task(**good)
    with pytest.raises(error, match=message):
        ns.Task(**{**good, **change})


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"output": "wher"}, ns.UnknownNameError, "'digit' is read from a region that is not there.*'where'"),
        ({"output": "eye"}, ns.OptionError, "'eye', which is sensory"),
        ({"targets": [0, 1, 2, 3]}, ns.DataError, "Task 'digit' at region 'where'.*class 3 in sample 3.*0 to 2"),
        ({"targets": [0.5, 1, 2, 0]}, ns.DataError, "Class numbers must be whole"),
        (
            {"X": np.zeros((4, 5))},
            ns.DataError,
            r"Task 'digit' at region 'where': X must have the shape \(samples, 6\)",
        ),
        ({"X": np.full((4, 6), np.nan)}, ns.DataError, "X must be finite"),
        ({"loss": "binary_cross_entropy"}, ns.OptionError, "needs sigmoid outputs"),
    ],
)
def test_a_task_that_does_not_suit_the_network(change, error, message):
    net = brain()
    before = snapshot(net)
    good = {"name": "digit", "X": np.zeros((4, 6)), "targets": [0, 1, 2, 0], "output": "where"}
    task = ns.Task(**{**good, **change})
    with pytest.raises(error, match=message):
        task.loss_of(net)
    assert snapshot(net) == before


def test_a_task_meets_networks_only():
    with pytest.raises(ns.OptionError, match="A Network is needed; got DiGraph"):
        ns.Task("t", [[0.0]], [0], "y").view(nx.DiGraph())
