"""The digits that come with the package, against another library's copy of the same file."""

import numpy as np
from sklearn.datasets import load_digits

import neurosim as ns


def test_digits_are_those_of_the_uci_set():
    data, theirs = ns.datasets.digits(), load_digits()
    assert (data.X * 16 == theirs.data).all()
    assert (data.labels == theirs.target).all()
    assert data.image(0).shape == (8, 8)
    assert "UCI" in repr(data)
    assert "CC BY 4.0" in repr(data)


def test_the_split_is_fixed_complete_and_without_overlap():
    data = ns.datasets.digits()
    (X, labels), (X_test, labels_test) = data.train, data.test
    assert (len(X), len(X_test)) == (1257, 540)
    assert len(X_test) / len(data.X) == np.float64(540 / 1797)
    assert (data.is_test == ns.datasets.digits().is_test).all()
    assert (np.sort(np.bincount(labels) + np.bincount(labels_test)) == np.sort(np.bincount(data.labels))).all()
    assert np.bincount(labels_test).min() > 40
