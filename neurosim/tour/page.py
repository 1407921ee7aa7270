"""The page that shows a tour: a file beside its pictures, which needs no network and no script to be read."""

from __future__ import annotations

import inspect
import re
import struct
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import neurosim
from neurosim.errors import OptionError
from neurosim.story import Part, Picture, Said, Shown, Table, Title, command_to_check, command_to_run
from neurosim.tour.result import Tour

if TYPE_CHECKING:
    from markupsafe import Markup

FILE = "index.html"
CODE_COLOURS = {"light": "xcode", "dark": "monokai"}  # styles of Pygments; a test measures their contrast


def page_file(folder: Path) -> Path:
    """Where the page will be; the folder is made, and looked at: who waits for a tour should not lose it at its end.

    Raises
    ------
    OptionError
        If no page can be written there.
    """
    path = folder / FILE
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path.open("a").close()
    except OSError as error:
        raise OptionError(
            f"The page cannot be written to {str(path)!r} ({error.strerror}). Name another folder."
        ) from None
    return path


def write_page(tour: Tour, path: Path) -> None:
    """Write the page that shows a tour.

    Parameters
    ----------
    tour : Tour
    path : Path
        The file; the pictures have to be beside it.
    """
    path.write_text(page(tour), encoding="utf-8", errors="replace")


def page(tour: Tour) -> str:
    """The page that shows a tour, in HTML.

    Parameters
    ----------
    tour : Tour

    Examples
    --------
    >>> from neurosim.story import Said
    >>> from neurosim.tour.result import Visit
    >>> html = page(Tour((Visit("meeting", told=(Said("1 < 2"),)),)))
    >>> "1 &lt; 2" in html, "neurosim run meeting --seed 0" in html
    (True, True)
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("neurosim.tour", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(kind=kind, size=size, blocks=blocks, code=code, coloured=coloured)
    return environment.get_template("page.html").render(
        tour=tour,
        version=neurosim.__version__,
        code_style={theme: code_style(theme) for theme in CODE_COLOURS},
        command_to_run=command_to_run,
        command_to_check=command_to_check,
    )


def kind(part: Part) -> str:
    """What a part of a story is."""
    return {Title: "title", Said: "text", Shown: "shown", Table: "table", Picture: "picture"}[type(part)]


def blocks(description: str) -> list[tuple[str, list[str]]]:
    r"""The paragraphs of a docstring after its first line: running text, a list of items, or lines as they are.

    Examples
    --------
    >>> blocks("A title.\n\nText that\ngoes on.\n\n- one\n- and\n  two\n\n    x = 1")
    [('text', ['Text that goes on.']), ('list', ['one', 'and two']), ('lines', ['x = 1'])]
    """
    found: list[tuple[str, list[str]]] = []
    for block in description.partition("\n")[2].split("\n\n"):
        lines = [line for line in block.splitlines() if line.strip()]
        if not lines:
            continue
        if all(line.startswith(" ") for line in lines):
            found.append(("lines", [inspect.cleandoc("\n".join(["", *lines]))]))
        elif all(line.startswith(("- ", " ")) for line in lines):
            items = "\n".join(lines).removeprefix("- ").split("\n- ")
            found.append(("list", [" ".join(item.split()) for item in items]))
        else:
            found.append(("text", [" ".join(" ".join(lines).split())]))
    return found


def size(path: Path) -> tuple[int, int]:
    """How wide and how high a PNG picture is, so that the page does not jump as pictures come."""
    with path.open("rb") as file:
        width, height = struct.unpack(">II", file.read(24)[16:])
    return width, height


def code(text: str) -> Markup:
    """Text in which what stands between backticks is code.

    Examples
    --------
    >>> print(code("`a < b` or not"))
    <code>a &lt; b</code> or not
    """
    from markupsafe import Markup, escape

    return Markup(re.sub("`([^`]+)`", r"<code>\1</code>", str(escape(text))))


# --- Source --------------------------------------------------------------------------------------


def coloured(source: str) -> Markup:
    """Python source, as HTML with a class for each kind of word."""
    from markupsafe import Markup
    from pygments import highlight
    from pygments.lexers.python import PythonLexer

    return Markup(highlight(source, PythonLexer(stripnl=False), _formatter("light")))


@lru_cache
def _formatter(theme: str) -> Any:
    from pygments.formatters.html import HtmlFormatter

    return HtmlFormatter(style=CODE_COLOURS[theme], nowrap=True, nobackground=True)


@lru_cache
def code_style(theme: str) -> str:
    """The colours of these classes on light or on dark paper, as CSS."""
    lines = _formatter(theme).get_style_defs(".source").splitlines()
    return "\n".join(line.partition(" /*")[0] for line in lines if line.startswith(".source ."))
