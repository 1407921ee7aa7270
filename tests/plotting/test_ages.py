"""The picture of plasticity shows what its courses say, and a region has one colour in it."""

import pytest

import neurosim as ns
from tests.anatomy.helpers import complains

PLASTICITY = ns.Plasticity(
    learning_rate={"V1": ns.ages.window(2, 5), None: 0.5}, turnover={"IT": ns.ages.exponential(5, start=0.2)}
)


def curves(ax):
    return {line.get_label(): (line.get_ydata().tolist(), line.get_color()) for line in ax.lines}


def test_every_region_has_a_curve_and_one_colour():
    steps, turnover = (curves(ax) for ax in ns.plot(PLASTICITY, until=6))
    assert steps.keys() == {"V1", "all others"}
    assert turnover.keys() == {"IT", "all others"}
    assert steps["V1"][0] == [0, 0, 1, 1, 1, 0, 0]
    assert steps["all others"][0] == [0.5] * 7
    assert turnover["IT"][0] == PLASTICITY.table(range(7))["turnover"]["IT"]
    colours = {name: colour for name, (_, colour) in (steps | turnover).items()}
    assert steps["all others"][1] == turnover["all others"][1]
    assert len(set(colours.values())) == 3


@pytest.mark.parametrize("column", ["learning_rate", "turnover"])
def test_one_panel_shows_one_column(column):
    ax = ns.plot(PLASTICITY, column=column, until=4)
    named = {"learning_rate": "V1", "turnover": "IT"}[column]
    assert curves(ax)[named][0] == PLASTICITY.table(range(5))[column][named]
    low, high = ax.get_ylim()
    assert low == 0 < max(curves(ax)[named][0]) <= high
    assert "age" in ax.get_xlabel()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"column": "rate"}, ["'learning_rate' or 'turnover'", "'rate'"]),
        ({"until": 0}, ["until", "0"]),
        ({"ages": 3}, ["'ages'", "until"]),
    ],
)
def test_what_cannot_be_drawn(options, words):
    with complains(ns.NeurosimError, *words):
        ns.plot(PLASTICITY, **options)
