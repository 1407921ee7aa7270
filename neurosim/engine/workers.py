"""Threads for compiled kernels, which let go of Python's lock."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any

from neurosim.errors import OptionError

VARIABLE = "NEUROSIM_THREADS"

_pool: ThreadPoolExecutor | None = None
_size = 0  # threads in it
_whole_pool = threading.Lock()  # held by whoever needs all of its threads at the same time


def thread_count() -> int:
    """How many threads kernels may use: NEUROSIM_THREADS, or as many as there are cores for this process."""
    wanted = os.environ.get(VARIABLE, "").strip()
    if wanted.isdecimal() and int(wanted):
        return int(wanted)
    if wanted:
        raise OptionError(
            f"The environment variable {VARIABLE} must be a whole number from 1 up; got {wanted!r}. Set it to, say, 2, "
            "or unset it: then kernels use all cores."
        )
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def share_out(work: Callable[[int, int], Any], threads: int) -> list[Any]:
    """Call `work(number, threads)` for each number below `threads`, side by side; this thread does the first.

    Parameters
    ----------
    work : callable
        It must make no difference how many threads there are.
    threads : int

    Returns
    -------
    list
        What the calls returned, in the order of the numbers.
    """
    if threads == 1:
        return [work(0, 1)]
    others = [_workers(threads - 1).submit(work, number, threads) for number in range(1, threads)]
    return [work(0, threads), *(other.result() for other in others)]


def together(work: Callable[[int, int], Any], threads: int) -> list[Any]:
    """Call `work(number, threads)` as `share_out` does, for calls that wait for each other on the way.

    They have to run at the same time. Where another thread of this process has taken the workers already, there is
    one call, `work(0, 1)`.
    """
    if threads == 1 or not _whole_pool.acquire(blocking=False):
        return [work(0, 1)]
    try:
        workers = _workers(threads - 1)
        others = [workers.submit(work, number, threads) for number in range(1, threads)]
        try:
            return [work(0, threads), *(other.result() for other in others)]
        finally:
            wait(others)
    finally:
        _whole_pool.release()


def _workers(least: int) -> ThreadPoolExecutor:
    global _pool, _size
    if _pool is None or _size < least:
        _size = max(least, thread_count() - 1)
        _pool = ThreadPoolExecutor(_size, thread_name_prefix="neurosim")
    return _pool


def _forget() -> None:
    global _pool, _whole_pool
    _pool, _whole_pool = None, threading.Lock()  # a forked process has none of its parent's threads


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
