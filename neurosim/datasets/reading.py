"""Samples and their classes out of a file: a table with a column of labels, or arrays."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from neurosim.errors import DataError, NeurosimError, counted, shorten, unknown

LABELS = ("label", "labels", "class", "target", "y")
"""What the column of labels, or their array, may be called; if none is, the last column holds them."""

MOST_CLASSES = 1000  # whole numbers from here up are names of classes, such as years, and not their numbers


class Samples(NamedTuple):
    """Samples, the class number of each, and what the inputs and classes are called in the file."""

    X: npt.NDArray[np.float64]
    labels: npt.NDArray[np.int64]
    inputs: tuple[str, ...]
    classes: tuple[str, ...]


def read(path: str | os.PathLike[str], *, label: str | None = None) -> Samples:
    r"""Read samples and their classes from a file.

    Parameters
    ----------
    path : path
        Of comma-separated values (``.csv``): a row for each sample, a column for each input and one for the label,
        with or without a line of names first. Or of arrays (``.npz``): ``X`` and ``labels``.
    label : str, optional
        The name of the column, or array, of labels. Unless given, the one that is called label, labels, class, target
        or y; if none is, the last column.

    Returns
    -------
    Samples
        ``X, labels, inputs, classes``. Labels that are whole numbers from 0 to 999 are class numbers. Others are
        numbered: numbers from the smallest up, words in alphabetical order.

    Raises
    ------
    DataError
        If the file is missing or holds something else; it says in which line.

    Examples
    --------
    >>> import pathlib, tempfile, neurosim as ns
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "animals.csv")
    ...     _ = path.write_text("legs,wings,class\n2,2,bird\n4,0,cat\n")
    ...     X, labels, inputs, classes = ns.datasets.read(path)
    >>> X.tolist(), labels.tolist(), inputs, classes
    ([[2.0, 2.0], [4.0, 0.0]], [0, 1], ('legs', 'wings'), ('bird', 'cat'))
    """
    import csv
    import zipfile

    path = Path(path)
    try:
        return _read_arrays(path, label) if path.suffix == ".npz" else _read_table(path, label)
    except NeurosimError:
        raise
    except (OSError, ValueError, zipfile.BadZipFile, csv.Error, EOFError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise DataError(
            f"The samples cannot be read from {str(path)!r}: {reason}. Give a file of comma-separated values (.csv) "
            "with a column of labels, or of arrays X and labels (.npz)."
        ) from error


def _read_table(path: Path, label: str | None) -> Samples:
    import csv

    with path.open(newline="", encoding="utf-8-sig") as file:
        lines = [(number, row) for number, row in enumerate(csv.reader(file), start=1) if any(map(str.strip, row))]
    if not lines:
        raise DataError(f"The file {str(path)!r} holds no samples; give a row for each.")
    width = len(lines[0][1])
    names = [name.strip() for name in lines[0][1]]
    if _is_header(names, [row[-1] for _, row in lines[1:]], label):
        lines = lines[1:]
    else:
        names = [f"column {i}" for i in range(1, width + 1)]
    at = _label_column(names, label, path)
    for number, row in lines:
        if len(row) != width:
            raise DataError(
                f"Line {number} of {str(path)!r} has {counted(len(row), 'value')}, and line 1 has {width}. Give every "
                "sample as many."
            )
    if not lines or width < 2:
        raise DataError(
            f"The file {str(path)!r} needs a row for each sample, with one input or more and a label, and commas "
            "between them."
        )
    columns = [i for i in range(width) if i != at]
    X = np.array([[_input(row[i], number, names[i], path) for i in columns] for number, row in lines])
    labels, classes = _class_numbers([_label(row[at], number, path) for number, row in lines])
    return Samples(X, labels, tuple(names[i] for i in columns), classes)


def _is_header(first: list[str], last_column: list[str], label: str | None) -> bool:
    """Whether a line holds names: a word stands where an input should be, or where all other labels are numbers."""
    if label is not None or first[-1].lower() in LABELS or any(_number(word) is None for word in first[:-1]):
        return True
    return bool(last_column) and _number(first[-1]) is None and all(_number(text) is not None for text in last_column)


def _label_column(names: list[str], label: str | None, path: Path) -> int:
    if label is not None:
        if label not in names:
            raise unknown(f"column in {str(path)!r} called", label, names)
        return names.index(label)
    return next((i for i, name in enumerate(names) if name.lower() in LABELS), len(names) - 1)


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _input(text: str, line: int, name: str, path: Path) -> float:
    value = _number(text)
    if value is None or not np.isfinite(value):
        raise DataError(
            f"Line {line} of {str(path)!r} has {text.strip()!r} for the input {name!r}; it must be a finite number. "
            "Replace it, or leave that sample out."
        )
    return value


def _label(text: str, line: int, path: Path) -> str:
    if not text.strip():
        raise DataError(f"Line {line} of {str(path)!r} has no label. Give it one, or leave that sample out.")
    return text.strip()


def _class_numbers(labels: list[str]) -> tuple[npt.NDArray[np.int64], tuple[str, ...]]:
    """Small whole numbers from 0 up as they are, "1.0" too; others by size; words by their place in the alphabet."""
    values = [_number(text) for text in labels]
    numbers = np.array([np.nan if value is None else value for value in values])
    if ((numbers >= 0) & (numbers < MOST_CLASSES) & (numbers == np.rint(numbers))).all():
        return numbers.astype(np.int64), tuple(map(str, range(int(numbers.max()) + 1)))
    if np.isfinite(numbers).all():
        different, places = np.unique(numbers, return_inverse=True)
        return places.astype(np.int64), tuple(f"{number:.15g}" for number in different.tolist())
    words, places = np.unique(labels, return_inverse=True)
    return places.astype(np.int64), tuple(words.tolist())


def _read_arrays(path: Path, label: str | None) -> Samples:
    with np.load(path, allow_pickle=False) as arrays:
        names = [label] if label is not None else [name for name in LABELS if name in arrays.files]
        if "X" not in arrays.files or not names or names[0] not in arrays.files:
            raise DataError(
                f"The file {str(path)!r} must hold the arrays X and {label or 'labels'}; it holds "
                f"{shorten(arrays.files)}. Write np.savez(path, X=X, labels=labels)."
            )
        X, given = arrays["X"], arrays[names[0]]
    if X.ndim != 2 or not X.size or X.dtype.kind not in "biuf" or not np.isfinite(X).all() or given.shape != (len(X),):
        raise DataError(
            f"In {str(path)!r}, X must be finite numbers of shape (samples, inputs) and {names[0]} have the shape "
            f"(samples,); got shapes {X.shape} and {given.shape}."
        )
    labels, classes = _class_numbers([str(value) for value in given.tolist()])
    return Samples(X.astype(np.float64), labels, tuple(f"column {i}" for i in range(1, X.shape[1] + 1)), classes)
