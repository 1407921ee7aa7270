"""Compiled kernels compute what the readable backend computes.

More of the same is asked of both backends in other files: wherever a test uses `either_backend`.
"""

import copy
import importlib
import importlib.util
import re
from concurrent.futures import ThreadPoolExecutor

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import neurosim as ns
from neurosim.engine import backends
from neurosim.engine.plan import planned
from neurosim.engine.team_kernels import Team
from neurosim.plasticity import compiled_learning
from tests.plasticity.helpers import under_law
from tests.plasticity.test_gradients import LOSSES, tame, task
from tests.strategies import GRADED, SEEDS, acyclic_networks

pytestmark = pytest.mark.xdist_group("kernels")

MODES = [mode for mode in (*GRADED, "binary") if mode != "sensory"]
FEW, MANY = 3, 40  # samples that leave a vector half empty, and that fill more than one
PRECISION = {"float64": 1e-12, "float32": 2e-5}


@pytest.fixture(scope="module", autouse=True)
def kernels_do_it():
    """Where numba is asked for and cannot do it, a test would compare numpy with itself."""

    def fail(notice):
        raise AssertionError(notice)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(backends, "say_once", fail)
        yield


def close(a, b, dtype="float64", factor=1):
    scale = max(1.0, float(np.abs(b).max(initial=0)))
    np.testing.assert_allclose(a, b, rtol=0, atol=factor * PRECISION[dtype] * scale)


# --- Forwards ------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@given(data=st.data(), seed=SEEDS, samples=st.sampled_from([1, FEW, MANY]))
def test_every_neuron_does_the_same_on_both_backends(dtype, data, seed, samples):
    net = tame(data.draw(acyclic_networks(modes=GRADED, dtype=dtype)))
    X = np.random.default_rng(seed).normal(size=(samples, len(net.inputs)))
    close(ns.activity(net, X, backend="numba"), ns.activity(net, X, backend="numpy"), dtype)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@given(data=st.data(), seed=SEEDS, tenths=st.booleans(), impulses=st.booleans(), samples=st.sampled_from([1, MANY]))
def test_binary_neurons_decide_the_same_on_both_backends(dtype, data, seed, tenths, impulses, samples):
    net = data.draw(acyclic_networks(modes=("binary",), tenths=tenths, dtype=dtype))
    rng = np.random.default_rng(seed)
    X = rng.integers(0, 2, (samples, len(net.inputs))) if impulses else rng.normal(size=(samples, len(net.inputs)))
    X = X if tenths else X * rng.choice([1e-30, 1.0, 1e30])
    rates = ns.activity(net, X, backend="numba")
    assert (rates == ns.activity(net, X, backend="numpy")).all()
    assert (rates[:1] == ns.activity(net, X[:1], backend="numba")).all()


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@given(data=st.data(), scale=st.sampled_from([1.0, 100.0, 2000.0, 4e6]), whole=st.booleans())
def test_binary_neurons_that_listen_to_tonic_cells_decide_the_same_on_both_backends(dtype, data, scale, whole):
    """A linear cell without synapses has its threshold's opposite as its rate, whatever that is."""
    steps = 1 if whole else 1024
    number = st.integers(-int(scale * steps), int(scale * steps)).map(lambda n: n / steps)
    tonic, fan_in = data.draw(st.integers(1, 3)), 1 + data.draw(st.integers(1, 3))
    weights = data.draw(st.lists(number, min_size=fan_in, max_size=fan_in))
    rates = [data.draw(number) for _ in range(tonic)]
    weights = [*weights, *weights][: tonic + 1]
    net = ns.Network.from_arrays(
        list(range(tonic + 1)),
        [tonic + 1] * (tonic + 1),
        weights,
        modes=["sensory", *["linear"] * tonic, "binary"],
        thresholds=[0, *(-rate for rate in rates), data.draw(number)],
        dtype=dtype,
    )
    # the exact opposite of what two of them bring, or the number next to that
    seen = ns.activity(net, [0.0], backend="numpy")
    brought = float(np.float64(net.weights[1]) * np.float64(seen[1]))
    net.thresholds[-1] = np.nextafter(
        net.dtype.type(brought), net.dtype.type(data.draw(st.sampled_from([-1e9, 0, 1e9])))
    )
    for x in (0.0, 1.0):
        assert ns.respond(net, [x], backend="numba") == ns.respond(net, [x], backend="numpy")


@pytest.mark.parametrize(("dtype", "rate"), [("float32", 2000.0), ("float64", 2.0**31)])
def test_rates_of_tonic_cells_count_as_terms_of_a_sum(dtype, rate):
    a, step = rate + 2.0**-10, 2.0**-10
    net = ns.Network.from_arrays(
        [1, 2, 0],
        [3, 3, 3],
        [-a, a + step, 0.0],
        modes=["sensory", "linear", "linear", "binary"],
        thresholds=[0, -a, step - a, 0],  # (a + step)(a - step) - a a < 0
        dtype=dtype,
    )
    assert [ns.respond(net, [1.0], backend=backend).item() for backend in ("numpy", "numba")] == [0, 0]


@pytest.mark.parametrize(("weights", "fires"), [([1.0, 1.0], 1), ([-1.0, -2.0], 0), ([1.0, -1.0], 0)])
def test_rates_beyond_all_numbers_decide_or_contradict_each_other(weights, fires):
    net = ns.Network.from_arrays(
        [0, 0, 1, 2], [1, 2, 3, 3], [1e200, 1e200, *weights], modes=["sensory", "linear", "linear", "binary"]
    )
    with np.errstate(all="ignore"):
        assert ns.respond(net, [1e200]) == fires
    with pytest.raises(ns.TrainingError, match="finite"):
        ns.train(net, [[1e200]], [[1.0]], surrogate="sigmoid", epochs=1)


@pytest.mark.parametrize("backend", ["numpy", "numba"])
@pytest.mark.parametrize("mode", ["linear", "relu", "leaky_relu", "elu", "maxout"])
def test_what_is_too_large_for_a_number_is_not_made_one(mode, backend):
    net = ns.Network.from_arrays([0, 1], [2, 2], [1e200, -1e200], modes=["sensory", "sensory", mode])
    with np.errstate(all="ignore"):
        assert not np.isfinite(ns.respond(net, [1e200, 1e200], backend=backend)).any()
    with pytest.raises(ns.TrainingError, match="not finite"):
        ns.gradients(net, [[1e200, 1e200]], [[0.0]], backend=backend)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_200_000_decisions_on_a_tenth_grid_are_the_same_on_both_backends(dtype):
    rng = np.random.default_rng(0)
    weights, threshold = rng.integers(-10, 11, 20) / 10, 0.3
    net = ns.Network.from_arrays(
        np.arange(20), np.full(20, 20), weights, thresholds=[0] * 20 + [threshold], dtype=dtype
    )
    X = rng.integers(0, 2, (200_000, 20)).astype(dtype)
    decisions = ns.respond(net, X, backend="numba")
    assert (decisions == ns.respond(net, X, backend="numpy")).all()
    parts = [ns.respond(net, X[:100_001], backend="numba"), ns.respond(net, X[100_001:], backend="numba")]
    assert (decisions == np.concatenate(parts)).all()
    assert 0.2 < decisions.mean() < 0.8


@pytest.mark.parametrize("weight", [1e300, 1e-300, 3e-320])
def test_sums_beyond_all_measure_are_decided_exactly(weight):
    net = ns.Network.from_arrays([0, 1, 2], [3, 3, 3], [weight, -weight, weight], thresholds=[0, 0, 0, weight])
    X = np.array([[1e5, 1e5, 1.0], [1e5, 1e5, 0.5], [1e300, 1e300, 1.0], [0.0, 0.0, 1.0]])
    assert ns.respond(net, X, backend="numba").ravel().tolist() == [1.0, 0.0, 1.0, 1.0]


def dense(wiring, dtype="float64", middle="tanh"):
    G = nx.DiGraph()
    G.add_node("eye", size=40, mode="sensory")
    G.add_node("cortex", size=50, mode=middle)
    G.add_node("hand", size=20, mode="linear")
    G.add_edge("eye", "cortex", wiring=wiring)
    G.add_edge("cortex", "hand")
    G.add_edge("eye", "hand", wiring=ns.wiring.random(0.1))
    return ns.Network.from_regions(G, rng=0, dtype=dtype)


WIRINGS = {
    "full": (ns.wiring.all_to_all(), True),
    "with gaps": (ns.wiring.random(0.6), True),
    "sparse": (ns.wiring.random(0.1), False),
}


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("middle", ["tanh", "maxout"])
@pytest.mark.parametrize("kind", WIRINGS)
def test_dense_blocks_and_sparse_synapses_are_one_network(kind, middle, dtype):
    wiring, is_dense = WIRINGS[kind]
    net = dense(wiring, dtype, middle)
    plan = planned(net.structure)
    assert len(plan.wires.blocks.start) == 1 + is_dense
    assert (plan.in_matrix is not None) == (kind == "with gaps")
    rng = np.random.default_rng(0)
    X, T = rng.normal(size=(300, 40)), rng.normal(size=(300, 20))
    close(ns.activity(net, X, backend="numba"), ns.activity(net, X, backend="numpy"), dtype)
    a, b = (ns.gradients(net, X, T, backend=backend) for backend in ("numba", "numpy"))
    for name in ("weights", "thresholds", "inputs"):
        close(getattr(a, name), getattr(b, name), dtype)


def test_what_is_not_finite_is_told_by_the_reference():
    net = ns.Network.from_arrays([0, 1], [1, 2], [1e200, 1e200], modes="linear")
    with np.errstate(over="ignore"):
        assert (ns.respond(net, [[1e10]], backend="numba") == ns.respond(net, [[1e10]], backend="numpy")).all()
    with pytest.raises(ns.TrainingError, match="neuron 2 is not finite"):
        ns.gradients(net, [[1e10]], [[0.0]], backend="numba")


# --- Backwards -----------------------------------------------------------------------------------


@pytest.mark.parametrize("loss", LOSSES)
@given(net=acyclic_networks(modes=GRADED), seed=SEEDS, law=st.booleans())
def test_gradients_are_the_same_on_both_backends(loss, net, seed, law):
    net = tame(net)
    X, targets = task(net, loss, seed)
    net = under_law(net, seed) if law else net
    a, b = (ns.gradients(net, X, targets, loss=loss, backend=backend) for backend in ("numba", "numpy"))
    assert a.loss == pytest.approx(b.loss, rel=1e-12, abs=1e-12)
    for name in ("weights", "thresholds", "inputs"):
        close(getattr(a, name), getattr(b, name), factor=10)


@pytest.mark.parametrize("surrogate", list(ns.surrogates.SURROGATES))
@given(net=acyclic_networks(modes=("binary",)), seed=SEEDS)
def test_surrogate_gradients_are_the_same_on_both_backends(surrogate, net, seed):
    rng = np.random.default_rng(seed)
    X, T = rng.normal(size=(MANY, len(net.inputs))), rng.normal(size=(MANY, len(net.outputs)))
    a, b = (ns.gradients(net, X, T, surrogate=surrogate, backend=backend) for backend in ("numba", "numpy"))
    assert a.loss == pytest.approx(b.loss, rel=1e-12)
    for name in ("weights", "thresholds", "inputs"):
        close(getattr(a, name), getattr(b, name), factor=10)


# --- Learning ------------------------------------------------------------------------------------

OPTIMIZERS = [name for name in ns.optimizers.OPTIMIZERS if name != "lbfgs"]


def learnt(net, backend, **settings):
    """The network after some epochs on a backend, and what was measured."""
    rng = np.random.default_rng(0)
    X, T = rng.normal(size=(50, len(net.inputs))), rng.random((50, len(net.outputs)))
    copied = copy.deepcopy(net)
    history = ns.train(copied, X, T, rng=0, backend=backend, **{"batch_size": 20, "epochs": 4} | settings)
    return copied, history


@pytest.mark.parametrize("settings", [{}, {"weight_decay": 0.1, "clip_norm": 0.05, "schedule": "cosine"}])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_every_optimizer_takes_the_same_steps_on_both_backends(optimizer, settings):
    net = under_law(dense(ns.wiring.random(0.3)), 1)
    (a, told_a), (b, told_b) = (learnt(net, backend, optimizer=optimizer, **settings) for backend in ("numba", "numpy"))
    close(a.weights, b.weights, factor=1000)
    close(a.thresholds, b.thresholds, factor=1000)
    assert not np.allclose(a.weights, net.weights)
    for name in ("loss", "error"):
        np.testing.assert_allclose(told_a[name], told_b[name], rtol=1e-9)


def test_an_optimizer_of_ones_own_learns_by_kernels_as_well():
    class Signs(ns.SGD):
        def update(self, gradient, state, parameters=None):
            return -1e-3 * np.sign(gradient), state

    net = dense(ns.wiring.random(0.3))
    a, b = (learnt(net, backend, optimizer=Signs())[0] for backend in ("numba", "numpy"))
    close(a.weights, b.weights)
    assert np.abs(a.weights - net.weights).max() == pytest.approx(12e-3, rel=0.3)


def test_lbfgs_learns_by_kernels_as_well():
    net = dense(ns.wiring.random(0.3))
    (_, a), (_, b) = (learnt(net, name, optimizer="lbfgs", batch_size=None) for name in ("numba", "numpy"))
    np.testing.assert_allclose(a["loss"][:2], b["loss"][:2], rtol=1e-6)
    assert a["loss"][-1] < 0.5 * a["loss"][0]


def halved(net):
    """Half of the synapses frozen, so that parameters stand elsewhere than weights."""
    net.freeze(synapses=net.synapses[::2])
    return net


@pytest.mark.parametrize("settings", [{"batch_size": None}, {"batch_size": 20}, {"clip_norm": 0.01}])
@pytest.mark.parametrize("wiring", [ns.wiring.random(0.3), ns.wiring.all_to_all()])
@pytest.mark.parametrize("change", [lambda net: net, halved, lambda net: under_law(net, 1)])
def test_no_number_of_threads_changes_a_bit(change, wiring, settings, monkeypatch):
    net, weights = change(dense(wiring)), []
    monkeypatch.setattr("neurosim.engine.compiled.ALONE", 0)
    monkeypatch.setattr(compiled_learning, "WORTH_MEETING", 0)
    for threads in (1, 2, 3, 5):
        monkeypatch.setenv("NEUROSIM_THREADS", str(threads))
        weights.append(learnt(net, "numba", optimizer="adam", **settings)[0].weights)
    assert all((each == weights[0]).all() for each in weights)


@pytest.mark.parametrize("mode", MODES)
def test_no_number_of_threads_changes_a_bit_in_any_mode(mode, monkeypatch):
    inputs, neurons, outputs, branches = 8, 4096, 16, 4
    pre, post = np.repeat(np.arange(inputs), neurons), np.tile(np.arange(neurons), inputs) + inputs
    branch = pre % branches if mode == "maxout" else np.zeros(len(pre), np.int64)
    outwards = np.repeat(np.arange(neurons), outputs) + inputs, np.tile(np.arange(outputs), neurons) + inputs + neurons
    rng = np.random.default_rng(0)
    net = ns.Network.from_arrays(
        np.concatenate([pre, outwards[0]]),
        np.concatenate([post, outwards[1]]),
        rng.normal(size=len(pre) + len(outwards[0])) / 10,
        branch=np.concatenate([branch, np.zeros(len(outwards[0]), np.int64)]),
        modes=["sensory"] * inputs + [mode] * neurons + ["linear"] * outputs,
    )
    assert planned(net.structure).has_blocks
    monkeypatch.setattr("neurosim.engine.compiled.ALONE", 0)
    surrogate = "sigmoid" if mode == "binary" else None
    weights = []
    for threads in (1, 2, 3, 5):
        monkeypatch.setenv("NEUROSIM_THREADS", str(threads))
        settings = {"optimizer": ns.SGD(1e-4), "batch_size": None, "surrogate": surrogate}
        weights.append(learnt(net, "numba", **settings)[0].weights)
    assert all((each == weights[0]).all() for each in weights)
    assert not np.array_equal(weights[0], net.weights)


@pytest.mark.parametrize("wanted", ["many", "0", "-1", "1.5", "99999"])
def test_a_number_of_threads_that_is_none_is_an_error_before_anything_changes(wanted, monkeypatch):
    net = dense(ns.wiring.random(0.3))
    before = net.weights.copy()
    monkeypatch.setenv("NEUROSIM_THREADS", wanted)
    monkeypatch.setattr("neurosim.engine.compiled.ALONE", 0)
    monkeypatch.setattr("neurosim.plasticity.compiled_learning.WORTH_MEETING", 0)
    X = np.zeros((4, len(net.inputs)))
    for verb in (ns.respond, ns.activity):
        with pytest.raises(ns.OptionError, match=r"NEUROSIM_THREADS must be a whole number from 1 to .*; got"):
            verb(net, X, backend="numba")
    with pytest.raises(ns.OptionError, match="NEUROSIM_THREADS"):
        ns.train(net, X, np.ones((4, len(net.outputs))), loss="mse", epochs=1, backend="numba")
    assert (net.weights == before).all()


def test_networks_can_be_trained_side_by_side_on_threads_of_the_users_own(monkeypatch):
    monkeypatch.setenv("NEUROSIM_THREADS", "3")
    monkeypatch.setattr("neurosim.engine.compiled.ALONE", 0)
    monkeypatch.setattr(compiled_learning, "WORTH_MEETING", 0)
    net = dense(ns.wiring.random(0.3))
    with ThreadPoolExecutor(4) as pool:
        weights = list(pool.map(lambda _: learnt(net, "numba", optimizer="adam")[0].weights, range(8)))
    assert all((each == weights[0]).all() for each in weights)


@pytest.mark.parametrize("backend", ["numpy", "numba"])
def test_ctrl_c_while_the_network_is_written_leaves_a_whole_epoch(backend, monkeypatch):
    """Whatever has been written when it comes, at the end everything is from the same epoch."""
    net, written = dense(ns.wiring.random(0.3)), []
    learning = (
        "neurosim.plasticity.compiled_learning.CompiledLearning"
        if backend == "numba"
        else ("neurosim.plasticity.learning.ReferenceLearning")
    )
    module, name = learning.rsplit(".", 1)
    kind = getattr(importlib.import_module(module), name)
    write_to = kind.write_to

    def interrupted(self, net):
        if len(written) == 2:
            written.append(None)
            net.weights[:] = self.weights[0]  # half of it is done, or worse
            raise KeyboardInterrupt
        write_to(self, net)
        written.append((net.weights.copy(), net.thresholds.copy()))

    monkeypatch.setattr(kind, "write_to", interrupted)
    rng = np.random.default_rng(0)
    X, T = rng.normal(size=(50, len(net.inputs))), rng.random((50, len(net.outputs)))
    with pytest.raises(KeyboardInterrupt):
        ns.train(net, X, T, epochs=5, rng=0, backend=backend, callback=lambda epoch, measures: None)
    assert len(written) == 4  # the interrupted one, and once more at the end
    assert (net.weights == written[-1][0]).all()
    assert (net.thresholds == written[-1][1]).all()
    assert not (net.weights == written[1][0]).all()


@pytest.mark.parametrize("who", [0, 1])
def test_ctrl_c_on_the_way_into_a_kernel_leaves_nobody_waiting(who, monkeypatch):
    monkeypatch.setenv("NEUROSIM_THREADS", "2")
    monkeypatch.setattr("neurosim.engine.compiled.ALONE", 0)
    monkeypatch.setattr(compiled_learning, "WORTH_MEETING", 0)
    net, told = dense(ns.wiring.random(0.3)), []
    before = net.weights.copy()
    rng = np.random.default_rng(0)
    X, T = rng.normal(size=(50, len(net.inputs))), rng.random((50, len(net.outputs)))
    learn = compiled_learning.learn

    def interrupted(*arguments):
        team = next(each for each in arguments if isinstance(each, Team))
        if team.members == 2 and team.member == who and told:
            raise KeyboardInterrupt
        return learn(*arguments)

    def look(epoch, measures):
        told.append((net.weights.copy(), net.thresholds.copy()))

    with monkeypatch.context() as patch:
        patch.setattr(compiled_learning, "learn", interrupted)
        with pytest.raises(KeyboardInterrupt):
            ns.train(net, X, T, epochs=5, rng=0, backend="numba", callback=look)
    assert len(told) == 1
    assert (net.weights == told[0][0]).all()
    assert (net.thresholds == told[0][1]).all()
    ns.train(net, X, T, epochs=1, rng=0, backend="numba")
    assert not (net.weights == before).all()


@pytest.mark.parametrize("batch_size", [None, 20])
def test_epochs_at_one_go_are_those_that_are_watched_one_by_one(batch_size):
    net = dense(ns.wiring.random(0.3))
    settings = {"batch_size": batch_size, "schedule": "cosine", "optimizer": "adam", "epochs": 40}
    at_once, told = learnt(net, "numba", **settings)
    watched, seen = learnt(net, "numba", callback=lambda epoch, measures: None, **settings)
    assert (at_once.weights == watched.weights).all()
    assert (told["loss"] == seen["loss"]).all()
    assert len(told["seconds"]) == 40


@pytest.mark.parametrize("callback", [None, lambda epoch, measures: None])
def test_what_diverges_after_many_epochs_keeps_the_last_good_weights(callback):
    net = ns.Network.from_arrays([0], [1], [1.0], modes="linear")
    settings = {"optimizer": ns.SGD(3.0), "epochs": 5000, "backend": "numba", "rng": 0, "callback": callback}
    with pytest.raises(ns.TrainingError, match=r"diverged in epoch \d{3,}.*last good loss was") as caught:
        ns.train(net, [[2.0], [1.0]], [[1.0], [3.0]], **settings)
    epoch = int(re.search(r"epoch (\d+)", str(caught.value))[1])
    again = ns.Network.from_arrays([0], [1], [1.0], modes="linear")
    ns.train(again, [[2.0], [1.0]], [[1.0], [3.0]], **settings | {"epochs": epoch})
    assert np.isfinite(net.weights).all()
    assert (net.weights == again.weights).all()
    assert (net.thresholds == again.thresholds).all()


def test_classes_are_counted_alike():
    rng = np.random.default_rng(0)
    X, labels = rng.random((200, 64)), rng.integers(0, 10, 200)
    net = ns.Network.from_arrays(np.repeat(np.arange(64), 10), np.tile(np.arange(64, 74), 64), 0.01, modes="linear")
    told = [
        ns.train(copy.deepcopy(net), X, labels, loss="cross_entropy", epochs=3, rng=0, backend=backend)
        for backend in ("numba", "numpy")
    ]
    np.testing.assert_allclose(told[0]["accuracy"], told[1]["accuracy"])
    np.testing.assert_allclose(told[0]["loss"], told[1]["loss"], rtol=1e-10)


# --- Time ----------------------------------------------------------------------------------------


def recurrent(mode, dtype, n=300, fan_in=40, seed=0):
    rng = np.random.default_rng(seed)
    key = np.unique((rng.integers(1, n + 1, (n, fan_in)) * (n + 1) + np.arange(1, n + 1)[:, None]).ravel())
    pre, post = np.append(key // (n + 1), np.zeros(n, int)), np.append(key % (n + 1), np.arange(1, n + 1))
    weights = np.append(rng.normal(size=len(key)) / np.sqrt(fan_in), rng.normal(size=n))
    delay = np.append(rng.integers(1, 3, len(key)), np.zeros(n, int))
    return ns.Network.from_arrays(
        pre, post, weights, modes=["sensory"] + [mode] * n, delay=delay, outputs=[1], dtype=dtype
    )


def small_panels(monkeypatch):
    """Five panels or ten of the 300 neurons above, where there would be one."""
    monkeypatch.setattr("neurosim.engine.products.NEAREST", 256)
    monkeypatch.setattr("neurosim.engine.products.ROW", 1)


DECIDING = [
    ns.Binary(),
    ns.Binary(leak=0.9, reset=0.0, refractory=2),
    ns.Binary(temperature=0.3),
    ns.Binary(noise=0.5),
]


@pytest.mark.parametrize("trials", [1, 3, 70])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("mode", DECIDING, ids=str)
def test_impulses_come_in_the_same_ticks_on_both_backends(mode, dtype, trials, monkeypatch):
    monkeypatch.setattr("neurosim.engine.products.SMALL_TICK", 0)
    small_panels(monkeypatch)
    net = recurrent(mode, dtype)
    x = np.random.default_rng(1).normal(size=(trials, 15, 1))
    a, b = (ns.simulate(net, x, rng=0, backend=backend) for backend in ("numba", "numpy"))
    assert (a.rates == b.rates).all()
    assert 0.05 < a.rates.mean() < 0.95


@pytest.mark.parametrize("trials", [1, 3, 70])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_graded_ticks_are_the_same_on_both_backends(dtype, trials, monkeypatch):
    small_panels(monkeypatch)
    net = recurrent(ns.Tanh(leak=0.2), dtype)
    x = np.random.default_rng(1).normal(size=(trials, 10, 1))
    a, b = (ns.simulate(net, x, backend=backend) for backend in ("numba", "numpy"))
    close(a.rates, b.rates, dtype, factor=100)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("mode", [ns.Binary(), ns.Binary(temperature=0.5), ns.Tanh(), ns.ELU(alpha=0.5)], ids=str)
@pytest.mark.parametrize("tenths", [True, False])
def test_asynchronous_updates_are_the_same_on_both_backends(mode, dtype, tenths):
    net = recurrent(mode, dtype)
    net = ns.Network.from_arrays(
        net.structure.pre,
        net.structure.post,
        np.round(net.weights, 1) if tenths else net.weights,
        modes=net.modes,
        delay=np.minimum(net.delays, 1),
        outputs=[1],
        dtype=dtype,
    )
    x = np.random.default_rng(1).normal(size=(2, 10, 1)).round()
    a, b = (ns.simulate(net, x, updating="asynchronous", rng=0, backend=backend) for backend in ("numba", "numpy"))
    if mode.name == "binary":
        assert (a.rates == b.rates).all()
    else:
        close(a.rates, b.rates, dtype, factor=100)
