"""Circuits keep what they say while cells are turned round, merged, fused and left out; cells say it in words."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurosim.anatomy.circuit_reduction import eliminate, fuse, merge
from neurosim.anatomy.circuits import Circuit, counted_in_words
from neurosim.anatomy.truth_tables import every_case
from tests.strategies import SEEDS


def random_circuit(seed, n_inputs=3, n_cells=6):
    """Cells with small weights, many of them alike or opposite, and two outputs."""
    rng = np.random.default_rng(seed)
    circuit = Circuit("abc"[:n_inputs])
    for number in range(n_inputs, n_inputs + n_cells):
        sources = rng.choice(number, size=2, replace=False).tolist()
        weights = rng.choice([-1, 1], size=2).tolist()
        circuit.cells[number] = (dict(zip(sources, weights, strict=True)), int(rng.integers(-1, 3)))
    circuit._next = n_inputs + n_cells
    circuit.outputs = {"y": n_inputs + n_cells - 1, "z": n_inputs + 1}
    return circuit


def says(circuit):
    columns = dict(enumerate(every_case(len(circuit.inputs)).T))
    rates = circuit.rates(columns, list(circuit.outputs.values()))
    return {name: rates[number].tolist() for name, number in circuit.outputs.items()}


@pytest.mark.parametrize("how", [merge, fuse, eliminate, lambda c: eliminate(c, layers=c.cost[2]), Circuit.prune])
@given(seed=SEEDS)
def test_fewer_cells_say_the_same(how, seed):
    circuit = random_circuit(seed)
    before, cost = says(circuit), circuit.cost
    after = how(circuit) or circuit
    assert says(after) == before
    assert after.cost[0] <= cost[0]
    assert set(after.hidden) | set(after.outputs.values()) == set(after.cells)


@given(seed=SEEDS, number=st.integers(3, 8))
def test_a_cell_that_is_turned_round_is_understood(seed, number):
    circuit = random_circuit(seed)
    circuit.labels[number] = "it"
    before = says(circuit)
    circuit.flip(number)
    assert circuit.labels[number] == "not it"
    turned = [name for name, output in circuit.outputs.items() if output == number]
    assert {name: column for name, column in says(circuit).items() if name not in turned} == {
        name: column for name, column in before.items() if name not in turned
    }
    assert all((np.array(says(circuit)[name]) != before[name]).all() for name in turned)


def test_opposite_cells_become_one():
    circuit = Circuit("ab")
    circuit.cells = {2: ({0: 1, 1: 1}, 2), 3: ({0: -1, 1: -1}, -1), 4: ({2: 1, 3: 1}, 2), 5: ({2: 2, 3: -1, 0: 1}, 1)}
    circuit.outputs = {"never": 4, "y": 5}
    before = says(circuit)
    merge(circuit)
    assert sorted(circuit.cells) == [2, 4, 5]
    assert says(circuit) == before


@pytest.mark.parametrize(
    ("least", "words"), [(1, "a or not b or c"), (2, "at least 2 of a, not b, c"), (3, "a and not b and c")]
)
def test_counts_in_words(least, words):
    assert counted_in_words(["a", "not b", "c"], least) == words
    circuit = Circuit("abc")
    number = circuit.cell({0: 1, 1: -1, 2: 1}, least - 1)
    circuit.claim("y", (circuit.cell({number: 1, 0: 2}, 2), True))
    assert circuit.network().names[3] == words
    assert circuit.find(({0: 1, 1: -1, 2: 1}, least - 1)) == number


def test_sums_in_words_and_names_that_are_taken():
    circuit = Circuit("abcdefg")
    wide = circuit.cell({i: i + 1 for i in range(7)} | {2: -3}, 9)
    both = circuit.cell({0: 1, 1: 1}, 2)
    circuit.claim("a and b", (circuit.cell({wide: 1, both: 1}, 1), True))
    names = circuit.network().names
    assert "a + 2 b - 3 c + 4 d + 5 e + 6 f + 7 g ≥ 9" in names
    assert "a and b\N{PRIME}" in names
