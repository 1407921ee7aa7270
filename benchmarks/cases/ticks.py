"""Ticks of recurrent networks of rate (tanh) neurons."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks import ours
from benchmarks.contest import Amount, Case, Result
from benchmarks.graphs import Recurrent, recurrent
from benchmarks.machine import threads
from benchmarks.rows import BYTES_PER_SYNAPSE, Row, share_row, speedup_rows

TICKS = 100
CHECKED = 5  # ticks after which the rates are compared: such networks are chaotic, and single precision shows soon
NEST, BRIAN = "NEST tanh_rate_ipn", "Brian 2, Cython"


def sizes(quick: bool) -> list[tuple[int, int]]:
    """Neurons, synapses of each; the peers take part in all but the last, for which they have no memory."""
    return [(200, 10), (100, 20), (400, 20)] if quick else [(10_000, 100), (2_000, 1_000), (100_000, 1_000)]


def cases(quick: bool) -> list[Case]:
    """One for each size."""
    peers = {NEST: NestRates, BRIAN: BrianRates}
    return [
        Case(
            f"{TICKS} ticks, {neurons:,} x {fan_in:,} rate neurons",
            partial(recurrent, neurons, fan_in),
            OurTicks,
            peers={} if number == 2 else peers,
            floors={NEST: 10.0},
            amount=Amount(float(TICKS * neurons * fan_in), " synaptic updates"),
        )
        for number, (neurons, fan_in) in enumerate(sizes(quick))
    ]


def rows(quick: bool, results: dict[str, Result]) -> list[Row]:
    """How many times faster; and the share of what memory brings, which bounds the largest."""
    every = cases(quick)
    measured = [case for case in every if case.name in results]
    table = [row for case in measured for row in speedup_rows(case, results[case.name])]
    for case in measured:
        note = f"{case.amount.count / TICKS * BYTES_PER_SYNAPSE / 1e6:,.0f} MB a tick"
        floor = 0.5 if case is every[-1] else None
        table.append(share_row(case, results[case.name], "triad", floor, note=note))
    return table


class OurTicks:
    """``ns.simulate``, recording nothing."""

    def __init__(self, graph: Recurrent) -> None:
        self._net = graph.network()
        self._state: Any = graph.rates

    def run(self, times: int) -> None:
        """A hundred ticks, so many times, each going on where the one before stopped."""
        for _ in range(times):
            self._go(TICKS)

    def result(self) -> npt.NDArray[np.float32]:
        """The rates after the first ticks."""
        self._go(CHECKED)
        return self._state.rates[-1, :-1]

    def _go(self, ticks: int) -> None:
        self._state = ours.simulate(self._net, ticks, state=self._state, record=None).state


class NestRates:
    """`tanh_rate_ipn` without noise, whose time constant is so short that a step forgets the rate before it.

    As in NEST's own examples of rate networks, without waveform relaxation and with delayed connections. A rate is
    sent at the end of its step and arrives a step later, so that the drive of a step is of the rates two steps before:
    two runs of the same network take turns, one from the initial rates and one from silence. All synapses are worked
    on in every step, as in ours; the rates of our tick n are those after 2 n steps.
    """

    def __init__(self, graph: Recurrent) -> None:
        nest = quiet_nest()
        nest.ResetKernel()
        nest.local_num_threads = threads()
        nest.resolution = 1.0
        nest.use_wfr = False
        self._nest = nest
        settings = {"tau": 1e-3, "sigma": 0.0, "mu": 0.0, "g": 1.0}
        self._cells = nest.Create("tanh_rate_ipn", len(graph.start), settings)
        self._cells.theta, self._cells.rate = graph.threshold.astype(float), graph.start.astype(float)
        synapses = {"synapse_model": "rate_connection_delayed", "weight": graph.weight.astype(float)}
        nest.Connect(graph.pre + 1, graph.post + 1, "one_to_one", synapses)
        nest.Prepare()

    def run(self, times: int) -> None:
        """A hundred steps, so many times."""
        self._nest.Run(float(times * TICKS))

    def result(self) -> npt.NDArray[np.float32]:
        """The rates after the first ticks."""
        self._nest.Run(2.0 * CHECKED)
        return np.array(self._cells.rate, np.float32)


def quiet_nest() -> Any:
    """NEST, without what it prints when it is imported."""
    import os

    os.environ["PYNEST_QUIET"] = "1"
    import nest

    nest.verbosity = nest.VerbosityLevel.ERROR
    return nest


class BrianRates:
    """A summed variable for the drive, then `run_regularly`; compiled by Cython, which gives Brian one thread."""

    def __init__(self, graph: Recurrent) -> None:
        import brian2 as b2

        b2.prefs.codegen.target = "cython"
        b2.prefs.core.default_float_dtype = np.float32
        self._tick = b2.defaultclock.dt = 1 * b2.ms
        self._cells = b2.NeuronGroup(len(graph.start), "x : 1\nsummed_drive : 1\ntheta : 1 (constant)")
        self._cells.x, self._cells.theta = graph.start, graph.threshold
        self._cells.run_regularly("x = tanh(summed_drive - theta)", when="end")
        synapses = b2.Synapses(self._cells, self._cells, "w : 1\nsummed_drive_post = w * x_pre : 1 (summed)")
        synapses.connect(i=graph.pre, j=graph.post)
        synapses.w = graph.weight
        self._network = b2.Network(self._cells, synapses)

    def run(self, times: int) -> None:
        """A hundred ticks, so many times."""
        self._network.run(times * TICKS * self._tick, namespace={})

    def result(self) -> npt.NDArray[np.float32]:
        """The rates after the first ticks."""
        self._network.run(CHECKED * self._tick, namespace={})
        return np.array(self._cells.x)
