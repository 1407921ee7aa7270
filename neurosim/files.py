"""Saving what took time to make, and loading it."""

from __future__ import annotations

import os
from typing import Any

from neurosim.anatomy.network import Network
from neurosim.anatomy.network_record import network_from_record, network_record
from neurosim.errors import ModelFileError, OptionError

KIND = "network"


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
        return network_from_record(values)
    except (ValueError, KeyError, TypeError, IndexError, AttributeError, OverflowError) as error:
        raise ModelFileError(
            f"The file {str(path)!r} is whole but describes no network ({type(error).__name__}: {error}). It was not "
            "written by ns.save; make it again."
        ) from error
