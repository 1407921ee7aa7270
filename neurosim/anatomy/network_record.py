"""A network as a dictionary of plain values and arrays, and back: what is written to a file."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from neurosim.anatomy.network import Network
from neurosim.anatomy.soma import MODES, Mode
from neurosim.anatomy.structure import NO_REGION, Structure
from neurosim.errors import DataError, counted

COLUMNS = (
    "mode_of",
    "region_of",
    "marked_outputs",
    "positions",
    "pre",
    "post",
    "delay",
    "branch",
    "receptor",
    "plastic",
    "shared",
    "transmitter",
    "plastic_thresholds",
    "shared_thresholds",
    "silenced",
    "cut",
)
LESIONS = {"silenced": "names", "cut": "pre"}
"""The columns that tell of lesions, and one that is as long as each."""
COLUMN_KINDS = (
    dict.fromkeys(COLUMNS, "iu")
    | dict.fromkeys(("marked_outputs", "plastic", "plastic_thresholds", *LESIONS), "b")
    | {"positions": "f"}
)
NOTES = ("neuron_notes", "synapse_notes", "graph_notes")


def network_record(net: Network) -> dict[str, Any]:
    """Everything that a network is.

    Parameters
    ----------
    net : Network

    Returns
    -------
    dict
        `wiring_record`, and the arrays ``weights`` and ``thresholds``.
    """
    return {**wiring_record(net.structure), "weights": net.weights, "thresholds": net.thresholds}


def wiring_record(structure: Structure) -> dict[str, Any]:
    """Everything about a network but its weights and thresholds."""
    return {
        "names": list(structure.names),
        "modes": [_mode_record(mode) for mode in structure.modes],
        "regions": list(structure.regions),
        "region_shapes": dict(structure.region_shapes),
        **{name: np.ascontiguousarray(getattr(structure, name)) for name in COLUMNS},
        **{name: _plain(getattr(structure, name)) for name in NOTES},
    }


def network_from_record(record: Mapping[str, Any]) -> Network:
    """The network that a record describes; whatever is wrong with it is an error, as it is with arrays.

    Parameters
    ----------
    record : mapping
        From `network_record`.

    Returns
    -------
    Network

    Raises
    ------
    NeurosimError, KeyError, TypeError, ValueError, IndexError
        If it describes no network.
    """
    intact = {name: np.zeros(len(record[of]), dtype=bool) for name, of in LESIONS.items()}
    record = {**intact, **record}  # files from before there were lesions do not tell of any
    modes = [_read_mode(mode) for mode in record["modes"]]
    regions = [*record["regions"], None]
    for name, kinds in COLUMN_KINDS.items():
        if record[name].dtype.kind not in kinds or record[name].ndim != (2 if name == "positions" else 1):
            raise DataError(f"The column {name} holds {record[name].dtype} of shape {record[name].shape}.")
    if not all(np.isfinite(record[values]).all() for values in ("weights", "thresholds")):
        raise DataError("The weights and thresholds of a network must be finite.")
    if (record["mode_of"] < 0).any() or (record["region_of"] < NO_REGION).any():
        raise DataError("Modes are numbered from 0, and regions from -1 (for none).")
    net = Network.from_arrays(
        record["pre"],
        record["post"],
        record["weights"],
        names=record["names"],
        modes=[modes[i] for i in record["mode_of"].tolist()],
        thresholds=record["thresholds"],
        regions=[regions[i] for i in record["region_of"].tolist()],
        outputs=np.flatnonzero(record["marked_outputs"]).tolist(),
        positions=record["positions"],
        receptors=record["transmitter"],
        dtype=record["weights"].dtype,
        **{name: record[name] for name in ("delay", "branch", "receptor", "plastic", "shared")},
        **{name: record[name] for name in ("plastic_thresholds", "shared_thresholds", *LESIONS)},
    )
    shapes = {str(region): tuple(map(int, shape)) for region, shape in record["region_shapes"].items()}
    notes: dict[str, Any] = {name: dict(record[name]) for name in NOTES}
    structure = dataclasses.replace(net.structure, region_shapes=shapes, **notes)
    for region, shape in shapes.items():
        if min(shape, default=1) < 1 or math.prod(shape) != len(structure.members(region)):
            raise DataError(
                f"The grid {shape} of region {region!r} does not fit its {counted(len(net.regions[region]), 'neuron')}."
            )
    return Network(structure, net.weights, net.thresholds)


def _mode_record(mode: Mode) -> dict[str, Any]:
    if type(mode) is not type(MODES.get(mode.name)):
        raise DataError(
            f"The mode {mode} is of your own making ({type(mode).__name__}), and a file holds only the library's: "
            f"{', '.join(MODES)}. Save net.with_mode('linear', ...) and set your mode again after loading."
        )
    return {"name": mode.name, **dataclasses.asdict(mode)}


def _read_mode(record: Mapping[str, Any]) -> Mode:
    parameters = dict(record)
    return type(MODES[parameters.pop("name")])(**parameters)


def _plain(notes: Any) -> Any:
    """Mappings as dictionaries, all the way down."""
    return {key: _plain(value) for key, value in notes.items()} if isinstance(notes, Mapping) else notes
