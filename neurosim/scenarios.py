"""Scenarios: stories that are told, computed, drawn and checked.

A scenario is one readable script with a function that takes a `Story`:

    import neurosim as ns

    @ns.scenario
    def main(story: ns.Story) -> None:
        story.say("Two spikes meet.")
        both = ns.Neuron({"left": 1, "right": 1}, threshold=2)
        story.claim("both inputs together make it fire", both.fire([1, 1]), equals=1)

    if __name__ == "__main__":
        main.run_as_script()

``main()`` runs it from Python, ``python script.py`` and ``neurosim run script`` from a terminal.
"""

from __future__ import annotations

import contextlib
import dataclasses
import math
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from neurosim.errors import NeurosimError, OptionError, unknown
from neurosim.plotting.plot import save

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from rich.console import Console


@dataclasses.dataclass(frozen=True)
class Claim:
    """Something that a scenario says, with what was computed and what it had to be."""

    text: str
    value: str
    bound: str
    held: bool


class Story:
    """What a scenario tells, claims and draws, while it runs.

    Parameters
    ----------
    name : str
        Of the scenario; its pictures' files begin with it.
    out : Path
        The folder for pictures; made when the first one is drawn.
    seed : int
        Where the scenario's randomness starts.
    quick : bool
        Whether to do with less: fewer seeds, fewer epochs.
    console : rich.console.Console, optional
        Where to print.

    Attributes
    ----------
    claims : list of Claim
    pictures : list of Path

    Examples
    --------
    >>> import neurosim as ns
    >>> story = ns.Story("meeting", Path("pictures"))
    >>> story.say("Two spikes meet.")
    Two spikes meet.
    >>> story.claim("two and two are four", 2 + 2, equals=4), story.held
    (True, True)
    """

    def __init__(
        self, name: str, out: Path, seed: int = 0, *, quick: bool = False, console: Console | None = None
    ) -> None:
        from rich.console import Console

        self.name, self.out, self.seed, self.quick = name, out, seed, quick
        self.claims: list[Claim] = []
        self.pictures: list[Path] = []
        self._console = console or Console(highlight=False, soft_wrap=False)

    @property
    def held(self) -> bool:
        """Whether every claim so far holds."""
        return all(claim.held for claim in self.claims)

    def title(self, text: str) -> None:
        """Begin a chapter."""
        self._console.print(f"\n[bold]{text}[/bold]")

    def say(self, text: str) -> None:
        """Tell something, as running text."""
        self._console.print(" ".join(text.split()), markup=False)

    def show(self, thing: object) -> None:
        """Print something as it is: a network, a neuron, a history."""
        self._console.print(str(thing) if isinstance(thing, str) else repr(thing), markup=False)

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[object]], title: str | None = None) -> None:
        """Print a table; numbers are aligned to the right."""
        from rich.table import Table

        table = Table(title=title, title_justify="left")
        for i, column in enumerate(columns):
            numeric = bool(rows) and all(isinstance(row[i], int | float | np.number) for row in rows)
            table.add_column(column, justify="right" if numeric else "left", overflow="fold")
        for row in rows:
            table.add_row(*(_written(value) for value in row))
        self._console.print(table)

    def claim(
        self,
        text: str,
        value: float | bool | str,
        *,
        equals: float | bool | str | None = None,
        places: int | None = None,
        at_least: float | None = None,
        at_most: float | None = None,
    ) -> bool:
        """State something that was computed, and check it.

        Parameters
        ----------
        text : str
            What is claimed.
        value : number, bool or str
            What was computed.
        equals : number, bool or str, optional
            What it must be; ``True``, where no bound is given.
        places : int, optional
            Decimals at which a number must equal, as a printed number does.
        at_least, at_most : float, optional

        Returns
        -------
        bool
            Whether it holds.
        """
        claim = _checked(text, value, equals, places, at_least, at_most)
        self.claims.append(claim)
        return claim.held

    def picture(self, drawing: Axes | Any, name: str) -> Path:
        """Keep a picture.

        Parameters
        ----------
        drawing : Axes, array of Axes, or Figure
            What ``ns.plot`` returned.
        name : str
            The file will be ``<scenario>_<name>.png``.

        Returns
        -------
        Path
        """
        self.out.mkdir(parents=True, exist_ok=True)
        path = self.out / f"{self.name}_{name}.png"
        save(drawing, path)
        self.pictures.append(path)
        return path

    def finish(self) -> None:
        """Print the claims as a table, and where the pictures are."""
        from rich.table import Table

        table = Table(title="Claims", title_justify="left")
        table.add_column("what is claimed", overflow="fold")
        table.add_column("computed", justify="right")
        table.add_column("bound", justify="right")
        table.add_column("holds", justify="center")
        for claim in self.claims:
            table.add_row(
                claim.text, claim.value, claim.bound, "[green]yes[/green]" if claim.held else "[bold red]NO[/bold red]"
            )
        if self.claims:
            self._console.print()
            self._console.print(table)
        for path in self.pictures:
            self._console.print(f"picture: {path}", markup=False, soft_wrap=True)


class Scenario:
    """A story that can be run: from Python, as a script, or by ``neurosim run``.

    Parameters
    ----------
    tell : callable
        Called with a `Story`; see `scenario`.

    Attributes
    ----------
    name : str
    description : str
        The docstring of the script.

    Examples
    --------
    >>> from neurosim.scenarios import load_scenario
    >>> main = load_scenario("xor")
    >>> main.name, main.description[:4]
    ('xor', 'XOR:')
    """

    def __init__(self, tell: Callable[[Story], None]) -> None:
        self._tell = tell
        file = tell.__globals__.get("__file__")  # there is none in a notebook
        self.name = tell.__name__ if file is None else Path(file).stem
        self.description = tell.__globals__.get("__doc__") or ""

    def __call__(self, *, out: str | Path | None = None, seed: int = 0, quick: bool = False) -> Story:
        """Run it.

        Parameters
        ----------
        out : path, optional
            The folder for pictures; ``neurosim-out`` unless given.
        seed : int
        quick : bool

        Returns
        -------
        Story
            With its claims and pictures; ``story.held`` says whether all claims hold.

        Raises
        ------
        OptionError
            If `out` cannot be a folder for pictures; nothing has been computed then.
        """
        story = Story(self.name, _folder("neurosim-out" if out is None else out), seed, quick=quick)
        with _without_windows():
            self._tell(story)
        story.finish()
        return story

    def run_as_script(self, arguments: Sequence[str] | None = None) -> None:
        """Run it with the options of a command line, and exit with 1 if a claim does not hold."""
        import argparse

        parser = argparse.ArgumentParser(description=self.description)
        parser.add_argument("--out", help="folder for the pictures (neurosim-out)")
        parser.add_argument("--seed", type=int, default=0)
        parser.add_argument("--quick", action="store_true", help="do with fewer seeds and epochs")
        given = parser.parse_args(arguments)
        try:
            held = self(out=given.out, seed=given.seed, quick=given.quick).held
        except NeurosimError as error:
            parser.error(str(error))
        sys.exit(0 if held else 1)


def scenario(tell: Callable[[Story], None]) -> Scenario:
    """Make a scenario of a function that tells a story; a decorator for the ``main`` of a script in ``scenarios/``.

    Parameters
    ----------
    tell : callable
        Called with a `Story`, on which it tells, claims and draws.

    Returns
    -------
    Scenario
        Named after the script, or after the function where there is no script.

    Examples
    --------
    >>> import tempfile, neurosim as ns
    >>> @ns.scenario
    ... def meeting(story):
    ...     both = ns.Neuron({"left": 1, "right": 1}, threshold=2)
    ...     story.claim("one input is not enough", both.fire(left=1, right=0), equals=0)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     story = meeting(out=folder)  # doctest: +ELLIPSIS
    <BLANKLINE>
    Claims...
    >>> story.held
    True
    """
    return Scenario(tell)


def _folder(out: str | Path) -> Path:
    """Where pictures go, or an error if none can be written there; the folder itself is made with the first one."""
    if not str(out):
        raise OptionError("The folder for pictures needs a name; got ''. Write, say, out='pictures'.")
    path = Path(out)
    nearest = next((folder for folder in (path, *path.absolute().parents) if folder.exists()), path)
    if not nearest.is_dir():
        raise OptionError(f"There can be no pictures in {str(path)!r}: {str(nearest)!r} is a file. Name a folder.")
    try:
        tempfile.TemporaryFile(dir=nearest).close()
    except OSError as error:
        raise OptionError(
            f"There can be no pictures in {str(path)!r}: nothing can be written to {str(nearest)!r} "
            f"({error.strerror}). Name another folder."
        ) from None
    return path


@contextlib.contextmanager
def _without_windows() -> Iterator[None]:
    """A context in which matplotlib, if it is not set up otherwise, draws to files alone, as works everywhere."""
    if "MPLBACKEND" in os.environ or "matplotlib" in sys.modules:
        yield
        return
    os.environ["MPLBACKEND"] = "agg"
    try:
        yield
    finally:
        del os.environ["MPLBACKEND"]


# --- Finding them --------------------------------------------------------------------------------


def scenario_folder() -> Path:
    """Where the scenarios are: inside the installed package, or at the top of the checkout."""
    package = Path(__file__).parent
    installed = package / "_scenarios"
    return installed if installed.is_dir() else package.parent / "scenarios"


def scenario_titles() -> dict[str, str]:
    """Every scenario's name and what it is about, in a line; read without running any."""
    import ast

    titles = {}
    for name, path in _scripts().items():
        docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
        titles[name] = docstring.partition("\n")[0]
    return titles


def _scripts() -> dict[str, Path]:
    """Every scenario's name and file."""
    return {path.stem: path for path in sorted(scenario_folder().glob("[!_]*.py"))}


def load_scenario(name: str) -> Scenario:
    """Load a scenario by name.

    Raises
    ------
    UnknownNameError
        If there is none of this name; the nearest is suggested.

    Examples
    --------
    >>> load_scenario("xor").name
    'xor'
    """
    import importlib.util

    scripts = _scripts()
    if name not in scripts:
        raise unknown("scenario", name, scripts, "See them with: neurosim list.")
    path = scripts[name]
    spec = importlib.util.spec_from_file_location(f"neurosim_scenario_{name}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    if not isinstance(getattr(module, "main", None), Scenario):
        raise OptionError(f"{path} needs a main(story) under @ns.scenario to be a scenario.")
    main: Scenario = module.main
    return main


# --- Checking and writing ------------------------------------------------------------------------


def _checked(
    text: str,
    value: float | bool | str,
    equals: float | bool | str | None,
    places: int | None,
    at_least: float | None,
    at_most: float | None,
) -> Claim:
    if equals is None and at_least is None and at_most is None:
        equals = True
    bounds, held = [], True
    if equals is not None:
        held = _equal(value, equals, places)
        bounds.append(equals if isinstance(equals, str) else f"= {_written(equals, places)}")
    if at_least is not None:
        held &= float(value) >= at_least
        bounds.append(f">= {at_least:g}")
    if at_most is not None:
        held &= float(value) <= at_most
        bounds.append(f"<= {at_most:g}")
    return Claim(text, _written(value, places), " and ".join(bounds), bool(held))


def _equal(value: float | bool | str, wanted: float | bool | str, places: int | None) -> bool:
    if places is None or isinstance(value, str) or isinstance(wanted, str):
        return value == wanted
    # Half a unit in the last printed place, and room for the rounding of the comparison itself.
    return math.isfinite(value) and abs(value - wanted) <= 0.5 * 10.0**-places * (1 + 1e-9)


def _written(value: object, places: int | None = None) -> str:
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if isinstance(value, float | np.floating):
        return f"{value:.4g}" if places is None else f"{value:.{places}f}"
    return f"{value:,}" if isinstance(value, int | np.integer) else str(value)
