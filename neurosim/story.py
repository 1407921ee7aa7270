"""What a scenario tells, claims and draws, while it runs: printed, and kept for whoever wants to show it again."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from neurosim.analysis.estimate import Estimate
from neurosim.errors import OptionError
from neurosim.plotting.plot import save

if TYPE_CHECKING:
    import rich.table
    from matplotlib.axes import Axes
    from rich.console import Console


MANY, TOO_MANY = 1e4, 1e9  # numbers between these are written out to the last whole one


@dataclasses.dataclass(frozen=True)
class Claim:
    """Something that a scenario says, with what was computed and what it had to be."""

    text: str
    value: str
    bound: str
    held: bool


@dataclasses.dataclass(frozen=True)
class Title:
    """The beginning of a chapter."""

    text: str


@dataclasses.dataclass(frozen=True)
class Said:
    """Running text."""

    text: str


@dataclasses.dataclass(frozen=True)
class Shown:
    """Something printed as it is."""

    text: str


@dataclasses.dataclass(frozen=True)
class Table:
    """A table, written out; the columns of numbers are aligned to the right."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: tuple[bool, ...]
    title: str | None


@dataclasses.dataclass(frozen=True)
class Picture:
    """A picture on disk; of the pictures of a scenario one, its cover, stands for it in the gallery."""

    path: Path
    caption: str
    cover: bool


Part: TypeAlias = Title | Said | Shown | Table | Picture


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
    told : list of Part
        Titles, text, tables and pictures, in the order in which they were told.

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
        self.told: list[Part] = []
        self._console = console or Console(highlight=False, soft_wrap=False)

    @property
    def held(self) -> bool:
        """Whether every claim so far holds."""
        return all(claim.held for claim in self.claims)

    @property
    def pictures(self) -> list[Path]:
        """The files of all pictures so far."""
        return [part.path for part in self.told if isinstance(part, Picture)]

    @property
    def cover(self) -> Path | None:
        """The picture that stands for all: the one that was called so, or the first."""
        covers = [part.path for part in self.told if isinstance(part, Picture) and part.cover]
        return next(iter([*covers, *self.pictures]), None)

    def begin(self, description: str) -> None:
        """Print what the scenario is about: its title, and its story, paragraph by paragraph.

        Parameters
        ----------
        description : str
            Paragraphs with an empty line between them; the first is the title.
        """
        title, *paragraphs = description.replace("`", "").split("\n\n")
        if title:
            self._console.print(title.strip(), style="bold", markup=False)
        for paragraph in paragraphs:
            told = paragraph if paragraph.startswith((" ", "- ")) else " ".join(paragraph.split())
            self._console.print(f"\n{told}", markup=False)

    def title(self, text: str) -> None:
        """Begin a chapter."""
        self.told.append(Title(text))
        self._console.print(f"\n[bold]{_escape(text)}[/bold]")

    def say(self, text: str) -> None:
        """Tell something, as running text."""
        said = Said(" ".join(text.split()))
        self.told.append(said)
        self._console.print(said.text, markup=False)

    def show(self, thing: object) -> None:
        """Print something as it is: a network, a neuron, a history."""
        shown = Shown(thing if isinstance(thing, str) else repr(thing))
        self.told.append(shown)
        self._console.print(shown.text, markup=False)

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[object]], title: str | None = None) -> None:
        """Print a table; numbers are aligned to the right."""
        numeric = [
            bool(rows) and all(isinstance(row[i], int | float | np.number) for row in rows) for i in range(len(columns))
        ]
        written = tuple(tuple(_written(value) for value in row) for row in rows)
        table = Table(tuple(columns), written, tuple(numeric), title)
        self.told.append(table)
        self._console.print(_drawn(table))

    def claim(
        self,
        text: str,
        value: float | bool | str | Estimate,
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
        value : number, bool, str or Estimate
            What was computed. Of an estimate the whole interval must keep the bounds: it is written as mean and half
            of the interval.
        equals : number, bool or str, optional
            What it must be; ``True``, where no bound is given. Not for estimates: the less is known of one, the more
            its interval holds. Give both bounds.
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

    def picture(self, drawing: Axes | Any, name: str, caption: str = "", *, cover: bool = False) -> Path:
        """Keep a picture.

        Parameters
        ----------
        drawing : Axes, array of Axes, or Figure
            What ``ns.plot`` returned.
        name : str
            The file will be ``<scenario>_<name>.png``.
        caption : str, optional
            What there is to see, for those who show the picture to others, and for those who cannot see it.
        cover : bool
            Whether it stands for the scenario in the gallery; the first picture does, unless another is said to.

        Returns
        -------
        Path
        """
        self.out.mkdir(parents=True, exist_ok=True)
        path = self.out / f"{self.name}_{name}.png"
        save(drawing, path)
        self.told.append(Picture(path, caption or name.replace("_", " "), cover))
        if caption:
            self._console.print(f"Picture {path.name}: {caption}", style="italic", markup=False)
        return path

    def finish(self) -> None:
        """Print the claims as a table, and where the pictures are."""
        if self.claims:
            rows = [(claim.text, claim.value, claim.bound, "yes" if claim.held else "NO") for claim in self.claims]
            columns = ("what is claimed", "computed", "must be", "holds")
            table = _drawn(Table(columns, tuple(rows), (False, True, True, False), "Claims"))
            for row, claim in zip(table.rows, self.claims, strict=True):
                row.style = None if claim.held else "bold red"
            self._console.print()
            self._console.print(table)
        for path in self.pictures:
            self._console.print(f"picture: {path}", markup=False, soft_wrap=True)

    def questions(self, texts: Sequence[str]) -> None:
        """Print what there is to try, and how an answer is checked."""
        if texts:
            self._console.print("\n[bold]Questions to try[/bold]")
        for number, text in enumerate(texts, start=1):
            self._console.print(f"{number}. {text}", markup=False)
            self._console.print(f"   {command_to_check(self.name, number)}", markup=False, soft_wrap=True)


def _escape(text: str) -> str:
    """Text as it is, where brackets would be taken for styles."""
    from rich.markup import escape

    return escape(text)


def command_to_run(name: str, seed: int = 0, quick: bool = False) -> str:
    """What to type to have a scenario told again."""
    return f"neurosim run {name} --seed {seed}{' --quick' if quick else ''}"


def command_to_check(name: str, number: int) -> str:
    """What to type to have an answer to one of a scenario's questions checked."""
    which = f" --question {number}" if number > 1 else ""
    return f"neurosim run {name}{which} --check ANSWER"


def _drawn(table: Table) -> rich.table.Table:
    """A table for the terminal."""
    import rich.table

    drawn = rich.table.Table(title=table.title, title_justify="left")
    for column, numeric in zip(table.columns, table.numeric, strict=True):
        drawn.add_column(_escape(column), justify="right" if numeric else "left", overflow="fold")
    for row in table.rows:
        drawn.add_row(*map(_escape, row))
    return drawn


# --- Checking and writing ------------------------------------------------------------------------


def _checked(
    text: str,
    value: float | bool | str | Estimate,
    equals: float | bool | str | None,
    places: int | None,
    at_least: float | None,
    at_most: float | None,
) -> Claim:
    if isinstance(value, Estimate):
        _check_estimate(value, equals, at_least, at_most)
    if equals is None and at_least is None and at_most is None:
        equals = True
    bounds, held = [], True
    low, high = (value.low, value.high) if isinstance(value, Estimate) else (value, value)
    if equals is not None:
        held = _equal(value, equals, places)  # type: ignore[arg-type]  # no estimate comes so far
        bounds.append(f"= {_written(equals, places)}")
    if at_least is not None:
        held &= float(low) >= at_least
        bounds.append(f">= {_written(float(at_least))}")
    if at_most is not None:
        held &= float(high) <= at_most
        bounds.append(f"<= {_written(float(at_most))}")
    return Claim(text, _written(value, places), " and ".join(bounds), bool(held))


def _check_estimate(value: Estimate, equals: object, at_least: object, at_most: object) -> None:
    if equals is not None or at_least is at_most is None:
        raise OptionError(
            "A claim about an estimate needs a bound that its whole interval keeps: at_least=, at_most= or both; "
            "that it equals something no interval shows."
        )
    if value.censored and at_most is not None:
        raise OptionError("Of an estimate that is only known to be at least so large no claim at_most= can be checked.")


def _equal(value: float | bool | str, wanted: float | bool | str, places: int | None) -> bool:
    if places is None or isinstance(value, str) or isinstance(wanted, str):
        return value == wanted
    # Half a unit in the last printed place, and room for the rounding of the comparison itself.
    return math.isfinite(value) and abs(value - wanted) <= 0.5 * 10.0**-places * (1 + 1e-9)


def _written(value: object, places: int | None = None) -> str:
    if isinstance(value, Estimate):
        return value.written(3 if places is None else places)
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if isinstance(value, float | np.floating):
        if places is not None:
            return f"{value:.{places}f}"
        return f"{value:,.0f}" if MANY <= abs(float(value)) < TOO_MANY else f"{value:.4g}"
    return f"{value:,}" if isinstance(value, int | np.integer) else str(value)
