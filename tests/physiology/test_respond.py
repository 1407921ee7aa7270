"""Stimulus in, rates out: shapes, orders, and the answers of networks small enough to know by heart."""

import numpy as np
import pytest

import neurosim as ns


def relay():
    return ns.Network.from_arrays(
        [0, 1, 2, 0], [2, 2, 3, 3], [1.0, -1.0, 2.0, 0.5], names=["a", "b", "h", "y"], modes="linear"
    )


def test_shapes_and_orders():
    net = relay()
    assert ns.respond(net, [1.0, 2.0]).tolist() == [-1.5]
    assert ns.respond(net, [[1.0, 2.0], [0.0, 0.0]]).tolist() == [[-1.5], [0.0]]
    assert ns.activity(net, [1.0, 2.0]).tolist() == [1.0, 2.0, -1.0, -1.5]
    assert ns.activity(net, np.zeros((5, 2))).shape == (5, 4)
    assert ns.respond(net, np.empty((0, 2))).shape == (0, 1)


def test_the_answer_is_in_the_networks_dtype_and_whole_numbers_are_fine():
    net = ns.Network.from_arrays([0], [1], [0.1], modes="linear", dtype="float32")
    assert ns.respond(net, np.array([3])).dtype == np.float32


def test_outputs_come_in_the_order_of_names_also_from_different_depths():
    net = ns.Network.from_arrays([0, 0, 1], [1, 2, 3], [1.0, 5.0, 10.0], modes="linear", outputs=[3, 1, 2])
    assert net.outputs == [1, 2, 3]
    assert ns.respond(net, [1.0]).tolist() == [1.0, 5.0, 10.0]


def test_a_sensory_neuron_can_be_read():
    net = ns.Network.from_arrays([0], [1], [1.0], outputs=[0, 1], modes="linear")
    assert ns.respond(net, [0.25]).tolist() == [0.25, 0.25]


def test_the_stimulus_is_not_written_to():
    X = np.ones((3, 2))
    X.flags.writeable = False
    ns.respond(relay(), X)


def test_samples_are_run_in_parts_that_fit_the_memory(monkeypatch):
    net, X = relay(), np.random.default_rng(0).normal(size=(23, 2))
    whole = ns.activity(net, X)
    monkeypatch.setattr("neurosim.physiology.respond.samples_at_once", lambda *_: 5)
    np.testing.assert_allclose(ns.activity(net, X), whole, rtol=1e-14)


@pytest.mark.parametrize("formula", [np.logical_and, np.logical_or])
def test_logic(formula):
    threshold = 2 if formula is np.logical_and else 1
    net = ns.Network.from_arrays([0, 1], [2, 2], [1, 1], thresholds=[0, 0, threshold])
    X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    assert ns.respond(net, X)[:, 0].tolist() == formula(X[:, 0], X[:, 1]).astype(float).tolist()
