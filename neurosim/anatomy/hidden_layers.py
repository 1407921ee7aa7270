"""One hidden layer for what no single threshold neuron can say: few cells, from those that suggest themselves."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence

import numpy as np

from neurosim.anatomy.formulas import Flags
from neurosim.anatomy.minimal_formulas import Product, prime_products, products
from neurosim.anatomy.structure import Floats
from neurosim.anatomy.threshold_functions import Gate, gate_for, is_separable, separate, sparse_multipliers
from neurosim.anatomy.truth_tables import every_case

MOST_WEIGHED = 8  # inputs up to which cells of all kinds are weighed against each other, in every case
MOST_SUGGESTED = 12  # inputs up to which those that are suggested are, where these are few
FEW = 80  # suggestions
MOST_CANDIDATES = 300  # cells that are weighed
SOME = 1e-7  # from which a weight counts, in a linear program
ROUNDS = 3  # of weighing; each makes it dearer to use a little of many cells


@dataclasses.dataclass(frozen=True)
class TwoLayers:
    """A hidden layer and a cell that listens to it and to the inputs.

    Attributes
    ----------
    hidden : tuple of Gate
        On the inputs.
    direct, from_hidden : tuple of int
        The weights of the last cell, on inputs and on hidden cells.
    threshold : int
        Of the last cell.
    """

    hidden: tuple[Gate, ...]
    direct: tuple[int, ...]
    from_hidden: tuple[int, ...]
    threshold: int

    @property
    def opposite(self) -> TwoLayers:
        """The same with a last cell that fires where this one is silent."""
        direct, from_hidden = (tuple(-weight for weight in weights) for weights in (self.direct, self.from_hidden))
        return TwoLayers(self.hidden, direct, from_hidden, 1 - self.threshold)

    def spread(self, inputs: Sequence[int], count: int) -> TwoLayers:
        """The same on so many inputs, of which these were meant."""

        def over(weights: Sequence[int]) -> tuple[int, ...]:
            wide = [0] * count
            for i, weight in zip(inputs, weights, strict=True):
                wide[i] = weight
            return tuple(wide)

        hidden = tuple((over(weights), threshold) for weights, threshold in self.hidden)
        return TwoLayers(hidden, over(self.direct), self.from_hidden, self.threshold)


def two_layers(truth: Flags, known: Sequence[Flags] = (), others: Iterable[Flags] = ()) -> TwoLayers:
    """Two layers that say this; the fewest hidden cells that were found.

    Parameters
    ----------
    truth : bool array, shape (2 ** inputs,)
        In the order of `every_case`; not constant.
    known : sequence of bool array
        What cells say that are there anyhow.
    others : iterable of bool array
        What may be worth a cell; what no threshold neuron can say is passed over.

    Returns
    -------
    TwoLayers
    """
    n = len(truth).bit_length() - 1
    used = [i for i in range(n) if _matters(truth, i)]
    core = _on(truth, used)
    found = [_sum_of_products(core), _sum_of_products(~core).opposite, *_by_count(core)]
    if len(used) <= MOST_SUGGESTED and min(len(layers.hidden) for layers in found) > 1:
        unused = [i for i in range(n) if i not in used]
        there, more = (
            _different(_on(each, used) for each in suggested if not any(_matters(each, i) for i in unused))
            for suggested in (known, others)
        )
        if len(used) <= MOST_WEIGHED or len(there) + len(more) <= FEW:
            found += _weighed(core, there, more)
    return min(found, key=lambda layers: len(layers.hidden)).spread(used, n)


def _different(truths: Iterable[Flags]) -> list[Flags]:
    """The truth functions, each once."""
    return list({truth.tobytes(): truth for truth in truths}.values())


def _matters(truth: Flags, axis: int) -> bool:
    """Whether an input makes a difference."""
    cube = truth.reshape((2,) * (len(truth).bit_length() - 1))
    return bool((np.take(cube, 0, axis=axis) != np.take(cube, 1, axis=axis)).any())


def _on(truth: Flags, inputs: Sequence[int]) -> Flags:
    """What is said where all other inputs are 0."""
    cube = truth.reshape((2,) * (len(truth).bit_length() - 1))
    return cube[tuple(slice(None) if i in inputs else 0 for i in range(cube.ndim))].ravel()


# --- Products and counts -------------------------------------------------------------------------


def _gate_of(product: Product, n: int) -> Gate:
    """The cell that fires where a product holds."""
    weights = [0] * n
    for i, value in product:
        weights[i] = 1 if value else -1
    return tuple(weights), sum(value for _, value in product)


def _sum_of_products(truth: Flags) -> TwoLayers:
    """A cell for each product of several inputs, and one for "or"."""
    n, found = len(truth).bit_length() - 1, products(truth)
    hidden = tuple(_gate_of(product, n) for product in found if len(product) > 1)
    direct = [0] * n
    for product in found:
        if len(product) == 1:
            direct[product[0][0]] = 1 if product[0][1] else -1
    return TwoLayers(hidden, tuple(direct), (1,) * len(hidden), 1 - direct.count(-1))


def _by_count(truth: Flags) -> list[TwoLayers]:
    """Where all depends on how many inputs fire: a cell for each number from which they are too many again.

    The last cell counts too; whoever finds too many takes away as much as is missing to the next right number.
    """
    n = len(truth).bit_length() - 1
    counts = every_case(n).sum(axis=1)
    right = [bool(truth[counts == count].all()) for count in range(n + 1)]
    if (np.array(right)[counts] != truth).any():
        return []
    if right[0]:
        return [layers.opposite for layers in _by_count(~truth)]
    ups = [k for k in range(1, n + 1) if right[k] and not right[k - 1]]
    downs = [k for k in range(1, n + 1) if right[k - 1] and not right[k]]
    steps = [(later if later else n + 1) - up for up, later in zip(ups, [*ups[1:], 0], strict=True)]
    hidden = tuple(((1,) * n, down) for down in downs)
    return [TwoLayers(hidden, (1,) * n, tuple(-step for step in steps[: len(downs)]), ups[0])]


# --- Weighing ------------------------------------------------------------------------------------


def _weighed(truth: Flags, known: Sequence[Flags], others: Sequence[Flags]) -> list[TwoLayers]:
    """Cells of all kinds weighed against each other: linear programs that make many small weights dear.

    The weights of hidden cells, signs aside, are to add up to little; what got a small one is dearer in
    the next round (Candes, Wakin and Boyd 2008). What remains is left out one by one as far as that goes.
    """
    n = len(truth).bit_length() - 1
    cases, gates = every_case(n), _candidates(truth, known, others)
    rates = np.array([cases.astype(np.int64) @ weights >= threshold for weights, threshold in gates]).T
    columns = np.hstack([cases, rates])
    costs = np.concatenate([np.full(n, 0.01), np.where(np.arange(len(gates)) < len(known), 0.1, 1.0)])
    weights: Floats = np.ones(len(costs))
    chosen: list[int] = []
    for _ in range(ROUNDS):
        prices = np.append(costs[:n], costs[n:] / (np.abs(weights[n:]) + 0.1))
        found = sparse_multipliers(columns, truth, prices)
        if found is None:
            return []
        weights, chosen = found, (n + np.flatnonzero(np.abs(found[n:]) > SOME)).tolist()
        if len(chosen) == 1:
            break
    for cell in sorted(chosen, key=lambda cell: abs(weights[cell])):
        fewer = [other for other in chosen if other != cell]
        if fewer and is_separable(columns[:, [*range(n), *fewer]], truth):
            chosen = fewer
    gate = separate(columns[:, [*range(n), *chosen]], truth)
    if gate is None:
        return []
    return [TwoLayers(tuple(gates[cell - n] for cell in chosen), gate[0][:n], gate[0][n:], gate[1])]


def _candidates(truth: Flags, known: Sequence[Flags], others: Sequence[Flags]) -> list[Gate]:
    """Cells that may help: those there are, those suggested, counts, and products that imply yes or no."""
    n = len(truth).bit_length() - 1
    counts = [((1,) * n, least) for least in range(1, n + 1)]
    suggested = [gate for gate in map(gate_for, [*known, *others]) if gate is not None]
    sides = (truth, ~truth) if n <= MOST_WEIGHED else ()
    primes = [_gate_of(product, n) for side in sides for product in prime_products(side) if len(product) > 1]
    useful = [gate for gate in suggested[len(known) :] + counts + primes if sum(map(bool, gate[0])) > 1]
    return list(dict.fromkeys([*suggested[: len(known)], *useful]))[: max(MOST_CANDIDATES, len(known))]
