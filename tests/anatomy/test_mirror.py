"""Twins: what reaches and leaves one reaches and leaves the other, and gradient descent cannot tell them apart."""

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import neurosim as ns
from tests.anatomy.helpers import complains


def two_paths(rng=0, *, size=4, wiring=None, mode="relu", **between):
    """An eye, two regions on the way, two places to answer; what else there is from one region to the other."""
    B = nx.DiGraph()
    B.add_node("eye", size=5)
    B.add_node("left", size=size, mode=mode)
    B.add_node("right", size=size, mode=mode)
    B.add_node("hand", size=3, mode="linear", output=True)
    B.add_node("foot", size=2, mode="linear", output=True)
    for region in ("left", "right"):
        B.add_edge("eye", region, wiring=wiring or ns.wiring.random(0.7))
        B.add_edge(region, "hand")
        B.add_edge(region, "foot")
    for (pre, post), delay in between.get("more", {}).items():
        B.add_edge(pre, post, delay=delay)
    return ns.Network.from_regions(B, rng=rng)


def relabelled(net, image):
    """The network's graph with neurons renamed: the oracle of what a mirror image is."""
    return nx.relabel_nodes(net.to_graph(), image)


def same_graph(one, other):
    keys = [{(u, v): (d["weight"], d["delay"]) for u, v, d in g.edges(data=True)} for g in (one, other)]
    return keys[0] == keys[1]


MORE = {("left", "right"): 1, ("right", "left"): 2, ("left", "left"): 1, ("hand", "left"): 1}


@given(st.integers(0, 10**6), st.booleans(), st.sampled_from([{}, MORE]))
@settings(max_examples=25)
def test_exchanging_the_names_of_twins_changes_nothing(seed, shuffle, more):
    net = two_paths(seed, more=more)
    net.thresholds = np.random.default_rng(seed).normal(size=len(net))
    twins = ns.mirror(net, {"left": "right"}, shuffle=shuffle, rng=seed)
    order = list(range(4))
    if shuffle:  # whose threshold is whose, says who is who
        order = [list(twins.thresholds[9:13]).index(twins.thresholds[5 + i]) for i in range(4)]
    image = {f"left[{i}]": f"right[{order[i]}]" for i in range(4)}
    image |= {twin: model for model, twin in image.items()}
    assert same_graph(relabelled(twins, image), twins.to_graph())
    assert ns.region_distance(twins, {"left": "right"}) < 1e-7
    assert twins.names == net.names
    untouched = [pair for pair in net.synapses if not any(str(end).startswith("right") for end in pair)]
    weights = dict(zip(net.synapses, net.weights.tolist(), strict=True))
    copied = dict(zip(twins.synapses, twins.weights.tolist(), strict=True))
    assert {pair: copied[pair] for pair in untouched} == {pair: weights[pair] for pair in untouched}


def test_the_network_given_is_left_as_it_is():
    net = two_paths()
    weights, thresholds, structure = net.weights.copy(), net.thresholds.copy(), net.structure
    ns.mirror(net, {"left": "right"}).weights[:] = 0
    assert net.structure is structure
    assert (net.weights == weights).all()
    assert (net.thresholds == thresholds).all()


def test_modes_marks_laws_and_plasticity_are_those_of_the_model():
    net = two_paths()
    net = net.with_mode("tanh", regions=["left"])
    net.freeze(projections=[("eye", "left")])
    net["left[1]"].threshold = 0.25
    twins = ns.mirror(net, {"left": "right"})
    assert str(twins["right[0]"].mode) == "tanh"
    assert twins["right[1]"].threshold == 0.25
    frozen = {pair for pair, plastic in zip(twins.synapses, twins.plastic, strict=True) if not plastic}
    assert {pre for pre, _ in frozen} <= set(twins.regions["eye"])
    assert {post[:5] for _, post in frozen} == {"left[", "right"}


def test_shared_weights_are_shared_within_a_twin_and_not_by_both():
    B = nx.DiGraph()
    B.add_node("eye", shape=(4, 4))
    for region in ("left", "right"):
        B.add_node(region, shape=(2, 2, 2), mode="relu")
        B.add_edge("eye", region, wiring=ns.wiring.convolution(3, channels=2))
        B.add_edge(region, "hand")
    B.add_node("hand", size=2, mode="linear")
    net = ns.mirror(ns.Network.from_regions(B, rng=0), {"left": "right"})
    groups = {}
    for (_, post), group in zip(net.synapses, net.shared, strict=True):
        if group >= 0:
            groups.setdefault(group, set()).add(post.split("[")[0])
    assert all(len(regions) == 1 for regions in groups.values())
    assert len(groups) == 2 * len({group for group, regions in groups.items() if regions == {"left"}})
    assert len(set(net.shared_thresholds[net.shared_thresholds >= 0])) == 4


def test_modules_of_several_regions():
    B = nx.DiGraph()
    B.add_node("eye", size=3)
    for side in ("left", "right"):
        B.add_node(f"{side} 1", size=4, mode="relu")
        B.add_node(f"{side} 2", size=2, mode="relu")
        nx.add_path(B, ["eye", f"{side} 1", f"{side} 2", "hand"])
    B.nodes["hand"].update(size=1, mode="linear")
    net = ns.Network.from_regions(B, rng=1)
    pairs = {"left 1": "right 1", "left 2": "right 2"}
    twins = ns.mirror(net, pairs)
    for i in range(2):
        mine, its = dict(twins[f"left 2[{i}]"].dendrites), dict(twins[f"right 2[{i}]"].dendrites)
        assert {name.replace("left", "right"): weight for name, weight in mine.items()} == its
    assert ns.region_distance(twins, pairs) < 1e-7
    assert ns.region_distance(net, pairs) > 0.5


def test_a_third_twin():
    B = nx.DiGraph([("eye", region) for region in "ABC"] + [(region, "hand") for region in "ABC"])
    nx.set_node_attributes(B, 2, "size")
    net = ns.Network.from_regions(B, mode="relu", rng=0)
    triplets = ns.mirror(ns.mirror(net, {"A": "B"}), {"A": "C"})
    assert [ns.region_distance(triplets, {one: other}) for one, other in ("AB", "BC", "AC")] == [0, 0, 0]


def trained(twins, epochs):
    rng = np.random.default_rng(5)
    X = rng.normal(size=(60, 5))
    targets = np.column_stack([np.sin(X @ rng.normal(size=(5, 3))), np.abs(X[:, :2])])
    ns.train(twins, X, targets, epochs=epochs, optimizer=ns.Adam(1e-2), rng=1)
    return ns.region_distance(twins, {"left": "right"})


def test_gradient_descent_never_tells_twins_apart_and_a_grain_of_noise_is_enough():
    """To rounding: they stay equal to the last digits while they learn; one weight that differs is found and grows."""
    twins = ns.mirror(two_paths(3), {"left": "right"})
    before = twins.weights.copy()
    noisy = twins.copy()
    noisy.weights[0] += 1e-3
    assert ns.region_distance(noisy, {"left": "right"}) < 1e-3
    assert trained(twins, 200) < 1e-9
    assert np.abs(twins.weights - before).max() > 0.1  # and they did learn
    assert trained(noisy, 200) > 1e-2


@pytest.mark.parametrize(
    ("regions", "kind", "words"),
    [
        ({"left": "rigth"}, ns.UnknownNameError, ["rigth", "right"]),
        ({"left": "left"}, ns.OptionError, ["left", "more than once"]),
        ({"left": "right", "right": "left"}, ns.OptionError, ["more than once"]),
        ({"hand": "foot"}, ns.OptionError, ["hand", "3", "foot", "2", "large"]),
        ({}, ns.OptionError, ["mapping"]),
        (("left", "right"), ns.OptionError, ["mapping", "{'left': 'right'}"]),
        ({"eye": "left"}, ns.OptionError, ["eye"]),
    ],
)
def test_what_cannot_be_twins(regions, kind, words):
    net = two_paths()
    with complains(kind, *words):
        ns.mirror(net, regions)
    with complains(kind, *words):
        ns.region_distance(net, regions)


def test_sensory_regions_are_no_twins():
    B = nx.DiGraph([("eye", "hand"), ("ear", "hand")])
    nx.set_node_attributes(B, 2, "size")
    with complains(ns.OptionError, "sensory", "eye"):
        ns.mirror(ns.Network.from_regions(B, rng=0), {"eye": "ear"})


def test_an_image_may_not_close_a_loop_without_delay():
    with complains(ns.GraphError, "loop", "delay"):
        ns.mirror(two_paths(more={("left", "right"): 0}), {"left": "right"})
