"""The contrast of two tasks in blood flow: by region the difference, its interval, and whether it may be chance."""

from __future__ import annotations

import dataclasses
import os
from typing import TYPE_CHECKING

import numpy as np

from neurosim.anatomy.network import Network
from neurosim.anatomy.structure import Floats
from neurosim.errors import counted, unknown
from neurosim.physiology.linear_model import CORRECTIONS, EXACT
from neurosim.tables import as_html, write_csv

if TYPE_CHECKING:
    from neurosim.physiology.flow_model import FlowModel

SILENT = "flow never changes: not tested"
NO_NOISE = "no noise to test against: the fit is exact"


@dataclasses.dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Contrast:
    """How much more flow one task brings to each region than another; ``print`` it, ``ns.plot`` it.

    Every array has one entry a region, in the order of `regions`.

    Attributes
    ----------
    task : str
    minus : str or None
        None for rest.
    regions : tuple of str
    difference : float array
        Of the coefficients, in the unit of activity.
    error : float array
        Its standard error.
    t, p : float arrays
        Student's t, and the two-sided chance of one as large where there is no difference.
    corrected : float array
        p, corrected for the number of regions.
    low, high : float arrays
        The interval of the difference, which holds it with probability 1 - alpha (for one region, uncorrected).
    freedom : int
        Degrees of freedom.
    correction : str
    alpha : float
    notes : tuple of str
        What there is to say of a region that cannot be tested as the others; "" mostly. Where flow never changes, t
        and p are NaN and the region is not counted among the tests.
    noise_model : str
    net : Network
    """

    task: str
    minus: str | None
    regions: tuple[str, ...]
    difference: Floats
    error: Floats
    t: Floats
    p: Floats
    corrected: Floats
    low: Floats
    high: Floats
    freedom: int
    correction: str
    alpha: float
    notes: tuple[str, ...]
    noise_model: str
    net: Network

    @property
    def name(self) -> str:
        """Such as "faces - houses"."""
        return f"{self.task} \N{MINUS SIGN} {self.minus or 'rest'}"

    @property
    def significant(self) -> tuple[str, ...]:
        """The regions whose corrected p is below alpha."""
        return tuple(region for region, p in zip(self.regions, self.corrected, strict=True) if p < self.alpha)

    def verdict(self, region: str) -> str:
        """What the flow of a region says, in words: "more in faces", "more in houses", or "no difference"."""
        if region not in self.regions:
            raise unknown("region in this contrast called", region, self.regions)
        if region not in self.significant:
            return "no difference"
        more = self.difference[self.regions.index(region)] > 0
        return f"more in {self.task if more else self.minus or 'rest'}"

    # --- As rows ---------------------------------------------------------------------------------

    @property
    def rows(self) -> list[dict[str, object]]:
        """One dictionary for each region: what `to_csv` writes."""
        columns = ("difference", "low", "high", "error", "t", "p", "corrected")
        return [
            {
                "region": region,
                **{name: float(getattr(self, name)[place]) for name in columns},
                "freedom": self.freedom,
                "verdict": self.verdict(region),
                "note": self.notes[place],
            }
            for place, region in enumerate(self.regions)
        ]

    def to_csv(self, path: str | os.PathLike[str]) -> None:
        """Write the rows to a file of comma-separated values, with a header.

        Parameters
        ----------
        path : path

        Raises
        ------
        ModelFileError
            If it cannot be written.
        """
        write_csv(self.rows, path)

    # --- As a table ------------------------------------------------------------------------------

    def table(self) -> list[list[str]]:
        """A header, and a row of text for each region."""
        interval = f"{1 - self.alpha:.0%} interval"
        header = ["region", "difference", interval, "t", "p", "corrected p", ""]
        return [header, *(self._row(place) for place in range(len(self.regions)))]

    def _row(self, place: int) -> list[str]:
        region, note = self.regions[place], self.notes[place]
        if note == SILENT:
            return [region, "0", "", "", "", "", note]
        mark = "*" if region in self.significant else ""
        return [
            region,
            f"{self.difference[place] + 0.0:+.4g}",  # + 0.0: no -0
            f"{self.low[place]:+.4g} to {self.high[place]:+.4g}",
            f"{self.t[place]:.2f}",
            _chance(self.p[place]),
            _chance(self.corrected[place]),
            f"{mark} {note}".strip(),
        ]

    @property
    def caption(self) -> str:
        """What the table's numbers are."""
        tested = sum(note != SILENT for note in self.notes)
        name = {"holm": "Holm", "benjamini-hochberg": "Benjamini and Hochberg"}[self.correction]
        return (
            f"{counted(self.freedom, 'degree')} of freedom; noise is {self.noise_model}; * corrected p < "
            f"{self.alpha:g} ({name}, over {counted(tested, 'region')})"
        )

    def __repr__(self) -> str:
        rows = self.table()
        widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
        lines = [
            "  ".join(
                cell.ljust(width) if column in (0, len(widths) - 1) else cell.rjust(width)
                for column, (cell, width) in enumerate(zip(row, widths, strict=True))
            ).rstrip()
            for row in rows
        ]
        return "\n".join([f"Blood flow, {self.name}", *lines, self.caption])

    def _repr_html_(self) -> str:
        header, *rows = self.table()
        return as_html(f"Blood flow, {self.name}", header, rows, self.caption)


def _chance(p: float) -> str:
    return "< 0.0001" if p < 1e-4 else f"{p:.4f}"


def contrast_of(
    model: FlowModel, weights: Floats, task: str, minus: str | None, correction: str, alpha: float
) -> Contrast:
    """Test a weighted sum of coefficients in every region."""
    from scipy.special import stdtr, stdtrit

    fitted, flow = model.fitted, model.flow
    difference, error = weights @ fitted.coefficients, fitted.error_of(weights)
    size = np.abs(flow.values).max(axis=tuple(axis for axis in range(flow.values.ndim) if axis != flow.values.ndim - 2))
    silent, exact = size == 0.0, fitted.variance == 0.0
    difference = np.where(exact & (np.abs(difference) <= EXACT * size), 0.0, difference)
    with np.errstate(divide="ignore", invalid="ignore"):
        t = np.where(exact & (difference == 0.0), 0.0, difference / error)
    t = np.where(silent, np.nan, t)
    p = 2 * stdtr(fitted.freedom, -np.abs(t))
    corrected = np.full(len(p), np.nan)
    corrected[~silent] = CORRECTIONS[correction](p[~silent])
    half = stdtrit(fitted.freedom, 1 - alpha / 2) * error
    return Contrast(
        task=task,
        minus=minus,
        regions=flow.regions,
        difference=difference,
        error=error,
        t=t,
        p=p,
        corrected=corrected,
        low=difference - half,
        high=difference + half,
        freedom=fitted.freedom,
        correction=correction,
        alpha=alpha,
        notes=tuple(SILENT if none else NO_NOISE if flat else "" for none, flat in zip(silent, exact, strict=True)),
        noise_model=model.noise_model,
        net=flow.net,
    )
