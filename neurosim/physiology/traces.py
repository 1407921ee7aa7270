"""Traces of many neurons in little memory: binary rates as bits, everything else as numbers."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from neurosim.anatomy.structure import Flags, Floats, Indices

READ_BYTES = 2**24  # how much is unpacked at once where only a sum is wanted


@dataclasses.dataclass(frozen=True, eq=False)
class Traces:
    """One row a recorded tick; a full buffer begins again at its top, so the oldest row may be any.

    Attributes
    ----------
    bits : uint8 array, shape (rows, bytes, trials)
        The binary columns, eight to a byte, the first in the highest bit.
    numbers : float array, shape (rows, columns that are not binary, trials)
    binary : bool array, one per column
        Whether it lies in `bits`.
    place : int array, one per column
        Its place among those of its kind.
    oldest : int
        The row that was written first of those that are kept.
    n_rows : int
        How many rows are kept.
    """

    bits: npt.NDArray[np.uint8]
    numbers: Floats
    binary: Flags
    place: Indices
    oldest: int = 0
    n_rows: int = 0

    @classmethod
    def empty(cls, binary: Flags, dtype: npt.DTypeLike, n_rows: int, trials: int) -> Traces:
        """Room for so many rows."""
        n_binary = int(np.count_nonzero(binary))
        place = np.where(binary, np.cumsum(binary), np.cumsum(~binary)) - 1
        bits = np.empty((n_rows, -(-n_binary // 8), trials), dtype=np.uint8)
        numbers: Floats = np.empty((n_rows, len(binary) - n_binary, trials), dtype=dtype)
        return cls(bits, numbers, binary, place)

    def kept(self, oldest: int, n_rows: int) -> Traces:
        """Those rows that were written; what is left of the room is let go where it lies at the end."""
        end = n_rows if oldest == 0 else len(self.bits)
        return dataclasses.replace(self, bits=self.bits[:end], numbers=self.numbers[:end], oldest=oldest, n_rows=n_rows)

    @property
    def n_bytes(self) -> int:
        """What the kept rows take."""
        return self.n_rows * int(self.bits[:1].nbytes + self.numbers[:1].nbytes)

    def read(self, columns: Indices, rows: slice = slice(None)) -> Floats:
        """Unpack some columns, in the order of ticks.

        Parameters
        ----------
        columns : int array
        rows : slice
            Of those that are kept, from the oldest on.

        Returns
        -------
        float array, shape (trials, rows, columns)
            New; writing into it changes nothing here.
        """
        at = (self.oldest + np.arange(self.n_rows)[rows]) % max(1, len(self.bits))
        binary, place = self.binary[columns], self.place[columns]
        values: Floats = np.empty((self.bits.shape[2], len(at), len(columns)), dtype=self.numbers.dtype)
        bit, number = place[binary], place[~binary]
        shift = (7 - bit % 8).astype(np.uint8)[:, None]
        values[:, :, binary] = (self.bits[np.ix_(at, bit // 8)] >> shift & 1).transpose(2, 0, 1)
        values[:, :, ~binary] = self.numbers[np.ix_(at, number)].transpose(2, 0, 1)
        return values

    def mean(self, columns: Indices, *, absolute: bool = False) -> npt.NDArray[np.float64]:
        """The mean over some columns, or that of their sizes without sign, (trials, rows), in float64, part by part."""
        trials = self.bits.shape[2]
        means = np.empty((trials, self.n_rows))
        for part in self.parts(columns):
            with np.errstate(over="ignore", invalid="ignore"):  # a network that grows without bounds shows in its rates
                values = self.read(columns, part)
                means[:, part] = (np.abs(values) if absolute else values).mean(axis=2, dtype=np.float64)
        return means

    def parts(self, columns: Indices) -> Iterator[slice]:
        """Rows in stretches of which some columns can be unpacked at once."""
        row_bytes = self.bits.shape[2] * len(columns) * self.numbers.itemsize
        step = max(1, READ_BYTES // max(1, row_bytes))
        return (slice(start, min(self.n_rows, start + step)) for start in range(0, self.n_rows, step))


class TraceWriter:
    """Writes rows of traces out of the engine's arrays: one gather a row, and eight bits to a byte.

    Parameters
    ----------
    binary : bool array, one per column
        Which columns hold nothing but 0 and 1.
    sources : int array, one per column
        The row of the engine's array where each is found.
    dtype : dtype
    n_rows, trials : int
    """

    def __init__(self, binary: Flags, sources: Indices, dtype: npt.DTypeLike, n_rows: int, trials: int) -> None:
        self.traces = Traces.empty(binary, dtype, n_rows, trials)
        self._bits_from, self._numbers_from = sources[binary], sources[~binary]

    def write(self, row: int, values: Floats) -> None:
        """Fill a row from an array of shape (engine rows, trials)."""
        if self._bits_from.size:
            self.traces.bits[row] = np.packbits(values[self._bits_from] != 0, axis=0)
        if self._numbers_from.size:
            # Without mode="clip" numpy would gather into a buffer first.
            np.take(values, self._numbers_from, axis=0, out=self.traces.numbers[row], mode="clip")
