"""Reading columns of numbers: whatever a caller gives is checked here and comes out as arrays of the right kind."""

from __future__ import annotations

import reprlib
import warnings
from collections.abc import Callable, Hashable, Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from neurosim.anatomy.neuron import as_number, check_name
from neurosim.anatomy.pieces import compact
from neurosim.anatomy.soma import MODES, Mode, as_mode
from neurosim.anatomy.structure import (
    EITHER,
    EXCITATORY,
    INDEX,
    INHIBITORY,
    NO_REGION,
    NOT_SHARED,
    RECEPTORS,
    Flags,
    Floats,
    Indices,
    constant,
    in_use,
    palette,
    renumbered,
)
from neurosim.errors import DataError, GraphError, OptionError, counted, sentence, unknown

RandomState: TypeAlias = "int | np.random.Generator | None"  # quoted: numpy loads its generators on first use
"""A seed, a Generator to draw from, or None for fresh randomness."""

MOST_UNSAID = 10**7  # neurons that a mere number in pre or post may call into being
MOST = np.iinfo(INDEX).max  # the largest number that a column of whole numbers can hold

Modes: TypeAlias = str | Mode | Sequence[str | Mode | None] | None


def read_rng(rng: RandomState) -> np.random.Generator:
    """A Generator from a seed, from a Generator, or fresh."""
    if rng is not None and (isinstance(rng, bool) or not isinstance(rng, int | np.integer | np.random.Generator)):
        raise OptionError(f"rng must be a whole number (a seed) or a numpy Generator; got {rng!r}. Write rng=0.")
    if isinstance(rng, int | np.integer) and rng < 0:
        raise OptionError(f"A seed must be a whole number from 0 up; got rng={rng!r}.")
    return np.random.default_rng(rng)


def read_dtype(dtype: npt.DTypeLike | None) -> np.dtype[Any]:
    """float64 or float32; float64 unless said."""
    try:
        with warnings.catch_warnings(action="ignore"):  # about old spellings of other types, refused below
            parsed = np.dtype(np.float64 if dtype is None else dtype)
    except (TypeError, ValueError, SyntaxError):
        parsed = np.dtype(object)
    if parsed not in (np.float64, np.float32):
        raise OptionError(f"dtype must be 'float64' or 'float32'; got {dtype!r}.")
    return parsed


def read_whole_numbers(values: npt.ArrayLike, what: str, length: int | None = None, *, copy: bool = True) -> Indices:
    """A column of whole numbers; one number stands for a column of it, which takes no memory, however it is given."""
    array = _as_array(values, what)
    if array.size == 0:
        array = array.astype(INDEX)
    if array.dtype.kind not in "iuf" or not (array.dtype.kind in "iu" or _is_whole(array)):
        raise DataError(f"{what} must hold whole numbers; got {_glimpse(array)}.")
    if array.size and not -MOST <= array.min() <= array.max() <= MOST:
        raise DataError(f"{what} must hold whole numbers below 2^31; got {array.ravel()[np.argmax(np.abs(array))]}.")
    if array.ndim == 0 and length is not None:
        return constant(int(array), length)
    if array.ndim != 1 or (length is not None and len(array) != length):
        needed = "one number per synapse" if length is None else f"{length} numbers, one per synapse"
        raise DataError(f"{what} must hold {needed}; got an array of shape {array.shape}.")
    if length and (array == array[0]).all():
        return constant(int(array[0]), length)
    return array.astype(INDEX, order="C", copy=copy)


def _is_whole(array: npt.NDArray[Any]) -> bool:
    return bool(np.isfinite(array).all() and (array == np.floor(array)).all())


def read_ends(
    pre: npt.ArrayLike, post: npt.ArrayLike, n_neurons: int | None, told_by: str = "", *, copy: bool = True
) -> tuple[Indices, Indices, int]:
    """The two ends of every synapse, and how many neurons there must be, which the arguments in `told_by` say."""
    columns = read_whole_numbers(pre, "pre", copy=copy), read_whole_numbers(post, "post", copy=copy)
    if len(columns[0]) != len(columns[1]):
        raise DataError(f"pre and post must be equally long; got {len(columns[0])} and {len(columns[1])}.")
    largest = max((int(column.max()) for column in columns if column.size), default=-1)
    if n_neurons is None:
        n_neurons = largest + 1
        if n_neurons > MOST_UNSAID + 100 * len(columns[0]):
            raise GraphError(
                f"The largest number in pre and post is {largest}, for {counted(len(columns[0]), 'synapse')}. If "
                f"there really are {n_neurons} neurons, say so with size={n_neurons}; otherwise renumber them from 0."
            )
    for what, column in zip(("pre", "post"), columns, strict=True):
        if column.size and not 0 <= column.min() <= column.max() < n_neurons:
            outside = np.flatnonzero((column < 0) | (column >= n_neurons))
            number = int(column[outside[0]])
            more = "say size= for more neurons" if told_by in ("", "size") else f"list {number + 1} in {told_by}"
            raise GraphError(
                f"{what}[{outside[0]}] is {number}, but "
                + (f"the column {told_by} has {n_neurons} entries, so " if told_by not in ("", "size") else "")
                + f"the neurons are numbered 0 to {n_neurons - 1}. Correct {what}"
                + (f", or {more}." if number >= 0 else ".")
            )
    return *columns, n_neurons


def read_size(size: int | None, **columns: Any) -> tuple[int | None, str]:
    """How many neurons the given columns speak of, and which ones do; None where none of them says so."""
    lengths = {name: len(column) for name, column in columns.items() if _is_column(column)}
    if size is not None:
        if isinstance(size, bool) or not isinstance(size, int | np.integer) or not 0 <= size <= MOST:
            raise OptionError(f"size must be a whole number, how many neurons there are; got {size!r}.")
        lengths["size"] = int(size)
    if len(set(lengths.values())) > 1:
        told = ", ".join(f"{name} says {length}" for name, length in lengths.items())
        raise DataError(f"The columns disagree on the number of neurons: {told}. They must be equally long.")
    return next(iter(lengths.values()), None), "size" if size is not None else " and ".join(lengths)


def read_names(names: Sequence[object] | None, n_neurons: int) -> tuple[str | int, ...]:
    """The neurons' names: 0, 1, 2, ... unless given."""
    if names is None:
        return tuple(range(n_neurons))
    return tuple(check_name(name) for name in _one_each(names, n_neurons, "names"))


def read_modes(modes: Modes, has_dendrites: Flags) -> tuple[tuple[Mode, ...], Indices]:
    """The different modes, and which one each neuron has.

    A single mode is for the neurons with dendrites; where nothing is said, a neuron with dendrites is
    binary and one without is sensory.
    """
    unsaid = MODES["binary"] if modes is None or not _is_one_mode(modes) else as_mode(modes)
    n_neurons = len(has_dendrites)
    silent_on_all = modes is None or _is_one_mode(modes)
    spellings, of = palette([None] * n_neurons if silent_on_all else _one_each(modes, n_neurons, "modes"))
    parsed = [None if spelling is None else as_mode(spelling) for spelling in spellings]
    used: list[Mode] = list(dict.fromkeys([*filter(None, parsed), unsaid, MODES["sensory"]]))
    table = np.array([used.index(mode) if mode is not None else -1 for mode in parsed], dtype=INDEX)
    mode_of = table[of]
    silent = mode_of < 0
    mode_of[silent & has_dendrites] = used.index(unsaid)
    mode_of[silent & ~has_dendrites] = used.index(MODES["sensory"])
    return in_use(used, mode_of)


def read_regions(regions: Sequence[str | None] | None, n_neurons: int) -> tuple[tuple[str, ...], Indices]:
    """The different regions, and which one each neuron belongs to (-1 for none)."""
    if regions is None:
        return (), constant(NO_REGION, n_neurons)
    spellings, of = palette(_one_each(regions, n_neurons, "regions"))
    names = [region for region in spellings if region is not None]
    table = np.array([NO_REGION if region is None else names.index(region) for region in spellings], dtype=INDEX)
    return tuple(str(name) if isinstance(name, np.str_) else name for name in names), table[of]


def read_values(
    values: npt.ArrayLike,
    length: int,
    what: str,
    label: Callable[[int], str],
    dtype: np.dtype[Any],
    *,
    gaps: bool = False,
    copy: bool = True,
) -> Floats:
    """A column of finite numbers; one number stands for a column of it.

    Parameters
    ----------
    values : array_like
    length : int
        How many there must be.
    what : str
        "weight", "threshold" or "bias".
    label : callable
        Whose number it is, in words, by position: for messages.
    dtype : numpy dtype
    gaps : bool
        Whether NaN is allowed, as "not given".
    copy : bool
        Whether the column is a new one even where the array given would do.
    """
    plural = f"{what}es" if what.endswith("s") else f"{what}s"
    given = _as_array(values, plural)
    if given.size and (given.dtype.kind not in "biufO" or _holds_text(given)):
        raise DataError(f"Every {what} must be a finite number; got {_glimpse(given)}.")
    try:
        with np.errstate(over="ignore"):  # too large for float32 is infinite, and said so below
            array = np.array(given, dtype=dtype, order="C", copy=True if copy else None)
    except (TypeError, ValueError, OverflowError):
        raise DataError(f"Every {what} must be a finite number; got {_glimpse(given)}.") from None
    if array.ndim == 0:
        array = np.full(length, array)
    elif not array.flags.writeable:
        array = array.copy()
    if array.shape != (length,):
        raise DataError(
            f"There are {length} {plural} to give, in an array of shape ({length},); got shape {array.shape}."
        )
    wrong = np.flatnonzero(np.isinf(array) if gaps else ~np.isfinite(array))
    if wrong.size:
        raise DataError(
            f"The {what} of {label(int(wrong[0]))} must be a finite number; got {array[wrong[0]]} "
            f"({wrong.size} such in all). Find them with np.flatnonzero(~np.isfinite(values))."
        )
    return array


def fitting(value: float, what: str, dtype: np.dtype[Any]) -> Any:
    """The number in the network's type, or an error if it is too large for that."""
    if abs(value) > float(np.finfo(dtype).max):
        raise DataError(f"{sentence(what)} must be a finite {dtype} number; got {value!r}. Use dtype='float64'.")
    return dtype.type(value)


def read_marks(outputs: Sequence[int] | None, n_neurons: int) -> Indices:
    """The numbers of the neurons declared outputs."""
    marks = np.unique(read_whole_numbers([] if outputs is None else outputs, "outputs"))
    if marks.size and not 0 <= marks[0] <= marks[-1] < n_neurons:
        raise GraphError(f"outputs must be numbers of neurons, 0 to {n_neurons - 1}; got {outputs!r}.")
    return marks


def read_positions(positions: npt.ArrayLike | None, n_neurons: int) -> Floats:
    """Where to draw each neuron; NaN where nothing is said."""
    if positions is None:
        return np.broadcast_to(np.array([np.nan, np.nan]), (n_neurons, 2))
    given = _as_array(positions, "positions")
    if given.shape != (n_neurons, 2) or given.dtype.kind not in "iuf":
        raise DataError(
            f"positions must be numbers of the shape ({n_neurons}, 2), x and y per neuron; got {_glimpse(given)}, "
            f"shape {given.shape}."
        )
    array = given.astype(float)
    wrong = np.flatnonzero(~np.isfinite(array).all(axis=1) & ~np.isnan(array).all(axis=1))
    if wrong.size:
        raise DataError(
            f"positions[{wrong[0]}] must be two finite numbers, or NaN twice to leave it to the plot; "
            f"got {array[wrong[0]].tolist()}."
        )
    return array


def read_position(name: object, pos: Any) -> tuple[float, float]:
    """Where to draw one neuron; NaN where nothing is said."""
    if pos is None:
        return (np.nan, np.nan)
    try:
        x, y = pos
        return (as_number(x, "x"), as_number(y, "y"))
    except (TypeError, ValueError):
        raise DataError(f"The pos of neuron {name!r} must be two finite numbers, x and y; got {pos!r}.") from None


def _as_array(values: Any, what: str) -> npt.NDArray[Any]:
    try:
        return np.asarray(values)
    except ValueError:
        raise DataError(f"{what} must be an array of numbers; got rows of different lengths, {values!r}.") from None


def _one_each(values: Any, n_neurons: int, what: str) -> list[Any]:
    """A column of names or modes as a list."""
    if not _is_column(values) or isinstance(values, bytes) or len(values) != n_neurons:
        raise DataError(f"{what} must list one for each of the {n_neurons} neurons; got {reprlib.repr(values)}.")
    for value in values:
        if not isinstance(value, Hashable):
            raise DataError(f"{what} must list one for each neuron; got {value!r} for one of them.")
    return list(values)


def _is_one_mode(modes: Modes) -> bool:
    return isinstance(modes, str | Mode | type)


def _is_column(column: Any) -> bool:
    return not _is_one_mode(column) and (isinstance(column, Sequence) or getattr(column, "ndim", 0) > 0)


def _holds_text(array: npt.NDArray[Any]) -> bool:
    """Whether numpy would read numbers out of text."""
    return array.dtype == object and any(isinstance(value, str | bytes) for value in array.ravel().tolist())


def _glimpse(array: npt.NDArray[Any]) -> str:
    text = ", ".join(repr(value) for value in array.ravel()[:3].tolist())
    return f"{text}{', ...' if array.size > 3 else ''} (dtype {array.dtype})"


def read_receptors(values: Any, what: str, length: int) -> Indices:
    """A column of receptors: names, None for either kind, or the signs 1, 0 and -1; one stands for a column of it."""
    if values is None:
        return np.broadcast_to(np.int8(EITHER), (length,))
    if isinstance(values, str):
        return np.broadcast_to(np.int8(_receptor(values, what)), (length,))
    array = np.asarray(values)
    if array.dtype.kind in "iu" and array.shape == (length,) and _all_receptors(array):
        return compact(array.astype(np.int8))
    if isinstance(values, Sequence | np.ndarray) and len(values) == length:
        return compact(np.array([_receptor(value, what) for value in values], dtype=np.int8))
    raise DataError(
        f"A receptor is 'excitatory', 'inhibitory' or None: {what} must be one of these, or list {length}; got "
        f"{reprlib.repr(values)}."
    )


def _all_receptors(array: npt.NDArray[Any]) -> bool:
    """Whether these whole numbers are signs: EITHER lies between the other two."""
    return bool(INHIBITORY <= array.min(initial=EITHER) and array.max(initial=EITHER) <= EXCITATORY)


def _receptor(value: Any, what: str) -> int:
    if value is None:
        return EITHER
    if isinstance(value, str) and value in RECEPTORS:
        return RECEPTORS[value]
    raise unknown(f"receptor (in {what})", value, RECEPTORS)


def read_flags(values: Any, what: str, length: int) -> Flags:
    """A column of True and False; one stands for a column of it."""
    array = np.asarray(values)
    if array.dtype != bool or array.shape not in ((), (length,)):
        raise DataError(f"{what} must be True or False, or an array of {length} of these; got {reprlib.repr(values)}.")
    return compact(array.copy()) if array.ndim else np.broadcast_to(array, (length,))


def read_groups(values: Any, what: str, length: int, *, copy: bool = True) -> Indices:
    """Which entries are one parameter: those with equal labels, text or whole numbers. None, or -1, is on its own.

    Groups are numbered from 0 in the order in which they first appear.
    """
    if values is None:
        return constant(NOT_SHARED, length)
    if isinstance(values, np.ndarray) and values.dtype.kind in "iu" and values.shape == (length,):
        return renumbered(values, copy=copy)
    labels = values.tolist() if isinstance(values, np.ndarray) else list(values)
    if len(labels) != length:
        raise DataError(f"{what} must list a label or None for each of {length}; got {len(labels)}.")
    number: dict[Any, int] = {}
    groups = np.full(length, NOT_SHARED, dtype=INDEX)
    for i, label in enumerate(labels):
        if label is None or (isinstance(label, int | float) and label == NOT_SHARED):
            continue
        if isinstance(label, bool) or not isinstance(label, str | int | np.integer):
            raise DataError(
                f"{what} must be a label, text or a whole number, that is equal where the number is one; got {label!r}."
            )
        groups[i] = number.setdefault(label, len(number))
    return groups
