"""from_arrays: what each column means, what it must not hold, and that no odd value leaks another kind of error."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

import neurosim as ns
from tests.anatomy.helpers import complains
from tests.anatomy.test_graphs import ODD, read_or_refuse
from tests.strategies import acyclic_networks, snapshot

make = ns.Network.from_arrays


@given(net=acyclic_networks(max_neurons=25, loops=True, laws=True))
def test_columns_come_out_as_they_went_in(net):
    structure = net.structure
    again = make(
        structure.pre,
        structure.post,
        net.weights,
        names=net.names,
        modes=net.modes,
        thresholds=net.thresholds,
        regions=[net[name].region for name in net],
        outputs=np.flatnonzero(structure.marked_outputs),
        delay=net.delays,
        branch=net.branches,
        positions=net.positions,
        receptor=net.receptors,
        plastic=net.plastic,
        shared=net.shared,
        receptors=structure.transmitter,
        plastic_thresholds=net.plastic_thresholds,
        shared_thresholds=net.shared_thresholds,
    )
    assert snapshot(again) == snapshot(net)


def test_the_network_keeps_no_hold_on_what_it_was_given():
    columns = [np.array([0, 1]), np.array([2, 2]), np.array([1.0, 2.0])]
    thresholds, delay, positions = np.zeros(3), np.zeros(2, dtype=np.int32), np.zeros((3, 2))
    net = make(*columns, thresholds=thresholds, delay=delay, positions=positions)
    before = snapshot(net)
    for column in (*columns, thresholds, delay, positions):
        column[:] = 1
    assert snapshot(net) == before


def test_one_number_stands_for_a_column():
    net = make([0, 1], [2, 2], 0.5, thresholds=1.5, delay=2, branch=1, outputs=[2])
    assert_array_equal(net.weights, [0.5, 0.5])
    assert_array_equal(net.thresholds, [1.5] * 3)
    assert_array_equal(net.delays, [2, 2])
    assert_array_equal(net.branches, [1, 1])


@pytest.mark.parametrize(
    ("modes", "expected"),
    [
        (None, ["sensory", "binary", "binary"]),
        ("relu", ["sensory", "relu", "relu"]),
        (ns.ELU(2), ["sensory", "ELU(alpha=2)", "ELU(alpha=2)"]),
        (ns.Tanh, ["sensory", "tanh", "tanh"]),
        (["sensory", "tanh", None], ["sensory", "tanh", "binary"]),
        ([None, None, ns.LeakyReLU(0.1)], ["sensory", "binary", "leaky_relu"]),
        (np.array(["sensory", "relu", "linear"]), ["sensory", "relu", "linear"]),
    ],
)
def test_modes(modes, expected):
    assert [str(mode) for mode in make([0, 1], [1, 2], 1.0, modes=modes).modes] == expected


@pytest.mark.parametrize(
    ("settings", "n"),
    [
        ({}, 3),
        ({"size": 5}, 5),
        ({"names": list("abcd")}, 4),
        ({"thresholds": np.zeros(6)}, 6),
        ({"regions": [None] * 4}, 4),
        ({"modes": ["sensory", "relu", "relu", "relu"]}, 4),
        ({"positions": np.zeros((4, 2))}, 4),
    ],
)
def test_how_many_neurons(settings, n):
    assert len(make([0, 1], [1, 2], 1.0, **settings)) == n


def test_whole_numbers_of_any_type():
    for dtype in (np.int8, np.uint64, np.float32, float):
        assert make(np.array([0, 1], dtype), np.array([2, 2], dtype), 1).synapses == [(0, 2), (1, 2)]
    assert make([], [], size=1).synapses == []


BAD_COLUMNS = {
    "empty": ({"pre": [], "post": []}, ns.GraphError, ["at least one neuron", "size="]),
    "no outputs": ({"pre": [0, 1, 2], "post": [2, 2, 1], "delay": [0, 0, 1]}, ns.GraphError, ["outputs=[2]"]),
    "unequal": ({"pre": [0, 1, 1]}, ns.DataError, ["pre and post", "3 and 2"]),
    "negative": ({"pre": [0, -1]}, ns.GraphError, ["pre[1] is -1", "0 to 2"]),
    "beyond": ({"post": [2, 9], "size": 5}, ns.GraphError, ["post[1] is 9", "0 to 4", "size="]),
    "fractions": ({"pre": [0, 0.5]}, ns.DataError, ["pre", "whole numbers", "0.5"]),
    "nan number": ({"pre": [0, math.nan]}, ns.DataError, ["pre", "whole numbers", "nan"]),
    "huge": ({"pre": [0, 1e300]}, ns.DataError, ["pre", "2^31", "1e+300"]),
    "2^31": ({"post": [2, 2**31]}, ns.DataError, ["post", "2^31", str(2**31)]),
    "names as numbers": ({"pre": ["x", "y"]}, ns.DataError, ["pre", "whole numbers", "'x'"]),
    "flags": ({"pre": [True, False]}, ns.DataError, ["pre", "whole numbers", "True"]),
    "ragged": ({"pre": [0, [1]]}, ns.DataError, ["pre", "different lengths"]),
    "2-d": ({"pre": [[0, 1]]}, ns.DataError, ["pre", "(1, 2)"]),
    "twice": ({"pre": [0, 0]}, ns.GraphError, ["0 -> 2", "more than once", "branch=1"]),
    "weight nan text": ({"weight": ["a", "b"]}, ns.DataError, ["weight", "finite number", "'a'"]),
    "weight inf": ({"weight": [1, math.inf]}, ns.DataError, ["weight of 1 -> 2", "finite number", "inf"]),
    "weight shape": ({"weight": [1, 2, 3]}, ns.DataError, ["2 weights", "(2,)", "(3,)"]),
    "weight too large": ({"weight": [1, 1e39], "dtype": "float32"}, ns.DataError, ["weight of 1 -> 2", "inf"]),
    "threshold nan": ({"thresholds": [0, 0, math.nan]}, ns.DataError, ["threshold of 2", "finite number", "nan"]),
    "threshold none": ({"thresholds": [0, 0, None]}, ns.DataError, ["threshold of 2", "finite number"]),
    "weight text in an object array": (
        {"weight": np.array(["1.5", 2], dtype=object)},
        ns.DataError,
        ["weight", "finite number", "'1.5'"],
    ),
    "names too short": ({"names": ["a", "b"]}, ns.GraphError, ["post[0] is 2", "names has 2", "list 3 in names"]),
    "modes too short": ({"modes": ["relu"]}, ns.GraphError, ["pre[1] is 1", "modes has 1", "list 2 in modes"]),
    "threshold complex": ({"thresholds": np.zeros(3, complex)}, ns.DataError, ["threshold", "finite number", "0j"]),
    "columns disagree": (
        {"names": list("abc"), "thresholds": [0, 0]},
        ns.DataError,
        ["disagree", "names says 3", "thresholds says 2"],
    ),
    "size": ({"size": -1}, ns.OptionError, ["size", "whole number", "-1"]),
    "size half": ({"size": 2.5}, ns.OptionError, ["size", "whole number", "2.5"]),
    "size huge": ({"size": 10**30}, ns.OptionError, ["size", "whole number", "1000000"]),
    "names twice": ({"names": ["a", "b", "a"]}, ns.GraphError, ["a name of its own", "'a'"]),
    "names float": ({"names": ["a", "b", 0.5]}, ns.GraphError, ["text or a whole number", "0.5"]),
    "names list": ({"names": ["a", "b", ["c"]]}, ns.NeurosimError, ["names", "['c']"]),
    "names text": ({"names": "abc"}, ns.DataError, ["names", "3 neurons", "'abc'"]),
    "names number": ({"names": 3}, ns.DataError, ["names", "3 neurons", "3"]),
    "mode": ({"modes": "sigmod"}, ns.UnknownNameError, ["'sigmod'", "Did you mean 'sigmoid'"]),
    "modes": ({"modes": ["sensory", "sensory", "rleu"]}, ns.UnknownNameError, ["'rleu'", "Did you mean 'relu'"]),
    "modes number": ({"modes": 5}, ns.DataError, ["modes", "3 neurons", "5"]),
    "modes set": ({"modes": {"relu"}}, ns.DataError, ["modes", "3 neurons"]),
    "regions text": ({"regions": "V1"}, ns.DataError, ["regions", "3 neurons", "'V1'"]),
    "regions number": ({"regions": [None, 1, 1]}, ns.GraphError, ["region", "text", "1", "region='V1'"]),
    "outputs": ({"outputs": [7]}, ns.GraphError, ["outputs", "0 to 2", "[7]"]),
    "outputs names": ({"outputs": ["y"]}, ns.DataError, ["outputs", "whole numbers", "'y'"]),
    "delay": ({"delay": [0, -1]}, ns.OptionError, ["delay", "1 -> 2", "from 0 up", "-1"]),
    "delay half": ({"delay": 0.5}, ns.DataError, ["delay", "whole numbers", "0.5"]),
    "delay shape": ({"delay": [1, 1, 1]}, ns.DataError, ["delay", "2 numbers", "(3,)"]),
    "delay huge": ({"delay": 2**40}, ns.DataError, ["delay", "2^31", str(2**40)]),
    "branch": ({"branch": -1}, ns.OptionError, ["branch", "0 -> 2", "from 0 up", "-1"]),
    "positions": ({"positions": [[0, 0]] * 3 + [[1, 1]], "size": 3}, ns.DataError, ["disagree", "positions says 4"]),
    "positions 3-d": ({"positions": np.zeros((3, 3))}, ns.DataError, ["positions", "(3, 2)", "(3, 3)"]),
    "positions text": ({"positions": [["a", "b"]] * 3}, ns.DataError, ["positions", "(3, 2)", "'a'"]),
    "positions half": ({"positions": [[0, 0], [0, math.nan], [1, 1]]}, ns.DataError, ["positions[1]", "nan"]),
    "rng": ({"weight": None, "rng": "seed"}, ns.OptionError, ["rng", "'seed'", "rng=0"]),
    "seed": ({"weight": None, "rng": -1}, ns.OptionError, ["seed", "-1"]),
    "dtype": ({"dtype": "float16"}, ns.OptionError, ["dtype", "'float64' or 'float32'", "'float16'"]),
    "dtype odd": ({"dtype": "f,,"}, ns.OptionError, ["dtype", "'f,,'"]),
    "no inputs": ({"modes": ["relu"] * 3}, ns.GraphError, ["no inputs", "mode='sensory'"]),
    "sensory": ({"modes": ["sensory"] * 3}, ns.GraphError, ["2 is sensory", "0 -> 2", "mode='linear'"]),
    "self-loop": ({"post": [2, 1]}, ns.GraphError, ["1 makes a synapse onto itself", "delay[1] = 1"]),
}


@pytest.mark.parametrize(("wrong", "kind", "words"), BAD_COLUMNS.values(), ids=BAD_COLUMNS)
def test_bad_columns_say_which_and_what_is_needed(wrong, kind, words):
    with complains(kind, *words):
        make(**{"pre": [0, 1], "post": [2, 2], "weight": [1.0, 1.0], "rng": 0, **wrong})


@given(
    wrong=st.dictionaries(
        st.sampled_from(
            [
                "pre",
                "post",
                "weight",
                "size",
                "names",
                "modes",
                "thresholds",
                "regions",
                "outputs",
                "delay",
                "branch",
                "positions",
                "rng",
                "dtype",
            ]
        ),
        ODD,
        min_size=1,
        max_size=2,
    )
)
def test_odd_columns_are_read_or_refused(wrong):
    read_or_refuse(lambda: make(**{"pre": [0, 1], "post": [2, 2], "rng": 0, **wrong}))


@given(
    wrong=st.dictionaries(st.sampled_from(["dendrites", "threshold", "bias", "mode", "name", "axon"]), ODD, min_size=1),
    inputs=st.lists(ODD, max_size=2),
)
def test_odd_neurons_are_made_or_refused(wrong, inputs):
    try:
        rate = ns.Neuron(**{"dendrites": {"x": 1}, **wrong}).fire(*inputs)
    except ns.NeurosimError:
        return
    assert type(rate) is float


@settings(max_examples=50)
@given(name=ODD, value=ODD)
def test_odd_edits_are_done_or_refused(name, value):
    for edit in (
        lambda net: net[name],
        lambda net: net.add_neuron(name, value),
        lambda net: net.add_neuron("new", threshold=value, region=name),
        lambda net: net.add_neuron("new", pos=value),
        lambda net: net.add_synapse(name, value),
        lambda net: net.add_synapse(1, 2, name, branch=1, delay=value),
        lambda net: net.add_synapse(1, 2, branch=value, rng=name),
        lambda net: net.add_synapses(name, value),
        lambda net: net.remove_neuron(name),
        lambda net: net.remove_synapse(name, value),
        lambda net: net.remove_synapse(0, 2, branch=value),
        lambda net: net.with_mode(name, regions=value),
        lambda net: net.with_mode("relu", neurons=value),
        lambda net: net.regions[name],
        lambda net: setattr(net, "weights", value),
        lambda net: setattr(net, "thresholds", value),
        lambda net: setattr(net, "biases", value),
        lambda net: setattr(net[2], "region", value),
        lambda net: setattr(net[2], "mode", value),
        lambda net: net[2].dendrites.update({0: value}),
        lambda net: net[2].dendrites[name],
    ):
        net = make([0, 1], [2, 2], 1.0, regions=["a", "b", None])
        before = snapshot(net)
        try:
            edit(net)
        except ns.NeurosimError:
            assert snapshot(net) == before
        assert np.isfinite(net.weights).all()
        assert snapshot(ns.Network.from_graph(net.to_graph())) == snapshot(net)
