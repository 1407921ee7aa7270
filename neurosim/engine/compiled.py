"""The compiled backend: a plan with its weights, run tile by tile on several threads."""

from __future__ import annotations

import dataclasses
import weakref

import numpy as np

from neurosim.anatomy.structure import Floats, Indices
from neurosim.engine.blas import gemm_address
from neurosim.engine.gather_kernels import gathered
from neurosim.engine.kept_kernels import Kept
from neurosim.engine.plan import Gradient, Plan, Tile, Values
from neurosim.engine.team_kernels import SOLO
from neurosim.engine.threads import one_thread
from neurosim.engine.tile_kernels import respond_in_tiles
from neurosim.engine.vectors import Lanes
from neurosim.engine.workers import share_out, thread_count

VECTOR = 128  # bytes of a vector
CACHE = 2**18  # bytes that a tile may take, of the cache next to a core
WIDEST = 256  # samples of a tile that several threads work on
WIDE_BYTES = 2**25  # that its rates may take
DENSE_WIDTH = 128  # samples that a matrix product needs to be quick
MOST_GROUPS = 8  # of samples, each with gradients of its own, in one batch
GROUP = 128  # samples that a group has at least: gradients have to be cleared, and added up
GROUP_BYTES = 2**28  # that all these gradients may take
TILINGS = 64  # that are kept of a plan
MOST_SPARE = 4  # tiles that are kept of a tiling
ALONE = 2**21  # multiplications up to which a second thread is not worth waking
IN_ORDER = np.arange(2**12)


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
    spare : list of Tile
        Small ones that were made for an answer, kept for the next.
    """

    lanes: Lanes
    width: int
    bounds: Indices
    spare: list[Tile] = dataclasses.field(default_factory=list)

    @property
    def groups(self) -> int:
        """How many groups there are."""
        return len(self.bounds) - 1


class _Known:
    """What is worked out once for a plan: tilings, by samples, bytes of a number, and whether threads share a tile."""

    def __init__(self, plan: Plan) -> None:
        self.tilings: dict[tuple[int, int, bool], Tiling] = {}
        self.kept = Kept((plan.wires, SOLO))


_known: weakref.WeakKeyDictionary[Plan, _Known] = weakref.WeakKeyDictionary()


class Compiled:
    """A network as kernels run it.

    Parameters
    ----------
    plan : Plan
    weights : float array, one per synapse
        In the order of the plan. From now on they belong to the kernels, as do the thresholds.
    thresholds : float array, one per row
    """

    def __init__(self, plan: Plan, weights: Floats, thresholds: Floats) -> None:
        self.plan, self.dtype, self.weights = plan, weights.dtype, weights
        self.values = self._laid_out(weights, thresholds)
        self.gemm = gemm_address(self.dtype)
        known = _known.get(plan)
        if known is None:
            known = _known[plan] = _Known(plan)
        self._known = known

    def _laid_out(self, weights: Floats, thresholds: Floats) -> Values:
        plan = self.plan
        sparse, matrices = weights[: plan.n_sparse], weights[plan.n_sparse :]
        if plan.in_matrix is not None:
            matrices = np.zeros(plan.matrices, weights.dtype)
            matrices[plan.in_matrix] = weights[plan.n_sparse :]
        return Values(gathered(sparse, plan.wires.in_place), sparse, matrices, thresholds)

    def tiling(self, samples: int, *, together: bool = False) -> Tiling:
        """How so many samples are taken through the network; `together` if threads share a tile, or else samples."""
        tilings, key = self._known.tilings, (samples, self.dtype.itemsize, together)
        if key not in tilings:
            if len(tilings) >= TILINGS:
                tilings.clear()
            tilings[key] = self._wide_tiles(samples) if together else self._tile(samples)
        return tilings[key]

    def _tile(self, samples: int) -> Tiling:
        size = self.dtype.itemsize
        lanes = VECTOR // size
        if self.plan.has_blocks:
            # A matrix product wants wide tiles; but two of them, so that two threads have something to do.
            most = min(-(-samples // 2), DENSE_WIDTH)
        else:
            one_sample = (len(self.plan.neurons) + self.plan.n_compartments) * size
            most = min(-(-samples // (MOST_GROUPS * lanes)) * lanes, CACHE // one_sample)
        width = max(1, most // lanes) * lanes
        tiles = max(1, -(-samples // width))
        parameters = self.plan.n_sparse + self.plan.matrices + len(self.plan.neurons)
        groups = min(tiles, max(2, min(samples // GROUP, MOST_GROUPS, GROUP_BYTES // (parameters * size))))
        bounds = np.arange(groups + 1) * tiles // groups * width
        bounds[-1] = samples
        return Tiling(Lanes(lanes), width, bounds)

    def _wide_tiles(self, samples: int) -> Tiling:
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

    def rates(self, stimulus: Floats, rows: Indices, *, unrounded: bool = False) -> tuple[Floats, bool]:
        """What some neurons do.

        Parameters
        ----------
        stimulus : float array, shape (samples, inputs)
        rows : int array
        unrounded : bool
            Whether no sum of a binary neuron is rounded for these stimuli.

        Returns
        -------
        rates : float array, shape (samples, rows)
        fine : bool
            Whether every rate in the network was finite.
        """
        samples = len(stimulus)
        tiling = self.tiling(samples)
        lanes, width = tiling.lanes, tiling.width
        n_tiles = -(-samples // width)
        threads = min(self.threads(samples), max(1, n_tiles))
        tiles = [self._spare_tile(tiling) for _ in range(threads)]
        order = IN_ORDER[:samples] if samples <= len(IN_ORDER) else np.arange(samples)
        answers = np.empty((samples, len(rows)), self.dtype)
        kept = self._known.kept

        def work(number: int, count: int) -> bool:
            first, last = (min(n_tiles * i // count * width, samples) for i in (number, number + 1))
            return bool(
                respond_in_tiles(
                    lanes,
                    width,
                    kept,
                    self.values,
                    unrounded,
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
            fine = all(share_out(work, threads))
        if tiles[0].rates.nbytes <= CACHE:
            tiling.spare.extend(tiles[: MOST_SPARE - len(tiling.spare)])
        return answers, fine

    def _spare_tile(self, tiling: Tiling) -> Tile:
        try:
            return tiling.spare.pop()
        except IndexError:
            return self.plan.tile(tiling.width, self.dtype)

    def largest_product(self, width: int) -> float:
        """How many multiplications the largest matrix product takes."""
        return float(self.plan.largest_block * width)
