"""One thread for linear algebra: the same sums on every machine load, and no threads that wait for each other."""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager, nullcontext
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from threadpoolctl import ThreadpoolController

ALONE_ANYWAY = 2**15  # multiplications up to which no BLAS shares a product among threads


def one_thread(multiplications: float) -> AbstractContextManager[Any]:
    """A context in which products of matrices run on one thread.

    A product that is shared among threads is summed in another order, so its last digits, and with them
    every weight that is trained, would depend on the number of threads. At the sizes of neuron graphs
    sharing gains little, and it loses much where other work keeps the cores busy.

    Parameters
    ----------
    multiplications : float
        In the largest product: rows times columns times samples. Small products need no such care.
    """
    if multiplications <= ALONE_ANYWAY:
        return nullcontext()
    # scipy brings a BLAS of its own, which can be held only once it is there.
    limits: AbstractContextManager[Any] = _controller("scipy.linalg" in sys.modules).limit(limits=1, user_api="blas")
    return limits


@lru_cache(maxsize=2)
def _controller(with_scipy: bool) -> ThreadpoolController:
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
