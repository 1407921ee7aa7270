"""A comparison against the same done by hand: splits, births, trainings, noise, lesions, and what is said of them."""

import csv

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import neurosim as ns
from neurosim.analysis.pairing import Birth, hidden_neurons, seeds_from, split
from neurosim.analysis.robustness import Examiner, Trials, each_synapse_its_own, with_weight_noise
from neurosim.anatomy.initial_weights import Variance
from tests.anatomy.helpers import complains, unchanged
from tests.conftest import KERNELS
from tests.strategies import acyclic_networks

TABLE = ns.datasets.xor()
CLOUDS = ns.datasets.xor(15, noise=0.2, rng=0)
FEW = {"epochs": 3, "seeds": 2, "repeats": 2, "rng": 0}


def brain(hidden=6, mode="relu", outputs=1, out="sigmoid", **settings):
    regions = nx.DiGraph()
    regions.add_node("x", size=2)
    regions.add_node("hidden", size=hidden, mode=mode, **settings)
    regions.add_node("y", size=outputs, mode=out)
    nx.add_path(regions, ["x", "hidden", "y"])
    return ns.Network.from_regions(regions, rng=0)


def seed_of(rng=0, number=0):
    return list(seeds_from(np.random.default_rng(rng), number + 1))[number]


def figures(found):
    return {
        (measure, brain): estimate.values.tolist()
        for measure, column in found.measured.items()
        for brain, estimate in column.items()
    }


@pytest.fixture(scope="module")
def clouds():
    """One comparison on noisy XOR that several tests look at."""
    return ns.compare(brain(), *CLOUDS, epochs=15, seeds=3, repeats=3, optimizer=ns.Adam(0.05), rng=0)


# --- What is measured ----------------------------------------------------------------------------


def test_accuracy_and_hardened_accuracy_are_those_by_hand(clouds):
    X, labels = CLOUDS
    for number, seed in enumerate(seeds_from(np.random.default_rng(0), 3)):
        learnt, held = split(labels, 0.25, seed.split)
        net = Birth(brain(), hidden_neurons(brain()), [ns.ReLU()]).born(ns.ReLU(), seed.weights)
        history = ns.train(
            net,
            X[learnt],
            labels[learnt],
            loss="binary_cross_entropy",
            optimizer=ns.Adam(0.05),
            epochs=15,
            rng=np.random.default_rng(seed.order),
        )
        assert (clouds.networks["relu"][number].weights == net.weights).all()
        hard = net.with_mode("binary", regions=["hidden"])
        for name, each in (("relu", net), ("relu, hardened", hard)):
            by_hand = ns.confusion(each, X[held], labels[held]).accuracy
            assert clouds["accuracy"][name].values[number] == by_hand
            rates = ns.activity(each, X[held])[:, 2:8]
            assert clouds["rate"][name].values[number] == pytest.approx(rates.sum(axis=1).mean())
        steps = clouds["steps"]["relu"].values[number]
        reached = np.flatnonzero(history["accuracy"] >= 0.95)
        batches = -(-len(learnt) // 32)
        assert steps == batches * (reached[0] + 1 if reached.size else 15)


def test_binary_rates_are_counted_as_impulses(clouds):
    net, (X, labels) = clouds.networks["binary"][0], CLOUDS
    _, held = split(labels, 0.25, seed_of().split)
    fired = ns.activity(net, X[held])[:, 2:8]
    assert set(np.unique(fired)) <= {0, 1}
    assert clouds["rate"]["binary"].values[0] == pytest.approx((fired == 1).sum() / len(held))


def test_the_slope_of_a_binary_neuron_is_nothing_and_that_of_a_dead_relu_too(clouds):
    assert (clouds["no_gradient"]["binary"].values == 1).all()
    assert (clouds["no_gradient_surrogate"]["binary"].values == 0).all()
    assert (clouds["no_gradient"]["sigmoid"].values == 0).all()
    X, labels = CLOUDS
    learnt, _ = split(labels, 0.25, seed_of().split)
    dead = (ns.activity(clouds.networks["relu"][0], X[learnt])[:, 2:8] == 0).all(axis=0).mean()
    assert clouds["no_gradient"]["relu"].values[0] == dead


def test_frozen_dead_relus_are_found():
    net = brain(4, bias=-100.0, plastic=False)
    found = ns.compare(net, *TABLE, ("relu", "sigmoid"), held_out=0, **FEW)
    assert (found["no_gradient"]["relu"].values == 1).all()
    assert (found["accuracy"]["relu"].values == 0.5).all()


def test_what_no_brain_learnt_is_said_to_be_a_lower_bound():
    found = ns.compare(brain(2), *TABLE, ("sigmoid",), held_out=0, optimizer=ns.SGD(1e-9), **FEW)
    assert (found["steps"]["sigmoid"].mean, found["steps"]["sigmoid"].censored) == (3, 2)
    assert "≥ 3 ± 0 (2 never)" in str(found)


def test_a_share_of_neurons_that_tell_all_and_nothing():
    """One hidden neuron repeats the input that is the class, the other one the input that is not."""
    net = brain(2, mode="linear")
    net.weights[:4] = [1, 0, 0, 1]
    net.freeze(regions=["hidden"])
    X, labels = np.array(TABLE[0]) - 0.5, TABLE[0][:, 0].astype(int)
    found = ns.compare(net, X, labels, ("binary", "linear"), held_out=0, **FEW)
    for name in found.brains:
        assert found["information"][name].values == pytest.approx([0.5, 0.5])
        assert found["entropy"][name].values == pytest.approx([1, 1])


def test_a_mean_over_levels_is_in_the_table_and_the_levels_in_the_curves(clouds):
    for measure in ("input_noise", "weight_noise", "lesions"):
        assert clouds.levels[measure][0] == 0
        for name in clouds.brains:
            undone, *curve = clouds.curves[measure][name]
            assert (undone.values == clouds["accuracy"][name].values).all()
            mean = np.mean([each.values for each in curve], axis=0)
            assert clouds[measure][name].values == pytest.approx(mean)


def test_tiny_noise_changes_nothing_and_a_total_lesion_leaves_the_output_alone():
    X, labels = CLOUDS
    levels = {"input_noise": (1e-12,), "weight_noise": (1e-12,), "lesions": (1.0,)}
    found = ns.compare(brain(), X, labels, ("sigmoid",), optimizer=ns.Adam(0.05), **levels, **FEW)
    for name in ("input_noise", "weight_noise"):
        assert (found[name]["sigmoid"].values == found["accuracy"]["sigmoid"].values).all()
    answers = [net.thresholds[-1] <= 0 for net in found.networks["sigmoid"]]  # the same for every sample
    held = [labels[split(labels, 0.25, seed_of(0, i).split)[1]] for i in range(2)]
    by_hand = [np.mean(truth == answer) for truth, answer in zip(held, answers, strict=True)]
    assert found["lesions"]["sigmoid"].values == pytest.approx(by_hand)


def test_noise_is_measured_by_the_spread_of_each_input():
    """What hears an input in other units, with weights to match, hears the same noise; a constant input has none."""
    net, (X, labels) = brain(), CLOUDS
    wide = net.copy()
    for name in net.regions["hidden"]:
        wide[name].dendrites["x[0]"] = net[name].dendrites["x[0]"] / 1024
    heard = []
    for listener, samples in ((net, X), (wide, X * [1024, 1])):
        trials = Trials((0.5, 2.0), (1.0,), (0.5,), 3, samples.std(axis=0), np.arange(2, 8), np.random.SeedSequence(1))
        heard.append(trials.examine(listener, Examiner(samples, labels, 0.5, "numpy"))["input_noise"])
    assert heard[0] == heard[1]
    still = np.full_like(X, 0.3)
    trials = Trials((5.0,), (1.0,), (0.5,), 3, still.std(axis=0), np.arange(2, 8), np.random.SeedSequence(1))
    examiner = Examiner(still, labels, 0.5, "numpy")
    assert trials.examine(net, examiner)["input_noise"] == [examiner.accuracy(net)]


# --- Pairing -------------------------------------------------------------------------------------


def test_modes_begin_with_the_same_numbers_scaled_to_suit_each():
    net = brain(50)
    modes = [ns.MODES[name] for name in ("binary", "sigmoid", "tanh", "relu", "leaky_relu")]
    birth = Birth(net, hidden_neurons(net), modes)
    born = {mode.name: birth.born(mode, seed_of().weights) for mode in modes}
    assert (born["binary"].weights == born["sigmoid"].weights).all()
    assert (born["binary"].weights == born["tanh"].weights).all()
    for mode in ("relu", "leaky_relu"):
        scale = born[mode].weights / born["sigmoid"].weights
        wanted = Variance(born[mode].structure).of(np.arange(150)) / Variance(born["sigmoid"].structure).of(
            np.arange(150)
        )
        assert scale**2 == pytest.approx(wanted)
    assert born["relu"].weights[:100].var() == pytest.approx(2 / 2, rel=0.4)
    assert (born["relu"].weights[100:] == born["binary"].weights[100:]).all()


def test_every_seed_is_another_brain_and_more_seeds_change_none():
    few = ns.compare(brain(), *CLOUDS, ("binary",), **FEW)
    more = ns.compare(brain(), *CLOUDS, ("binary",), **FEW | {"seeds": 3})
    births = [net.weights for net in more.networks["binary"]]
    assert not np.array_equal(births[0], births[1])
    for name in few.measured:
        assert (more[name]["binary"].values[:2] == few[name]["binary"].values).all()


def test_the_order_of_modes_changes_no_figure(clouds):
    settings = {"epochs": 15, "seeds": 3, "repeats": 3, "optimizer": ns.Adam(0.05), "rng": 0}
    again = ns.compare(brain(), *CLOUDS, ("relu", "sigmoid", "binary"), **settings)
    assert figures(again) == figures(clouds)
    assert again.brains == ("relu", "relu, hardened", "sigmoid", "sigmoid, hardened", "binary")
    by_pair = clouds.difference("accuracy", "relu", "binary").values
    assert (again.difference("accuracy", "binary").values == -by_pair).all()


def test_the_same_seed_gives_the_same_figures_and_another_gives_others():
    runs = [ns.compare(brain(), *CLOUDS, **FEW | {"rng": rng}) for rng in (0, 0, 1, np.random.default_rng(0))]
    assert figures(runs[0]) == figures(runs[1]) == figures(runs[3])
    assert figures(runs[0]) != figures(runs[2])


@given(st.integers(0, 2**32), st.integers(2, 5), st.floats(0.1, 0.9))
def test_a_split_takes_its_share_of_every_class(seed, classes, share):
    labels = np.random.default_rng(seed).permutation(np.repeat(np.arange(classes), 10))
    learnt, held = split(labels, share, np.random.SeedSequence(seed))
    assert sorted([*learnt, *held]) == list(range(len(labels)))
    assert (np.bincount(labels[held]) == round(10 * share)).all()


# --- The network given ---------------------------------------------------------------------------


@given(acyclic_networks(max_neurons=14, laws=True, dtype="float32"), st.integers(0, 99))
@settings(max_examples=12)
def test_any_network_is_compared_and_left_as_it_was(net, seed):
    """Receptors, frozen and shared numbers, float32, skip connections, any modes: all of it is respected."""
    rng = np.random.default_rng(seed)
    X, count = rng.normal(size=(20, len(net.inputs))), len(net.outputs)
    labels = np.arange(20) % max(2, count)
    hidden = set(net.names) - set(net.inputs) - set(net.outputs)
    if not any(net[name].dendrites for name in hidden):
        with complains(ns.OptionError, "hidden neurons", "none"):
            ns.compare(net, X, labels)
        return
    with unchanged(net):
        if not net.n_parameters:
            with complains(ns.TrainingError, "In mode binary, with seed 0", "plastic"):
                ns.compare(net, X, labels, loss="mse", **FEW)
            return
        found = ns.compare(net, X, labels, ("binary", "tanh"), loss="mse", **FEW)
    for nets in found.networks.values():
        for other in nets:
            assert other.dtype == np.float32
            assert (other.weights[~net.plastic] == net.weights[~net.plastic]).all()
            assert (other.thresholds[~net.plastic_thresholds] == net.thresholds[~net.plastic_thresholds]).all()
            assert (other.weights * net.structure.receptor >= 0).all()
            assert [mode for name, mode in zip(net.names, other.modes, strict=True) if name not in hidden] == [
                ns.MODES["sigmoid" if count == 1 else "linear"] if mode.name == "binary" else mode
                for name, mode in zip(net.names, net.modes, strict=True)
                if name not in hidden
            ]


def test_convolutions_inhibition_and_frozen_regions_work():
    regions = nx.DiGraph()
    regions.add_node("retina", shape=(4, 4))
    regions.add_node("V1", shape=(2, 3, 3), mode="relu")
    regions.add_node("V2", size=8, mode="relu", inhibitory=0.25)
    regions.add_node("decision", size=2, mode="linear")
    regions.add_edge("retina", "V1", wiring=ns.wiring.convolution(2, channels=2))
    regions.add_edge("V1", "V2")
    regions.add_edge("V2", "decision")
    net = ns.Network.from_regions(regions, rng=0)
    rng = np.random.default_rng(0)
    labels = np.arange(40) % 2
    X = rng.random((40, 16)) + labels[:, None] * (np.arange(16) < 8)
    with unchanged(net):
        found = ns.compare(net, X, labels, epochs=30, seeds=2, repeats=2, optimizer=ns.Adam(0.01), rng=0)
    assert found["accuracy"]["relu"].mean > 0.8
    for nets in found.networks.values():
        for other in nets:
            assert (other.shared == net.shared).all()
            for group in range(int(net.shared.max()) + 1):
                assert len(set(other.weights[net.shared == group])) == 1


def test_binary_outputs_are_made_graded():
    one = ns.compare(brain(out="binary"), *TABLE, ("binary",), held_out=0, **FEW)
    two = ns.compare(brain(outputs=2, out="binary"), *TABLE, ("binary",), held_out=0, **FEW)
    assert "sigmoid outputs, loss binary_cross_entropy" in str(one)
    assert "linear outputs, loss cross_entropy" in str(two)
    assert str(two.networks["binary"][0]["y[1]"].mode) == "linear"


def test_an_answer_is_read_as_its_loss_teaches_it():
    found = ns.compare(brain(out="tanh"), TABLE[0], 2 * TABLE[1] - 1, ("relu",), loss="hinge", held_out=0, **FEW)
    assert found.boundary == 0
    read = [(ns.respond(net, TABLE[0])[:, 0] >= 0) == TABLE[1] for net in found.networks["relu"]]
    assert (found["accuracy"]["relu"].values == np.mean(read, axis=1)).all()


def test_samples_of_your_own_are_measured_on():
    X, labels = CLOUDS
    found = ns.compare(brain(), *TABLE, ("relu",), validation=CLOUDS, **FEW)
    by_hand = [ns.confusion(net, X, labels).accuracy for net in found.networks["relu"]]
    assert (found["accuracy"]["relu"].values == by_hand).all()
    assert "Learnt from 4 samples, measured on 60 others" in str(found)


def test_modes_may_have_parameters():
    found = ns.compare(brain(), *TABLE, (ns.LeakyReLU(slope=0.5), ns.LeakyReLU, "elu"), held_out=0, **FEW)
    assert found.brains[::2] == ("LeakyReLU(slope=0.5)", "leaky_relu", "elu")


@pytest.mark.parametrize("backend", ["numpy", pytest.param("numba", marks=KERNELS)])
def test_either_backend_finds_the_same(backend):
    found = ns.compare(brain(outputs=2, out="linear"), *CLOUDS, backend=backend, **FEW)
    other = ns.compare(brain(outputs=2, out="linear"), *CLOUDS, backend="numpy", **FEW)
    for key, values in figures(found).items():
        assert values == pytest.approx(figures(other)[key], abs=1e-6), key


# --- Lesions and noise ---------------------------------------------------------------------------


def test_lesions_are_those_of_ns_lesion_and_leave_nothing_behind():
    net = brain()
    hidden = np.flatnonzero(hidden_neurons(net))
    trials = Trials((), (), (0.0, 0.5), 3, np.ones(2), hidden, np.random.SeedSequence(0))
    with unchanged(net):
        found = trials.examine(net, Examiner(*TABLE, 0.5, "numpy"))["lesions"]
    expected = []
    for count in (1, 3):
        draw, accuracies = np.random.default_rng(np.random.SeedSequence(0)), []
        for _ in range(3):
            without = net.copy()
            for i in draw.permutation(hidden)[:count].tolist():
                without.remove_neuron(net.names[i])
            accuracies.append(((ns.respond(without, TABLE[0])[:, 0] >= 0.5) == TABLE[1]).mean())
        expected.append(np.mean(accuracies))
    assert found == pytest.approx(expected)


def test_noise_on_weights_is_relative_and_keeps_signs_where_receptors_do():
    net = brain(400, receptor="excitatory")
    noisy = with_weight_noise(net, 0.3, np.random.default_rng(0))
    free = net.receptors.index("excitatory")
    factors = noisy.weights[:free] / net.weights[:free]
    assert (factors.mean(), factors.std()) == pytest.approx((1, 0.3), abs=0.05)
    wild = with_weight_noise(net, 5.0, np.random.default_rng(0))
    assert (wild.weights[free:] >= 0).all()
    assert (wild.weights[:free] * net.weights[:free] < 0).any()


def test_noise_befalls_single_synapses_where_weights_are_shared():
    net = ns.Network.from_arrays([0, 1], [2, 2], [1.0, 1.0], shared=[0, 0])
    noisy = with_weight_noise(each_synapse_its_own(net), 0.5, np.random.default_rng(0))
    assert noisy.weights[0] != noisy.weights[1]
    ns.respond(noisy, [1.0, 1.0])


# --- The table -----------------------------------------------------------------------------------


def test_it_is_read_by_measure_and_by_brain(clouds):
    assert clouds["accuracy"]["relu"] is clouds["relu"]["accuracy"]
    assert clouds.difference("rate", "relu", "sigmoid").values == pytest.approx(
        clouds["rate"]["relu"].values - clouds["rate"]["sigmoid"].values
    )
    assert list(clouds) == list(clouds.measured)
    assert "accuracy" in clouds
    assert "nothing" not in clouds
    with complains(ns.UnknownNameError, "acuracy", "Did you mean 'accuracy'?"):
        clouds["acuracy"]
    with complains(ns.UnknownNameError, "sigmod", "Did you mean 'sigmoid'?"):
        clouds.difference("accuracy", "sigmod")
    with complains(ns.UnknownNameError, "stps", "Did you mean 'steps'?"):
        clouds.difference("stps", "sigmoid")


def test_it_is_printed_in_aligned_columns(clouds):
    lines = str(clouds).splitlines()
    starts = [lines[2].index("binary"), *(i for i in range(30, len(lines[2])) if lines[2][i - 2 : i] == "  ")]
    starts = [i for i in starts if lines[2][i : i + 1].strip()]
    assert len(starts) == 5
    for line in lines[5:15]:
        assert all(line[i - 1] == " " and line[i] != " " for i in starts)
    assert max(map(len, lines[:-1])) <= 120
    assert f"{clouds['accuracy']['binary'].mean:.3f} ± " in str(clouds)
    assert "difference from binary" in str(clouds)
    assert clouds._repr_html_().count("<td") == 10 * (5 + 1) * 2
    assert "relu, hardened" in clouds._repr_html_()


def test_one_seed_has_no_interval():
    found = ns.compare(brain(), *TABLE, ("relu",), held_out=0, **FEW | {"seeds": 1})
    assert "±" not in str(found)
    assert "one seed" in str(found)


def test_rows_go_to_a_file_and_come_back(clouds, tmp_path):
    clouds.to_csv(tmp_path / "found.csv")
    with open(tmp_path / "found.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(clouds.rows) == 5 * (10 + 3 * 4)
    for row, wanted in zip(rows, clouds.rows, strict=True):
        assert row["brain"] == wanted["brain"]
        assert float(row["mean"]) == wanted["mean"]
        assert row["level"] == ("" if wanted["level"] is None else str(wanted["level"]))
        assert [float(value) for value in row["values"].split()] == wanted["values"]
    first = next(row for row in clouds.rows if row["brain"] == "relu" and row["measure"] == "accuracy")
    paired = clouds.difference("accuracy", "relu")
    assert (first["difference"], first["difference_low"]) == (paired.mean, paired.low)
    with complains(ns.ModelFileError, "nowhere", "folder"):
        clouds.to_csv(tmp_path / "nowhere" / "found.csv")


# --- Mistakes ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "kind", "words"),
    [
        ({"modes": ("binary", "sigmod")}, ns.UnknownNameError, ("sigmod", "Did you mean 'sigmoid'?")),
        ({"modes": "binary"}, ns.OptionError, ("modes=('binary',)",)),
        ({"modes": ns.ReLU()}, ns.OptionError, ("list of modes",)),
        ({"modes": 3}, ns.OptionError, ("list of modes", "3")),
        ({"modes": ()}, ns.OptionError, ("one mode or more",)),
        ({"modes": ("relu", "relu")}, ns.OptionError, ("relu", "more than once")),
        ({"modes": ("relu", "sensory")}, ns.OptionError, ("sensory", "dendrites")),
        ({"seeds": 0}, ns.OptionError, ("seeds", "0")),
        ({"held_out": 1.0}, ns.OptionError, ("held_out", "below 1")),
        ({"held_out": 0.25, "validation": None}, ns.DataError, ("class 0", "2 samples", "held_out=0", "validation=")),
        ({"validation": TABLE[0]}, ns.OptionError, ("pair",)),
        ({"validation": (TABLE[0], [0, 1, 1])}, ns.DataError, ("validation targets", "3")),
        ({"labels": [0, 1, 1]}, ns.DataError, ("4 samples", "3")),
        ({"labels": [0, 1, 1, 2]}, ns.DataError, ("classes",)),
        ({"labels": [0.2, 0.1, 0.5, 0.7]}, ns.DataError, ("classes", "right answers")),
        ({"X": np.zeros((4, 3))}, ns.DataError, ("X", "(samples, 2)")),
        ({"X": np.zeros((2, 4, 2))}, ns.DataError, ("X", "(samples, 2)")),
        ({"criterion": 1.5}, ns.OptionError, ("criterion",)),
        ({"lesions": (0.5, 2.0)}, ns.OptionError, ("lesions", "2.0")),
        ({"input_noise": ()}, ns.OptionError, ("input_noise", "one level")),
        ({"weight_noise": ("much",)}, ns.OptionError, ("weight_noise", "much")),
        ({"bins": 1}, ns.OptionError, ("bins",)),
        ({"epochs": 0}, ns.OptionError, ("epochs",)),
        ({"loss": "cross_entropy"}, ns.OptionError, ("two outputs",)),
        ({"surrogate": "arctangent"}, ns.UnknownNameError, ("arctan",)),
        ({"test_size": 0.2}, ns.UnknownNameError, ("test_size", "held_out")),
    ],
)
def test_mistakes_are_told(settings, kind, words):
    arguments = {"X": TABLE[0], "labels": TABLE[1], "held_out": 0} | settings
    X, labels = arguments.pop("X"), arguments.pop("labels")
    with complains(kind, *words):
        ns.compare(brain(), X, labels, **FEW | arguments)


def test_what_cannot_be_compared_is_told():
    alone = ns.Network.from_arrays([0, 1], [2, 2], modes="sigmoid", rng=0)
    with complains(ns.OptionError, "hidden neurons", "none", "region between"):
        ns.compare(alone, *TABLE)
    loop = brain()
    loop.add_synapse("hidden[1]", "hidden[1]", 0.5, delay=1)
    with complains(ns.OptionError, "delay", "'hidden[1]' -> 'hidden[1]'", "ns.train"):
        ns.compare(loop, *TABLE)
    with complains(ns.OptionError, "Network", "list"):
        ns.compare([1], *TABLE)
    with complains(ns.TrainingError, "In mode sigmoid, with seed 0", "diverged"):
        ns.compare(
            brain(out="linear"),
            *TABLE,
            ("sigmoid",),
            loss="mse",
            held_out=0,
            optimizer=ns.SGD(1e9),
            **FEW | {"epochs": 60},
        )
