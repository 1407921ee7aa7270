"""From a structure to a Program: order, stages, blocks."""

from __future__ import annotations

import dataclasses
import weakref
from itertools import pairwise

import numpy as np

from neurosim.anatomy.depth import depths
from neurosim.anatomy.structure import Indices, Structure, distinct
from neurosim.engine.outputs import same_but_for_outputs
from neurosim.engine.program import Block, Branches, Echo, Program, Stage
from neurosim.engine.rows import Rows, changes, compartments_of, sorted_by
from neurosim.engine.ties import Dendrites

DENSE_FROM = 1 / 32  # the share of all possible synapses from which a dense product is the faster one
SMALL = 1024  # a matrix of so few numbers is dense whatever its share
LARGE = 2**26  # and one of so many is sparse

_programs: weakref.WeakKeyDictionary[Structure, dict[bool, Program]] = weakref.WeakKeyDictionary()


def program_of(structure: Structure, *, in_time: bool = False) -> Program:
    """The program of a structure, compiled on first use and kept for as long as the structure is in use."""
    programs = _programs.setdefault(structure, {})
    in_time = in_time and bool((structure.delay * structure.present).any())
    if in_time not in programs:
        found = _like_another(structure, in_time=in_time)
        programs[in_time] = compile_structure(structure, in_time=in_time) if found is None else found
    return programs[in_time]


def _like_another(structure: Structure, *, in_time: bool) -> Program | None:
    """The program of the same structure with other outputs, if that is in use; with these."""
    other = same_but_for_outputs(structure)
    if other is None:
        return None
    program = program_of(other, in_time=in_time)
    return dataclasses.replace(program, outputs=program.row_of[structure.outputs])


def compile_structure(structure: Structure, *, in_time: bool = False) -> Program:
    """Work out order, stages and blocks.

    Parameters
    ----------
    structure : Structure
        Loops are welcome as long as each has a delay.
    in_time : bool
        Whether the program is for one tick of many. Synapses with a delay then read echoes; in a single
        tick from silence they bring nothing, and are left out.

    Returns
    -------
    Program
    """
    depth = depths(structure)
    rows = Rows.of(structure, depth)
    echoes = _echoes(structure, rows, in_time)
    wires = _Wires.of(structure, rows, echoes)
    steady_until = _steady_until(structure, depth, in_time)
    blocks = _blocks_by_stage(structure, rows, wires, steady_until)
    return Program(
        neurons=rows.neurons,
        synapses=wires.synapses,
        inputs=rows.row_of[structure.inputs],
        outputs=rows.row_of[structure.outputs],
        stages=tuple(_stages(structure, rows, wires, blocks)),
        echoes=echoes,
        silent=rows.row_of[np.flatnonzero(structure.silenced)],
    )


# --- Rows and wires ------------------------------------------------------------------------------


def _echoes(structure: Structure, rows: Rows, in_time: bool) -> tuple[Echo, ...]:
    """For each delay in use, the neurons that some synapse reads so much later."""
    if not in_time:
        return ()
    echoes, start = [], structure.n_neurons
    late = structure.delay * structure.present
    for delay in np.unique(late[late > 0]).tolist():
        sources = distinct(rows.row_of[structure.pre[late == delay]])
        echoes.append(Echo(delay, sources, slice(start, start + len(sources))))
        start += len(sources)
    return tuple(echoes)


def _steady_until(structure: Structure, depth: Indices, in_time: bool) -> int:
    """Down to which depth graded rates must not depend on how many samples run together.

    A binary neuron decides exactly, given the rates it sees. For its decision to be the same for one
    sample and for a batch, the graded neurons before it must be too, so their sums keep one order: a
    sparse product adds synapse by synapse, where a dense one picks its order by the size of the batch.
    In time any neuron may be before any other.
    """
    binary = structure.has_mode("binary")
    if not binary.any():
        return -1
    return int(depth.max()) + 1 if in_time else int(depth[binary].max())


@dataclasses.dataclass(frozen=True, eq=False)
class _Wires:
    """The program's synapses in its order: by stage, projection, delay, compartment and source."""

    synapses: Indices
    sources: Indices  # rows
    targets: Indices  # rows
    compartments: Indices  # counted within the stage
    block_starts: Indices  # one more than there are blocks
    owners: dict[int, Indices]  # by maxout stage: the neuron (within the stage) of each compartment

    @staticmethod
    def of(structure: Structure, rows: Rows, echoes: tuple[Echo, ...]) -> _Wires:
        synapses = np.flatnonzero(structure.present if echoes else structure.acting)
        sources, targets = rows.row_of[structure.pre[synapses]], rows.row_of[structure.post[synapses]]
        delay = structure.delay[synapses]
        for echo in echoes:
            late = np.flatnonzero(delay == echo.delay)
            row_of_echo = np.zeros(structure.n_neurons, dtype=np.int64)
            row_of_echo[echo.sources] = np.arange(echo.rows.start, echo.rows.stop)
            sources[late] = row_of_echo[sources[late]]
        compartments, owners = compartments_of(structure, rows, synapses, targets)
        region = structure.region_of[structure.pre[synapses]]
        group = rows.group_of[targets]
        order = sorted_by(group, region, delay, compartments, sources)
        new_block = changes(group[order], region[order], delay[order])
        return _Wires(
            synapses=synapses[order],
            sources=sources[order],
            targets=targets[order],
            compartments=compartments[order],
            block_starts=np.append(np.flatnonzero(new_block), len(order)),
            owners=owners,
        )


# --- Blocks and stages ---------------------------------------------------------------------------


def _blocks_by_stage(structure: Structure, rows: Rows, wires: _Wires, steady_until: int) -> dict[int, list[Block]]:
    # What a binary soma with a past decides hangs on the sums of earlier ticks, which nothing settles exactly.
    modes = [structure.modes[i] for i in structure.mode_of[rows.neurons[rows.stage_starts[:-1]]].tolist()]
    binary = [mode.name == "binary" for mode in modes]
    unsettled = [mode.name == "binary" and (mode.remembers or mode.random) for mode in modes]
    blocks: dict[int, list[Block]] = {}
    starts = wires.block_starts.tolist()
    stages = rows.stage_of[wires.targets[wires.block_starts[:-1]]].tolist()
    for start, end, stage in zip(starts[:-1], starts[1:], stages, strict=True):
        steady = unsettled[stage] or (rows.depth[stage] < steady_until and not binary[stage])
        blocks.setdefault(stage, []).append(_block(wires, start, end, steady))
    return blocks


def _block(wires: _Wires, start: int, end: int, steady: bool) -> Block:
    synapses = slice(start, end)
    first, last = int(wires.compartments[start]), int(wires.compartments[end - 1])
    targets = slice(first, last + 1)
    if end - start == 1:  # what a chain is made of
        source = int(wires.sources[start])
        return Block(synapses, targets, slice(source, source + 1), (1, 1))
    sources, column = _sources(wires.sources[synapses])
    row = wires.compartments[synapses] - first
    width = sources.stop - sources.start if isinstance(sources, slice) else len(sources)
    shape = (last + 1 - first, width)
    at = row * width + column
    size, count = shape[0] * shape[1], end - start
    parallel = bool((at[1:] == at[:-1]).any())
    if not steady and not parallel and size <= LARGE and (size <= SMALL or count >= DENSE_FROM * size):
        return Block(synapses, targets, sources, shape, at=None if count == size else at)
    row_starts = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=shape[0]))])
    return Block(
        synapses,
        targets,
        sources,
        shape,
        columns=column.astype(np.int32),
        row_starts=row_starts.astype(np.int32 if count < 2**31 else np.int64),
    )


def _sources(rows: Indices) -> tuple[slice | Indices, Indices]:
    """The rows that a block reads, as a stretch where they lie close together, and each source's place in it."""
    first, last = int(rows.min()), int(rows.max())
    used = first + distinct(rows - first)
    if 2 * len(used) > last - first:
        return slice(first, last + 1), rows - first
    return used, np.searchsorted(used, rows)


def _stages(structure: Structure, rows: Rows, wires: _Wires, blocks: dict[int, list[Block]]) -> list[Stage]:
    stages = []
    bounds = rows.stage_starts.tolist()
    mode_of = structure.mode_of[rows.neurons[rows.stage_starts[:-1]]].tolist()
    for number, (start, end) in enumerate(pairwise(bounds)):
        mode = structure.modes[mode_of[number]]
        if mode.name == "sensory":
            continue
        owner = wires.owners.get(number)
        mine = tuple(blocks.get(number, ()))
        stages.append(
            Stage(
                rows=slice(start, end),
                mode=mode,
                blocks=mine,
                compartments=end - start if owner is None else len(owner),
                branches=None if owner is None else Branches(np.flatnonzero(changes(owner)), owner),
                dendrites=_dendrites(wires, mine, start, end) if mode.name == "binary" else None,
            )
        )
    return stages


def _dendrites(wires: _Wires, blocks: tuple[Block, ...], start: int, end: int) -> Dendrites:
    first, last = (blocks[0].synapses.start, blocks[-1].synapses.stop) if blocks else (0, 0)
    target = wires.targets[first:last] - start
    order = np.argsort(target, kind="stable")
    starts = np.concatenate([[0], np.cumsum(np.bincount(target, minlength=end - start))])
    return Dendrites(starts, first + order, wires.sources[first + order])
