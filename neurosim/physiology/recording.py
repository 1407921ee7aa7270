"""What a simulation recorded: traces by neuron and region, impulses, and what is worked out from them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from neurosim.anatomy.network import Network
from neurosim.anatomy.neuron import Name
from neurosim.anatomy.structure import Floats, Indices
from neurosim.checks import check_count
from neurosim.errors import DataError, MissingPackageError, OptionError, shorten, unknown
from neurosim.physiology.recorder import RecordingPlan, Store, in_bytes
from neurosim.physiology.state import State

PerTrial = Indices | list[Indices]


@dataclasses.dataclass(frozen=True, eq=False)
class Recording:
    """What a network did over time.

    Made by `simulate`. In the shapes below ``...`` is () or, where the stimulus or the initial state had an
    axis for trials, (trials,).

    Attributes
    ----------
    net : Network
        The network that ran (itself, not a copy).
    ticks : int array, shape (rows,)
        The number of the tick that each row shows.
    start, state : State
        Before the first tick, and after the last one; ``ns.simulate(..., state=rec.state)`` goes on from there.
    stopped_early : bool
        Whether the run was interrupted.

    Examples
    --------
    >>> import neurosim as ns
    >>> net = ns.Network.from_arrays([0], [1], [1.0], delay=2, thresholds=[0, 1], names=["skin", "cell"])
    >>> rec = ns.simulate(net, {"skin": [1, 0, 1]}, ticks=6)
    >>> rec["cell"]
    array([0., 0., 1., 0., 1., 0.])
    >>> rec.spike_times("cell"), rec.intervals("cell")
    (array([2, 4]), array([2]))
    """

    net: Network
    ticks: Indices
    start: State
    state: State
    stopped_early: bool
    _plan: RecordingPlan
    _store: Store
    _replay: Callable[[int], State]
    thresholds: Floats

    def __post_init__(self) -> None:
        self.ticks.flags.writeable = False
        self.thresholds.flags.writeable = False

    # --- What is there ---------------------------------------------------------------------------

    @property
    def names(self) -> list[Name]:
        """The neurons that were recorded, in the network's order."""
        return [self.net.structure.names[i] for i in self._plan.neurons.tolist()]

    @property
    def regions(self) -> Mapping[str, list[Name]]:
        """The neurons that were recorded, by region."""
        structure = self.net.structure
        found: dict[str, list[Name]] = {}
        for i in self._plan.neurons.tolist():
            if structure.region_of[i] >= 0:
                found.setdefault(structure.regions[structure.region_of[i]], []).append(structure.names[i])
        return MappingProxyType(found)

    @property
    def trials(self) -> int | None:
        """How many trials ran side by side; None where there was no axis for trials."""
        return self.state.trials

    @property
    def nbytes(self) -> int:
        """How much memory the recorded rates and drives take."""
        return self._store.nbytes

    def __len__(self) -> int:
        return len(self.ticks)

    def __repr__(self) -> str:
        what = "rates and drives" if self._plan.drives else "rates"
        trials = "" if self.trials is None else f", {self.trials} trials"
        early = ", stopped early" if self.stopped_early else ""
        span = f"ticks {self.ticks[0]} to {self.ticks[-1]}" if len(self) else "no tick"
        return (
            f"Recording of {len(self._plan.neurons)} of {len(self.net)} neurons, {span} ({len(self)} "
            f"rows{trials}{early}): {what}, {in_bytes(self.nbytes)}"
        )

    # --- Traces ----------------------------------------------------------------------------------

    @property
    def rates(self) -> Floats:
        """Every recorded neuron's rate: shape (..., rows, neurons), in the order of `names`."""
        return self._shaped(self._store.rates(np.arange(len(self._plan.neurons))))

    @property
    def drives(self) -> Floats:
        """Every recorded neuron's drive: shape (..., rows, neurons). Sensory neurons show the stimulus."""
        self._check_drives()
        return self._shaped(self._store.drives(np.arange(len(self._plan.neurons))))

    def __getitem__(self, name: Name) -> Floats:
        """The rate of a neuron, shape (..., rows), or of a region's neurons, (..., rows, neurons).

        Where a neuron and a region have one name, it is the neuron's.
        """
        columns, one = self._columns(name)
        rates = self._shaped(self._store.rates(columns))
        return rates[..., 0] if one else rates

    def drive(self, name: Name) -> Floats:
        """The drive of a neuron, shape (..., rows), or of a region's neurons, (..., rows, neurons)."""
        self._check_drives()
        columns, one = self._columns(name)
        drives = self._shaped(self._store.drives(columns))
        return drives[..., 0] if one else drives

    def _shaped(self, values: Floats) -> Floats:
        """From (rows, neurons, trials) to (..., rows, neurons)."""
        return values[:, :, 0] if self.trials is None else values.transpose(2, 0, 1)

    def _columns(self, name: object) -> tuple[Indices, bool]:
        """Where in the recording a neuron or the neurons of a region are, and which of the two it is."""
        structure, recorded = self.net.structure, self._plan.neurons
        one = _hashable(name) and name in structure.number
        if one:
            numbers = np.array([structure.number[name]])  # type: ignore[index]
        elif isinstance(name, str) and name in structure.regions:
            numbers = structure.members(name)
        else:
            raise unknown("neuron or region", name, [*structure.names, *structure.regions])
        places = np.searchsorted(recorded, numbers)
        there = places < len(recorded)
        there[there] = recorded[places[there]] == numbers[there]
        if not there.any():
            raise DataError(
                f"{'Neuron' if one else 'Region'} {name!r} was not recorded; these were: {shorten(self.names)}. "
                f"Simulate again with record=[{name!r}, ...], or record='all'."
            )
        return places[there], one

    def _check_drives(self) -> None:
        if not self._plan.drives:
            raise DataError("Only rates were recorded. For drives simulate again with drives=True.")

    # --- What is worked out ----------------------------------------------------------------------

    def population_rate(self, name: str | None = None) -> Floats:
        """The mean rate over a region, or over every recorded neuron, in each tick.

        Parameters
        ----------
        name : str, optional

        Returns
        -------
        float array, shape (..., rows)
        """
        self._check_some()
        rates = self.rates if name is None else self[name]
        mean: Floats = rates if name in self.net.structure.number else rates.mean(axis=-1)
        return mean

    def spike_times(self, name: Name, *, above: float | None = None) -> PerTrial:
        """The ticks in which a neuron fired.

        Parameters
        ----------
        name : str or int
            A neuron.
        above : float, optional
            The rate that must be exceeded to count as firing. Needed for a neuron that is not binary.

        Returns
        -------
        int array, or with trials a list of them, one for each
        """
        columns, one = self._columns(name)
        if not one:
            raise OptionError(f"{name!r} is a region; name one of its neurons, such as {self.regions[str(name)][0]!r}.")
        if above is None:
            if not self._plan.binary[columns[0]]:
                raise OptionError(
                    f"Neuron {name!r} is not binary, so whether it fires depends on where the line is drawn. Say "
                    f"where, as in rec.spike_times({name!r}, above=0.5)."
                )
            above = 0.5
        fired = np.atleast_2d(self[name]) > above
        times = [self.ticks[row] for row in fired]
        return times[0] if self.trials is None else times

    def intervals(self, name: Name, *, above: float | None = None) -> PerTrial:
        """The ticks from one impulse of a neuron to the next; arguments and result as for `spike_times`."""
        if self._plan.every > 1:
            raise OptionError(
                f"Only every {self._plan.every}th tick was recorded, so impulses between them are missing. Simulate "
                "again with every=1."
            )
        times = self.spike_times(name, above=above)
        return [np.diff(each) for each in times] if isinstance(times, list) else np.diff(times)

    def correlation(self, regions: Sequence[str] | None = None) -> RegionCorrelation:
        """Pearson's correlation of the regions' population rates over time.

        With trials, each trial's mean is taken off first, so that what differs only from trial to trial
        does not count. NaN where a region's rate never changes.

        Parameters
        ----------
        regions : sequence of str, optional
            All that were recorded, unless said.

        Returns
        -------
        RegionCorrelation
        """
        self._check_some()
        regions = list(self.regions) if regions is None else list(regions)
        if not regions:
            raise OptionError("There are no regions in this recording. Name regions in the network: region='V1'.")
        rates = np.array([np.atleast_2d(self.population_rate(region)) for region in regions], dtype=float)
        rates -= rates.mean(axis=-1, keepdims=True)
        rates = rates.reshape(len(regions), -1)
        size = np.sqrt((rates**2).sum(axis=1))
        size[size <= 1e-12 * max(1, rates.shape[1])] = np.nan
        values = rates @ rates.T / np.outer(size, size)
        return RegionCorrelation(tuple(regions), np.clip(values, -1, 1))

    def _check_some(self) -> None:
        if not len(self._plan.neurons) or not len(self):
            raise DataError("Nothing was recorded. Simulate again with record='all', or a list of names.")

    # --- Back in time, and elsewhere -------------------------------------------------------------

    def rewind(self, tick: int) -> State:
        """The state as it was before a tick, so that ``simulate(..., state=rec.rewind(t))`` starts with tick t.

        The run is done again from its start, so it takes no memory while it goes on.

        Parameters
        ----------
        tick : int
            From ``rec.start.tick`` to ``rec.state.tick``.

        Returns
        -------
        State

        Raises
        ------
        OptionError
            If the run was not there.
        DataError
            If the network was changed since.
        """
        check_count("tick", tick)
        if not self.start.tick <= tick <= self.state.tick:
            raise OptionError(
                f"This run went from tick {self.start.tick} to {self.state.tick}, so it was never at {tick}. Choose a "
                "tick within."
            )
        if tick == self.start.tick:
            return self.start
        return self.state if tick == self.state.tick else self._replay(int(tick))

    def to_pandas(self) -> Any:
        """The rates as a table: a column for each neuron, a row for each tick (or for each trial and tick)."""
        pandas = _optional("pandas")
        rates = self.rates
        if self.trials is None:
            index = pandas.Index(self.ticks, name="tick")
        else:
            index = pandas.MultiIndex.from_product([range(self.trials), self.ticks], names=["trial", "tick"])
        columns = pandas.Index(self.names, name="neuron")
        return pandas.DataFrame(rates.reshape(-1, rates.shape[-1]), index=index, columns=columns)

    def to_xarray(self) -> Any:
        """Rates, and drives where they were recorded, by (trial), tick and neuron; regions stand beside."""
        xarray = _optional("xarray")
        dimensions = ("tick", "neuron") if self.trials is None else ("trial", "tick", "neuron")
        structure = self.net.structure
        regions = [structure.regions[i] if i >= 0 else "" for i in structure.region_of[self._plan.neurons].tolist()]
        values = {"rate": (dimensions, self.rates)}
        if self._plan.drives:
            values["drive"] = (dimensions, self.drives)
        names = np.array(self.names, dtype=object)
        return xarray.Dataset(values, coords={"tick": self.ticks, "neuron": names, "region": ("neuron", regions)})


@dataclasses.dataclass(frozen=True, eq=False)
class RegionCorrelation:
    """How the activity of regions goes together.

    Attributes
    ----------
    regions : tuple of str
    values : float array, shape (regions, regions)
        From -1 to 1; NaN for a region whose rate never changes.
    """

    regions: tuple[str, ...]
    values: npt.NDArray[np.float64]

    def __getitem__(self, pair: tuple[str, str]) -> float:
        """The correlation of two regions."""
        for region in pair:
            if region not in self.regions:
                raise unknown("region", region, self.regions)
        one, other = pair
        return float(self.values[self.regions.index(one), self.regions.index(other)])

    def __repr__(self) -> str:
        width = max(6, *map(len, self.regions))
        lines = [" " * width + "".join(f"  {region:>{width}}" for region in self.regions)]
        for region, row in zip(self.regions, self.values.tolist(), strict=True):
            lines.append(f"{region:>{width}}" + "".join(f"  {value:>{width}.2f}" for value in row))
        return "\n".join(lines)


def _hashable(name: object) -> bool:
    try:
        hash(name)
    except TypeError:
        return False
    return True


def _optional(package: str) -> Any:
    import importlib

    try:
        return importlib.import_module(package)
    except ImportError:
        raise MissingPackageError(
            f"This needs {package}, which is not installed. Type: python -m pip install {package}. Or take rec.rates, "
            "a numpy array."
        ) from None
