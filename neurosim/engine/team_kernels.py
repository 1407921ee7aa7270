"""Threads that work on one thing together, step by step, inside compiled kernels.

A kernel that is run by a team calls `meet` wherever one member needs what the others have done. That takes
less than a microsecond; to end a kernel and to begin the next on all threads takes a hundred.
"""

from __future__ import annotations

import ctypes
import sys
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from neurosim.engine.kernel import inlined, kernel

IN_A_LINE = 8  # signals in a line of the cache
A_SHARE = 16  # numbers that certainly fill one
CALLED_OFF = 2 * IN_A_LINE
SIGNALS = 3 * IN_A_LINE
TURNS = 2000  # that a member looks whether the others have come, before it lets other work have its core


class Team(NamedTuple):
    """What a member knows of its team.

    Attributes
    ----------
    member : int
        From 0 up.
    members : int
    signals : int array, shape (SIGNALS,)
        Zeros at first, the same array for all. How many have come to where they meet; how often they have met;
        whether somebody will not come.
    give_way : int
        The address of what lets other work have the core.
    """

    member: int
    members: int
    signals: npt.NDArray[np.int64]
    give_way: int


SOLO = Team(0, 1, np.zeros(SIGNALS, dtype=np.int64), 0)


@lru_cache(maxsize=1)
def give_way_address() -> int:
    """Where the operating system has what lets other threads have the core."""
    windows = sys.platform == "win32"
    library = ctypes.CDLL("kernel32" if windows else None)
    return ctypes.cast(library.SwitchToThread if windows else library.sched_yield, ctypes.c_void_p).value or 0


@intrinsic
def _add_and_tell(typing: Any, signals: types.Array, place: types.Integer) -> Any:
    """Add 1 to a number that other threads change as well; returns what it was before."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        address = builder.gep(context.make_array(signals)(context, builder, args[0]).data, [args[1]])
        return builder.atomic_rmw("add", address, ir.Constant(ir.IntType(64), 1), "seq_cst")

    return types.int64(signals, types.int64), codegen


@intrinsic
def _read(typing: Any, signals: types.Array, place: types.Integer) -> Any:
    """A number as it is now, and with it all that was written before it."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        address = builder.gep(context.make_array(signals)(context, builder, args[0]).data, [args[1]])
        return builder.load_atomic(address, "seq_cst", align=8)

    return types.int64(signals, types.int64), codegen


@intrinsic
def _call(typing: Any, routine: types.Integer) -> Any:
    """Call what stands at an address and takes no arguments."""

    def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        kind = ir.FunctionType(ir.IntType(32), [])
        builder.call(builder.inttoptr(args[0], kind.as_pointer()), [])
        return context.get_dummy_value()

    return types.void(types.int64), codegen


@inlined
def is_called_off(team: Team) -> bool:
    """Whether a member will not come. From then on nobody waits: what is worked out is good for nothing."""
    return team.members > 1 and _read(team.signals, CALLED_OFF) != 0


@kernel
def meet(team: Team) -> None:
    """Wait until every member of the team is here, or one says that it will not come: see `is_called_off`."""
    if team.members == 1:
        return
    met = _read(team.signals, IN_A_LINE)
    if _add_and_tell(team.signals, 0) == team.members - 1:
        team.signals[0] = 0
        _add_and_tell(team.signals, IN_A_LINE)
        return
    turns = 0
    while _read(team.signals, IN_A_LINE) == met and not is_called_off(team):
        turns += 1
        if turns > TURNS:
            _call(team.give_way)


@inlined
def share_of(team: Team, count: int) -> tuple[int, int]:
    """The share of so many things that a member of the team sees to; no two write to the same line of the cache."""
    lines = (count + A_SHARE - 1) // A_SHARE
    first, last = lines * team.member // team.members, lines * (team.member + 1) // team.members
    return min(first * A_SHARE, count), min(last * A_SHARE, count)
