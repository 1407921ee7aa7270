"""How the rates of regions go together."""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class RegionCorrelation:
    """Pearson's correlations between regions, with their names.

    Attributes
    ----------
    regions : tuple of str
    values : float array, shape (regions, regions)
        From -1 to 1; NaN where a region's rate is constant, or not finite.

    Examples
    --------
    >>> RegionCorrelation(("V1", "IT"), np.array([[1.0, -0.25], [-0.25, 1.0]]))
              V1     IT
    V1     1.000 -0.250
    IT    -0.250  1.000
    """

    regions: tuple[str, ...]
    values: npt.NDArray[np.float64]

    def __repr__(self) -> str:
        first = max(5, *(len(region) for region in self.regions))
        widths = [max(6, len(region)) for region in self.regions]
        head = " ".join(f"{region:>{width}}" for region, width in zip(self.regions, widths, strict=True))
        lines = [
            f"{region:<{first}} " + " ".join(f"{value:>{width}.3f}" for value, width in zip(row, widths, strict=True))
            for region, row in zip(self.regions, self.values.tolist(), strict=True)
        ]
        return "\n".join([f"{'':<{first}} {head}", *lines])


def correlated(rates: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Pearson's correlation over ticks, pooled over trials of which each had its mean taken off.

    Parameters
    ----------
    rates : float array, shape (regions, trials, ticks)

    Returns
    -------
    float array, shape (regions, regions)
        NaN where one of the two is constant within every trial (up to rounding), or not finite.

    Examples
    --------
    >>> correlated(np.array([[[0.0, 1.0, 2.0]], [[5.0, 3.0, 1.0]]]))
    array([[ 1., -1.],
           [-1.,  1.]])
    """
    if not rates.size:
        return np.full((len(rates), len(rates)), np.nan)
    largest = np.abs(rates).max(axis=(1, 2))
    usable = np.isfinite(largest) & (largest > 0)
    scaled = np.zeros_like(rates)
    scaled[usable] = rates[usable] / largest[usable, None, None]  # squares of very large or small rates do not fit
    # Sums in another order differ by a few eps, so what moves by no more is constant.
    varies = usable & (np.ptp(scaled, axis=2).max(axis=1) > 16 * np.finfo(float).eps)
    centred = (scaled - scaled.mean(axis=2, keepdims=True)).reshape(len(rates), -1)
    norms = np.where(varies, np.sqrt((centred**2).sum(axis=1)), 1)
    values: npt.NDArray[np.float64] = (centred @ centred.T) / np.outer(norms, norms)
    values = np.clip(values, -1, 1)
    np.fill_diagonal(values, 1)
    values[~varies], values[:, ~varies] = np.nan, np.nan
    return values
