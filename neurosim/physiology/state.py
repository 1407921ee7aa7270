"""The state of a network between two ticks: everything that the next tick needs to know of those before."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from neurosim.anatomy.network import Network
from neurosim.anatomy.neuron import Name
from neurosim.anatomy.structure import Floats, Indices, Structure
from neurosim.errors import DataError, shorten
from neurosim.physiology.stimulus import read_finite


@dataclasses.dataclass(frozen=True, eq=False)
class State:
    """What a network has done and kept; made by `simulate`, and taken up by it.

    Attributes
    ----------
    names : tuple of str or int
        The neurons, in the network's order.
    tick : int
        How many ticks have gone by.
    rates : float array, shape (..., ticks, neurons)
        The rates of the last ticks, as far back as the longest delay reaches (one tick at least), the
        latest last. ``...`` is () or (trials,).
    potentials : float array, shape (..., neurons)
        What each soma has kept of its potential; 0 for a soma that does not remember.
    resting : int array, shape (..., neurons)
        For how many more ticks each soma rests.
    rng : numpy.random.Generator or None
        What noise will be drawn from; a copy is used each time.

    Examples
    --------
    >>> import neurosim as ns
    >>> net = ns.Network.from_arrays([0, 1], [1, 1], [1.0, 1.0], delay=[0, 1], thresholds=[0, 1])
    >>> first = ns.simulate(net, {0: [1, 0, 0]})
    >>> first.state.tick, first.state[1]
    (3, array(1.))
    >>> ns.simulate(net, {0: [0, 0]}, state=first.state)[1]
    array([1., 1.])
    """

    names: tuple[Name, ...]
    tick: int
    rates: Floats
    potentials: Floats
    resting: Indices
    rng: np.random.Generator | None = None

    def __post_init__(self) -> None:
        for name in ("rates", "potentials", "resting"):
            view = getattr(self, name).view()
            view.flags.writeable = False
            object.__setattr__(self, name, view)

    @property
    def trials(self) -> int | None:
        """How many trials run side by side; None where the state has no axis for trials."""
        return None if self.rates.ndim == 2 else len(self.rates)

    def __getitem__(self, name: Name) -> Floats:
        """A neuron's latest rate, shape (...)."""
        if name not in self.names:
            raise DataError(f"This state has no neuron {name!r}. It has {shorten(self.names)}.")
        latest: Floats = self.rates[..., -1, self.names.index(name)]
        return latest

    def __repr__(self) -> str:
        trials = "" if self.trials is None else f", {self.trials} trials"
        return f"State of {len(self.names)} neurons after {self.tick} ticks{trials}"

    def generator(self) -> np.random.Generator | None:
        """A copy of the generator, so that the state can be taken up any number of times."""
        return copy.deepcopy(self.rng)


InitialState: TypeAlias = State | Mapping[Any, Any] | npt.ArrayLike | None


def silence(structure: Structure, dtype: npt.DTypeLike) -> State:
    """Nothing has happened."""
    n = structure.n_neurons
    return State(structure.names, 0, np.zeros((1, n), dtype), np.zeros(n, dtype), np.zeros(n, np.int32))


def read_state(net: Network, state: InitialState) -> State:
    """Check a chosen initial state.

    Parameters
    ----------
    net : Network
    state : State, mapping, array_like or None
        From an earlier `simulate`; or the rates of some neurons (or of all neurons of a region) by name,
        each a number or one for every trial; or the rates of all neurons, shape (neurons,) or (trials,
        neurons), in the order of ``net.names``. Rates are taken to have been so in every tick before; for
        impulses that are under way give those of the last ticks, shape (trials, ticks, neurons), latest last.

    Returns
    -------
    State

    Raises
    ------
    DataError
        If it is of another network, or not finite numbers.
    UnknownNameError
        If a name is not in the network.
    """
    structure, dtype = net.structure, net.dtype
    if state is None:
        return silence(structure, dtype)
    if isinstance(getattr(state, "state", None), State):
        raise DataError("This is a whole recording; to go on where it stopped, write state=rec.state.")
    if isinstance(state, State):
        if state.names != structure.names:
            raise DataError(
                f"The state is of another network: it has the neurons {shorten(state.names, most=5)}, and this network "
                f"has {shorten(structure.names, most=5)}. Use a state that ns.simulate gave for this network."
            )
        _check_state(structure, state)
        return dataclasses.replace(
            state,
            rates=state.rates.astype(dtype),
            potentials=state.potentials.astype(dtype),
            resting=state.resting.copy(),
        )
    rates = _rates_by_name(net, state) if isinstance(state, Mapping) else read_finite(state, "state", dtype)
    if rates.ndim not in (1, 2, 3) or rates.shape[-1] != structure.n_neurons or not rates.size:
        raise DataError(
            f"A state of rates must have the shape ({structure.n_neurons},) or (trials, {structure.n_neurons}), one "
            f"for each neuron in the order of net.names; got shape {rates.shape}. To set some of them, write "
            f"state={{{structure.names[0]!r}: 1}}."
        )
    wrong = np.argwhere(~np.isfinite(rates))
    if wrong.size:
        name = structure.names[wrong[0][-1]]
        raise DataError(f"A state must be finite; the rate of {name!r} is {rates[tuple(wrong[0])]}.")
    _check_impulses(structure, rates)
    history = rates.copy() if rates.ndim == 3 else rates[..., None, :].copy()
    now = history[..., -1, :]
    return State(structure.names, 0, history, np.zeros_like(now), np.zeros(now.shape, np.int32))


def _check_state(structure: Structure, state: State) -> None:
    """A state that was changed by hand may be none any more."""
    n, somas = structure.n_neurons, (*state.rates.shape[:-2], structure.n_neurons)
    shapes = state.rates.shape, state.potentials.shape, state.resting.shape
    if (
        state.rates.ndim not in (2, 3)
        or not state.rates.size
        or shapes != ((*somas[:-1], shapes[0][-2], n), somas, somas)
    ):
        raise DataError(
            f"The arrays of this state do not fit together: rates {shapes[0]}, potentials {shapes[1]}, resting "
            f"{shapes[2]}. For {n} neurons they have the shapes (..., ticks, {n}), (..., {n}) and (..., {n})."
        )
    if not (np.isfinite(state.rates).all() and np.isfinite(state.potentials).all()) or (state.resting < 0).any():
        raise DataError("The rates and potentials of a state must be finite, and nobody rests for fewer than 0 ticks.")
    _check_impulses(structure, state.rates)


def _check_impulses(structure: Structure, rates: Floats) -> None:
    """A binary neuron fires or does not."""
    graded = structure.has_mode("binary") & ~np.isin(rates, (0, 1)).reshape(-1, structure.n_neurons).all(axis=0)
    if graded.any():
        name, rate = structure.names[int(graded.argmax())], rates[..., int(graded.argmax())].max()
        raise DataError(
            f"Neuron {name!r} is binary, so its rate in a state is 0 or 1; got {rate:g}. Write 1 if it fires."
        )


def _rates_by_name(net: Network, given: Mapping[Any, Any]) -> Floats:
    structure = net.structure
    parts: list[tuple[Indices, Floats]] = []
    for name, value in given.items():
        rates = read_finite(value, f"The state of {name!r}", net.dtype)
        if rates.ndim > 1:
            raise DataError(
                f"The state of {name!r} must be a number, or one for each trial; got shape {rates.shape}. For each "
                "neuron of its own give an array (trials, neurons), in the order of net.names."
            )
        parts.append((find_neurons(structure, name), rates))
    lengths = {rates.shape for _, rates in parts if rates.ndim}
    if len(lengths) > 1:
        told = ", ".join(str(shape[0]) for shape in sorted(lengths))
        raise DataError(
            f"The state speaks of different numbers of trials: {told}. Give as many values for each neuron."
        )
    whole = np.zeros((*next(iter(lengths), ()), structure.n_neurons), net.dtype)
    for neurons, rates in parts:
        whole[..., neurons] = rates[..., None]
    return whole


def find_neurons(structure: Structure, name: object) -> Indices:
    """The number of the neuron with this name, or those of the region's; or an error that suggests the nearest."""
    if name not in structure.number and isinstance(name, str) and name in structure.regions:
        return structure.members(name)
    return np.array([structure.find(name)])
