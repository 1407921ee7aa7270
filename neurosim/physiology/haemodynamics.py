"""The haemodynamic response: how blood flow follows activity, seconds late and smoothed."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from neurosim.anatomy.structure import Floats
from neurosim.checks import check_number
from neurosim.errors import OptionError

AT_ONCE = 2**22  # numbers that are gathered together


@dataclasses.dataclass(frozen=True)
class HaemodynamicResponse:
    """The difference of two gamma densities: flow rises, falls, and for a while lies below where it was.

    With g(t; d, s) the gamma density of shape d / s and scale s::

        h(t) = (g(t; delay, dispersion) - ratio g(t; undershoot, undershoot_dispersion)) / area,    0 <= t <= length

    and 0 elsewhere. The area makes its integral 1, so flow has the unit of activity: where activity stays at 0.3 for
    long, flow settles at 0.3. The form is that of Friston et al. (NeuroImage 7, 1998) and Glover (NeuroImage 9, 1999);
    the numbers are those of the canonical response of the programme SPM. A `delay` of 6 s is the mean of the first
    density; with a dispersion of 1 s the response is highest after 5 s.

    Parameters
    ----------
    delay : float > 0
        Of the response, in seconds.
    undershoot : float > 0
        The same of what is taken off, in seconds.
    dispersion, undershoot_dispersion : float > 0
        How wide the two are, in seconds.
    ratio : float >= 0
        How large the undershoot's area is, for one of 1 of the response; below 1, so that more activity is more flow.
    length : float > 0
        After so many seconds all is over.

    Examples
    --------
    >>> import neurosim as ns
    >>> response = ns.HaemodynamicResponse()
    >>> seconds = np.arange(0, 32, 0.01)
    >>> round(float(seconds[np.argmax(response(seconds))]), 1), round(float(seconds[np.argmin(response(seconds))]), 1)
    (5.0, 15.8)
    >>> float(response.step(32))
    1.0
    """

    delay: float = 6.0
    undershoot: float = 16.0
    dispersion: float = 1.0
    undershoot_dispersion: float = 1.0
    ratio: float = 1 / 6
    length: float = 32.0

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            name, least = f"HaemodynamicResponse.{field.name}", {"least": 0.0, "below": 1.0}
            check_number(name, getattr(self, field.name), **(least if field.name == "ratio" else {"above": 0.0}))
        if self._area < 1e-3:
            raise OptionError(
                f"With a delay of {self.delay:g} s, an undershoot of {self.undershoot:g} s and a length of "
                f"{self.length:g} s there is no more response than undershoot. Give a longer length or a smaller ratio."
            )

    def __call__(self, seconds: npt.ArrayLike) -> Floats:
        """The response so many seconds after a moment of activity, per second."""
        from scipy.stats import gamma

        t = np.asarray(seconds, dtype=np.float64)
        rise = gamma.pdf(t, self.delay / self.dispersion, scale=self.dispersion)
        fall = gamma.pdf(t, self.undershoot / self.undershoot_dispersion, scale=self.undershoot_dispersion)
        h: Floats = np.where((t >= 0) & (t <= self.length), (rise - self.ratio * fall) / self._area, 0.0)
        return h

    def step(self, seconds: npt.ArrayLike) -> Floats:
        """The flow so many seconds after activity went from 0 to 1, to stay: the integral of the response."""
        t: npt.NDArray[np.float64] = np.clip(np.asarray(seconds, dtype=np.float64), 0.0, self.length)
        flow: Floats = self._unscaled(t) / self._area
        return flow

    @property
    def _area(self) -> float:
        return float(self._unscaled(np.array(self.length)))

    def _unscaled(self, t: npt.NDArray[np.float64]) -> Floats:
        from scipy.special import gammainc  # the gamma distribution's, without the checks that take most of its time

        rise = gammainc(self.delay / self.dispersion, t / self.dispersion)
        fall = gammainc(self.undershoot / self.undershoot_dispersion, t / self.undershoot_dispersion)
        return np.asarray(rise - self.ratio * fall, dtype=np.float64)

    def flow(self, activity: npt.ArrayLike, seconds_per_tick: float, times: npt.ArrayLike) -> Floats:
        """The flow that activity brings about, at some moments: their convolution, exactly.

        Activity is a staircase, constant within each tick, and 0 before the first and after the last. So the flow is
        a sum over ticks of what the response's integral gains between the tick's end and its beginning.

        Parameters
        ----------
        activity : array_like, shape (..., ticks)
        seconds_per_tick : float
        times : array_like, shape (moments,)
            In seconds from the beginning of the first tick, ascending.

        Returns
        -------
        float array, shape (..., moments)

        Examples
        --------
        >>> import neurosim as ns
        >>> ns.HaemodynamicResponse().flow([0, 0, 1, 1, 1, 1, 1, 1, 1, 1], 1.0, [2, 4, 7, 10]).round(3)
        array([0.   , 0.02 , 0.461, 0.969])
        """
        values, moments = np.asarray(activity, dtype=np.float64), np.asarray(times, dtype=np.float64)
        rows = values.reshape(-1, values.shape[-1])
        flow: Floats = np.empty((len(rows), len(moments)))
        for part, ticks in self._windows(moments, seconds_per_tick, len(rows)):
            begins = self.step(moments[part, None] - ticks * seconds_per_tick)
            there = (ticks[:, :-1] >= 0) & (ticks[:, :-1] < rows.shape[1])
            weights = np.where(there, begins[:, :-1] - begins[:, 1:], 0.0)  # each tick ends where the next begins
            flow[:, part] = np.einsum("rmt,mt->rm", rows[:, np.where(there, ticks[:, :-1], 0)], weights)
        return flow.reshape(*values.shape[:-1], len(moments))

    def _windows(
        self, moments: Floats, seconds_per_tick: float, rows: int
    ) -> Iterator[tuple[slice, npt.NDArray[np.int64]]]:
        """Some of the moments at a time; for each the ticks that tell then, and one more: (moments, ticks + 1)."""
        width = int(np.ceil(self.length / seconds_per_tick)) + 2
        first = np.floor((moments - self.length) / seconds_per_tick).astype(np.int64)
        step = max(1, AT_ONCE // (width * max(rows, 1)))
        for start in range(0, len(moments), step):
            part = slice(start, min(start + step, len(moments)))
            yield part, first[part, None] + np.arange(width + 1)
