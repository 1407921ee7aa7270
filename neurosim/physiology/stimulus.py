"""Reading stimuli: what a caller gives, checked and laid out for the engine."""

from __future__ import annotations

import reprlib
import sys
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from neurosim.anatomy.network import Network
from neurosim.anatomy.structure import Floats
from neurosim.checks import all_finite
from neurosim.errors import DataError, OptionError, shorten


def check_network(net: object) -> None:
    """Raise an OptionError unless this is a network.

    Examples
    --------
    >>> import networkx as nx
    >>> check_network(nx.DiGraph())
    Traceback (most recent call last):
    neurosim.errors.OptionError: A Network is needed; got DiGraph. Make one with ns.Network.from_graph(G).
    """
    if isinstance(net, Network):
        return
    is_graph = hasattr(net, "nodes") and hasattr(net, "edges")
    way = "ns.Network.from_graph(G)" if is_graph else "ns.Network.from_graph, from_regions or from_arrays"
    raise OptionError(f"A Network is needed; got {type(net).__name__}. Make one with {way}.")


def read_stimulus(net: Network, X: npt.ArrayLike, what: str = "X") -> Floats:
    """Check a stimulus.

    Parameters
    ----------
    net : Network
    X : array_like, shape (samples, inputs) or (inputs,)
    what : str
        Its name in messages.

    Returns
    -------
    float array, shape (samples, inputs)
        In the network's dtype; a single sample becomes a batch of one.

    Raises
    ------
    DataError
        If it is not numbers, has the wrong shape, or holds NaN or infinity.
    OptionError
        If `net` is no network.
    """
    check_network(net)
    array = read_finite(X, what, net.dtype)
    n_inputs = len(net.structure.inputs)
    if array.ndim not in (1, 2) or array.shape[-1] != n_inputs:
        hint = ""
        if array.ndim == 1 and n_inputs == 1:
            hint = f" For {len(array)} samples of one input write {what}.reshape(-1, 1)."
        elif array.ndim == 2 and array.shape[0] == n_inputs:
            hint = f" Samples are rows: try {what}.T."
        raise DataError(
            f"{what} must have the shape (samples, {n_inputs}) or, for one sample, ({n_inputs},): a column for each "
            f"input, {shorten(net.inputs)}. Got shape {array.shape}.{hint}"
        )
    _check_finite(array, what, net)
    return array.reshape(-1, n_inputs)


def read_finite(values: npt.ArrayLike, what: str, dtype: npt.DTypeLike) -> Floats:
    """An array of numbers in this dtype, or an error that says what was given instead."""
    given = values if type(values) is np.ndarray else _as_array(values, what)
    if given.dtype.kind not in "biuf":
        raise DataError(f"{what} must be an array of numbers; got {_described(given, what)}")
    if given.dtype == dtype:
        return given.copy()
    with np.errstate(over="ignore"):  # said in words below
        array: Floats = given.astype(dtype, order="C")
    if array.itemsize < given.itemsize:
        large = np.isinf(array) & np.isfinite(given)
        if large.any():
            raise DataError(
                f"{what} holds {given[large].flat[0]:g}, which does not fit {array.dtype}. Scale it down, or make the "
                "network with dtype='float64'."
            )
    return array


def _as_array(values: npt.ArrayLike, what: str) -> npt.NDArray[Any]:
    if isinstance(values, str | bytes) or hasattr(values, "__fspath__") or hasattr(values, "read"):
        raise DataError(
            f"{what} must be an array of numbers; got {values!r}. To read a file use np.loadtxt(path, delimiter=',')."
        )
    if np.ma.is_masked(values):
        raise DataError(f"{what} has masked entries. Fill them first, as with {what}.filled(0), or leave them out.")
    try:
        return np.asarray(values)
    except ValueError as error:
        reason = str(error).rstrip(".")
        raise DataError(f"{what} must be an array of numbers with rows of one length; numpy says: {reason}.") from None
    except TypeError:
        raise DataError(f"{what} must be an array of numbers; got {type(values).__name__}.") from None


def _described(given: npt.NDArray[Any], what: str) -> str:
    """What was given instead of numbers, with an example, and how to make numbers of it."""
    found: list[Any] = given.ravel().tolist()
    odd = next((value for value in found if not _is_real(value)), found[0] if found else None)
    return f"{_kind_of(given, odd)}, such as {reprlib.repr(odd)}. {_advice(given, odd, what)}"


def _is_real(value: object) -> bool:
    return isinstance(value, int | float) and (not isinstance(value, int) or abs(value) <= sys.float_info.max)


def _kind_of(given: npt.NDArray[Any], odd: object) -> str:
    words = {"U": "text", "S": "text", "c": "complex numbers", "M": "dates", "m": "times"}
    return words.get(given.dtype.kind, f"values of type {type(odd).__name__}")


def _advice(given: npt.NDArray[Any], odd: object, what: str) -> str:
    what = what if what.isidentifier() else "values"  # a word in code, where the message has a phrase
    if given.dtype.kind in "Mm":
        return f"Count time in numbers: ({what} - {what}[0]) / np.timedelta64(1, 's')."
    if isinstance(odd, complex):
        return f"Take np.real({what}), or np.abs({what})."
    if isinstance(odd, Mapping):
        return "Write the values in the order of net.inputs: [row[name] for name in net.inputs] for each row."
    if odd is None:
        return "Replace what is missing by a number, or leave those samples out."
    try:
        given.astype(float)
    except (TypeError, ValueError):
        if isinstance(odd, str | bytes):
            return f"To number labels: np.unique({what}, return_inverse=True)[1]."
        return "Write a number in its place."
    except OverflowError:
        return "It is larger than any float64: scale it down."
    return f"Convert it with np.asarray({what}, dtype=float)."


def _check_finite(array: Floats, what: str, net: Network) -> None:
    if all_finite(array):
        return
    finite = np.isfinite(array)
    wrong = np.argwhere(~finite)
    *sample, column = wrong[0].tolist()
    where = f" in sample {sample[0]}" if sample else ""
    ways = (
        f"Replace or drop them, as with {what}[np.isfinite({what}).all(axis=1)]"
        if sample
        else f"Write a number in its place, as np.where(np.isfinite({what}), {what}, 0) does"
    )
    raise DataError(
        f"{what} must be finite; input {net.inputs[column]!r} is {array[tuple(wrong[0])]}{where} "
        f"({len(wrong)} such in all). {ways}."
    )
