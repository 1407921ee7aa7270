"""Results as tables: for a terminal, for a notebook, and for a file of comma-separated values."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from neurosim.errors import ModelFileError

Cells = Sequence[Sequence[str]]


def as_text(title: str, header: Sequence[str], rows: Cells, note: str = "") -> str:
    """A table for a terminal: the first column to the left, the others to the right.

    Examples
    --------
    >>> print(as_text("Share", ["region", "need"], [["V1", "0.50"], ["V2", "-0.10"]]))
    Share
    region   need
    V1       0.50
    V2      -0.10
    """
    lines = [header, *rows]
    widths = [max(len(row[i]) for row in lines) for i in range(len(header))]
    text = ["  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]).rstrip() for row in lines]
    return "\n".join([title, *text, *([note] if note else [])])


def as_html(title: str, header: Sequence[str], rows: Cells, note: str = "") -> str:
    """The same for a notebook.

    Examples
    --------
    >>> as_html("Share", ["region"], [["<V1>"]])
    '<table><caption>Share</caption><tr><th>region</th></tr><tr><td>&lt;V1&gt;</td></tr></table>'
    """
    from html import escape

    head = "".join(f"<th>{escape(cell)}</th>" for cell in header)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    told = f"<p>{escape(note)}</p>" if note else ""
    return f"<table><caption>{escape(title)}</caption><tr>{head}</tr>{body}</table>{told}"


def write_csv(rows: Sequence[Mapping[str, object]], path: str | os.PathLike[str]) -> None:
    """Write rows to a file of comma-separated values, with a header.

    Parameters
    ----------
    rows : sequence of mappings with the same keys
    path : path

    Raises
    ------
    ModelFileError
        If it cannot be written.
    """
    import csv

    try:
        with open(path, "w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
    except OSError as error:
        raise ModelFileError(
            f"The table cannot be written to {str(path)!r}: {error.strerror or error}. Give a path in a folder that "
            "exists and may be written to."
        ) from error
