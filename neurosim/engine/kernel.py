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


def kernel(function: Function) -> Function:
    """Compile a function when it is first called.

    Numbers are divided as numpy does it (by zero: infinite), and no sum is reordered.
    """
    with _cache():
        return cast(Function, numba.njit(nogil=True, cache=True, error_model="numpy")(function))


def inlined(function: Function) -> Function:
    """Compile a function as a part of the kernels that call it."""
    return cast(Function, numba.njit(nogil=True, error_model="numpy")(function))


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
