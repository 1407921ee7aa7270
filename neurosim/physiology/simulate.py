"""Many ticks: impulses travel, loops go round, and what happens is recorded."""

from __future__ import annotations

import copy
import dataclasses
import zlib
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from neurosim.anatomy.columns import RandomState, read_rng
from neurosim.anatomy.network import Network
from neurosim.anatomy.structure import Floats, Indices, Structure
from neurosim.engine.backends import choose
from neurosim.engine.program import Parameters, largest_product
from neurosim.engine.threads import one_thread
from neurosim.errors import DataError, SimulationError, unknown
from neurosim.physiology.clocks import AsynchronousClock, Clock, SynchronousClock
from neurosim.physiology.recorder import Recorder
from neurosim.physiology.recording import Recording
from neurosim.physiology.recording_plan import RecordingPlan
from neurosim.physiology.respond import parameters_of
from neurosim.physiology.state import InitialState, State, read_state
from neurosim.physiology.stimulus import check_network
from neurosim.physiology.timed_stimulus import Stimulus, TimedStimulus, read_timed_stimulus
from neurosim.progress import Watched, interruptible

CLOCKS: dict[str, type[Clock]] = {"synchronous": SynchronousClock, "asynchronous": AsynchronousClock}

Take: TypeAlias = Callable[[int, Floats, Floats], None]
"""What is done with the tick's number, rates and drives."""


def simulate(
    net: Network,
    stimulus: Stimulus = None,
    ticks: int | None = None,
    *,
    record: Any = "all",
    drives: bool = False,
    every: int = 1,
    last: int | None = None,
    budget: float = 2**31,
    state: InitialState = None,
    updating: str = "synchronous",
    rng: RandomState = None,
    backend: str = "auto",
    progress: bool | None = None,
) -> Recording:
    """Run a network tick by tick.

    Within a tick rates flow along synapses without delay, in topological order; a synapse with delay d brings
    what its presynaptic neuron did d ticks ago (0 before the start, unless `state` says otherwise). Somas
    with a past (`leak`, `refractory`, `reset`, `noise`, `temperature`: see `Mode`) have it here.

    Parameters
    ----------
    net : Network
    stimulus : array_like, mapping, callable or None
        What the sensory neurons show: an array of shape (ticks, inputs) or (trials, ticks, inputs), in the
        order of ``net.inputs``; or (inputs,), the same in every tick. Or a mapping from names of inputs to a
        number, a sequence (ticks,) or an array (trials, ticks), and from names of sensory regions to the same
        with an axis more for their neurons; a sequence that ends is followed by silence, and what is not
        named is silent. Or a function of the tick's number that returns either, for one tick: (inputs,) or
        (trials, inputs). None is silence.
    ticks : int, optional
        For how long; from the stimulus, unless said.
    record : str, int, sequence of names, or None
        The neurons and regions to record: "all", one name, several, or None for nothing.
    drives : bool
        Whether to record drives as well as rates.
    every : int
        Record only ticks whose number is a multiple of this.
    last : int, optional
        Keep only so many rows, the latest.
    budget : float
        The most bytes that the recording may take; 2 GB unless said. See `recording_size`.
    state : State, mapping or array_like, optional
        Where to start. ``rec.state`` of an earlier run goes on where that stopped, bit for bit as if it had
        never stopped. Or rates, taken to have been so in every tick before the first: by name of neuron or
        region, or an array of shape (neurons,) or (trials, neurons). Or, for impulses that are under way in
        delays of more than a tick, the rates of the last ticks, (trials, ticks, neurons). From silence, unless said.
    updating : "synchronous" or "asynchronous"
        Whether in each tick all neurons see the same moment; or one after the other is updated, in an order
        that is drawn anew in each tick (Glauber 1963), and sees what the others do by then. Synapses then act
        at once, with a delay of 1 as with none; longer delays have no meaning there and are an error.
    rng : int or numpy.random.Generator, optional
        For noise, random decisions and that order. A state goes on with the numbers that it stopped at,
        unless `rng` is given.
    backend : "auto", "numpy" or "numba"
        What computes; see `train`. Ticks are the same on both, bit for bit, wherever a run is cut in two.
    progress : bool, optional
        Whether to show a bar; by default on long runs, on a terminal or in a notebook.

    Returns
    -------
    Recording
        After Ctrl-C, of the ticks that were done by then: ``rec.stopped_early``.

    Raises
    ------
    DataError
        If the stimulus or the state has the wrong shape, is not finite, or speaks of another network or another
        number of trials.
    OptionError
        If a setting is out of range.
    UnknownNameError
        If a name is not in the network.
    RecordingTooLargeError
        If the recording would take more than the budget; nothing has run then.
    SimulationError
        If a rate becomes infinite or NaN.

    Examples
    --------
    A latch: once set, it fires for ever, until it is reset.

    >>> import networkx as nx
    >>> import neurosim as ns
    >>> G = nx.DiGraph()
    >>> G.add_node("latch", mode="binary", threshold=1, output=True)
    >>> G.add_edge("set", "latch", weight=1)
    >>> G.add_edge("reset", "latch", weight=-2)
    >>> G.add_edge("latch", "latch", weight=1, delay=1)
    >>> latch = ns.Network.from_graph(G)
    >>> ns.simulate(latch, {"set": [0, 1], "reset": [0, 0, 0, 0, 1]}, ticks=6)["latch"]
    array([0., 1., 1., 1., 0., 0.])
    """
    check_network(net)
    plan = RecordingPlan.of(net, record, drives=drives, every=every, last=last)
    if updating not in CLOCKS:
        raise unknown("way of updating", updating, CLOCKS)
    start = read_state(net, state)
    timed = read_timed_stimulus(net, stimulus, ticks, first_tick=start.tick)
    generator = read_rng(rng) if rng is not None or start.rng is None else start.generator()
    start = dataclasses.replace(start, rng=copy.deepcopy(generator))
    trials = max(1, _common_trials(timed, start) or 1)
    chosen = choose(backend, net.structure, timed.ticks * trials, timed.ticks)
    run = _Run(net, timed, start, updating, parameters_of(net, in_time=True), compiled=chosen == "numba")
    plan.check_budget(start.tick, timed.ticks, run.trials, budget)
    rows = run.parameters.program.row_of[plan.neurons]
    recorder = Recorder(plan, rows, start.tick, timed.ticks, run.trials)
    end = run.go(timed.ticks, generator, recorder.take, drives=drives, progress=progress)
    return recorder.finish(end, start, end.tick < start.tick + timed.ticks, run.again)


class _Run:
    """Everything that a run starts from, so that it can be done again."""

    def __init__(
        self,
        net: Network,
        timed: TimedStimulus,
        start: State,
        updating: str,
        parameters: Parameters,
        *,
        compiled: bool,
    ) -> None:
        self.compiled = compiled
        self.net, self.timed, self.start, self.updating, self.parameters = net, timed, start, updating, parameters
        self.trials = _common_trials(timed, start)
        self.width = self.trials or 1
        self._fingerprint = _fingerprint(net)

    def go(
        self,
        ticks: int,
        rng: np.random.Generator | None,
        take: Take | None = None,
        *,
        drives: bool = False,
        progress: bool | None = False,
    ) -> State:
        """Run for so many ticks, or until Ctrl-C; the state then."""
        net, first = self.net, self.start.tick
        clock = CLOCKS[self.updating](
            net, self.parameters, self.start, self.width, rng, drives=drives, compiled=self.compiled
        )
        with (
            Watched("simulating", ticks, progress) as work,
            np.errstate(over="ignore", invalid="ignore"),
            one_thread(largest_product(self.parameters.program, self.width)),
            interruptible() as interrupted,
        ):
            for tick in range(ticks):
                rates, drives_now = clock.advance(self.timed.at(tick, self.width))
                if not np.isfinite(rates).all():
                    raise _diverged(net, self.parameters.program.neurons, rates, first + tick)
                if take is not None:
                    take(first + tick, rates, drives_now)
                work.advance()
                if interrupted():
                    break
        return clock.state(one_trial=self.trials is None)

    def again(self, to: int) -> State:
        """The state that the run was in after the tick before this one."""
        if _fingerprint(self.net) != self._fingerprint:
            raise DataError(
                "The network was changed after this run, so the way back is lost. Go back before you change it, or "
                "change a copy: copy.deepcopy(net)."
            )
        return self.go(to - self.start.tick, self.start.generator())


def _common_trials(timed: TimedStimulus, start: State) -> int | None:
    if timed.trials is not None and start.trials is not None and timed.trials != start.trials:
        raise DataError(
            f"The stimulus has {timed.trials} trials and the state {start.trials}. Give both as many, or one of them "
            "without an axis for trials."
        )
    return timed.trials if start.trials is None else start.trials


def _fingerprint(net: Network) -> tuple[Structure, int, int]:
    weights, thresholds = (zlib.crc32(np.ascontiguousarray(each).data) for each in (net.weights, net.thresholds))
    return net.structure, weights, thresholds


def _diverged(net: Network, neurons: Indices, rates: Floats, tick: int) -> SimulationError:
    rows, trials = np.nonzero(~np.isfinite(rates))
    first = int(np.argmin(neurons[rows]))
    name = net.structure.names[neurons[rows[first]]]
    return SimulationError(
        f"In tick {tick} the rate of neuron {name!r} became {rates[rows[first], trials[first]]} ({len(rows)} such in "
        "all): activity grows without end around a loop. Weaken the loop's weights, or give its neurons a mode with a "
        "ceiling, such as tanh or sigmoid."
    )
