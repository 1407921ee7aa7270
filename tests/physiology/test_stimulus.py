"""Bad stimuli, and things that are no networks: the words, and that no warning or foreign error leaks."""

import datetime

import networkx as nx
import numpy as np
import pytest

import neurosim as ns
from tests.anatomy.helpers import complains

VERBS = {
    "respond": lambda net: ns.respond(net, [1, 1]),
    "activity": lambda net: ns.activity(net, [1, 1]),
}


@pytest.fixture
def net():
    return ns.Network.from_arrays([0], [1], [1.0], modes="linear", dtype="float32")


@pytest.mark.parametrize("verb", VERBS.values(), ids=VERBS)
def test_a_graph_is_not_a_network_yet(verb):
    with complains(ns.OptionError, "A Network is needed; got DiGraph. Make one with ns.Network.from_graph(G)."):
        verb(nx.DiGraph([("x", "y")]))
    with complains(ns.OptionError, "A Network is needed; got list", "from_arrays"):
        verb([1, 2])
    with complains(ns.OptionError, "A Network is needed; got NoneType"):
        verb(None)


BAD = {
    "too large for float32": ([1e300], ["1e+300", "does not fit float32", "dtype='float64'"]),
    "infinite": ([np.inf], ["finite", "inf"]),
    "masked": (np.ma.masked_array([[1.0], [2.0]], [[False], [True]]), ["masked", "X.filled(0)"]),
    "labels": (["cat", "dog"], ["text", "'cat'", "np.unique(X, return_inverse=True)[1]"]),
    "numbers as text": (["1.5"], ["text", "'1.5'", "np.asarray(X, dtype=float)"]),
    "labels and numbers": (np.array([1.0, "cat"], dtype=object), ["'cat'", "np.unique"]),
    "none": ([None], ["None", "missing"]),
    "none among numbers": ([[1.0], [None]], ["None", "missing"]),
    "mapping": ({"x": 1}, ["dict", "{'x': 1}", "net.inputs"]),
    "mappings": ([{"x": 1}], ["dict", "{'x': 1}", "net.inputs"]),
    "complex": ([1j], ["complex", "1j", "np.real(X)"]),
    "dates": (np.array(["2020-01-01"], dtype="M8[D]"), ["dates", "np.timedelta64"]),
    "date objects": ([datetime.date(2020, 1, 1)], ["date", "2020"]),
    "huge": ([10**400], ["larger than any float64"]),
    "ragged": ([[1], [1, 2]], ["rows of one length"]),
    "text": ("data.csv", ["np.loadtxt"]),
}


@pytest.mark.parametrize(("X", "words"), BAD.values(), ids=BAD)
def test_bad_stimuli_say_what_to_do(net, X, words):
    with complains(ns.DataError, "X", *words) as error:
        ns.respond(net, X)
    assert len(str(error.value)) < 250


def test_masked_arrays_without_masked_entries_are_arrays(net):
    assert ns.respond(net, np.ma.masked_array([2.0])).tolist() == [2.0]


@pytest.mark.parametrize("answer", [ns.respond, ns.activity, lambda net, x: ns.explain(net, x, [0.0])])
def test_what_a_single_sample_is_told_can_be_typed(answer):
    net, x = ns.Network.from_arrays([0, 1], [2, 2], [1.0, 1.0], modes="linear"), np.array([1.0, np.nan])
    with pytest.raises(ns.DataError, match=r"Write a number in its place, as np\.where\(np\.isfinite\((x|X)\)"):
        answer(net, x)
    answer(net, np.where(np.isfinite(x), x, 0))
    with pytest.raises(ns.DataError, match=r"X\[np\.isfinite\(X\)\.all\(axis=1\)\]"):
        ns.respond(net, x[None])
