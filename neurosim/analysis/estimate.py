"""A figure measured several times, each with a seed of its own: its mean, and how sure that is."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from neurosim.errors import DataError

CONFIDENCE = 0.95


@dataclasses.dataclass(frozen=True, eq=False)
class Estimate:
    """The mean over seeds, with an interval.

    The interval is Student's: mean +- t s / sqrt(n), where t is the 97.5 % point of his distribution with n - 1
    degrees of freedom and s the standard deviation over the n seeds. It holds the true mean in 95 of 100 cases, if
    the figures are about normal. Where all seeds agree, it is a point; with one seed there is none (NaN).

    Attributes
    ----------
    values : array_like, shape (seeds,)
        What was measured with each seed.
    censored : int
        How many of them are only known to be at least that large: the mean is then the restricted mean of survival
        analysis, which is a lower bound.

    Examples
    --------
    >>> shares = Estimate([0.5, 0.75, 1.0])
    >>> shares.mean, round(shares.low, 4), round(shares.high, 4)
    (0.75, 0.129, 1.371)
    >>> print(shares)
    0.750 ± 0.621
    """

    values: npt.NDArray[np.float64]
    censored: int = 0

    def __init__(self, values: npt.ArrayLike, censored: int = 0) -> None:
        column = np.array(values, dtype=np.float64)
        if column.ndim != 1 or not column.size:
            raise DataError(f"An estimate needs a list of numbers, one for each seed; got {values!r}.")
        object.__setattr__(self, "values", column)
        object.__setattr__(self, "censored", censored)

    @property
    def mean(self) -> float:
        return float(self.values.mean())

    @property
    def half_width(self) -> float:
        """Half the width of the interval; NaN with one seed."""
        from scipy.special import stdtrit

        n = len(self.values)
        if n < 2:
            return float("nan")
        t = stdtrit(n - 1, (1 + CONFIDENCE) / 2)
        return float(t * self.values.std(ddof=1) / np.sqrt(n))

    @property
    def low(self) -> float:
        """The lower end of the interval."""
        return self.mean - self.half_width

    @property
    def high(self) -> float:
        """The upper end of the interval."""
        return self.mean + self.half_width

    def minus(self, other: Estimate) -> Estimate:
        """The differences seed by seed: what both share, such as an easy split, is not in them."""
        if len(self.values) != len(other.values):
            raise DataError(
                f"Differences are taken seed by seed; there are {len(self.values)} and {len(other.values)} seeds."
            )
        return Estimate(self.values - other.values, self.censored + other.censored)

    def written(self, digits: int = 3, *, signed: bool = False) -> str:
        """Mean and half of the interval, with so many decimals."""
        sign = "+" if signed else ""
        bound = "≥ " if self.censored and not signed else ""
        mean = f"{round(self.mean, digits) + 0.0:{sign}.{digits}f}"  # there is one zero
        return f"{bound}{mean}" + ("" if len(self.values) < 2 else f" ± {self.half_width:.{digits}f}")

    def __str__(self) -> str:
        return self.written()

    def __repr__(self) -> str:
        return f"Estimate({self.written()})"


def estimates(rows: Iterable[npt.ArrayLike]) -> list[Estimate]:
    """One estimate for each column of a table that has a row for each seed."""
    return [Estimate(column) for column in np.array(list(rows), dtype=np.float64).T]
