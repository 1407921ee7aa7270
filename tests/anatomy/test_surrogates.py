"""Surrogate slopes against their own definition: the derivative of a curve that resembles the step."""

import numpy as np
import pytest
from scipy.integrate import quad

import neurosim as ns

SURROGATES = [
    *ns.surrogates.SURROGATES.values(),
    ns.surrogates.sigmoid(beta=0.5),
    ns.surrogates.triangle(width=3.0),
    ns.surrogates.triangle(width=0.2),
    ns.surrogates.arctan(alpha=7.0),
]
STEP_LIKE = [surrogate for surrogate in SURROGATES if surrogate.name != "straight_through"]
every = pytest.mark.parametrize("surrogate", SURROGATES, ids=repr)
step_like = pytest.mark.parametrize("surrogate", STEP_LIKE, ids=repr)


@every
def test_the_slope_is_the_derivative_of_the_curve(surrogate):
    z, h = np.linspace(-4, 4, 1001) + 1e-4, 1e-6
    expected = (surrogate.curve(z + h) - surrogate.curve(z - h)) / (2 * h)
    np.testing.assert_allclose(surrogate.slope(z), expected, atol=1e-7, rtol=1e-7)


@step_like
def test_the_slope_has_area_1(surrogate):
    halves = [quad(lambda z: float(surrogate.slope(np.array(z))), *ends)[0] for ends in ((-np.inf, 0), (0, np.inf))]
    np.testing.assert_allclose(halves, 0.5, rtol=1e-6)


@step_like
def test_the_curve_rises_from_0_to_1_as_the_step_does(surrogate):
    far = surrogate.curve(np.array([-1e30, 0.0, 1e30]))
    np.testing.assert_allclose(far, [0, 0.5, 1], atol=1e-12)
    assert (np.diff(surrogate.curve(np.linspace(-3, 3, 100))) >= 0).all()


@every
def test_the_slope_is_symmetric_and_nowhere_negative_or_higher_than_at_the_threshold(surrogate):
    z = np.linspace(0, 10, 500)
    np.testing.assert_allclose(surrogate.slope(z), surrogate.slope(-z), rtol=1e-12, atol=1e-15)
    assert (surrogate.slope(z) >= 0).all()
    assert (np.diff(surrogate.slope(z)) <= 0).all()


@pytest.mark.parametrize(
    ("surrogate", "peak"),
    [
        (ns.surrogates.straight_through(), 1.0),
        (ns.surrogates.sigmoid(beta=8.0), 2.0),
        (ns.surrogates.triangle(width=4.0), 0.25),
        (ns.surrogates.arctan(alpha=3.0), 1.5),
    ],
    ids=repr,
)
def test_the_slope_at_the_threshold(surrogate, peak):
    assert surrogate.slope(np.zeros(1))[0] == pytest.approx(peak, rel=1e-15)


@every
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_shape_and_dtype_are_kept_and_nothing_overflows(surrogate, dtype):
    z = np.array([[-1e30, -1.0, 0.0], [0.5, 1e30, 3e38]], dtype=dtype)
    z.flags.writeable = False
    for answer in (surrogate.slope(z), surrogate.curve(z)):
        assert answer.dtype == dtype
        assert answer.shape == z.shape
        assert np.isfinite(answer).all()
    if surrogate.name != "straight_through":
        np.testing.assert_allclose(surrogate.slope(z)[[0, 1, 1], [0, 1, 2]], 0, atol=1e-12)


# --- Reading -------------------------------------------------------------------------------------


def test_a_surrogate_is_given_by_name_object_or_class():
    for name, surrogate in ns.surrogates.SURROGATES.items():
        assert name == surrogate.name
        assert ns.surrogates.as_surrogate(name) is surrogate
        assert ns.surrogates.as_surrogate(type(surrogate)) == surrogate
        assert ns.surrogates.as_surrogate(surrogate) is surrogate


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: ns.surrogates.as_surrogate("sigmod"), ("surrogate slope 'sigmod'", "Did you mean 'sigmoid'?")),
        (lambda: ns.surrogates.as_surrogate(ns.surrogates.Surrogate), ("Surrogate", "ns.surrogates.sigmoid(beta=4)")),
        (lambda: ns.surrogates.as_surrogate(None), ("None", "straight_through")),
        (lambda: ns.surrogates.sigmoid(beta=0), ("sigmoid.beta", "greater than 0")),
        (lambda: ns.surrogates.triangle(width=-1), ("triangle.width", "-1")),
        (lambda: ns.surrogates.arctan(alpha=float("inf")), ("arctan.alpha", "inf")),
    ],
)
def test_settings_that_cannot_be(make, words):
    with pytest.raises(ns.NeurosimError) as caught:
        make()
    for word in words:
        assert word in str(caught.value)
