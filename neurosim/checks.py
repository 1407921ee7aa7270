"""Checks of single settings; each error names the setting, the value given and what is allowed."""

from __future__ import annotations

import functools
import inspect
import math
from collections.abc import Callable, Mapping
from typing import Any, ParamSpec, TypeVar

import numpy as np
import numpy.typing as npt

from neurosim.errors import OptionError, UnknownAttributeError, did_you_mean, unknown

P = ParamSpec("P")
T = TypeVar("T")


def check_number(
    name: str,
    value: object,
    *,
    least: float = -math.inf,
    above: float = -math.inf,
    most: float = math.inf,
    below: float = math.inf,
) -> None:
    """Raise an OptionError unless the value is a finite number within these bounds.

    Examples
    --------
    >>> check_number("Adam.learning_rate", -1, above=0)
    Traceback (most recent call last):
    neurosim.errors.OptionError: The setting Adam.learning_rate must be a finite number greater than 0 (got -1).
    """
    number = _finite(value)
    if number is not None and least <= number <= most and above < number < below:
        return
    bounds = [
        f"{words} {bound:g}"
        for words, bound in (("from", least), ("greater than", above), ("up to", most), ("below", below))
        if math.isfinite(bound)
    ]
    raise OptionError(
        f"The setting {name} must be a finite number {' and '.join(bounds)}".rstrip() + f" (got {value!r})."
    )


def _finite(value: object) -> float | None:
    """The value as a float, or None if it is not a number, or not a finite one."""
    if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
        return None
    try:
        number = float(value)
    except OverflowError:  # a whole number too large for a float
        return None
    return number if math.isfinite(number) else None


def check_count(name: str, value: object, *, least: int = 0, optional: bool = False) -> None:
    """Raise an OptionError unless the value is a whole number from `least` up (or None, if that is allowed).

    Examples
    --------
    >>> check_count("epochs", 2.5)
    Traceback (most recent call last):
    neurosim.errors.OptionError: The setting epochs must be a whole number from 0 up (got 2.5).
    """
    if optional and value is None:
        return
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
        none = ", or None" if optional else ""
        raise OptionError(f"The setting {name} must be a whole number from {least} up{none} (got {value!r}).")


def all_finite(values: npt.NDArray[np.floating[Any]]) -> bool:
    """Whether all numbers are finite.

    Examples
    --------
    >>> all_finite(np.array([1.0, 1e300])), all_finite(np.array([1.0, np.inf]))
    (True, False)
    """
    few = values.size <= 2**13  # then the sum of their squares tells at once, unless it is too large itself
    return (few and math.isfinite(np.vdot(values, values))) or bool(np.isfinite(values).all())


def check_attribute(thing: object, name: str) -> None:
    """Raise an UnknownAttributeError if a class knows no attribute of this name; private ones are its own affair."""
    kind = type(thing)
    if name.startswith("_") or hasattr(kind, name):
        return
    properties = {word: getattr(kind, word) for word in dir(kind) if not word.startswith("_")}
    settable = [word for word, value in properties.items() if isinstance(value, property) and value.fset]
    raise UnknownAttributeError(
        f"A {kind.__name__} has no attribute {name!r} to assign to. {did_you_mean(name, settable)}"
    )


def check_call(by_name: str, instead: Mapping[str, str] | None = None) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Make a function say what to type, where Python would only say that an argument was unexpected.

    Parameters
    ----------
    by_name : str
        What to type in place of a value without its name, ``{!r}`` in it.
    instead : dict of str to str, optional
        For names that others use, what to type here.

    Examples
    --------
    >>> @check_call("cut(length={!r})")
    ... def cut(*, length: float) -> float:
    ...     return length / 2
    >>> cut(5.0)
    Traceback (most recent call last):
    neurosim.errors.OptionError: What 5.0 is has to be said by name. Write cut(length=5.0).
    """

    def decorate(function: Callable[P, T]) -> Callable[P, T]:
        parameters = inspect.signature(function).parameters.values()
        unnamed = sum(parameter.kind is not parameter.KEYWORD_ONLY for parameter in parameters)
        names = [parameter.name for parameter in parameters if parameter.name != "self"]

        @functools.wraps(function)
        def call(*args: P.args, **settings: P.kwargs) -> T:
            if len(args) > unnamed:
                given = args[unnamed]
                raise OptionError(f"What {given!r} is has to be said by name. Write {by_name.format(given)}.")
            for name in settings:
                if name not in names:
                    raise unknown(f"setting of {function.__name__} called", name, names, (instead or {}).get(name, ""))
            return function(*args, **settings)

        return call

    return decorate


def check_two_arguments(what: str, function: Callable[..., object], example: str) -> None:
    """Raise an OptionError unless a function can be called with two arguments.

    Examples
    --------
    >>> check_two_arguments("A callback is called with an epoch and its measures", lambda: None, "lambda e, m: None")
    Traceback (most recent call last):
    neurosim.errors.OptionError: A callback is called with an epoch and its measures; <...> takes (). Write it as in ...
    """
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # some built-in functions do not tell
        return
    try:
        signature.bind(0, 1)
    except TypeError:
        raise OptionError(f"{what}; {function!r} takes {signature}. Write it as in {example}.") from None
