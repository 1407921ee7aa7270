"""One thread for linear algebra: the same sums on every machine load, and no threads that wait for each other."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from threadpoolctl import ThreadpoolController

_changes = threading.Lock()  # held while any of these is looked at or changed
_holders = 0  # of all threads of the process, for which these libraries run on one thread
_held: dict[str, tuple[Any, int]] = {}  # by file: the library, and how many threads it had

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
    return _hold()


@contextmanager
def _hold() -> Iterator[None]:
    """One thread for as long as anybody needs it: the number of threads belongs to the process."""
    global _holders
    with _changes:
        _holders += 1
        # scipy brings a BLAS of its own, which can be held only once it is there.
        for library in _controller("scipy.linalg" in sys.modules).lib_controllers:
            if library.user_api == "blas" and library.filepath not in _held:
                _held[library.filepath] = library, library.num_threads
                library.set_num_threads(1)
    try:
        yield
    finally:
        with _changes:
            _holders -= 1
            if not _holders:
                for library, threads in _held.values():
                    library.set_num_threads(threads)
                _held.clear()


@lru_cache(maxsize=2)
def _controller(with_scipy: bool) -> ThreadpoolController:
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
