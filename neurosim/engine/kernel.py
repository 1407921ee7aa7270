"""How a kernel is compiled: once for each kind of argument, kept on disk, free of Python's lock."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
from numba.core.caching import FunctionCache

from neurosim.engine.backends import log, say_once

Function = TypeVar("Function", bound=Callable[..., Any])


ROOMS = ("anatomy", "engine", "physiology", "plasticity")  # where all stands that kernels are made from

PLAIN = {"nogil": True, "error_model": "numpy"}
# Whatever kernels work on belongs to who called them. To count who uses an array would take them longer than to
# compute, where a network is small, and threads that count the same arrays would wait for each other.
COUNTED, UNCOUNTED = ({**PLAIN, "_nrt": counted} for counted in (True, False))


def kernel(function: Function) -> Function:
    """Compile a function when it is first called.

    Numbers are divided as numpy does it (by zero: infinite), and no sum is reordered.
    """
    compiled = numba.njit(**UNCOUNTED)(function)
    folder = _folder()
    if folder is not None:
        with _kept_in(folder):
            compiled._cache = _Kept(function)  # what cache=True would do, with numba's own
    return cast(Function, compiled)


def inlined(function: Function) -> Function:
    """Compile a function as a part of the kernels that call it."""
    return cast(Function, numba.njit(**UNCOUNTED)(function))


def pasted(function: Function) -> Function:
    """Write a short function into the kernels that call it: to hand over dozens of arrays takes longer than it runs."""
    return cast(Function, numba.njit(inline="always", **UNCOUNTED)(function))


def allocating(function: Function) -> Function:
    """Compile a function that makes arrays for its own use, as a part of kernels, which cannot make any."""
    return cast(Function, numba.njit(**COUNTED)(function))


# --- What is kept on disk ------------------------------------------------------------------------


class _Kept(FunctionCache):  # type: ignore[misc]  # numba has no types
    """Kernels compiled before. One that cannot be read is compiled again, one that cannot be written is not kept."""

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        try:
            known = super().load_overload(sig, target_context)
            if known is None:
                _tell_that_it_takes_time()
            return known
        except Exception as fault:  # bytes that were damaged may be read as anything
            log.info("the kernel %s on disk is damaged and is compiled again: %r", self._py_func.__name__, fault)
            with suppress(OSError):
                self.flush()
            return None

    def save_overload(self, sig: Any, data: Any) -> None:
        try:
            super().save_overload(sig, data)
        except Exception as fault:  # what is there already is read first
            _cannot_keep(self.cache_path, fault)


@contextmanager
def _kept_in(folder: Path) -> Iterator[None]:
    before = numba.config.CACHE_DIR
    numba.config.CACHE_DIR = str(folder)
    try:
        yield
    finally:
        numba.config.CACHE_DIR = before


@lru_cache(maxsize=1)
def _folder() -> Path | None:
    """A folder that belongs to just this source, if it can be written.

    By itself numba looks at the file of a kernel, and would go on using one after a change to what that calls.
    """
    package = Path(__file__).parent.parent
    digest = hashlib.sha256()
    for room in ROOMS:
        for file in sorted((package / room).glob("*.py")):
            digest.update(file.read_bytes())
    home = numba.config.CACHE_DIR or os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(home) / "neurosim" / f"kernels-{digest.hexdigest()[:16]}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError as fault:
        _cannot_keep(folder, fault)
        return None


@lru_cache(maxsize=1)
def _tell_that_it_takes_time() -> None:
    log.info("kernels are compiled that were not used before, which may take a minute; they are kept in %s", _folder())


def _cannot_keep(folder: Path | str, fault: Exception) -> None:
    say_once(
        f"what is compiled now cannot be kept in {folder} and will be compiled again by the next run: {fault}. "
        "Set XDG_CACHE_HOME to a folder that can be written."
    )
