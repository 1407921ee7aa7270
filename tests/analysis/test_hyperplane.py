"""Hyperplanes: where a neuron's drive is 0, against its own drives and against geometry."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import neurosim as ns
from tests.anatomy.helpers import complains
from tests.strategies import SEEDS


def neuron_of(rng, inputs, mode="binary"):
    weights = {f"x{i + 1}": float(w) for i, w in enumerate(rng.normal(size=inputs))}
    return ns.Neuron(weights, threshold=float(rng.normal()), mode=mode)


@given(inputs=st.integers(1, 6), seed=SEEDS)
def test_distances_are_drives_over_the_length_of_the_weights(inputs, seed):
    rng = np.random.default_rng(seed)
    neuron = neuron_of(rng, inputs)
    plane, X = ns.hyperplane(neuron), rng.normal(size=(20, inputs))
    drives = np.array([neuron.drive(x) for x in X])
    np.testing.assert_allclose(plane.distances(X), drives / np.linalg.norm(plane.weights), atol=1e-12)
    fires = np.array([neuron.fire(x) for x in X])
    np.testing.assert_array_equal(plane.distances(X) >= 0, fires == 1)


@given(inputs=st.integers(1, 6), seed=SEEDS)
def test_nothing_on_it_is_nearer_than_the_nearest(inputs, seed):
    """By definition, not by formula: random points of the hyperplane are all farther away."""
    rng = np.random.default_rng(seed)
    neuron = neuron_of(rng, inputs)
    plane, X = ns.hyperplane(neuron), rng.normal(size=(5, inputs))
    feet = plane.nearest(X)
    assert max(abs(neuron.drive(foot)) for foot in feet) < 1e-12
    gaps = np.linalg.norm(X - feet, axis=1)
    np.testing.assert_allclose(gaps, np.abs(plane.distances(X)), atol=1e-12)
    others = rng.normal(size=(200, inputs))
    last = -1 if abs(plane.weights[-1]) > 0.1 else int(np.argmax(np.abs(plane.weights)))
    others[:, last] += (plane.threshold - others @ plane.weights) / plane.weights[last]  # moved onto it along one axis
    assert (np.linalg.norm(others[:, None] - X, axis=2) >= gaps - 1e-9).all()
    assert np.linalg.norm(others, axis=1).min() >= plane.distance - 1e-9
    assert np.linalg.norm(plane.foot) == pytest.approx(plane.distance)


def test_it_is_the_same_in_a_network_and_parallel_synapses_add_up():
    net = ns.Network.from_arrays([0, 1, 0], [2, 2, 2], [2.0, -1.0, 1.0], branch=[0, 0, 1], thresholds=[0, 0, -1])
    plane = ns.hyperplane(net[2])
    assert (plane.names, plane.weights.tolist(), plane.threshold) == ((0, 1), [3.0, -1.0], -1.0)
    assert plane.equation == "3 [0] - [1] = -1"  # the neurons 0 and 1, not numbers
    assert repr(ns.hyperplane(ns.Neuron({"x": 0, "y": -2}, 1))) == "Hyperplane -2 y = 1, 0.5 from the origin"


@pytest.mark.parametrize(
    ("neuron", "words"),
    [
        (ns.Neuron({"x": 0, "y": 0}, 2, name="h"), ("'h'", "2 weights", "all 0", "-2")),
        (ns.Neuron({"x": 0}), ("nameless", "1 weight ")),
        (ns.Neuron(mode="sensory", name="eye"), ("'eye'", "sensory")),
        (ns.Neuron({("x", 0): 1, ("x", 1): 2}, mode="maxout"), ("maxout", "branch")),
        (ns.Network.from_arrays([0], [1], [1.0]), ("Network", "net['h']")),
    ],
)
def test_what_has_no_hyperplane(neuron, words):
    with complains(ns.OptionError, *words):
        ns.hyperplane(neuron)


@pytest.mark.parametrize("X", [[1, 2], [[1, 2, 3]], [[1, np.nan]], [["a", "b"]], [[1], [2, 3]]])
def test_points_must_fit(X):
    with complains(ns.DataError, "(points, 2)", "x, y"):
        ns.hyperplane(ns.Neuron({"x": 1, "y": 1})).distances(X)
