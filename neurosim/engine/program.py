"""A compiled network: frozen arrays, and the two passes over them.

Neurons are rows. They are sorted by depth, mode and region, so that a *stage* (the neurons of one
depth and one mode) is a stretch of rows, and a projection is a *block* of a matrix. Rates are held as
(rows, samples): whatever a synapse carries is contiguous.

A maxout neuron has one *compartment* for each dendritic branch; every other neuron has exactly one.
Blocks feed compartments, and the soma takes the largest.

In time, a synapse with a delay reads an *echo*: a further row that holds what its presynaptic neuron
did so many ticks ago. To the blocks it is a row like any other, so what is true of one tick is true of many.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt

from neurosim.anatomy.soma import Mode
from neurosim.anatomy.structure import Flags, Floats, Indices
from neurosim.anatomy.surrogates import Surrogate
from neurosim.engine.events import Events
from neurosim.engine.somas import Aftermath, Past, back_through, fire
from neurosim.engine.ties import Dendrites, Reach, settle_ties

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Matrix: TypeAlias = "Floats | csr_array[Any, tuple[int, int]]"

GATHER_BYTES = 2**24  # how much of the rates is laid out synapse by synapse at once


@dataclasses.dataclass(frozen=True, eq=False)
class Block:
    """The synapses from one region onto the compartments of another, as one matrix.

    Attributes
    ----------
    synapses : slice
        Where their weights lie in the program's order, row by row of the matrix.
    targets : slice
        Which compartments of the stage they feed: the rows of the matrix.
    sources : slice or int array
        Which rows of the network they read: the columns of the matrix.
    shape : (int, int)
    at : int array or None
        For a dense matrix with gaps: the place of each synapse in it, counted row by row.
    columns, row_starts : int arrays or None
        For a sparse matrix (CSR).
    """

    synapses: slice
    targets: slice
    sources: slice | Indices
    shape: tuple[int, int]
    at: Indices | None = None
    columns: Indices | None = None
    row_starts: Indices | None = None

    def matrix(self, weights: Floats) -> Matrix:
        """The weights as a matrix; where nothing is left out, a view of them."""
        mine = weights[self.synapses]
        if self.columns is not None:
            from scipy.sparse import csr_array

            parts: Any = (mine, self.columns, self.row_starts)
            matrix: csr_array[Any, tuple[int, int]] = csr_array(parts, shape=self.shape)
            matrix.data = mine  # scipy copies what is a small part of a larger array, and a copy would not learn
            return matrix
        if self.at is None:
            return mine.reshape(self.shape)
        filled = np.zeros(self.shape, dtype=weights.dtype)
        filled.ravel()[self.at] = mine
        return filled

    @property
    def is_full(self) -> bool:
        """Whether every source makes a synapse with every target."""
        return self.at is None and self.columns is None

    def dendritic_sums(self, matrix: Matrix, rates: Floats) -> Floats:
        """What the synapses bring to each target: weight times rate, summed."""
        seen = rates[self.sources]
        sums: Floats = matrix @ seen
        if self.at is not None and not np.isfinite(sums).all():
            from scipy.sparse import csr_array

            sums = csr_array(matrix) @ seen  # where there is no synapse, 0 times infinity must not arrive
        return sums

    def write_weight_gradients(self, deltas: Floats, rates: Floats, gradients: Floats) -> None:
        """Write each synapse's gradient: postsynaptic delta times presynaptic rate, summed over samples."""
        mine = gradients[self.synapses]
        if self.at is not None:
            mine[:] = (deltas @ rates.T).ravel()[self.at]
        elif self.columns is None:
            np.matmul(deltas, rates.T, out=mine.reshape(self.shape))
        else:
            self._write_synapse_by_synapse(deltas, rates, mine)

    def _write_synapse_by_synapse(self, deltas: Floats, rates: Floats, mine: Floats) -> None:
        assert self.columns is not None
        assert self.row_starts is not None
        rows = np.repeat(np.arange(self.shape[0]), np.diff(self.row_starts))
        step = max(1, GATHER_BYTES // max(1, rates.shape[1] * rates.itemsize))
        for start in range(0, len(mine), step):
            part = slice(start, start + step)
            np.einsum("sb,sb->s", deltas[rows[part]], rates[self.columns[part]], out=mine[part])


@dataclasses.dataclass(frozen=True, eq=False)
class Branches:
    """How the compartments of a stage of maxout neurons belong to them.

    Attributes
    ----------
    starts : int array, one per neuron
        The first compartment of each.
    owner : int array, one per compartment
        The neuron, counted within the stage.
    """

    starts: Indices
    owner: Indices

    def strongest(self, compartments: Floats) -> tuple[Floats, Flags]:
        """The largest compartment of each neuron, and which one that is (of equals, the first)."""
        largest = np.maximum.reduceat(compartments, self.starts, axis=0)
        is_largest = compartments == largest[self.owner]
        rank = np.cumsum(is_largest, axis=0)
        before = rank[self.starts] - is_largest[self.starts]
        return largest, is_largest & (rank - before[self.owner] == 1)


@dataclasses.dataclass(frozen=True, eq=False)
class Stage:
    """Neurons of one depth and one mode: what is computed at once.

    Attributes
    ----------
    rows : slice
        Their rows in the network.
    mode : Mode
    blocks : tuple of Block
        Everything they listen to.
    compartments : int
        As many as there are rows, except for maxout.
    branches : Branches or None
        For maxout.
    dendrites : Dendrites or None
        For binary: every neuron's synapses together, to settle ties.
    """

    rows: slice
    mode: Mode
    blocks: tuple[Block, ...]
    compartments: int
    branches: Branches | None = None
    dendrites: Dendrites | None = None


@dataclasses.dataclass(frozen=True, eq=False)
class Echo:
    """What some neurons did a number of ticks ago.

    Attributes
    ----------
    delay : int
    sources : int array
        The rows of those neurons.
    rows : slice
        The rows that hold their echoes.
    """

    delay: int
    sources: Indices
    rows: slice


@dataclasses.dataclass(frozen=True, eq=False)
class Parameters:
    """Weights and thresholds in the program's order, with the matrices made of them.

    Attributes
    ----------
    weights : float array, one per synapse
    thresholds : float array, one per row
    """

    program: Program
    weights: Floats
    thresholds: Floats
    matrices: list[list[Matrix]] = dataclasses.field(init=False)
    _reach: dict[int, Reach] = dataclasses.field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        stages = self.program.stages
        object.__setattr__(self, "matrices", [[b.matrix(self.weights) for b in stage.blocks] for stage in stages])

    def refresh(self) -> None:
        """Bring the matrices up to date after weights or thresholds were changed in place."""
        self._reach.clear()
        for stage, matrices in zip(self.program.stages, self.matrices, strict=True):
            for block, matrix in zip(stage.blocks, matrices, strict=True):
                if block.at is not None and isinstance(matrix, np.ndarray):
                    matrix.ravel()[block.at] = self.weights[block.synapses]  # the others are views

    def reach(self, number: int) -> Reach:
        """How large the sums of a binary stage can become; worked out on first use."""
        stage = self.program.stages[number]
        assert stage.dendrites is not None
        if number not in self._reach:
            self._reach[number] = Reach.of(stage.dendrites, self.weights, self.thresholds[stage.rows])
        return self._reach[number]


@dataclasses.dataclass(frozen=True, eq=False)
class State:
    """What every neuron did: drives and rates, shape (rows, samples), and the branches that won.

    The rates have a row more for each echo. In time, `after` is what the somas leave to the next tick.
    """

    drives: Floats
    rates: Floats
    winners: dict[int, Flags]
    after: Aftermath | None = None


@dataclasses.dataclass(frozen=True, eq=False)
class Derivatives:
    """Gradients in the program's order: of each weight, of each threshold, and of each rate for each sample.

    The rates have a row more for each echo. In time, `potentials` is that of what the somas had kept.
    """

    weights: Floats
    thresholds: Floats
    rates: Floats
    potentials: Floats | None = None


@dataclasses.dataclass(frozen=True, eq=False)
class Later:
    """What the ticks after one pass back to it.

    Attributes
    ----------
    rates : float array, shape (neurons, samples)
        The gradient by its rates, through synapses with a delay.
    potentials : float array, shape (neurons or 0, samples)
        The gradient by what its somas kept.
    """

    rates: Floats
    potentials: Floats


@dataclasses.dataclass(frozen=True, eq=False)
class Program:
    """A network ready to run.

    Attributes
    ----------
    neurons : int array, one per row
        The neuron's number in the network.
    synapses : int array
        The synapses in the program's order, by their numbers in the network: all of them in time, and for a
        single tick those without delay.
    inputs, outputs : int arrays
        Rows of the sensory neurons and of those that are read, in the network's order.
    stages : tuple of Stage
        In the order in which they must be computed.
    echoes : tuple of Echo
        By delay; none in the program of a single tick.
    silent : int array
        Rows of the neurons that a lesion has taken out: nobody listens to them, and their rates are 0.
    """

    neurons: Indices
    synapses: Indices
    inputs: Indices
    outputs: Indices
    stages: tuple[Stage, ...]
    echoes: tuple[Echo, ...] = ()
    silent: Indices = dataclasses.field(default_factory=lambda: np.empty(0, dtype=np.int64))

    @property
    def n_rows(self) -> int:
        """How many rows the rates have: the neurons, and the echoes."""
        return self.echoes[-1].rows.stop if self.echoes else len(self.neurons)

    @cached_property
    def remembers(self) -> bool:
        """Whether any soma has a past."""
        return any(stage.mode.remembers for stage in self.stages)

    @property
    def longest_delay(self) -> int:
        """How many ticks back the echoes reach."""
        return self.echoes[-1].delay if self.echoes else 0

    @cached_property
    def row_of(self) -> Indices:
        """For each neuron its row."""
        row_of = np.empty(len(self.neurons), dtype=np.int64)
        row_of[self.neurons] = np.arange(len(self.neurons))
        return row_of

    def parameters(self, weights: Floats, thresholds: Floats) -> Parameters:
        """Lay the network's weights and thresholds out in the program's order (copies)."""
        laid_out = weights[: len(self.synapses)].copy() if self._in_order else weights[self.synapses]
        return Parameters(self, laid_out, thresholds[self.neurons])

    @cached_property
    def _in_order(self) -> bool:
        """Whether synapses stand as the first ones of the network do."""
        return np.array_equal(self.synapses, np.arange(len(self.synapses)))

    def forward(self, parameters: Parameters, stimulus: Floats, past: Past | None = None) -> State:
        """Compute every neuron's drive and rate, stage by stage.

        Parameters
        ----------
        parameters : Parameters
        stimulus : float array, shape (inputs, samples)
        past : Past, optional
            What was before, where this is one tick of many. Without it, the tick follows on silence.

        Returns
        -------
        State
        """
        shape = (len(self.neurons), stimulus.shape[1])
        rates = np.empty((self.n_rows, shape[1]), stimulus.dtype)
        after = None if past is None else Aftermath.of(past)
        state = State(np.empty(shape, stimulus.dtype), rates, {}, after)
        if self.echoes:
            rates[shape[0] :] = 0 if past is None else past.echoes
        state.rates[self.inputs] = stimulus
        state.drives[self.inputs] = stimulus
        for number, stage in enumerate(self.stages):
            drives = state.drives[stage.rows]
            sums = drives if stage.branches is None else np.empty((stage.compartments, shape[1]), stimulus.dtype)
            events = None if past is None else past.events
            self._sum_dendrites(stage, number, parameters.matrices[number], rates, sums, events)
            if stage.branches is not None:
                drives[:], state.winners[number] = stage.branches.strongest(sums)
            thresholds = parameters.thresholds[stage.rows]
            if past is not None and after is not None and past.concerns(stage.mode):
                rates[stage.rows] = fire(stage.mode, stage.rows, number, drives, thresholds[:, None], past, after)
                continue
            drives -= thresholds[:, None]
            if stage.dendrites is not None:
                updates = events.updates(number) if events else 0
                settle_ties(drives, stage.dendrites, parameters.reach(number), thresholds, rates, updates)
            rates[stage.rows] = stage.mode.rate(drives)
        rates[self.silent] = 0
        return state

    @staticmethod
    def _sum_dendrites(
        stage: Stage, number: int, matrices: list[Matrix], rates: Floats, sums: Floats, events: Events | None
    ) -> None:
        # What a binary neuron decides does not hang on a sum that overflowed: such a sum is done again exactly.
        with np.errstate(over=None if stage.dendrites is None else "ignore", invalid="ignore"):
            if len(stage.blocks) == 1 and stage.blocks[0].is_full and stage.blocks[0].shape[0] == stage.compartments:
                np.matmul(matrices[0], rates[stage.blocks[0].sources], out=sums)  # type: ignore[arg-type]
                return
            sums[:] = 0
            for place, (block, matrix) in enumerate(zip(stage.blocks, matrices, strict=True)):
                brought = events.sums(number, place, rates) if events else None
                sums[block.targets] += block.dendritic_sums(matrix, rates) if brought is None else brought

    def backward(
        self,
        parameters: Parameters,
        state: State,
        rate_gradients: Floats,
        drive_gradients: Floats | None = None,
        surrogate: Surrogate | None = None,
        later: Later | None = None,
    ) -> Derivatives:
        """The chain rule from the outputs back: local slope times gradient passed back, stage by stage.

        Parameters
        ----------
        parameters : Parameters
        state : State
            From `forward`.
        rate_gradients : float array, shape (outputs, samples)
            The gradient of the loss by each output's rate.
        drive_gradients : float array, shape (outputs, samples), optional
            A further gradient by each output's drive, for losses that are better taken there.
        surrogate : Surrogate, optional
            What stands in for the slope of binary neurons, which is 0 otherwise.
        later : Later, optional
            What the ticks after this one pass back.

        Returns
        -------
        Derivatives
        """
        passed_back = np.zeros_like(state.rates)
        passed_back[self.outputs] = rate_gradients
        potentials: Floats | None = None
        if later is not None:
            passed_back[: len(self.neurons)] += later.rates
            potentials = np.zeros_like(later.potentials)
        at_drives = None
        if drive_gradients is not None:
            at_drives = np.zeros_like(state.rates)
            at_drives[self.outputs] = drive_gradients
        weights = np.zeros_like(parameters.weights)
        thresholds = np.zeros_like(parameters.thresholds)
        for number, stage in self._stages_from_last():
            slope = stage.mode.derivative if stage.dendrites is None or surrogate is None else surrogate.slope
            deltas: Floats = passed_back[stage.rows] * slope(state.drives[stage.rows])
            if at_drives is not None:
                deltas += at_drives[stage.rows]
            at_thresholds = deltas
            if state.after is not None and number in state.after.awake:
                kept: Floats = np.zeros_like(deltas) if later is None else later.potentials[stage.rows]
                deltas, at_thresholds, kept = back_through(stage.mode, number, deltas, kept, state.after)
                if potentials is not None:
                    potentials[stage.rows] = kept
            thresholds[stage.rows] = -at_thresholds.sum(axis=1)
            if stage.branches is not None:
                deltas = np.where(state.winners[number], deltas[stage.branches.owner], 0)
            for block, matrix in zip(stage.blocks, parameters.matrices[number], strict=True):
                mine = deltas[block.targets]
                block.write_weight_gradients(mine, state.rates[block.sources], weights)
                passed_back[block.sources] += matrix.T @ mine
        return Derivatives(weights, thresholds, passed_back, potentials)

    def _stages_from_last(self) -> Iterator[tuple[int, Stage]]:
        for number in range(len(self.stages) - 1, -1, -1):
            yield number, self.stages[number]


def largest_product(program: Program, samples: int) -> float:
    """How many multiplications the largest dense block takes for so many samples."""
    sizes = (b.shape[0] * b.shape[1] for stage in program.stages for b in stage.blocks if b.columns is None)
    return float(max(sizes, default=0)) * samples


def samples_at_once(program: Program, dtype: npt.DTypeLike, ticks: int = 1, budget: int = 2**28) -> int:
    """How many samples to run together, so that the drives and rates of all ticks stay within `budget` bytes."""
    return max(1, budget // ((len(program.neurons) + program.n_rows) * ticks * np.dtype(dtype).itemsize))
