"""Means of repeated measurements, and their intervals."""

import numpy as np
import pytest
import scipy.stats

import neurosim as ns
from tests.anatomy.helpers import complains

LABELS = {"xlabel": "hidden neurons", "ylabel": "accuracy"}


def test_the_band_is_the_interval_of_the_mean():
    values = np.random.default_rng(0).normal(size=(3, 8))
    ax = ns.charts.repeated([1, 2, 4], {"a": values}, **LABELS)
    assert ax.lines[0].get_ydata() == pytest.approx(values.mean(axis=1))
    corners = ax.collections[0].get_paths()[0].vertices
    for x, row in zip([1, 2, 4], values, strict=True):
        expected = scipy.stats.ttest_1samp(row, 0).confidence_interval(0.95)
        band = corners[corners[:, 0] == x, 1]
        assert (band.min(), band.max()) == pytest.approx((expected.low, expected.high))


def test_axes_may_double_and_numbers_may_be_shares():
    ax = ns.charts.repeated([1, 2, 4], {"a": np.full((3, 2), 0.5)}, percent=True, doubling=True, **LABELS)
    ax.figure.draw_without_rendering()
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["1", "2", "4"]
    assert ax.get_xscale() == "log"
    assert all(tick.get_text().endswith("%") for tick in ax.get_yticklabels())
    assert ns.charts.repeated([1, 2], {"a": np.ones((2, 2))}, log=True, **LABELS).get_yscale() == "log"


@pytest.mark.parametrize("shape", [(3,), (2, 1), (3, 2)])
def test_what_cannot_be_drawn_is_said(shape):
    with complains(ns.DataError, "'a'", "2 points", str(shape)):
        ns.charts.repeated([1, 2], {"a": np.ones(shape)}, **LABELS)
