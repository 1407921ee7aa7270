"""From what a formula says in every case to a short formula that says so."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from neurosim.anatomy.formulas import Flags, Formula, constant, joined, negated, variable

Product: TypeAlias = tuple[tuple[int, bool], ...]
"""Some inputs, by number, with the value that each must have."""

MOST_EXACT = 6  # inputs up to which the fewest products are found


def minimal_formula(truth: Flags, names: Sequence[str]) -> Formula:
    """A short formula for a truth function.

    Parameters
    ----------
    truth : bool array, shape (2 ** len(names),)
        What it says in every case, in the order of `every_case`.
    names : sequence of str

    Returns
    -------
    Formula
        Variables that make no difference do not occur. What can be split off with "and", "or" or "xor" is; the rest
        is an "or" of "and", or an "and" of "or", whichever has fewer variables written in it. Of both, those
        with the fewest terms are found (Quine 1952, McCluskey 1956) up to six variables, and irredundant ones
        beyond (Minato 1993).

    Examples
    --------
    >>> minimal_formula(np.array([0, 1, 1, 0, 1, 0, 0, 1], dtype=bool), "abc")
    a xor b xor c
    >>> minimal_formula(np.array([0, 0, 0, 1, 0, 1, 1, 1], dtype=bool), "abc")
    (a and b) or (a and c) or (b and c)
    """
    return _formula(truth.reshape((2,) * len(names)), list(names))


def _formula(truth: Flags, names: list[str]) -> Formula:
    """The same, for a table with an axis for each variable."""
    if truth.all() or not truth.any():
        return constant(bool(truth.all()))
    halves = [(np.take(truth, 0, axis=i), np.take(truth, 1, axis=i)) for i in range(len(names))]
    for i, (without, with_it) in enumerate(halves):
        if (without == with_it).all():
            return _formula(without, [*names[:i], *names[i + 1 :]])
    if len(names) == 1:
        return variable(names[0]) if truth[1] else negated(variable(names[0]))
    split = [(i, *halves[i]) for i in range(len(names))]
    for i, without, with_it in split:
        rest = [*names[:i], *names[i + 1 :]]
        literal = variable(names[i])
        if not without.any():
            return _in_order("and", [literal, _formula(with_it, rest)], names)
        if not with_it.any():
            return _in_order("and", [negated(literal), _formula(without, rest)], names)
        if with_it.all():
            return _in_order("or", [literal, _formula(without, rest)], names)
        if without.all():
            return _in_order("or", [negated(literal), _formula(with_it, rest)], names)
    for i, without, with_it in split:
        if (without != with_it).all():
            return _xor(variable(names[i]), _formula(without, [*names[:i], *names[i + 1 :]]), names)
    return min(_sum_of_products(truth.ravel(), names), _product_of_sums(truth.ravel(), names), key=_length)


def _xor(literal: Formula, rest: Formula, names: Sequence[str]) -> Formula:
    """Exclusive or; a negation within comes to the front, where it makes "iff" of two."""
    if rest.kind == "not":
        return Formula("iff", (literal, rest.parts[0]))
    if rest.kind == "iff":
        first, second = rest.parts
        return Formula("iff", (literal, joined("xor", [first, second])))
    return _in_order("xor", [literal, rest], names)


def _in_order(kind: str, parts: Iterable[Formula], names: Sequence[str]) -> Formula:
    """Formulas joined, sorted by their first variables as they were given."""
    whole = joined(kind, list(parts))
    return Formula(kind, tuple(sorted(whole.parts, key=lambda part: names.index(part.variables[0]))))


def _length(formula: Formula) -> int:
    """How many variables are written in it."""
    return 1 if formula.kind == "variable" else sum(map(_length, formula.parts))


def _sum_of_products(truth: Flags, names: Sequence[str]) -> Formula:
    terms = []
    for product in products(truth):
        literals = [variable(names[i]) if value else negated(variable(names[i])) for i, value in product]
        terms.append(joined("and", literals))
    return joined("or", terms)


def _product_of_sums(truth: Flags, names: Sequence[str]) -> Formula:
    factors = []
    for product in products(~truth):
        literals = [negated(variable(names[i])) if value else variable(names[i]) for i, value in product]
        factors.append(joined("or", literals))
    return joined("and", factors)


# --- Products of variables -----------------------------------------------------------------------


def products(truth: Flags) -> list[Product]:
    """Products whose sum is a truth function: the fewest of up to six inputs; of more, none that could be left out.

    Examples
    --------
    >>> products(np.array([0, 1, 1, 1], dtype=bool))
    [((0, True),), ((1, True),)]
    """
    n = len(truth).bit_length() - 1
    found = _fewest(truth, n) if n <= MOST_EXACT else _irredundant(truth, n)
    return sorted(found, key=lambda product: [(i, not value) for i, value in product])


def prime_products(truth: Flags) -> list[Product]:
    """The products that imply a truth function, and would not if they were any shorter (Quine 1952)."""
    n = len(truth).bit_length() - 1
    holds = truth.reshape((2,) * n)  # then along each axis 0, 1, and 2 for either
    for axis in range(n):
        holds = np.concatenate([holds, holds.min(axis=axis, keepdims=True)], axis=axis)
    prime = holds.copy()
    for axis in range(n):
        shorter = np.take(holds, [2], axis=axis)
        prime &= ~np.concatenate([shorter, shorter, np.zeros_like(shorter)], axis=axis)
    return [tuple((i, v == 1) for i, v in enumerate(cube) if v < 2) for cube in np.argwhere(prime).tolist()]


def holds_in(product: Product, cases: Flags) -> Flags:
    """In which cases a product holds."""
    inputs, values = [i for i, _ in product], [value for _, value in product]
    held: Flags = (cases[:, inputs] == np.array(values, dtype=bool)).all(axis=1)
    return held


def _fewest(truth: Flags, n: int) -> list[Product]:
    """The fewest prime products that cover a truth function, and of these the shortest."""
    from neurosim.anatomy.truth_tables import every_case

    if not truth.any():
        return []
    primes, cases = prime_products(truth), every_case(n)[truth]
    cover = np.column_stack([holds_in(prime, cases) for prime in primes])
    needed = cover[cover.sum(axis=1) == 1].any(axis=0)  # which alone hold in some case
    open_cases = ~cover[:, needed].any(axis=1)
    chosen = np.flatnonzero(needed).tolist()
    if open_cases.any():
        others = np.flatnonzero(~needed)
        costs = [1 + len(primes[i]) / (n * len(primes) + 1) for i in others.tolist()]
        chosen += others[_cheapest_cover(cover[np.ix_(open_cases, others)], costs)].tolist()
    return [primes[i] for i in chosen]


def _cheapest_cover(cover: Flags, costs: Sequence[float]) -> npt.NDArray[np.intp]:
    """Columns that have a True in every row, for the least cost."""
    from scipy.optimize import Bounds, LinearConstraint, milp

    found = milp(
        np.array(costs),
        integrality=np.ones(len(costs), dtype=np.int64),
        bounds=Bounds(0, 1),
        constraints=LinearConstraint(cover.astype(float), 1, np.inf),
    )
    assert found.x is not None  # all columns together cover every row
    return np.flatnonzero(found.x > 0.5)


def _irredundant(truth: Flags, n: int) -> list[Product]:
    """Products none of which can be left out or shortened within the others (Minato 1993), on whole numbers as sets."""
    bits = int.from_bytes(np.packbits(truth, bitorder="little").tobytes(), "little")
    return _between(bits, bits, 0, n)[0]


@functools.lru_cache(maxsize=2**14)
def _between(least: int, most: int, axis: int, n: int) -> tuple[list[Product], int]:
    """Products whose sum holds at least in one set of cases and at most in another, and where it does hold."""
    if not least:
        return [], 0
    everything = (1 << (1 << n - axis)) - 1
    if most == everything:
        return [()], everything
    half = 1 << (n - axis - 1)  # cases in which the variable is 0; as many follow in which it is 1
    low = (1 << half) - 1
    least0, least1, most0, most1 = least & low, least >> half, most & low, most >> half
    off, held0 = _between(least0 & ~most1, most0, axis + 1, n)
    on, held1 = _between(least1 & ~most0, most1, axis + 1, n)
    either, held = _between(least0 & ~held0 | least1 & ~held1, most0 & most1, axis + 1, n)
    found: list[Product] = [((axis, False), *product) for product in off]
    found += [((axis, True), *product) for product in on]
    return found + either, (held0 | held) | (held1 | held) << half
