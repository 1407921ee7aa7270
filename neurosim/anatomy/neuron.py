"""A neuron: dendrites -> soma -> axon, in plain Python. This is the definition; the engine must agree with it."""

from __future__ import annotations

import dataclasses
import html
import math
import reprlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping, Sequence
from itertools import islice
from typing import Any, TypeAlias

import numpy as np

from neurosim.anatomy.exact import exact_drive
from neurosim.anatomy.soma import Mode, as_mode
from neurosim.checks import check_attribute
from neurosim.errors import DataError, GraphError, OptionError, sentence, shorten, unknown

Name: TypeAlias = str | int
Dendrite: TypeAlias = Name | tuple[Name, int]
"""A presynaptic neuron's name, with the number of the branch where it is not branch 0."""


@dataclasses.dataclass(frozen=True)
class Soma:
    """The part that decides: what mode turns the drive into a rate, and where its threshold lies."""

    mode: Mode
    threshold: float


class Cell(ABC):
    """What every neuron can do, alone or inside a network; where its numbers are kept is left to the two kinds."""

    @property
    @abstractmethod
    def name(self) -> Name | None:
        """The neuron's name, or None for a nameless neuron on its own."""

    @property
    @abstractmethod
    def region(self) -> str | None:
        """The name of the region it belongs to, if any."""

    @property
    @abstractmethod
    def mode(self) -> Mode:
        """How its drive becomes a rate."""

    @property
    @abstractmethod
    def threshold(self) -> float:
        """What the summed input must reach; the opposite of `bias`."""

    @property
    @abstractmethod
    def dendrites(self) -> MutableMapping[Dendrite, float]:
        """The weight of each incoming synapse, by presynaptic name (and branch, where it is not 0)."""

    @property
    @abstractmethod
    def axon(self) -> MutableMapping[Dendrite, float]:
        """The weight of each outgoing synapse, by postsynaptic name (and branch, where it is not 0)."""

    @abstractmethod
    def _set_threshold(self, threshold: float) -> None: ...

    @abstractmethod
    def _stored(self, number: float, what: str) -> float:
        """The number as it is where the neuron's own are kept: rounded to float32 in a float32 network."""

    @abstractmethod
    def laws_of(self, part: str, key: Dendrite) -> list[str]:
        """What binds the weight of one of these synapses, in words: its receptor, that it is frozen or shared."""

    @property
    @abstractmethod
    def threshold_laws(self) -> list[str]:
        """What binds the threshold, in words."""

    @abstractmethod
    def delay_of(self, part: str, key: Dendrite) -> int:
        """The ticks that an impulse takes through one of the `dendrites`, or along one branch of the `axon`."""

    def __setattr__(self, name: str, value: object) -> None:
        check_attribute(self, name)
        object.__setattr__(self, name, value)

    @property
    def soma(self) -> Soma:
        """The mode and the threshold together."""
        return Soma(self.mode, self.threshold)

    @property
    def bias(self) -> float:
        """The opposite of the threshold: the two spellings of one number."""
        return 0.0 - self.threshold

    @bias.setter
    def bias(self, bias: float) -> None:
        self._set_threshold(0.0 - as_number(bias, f"the bias of {self._label}"))

    @property
    def presynaptic(self) -> list[Name]:
        """The neurons that it listens to, each once, in the order of its dendrites."""
        return list(dict.fromkeys(_other_end(dendrite) for dendrite in self.dendrites))

    def drive(self, /, *inputs: object, **named: float) -> float:
        """The soma's summed input minus its threshold; for a maxout neuron, that of its strongest branch.

        Parameters
        ----------
        *inputs : one sequence, one mapping, or one number per presynaptic neuron
            Rates of the presynaptic neurons: a sequence in the order of `presynaptic`, a mapping by
            name, or plain numbers.
        **named : float
            The same by keyword, where the names are words.

        Returns
        -------
        float

        Raises
        ------
        DataError
            If a rate is missing, is not a finite number, or there are too many.
        UnknownNameError
            If a name is not that of a presynaptic neuron.

        Examples
        --------
        >>> import neurosim as ns
        >>> both = ns.Neuron({"left": 1, "right": 1}, threshold=2)
        >>> both.drive([1, 1]), both.drive(left=1, right=0), both.drive({"left": 0, "right": 0})
        (0.0, -1.0, -2.0)
        """
        if self.mode.name == "sensory":
            raise OptionError(
                f"{sentence(self._label)} is sensory: it has a stimulus and no drive. Call fire(stimulus)."
            )
        rates = self._read_inputs(inputs, named)
        branches: dict[int, list[tuple[float, float]]] = {}
        for dendrite, weight in self.dendrites.items():
            branch = dendrite[1] if isinstance(dendrite, tuple) and self.mode.branched else 0
            branches.setdefault(branch, []).append((weight, rates[_other_end(dendrite)]))
        return max(
            exact_drive([w for w, _ in branch], [x for _, x in branch], self.threshold)
            for branch in branches.values() or [[]]
        )

    def fire(self, /, *inputs: object, **named: float) -> float:
        """The rate of the neuron for these inputs; 0.0 or 1.0 for a binary one.

        Parameters
        ----------
        *inputs, **named
            As for `drive`. A sensory neuron takes its stimulus, one number.

        Returns
        -------
        float

        Examples
        --------
        >>> import neurosim as ns
        >>> both = ns.Neuron({"left": 1, "right": 1}, threshold=2)
        >>> both.fire([1, 1]), both.fire(left=1, right=0)
        (1.0, 0.0)
        """
        if self.mode.name == "sensory":
            if len(inputs) != 1 or named:
                raise DataError(
                    f"{sentence(self._label)} is sensory and takes one number, its stimulus, as in fire(0.5)."
                )
            return self._read_rate(inputs[0], f"the stimulus of {self._label}")
        return float(self.mode.rate(np.asarray(self.drive(*inputs, **named), dtype=float)))

    def _read_inputs(self, inputs: tuple[object, ...], named: dict[str, float]) -> dict[Name, float]:
        names = self.presynaptic
        if named and not inputs:
            inputs = (named,)
        elif named:
            raise DataError(f"{sentence(self._label)} was given inputs both by position and by name; choose one.")
        if len(inputs) == 1 and isinstance(inputs[0], Mapping):
            return self._read_named(names, inputs[0])
        values: Any = inputs[0] if len(inputs) == 1 and _is_sequence(inputs[0]) else inputs
        if isinstance(values, str | bytes) or len(values) != len(names):
            raise DataError(
                f"{sentence(self._label)} has {len(names)} presynaptic neurons ({shorten(names)}) and needs a rate "
                f"from each; got {reprlib.repr(values)}."
            )
        return {name: self._read_rate(x, f"the input from {name!r}") for name, x in zip(names, values, strict=True)}

    def _read_named(self, names: list[Name], given: Mapping[Name, object]) -> dict[Name, float]:
        known = set(names)
        for name in given:
            if name not in known:
                raise unknown("dendrite from", name, names)
        missing = [name for name in names if name not in given]
        if missing:
            raise DataError(
                f"{sentence(self._label)} needs a rate from {shorten(missing)} as well; "
                f"write {missing[0]}=0 for silence."
            )
        return {name: self._read_rate(given[name], f"the input from {name!r}") for name in names}

    def _read_rate(self, value: object, what: str) -> float:
        return self._stored(as_number(value, what), what)

    @property
    def _label(self) -> str:
        """How messages call it."""
        return "a nameless neuron" if self.name is None else f"neuron {self.name!r}"

    def _anatomy(self) -> dict[str, list[str]]:
        """The three parts in words, a line for each branch of them: what both reprs show."""
        return {
            "dendrites": self._describe("dendrites", "from"),
            "soma": [", ".join([f"{self.mode}, threshold {self.threshold:g}", *self.threshold_laws])],
            "axon": self._describe("axon", "to"),
        }

    def _describe(self, part: str, preposition: str, most: int = 8) -> list[str]:
        """The synapses of the dendrites, or of the axon, a line each."""
        weights: Mapping[Dendrite, float] = getattr(self, part)
        if not weights:
            return ["none"]
        lines = []
        for key, weight in islice(weights.items(), most):
            branch = f" (branch {key[1]})" if isinstance(key, tuple) else ""
            delay = self.delay_of(part, key)
            ticks = f", {delay} tick{'s' if delay > 1 else ''}" if delay else ""
            laws = "".join(f", {law}" for law in self.laws_of(part, key))
            lines.append(f"{preposition} {_other_end(key)!r}{branch}: weight {weight:g}{ticks}{laws}")
        return lines if len(weights) <= most else [*lines, f"... ({len(weights)} in all)"]

    def _title(self) -> str:
        return sentence(self._label if self.region is None else f"{self._label} in region {self.region!r}")

    def __repr__(self) -> str:
        lines = [self._title()]
        for part, texts in self._anatomy().items():
            lines += [f"  {'' if i else part:<10} {text}" for i, text in enumerate(texts)]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        cell = "style='text-align:left;vertical-align:top'"
        rows = "".join(
            f"<tr><th {cell}>{part}</th><td {cell}>{'<br>'.join(map(html.escape, texts))}</td></tr>"
            for part, texts in self._anatomy().items()
        )
        return f"<table><caption>{html.escape(self._title())}</caption>{rows}</table>"


class Neuron(Cell):
    """One neuron on its own, with everything about it in the open.

    Parameters
    ----------
    dendrites : mapping, optional
        The weight of each incoming synapse by presynaptic name: ``{"left": 1, "right": -0.5}``. A name
        may come with a branch number, ``{("left", 0): 1, ("left", 1): -1}``, for ``mode="maxout"``.
    threshold : float, optional
        What the summed input must reach; 0 unless given.
    bias : float, optional
        The same number with the opposite sign; give one or the other.
    mode : str or Mode, default "binary"
        See `neurosim.anatomy.soma`.
    name, region : optional
        What it is called, and where it belongs.
    axon : mapping, optional
        The weight of each outgoing synapse by postsynaptic name; for reading and drawing.

    Raises
    ------
    NeurosimError
        If a number is not finite, a mode is unknown, or both threshold and bias are given.

    Examples
    --------
    >>> import neurosim as ns
    >>> both = ns.Neuron(dendrites={"left": 1, "right": 1}, threshold=2, name="both")
    >>> both.fire(left=1, right=0), both.fire([1, 1]), both.bias
    (0.0, 1.0, -2.0)
    >>> both
    Neuron 'both'
      dendrites  from 'left': weight 1
                 from 'right': weight 1
      soma       binary, threshold 2
      axon       none
    """

    def __init__(
        self,
        dendrites: Mapping[Dendrite, float] | None = None,
        threshold: float | None = None,
        *,
        bias: float | None = None,
        mode: str | Mode = "binary",
        name: Name | None = None,
        region: str | None = None,
        axon: Mapping[Dendrite, float] | None = None,
    ) -> None:
        self._name = None if name is None else check_name(name)
        self.region = region
        self._mode = as_mode(mode)
        self._threshold = read_threshold(threshold, bias, self._label)
        self._dendrites = _Weights(dendrites, "dendrite", "from", self._label, self._check_new_dendrite)
        self._axon = _Weights(axon, "axon branch", "to", self._label)

    @property
    def name(self) -> Name | None:
        return self._name

    @property
    def region(self) -> str | None:
        return self._region

    @region.setter
    def region(self, region: str | None) -> None:
        if region is not None:
            check_region(region)
        self._region = region

    @property
    def mode(self) -> Mode:
        return self._mode

    @mode.setter
    def mode(self, mode: str | Mode) -> None:
        parsed = as_mode(mode)
        if parsed.name == "sensory" and self._dendrites:
            raise self._is_sensory(self._dendrites)
        self._mode = parsed

    @property
    def threshold(self) -> float:
        return self._threshold

    @threshold.setter
    def threshold(self, threshold: float) -> None:
        self._set_threshold(as_number(threshold, f"the threshold of {self._label}"))

    @property
    def dendrites(self) -> MutableMapping[Dendrite, float]:
        return self._dendrites

    @property
    def axon(self) -> MutableMapping[Dendrite, float]:
        return self._axon

    def _set_threshold(self, threshold: float) -> None:
        self._threshold = threshold

    def _stored(self, number: float, what: str) -> float:
        return number

    def delay_of(self, part: str, key: Dendrite) -> int:
        return 0

    def laws_of(self, part: str, key: Dendrite) -> list[str]:
        return []

    @property
    def threshold_laws(self) -> list[str]:
        """Nothing binds it: a neuron on its own is in no network that learns."""
        return []

    def _check_new_dendrite(self, key: Dendrite) -> None:
        if self.mode.name == "sensory":
            raise self._is_sensory([key])

    def _is_sensory(self, dendrites: Iterable[Dendrite]) -> GraphError:
        return GraphError(
            f"{sentence(self._label)} is sensory and yet has dendrites ({shorten(dendrites)}); a sensory neuron is "
            "driven by the stimulus alone. Leave the dendrites out, or choose another mode, such as mode='linear'."
        )


class _Weights(MutableMapping[Dendrite, float]):
    """Weights by the name at the other end; branch 0 is written as the bare name."""

    def __init__(
        self,
        weights: Mapping[Dendrite, float] | None,
        part: str,
        preposition: str,
        owner: str,
        check_new: Callable[[Dendrite], None] | None = None,
    ) -> None:
        if weights is not None and not isinstance(weights, Mapping):
            raise DataError(
                f"{sentence(owner)} needs the weights of each {part} by name, such as {{'left': 1.0}}; got {weights!r}."
            )
        self._part, self._preposition, self._owner, self._check_new = part, preposition, owner, check_new
        self._by_key: dict[Dendrite, float] = {}
        self.update(weights or {})

    def __getitem__(self, key: Dendrite) -> float:
        return self._by_key[self._find(key)]

    def __setitem__(self, key: Dendrite, weight: float) -> None:
        found = _canonical(key)
        if self._check_new is not None:
            self._check_new(found)
        what = f"the weight of the {self._part} {self._preposition} {key!r} of {self._owner}"
        self._by_key[found] = as_number(weight, what)

    def __delitem__(self, key: Dendrite) -> None:
        del self._by_key[self._find(key)]

    def __iter__(self) -> Iterator[Dendrite]:
        return iter(self._by_key)

    def __len__(self) -> int:
        return len(self._by_key)

    def __repr__(self) -> str:
        return repr(self._by_key)

    def _find(self, key: object) -> Dendrite:
        found = _canonical(key)
        if found not in self._by_key:
            raise unknown(f"{self._part} of {self._owner} by the name", key, self._by_key)
        return found


_NOT_NUMBERS = (str, bytes, bytearray, np.complexfloating)  # float() would read them, or a part of them


def as_number(value: object, what: str) -> float:
    """Read one finite number, or say what was given instead."""
    try:
        number = math.nan if isinstance(value, _NOT_NUMBERS) else float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number):
        raise DataError(f"{sentence(what)} must be a finite number; got {value!r}.")
    return number


def read_threshold(threshold: object, bias: object, what: str) -> float:
    """One number from its two spellings: threshold, or bias, which is its opposite."""
    if threshold is None and bias is None:
        return 0.0
    if threshold is None:
        return 0.0 - as_number(bias, f"the bias of {what}")
    number = as_number(threshold, f"the threshold of {what}")
    if bias is not None and as_number(bias, f"the bias of {what}") != -number:
        raise OptionError(
            f"{sentence(what)} has threshold={threshold!r} and bias={bias!r}; they are one number with opposite signs. "
            "Give one."
        )
    return number


def check_name(name: object) -> Name:
    """A neuron's name is text or a whole number; numpy's become Python's."""
    if isinstance(name, str):
        return str(name) if isinstance(name, np.str_) else name
    if isinstance(name, int | np.integer) and not isinstance(name, bool):
        return int(name)
    raise GraphError(
        f"A neuron's name must be text or a whole number; got {name!r} ({type(name).__name__}). "
        "For a graph with other nodes, use nx.relabel_nodes(G, str) first."
    )


def check_region(name: object) -> None:
    """Raise a GraphError unless this can be the name of a region."""
    if not isinstance(name, str) or not name:
        raise GraphError(f"A region's name must be text; got {name!r}. Write, say, region='V1'.")


def branch_key(name: Name, branch: int) -> Dendrite:
    """How a synapse is named from one end: by the neuron at the other, and the branch where it is not 0."""
    return (name, branch) if branch else name


def _canonical(key: object) -> Dendrite:
    if not isinstance(key, tuple):
        return check_name(key)
    if len(key) != 2 or isinstance(key[1], bool) or not isinstance(key[1], int | np.integer) or key[1] < 0:
        raise GraphError(f"A dendrite is a name, or (name, branch) with a branch number from 0 up; got {key!r}.")
    return branch_key(check_name(key[0]), int(key[1]))


def _other_end(key: Dendrite) -> Name:
    return key[0] if isinstance(key, tuple) else key


def _is_sequence(values: object) -> bool:
    return isinstance(values, Sequence) or (isinstance(values, np.ndarray) and values.ndim > 0)
