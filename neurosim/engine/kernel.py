"""How a kernel is compiled: once for each kind of argument, kept on disk, free of Python's lock."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar, cast

import numba

Function = TypeVar("Function", bound=Callable[..., Any])


PLAIN = {"nogil": True, "error_model": "numpy"}
# Whatever kernels work on belongs to who called them. To count who uses an array would take them longer than to
# compute, where a network is small, and threads that count the same arrays would wait for each other.
COUNTED, UNCOUNTED = ({**PLAIN, "_nrt": counted} for counted in (True, False))


def kernel(function: Function) -> Function:
    """Compile a function when it is first called.

    Numbers are divided as numpy does it (by zero: infinite), and no sum is reordered.
    """
    with _cache():
        return cast(Function, numba.njit(cache=True, **UNCOUNTED)(function))


def inlined(function: Function) -> Function:
    """Compile a function as a part of the kernels that call it."""
    return cast(Function, numba.njit(**UNCOUNTED)(function))


def allocating(function: Function) -> Function:
    """Compile a function that makes arrays for its own use, as a part of kernels, which cannot make any."""
    return cast(Function, numba.njit(**COUNTED)(function))


@contextmanager
def _cache() -> Iterator[None]:
    """Let numba keep what it compiles in a folder that belongs to just this source.

    By itself it looks at the file of a kernel, and would go on using one after a change to what that calls.
    """
    before = numba.config.CACHE_DIR
    if not before:
        numba.config.CACHE_DIR = str(_folder())
    try:
        yield
    finally:
        numba.config.CACHE_DIR = before


@lru_cache(maxsize=1)
def _folder() -> Path:
    package = Path(__file__).parent.parent
    digest = hashlib.sha256()
    for room in ("engine", "physiology", "plasticity"):
        for file in sorted((package / room).glob("*.py")):
            digest.update(file.read_bytes())
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "neurosim" / f"kernels-{digest.hexdigest()[:16]}"
