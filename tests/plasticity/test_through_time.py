"""Learning through time: against an Elman network and any other network unrolled in another autodiff library."""

import autograd.numpy as anp
import networkx as nx
import numpy as np
import pytest
from autograd import grad
from autograd.scipy.special import logsumexp
from hypothesis import given, settings
from hypothesis import strategies as st

import neurosim as ns
from tests.plasticity.helpers import law_is_kept, slots, under_law
from tests.plasticity.test_gradients import RATES, one_each, relative_error, step_with, tame
from tests.strategies import GRADED, SEEDS, acyclic_networks

TICKS, TRIALS = 6, 3

# --- An Elman network, in matrices ---------------------------------------------------------------


def elman(hidden=5, n_inputs=3, n_outputs=2, mode="tanh", out="linear", rng=0, dtype="float64", **soma):
    """Delay 0 forward and 1 on the recurrent synapses (Elman 1990)."""
    regions = nx.DiGraph()
    regions.add_node("x", size=n_inputs, mode="sensory")
    regions.add_node("h", size=hidden, mode=type(ns.MODES[mode])(**soma))
    regions.add_node("y", size=n_outputs, mode=out)
    regions.add_edges_from([("x", "h"), ("h", "y")])
    regions.add_edge("h", "h", delay=1)
    net = ns.Network.from_regions(regions, rng=rng, dtype=dtype)
    net.thresholds = np.random.default_rng(rng).normal(size=len(net)) / 3
    return net


def matrices(net):
    """W[post, pre] for input, recurrent and output synapses, as views of where the weights lie."""
    number = {name: i for region in ("x", "h", "y") for i, name in enumerate(net.regions[region])}
    places = {}
    for s, (pre, post) in enumerate(net.synapses):
        places.setdefault((pre[0], post[0]), []).append((number[post], number[pre], s))
    return {key: np.array(rows).T for key, rows in places.items()}


def elman_loss(net, targets, last, cross_entropy=False, step=None):
    """The loss of the same network, written with matrices."""
    sizes = {region: len(net.regions[region]) for region in ("x", "h", "y")}
    where = matrices(net)
    hidden = np.array([net.names.index(name) for name in net.regions["h"]])
    output = np.array([net.names.index(name) for name in net.regions["y"]])
    act = step or RATES[net["h[0]"].mode.name]

    def dense(weights, key):
        post, pre, synapse = where[key]
        matrix = np.full((sizes[key[1]], sizes[key[0]]), 0)
        matrix[post, pre] = synapse
        return weights[matrix]

    def loss(weights, thresholds, X):
        W, U, V = dense(weights, ("x", "h")), dense(weights, ("h", "h")), dense(weights, ("h", "y"))
        h, total = anp.zeros((len(X), sizes["h"])), 0.0
        for t in range(X.shape[1]):
            h = act(anp.dot(X[:, t], W.T) + anp.dot(h, U.T) - thresholds[hidden])
            if last and t < X.shape[1] - 1:
                continue
            y = anp.dot(h, V.T) - thresholds[output]
            wanted = targets if last else targets[:, t]
            if cross_entropy:
                total = total - anp.sum(wanted * (y - logsumexp(y, axis=1, keepdims=True)))
            else:
                total = total + 0.5 * anp.sum((y - wanted) ** 2)
        return total / len(X) / (1 if last else X.shape[1])

    return loss


@pytest.mark.parametrize("loss", ["mse", "cross_entropy"])
@pytest.mark.parametrize("last", [False, True], ids=["every tick", "last tick"])
@pytest.mark.parametrize("mode", ["tanh", "sigmoid", "relu", "binary"])
def test_an_elman_network_is_that_of_another_autodiff_library(mode, last, loss):
    net, rng = elman(mode=mode), np.random.default_rng(3)
    X = rng.normal(size=(7, 20, 3))
    classes = rng.integers(2, size=7 if last else (7, 20))
    targets = np.eye(2)[classes] if loss == "cross_entropy" else rng.normal(size=(*classes.shape, 2))
    surrogate = "arctan" if mode == "binary" else None
    value = elman_loss(net, targets, last, loss == "cross_entropy", surrogate and step_with(surrogate))
    given_as = classes if loss == "cross_entropy" else targets
    g = ns.gradients(net, X, given_as, loss=loss, surrogate=surrogate)
    by_weight, by_threshold, by_input = grad(value, (0, 1, 2))(net.weights.copy(), net.thresholds.copy(), X)
    assert g.loss == pytest.approx(value(net.weights, net.thresholds, X), rel=1e-12)
    assert relative_error(g.weights, by_weight) <= 1e-10
    assert relative_error(g.thresholds, by_threshold) <= 1e-10
    assert relative_error(g.inputs, by_input) <= 1e-10


# --- Any network, unrolled -----------------------------------------------------------------------


def unrolled(net, targets, every_tick, step):
    """The mean squared loss as a function of the parameters, neuron by neuron and tick by tick."""
    structure = net.structure
    weight_of, threshold_of = slots(net.shared), slots(net.shared_thresholds)
    dendrites = [structure.dendrites_of(i).tolist() for i in range(len(net))]
    order, done = [], set(structure.inputs.tolist())
    while len(done) < len(net):
        ready = [
            i
            for i in range(len(net))
            if i not in done and all(structure.delay[s] or int(structure.pre[s]) in done for s in dendrites[i])
        ]
        order += ready
        done |= set(ready)

    def value(weight_parameters, threshold_parameters, X):
        weights, thresholds = weight_parameters[weight_of], threshold_parameters[threshold_of]
        history, kept, total = [], {}, 0.0
        for tick in range(TICKS):
            rates = {int(i): X[:, tick, column] for column, i in enumerate(structure.inputs)}
            for i in order:
                mode, branches = net.modes[i], {}
                for s in dendrites[i]:
                    pre, delay = int(structure.pre[s]), int(structure.delay[s])
                    seen = (
                        rates[pre] if not delay else history[tick - delay][pre] if tick >= delay else anp.zeros(TRIALS)
                    )
                    key = int(structure.branch[s]) if mode.branched else 0
                    branches[key] = branches.get(key, anp.zeros(TRIALS)) + weights[s] * seen
                largest, *others = [sums for _, sums in sorted(branches.items())] or [anp.zeros(TRIALS)]
                for other in others:
                    largest = anp.where(other > largest, other, largest)
                kept[i] = mode.leak * kept.get(i, anp.zeros(TRIALS)) + largest
                z = kept[i] - thresholds[i]
                rates[i] = step(z) if mode.name == "binary" else RATES[mode.name](z)
                if mode.reset == "subtract":
                    fired = getattr(z, "_value", z) >= 0
                    kept[i] = anp.where(fired, z, kept[i])
                elif mode.reset is not None:
                    fired = getattr(z, "_value", z) >= 0
                    kept[i] = anp.where(fired, mode.reset, kept[i])
            history.append(rates)
            if every_tick or tick == TICKS - 1:
                Y = anp.stack([rates[int(i)] for i in structure.outputs], axis=1)
                total = total + 0.5 * anp.sum((Y - (targets[:, tick] if every_tick else targets)) ** 2)
        return total / TRIALS / (TICKS if every_tick else 1)

    return value


SOMAS = (ns.Tanh(leak=0.5), ns.Sigmoid(leak=0.8, reset=0.3), ns.ReLU(leak=0.6, reset="subtract"), ns.Maxout(leak=0.3))


@pytest.mark.filterwarnings("ignore:Output seems independent of input")
@settings(max_examples=60)
@given(
    net=acyclic_networks(modes=(*GRADED, *SOMAS, "binary", ns.Binary(leak=0.5)), loops=True, max_neurons=20),
    seed=SEEDS,
    every_tick=st.booleans(),
    lawful=st.booleans(),
    surrogate=st.sampled_from(list(ns.surrogates.SURROGATES)),
)
def test_gradients_through_time_equal_those_of_another_autodiff_library(net, seed, every_tick, lawful, surrogate):
    net = under_law(tame(net), seed) if lawful else tame(net)
    net.weights = net.weights / 2  # loops amplify
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(TRIALS, TICKS, len(net.inputs)))
    targets = rng.normal(size=(TRIALS, TICKS, len(net.outputs)) if every_tick else (TRIALS, len(net.outputs)))
    g = ns.gradients(net, X, targets, surrogate=surrogate)
    value = unrolled(net, targets, every_tick, step_with(surrogate))
    weight_of, threshold_of = slots(net.shared), slots(net.shared_thresholds)
    at = (one_each(net.weights, weight_of), one_each(net.thresholds, threshold_of), X)
    by_weight, by_threshold, by_input = grad(value, (0, 1, 2))(*at)
    assert relative_error(g.loss, value(*at)) <= 1e-10
    assert relative_error(g.weights, by_weight[weight_of]) <= 1e-8
    assert relative_error(g.thresholds, by_threshold[threshold_of]) <= 1e-8
    assert relative_error(g.inputs, by_input) <= 1e-8


# --- Truncation ----------------------------------------------------------------------------------


def test_truncation_cuts_the_chain_between_stretches():
    """Each stretch is a run of its own that starts in the state that the one before left."""
    net, rng = elman(), np.random.default_rng(0)
    X, targets = rng.normal(size=(4, 9, 3)), rng.normal(size=(4, 9, 2))
    whole = ns.gradients(net, X, targets, truncation=9)
    assert (whole.weights == ns.gradients(net, X, targets).weights).all()
    cut = ns.gradients(net, X, targets, truncation=4)
    assert cut.loss == pytest.approx(whole.loss, rel=1e-12)
    assert relative_error(cut.weights, whole.weights) > 1e-3
    # In the other library: the hidden rates at the start of each stretch are numbers, not functions.
    where, hidden = matrices(net), [net.names.index(name) for name in net.regions["h"]]
    rates = ns.simulate(net, X).rates[:, :, hidden]
    total = np.zeros_like(net.weights)
    for start in range(0, 9, 4):
        before = np.zeros((4, 5)) if start == 0 else rates[:, start - 1]
        stretch = X[:, start : start + 4], targets[:, start : start + 4]

        def loss(weights, before=before, stretch=stretch):
            W, U, V = (
                weights[_square(where[key], shape)]
                for key, shape in ((("x", "h"), (5, 3)), (("h", "h"), (5, 5)), (("h", "y"), (2, 5)))
            )
            h, total = before, 0.0
            for t in range(stretch[0].shape[1]):
                h = anp.tanh(anp.dot(stretch[0][:, t], W.T) + anp.dot(h, U.T) - net.thresholds[hidden])
                y = anp.dot(h, V.T) - net.thresholds[[net.names.index(name) for name in net.regions["y"]]]
                total = total + 0.5 * anp.sum((y - stretch[1][:, t]) ** 2)
            return total / 4 / 9

        total += grad(loss)(net.weights.copy())
    assert relative_error(cut.weights, total) <= 1e-10


def _square(rows, shape):
    matrix = np.zeros(shape, int)
    matrix[rows[0], rows[1]] = rows[2]
    return matrix


def test_only_the_last_stretch_counts_where_only_the_last_tick_does():
    net, rng = elman(), np.random.default_rng(1)
    X, targets = rng.normal(size=(4, 9, 3)), rng.normal(size=(4, 2))
    g = ns.gradients(net, X, targets, truncation=2)
    assert not g.inputs[:, :7].any()
    assert g.inputs[:, 7].any()  # tick 0 alone, then 1-2, 3-4, 5-6, and 7-8
    assert g.inputs[:, 8].any()


# --- Training ------------------------------------------------------------------------------------


def recall(trials, ticks, rng):
    """Show a bit in the first tick, ask for it in the last."""
    bits = rng.integers(2, size=trials)
    X = np.zeros((trials, ticks, 1))
    X[:, 0, 0] = 2 * bits - 1
    return X, bits


@pytest.mark.parametrize(
    ("optimizer", "options"),
    [
        ("adam", {"epochs": 60, "batch_size": 16}),
        ("lbfgs", {"epochs": 5}),
        ("nesterov", {"epochs": 300, "clip_norm": 1}),
    ],
)
def test_a_bit_is_held_over_a_delay(optimizer, options):
    net = elman(hidden=6, n_inputs=1, n_outputs=1, out="sigmoid", rng=1)
    X, bits = recall(64, 8, np.random.default_rng(0))
    chosen = {"adam": ns.Adam(0.03), "nesterov": ns.Nesterov(0.1), "lbfgs": "lbfgs"}[optimizer]
    history = ns.train(net, X, bits, loss="binary_cross_entropy", optimizer=chosen, rng=0, **options)
    assert history["accuracy"][-1] == 1
    assert ((ns.simulate(net, X)["y[0]"][:, -1] > 0.5) == bits).all()


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "lbfgs"])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_run_through_time_resumes_bit_for_bit(tmp_path, optimizer, dtype):
    rng = np.random.default_rng(0)
    X, targets = rng.normal(size=(10, 5, 3)), rng.integers(2, size=(10, 5))
    options = {"loss": "cross_entropy", "optimizer": optimizer, "truncation": 3}
    options |= {} if optimizer == "lbfgs" else {"batch_size": 4}
    whole, parts = elman(dtype=dtype), elman(dtype=dtype)
    ns.train(whole, X, targets, epochs=6, rng=0, **options)
    for epochs in (2, 3, 6):
        ns.train(parts, X, targets, epochs=epochs, rng=0, checkpoint=tmp_path / "run", resume=True, **options)
    assert (whole.weights == parts.weights).all()
    assert (whole.thresholds == parts.thresholds).all()


@settings(max_examples=20)
@given(net=acyclic_networks(max_neurons=15, modes=GRADED, loops=True), seed=SEEDS)
def test_laws_are_kept_through_time(net, seed):
    net = under_law(tame(net), seed)
    net.weights = net.weights / 2
    before, structure = net.weights.copy(), net.structure
    rng = np.random.default_rng(seed)
    if not (structure.plastic.any() or structure.plastic_thresholds[~structure.sensory].any()):
        return
    X, targets = rng.normal(size=(3, 4, len(net.inputs))), rng.normal(size=(3, 4, len(net.outputs)))
    ns.train(net, X, targets, epochs=3, optimizer=ns.SGD(1e-3), rng=0)
    assert law_is_kept(net)
    assert (net.weights[~structure.plastic] == before[~structure.plastic]).all()


def test_measures_count_every_tick():
    net, rng = elman(), np.random.default_rng(0)
    X, classes = rng.normal(size=(10, 5, 3)), rng.integers(2, size=(10, 5))
    history = ns.train(
        net, X, classes, loss="cross_entropy", epochs=1, optimizer=ns.SGD(1e-12), validation=(X, classes)
    )
    answers = ns.simulate(net, X, record="y")["y"].argmax(axis=-1)
    assert history["accuracy"][-1] == pytest.approx((answers == classes).mean())
    assert history["validation_accuracy"][-1] == pytest.approx((answers == classes).mean())


def test_divergence_through_time_restores_the_weights_of_the_last_good_epoch():
    net, seen = elman(mode="linear", rng=2), []
    X, T, steep = np.full((4, 30, 3), 1e4), np.zeros((4, 30, 2)), ns.SGD(1e30)
    with pytest.raises(ns.TrainingError, match="diverged in epoch 1, first at neuron"):
        ns.train(net, X, T, optimizer=steep, epochs=5, rng=0, callback=lambda *_: seen.append(net.weights.copy()))
    assert len(seen) == 1
    assert (net.weights == seen[0]).all()


ERRORS = {
    "more trials than targets": ((4, 6, 3), (3, 6, 2), "X has 4 trials, targets 3"),
    "other ticks": ((4, 6, 3), (4, 5, 2), r"\(4, 6, 2\).*Got shape \(4, 5, 2\)"),
    "other outputs": ((4, 6, 3), (4, 6, 3), r"Got shape \(4, 6, 3\)"),
    "other inputs": ((4, 6, 2), (4, 6, 2), r"X must have the shape .*\(trials, ticks, 3\).*Got shape \(4, 6, 2\)"),
}


@pytest.mark.parametrize("verb", [ns.gradients, ns.train])
@pytest.mark.parametrize("case", ERRORS)
def test_sequences_that_do_not_fit(verb, case):
    shape, wanted, words = ERRORS[case]
    net = elman()
    before = net.weights.copy()
    with pytest.raises(ns.DataError, match=words):
        verb(net, np.zeros(shape), np.zeros(wanted))
    assert (net.weights == before).all()


def test_class_numbers_in_every_tick_or_values_at_the_end():
    with pytest.raises(
        ns.DataError, match=r"could be class numbers for each of the 2 ticks, or values of the 2 outputs"
    ):
        ns.gradients(elman(), np.zeros((4, 2, 3)), np.zeros((4, 2), int))


def test_what_is_wrong_is_told_by_trial_and_tick():
    targets = np.zeros((4, 5, 2))
    targets[2, 3, 1] = np.nan
    with pytest.raises(ns.DataError, match=r"'y\[1\]' in tick 3 of trial 2"):
        ns.gradients(elman(), np.zeros((4, 5, 3)), targets)
    with pytest.raises(ns.DataError, match="name class 2 in tick 1 of trial 3"):
        ns.gradients(elman(), np.zeros((4, 5, 3)), np.where(np.arange(20) == 16, 2, 0).reshape(4, 5))


def test_validation_must_have_ticks_too():
    X, T = np.zeros((4, 5, 3)), np.zeros((4, 5, 2))
    with pytest.raises(ns.DataError, match="must both have ticks"):
        ns.train(elman(), X, T, validation=(X[:, 0], T[:, 0]))


@pytest.mark.parametrize("truncation", [0, 2.5, "all"])
def test_truncation_is_a_number_of_ticks(truncation):
    X, T = np.zeros((4, 5, 3)), np.zeros((4, 5, 2))
    for verb in (ns.gradients, ns.train):
        with pytest.raises(ns.OptionError, match="truncation must be a whole number from 1 up"):
            verb(elman(), X, T, truncation=truncation)


def test_a_binary_neuron_behind_a_delay_needs_a_surrogate_in_time():
    net = ns.Network.from_arrays([0, 1], [1, 2], [1.0, 1.0], delay=[0, 1], modes=["sensory", "binary", "linear"])
    ns.gradients(net, [[1.0]], [[1.0]])  # in a single tick nothing leads from it to the output
    with pytest.raises(ns.TrainingError, match=r"Neuron 1 is binary.*surrogate="):
        ns.gradients(net, np.ones((1, 3, 1)), np.ones((1, 3, 1)))
    g = ns.gradients(net, np.ones((1, 3, 1)), np.full((1, 3, 1), 2.0), surrogate="straight_through")
    assert g.weights.all()
