"""How the sums of a block are worked out, tick by tick: by scipy, or by kernels on several threads."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol, cast

import numpy as np

from neurosim.anatomy.structure import Floats, Indices
from neurosim.engine.workers import share_out, thread_count

if TYPE_CHECKING:
    from scipy.sparse import csc_array, csr_array

    from neurosim.engine.program import Matrix

NEAREST = 2**15  # bytes of the cache that is nearest to a core: of rates that fit it, sums are a third faster
PANEL = 2**15  # presynaptic neurons of a panel at most: two bytes tell them apart, and their rates fit the next cache
ROW = 64  # synapses that a target has in a panel at least, for it to be worth to begin a sum
TURNS = 4  # sums of a target side by side, twice
SMALL_TICK = 2**17  # synapses times trials up to which a second thread is not worth waking


class Product(Protocol):
    """A sparse block at work.

    Parameters
    ----------
    matrix : csr_array
        Its weights must not change.
    in_order : bool
        Whether every sum must be added up in the order in which scipy does it, or may be in any.
    """

    def __init__(self, matrix: Matrix, *, in_order: bool = True) -> None: ...

    def all(self, seen: Floats) -> Floats:
        """What all presynaptic neurons bring; `seen` has shape (presynaptic neurons, trials)."""

    def changes(self, sums: Floats, changed: Indices, changes: Floats) -> Floats:
        """The sums after presynaptic neurons `changed` have changed by `changes`, shape (changed, trials)."""


class ScipyProduct:
    """By scipy: see `Product`."""

    def __init__(self, matrix: Matrix, *, in_order: bool = True) -> None:
        self._matrix = cast("csr_array[Any, tuple[int, int]]", matrix)

    @cached_property
    def _by_column(self) -> csc_array[Any]:
        return self._matrix.tocsc()

    def all(self, seen: Floats) -> Floats:
        sums: Floats = self._matrix @ seen
        return sums

    def changes(self, sums: Floats, changed: Indices, changes: Floats) -> Floats:
        brought: Floats = self._by_column[:, changed] @ changes
        return sums + brought


class CompiledProduct:
    """By kernels: see `Product`. Every target is summed by one thread, in an order that is always the same."""

    def __init__(self, matrix: Matrix, *, in_order: bool = True) -> None:
        self._matrix, self._in_order = cast("csr_array[Any, tuple[int, int]]", matrix), in_order
        self._known_shares: dict[int, Indices] = {}

    @cached_property
    def _panels(self) -> list[tuple[slice, Indices, Indices, Any]]:
        """For each panel: its presynaptic neurons, and where synapses begin, whom they read, their weights."""
        matrix, neurons = self._matrix, self._matrix.shape[1]
        width = self._panel_width()
        if neurons <= width:
            return [(slice(0, neurons), matrix.indptr, matrix.indices.astype(np.uint16), matrix.data)]
        from neurosim.engine.product_kernels import count_by_panel, sort_by_panel

        rows, threads = matrix.shape[0], thread_count()
        starts = np.zeros((-(-neurons // width), rows + 1), dtype=np.int64)
        places, weights = np.empty(matrix.nnz, np.uint16), np.empty_like(matrix.data)

        def count(number: int, threads: int) -> None:
            first, last = self._shares(threads)[number : number + 2]
            count_by_panel(matrix.indptr, matrix.indices, width, first, last, starts[:, 1:])

        def sort(number: int, threads: int) -> None:
            first, last = self._shares(threads)[number : number + 2]
            ends = np.empty(len(starts), starts.dtype)
            synapses = matrix.indptr, matrix.indices, matrix.data
            sort_by_panel(*synapses, width, first, last, starts, ends, places, weights)

        share_out(count, threads)
        np.cumsum(starts.reshape(-1), out=starts.reshape(-1))  # each panel begins where the one before ends
        share_out(sort, threads)
        return [
            (slice(i * width, min((i + 1) * width, neurons)), starts_of_one, places, weights)
            for i, starts_of_one in enumerate(starts)
        ]

    def _panel_width(self) -> int:
        """So few presynaptic neurons that the nearest cache holds their rates, if targets still have enough of them."""
        rows, neurons = self._matrix.shape
        width = NEAREST // self._matrix.dtype.itemsize
        while width < PANEL and self._matrix.nnz * width < ROW * rows * neurons:
            width *= 2
        return width

    @cached_property
    def _by_column(self) -> csc_array[Any]:
        return self._matrix.tocsc()

    def all(self, seen: Floats) -> Floats:
        from neurosim.engine.product_kernels import (
            bring_panel,
            bring_panel_in_order,
            bring_to_few_trials,
            bring_to_trials,
        )
        from neurosim.engine.vectors import Lanes

        matrix, trials = self._matrix, seen.shape[1]
        rows = matrix.shape[0]
        sums = np.zeros((rows, trials), matrix.dtype)
        flat, rates = sums.reshape(-1), np.ascontiguousarray(seen).reshape(-1)
        lanes = 32 // matrix.dtype.itemsize

        def work(number: int, threads: int) -> None:
            first, last = (int(self._shares(threads)[i]) for i in (number, number + 1))
            if trials == 1:
                for part, starts, places, weights in self._panels:
                    panel = starts, places, weights, rates[part], flat, first, last
                    if self._in_order:
                        bring_panel_in_order(*panel)
                    else:
                        bring_panel(Lanes(TURNS), *panel)
            elif trials < lanes:
                bring_to_few_trials(trials, matrix.indptr, matrix.indices, matrix.data, rates, flat, first, last)
            else:
                wide = Lanes(lanes * 4 if trials >= lanes * 4 else lanes)
                bring_to_trials(wide, trials, matrix.indptr, matrix.indices, matrix.data, rates, flat, first, last)

        if trials == 1:
            self._panels  # noqa: B018 - laid out before threads need it
        share_out(work, 1 if matrix.nnz * trials <= SMALL_TICK else thread_count())
        return sums

    def _shares(self, threads: int) -> Indices:
        """Rows with about as many synapses for each thread."""
        if threads not in self._known_shares:
            starts = self._matrix.indptr
            ends: Indices = np.searchsorted(starts, np.arange(threads + 1) * (starts[-1] / threads))
            ends[0], ends[-1] = 0, len(starts) - 1
            self._known_shares[threads] = ends
        return self._known_shares[threads]

    def changes(self, sums: Floats, changed: Indices, changes: Floats) -> Floats:
        from neurosim.engine.product_kernels import bring_changes

        sums, by_column = sums.copy(), self._by_column
        bring_changes(
            sums.shape[1],
            changed,
            np.ascontiguousarray(changes),
            by_column.indptr,
            by_column.indices,
            by_column.data,
            sums.reshape(-1),
        )
        return sums
