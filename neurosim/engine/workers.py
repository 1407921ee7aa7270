"""Threads for compiled kernels, which let go of Python's lock."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

_pool: ThreadPoolExecutor | None = None


def thread_count() -> int:
    """How many threads kernels may use: NEUROSIM_THREADS, or as many as there are cores for this process."""
    wanted = os.environ.get("NEUROSIM_THREADS", "")
    if wanted.isdecimal() and int(wanted):
        return int(wanted)
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
    others = [_workers().submit(work, number, threads) for number in range(1, threads)]
    return [work(0, threads), *(other.result() for other in others)]


def _workers() -> ThreadPoolExecutor:
    global _pool
    if _pool is None:
        _pool = ThreadPoolExecutor(max(1, thread_count() - 1), thread_name_prefix="neurosim")
    return _pool


def _forget() -> None:
    global _pool
    _pool = None  # a forked process has none of its parent's threads


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
