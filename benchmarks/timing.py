"""Contestants in turn, again and again, so that whatever else the machine does meets all of them."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from typing import Protocol

REST = 0.2  # seconds in which the threads of the one before, which wait for more work at full speed, go to sleep


class Runner(Protocol):
    """Something that can be done any number of times in a row.

    One that has to get ready in every call says with an attribute `at_least` how often a turn does it at the least.
    """

    def run(self, times: int) -> None:
        """Do it; return when it is done."""


def alternate(runners: Mapping[str, Runner], repeats: int, least: float) -> dict[str, list[float]]:
    """The seconds that each takes for doing it once.

    Parameters
    ----------
    runners : mapping from names to runners
    repeats : int
        How often each has its turn.
    least : float
        Seconds that a turn lasts at least: what is faster is done several times in a row, and the time divided.

    Returns
    -------
    dict from names to lists of float
        One number a turn.
    """
    times = {}
    for name, runner in runners.items():
        runner.run(1)  # compilers, caches, first pages
        times[name] = math.ceil(least / _seconds(runner, 1))
        if times[name] > 1:  # many at once may be faster than one
            times[name] = math.ceil(least / (_seconds(runner, times[name]) / times[name]))
        times[name] = max(times[name], getattr(runner, "at_least", 1))
    taken: dict[str, list[float]] = {name: [] for name in runners}
    for _ in range(repeats):
        for name, runner in runners.items():
            time.sleep(REST)
            taken[name].append(_seconds(runner, times[name]) / times[name])
    return taken


def _seconds(runner: Runner, times: int) -> float:
    start = time.perf_counter()
    runner.run(times)
    return time.perf_counter() - start
