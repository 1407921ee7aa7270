"""One scenario, run to be shown; all that it told, claimed and drew is kept, also if it fails on the way."""

from __future__ import annotations

import inspect
import os
import sys
import time
import traceback
from pathlib import Path

from neurosim.scenarios import load_script
from neurosim.story import Story
from neurosim.tour.result import Visit


def visit(script: Path, out: Path, *, seed: int = 0, quick: bool = False) -> Visit:
    """Run a scenario; an error in it is a part of what is returned.

    Parameters
    ----------
    script : Path
    out : Path
        The folder for its pictures.
    seed : int
    quick : bool

    Returns
    -------
    Visit

    Examples
    --------
    >>> import tempfile
    >>> from neurosim.scenarios import scenario_scripts
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     seen = visit(scenario_scripts()["worked_example"], Path(folder), quick=True)
    >>> seen.title, seen.held
    ("The lecture's worked example: ...", True)
    """
    from rich.console import Console

    started = time.perf_counter()
    story = Story(script.stem, out, seed, quick=quick, console=Console(quiet=True))
    description, error, trace = "", "", ""
    questions: tuple[str, ...] = ()
    try:
        scenario = load_script(script)
        description = inspect.cleandoc(scenario.description)
        questions = scenario.asked
        scenario.tell(story)
    except (Exception, SystemExit) as problem:
        error, trace = in_a_line(problem), without_machine_paths("".join(traceback.format_exception(problem)), script)
    return Visit(
        name=script.stem,
        source=script.read_text(encoding="utf-8", errors="replace"),
        description=description,
        told=tuple(story.told),
        claims=tuple(story.claims),
        questions=questions,
        cover=story.cover,
        seconds=time.perf_counter() - started,
        error=error,
        trace=trace,
    )


def in_a_line(problem: BaseException) -> str:
    r"""The kind of an error and what it says.

    Examples
    --------
    >>> in_a_line(ValueError("too\nlong")), in_a_line(ValueError())
    ('ValueError: too long', 'ValueError')
    """
    return " ".join(f"{type(problem).__name__}: {problem}".split()).removesuffix(":")


def without_machine_paths(text: str, script: Path) -> str:
    """A traceback of a script with paths from where Python looks for modules, which tell as much on any machine."""
    places = [Path(__file__).parents[2], script.absolute().parents[1]]
    folders = {*map(str, places), *(folder for folder in sys.path if os.path.isabs(folder))}
    for folder in sorted(folders, key=len, reverse=True):
        text = text.replace(f'File "{folder}{os.sep}', 'File "')
    return text
