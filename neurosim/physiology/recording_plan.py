"""What a run is to record, and how much memory that takes: known before the first tick."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from neurosim.anatomy.network import Network
from neurosim.anatomy.structure import Flags, Indices, Structure
from neurosim.checks import check_count, check_number
from neurosim.errors import OptionError, RecordingTooLargeError, counted, unknown
from neurosim.physiology.stimulus import check_network


@dataclasses.dataclass(frozen=True, eq=False)
class RecordingPlan:
    """Which neurons are recorded, what of them, and when. Make one with `of`.

    Attributes
    ----------
    net : Network
    structure : Structure
        The network's wiring when the plan was made.
    neurons : int array
        The numbers of the recorded neurons, ascending.
    drives : bool
        Whether drives are recorded beside the rates.
    every : int
        Ticks are recorded whose number is a multiple of this.
    last : int or None
        How many recorded ticks are kept; None for all.
    """

    net: Network
    structure: Structure
    neurons: Indices
    drives: bool = False
    every: int = 1
    last: int | None = None

    @classmethod
    def of(
        cls, net: Network, record: Any = "all", *, drives: bool = False, every: int = 1, last: int | None = None
    ) -> RecordingPlan:
        """Read what a caller asks for.

        Parameters
        ----------
        net : Network
        record : "all", a name, a list of names, or None
            Names of neurons and regions; where a neuron and a region have one name, the neuron is meant. None and []
            stand for nothing. (A neuron that is itself called "all" is recorded alone by ["all"].)
        drives : bool
            Drives as well as rates.
        every : int
            From 1 up.
        last : int, optional
            From 1 up.

        Raises
        ------
        UnknownNameError
            If there is neither a neuron nor a region of a name.
        OptionError
            If another setting is not as above.

        Examples
        --------
        >>> import neurosim as ns
        >>> net = ns.Network.from_arrays([0, 1], [1, 2], regions=["eye", "hand", "hand"], rng=0)
        >>> RecordingPlan.of(net, "hand").neurons
        array([1, 2])
        >>> RecordingPlan.of(net, "hend")
        Traceback (most recent call last):
        neurosim.errors.UnknownNameError: There is no neuron or region 'hend'. Did you mean 'hand'? \
There are: 'eye', 'hand', 0, 1, 2.
        """
        check_network(net)
        check_count("every", every, least=1)
        check_count("last", last, least=1, optional=True)
        if not isinstance(drives, bool | np.bool_):
            raise OptionError(
                f"The setting drives must be True or False (got {drives!r}). Which neurons are recorded is said by "
                "record."
            )
        chosen = np.flatnonzero(_chosen(net.structure, record))
        return cls(net, net.structure, chosen, bool(drives), int(every), None if last is None else int(last))

    @property
    def binary(self) -> Flags:
        """Which of the recorded neurons are binary: their rates are stored as bits."""
        return self.structure.has_mode("binary")[self.neurons]

    def wants(self, tick: int) -> bool:
        """Whether the tick with this number, counted from the start of time, is recorded."""
        return tick % self.every == 0

    def n_rows(self, first_tick: int, ticks: int) -> int:
        """How many recorded ticks are held at the end of a run of `ticks` that begins with `first_tick`.

        Examples
        --------
        >>> import neurosim as ns
        >>> net = ns.Network.from_arrays([0], [1], [1.0])
        >>> RecordingPlan.of(net, every=10).n_rows(first_tick=25, ticks=20)  # 30 and 40
        2
        """
        seen = -(-(first_tick + ticks) // self.every) - -(-first_tick // self.every)
        return seen if self.last is None else min(seen, self.last)

    def n_bytes(self, first_tick: int, ticks: int, trials: int | None = None) -> int:
        """How much memory that takes; a run without a trials axis counts as one trial."""
        return self.n_rows(first_tick, ticks) * _columns(trials) * self._row_bytes

    @property
    def _row_bytes(self) -> int:
        """What one tick of one trial takes: eight binary rates a byte, everything else a number."""
        n_binary = int(np.count_nonzero(self.binary))
        numbers = len(self.neurons) - n_binary + (len(self.neurons) if self.drives else 0)
        return -(-n_binary // 8) + numbers * int(self.net.dtype.itemsize)

    def check_budget(self, first_tick: int, ticks: int, trials: int | None, budget: float) -> None:
        """Raise a RecordingTooLargeError that says what would fit, if this takes more than `budget` bytes.

        Examples
        --------
        >>> import neurosim as ns
        >>> net = ns.Network.from_arrays([0], [1], [1.0], modes="relu", regions=["eye", "hand"])
        >>> RecordingPlan.of(net).check_budget(0, ticks=1_000_000, trials=None, budget=1e7)
        Traceback (most recent call last):
        neurosim.errors.RecordingTooLargeError: Recording 2 neurons on 1,000,000 ticks would take 16 MB; the budget \
is 10 MB. Type record='eye' (8 MB), every=2, last=625000, or budget=16000000 to allow it.
        """
        check_number("budget", budget, least=0)
        needed = self.n_bytes(first_tick, ticks, trials)
        if needed <= budget:
            return
        size, limit = in_bytes(needed), in_bytes(budget)
        if size == limit:
            size, limit = f"{needed:,} bytes", f"{int(budget):,} bytes"
        raise self.too_large(first_tick, ticks, trials, budget, f"would take {size}; the budget is {limit}")

    def too_large(
        self, first_tick: int, ticks: int, trials: int | None, budget: float, problem: str
    ) -> RecordingTooLargeError:
        """The error for a plan that takes more than `budget` bytes: what, why, and what would fit."""
        remedies = self._smaller_records(first_tick, ticks, trials, budget)
        rows_that_fit = int(budget // (_columns(trials) * self._row_bytes))
        if rows_that_fit:
            remedies += [f"every={-(-ticks // rows_that_fit)}", f"last={rows_that_fit}"]
        allow = f"budget={self.n_bytes(first_tick, ticks, trials)} to allow it"
        what = counted(len(self.neurons), "neuron") + (" with drives" if self.drives else "")
        when = counted(self.n_rows(first_tick, ticks), "tick")
        if trials is not None:
            when += f" of {counted(trials, 'trial')}"
        offers = ", ".join([*remedies, f"or {allow}"]) if remedies else allow
        return RecordingTooLargeError(f"Recording {what} on {when} {problem}. Type {offers}.")

    def _smaller_records(self, first_tick: int, ticks: int, trials: int | None, budget: float) -> list[str]:
        """The largest region that fits, else the smallest, or the outputs where there is none; less than now."""
        structure = self.structure
        parts = {repr(name): structure.members(name) for name in structure.regions if name not in structure.number}
        parts = parts or {"net.outputs": structure.outputs}
        sizes = {
            part: dataclasses.replace(self, neurons=members).n_bytes(first_tick, ticks, trials)
            for part, members in parts.items()
        }
        sizes = {part: size for part, size in sizes.items() if size < self.n_bytes(first_tick, ticks, trials)}
        fitting = [part for part, size in sizes.items() if size <= budget]
        best = max(fitting, key=sizes.__getitem__) if fitting else min(sizes, key=sizes.__getitem__, default=None)
        return [] if best is None else [f"record={best} ({in_bytes(sizes[best])})"]


def recording_size(
    net: Network,
    ticks: int,
    *,
    trials: int = 1,
    record: Any = "all",
    drives: bool = False,
    every: int = 1,
    last: int | None = None,
) -> int:
    """How many bytes a recording will take, before the run.

    Parameters
    ----------
    net : Network
    ticks : int
        From 1 up; the run begins with tick 0.
    trials : int
        From 1 up.
    record, drives, every, last
        As for `simulate`.

    Returns
    -------
    int
        A binary neuron's rate takes a bit a tick, rounded up to bytes over all of them; other rates, and all drives,
        take 8 bytes in a float64 network and 4 in a float32 one.

    Examples
    --------
    >>> import neurosim as ns
    >>> net = ns.Network.from_arrays([0] * 16, range(1, 17), rng=0)  # one sensory neuron, 16 binary ones
    >>> recording_size(net, ticks=1000), recording_size(net, ticks=1000, record=list(range(1, 17)))
    (10000, 2000)
    """
    check_count("ticks", ticks, least=1)
    check_count("trials", trials, least=1)
    return RecordingPlan.of(net, record, drives=drives, every=every, last=last).n_bytes(0, int(ticks), int(trials))


def _columns(trials: int | None) -> int:
    return 1 if trials is None else trials


def _chosen(structure: Structure, record: Any) -> Flags:
    """Which neurons are named, one by one or by their region."""
    if isinstance(record, str) and record == "all":
        return np.ones(structure.n_neurons, dtype=bool)
    chosen = np.zeros(structure.n_neurons, dtype=bool)
    for name in _listed(record):
        chosen[members_of(structure, name)] = True
    return chosen


def _listed(record: Any) -> list[Any]:
    if record is None:
        return []
    names = [record] if isinstance(record, str | int | np.integer) else record
    try:
        names = list(names)
    except TypeError:
        raise _unreadable(record) from None
    flags = [name for name in names if isinstance(name, bool | np.bool_)]
    if flags:  # True would otherwise be read as the neuron 1
        raise _unreadable(flags[0])
    return names


def _unreadable(record: object) -> OptionError:
    return OptionError(
        "The setting record must be 'all', the name of a neuron or a region, a list of such names, or None for nothing "
        f"(got {record!r}). For a mask write [name for name, on in zip(net.names, mask) if on]."
    )


def members_of(structure: Structure, name: object) -> Indices:
    """The numbers of what has this name: a neuron, or else a region; an error suggests the nearest."""
    try:
        number = structure.number.get(name)  # type: ignore[call-overload]
    except TypeError:  # of what cannot be hashed
        number = None
    if number is not None:
        return np.array([number])
    if isinstance(name, str) and name in structure.regions:
        return structure.members(name)
    raise unknown("neuron or region", name, [*structure.regions, *structure.names])


def in_bytes(size: float) -> str:
    """A size of memory in words, to three digits.

    Examples
    --------
    >>> in_bytes(999), in_bytes(2100), in_bytes(2**31)
    ('999 bytes', '2.1 kB', '2.15 GB')
    """
    for unit, factor in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size >= factor * 0.9995:
            scaled = size / factor
            return f"{scaled:,.0f} {unit}" if scaled >= 100 else f"{scaled:.3g} {unit}"
    return counted(int(size), "byte")
