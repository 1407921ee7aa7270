"""Many ticks: one after the other forwards, and the chain rule back through them.

Unrolled in time, a network is one composite function like any other: each tick is a copy of it with the
same weights, and echoes and potentials are what the copies hand on.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from neurosim.anatomy.structure import Floats, Indices
from neurosim.anatomy.surrogates import Surrogate
from neurosim.engine.events import Events
from neurosim.engine.program import Derivatives, Later, Parameters, State
from neurosim.engine.somas import Past

if TYPE_CHECKING:  # numpy loads its generators on first use
    from numpy.random import Generator


class Timeline:
    """Runs a program tick after tick.

    Parameters
    ----------
    parameters : Parameters
        Of a program in time.
    tick : int
        The number of the first tick.
    history : float array, shape (reach, rows, samples)
        The rates of earlier ticks, that of tick t in place t % reach; `reach` is the longest delay, or 1.
    potentials, resting : arrays, shape (rows, samples), or (0, samples) where no soma remembers
    rng : Generator, optional
        For noise and random decisions; there are none without it.
    events : Events, optional
        The blocks that run by events.
    """

    def __init__(
        self,
        parameters: Parameters,
        tick: int,
        history: Floats,
        potentials: Floats,
        resting: Indices,
        rng: Generator | None = None,
        events: Events | None = None,
    ) -> None:
        self.tick, self.history, self.potentials, self.resting, self.rng = tick, history, potentials, resting, rng
        self._parameters, self._program, self._events = parameters, parameters.program, events
        echoes = self._program.n_rows - len(self._program.neurons)
        self._echoes = np.empty((echoes, history.shape[2]), history.dtype)

    @staticmethod
    def from_silence(parameters: Parameters, samples: int) -> Timeline:
        """Before it nothing happened."""
        program, dtype = parameters.program, parameters.weights.dtype
        n = len(program.neurons)
        remembering = n if program.remembers else 0
        history = np.zeros((max(1, program.longest_delay), n, samples), dtype)
        potentials = np.zeros((remembering, samples), dtype)
        return Timeline(parameters, 0, history, potentials, np.zeros((remembering, samples), np.int32))

    def advance(self, stimulus: Floats) -> State:
        """One tick; stimulus of shape (inputs, samples)."""
        n, reach = len(self._program.neurons), len(self.history)
        for echo in self._program.echoes:
            part = self._echoes[echo.rows.start - n : echo.rows.stop - n]
            np.take(self.history[(self.tick - echo.delay) % reach], echo.sources, axis=0, out=part, mode="clip")
        past = Past(self._echoes, self.potentials, self.resting, self.rng, self._events)
        state = self._program.forward(self._parameters, stimulus, past)
        assert state.after is not None
        self.potentials, self.resting = state.after.potentials, state.after.resting
        self.history[self.tick % reach] = state.rates[:n]
        self.tick += 1
        return state


def backward_in_time(
    parameters: Parameters,
    states: Sequence[State],
    rate_gradients: Floats,
    drive_gradients: Floats | None = None,
    surrogate: Surrogate | None = None,
) -> Derivatives:
    """The chain rule from the last tick back to the first, tick by tick (backpropagation through time).

    Parameters
    ----------
    parameters : Parameters
    states : sequence of State
        Of successive ticks. What was before the first of them is taken as given.
    rate_gradients : float array, shape (ticks, outputs, samples)
        The gradient of the loss by each output's rate in each of these ticks.
    drive_gradients : float array, of the same shape, optional
        A further gradient by each output's drive.
    surrogate : Surrogate, optional

    Returns
    -------
    Derivatives
        Of weights and thresholds summed over the ticks; of the rates those of the inputs alone, shape
        (ticks, inputs, samples).
    """
    program = parameters.program
    shape = len(program.neurons), states[0].rates.shape[1]
    inputs = np.zeros((len(states), len(program.inputs), shape[1]), states[0].rates.dtype)
    weights, thresholds = np.zeros_like(parameters.weights), np.zeros_like(parameters.thresholds)
    passed_back: dict[int, Floats] = {}
    kept: Floats = np.zeros((shape[0] if program.remembers else 0, shape[1]), inputs.dtype)
    for tick in range(len(states) - 1, -1, -1):
        later = Later(passed_back.pop(tick, np.zeros((1, 1), inputs.dtype)), kept)
        at_drives = None if drive_gradients is None else drive_gradients[tick]
        found = program.backward(parameters, states[tick], rate_gradients[tick], at_drives, surrogate, later)
        assert found.potentials is not None
        weights += found.weights
        thresholds += found.thresholds
        inputs[tick] = found.rates[program.inputs]
        kept = found.potentials
        for echo in program.echoes:
            if echo.delay <= tick:
                if tick - echo.delay not in passed_back:
                    passed_back[tick - echo.delay] = np.zeros(shape, inputs.dtype)
                passed_back[tick - echo.delay][echo.sources] += found.rates[echo.rows]
    return Derivatives(weights, thresholds, inputs)
