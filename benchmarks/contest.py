"""A case: some work, who does it, how their results are compared, and what must be reached."""

from __future__ import annotations

import dataclasses
import statistics
from collections.abc import Callable, Mapping
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from benchmarks.machine import LIMITS
from benchmarks.timing import Runner, alternate

OURS = "neurosim"
NOT_INSTALLED = "not installed"


class Contestant(Runner, Protocol):
    """Somebody who does the work of a case; made from its problem."""

    def result(self) -> npt.NDArray[Any]:
        """What comes out after a little of the work, from the problem's own start: called once, before any `run`."""


def relative_error(ours: npt.NDArray[Any], theirs: npt.NDArray[Any]) -> float:
    """How far apart two results are, as a share of their size (Euclidean norms)."""
    return float(np.linalg.norm(ours - theirs) / np.linalg.norm(ours))


@dataclasses.dataclass(frozen=True)
class Amount:
    """How much work there is in doing it once: a count of `unit`, for rates."""

    count: float
    unit: str


@dataclasses.dataclass(frozen=True)
class Case:
    """Some work and everybody who does it.

    Attributes
    ----------
    name : str
        In the table, and for ``--only``.
    problem : function
        Makes what every contestant starts from. It is called in the process that measures the case, not before.
    ours : function of the problem
    peers : mapping from names to functions of the problem
        Each imports its library when called; who is not installed is left out.
    floors : mapping from peers to numbers
        How many times faster than the peer we must be.
    tolerance : float
        How far apart results may be, by `error`.
    amount : Amount, optional
        For rates, and for shares of what the machine can do.
    """

    name: str
    problem: Callable[[], Any]
    ours: Callable[[Any], Contestant]
    peers: Mapping[str, Callable[[Any], Contestant]] = dataclasses.field(default_factory=dict)
    floors: Mapping[str, float] = dataclasses.field(default_factory=dict)
    tolerance: float = 1e-3
    error: Callable[[npt.NDArray[Any], npt.NDArray[Any]], float] = relative_error
    amount: Amount | None = None


@dataclasses.dataclass(frozen=True)
class Result:
    """What was measured.

    Attributes
    ----------
    seconds : dict from names to lists of float
        Of every turn: ours, the peers', and those of the machine's limits.
    errors : dict from peers to float
        How far each result was from ours.
    left_out : dict from peers to str
        Why somebody was not timed.
    limits : dict from names to float
        The machine's rates, in units a second, in the same minutes.
    """

    seconds: dict[str, list[float]]
    errors: dict[str, float]
    left_out: dict[str, str]
    limits: dict[str, float]

    def median(self, name: str = OURS) -> float:
        """Seconds for doing it once."""
        return statistics.median(self.seconds[name])

    def speedup(self, peer: str) -> float:
        """How many times faster than the peer we are."""
        return self.median(peer) / self.median()


def hold(case: Case, repeats: int, least: float) -> Result:
    """Check that all who are there give the same result; then time them, and the machine, in turn."""
    problem = case.problem()
    ours = case.ours(problem)
    expected = ours.result() if case.peers else np.empty(0)
    runners: dict[str, Runner] = {OURS: ours}
    errors, left_out = {}, {}
    for name, make in case.peers.items():
        try:
            peer = make(problem)
        except ImportError as missing:
            left_out[name] = f"{NOT_INSTALLED}: {missing}"
            continue
        errors[name] = case.error(expected, peer.result())
        if errors[name] <= case.tolerance:
            runners[name] = peer
        else:
            left_out[name] = f"gives another result: error {errors[name]:.2g}, more than {case.tolerance:g}"
    del problem  # which is large, and which not everybody keeps
    limits = {name: make() for name, make in LIMITS.items()}
    seconds = alternate(runners | limits, repeats, least)
    rates = {name: limit.amount / statistics.median(seconds[name]) for name, limit in limits.items()}
    return Result(seconds, errors, left_out, rates)
