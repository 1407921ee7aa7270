"""Saving what took time to make, and loading it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from neurosim.anatomy.network import Network
from neurosim.anatomy.network_record import COLUMNS, LESIONS, network_from_record, network_record
from neurosim.errors import DataError, ModelFileError, OptionError
from neurosim.physiology.recording import Recording

if TYPE_CHECKING:
    from neurosim.storage import Record

KIND, RECORDING = "network", "recording"
MISFITS = (ValueError, KeyError, TypeError, IndexError, AttributeError, OverflowError)
PER_SYNAPSE = ("pre", "post", "delay", "branch", "receptor", "plastic", "shared", "cut", "weights")


def save(thing: Network | Recording, path: str | os.PathLike[str]) -> None:
    """Write a network or a recording to a file, whole or not at all.

    Parameters
    ----------
    thing : Network or Recording
        With a recording goes the network that ran, as it is now; `load_recording` reads both.
    path : path
        By custom its name ends with ``.neurosim``. A file that is there is replaced once the new one is
        complete. The same network gives the same bytes.

    Raises
    ------
    ModelFileError
        If the file cannot be written.
    DataError
        If the network holds something that a file cannot, such as a mode of your own; or if the network of a
        recording was edited after the run.

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

    if isinstance(thing, Recording):
        from neurosim.physiology.recording_record import recording_record

        write_record(path, RECORDING, recording_record(thing))
        return
    if not isinstance(thing, Network):
        raise OptionError(
            f"ns.save writes recordings and networks; got {type(thing).__name__}. Write ns.save(net, path)."
        )
    write_record(path, KIND, network_record(thing))


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
    if record.kind == RECORDING:
        raise ModelFileError(
            f"The file {str(path)!r} holds a recording, not a network. Write ns.load_recording(path), and of that .net."
        )
    return _network(record, path)


def load_recording(path: str | os.PathLike[str]) -> Recording:
    """Read a recording from a file, and with it, as its ``net``, the network that ran.

    Parameters
    ----------
    path : path

    Returns
    -------
    Recording
        With the states before and after the run; only those, so that it cannot be rewound to a tick in between.

    Raises
    ------
    ModelFileError
        If the file is damaged, is not one of ours, or holds no recording.

    Examples
    --------
    >>> import tempfile, neurosim as ns
    >>> net = ns.Network.from_arrays([0, 1], [1, 1], [1.0, 1.0], delay=[0, 1], thresholds=[0, 1])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     ns.save(ns.simulate(net, {0: [0, 1, 0, 0]}), f"{folder}/run.neurosim")
    ...     rec = ns.load_recording(f"{folder}/run.neurosim")
    >>> rec[1], ns.simulate(rec.net, {0: [0, 0]}, state=rec.state)[1]
    (array([0., 1., 1., 1.]), array([1., 1.]))
    """
    from neurosim.storage import read_record

    record = read_record(path)
    if record.kind != RECORDING:
        raise ModelFileError(
            f"The file {str(path)!r} holds a {record.kind}, not a recording. Write ns.load(path) for the network in it."
        )
    return _recording(record, path)


def load_any(path: str | os.PathLike[str]) -> tuple[Network | Recording, Record]:
    """Whatever a file holds, a network or a recording, and the record that it was read from."""
    from neurosim.storage import read_record

    record = read_record(path)
    return (_recording if record.kind == RECORDING else _network)(record, path), record


def _network(record: Record, path: str | os.PathLike[str]) -> Network:
    values: Any = record.values
    if record.kind == "checkpoint":
        values = values.get("network")
    elif record.kind != KIND:
        raise ModelFileError(f"The file {str(path)!r} holds a {record.kind}, not a network.")
    try:
        _check_columns(values)
        return network_from_record(values)
    except MISFITS as error:
        raise _misfit(path, "network", error) from error


def _recording(record: Record, path: str | os.PathLike[str]) -> Recording:
    from neurosim.physiology.recording_record import recording_from_record

    try:
        _check_columns(record.values["network"])
        return recording_from_record(record.values)
    except MISFITS as error:
        raise _misfit(path, "recording", error) from error


def _misfit(path: str | os.PathLike[str], noun: str, error: Exception) -> ModelFileError:
    return ModelFileError(
        f"The file {str(path)!r} is whole but describes no {noun} ({type(error).__name__}: {error}). It was not "
        "written by ns.save; make it again."
    )


def _check_columns(record: Mapping[str, Any]) -> None:
    """Every column has one entry for each neuron or synapse: one number for all of them, as calls may give, has not."""
    neurons, synapses = len(record["names"]), len(record["pre"])
    for name in (*COLUMNS, "weights", "thresholds"):
        if name in LESIONS and name not in record:  # a file from before there were lesions
            continue
        length = synapses if name in PER_SYNAPSE else neurons
        if record[name].shape[:1] != (length,):
            raise DataError(f"The column {name} must have {length} entries; it has the shape {record[name].shape}.")
    for name, length in (("neuron_notes", neurons), ("synapse_notes", synapses)):
        for i, notes in record[name].items():
            if not isinstance(i, int) or not 0 <= i < length or not isinstance(notes, Mapping):
                raise DataError(f"The entry {i!r} of {name} must be a dictionary, numbered from 0 to {length - 1}.")
