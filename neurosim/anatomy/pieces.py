"""Long columns, one entry per synapse: worked on piece by piece, so that little is held beside the network itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from neurosim.anatomy.structure import Flags, Indices

PIECE = 2**16  # synapses at once: what they need on the way fits the cache


def pieces(length: int, width: int = 1) -> Iterator[slice]:
    """Stretches that cover 0 to `length`; so many rows of this width that they hold a piece, and at least one."""
    step = max(1, PIECE // max(1, width))
    return (slice(start, min(start + step, length)) for start in range(0, length, step))


def compact(column: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The same column, without memory of its own where it holds one number throughout."""
    same = len(column) > 0 and column.min() == column.max()
    return np.broadcast_to(column[0], column.shape) if same else column


def joined(columns: Sequence[npt.NDArray[Any]]) -> npt.NDArray[Any]:
    """Columns one after the other; without memory of its own where none has any and all hold the same number."""
    columns = [column for column in columns if len(column)] or columns[:1]
    if len(columns) == 1:
        return columns[0]
    firsts = np.concatenate([column[:1] for column in columns])
    if len(np.unique(firsts)) == 1 and all(column.strides == (0,) for column in columns):
        return np.broadcast_to(firsts[0], (sum(map(len, columns)),))
    return np.concatenate(columns)


def gathered(parts: Iterable[tuple[Indices, ...]], dtype: npt.DTypeLike) -> list[Indices]:
    """Columns whose parts come one after the other: joined as they come, so that they are never held twice."""
    columns: list[Indices] = []
    length = 0
    for part in parts:
        until = length + len(part[0])
        columns = columns or [np.empty(PIECE, dtype) for _ in part]
        for column, values in zip(columns, part, strict=True):
            if until > len(column):
                column.resize(until + until // 8, refcheck=False)  # some more, so that it is seldom done
            column[length:until] = values
        length = until
    for column in columns:
        column.resize(length, refcheck=False)
    return columns


def tally(numbers: Indices, length: int) -> Indices:
    """How often each number from 0 to `length` - 1 occurs: as `numpy.bincount`, which makes a wider copy first."""
    counts = np.zeros(length, dtype=np.int64)
    np.add.at(counts, numbers, 1)
    return counts


def stable_order(numbers: Indices) -> Indices:
    """Where the entries of a column of whole numbers from 0 up stand in ascending order, equal ones as they came.

    Number and place of each entry go into one integer, so that a plain sort will do: many times as fast as
    `numpy.argsort`.
    """
    order = numbers.astype(np.int64)
    order <<= 32
    for piece in pieces(len(order)):
        order[piece] |= np.arange(piece.start, piece.stop)
    order.sort()
    return _low_halves(order)


def targets_of(pre: Indices, post: Indices, n_neurons: int) -> tuple[Indices, Indices]:
    """The different targets of neuron 0, then those of neuron 1, ..., each in ascending order; and where each begin."""
    ends = pre.astype(np.int64)
    ends <<= 32
    ends |= post
    ends.sort()
    if not (ends[1:] != ends[:-1]).all():
        ends = ends[np.append(True, ends[1:] != ends[:-1])]
    start = np.searchsorted(ends, np.arange(n_neurons + 1) << 32)
    return _low_halves(ends), start


def _low_halves(numbers: npt.NDArray[np.int64]) -> Indices:
    """The lower 32 bits of each number; what is given is used up, so that no other memory is needed."""
    count, halves = len(numbers), numbers.view(np.int32)
    for piece in pieces(count):
        halves[piece] = numbers[piece] & (2**32 - 1)  # written where everything has been read
    del halves
    numbers.resize((count + 1) // 2, refcheck=False)
    return numbers.view(np.int32)[:count]


def starts(numbers: Indices, length: int) -> Indices:
    """Where those of each number from 0 to `length` - 1 begin, and where the last end, once they are in order."""
    return np.concatenate([[0], np.cumsum(tally(numbers, length))])


def first_of_each(groups: Indices, chosen: Flags | None = None) -> Indices:
    """For each group, numbered from 0, its first entry, or first chosen one; the length of the column if there is none.

    Entries below 0 belong to no group.
    """
    first = np.full(int(groups.max(initial=-1)) + 1, len(groups), dtype=np.int64)
    for piece in pieces(len(groups)) if len(first) else ():
        members = groups[piece] >= 0 if chosen is None else (groups[piece] >= 0) & chosen[piece]
        np.minimum.at(first, groups[piece][members], piece.start + np.flatnonzero(members))
    return first
