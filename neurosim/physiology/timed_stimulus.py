"""Stimuli that change from tick to tick: arrays, sequences by name, or functions of the tick."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from neurosim.anatomy.network import Network
from neurosim.anatomy.neuron import Name
from neurosim.anatomy.structure import Floats, Indices
from neurosim.checks import check_count
from neurosim.errors import DataError, OptionError, shorten, unknown
from neurosim.physiology.stimulus import check_network, read_finite

Stimulus: TypeAlias = "npt.ArrayLike | Mapping[Any, Any] | Callable[[int], Any] | None"


@dataclasses.dataclass(frozen=True, eq=False)
class TimedStimulus:
    """What the sensory neurons show, tick by tick.

    Attributes
    ----------
    ticks : int
    trials : int or None
        None where the stimulus has no axis for trials.
    parts : tuple of (int array, float array)
        Places among the inputs, and their rates: shape (places,), or (ticks, places), or (trials, ticks, places).
    function : callable or None
        Instead of parts: for each tick the parts of that tick, with rates of shape (places,) or (trials, places).
    """

    ticks: int
    trials: int | None
    n_inputs: int
    dtype: np.dtype[Any]
    parts: tuple[tuple[Indices, Floats], ...] = ()
    function: Callable[[int], tuple[tuple[Indices, Floats], ...]] | None = None
    first_tick: int = 0

    def at(self, tick: int, trials: int) -> Floats:
        """The stimulus of a tick, counted from the start of the run: shape (inputs, trials)."""
        rates = np.zeros((self.n_inputs, trials), self.dtype)
        if self.function is not None:
            for places, values in self.function(self.first_tick + tick):
                rates[places] = values.T if values.ndim == 2 else values[:, None]
            return rates
        for places, values in self.parts:
            if values.ndim == 1:
                rates[places] = values[:, None]
            elif tick < values.shape[-2]:
                rates[places] = values[tick][:, None] if values.ndim == 2 else values[:, tick].T
        return rates


def read_timed_stimulus(
    net: Network,
    stimulus: Stimulus,
    ticks: int | None = None,
    *,
    first_tick: int = 0,
    what: str = "The stimulus",
) -> TimedStimulus:
    """Check a stimulus in time.

    Parameters
    ----------
    net : Network
    stimulus : array_like, mapping, callable or None
        See `simulate`.
    ticks : int, optional
        How many ticks there are to be; from the stimulus, unless said.
    first_tick : int
        The number that functions know the first tick by.
    what : str
        Its name in messages.

    Returns
    -------
    TimedStimulus

    Raises
    ------
    DataError
        If it has the wrong shape, or is not finite numbers.
    OptionError
        If the number of ticks is missing, or not a whole number from 1 up.
    UnknownNameError
        If a name is not among the inputs.
    """
    check_network(net)
    if ticks is not None:
        check_count("ticks", ticks, least=1)
    n_inputs = len(net.structure.inputs)
    if stimulus is None:
        stimulus = {}
    if callable(stimulus):
        return _read_function(net, stimulus, _needed(ticks, "function"), first_tick)
    parts = _read_mapping(net, stimulus) if isinstance(stimulus, Mapping) else _read_array(net, stimulus, ticks, what)
    lengths = [values.shape[-2] for _, values in parts if values.ndim > 1]
    if ticks is None:
        ticks = max(lengths, default=None) or _needed(None, "stimulus that is the same in every tick")
    longest = max(lengths, default=0)
    if longest > ticks:
        raise DataError(f"The stimulus goes on for {longest} ticks, but ticks={ticks}. Cut it, or leave ticks out.")
    trials = _one_number_of_trials([values.shape[0] for _, values in parts if values.ndim == 3])
    return TimedStimulus(ticks, trials, n_inputs, net.dtype, parts=tuple(parts))


def _needed(ticks: int | None, what: str) -> int:
    if ticks is None:
        raise OptionError(f"A {what} does not say for how long: write ticks=, as in ns.simulate(net, stimulus, 100).")
    return ticks


def _read_array(net: Network, given: Any, ticks: int | None, what: str) -> list[tuple[Indices, Floats]]:
    array = read_finite(given, what, net.dtype)
    n_inputs = len(net.structure.inputs)
    if array.ndim not in (1, 2, 3) or array.shape[-1] != n_inputs or not array.size:
        raise DataError(
            f"{what} must have the shape (ticks, {n_inputs}) or (trials, ticks, {n_inputs}), a column for each "
            f"input, {shorten(net.inputs)}; or ({n_inputs},), the same in every tick. Got shape {array.shape}."
            + _shape_hint(net, array)
        )
    _check_finite(array, what, net.inputs)
    if array.ndim > 1 and ticks is not None and array.shape[-2] < ticks:
        raise DataError(
            f"{what} ends after {array.shape[-2]} ticks, but ticks={ticks}. Leave ticks out, or write "
            "{name: sequence}: a sequence that ends is followed by silence."
        )
    return [(np.arange(n_inputs), array)]


def _shape_hint(net: Network, array: Floats) -> str:
    n_inputs = len(net.structure.inputs)
    if array.ndim == 1 and n_inputs == 1:
        return " For one value a tick write stimulus.reshape(-1, 1)."
    if array.ndim in (2, 3) and array.shape[-2] == n_inputs:
        return f" Inputs are the last axis: try np.swapaxes(stimulus, {array.ndim - 2}, {array.ndim - 1})."
    return f" To drive some inputs only, write {{{net.inputs[0]!r}: sequence}}."


def _read_mapping(net: Network, given: Mapping[Any, Any]) -> list[tuple[Indices, Floats]]:
    parts = []
    for name, places in _named_once(net, given):
        is_region = name not in net.structure.number
        parts.append((places, _read_sequence(net, name, given[name], places, is_region=is_region)))
    return parts


def _named_once(net: Network, given: Mapping[Any, Any]) -> list[tuple[Any, Indices]]:
    """The places of each name; no input may be meant twice."""
    named, taken = [], np.zeros(len(net.structure.inputs), dtype=bool)
    for name in given:
        places = _places(net, name)
        if taken[places].any():
            raise DataError(f"The stimulus names {name!r} more than once, by itself and by its region. Name it once.")
        taken[places] = True
        named.append((name, places))
    return named


def _read_sequence(net: Network, name: Name, value: Any, places: Indices, *, is_region: bool) -> Floats:
    """The rates of one neuron or region, the last axis for neurons."""
    what = f"The stimulus of {name!r}"
    array = read_finite(value, what, net.dtype)
    if not is_region or array.ndim == 0:
        fits = array.ndim <= 2
        needed = "a number, one for each tick, or (trials, ticks) of them"
        array = np.repeat(array[..., None], len(places), axis=-1)
    else:
        n = len(places)
        if n == 1 and array.ndim == 1 and len(array) > 1:  # of a single neuron: one for each tick
            array = array[:, None]
        fits = array.ndim <= 3 and array.shape[-1] == n
        needed = f"a number, or an array of shape ({n},), (ticks, {n}) or (trials, ticks, {n})"
    if not fits or not array.size:
        raise DataError(f"{what} must be {needed}; got shape {np.shape(value)}.")
    _check_finite(array, what, [net.inputs[place] for place in places.tolist()])
    return array


def _places(net: Network, name: Any) -> Indices:
    """Where among the inputs a neuron or the neurons of a region are."""
    structure = net.structure
    if isinstance(name, str) and name not in structure.number and name in structure.regions:
        numbers = structure.members(name)
        if not structure.sensory[numbers].all():
            raise DataError(
                f"The region {name!r} is not sensory, so no stimulus drives it. The inputs are {shorten(net.inputs)}."
            )
    else:
        if name not in structure.number:
            raise unknown("input", name, [*net.inputs, *_sensory_regions(net)])
        numbers = np.array([structure.number[name]])
        if not structure.sensory[numbers[0]]:
            raise DataError(
                f"Neuron {name!r} is not sensory, so no stimulus drives it. The inputs are {shorten(net.inputs)}. To "
                "drive it, let a sensory neuron make a synapse with it."
            )
    return np.searchsorted(structure.inputs, numbers)


def _sensory_regions(net: Network) -> list[str]:
    structure = net.structure
    return [region for region in structure.regions if structure.sensory[structure.members(region)].all()]


def _read_function(net: Network, function: Callable[[int], Any], ticks: int, first_tick: int) -> TimedStimulus:
    n_inputs = len(net.structure.inputs)

    def parts_at(tick: int) -> tuple[tuple[Indices, Floats], ...]:
        given = function(tick)
        what = f"The stimulus of tick {tick}"
        if isinstance(given, Mapping):
            named = _named_once(net, given)
            return tuple((places, _read_moment(net, name, given[name], what)) for name, places in named)
        array = read_finite(given, what, net.dtype)
        if array.ndim not in (1, 2) or array.shape[-1] != n_inputs:
            raise DataError(
                f"{what} must have the shape ({n_inputs},) or (trials, {n_inputs}), a column for each input, "
                f"{shorten(net.inputs)}; got shape {array.shape}."
            )
        _check_finite(array, what, net.inputs)
        return ((np.arange(n_inputs), array),)

    first = parts_at(first_tick)
    trials = _one_number_of_trials([len(values) for _, values in first if values.ndim == 2])

    def checked(tick: int) -> tuple[tuple[Indices, Floats], ...]:
        parts = first if tick == first_tick else parts_at(tick)
        for _, values in parts:
            if values.ndim == 2 and len(values) != trials:
                raise DataError(
                    f"The stimulus of tick {tick} is for {len(values)} trials, but that of tick {first_tick} was for "
                    f"{'one' if trials is None else trials}. It must be the same number in every tick."
                )
        return parts

    return TimedStimulus(ticks, trials, n_inputs, net.dtype, function=checked, first_tick=first_tick)


def _read_moment(net: Network, name: Name, value: Any, what: str) -> Floats:
    places = _places(net, name)
    array = read_finite(value, f"{what} for {name!r}", net.dtype)
    if name in net.structure.number or array.ndim == 0 or (len(places) == 1 and array.ndim == 1 and len(array) > 1):
        array = np.repeat(array[..., None], len(places), axis=-1)
    if array.ndim not in (1, 2) or array.shape[-1] != len(places):
        n = len(places)
        needed = "a number, or one for each trial" if n == 1 else f"a number, ({n},) or (trials, {n}) of them"
        raise DataError(f"{what} for {name!r} must be {needed}; got shape {np.shape(value)}.")
    _check_finite(array, f"{what} for {name!r}", [net.inputs[place] for place in places.tolist()])
    return array


def _one_number_of_trials(counts: list[int]) -> int | None:
    if len(set(counts)) > 1:
        told = ", ".join(map(str, sorted(set(counts))))
        raise DataError(f"The stimulus speaks of different numbers of trials: {told}. Give as many for each input.")
    return counts[0] if counts else None


def _check_finite(array: Floats, what: str, inputs: list[Name]) -> None:
    wrong = np.argwhere(~np.isfinite(array))
    if not wrong.size:
        return
    *where, column = wrong[0].tolist()
    words = "".join(f" in {axis} {i}" for axis, i in zip(("trial", "tick")[2 - len(where) :], where, strict=True))
    raise DataError(
        f"{what} must be finite; input {inputs[column]!r} is {array[tuple(wrong[0])]}{words} ({len(wrong)} such in "
        "all)."
    )
