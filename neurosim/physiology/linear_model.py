r"""The general linear model: least squares, with noise that may remember what it was a moment ago.

Y = X B + E. The columns of Y are series over time. Within a column, noise is normal, and an autoregression of some
order p: E_t = a_1 E_(t-1) + ... + a_p E_(t-p) + innovation. With p = 0 it is white. An autoregression is found by
restricted maximum likelihood (Harville, Journal of the American Statistical Association 72, 1977), for each column by
itself; then series and regressors are whitened, and what remains is ordinary least squares.
"""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt

from neurosim.anatomy.structure import Floats

EXACT = 1e-9  # of a series' size: what remains beside a fit that is exact but for rounding


@dataclasses.dataclass(frozen=True, eq=False)
class LeastSquares:
    """What was fitted, for each series.

    Attributes
    ----------
    coefficients : float array, shape (regressors, series)
    unscaled : float array, shape (series, regressors, regressors)
        The covariance of the coefficients for noise of variance 1.
    variance : float array, shape (series,)
        Of the innovations; 0 where the fit is exact.
    autoregression : float array, shape (series, order)
        The coefficients a_1, a_2, ...
    freedom : int
        Degrees of freedom: observations less regressors.
    residuals : float array, shape (observations, series)
        What the fit leaves, before whitening.
    """

    coefficients: Floats
    unscaled: Floats
    variance: Floats
    autoregression: Floats
    freedom: int
    residuals: Floats

    def error_of(self, weights: Floats) -> Floats:
        """The standard error of a weighted sum of coefficients, for each series."""
        spread = np.einsum("i,sij,j->s", weights, self.unscaled, weights)
        error: Floats = np.sqrt(self.variance * spread)
        return error


def least_squares(X: Floats, Y: Floats, *, order: int = 0, runs: int = 1) -> LeastSquares:
    """Fit every column of Y by the columns of X, which must be independent.

    Parameters
    ----------
    X : float array, shape (observations, regressors)
        More observations than regressors.
    Y : float array, shape (observations, series)
    order : int
        Of the autoregression; 0 for white noise.
    runs : int
        The observations are so many equally long runs, one after the other; noise remembers nothing from run to run.

    Examples
    --------
    >>> t = np.arange(6.0)
    >>> fit = least_squares(np.column_stack([np.ones(6), t]), 2 + 3 * t[:, None] + np.array([[1.0], [-1]] * 3))
    >>> fit.coefficients.ravel().round(3), fit.freedom, round(float(fit.error_of(np.array([0.0, 1.0]))[0]), 4)
    (array([2.429, 2.829]), 4, 0.2799)
    """
    memory = np.array([_remembered(X, y, order, runs) for y in Y.T]).reshape(Y.shape[1], order)
    fits = [_whitened_fit(X, y, partial, runs) for y, partial in zip(Y.T, memory, strict=True)]
    coefficients = np.stack([fit[0] for fit in fits], axis=1)
    return LeastSquares(
        coefficients,
        np.stack([fit[1] for fit in fits]),
        np.array([fit[2] for fit in fits]),
        np.stack([predictors(partial)[0][-1] for partial in memory]) if order else memory,
        len(X) - X.shape[1],
        Y - X @ coefficients,
    )


def _whitened_fit(X: Floats, y: Floats, partial: Floats, runs: int) -> tuple[Floats, Floats, float]:
    """Coefficients, their covariance for noise of variance 1, and the variance of the innovations."""
    both = whiten(np.column_stack([X, y]), partial, runs)
    white, target = both[:, :-1], both[:, -1]
    Q, R = np.linalg.qr(white)
    inverse = np.linalg.inv(R)
    coefficients = inverse @ (Q.T @ target)
    rest = target - white @ coefficients
    variance = float(rest @ rest) / (len(X) - X.shape[1])
    exact = np.sqrt(variance) <= EXACT * np.abs(target).max(initial=0.0)
    return coefficients, inverse @ inverse.T, 0.0 if exact else variance


# --- Noise that remembers ------------------------------------------------------------------------


def predictors(partial: Floats) -> tuple[list[Floats], Floats]:
    """How an autoregression predicts its next value from the 0, 1, 2, ... values before it.

    By the recursion of Levinson (1947) and Durbin (1960).

    Parameters
    ----------
    partial : float array, shape (order,)
        The partial autocorrelations, each between -1 and 1: every autoregression that does not run away has its own.

    Returns
    -------
    coefficients : list of float arrays
        For each number of values, from 0 up to the order; the first weighs the latest value.
    variances : float array, shape (order + 1,)
        Of what each does not predict, in units of the innovations' variance: the last is 1.

    Examples
    --------
    >>> coefficients, variances = predictors(np.array([0.6]))
    >>> coefficients, variances  # E_t = 0.6 E_(t-1) + innovation; of E_0 nothing is known: 1 / (1 - 0.36)
    ([array([], dtype=float64), array([0.6])], array([1.5625, 1.    ]))
    """
    found: list[Floats] = [np.empty(0)]
    shares = np.ones(len(partial) + 1)
    for k, value in enumerate(partial):
        found.append(np.append(found[-1] - value * found[-1][::-1], value))
        shares[k + 1] = shares[k] * (1 - value**2)
    return found, shares / shares[-1]


def whiten(values: Floats, partial: Floats, runs: int = 1) -> Floats:
    """Take from each row what the rows before it predict of it, so that what is left of the noise is white.

    Parameters
    ----------
    values : float array, shape (observations, columns)
    partial : float array, shape (order,)
        See `predictors`.
    runs : int

    Examples
    --------
    >>> whiten(np.array([[1.0], [1.0], [1.0]]), np.array([0.6])).ravel()
    array([0.8, 0.4, 0.4])
    """
    order = len(partial)
    if not order:
        return values
    series = values.reshape(runs, -1, values.shape[1])
    coefficients, variances = predictors(partial)
    white = series.copy()
    for lag, coefficient in enumerate(coefficients[order], start=1):
        white[:, order:] -= coefficient * series[:, order - lag : -lag]
    for row in range(min(order, series.shape[1])):
        for lag, coefficient in enumerate(coefficients[row], start=1):
            white[:, row] -= coefficient * series[:, row - lag]
        white[:, row] /= np.sqrt(variances[row])
    return white.reshape(values.shape)


def _remembered(X: Floats, y: Floats, order: int, runs: int) -> Floats:
    """The partial autocorrelations of a series' noise, by restricted maximum likelihood; 0 where there is no noise."""
    if not order or _whitened_fit(X, y, np.empty(0), runs)[2] == 0.0:
        return np.zeros(order)
    from scipy.optimize import minimize

    scaled = y / np.abs(y).max()

    def badness(free: npt.NDArray[np.float64]) -> float:
        return _restricted(X, scaled, np.tanh(free), runs)

    partial: Floats = np.tanh(minimize(badness, np.full(order, 0.1), method="BFGS").x)
    return partial


def _restricted(X: Floats, y: Floats, partial: Floats, runs: int) -> float:
    """Minus twice the restricted log likelihood, but for a constant."""
    both = whiten(np.column_stack([X, y]), partial, runs)
    R = np.linalg.qr(both, mode="r")  # its last entry is the norm of what the regressors leave of the series
    size = np.abs(np.diag(R))
    freedom = len(X) - X.shape[1]
    spread = runs * float(np.log(predictors(partial)[1]).sum())
    return float(2 * freedom * np.log(size[-1]) + spread + 2 * np.log(size[:-1]).sum())


# --- Many tests ----------------------------------------------------------------------------------


def holm(p: npt.ArrayLike) -> Floats:
    """Corrected p of Holm (Scandinavian Journal of Statistics 6, 1979): the chance of one false alarm or more.

    Examples
    --------
    >>> holm([0.01, 0.04, 0.03])
    array([0.03, 0.06, 0.06])
    """
    values = np.asarray(p, dtype=np.float64)
    order = np.argsort(values, kind="stable")
    steps = np.arange(len(values), 0, -1) * values[order]
    corrected: Floats = np.empty(len(values))
    corrected[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return corrected


def benjamini_hochberg(p: npt.ArrayLike) -> Floats:
    """Corrected p of Benjamini and Hochberg (1995): the share of false alarms among all alarms that is expected.

    Examples
    --------
    >>> benjamini_hochberg([0.01, 0.04, 0.03])
    array([0.03, 0.04, 0.04])
    """
    from scipy.stats import false_discovery_control

    values = np.asarray(p, dtype=np.float64)
    return values if not len(values) else np.asarray(false_discovery_control(values), dtype=np.float64)


CORRECTIONS = {"holm": holm, "benjamini-hochberg": benjamini_hochberg}
"""How p values are corrected for their number, by name; the default first."""
