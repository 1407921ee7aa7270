"""Convolution against scipy's correlations: what the maps do, and how their kernels learn."""

import networkx as nx
import numpy as np
import pytest
from scipy.signal import convolve2d, correlate2d

import neurosim as ns

CASES = [
    # maps in, rows, columns, kernel, stride, channels, padding
    (1, 6, 6, 3, 1, 1, 0),
    (1, 8, 7, (3, 2), 1, 4, "valid"),
    (2, 6, 9, 3, 1, 3, "same"),
    (3, 7, 7, (1, 3), (2, 3), 2, 0),
    (2, 9, 8, 4, 2, 2, 1),
    (1, 5, 6, (5, 3), 1, 2, "same"),
    (2, 5, 5, 3, 3, 2, (2, 1)),
    (1, 4, 4, 1, 1, 2, 0),
    (1, 4, 4, 4, 1, 3, 0),
]


def eye(maps, rows, columns, kernel, stride, channels, padding, mode="linear", seed=0):
    rule = ns.wiring.convolution(kernel, stride=stride, channels=channels, padding=padding)
    regions = nx.DiGraph()
    regions.add_node("retina", shape=(maps, rows, columns) if maps > 1 else (rows, columns))
    regions.add_node("V1", shape=rule.shape(rows, columns), mode=mode)
    regions.add_edge("retina", "V1", wiring=rule)
    return ns.Network.from_regions(regions, rng=seed), rule


def pair(value):
    return value if isinstance(value, tuple) else (value, value)


def borders(kernel, padding):
    """How many rows and columns of zeros are put around a map."""
    if padding == "same":
        return tuple(size // 2 for size in pair(kernel))
    return (0, 0) if padding == "valid" else pair(padding)


def kernels_of(net, maps, kernel, channels):
    """The kernels, (channels, maps, rows, columns), in the order in which weights first appear: from the matrix."""
    tall, wide = pair(kernel)
    _, first = np.unique(net.shared, return_index=True)
    return net.weights[first].reshape(channels, maps, tall, wide)


def set_kernels(net, rule_case, kernels):
    """Write kernels by where each synapse lies, worked out from the positions of its ends alone."""
    for synapse, (a, b, out, within) in enumerate(places(net, rule_case)):
        net.weights[synapse] = kernels[out, within, a, b]


def places(net, rule_case):
    """For each synapse the row and column of its weight in the kernel, its map and the map it reads."""
    maps, rows, columns, kernel, stride, channels, padding = rule_case
    (above, left), (down, across) = borders(kernel, padding), pair(stride)
    _, height, width = net.structure.region_shapes["V1"]
    for pre, post in zip(net.structure.pre.tolist(), net.structure.post.tolist(), strict=True):
        within, y, x = np.unravel_index(pre, (maps, rows, columns))
        out, i, j = np.unravel_index(post - maps * rows * columns, (channels, height, width))
        yield y - i * down + above, x - j * across + left, out, within


def by_scipy(images, kernels, stride, kernel, padding):
    """(samples, maps, rows, columns) to (samples, channels, rows, columns)."""
    (above, left), (down, across) = borders(kernel, padding), pair(stride)
    padded = np.pad(images, ((0, 0), (0, 0), (above, above), (left, left)))
    return np.array(
        [
            [sum(correlate2d(m, k, mode="valid") for m, k in zip(image, group, strict=True)) for group in kernels]
            for image in padded
        ]
    )[:, :, ::down, ::across]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_maps_are_correlations_with_their_kernels(case):
    maps, rows, columns, kernel, stride, channels, padding = case
    net, _ = eye(*case)
    rng = np.random.default_rng(1)
    kernels = rng.normal(size=(channels, maps, *pair(kernel)))
    set_kernels(net, case, kernels)
    thresholds = rng.normal(size=channels)
    area = len(net.regions["V1"]) // channels
    net.thresholds[-channels * area :] = np.repeat(thresholds, area)
    images = rng.normal(size=(3, maps, rows, columns))
    found = ns.respond(net, images.reshape(3, -1))
    expected = by_scipy(images, kernels, stride, kernel, padding) - thresholds[:, None, None]
    assert net.structure.region_shapes["V1"] == expected.shape[1:]
    np.testing.assert_allclose(found, expected.reshape(3, -1), rtol=0, atol=1e-10)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_kernel_gradients_are_correlations_of_deltas(case):
    maps, rows, columns, kernel, stride, channels, padding = case
    net, _ = eye(*case, mode="tanh")
    rng = np.random.default_rng(2)
    images, (tall, wide) = rng.normal(size=(4, maps, rows, columns)), pair(kernel)
    Y = ns.respond(net, images.reshape(4, -1))
    T = rng.normal(size=Y.shape)
    _, height, width = net.structure.region_shapes["V1"]
    deltas = ((Y - T) * (1 - Y**2) / 4).reshape(4, channels, height, width)
    (above, left), (down, across) = borders(kernel, padding), pair(stride)
    padded = np.pad(images, ((0, 0), (0, 0), (above, above), (left, left)))
    # With a stride, the deltas lie that far apart, with zeros between them.
    apart = np.zeros((4, channels, (height - 1) * down + 1, (width - 1) * across + 1))
    apart[:, :, ::down, ::across] = deltas
    expected = np.zeros((channels, maps, tall, wide))
    by_image = np.zeros((4, maps, *padded.shape[2:]))
    kernels = np.zeros_like(expected)
    for synapse, (a, b, out, within) in enumerate(places(net, case)):
        kernels[out, within, a, b] = net.weights[synapse]
    for sample, out, within in np.ndindex(4, channels, maps):
        full = correlate2d(padded[sample, within], apart[sample, out], mode="valid")
        expected[out, within] += full[:tall, :wide]
        back = convolve2d(apart[sample, out], kernels[out, within], mode="full")
        by_image[sample, within, : back.shape[0], : back.shape[1]] += back
    g = ns.gradients(net, images.reshape(4, -1), T)
    for synapse, (a, b, out, within) in enumerate(places(net, case)):
        assert g.weights[synapse] == pytest.approx(expected[out, within, a, b], abs=1e-10)
    np.testing.assert_allclose(
        g.thresholds[-Y.shape[1] :], np.repeat(-deltas.sum(axis=(0, 2, 3)), height * width), rtol=0, atol=1e-10
    )
    inside = by_image[:, :, above : above + rows, left : left + columns]
    np.testing.assert_allclose(g.inputs, inside.reshape(4, -1), rtol=0, atol=1e-10)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_kernel_is_as_many_parameters_as_it_has_weights(case):
    maps, _, _, kernel, _, channels, _ = case
    net, _ = eye(*case)
    tall, wide = pair(kernel)
    assert net.n_parameters == channels * maps * tall * wide + channels


@pytest.mark.parametrize("optimizer", ns.optimizers.OPTIMIZERS)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_training_keeps_kernels_and_the_thresholds_of_a_map_one(optimizer, dtype):
    regions = nx.DiGraph()
    regions.add_node("retina", shape=(6, 6))
    regions.add_node("V1", shape=(3, 4, 4), mode="relu")
    regions.add_node("V2", shape=(2, 4, 4), mode="tanh")
    regions.add_node("IT", size=2, mode="linear")
    regions.add_edge("retina", "V1", wiring=ns.wiring.convolution(3, channels=3))
    regions.add_edge("V1", "V2", wiring=ns.wiring.convolution(3, channels=2, padding="same"))
    regions.add_edge("V2", "IT")
    net = ns.Network.from_regions(regions, rng=0, dtype=dtype)
    before, thresholds = net.weights.copy(), net.thresholds.copy()
    rng = np.random.default_rng(0)
    X, labels = rng.normal(size=(40, 36)), rng.integers(2, size=40)
    history = ns.train(net, X, labels, loss="cross_entropy", optimizer=optimizer, epochs=5, rng=0)
    assert history["loss"][-1] < history["loss"][0]
    for groups, values, old, count in (
        (net.shared, net.weights, before, 3 * 9 + 2 * 3 * 9),
        (net.shared_thresholds, net.thresholds, thresholds, 3 + 2),
    ):
        assert groups.max() + 1 == count
        for group in range(count):
            members = values[groups == group]
            assert (members == members[0]).all()
        assert (values[groups >= 0] != old[groups >= 0]).any()


def test_a_convolution_learns_the_edge_that_an_image_was_filtered_with():
    net, _ = eye(1, 8, 8, 3, 1, 1, 0, seed=3)
    edge = np.array([[-1.0, 0, 1], [-2, 0, 2], [-1, 0, 1]])
    images = np.random.default_rng(0).normal(size=(50, 8, 8))
    T = np.array([correlate2d(image, edge, mode="valid").ravel() for image in images])
    ns.train(net, images.reshape(50, -1), T, optimizer="lbfgs", epochs=5)
    np.testing.assert_allclose(kernels_of(net, 1, 3, 1)[0, 0], edge, atol=1e-5)
    np.testing.assert_allclose(net.thresholds, 0, atol=1e-5)


def refusal(retina, **settings):
    regions = nx.DiGraph()
    regions.add_node("retina", shape=retina)
    regions.add_node("V1", shape=(8, 6, 6))
    regions.add_edge("retina", "V1", wiring=ns.wiring.convolution(channels=8, **settings))
    with pytest.raises(ns.OptionError) as caught:
        ns.Network.from_regions(regions, rng=0)
    return str(caught.value)


@pytest.mark.parametrize("padding", [0, "same"])
@pytest.mark.parametrize(("size", "shape"), [(64, "shape=(8, 8)"), (60, "shape=(rows, columns)")])
def test_neurons_in_a_row_are_to_be_laid_out_as_a_map(size, shape, padding):
    words = refusal((size,), kernel=3, padding=padding)
    assert f"has the shape ({size},), which is one row; if its neurons are a map, give it {shape}" in words
    assert "-1" not in words


def test_a_kernel_larger_than_the_map_is_said_to_be():
    words = refusal((8, 8), kernel=9)
    assert "a kernel of 9 x 9, larger than the presynaptic map of 8 x 8" in words
    assert "up to 8 x 8" in words
    assert "(8, 0, 0)" not in words
    assert "10 x 10 with its padding" in refusal((8, 8), kernel=(3, 11), padding=1)
