"""Connection rules: who in one region makes synapses with whom in another.

A rule is anything that can be called with the two populations and a random generator, and answers with
the two ends of every synapse. The ones here are small frozen objects, so that a graph of regions says
in its own words how it is wired; a function of your own will do as well:

>>> import networkx as nx, neurosim as ns
>>> def diagonal(pre, post, rng):
...     both = np.arange(min(pre.size, post.size))
...     return both, both
>>> B = nx.DiGraph()
>>> B.add_node("eye", size=3); B.add_node("hand", size=3)
>>> B.add_edge("eye", "hand", wiring=diagonal)
>>> ns.Network.from_regions(B, rng=0).synapses
[('eye[0]', 'hand[0]'), ('eye[1]', 'hand[1]'), ('eye[2]', 'hand[2]')]
"""

# Rules are written where they are used, in lower case, like the functions they stand for.

from __future__ import annotations

import dataclasses
import math
import reprlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt

from neurosim.anatomy.structure import Flags, Floats, Indices
from neurosim.checks import check_count, check_number
from neurosim.errors import DataError, OptionError, counted, unknown

if TYPE_CHECKING:
    from scipy.sparse import sparray, spmatrix


@dataclasses.dataclass(frozen=True, eq=False)
class Population:
    """The neurons of a region as a rule sees them.

    Attributes
    ----------
    size : int
    shape : tuple of int
        (rows, columns); (size,) for a region that is a line; (maps, rows, columns) for several grids one
        behind the other.
    positions : float array, shape (size, 2)
        x and y of each neuron in the unit square; a line lies along x.
    """

    size: int
    shape: tuple[int, ...]

    @property
    def grid(self) -> tuple[int, int]:
        """Rows and columns of each map; a line is one row."""
        return (1, self.size) if len(self.shape) == 1 else (self.shape[-2], self.shape[-1])

    @property
    def maps(self) -> int:
        """How many grids lie one behind the other."""
        return self.shape[0] if len(self.shape) == 3 else 1

    @property
    def positions(self) -> Floats:
        rows, columns = self.grid
        row, column = np.divmod(np.arange(self.size) % (rows * columns), columns)
        return np.column_stack([(column + 0.5) / columns, (row + 0.5) / rows])


Ends: TypeAlias = tuple[Indices, Indices]
WeightedEnds: TypeAlias = tuple[Indices, Indices, Floats]
Rule: TypeAlias = "Callable[[Population, Population, np.random.Generator], Ends | WeightedEnds]"


@dataclasses.dataclass(frozen=True, eq=False)
class Sharing:
    """Which of a rule's synapses are one weight, and which of its postsynaptic neurons have one threshold.

    Attributes
    ----------
    weights : int array, one per synapse, in the order in which the rule gives them
    thresholds : int array, one per postsynaptic neuron
    """

    weights: Indices
    thresholds: Indices


class Wiring(ABC):
    """A rule with parameters. Calling it draws the synapses from one population to another."""

    def sharing(self, pre: Population, post: Population) -> Sharing | None:
        """What the synapses that it draws share, if anything."""
        return None

    @abstractmethod
    def __call__(self, pre: Population, post: Population, rng: np.random.Generator) -> Ends | WeightedEnds:
        """Draw the synapses.

        Parameters
        ----------
        pre, post : Population
            The same object twice for a projection of a region onto itself.
        rng : numpy.random.Generator

        Returns
        -------
        pre, post : int arrays, shape (synapses,)
            Numbers within the two populations, from 0.
        weight : float array, shape (synapses,), only from a rule that knows the weights
        """


@dataclasses.dataclass(frozen=True)
class all_to_all(Wiring):
    """Every neuron to every neuron; within one region also to itself.

    Examples
    --------
    >>> all_to_all()(Population(2, (2,)), Population(2, (2,)), np.random.default_rng(0))
    (array([0, 1, 0, 1]), array([0, 0, 1, 1]))
    """

    def __call__(self, pre: Population, post: Population, rng: np.random.Generator) -> Ends:
        return np.tile(np.arange(pre.size), post.size), np.repeat(np.arange(post.size), pre.size)


@dataclasses.dataclass(frozen=True)
class one_to_one(Wiring):
    """Each neuron to the one at the same place; the two regions must be equally large.

    Examples
    --------
    >>> one_to_one()(Population(2, (2,)), Population(2, (2,)), np.random.default_rng(0))
    (array([0, 1]), array([0, 1]))
    """

    def __call__(self, pre: Population, post: Population, rng: np.random.Generator) -> Ends:
        if pre.size != post.size:
            raise OptionError(
                f"one_to_one needs two regions of one size; they have {pre.size} and {post.size} neurons. "
                "Change a size, or use fixed_indegree(1)."
            )
        return np.arange(pre.size), np.arange(post.size)


@dataclasses.dataclass(frozen=True)
class random(Wiring):
    """Each possible synapse with probability p, independently (Erdos and Renyi).

    Parameters
    ----------
    p : float in [0, 1]

    Examples
    --------
    >>> pre, post = random(0.5)(Population(100, (100,)), Population(100, (100,)), np.random.default_rng(0))
    >>> len(pre)
    5003
    """

    p: float

    def __post_init__(self) -> None:
        check_number("random.p", self.p, least=0, most=1)

    def __call__(self, pre: Population, post: Population, rng: np.random.Generator) -> Ends:
        target, source = np.divmod(_bernoulli_positions(self.p, pre.size * post.size, rng), pre.size)
        return source, target


@dataclasses.dataclass(frozen=True)
class fixed_indegree(Wiring):
    """Each postsynaptic neuron listens to k different presynaptic ones, drawn at random.

    Parameters
    ----------
    k : int
        From 0 to the size of the presynaptic region.

    Examples
    --------
    >>> pre, post = fixed_indegree(2)(Population(9, (9,)), Population(3, (3,)), np.random.default_rng(0))
    >>> post
    array([0, 0, 1, 1, 2, 2])
    """

    k: int

    def __post_init__(self) -> None:
        check_count("fixed_indegree.k", self.k)

    def __call__(self, pre: Population, post: Population, rng: np.random.Generator) -> Ends:
        _check_enough("fixed_indegree", self.k, pre.size, "presynaptic")
        return _subsets(post.size, pre.size, self.k, rng).ravel(), np.repeat(np.arange(post.size), self.k)


@dataclasses.dataclass(frozen=True)
class fixed_outdegree(Wiring):
    """Each presynaptic neuron sends to k different postsynaptic ones, drawn at random.

    Parameters
    ----------
    k : int
        From 0 to the size of the postsynaptic region.

    Examples
    --------
    >>> pre, post = fixed_outdegree(2)(Population(3, (3,)), Population(9, (9,)), np.random.default_rng(0))
    >>> pre
    array([0, 0, 1, 1, 2, 2])
    """

    k: int

    def __post_init__(self) -> None:
        check_count("fixed_outdegree.k", self.k)

    def __call__(self, pre: Population, post: Population, rng: np.random.Generator) -> Ends:
        _check_enough("fixed_outdegree", self.k, post.size, "postsynaptic")
        return np.repeat(np.arange(pre.size), self.k), _subsets(pre.size, post.size, self.k, rng).ravel()


@dataclasses.dataclass(frozen=True)
class local(Wiring):
    """Each neuron sees a neighbourhood: a window of the presynaptic grid around the place that is its own.

    The grids may differ in size: places are matched in the unit square. A window is moved inwards at
    the border, so that every neuron sees equally many.

    Parameters
    ----------
    window : int or (rows, columns)
        The size of the neighbourhood, in neurons of the presynaptic grid. In a region that is a line
        it is a stretch of that many neurons; where several maps lie one behind the other, it goes through all.

    Examples
    --------
    >>> pre, post = local(3)(Population(64, (8, 8)), Population(16, (4, 4)), np.random.default_rng(0))
    >>> len(pre), pre[post == 0]
    (144, array([ 0,  1,  2,  8,  9, 10, 16, 17, 18]))
    """

    window: int | tuple[int, int]

    def __post_init__(self) -> None:
        lengths = self.window if isinstance(self.window, tuple) else (self.window, self.window)
        if len(lengths) != 2:
            raise OptionError(f"local.window must be a number or two, (rows, columns) (got {self.window!r}).")
        for length in lengths:
            check_count("local.window", length, least=1)

    def __call__(self, pre: Population, post: Population, rng: np.random.Generator) -> Ends:
        rows, columns = pre.grid
        tall, wide = self.window if isinstance(self.window, tuple) else (self.window, self.window)
        tall, wide = min(tall, rows), min(wide, columns)
        x, y = post.positions.T
        top = _first_in_window(y, rows, tall)
        left = _first_in_window(x, columns, wide)
        down, across = np.divmod(np.arange(tall * wide), wide)
        source = (top[:, None] + down) * columns + left[:, None] + across
        source = source[:, None, :] + rows * columns * np.arange(pre.maps)[:, None]
        return source.ravel(), np.repeat(np.arange(post.size), pre.maps * tall * wide)


@dataclasses.dataclass(frozen=True)
class convolution(Wiring):
    """Each map of neurons looks everywhere for the same pattern: local windows that share their weights.

    The neuron at (i, j) of a map sums kernel[a, b] times the rate at (stride i + a - padding, stride j + b -
    padding), over all maps of the presynaptic region; beyond the border nothing arrives. This is the
    cross-correlation that the field calls convolution (LeCun et al. 1989). The neurons of a map also have
    one threshold, if nothing but convolutions leads to their region.

    Parameters
    ----------
    kernel : int or (rows, columns)
        The size of the window.
    stride : int or (rows, columns), default 1
        How far the window moves from one neuron to the next.
    channels : int, default 1
        How many maps the postsynaptic region has, each with a kernel of its own.
    padding : int, (rows, columns), "valid" or "same", default 0
        How far the window reaches beyond the border. "valid" is 0; "same", for odd kernels and a stride of 1,
        keeps the size.

    Examples
    --------
    >>> import networkx as nx, neurosim as ns
    >>> B = nx.DiGraph()
    >>> B.add_node("retina", shape=(8, 8)); B.add_node("V1", shape=(4, 6, 6), mode="relu")
    >>> B.add_edge("retina", "V1", wiring=ns.wiring.convolution(3, channels=4))
    >>> brain = ns.Network.from_regions(B, rng=0)
    >>> len(brain.synapses), brain.n_parameters  # 4 kernels of 9 weights, 4 thresholds
    (1296, 40)
    """

    kernel: int | tuple[int, int]
    stride: int | tuple[int, int] = 1
    channels: int = 1
    padding: int | tuple[int, int] | str = 0

    def __post_init__(self) -> None:
        _pair_of("convolution.kernel", self.kernel, least=1)
        _pair_of("convolution.stride", self.stride, least=1)
        check_count("convolution.channels", self.channels, least=1)
        if isinstance(self.padding, str):
            if self.padding not in ("valid", "same"):
                raise unknown("padding", self.padding, ("valid", "same"), "Or give a number.")
            odd = all(size % 2 for size in self._kernel)
            if self.padding == "same" and (not odd or self._stride != (1, 1)):
                raise OptionError(
                    "convolution with padding='same' needs an odd kernel and a stride of 1; got kernel="
                    f"{self.kernel!r}, stride={self.stride!r}. Give the padding as a number."
                )
        else:
            _pair_of("convolution.padding", self.padding, least=0)

    @property
    def _kernel(self) -> tuple[int, int]:
        return _pair_of("convolution.kernel", self.kernel, least=1)

    @property
    def _stride(self) -> tuple[int, int]:
        return _pair_of("convolution.stride", self.stride, least=1)

    @property
    def _padding(self) -> tuple[int, int]:
        if self.padding == "same":
            return self._kernel[0] // 2, self._kernel[1] // 2
        return (0, 0) if self.padding == "valid" else _pair_of("convolution.padding", self.padding, least=0)

    def shape(self, rows: int, columns: int) -> tuple[int, int, int]:
        """The shape of the postsynaptic region, (maps, rows, columns), for a presynaptic one of this size."""
        sizes = zip((rows, columns), self._kernel, self._stride, self._padding, strict=True)
        height, width = ((length + 2 * pad - size) // step + 1 for length, size, step, pad in sizes)
        return self.channels, height, width

    def __call__(self, pre: Population, post: Population, rng: np.random.Generator) -> Ends:
        source, target, _ = self._synapses(pre, post)
        return source, target

    def sharing(self, pre: Population, post: Population) -> Sharing:
        *_, weight = self._synapses(pre, post)
        area = post.size // self.channels
        return Sharing(weight, np.arange(post.size) // area)

    def _synapses(self, pre: Population, post: Population) -> tuple[Indices, Indices, Indices]:
        """The ends of every synapse, and the place of its weight among the kernels'."""
        rows, columns = pre.grid
        _, height, width = shape = self.shape(rows, columns)
        if min(height, width) < 1:
            raise self._too_large(pre)
        fitting = {shape, (self.channels * height, width), (self.channels * height * width,)}
        if post.shape not in fitting:
            as_map = self._as_map(pre)
            write = "Otherwise write" if as_map else "Write"
            raise OptionError(
                f"{self} makes of a region of {rows} x {columns} neurons one of shape {shape}, (maps, rows, columns); "
                f"the postsynaptic region has the shape {post.shape}. {as_map}{write} shape={shape} there."
            )
        (tall, wide), (down, across), (above, left) = self._kernel, self._stride, self._padding
        out, i, j, within, a, b = np.indices((self.channels, height, width, pre.maps, tall, wide)).reshape(6, -1)
        y, x = i * down + a - above, j * across + b - left
        inside = (y >= 0) & (y < rows) & (x >= 0) & (x < columns)
        source = (within * rows + y) * columns + x
        target = (out * height + i) * width + j
        weight = ((out * pre.maps + within) * tall + a) * wide + b
        return source[inside], target[inside], weight[inside]

    def _as_map(self, pre: Population) -> str:
        """The advice to lay the neurons out as a map, where they are a row and the kernel is taller than that."""
        if len(pre.shape) > 1 or self._kernel[0] == 1:
            return ""
        side = math.isqrt(pre.size)
        shape = f"shape=({side}, {side})" if side**2 == pre.size else "shape=(rows, columns)"
        return (
            f"The presynaptic region has the shape {pre.shape}, which is one row; if its neurons are a map, give it "
            f"{shape} first. "
        )

    def _too_large(self, pre: Population) -> OptionError:
        (rows, columns), (tall, wide), (above, left) = pre.grid, self._kernel, self._padding
        padded = f", {rows + 2 * above} x {columns + 2 * left} with its padding" if above or left else ""
        ways = self._as_map(pre) or (
            f"Choose a smaller kernel, of up to {rows + 2 * above} x {columns + 2 * left}, or a larger padding. "
        )
        return OptionError(
            f"{self} has a kernel of {tall} x {wide}, larger than the presynaptic map of {rows} x {columns} neurons"
            f"{padded}. {ways.rstrip()}"
        )


@dataclasses.dataclass(frozen=True)
class distance_dependent(Wiring):
    """Near neurons more often than far ones: probability p exp(-d^2 / (2 sigma^2)) at distance d.

    Distances are between places in the unit square that each region fills.

    Parameters
    ----------
    sigma : float > 0
        How far synapses reach.
    p : float in [0, 1], default 1
        The probability at distance 0.

    Examples
    --------
    >>> line = Population(10, (10,))
    >>> pre, post = distance_dependent(sigma=0.01)(line, line, np.random.default_rng(0))
    >>> pre  # so short a reach leaves the neighbours out
    array([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    """

    sigma: float
    p: float = 1.0

    def __post_init__(self) -> None:
        check_number("distance_dependent.p", self.p, least=0, most=1)
        check_number("distance_dependent.sigma", self.sigma, above=0)

    def __call__(self, pre: Population, post: Population, rng: np.random.Generator) -> Ends:
        sources, targets = [], []
        step = max(1, 2**22 // pre.size)  # rows of the distance matrix held at once
        for start in range(0, post.size, step):
            here = post.positions[start : start + step]
            with np.errstate(over="ignore"):  # infinitely many sigmas away: no chance, as it should be
                far = ((here[:, None, :] - pre.positions[None, :, :]) / self.sigma) ** 2
            chance = self.p * np.exp(-far.sum(axis=2) / 2)
            target, source = np.nonzero(rng.random(chance.shape) < chance)
            sources.append(source)
            targets.append(target + start)
        return np.concatenate(sources), np.concatenate(targets)


@dataclasses.dataclass(frozen=True)
class small_world(Wiring):
    """Each neuron listens to its k nearest on a ring, and each synapse is moved to a random source with probability p.

    Local order with a few long ways (Watts and Strogatz 1998), directed: p = 0 is a lattice, p = 1 is
    random. Within one region a neuron never listens to itself; between two, the rings are matched
    place by place.

    Parameters
    ----------
    k : int
        Dendrites of each neuron.
    p : float in [0, 1]
        Probability that a synapse is rewired.

    Examples
    --------
    >>> ring = Population(6, (6,))
    >>> pre, post = small_world(2, 0.0)(ring, ring, np.random.default_rng(0))
    >>> pre.reshape(6, 2)[:3]
    array([[1, 5],
           [2, 0],
           [3, 1]])
    """

    k: int
    p: float

    def __post_init__(self) -> None:
        check_count("small_world.k", self.k)
        check_number("small_world.p", self.p, least=0, most=1)

    def __call__(self, pre: Population, post: Population, rng: np.random.Generator) -> Ends:
        itself = pre is post
        _check_enough("small_world", self.k, pre.size - itself, "presynaptic")
        steps = np.arange(2, self.k + 3) // 2 * np.resize([1, -1], self.k + 1)  # 1, -1, 2, -2, ...
        offsets = steps[: self.k] if itself else np.concatenate([[0], steps])[: self.k]
        centre = np.arange(post.size) * pre.size // post.size
        source = (centre[:, None] + offsets) % pre.size
        moved = rng.random(source.shape) < self.p
        rewire = _rewire if 2 * (self.k + itself) <= pre.size else _rewire_one_by_one
        rewire(source, moved, pre.size, itself, rng)
        return source.ravel(), np.repeat(np.arange(post.size), self.k)


class explicit(Wiring):
    """Exactly these synapses: from a matrix, or from a list.

    Parameters
    ----------
    synapses : array, sparse array, or sequence of tuples
        A matrix of shape (pre, post), rows from, columns to: nonzero entries are synapses with that weight
        (every stored entry of a sparse array is one, zeros too); in a boolean matrix the True entries are
        synapses whose weights are drawn. Or a list of (pre, post) or (pre, post, weight), numbers from 0.

    Examples
    --------
    >>> explicit([[0.0, 2.0], [-1.0, 0.0]])
    explicit(2 synapses)
    >>> explicit([(0, 1), (1, 0)])
    explicit(2 synapses)
    """

    def __init__(self, synapses: npt.ArrayLike | Sequence[tuple[float, ...]] | sparray | spmatrix) -> None:
        self._shape: tuple[int, int] | None = None
        self._weights: Floats | None = None
        if hasattr(synapses, "tocoo"):
            matrix = synapses.tocoo()
            self._read_matrix(matrix.shape, matrix.row, matrix.col, matrix.data)
        elif isinstance(synapses, list | tuple) and all(isinstance(row, tuple) for row in synapses):
            self._read_list(synapses)
        else:
            dense = _as_array(synapses)
            if dense.ndim != 2:
                raise DataError(
                    "explicit needs a matrix (pre, post) or a list of tuples (pre, post); "
                    f"got {reprlib.repr(synapses)}."
                )
            source, target = np.nonzero(dense)
            self._read_matrix(dense.shape, source, target, dense[source, target])

    def _read_matrix(self, shape: tuple[int, ...], source: Indices, target: Indices, values: npt.NDArray[Any]) -> None:
        self._shape = (int(shape[0]), int(shape[1]))
        self._pre, self._post = source.astype(np.int64), target.astype(np.int64)
        self._weights = None if values.dtype == bool else _finite(values, source, target)

    def _read_list(self, rows: Sequence[tuple[float, ...]]) -> None:
        lengths = {len(row) for row in rows}
        if not lengths <= {2} and not lengths <= {3}:
            raise DataError("explicit needs tuples that are all (pre, post) or all (pre, post, weight).")
        table = _as_array(rows).reshape(len(rows), -1 if rows else 2)
        ends = table[:, :2]
        if table.dtype.kind not in "iuf" or not ((ends == np.floor(ends)) & (np.abs(ends) < 2**53)).all():
            raise DataError(
                "explicit counts neurons from 0 within each region, so the ends must be whole numbers; "
                f"got {reprlib.repr(rows)}."
            )
        self._pre, self._post = ends.astype(np.int64).T
        self._weights = _finite(table[:, 2], self._pre, self._post) if table.shape[1] == 3 else None

    def __call__(self, pre: Population, post: Population, rng: np.random.Generator) -> Ends | WeightedEnds:
        if self._shape is not None and self._shape != (pre.size, post.size):
            raise DataError(
                f"explicit has a matrix of shape {self._shape}, but the regions have {pre.size} and {post.size} "
                "neurons; rows are presynaptic, columns postsynaptic. If it is the other way round, write matrix.T."
            )
        for what, ends, size in (("presynaptic", self._pre, pre.size), ("postsynaptic", self._post, post.size)):
            if ends.size and not 0 <= ends.min() <= ends.max() < size:
                raise DataError(
                    f"explicit names {what} neurons {ends.min()} to {ends.max()}; there are 0 to {size - 1}."
                )
        return (self._pre, self._post) if self._weights is None else (self._pre, self._post, self._weights)

    def __repr__(self) -> str:
        return f"explicit({counted(len(self._pre), 'synapse')})"


# --- Drawing -------------------------------------------------------------------------------------


def _bernoulli_positions(p: float, length: int, rng: np.random.Generator) -> Indices:
    """The successes among `length` trials, in order, by drawing the gaps between them (Batagelj and Brandes 2005)."""
    if p == 0 or length == 0:
        return np.empty(0, dtype=np.int64)
    if p == 1:
        return np.arange(length)
    chunks: list[Indices] = []
    last = -1
    while last < length:
        expected = (length - last) * p
        gaps = rng.geometric(p, size=int(expected + 4 * np.sqrt(expected) + 16))
        # A huge gap ends the draw; capped, so that their sum cannot overflow.
        chunks.append(last + np.cumsum(np.minimum(gaps, length + 1)))
        last = int(chunks[-1][-1])
    positions = np.concatenate(chunks)
    found: Indices = positions[positions < length]
    return found


def _subsets(rows: int, size: int, k: int, rng: np.random.Generator) -> Indices:
    """For each row, k different numbers below `size` in rising order; every subset is equally likely."""
    if 2 * k > size:
        left_out = _subsets(rows, size, size - k, rng)
        chosen = np.ones((rows, size), dtype=bool)
        np.put_along_axis(chosen, left_out, False, axis=1)
        return np.nonzero(chosen)[1].reshape(rows, k)
    draws = np.sort(rng.integers(size, size=(rows, k)), axis=1)
    while True:
        # Numbers drawn twice are drawn again. The process treats all numbers alike, so no subset is favoured.
        again = np.zeros(draws.shape, dtype=bool)
        again[:, 1:] = draws[:, 1:] == draws[:, :-1]
        unfinished = again.any(axis=1)
        if not unfinished.any():
            return draws
        draws[again] = rng.integers(size, size=int(again.sum()))
        draws[unfinished] = np.sort(draws[unfinished], axis=1)


def _rewire(source: Indices, moved: Flags, size: int, itself: bool, rng: np.random.Generator) -> None:
    """Draw new sources where they moved, in place: in each row different ones, and none that is the row's own number.

    What is taken already is drawn again, as in `_subsets`. That is quick as long as at least half is free.
    """
    rows = np.flatnonzero(moved.any(axis=1))
    again = moved[rows]
    while rows.size:
        part = source[rows]
        part[again] = rng.integers(size, size=int(again.sum()))
        source[rows] = part
        taken = np.column_stack([rows, part]) if itself else part
        may_move = np.column_stack([np.zeros(len(rows), dtype=bool), moved[rows]]) if itself else moved[rows]
        order = np.argsort(2 * taken + may_move, axis=1)  # of equal ones, that which stays comes first
        value = np.take_along_axis(taken, order, axis=1)
        twice = np.zeros(taken.shape, dtype=bool)
        np.put_along_axis(twice, order[:, 1:], value[:, 1:] == value[:, :-1], axis=1)
        again = twice[:, 1:] if itself else twice
        unfinished = again.any(axis=1)
        rows, again = rows[unfinished], again[unfinished]


def _rewire_one_by_one(source: Indices, moved: Flags, size: int, itself: bool, rng: np.random.Generator) -> None:
    """The same by listing what is free, for rows that take up more than half of all sources."""
    for row in np.flatnonzero(moved.any(axis=1)):
        kept = source[row, ~moved[row]]
        free = np.setdiff1d(np.arange(size), np.append(kept, row) if itself else kept, assume_unique=True)
        source[row, moved[row]] = rng.choice(free, size=int(moved[row].sum()), replace=False)


def _first_in_window(places: Floats, cells: int, window: int) -> Indices:
    """The first cell of a window centred on each place in [0, 1], moved inwards at the border."""
    # Halves are rounded up, all of them: to the nearest even number, windows would advance by 0 and 2 in turn.
    first: Indices = np.floor(places * cells - window / 2 + 0.5).astype(np.int64)
    return np.clip(first, 0, cells - window)


# --- Checking ------------------------------------------------------------------------------------


def _pair_of(name: str, value: Any, least: int) -> tuple[int, int]:
    """Rows and columns from two numbers, or from one that stands for both."""
    rows, columns = value if isinstance(value, tuple) and len(value) == 2 else (value, value)
    check_count(name, rows, least=least)
    check_count(name, columns, least=least)
    return int(rows), int(columns)


def _as_array(values: Any) -> npt.NDArray[Any]:
    try:
        return np.asarray(values)
    except ValueError:
        return np.asarray(None)  # rows of different lengths: neither a matrix nor a list of ends


def _finite(weights: npt.NDArray[Any], pre: Indices, post: Indices) -> Floats:
    sound = np.isfinite(weights) if weights.dtype.kind in "iuf" else np.zeros(len(weights), dtype=bool)
    if not sound.all():
        first = int(np.argmin(sound))
        raise DataError(
            f"explicit's weight of {pre[first]} -> {post[first]} must be a finite number; got {weights[first]!r}."
        )
    return weights.astype(float)


def _check_enough(rule: str, k: int, available: int, side: str) -> None:
    if k > available:
        raise OptionError(
            f"{rule} wants {k} different {side} neurons for each, but there are only {available}. "
            f"Write at most {available}, or enlarge the region."
        )
