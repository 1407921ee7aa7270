"""A run told tick by tick: who fires, and what arrived when a neuron began or ceased to."""

from __future__ import annotations

import dataclasses
import itertools

import numpy as np

from neurosim.anatomy.neuron import Name
from neurosim.anatomy.structure import Floats, Structure
from neurosim.checks import check_count
from neurosim.errors import NotRecordedError, OptionError, shorten
from neurosim.physiology.recording import Recording


@dataclasses.dataclass(frozen=True)
class Change:
    """A neuron that begins to fire, or ceases.

    Attributes
    ----------
    name : str or int
    begins : bool
    arrived : dict
        What synapses brought it in that tick, by presynaptic neuron; without those that brought nothing.
    sensory : bool
        Whether the stimulus drives it.
    """

    name: Name
    begins: bool
    arrived: dict[Name, float]
    sensory: bool

    def __str__(self) -> str:
        what = [f"{value:+g} from {pre}" for pre, value in self.arrived.items()]
        why = "the stimulus" if self.sensory else ", ".join(what) or "nothing arrives"
        return f"{self.name} {'begins' if self.begins else 'ceases'}: {why}"


@dataclasses.dataclass(frozen=True)
class Episode:
    """Ticks in a row in which the same neurons fire.

    Attributes
    ----------
    first, last : int
        Ticks.
    firing : tuple of str or int
        The neurons whose rate is above 0.
    changes : tuple of Change
        What happened in the first of these ticks; nothing in the first tick of the account.
    """

    first: int
    last: int
    firing: tuple[Name, ...]
    changes: tuple[Change, ...]

    @property
    def row(self) -> list[str]:
        """In words: when, who fires, and why it came to that."""
        when = f"{self.first}" if self.first == self.last else f"{self.first} to {self.last}"
        return [when, ", ".join(map(str, self.firing)), "; ".join(map(str, self.changes))]


class Account(tuple[Episode, ...]):
    """The episodes of a run, in their order; ``print`` it."""

    __slots__ = ()

    @property
    def rows(self) -> list[list[str]]:
        """For a table: when, who fires, what changed and what arrived."""
        return [episode.row for episode in self]

    def __str__(self) -> str:
        lines = []
        for episode in self:
            when, firing, _ = episode.row
            lines.append(f"tick {when}: {firing or 'nobody fires'}")
            lines += [f"    {change}" for change in episode.changes]
        return "\n".join(lines)


def account(rec: Recording, *, trial: int | None = None) -> Account:
    """Tell a run tick by tick: who fires, and what arrived when a neuron began or ceased to fire.

    Parameters
    ----------
    rec : Recording
        Of all neurons in every tick, as `simulate` records unless told otherwise.
    trial : int, optional
        Which, if the run had several.

    Returns
    -------
    Account

    Raises
    ------
    NotRecordedError
        If neurons or ticks are missing.
    OptionError
        If it is not said which of the trials.

    Examples
    --------
    >>> import neurosim as ns
    >>> net = ns.Network.from_arrays([0, 1], [1, 2], 1.0, names=["x", "a", "b"], delay=[0, 2], thresholds=[0, 1, 1])
    >>> print(account(ns.simulate(net, {"x": [0, 1]}, ticks=4)))
    tick 0: nobody fires
    tick 1: x, a
        x begins: the stimulus
        a begins: +1 from x
    tick 2: nobody fires
        x ceases: the stimulus
        a ceases: nothing arrives
    tick 3: b
        b begins: +1 from a
    """
    run = _read(rec, trial)
    active, names = run.rates > 0, run.structure.names
    changed = np.flatnonzero((active[1:] != active[:-1]).any(axis=1)) + 1
    first_tick = int(rec.ticks[0]) if len(rec) else 0
    episodes = []
    for start, end in itertools.pairwise([0, *changed.tolist(), len(active)]):
        turned = np.flatnonzero(active[start] != active[start - 1]).tolist() if start else []
        changes = []
        for i in turned:
            heard = {pre: value for pre, value in run.brings(i, start).items() if value}
            changes.append(Change(names[i], bool(active[start, i]), heard, bool(run.structure.sensory[i])))
        firing = tuple(names[i] for i in np.flatnonzero(active[start]).tolist())
        episodes.append(Episode(first_tick + start, first_tick + end - 1, firing, tuple(changes)))
    return Account(episodes)


def arriving(rec: Recording, name: Name, tick: int, *, trial: int | None = None) -> dict[Name, float]:
    """What each presynaptic neuron brings to a neuron in a tick: weight times its rate of `delay` ticks ago.

    For a soma without a past or noise the sum, less the threshold, is the drive in that tick. Weights are those that
    the network has now: of a network that learnt since, tell the run before.

    Parameters
    ----------
    rec : Recording
        Of a synchronous run; of all neurons, in every tick.
    name : str or int
        The neuron that receives.
    tick : int
        One that was recorded.
    trial : int, optional
        Which, if the run had several.

    Returns
    -------
    dict
        By presynaptic neuron, in the order of synapses; over several synapses of one neuron the sum.

    Raises
    ------
    NotRecordedError
        If neurons or ticks are missing.
    OptionError
        If it is not said which of the trials.
    UnknownNameError
        If there is no such neuron.

    Examples
    --------
    >>> import neurosim as ns
    >>> net = ns.Network.from_arrays([0, 1], [2, 2], [1.0, -2.0], delay=[0, 1], outputs=[2])
    >>> arriving(ns.simulate(net, [[1, 1], [1, 0]]), 2, tick=1)
    {0: 1.0, 1: -2.0}
    """
    run = _read(rec, trial)
    check_count("tick", tick)
    row = tick - int(rec.ticks[0])
    if not 0 <= row < len(run.rates):
        raise OptionError(f"Ticks {rec.ticks[0]} to {rec.ticks[-1]} were recorded; got tick={tick}.")
    return run.brings(run.structure.find(name), row)


@dataclasses.dataclass(frozen=True, eq=False)
class _Run:
    """What one trial was.

    Attributes
    ----------
    structure : Structure
    weights : float array, shape (synapses,)
    rates : float array, shape (ticks, neurons)
    before : float array, shape (ticks, neurons)
        Those before the run, latest last; what was before these was the same as the first of them.
    """

    structure: Structure
    weights: Floats
    rates: Floats
    before: Floats

    def brings(self, neuron: int, row: int) -> dict[Name, float]:
        """What each presynaptic neuron brings to a neuron, by number, in a tick of the run."""
        structure = self.structure
        brought: dict[Name, float] = {}
        for synapse in structure.live_dendrites_of(neuron).tolist():
            pre, back = int(structure.pre[synapse]), row - int(structure.delay[synapse])
            rate = self.rates[back, pre] if back >= 0 else self.before[max(back, -len(self.before)), pre]
            source = structure.names[pre]
            brought[source] = brought.get(source, 0.0) + float(self.weights[synapse] * rate)
        return brought


def _read(rec: Recording, trial: int | None) -> _Run:
    """One trial with all that it was, or an error if something is missing."""
    rates = _all_rates(rec, trial)
    assert rec.start is not None
    if rec.net.structure is not rec.plan.structure:
        raise OptionError(
            "The neurons or synapses of this recording's network were edited after the run, so the two no longer "
            "belong together. Simulate again."
        )
    start = rec.start.rates
    before = start[trial if len(start) > 1 else 0] if start.ndim == 3 else start
    return _Run(rec.plan.structure, rec.net.weights, rates, before)


def _all_rates(rec: Recording, trial: int | None) -> Floats:
    """(ticks, neurons) of one trial, or an error if something is missing."""
    if not isinstance(rec, Recording):
        raise OptionError(f"A Recording is needed, from ns.simulate(net, stimulus); got {type(rec).__name__}.")
    missing = [name for name in rec.net.names if name not in rec.names]
    if missing or rec.rows.step != 1 or rec.start is None or (len(rec) and rec.ticks[0] != rec.start.tick):
        what = f"these neurons: {shorten(missing)}" if missing else "some of the ticks"
        raise NotRecordedError(
            f"What arrives is told by all neurons in all ticks, and the recording lacks {what}. Record everything: "
            "ns.simulate(net, stimulus)."
        )
    if rec.trials is None:
        return rec.rates
    if (
        trial is None
        or isinstance(trial, bool)
        or not isinstance(trial, int | np.integer)
        or not 0 <= trial < rec.trials
    ):
        raise OptionError(f"The run had {rec.trials} trials; say which one, as in trial=0 (got {trial!r}).")
    return rec.rates[trial]  # type: ignore[no-any-return]
