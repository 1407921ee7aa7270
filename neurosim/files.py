"""Saving what took time to make, and loading it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from neurosim.anatomy.network import Network
from neurosim.anatomy.network_record import COLUMNS, network_from_record, network_record
from neurosim.errors import DataError, ModelFileError, OptionError

KIND = "network"
PER_SYNAPSE = ("pre", "post", "delay", "branch", "receptor", "plastic", "shared", "weights")


def save(net: Network, path: str | os.PathLike[str]) -> None:
    """Write a network to a file, whole or not at all.

    Parameters
    ----------
    net : Network
    path : path
        By custom its name ends with ``.neurosim``. A file that is there is replaced once the new one is
        complete. The same network gives the same bytes.

    Raises
    ------
    ModelFileError
        If the file cannot be written.
    DataError
        If the network holds something that a file cannot, such as a mode of your own.

    Examples
    --------
    >>> import tempfile, neurosim as ns
    >>> net = ns.Network.from_arrays([0], [1], [0.5], modes="relu")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     ns.save(net, f"{folder}/small.neurosim")
    ...     ns.load(f"{folder}/small.neurosim").weights
    array([0.5])
    """
    from neurosim.storage import write_record  # loaded when first needed, like all that a mere import can do without

    if not isinstance(net, Network):
        raise OptionError(f"ns.save writes networks; got {type(net).__name__}. Write ns.save(net, path).")
    write_record(path, KIND, network_record(net))


def load(path: str | os.PathLike[str]) -> Network:
    """Read a network from a file, or from a checkpoint of its training.

    Parameters
    ----------
    path : path

    Returns
    -------
    Network
        Of a checkpoint, the network as it was when that was written.

    Raises
    ------
    ModelFileError
        If the file is damaged, is not one of ours, or holds no network.
    """
    from neurosim.storage import read_record

    record = read_record(path)
    values: Any = record.values
    if record.kind == "checkpoint":
        values = values.get("network")
    elif record.kind != KIND:
        raise ModelFileError(f"The file {str(path)!r} holds a {record.kind}, not a network.")
    try:
        _check_columns(values)
        return network_from_record(values)
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, OverflowError) as error:
        raise ModelFileError(
            f"The file {str(path)!r} is whole but describes no network ({type(error).__name__}: {error}). It was not "
            "written by ns.save; make it again."
        ) from error


def _check_columns(record: Mapping[str, Any]) -> None:
    """Every column has one entry for each neuron or synapse: one number for all of them, as calls may give, has not."""
    neurons, synapses = len(record["names"]), len(record["pre"])
    for name in (*COLUMNS, "weights", "thresholds"):
        length = synapses if name in PER_SYNAPSE else neurons
        if record[name].shape[:1] != (length,):
            raise DataError(f"The column {name} must have {length} entries; it has the shape {record[name].shape}.")
    for name, length in (("neuron_notes", neurons), ("synapse_notes", synapses)):
        for i, notes in record[name].items():
            if not isinstance(i, int) or not 0 <= i < length or not isinstance(notes, Mapping):
                raise DataError(f"The entry {i!r} of {name} must be a dictionary, numbered from 0 to {length - 1}.")
