"""What one threshold neuron can say: known numbers of such functions, brute force, and ns.separability."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import neurosim as ns
from neurosim.anatomy.threshold_functions import gate_for, is_separable, separate
from neurosim.anatomy.truth_tables import every_case
from tests.anatomy.test_minimal_formulas import every_function


def says(gate, n):
    weights, threshold = gate
    return every_case(n).astype(int) @ weights >= threshold


@pytest.mark.parametrize(("n", "count"), [(1, 4), (2, 14), (3, 104)])
def test_how_many_functions_one_neuron_can_say(n, count):
    """Muroga 1971, table 7.2.1."""
    gates = [(truth, gate_for(truth)) for truth in every_function(n)]
    found = [(truth, gate) for truth, gate in gates if gate is not None]
    assert len(found) == count
    assert all((says(gate, n) == truth).all() for truth, gate in found)


def test_how_many_functions_without_inhibition():
    """Of the 168 monotone functions of four inputs, 150 (Muroga 1971)."""
    cases = every_case(4)
    monotone = {0}  # as sets of cases, which hold whatever lies above one of them
    for case in cases:
        above = sum(1 << int(i) for i in np.flatnonzero((cases >= case).all(axis=1)))
        monotone |= {above | other for other in monotone}
    assert len(monotone) == 168
    truths = [np.array([number >> i & 1 for i in range(16)], dtype=bool) for number in monotone]
    assert sum(gate_for(truth) is not None for truth in truths) == 150


def test_weights_are_the_smallest():
    cheapest: dict[bytes, int] = {}
    for weights in itertools.product(range(-2, 3), repeat=3):
        for threshold in range(-6, 8):
            key = says((weights, threshold), 3).tobytes()
            cheapest[key] = min(sum(map(abs, weights)), cheapest.get(key, 99))
    assert len(cheapest) == 104
    for key, cost in cheapest.items():
        gate = gate_for(np.frombuffer(key, dtype=bool))
        assert gate is not None
        assert sum(map(abs, gate[0])) == cost


@settings(max_examples=150)
@given(weights=st.lists(st.integers(-9, 9), min_size=1, max_size=6), threshold=st.integers(-10, 10))
def test_what_a_neuron_says_a_neuron_can_say(weights, threshold):
    n = len(weights)
    truth = says((weights, threshold), n)
    for gate in (gate_for(truth), separate(every_case(n), truth)):
        assert gate is not None
        assert (says(gate, n) == truth).all()
        assert sum(map(abs, gate[0])) <= sum(map(abs, weights))


@given(
    weights=st.lists(st.integers(-5, 5), min_size=4, max_size=5), threshold=st.integers(-4, 4), flip=st.integers(0, 15)
)
def test_it_agrees_with_separability(weights, threshold, flip):
    cases = every_case(len(weights))
    truth = says((weights, threshold), len(weights))
    truth[flip] ^= True
    separable = ns.separability(cases, truth).separable
    assert (gate_for(truth) is not None) == separable == is_separable(cases, truth)
    assert (separate(cases, truth) is not None) == separable
