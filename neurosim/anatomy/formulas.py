"""Formulas of propositional logic: what they are, when they hold, and how they are written."""

from __future__ import annotations

import dataclasses
import functools
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from neurosim.errors import FormulaError, shorten, unknown

Flags: TypeAlias = npt.NDArray[np.bool_]

VARIABLE, CONSTANT = "variable", "constant"
BINARY = ("and", "xor", "or", "implies", "iff")
"""The operators between formulas, from the one that binds tightest; ``not`` binds tighter than any."""

ASSOCIATIVE = ("and", "xor", "or")
"""Those of which one may join several formulas."""

STYLES: dict[str, dict[str, str]] = {
    "words": {
        **{word: f" {word} " for word in BINARY},
        "not": "not ",
        "True": "True",
        "False": "False",
    },
    "operators": {
        "and": " & ",
        "xor": " ^ ",
        "or": " | ",
        "implies": " -> ",
        "iff": " <-> ",
        "not": "~",
        "True": "1",
        "False": "0",
    },
    "mathematics": {
        "and": " ∧ ",
        "xor": " ⊕ ",
        "or": " ∨ ",
        "implies": " → ",
        "iff": " ↔ ",
        "not": "¬",
        "True": "⊤",
        "False": "⊥",
    },
}
"""How each operator and constant is written, by style."""

WORDS = frozenset({*BINARY, "not", "true", "false"})  # in any case; no bare name of a variable
NAME = re.compile(r"[^\W\d][\w\u0300-\u036f'\u2032]*")  # a letter or _, then letters, digits, accents and primes


@dataclasses.dataclass(frozen=True, repr=False)
class Formula:
    """A formula of propositional logic: a variable, a constant, or an operator and the formulas that it joins.

    Made by `neurosim.logic.parse`. Two formulas are equal if they are written alike, spelling aside;
    `neurosim.logic.equivalent` asks whether they always say the same.

    Parameters
    ----------
    kind : str
        "variable", "constant", "not", "and", "or", "xor", "implies" or "iff".
    parts : tuple of Formula
        What an operator joins: one formula for "not", two for "implies" and "iff", two or more for the others.
    name : str
        Of a variable.
    value : bool
        Of a constant.

    Examples
    --------
    >>> import neurosim as ns
    >>> f = ns.logic.parse("(a & b) | ~c")
    >>> f
    (a and b) or not c
    >>> f.variables, f.holds(a=1, b=0, c=1)
    (('a', 'b', 'c'), False)
    >>> f.spelt("mathematics")
    '(a ∧ b) ∨ ¬c'
    """

    kind: str
    parts: tuple[Formula, ...] = ()
    name: str = ""
    value: bool = False

    @functools.cached_property
    def variables(self) -> tuple[str, ...]:
        """The names of its variables, in the order in which they first appear."""
        if self.kind == VARIABLE:
            return (self.name,)
        return tuple(dict.fromkeys(name for part in self.parts for name in part.variables))

    def holds(self, values: Mapping[str, Any] | None = None, /, **named: Any) -> bool:
        """Whether it is true.

        Parameters
        ----------
        values : mapping of str to bool or number, optional
            The truth of each variable: False or 0, True or 1.
        **named
            The same, by name.

        Raises
        ------
        UnknownNameError
            If it has no such variable.
        FormulaError
            If a variable is left out, or is neither true nor false.
        """
        given = {**(values or {}), **named}
        for name, value in given.items():
            if name not in self.variables:
                raise unknown(f"variable in the formula {self} called", name, self.variables)
            if value not in (0, 1):
                raise FormulaError(f"The variable {name!r} must be true or false, 1 or 0; got {value!r}.")
        missing = [name for name in self.variables if name not in given]
        if missing:
            raise FormulaError(f"Whether {self} holds depends on {shorten(missing)} too. Say that it is 0 or 1.")
        return bool(self.truth({name: np.array(bool(value)) for name, value in given.items()}))

    def truth(self, columns: Mapping[str, Flags]) -> Flags:
        """Whether it is true, for many cases at once.

        Parameters
        ----------
        columns : mapping of str to bool array
            The truth of each variable, all arrays of one shape.

        Returns
        -------
        bool array
            Of this shape; without any for a constant.
        """
        if self.kind == VARIABLE:
            return columns[self.name]
        if self.kind == CONSTANT:
            return np.array(self.value)
        return TRUTH[self.kind](*[part.truth(columns) for part in self.parts])

    def spelt(self, style: str = "words") -> str:
        """The formula as text, which `neurosim.logic.parse` reads back.

        Parameters
        ----------
        style : "words", "operators" or "mathematics"
            ``a and not b``, ``a & ~b`` or ``a ∧ ¬b``.

        Returns
        -------
        str
            With parentheses around every part that joins others, so that no precedence need be known.
        """
        if style not in STYLES:
            raise unknown("style of formulas called", style, STYLES)
        return self._spelt(STYLES[style])

    def _spelt(self, signs: Mapping[str, str]) -> str:
        if self.kind == VARIABLE:
            return written_name(self.name)
        if self.kind == CONSTANT:
            return signs[str(self.value)]
        parts = [f"({part._spelt(signs)})" if part.kind in BINARY else part._spelt(signs) for part in self.parts]
        return signs["not"] + parts[0] if self.kind == "not" else signs[self.kind].join(parts)

    def __str__(self) -> str:
        return self.spelt()

    __repr__ = __str__


def _all(*parts: Flags) -> Flags:
    return functools.reduce(np.logical_and, parts)


def _any(*parts: Flags) -> Flags:
    return functools.reduce(np.logical_or, parts)


def _odd(*parts: Flags) -> Flags:
    return functools.reduce(np.logical_xor, parts)


TRUTH: dict[str, Callable[..., Flags]] = {
    "not": np.logical_not,
    "and": _all,
    "or": _any,
    "xor": _odd,
    "implies": lambda premise, conclusion: ~premise | conclusion,
    "iff": np.equal,
}
"""What each operator says of the truth of its parts."""


def variable(name: str) -> Formula:
    """The formula that is a variable alone."""
    return Formula(VARIABLE, name=name)


def constant(value: bool) -> Formula:
    """The formula that always holds, or never."""
    return Formula(CONSTANT, value=bool(value))


def joined(kind: str, parts: Sequence[Formula]) -> Formula:
    """Several formulas joined by "and", "or" or "xor"; a single one stays as it is.

    Examples
    --------
    >>> joined("or", [variable("a"), joined("or", [variable("b"), variable("c")])])
    a or b or c
    """
    flat = [inner for part in parts for inner in (part.parts if part.kind == kind else (part,))]
    return flat[0] if len(flat) == 1 else Formula(kind, tuple(flat))


def negated(formula: Formula) -> Formula:
    """The opposite, without a double negation."""
    return formula.parts[0] if formula.kind == "not" else Formula("not", (formula,))


def written_name(name: str) -> str:
    """A variable's name as it stands in a formula: in quotes where it is not a plain word.

    Examples
    --------
    >>> print(written_name("x1"), written_name("V1[0]"), written_name("and"))
    x1 "V1[0]" "and"
    """
    if NAME.fullmatch(name) and name.casefold() not in WORDS:
        return name
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
