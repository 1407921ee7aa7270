"""Threads for compiled kernels, which let go of Python's lock."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any

from neurosim.errors import OptionError

VARIABLE = "NEUROSIM_THREADS"

MOST = 16  # threads that may be asked for on any machine, or so many times its cores as below
PER_CORE = 4

_pool: ThreadPoolExecutor | None = None
_size = 0  # threads in it
_team: list[Future[Any]] = []  # who was last called to work together, but for the thread that called
_changes = threading.RLock()  # held while any of these is looked at or changed


def thread_count() -> int:
    """How many threads kernels may use: NEUROSIM_THREADS, or as many as there are cores for this process."""
    wanted = os.environ.get(VARIABLE, "").strip()
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if not wanted:
        return cores
    most = max(MOST, PER_CORE * cores)
    if wanted.isdecimal() and 1 <= int(wanted) <= most:
        return int(wanted)
    raise OptionError(
        f"The environment variable {VARIABLE} must be a whole number from 1 to {most}; got {wanted!r}. Set it to, say, "
        f"2, or unset it: then kernels use all cores, here {cores}."
    )


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
        What the calls returned, in the order of the numbers. If one fails, or Ctrl-C is pressed, the error is raised
        when all have ended.
    """
    if threads == 1:
        return [work(0, 1)]
    others: list[Future[Any]] = []
    try:
        workers = _workers(threads - 1)
        others.extend(workers.submit(work, number, threads) for number in range(1, threads))
        return [work(0, threads), *(other.result() for other in others)]
    except BaseException:
        wait(others)
        raise


def together(work: Callable[[int, int], Any], threads: int, call_off: Callable[[], None]) -> list[Any]:
    """Call `work(number, threads)` as `share_out` does, for calls that wait for each other on the way.

    They have to run at the same time. Where another thread of this process has taken the workers already, there is
    one call, `work(0, 1)`.

    Parameters
    ----------
    work : callable
    threads : int
    call_off : callable
        Lets calls end that wait for one that will not come: it failed, or Ctrl-C was pressed before it began.
    """
    global _team
    if threads == 1:
        return [work(0, 1)]

    def member(number: int) -> Any:
        try:
            return work(number, threads)
        except BaseException:
            call_off()
            raise

    others: list[Future[Any]] = []
    try:
        with _changes:
            if all(each.done() for each in _team):
                workers, _team = _workers(threads - 1), others
                others.extend(workers.submit(member, number) for number in range(1, threads))
        return [work(0, len(others) + 1), *(other.result() for other in others)]
    except BaseException:
        call_off()
        wait(others)
        raise


def _workers(least: int) -> ThreadPoolExecutor:
    global _pool, _size
    with _changes:
        if _pool is None or _size < least:
            size = max(least, thread_count() - 1)
            _pool, _size = ThreadPoolExecutor(size, thread_name_prefix="neurosim"), size
        return _pool


def _forget() -> None:
    global _pool, _team, _changes
    _pool, _team, _changes = None, [], threading.RLock()  # a forked process has none of its parent's threads


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
