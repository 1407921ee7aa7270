"""Errors that teach: what was given, what was needed, and what to type instead."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

MOST_COMPARED = 5_000  # names that are looked at for the nearest; of 100,000 it would take half a second


class NeurosimError(Exception):
    """The root of every error that neurosim raises on purpose."""

    def __str__(self) -> str:
        # KeyError would show the repr of its message, quotes and escapes included.
        return str(self.args[0]) if self.args else ""


class GraphError(NeurosimError, ValueError):
    """The neurons and synapses given cannot form a network."""


class DataError(NeurosimError, ValueError):
    """An array (stimulus, targets, weights, thresholds) cannot be used."""


class OptionError(NeurosimError, ValueError):
    """A setting is outside what is allowed."""


class FormulaError(NeurosimError, ValueError):
    """A logical formula cannot be read, or cannot be made into a network; the message points at the place."""


class UnknownNameError(NeurosimError, KeyError, ValueError):
    """Nothing has this name: a neuron, region, mode, loss, scenario, ..."""


class UnknownAttributeError(UnknownNameError, AttributeError):
    """Something was to be assigned to an attribute that does not exist, and would have been lost in silence."""


class TrainingError(NeurosimError, RuntimeError):
    """Learning cannot start, or cannot go on."""


class SimulationError(NeurosimError, RuntimeError):
    """A simulation cannot go on."""


class ModelFileError(NeurosimError, ValueError):
    """A file cannot be written, or is missing, damaged, or not one that neurosim wrote."""


class RecordingTooLargeError(NeurosimError, MemoryError):
    """What is to be recorded would not fit the memory it was given."""


class NotRecordedError(NeurosimError, KeyError):
    """What was asked for exists, but was not recorded."""


class MissingPackageError(NeurosimError, ImportError):
    """A package that neurosim does not need, but this one conversion does, is not installed."""


def counted(number: int, noun: str, plural: str = "") -> str:
    """A number and its noun.

    Parameters
    ----------
    number : int
    noun : str
        In the singular.
    plural : str, optional
        Where it is more than the noun and an s.

    Examples
    --------
    >>> counted(1, "tick"), counted(2000, "tick"), counted(3, "class", "classes")
    ('1 tick', '2,000 ticks', '3 classes')
    """
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def did_you_mean(given: object, known: Iterable[object]) -> str:
    """The hint that ends a message: the nearest known name, and what else there is.

    Parameters
    ----------
    given : object
        What was asked for.
    known : iterable
        The names that exist.

    Returns
    -------
    str
        One or two sentences.

    Examples
    --------
    >>> did_you_mean("sigmod", ["relu", "sigmoid"])
    "Did you mean 'sigmoid'? There are: 'relu', 'sigmoid'."
    """
    known = list(known)
    if not known:
        return "There are none."
    by_text = {str(name).casefold(): name for name in reversed(known[:MOST_COMPARED])}
    near = difflib.get_close_matches(str(given).casefold(), by_text, n=1)
    suggestion = f"Did you mean {by_text[near[0]]!r}? " if near else ""
    return f"{suggestion}There are: {shorten(known)}."


def sentence(text: str) -> str:
    """Begin with a capital, as a message does unless it begins with the name of an argument.

    Examples
    --------
    >>> sentence("the bias of neuron 'h' is missing.")
    "The bias of neuron 'h' is missing."
    """
    return text[:1].upper() + text[1:]


def shorten(items: Iterable[object], most: int = 10) -> str:
    """Write a list for a message: the first few, and how many more.

    Examples
    --------
    >>> shorten(range(100), most=3)
    '0, 1, 2, ... (100 in all)'
    """
    items = list(items)
    text = ", ".join(repr(item) for item in items[:most])
    return text if len(items) <= most else f"{text}, ... ({len(items)} in all)"


def unknown(kind: str, given: object, known: Iterable[object], advice: str = "") -> UnknownNameError:
    """Make the error for a name that nothing has.

    Parameters
    ----------
    kind : str
        What was looked for: "neuron", "region", "mode", ...
    given : object
        The name that was given.
    known : iterable
        The names that exist; the nearest is suggested.
    advice : str, optional
        What to type instead, when that is not one of `known`.
    """
    hint = did_you_mean(given, known)
    return UnknownNameError(f"There is no {kind} {given!r}. {hint}" + (f" {advice}" if advice else ""))
