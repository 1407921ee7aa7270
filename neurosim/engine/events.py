"""Ticks by events: where presynaptic neurons are binary, only those that changed need to send anything.

The sums of a block are kept from tick to tick and brought up to date by what changed. They are the plain
tick's, bit for bit, where every term and partial sum is exact (weights on a grid of powers of two).
Elsewhere they differ by rounding, which a binary neuron's decision does not see: what is within the
rounding bound of so many additions is settled exactly, as always.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from neurosim.anatomy.structure import Floats, Indices
from neurosim.engine.products import Product, ScipyProduct
from neurosim.engine.ties import sums_are_exact

if TYPE_CHECKING:
    from neurosim.engine.program import Block, Parameters

SMALLEST = 4096  # synapses of a block below which a plain product is the quicker one
SHARE = 1 / 8  # of the synapses of a block: if fewer than this have something to send, they do it by events
MOST_UPDATES = 64  # after so many the sums are worked out afresh, so that rounding does not add up


class Events:
    """The blocks of a program that run by events.

    Parameters
    ----------
    parameters : Parameters
        They must not change while these events are in use.
    drives_count : bool
        Whether the drives themselves are looked at, and not only what binary neurons decide by them.
    product : subclass of Product
        How sums are worked out. By kernels, that is how blocks run that do not run by events as well.
    """

    def __init__(self, parameters: Parameters, *, drives_count: bool, product: type[Product] = ScipyProduct) -> None:
        program = parameters.program
        binary = np.zeros(program.n_rows, dtype=bool)
        for stage in program.stages:
            binary[stage.rows] = stage.mode.name == "binary"
        for echo in program.echoes:
            binary[echo.rows] = binary[echo.sources]
        self._blocks: dict[tuple[int, int], _EventBlock] = {}
        self._plain: dict[tuple[int, int], tuple[Block, Product]] = {}
        for number, stage in enumerate(program.stages):
            decides = stage.dendrites is not None and not (stage.mode.remembers or stage.mode.random)
            for place, block in enumerate(stage.blocks):
                if block.columns is None or len(block.columns) < SMALLEST:
                    continue
                events = binary[block.sources].all() and (
                    (decides and not drives_count) or _is_exact(block, parameters.weights)
                )
                if not events and product is ScipyProduct:
                    continue
                # A binary neuron that draws at random, or listens to graded ones, may decide by the last digit.
                work = product(parameters.matrices[number][place], in_order=bool(binary.any()))
                if events:
                    self._blocks[number, place] = _EventBlock(block, work)
                else:
                    self._plain[number, place] = block, work

    def __bool__(self) -> bool:
        return bool(self._blocks or self._plain)

    def sums(self, number: int, place: int, rates: Floats) -> Floats | None:
        """What a block brings now, by the numbers of its stage and of the block; None if it runs plainly."""
        block, plain = self._blocks.get((number, place)), self._plain.get((number, place))
        if block is not None:
            return block.sums_at(rates)
        return None if plain is None else plain[1].all(rates[plain[0].sources])

    def updates(self, number: int) -> int:
        """How many times sums of this stage were updated since they were last worked out afresh."""
        return max((block.updates for (stage, _), block in self._blocks.items() if stage == number), default=0)


def _is_exact(block: Block, weights: Floats) -> bool:
    """Whether the sums of a block are exact in any order, where rates are 0 or 1."""
    mine = weights[block.synapses]
    assert block.row_starts is not None
    row = np.repeat(np.arange(block.shape[0]), np.diff(block.row_starts))
    return sums_are_exact(mine, np.bincount(row, weights=np.abs(mine), minlength=block.shape[0]).astype(float))


class _EventBlock:
    """One block, what it saw in the last tick, and the sums of that."""

    def __init__(self, block: Block, product: Product) -> None:
        self._block, self._product = block, product
        self._fan_out = np.bincount(block.columns, minlength=block.shape[1])  # type: ignore[arg-type]
        self._seen: Floats | None = None
        self._sums: Floats = np.empty(0)
        self.updates = 0

    def sums_at(self, rates: Floats) -> Floats:
        seen = rates[self._block.sources]
        changed = self._changed(seen)
        if changed is None:
            self._sums, self.updates = self._product.all(seen), 0
        elif changed.size:
            assert self._seen is not None
            self._sums = self._product.changes(self._sums, changed, seen[changed] - self._seen[changed])
            self.updates += 1
        self._seen = seen if isinstance(self._block.sources, np.ndarray) else seen.copy()
        return self._sums

    def _changed(self, seen: Floats) -> Indices | None:
        """The columns that changed in any sample; None if there are too many, or it is time to begin afresh."""
        if self._seen is None or self._seen.shape != seen.shape or self.updates >= MOST_UPDATES:
            return None
        changed = np.flatnonzero((seen != self._seen).any(axis=1))
        few = self._fan_out[changed].sum() < SHARE * len(self._block.columns)  # type: ignore[arg-type]
        return changed if few else None
