"""What a neuron's rate tells about the class of a sample: entropy and mutual information, in bits."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Codes = npt.NDArray[np.integer[Any]]


def entropy(codes: npt.ArrayLike, *, corrected: bool = False) -> float:
    """How many bits it takes, on average, to tell which value occurred: -sum p log2 p.

    Parameters
    ----------
    codes : int array, shape (samples,)
        Which of some values occurred.
    corrected : bool
        Whether to add Miller and Madow's (1955) correction, (values that occurred - 1) / (2 samples ln 2): the
        entropy of a sample is, on average, smaller than that of what it was drawn from. Not where the samples are
        all that there is.

    Returns
    -------
    float

    Examples
    --------
    >>> entropy([0, 1, 0, 1]), entropy([3, 3, 3]), round(entropy([0, 1, 0, 1], corrected=True), 3)
    (1.0, 0.0, 1.18)
    """
    _, counts = np.unique(np.asarray(codes), return_counts=True)
    shares = counts / counts.sum()
    correction = (len(counts) - 1) / (2 * counts.sum() * np.log(2)) if corrected else 0.0
    return float(correction - (shares * np.log2(shares)).sum())


def mutual_information(codes: npt.ArrayLike, labels: npt.ArrayLike, *, corrected: bool = False) -> float:
    """How many bits one thing tells about another: H(code) + H(label) - H(both).

    Parameters
    ----------
    codes, labels : int array, shape (samples,)
    corrected : bool
        Whether each of the three entropies is corrected, see `entropy`. Uncorrected, even codes that have nothing
        to do with the labels seem to tell something; corrected, that is 0 on average, and a single one may come out
        slightly below it.

    Returns
    -------
    float

    Examples
    --------
    >>> mutual_information([0, 0, 1, 1], [0, 0, 1, 1]), mutual_information([0, 1, 0, 1], [0, 0, 1, 1])
    (1.0, 0.0)
    """
    one, other = (np.unique(np.asarray(each), return_inverse=True)[1] for each in (codes, labels))
    both = one * (int(other.max(initial=0)) + 1) + other
    return sum(sign * entropy(each, corrected=corrected) for sign, each in ((1, one), (1, other), (-1, both)))


def binned(rates: npt.ArrayLike, bins: int) -> Codes:
    """Rates as whole numbers: one for each different rate, or for each of some bins that are as full as each other.

    Parameters
    ----------
    rates : float array, shape (samples,)
    bins : int
        How many at most. Equal rates fall into one bin, so where many are equal (a ReLU that is silent) there are
        fewer bins, or they are not as full as each other.

    Returns
    -------
    int array, shape (samples,)

    Examples
    --------
    >>> binned([0.1, 0.9, 0.2, 0.8], bins=2), binned([0.0, 0.0, 0.0, 2.0, 3.0], bins=4)
    (array([0, 1, 0, 1]), array([0, 0, 0, 1, 2]))
    """
    values = np.asarray(rates)
    different, codes = np.unique(values, return_inverse=True)
    if len(different) <= bins:
        return codes
    edges = np.quantile(values, np.arange(1, bins) / bins, method="inverted_cdf")
    return np.unique(np.searchsorted(np.unique(edges), values, side="left"), return_inverse=True)[1]
