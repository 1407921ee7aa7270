"""The machine: the threads that everyone gets, what it is, and the two rates that bound all the work measured here."""

from __future__ import annotations

import os
import platform
from functools import cached_property
from pathlib import Path

import numpy as np

THREADS = 2
SETTINGS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS", "NUMBA_NUM_THREADS")


def confine() -> int:
    """Give this process, and all that it starts, `THREADS` cores or as many as there are; how many.

    The processes that measure inherit both settings: the variables, which most libraries read, and the cores
    themselves, which is what those count that read no variable (JAX's compiler is one).
    """
    cores = _cores()[:THREADS]
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, cores)
    os.environ.update(dict.fromkeys(SETTINGS, str(len(cores))))
    return len(cores)


def _cores() -> list[int]:
    """One processor of every core that this process may use: two that share a core would share its arithmetic."""
    allowed = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else range(os.cpu_count() or 1)
    one_of: dict[str, int] = {}
    for processor in allowed:
        siblings = _read(f"/sys/devices/system/cpu/cpu{processor}/topology/thread_siblings_list")
        one_of.setdefault(siblings or str(processor), processor)
    return list(one_of.values())


def threads() -> int:
    """How many threads everyone has, after `confine`."""
    return int(os.environ.get(SETTINGS[0], THREADS))


def model() -> str:
    """What the processor calls itself."""
    lines = [line for line in _read("/proc/cpuinfo").splitlines() if line.startswith("model name")]
    return lines[0].partition(":")[2].strip() if lines else platform.processor() or platform.machine()


def load() -> str:
    """How busy the machine has been in the last minute, in words."""
    if not hasattr(os, "getloadavg"):
        return "load unknown"
    return f"load {os.getloadavg()[0]:.1f} of {os.cpu_count()}"


def cache_bytes(level: int) -> int | None:
    """The size of a core's cache at a level, where the system tells."""
    for place in Path("/sys/devices/system/cpu/cpu0/cache").glob("index*"):
        if _read(place / "level") == str(level) and _read(place / "type") != "Instruction":
            return int(_read(place / "size").removesuffix("K")) * 1024
    return None


def _read(path: str | Path) -> str:
    try:
        return Path(path).read_text().strip()
    except OSError:
        return ""


class MatrixProduct:
    """The most arithmetic that the machine does: numpy's product of two matrices of float32."""

    def __init__(self, size: int = 2048) -> None:
        self._a, self._b = np.random.default_rng(0).standard_normal((2, size, size), dtype=np.float32)
        self._product = np.empty_like(self._a)
        self.amount = 2.0 * size**3
        """Floating-point operations in a run."""

    def run(self, times: int) -> None:
        for _ in range(times):
            np.matmul(self._a, self._b, out=self._product)


class Triad:
    """The most that memory brings: STREAM's triad, a = b + 3 c, on arrays far larger than the caches."""

    def __init__(self, size: int = 2**24) -> None:
        self._a, self._b, self._c = np.zeros((3, size)) + 1.0
        self.amount = 3.0 * 8 * size
        """Bytes read and written in a run, as STREAM counts them."""

    def run(self, times: int) -> None:
        for _ in range(times):
            self._compiled(self._a, self._b, self._c)

    @cached_property
    def _compiled(self):
        import numba

        @numba.njit(parallel=True)
        def triad(a, b, c):
            for i in numba.prange(len(a)):
                a[i] = b[i] + 3.0 * c[i]

        return triad


LIMITS = {"sgemm": MatrixProduct, "triad": Triad}
