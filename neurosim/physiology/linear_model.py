r"""The general linear model: least squares, with noise of three kinds.

Y = X B + E. The columns of Y are series over time. Within a column, noise E is normal with the covariance
s^2 V(a), where s^2 and one number a are found in the data: a by restricted maximum likelihood (Patterson and
Thompson, Biometrika 58, 1971), for each column by itself. Series and regressors are then whitened, and what
remains is ordinary least squares.
"""

from __future__ import annotations

import dataclasses
from typing import Protocol

import numpy as np
import numpy.typing as npt

from neurosim.anatomy.structure import Floats

EXACT = 1e-9  # of a series' size: what remains beside a fit that is exact but for rounding


# --- Kinds of noise ------------------------------------------------------------------------------


class Noise(Protocol):
    """What is known of V(a).

    Attributes
    ----------
    candidates : float array
        Values of a, ascending; the likeliest lies between the neighbours of the likeliest of them. One alone where
        there is nothing to find.
    """

    @property
    def candidates(self) -> Floats: ...

    def prepare(self, values: Floats) -> Floats:
        """Turn columns, shape (observations, columns), so that `whiten` is easy; lengths are kept, or their ratios."""
        ...

    def whiten(self, values: Floats, a: float) -> Floats:
        """Prepared columns, so that noise of covariance V(a) becomes that of the identity."""
        ...

    def log_determinant(self, a: float) -> float:
        """Of V(a), but for a constant."""
        ...


@dataclasses.dataclass(frozen=True)
class WhiteNoise:
    """V is the identity."""

    @property
    def candidates(self) -> Floats:
        return np.zeros(1)

    def prepare(self, values: Floats) -> Floats:
        return values

    def whiten(self, values: Floats, a: float) -> Floats:
        return values

    def log_determinant(self, a: float) -> float:
        return 0.0


@dataclasses.dataclass(frozen=True)
class RememberingNoise:
    """An autoregression of order 1: of each value the share a is left in the next.

    Parameters
    ----------
    runs : int
        The observations are so many equally long runs, one after the other; nothing is left from run to run.
    """

    runs: int = 1

    @property
    def candidates(self) -> Floats:
        return np.linspace(-0.98, 0.98, 29)

    def prepare(self, values: Floats) -> Floats:
        return values

    def whiten(self, values: Floats, a: float) -> Floats:
        """Take from each row what the one before it predicts (Prais and Winsten 1954)."""
        series = values.reshape(self.runs, -1, values.shape[1])
        white = series.copy()
        white[:, 1:] -= a * series[:, :-1]
        white[:, 0] *= np.sqrt(1 - a**2)  # the first row knows of none before it
        return white.reshape(values.shape)

    def log_determinant(self, a: float) -> float:
        return -self.runs * float(np.log1p(-(a**2)))


@dataclasses.dataclass(frozen=True, eq=False)
class VaryingNoise:
    """White noise, or such as remembers, and beside it something smooth: V = R + exp(a) K / scale.

    Parameters
    ----------
    smooth : float array, shape (observations, observations)
        K, the covariance of one run's, which is known; the scale is a mean size of it beside R.
    memory : float
        Of the noise itself, from one row to the next: that of R.
    runs : int
    """

    smooth: Floats
    memory: float = 0.0
    runs: int = 1
    scale: float = dataclasses.field(init=False)
    sizes: Floats = dataclasses.field(init=False)
    axes: Floats = dataclasses.field(init=False)

    def __post_init__(self) -> None:
        once = RememberingNoise()
        white = once.whiten(once.whiten(self.smooth, self.memory).T, self.memory)
        sizes, axes = np.linalg.eigh(white)
        object.__setattr__(self, "scale", float(sizes.mean()))
        object.__setattr__(self, "sizes", np.maximum(sizes, 0.0) / sizes.mean())
        object.__setattr__(self, "axes", axes)

    @property
    def candidates(self) -> Floats:
        return np.linspace(-10.0, 20.0, 31)

    def prepare(self, values: Floats) -> Floats:
        """Whiten R; then turn to the axes along which K is that of independent numbers."""
        white = RememberingNoise(self.runs).whiten(values, self.memory)
        series = white.reshape(self.runs, -1, values.shape[1])
        turned: Floats = (self.axes.T @ series).reshape(values.shape)
        return turned

    def whiten(self, values: Floats, a: float) -> Floats:
        scale = np.tile(1 / np.sqrt(1 + np.exp(a) * self.sizes), self.runs)
        white: Floats = values * scale[:, None]
        return white

    def log_determinant(self, a: float) -> float:
        return self.runs * float(np.log1p(np.exp(a) * self.sizes).sum())


# --- Least squares -------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True, eq=False)
class LeastSquares:
    """What was fitted, for each series.

    Attributes
    ----------
    coefficients : float array, shape (regressors, series)
    unscaled : float array, shape (series, regressors, regressors)
        The covariance of the coefficients for noise of variance 1.
    variance : float array, shape (series,)
        s^2; 0 where the fit is exact.
    memory : float array, shape (series,)
        What was found for a.
    freedom : int
        Degrees of freedom: observations less regressors.
    residuals : float array, shape (observations, series)
        What the fit leaves, before whitening.
    """

    coefficients: Floats
    unscaled: Floats
    variance: Floats
    memory: Floats
    freedom: int
    residuals: Floats

    def error_of(self, weights: Floats) -> Floats:
        """The standard error of a weighted sum of coefficients, for each series."""
        spread = np.einsum("i,sij,j->s", weights, self.unscaled, weights)
        error: Floats = np.sqrt(self.variance * spread)
        return error


def least_squares(X: Floats, Y: Floats, noise: Noise | None = None) -> LeastSquares:
    """Fit every column of Y by the columns of X, which must be independent.

    Parameters
    ----------
    X : float array, shape (observations, regressors)
        More observations than regressors.
    Y : float array, shape (observations, series)
    noise : Noise, optional
        White, unless given.

    Examples
    --------
    >>> t = np.arange(6.0)
    >>> fit = least_squares(np.column_stack([np.ones(6), t]), 2 + 3 * t[:, None] + np.array([[1.0], [-1]] * 3))
    >>> fit.coefficients.ravel().round(3), fit.freedom, round(float(fit.error_of(np.array([0.0, 1.0]))[0]), 4)
    (array([2.429, 2.829]), 4, 0.2799)
    """
    kind: Noise = noise or WhiteNoise()
    turned, series = kind.prepare(X), kind.prepare(Y)
    exact = np.array([_fit(X, y)[2] <= (EXACT * np.abs(y).max()) ** 2 for y in Y.T])
    memory = np.array([0.0 if flat else _likeliest(kind, turned, y) for y, flat in zip(series.T, exact, strict=True)])
    fits = [
        _fit(X, plain) if flat else _fit(kind.whiten(turned, a), kind.whiten(y[:, None], a)[:, 0])
        for plain, y, a, flat in zip(Y.T, series.T, memory, exact, strict=True)
    ]
    coefficients = np.stack([fit[0] for fit in fits], axis=1)
    return LeastSquares(
        coefficients,
        np.stack([fit[1] for fit in fits]),
        np.where(exact, 0.0, [fit[2] for fit in fits]),
        memory,
        len(X) - X.shape[1],
        Y - X @ coefficients,
    )


def _fit(X: Floats, y: Floats) -> tuple[Floats, Floats, float]:
    """Coefficients, their covariance for noise of variance 1, and the variance of what is left."""
    Q, R = np.linalg.qr(X)
    inverse = np.linalg.inv(R)
    coefficients = inverse @ (Q.T @ y)
    rest = y - X @ coefficients
    return coefficients, inverse @ inverse.T, float(rest @ rest) / (len(X) - X.shape[1])


def _likeliest(noise: Noise, X: Floats, y: Floats) -> float:
    """The number a under which a prepared series is likeliest: the best candidate, then between its neighbours."""
    candidates = noise.candidates
    if len(candidates) == 1:
        return float(candidates[0])
    from scipy.optimize import minimize_scalar

    both = np.column_stack([X, y / np.abs(y).max()])

    def unlikely(a: float) -> float:
        return _unlikelihood(noise, both, a)

    best = int(np.argmin([unlikely(a) for a in candidates]))
    between = candidates[max(best - 1, 0)], candidates[min(best + 1, len(candidates) - 1)]
    return float(minimize_scalar(unlikely, bounds=between, method="bounded").x)


def _unlikelihood(noise: Noise, both: Floats, a: float) -> float:
    """Minus twice the restricted log likelihood, but for a constant; the series is the last column."""
    R = np.linalg.qr(noise.whiten(both, a), mode="r")  # its last entry is the norm of what the regressors leave
    sizes = np.maximum(np.abs(np.diag(R)), np.finfo(float).tiny)
    freedom = len(both) - len(sizes) + 1
    return float(2 * freedom * np.log(sizes[-1]) + noise.log_determinant(a) + 2 * np.log(sizes[:-1]).sum())


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
