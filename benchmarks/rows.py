"""The lines of the table: what was measured, against whom, and what must be reached."""

from __future__ import annotations

import dataclasses
import math
import statistics

from benchmarks.contest import Amount, Case, Result

BYTES_PER_SYNAPSE = 8  # that a tick has to read: a weight of four bytes and the number of its neuron

PREFIXES = (("G", 1e9), ("M", 1e6), ("k", 1e3))


@dataclasses.dataclass(frozen=True)
class Row:
    """One line.

    Attributes
    ----------
    work, against : str
    value : float or None
        None where nothing was measured; then the note says why.
    unit : "x", "share", "exponent" or "s"
    floor : float, optional
        What must be reached; None where the line is only told.
    at_most : bool
        Whether smaller is better.
    ours, theirs, note : str
        Times and rates, for the reader.
    """

    work: str
    against: str
    value: float | None
    unit: str = "x"
    floor: float | None = None
    at_most: bool = False
    ours: str = ""
    theirs: str = ""
    note: str = ""

    @property
    def reached(self) -> bool | None:
        """Whether the value is what it must be; None where nothing is asked or nothing was measured."""
        if self.floor is None or self.value is None:
            return None
        return self.value <= self.floor if self.at_most else self.value >= self.floor


def speedup_rows(case: Case, result: Result) -> list[Row]:
    """A line for each peer, with those that are left out."""
    return [_speedup_row(case, result, peer) for peer in case.peers]


def _speedup_row(case: Case, result: Result, peer: str) -> Row:
    floor = case.floors.get(peer)
    if peer in result.left_out:
        return Row(case.name, peer, None, floor=floor, note=f"left out: {result.left_out[peer]}")
    return Row(
        case.name,
        peer,
        result.speedup(peer),
        floor=floor,
        ours=_told(case.amount, result.median()),
        theirs=_told(case.amount, result.median(peer)),
        note=f"results differ by {result.errors[peer]:.1g}",
    )


def share_row(case: Case, result: Result, limit: str, floor: float | None = None, note: str = "") -> Row:
    """What we reach of a rate of the machine's, "sgemm" or "triad"."""
    assert case.amount is not None
    rate = case.amount.count / result.median() * (BYTES_PER_SYNAPSE if limit == "triad" else 1)
    theirs = f"{result.limits[limit] / 1e9:.3g} {'GB/s' if limit == 'triad' else 'GFLOP/s'}"
    named = "memory bandwidth (triad)" if limit == "triad" else "sgemm"
    ours = _told(case.amount, result.median())
    return Row(case.name, named, rate / result.limits[limit], "share", floor, ours=ours, theirs=theirs, note=note)


def geometric_mean_row(work: str, peer: str, results: list[Result], floor: float) -> list[Row]:
    """How many times faster over several cases; nothing where the peer was in none of them."""
    speedups = [result.speedup(peer) for result in results if peer in result.seconds]
    if not speedups:
        return []
    note = f"{len(speedups)} of {len(results)} cases"
    return [Row(work, peer, statistics.geometric_mean(speedups), floor=floor, note=note)]


def duration(seconds: float) -> str:
    """A time in the unit that suits it, to three digits.

    Examples
    --------
    >>> duration(0.00123), duration(12.3)
    ('1.23 ms', '12.3 s')
    """
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size:
            return f"{_three_digits(seconds / size)} {unit}"
    return f"{seconds * 1e9:.3g} ns"


def _told(amount: Amount | None, seconds: float) -> str:
    """A time and, where the work is counted, the rate."""
    if amount is None:
        return duration(seconds)
    rate = amount.count / seconds
    prefix, size = next((each for each in PREFIXES if rate >= each[1]), ("", 1.0))
    return f"{duration(seconds)}, {_three_digits(rate / size)} {prefix}{amount.unit}/s"


def _three_digits(number: float) -> str:
    return f"{number:,.0f}" if number >= 100 else f"{number:.{2 - max(0, math.floor(math.log10(number)))}f}"
