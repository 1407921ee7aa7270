"""Reading stimuli: what a caller gives, checked and laid out for the engine."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from neurosim.anatomy.network import Network
from neurosim.anatomy.structure import Floats
from neurosim.errors import DataError, shorten


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
    """
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
    if isinstance(values, str | bytes) or hasattr(values, "__fspath__") or hasattr(values, "read"):
        raise DataError(
            f"{what} must be an array of numbers; got {values!r}. To read a file use np.loadtxt(path, delimiter=',')."
        )
    try:
        given = np.asarray(values)
        array: Floats = given.astype(dtype) if given.dtype.kind in "biuf" else _refuse(given, what)
    except ValueError as error:
        if isinstance(error, DataError):
            raise
        raise DataError(f"{what} must be an array of numbers with rows of one length; numpy says: {error}.") from None
    return array


def _refuse(given: npt.NDArray[np.generic], what: str) -> Floats:
    kind = "text" if given.dtype.kind in "US" else f"values of type {given.dtype}"
    example = given.ravel().tolist()[0] if given.size else None
    raise DataError(
        f"{what} must be an array of numbers; got {kind}, such as {example!r}. "
        f"Convert it with np.asarray({what}, dtype=float)."
    )


def _check_finite(array: Floats, what: str, net: Network) -> None:
    wrong = np.argwhere(~np.isfinite(array))
    if not wrong.size:
        return
    *sample, column = wrong[0].tolist()
    where = f" in sample {sample[0]}" if sample else ""
    raise DataError(
        f"{what} must be finite; input {net.inputs[column]!r} is {array[tuple(wrong[0])]}{where} "
        f"({len(wrong)} such in all). Replace or drop them, as with {what}[np.isfinite({what}).all(axis=1)]."
    )
