"""The haemodynamic response, against SPM's recipe, quadrature, and brute-force convolution."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad

import neurosim as ns
from neurosim.physiology import haemodynamics
from tests.anatomy.helpers import complains


def spm_hrf(t, delay=6.0, undershoot=16.0, dispersion=1.0, undershoot_dispersion=1.0, ratio=6.0):
    """As in spm_hrf.m, with the densities written out, before it is scaled."""

    def density(shape, rate):
        return rate**shape * t ** (shape - 1) * np.exp(-rate * t) / math.gamma(shape)

    return density(delay / dispersion, 1 / dispersion) - density(undershoot / undershoot_dispersion, 1) / ratio


def test_the_form_is_that_of_spm():
    t = np.arange(0, 32, 0.125)
    ours, theirs = ns.HaemodynamicResponse()(t), spm_hrf(t)
    np.testing.assert_allclose(ours / ours.sum(), theirs / theirs.sum(), atol=1e-12)
    assert t[np.argmax(ours)] == 5.0  # the mode of a gamma density of shape 6 and scale 1
    assert ours.min() < 0 < ours.max()


@pytest.mark.parametrize(
    "response", [ns.HaemodynamicResponse(), ns.HaemodynamicResponse(4.0, 12.0, 0.8, 1.3, 0.3, 20.0)]
)
def test_its_area_is_one_and_step_is_its_integral(response):
    for t in (0.5, 3.0, 7.7, response.length):
        assert response.step(t) == pytest.approx(quad(response, 0, t, limit=200)[0], abs=1e-8)
    assert response.step([0.0, response.length, 100.0]).tolist() == [0.0, 1.0, 1.0]
    assert response([-1.0, response.length + 1]).tolist() == [0.0, 0.0]


@given(
    st.lists(st.floats(-2, 2), min_size=1, max_size=40),
    st.sampled_from([0.25, 0.7, 1.0, 3.0]),
    st.lists(st.floats(0.01, 60), min_size=1, max_size=5),
)
def test_flow_is_the_convolution_with_a_staircase(activity, seconds, times):
    response = ns.HaemodynamicResponse()
    moments = np.sort(times)
    flow = response.flow(activity, seconds, moments)
    for value, moment in zip(flow, moments, strict=True):
        ends = moment - seconds * np.arange(len(activity) + 1)  # how long ago each tick began, and the last ended
        steps = response.step(ends)
        assert value == pytest.approx(float(np.dot(activity, steps[:-1] - steps[1:])), abs=1e-12)


def test_flow_is_that_of_a_fine_grid():
    """A Riemann sum over milliseconds, as one would write it down."""
    response, rng = ns.HaemodynamicResponse(), np.random.default_rng(0)
    activity, step = rng.random(30), 0.001
    fine = np.repeat(activity, 1000)
    kernel = response((np.arange(32_000) + 0.5) * step) * step
    wanted = np.convolve(fine, kernel)[[1999, 10_499, 29_999]]
    np.testing.assert_allclose(response.flow(activity, 1.0, [2.0, 10.5, 30.0]), wanted, atol=1e-6)


def test_lasting_activity_settles_at_itself():
    assert ns.HaemodynamicResponse().flow([0.3] * 60, 1.0, [32.0, 60.0]) == pytest.approx([0.3, 0.3], abs=1e-14)


def test_parts_do_not_show(monkeypatch):
    activity, times = np.random.default_rng(0).random((2, 3, 100)), np.arange(1, 60) * 1.7
    whole = ns.HaemodynamicResponse().flow(activity, 1.0, times)
    monkeypatch.setattr(haemodynamics, "AT_ONCE", 1000)
    np.testing.assert_array_equal(ns.HaemodynamicResponse().flow(activity, 1.0, times), whole)
    assert whole.shape == (2, 3, 59)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"delay": 0}, "HaemodynamicResponse.delay must be a finite number greater than 0"),
        ({"ratio": 1.0}, "HaemodynamicResponse.ratio must be a finite number from 0 and below 1"),
        ({"length": math.nan}, "HaemodynamicResponse.length"),
        ({"delay": 30.0, "undershoot": 3.0, "ratio": 0.9}, "no more response than undershoot"),
    ],
)
def test_settings_are_checked(settings, words):
    with complains(ns.OptionError, words):
        ns.HaemodynamicResponse(**settings)
