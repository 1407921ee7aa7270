"""Which backend runs a network: numpy and scipy, readable and at once there; or compiled kernels.

The choice depends on the network and on how much is to be computed, never on what ran before or on how
long it took: the same call gives the same numbers.
"""

from __future__ import annotations

import importlib.util
import logging
import os
import weakref
from collections.abc import Callable
from functools import cache, lru_cache

import numpy as np

from neurosim.anatomy.depth import depths
from neurosim.anatomy.soma import MODES
from neurosim.anatomy.structure import Indices, Structure
from neurosim.errors import MissingPackageError, unknown

BACKENDS = ("auto", "numpy", "numba")
VARIABLE = "NEUROSIM_BACKEND"

WORTH_IT = 4.0  # seconds on numpy from which compiled kernels are used: loading them takes about one
PER_PRODUCT = 4e-10  # seconds that numpy takes for a weight times a rate, all passes and bookkeeping included
PER_STAGE = 5e-5  # and for a stage of a network, however small
PER_CALL = 2e-4  # and for a batch

log = logging.getLogger("neurosim")

_outlooks: weakref.WeakKeyDictionary[Structure, tuple[int, str]] = weakref.WeakKeyDictionary()


def choose(
    backend: str,
    structure: Structure,
    samples: int,
    batches: int = 1,
    *,
    obstacle: Callable[[], str] = lambda: "",
) -> str:
    """The backend for some work.

    Parameters
    ----------
    backend : str
        "numpy" or "numba", or "auto": then the environment variable NEUROSIM_BACKEND decides, or the work.
    structure : Structure
    samples : int
        How many go through the network in all.
    batches : int
        In how many portions.
    obstacle : callable
        Tells why compiled kernels cannot do this work; empty if they can.

    Returns
    -------
    "numpy" or "numba"

    Raises
    ------
    UnknownNameError
        If there is no such backend.
    MissingPackageError
        If numba was asked for and is not installed.
    """
    if backend not in BACKENDS:
        raise unknown("backend", backend, BACKENDS)
    why = "as asked for"
    if backend == "auto" and os.environ.get(VARIABLE, "").strip():
        backend, why = os.environ[VARIABLE].strip(), f"as {VARIABLE} says"
        if backend not in BACKENDS:
            raise unknown(f"backend in the environment variable {VARIABLE}", backend, BACKENDS)
    if backend == "numpy":
        return _chosen("numpy", why)
    if backend == "numba" and not _numba_is_there():
        raise MissingPackageError(
            "backend='numba' needs the package numba, which is not installed. Type: pip install numba. Or leave the "
            "choice to neurosim: backend='auto'."
        )
    if backend == "auto":
        seconds = _seconds_on_numpy(structure, samples, batches)
        if seconds < WORTH_IT:
            return _chosen("numpy", f"at most {seconds:.2g} s of work, and compiled kernels pay from {WORTH_IT:g} s")
        why = f"about {seconds:.2g} s of work on numpy"
    reason = obstacle()
    if reason:
        if backend == "numba":
            say_once(f"backend numba, {why}, cannot do this, so it runs on numpy: {reason}.")
        return _chosen("numpy", reason)
    if not _numba_is_there():
        say_once("numba is not installed, so this runs on numpy, several times slower: pip install numba.")
        return "numpy"
    return _chosen("numba", why)


def _seconds_on_numpy(structure: Structure, samples: int, batches: int) -> float:
    products = PER_PRODUCT * (structure.n_synapses + structure.n_neurons) * samples
    at_most = products + (PER_STAGE * structure.n_neurons + PER_CALL) * batches
    if at_most < WORTH_IT:  # then nobody need know how deep it is
        return at_most
    return products + (PER_STAGE * _outlook(structure)[0] + PER_CALL) * batches


def obstacle_in_tiles(structure: Structure) -> str:
    """Why compiled kernels cannot run a tick of this network from silence; empty if they can."""
    return _outlook(structure)[1]


def _outlook(structure: Structure) -> tuple[int, str]:
    """How many neurons deep a network is, and what keeps compiled kernels from running it."""
    if structure not in _outlooks:
        depth = depths(structure)
        _outlooks[structure] = 1 + int(depth.max(initial=0)), _find_obstacle(structure, depth)
    return _outlooks[structure]


def _find_obstacle(structure: Structure, depth: Indices) -> str:
    for mode in structure.modes:
        if type(mode) is not type(MODES.get(mode.name)):
            return f"kernels do not know the mode {mode!r}"
    binary = structure.has_mode("binary")
    if not binary.any():
        return ""
    listening = np.zeros(structure.n_neurons, dtype=bool)
    listening[structure.post] = True
    graded = ~binary & ~structure.sensory & (listening | ~structure.has_mode("linear"))
    if (depth[graded] < depth[binary].max()).any():
        return "graded neurons come before binary ones, and what these decide must not hang on the backend"
    return ""


def _chosen(backend: str, why: str) -> str:
    log.info("backend %s: %s", backend, why)
    return backend


@lru_cache(maxsize=1)
def _numba_is_there() -> bool:
    return importlib.util.find_spec("numba") is not None


@cache
def say_once(notice: str) -> None:
    """Warn in the log, once a process."""
    log.warning(notice)
