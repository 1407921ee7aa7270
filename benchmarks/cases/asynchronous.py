"""Binary neurons that are updated one after the other."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks import ours
from benchmarks.cases.ticks import quiet_nest
from benchmarks.contest import Amount, Case, Result
from benchmarks.graphs import Recurrent, balanced
from benchmarks.machine import threads
from benchmarks.rows import Row, speedup_rows

NEST = "NEST mcculloch_pitts_neuron"
TICKS = 10  # in each of which every neuron is updated once
SETTLING, WATCHED = 20, 30  # ticks until activity is what it stays, and those whose mean is compared
INTERVAL = 10.0  # ms between two updates of a neuron in NEST, on average: what a tick is there


def cases(quick: bool) -> list[Case]:
    """The one."""
    neurons, fan_in = (500, 100) if quick else (10_000, 100)
    return [
        Case(
            f"{TICKS} ticks, {neurons:,} x {fan_in} binary neurons, asynchronous",
            partial(balanced, neurons, fan_in),
            OurUpdates,
            peers={NEST: NestUpdates},
            floors={NEST: 5.0},
            error=relative_difference,
            tolerance=0.2 if quick else 0.05,
            amount=Amount(float(TICKS * neurons), " updates"),
        )
    ]


def rows(quick: bool, results: dict[str, Result]) -> list[Row]:
    """How many times faster."""
    return [row for case in cases(quick) if case.name in results for row in speedup_rows(case, results[case.name])]


def relative_difference(ours: npt.NDArray[Any], theirs: npt.NDArray[Any]) -> float:
    """Of the mean activities: with other random numbers no more can be the same."""
    return float(abs(theirs.mean() / ours.mean() - 1))


class OurUpdates:
    """``ns.simulate`` with ``updating="asynchronous"``, recording nothing, going on where it stopped."""

    def __init__(self, graph: Recurrent) -> None:
        self._net = graph.network()
        self._state: Any = graph.rates
        self._rng = np.random.default_rng(2)

    def run(self, times: int) -> None:
        """Ten ticks, so many times."""
        for _ in range(times):
            self._go(TICKS)

    def result(self) -> npt.NDArray[np.float64]:
        """The share of neurons that is active, tick by tick."""
        self._go(SETTLING)
        activity = np.empty(WATCHED)
        for tick in range(WATCHED):
            self._go(1)
            activity[tick] = self._state.rates[-1, :-1].mean()
        return activity

    def _go(self, ticks: int) -> None:
        settings = {"updating": "asynchronous", "state": self._state, "record": None, "rng": self._rng}
        self._state = ours.simulate(self._net, ticks, **settings).state


class NestUpdates:
    """`mcculloch_pitts_neuron`: updated at random times, it tells the others, with the least delay, when it flipped."""

    def __init__(self, graph: Recurrent) -> None:
        self._nest = nest = quiet_nest()
        nest.ResetKernel()
        nest.local_num_threads = threads()
        settings = {"tau_m": INTERVAL, "theta": float(graph.threshold[0])}
        self._cells = nest.Create("mcculloch_pitts_neuron", len(graph.start), settings)
        synapses = {"weight": graph.weight.astype(float), "delay": np.full(len(graph.weight), nest.resolution)}
        nest.Connect(graph.pre + 1, graph.post + 1, "one_to_one", synapses)
        nest.Prepare()

    def run(self, times: int) -> None:
        """Ten intervals, so many times."""
        self._nest.Run(times * TICKS * INTERVAL)

    def result(self) -> npt.NDArray[np.float64]:
        """The share of neurons that is active, interval by interval."""
        self._nest.Run(SETTLING * INTERVAL)
        activity = np.empty(WATCHED)
        for tick in range(WATCHED):
            self._nest.Run(INTERVAL)
            activity[tick] = np.mean(self._cells.S)
        return activity
