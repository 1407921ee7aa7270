"""How regularly an integrate-and-fire cell fires, from its equations and without a simulation."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from neurosim.anatomy.soma import Binary
from neurosim.checks import check_number
from neurosim.errors import OptionError

POINTS = 4  # of the integral, for each standard deviation of the noise
FEWEST, MOST = 100, 2000
REACH = 8.5  # standard deviations of the free potential below which it is never found
LONGEST = 1e9  # ticks; of a cell that fires more seldom, rounding would decide


class Intervals(NamedTuple):
    """Between the impulses of a cell under a constant current.

    Attributes
    ----------
    mean : float
        In ticks; infinite if it never fires.
    cv : float
        The coefficient of variation: the standard deviation over the mean. 0 for a clock, near 1 for impulses that
        come at random; NaN if it never fires.
    """

    mean: float
    cv: float

    @property
    def rate(self) -> float:
        """Impulses a tick."""
        return 1 / self.mean


def expected_intervals(mode: Binary, current: float, *, threshold: float) -> Intervals:
    """Find the mean interval between impulses, and how much it varies, of a leaky integrate-and-fire cell.

    Without noise the potential is ``r leak^n + I (1 - leak^n) / (1 - leak)`` n ticks after it was at the reset r; the
    cell fires in the first tick in which that reaches the threshold, and then rests. With noise the expected number of
    ticks T(u) from a potential u obeys an integral equation, ``T(u) = 1 + integral over v below the threshold of
    p(v | u) T(v) dv``, where p is normal around ``leak u + I``; that for the square of the number is alike. Both are
    solved on Gauss and Legendre's points.

    Parameters
    ----------
    mode : Binary
        With a number for its reset.
    current : float
        What the cell's synapses bring in every tick, weight times rate.
    threshold : float

    Returns
    -------
    Intervals

    Raises
    ------
    OptionError
        If the mode is not such a cell, fires by chance, resets to its threshold or above, or has so little noise that
        the integral would need too many points or that it hardly ever fires: once in 10^9 ticks.

    Examples
    --------
    >>> import neurosim as ns
    >>> cell = ns.Binary(leak=0.9, reset=0.0, refractory=2)
    >>> expected_intervals(cell, 0.2, threshold=1.0)
    Intervals(mean=9.0, cv=0.0)
    >>> expected_intervals(cell, 0.09, threshold=1.0).mean  # it only comes near the threshold
    inf
    >>> noisy = expected_intervals(ns.Binary(leak=0.9, reset=0.0, noise=0.3), 0.05, threshold=1.0)
    >>> round(noisy.mean, 2), round(noisy.cv, 2)
    (26.64, 0.91)
    """
    check_number("current", current)
    check_number("threshold", threshold)
    reset = _reset(mode, threshold)
    if mode.noise == 0:
        ticks = _first_tick(mode.leak, reset, current, threshold)
        return Intervals(float(ticks + mode.refractory), 0.0 if math.isfinite(ticks) else math.nan)
    n, n_squared = _first_passage(mode, reset, current, threshold)
    mean = n + mode.refractory
    return Intervals(mean, math.sqrt(max(n_squared - n**2, 0.0)) / mean)


def _reset(mode: object, threshold: float) -> float:
    if not isinstance(mode, Binary) or not isinstance(mode.reset, int | float) or mode.temperature:
        raise OptionError(
            "An integrate-and-fire cell is a binary mode with a number for its reset and without a temperature, such "
            f"as ns.Binary(leak=0.9, reset=0.0); got {mode!r}."
        )
    if mode.reset >= threshold:
        raise OptionError(f"The reset, {mode.reset:g}, must be below the threshold, {threshold:g}.")
    return float(mode.reset)


def _first_tick(leak: float, reset: float, current: float, threshold: float) -> float:
    """In which tick after a reset the potential reaches the threshold; infinite if never."""
    if leak * reset + current >= threshold:
        return 1
    rest = current / (1 - leak)  # where the potential comes to rest
    if rest <= threshold or leak == 0:
        return math.inf
    return math.ceil(math.log((rest - threshold) / (rest - reset)) / math.log(leak))


def _first_passage(mode: Binary, reset: float, current: float, threshold: float) -> tuple[float, float]:
    """The expected number of ticks from the reset to the threshold, and the expected square of it."""
    spread = mode.noise / math.sqrt(1 - mode.leak**2)
    lowest = min(reset, current / (1 - mode.leak)) - REACH * spread
    points = max(FEWEST, math.ceil(POINTS * (threshold - lowest) / mode.noise))
    if points > MOST:
        raise OptionError(
            f"The noise, {mode.noise:g}, is so small beside the way from {lowest:.3g} to the threshold, {threshold:g}, "
            f"that its integral needs {points:,} points, more than {MOST:,}. Without noise it is nearly the same."
        )
    nodes, weights = np.polynomial.legendre.leggauss(points)
    v = lowest + (nodes + 1) / 2 * (threshold - lowest)
    weights = weights / 2 * (threshold - lowest) / (mode.noise * math.sqrt(2 * math.pi))

    def reached(u: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """The probability of each potential v below the threshold, one tick after each u."""
        densities: npt.NDArray[np.float64] = weights * np.exp(
            -((v - mode.leak * u[:, None] - current) ** 2) / (2 * mode.noise**2)
        )
        return densities

    step = np.eye(points) - reached(v)
    mean = np.linalg.solve(step, np.ones(points))
    square = np.linalg.solve(step, 2 * mean - 1)
    after_reset = reached(np.array([reset]))[0]
    ticks = float(1 + after_reset @ mean)
    if not 0 < ticks <= LONGEST:
        raise OptionError(
            f"The threshold, {threshold:g}, is so far from the potential that the noise, {mode.noise:g}, takes it "
            f"there less often than once in {LONGEST:,.0f} ticks, as good as never. Take more noise or current."
        )
    return ticks, float(1 + 2 * after_reset @ mean + after_reset @ square)
