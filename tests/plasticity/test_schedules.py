"""Schedules against closed forms."""

import math

import numpy as np
import pytest

import neurosim as ns

SCHEDULES = list(ns.schedules.SCHEDULES.values())


def course(schedule, epochs):
    return [schedule(epoch, epochs) for epoch in range(epochs)]


def test_courses_by_hand():
    assert course(ns.schedules.constant(), 3) == [1, 1, 1]
    assert course(ns.schedules.step(every=2, factor=0.1), 5) == pytest.approx([1, 1, 0.1, 0.1, 0.01])
    assert course(ns.schedules.exponential(0.9), 4) == pytest.approx([1, 0.9, 0.81, 0.729])
    assert course(ns.schedules.cosine(), 3) == pytest.approx([1, 0.75, 0.25])
    assert course(ns.schedules.cosine(end=0.2), 2) == pytest.approx([1, 0.6])
    assert course(ns.schedules.warmup(3), 5) == [0.25, 0.5, 0.75, 1, 1]


def test_a_cosine_is_level_at_both_ends_and_ends_where_it_should():
    factors = np.array(course(ns.schedules.cosine(end=0.1), 1000))
    assert factors[0] == 1
    assert factors[-1] == pytest.approx(0.1, abs=1e-5)
    assert (np.diff(factors) < 0).all()
    assert factors.mean() == pytest.approx(0.55, abs=1e-3)


@pytest.mark.parametrize("then", ["exponential", ns.schedules.exponential(), lambda epoch, epochs: 0.95**epoch])
def test_after_a_warmup_another_schedule_counts_from_its_end(then):
    after = course(ns.schedules.warmup(4, then=then), 10)[4:]
    assert after == pytest.approx(course(ns.schedules.exponential(), 6))


def test_a_warmup_tells_what_follows_how_many_epochs_are_left():
    assert course(ns.schedules.warmup(2, then=lambda epoch, epochs: epochs), 7)[2:] == [5] * 5
    assert course(ns.schedules.warmup(9, then="cosine"), 3) == pytest.approx([0.1, 0.2, 0.3])


@pytest.mark.parametrize("schedule", SCHEDULES, ids=lambda s: s.name)
def test_every_schedule_gives_factors_of_the_rate(schedule):
    for epochs in (1, 2, 30, 100_000):
        for epoch in {0, epochs // 2, epochs - 1}:
            factor = schedule(epoch, epochs)
            assert type(factor) is float
            assert 0 <= factor <= 1


def test_a_schedule_is_given_by_name_object_class_or_function():
    for name, schedule in ns.schedules.SCHEDULES.items():
        assert name == schedule.name
        assert ns.schedules.as_schedule(name) is schedule
        assert ns.schedules.as_schedule(type(schedule)) == schedule
        assert ns.schedules.as_schedule(schedule) is schedule
    assert ns.schedules.as_schedule(None) == ns.schedules.constant()
    assert course(ns.schedules.as_schedule(lambda epoch, epochs: np.float32(epoch / epochs)), 2) == [0, 0.5]
    assert ns.schedules.as_schedule(max)(1, 2) == 2  # a built-in function that does not tell its arguments


# --- Errors --------------------------------------------------------------------------------------


@pytest.mark.parametrize("factor", [-0.1, math.nan, math.inf, None, "half"])
def test_factors_of_a_function_that_cannot_be(factor):
    schedule = ns.schedules.as_schedule(lambda epoch, epochs: factor)
    with pytest.raises(ns.OptionError) as caught:
        schedule(3, 10)
    for words in ("schedule(3, 10)", "factor of the learning rate", "from 0", repr(factor)):
        assert words in str(caught.value)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: ns.schedules.as_schedule("cosin"), ("schedule 'cosin'", "Did you mean 'cosine'?")),
        (lambda: ns.schedules.as_schedule(0.5), ("0.5", "ns.schedules.cosine(end=0.01)")),
        (lambda: ns.schedules.as_schedule(dict), ("dict", "There are")),
        (lambda: ns.schedules.as_schedule(lambda epoch: 1), ("(epoch)", "lambda epoch, epochs")),
        (lambda: ns.schedules.step(0), ("step.every", "from 1")),
        (lambda: ns.schedules.step(5, factor=2), ("step.factor", "up to 1")),
        (lambda: ns.schedules.exponential(0), ("exponential.decay", "greater than 0")),
        (lambda: ns.schedules.cosine(end=-1), ("cosine.end", "from 0")),
        (lambda: ns.schedules.warmup(-1), ("warmup.epochs", "-1")),
        (lambda: ns.schedules.warmup(5, then="cosin"), ("'cosin'", "Did you mean 'cosine'?")),
    ],
)
def test_settings_that_cannot_be(make, words):
    with pytest.raises(ns.NeurosimError) as caught:
        make()
    for word in words:
        assert word in str(caught.value)
