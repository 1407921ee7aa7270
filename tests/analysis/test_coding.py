"""Eta and omega squared against scipy's analysis of variance, and shuffled labels as what they should be."""

import networkx as nx
import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

import neurosim as ns
from tests.anatomy.helpers import complains


def through(rates_to, count=3):
    """A network whose neurons in region "cells" do what its inputs do."""
    B = nx.DiGraph()
    B.add_node("eye", size=rates_to)
    B.add_node("cells", size=rates_to, mode="linear")
    B.add_node("say", size=count, mode="linear")
    B.add_edge("eye", "cells", wiring=ns.wiring.explicit([(i, i) for i in range(rates_to)]), weight=1.0)
    B.add_edge("cells", "say", weight=1.0)
    return ns.Network.from_regions(B, rng=0)


def sample(seed, samples=30, neurons=4, classes=3, effect=0.0):
    rng = np.random.default_rng(seed)
    labels = np.concatenate([np.arange(classes), rng.integers(0, classes, samples - classes)])
    rates = rng.normal(size=(samples, neurons)) + effect * labels[:, None]
    return rates, labels


@given(st.integers(0, 10**6), st.integers(2, 5), st.integers(8, 40))
@settings(max_examples=25)
def test_it_is_the_analysis_of_variance(seed, classes, samples):
    rates, labels = sample(seed, samples, 3, classes, effect=0.5)
    found = ns.coding(through(3, classes), [ns.Task("t", rates, labels, "say")], neurons="cells", permutations=0)
    for i in range(3):
        groups = [rates[labels == c, i] for c in range(classes)]
        F = scipy.stats.f_oneway(*groups).statistic
        k, n = classes - 1, samples - classes
        assert found.eta[i, 0] == pytest.approx(k * F / (k * F + n))
        assert found.omega[i, 0] == pytest.approx(k * (F - 1) / (k * (F - 1) + samples))
    assert np.isnan(found.p).all()


def test_omega_is_right_on_average_and_eta_is_too_large():
    """Where labels tell nothing both should be 0; where class means are known, the share of variance that they make."""
    net = through(200)
    for effect in (0.0, 0.7):
        labels = np.repeat(np.arange(3), 8)
        rates = np.random.default_rng(1).normal(size=(24, 200)) + effect * labels[:, None]
        found = ns.coding(net, [ns.Task("t", rates, labels, "say")], neurons="cells", permutations=0)
        truth = effect**2 * (2 / 3) / (effect**2 * (2 / 3) + 1)
        assert found.omega.mean() == pytest.approx(truth, abs=0.02)
        assert found.eta.mean() > truth + 0.05


def test_p_is_that_of_all_permutations_where_they_can_be_counted():
    from itertools import permutations

    rates, labels = sample(3, samples=6, neurons=2, classes=2, effect=1.5)
    task = ns.Task("t", rates, labels, "say")
    found = ns.coding(through(2, 2), [task], neurons="cells", permutations=20_000, rng=0)

    def eta(of):
        means = np.array([rates[of == c].mean(axis=0) for c in (0, 1)])[of]
        return np.square(means - rates.mean(axis=0)).sum(axis=0) / np.square(rates - rates.mean(axis=0)).sum(axis=0)

    chance = np.array([eta(np.array(order)) for order in permutations(labels.tolist())])
    wanted = (chance >= eta(labels) - 1e-12).mean(axis=0)
    best = (chance.max(axis=1)[:, None] >= eta(labels) - 1e-12).mean(axis=0)
    assert found.p[:, 0] == pytest.approx(wanted, abs=0.015)
    assert found.corrected[:, 0] == pytest.approx(best, abs=0.015)


def test_p_is_uniform_where_labels_tell_nothing_and_small_where_they_do():
    rates, labels = sample(0, samples=60, neurons=150)
    rates[:, :5] += 2 * labels[:, None]
    found = ns.coding(through(150), [ns.Task("t", rates, labels, "say")], neurons="cells", permutations=400, rng=0)
    assert (found.corrected[:5] < 0.05).all()
    idle = found.p[5:, 0]
    assert scipy.stats.kstest(idle, "uniform").pvalue > 0.01
    assert (found.corrected[5:] < 0.05).sum() <= 1
    assert (found.p > 0).all()


def test_a_neuron_that_always_does_the_same_tells_nothing():
    net = through(2)
    rates, labels = sample(0, neurons=2)
    rates[:, 1] = 0.1
    found = ns.coding(net, [ns.Task("t", rates, labels, "say")], neurons="cells", permutations=50, rng=0)
    assert np.isnan([found.eta[1, 0], found.omega[1, 0], found.p[1, 0], found.corrected[1, 0]]).all()
    assert found["cells"]["t"] == pytest.approx(found.omega[0, 0])


def test_coding_is_not_need():
    """Two neurons copy the label, and one of them is heard by no one: the same code, and only one is needed."""
    net = ns.Network.from_arrays(
        [0, 0, 2, 1], [1, 2, 3, 3], [1.0, 1.0, 0.0, 1.0],
        thresholds=[0, 0, 0, 0.5], modes=["sensory", "linear", "linear", "sigmoid"],
        regions=["eye", "heard", "mute", "say"],
    )  # fmt: skip
    X = np.linspace(0, 1, 40)[:, None]
    labels = (X[:, 0] > 0.5).astype(int)
    task = ns.Task("side", X, labels, "say", loss="binary_cross_entropy")
    code = ns.coding(net, [task], neurons=["heard", "mute"], permutations=0)
    assert code["mute"]["side"] == pytest.approx(code["heard"]["side"])
    assert code["mute"]["side"] > 0.5
    need = ns.selectivity(net, [task, ns.Task("again", X, labels, "say", loss="binary_cross_entropy")], rng=0)
    assert need.need[:, 0] == pytest.approx([0.5, 0.0])


def test_tables_name_what_is_in_them(tmp_path):
    rates, labels = sample(0, effect=2.0)
    tasks = [ns.Task("t", rates, labels, "say"), ns.Task("u", rates, np.roll(labels, 7), "say")]
    found = ns.coding(through(4), tasks, permutations=100, rng=0)
    assert found.names[:4] == ("cells[0]", "cells[1]", "cells[2]", "cells[3]")
    assert set(found.regions) == {"cells", "say"}
    assert found["cells[2]"]["t"] == found.omega[2, 0]
    assert found["cells"]["u"] == pytest.approx(found.omega[:4, 1].mean())
    assert found.index.shape == (7, 2)
    text = repr(found)
    assert all(word in text for word in ("omega²: t", "significant", "cells", "100 permutations"))
    assert "<table>" in found._repr_html_()
    found.to_csv(tmp_path / "found.csv")
    assert len((tmp_path / "found.csv").read_text().splitlines()) == 1 + 7 * 2
    with complains(ns.UnknownNameError, "'cells'"):
        found["cell"]


def test_the_same_seed_gives_the_same_p():
    rates, labels = sample(0, effect=0.5)
    one, other = (ns.coding(through(4), [ns.Task("t", rates, labels, "say")], rng=3).p for _ in range(2))
    assert (one == other).all()


def test_what_has_no_classes_to_compare_teaches():
    rates, labels = sample(0)
    net = through(4)
    with complains(ns.DataError, "'t'", "values", "classes"):
        ns.coding(net, [ns.Task("t", rates, rates[:, :3], "say", loss="mse")])
    with complains(ns.DataError, "'t'", "1 class"):
        ns.coding(net, [ns.Task("t", rates, np.zeros(30, int), "say")])
    with complains(ns.DataError, "more samples"):
        ns.coding(net, [ns.Task("t", rates[:3], labels[:3], "say")])
    with complains(ns.UnknownNameError, "cels", "'cells["):
        ns.coding(net, [ns.Task("t", rates, labels, "say")], neurons="cels")
    with complains(ns.OptionError, "permutations"):
        ns.coding(net, [ns.Task("t", rates, labels, "say")], permutations=-1)
