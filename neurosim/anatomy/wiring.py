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
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt

from neurosim.anatomy.pieces import PIECE, gathered, pieces
from neurosim.anatomy.structure import INDEX, Flags, Floats, Indices
from neurosim.checks import check_count, check_number
from neurosim.errors import DataError, OptionError, counted, unknown

if TYPE_CHECKING:
    from scipy.sparse import sparray, spmatrix

NEAR = 4  # standard deviations; within these a synapse is not too unlikely to be drawn one by one


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
    (array([0, 1, 0, 1], dtype=int32), array([0, 0, 1, 1], dtype=int32))
    """

    def __call__(self, pre: Population, post: Population, rng: np.random.Generator) -> Ends:
        return np.tile(_first(pre.size), post.size), np.repeat(_first(post.size), pre.size)


@dataclasses.dataclass(frozen=True)
class one_to_one(Wiring):
    """Each neuron to the one at the same place; the two regions must be equally large.

    Examples
    --------
    >>> one_to_one()(Population(2, (2,)), Population(2, (2,)), np.random.default_rng(0))
    (array([0, 1], dtype=int32), array([0, 1], dtype=int32))
    """

    def __call__(self, pre: Population, post: Population, rng: np.random.Generator) -> Ends:
        if pre.size != post.size:
            raise OptionError(
                f"one_to_one needs two regions of one size; they have {pre.size} and {post.size} neurons. "
                "Change a size, or use fixed_indegree(1)."
            )
        return _first(pre.size), _first(post.size)


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
        source, target = gathered(_pairs(self.p, pre, post, rng), INDEX)
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
    array([0, 0, 1, 1, 2, 2], dtype=int32)
    """

    k: int

    def __post_init__(self) -> None:
        check_count("fixed_indegree.k", self.k)

    def __call__(self, pre: Population, post: Population, rng: np.random.Generator) -> Ends:
        _check_enough("fixed_indegree", self.k, pre.size, "presynaptic")
        return _subsets(post.size, pre.size, self.k, rng), np.repeat(_first(post.size), self.k)


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
    array([0, 0, 1, 1, 2, 2], dtype=int32)
    """

    k: int

    def __post_init__(self) -> None:
        check_count("fixed_outdegree.k", self.k)

    def __call__(self, pre: Population, post: Population, rng: np.random.Generator) -> Ends:
        _check_enough("fixed_outdegree", self.k, post.size, "postsynaptic")
        return np.repeat(_first(pre.size), self.k), _subsets(pre.size, post.size, self.k, rng)


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
    (144, array([ 0,  1,  2,  8,  9, 10, 16, 17, 18], dtype=int32))
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
        window = (down * columns + across + rows * columns * np.arange(pre.maps)[:, None]).ravel()
        source = np.empty((post.size, len(window)), dtype=INDEX)
        np.add((top * columns + left)[:, None], window, out=source, casting="same_kind")
        return source.ravel(), np.repeat(_first(post.size), len(window))


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
        self._check_shapes(pre, post)
        source, target, _ = self._one_map(pre)
        area = post.size // self.channels
        return np.tile(source, self.channels), _side_by_side(target, self.channels, area)

    def sharing(self, pre: Population, post: Population) -> Sharing:
        _, _, weight = self._one_map(pre)
        area = post.size // self.channels
        weights = _side_by_side(weight, self.channels, pre.maps * math.prod(self._kernel))
        return Sharing(weights, np.repeat(_first(self.channels), area))

    def _one_map(self, pre: Population) -> tuple[Indices, Indices, Indices]:
        """Of every synapse onto one map the source, the target, and the place of its weight in the kernel."""
        rows, columns = pre.grid
        _, height, width = self.shape(rows, columns)
        (tall, wide), (down, across), (above, left) = self._kernel, self._stride, self._padding
        within, a, b = np.indices((pre.maps, tall, wide)).reshape(3, -1)
        y = np.arange(height)[:, None] * down + np.arange(tall) - above
        x = np.arange(width)[:, None] * across + np.arange(wide) - left
        inside_y, inside_x = (y >= 0) & (y < rows), (x >= 0) & (x < columns)
        count = pre.maps * int(inside_y.sum()) * int(inside_x.sum())
        source, target, weight = (np.empty(count, dtype=INDEX) for _ in range(3))
        done = 0
        for piece in pieces(height * width, len(a)):
            i, j = np.divmod(np.arange(piece.start, piece.stop), width)
            place, tap = np.nonzero(inside_y[i][:, a] & inside_x[j][:, b])
            part = slice(done, done + len(place))
            source[part] = (within[tap] * rows + y[i[place], a[tap]]) * columns + x[j[place], b[tap]]
            target[part] = piece.start + place
            weight[part] = tap
            done = part.stop
        return source, target, weight

    def _check_shapes(self, pre: Population, post: Population) -> None:
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
    array([0, 1, 2, 3, 4, 5, 6, 7, 8, 9], dtype=int32)
    """

    sigma: float
    p: float = 1.0

    def __post_init__(self) -> None:
        check_number("distance_dependent.p", self.p, least=0, most=1)
        check_number("distance_dependent.sigma", self.sigma, above=0)

    def __call__(self, pre: Population, post: Population, rng: np.random.Generator) -> Ends:
        near = _Windows(pre, post, NEAR * self.sigma)
        drawn = chain(self._near(pre, post, near, rng), self._far(pre, post, near, rng))
        source, target = gathered(drawn, INDEX)
        return source, target

    def _near(self, pre: Population, post: Population, near: _Windows, rng: np.random.Generator) -> Iterator[Ends]:
        """The synapses from within the windows: a number is drawn for every pair."""
        (rows, columns), (x, y) = pre.grid, post.positions.T
        tall, wide = near.size
        for piece in pieces(post.size, pre.maps * tall * wide):
            row = near.top[piece, None] + np.arange(tall)
            column = near.left[piece, None] + np.arange(wide)
            down = self.p * self._falloff((row + 0.5) / rows - y[piece, None])
            across = self._falloff((column + 0.5) / columns - x[piece, None])
            chance = down[:, None, :, None] * across[:, None, None, :]
            place = np.flatnonzero(rng.random((len(row), pre.maps, tall, wide)) < chance)
            target, within, i, j = np.unravel_index(place, (len(row), pre.maps, tall, wide))
            source = (within * rows + row[target, i]) * columns + column[target, j]
            yield source, piece.start + target

    def _far(self, pre: Population, post: Population, near: _Windows, rng: np.random.Generator) -> Iterator[Ends]:
        """The synapses from beyond the windows: of pairs drawn as if all were as likely as the nearest, some stay."""
        if near.size == pre.grid:
            return
        (rows, columns), most = pre.grid, self.p * math.exp(-(NEAR**2) / 2)
        here, there = pre.positions, post.positions
        for source, target in _pairs(most, pre, post, rng):
            row, column = np.divmod(source % (rows * columns), columns)
            chance = self.p * self._falloff(here[source] - there[target]).prod(axis=1)
            stays = ~near.hold(target, row, column) & (rng.random(len(source)) * most < chance)
            yield source[stays], target[stays]

    def _falloff(self, distance: Floats) -> Floats:
        with np.errstate(over="ignore"):  # infinitely many sigmas away: no chance, as it should be
            falloff: Floats = np.exp(-((distance / self.sigma) ** 2) / 2)
        return falloff


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
           [3, 1]], dtype=int32)
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
        rewire = _rewire if 2 * (self.k + itself) <= pre.size else _rewire_one_by_one
        sources = np.empty((post.size, self.k), dtype=INDEX)
        for piece in pieces(post.size, self.k):
            row = np.arange(piece.start, piece.stop)
            source = (row[:, None] * pre.size // post.size + offsets) % pre.size
            moved = rng.random(source.shape) < self.p
            rewire(source, moved, pre.size, row if itself else None, rng)
            sources[piece] = source
        return sources.ravel(), np.repeat(_first(post.size), self.k)


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


def _first(count: int) -> Indices:
    """The first so many numbers, from 0."""
    return np.arange(count, dtype=INDEX)


def _side_by_side(column: Indices, copies: int, apart: int) -> Indices:
    """Copies of a column one after the other, in each of which the numbers are so much larger than in the last."""
    moved: Indices = _first(copies)[:, None] * INDEX(apart) + column
    return moved.ravel()


def _pairs(p: float, pre: Population, post: Population, rng: np.random.Generator) -> Iterator[Ends]:
    """Each pair of neurons with probability p, in order of the postsynaptic ones, a piece at a time."""
    for position in _successes(p, pre.size * post.size, rng):
        target = position // pre.size
        yield position - target * pre.size, target


def _successes(p: float, length: int, rng: np.random.Generator) -> Iterator[Indices]:
    """The successes among `length` trials, in order, by drawing the gaps between them (Batagelj and Brandes 2005)."""
    if p in (0, 1):
        yield from (np.arange(piece.start, piece.stop if p else piece.start) for piece in pieces(length))
        return
    last = -1
    while last < length:
        expected = (length - last) * p
        gaps = rng.geometric(p, size=min(PIECE, int(expected + 4 * np.sqrt(expected) + 16)))
        # A huge gap ends the draw; capped, so that their sum cannot overflow.
        positions = last + np.cumsum(np.minimum(gaps, length + 1))
        last = int(positions[-1])
        yield positions[: np.searchsorted(positions, length)]


def _subsets(rows: int, size: int, k: int, rng: np.random.Generator) -> Indices:
    """For each row, k different numbers below `size` in rising order; every subset is equally likely. In one column."""
    chosen = np.empty((rows, k), dtype=INDEX)
    for piece in pieces(rows, k):
        here = piece.stop - piece.start
        if 2 * k > size:
            left_in = np.ones((here, size), dtype=bool)
            np.put_along_axis(left_in, _some(here, size, size - k, rng), False, axis=1)
            chosen[piece] = np.nonzero(left_in)[1].reshape(here, k)
        else:
            chosen[piece] = _some(here, size, k, rng)
    return chosen.ravel()


def _some(rows: int, size: int, k: int, rng: np.random.Generator) -> Indices:
    """For each row, up to half of the numbers below `size`."""
    draws = np.sort(rng.integers(size, size=(rows, k), dtype=INDEX), axis=1)
    while True:
        # Numbers drawn twice are drawn again. The process treats all numbers alike, so no subset is favoured.
        again = np.zeros(draws.shape, dtype=bool)
        again[:, 1:] = draws[:, 1:] == draws[:, :-1]
        unfinished = again.any(axis=1)
        if not unfinished.any():
            return draws
        draws[again] = rng.integers(size, size=int(again.sum()), dtype=INDEX)
        draws[unfinished] = np.sort(draws[unfinished], axis=1)


def _rewire(source: Indices, moved: Flags, size: int, own: Indices | None, rng: np.random.Generator) -> None:
    """Draw new sources where they moved, in place: in each row different ones, and none that is the row's own number.

    What is taken already is drawn again, as in `_some`. That is quick as long as at least half is free.
    """
    rows = np.flatnonzero(moved.any(axis=1))
    again = moved[rows]
    while rows.size:
        part = source[rows]
        part[again] = rng.integers(size, size=int(again.sum()))
        source[rows] = part
        taken, may_move = part, moved[rows]
        if own is not None:
            taken = np.column_stack([own[rows], taken])
            may_move = np.column_stack([np.zeros(len(rows), dtype=bool), may_move])
        # Source, whether it moved and place in one number: of equal sources, that which stays comes first.
        both = np.sort((2 * taken + may_move) * taken.shape[1] + np.arange(taken.shape[1]), axis=1)
        value = both // (2 * taken.shape[1])
        row, second = np.nonzero(value[:, 1:] == value[:, :-1])
        twice = np.zeros(taken.shape, dtype=bool)
        twice[row, both[row, second + 1] % taken.shape[1]] = True
        again = twice if own is None else twice[:, 1:]
        unfinished = again.any(axis=1)
        rows, again = rows[unfinished], again[unfinished]


def _rewire_one_by_one(source: Indices, moved: Flags, size: int, own: Indices | None, rng: np.random.Generator) -> None:
    """The same by listing what is free, for rows that take up more than half of all sources."""
    for row in np.flatnonzero(moved.any(axis=1)):
        kept = source[row, ~moved[row]]
        free = np.setdiff1d(np.arange(size), kept if own is None else np.append(kept, own[row]), assume_unique=True)
        source[row, moved[row]] = rng.choice(free, size=int(moved[row].sum()), replace=False)


def _first_in_window(places: Floats, cells: int, window: int) -> Indices:
    """The first cell of a window centred on each place in [0, 1], moved inwards at the border."""
    # Halves are rounded up, all of them: to the nearest even number, windows would advance by 0 and 2 in turn.
    first: Indices = np.floor(places * cells - window / 2 + 0.5).astype(np.int64)
    return np.clip(first, 0, cells - window)


class _Windows:
    """For each postsynaptic neuron a window of the presynaptic grid that holds all that is nearer along both sides.

    They are all of one size, (rows, columns), and moved inwards at the border.
    """

    def __init__(self, pre: Population, post: Population, reach: float) -> None:
        rows, columns = pre.grid
        x, y = post.positions.T
        self.size = self._length(rows, reach), self._length(columns, reach)
        self.top = _first_in_window(y, rows, self.size[0])
        self.left = _first_in_window(x, columns, self.size[1])

    @staticmethod
    def _length(cells: int, reach: float) -> int:
        return min(cells, 2 * math.ceil(min(1.0, reach) * cells) + 3)

    def hold(self, target: Indices, row: Indices, column: Indices) -> Flags:
        """Whether the windows of these neurons hold these places."""
        down, across = row - self.top[target], column - self.left[target]
        inside: Flags = (down >= 0) & (down < self.size[0]) & (across >= 0) & (across < self.size[1])
        return inside


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
