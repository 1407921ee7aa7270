"""The target of a single sample: every form it may have, and words about the shape that was given."""

import numpy as np
import pytest

import neurosim as ns


@pytest.fixture
def net():
    return ns.Network.from_arrays([0, 0, 1], [2, 3, 3], [1.0, 2.0, 3.0], modes="linear")


@pytest.mark.parametrize("target", [[0, 1], [[0, 1]], [[0.0, 1.0]], 1, [1], np.array(1)])
def test_a_target_may_have_an_axis_for_its_one_sample(net, target):
    assert ns.expand(net, [1, 2], target).loss.value == 0.5 * (1 + 49)


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ([1, 2, 3], "got shape (3,)."),
        ([[[0, 1]]], "got shape (1, 1, 2). Write np.ravel(target)."),
        ([[0], [1]], "got shape (2, 1). Write np.ravel(target)."),
        ([[1]], "got shape (1, 1). For a class number write int(np.squeeze(target))."),
        (1.0, "got shape (). For a class number write int(np.squeeze(target))."),
        (7, "target names class 7 in sample 0"),
    ],
)
def test_words_speak_of_the_shape_that_was_given(net, target, words):
    with pytest.raises(ns.DataError) as caught:
        ns.expand(net, [1, 2], target)
    assert words in str(caught.value)


def test_several_targets_name_and_one_names(net):
    with pytest.raises(ns.DataError, match=r"^targets name class 7"):
        ns.train(net, [[1, 2]], [7])


def test_a_single_output_takes_its_value_bare():
    one = ns.Network.from_arrays([0], [1], [1.0], modes="linear")
    values = [ns.expand(one, [1], target).loss.value for target in (3.0, [3.0], [[3.0]])]
    assert values == [2.0, 2.0, 2.0]
