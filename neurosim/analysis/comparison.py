"""What a comparison found: one network in several modes, measure by measure, each figure with its interval."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterator, Mapping

import numpy as np

from neurosim.analysis.estimate import Estimate
from neurosim.anatomy.network import Network
from neurosim.anatomy.soma import Mode
from neurosim.anatomy.structure import Floats, Indices
from neurosim.errors import counted, unknown
from neurosim.tables import write_csv

HARDENED = ", hardened"


@dataclasses.dataclass(frozen=True)
class Measure:
    """What is measured: how it is called in tables and on axes, and with how many decimals it is written."""

    heading: str
    axis: str
    digits: int = 3


MEASURES = {
    "accuracy": Measure("accuracy", "accuracy (share right)"),
    "input_noise": Measure("  input noise", "accuracy (share right)"),
    "weight_noise": Measure("  weight noise", "accuracy (share right)"),
    "lesions": Measure("  lesions", "accuracy (share right)"),
    "steps": Measure("steps to train", "gradient steps to train", 0),
    "no_gradient": Measure("no gradient", "neurons with no gradient (share)"),
    "no_gradient_surrogate": Measure("  with surrogate", "neurons with no gradient,\nsurrogate included (share)"),
    "information": Measure("information (bits)", "information about the class,\nmean of a hidden neuron (bits)"),
    "entropy": Measure("entropy (bits)", "entropy of the rate,\nmean of a hidden neuron (bits)"),
    "rate": Measure("total rate", "total rate of hidden neurons\nin a decision", 1),
}
"""Every measure, in the order of the table."""

CURVES = {
    "input_noise": "noise on the inputs\n(sd, in units of each input's)",
    "weight_noise": "noise on the weights\n(sd, share of each weight)",
    "lesions": "hidden neurons silenced\n(share)",
}
"""The measures that have levels, and what those are."""


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Comparison(Mapping[str, Mapping[str, Estimate]]):
    """One network in several modes; ``print`` it. See `compare` for what each measure means.

    A mapping of the measures: ``comparison["accuracy"]`` holds an `Estimate` for each brain, and its ``values`` are
    what was measured with each seed. ``comparison["binary"]`` holds one for each measure.

    Attributes
    ----------
    brains : tuple of str
        The modes, and after each graded one the same brains hardened, such as "relu, hardened".
    modes : mapping
        The mode of each brain's hidden neurons when it was trained.
    measured : mapping
        By measure and brain, an `Estimate`.
    levels : mapping
        Of input_noise, weight_noise and lesions; the first one is 0, nothing done.
    curves : mapping
        By these and brain, a list of `Estimate`, one for each level.
    networks : mapping
        By brain, its trained networks, one for each seed.
    X, classes : arrays
        The samples, and the class of each.
    boundary : float
        The rate from which a single output names class 1.
    seeds : int
    note : str
        How it was measured, for below the table.
    """

    brains: tuple[str, ...]
    modes: Mapping[str, Mode]
    measured: Mapping[str, Mapping[str, Estimate]]
    levels: Mapping[str, tuple[float, ...]]
    curves: Mapping[str, Mapping[str, list[Estimate]]]
    networks: Mapping[str, list[Network]]
    X: Floats
    classes: Indices
    boundary: float
    seeds: int
    note: str

    def __getitem__(self, name: str) -> Mapping[str, Estimate]:
        if name in self.measured:
            return self.measured[name]
        if name in self.brains:
            return {measure: column[name] for measure, column in self.measured.items()}
        raise unknown("measure or brain in this comparison called", name, [*self.measured, *self.brains])

    __eq__ = object.__eq__  # that of Mapping would compare arrays, which is ambiguous
    __hash__ = object.__hash__

    def __iter__(self) -> Iterator[str]:
        return iter(self.measured)

    def __len__(self) -> int:
        return len(self.measured)

    def difference(self, measure: str, brain: str, than: str | None = None) -> Estimate:
        """How much larger a measure is for one brain than for another, paired by seed.

        Parameters
        ----------
        measure, brain : str
        than : str, optional
            The other brain; the first one unless given.

        Returns
        -------
        Estimate
        """
        column = self.measured.get(measure)
        if column is None:
            raise unknown("measure in this comparison called", measure, self.measured)
        one, other = (self._known(name) for name in (brain, than or self.brains[0]))
        return column[one].minus(column[other])

    def _known(self, brain: str) -> str:
        if brain not in self.brains:
            raise unknown("brain in this comparison called", brain, self.brains)
        return brain

    # --- As rows -------------------------------------------------------------------------------------

    @property
    def rows(self) -> list[dict[str, object]]:
        """One dictionary for each brain, measure and level: what `to_csv` writes, a row each.

        Keys are brain, measure, level (None for what has none), mean, low, high (of the interval), seeds, censored;
        difference, difference_low and difference_high (from the first brain, paired by seed); and values, those of
        each seed.
        """
        return [
            _row(brain, measure, level, estimate, estimate.minus(first))
            for measure, level, column in self._columns()
            for first in [column[self.brains[0]]]
            for brain, estimate in column.items()
        ]

    def _columns(self) -> Iterator[tuple[str, float | None, Mapping[str, Estimate]]]:
        for measure, column in self.measured.items():
            yield measure, None, column
            for i, level in enumerate(self.levels.get(measure, ())):
                yield measure, level, {brain: curve[i] for brain, curve in self.curves[measure].items()}

    def to_csv(self, path: str | os.PathLike[str]) -> None:
        """Write the rows to a file of comma-separated values, with a header; NaN where there is no interval.

        Parameters
        ----------
        path : path

        Raises
        ------
        ModelFileError
            If it cannot be written.
        """
        rows = self.rows
        for row in rows:
            row["values"] = " ".join(f"{value!r}" for value in row["values"])  # type: ignore[attr-defined]
        write_csv(rows, path)

    # --- As a table ----------------------------------------------------------------------------------

    def tables(self) -> list[tuple[str, list[list[str]]]]:
        """The figures as text: a title, and for each measure its name and a cell for each brain."""
        title = "mean ± half of the 95 % interval" if self.seeds > 1 else "one seed, so there are no intervals"
        tables = [(title, self._cells(lambda m, b: self.measured[m][b], signed=False))]
        if len(self.brains) > 1:
            found = self._cells(self.difference, signed=True)
            tables.append((f"difference from {self.brains[0]}, paired by seed (* the interval leaves out 0)", found))
        return tables

    def _cells(self, estimate: object, *, signed: bool) -> list[list[str]]:
        brains = self.brains[1:] if signed else self.brains
        return [
            [MEASURES[measure].heading]
            + [""] * signed
            + [_cell(estimate(measure, brain), MEASURES[measure].digits, signed) for brain in brains]  # type: ignore[operator]
            for measure in self.measured
        ]

    def __repr__(self) -> str:
        heads = [[*name.split(", "), ""] for name in self.brains]
        header = [["", *(head[line] for head in heads)] for line in range(2)]
        blocks = self.tables()
        lines = [row for _, rows in blocks for row in rows] + header
        widths = [max(len(row[i]) for row in lines) for i in range(len(header[0]))]
        text = [f"Comparison over {counted(self.seeds, 'seed')}", ""]
        text += [_aligned(row, widths) for row in header if any(row)]
        for title, rows in blocks:
            text += [title, *(_aligned(row, widths) for row in rows), ""]
        return "\n".join([*text, self.note])

    def _repr_html_(self) -> str:
        from jinja2 import Environment, PackageLoader

        template = Environment(loader=PackageLoader("neurosim.analysis", "."), autoescape=True).get_template(
            "comparison.html"
        )
        return template.render(brains=self.brains, tables=self.tables(), seeds=self.seeds, note=self.note)


def _row(brain: str, measure: str, level: float | None, found: Estimate, difference: Estimate) -> dict[str, object]:
    return {
        "brain": brain,
        "measure": measure,
        "level": level,
        "mean": found.mean,
        "low": found.low,
        "high": found.high,
        "seeds": len(found.values),
        "censored": found.censored,
        "difference": difference.mean,
        "difference_low": difference.low,
        "difference_high": difference.high,
        "values": found.values.tolist(),
    }


def _cell(estimate: Estimate, digits: int, signed: bool) -> str:
    text = estimate.written(digits, signed=signed)
    if signed:
        return text + (" *" if estimate.low > 0 or estimate.high < 0 else "")
    return text + (f" ({estimate.censored} never)" if estimate.censored else "")


def _aligned(row: list[str], widths: list[int]) -> str:
    first, *others = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
    return "  ".join([first, *others]).rstrip()


def restricted(values: list[float], most: int) -> Estimate:
    """Steps to train, where a run that never got there counts as all of its steps, and is said to be censored."""
    steps = np.array(values)
    return Estimate(np.minimum(steps, most), int((steps > most).sum()))
