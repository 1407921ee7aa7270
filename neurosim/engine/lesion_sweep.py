"""Many lesions of one network: what its outputs do without some of its neurons, in a tick from silence.

The intact network is computed once, and of each lesion only what comes after what is lost. The reference
takes one lesion after the other, with the stages of a `Program`; kernels take many at once, and pass on
changes alone (`neurosim.engine.lesion_kernels`).
"""

from __future__ import annotations

import bisect
import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence

import numpy as np

from neurosim.anatomy.network import Network
from neurosim.anatomy.soma import MODES
from neurosim.anatomy.structure import Floats, Indices, Structure
from neurosim.engine.backends import choose
from neurosim.engine.compiler import program_of
from neurosim.engine.lesion_layout import Loss, hears_of_rounding, lesion_layout
from neurosim.engine.program import Parameters, State, largest_product, samples_at_once
from neurosim.engine.threads import one_thread
from neurosim.engine.ties import settle_ties

MOST_LOSSES = 2**22  # numbers, one for each lesion and sample of a chunk


@dataclasses.dataclass(frozen=True, eq=False)
class Answers:
    """What the outputs do for some samples, each with a lesion of its own.

    Attributes
    ----------
    lesions, samples : int arrays, shape (answers,)
        Which lesion, and which sample of the chunk.
    rates, drives : float arrays, shape (answers, outputs)
    """

    lesions: Indices
    samples: Indices
    rates: Floats
    drives: Floats


class LesionSweep(ABC):
    """A network with all lesions, ready to run; samples are taken in chunks.

    Attributes
    ----------
    chunks : list of slice
        The samples of each.
    threads : int
        How many may run at once, each a chunk.
    """

    chunks: list[slice]
    threads: int = 1

    @abstractmethod
    def run(self, chunk: slice, thread: int = 0) -> tuple[Floats, Floats, Iterator[Answers]]:
        """The outputs' rates and drives in the intact network, shape (samples, outputs); and the answers with lesions.

        What is not among the answers is as in the intact network. Arrays are those of the thread, and are written
        again when it goes on.
        """


def lesion_sweep(
    net: Network, lesions: Sequence[Indices], stimulus: Floats, outputs: Indices, backend: str = "auto"
) -> LesionSweep:
    """Make ready to run some samples with some lesions.

    Parameters
    ----------
    net : Network
        Its weights and thresholds checked.
    lesions : sequence of int arrays
        Numbers of the neurons that each takes out; none of them an output.
    stimulus : float array, shape (samples, inputs)
        Checked, and of the network's dtype.
    outputs : int array
        Numbers of the neurons that are read.
    backend : "auto", "numpy" or "numba"

    Returns
    -------
    LesionSweep
    """
    structure = net.structure
    losses = [lesion_layout(structure).loss(neurons) for neurons in lesions]
    work = len(stimulus) * (1 + len(lesions) // 2)
    if choose(backend, structure, work, obstacle=lambda: obstacle_to_changes(structure)) == "numba":
        from neurosim.engine.compiled_lesions import CompiledSweep

        return CompiledSweep(net, losses, stimulus, outputs)
    return ReferenceSweep(net, losses, stimulus, outputs)


def obstacle_to_changes(structure: Structure) -> str:
    """Why lesions of this network cannot be told from changes alone; empty if they can."""
    for mode in structure.modes:
        if type(mode) is not type(MODES.get(mode.name)):
            return f"kernels do not know the mode {mode!r}"
    if hears_of_rounding(structure):
        return "binary neurons hear of graded ones, and what they decide must not hang on the order of sums"
    return ""


class ReferenceSweep(LesionSweep):
    """One lesion after the other: every stage that may hear of it is computed again, as a `Program` does it.

    Parameters
    ----------
    net : Network
    losses : list of Loss
        What each lesion takes out.
    stimulus : float array, shape (samples, inputs)
    outputs : int array
        Numbers of neurons.
    """

    def __init__(self, net: Network, losses: Sequence[Loss], stimulus: Floats, outputs: Indices) -> None:
        self._layout = lesion_layout(net.structure)
        self._program = program_of(net.structure)
        self._parameters: Parameters = self._program.parameters(net.weights, net.thresholds)
        self._losses, self._stimulus = losses, stimulus
        self._outputs = self._program.row_of[outputs]
        self._ends = [stage.rows.stop for stage in self._program.stages]
        most = samples_at_once(self._program, net.dtype, budget=2**26)
        step = max(1, min(most, len(stimulus), MOST_LOSSES // max(1, len(losses))))
        self.chunks = [slice(i, min(i + step, len(stimulus))) for i in range(0, len(stimulus), step)]

    def run(self, chunk: slice, thread: int = 0) -> tuple[Floats, Floats, Iterator[Answers]]:
        stimulus = np.ascontiguousarray(self._stimulus[chunk].T)
        with one_thread(largest_product(self._program, stimulus.shape[1])):
            intact = self._program.forward(self._parameters, stimulus)
        return *self._read(intact.rates, intact.drives), self._one_by_one(intact)

    def _read(self, rates: Floats, drives: Floats) -> tuple[Floats, Floats]:
        return rates[self._outputs].T, drives[self._outputs].T

    def _one_by_one(self, intact: State) -> Iterator[Answers]:
        rates, drives = intact.rates.copy(), intact.drives.copy()
        samples = np.arange(rates.shape[1])
        with one_thread(largest_product(self._program, len(samples))):
            for number, loss in enumerate(self._losses):
                again = self._lose(loss, rates, drives)
                yield Answers(np.full(len(samples), number), samples, *self._read(rates, drives))
                rates[loss.rows] = intact.rates[loss.rows]
                for stage in again:
                    rows = self._program.stages[stage].rows
                    rates[rows], drives[rows] = intact.rates[rows], intact.drives[rows]

    def _lose(self, loss: Loss, rates: Floats, drives: Floats) -> list[int]:
        """Change rates and drives, in place, to those with a lesion; the stages that were computed again."""
        again: list[int] = []
        heard = np.zeros(len(rates), dtype=bool)
        heard[loss.rows] = True
        heard_with = self._layout.owner[loss.branches]
        rates[loss.rows] = 0
        # A branch may end with a synapse that has a delay, and so may lie before what is lost.
        first = min(int(loss.rows[0]), *heard_with.tolist(), len(rates))
        for number in range(bisect.bisect_right(self._ends, first), len(self._ends)):
            stage = self._program.stages[number]
            told = [block for block in stage.blocks if heard[block.sources].any()]
            inside = (heard_with >= stage.rows.start) & (heard_with < stage.rows.stop)
            if not told and not inside.any():
                continue
            again.append(number)
            heard[stage.rows] = True
            self._fire(number, loss.branches[inside], rates, drives)
            lost = loss.rows[(loss.rows >= stage.rows.start) & (loss.rows < stage.rows.stop)]
            rates[lost] = 0
        rates[self._program.silent] = 0
        return again

    def _fire(self, number: int, gone: Indices, rates: Floats, drives: Floats) -> None:
        """Compute one stage, without some of its branches."""
        stage, thresholds = self._program.stages[number], self._parameters.thresholds
        sums = np.zeros((stage.compartments, rates.shape[1]), dtype=rates.dtype)
        # What a binary neuron decides does not hang on a sum that overflowed: such a sum is done again exactly.
        with np.errstate(over=None if stage.dendrites is None else "ignore", invalid="ignore"):
            for block, matrix in zip(stage.blocks, self._parameters.matrices[number], strict=True):
                sums[block.targets] += block.dendritic_sums(matrix, rates)
        if stage.branches is not None:
            sums[gone - self._layout.compartment[stage.rows.start]] = -np.inf
            sums = stage.branches.strongest(sums)[0]
        mine = thresholds[stage.rows]
        sums -= mine[:, None]
        if stage.dendrites is not None:
            settle_ties(sums, stage.dendrites, self._parameters.reach(number), mine, rates)
        drives[stage.rows] = sums
        rates[stage.rows] = stage.mode.rate(sums)
