"""Errors are catchable by what they are, read well, and suggest what was meant."""

import pickle

import pytest

import neurosim as ns
from neurosim.errors import did_you_mean, shorten, unknown

KINDS = {
    ns.GraphError: ValueError,
    ns.DataError: ValueError,
    ns.OptionError: ValueError,
    ns.UnknownNameError: KeyError,
    ns.TrainingError: RuntimeError,
}


@pytest.mark.parametrize(("kind", "builtin"), KINDS.items())
def test_each_is_a_neurosim_error_and_a_builtin_one(kind, builtin):
    assert issubclass(kind, ns.NeurosimError)
    assert issubclass(kind, builtin)


@pytest.mark.parametrize("kind", [ns.NeurosimError, *KINDS])
def test_the_message_is_a_sentence_also_where_key_error_would_quote_it(kind):
    assert str(kind("the 'x' of neuron \"y\"\nis missing.")) == "the 'x' of neuron \"y\"\nis missing."
    assert str(kind()) == ""


@pytest.mark.parametrize("kind", [ns.NeurosimError, *KINDS])
def test_errors_travel_between_processes(kind):
    back = pickle.loads(pickle.dumps(kind("why")))
    assert (type(back), str(back)) == (kind, "why")


@pytest.mark.parametrize(
    ("given", "known", "hint"),
    [
        ("sigmod", ["relu", "sigmoid"], "Did you mean 'sigmoid'? There are: 'relu', 'sigmoid'."),
        ("zzz", ["relu"], "There are: 'relu'."),
        ("x", [], "There are none."),
        ("10", [1, 10, 100], "Did you mean 10? There are: 1, 10, 100."),
        (101, iter([100, "cell"]), "Did you mean 100? There are: 100, 'cell'."),
        ("RELU", ["relu", "elu"], "Did you mean 'relu'? There are: 'relu', 'elu'."),
        ("relU", ["ReLU", "RELU"], "Did you mean 'ReLU'? There are: 'ReLU', 'RELU'."),
    ],
)
def test_did_you_mean(given, known, hint):
    assert did_you_mean(given, known) == hint


@pytest.mark.parametrize(
    ("items", "most", "text"),
    [([], 3, ""), ("ab", 2, "'a', 'b'"), (range(3), 3, "0, 1, 2"), (range(4), 3, "0, 1, 2, ... (4 in all)")],
)
def test_shorten(items, most, text):
    assert shorten(items, most) == text


def test_unknown_says_what_was_looked_for_what_there_is_and_what_to_type():
    error = unknown("region", "v1", ["V1", "V2"], "See net.regions.")
    assert isinstance(error, ns.UnknownNameError)
    assert str(error) == "There is no region 'v1'. Did you mean 'V1'? There are: 'V1', 'V2'. See net.regions."


def test_one_of_a_kind_is_counted_in_the_singular():
    net = ns.Network.from_arrays([0], [1], [1.0], modes="linear")
    history = ns.train(net, [[1.0]], [3.0], epochs=1)
    assert "1 epoch" in repr(history)
    assert "1 epochs" not in repr(history)
    assert "2 neurons, 1 synapse\n" in repr(net)
