"""Each mode against a formula from elsewhere, its slope against differences, and both at the far ends of the scale."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

import neurosim as ns
from neurosim.anatomy.soma import as_mode

# The formulas of the lecture, one number at a time, in the plain math module.
FORMULAS = {
    "binary": lambda z: 1.0 if z >= 0 else 0.0,
    "sigmoid": lambda z: math.exp(min(z, 0)) / (1 + math.exp(-abs(z))),
    "relu": lambda z: max(0.0, z),
    "tanh": lambda z: math.tanh(z),
    "leaky_relu": lambda z: max(0.1 * z, z),
    "elu": lambda z: z if z >= 0 else math.expm1(z),
    "maxout": lambda z: z,
    "linear": lambda z: z,
    "sensory": lambda z: z,
}
SLOPES = {
    "binary": lambda z: 0.0,
    "sigmoid": lambda z: math.exp(-abs(z)) / (1 + math.exp(-abs(z))) ** 2,
    "relu": lambda z: 1.0 if z > 0 else 0.0,
    "tanh": lambda z: 4 * math.exp(-2 * abs(z)) / (1 + math.exp(-2 * abs(z))) ** 2,
    "leaky_relu": lambda z: 1.0 if z > 0 else 0.1,
    "elu": lambda z: 1.0 if z > 0 else math.exp(z),
    "maxout": lambda z: 1.0,
    "linear": lambda z: 1.0,
    "sensory": lambda z: 1.0,
}
GRID = np.concatenate([np.linspace(-30, 30, 1201), [-1e-12, 0.0, 1e-12]])
KINKED = {"binary", "relu", "leaky_relu", "elu"}
VARIANTS = [*ns.MODES.values(), ns.LeakyReLU(slope=0.05), ns.LeakyReLU(slope=2), ns.ELU(alpha=0.3), ns.ELU(alpha=2)]

every_mode = pytest.mark.parametrize("name", ns.MODES)
every_variant = pytest.mark.parametrize("mode", VARIANTS, ids=str)


def test_the_nine_modes_of_the_design_are_there():
    assert set(ns.MODES) == set(FORMULAS)
    assert all(mode.name == name for name, mode in ns.MODES.items())


@every_mode
def test_rate_is_that_of_the_formula(name):
    assert_allclose(ns.MODES[name].rate(GRID), [FORMULAS[name](z) for z in GRID], rtol=1e-14, atol=0)


@every_mode
def test_slope_is_that_of_the_formula(name):
    assert_allclose(ns.MODES[name].derivative(GRID), [SLOPES[name](z) for z in GRID], rtol=1e-13, atol=0)


@every_variant
def test_slope_is_the_limit_of_differences(mode):
    z, h = np.linspace(-6, 6, 401), 1e-5
    if mode.name in KINKED:
        z = z[np.abs(z) > 2 * h]
    difference = (mode.rate(z + h) - mode.rate(z - h)) / (2 * h)
    assert_allclose(mode.derivative(z), difference, rtol=1e-8, atol=1e-9)


@every_variant
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_far_ends_are_safe(mode, dtype):
    largest = float(np.finfo(dtype).max) / max(1, getattr(mode, "slope", 1), getattr(mode, "alpha", 1))
    drives = np.array([-largest, -1e30, -1000, -100, 0, 100, 1000, 1e30, largest], dtype=dtype)
    with np.errstate(all="raise", under="ignore"):
        rates, slopes = mode.rate(drives), mode.derivative(drives)
    assert np.isfinite(rates).all()
    assert np.isfinite(slopes).all()
    assert (np.diff(rates) >= 0).all(), "every mode is monotone"
    assert (slopes >= 0).all()


@pytest.mark.parametrize("mode", ["sigmoid", "tanh"])
def test_saturated_slopes_keep_their_digits(mode):
    """1 - y^2 and y (1 - y) would be 0 from about z = 20 on."""
    z = np.array([20.0, 50.0, 300.0])
    exact = np.exp(-z) if mode == "sigmoid" else 4 * np.exp(-2 * z)
    assert_allclose(ns.MODES[mode].derivative(z), exact, rtol=1e-8)
    assert_array_equal(ns.MODES[mode].derivative(-z), ns.MODES[mode].derivative(z))


@every_variant
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 3), (2, 0, 3)])
def test_dtype_and_shape_are_kept(mode, dtype, shape):
    drive = np.linspace(-1, 1, max(1, math.prod(shape)), dtype=dtype)[: math.prod(shape)].reshape(shape)
    before = drive.copy()
    for result in (mode.rate(drive), mode.derivative(drive)):
        assert (np.shape(result), np.asarray(result).dtype) == (shape, np.dtype(dtype))
        assert not np.shares_memory(result, drive), "a rate must not be a window on its drive"
    assert_array_equal(drive, before)


@given(z=st.floats(-700, 700))
def test_symmetries(z):
    sigmoid, tanh = ns.Sigmoid(), ns.Tanh()
    drive = np.array([z, -z])
    assert sigmoid.rate(drive).sum() == pytest.approx(1, abs=1e-15)
    assert tanh.rate(drive).sum() == 0
    assert tanh.rate(drive)[0] == pytest.approx(2 * sigmoid.rate(2 * drive)[0] - 1, abs=1e-15)


@pytest.mark.parametrize("z", [-5e-324, -0.0, 0.0, 5e-324])
def test_a_tie_fires_and_nothing_below_does(z):
    assert ns.Binary().rate(np.array(z)) == (z >= 0)


@pytest.mark.parametrize("slope", [-0.5, 0, 0.05, np.float32(0.25), 3])
def test_leaky_relu_slope(slope):
    mode = ns.LeakyReLU(slope=slope)
    assert_allclose(mode.rate(np.array([-2.0, 0.0, 2.0])), [-2 * float(slope), 0, 2])
    assert_allclose(mode.derivative(np.array([-2.0, 0.0, 2.0])), [slope, slope, 1])


@pytest.mark.parametrize("alpha", [0.05, 1, 2.5])
def test_elu_falls_towards_minus_alpha(alpha):
    mode = ns.ELU(alpha=alpha)
    assert_allclose(mode.rate(np.array([-1000.0, -1.0, 0.0])), [-alpha, alpha * math.expm1(-1), 0], atol=1e-300)
    assert_allclose(mode.derivative(np.array([-1000.0, -1.0, 2.0])), [0, alpha * math.exp(-1), 1], atol=1e-300)


@pytest.mark.parametrize("value", ["steep", None, math.nan, math.inf, True, [0.1], 1j])
@pytest.mark.parametrize(("make", "setting"), [(ns.LeakyReLU, "slope"), (ns.ELU, "alpha")])
def test_parameters_must_be_finite_numbers(make, setting, value):
    with pytest.raises(ns.OptionError) as caught:
        make(**{setting: value})
    message = str(caught.value)
    assert f"{make.__name__}.{setting} must be a finite number" in message
    assert f"(got {value!r})" in message


# --- Names ---------------------------------------------------------------------------------------


@every_mode
def test_a_mode_may_be_a_name_an_object_or_a_class(name):
    mode = ns.MODES[name]
    assert as_mode(name) == as_mode(mode) == as_mode(type(mode)) == mode
    assert (mode.label, str(mode)) == (name, name)


@pytest.mark.parametrize(
    ("mode", "text"), [(ns.LeakyReLU(slope=0.05), "LeakyReLU(slope=0.05)"), (ns.ELU(alpha=2), "ELU(alpha=2)")]
)
def test_a_mode_with_unusual_parameters_is_its_own_label(mode, text):
    assert mode.label is mode
    assert str(mode) == repr(mode) == text


def test_a_mode_of_ones_own_is_its_own_label():
    class Square(ns.Mode):
        name = "square"

        def rate(self, drive):
            return drive**2

        def derivative(self, drive):
            return 2 * drive

    assert ns.Neuron({"x": 3}, mode=Square()).fire(1) == 9
    assert isinstance(Square().label, Square)


def test_modes_are_values():
    assert ns.LeakyReLU(0.1) == ns.MODES["leaky_relu"]
    assert ns.LeakyReLU(0.2) != ns.LeakyReLU(0.1)
    assert len({ns.ELU(), ns.ELU(1.0), ns.ELU(2)}) == 2
    with pytest.raises(AttributeError):
        ns.ELU().alpha = 2


def test_only_binary_has_no_slope_and_only_maxout_has_branches():
    assert [name for name, mode in ns.MODES.items() if not mode.differentiable] == ["binary"]
    assert [name for name, mode in ns.MODES.items() if mode.branched] == ["maxout"]


def test_unknown_mode_suggests_the_nearest_and_lists_all():
    with pytest.raises(ns.UnknownNameError) as caught:
        as_mode("sigmod")
    message = str(caught.value)
    assert "There is no mode 'sigmod'" in message
    assert "Did you mean 'sigmoid'?" in message
    assert all(repr(name) in message for name in ns.MODES)


@pytest.mark.parametrize("mode", [None, 1, "", "ReLU", ["relu"], {}, ns.Mode, object(), math.nan])
def test_what_is_no_mode(mode):
    with pytest.raises(ns.UnknownNameError, match="There is no mode"):
        as_mode(mode)


def test_modes_of_your_own_are_equal_only_if_they_say_so():
    """Two of a plain subclass with parameters of its own must not be taken for one another."""

    class Gain(ns.Mode):
        name = "gain"

        def __init__(self, gain):
            self.gain = gain

        def rate(self, drive):
            return self.gain * drive

        def derivative(self, drive):
            return np.full_like(drive, self.gain)

    assert Gain(1.0) != Gain(5.0)
    net = ns.Network.from_arrays([0, 0], [1, 2], 1.0, modes=[None, Gain(1.0), Gain(5.0)])
    assert_array_equal(ns.respond(net, [1.0]), [1.0, 5.0])
