"""Two classes in the plane, made by a rule: small enough to see what a network makes of them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from neurosim.anatomy.columns import RandomState, read_rng
from neurosim.checks import check_count, check_number

Points = npt.NDArray[np.float64]
Classes = npt.NDArray[np.int64]


def moons(samples: int = 400, *, noise: float = 0.2, rng: RandomState = None) -> tuple[Points, Classes]:
    """Two half circles of radius 1 that reach into each other: no line separates them, a bent one does.

    Those of class 0 lie evenly on the upper half of the circle around (0, 0), those of class 1 on the lower half of
    that around (1, 1/2); then noise is added. (The same as scikit-learn's ``make_moons``.)

    Parameters
    ----------
    samples : int >= 2
        Half of them in each class; of an odd number, one more in class 1.
    noise : float >= 0
        The standard deviation of the normal noise on both coordinates.
    rng : int or numpy.random.Generator, optional
        For the noise and the order of the samples.

    Returns
    -------
    X : float array, shape (samples, 2)
    labels : int array, shape (samples,)

    Raises
    ------
    OptionError
        If a setting cannot be used.

    Examples
    --------
    >>> import neurosim as ns
    >>> X, labels = ns.datasets.moons(200, noise=0.1, rng=0)
    >>> X.shape, labels.sum()
    ((200, 2), np.int64(100))
    """
    check_count("samples", samples, least=2)
    check_number("noise", noise, least=0)
    generator = read_rng(rng)
    labels = (np.arange(samples) >= samples // 2).astype(np.int64)
    angles = np.concatenate([np.linspace(0, np.pi, count) for count in np.bincount(labels, minlength=2)])
    X = np.column_stack([np.cos(angles), np.sin(angles)])
    X[labels == 1] = [1, 0.5] - X[labels == 1]
    order = generator.permutation(samples)
    return X[order] + noise * generator.standard_normal(X.shape), labels[order]


def xor(copies: int = 1, *, noise: float = 0.0, rng: RandomState = None) -> tuple[Points, Classes]:
    """Either, but not both: the four corners of a square, (0,0) and (1,1) in class 0, (0,1) and (1,0) in class 1.

    Parameters
    ----------
    copies : int >= 1
        How often each corner occurs; with 1 and no noise it is the truth table.
    noise : float >= 0
        The standard deviation of the normal noise on both inputs.
    rng : int or numpy.random.Generator, optional
        For the noise.

    Returns
    -------
    X : float array, shape (4 copies, 2)
    labels : int array, shape (4 copies,)

    Raises
    ------
    OptionError
        If a setting cannot be used.

    Examples
    --------
    >>> import neurosim as ns
    >>> X, labels = ns.datasets.xor()
    >>> X.tolist(), labels
    ([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], array([0, 1, 1, 0]))
    """
    check_count("copies", copies, least=1)
    check_number("noise", noise, least=0)
    X = np.tile([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], (copies, 1))
    labels = (X[:, 0] != X[:, 1]).astype(np.int64)
    return X + noise * read_rng(rng).standard_normal(X.shape), labels
