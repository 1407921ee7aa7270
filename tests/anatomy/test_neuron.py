"""The neuron on its own: the lines of DESIGN.md, every way to give it inputs, and every way to get it wrong."""

import math
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import neurosim as ns
from tests.anatomy.helpers import complains
from tests.anatomy.test_soma import FORMULAS

GRADED = sorted(set(ns.MODES) - {"sensory", "maxout", "binary"})


@pytest.fixture
def both():
    return ns.Neuron(dendrites={"left": 1, "right": 1}, threshold=2)


# --- What it computes ----------------------------------------------------------------------------


def test_the_lines_of_the_design(both):
    assert both.fire(left=1, right=0) == 0.0
    assert both.fire([1, 1]) == 1.0
    assert both.drive([1, 1]) == 0.0
    assert both.bias == -2.0


@pytest.mark.parametrize(
    ("dendrites", "threshold", "truth"),
    [
        ({"a": 1, "b": 1}, 2, lambda a, b: a and b),
        ({"a": 1, "b": 1}, 1, lambda a, b: a or b),
        ({"a": -1, "b": -1}, 0, lambda a, b: not (a or b)),
        ({"a": 1, "b": -1}, 1, lambda a, b: a and not b),
    ],
)
def test_mcculloch_pitts_gates(dendrites, threshold, truth):
    neuron = ns.Neuron(dendrites, threshold)
    assert all(neuron.fire(a, b) == bool(truth(a, b)) for a in (0, 1) for b in (0, 1))


@pytest.mark.parametrize("mode", [*GRADED, "binary"])
@given(
    weights=st.lists(st.integers(-40, 40).map(lambda n: n / 8), min_size=1, max_size=5),
    threshold=st.integers(-40, 40).map(lambda n: n / 8),
    data=st.data(),
)
def test_drive_and_rate_are_those_of_the_formula(mode, weights, threshold, data):
    rates = data.draw(st.lists(st.integers(-16, 16).map(lambda n: n / 4), min_size=len(weights), max_size=len(weights)))
    neuron = ns.Neuron({f"x{i}": w for i, w in enumerate(weights)}, threshold, mode=mode)
    z = sum(w * x for w, x in zip(weights, rates, strict=True)) - threshold  # eighths times quarters: no rounding
    assert neuron.drive(rates) == z
    assert neuron.fire(rates) == pytest.approx(FORMULAS[mode](z), rel=1e-14)


@pytest.mark.parametrize(
    "give",
    [
        lambda call: call(2, 3),
        lambda call: call([2, 3]),
        lambda call: call((2.0, 3.0)),
        lambda call: call(np.array([2, 3])),
        lambda call: call(np.array([2, 3], dtype=np.float32)),
        lambda call: call({"b": 3, "a": 2}),
        lambda call: call(b=3, a=2),
        lambda call: call(np.float64(2), np.int8(3)),
        lambda call: call(np.array(2.0), np.array(3)),
        lambda call: call([Fraction(2), Decimal(3)]),
        lambda call: call(range(2, 4)),
    ],
)
def test_inputs_by_position_sequence_mapping_or_keyword(give):
    neuron = ns.Neuron({"a": 10, "b": 1}, threshold=0.5, mode="linear")
    assert give(neuron.drive) == give(neuron.fire) == 22.5
    assert type(give(neuron.fire)) is float


def test_names_may_be_numbers():
    neuron = ns.Neuron({0: 10, np.int64(7): 1, "0": 100}, mode="linear")
    assert neuron.presynaptic == [0, 7, "0"]
    assert neuron.fire({0: 1, 7: 2, "0": 3}) == neuron.fire(1, 2, 3) == 312


def test_names_may_be_the_words_of_the_method_itself():
    neuron = ns.Neuron({"self": 1, "inputs": 10, "named": 100}, mode="linear")
    assert neuron.fire(self=1, inputs=2, named=3) == 321


@pytest.mark.parametrize("one", [3, np.float64(3), np.array(3.0), [3], np.array([3.0])])
def test_one_input(one):
    assert ns.Neuron({"x": 2}, mode="linear").fire(one) == 6


def test_no_dendrites_a_tonic_cell():
    assert ns.Neuron(mode="linear", bias=1).fire() == ns.Neuron(mode="linear", bias=1).fire([]) == 1
    assert ns.Neuron().fire() == 1, "drive 0 reaches threshold 0"
    assert ns.Neuron(threshold=1).fire() == 0


def test_maxout_takes_the_strongest_branch():
    neuron = ns.Neuron({("x", 0): 1, ("y", 0): 2, ("x", 1): -1, ("y", 3): 5}, threshold=0.5, mode="maxout")
    assert neuron.presynaptic == ["x", "y"]
    for x, y in [(1, 1), (-3, 0), (2, -4), (0, 0)]:
        assert neuron.fire(x, y) == max(x + 2 * y, -x, 5 * y) - 0.5
    neuron.mode = "linear"
    assert neuron.fire(2, 3) == (2 + 6 - 2 + 15) - 0.5, "other modes sum all branches"


def test_a_sensory_neuron_passes_its_stimulus_on():
    assert ns.Neuron(mode="sensory", threshold=5).fire(0.25) == 0.25


def test_huge_weights_still_decide():
    neuron = ns.Neuron({"a": 1e308, "b": 1e308, "c": -1e308, "d": -1e308}, threshold=1)
    assert (neuron.fire(1, 1, 1, 1), neuron.fire(1, 1, 0, 0), neuron.fire(0, 0, 1, 1)) == (0, 1, 0)


# --- Reading and writing -------------------------------------------------------------------------


def test_threshold_and_bias_are_one_number():
    neuron = ns.Neuron(bias=3)
    assert (neuron.threshold, neuron.bias, neuron.soma.threshold) == (-3, 3, -3)
    neuron.threshold = 2
    assert neuron.bias == -2
    neuron.bias = 0
    assert repr(neuron.threshold) == repr(neuron.bias) == "0.0", "no negative zero"
    assert ns.Neuron(threshold=1, bias=-1).threshold == 1, "both, when they agree"


def test_dendrites_are_a_mapping_that_can_be_written(both):
    both.dendrites["left"] = 0.5
    both.dendrites["third"] = np.float32(2)
    del both.dendrites["right"]
    assert dict(both.dendrites) == {"left": 0.5, "third": 2.0}
    assert len(both.dendrites) == 2
    assert "right" not in both.dendrites
    assert both.drive(1, 1) == 0.5
    assert both.dendrites.get("right") is None
    assert both.dendrites.pop("third") == 2
    assert repr(both.dendrites) == "{'left': 0.5}"


def test_branch_0_is_the_bare_name():
    neuron = ns.Neuron({("x", 0): 1, ("x", np.int64(1)): 2}, mode="maxout")
    assert list(neuron.dendrites) == ["x", ("x", 1)]
    neuron.dendrites["x", 0] = 5
    assert neuron.dendrites["x"] == neuron.dendrites["x", 0] == 5


def test_the_caller_keeps_his_mapping():
    weights = {"x": 1.0}
    neuron = ns.Neuron(weights)
    neuron.dendrites["x"] = 2
    assert weights == {"x": 1.0}


def test_mode_region_name_and_axon():
    neuron = ns.Neuron({"x": 1}, name="y", region="V1", axon={"z": -1})
    neuron.mode, neuron.region = ns.ELU(alpha=2), "V2"
    assert (neuron.name, neuron.region, neuron.mode, dict(neuron.axon)) == ("y", "V2", ns.ELU(2), {"z": -1})
    assert neuron.soma.mode == ns.ELU(2)


# --- What it looks like --------------------------------------------------------------------------


def test_terminal_repr_shows_dendrites_soma_and_axon():
    neuron = ns.Neuron({"x": 0.5, ("x", 2): -1}, bias=0.25, mode=ns.LeakyReLU(0.05), name="h", region="V1", axon={7: 1})
    assert repr(neuron).splitlines() == [
        "Neuron 'h' in region 'V1'",
        "  dendrites  from 'x': weight 0.5",
        "             from 'x' (branch 2): weight -1",
        "  soma       LeakyReLU(slope=0.05), threshold -0.25",
        "  axon       to 7: weight 1",
    ]
    assert str(neuron) == repr(neuron)


def test_repr_of_a_nameless_neuron_without_anything():
    assert repr(ns.Neuron()).splitlines() == [
        "A nameless neuron",
        "  dendrites  none",
        "  soma       binary, threshold 0",
        "  axon       none",
    ]


def test_repr_of_a_thousand_dendrites_is_short():
    text = repr(ns.Neuron(dict.fromkeys(range(1000), 1)))
    assert "... (1000 in all)" in text
    assert len(text.splitlines()) < 15


def test_html_repr_escapes_names():
    page = ns.Neuron({"<script>": 1}, name="a&b", region="<V1>")._repr_html_()
    assert "&lt;script&gt;" in page
    assert "a&amp;b" in page
    assert "&lt;V1&gt;" in page
    assert "<script>" not in page
    assert "<V1>" not in page
    assert all(f">{part}</th>" in page for part in ("dendrites", "soma", "axon"))


# --- What goes wrong -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "kind", "words"),
    [
        (lambda: ns.Neuron({"x": math.nan}), ns.DataError, ["weight", "'x'", "finite number", "nan"]),
        (lambda: ns.Neuron({"x": "1"}), ns.DataError, ["'x'", "finite number", "'1'"]),
        (lambda: ns.Neuron({"x": b"1"}), ns.DataError, ["'x'", "finite number", "b'1'"]),
        (lambda: ns.Neuron({"x": None}), ns.DataError, ["'x'", "finite number", "None"]),
        (lambda: ns.Neuron({"x": 10**400}), ns.DataError, ["'x'", "finite number", "1000"]),
        (lambda: ns.Neuron({"x": np.complex128(1)}), ns.DataError, ["'x'", "finite number", "1+0j"]),
        (lambda: ns.Neuron({"x": [1, 2]}), ns.DataError, ["'x'", "finite number"]),
        (lambda: ns.Neuron({1.5: 1}), ns.GraphError, ["text or a whole number", "1.5", "float"]),
        (lambda: ns.Neuron({True: 1}), ns.GraphError, ["text or a whole number", "True", "bool"]),
        (lambda: ns.Neuron({("x",): 1}), ns.GraphError, ["branch number from 0 up", "('x',)"]),
        (lambda: ns.Neuron({("x", -1): 1}), ns.GraphError, ["branch number from 0 up", "-1"]),
        (lambda: ns.Neuron({("x", 0.5): 1}), ns.GraphError, ["branch number from 0 up", "0.5"]),
        (lambda: ns.Neuron([1, 2]), ns.DataError, ["by name", "{'left': 1.0}", "[1, 2]"]),
        (lambda: ns.Neuron([]), ns.DataError, ["by name"]),
        (lambda: ns.Neuron(np.ones(2)), ns.DataError, ["by name"]),
        (lambda: ns.Neuron(axon=3), ns.DataError, ["Axon", "by name", "got 3"]),
        (lambda: ns.Neuron(threshold=math.inf, name="h"), ns.DataError, ["threshold", "'h'", "inf"]),
        (lambda: ns.Neuron(bias="low", name="h"), ns.DataError, ["bias", "'h'", "'low'"]),
        (
            lambda: ns.Neuron(threshold=1, bias=1, name="h"),
            ns.OptionError,
            ["'h'", "threshold=1", "bias=1", "Give one"],
        ),
        (lambda: ns.Neuron(mode="sigmod"), ns.UnknownNameError, ["'sigmod'", "Did you mean 'sigmoid'"]),
        (lambda: ns.Neuron(name=1.0), ns.GraphError, ["text or a whole number", "1.0"]),
        (lambda: ns.Neuron({"x": 1}, mode="sensory", name="s"), ns.GraphError, ["'s'", "'x'", "mode='linear'"]),
    ],
)
def test_making_one_with_bad_values(make, kind, words):
    with complains(kind, *words):
        make()


@pytest.mark.parametrize(
    ("call", "kind", "words"),
    [
        (lambda n: n.fire(1), ns.DataError, ["2 presynaptic", "'left', 'right'"]),
        (lambda n: n.fire([1, 1, 1]), ns.DataError, ["2 presynaptic", "[1, 1, 1]"]),
        (lambda n: n.fire(), ns.DataError, ["2 presynaptic"]),
        (lambda n: n.fire("11"), ns.DataError, ["2 presynaptic", "'11'"]),
        (lambda n: n.fire(b"11"), ns.DataError, ["2 presynaptic", "b'11'"]),
        (lambda n: n.fire(np.array(1.0)), ns.DataError, ["2 presynaptic"]),
        (lambda n: n.fire(None, 1), ns.DataError, ["'left'", "finite number", "None"]),
        (lambda n: n.fire([math.nan, 1]), ns.DataError, ["'left'", "finite number", "nan"]),
        (lambda n: n.fire([[1, 0], [0, 1]]), ns.DataError, ["'left'", "[1, 0]"]),
        (lambda n: n.fire(np.eye(2)), ns.DataError, ["'left'", "finite number"]),
        (lambda n: n.fire(left=1), ns.DataError, ["'right'", "right=0"]),
        (lambda n: n.fire({"left": 1}), ns.DataError, ["'right'", "right=0"]),
        (lambda n: n.fire(left=1, rihgt=1), ns.UnknownNameError, ["'rihgt'", "Did you mean 'right'"]),
        (lambda n: n.fire(1, right=1), ns.DataError, ["by position and by name", "choose one"]),
        (lambda n: n.drive({3: 1}), ns.UnknownNameError, ["no dendrite from 3", "'left', 'right'"]),
        (lambda n: n.dendrites["lft"], ns.UnknownNameError, ["'lft'", "Did you mean 'left'"]),
        (lambda n: n.dendrites.pop("lft"), ns.UnknownNameError, ["'lft'", "Did you mean 'left'"]),
        (lambda n: n.dendrites.__delitem__("lft"), ns.UnknownNameError, ["'lft'", "Did you mean 'left'"]),
        (lambda n: n.dendrites.__setitem__("left", math.inf), ns.DataError, ["'left'", "finite", "inf"]),
        (lambda n: n.dendrites.__setitem__(0.5, 1), ns.GraphError, ["0.5"]),
        (lambda n: setattr(n, "threshold", "high"), ns.DataError, ["threshold", "'high'"]),
        (lambda n: setattr(n, "bias", None), ns.DataError, ["bias", "None"]),
        (lambda n: setattr(n, "mode", "rleu"), ns.UnknownNameError, ["'rleu'", "Did you mean 'relu'"]),
        (lambda n: setattr(n, "mode", "sensory"), ns.GraphError, ["sensory", "'left', 'right'"]),
    ],
)
def test_bad_calls_say_what_to_do_and_change_nothing(both, call, kind, words):
    before = repr(both)
    with complains(kind, *words):
        call(both)
    assert repr(both) == before


@pytest.mark.parametrize("call", [lambda n: n.fire(), lambda n: n.fire(1, 2), lambda n: n.fire(x=1)])
def test_a_sensory_neuron_takes_one_number(call):
    with complains(ns.DataError, "'eye'", "one number", "fire(0.5)"):
        call(ns.Neuron(mode="sensory", name="eye"))


@pytest.mark.parametrize(
    ("call", "kind", "words"),
    [
        (lambda n: n.fire("bright"), ns.DataError, ["stimulus", "'eye'", "'bright'"]),
        (lambda n: n.fire(math.nan), ns.DataError, ["stimulus", "'eye'", "nan"]),
        (lambda n: n.drive(1), ns.OptionError, ["'eye'", "no drive", "fire(stimulus)"]),
    ],
)
def test_bad_calls_of_a_sensory_neuron(call, kind, words):
    with complains(kind, *words):
        call(ns.Neuron(mode="sensory", name="eye"))


def test_a_sensory_neuron_grows_no_dendrites():
    eye = ns.Neuron(mode="sensory", name="eye")
    with complains(ns.GraphError, "Neuron 'eye' is sensory", "'x'", "mode='linear'"):
        eye.dendrites["x"] = 1
    assert not eye.dendrites
    eye.axon["x"] = 1
    eye.mode = "linear"
    eye.dendrites["x"] = 1


@pytest.mark.parametrize("region", [5, "", ["V1"]])
def test_a_region_has_a_name(region):
    with complains(ns.GraphError, "region's name must be text"):
        ns.Neuron(region=region)
    with complains(ns.GraphError, "region's name must be text"):
        ns.Neuron().region = region


def test_a_bad_weight_is_named_in_a_sentence():
    with complains(ns.DataError, "The weight of the dendrite from 'a' of a nameless neuron must be a finite number"):
        ns.Neuron({"a": math.nan})
    with complains(ns.DataError, "The weight of the axon branch to 'b' of neuron 'n' must be a finite number"):
        ns.Neuron(axon={"b": math.inf}, name="n")
