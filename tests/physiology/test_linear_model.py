"""Least squares with noise that remembers, against fractions, scikit-learn, scipy, and explicit covariance matrices."""

import dataclasses
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import linalg, stats
from sklearn.linear_model import LinearRegression

from neurosim.physiology.linear_model import RememberingNoise, VaryingNoise, benjamini_hochberg, holm, least_squares
from tests.strategies import SEEDS


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
    fit = least_squares(X, X @ np.array([[1.0, 0.0], [2.0, 0.0], [3.0, 0.0]]), RememberingNoise())
    assert fit.variance.tolist() == [0.0, 0.0]
    np.testing.assert_allclose(fit.coefficients, [[1, 0], [2, 0], [3, 0]], atol=1e-12)


# --- Other noise ---------------------------------------------------------------------------------


def remembered(memory, n):
    """The covariance of an autoregression with innovations of variance 1."""
    return linalg.toeplitz(memory ** np.arange(n)) / (1 - memory**2)


def smooth(n, width=6):
    """The covariance of independent numbers after a moving average, for the first half of the rows alone."""
    moving = linalg.toeplitz(np.arange(n) < width, np.arange(n) < 1).astype(float) * (np.arange(n) < n // 2)
    return moving @ moving.T


N = 60
K = smooth(N)
NOISES = {
    "remembering": (RememberingNoise(), lambda a: remembered(a, N), 0.6),
    "varying": (VaryingNoise(K), lambda a: np.eye(N) + np.exp(a) * K / VaryingNoise(K).scale, 1.0),
    "both": (
        VaryingNoise(K, 0.4),
        lambda a: remembered(0.4, N) + np.exp(a) * K / VaryingNoise(K, 0.4).scale,
        1.0,
    ),
}
every_noise = pytest.mark.parametrize(("noise", "covariance", "a"), NOISES.values(), ids=NOISES)


@every_noise
def test_whitening_turns_the_covariance_into_the_identity(noise, covariance, a):
    W = noise.whiten(noise.prepare(np.eye(N)), a)
    np.testing.assert_allclose(W @ covariance(a) @ W.T, np.eye(N), atol=1e-9)
    differences = [noise.log_determinant(x) - np.linalg.slogdet(covariance(x))[1] for x in (a, a / 2)]
    assert differences[0] == pytest.approx(differences[1])


@every_noise
def test_runs_are_whitened_by_themselves(noise, covariance, a):
    values, twice = np.random.default_rng(0).normal(size=(2 * N, 2)), dataclasses.replace(noise, runs=2)
    parts = [noise.whiten(noise.prepare(part), a) for part in (values[:N], values[N:])]
    np.testing.assert_allclose(twice.whiten(twice.prepare(values), a), np.concatenate(parts), atol=1e-12)
    assert twice.log_determinant(a) == pytest.approx(2 * noise.log_determinant(a))


@every_noise
def test_the_fit_is_generalised_least_squares_at_the_likeliest_of_a_grid(noise, covariance, a):
    """With covariance matrices written out, inverted, and their determinants taken."""
    rng = np.random.default_rng(5)
    X = regressors(N, rng)
    y = np.linalg.cholesky(covariance(a)) @ rng.normal(size=(N, 1))

    def solved(x):
        inverse = np.linalg.inv(covariance(x))
        spread = X.T @ inverse @ X
        coefficients = np.linalg.solve(spread, X.T @ inverse @ y)
        rest = y - X @ coefficients
        return coefficients, spread, (rest.T @ inverse @ rest).item()

    def likelihood(x):
        _, spread, size = solved(x)
        determinants = np.linalg.slogdet(covariance(x))[1] + np.linalg.slogdet(spread)[1]
        return -0.5 * ((N - 3) * np.log(size) + determinants)

    fit = least_squares(X, y, noise)
    grid = np.linspace(noise.candidates[0], noise.candidates[-1], 500)
    assert fit.memory[0] == pytest.approx(grid[np.argmax([likelihood(x) for x in grid])], abs=2 * np.diff(grid)[0])
    coefficients, spread, size = solved(fit.memory[0])
    np.testing.assert_allclose(fit.coefficients, coefficients, atol=1e-8)
    np.testing.assert_allclose(fit.unscaled[0], np.linalg.inv(spread), atol=1e-8)
    assert fit.variance[0] == pytest.approx(size / (N - 3))


@every_noise
def test_units_do_not_matter(noise, covariance, a):
    rng = np.random.default_rng(2)
    X, y = regressors(N, rng), np.linalg.cholesky(covariance(a)) @ rng.normal(size=(N, 1))
    one, other = least_squares(X, y, noise), least_squares(X, y * 1e-6, noise)
    np.testing.assert_allclose(other.memory, one.memory)
    np.testing.assert_allclose(other.coefficients, one.coefficients * 1e-6)


@pytest.mark.parametrize("what", ["white", "white, by varying", "white, by remembering", *NOISES])
def test_false_alarms_are_as_rare_as_they_should_be(what):
    """400 series of nothing but noise: how many p lie below 0.05, within what chance allows once in 10,000."""
    name = what.split("by ")[-1]
    noise, covariance, a = NOISES.get(name, (None, None, 0.0))
    root = np.eye(N) if "white" in what else np.linalg.cholesky(covariance(a))
    rng = np.random.default_rng(7)
    X = regressors(N, rng)
    fit = least_squares(X, root @ rng.normal(size=(N, 400)), noise)
    t = fit.coefficients[1] / fit.error_of(np.array([0.0, 1.0, 0.0]))
    alarms = int((2 * stats.t.sf(np.abs(t), fit.freedom) < 0.05).sum())
    assert stats.binom.ppf(5e-5, 400, 0.05) <= alarms <= stats.binom.isf(5e-5, 400, 0.05)


@pytest.mark.parametrize("name", NOISES)
def test_taking_other_noise_for_white_gives_false_alarms(name):
    _, covariance, a = NOISES[name]
    rng = np.random.default_rng(7)
    X, root = regressors(N, rng), np.linalg.cholesky(covariance(a if a < 1 else 3.0))
    fit = least_squares(X, root @ rng.normal(size=(N, 400)))
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
