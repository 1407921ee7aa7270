"""Formulas as networks: every shape against the truth table, exhaustively for few inputs; and the way back."""

import collections

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import neurosim as ns
from neurosim.anatomy.minimal_formulas import minimal_formula
from neurosim.anatomy.threshold_functions import gate_for
from tests.anatomy.formula_strategies import formulas
from tests.anatomy.helpers import complains
from tests.anatomy.test_minimal_formulas import every_function

SHAPES = tuple(ns.logic.SHAPES)
network, truth_table = ns.logic.network, ns.logic.truth_table


def check(net, given_formulas, shape):
    """It answers as the truth table says, with whole weights, and is as deep as it may be."""
    table = truth_table(given_formulas)
    assert net.outputs == list(table.outputs)
    if table.inputs:
        assert net.inputs == list(table.inputs)
        assert (ns.respond(net, table.X) == table.Y).all()
        assert truth_table(net) == table
    cells = [mode.name for name, mode in zip(net.names, net.modes, strict=True) if name not in net.inputs]
    assert set(cells) == {"binary"}
    assert (net.weights == np.rint(net.weights)).all()
    assert (net.thresholds == np.rint(net.thresholds)).all()
    assert not net.delays.any()
    if shape == "shallow":
        assert ns.workload(net).depth <= 2


def size(net):
    return len(net) - len(net.inputs)


@pytest.mark.parametrize("shape", SHAPES)
def test_every_function_of_two_inputs(shape):
    for truth in every_function(2):
        formula = minimal_formula(truth, "ab")
        net = network(formula, shape=shape)
        check(net, formula, shape)
        assert ns.logic.equivalent(net, formula)


@pytest.mark.parametrize("shape", ["shallow", "small"])
def test_every_function_of_three_inputs_takes_the_fewest_neurons(shape):
    """One neuron for the 104 that one can say, two for all others, which is the least there can be."""
    sizes: collections.Counter[int] = collections.Counter()
    for truth in every_function(3):
        formula = minimal_formula(truth, "abc")
        net = network(formula, shape=shape)
        check(net, formula, shape)
        assert size(net) == (1 if gate_for(truth) is not None else 2)
        sizes[size(net)] += 1
    assert sizes == {1: 104, 2: 152}


@settings(max_examples=50)
@given(formula=formulas())
@example(formula=ns.logic.parse("(a implies d) and (b iff c)"))
@example(formula=ns.logic.parse("False xor False"))
def test_any_formula_in_any_shape(formula):
    nets = {shape: network(formula, shape=shape) for shape in SHAPES}
    for shape, net in nets.items():
        check(net, formula, shape)
        assert ns.logic.equivalent(ns.logic.formula(net), formula)
    assert size(nets["small"]) <= min(map(size, nets.values()))


@given(
    parts=st.lists(formulas("abcd", max_leaves=6), min_size=2, max_size=3),
    last=formulas(["y0", "y1", "a"], max_leaves=6),
)
def test_several_formulas_that_name_each_other(parts, last):
    named = {f"y{i}": part for i, part in enumerate(parts)} | {"y1": parts[1], "last": last}
    for shape in SHAPES:
        net = network(named, shape=shape)
        check(net, named, shape)
        few = network(named, shape=shape, outputs=["last"])
        assert few.outputs == ["last"]
        columns = [net.inputs.index(name) for name in few.inputs] if net.inputs == few.inputs else []
        if columns:
            assert (truth_table(few)["last"] == truth_table(named)["last"]).all()
        found = ns.logic.formula(net)
        assert list(found) == net.outputs


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("n", [2, 3, 5, 7])
def test_parity_takes_few_neurons(n, shape):
    """One for each binary digit of n if one listens to the other; n // 2 + 1 in two layers."""
    formula = " xor ".join(f"x{i}" for i in range(n))
    net = network(formula, shape=shape)
    check(net, formula, shape)
    assert size(net) == (n // 2 + 1 if shape == "shallow" else n.bit_length())


@pytest.mark.parametrize("shape", SHAPES)
def test_a_variable_alone_has_an_output_of_its_own(shape):
    net = network("a", shape=shape)
    assert (net.inputs, net.outputs, ns.respond(net, [[0], [1]]).ravel().tolist()) == (["a"], ["a is true"], [0, 1])
    net = network({"y": "a", "z": "y", "w": "not y"}, shape=shape)
    assert ns.respond(net, [[0], [1]]).tolist() == [[0, 0, 1], [1, 1, 0]]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("text", "value"), [("True", 1), ("not 1 or 0", 0), ("a or True", 1), ("a and not a", 0)])
def test_constants(text, value, shape):
    net = network(text, shape=shape)
    assert len(net.inputs) == 1
    assert ns.respond(net, [[0], [1]]).ravel().tolist() == [value, value]
    assert ns.logic.formula(net) == ns.logic.parse(str(bool(value)))
    ns.plot(net).figure.clear()


@pytest.mark.parametrize("shape", SHAPES)
def test_a_part_of_one_formula_is_the_opposite_of_another(shape):
    named = {"y": "not (a and b)", "z": "(a and b) xor c", "w": "not y", "v": "y"}
    check(network(named, shape=shape), named, shape)


def test_as_it_is_written():
    net = network("(a and b) or not c")
    assert net.names == ["a", "b", "c", "a and b", "not c", "(a and b) or not c"]
    assert net.synapses[-2:] == [("a and b", net.outputs[0]), ("not c", net.outputs[0])]
    net = network("(a xor b) implies (a and b)")  # which xor needs as well
    assert net.names[2:] == ["a and b", "a xor b", "(a xor b) implies (a and b)"]
    assert net["a xor b"].dendrites == {"a": 1, "b": 1, "a and b": -2}


def adder(bits):
    """From the lowest digit on: a sum and a carry for each."""
    named = {"s0": "a0 xor b0", "c1": "a0 and b0"}
    for i in range(1, bits):
        named[f"s{i}"] = f"a{i} xor b{i} xor c{i}"
        named[f"c{i + 1}"] = f"(a{i} and b{i}) or (c{i} and (a{i} or b{i}))"
    return named


@pytest.mark.parametrize(("shape", "n_neurons", "depth"), [("literal", 20, 7), ("shallow", 8, 2), ("small", 5, 5)])
def test_an_adder_of_four_bits(shape, n_neurons, depth):
    """No fewer neurons can have five outputs."""
    net = network(adder(4), shape=shape, outputs=["s0", "s1", "s2", "s3", "c4"])
    a, b = np.divmod(np.arange(256), 16)
    digits = {"a": a, "b": b}
    X = np.column_stack([digits[name[0]] >> int(name[1:]) & 1 for name in net.inputs])
    assert (ns.respond(net, X) @ 2 ** np.arange(5) == a + b).all()
    assert (size(net), ns.workload(net).depth) == (n_neurons, depth)


def test_a_long_adder_takes_two_neurons_a_digit():
    bits = 40
    net = network(adder(bits), shape="small")
    assert size(net) == 2 * bits
    rng = np.random.default_rng(0)
    numbers = {"a": rng.integers(2**bits, size=50), "b": rng.integers(2**bits, size=50)}
    X = np.column_stack([numbers[name[0]] >> int(name[1:]) & 1 for name in net.inputs])
    answers = dict(zip(net.outputs, ns.respond(net, X).T.astype(int), strict=True))
    total = sum(answers[f"s{i}"] << i for i in range(bits)) + (answers[f"c{bits}"] << bits)
    assert (total == numbers["a"] + numbers["b"]).all()


@pytest.mark.parametrize("kind", ["and", "or"])
def test_one_neuron_of_many_inputs(kind):
    names = [f"x{i}" for i in range(40)]
    for shape in SHAPES:
        net = network(f" {kind} ".join(names), shape=shape)
        assert size(net) == 1
        cases = np.vstack([np.eye(40), 1 - np.eye(40), np.zeros((1, 40)), np.ones((1, 40))])
        assert (ns.respond(net, cases).ravel() == (cases.all(axis=1) if kind == "and" else cases.any(axis=1))).all()


def test_two_layers_of_many_inputs():
    deep = adder(20)
    with complains(ns.OptionError, "16 inputs", "40", "shape='small'"):
        network(deep, shape="shallow")
    flat = " or ".join(f"(x{2 * i} and not x{2 * i + 1})" for i in range(15))
    net = network(flat, shape="shallow")
    assert (size(net), ns.workload(net).depth) == (16, 2)


@pytest.mark.parametrize("shape", ["shallow", "small"])
@pytest.mark.parametrize("n", [6, 9])
def test_functions_without_any_order(n, shape):
    names = [f"x{i}" for i in range(n)]
    formula = minimal_formula(np.random.default_rng(n).random(2**n) < 0.5, names)
    net = network(formula, shape=shape)
    check(net, formula, shape)


def test_hidden_neurons_say_what_they_stand_for():
    net = network("a xor b xor c xor d", shape="shallow")
    assert net.names[4:-1] == ["at least 2 of a, b, c, d", "a and b and c and d"]
    net = network({"y": "(a and not b) xor (c or d)"}, shape="small")
    hidden = net.names[4:-1]
    assert all(ns.logic.parse(name).variables for name in hidden if "at least" not in name and "≥" not in name)
    assert len(set(net.names)) == len(net)


@given(formula=formulas("abcd", max_leaves=10), shape=st.sampled_from(SHAPES))
def test_a_neuron_does_what_its_name_says(formula, shape):
    net = network(formula, shape=shape)
    rates = ns.activity(net, truth_table(net).X)
    columns = dict(zip(net.names, rates.T.astype(bool), strict=True))
    for name in net.names:
        bare = name.rstrip("\N{PRIME}")
        if name not in net.inputs and "at least" not in name and "≥" not in name and not name.endswith("is true"):
            assert (columns[name] == ns.logic.parse(bare).truth(columns)).all()


def test_the_way_back_from_a_network_by_hand():
    net = ns.Network.from_arrays([0, 1, 2], [3, 3, 3], [1, 1, -1.75], names=[0, "left eye", "c", "y"])
    assert str(ns.logic.formula(net)) == '("0" and "left eye") or not c'
    assert ns.logic.equivalent(network(ns.logic.formula(net), shape="small"), net)


def test_equivalence():
    assert ns.logic.equivalent("a -> b", "not b -> not a")
    assert not ns.logic.equivalent("a", "b")
    assert ns.logic.equivalent("a or not a", "True")
    with complains(ns.OptionError, "one output", "'s0', 'c1'"):
        ns.logic.equivalent(network(adder(1)), "a0")


@pytest.mark.parametrize(
    ("call", "kind", "words"),
    [
        (lambda: network("a", shape="flat"), ns.UnknownNameError, ["'flat'", "'shallow'"]),
        (lambda: network({}), ns.FormulaError, ["no formulas"]),
        (lambda: network({"s": "a b"}), ns.FormulaError, ["formula for 's'", "'b' after 'a'", "^"]),
        (lambda: network({1: "a"}), ns.FormulaError, ["named by a text", "1"]),
        (lambda: network({"s": "a and c", "c": "a"}), ns.FormulaError, ["'s'", "'c', which comes after it"]),
        (lambda: network({"s": "a and s"}), ns.FormulaError, ["names itself", "delay"]),
        (lambda: network({"s": "a"}, outputs=["t"]), ns.UnknownNameError, ["'t'", "'s'"]),
        (lambda: network({"s": "a"}, outputs="s"), ns.OptionError, ["list", "'s'"]),
        (lambda: network({"s": "a"}, outputs=[]), ns.OptionError, ["list", "[]"]),
        (lambda: network({"s": "a"}, outputs=["s", "s"]), ns.OptionError, ["different"]),
        (lambda: network(3), ns.FormulaError, ["text", "3"]),
    ],
)
def test_what_cannot_be_made(call, kind, words):
    with complains(kind, *words):
        call()
