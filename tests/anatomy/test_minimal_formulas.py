"""Short formulas, from truth functions; the oracles are brute force and the truth function itself."""

import functools
import itertools
import operator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import neurosim as ns
from neurosim.anatomy.minimal_formulas import _irredundant, holds_in, minimal_formula, prime_products, products
from neurosim.anatomy.truth_tables import every_case


def every_function(n):
    return [np.array([number >> case & 1 for case in range(2**n)], dtype=bool) for number in range(2**2**n)]


def column(formula, names):
    cases = every_case(len(names))
    return np.broadcast_to(formula.truth(dict(zip(names, cases.T, strict=True))), (len(cases),))


def covered(found, n):
    cases = every_case(n)
    return np.any([holds_in(product, cases) for product in found], axis=0) if found else np.zeros(2**n, dtype=bool)


@pytest.mark.parametrize("n", [0, 1, 2, 3])
def test_every_function_of_few_variables(n):
    for truth in every_function(n):
        formula = minimal_formula(truth, "abc"[:n])
        assert (column(formula, "abc"[:n]) == truth).all()


@given(seed=st.integers(0, 2**32 - 1), n=st.integers(4, 9), share=st.sampled_from([0.1, 0.5, 0.9]))
def test_functions_of_more_variables(seed, n, share):
    names = [f"x{i}" for i in range(n)]
    truth = np.random.default_rng(seed).random(2**n) < share
    assert (column(minimal_formula(truth, names), names) == truth).all()


ALL_PRODUCTS = [
    tuple((i, value == 1) for i, value in enumerate(values) if value < 2)
    for values in itertools.product((0, 1, 2), repeat=3)
]
AS_SETS = {
    product: sum(1 << int(i) for i in np.flatnonzero(holds_in(product, every_case(3)))) for product in ALL_PRODUCTS
}


def test_no_fewer_products_do():
    for number, truth in enumerate(every_function(3)):
        found = products(truth)
        assert (covered(found, 3) == truth).all()
        inside = [cases for cases in AS_SETS.values() if cases & ~number == 0]
        for fewer in range(len(found)):
            unions = (functools.reduce(operator.or_, chosen, 0) for chosen in itertools.combinations(inside, fewer))
            assert number not in unions


def test_prime_products_are_those_that_cannot_be_shorter():
    for number, truth in enumerate(every_function(3)):
        implicants = {product for product, cases in AS_SETS.items() if cases & ~number == 0}
        primes = {p for p in implicants if not any(set(q) < set(p) for q in implicants)}
        assert set(prime_products(truth)) == primes


@pytest.mark.parametrize("n", [3, 5, 7, 8])
def test_of_many_products_none_can_be_left_out(n):
    truth = np.random.default_rng(n).random(2**n) < 0.5
    found = _irredundant(truth, n)
    assert (covered(found, n) == truth).all()
    for product in found:
        assert (covered([other for other in found if other != product], n) != truth).any()


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("a and b or a and not b", "a"),
        ("not (a and b)", "not a or not b"),
        ("a or a and b", "a"),
        ("(a and b) or (not a and c) or (b and c)", "(a and b) or (not a and c)"),
        ("a and not b or not a and b", "a xor b"),
        ("not (a xor b xor c)", "a iff (b xor c)"),
        ("(a or b) and (c or d)", "(a or b) and (c or d)"),
        ("a and (b or c and d)", "a and (b or (c and d))"),
        ("a and not a", "False"),
        ("a -> a", "True"),
        ("a xor (b and c)", "a xor (b and c)"),
    ],
)
def test_they_are_short(text, short):
    assert str(ns.logic.formula(text)) == short
