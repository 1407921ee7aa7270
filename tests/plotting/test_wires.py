"""Weights as colours: which stands where."""

import networkx as nx
import numpy as np
import pytest

import neurosim as ns
from tests.anatomy.helpers import complains


def brain(seed=0):
    regions = nx.DiGraph()
    for name, size in (("eye", 3), ("left", 4), ("right", 2), ("what", 2), ("where", 3)):
        regions.add_node(name, size=size, mode="sensory" if name == "eye" else "tanh")
    regions.add_edges_from([("eye", "left"), ("eye", "right"), ("left", "what"), ("left", "where"), ("right", "where")])
    return ns.Network.from_regions(regions, rng=seed)


def test_every_weight_stands_at_its_neurons_and_gaps_have_no_colour():
    first, second = brain(0), brain(1)
    second.weights[:] *= 2
    with ns.lesion(second, neurons="left[1]"):
        figure = ns.charts.wires({"young": first, "old": second}, pre=["right", "left"], post=["what", "where"])
    images = [ax.images[0] for ax in figure.axes[:2]]
    senders = [*first.regions["right"], *first.regions["left"]]
    listeners = [*first.regions["what"], *first.regions["where"]]
    for net, image, lost in ((first, images[0], None), (second, images[1], "left[1]")):
        table = np.ma.filled(np.ma.asarray(image.get_array()), np.nan)
        expected = np.full((5, 6), np.nan)
        for (pre, post), weight in zip(net.synapses, net.weights, strict=True):
            if pre in senders and post in listeners and pre != lost:
                expected[listeners.index(post), senders.index(pre)] = weight
        np.testing.assert_array_equal(table, expected)
    assert images[0].get_clim() == images[1].get_clim()
    assert images[0].get_clim()[1] == -images[0].get_clim()[0]


def test_regions_are_named_at_their_middles():
    figure = ns.charts.wires({"young": brain()}, pre=["right", "left"], post=["what", "where"])
    ax = figure.axes[0]
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["right", "left"]
    assert ax.get_xticks().tolist() == [0.5, 3.5]
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["what", "where"]
    assert ax.get_yticks().tolist() == [0.5, 3.0]
    assert (ax.get_xlabel(), ax.get_ylabel(), ax.get_title()) == ("from", "to", "young")


@pytest.mark.parametrize(
    ("networks", "regions", "kind", "words"),
    [
        ({}, {}, ns.DataError, ["nothing to draw"]),
        ({"a": brain()}, {"pre": "left"}, ns.OptionError, ["pre must be a list of regions", "'left'"]),
        ({"a": brain()}, {"post": []}, ns.OptionError, ["post must be a list", "post=['V1']"]),
        ({"a": brain()}, {"post": ["wher"]}, ns.UnknownNameError, ["Did you mean 'where'"]),
    ],
)
def test_what_cannot_be_drawn_is_said(networks, regions, kind, words):
    with complains(kind, *words):
        ns.charts.wires(networks, **{"pre": ["left"], "post": ["where"], **regions})
