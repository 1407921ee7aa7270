"""Least squares with noise that remembers, against fractions, scikit-learn, scipy, and explicit covariance matrices."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import linalg, stats
from scipy.signal import lfilter
from sklearn.linear_model import LinearRegression

from neurosim.physiology.linear_model import benjamini_hochberg, holm, least_squares, predictors, whiten
from tests.strategies import SEEDS


def remembering(rng, coefficients, shape):
    """Noise that is an autoregression, after it has settled."""
    noise = rng.normal(size=(shape[0] + 300, *shape[1:]))
    return lfilter([1.0], [1.0, *(-np.asarray(coefficients))], noise, axis=0)[300:]


def regressors(n, rng):
    return np.column_stack([np.ones(n), np.sin(np.arange(n) / 7), rng.normal(size=n)])


# --- White noise ---------------------------------------------------------------------------------


@given(st.lists(st.tuples(st.integers(-9, 9), st.integers(-9, 9)), min_size=5, max_size=12))
def test_normal_equations_in_fractions(rows):
    """Two regressors and whole numbers: the 2 x 2 system by Cramer's rule, without any rounding."""
    x = [Fraction(a) for a, _ in rows]
    y = [Fraction(b) for _, b in rows]
    n, sx, sxx = Fraction(len(x)), sum(x), sum(a * a for a in x)
    determinant = n * sxx - sx * sx
    if not determinant:
        return
    sy, sxy = sum(y), sum(a * b for a, b in zip(x, y, strict=True))
    intercept, slope = (sxx * sy - sx * sxy) / determinant, (n * sxy - sx * sy) / determinant
    rest = sum((b - intercept - slope * a) ** 2 for a, b in zip(x, y, strict=True))
    X = np.column_stack([np.ones(len(x)), np.array(x, dtype=float)])
    fit = least_squares(X, np.array(y, dtype=float)[:, None])
    assert fit.coefficients[:, 0] == pytest.approx([float(intercept), float(slope)], abs=1e-10)
    wanted = rest / (n - 2) * n / determinant
    assert float(fit.error_of(np.array([0.0, 1.0]))[0]) ** 2 == pytest.approx(float(wanted), abs=1e-10)


@given(SEEDS)
def test_coefficients_are_those_of_scikit_learn_and_errors_those_of_the_formula(seed):
    rng = np.random.default_rng(seed)
    X, Y = regressors(40, rng), rng.normal(size=(40, 3))
    fit = least_squares(X, Y)
    peer = LinearRegression(fit_intercept=False).fit(X, Y)
    np.testing.assert_allclose(fit.coefficients, peer.coef_.T, atol=1e-12)
    np.testing.assert_allclose(fit.residuals, Y - peer.predict(X), atol=1e-12)
    weights = np.array([0.0, 1.0, -1.0])
    variance = ((Y - peer.predict(X)) ** 2).sum(axis=0) / 37
    np.testing.assert_allclose(fit.error_of(weights) ** 2, variance * (weights @ np.linalg.inv(X.T @ X) @ weights))
    assert fit.freedom == 37


def test_a_line_is_that_of_scipy():
    rng = np.random.default_rng(1)
    x, y = rng.normal(size=25), rng.normal(size=25)
    fit, peer = least_squares(np.column_stack([np.ones(25), x]), y[:, None]), stats.linregress(x, y)
    error = float(fit.error_of(np.array([0.0, 1.0]))[0])
    assert (fit.coefficients[1, 0], error) == pytest.approx((peer.slope, peer.stderr))
    assert 2 * stats.t.sf(abs(fit.coefficients[1, 0] / error), fit.freedom) == pytest.approx(peer.pvalue)


def test_an_exact_fit_has_no_variance():
    X = regressors(30, np.random.default_rng(0))
    fit = least_squares(X, X @ np.array([[1.0, 0.0], [2.0, 0.0], [3.0, 0.0]]), order=1)
    assert fit.variance.tolist() == [0.0, 0.0]
    np.testing.assert_allclose(fit.coefficients, [[1, 0], [2, 0], [3, 0]], atol=1e-12)


# --- Noise that remembers ------------------------------------------------------------------------


def covariance(coefficients, n):
    """Of n values of an autoregression with innovations of variance 1, from its first 2,000 responses to one."""
    impulse = np.zeros(2000)
    impulse[0] = 1.0
    psi = lfilter([1.0], [1.0, *(-np.asarray(coefficients))], impulse)
    return linalg.toeplitz([psi[: len(psi) - lag] @ psi[lag:] for lag in range(n)])


@pytest.mark.parametrize("partial", [[0.6], [-0.5], [0.8, -0.4], [0.5, 0.3, -0.6]])
def test_whitening_turns_the_covariance_into_the_identity(partial):
    partial = np.array(partial)
    coefficients = predictors(partial)[0][-1]
    W = whiten(np.eye(25), partial)
    np.testing.assert_allclose(W @ covariance(coefficients, 25) @ W.T, np.eye(25), atol=1e-9)


def test_runs_are_whitened_by_themselves():
    values, partial = np.random.default_rng(0).normal(size=(20, 2)), np.array([0.5, -0.3])
    parts = [whiten(values[:10], partial), whiten(values[10:], partial)]
    np.testing.assert_array_equal(whiten(values, partial, runs=2), np.concatenate(parts))
    short = whiten(values[:1], partial)
    np.testing.assert_allclose(short, values[:1] / np.sqrt(predictors(partial)[1][0]))


@pytest.mark.parametrize("order", [1, 2])
def test_the_fit_is_generalised_least_squares(order):
    """With the covariance matrix of what was found written out, and inverted."""
    rng = np.random.default_rng(order)
    X = regressors(60, rng)
    y = remembering(rng, [0.6, -0.2][:order], (60, 1))
    fit = least_squares(X, y, order=order)
    V = covariance(fit.autoregression[0], 60)
    inverse = np.linalg.inv(V)
    spread = np.linalg.inv(X.T @ inverse @ X)
    np.testing.assert_allclose(fit.coefficients, spread @ X.T @ inverse @ y, atol=1e-8)
    rest = y - X @ fit.coefficients
    assert fit.variance[0] == pytest.approx((rest.T @ inverse @ rest).item() / 57)
    np.testing.assert_allclose(fit.unscaled[0], spread, atol=1e-8)


def test_the_autoregression_is_the_most_likely_of_a_grid():
    """Restricted likelihood from determinants of explicit matrices, on a grid."""
    rng = np.random.default_rng(5)
    X, n = regressors(50, rng), 50
    y = remembering(rng, [0.5], (50, 1))

    def likelihood(memory):
        V = covariance([memory], n)
        inverse = np.linalg.inv(V)
        spread = X.T @ inverse @ X
        rest = y - X @ np.linalg.solve(spread, X.T @ inverse @ y)
        size = (rest.T @ inverse @ rest).item()
        return -0.5 * ((n - 3) * np.log(size) + np.linalg.slogdet(V)[1] + np.linalg.slogdet(spread)[1])

    grid = np.arange(-0.9, 0.95, 0.01)
    best = grid[np.argmax([likelihood(memory) for memory in grid])]
    assert least_squares(X, y, order=1).autoregression[0, 0] == pytest.approx(best, abs=0.006)


def test_units_do_not_matter():
    rng = np.random.default_rng(2)
    X, y = regressors(50, rng), remembering(rng, [0.5], (50, 1))
    one, other = least_squares(X, y, order=1), least_squares(X * 1e3, y * 1e-6, order=1)
    np.testing.assert_allclose(other.autoregression, one.autoregression, atol=1e-4)
    np.testing.assert_allclose(other.coefficients, one.coefficients * 1e-9, rtol=1e-3)


@pytest.mark.parametrize(("memory", "order"), [(0.0, 0), (0.0, 1), (0.6, 1)])
def test_false_alarms_are_as_rare_as_they_should_be(memory, order):
    """400 series of nothing but noise: how many p lie below 0.05, within what chance allows once in 10,000."""
    rng = np.random.default_rng(7)
    X = regressors(120, rng)
    fit = least_squares(X, remembering(rng, [memory], (120, 400)), order=order)
    t = fit.coefficients[1] / fit.error_of(np.array([0.0, 1.0, 0.0]))
    alarms = int((2 * stats.t.sf(np.abs(t), fit.freedom) < 0.05).sum())
    assert stats.binom.ppf(5e-5, 400, 0.05) <= alarms <= stats.binom.isf(5e-5, 400, 0.05)


def test_taking_noise_that_remembers_for_white_gives_false_alarms():
    rng = np.random.default_rng(7)
    X = regressors(120, rng)
    fit = least_squares(X, remembering(rng, [0.6], (120, 400)))
    t = fit.coefficients[1] / fit.error_of(np.array([0.0, 1.0, 0.0]))
    assert (2 * stats.t.sf(np.abs(t), fit.freedom) < 0.05).sum() > stats.binom.isf(5e-5, 400, 0.05)


# --- Many tests ----------------------------------------------------------------------------------


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_holm_steps_down(p):
    """By the definition: hypotheses are rejected in the order of their p until one is not."""
    corrected = holm(p)
    for alpha in (0.01, 0.05, 0.3):
        rejected, left = set(), len(p)
        for i in sorted(range(len(p)), key=lambda i: p[i]):
            if p[i] * left > alpha:
                break
            rejected.add(i)
            left -= 1
        assert {i for i in range(len(p)) if corrected[i] <= alpha} == rejected
    assert (corrected >= np.array(p)).all()


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8), st.sampled_from([0.01, 0.05, 0.3]))
def test_benjamini_and_hochberg_step_up(p, alpha):
    """By the definition: the largest k of which the k-th p is at most k / m alpha, and all below."""
    ordered, m = sorted(p), len(p)
    count = max([k for k in range(1, m + 1) if ordered[k - 1] * m / k <= alpha], default=0)
    assert (benjamini_hochberg(p) <= alpha).sum() == count


def test_no_tests_need_no_correction():
    assert holm([]).size == benjamini_hochberg([]).size == 0
