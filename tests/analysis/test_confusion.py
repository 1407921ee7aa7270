"""The confusion matrix against scikit-learn's."""

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix

import neurosim as ns


def test_counts_equal_another_librarys():
    rng = np.random.default_rng(0)
    net = ns.Network.from_arrays(np.repeat(range(3), 4), np.tile(range(3, 7), 3), rng=0, modes="linear")
    X, labels = rng.normal(size=(200, 3)), rng.integers(4, size=200)
    found = ns.confusion(net, X, labels)
    read = ns.respond(net, X).argmax(axis=1)
    assert (found.counts == confusion_matrix(labels, read)).all()
    assert found.accuracy == np.mean(read == labels)
    assert found.names == ("3", "4", "5", "6")
    assert (ns.confusion(net, X, np.eye(4)[labels]).counts == found.counts).all()


def test_a_single_output_says_yes_or_no():
    net = ns.Network.from_arrays([0], [1], [1.0], modes="sigmoid")
    assert ns.confusion(net, [[-1.0], [1.0], [2.0]], [0, 0, 1]).counts.tolist() == [[1, 1], [0, 1]]


def test_values_are_not_classes():
    net = ns.Network.from_arrays([0], [1], [1.0], modes="linear")
    with pytest.raises(ns.DataError, match="must be classes"):
        ns.confusion(net, [[1.0]], [[0.5]])
