"""Reading formulas: from text to a tree, with errors that point at the place.

The operators, from the one that binds tightest, in every spelling:

==========  ==========================================  ================================
not         ``not  ~  ¬``
and         ``and  &  ∧``                               ``a and b and c`` is one operator
xor         ``xor  ^  !=  ⊕  ⊻  ≠``                     an odd number of them holds
or          ``or  |  ∨``
implies     ``implies  ->  =>  →  ⇒``                   to the right: a -> (b -> c)
iff         ``iff  <->  <=>  ==  ↔  ⇔  ≡``              chains need parentheses
==========  ==========================================  ================================

That is the order of textbooks. Python puts some of its own signs in another one (``==`` binds tighter than ``and``,
``&`` tighter than ``not``); where that would change what a formula says, it is refused until parentheses tell.
"""

from __future__ import annotations

import dataclasses
import re
import unicodedata
from collections.abc import Iterator, Sequence
from difflib import get_close_matches

from neurosim.anatomy.formulas import ASSOCIATIVE, BINARY, NAME, WORDS, Formula, constant, variable
from neurosim.errors import FormulaError

SPELLINGS: dict[str, tuple[str, ...]] = {
    "not": ("not", "~", "¬"),
    "and": ("and", "&", "∧"),
    "xor": ("xor", "^", "!=", "⊕", "⊻", "≠"),
    "or": ("or", "|", "∨"),
    "implies": ("implies", "->", "=>", "→", "⇒", "⟶", "⟹"),
    "iff": ("iff", "<->", "<=>", "==", "↔", "⇔", "≡", "⟷", "⟺"),
    "true": ("true", "1", "⊤"),
    "false": ("false", "0", "⊥"),
    "(": ("(",),
    ")": (")",),
}
MEANING = {spelling: meaning for meaning, spellings in SPELLINGS.items() for spelling in spellings}

OTHERWISE = {
    "&&": "Write 'and' or '&'.",
    "||": "Write 'or' or '|'.",
    "!": "Write 'not' or '~'.",
    "=": "Write 'iff' or '==' for what is true if both sides are, or neither.",
    "<-": "Write the implication the other way round, with '->'.",
    "+": "Write 'or', or 'xor' if not both.",
    "*": "Write 'and'.",
    "·": "Write 'and'.",
    "[": "Write ( and ).",
    "]": "Write ( and ).",
    "{": "Write ( and ).",
    "}": "Write ( and ).",
    "'": "A name that is more than a word is written in double quotes.",
    ",": "Write each formula of its own into a dictionary, as in {'sum': 'a xor b', 'carry': 'a and b'}.",
}
"""What is not a sign of logic here, and what to write instead."""

OTHER_WORDS = {
    "nand": "Write not (a and b).",
    "nor": "Write not (a or b).",
    "xnor": "Write a iff b.",
    "if": "Write a implies b.",
    "then": "Write a implies b.",
    "equals": "Write a iff b.",
}

IN_TWO_WAYS = {
    frozenset(pair)
    for pair in (
        ("and", "=="),
        ("and", "!="),
        ("and", "^"),
        ("and", "|"),
        ("or", "=="),
        ("|", "!="),
        ("==", "!="),
        ("!=", "!="),
    )
}
"""Spellings that Python and textbooks order differently (Python reads a == b != c as a chain)."""

PYTHON_SIGNS = ("~", "&", "^", "|", "==", "!=")
"""Those that bind tighter than ``not`` in Python; before ``^``, ``==`` and ``!=`` that makes no difference."""

LONGEST = 72  # characters of a line that an error shows
DEEPEST = 100  # operators within operators

SIGNS = sorted((s for s in (*MEANING, *OTHERWISE) if not s[0].isalnum()), key=len, reverse=True)
TOKEN = re.compile(
    rf'(?P<space>\s+)|(?P<quoted>"(?:[^"\\]|\\.)*")|(?P<name>{NAME.pattern})|(?P<number>\d[\w.]*)'
    rf"|(?P<sign>{'|'.join(map(re.escape, SIGNS))})|(?P<unknown>.)",
    re.DOTALL,
)
WANTED = "a variable, a constant, 'not' or '('"


@dataclasses.dataclass(frozen=True)
class _Token:
    """A piece of a formula: what it means, how it is spelt, and where it stands."""

    meaning: str  # a key of SPELLINGS, or "variable"
    text: str
    start: int
    name: str = ""

    @property
    def end(self) -> int:
        return self.start + len(self.text)


def parse(text: str | Formula) -> Formula:
    """Read a formula of propositional logic.

    Parameters
    ----------
    text : str
        Variables, the constants True and False, and operators in words or signs, in any case. From the one that
        binds tightest:

        - ``not  ~  ¬``
        - ``and  &  ∧``
        - ``xor  ^  !=  ⊕  ⊻  ≠``; of several, it says that an odd number holds
        - ``or  |  ∨``
        - ``implies  ->  =>  →  ⇒``, to the right: ``a -> b -> c`` is ``a -> (b -> c)``
        - ``iff  <->  <=>  ==  ↔  ⇔  ≡``

        Constants are ``True  1  ⊤`` and ``False  0  ⊥``. A variable's name begins with a letter of any alphabet or
        ``_``, and goes on with letters, digits and primes; any other name is written in double quotes: ``"left eye"``.

    Returns
    -------
    Formula
        Printed, it is the formula in words; one that is given comes back as it is.

    Raises
    ------
    FormulaError
        If it cannot be read, with a line that points at the place; also where the order of textbooks, above,
        and that of Python would disagree: ``a and b == c`` needs parentheses, and so does ``a iff b iff c``.

    Examples
    --------
    >>> import neurosim as ns
    >>> ns.logic.parse("p ∧ ¬q → r")
    (p and not q) implies r
    >>> ns.logic.parse("(a adn b) or not c")
    Traceback (most recent call last):
    neurosim.errors.FormulaError: There is 'adn' where an operator or ')' was needed. Did you mean 'and'?
      (a adn b) or not c
         ^^^
    """
    if isinstance(text, Formula):
        return text
    if not isinstance(text, str):
        raise FormulaError(f"A formula is text, such as 'a and not b'; got {text!r}.")
    return _Reader(text).read()


class _Reader:
    """Dijkstra's two stacks: formulas that are done, and operators and parentheses that wait for their last part."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.done: list[tuple[Formula, bool, int]] = []  # with whether a chain may go on in it, and its depth
        self.waiting: list[_Token] = []
        self.spelt: list[dict[str, _Token]] = [{}]  # what each spelling was last seen in, by open parentheses
        self.negation: list[_Token | None] = [None]  # a 'not' that reaches further in Python than in logic, likewise
        self.previous: _Token | None = None

    def read(self) -> Formula:
        operand_is_next = True
        for token in _tokens(self.text):
            operand_is_next = self._operand(token) if operand_is_next else self._operator(token)
            self.previous = token
        if operand_is_next:
            raise self._ends_early()
        while self.waiting:
            if self.waiting[-1].meaning == "(":
                raise _error(self.text, "This '(' is never closed: a ')' is missing.", self.waiting[-1])
            self._apply()
        return self.done[0][0]

    def _ends_early(self) -> FormulaError:
        last = self.previous
        if last is None:
            return FormulaError("The formula is empty. Write one such as 'a and not b'.")
        words = f"The formula ends after {last.text!r}, where {WANTED} was needed."
        return _error(f"{self.text[: last.end]}  ", words, _Token("", " ", last.end + 1))

    def _operand(self, token: _Token) -> bool:
        """Take a token where a formula has to begin; whether one still has to."""
        if token.meaning in ("not", "("):
            self.waiting.append(token)
            if token.meaning == "(":
                self.spelt.append({})
                self.negation.append(None)
            elif token.text.isalpha():
                self.negation[-1] = token
            return True
        if token.meaning in ("variable", "true", "false"):
            formula = variable(token.name) if token.meaning == "variable" else constant(token.meaning == "true")
            self.done.append((formula, False, 1))
            return False
        raise self._no_operand(token)

    def _no_operand(self, token: _Token) -> FormulaError:
        after = f" after {self.previous.text!r}" if self.previous is not None else " at the beginning"
        if token.meaning == ")" and self.previous is not None and self.previous.meaning == "(":
            return _error(self.text, f"There is nothing between '(' and ')', where {WANTED} was needed.", token)
        hint = ""
        if token.meaning in BINARY and token.text.isalpha():
            hint = f' If {token.text!r} is to be the name of a variable, write "{token.text}" in double quotes.'
        return _error(self.text, f"There is {token.text!r}{after}, where {WANTED} was needed.{hint}", token)

    def _operator(self, token: _Token) -> bool:
        """Take a token where a formula has just ended; whether another one has to begin."""
        if token.meaning == ")":
            self._close(token)
            return False
        if token.meaning not in BINARY:
            raise self._no_operator(token)
        self._check_order(token)
        while self.waiting and _binds_first(self.waiting[-1].meaning, token.meaning):
            self._apply()
        self.waiting.append(token)
        return True

    def _no_operator(self, token: _Token) -> FormulaError:
        assert self.previous is not None
        wanted = "an operator or ')'" if len(self.spelt) > 1 else "an operator"
        if _meant(token):
            return _error(self.text, f"There is {token.text!r} where {wanted} was needed. {_meant(token)}", token)
        words = f"There is {token.text!r} after {self.previous.text!r}, where {wanted} was needed."
        if _meant(self.previous):
            return _error(self.text, f"{words} {_meant(self.previous)}", self.previous)
        return _error(self.text, words, token)

    def _close(self, token: _Token) -> None:
        while self.waiting and self.waiting[-1].meaning != "(":
            self._apply()
        if not self.waiting:
            raise _error(self.text, "This ')' closes nothing: there is no '(' for it.", token)
        self.waiting.pop()
        self.spelt.pop()
        self.negation.pop()
        formula, _, depth = self.done.pop()
        self.done.append((formula, False, depth))

    def _apply(self) -> None:
        """Join the last one or two formulas by the last operator."""
        token = self.waiting.pop()
        count = 1 if token.meaning == "not" else 2
        parts = self.done[-count:]
        del self.done[-count:]
        depth = 1 + max(depth for _, _, depth in parts)
        formula = Formula(token.meaning, tuple(part for part, _, _ in parts))
        first, goes_on, depth_of_first = parts[0]
        if token.meaning in ASSOCIATIVE and goes_on and first.kind == token.meaning:
            formula, depth = Formula(token.meaning, (*first.parts, parts[1][0])), max(depth_of_first, 1 + parts[1][2])
        if depth > DEEPEST:
            words = f"The formula is nested more than {DEEPEST} deep here. Write parts of it as formulas of their own."
            raise _error(self.text, words, token)
        self.done.append((formula, True, depth))

    def _check_order(self, token: _Token) -> None:
        """Raise where Python and textbooks would read the formula differently."""
        spelt = token.text.casefold()
        for other, earlier in self.spelt[-1].items():
            if frozenset((other, spelt)) in IN_TWO_WAYS or earlier.meaning == token.meaning == "iff":
                raise self._two_ways(earlier, token)
        negation = self.negation[-1]
        if negation is not None and spelt in ("&", "|"):
            raise self._two_ways(negation, token)
        if spelt not in PYTHON_SIGNS:
            self.negation[-1] = None
        self.spelt[-1][spelt] = token

    def _two_ways(self, earlier: _Token, token: _Token) -> FormulaError:
        twice = earlier.text == token.text
        here = f"{token.text!r} twice" if twice else f"{earlier.text!r} and {token.text!r} side by side"
        if earlier.meaning == token.meaning:
            why = "as a chain, or as one within the other"
        else:
            why = "Python and logic disagree on which binds tighter"
        words = f"A formula with {here} can be read in two ways ({why}). Write parentheses that tell."
        return _error(self.text, words, token)


def _binds_first(earlier: str, later: str) -> bool:
    """Whether an operator that waits has all its parts when another one comes; implications go to the right."""
    if earlier in ("(", "not"):
        return earlier == "not"
    if earlier == later == "implies":
        return False
    return BINARY.index(earlier) <= BINARY.index(later)


# --- Pieces --------------------------------------------------------------------------------------


def _tokens(text: str) -> Iterator[_Token]:
    for match in TOKEN.finditer(text):
        kind, piece, start = match.lastgroup, match.group(), match.start()
        if kind == "space":
            continue
        meaning = MEANING.get(piece.casefold())
        if meaning is not None:
            yield _Token(meaning, piece, start)
        elif kind == "name":
            yield _Token("variable", piece, start, unicodedata.normalize("NFC", piece))
        elif kind == "quoted" and len(piece) > 2:
            name = re.sub(r"\\(.)", r"\1", piece[1:-1], flags=re.DOTALL)
            yield _Token("variable", piece, start, unicodedata.normalize("NFC", name))
        else:
            raise _error(text, _strange(kind, piece), _Token("", piece, start))


def _strange(kind: str | None, piece: str) -> str:
    """What is wrong with a piece that is none."""
    if kind == "number":
        return f"The number {piece} is no truth value: only 0 and 1 are. A name begins with a letter, such as x{piece}."
    if piece == '""':
        return 'The name "" is empty.'
    if piece == '"':
        return "This quotation mark is never closed."
    hint = OTHERWISE.get(piece)
    words = f"The sign {piece!r} is unknown here" if hint else f"The character {piece!r} is unknown"
    return f"{words}. {hint or 'A formula has names, parentheses, and operators such as and, or, not, ->.'}"


def _meant(token: _Token) -> str:
    """The operator that a name was perhaps meant to be; empty if it is not like any."""
    if token.meaning != "variable" or token.text.startswith('"'):
        return ""
    word = token.text.casefold()
    if word in OTHER_WORDS:
        return OTHER_WORDS[word]
    near = get_close_matches(word, sorted(WORDS), n=1)
    return f"Did you mean {near[0]!r}?" if near else ""


# --- Pointing ------------------------------------------------------------------------------------


def _error(text: str, words: str, token: _Token) -> FormulaError:
    """The error, with the line of the formula and a mark below the place."""
    before, after = text[: token.start], text[token.end :]
    line_start = max(_last_break(before), token.start - LONGEST // 2)
    tail = re.split(r"[\n\r]", after, maxsplit=1)[0]
    room = max(LONGEST - (token.end - line_start), 0)
    shown = re.sub(r"\s", " ", text[line_start : token.end] + tail[:room])
    left = "..." if line_start > _last_break(before) else ""
    right = "..." if len(tail) > room else ""
    pad = " " * _width(left + re.sub(r"\s", " ", text[line_start : token.start]))
    return FormulaError(f"{words}\n  {(left + shown).rstrip()}{right}\n  {pad}{'^' * max(_width(token.text), 1)}")


def _last_break(text: str) -> int:
    """Where the last line of a text begins."""
    return max(text.rfind("\n"), text.rfind("\r")) + 1


def _width(text: Sequence[str]) -> int:
    """How many columns a text takes in a terminal."""
    return sum(
        0 if unicodedata.combining(sign) else 2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text
    )
