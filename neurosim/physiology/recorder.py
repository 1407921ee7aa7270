"""Writes a run down, tick by tick."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from neurosim.anatomy.structure import Floats, Indices
from neurosim.physiology.recording import Recording
from neurosim.physiology.recording_plan import RecordingPlan
from neurosim.physiology.state import State
from neurosim.physiology.traces import TraceWriter


class Recorder:
    """Holds the memory that a plan takes, and fills it.

    Parameters
    ----------
    plan : RecordingPlan
    rows : int array, one per recorded neuron
        Where the engine keeps it: a row of the arrays that `take` is given.
    first_tick, ticks : int
        The run's first tick, counted from the start of time, and how many there are to be at most.
    trials : int or None
        None for a stimulus without a trials axis.

    Raises
    ------
    RecordingTooLargeError
        If the machine has not that much memory.

    Examples
    --------
    >>> import numpy as np, neurosim as ns
    >>> net = ns.Network.from_arrays([0], [1], [1.0])
    >>> recorder = Recorder(RecordingPlan.of(net), np.array([0, 1]), first_tick=0, ticks=3, trials=None)
    >>> for tick in range(3):
    ...     recorder.take(tick, np.array([[tick], [tick % 2]], dtype=float))
    >>> recorder.finish().rates
    array([[0., 0.],
           [1., 1.],
           [2., 0.]])
    """

    def __init__(self, plan: RecordingPlan, rows: Indices, first_tick: int, ticks: int, trials: int | None) -> None:
        self._plan, self._trials = plan, trials
        self._first = -(-first_tick // plan.every) * plan.every
        self._capacity = plan.n_rows(first_tick, ticks)
        self._thresholds = plan.net.thresholds[plan.neurons]
        self._thresholds.flags.writeable = False
        self._begun = self._taken = 0
        rows = np.asarray(rows)
        no_bits = np.zeros(len(rows), dtype=bool)
        shape = (plan.net.dtype, self._capacity, 1 if trials is None else trials)
        try:
            self._rates = TraceWriter(plan.binary, rows, *shape)
            self._drives = TraceWriter(no_bits, rows, *shape) if plan.drives else None
        except MemoryError:
            half = plan.n_bytes(first_tick, ticks, trials) // 2
            problem = "takes more memory than this machine has free"
            raise plan.too_large(first_tick, ticks, trials, half, problem) from None

    def take(self, tick: int, rates: Floats, drives: Floats | None = None) -> None:
        """Record a tick, if it is one to record; ticks come in order, none left out.

        Parameters
        ----------
        tick : int
            Counted from the start of time.
        rates, drives : float arrays, shape (engine rows, trials)
            In the network's dtype. Drives are read only where the plan wants them.
        """
        if not self._plan.wants(tick):
            return
        row = self._taken % self._capacity
        self._begun = self._taken + 1  # an interrupt may come between any two lines; see finish
        self._rates.write(row, rates)
        if self._drives is not None:
            assert drives is not None
            self._drives.write(row, drives)
        self._taken += 1

    def finish(
        self,
        state: State | None = None,
        start: State | None = None,
        stopped_early: bool = False,
        replay: Callable[[int], State] | None = None,
    ) -> Recording:
        """Make a recording of what was taken, however much that is.

        Parameters
        ----------
        state, start
            The network's state after the last tick, and before the first.
        stopped_early : bool
        replay : callable, optional
            Does the run again up to a tick.
        """
        # A row that was begun and not finished is not counted, and has spoiled the oldest of a full ring.
        n_rows = min(self._taken, self._capacity - (self._begun - self._taken))
        gone = self._taken - n_rows
        oldest = gone % self._capacity if self._capacity else 0
        every = self._plan.every
        return Recording(
            plan=self._plan,
            rows=range(self._first + gone * every, self._first + self._taken * every, every),
            trials=self._trials,
            thresholds=self._thresholds,
            traces=self._rates.traces.kept(oldest, n_rows),
            drive_traces=None if self._drives is None else self._drives.traces.kept(oldest, n_rows),
            state=state,
            start=start,
            stopped_early=stopped_early,
            replay=replay,
        )
