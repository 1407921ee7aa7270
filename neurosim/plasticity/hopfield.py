"""Associative memory: Hopfield's network of binary neurons, stored by Hebb's rule, with its energy and its theory."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from neurosim.anatomy.columns import RandomState, read_rng
from neurosim.anatomy.network import Network
from neurosim.anatomy.structure import Floats
from neurosim.checks import check_count, check_number
from neurosim.errors import DataError, OptionError
from neurosim.physiology.recording import Recording
from neurosim.physiology.simulate import simulate

MEMORY, SENSE = "memory", "sense"


def network(patterns: npt.ArrayLike) -> Network:
    """Make a network that holds patterns: all neurons connected with all others, with Hebb's weights.

    Cells that fire together are wired together: ``W_ij = sum over patterns of s_i s_j``, and no autapses (Hopfield
    1982). A neuron's rate is x = 0 or 1, and its spin s = 2x - 1 is -1 or +1. Their fields agree, ``sum_j W_ij s_j =
    2 (sum_j W_ij x_j - threshold_i)``, because the threshold is half the sum of the row. All of these are whole or
    half numbers, so every drive and every energy is exact.

    Parameters
    ----------
    patterns : array_like, shape (patterns, neurons)
        Of +1 and -1.

    Returns
    -------
    Network
        Its neurons are the region "memory". As every network has an input, there is one more, in the region "sense",
        which touches nobody.

    Raises
    ------
    DataError
        If the patterns are something else.

    Examples
    --------
    >>> net = network([[1, 1, -1, -1]])
    >>> net.weights.reshape(4, 3)[0], net.thresholds[:4]  # neuron 0 to 1, 2 and 3
    (array([ 1., -1., -1.]), array([-0.5, -0.5, -0.5, -0.5]))
    """
    stored = _read_spins(patterns, "patterns")
    size = stored.shape[1]
    weights = stored.T @ stored
    np.fill_diagonal(weights, 0)
    pre, post = np.nonzero(~np.eye(size, dtype=bool))
    return Network.from_arrays(
        pre,
        post,
        weights[post, pre],
        delay=1,
        modes=["binary"] * size + ["sensory"],
        thresholds=np.append(weights.sum(axis=1) / 2, 0),
        regions=[MEMORY] * size + [SENSE],
        outputs=range(size),
    )


def recall(
    net: Network,
    cues: npt.ArrayLike,
    ticks: int = 10,
    *,
    updating: str = "asynchronous",
    drives: bool = False,
    last: int | None = None,
    rng: RandomState = None,
) -> Recording:
    """Set the memory to each cue, and let its neurons talk to each other.

    Parameters
    ----------
    net : Network
        From `network`.
    cues : array_like, shape (trials, neurons)
        Of +1 and -1.
    ticks : int
        For how long. In a tick of asynchronous updating every neuron is updated once, one after the other.
    updating, drives, last, rng
        See `simulate`.

    Returns
    -------
    Recording
        Of the memory; `spins` reads it.

    Examples
    --------
    >>> pattern = np.array([1, 1, 1, -1, -1, -1, -1, -1])
    >>> cue = pattern * [-1, 1, 1, 1, 1, 1, 1, 1]
    >>> rec = recall(network([pattern]), [cue], ticks=2, rng=0)
    >>> spins(rec)[0, -1]
    array([ 1.,  1.,  1., -1., -1., -1., -1., -1.])
    """
    shown = _read_spins(cues, "cues")
    size = _memory_size(net)
    if shown.shape[1] != size:
        raise DataError(f"The memory has {size} neurons, and the cues are for {shown.shape[1]}.")
    start = np.hstack([(shown + 1) / 2, np.zeros((len(shown), 1))])
    return simulate(net, None, ticks, state=start, updating=updating, record=MEMORY, drives=drives, last=last, rng=rng)


def spins(rec: Recording) -> Floats:
    """What a recall went through, as +1 and -1: the cue, and then every recorded tick.

    Parameters
    ----------
    rec : Recording
        From `recall`.

    Returns
    -------
    float array, shape (trials, 1 + ticks, neurons)
    """
    if rec.start is None or rec.trials is None:
        raise DataError("What a memory went through is told by the recording that ns.hopfield.recall returns.")
    begun = rec.start.rates[:, -1:, : rec.rates.shape[-1]]
    walked: Floats = 2 * np.concatenate([begun, rec.rates], axis=1).astype(float) - 1
    return walked


def energy(net: Network, states: npt.ArrayLike) -> Floats:
    """E = -1/2 s W s of states, which no update of a single neuron can raise (Hopfield 1982).

    Parameters
    ----------
    net : Network
        From `network`.
    states : array_like, shape (..., neurons)
        Of +1 and -1.

    Returns
    -------
    float array, shape (...)

    Examples
    --------
    >>> pattern = np.array([1, 1, -1, -1])
    >>> energy(network([pattern]), [pattern, -pattern, [1, 1, 1, 1]])  # a pattern's negative is as deep
    array([-6., -6.,  2.])
    """
    s, size, structure = np.asarray(states, dtype=float), _memory_size(net), net.structure
    if s.shape[-1:] != (size,):
        raise DataError(
            f"The memory has {size} neurons, and the states are of shape {s.shape}: (..., {size}) is needed."
        )
    weights = np.zeros((size, size))
    weights[structure.post, structure.pre] = net.weights * structure.present
    e: Floats = -((s @ weights) * s).sum(axis=-1) / 2
    return e


def overlap(states: npt.ArrayLike, patterns: npt.ArrayLike) -> Floats:
    """How alike states and patterns are, m = s xi / N: 1 for a pattern itself, near 0 for a stranger.

    Parameters
    ----------
    states, patterns : array_like, shapes (..., neurons) that fit each other

    Returns
    -------
    float array

    Examples
    --------
    >>> overlap([[1, 1, 1, -1]], [1, 1, 1, 1])
    array([0.5])
    """
    m: Floats = (np.asarray(states, dtype=float) * np.asarray(patterns, dtype=float)).mean(axis=-1)
    return m


def corrupted(patterns: npt.ArrayLike, share: float, rng: RandomState = None) -> Floats:
    """The patterns with just this share of their spins, chosen at random, turned round.

    Parameters
    ----------
    patterns : array_like, shape (patterns, neurons)
    share : float
        From 0 to 1.
    rng : int or numpy.random.Generator, optional

    Returns
    -------
    float array, shape (patterns, neurons)

    Examples
    --------
    >>> int((corrupted([[1] * 8], 0.25, rng=0) == -1).sum())
    2
    """
    check_number("share", share, least=0, most=1)
    given, generator = _read_spins(patterns, "patterns"), read_rng(rng)
    turned = np.argsort(generator.random(given.shape), axis=1) < round(share * given.shape[1])
    return np.where(turned, -given, given)


def mean_field(points: int = 20_000) -> tuple[Floats, Floats]:
    """What is left of a pattern against load, for infinitely many neurons, as far as there is recall.

    Amit, Gutfreund and Sompolinsky (1985), without noise: the overlap is m = erf(y), where y solves
    ``sqrt(2 load) = erf(y) / y - 2 / sqrt(pi) e^(-y^2)``; the larger y belongs to recall. Beyond the last load there
    is no solution but m = 0: the memory breaks down at once.

    Parameters
    ----------
    points : int
        How many values of y to try.

    Returns
    -------
    loads, overlaps : float arrays
        Loads (patterns over neurons) rise from near 0 to the critical one.

    Examples
    --------
    >>> loads, overlaps = mean_field()
    >>> float(loads[-1].round(3)), float(overlaps[-1].round(2))
    (0.138, 0.97)
    """
    check_count("points", points, least=2)
    y = np.linspace(4, 0.5, points)
    m = np.array([math.erf(value) for value in y])
    loads = (m / y - 2 / math.sqrt(math.pi) * np.exp(-(y**2))) ** 2 / 2
    stable = slice(0, int(np.argmax(loads)) + 1)
    return loads[stable], m[stable]


def _read_spins(values: npt.ArrayLike, what: str) -> Floats:
    try:
        array = np.asarray(values, dtype=float)
    except (TypeError, ValueError):
        array = np.empty(0)
    if array.ndim != 2 or not array.size or not np.isin(array, (-1, 1)).all():
        raise DataError(
            f"{what} must be rows of +1 and -1, shape ({what}, neurons); got shape {array.shape}. From 0 and 1: "
            "2 * values - 1."
        )
    return array


def _memory_size(net: Network) -> int:
    """How many neurons the memory has; an error if there is none, as `network` makes it."""
    if not isinstance(net, Network) or MEMORY not in net.regions or len(net) != len(net.regions[MEMORY]) + 1:
        raise OptionError("A memory is needed, from ns.hopfield.network(patterns).")
    return len(net) - 1
