"""Lesions by kernels: a network laid out for them, a few samples at a time, on several threads."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

import numpy as np

from neurosim.anatomy.network import Network
from neurosim.anatomy.structure import Floats, Indices
from neurosim.engine.lesion_kernels import (
    AT_ONCE,
    GROUP,
    NOBODY,
    Changes,
    Dendrites,
    Found,
    Hand,
    Intact,
    Lists,
    Losses,
    Pairs,
    Room,
    Wiring,
    sweep_samples,
)
from neurosim.engine.lesion_layout import LesionLayout, Loss, lesion_layout, never_rounded, starts
from neurosim.engine.lesion_sweep import Answers, LesionSweep, ReferenceSweep
from neurosim.engine.plan import CONSTANTS, MODE_CODES
from neurosim.engine.vectors import Lanes
from neurosim.engine.workers import thread_count

VECTOR = 256  # bytes of the numbers that are computed at once: half of the registers that there are
PIECE = 2**15  # rates that are handed on together
WIDE_VECTOR = 512  # where registers are twice as wide, and twice as many


@cache
def vector_bytes() -> int:
    """How much is computed at once on this machine; no result hangs on it."""
    from llvmlite.binding import get_host_cpu_features

    return WIDE_VECTOR if get_host_cpu_features().get("avx512f") else VECTOR


class CompiledSweep(LesionSweep):
    """Many lesions at once, of which only changes are computed.

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
        layout = lesion_layout(net.structure)
        self._net, self._losses, self._stimulus, self._outputs = net, losses, np.ascontiguousarray(stimulus), outputs
        # Lesions that begin close together change the same neurons.
        self._order = np.argsort([loss.rows[0] for loss in losses], kind="stable") if losses else np.arange(0)
        self._lost = _laid_out([losses[i] for i in self._order], layout)
        self._wiring = _wiring(net, layout, outputs)
        self._unrounded = never_rounded(net.structure, net.weights, net.thresholds, stimulus)
        self._mute = np.flatnonzero(net.structure.silenced[outputs])
        self._width = vector_bytes() // net.dtype.itemsize
        self._lanes, self._samples = Lanes(self._width), np.arange(len(stimulus))
        self.chunks = [slice(i, min(i + self._width, len(stimulus))) for i in range(0, len(stimulus), self._width)]
        self.threads = min(thread_count(), len(self.chunks))
        self._rooms: dict[int, tuple[Room, Found]] = {}

    def run(self, chunk: slice, thread: int = 0) -> tuple[Floats, Floats, Iterator[Answers]]:
        room, found = self._room_of(thread)
        count = sweep_samples(
            self._lanes,
            self._wiring,
            self._lost,
            self._unrounded,
            self._stimulus,
            self._samples,
            chunk.start,
            chunk.stop,
            room,
            found,
        )
        if count < 0:  # a rate is not finite, which the reference tells more about
            return ReferenceSweep(self._net, self._losses, self._stimulus, self._outputs).run(chunk)
        found.intact_rates[:, self._mute] = found.rates[:, self._mute] = 0
        samples = chunk.stop - chunk.start
        return found.intact_rates[:samples], found.intact_drives[:samples], self._pieces(found, count)

    def _pieces(self, found: Found, count: int) -> Iterator[Answers]:
        """The answers, so few at a time that what is made of them stays in the cache."""
        step = max(1, PIECE // max(1, len(self._outputs)))
        for start in range(0, count, step):
            part = slice(start, min(start + step, count))
            lesions = self._order[found.lesion[part]]
            yield Answers(lesions, found.sample[part], found.rates[part], found.drives[part])

    def _room_of(self, thread: int) -> tuple[Room, Found]:
        if thread not in self._rooms:
            self._rooms[thread] = (
                _Builder(self._wiring, self._lost, self._width, self._net.dtype).room,
                self._findings(),
            )
        return self._rooms[thread]

    def _findings(self) -> Found:
        outputs, dtype = len(self._wiring.outputs), self._net.dtype
        most = len(self._losses) * self._width
        lesion, sample = (np.zeros(most, np.int64) for _ in range(2))
        rates, drives = (np.zeros((most, outputs), dtype) for _ in range(2))
        intact_rates, intact_drives = (np.zeros((self._width, outputs), dtype) for _ in range(2))
        return Found(lesion, sample, rates, drives, intact_rates, intact_drives)


@dataclasses.dataclass(frozen=True, eq=False)
class _Builder:
    """Makes the room that a thread needs."""

    wiring: Wiring
    lost: Losses
    width: int
    dtype: np.dtype[Any]

    @property
    def room(self) -> Room:
        rows, compartments = len(self.wiring.thresholds), len(self.wiring.dendrites.reach)
        return Room(self._intact(rows, compartments), self._pairs, self._lists(rows, compartments), *self._rest(rows))

    def _numbers(self, count: int) -> Floats:
        return np.zeros(count * self.width, self.dtype)

    def _intact(self, rows: int, compartments: int) -> Intact:
        drives, sizes = self._numbers(compartments), self._numbers(compartments)
        return Intact(self._numbers(rows), drives, sizes, largest=self._numbers(1), most=np.zeros(1))

    @property
    def _pairs(self) -> Pairs:
        lesions, samples, lesion, sample = (_counts(count * self.width) for count in (GROUP, GROUP, 1, 1))
        return Pairs(lesions, samples, lesion, sample, kind=_counts(1), gathered=self._numbers(1))

    def _lists(self, rows: int, compartments: int) -> Lists:
        entries, gone = (
            int(np.diff(each).max(initial=0)) * self.width for each in (self.lost.start, self.lost.branch_start)
        )
        return Lists(
            first=np.full(rows, NOBODY),
            next=_counts(entries),
            lane=_counts(entries),
            first_gone=np.full(compartments, NOBODY),
            next_gone=_counts(gone),
            lane_gone=_counts(gone),
        )

    def _rest(self, rows: int) -> tuple[Changes, Hand]:
        outputs, most = len(self.wiring.outputs), int(np.diff(self.wiring.dendrites.start).max(initial=0)) + 1
        changes = Changes(
            touched=_marks(rows),
            changed=_marks(rows),
            changed_in=_counts(len(self.wiring.group_size)),
            marked=_counts(rows + 1),
            rates=self._numbers(rows),
            rise=self._numbers(rows),
            shown=_marks(outputs),
            drives=self._numbers(outputs),
        )
        hand = Hand(
            rows=_counts(AT_ONCE),
            drive=self._numbers(AT_ONCE),
            shift=self._numbers(AT_ONCE),
            rate=self._numbers(AT_ONCE),
            source=np.zeros(most, np.uint32),
            weight=np.zeros(most, self.dtype),
            effort=_counts(1),
        )
        return changes, hand


def _counts(count: int) -> Indices:
    return np.zeros(count, np.int64)


def _marks(count: int) -> Indices:
    return np.zeros(count, np.uint8)


def _laid_out(losses: Sequence[Loss], layout: LesionLayout) -> Losses:
    nothing = [np.empty(0, dtype=np.int64)]
    branches = np.concatenate([loss.branches for loss in losses] + nothing)
    return Losses(
        start=np.concatenate([[0], np.cumsum([len(loss.rows) for loss in losses], dtype=np.int64)]),
        rows=np.concatenate([loss.rows for loss in losses] + nothing),
        branch_start=np.concatenate([[0], np.cumsum([len(loss.branches) for loss in losses], dtype=np.int64)]),
        branches=branches,
        branch_row=layout.owner[branches],
    )


def _wiring(net: Network, layout: LesionLayout, outputs: Indices) -> Wiring:
    structure, rows = net.structure, layout.rows
    n_rows, n_compartments = len(rows.neurons), int(layout.compartment[-1])
    modes = [structure.modes[i] for i in structure.mode_of[rows.neurons[rows.stage_starts[:-1]]].tolist()]
    incoming = np.lexsort((layout.sources, layout.compartments))
    outgoing = np.argsort(layout.sources, kind="stable")
    weights, read = net.weights[layout.synapses[incoming]], rows.row_of[outputs]
    fed = layout.compartments[incoming]
    output_of = np.full(n_rows, -1)
    output_of[read] = np.arange(len(read))
    shown = structure.sensory[outputs] | layout.branched[read]
    return Wiring(
        first=rows.stage_starts[:-1],
        last=rows.stage_starts[1:],
        code=np.array([MODE_CODES[mode.name] for mode in modes], dtype=np.int64),
        constant=np.array([getattr(mode, CONSTANTS.get(mode.name, ""), 0.0) for mode in modes], dtype=np.float64),
        compartment=layout.compartment,
        dendrites=Dendrites(
            start=starts(fed, n_compartments),
            source=layout.sources[incoming].astype(np.uint32),
            weight=weights,
            reach=np.bincount(fed, np.abs(weights), minlength=n_compartments).astype(np.float64),
            group=_only_group(rows.group_of[layout.sources[incoming]], fed, n_compartments),
        ),
        group_of=rows.group_of,
        group_size=np.bincount(rows.group_of),
        axon_start=starts(layout.sources, n_rows),
        axon=layout.targets[outgoing].astype(np.uint32),
        thresholds=net.thresholds[rows.neurons],
        inputs=rows.row_of[structure.inputs],
        outputs=read,
        seen_at=np.where(shown, -1, layout.compartment[read]),
        output_of=output_of,
    )


def _only_group(groups: Indices, fed: Indices, n_compartments: int) -> Indices:
    """For each compartment the group that all its synapses come from, or -1; these are sorted by compartment."""
    first = np.full(n_compartments, -1)
    first[fed[::-1]] = groups[::-1]
    first[fed[groups != first[fed]]] = -1
    return first
