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
import inspect
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

YES, NO = ("yes", "true", "y"), ("no", "false", "n")
WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
NUMBER = re.compile(r"([-+]?(?:\d+[.]?\d*|[.]\d+)(?:e[-+]?\d+)?)(?:/(\d+))?(%?)[a-z]*")
"""A number or a fraction, a percentage or not, and a unit, which nobody looks at."""
NEAR = 0.01  # the share of the right number by which an answer may differ from it


@dataclasses.dataclass(frozen=True)
class Question:
    """Something to find out after a scenario, by changing it or by thinking; the answer is computed when it is checked.

    Attributes
    ----------
    text : str
    answer : callable
        Takes nothing and computes the right answer: a number, True or False, or text. What it says that it returns
        (``-> int``) is what is asked for.
    hint : str
        For those whose answer is wrong.

    Examples
    --------
    >>> question = Question("How much are two and two?", lambda: 2 + 2, hint="Count on your fingers.")
    >>> question.right("4"), question.right("four"), question.right("5")
    (True, True, False)
    """

    text: str
    answer: Callable[[], Answer]
    hint: str = ""

    @property
    def wanted(self) -> str:
        """What an answer is: a whole number, a number, yes or no, or some words; read without computing it."""
        kind = getattr(self.answer, "__annotations__", {}).get("return")
        name = kind if isinstance(kind, str) else getattr(kind, "__name__", "")  # text, where annotations are postponed
        return {"int": "a whole number", "float": "a number, to one percent", "bool": "yes or no"}.get(name, "words")

    def right(self, given: str) -> bool:
        """Whether an answer is right: text and whole numbers exactly, other numbers within one percent.

        Parameters
        ----------
        given : str
            A number, a fraction or a percentage, with a unit or without; "yes" or "no"; or text, in which case,
            spaces and the full stop at the end do not matter.
        """
        answer, text = self.answer(), _plain(given)
        if isinstance(answer, bool | np.bool_):
            return text in (YES if answer else NO)
        if isinstance(answer, str):
            return text == _plain(answer)
        number = as_number(given)
        exact = isinstance(answer, int | np.integer)
        return number is not None and bool(abs(number - answer) <= (1e-9 if exact else NEAR * abs(answer)))

    def understood(self, given: str) -> bool:
        """Whether an answer is of the kind that is wanted, right or wrong."""
        if self.wanted == "yes or no":
            return _plain(given) in YES + NO
        return self.wanted == "words" or as_number(given) is not None


def _plain(text: str) -> str:
    return "".join(text.casefold().split()).rstrip(".!")


def as_number(text: str) -> float | None:
    """A number as people write it, or None.

    Examples
    --------
    >>> [as_number(text) for text in ("1,882", "0,4", "2/5", "40 %", "150 ms", "three", "many")]
    [1882.0, 0.4, 0.4, 0.4, 150.0, 3.0, None]
    """
    plain = _plain(text).replace("\N{MINUS SIGN}", "-")
    if plain in WORDS:
        return float(WORDS.index(plain))
    thousands = re.fullmatch(r"[-+]?[1-9]\d{0,2}(,\d{3})+([.]\d*)?", plain)
    found = NUMBER.fullmatch(plain.replace(",", "" if thousands else "."))
    if found is None:
        return None
    number, divisor, percent = found.groups()
    return float(number) / float(divisor or 1) / (100 if percent else 1) if divisor != "0" else None


@dataclasses.dataclass(frozen=True)
class Verdict:
    """Whether an answer was right; ``str`` says so."""

    question: Question
    given: str
    right: bool

    def __str__(self) -> str:
        if self.right:
            return f"{self.given}: right."
        if not self.question.understood(self.given):
            return f"The answer is {self.question.wanted}; got {self.given!r}."
        return f"Not {self.given}. {self.question.hint or 'Try again.'}"


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

    def check(self, given: str | None, number: int | None = None) -> Verdict:
        """Check an answer to one of the questions; the scenario itself is not run for that.

        Parameters
        ----------
        given : str
            See `Question.right`.
        number : int, default 1
            Which question, from 1 up.

        Returns
        -------
        Verdict
            Printed, it says whether the answer is right; ``verdict.right`` too.

        Raises
        ------
        OptionError
            If there is no such question, or no answer.
        """
        if given is None:
            raise OptionError(
                f"--question says which question an answer is to. Add the answer: --question {number} --check 3."
            )
        number = 1 if number is None else number
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
        story.begin(inspect.cleandoc(self.description))
        with _without_windows():
            self._tell(story)
        story.finish()
        story.questions(self.asked)

    @property
    def asked(self) -> tuple[str, ...]:
        """The texts of the questions, with what an answer is."""
        return tuple(f"{question.text} ({question.wanted})" for question in self.questions)

    def run_as_script(self, arguments: Sequence[str] | None = None) -> None:
        """Run it with the options of a command line, and exit with 1 if a claim does not hold."""
        import argparse

        parser = argparse.ArgumentParser(description=self.description)
        parser.add_argument("--out", help="folder for the pictures (neurosim-out)")
        parser.add_argument("--seed", type=int, default=0)
        parser.add_argument("--quick", action="store_true", help="do with fewer seeds and epochs")
        parser.add_argument("--check", metavar="ANSWER", help="check an answer to a question, and do not run it")
        parser.add_argument("--question", type=int, metavar="N", help="which question that is (1)")
        given = parser.parse_args(arguments)
        try:
            if given.check is not None or given.question is not None:
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
    >>> from rich.console import Console
    >>> @ns.scenario
    ... def meeting(story):
    ...     both = ns.Neuron({"left": 1, "right": 1}, threshold=2)
    ...     story.claim("one input is not enough", both.fire(left=1, right=0), equals=0)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     story = meeting(out=folder, console=Console(quiet=True))
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
    """Every scenario's name and what it is about, in a line; in the order of the lecture; read without running any."""
    import ast

    titles = {}
    for name, path in _all_scripts().items():
        docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
        titles[name] = docstring.partition("\n")[0]
    return dict(sorted(titles.items(), key=lambda item: (_first_row(item[1]), item[0])))


def _first_row(title: str) -> float:
    """The first row of the lecture that a title names, such as 13 in "... (L13, L14)."."""
    row = re.search(r"\(L(\d+)", title)
    return float(row[1]) if row else float("inf")


def scenario_scripts(only: Sequence[str] = ()) -> dict[str, Path]:
    """Every scenario's name and file in the order of the lecture, or those of the named ones in theirs.

    Parameters
    ----------
    only : sequence of str
        Names; all of them, if there are none.

    Raises
    ------
    UnknownNameError
        If a name is of no scenario; the nearest is suggested.
    """
    scripts = _all_scripts()
    for name in only:
        if name not in scripts:
            raise unknown("scenario", name, scripts, "See them with: neurosim list.")
    return {name: scripts[name] for name in only or scenario_titles()}


def _all_scripts() -> dict[str, Path]:
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
