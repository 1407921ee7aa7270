"""Recordings as tables of other libraries, which neurosim does without otherwise."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

import numpy as np

from neurosim.anatomy.structure import NO_REGION, Floats
from neurosim.errors import MissingPackageError

if TYPE_CHECKING:
    from neurosim.physiology.recording import Recording


def to_pandas(rec: Recording, values: Floats) -> Any:
    """A DataFrame of values (..., ticks, neurons): a column for each neuron, a row for each tick or trial and tick."""
    pandas = _imported("pandas", "rec.rates is the same as an array, with columns in the order of rec.names")
    columns = pandas.Index(rec.names, name="neuron", dtype=None if rec.names else object)
    ticks = pandas.Index(rec.ticks, name="tick")
    if rec.trials is not None:
        ticks = pandas.MultiIndex.from_product([range(rec.trials), rec.ticks], names=["trial", "tick"])
    return pandas.DataFrame(values.reshape(len(ticks), len(columns)), index=ticks, columns=columns)


def to_xarray(rec: Recording) -> Any:
    """A Dataset of everything that was recorded."""
    xarray = _imported("xarray", "rec.rates is the same as an array, by tick and neuron")
    trial = () if rec.trials is None else ("trial",)
    dims = (*trial, "tick", "neuron")
    variables: dict[str, Any] = {"rate": (dims, rec.rates), "threshold": ("neuron", rec.thresholds)}
    if rec.drive_traces is not None:
        variables["drive"] = (dims, rec.drives)
    coordinates: dict[str, Any] = {
        "tick": rec.ticks,
        "neuron": _labels(rec.names),
        "region": ("neuron", np.array(_regions(rec), dtype=str)),
    }
    if rec.trials is not None:
        coordinates["trial"] = np.arange(rec.trials)
    return xarray.Dataset(variables, coords=coordinates)


def _labels(names: list[str | int]) -> Any:
    """Names as an array that keeps numbers numbers and text text, also side by side."""
    kinds = {type(name) for name in names}
    return np.array(names, dtype=None if len(kinds) == 1 else object)


def _regions(rec: Recording) -> list[str]:
    structure = rec.plan.structure
    regions = structure.region_of[rec.plan.neurons].tolist()
    return ["" if region == NO_REGION else structure.regions[region] for region in regions]


def _imported(package: str, otherwise: str) -> Any:
    """A package that may not be there; imported by its name, so that neither types nor wheels depend on it."""
    try:
        return importlib.import_module(package)
    except ModuleNotFoundError as error:
        if error.name != package:  # it is there, and something that it needs is not
            raise
        raise MissingPackageError(
            f"This needs {package}, which is not installed: pip install {package}. Without it: {otherwise}."
        ) from None
