"""Which classes a network takes for which."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import numpy.typing as npt

from neurosim.anatomy.network import Network
from neurosim.errors import DataError
from neurosim.physiology.respond import respond
from neurosim.plasticity.targets import read_classes, read_samples


@dataclasses.dataclass(frozen=True, eq=False)
class ConfusionMatrix:
    """How often each class was read as each.

    Attributes
    ----------
    counts : int array, shape (classes, classes)
        Rows are the true classes, columns what the network said.
    names : tuple of str
        One per class.
    """

    counts: npt.NDArray[np.integer[Any]]
    names: tuple[str, ...]

    @property
    def accuracy(self) -> float:
        """The share of samples on the diagonal."""
        return float(np.trace(self.counts) / self.counts.sum())


def confusion(net: Network, X: npt.ArrayLike, labels: npt.ArrayLike) -> ConfusionMatrix:
    """Let a network read samples, and count what it takes for what.

    Parameters
    ----------
    net : Network
        The class that it reads is its strongest output; for a single output, whether that reaches one half.
    X : array_like, shape (samples, inputs)
    labels : array_like
        Class numbers, shape (samples,), or one-hot, shape (samples, outputs).

    Returns
    -------
    ConfusionMatrix

    Raises
    ------
    DataError
        If the labels are not classes, or X cannot be used.

    Examples
    --------
    >>> import neurosim as ns
    >>> net = ns.Network.from_arrays([0, 1], [2, 2], [1.0, 1.0], thresholds=[0, 0, 2])
    >>> ns.confusion(net, [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 1]).counts
    array([[1, 0],
           [2, 1]])
    """
    samples = read_samples(net, X, labels, times=False)
    rates, truth = respond(net, samples.stimulus.T), samples.targets.classes
    if truth is None:
        raise DataError("labels must be classes: whole numbers of shape (samples,), or rows with a single 1.")
    count = max(2, rates.shape[1])
    counts = np.zeros((count, count), dtype=np.int64)
    np.add.at(counts, (truth, read_classes(rates)), 1)
    names = ("0", "1") if rates.shape[1] == 1 else tuple(str(name) for name in net.outputs)
    return ConfusionMatrix(counts, names)
