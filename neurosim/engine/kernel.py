"""How a kernel is compiled: once for each kind of argument, kept on disk, free of Python's lock."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

Function = TypeVar("Function", bound=Callable[..., Any])


def kernel(function: Function) -> Function:
    """Compile a function when it is first called.

    Numbers are divided as numpy does it (by zero: infinite), and no sum is reordered.
    """
    return cast(Function, numba.njit(nogil=True, cache=True, error_model="numpy")(function))


def inlined(function: Function) -> Function:
    """Compile a function as a part of the kernels that call it."""
    return cast(Function, numba.njit(nogil=True, error_model="numpy", inline="never")(function))
