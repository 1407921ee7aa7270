"""Writing down what neurons do: what is kept, how much memory that takes, and keeping it."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from neurosim.anatomy.network import Network
from neurosim.anatomy.neuron import Name
from neurosim.anatomy.structure import Flags, Floats, Indices
from neurosim.checks import check_count, check_number
from neurosim.errors import OptionError, RecordingTooLargeError, unknown

BUDGET = 2**31  # bytes that a recording may take unless said

What: TypeAlias = "str | int | Sequence[Name] | None"


@dataclasses.dataclass(frozen=True, eq=False)
class RecordingPlan:
    """What to keep of a run.

    Attributes
    ----------
    neurons : int array
        The numbers of the neurons to record, ascending.
    binary : bool array, one per recorded neuron
        Those whose rates fit into a bit.
    drives : bool
        Whether drives are kept as well as rates.
    every : int
        Only ticks whose number is a multiple of this are kept.
    last : int or None
        Only so many rows are kept, the latest.
    itemsize : int
        Bytes of a number.
    """

    neurons: Indices
    binary: Flags
    drives: bool
    every: int
    last: int | None
    itemsize: int

    @staticmethod
    def of(
        net: Network, record: What = "all", *, drives: bool = False, every: int = 1, last: int | None = None
    ) -> RecordingPlan:
        """Read the settings of `simulate`."""
        check_count("every", every, least=1)
        check_count("last", last, least=1, optional=True)
        if not isinstance(drives, bool):
            raise OptionError(f"The setting drives must be True or False (got {drives!r}).")
        neurons = _read_names(net, record)
        binary = net.structure.has_mode("binary")[neurons]
        return RecordingPlan(neurons, binary, drives, every, last, net.dtype.itemsize)

    def rows(self, first_tick: int, ticks: int) -> int:
        """How many rows a run keeps."""
        kept = -(-(first_tick + ticks) // self.every) - -(-first_tick // self.every)
        return kept if self.last is None else min(kept, self.last)

    def nbytes(self, first_tick: int, ticks: int, trials: int) -> int:
        """How many bytes the rows of a run take."""
        n, bits = len(self.neurons), int(self.binary.sum())
        row = -(-bits // 8) + self.itemsize * ((n - bits) + self.drives * n)
        return self.rows(first_tick, ticks) * trials * row

    def check_budget(self, net: Network, first_tick: int, ticks: int, trials: int, budget: float) -> None:
        """Raise a RecordingTooLargeError if the rows of a run would take more bytes than the budget."""
        check_number("budget", budget, least=0)
        needed = self.nbytes(first_tick, ticks, trials)
        if needed <= budget:
            return
        structure = net.structure
        some = structure.regions[0] if structure.regions else structure.names[int(structure.outputs[0])]
        less = dataclasses.replace(self, neurons=_read_names(net, [some]))
        less = dataclasses.replace(less, binary=structure.has_mode("binary")[less.neurons])
        raise RecordingTooLargeError(
            f"Recording {len(self.neurons)} neurons for {ticks} ticks and {trials} trial{'s' * (trials != 1)} takes "
            f"{in_bytes(needed)}, more than the budget of {in_bytes(budget)}. Record less, as with record=[{some!r}] "
            f"({in_bytes(less.nbytes(first_tick, ticks, trials))}), every={max(2, -(-needed // max(1, int(budget))))} "
            f"or last=100; or allow more: budget={needed}."
        )


def recording_size(
    net: Network,
    ticks: int,
    *,
    trials: int = 1,
    record: What = "all",
    drives: bool = False,
    every: int = 1,
    last: int | None = None,
) -> int:
    """How many bytes `simulate` would record, without running anything.

    Parameters
    ----------
    net : Network
    ticks : int
    trials : int
    record, drives, every, last
        As for `simulate`.

    Returns
    -------
    int

    Examples
    --------
    >>> import neurosim as ns
    >>> net = ns.Network.from_arrays([0, 1], [1, 2], [1.0, 1.0], modes=["sensory", "binary", "relu"])
    >>> ns.recording_size(net, ticks=1000)  # 8 bytes for each graded rate, and a byte of bits
    17000
    """
    check_count("ticks", ticks, least=1)
    check_count("trials", trials, least=1)
    return RecordingPlan.of(net, record, drives=drives, every=every, last=last).nbytes(0, ticks, trials)


class Store:
    """Rows of rates and drives: those of binary neurons as bits, and the latest ones only where the plan says so.

    Parameters
    ----------
    plan : RecordingPlan
    sources : int array, one per recorded neuron
        Its row in the arrays that `take` is given.
    rows : int
        How many there is room for.
    trials : int
    dtype : numpy dtype
    """

    def __init__(self, plan: RecordingPlan, sources: Indices, rows: int, trials: int, dtype: npt.DTypeLike) -> None:
        self._plan, self._room, self._taken, self._trials = plan, rows, 0, trials
        self._sources = sources
        self._of_bits, self._of_numbers = np.flatnonzero(plan.binary), np.flatnonzero(~plan.binary)
        self._bits = np.empty((rows, -(-len(self._of_bits) // 8), trials), np.uint8)
        self._numbers = np.empty((rows, len(self._of_numbers), trials), dtype)
        self._drives = np.empty((rows, len(sources) if plan.drives else 0, trials), dtype)

    @property
    def nbytes(self) -> int:
        """How many bytes the rows take."""
        return self._bits.nbytes + self._numbers.nbytes + self._drives.nbytes

    def __len__(self) -> int:
        return min(self._taken, self._room)

    def take(self, tick: int, rates: Floats, drives: Floats) -> None:
        """Keep what happened in a tick, if the plan wants it; arrays of shape (sources, trials)."""
        if tick % self._plan.every or not self._room:
            return
        row = self._taken % self._room
        if len(self._of_bits):
            self._bits[row] = np.packbits(rates[self._sources[self._of_bits]] != 0, axis=0)
        if len(self._of_numbers):
            self._numbers[row] = rates[self._sources[self._of_numbers]]
        if self._plan.drives:
            self._drives[row] = drives[self._sources]
        self._taken += 1

    def close(self) -> None:
        """Put the rows into order, and let go of those that were never taken."""
        order: slice | Indices = slice(0, self._taken)
        if self._taken > self._room:
            order = np.arange(self._taken, self._taken + self._room) % self._room
        elif self._taken == self._room:
            return
        self._bits, self._numbers, self._drives = (x[order].copy() for x in (self._bits, self._numbers, self._drives))
        self._taken = self._room = len(self._bits)

    def rates(self, columns: Indices) -> Floats:
        """The rates of some recorded neurons: shape (rows, columns, trials)."""
        rates = np.empty((len(self), len(columns), self._trials), self._numbers.dtype)
        binary = self._plan.binary[columns]
        places = np.searchsorted(self._of_bits, columns[binary])
        bytes_, bits = self._bits[: len(self), places // 8], 7 - places % 8
        rates[:, binary] = (bytes_ >> bits[:, None].astype(np.uint8)) & 1
        rates[:, ~binary] = self._numbers[: len(self), np.searchsorted(self._of_numbers, columns[~binary])]
        return rates

    def drives(self, columns: Indices) -> Floats:
        """The drives of some recorded neurons: shape (rows, columns, trials)."""
        return self._drives[: len(self), columns]


def in_bytes(size: float) -> str:
    """A number of bytes in words.

    Examples
    --------
    >>> in_bytes(999), in_bytes(2_345_000), in_bytes(2**31)
    ('999 B', '2.3 MB', '2.1 GB')
    """
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:.0f} B" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"


def _read_names(net: Network, record: What) -> Indices:
    structure = net.structure
    if record is None:
        return np.empty(0, np.int64)
    if isinstance(record, str) and record == "all" and not {"all"} & {*structure.number, *structure.regions}:
        return np.arange(structure.n_neurons)
    names = [record] if isinstance(record, str | int) else list(record)
    chosen = np.zeros(structure.n_neurons, dtype=bool)
    for name in names:
        if name in structure.number:
            chosen[structure.number[name]] = True
        elif name in structure.regions:
            chosen[structure.members(name)] = True
        else:
            raise unknown("neuron or region to record", name, [*structure.regions, *structure.names])
    return np.flatnonzero(chosen)
