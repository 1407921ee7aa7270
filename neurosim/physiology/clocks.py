"""How time passes in a network: all neurons at once, tick by tick, or one after the other."""

from __future__ import annotations

import copy
from typing import Protocol

import numpy as np

from neurosim.anatomy.network import Network
from neurosim.anatomy.neuron import Name
from neurosim.anatomy.structure import Floats, Indices
from neurosim.engine.events import Events
from neurosim.engine.products import CompiledProduct, ScipyProduct
from neurosim.engine.program import Parameters
from neurosim.engine.somas import Aftermath, Past, fire
from neurosim.engine.sweep import CompiledSweep, can_sweep
from neurosim.engine.ties import Dendrites, Reach, settle_ties
from neurosim.engine.timeline import Timeline
from neurosim.errors import OptionError
from neurosim.physiology.state import State


class Clock(Protocol):
    """Runs a network from a state, tick by tick.

    Parameters
    ----------
    net : Network
    parameters : Parameters
        Of the program in time.
    start : State
    trials : int
        How many run side by side.
    rng : Generator or None
        For noise and random decisions.
    drives : bool
        Whether anybody looks at the drives.
    compiled : bool
        Whether compiled kernels do the work.
    """

    def __init__(
        self,
        net: Network,
        parameters: Parameters,
        start: State,
        trials: int,
        rng: np.random.Generator | None,
        *,
        drives: bool,
        compiled: bool,
    ) -> None: ...

    def advance(self, stimulus: Floats) -> tuple[Floats, Floats]:
        """One tick: from the stimulus, (inputs, trials), to rates and drives (rows, trials), in program order."""

    def state(self, *, one_trial: bool) -> State:
        """The state now, in the network's order; without an axis for trials if there is `one_trial`."""


class SynchronousClock:
    """All neurons see the same moment; delayed impulses arrive by echoes."""

    def __init__(
        self,
        net: Network,
        parameters: Parameters,
        start: State,
        trials: int,
        rng: np.random.Generator | None,
        *,
        drives: bool,
        compiled: bool,
    ) -> None:
        self._program, self._names = parameters.program, net.structure.names
        history = _history(start, self._program.neurons, max(1, self._program.longest_delay), trials)
        somas = _somas(start, self._program.neurons, trials, kept=self._program.remembers)
        product = CompiledProduct if compiled else ScipyProduct
        events = Events(parameters, drives_count=drives, product=product)
        self._timeline = Timeline(parameters, start.tick, history, *somas, rng, events or None)

    def advance(self, stimulus: Floats) -> tuple[Floats, Floats]:
        """One tick."""
        state = self._timeline.advance(stimulus)
        return state.rates[: len(self._names)], state.drives

    def state(self, *, one_trial: bool) -> State:
        """The state now."""
        now, reach = self._timeline, len(self._timeline.history)
        latest = now.history[[(now.tick - back) % reach for back in range(reach, 0, -1)]]
        return _state(
            self._names, now.tick, latest, now.potentials, now.resting, self._program.row_of, now.rng, one_trial
        )


class AsynchronousClock:
    """One neuron after the other is updated, in a new random order each tick, and sees what the others do by then.

    Synapses act at once, with a delay of 1 as without: what they bring is the latest rate. Longer delays have
    no meaning here. Trials that run side by side share the order.
    """

    def __init__(
        self,
        net: Network,
        parameters: Parameters,
        start: State,
        trials: int,
        rng: np.random.Generator | None,
        *,
        drives: bool,
        compiled: bool,
    ) -> None:
        structure, program = net.structure, parameters.program
        late = np.flatnonzero(structure.present & (structure.delay > 1))
        if late.size:
            raise OptionError(
                f"Updated one after the other, neurons have no common clock, so a delay of {structure.delay[late[0]]} "
                f"ticks has no meaning (synapse {structure.synapse_label(int(late[0]))}; {late.size} such in all). "
                "Set these delays to 1, or use updating='synchronous'."
            )
        self._names, self._tick = structure.names, start.tick
        self._rng = np.random.default_rng() if rng is None else rng
        self._program, self._inputs = program, program.inputs
        self._rates = _history(start, program.neurons, 1, trials)[0]
        self._potentials, self._resting = _somas(start, program.neurons, trials, kept=True)
        self._drives = np.zeros_like(self._rates)
        self._drives[self._inputs] = self._rates[self._inputs]
        self._rates[program.silent] = 0
        self._updated = np.flatnonzero(~(structure.sensory | structure.silenced)[program.neurons])
        self._cells: list[_Cell] = []
        self._sweep: CompiledSweep | None = None
        if compiled and can_sweep(structure):
            self._sweep = CompiledSweep(net, program, self._rates)
            return
        for row in self._updated.tolist():
            self._cells.append(_Cell(net, row, int(program.neurons[row])))
            self._cells[-1].find_rows(program.row_of)
        self._take_short_cuts()

    def _take_short_cuts(self) -> None:
        """Where all neurons are binary: whole rows in place of gathers, and no doubts where there can be none."""
        if any(cell.mode.name != "binary" for cell in self._cells):
            return
        inner = np.ones(len(self._rates), dtype=bool)
        inner[self._inputs] = False
        impulses = bool(np.isin(self._rates[inner], (0, 1)).all())
        for cell in self._cells:
            cell.widen(len(self._rates))
            if impulses and inner[cell.sources].all():
                cell.trust_sums()

    def advance(self, stimulus: Floats) -> tuple[Floats, Floats]:
        """One tick: every neuron once."""
        self._rates[self._inputs] = self._drives[self._inputs] = stimulus
        self._rates[self._program.silent] = 0
        order = self._rng.permutation(len(self._updated))
        if self._sweep is not None:
            self._sweep.run(self._updated[order], self._rng, self._rates, self._drives)
            self._tick += 1
            return self._rates, self._drives
        past = Past(self._rates[:0], self._potentials, self._resting, self._rng)
        after = Aftermath(self._potentials, self._resting, {}, {})
        for i in order.tolist():
            self._cells[i].update(self._rates, self._drives, past, after)
        self._tick += 1
        return self._rates, self._drives

    def state(self, *, one_trial: bool) -> State:
        """The state now."""
        return _state(
            self._names,
            self._tick,
            self._rates[None],
            self._potentials,
            self._resting,
            self._program.row_of,
            self._rng,
            one_trial,
        )


class _Cell:
    """One neuron of a network that is updated asynchronously."""

    def __init__(self, net: Network, row: int, neuron: int) -> None:
        structure = net.structure
        synapses = structure.live_dendrites_of(neuron)
        self.rows = slice(row, row + 1)
        self.mode = structure.modes[structure.mode_of[neuron]]
        if self.mode.branched:
            synapses = synapses[np.argsort(structure.branch[synapses], kind="stable")]
            branch = structure.branch[synapses]
            self.branches = np.flatnonzero(np.append(True, branch[1:] != branch[:-1]))[: len(synapses)]
        self.sources = structure.pre[synapses]
        self.weights = net.weights[synapses].copy()
        self.threshold = net.thresholds[neuron : neuron + 1].copy()
        self.whole_row: Floats | None = None
        self.dendrites: Dendrites | None = None
        binary = self.mode.name == "binary"
        # What is drawn at random is settled by no second look: there the order of a sum must be the same everywhere.
        self.in_order = binary and (self.mode.remembers or self.mode.random)
        if binary and not self.in_order:
            self.dendrites = Dendrites(np.array([0, len(synapses)]), np.arange(len(synapses)), self.sources)
            self.reach = Reach.of(self.dendrites, self.weights, self.threshold)

    def find_rows(self, row_of: Indices) -> None:
        """From neurons to rows."""
        self.sources = row_of[self.sources]
        if self.dendrites is not None:
            self.dendrites = Dendrites(self.dendrites.starts, self.dendrites.synapses, self.sources)

    def widen(self, rows: int) -> None:
        """Where it listens to most neurons, a product with all of them takes less time than finding those."""
        if not self.in_order and 2 * len(self.sources) > rows and len(np.unique(self.sources)) == len(self.sources):
            self.whole_row = np.zeros(rows, self.weights.dtype)
            self.whole_row[self.sources] = self.weights

    def trust_sums(self) -> None:
        """All rates that it sees will be 0 or 1: no decision needs a second look if no sum can be rounded."""
        if self.dendrites is not None and self.reach.sure_of_impulses:
            self.dendrites = None

    def update(self, rates: Floats, drives: Floats, past: Past, after: Aftermath) -> None:
        """Look at what the others do now, and fire or not."""
        mine = drives[self.rows]
        if self.whole_row is not None:
            np.matmul(self.whole_row, rates, out=mine[0])
        elif self.mode.branched and len(self.sources):
            seen = self.weights[:, None] * rates[self.sources]
            mine[0] = np.add.reduceat(seen, self.branches, axis=0).max(axis=0)
        elif self.in_order and len(self.sources):
            mine[0] = np.cumsum(self.weights[:, None] * rates[self.sources], axis=0)[-1]
        else:
            np.matmul(self.weights, rates[self.sources], out=mine[0])
        if past.concerns(self.mode):
            rates[self.rows] = fire(self.mode, self.rows, 0, mine, self.threshold[:, None], past, after)
            return
        mine -= self.threshold
        if self.dendrites is not None:
            settle_ties(mine, self.dendrites, self.reach, self.threshold, rates)
        rates[self.rows] = self.mode.rate(mine)


# --- To and from states --------------------------------------------------------------------------


def _history(start: State, neurons: Indices, reach: int, trials: int) -> Floats:
    """The rates of the last ticks, (reach, rows, trials): that of tick t in place t % reach.

    What is further back than the state knows was as in the oldest tick that it knows.
    """
    known = start.rates.transpose(1, 2, 0) if start.rates.ndim == 3 else start.rates[:, :, None]
    history = np.empty((reach, len(neurons), trials), known.dtype)
    for back in range(1, reach + 1):
        history[(start.tick - back) % reach] = known[max(len(known) - back, 0), neurons]
    return history


def _somas(start: State, neurons: Indices, trials: int, *, kept: bool) -> tuple[Floats, Indices]:
    rows = len(neurons) if kept else 0
    potentials, resting = np.empty((rows, trials), start.potentials.dtype), np.empty((rows, trials), np.int32)
    if kept:
        potentials[:] = start.potentials.T[neurons] if start.potentials.ndim == 2 else start.potentials[neurons, None]
        resting[:] = start.resting.T[neurons] if start.resting.ndim == 2 else start.resting[neurons, None]
    return potentials, resting


def _state(
    names: tuple[Name, ...],
    tick: int,
    latest: Floats,
    potentials: Floats,
    resting: Indices,
    row_of: Indices,
    rng: np.random.Generator | None,
    one_trial: bool,
) -> State:
    rates = np.ascontiguousarray(latest[:, row_of].transpose(2, 0, 1))
    shape = rates[:, 0].shape
    kept = potentials[row_of].T.copy() if len(potentials) else np.zeros(shape, rates.dtype)
    rest = resting[row_of].T.copy() if len(resting) else np.zeros(shape, np.int32)
    if one_trial:
        rates, kept, rest = rates[0], kept[0], rest[0]
    return State(names, tick, rates, kept, rest, copy.deepcopy(rng))
