"""The compiled backend: a plan with its weights, run tile by tile on several threads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from neurosim.anatomy.structure import Floats, Indices
from neurosim.engine.blas import gemm_address
from neurosim.engine.plan import Gradient, Plan, Tile, Values
from neurosim.engine.threads import one_thread
from neurosim.engine.workers import share_out, thread_count

if TYPE_CHECKING:
    from neurosim.engine.vectors import Lanes

WIDE, NARROW = 128, 32  # bytes of a vector: for many samples, and for a few
CACHE = 2**18  # bytes that a tile may take, of the cache next to a core
DENSE_WIDTH = 128  # samples that a matrix product needs to be quick
MOST_GROUPS = 8  # of samples, each with gradients of its own, in one batch
GROUP_BYTES = 2**28  # that all these gradients may take
ALONE = 2**21  # multiplications up to which a second thread is not worth waking


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

    def lanes(self, samples: int) -> Lanes:
        """How many samples a vector holds, where there are so many."""
        from neurosim.engine.vectors import Lanes

        size = NARROW if samples * self.dtype.itemsize <= NARROW else WIDE
        return Lanes(size // self.dtype.itemsize)

    def width(self, samples: int) -> int:
        """How many samples a tile holds, where there are so many."""
        lanes = self.lanes(samples).count
        if len(self.plan.wires.blocks.start):
            # A matrix product wants wide tiles; but two of them, so that two threads have something to do.
            most = min(-(-samples // 2), DENSE_WIDTH)
        else:
            one_sample = (len(self.plan.neurons) + self.plan.n_compartments) * self.dtype.itemsize
            most = min(samples // MOST_GROUPS, CACHE // one_sample)
        return max(1, most // lanes) * lanes

    def bounds(self, samples: int) -> Indices:
        """Where the groups of samples of a batch begin and end: the same for any number of threads."""
        width = self.width(samples)
        tiles = max(1, -(-samples // width))
        parameters = self.plan.n_sparse + self.plan.matrices + len(self.plan.neurons)
        most = max(2, min(MOST_GROUPS, GROUP_BYTES // (parameters * self.dtype.itemsize)))
        groups = min(tiles, most)
        ends = np.arange(groups + 1) * tiles // groups * width
        ends[-1] = samples
        return ends

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
        from neurosim.engine.tile_kernels import respond_in_tiles

        samples = len(stimulus)
        lanes, width, threads = self.lanes(samples), self.width(samples), self.threads(samples)
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
        blocks = self.plan.wires.blocks
        return float((blocks.n_targets * blocks.n_sources).max(initial=0)) * width
