"""A binary network as a finite automaton: against runs over many ticks, against counting, and what is refused."""

import math

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import neurosim as ns
from tests.anatomy.helpers import complains


def ring(size):
    """Neurons that each excite the next one, a tick later; the first one hears an input, too."""
    cells = np.arange(size) + 1
    pre, post = [0, *cells], [1, *np.roll(cells, -1)]
    thresholds = [0] + [1] * size
    return ns.Network.from_arrays(pre, post, 1.0, delay=[0] + [1] * size, thresholds=thresholds, outputs=[size])


def random_network(seed, cells, inputs):
    """Binary neurons that all hear each other a tick later, and their inputs at once or a tick later."""
    rng = np.random.default_rng(seed)
    size = cells + inputs
    pre, post = np.divmod(np.arange(size * cells), cells)
    return ns.Network.from_arrays(
        pre,
        post,
        rng.integers(-2, 3, size * cells),
        delay=np.where(pre < cells, 1, rng.integers(2, size=size * cells)),
        thresholds=rng.integers(-1, 3, size),
        modes=["binary"] * cells + ["sensory"] * inputs,
        outputs=range(cells),
    )


@given(seed=st.integers(0, 10**6), cells=st.integers(1, 4), inputs=st.integers(1, 2))
@settings(max_examples=25, deadline=None)
def test_the_table_walks_as_the_network_runs(seed, cells, inputs):
    net = random_network(seed, cells, inputs)
    machine, rng = ns.automaton(net), np.random.default_rng(seed)
    stimulus = rng.integers(2, size=(12, inputs))
    rec = ns.simulate(net, stimulus.astype(float), record="all")
    state = 0  # silence
    for tick, shown in enumerate(stimulus):
        column = int(np.flatnonzero((machine.stimuli == shown).all(axis=1))[0])
        np.testing.assert_array_equal(machine.answers[state, column], rec.rates[tick, :cells])
        state = int(machine.next_states[state, column])
        np.testing.assert_array_equal(machine.states[state], [rec[name][tick] for name in machine.memory])


@pytest.mark.parametrize("size", [1, 2, 3, 4, 6])
def test_a_ring_keeps_as_many_rhythms_as_there_are_necklaces(size):
    graph = ns.automaton(ring(size)).graph()
    necklaces = sum(2 ** math.gcd(turn, size) for turn in range(size)) // size
    assert sum(1 for _ in nx.attracting_components(graph)) == necklaces
    assert all(len(cycle) in range(1, size + 1) for cycle in nx.attracting_components(graph))


def test_what_is_shown_decides_what_follows():
    machine = ns.automaton(ring(2))
    assert (machine.memory, machine.cases, len(machine.states)) == ([1, 2], 8, 4)
    assert set(machine.graph([1]).edges) == {("00", "10"), ("10", "11"), ("01", "10"), ("11", "11")}
    assert ("10", "01") in machine.graph().edges
    assert repr(machine) == "Automaton: 4 states of 2 neurons, 2 stimuli, 1 output"


def test_a_network_without_memory_has_one_state():
    both = ns.Network.from_arrays([0, 1], [2, 2], 1.0, thresholds=[0, 0, 2])
    machine = ns.automaton(both)
    assert (machine.states.shape, machine.memory) == ((1, 0), [])
    assert machine.answers[0, :, 0].tolist() == [0, 0, 0, 1]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"modes": ["sensory", "relu"]}, ["graded", "1", "with_mode"]),
        ({"modes": ["sensory", ns.Binary(leak=0.5)]}, ["past"]),
        ({"modes": ["sensory", ns.Binary(temperature=1.0)]}, ["chance"]),
        ({"delay": [0, 2]}, ["Delays", "chain"]),
    ],
)
def test_what_is_no_automaton_is_refused(change, words):
    net = ns.Network.from_arrays([0, 1], [1, 1], 1.0, **{"delay": [0, 1], "modes": ["sensory", "binary"], **change})
    with complains(ns.OptionError, *words):
        ns.automaton(net)


def test_too_many_cases_are_refused_before_any_is_tried():
    with complains(ns.OptionError, "2^8", "most"):
        ns.automaton(ring(7), most=2**7)
    assert ns.automaton(ring(7), most=2**8).cases == 2**8
    with complains(ns.OptionError, "2^101"):
        ns.automaton(ring(100))


def test_a_stimulus_must_be_one_of_them():
    machine = ns.automaton(ring(2))
    for wrong in ([2], [0, 1], 0.5):
        with complains(ns.DataError, "0 or a 1", "1 input"):
            machine.graph(wrong)
