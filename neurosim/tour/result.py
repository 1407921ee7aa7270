"""What comes of one scenario, and of all: plain values."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from neurosim.errors import counted
from neurosim.story import Claim, Part, Picture


@dataclasses.dataclass(frozen=True)
class Visit:
    """What came of one scenario; nothing but plain values, so that it can be sent from one process to another.

    Attributes
    ----------
    name : str
    source : str
        The script.
    description : str
        Its docstring; the first line is its title.
    told : tuple of Part
        What it told, in order, until it ended or failed.
    claims : tuple of Claim
    questions : tuple of str
    cover : Path or None
        The picture that stands for it.
    seconds : float
    error : str
        Why it ended before its end, in a line; empty, if it did not.
    trace : str
        Where that was.
    """

    name: str
    source: str = ""
    description: str = ""
    told: tuple[Part, ...] = ()
    claims: tuple[Claim, ...] = ()
    questions: tuple[str, ...] = ()
    cover: Path | None = None
    seconds: float = 0.0
    error: str = ""
    trace: str = ""

    @property
    def title(self) -> str:
        """What it is about, in a line."""
        return self.description.partition("\n")[0] or self.name

    @property
    def pictures(self) -> list[Picture]:
        """All its pictures."""
        return [part for part in self.told if isinstance(part, Picture)]

    @property
    def failed(self) -> list[Claim]:
        """The claims that do not hold."""
        return [claim for claim in self.claims if not claim.held]

    @property
    def outcome(self) -> str:
        """What came of it, in a few words."""
        if self.error:
            return f"did not come to its end: {self.error}"
        count = len(self.claims)
        if self.failed:
            return f"{len(self.failed)} of {counted(count, 'claim')} FAILED"
        return f"{counted(count, 'claim')}, {'holds' if count == 1 else 'all hold'}" if count else "nothing claimed"

    @property
    def held(self) -> bool:
        """Whether it came to its end and all its claims hold."""
        return not self.error and not self.failed


@dataclasses.dataclass(frozen=True)
class Tour:
    """All scenarios that were run together, and how.

    Attributes
    ----------
    visits : tuple of Visit
        In the order of their names.
    missed : tuple of str
        The names of those that Ctrl-C left out.
    seed : int
    quick : bool
    seconds : float
        How long all took together.
    whole : bool
        Whether these are all the scenarios that there are.
    """

    visits: tuple[Visit, ...]
    missed: tuple[str, ...] = ()
    seed: int = 0
    quick: bool = False
    seconds: float = 0.0
    whole: bool = True

    @property
    def command(self) -> str:
        """What to type to have the tour again."""
        only = () if self.whole else [*(visit.name for visit in self.visits), *self.missed]
        words = [
            "neurosim tour",
            f"--seed {self.seed}",
            *["--quick"] * self.quick,
            *(f"--only {name}" for name in only),
        ]
        return " ".join(words)

    @property
    def held(self) -> bool:
        """Whether every scenario came to its end, and every claim holds."""
        return not self.missed and all(visit.held for visit in self.visits)

    def __str__(self) -> str:
        claims = [claim for visit in self.visits for claim in visit.claims]
        held = sum(claim.held for claim in claims)
        told = f"{counted(len(self.visits), 'scenario')}, {held:,} of {counted(len(claims), 'claim')} hold"
        crashed = sum(bool(visit.error) for visit in self.visits)
        told += f", {counted(crashed, 'scenario')} did not come to an end" if crashed else ""
        return told + (f", {len(self.missed):,} not begun or not ended when it was interrupted" if self.missed else "")
