"""Which task runs when: the design of an experiment, read from blocks or tick by tick."""

from __future__ import annotations

import dataclasses
import itertools
import reprlib
from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np

from neurosim.anatomy.structure import Floats
from neurosim.errors import DataError, counted, shorten, unknown

Design: TypeAlias = "Sequence[str | None] | Sequence[tuple[int, int, str]]"
"""A task's name or None for each tick; or (first tick, end, task) for each block; those of two tasks may overlap."""

HOW = (
    "Write blocks, as in [(10, 20, 'faces'), (30, 40, 'houses')], each (first tick, the one after the last, task); or "
    "for every tick the name of its task, or None for rest."
)


@dataclasses.dataclass(frozen=True)
class Block:
    """A stretch of ticks with one task: from `start` up to, and without, `stop`."""

    start: int
    stop: int
    task: str


@dataclasses.dataclass(frozen=True)
class TaskBlocks:
    """Which task runs when; make one with `read_design`.

    Attributes
    ----------
    blocks : tuple of Block
        In the order of time.
    ticks : range
        The ticks that were recorded.
    """

    blocks: tuple[Block, ...]
    ticks: range

    @property
    def tasks(self) -> tuple[str, ...]:
        """The tasks, in the order in which they first run."""
        return tuple(dict.fromkeys(block.task for block in self.blocks))

    def find(self, task: object) -> int:
        """The place of a task, or an error that suggests the nearest."""
        if task in self.tasks:
            return self.tasks.index(task)
        raise unknown("task in this design called", task, self.tasks, f"So {task!r} never ran.")

    def boxcars(self) -> Floats:
        """1 where a task runs and 0 where it does not, shape (tasks, ticks)."""
        values = np.zeros((len(self.tasks), len(self.ticks)))
        for block in self.blocks:
            first = self.ticks.start
            values[self.tasks.index(block.task), block.start - first : block.stop - first] = 1.0
        return values


def read_design(design: Any, ticks: range) -> TaskBlocks:
    """Read a design, and check it against the ticks that were recorded.

    Parameters
    ----------
    design : sequence
        Of blocks (first tick, end, task), which may overlap if their tasks differ; or of task names, one for each
        tick, None for rest.
    ticks : range

    Raises
    ------
    DataError
        If it is neither, if a block lies outside these ticks, or if no task ever runs.

    Examples
    --------
    >>> from neurosim.physiology.task_blocks import read_design
    >>> read_design([(1, 3, "faces"), (4, 5, "houses")], range(6)).boxcars()
    array([[0., 1., 1., 0., 0., 0.],
           [0., 0., 0., 0., 1., 0.]])
    >>> read_design([None, "faces", "faces"], range(3)).blocks
    (Block(start=1, stop=3, task='faces'),)
    """
    if isinstance(design, TaskBlocks):
        design = [(block.start, block.stop, block.task) for block in design.blocks]
    if isinstance(design, np.ndarray):
        design = design.tolist()
    if isinstance(design, str) or not isinstance(design, Sequence):
        raise DataError(f"A design says which task runs when; got {reprlib.repr(design)}. {HOW}")
    by_tick = all(entry is None or isinstance(entry, str) for entry in design)
    found = _by_tick(design, ticks) if by_tick and design else [_read_block(entry, ticks) for entry in design]
    if not found:
        raise DataError(f"No task ever runs in this design. {HOW}")
    blocks = tuple(sorted(found, key=lambda block: (block.start, block.stop, block.task)))
    _check_overlaps(blocks)
    return TaskBlocks(blocks, ticks)


def _by_tick(design: Sequence[str | None], ticks: range) -> list[Block]:
    if len(design) != len(ticks):
        raise DataError(
            f"The design names tasks for {counted(len(design), 'tick')}, and {counted(len(ticks), 'tick')} were "
            f"recorded. Give one entry for each. {HOW}"
        )
    blocks, start = [], ticks.start
    for task, run in itertools.groupby(design):
        stop = start + len(list(run))
        blocks += [Block(start, stop, task)] if task is not None else []
        start = stop
    return blocks


def _read_block(entry: Any, ticks: range) -> Block:
    try:
        start, stop, task = entry
        block = Block(int(start), int(stop), task)
    except (TypeError, ValueError, OverflowError):
        block = None
    if block is None or not isinstance(task, str) or (block.start, block.stop) != (start, stop):
        raise DataError(f"{reprlib.repr(entry)} is no block. {HOW}")
    if not ticks.start <= block.start < block.stop <= ticks.stop:
        raise DataError(
            f"The block {entry!r} does not lie within the recorded ticks, {ticks.start} up to {ticks.stop}, or has no "
            "tick: a block begins at its first number and ends before its second."
        )
    return block


def _check_overlaps(blocks: Sequence[Block]) -> None:
    for task in {block.task for block in blocks}:
        of_task = [block for block in blocks if block.task == task]
        for one, other in itertools.pairwise(of_task):
            if other.start < one.stop:
                raise DataError(
                    f"Task {task!r} has two blocks that overlap: {_written(one)} and {_written(other)}. Make them one."
                )


def _written(block: Block) -> str:
    return f"({block.start}, {block.stop})"


def check_told_apart(blocks: TaskBlocks) -> None:
    """Raise a DataError that says which tasks nothing could tell apart, if there are such.

    Examples
    --------
    >>> from neurosim.physiology.task_blocks import check_told_apart, read_design
    >>> check_told_apart(read_design(["faces", "faces", "houses"], range(3)))
    Traceback (most recent call last):
    neurosim.errors.DataError: In every tick a task runs, so there is no rest to compare with, and the share of each \
task cannot be told. Put rest between blocks; or leave the blocks of one task, such as 'houses', out of the design: it \
is then the rest that the others are compared with.
    """
    boxcars = blocks.boxcars()
    for i, j in itertools.combinations(range(len(boxcars)), 2):
        if (boxcars[i] == boxcars[j]).all():
            raise DataError(
                f"The tasks {blocks.tasks[i]!r} and {blocks.tasks[j]!r} always ran together, so nothing tells one from "
                "the other. Let each of them run alone for a while."
            )
    if (boxcars.sum(axis=0) == 1).all():
        raise DataError(
            "In every tick a task runs, so there is no rest to compare with, and the share of each task cannot be "
            f"told. Put rest between blocks; or leave the blocks of one task, such as {blocks.tasks[-1]!r}, out of the "
            "design: it is then the rest that the others are compared with."
        )
    if np.linalg.matrix_rank(np.vstack([boxcars, np.ones(boxcars.shape[1])])) <= len(boxcars):
        raise DataError(
            f"The tasks {shorten(blocks.tasks)} run together in such a way that one follows from the others, so their "
            "shares cannot be told apart. Let each of them run alone for a while."
        )
