"""How the time of a training step grows with the number of synapses."""

from __future__ import annotations

from functools import partial

import numpy as np

from benchmarks.contest import Amount, Case, Result
from benchmarks.graphs import sparse
from benchmarks.rows import Row, share_row
from benchmarks.training import OurTraining, Problem, flops

LAYERS, FAN_IN, BATCH = 5, 50, 64
AT_MOST = 1.1


def sizes(quick: bool) -> list[int]:
    """Synapses."""
    return [1_000, 2_000, 10_000] if quick else [10**power for power in range(3, 9)]


def problem(synapses: int) -> Problem:
    """Layers of equal width, as wide as the synapses make them; inputs enough for a neuron's dendrites."""
    width = synapses // (LAYERS * FAN_IN)
    return Problem.random(sparse(LAYERS, width, FAN_IN, inputs=max(width, FAN_IN)), BATCH)


def cases(quick: bool) -> list[Case]:
    """One for each size, each in a process of its own: the largest needs the memory."""
    return [
        Case(
            f"training step, {synapses:,} synapses, fan-in {FAN_IN}, batch {BATCH}",
            partial(problem, synapses),
            OurTraining,
            amount=Amount(flops(synapses, BATCH), "FLOP"),
        )
        for synapses in sizes(quick)
    ]


def points(quick: bool, results: dict[str, Result]) -> list[tuple[int, float]]:
    """Synapses and seconds of what was measured."""
    both = zip(sizes(quick), cases(quick), strict=True)
    return [(synapses, results[case.name].median()) for synapses, case in both if case.name in results]


def rows(quick: bool, results: dict[str, Result]) -> list[Row]:
    """The exponent: the slope of log time over log synapses, by least squares."""
    measured = points(quick, results)
    table = [share_row(case, results[case.name], "sgemm") for case in cases(quick) if case.name in results]
    if len(measured) > 1:
        slope = np.polyfit(*np.log10(measured).T, deg=1)[0]
        work = f"growth of a training step from {measured[0][0]:.0e} to {measured[-1][0]:.0e} synapses"
        table.append(Row(work, "linear", float(slope), "exponent", AT_MOST, at_most=True))
    return table
