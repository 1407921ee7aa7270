"""Scenarios: stories that are told, computed, drawn and checked.

A scenario is one readable script with a function that takes a `Story`:

    import neurosim as ns

    @ns.scenario
    def main(story: ns.Story) -> None:
        story.say("Two spikes meet.")
        both = ns.Neuron({"left": 1, "right": 1}, threshold=2)
        story.claim("both inputs together make it fire", both.fire([1, 1]), equals=1)

    @main.question("And with a threshold of 1, how many of the four inputs make it fire?")
    def at_threshold_one() -> int:
        either = ns.Neuron({"left": 1, "right": 1}, threshold=1)
        return sum(int(either.fire([left, right])) for left in (0, 1) for right in (0, 1))

    if __name__ == "__main__":
        main.run_as_script()

``main()`` runs it from Python, ``python script.py`` and ``neurosim run script`` from a terminal. The questions are
printed at the end; ``neurosim run script --check 3`` checks an answer to the first, by computing the right one.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import re
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, TypeVar

import numpy as np

from neurosim.errors import NeurosimError, OptionError, counted, unknown
from neurosim.story import Story

if TYPE_CHECKING:
    from rich.console import Console

Answer: TypeAlias = float | bool | str
AnswerT = TypeVar("AnswerT", bound=Callable[[], Answer])

THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")  # a comma that separates them; 9,5 is not 95
YES, NO = ("yes", "true", "y"), ("no", "false", "n")
NEAR = 0.01  # the share of the right number by which an answer may differ from it


@dataclasses.dataclass(frozen=True)
class Question:
    """Something to find out after a scenario, by changing it or by thinking; the answer is computed when it is checked.

    Attributes
    ----------
    text : str
    answer : callable
        Takes nothing and computes the right answer: a number, True or False, or text.
    hint : str
        For those whose answer is wrong.

    Examples
    --------
    >>> question = Question("How much are two and two?", lambda: 2 + 2, hint="Count on your fingers.")
    >>> question.right("4"), question.right("5"), question.right("four")
    (True, False, False)
    """

    text: str
    answer: Callable[[], Answer]
    hint: str = ""

    def right(self, given: str) -> bool:
        """Whether an answer is right: text and whole numbers exactly, other numbers within one percent.

        Parameters
        ----------
        given : str
            A number, also as a percentage, "yes" or "no", or text, in which case and spaces do not matter.
        """
        answer, text = self.answer(), "".join(given.casefold().split())
        if isinstance(answer, bool | np.bool_):
            return text in (YES if answer else NO)
        if isinstance(answer, str):
            return text == "".join(answer.casefold().split())
        try:
            digits = THOUSANDS.sub("", text.removesuffix("%").replace("\N{MINUS SIGN}", "-"))
            number = float(digits) / (100 if text.endswith("%") else 1)
        except ValueError:
            return False
        exact = isinstance(answer, int | np.integer)
        return bool(abs(number - answer) <= (0 if exact else NEAR * abs(answer)))


@dataclasses.dataclass(frozen=True)
class Verdict:
    """Whether an answer was right; ``str`` says so."""

    question: Question
    given: str
    right: bool

    def __str__(self) -> str:
        return f"{self.given}: right." if self.right else f"Not {self.given}. {self.question.hint or 'Try again.'}"


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
    questions : list of Question

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
        self.questions: list[Question] = []

    def question(self, text: str, *, hint: str = "") -> Callable[[AnswerT], AnswerT]:
        """Ask something at the end; a decorator for the function that computes the answer.

        Parameters
        ----------
        text : str
        hint : str, optional
            For those whose answer is wrong.

        Examples
        --------
        >>> import neurosim as ns
        >>> @ns.scenario
        ... def sums(story):
        ...     story.say("One and one are two.")
        >>> @sums.question("And two and two?")
        ... def two_and_two() -> int:
        ...     return 2 + 2
        >>> print(sums.check("5"))
        Not 5. Try again.
        """

        def keep(answer: AnswerT) -> AnswerT:
            self.questions.append(Question(text, answer, hint))
            return answer

        return keep

    def check(self, given: str, number: int = 1) -> Verdict:
        """Check an answer to one of the questions; the scenario itself is not run for that.

        Parameters
        ----------
        given : str
            See `Question.right`.
        number : int
            Which question, from 1 up.

        Returns
        -------
        Verdict
            Printed, it says whether the answer is right; ``verdict.right`` too.

        Raises
        ------
        OptionError
            If there is no such question.
        """
        if not 1 <= number <= len(self.questions):
            asked = counted(len(self.questions), "question")
            raise OptionError(f"{self.name} asks {asked}, so there is no question {number}. Run it to see them.")
        question = self.questions[number - 1]
        return Verdict(question, given, question.right(given))

    def __call__(
        self,
        *,
        out: str | Path | None = None,
        seed: int = 0,
        quick: bool = False,
        console: Console | None = None,
    ) -> Story:
        """Run it.

        Parameters
        ----------
        out : path, optional
            The folder for pictures; ``neurosim-out`` unless given.
        seed : int
        quick : bool
        console : rich.console.Console, optional
            Where to print.

        Returns
        -------
        Story
            With its claims and pictures; ``story.held`` says whether all claims hold.

        Raises
        ------
        OptionError
            If `out` cannot be a folder for pictures; nothing has been computed then.
        """
        folder = picture_folder("neurosim-out" if out is None else out)
        story = Story(self.name, folder, seed, quick=quick, console=console)
        self.tell(story)
        return story

    def tell(self, story: Story) -> None:
        """Run it on a story of one's own, which keeps what was told until then, should there be an error.

        Parameters
        ----------
        story : Story
        """
        with _without_windows():
            self._tell(story)
        story.finish()
        story.questions([question.text for question in self.questions])

    def run_as_script(self, arguments: Sequence[str] | None = None) -> None:
        """Run it with the options of a command line, and exit with 1 if a claim does not hold."""
        import argparse

        parser = argparse.ArgumentParser(description=self.description)
        parser.add_argument("--out", help="folder for the pictures (neurosim-out)")
        parser.add_argument("--seed", type=int, default=0)
        parser.add_argument("--quick", action="store_true", help="do with fewer seeds and epochs")
        parser.add_argument("--check", metavar="ANSWER", help="check an answer to a question, and do not run it")
        parser.add_argument("--question", type=int, default=1, metavar="N", help="which question that is (1)")
        given = parser.parse_args(arguments)
        try:
            if given.check is not None:
                verdict = self.check(given.check, given.question)
                print(verdict)
                sys.exit(0 if verdict.right else 1)
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


def picture_folder(out: str | Path) -> Path:
    """Where pictures go, or an error if none can be written there; the folder itself is made with the first one.

    Parameters
    ----------
    out : path

    Raises
    ------
    OptionError
        If it has no name, is a file or lies in one, or if nothing may be written there.
    """
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
    for name, path in scenario_scripts().items():
        docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
        titles[name] = docstring.partition("\n")[0]
    return titles


def scenario_scripts(only: Sequence[str] = ()) -> dict[str, Path]:
    """Every scenario's name and file, or those of the named ones.

    Parameters
    ----------
    only : sequence of str
        Names, in any order; all of them, if there are none.

    Raises
    ------
    UnknownNameError
        If a name is of no scenario; the nearest is suggested.
    """
    scripts = {path.stem: path for path in sorted(scenario_folder().glob("[!_]*.py"))}
    for name in only:
        if name not in scripts:
            raise unknown("scenario", name, scripts, "See them with: neurosim list.")
    return {name: path for name, path in scripts.items() if not only or name in only}


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
    return load_script(scenario_scripts([name])[name])


def load_script(path: Path) -> Scenario:
    """Load the scenario in a file.

    Raises
    ------
    OptionError
        If there is none in it.
    """
    import importlib.util

    spec = importlib.util.spec_from_file_location(f"neurosim_scenario_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    if not isinstance(getattr(module, "main", None), Scenario):
        raise OptionError(f"{path} needs a main(story) under @ns.scenario to be a scenario.")
    main: Scenario = module.main
    return main
