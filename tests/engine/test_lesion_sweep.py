"""Many lesions at once against the network with those neurons deleted, one after the other."""

import dataclasses

import networkx as nx
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import neurosim as ns
from neurosim.anatomy.editing import subset
from neurosim.anatomy.network import Network
from neurosim.engine.lesion_layout import hears_of_rounding, lesion_layout
from neurosim.engine.lesion_sweep import ReferenceSweep, lesion_sweep, obstacle_to_changes
from neurosim.engine.workers import VARIABLE, share_out
from tests.strategies import SEEDS, acyclic_networks

pytestmark = pytest.mark.xdist_group("kernels")

ROUNDING = {"rtol": 1e-9, "atol": 1e-9}
SWEEPS = ("numpy", "numba")


def layered(mode="relu", *, sizes=(12, 20, 15, 3), density=0.6, dtype=None, rng=0, outputs="linear"):
    names = [f"L{i}" for i in range(len(sizes))]
    B = nx.DiGraph()
    for i, (name, size) in enumerate(zip(names, sizes, strict=True)):
        B.add_node(name, size=size, mode="sensory" if i == 0 else outputs if i == len(sizes) - 1 else mode)
    for i, pre in enumerate(names):
        for post in names[i + 1 : i + 3]:  # with skip connections
            B.add_edge(pre, post, wiring=ns.wiring.random(density))
    return ns.Network.from_regions(B, rng=rng, dtype=dtype)


def make(kind, net, lesions, X, outputs=None):
    outputs = net.structure.outputs if outputs is None else outputs
    losses = [lesion_layout(net.structure).loss(each) for each in lesions]
    X = np.ascontiguousarray(X, dtype=net.dtype)
    if kind == "numpy":
        return ReferenceSweep(net, losses, X, outputs)
    from neurosim.engine.compiled_lesions import CompiledSweep

    return CompiledSweep(net, losses, X, outputs)


def swept(kind, net, lesions, X, outputs=None):
    """Rates and drives of the outputs, shape (lesions, samples, outputs)."""
    sweep = make(kind, net, lesions, X, outputs)
    count = len(net.structure.outputs if outputs is None else outputs)
    rates, drives = (np.empty((len(lesions), len(X), count), net.dtype) for _ in "ab")

    def work(number, threads):
        for chunk in sweep.chunks[number::threads]:
            rates[:, chunk], drives[:, chunk], answers = sweep.run(chunk, number)
            for part in answers:
                rates[part.lesions, part.samples + chunk.start] = part.rates
                drives[part.lesions, part.samples + chunk.start] = part.drives

    share_out(work, sweep.threads)
    return rates, drives


def deleted(net, lost, X):
    """What the same outputs answer when these neurons have been deleted."""
    structure = net.structure
    marked = np.zeros(len(net), dtype=bool)
    marked[structure.outputs] = True
    stay = np.ones(len(net), dtype=bool)
    stay[lost] = False
    kept = structure.present & stay[structure.pre] & stay[structure.post]
    rest = subset(dataclasses.replace(structure, marked_outputs=marked), stay, kept)
    return ns.respond(Network(rest, net.weights[kept], net.thresholds[stay]), X[:, stay[structure.inputs]])


def all_deleted(net, lesions, X):
    """The same for each lesion."""
    answers = [deleted(net, lost, X) for lost in lesions]
    return np.array(answers).reshape(len(lesions), len(X), len(net.structure.outputs))


def may_go(net):
    """Numbers of the neurons that are not read."""
    return np.setdiff1d(np.arange(len(net)), net.structure.outputs)


def some_lesions(net, rng, sets=4):
    """Every neuron that can go, and some sets of them that leave an input."""
    structure, able = net.structure, may_go(net)
    chosen = [able[rng.random(len(able)) < rng.random()] for _ in range(sets)]
    lesions = [np.array([each]) for each in able] + [each for each in chosen if len(each)]
    return [each for each in lesions if structure.sensory[each].sum() < structure.sensory.sum()]


def check(net, lesions, X, tolerance=ROUNDING):
    expected = all_deleted(net, lesions, X)
    for kind in SWEEPS:
        if kind == "numba" and obstacle_to_changes(net.structure):
            continue
        np.testing.assert_allclose(swept(kind, net, lesions, X)[0], expected, **tolerance, err_msg=kind)


# --- As if deleted -------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("mode", [name for name in ns.MODES if name != "sensory"])
def test_every_mode(mode, dtype):
    net = layered(mode, dtype=dtype)
    rng = np.random.default_rng(1)
    X = rng.normal(size=(70, 12)) if mode != "binary" else rng.integers(0, 2, (70, 12)).astype(float)
    lesions = [np.array([i]) for i in may_go(net)] + [np.arange(12, 32), np.array([0, 13, 40])]
    tolerance = {"rtol": 1e-10, "atol": 1e-10} if dtype == "float64" else {"rtol": 2e-4, "atol": 2e-4}
    check(net, lesions, X, tolerance)


@given(net=acyclic_networks(max_neurons=25, loops=True, laws=True), seed=SEEDS)
def test_any_graph(net, seed):
    rng = np.random.default_rng(seed)
    check(net, some_lesions(net, rng), rng.normal(size=(6, len(net.inputs))))


@given(
    net=acyclic_networks(max_neurons=25, loops=True, modes=("maxout", "relu", "tanh", ns.LeakyReLU(0.3), ns.ELU(0.5))),
    seed=SEEDS,
)
def test_branches_that_lose_all_their_synapses_are_gone(net, seed):
    rng = np.random.default_rng(seed)
    check(net, some_lesions(net, rng), rng.normal(size=(6, len(net.inputs))))


@given(net=acyclic_networks(max_neurons=20, loops=True, tenths=True, modes=("binary",)), seed=SEEDS)
def test_binary_decisions_are_exact(net, seed):
    rng = np.random.default_rng(seed)
    X, lesions = rng.integers(0, 2, (8, len(net.inputs))).astype(float), some_lesions(net, rng)
    for kind in SWEEPS:
        np.testing.assert_array_equal(swept(kind, net, lesions, X)[0], all_deleted(net, lesions, X))


def test_ties_are_ties_with_lesions_too():
    """Thresholds that sums of tenths often meet: to within rounding, which goes either way with the order of sums."""
    rng = np.random.default_rng(0)
    pre, post = np.divmod(np.arange(12 * 200), 200)
    weights = rng.integers(-9, 10, (12, 200)) / 10
    thresholds = np.concatenate([np.zeros(12), np.round((weights * rng.integers(0, 2, (12, 200))).sum(axis=0), 1)])
    net = ns.Network.from_arrays(pre, post + 12, weights.ravel(), thresholds=thresholds)
    X, lesions = rng.integers(0, 2, (64, 12)).astype(float), [np.array([i]) for i in range(12)]
    expected = all_deleted(net, lesions, X)
    for kind in SWEEPS:
        np.testing.assert_array_equal(swept(kind, net, lesions, X)[0], expected)
    naive = X @ weights - thresholds[12:]
    without = naive - (X.T[:, :, None] * weights[:, None, :])
    assert ((without >= 0) != expected).sum() > 100  # what a difference of sums would get wrong


@given(net=acyclic_networks(max_neurons=20, tenths=True, modes=("binary", "sigmoid", "relu")), seed=SEEDS)
def test_binary_neurons_after_graded_ones_decide_as_ever(net, seed):
    """Their drives may lie within rounding of the threshold: only the same sums in the same order decide alike."""
    rng = np.random.default_rng(seed)
    X, lesions = rng.integers(-3, 4, (6, len(net.inputs))) / 10, some_lesions(net, rng)
    np.testing.assert_allclose(swept("numpy", net, lesions, X)[0], all_deleted(net, lesions, X), **ROUNDING)


def test_drives_are_those_of_the_lesioned_network():
    net = layered("tanh", outputs="sigmoid")
    X, lesions = np.random.default_rng(0).normal(size=(40, 12)), [np.array([i]) for i in may_go(net)]
    rates, drives = swept("numba", net, lesions, X)
    np.testing.assert_allclose(1 / (1 + np.exp(-drives)), rates, **ROUNDING)
    np.testing.assert_allclose(drives, swept("numpy", net, lesions, X)[1], **ROUNDING)


def test_a_drive_that_changes_while_the_rate_does_not_is_seen():
    """A saturated output has the same rate with a lesion, but a loss may look at its drive."""
    net = ns.Network.from_arrays([0, 1], [2, 2], [50.0, 50.0], modes=[None, None, "sigmoid"])
    for kind in SWEEPS:
        rates, drives = swept(kind, net, [np.array([0])], [[1.0, 1.0]])
        assert (rates.ravel()[0], drives.ravel()[0]) == (1.0, 50.0)


def test_a_network_that_is_lesioned_already():
    net = layered()
    X, lesions = np.random.default_rng(0).normal(size=(9, 12)), [np.array([3]), np.array([15]), np.array([40, 41])]
    with ns.lesion(net, neurons=["L1[2]", "L2[4]"], synapses=[net.synapses[-1]]):
        expected = []
        for lost in lesions:
            with ns.lesion(net, neurons=[net.names[i] for i in lost]):
                expected.append(ns.respond(net, X))
        for kind in SWEEPS:
            np.testing.assert_allclose(swept(kind, net, lesions, X)[0], expected, **ROUNDING)


def test_other_outputs_than_those_of_the_network():
    net = layered()
    X, outputs = np.random.default_rng(0).normal(size=(9, 12)), net.structure.members("L2")
    lesions = [np.array([i]) for i in range(32)]
    expected = []
    for lost in lesions:
        with ns.lesion(net, neurons=[net.names[lost[0]]]):
            expected.append(ns.activity(net, X)[:, outputs])
    for kind in SWEEPS:
        np.testing.assert_allclose(swept(kind, net, lesions, X, outputs)[0], expected, **ROUNDING)


# --- Digits --------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["linear", "relu", "maxout"])
def test_a_small_rest_of_a_large_sum_keeps_its_digits(mode):
    """What is lost had outweighed all else a billion times: no difference of large numbers can tell what is left."""
    big = 1e9
    net = ns.Network.from_arrays(
        [0, 1, 0, 1, 2, 3, 2],
        [2, 2, 3, 3, 4, 4, 3],
        [big, 1.0, -3 * big, 2.0, 0.7, 0.3, 0.1],
        modes=[None, None, mode, mode, "linear"],
        thresholds=[0, 0, 0.3, -0.2, 0],
    )
    X = np.random.default_rng(0).random((50, 2)) + 0.5
    expected = deleted(net, np.array([0]), X)
    for kind in SWEEPS:
        np.testing.assert_allclose(swept(kind, net, [np.array([0])], X)[0][0], expected, rtol=1e-13)


def test_no_result_hangs_on_what_is_computed_beside_it(monkeypatch):
    net = layered("sigmoid", sizes=(12, 150, 60, 3))
    X, rng = np.random.default_rng(0).normal(size=(150, 12)), np.random.default_rng(1)
    lesions = [np.array([i]) for i in may_go(net)] + [np.arange(12, 80)]
    monkeypatch.setenv(VARIABLE, "1")
    alone = swept("numba", net, lesions, X)
    monkeypatch.setenv(VARIABLE, "3")
    together = swept("numba", net, lesions, X)
    some = np.sort(rng.permutation(len(lesions))[:17])
    few = swept("numba", net, [lesions[i] for i in some], X)
    one_by_one = swept("numba", net, lesions, X[77:78])
    for a, b, c, d in zip(alone, together, few, one_by_one, strict=True):
        assert a.tobytes() == b.tobytes()
        assert a[some].tobytes() == c.tobytes()
        assert a[:, 77:78].tobytes() == d.tobytes()


def test_samples_in_which_what_is_lost_was_silent_are_left_alone():
    net = layered()
    X = np.random.default_rng(0).normal(size=(20, 12))
    X[:10] = 0
    X[:, 0] = 0
    lesions = [np.array([0]), np.array([1])]
    sweep = make("numba", net, lesions, X)
    _, _, answers = sweep.run(sweep.chunks[0])
    found = next(answers)
    assert set(found.lesions) == {1}
    assert set(found.samples) == set(range(10, 20))


# --- Where kernels cannot be right ---------------------------------------------------------------


def test_what_hears_of_rounding():
    """A binary neuron behind a graded one, at any distance; but not one behind a tonic cell or beside a graded one."""

    def hears(modes, pre, post):
        return hears_of_rounding(ns.Network.from_arrays(pre, post, 1.0, modes=modes, size=len(modes)).structure)

    assert hears([None, "sigmoid", "binary"], [0, 1], [1, 2])
    assert hears([None, "relu", "binary", "binary"], [0, 1, 2], [1, 2, 3])
    assert not hears([None, "binary", "binary", "linear"], [0, 1, 2], [1, 2, 3])
    assert not hears([None, "linear", "binary"], [0, 1], [2, 2])
    assert not hears([None, "relu", "binary"], [0, 0], [1, 2])


def test_kernels_leave_to_the_reference_what_they_cannot_do():
    behind = ns.Network.from_arrays([0, 1], [1, 2], 1.0, modes=[None, "sigmoid", "binary"])
    assert "order of sums" in obstacle_to_changes(behind.structure)
    sweep = lesion_sweep(behind, [np.array([1])], np.ones((3, 1)), behind.structure.outputs, "numba")
    assert isinstance(sweep, ReferenceSweep)


@dataclasses.dataclass(frozen=True)
class Doubled(ns.Linear):
    """A mode that kernels do not know."""

    name = "doubled"

    def rate(self, drive):
        return 2 * drive


def test_modes_that_kernels_do_not_know():
    net = ns.Network.from_arrays([0, 1, 0], [1, 2, 2], [1.0, 2.0, 3.0], modes=[None, Doubled(), "linear"])
    assert "do not know the mode" in obstacle_to_changes(net.structure)
    sweep = lesion_sweep(net, [np.array([1])], np.ones((1, 1)), net.structure.outputs, "numba")
    rates, _, answers = sweep.run(sweep.chunks[0])
    assert (rates.item(), next(answers).rates.item()) == (7.0, 3.0)


def test_rates_that_are_not_finite_are_those_of_the_reference():
    net = ns.Network.from_arrays([0, 1, 0], [1, 2, 2], [1e200, 1e200, 1.0], modes=[None, "linear", "linear"])
    with np.errstate(over="ignore"):
        rates = swept("numba", net, [np.array([1])], [[1.0]])[0]
        sweep = make("numba", net, [np.array([1])], [[1.0]])
        assert np.isinf(sweep.run(sweep.chunks[0])[0])
    assert rates.item() == 1.0


@given(net=acyclic_networks(max_neurons=15), seed=SEEDS, count=st.integers(1, 3))
def test_the_choice_is_made_by_the_work(net, seed, count):
    assume(len(may_go(net)))
    X = np.zeros((count, len(net.inputs)))
    assert isinstance(lesion_sweep(net, [may_go(net)[:1]], X, net.structure.outputs), ReferenceSweep)
