"""Calls that Python would refuse in its own words, and what is said instead."""

import pytest

import neurosim as ns


@pytest.fixture
def net():
    return ns.Network.from_arrays([0, 1], [1, 2], [1.0, 2.0], names=["x", "h", "y"], modes="linear")


def test_an_expansion_knows_who_is_missing(net):
    whole = ns.expand(net, [1.0])
    for part, name, words in (
        (whole.drives, "q", "There is no neuron with a drive called 'q'"),
        (whole.drives, "x", "Sensory neurons have a rate and no drive"),
        (whole.rates, "H", "Did you mean 'h'"),
        (whole.outputs, "h", "There is no output 'h'"),
        (whole.variables, "w[x->h]", "Did you mean 'w[x -> h]'"),
    ):
        with pytest.raises(ns.UnknownNameError) as caught:
            part[name]
        assert words in str(caught.value)
        assert part.get(name) is None


@pytest.mark.parametrize("callback", [lambda: None, lambda epoch: None, lambda a, b, c: None])
def test_a_callback_takes_two_arguments(net, callback):
    before = net.weights.copy()
    with pytest.raises(ns.OptionError, match="Write it as in lambda epoch, measures:"):
        ns.train(net, [[1.0]], [3.0], callback=callback)
    assert (net.weights == before).all()


@pytest.mark.parametrize("verb", ["freeze", "unfreeze"])
def test_what_freezes_is_said_by_name(net, verb):
    with pytest.raises(ns.OptionError, match=rf"Write net\.{verb}\(neurons='h'\), or regions="):
        getattr(net, verb)("h")
    with pytest.raises(ns.UnknownNameError, match="Did you mean 'neurons'"):
        getattr(net, verb)(neuron="h")


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("lr", "optimizer=ns.Adam"),
        ("epoch", "Did you mean 'epochs'"),
        ("seed", "Write rng=0"),
        ("optimiser", "Did you mean 'optimizer'"),
    ],
)
def test_a_setting_that_train_does_not_have(net, setting, words):
    with pytest.raises(ns.UnknownNameError) as caught:
        ns.train(net, [[1.0]], [3.0], **{setting: 1})
    assert f"There is no setting of train called {setting!r}" in str(caught.value)
    assert words in str(caught.value)


def test_a_setting_without_its_name(net):
    with pytest.raises(ns.OptionError, match=r"ns\.train\(net, X, targets, epochs=20\)"):
        ns.train(net, [[1.0]], [3.0], 20)


def test_a_class_stands_for_its_usual_parameters(net):
    def trained(**settings):
        copy = net.copy()
        ns.train(copy, [[1.0]], [3.0], epochs=2, rng=0, **settings)
        return copy.weights.tolist()

    assert trained(optimizer=ns.Adam, loss=ns.Huber) == trained(optimizer=ns.Adam(), loss=ns.Huber())
    for wrong in ({"optimizer": ns.optimizers.Optimizer}, {"loss": ns.losses.Loss}, {"loss": int}):
        with pytest.raises(ns.UnknownNameError):
            trained(**wrong)
