"""Fresh weights under receptors: over twenty layers activity neither dies nor explodes."""

import networkx as nx
import numpy as np
import pytest

import neurosim as ns

LAYERS, WIDTH, INHIBITORY = 20, 100, 20
SEEDS = range(10)


def stimuli(kind, n=64):
    rng = np.random.default_rng(1)
    if kind == "digits":
        return ns.datasets.digits().X[:n]
    return rng.normal(size=(n, 64)) if kind == "normal" else rng.random((n, 64))


def by_attribute(mode, seed):
    """Neuron by neuron: of each hundred, eighty excite and twenty inhibit."""
    graph = nx.DiGraph()
    layers = [[f"x{i}" for i in range(64)]]
    graph.add_nodes_from(layers[0], mode="sensory", region="layer 0")
    for depth in range(1, LAYERS + 1):
        layer = [f"{depth}.{i}" for i in range(WIDTH)]
        for i, name in enumerate(layer):
            receptor = "inhibitory" if i >= WIDTH - INHIBITORY else "excitatory"
            graph.add_node(name, mode=mode, region=f"layer {depth}", receptor=receptor)
        graph.add_edges_from((pre, post) for pre in layers[-1] for post in layer)
        layers.append(layer)
    net = ns.Network.from_graph(graph, rng=seed)
    return net, [net.structure.members(f"layer {depth}") for depth in range(1, LAYERS + 1)]


def by_share(mode, seed, share=INHIBITORY / WIDTH, **settings):
    """Region by region, each a mixture."""
    regions = nx.DiGraph()
    regions.add_node("layer 0", size=64)
    for depth in range(1, LAYERS + 1):
        regions.add_node(f"layer {depth}", size=WIDTH, mode=mode, inhibitory=share, **settings)
        regions.add_edge(f"layer {depth - 1}", f"layer {depth}")
    net = ns.Network.from_regions(regions, rng=seed)
    return net, [net.structure.members(f"layer {depth}") for depth in range(1, LAYERS + 1)]


def by_region(mode, seed):
    """Two regions to a layer: one excites, the other inhibits."""
    regions = nx.DiGraph()
    regions.add_node("layer 0", size=64)
    before = ["layer 0"]
    for depth in range(1, LAYERS + 1):
        layer = [f"E{depth}", f"I{depth}"]
        regions.add_node(layer[0], size=WIDTH - INHIBITORY, mode=mode, receptor="excitatory")
        regions.add_node(layer[1], size=INHIBITORY, mode=mode, receptor="inhibitory")
        regions.add_edges_from((pre, post) for pre in before for post in layer)
        before = layer
    net = ns.Network.from_regions(regions, rng=seed)
    members = net.structure.members
    return net, [np.append(members(f"E{depth}"), members(f"I{depth}")) for depth in range(1, LAYERS + 1)]


def variances(net, layers, X):
    rates = ns.activity(net, X)
    return np.array([rates[:, layer].var() for layer in layers])


WAYS = {"by attribute": by_attribute, "by share": by_share, "by region": by_region}


@pytest.mark.parametrize("way", WAYS)
def test_twenty_layers_of_relu_keep_the_variance_of_their_rates(way):
    ratios = {}
    for seed in range(1) if way == "by attribute" else SEEDS:
        net, layers = WAYS[way]("relu", seed)
        for kind in ("digits", "normal", "uniform"):
            found = variances(net, layers, stimuli(kind))
            ratios[seed, kind] = found / found[0]
    outside = {key: (r.min(), r.max()) for key, r in ratios.items() if r.min() < 0.1 or r.max() > 10}
    assert not outside


@pytest.mark.parametrize("seed", SEEDS)
def test_layers_that_only_excite_neither_die_nor_explode(seed):
    net, layers = by_share("relu", seed, share=0.0)
    rates = ns.activity(net, stimuli("uniform"))
    means = np.array([rates[:, layer].mean() for layer in layers])
    assert (net.weights[net.structure.receptor != 0] >= 0).all()
    assert means.min() > means[0] / 100
    assert means.max() < means[0] * 100


@pytest.mark.parametrize("seed", SEEDS)
def test_layers_of_which_only_some_have_a_receptor_keep_their_variance(seed):
    regions = nx.DiGraph()
    regions.add_node("layer 0", size=64)
    for depth in range(1, LAYERS + 1):
        law = {"inhibitory": 0.2} if depth % 2 else {}
        regions.add_node(f"layer {depth}", size=WIDTH, mode="relu", **law)
        regions.add_edge(f"layer {depth - 1}", f"layer {depth}")
    net = ns.Network.from_regions(regions, rng=seed)
    layers = [net.structure.members(f"layer {depth}") for depth in range(1, LAYERS + 1)]
    for kind in ("digits", "normal", "uniform"):
        found = variances(net, layers, stimuli(kind))
        assert found.min() > found[0] / 10
        assert found.max() < found[0] * 10


@pytest.mark.parametrize(
    ("mode", "share"),
    [
        *((mode, share) for mode in ("sigmoid", "tanh", "leaky_relu", "linear") for share in (0.0, 0.2, 0.5)),
        ("elu", 0.2),
        ("elu", 0.5),
        ("elu", 0.0),
        *(("maxout", share) for share in (0.0, 0.2, 0.5)),
    ],
)
def test_every_mode_has_sane_activity(mode, share):
    net, layers = by_share(mode, 0, share)
    for kind in ("digits", "normal", "uniform"):
        rates = ns.activity(net, stimuli(kind))
        sizes = np.array([np.sqrt(np.square(rates[:, layer]).mean()) for layer in layers])
        assert np.isfinite(rates).all()
        assert sizes.max() < 100 * max(1, sizes[0])
        assert sizes.min() > sizes[0] / 1e3


def test_only_drawn_weights_are_scaled():
    pre, post = np.divmod(np.arange(400), 20)
    weights = np.where(np.arange(400) < 200, 0.1, np.nan)
    receptor = ["excitatory"] * 200 + ["inhibitory"] * 200
    net = ns.Network.from_arrays(pre, 20 + post, weights, modes="relu", receptor=receptor, rng=0)
    assert (net.weights[:200] == 0.1).all()
    assert (net.weights[200:] < 0).all()
