"""Receptors, freezing and sharing: what is asked of weights is asked on every way in, and kept by every edit."""

import math

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

import neurosim as ns
from tests.anatomy.helpers import complains, unchanged
from tests.strategies import acyclic_networks, snapshot


def chain(**settings):
    return ns.Network.from_arrays([0, 0, 1], [1, 2, 2], [1.0, 2.0, 3.0], names=["x", "h", "y"], **settings)


# --- Receptors -----------------------------------------------------------------------------------


def test_a_neurons_receptor_is_that_of_all_its_synapses():
    net = chain(receptors=["excitatory", None, None], receptor=[None, "excitatory", "excitatory"])
    assert net.receptors == ["excitatory"] * 3
    assert [net[name].receptor for name in net] == ["excitatory", None, None]
    with complains(ns.GraphError, "'x' is inhibitory", "'x' -> 'h'", "excitatory", "Dale"):
        chain(receptors=["inhibitory", None, None], receptor=["excitatory", None, None])


def test_wrong_signs_are_refused_on_every_way_in():
    graph = nx.DiGraph()
    graph.add_node("x", receptor="inhibitory")
    graph.add_edge("x", "y", weight=1.0)
    regions = nx.DiGraph()
    regions.add_node("x", size=2, receptor="inhibitory")
    regions.add_node("y", size=2)
    regions.add_edge("x", "y", weight=1.0)
    for make in (
        lambda: ns.Network.from_graph(graph),
        lambda: ns.Network.from_regions(regions),
        lambda: ns.Network.from_arrays([0], [1], [1.0], receptor="inhibitory"),
    ):
        with complains(ns.DataError, "is inhibitory", "cannot be above 0", "1"):
            make()


@pytest.mark.parametrize(
    "write",
    [
        lambda net: setattr(net, "weights", [1.0, -2.0, 3.0]),
        lambda net: net["y"].dendrites.update(x=-2.0),
        lambda net: net["x"].axon.update(y=-2.0),
        lambda net: setattr(net["h"], "receptor", "inhibitory"),
        lambda net: net.add_synapse("x", "y", -2.0, branch=1),
    ],
)
def test_wrong_signs_are_refused_on_every_change(write):
    net = chain(receptors=["excitatory", None, None])
    with unchanged(net), complains(ns.DataError, "weight cannot be"):
        write(net)


def test_what_is_written_into_the_array_is_checked_when_it_is_used():
    net = chain(receptors=["excitatory", None, None])
    net.weights[1] = -2
    with complains(ns.DataError, "'x' -> 'y'", "excitatory"):
        ns.respond(net, [1.0])


@pytest.mark.parametrize("size", [1, 5, 10])
def test_a_share_of_a_region_is_inhibitory(size):
    regions = nx.DiGraph()
    regions.add_node("V1", size=size, inhibitory=0.2)
    regions.add_node("V2", size=3, mode="relu")
    regions.add_edge("V1", "V2")
    brain = ns.Network.from_regions(regions, rng=0)
    laws = [brain[name].receptor for name in brain.regions["V1"]]
    inhibitory = round(0.2 * size)
    assert laws == ["excitatory"] * (size - inhibitory) + ["inhibitory"] * inhibitory
    signs = {"excitatory": 1, "inhibitory": -1}
    assert_array_equal(np.sign(brain.weights), [signs[receptor] for receptor in brain.receptors])


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"inhibitory": 1.5}, ["inhibitory of region 'V1'", "1.5"]),
        ({"inhibitory": 0.2, "receptor": "excitatory"}, ["'V1'", "one of them"]),
        ({"receptor": "exitatory"}, ["'V1'", "Did you mean 'excitatory'"]),
        ({"plastic": "no"}, ["'V1'", "True or False"]),
    ],
)
def test_bad_laws_of_regions(settings, words):
    regions = nx.DiGraph()
    regions.add_node("V1", size=5, **settings)
    regions.add_node("V2", size=3)
    regions.add_edge("V1", "V2")
    with complains(ns.NeurosimError, *words):
        ns.Network.from_regions(regions)


# --- Freezing ------------------------------------------------------------------------------------


@given(net=acyclic_networks(max_neurons=15, laws=True), data=st.data())
def test_freezing_freezes_what_is_named_and_what_is_one_with_it(net, data):
    name = data.draw(st.sampled_from(net.names))
    before, structure = net.copy(), net.structure
    net.freeze(neurons=name)
    dendrites = structure.dendrites_of(structure.find(name))
    like = [s for d in dendrites.tolist() for s in structure.one_with(d).tolist()]
    expected = before.plastic.copy()
    expected[like] = False
    assert_array_equal(net.plastic, expected)
    assert not net.plastic_thresholds[structure.threshold_one_with(structure.find(name))].any()
    assert {**snapshot(net), "plastic": 0} == {**snapshot(before), "plastic": 0}
    net.unfreeze()
    assert net.plastic.all()
    assert net.plastic_thresholds.all()


@pytest.mark.parametrize("named", [{"neurons": "q"}, {"regions": "q"}, {"synapses": [("y", "x")]}])
def test_freezing_what_is_not_there_changes_nothing(named):
    net = chain()
    with unchanged(net), complains(ns.UnknownNameError, "There is no"):
        net.freeze(**named)


# --- Sharing -------------------------------------------------------------------------------------


def test_writing_a_shared_dendrite_writes_to_all():
    net = ns.Network.from_arrays([0, 0, 1], [1, 2, 2], [1.0, 1.0, 3.0], shared=["a", "a", None])
    net[1].dendrites[0] = 5
    assert_array_equal(net.weights, [5, 5, 3])
    net[0].axon[2] = 6
    assert_array_equal(net.weights, [6, 6, 3])
    with unchanged(net), complains(ns.DataError, "share one weight"):
        net.weights = [1, 2, 3]
    assert net.n_parameters == 2 + 2


def test_a_shared_threshold_is_written_to_all():
    net = chain(shared_thresholds=[None, "t", "t"])
    net["h"].threshold = 0.5
    assert_array_equal(net.thresholds, [0, 0.5, 0.5])
    with unchanged(net), complains(ns.DataError, "share one threshold"):
        net.thresholds = [0, 1, 2]


@given(net=acyclic_networks(min_neurons=3, max_neurons=15, laws=True), data=st.data())
def test_edits_keep_the_laws_of_what_stays(net, data):
    gone = data.draw(st.sampled_from(net.names))
    before = net.copy()
    try:
        net.remove_neuron(gone)
    except ns.GraphError:
        assert snapshot(net) == snapshot(before)
        return
    kept = [i for i, ends in enumerate(before.synapses) if gone not in ends]
    assert net.receptors == [before.receptors[i] for i in kept]
    assert_array_equal(net.plastic, before.plastic[kept])
    groups = before.shared[kept]
    assert_array_equal(net.shared == -1, groups == -1)
    same, wanted = (column[:, None] == column for column in (net.shared, groups))
    assert_array_equal(same, wanted)
    assert [net[name].receptor for name in net] == [before[name].receptor for name in net]


# --- Convolution ---------------------------------------------------------------------------------


def seen_through(wiring, shape, grid=(6, 7), **settings):
    regions = nx.DiGraph()
    regions.add_node("retina", shape=grid)
    regions.add_node("V1", shape=shape, mode="linear")
    regions.add_edge("retina", "V1", wiring=wiring, **settings)
    return ns.Network.from_regions(regions, rng=0)


@pytest.mark.parametrize(
    ("settings", "shape"),
    [
        ({"kernel": 3}, (1, 4, 5)),
        ({"kernel": (2, 3), "channels": 2}, (2, 5, 5)),
        ({"kernel": 3, "padding": "same"}, (1, 6, 7)),
        ({"kernel": 2, "stride": 2, "channels": 3}, (3, 3, 3)),
        ({"kernel": 3, "stride": (2, 1), "padding": (1, 0)}, (1, 3, 5)),
    ],
)
def test_a_convolution_is_scipys_correlation(settings, shape):
    from scipy.signal import correlate2d

    rule = ns.wiring.convolution(**settings)
    assert rule.shape(6, 7) == shape
    net = seen_through(rule, shape)
    tall, wide = np.broadcast_to(settings["kernel"], 2)
    down, across = np.broadcast_to(settings.get("stride", 1), 2)
    padding = settings.get("padding", 0)
    pad = np.array([tall // 2, wide // 2]) if padding == "same" else np.broadcast_to(padding, 2)
    groups = net.shared
    assert net.n_parameters == shape[0] * (tall * wide + 1)
    kernels = np.array([net.weights[groups == g][0] for g in range(groups.max() + 1)])
    assert all(len(set(net.weights[groups == g])) == 1 for g in range(groups.max() + 1))
    image = np.random.default_rng(1).normal(size=(6, 7))
    padded = np.pad(image, [(pad[0], pad[0]), (pad[1], pad[1])])
    order = np.argsort([rank_of(net, g, rule) for g in range(len(kernels))])
    answers = [
        correlate2d(padded, kernel.reshape(tall, wide), mode="valid")[::down, ::across]
        for kernel in kernels[order].reshape(shape[0], -1)
    ]
    np.testing.assert_allclose(ns.respond(net, image.ravel()), np.ravel(answers), atol=1e-12)


def rank_of(net, group, rule):
    """Where in the kernels the weight of a group stands, told by the rule itself."""
    pre, post = (ns.wiring.Population(math.prod(shape), shape) for shape in net.structure.region_shapes.values())
    return rule.sharing(pre, post).weights[np.flatnonzero(net.shared == group)[0]]


@pytest.mark.parametrize(
    ("settings", "shape", "words"),
    [
        ({"kernel": 3}, (6, 7), ["'retina' -> 'V1'", "shape=(1, 4, 5)"]),
        ({"kernel": 9}, (6, 7), ["'retina' -> 'V1'", "smaller kernel"]),
    ],
)
def test_a_convolution_needs_a_fitting_region(settings, shape, words):
    with complains(ns.OptionError, *words):
        seen_through(ns.wiring.convolution(**settings), shape)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"kernel": 0}, ["convolution.kernel", "from 1 up"]),
        ({"kernel": 3, "stride": 0}, ["convolution.stride", "from 1 up"]),
        ({"kernel": 3, "channels": 0}, ["convolution.channels", "from 1 up"]),
        ({"kernel": 3, "padding": -1}, ["convolution.padding", "from 0 up"]),
        ({"kernel": 3, "padding": "sme"}, ["'sme'", "Did you mean 'same'"]),
        ({"kernel": 2, "padding": "same"}, ["odd kernel", "kernel=2"]),
    ],
)
def test_bad_convolutions(settings, words):
    with complains(ns.NeurosimError, *words):
        ns.wiring.convolution(**settings)
