"""Numbers read from, and written to, places all over a large array, by several threads."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from neurosim.engine.kernel import kernel
from neurosim.engine.workers import share_out, thread_count

Array = npt.NDArray[Any]

MANY = 2**16  # places from which kernels are quicker: numpy makes 8 bytes of every smaller place first


def gathered(values: Array, places: Array) -> Array:
    """The values at some places, as ``values[places]``.

    Examples
    --------
    >>> gathered(np.array([10.0, 20.0, 30.0]), np.array([2, 0]))
    array([30., 10.])
    """
    if len(places) < MANY:
        return values[places]
    found = np.empty(len(places), values.dtype)
    _by_all_threads(lambda first, last: _gather(values, places, first, last, found), len(places))
    return found


def scatter(values: Array, places: Array, into: Array) -> None:
    """Write values to some places, no two the same, as ``into[places] = values``.

    Examples
    --------
    >>> room = np.zeros(3)
    >>> scatter(np.array([10.0, 20.0]), np.array([2, 0]), room)
    >>> room
    array([20.,  0., 10.])
    """
    if len(places) < MANY:
        into[places] = values
    else:
        _by_all_threads(lambda first, last: _scatter(values, places, first, last, into), len(places))


def _by_all_threads(work: Any, count: int) -> None:
    def share(number: int, threads: int) -> None:
        work(count * number // threads, count * (number + 1) // threads)

    share_out(share, thread_count())


@kernel
def _gather(values: Array, places: Array, first: int, last: int, found: Array) -> None:
    for i in range(first, last):
        found[i] = values[places[i]]


@kernel
def _scatter(values: Array, places: Array, first: int, last: int, into: Array) -> None:
    for i in range(first, last):
        into[places[i]] = values[i]
