"""Receptive fields against what is known of them: weights, closed forms, slopes, and what the wiring allows."""

import math

import networkx as nx
import numpy as np
import pytest

import neurosim as ns
from tests.anatomy.helpers import complains

SAMPLES = 20_000


def one_neuron(mode, weights, threshold=0.0):
    modes = ["sensory"] * len(weights) + [mode]
    n = len(weights)
    thresholds = [0.0] * n + [threshold]
    return ns.Network.from_arrays([*range(n)], [n] * n, weights, thresholds=thresholds, modes=modes)


def layers(mode, rng=0):
    regions = nx.DiGraph()
    regions.add_node("eye", shape=(3, 3))
    regions.add_node("middle", shape=(2, 2), mode=mode)
    regions.add_node("end", size=2, mode=mode)
    regions.add_edge("eye", "middle", wiring=ns.wiring.local(2))
    regions.add_edge("middle", "end")
    return ns.Network.from_regions(regions, rng=rng)


def error(rates, spread=1.0):
    """Five standard errors of an entry, generously: rates and noise may go together."""
    return 5 * 2 * np.std(rates) / spread / math.sqrt(SAMPLES)


@pytest.mark.parametrize(("mean", "spread"), [(0.0, 1.0), (3.0, 0.5)])
def test_the_field_of_a_linear_network_is_its_weights(mean, spread):
    net = layers("linear")
    whole = ns.respond(net, np.eye(9)) - ns.respond(net, np.zeros(9))  # linear: each input's effect, exactly
    field = ns.receptive_field(net, "end", samples=SAMPLES, mean=mean, spread=spread, rng=1)
    assert field.shape == (2, 9)
    sizes = spread * np.linalg.norm(whole, axis=0)
    assert (np.abs(field - whole.T) < error([-1, 1], spread) * sizes[:, None]).all()


@pytest.mark.parametrize("threshold", [-1.0, 0.0, 0.7])
@pytest.mark.parametrize("mode", ["relu", "binary"])
def test_a_single_neuron_has_a_closed_form(mode, threshold):
    weights = np.array([1.0, -2.0, 0.5, 0.0])
    length = np.linalg.norm(weights)
    at = threshold / length
    slopes = {
        "relu": (1 - math.erf(at / math.sqrt(2))) / 2,  # how often it is active
        "binary": math.exp(-(at**2) / 2) / math.sqrt(2 * math.pi) / length,  # how likely the drive is at the threshold
    }
    field = ns.receptive_field(one_neuron(mode, weights, threshold), 4, samples=SAMPLES, rng=2)
    assert field.shape == (4,)
    np.testing.assert_allclose(field, slopes[mode] * weights, atol=error([-1, 1]) * (length if mode == "relu" else 1))


@pytest.mark.parametrize("mode", ["relu", "sigmoid", "tanh"])
def test_a_deep_field_is_the_mean_slope(mode):
    net = layers(mode, rng=4)
    X = np.random.default_rng(5).normal(size=(2000, 9))
    h = 1e-4
    slopes = [(ns.respond(net, X + h * d) - ns.respond(net, X - h * d)).mean(axis=0) / (2 * h) for d in np.eye(9)]
    field = ns.receptive_field(net, "end", samples=SAMPLES, rng=3)
    spread = np.std(ns.respond(net, X))
    np.testing.assert_allclose(field, np.transpose(slopes), atol=error([-1, 1]) * spread + 0.05 * np.abs(slopes).max())


def test_what_no_synapse_reaches_is_noise():
    net = layers("relu")
    field = ns.receptive_field(net, net.regions["middle"], samples=SAMPLES, rng=6)
    graph = net.to_graph()
    reached = np.array([[eye in nx.ancestors(graph, cell) for eye in net.inputs] for cell in net.regions["middle"]])
    assert reached.sum() == 16
    assert np.abs(field[~reached]).max() < 0.2 * np.abs(field[reached]).max()


def test_neurons_are_measured_in_the_order_in_which_they_are_named():
    net = layers("relu")
    region = ns.receptive_field(net, "middle", samples=100, rng=7)
    names = net.regions["middle"]
    turned = ns.receptive_field(net, names[::-1], samples=100, rng=7)
    np.testing.assert_allclose(region[::-1], turned, atol=1e-12)
    np.testing.assert_allclose(ns.receptive_field(net, names[1], samples=100, rng=7), region[1], atol=1e-12)


def test_many_samples_are_shown_in_parts(monkeypatch):
    net = layers("relu")
    whole = ns.receptive_field(net, "end", samples=100, rng=8)
    monkeypatch.setattr("neurosim.analysis.receptive_field.AT_ONCE", 15 * 7)
    np.testing.assert_allclose(ns.receptive_field(net, "end", samples=100, rng=8), whole, rtol=1e-12)


def test_mistakes_are_told():
    net = layers("relu")
    with complains(ns.UnknownNameError, "midle", "middle"):
        ns.receptive_field(net, "midle")
    with complains(ns.OptionError, "spread", "greater than 0"):
        ns.receptive_field(net, "middle", spread=0)
    with complains(ns.OptionError, "samples"):
        ns.receptive_field(net, "middle", samples=1)
    with complains(ns.OptionError, "empty"):
        ns.receptive_field(net, [])
