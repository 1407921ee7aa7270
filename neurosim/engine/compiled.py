"""The compiled backend: a plan with its weights, run tile by tile on several threads."""

from __future__ import annotations

import dataclasses
import weakref
from typing import TYPE_CHECKING

import numpy as np

from neurosim.anatomy.structure import Floats, Indices
from neurosim.engine.blas import gemm_address
from neurosim.engine.plan import Gradient, Plan, Tile, Values
from neurosim.engine.threads import one_thread
from neurosim.engine.workers import share_out, thread_count

if TYPE_CHECKING:
    from neurosim.engine.vectors import Lanes

VECTOR = 128  # bytes of a vector
CACHE = 2**18  # bytes that a tile may take, of the cache next to a core
WIDEST = 256  # samples of a tile that several threads work on
WIDE_BYTES = 2**25  # that its rates may take
DENSE_WIDTH = 128  # samples that a matrix product needs to be quick
MOST_GROUPS = 8  # of samples, each with gradients of its own, in one batch
GROUP = 128  # samples that a group has at least: gradients have to be cleared, and added up
GROUP_BYTES = 2**28  # that all these gradients may take
TILINGS = 64  # that are kept of a plan
ALONE = 2**21  # multiplications up to which a second thread is not worth waking


@dataclasses.dataclass(frozen=True, eq=False)
class Tiling:
    """How samples are taken through a network: the same way on any number of threads.

    Attributes
    ----------
    lanes : Lanes
    width : int
        Samples in a tile.
    bounds : int array
        Where the groups of samples begin and end that have gradients of their own; each is a number of tiles.
    """

    lanes: Lanes
    width: int
    bounds: Indices

    @property
    def groups(self) -> int:
        """How many groups there are."""
        return len(self.bounds) - 1


_tilings: weakref.WeakKeyDictionary[Plan, dict[tuple[int, int, bool], Tiling]] = weakref.WeakKeyDictionary()


class Compiled:
    """A network as kernels run it.

    Parameters
    ----------
    plan : Plan
    weights : float array, one per synapse
        In the order of the plan.
    thresholds : float array, one per row
    unrounded : bool
        Whether no sum of a binary neuron is rounded for the stimuli at hand.
    """

    def __init__(self, plan: Plan, weights: Floats, thresholds: Floats, *, unrounded: bool = False) -> None:
        self.plan, self.dtype, self.unrounded = plan, weights.dtype, unrounded
        self.values: Values = plan.values(weights, thresholds)
        self.gemm = gemm_address(self.dtype)

    def tiling(self, samples: int, *, together: bool = False) -> Tiling:
        """How so many samples are taken through the network; `together` if threads share a tile, or else samples."""
        tilings = _tilings.setdefault(self.plan, {})
        key = samples, self.dtype.itemsize, together
        if key not in tilings:
            if len(tilings) >= TILINGS:
                tilings.clear()
            tilings[key] = self._wide_tiles(samples) if together else self._tile(samples)
        return tilings[key]

    def _tile(self, samples: int) -> Tiling:
        from neurosim.engine.vectors import Lanes

        size = self.dtype.itemsize
        lanes = VECTOR // size
        if self.plan.has_blocks:
            # A matrix product wants wide tiles; but two of them, so that two threads have something to do.
            most = min(-(-samples // 2), DENSE_WIDTH)
        else:
            one_sample = (len(self.plan.neurons) + self.plan.n_compartments) * size
            most = min(samples // MOST_GROUPS, CACHE // one_sample)
        width = max(1, most // lanes) * lanes
        tiles = max(1, -(-samples // width))
        parameters = self.plan.n_sparse + self.plan.matrices + len(self.plan.neurons)
        groups = min(tiles, max(2, min(samples // GROUP, MOST_GROUPS, GROUP_BYTES // (parameters * size))))
        bounds = np.arange(groups + 1) * tiles // groups * width
        bounds[-1] = samples
        return Tiling(Lanes(lanes), width, bounds)

    def _wide_tiles(self, samples: int) -> Tiling:
        from neurosim.engine.vectors import Lanes

        lanes = VECTOR // self.dtype.itemsize
        most = max(lanes, min(WIDEST, WIDE_BYTES // (len(self.plan.neurons) * self.dtype.itemsize)))
        tiles = -(-samples // most)
        width = -(-samples // (tiles * lanes)) * lanes
        return Tiling(Lanes(lanes), width, np.array([0, samples]))

    def threads(self, samples: int) -> int:
        """How many threads so many samples are worth."""
        work = len(self.plan.synapses) * samples
        return 1 if work <= ALONE else thread_count()

    def tiles(self, width: int, threads: int) -> list[Tile]:
        """Room for each thread."""
        return [self.plan.tile(width, self.dtype) for _ in range(threads)]

    def groups(self, count: int) -> Gradient:
        """Room for the gradients of each group of samples."""
        sizes = (self.plan.n_sparse, self.plan.matrices, len(self.plan.neurons))
        return Gradient(*(np.zeros((count, size), self.dtype) for size in sizes))

    def rates(self, stimulus: Floats, rows: Indices) -> tuple[Floats, bool]:
        """What some neurons do.

        Parameters
        ----------
        stimulus : float array, shape (samples, inputs)
        rows : int array

        Returns
        -------
        rates : float array, shape (samples, rows)
        fine : bool
            Whether every rate in the network was finite.
        """
        from neurosim.engine.team_kernels import SOLO
        from neurosim.engine.tile_kernels import respond_in_tiles

        samples = len(stimulus)
        tiling, threads = self.tiling(samples), self.threads(samples)
        lanes, width = tiling.lanes, tiling.width
        tiles, order = self.tiles(width, threads), np.arange(samples)
        answers = np.empty((samples, len(rows)), self.dtype)
        n_tiles = -(-samples // width)

        def work(number: int, count: int) -> bool:
            first, last = (min(n_tiles * i // count * width, samples) for i in (number, number + 1))
            return bool(
                respond_in_tiles(
                    lanes,
                    width,
                    self.plan.wires,
                    self.values,
                    self.unrounded,
                    self.gemm,
                    SOLO,
                    stimulus,
                    order,
                    first,
                    last,
                    tiles[number],
                    rows,
                    answers,
                )
            )

        with one_thread(self.largest_product(width)):
            return answers, all(share_out(work, threads))

    def largest_product(self, width: int) -> float:
        """How many multiplications the largest matrix product takes."""
        return float(self.plan.largest_block * width)
