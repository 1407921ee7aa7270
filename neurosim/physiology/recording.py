"""What a network did, tick by tick: the result of a simulation, asked by name."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import EllipsisType
from typing import Any

import numpy as np
import numpy.typing as npt

from neurosim.anatomy.network import Network
from neurosim.anatomy.neuron import Name
from neurosim.anatomy.structure import NO_REGION, Floats, Indices
from neurosim.checks import check_count, check_number
from neurosim.errors import NotRecordedError, OptionError, counted, shorten, unknown
from neurosim.physiology.correlation import RegionCorrelation, correlated
from neurosim.physiology.recording_plan import RecordingPlan, in_bytes, members_of
from neurosim.physiology.state import State
from neurosim.physiology.traces import Traces

Ticks = npt.NDArray[np.int64]


@dataclasses.dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Recording:
    """Rates, and drives if they were asked for, of the recorded neurons.

    ``rec["V1"]`` and ``rec.rates`` have the shape (ticks, neurons), with a leading axis of trials where the stimulus
    had one: written (..., ticks, neurons) below. Every array is unpacked when it is asked for and is yours to change.

    Attributes
    ----------
    plan : RecordingPlan
        What was asked for.
    rows : range
        The recorded ticks; `ticks` is the same as an array.
    trials : int or None
        None where the stimulus had no trials axis.
    thresholds : float array, shape (neurons,)
        Of the recorded neurons, at the time of the run.
    traces, drive_traces : Traces
        What was stored; None where drives were not.
    state, start : State
        The network's state after the last tick of the run, and before the first. With ``state=rec.state`` `simulate`
        goes on from there; see also `rewind`.
    stopped_early : bool
        Whether the run was interrupted; what is here is what was recorded until then.
    replay : callable
        Does the run again up to a tick; see `rewind`.
    """

    plan: RecordingPlan
    rows: range
    trials: int | None
    thresholds: Floats
    traces: Traces
    drive_traces: Traces | None = None
    state: State | None = None
    start: State | None = None
    stopped_early: bool = False
    replay: Callable[[int], State] | None = None

    __iter__ = None  # else Python would ask for rec[0], rec[1], ..., which are neurons where names are numbers

    # --- What was recorded -----------------------------------------------------------------------

    @property
    def net(self) -> Network:
        """The network that ran."""
        return self.plan.net

    @property
    def names(self) -> list[Name]:
        """The recorded neurons, in the network's order."""
        return [self.plan.structure.names[i] for i in self.plan.neurons.tolist()]

    @property
    def ticks(self) -> Ticks:
        """The number of each recorded tick, counted from the start of time: also on from a state."""
        return np.arange(self.rows.start, self.rows.stop, self.rows.step, dtype=np.int64)

    @property
    def regions(self) -> Mapping[str, list[Name]]:
        """The recorded neurons of each region; regions of which none was recorded are left out."""
        return _RecordedRegions(self.plan)

    @property
    def n_bytes(self) -> int:
        """How much memory the traces take."""
        return self.traces.n_bytes + (0 if self.drive_traces is None else self.drive_traces.n_bytes)

    def __len__(self) -> int:
        return len(self.rows)

    def __contains__(self, name: object) -> bool:
        if not isinstance(name, str | int | np.integer):
            return False
        number = self.plan.structure.number.get(name, -1)  # type: ignore[arg-type]
        return name in self.regions or self._among_recorded(np.array([number])).size > 0

    def __repr__(self) -> str:
        steps = f" in steps of {self.rows.step}" if self.rows.step > 1 else ""
        what = "rates" if self.drive_traces is None else "rates and drives"
        early = ", stopped early" if self.stopped_early else ""
        return (
            f"Recording of {counted(len(self.plan.neurons), 'neuron')} over {counted(len(self), 'tick')}{steps} "
            f"({counted(1 if self.trials is None else self.trials, 'trial')}): {what}, {in_bytes(self.n_bytes)}{early}"
        )

    # --- Rates and drives ------------------------------------------------------------------------

    def __getitem__(self, name: Name) -> Floats:
        """The rates of a neuron, (..., ticks), or of a region's recorded neurons, (..., ticks, neurons).

        Where a neuron and a region have one name, the neuron's.
        """
        if isinstance(name, slice | tuple | EllipsisType):
            raise OptionError(
                "A recording is asked by name, as in rec['V1']; for a stretch of ticks write rec.rates[..., 0:5, :], "
                "with axes (trials,) ticks, neurons."
            )
        return self._named(self.traces, name)

    @property
    def rates(self) -> Floats:
        """The rates of all recorded neurons, (..., ticks, neurons), in the order of `names`."""
        return self._shaped(self.traces.read(np.arange(len(self.plan.neurons))))

    def drive(self, name: Name) -> Floats:
        """The drives of a neuron, (..., ticks), or of a region's recorded neurons, (..., ticks, neurons)."""
        return self._named(self._recorded_drives, name)

    @property
    def drives(self) -> Floats:
        """The drives of all recorded neurons, (..., ticks, neurons), in the order of `names`."""
        return self._shaped(self._recorded_drives.read(np.arange(len(self.plan.neurons))))

    @property
    def _recorded_drives(self) -> Traces:
        if self.drive_traces is None:
            raise NotRecordedError(
                "Only rates were recorded. To record drives as well: ns.simulate(net, stimulus, drives=True)."
            )
        return self.drive_traces

    def _named(self, traces: Traces, name: object) -> Floats:
        columns = self._columns(name)
        values = self._shaped(traces.read(columns))
        return values[..., 0] if self._is_neuron(name) else values

    def _shaped(self, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Without the axis of trials where the stimulus had none."""
        return values[0] if self.trials is None else values

    def _is_neuron(self, name: object) -> bool:
        return name in self.plan.structure.number

    def _columns(self, name: object) -> Indices:
        """Where the recorded neurons of this name lie among all recorded."""
        members = members_of(self.plan.structure, name)
        return self._recorded(members, "Neuron" if self._is_neuron(name) else "Region", name)

    def _recorded(self, members: Indices, what: str, name: object) -> Indices:
        """Where these neurons lie among all recorded, or an error if none of them was."""
        columns = self._among_recorded(members)
        if columns.size:
            return columns
        raise NotRecordedError(
            f"{what} {name!r} exists but was not recorded; recorded were: {shorten(self.names) or 'none'}. "
            f"In ns.simulate say record={name!r}, or record='all', or put {name!r} into the list that record is given."
        )

    def _among_recorded(self, members: Indices) -> Indices:
        """Where these neurons lie among the recorded; those that were not recorded are left out."""
        recorded = self.plan.neurons
        columns = np.searchsorted(recorded, members)
        there = columns < len(recorded)
        there[there] = recorded[columns[there]] == members[there]
        return columns[there]

    # --- Questions -------------------------------------------------------------------------------

    def population_rate(self, name: Name | None = None) -> Floats:
        """The mean rate over neurons in each tick.

        Parameters
        ----------
        name : str or int, optional
            A region (its recorded neurons) or a neuron; everything recorded unless given.

        Returns
        -------
        float array, shape (..., ticks)

        Raises
        ------
        NotRecordedError
            If nothing, or nothing of this name, was recorded.
        """
        if name is None and not self.plan.neurons.size:
            raise NotRecordedError(
                "No neuron was recorded, so there is no population rate. In ns.simulate say record='all', or the name "
                "of a region."
            )
        columns = np.arange(len(self.plan.neurons)) if name is None else self._columns(name)
        return self._shaped(self.traces.mean(columns)).astype(self.plan.net.dtype)

    def spike_times(self, name: Name, *, above: float | None = None) -> Ticks | list[Ticks]:
        """The recorded ticks in which a neuron fired.

        Parameters
        ----------
        name : str or int
            A neuron.
        above : float, optional
            A neuron fires in a tick in which its rate is greater. A binary neuron fires where its rate is 1, and needs
            no such number.

        Returns
        -------
        int array, or a list of int arrays, one a trial

        Raises
        ------
        OptionError
            If the neuron is graded or sensory and `above` is not given; or if this is a region.
        """
        if above is not None:
            check_number("above", above)
        column = self._one(name)
        if above is None and not self.traces.binary[column]:
            structure = self.plan.structure
            mode = structure.modes[structure.mode_of[self.plan.neurons[column]]]
            raise OptionError(
                f"Neuron {name!r} is {mode.name}, so its rate is a number and it is for you to say what a spike is: "
                f"write above=, as in rec.spike_times({name!r}, above=0.5) for the ticks in which its rate is greater "
                "than 0.5."
            )
        fired = self.traces.read(np.array([column]))[:, :, 0] > (0.5 if above is None else above)
        times = [self.ticks[trial] for trial in fired]
        return times[0] if self.trials is None else times

    def intervals(self, name: Name, *, above: float | None = None) -> Ticks | list[Ticks]:
        """The inter-spike intervals of a neuron, in ticks: from each of its spikes to the next.

        Parameters
        ----------
        name, above
            As for `spike_times`.

        Returns
        -------
        int array, or a list of int arrays, one a trial
            One fewer than there are spikes.

        Raises
        ------
        OptionError
            If only every second, third, ... tick was recorded: a spike between them would be missed.
        """
        if self.plan.every > 1:
            raise OptionError(
                f"Only ticks whose number is a multiple of {self.plan.every} were recorded, so spikes between them are "
                "missing and intervals would come out too long. Record every tick: "
                f"ns.simulate(net, stimulus, record={name!r}, every=1)."
            )
        times = self.spike_times(name, above=above)
        return [np.diff(trial) for trial in times] if isinstance(times, list) else np.diff(times)

    def _one(self, name: object) -> int:
        """The column of a single neuron."""
        columns = self._columns(name)
        if self._is_neuron(name):
            return int(columns[0])
        raise OptionError(
            f"{name!r} is a region of {counted(len(columns), 'recorded neuron')}, and spikes are those of one neuron. "
            f"For each: {{name: rec.spike_times(name) for name in rec.regions[{name!r}]}}."
        )

    def correlation(self, regions: Sequence[str] | None = None) -> RegionCorrelation:
        """How the population rates of regions go together over ticks.

        Pearson's correlation of the population rates. Each trial's mean over its ticks is taken off first and all
        trials are pooled, so that what is measured is going up and down together within trials, not a difference
        between trials::

            c(A, B) = sum_kt a_kt b_kt / sqrt(sum_kt a_kt^2 * sum_kt b_kt^2),   a_kt = A_kt - mean over t of A_kt

        Parameters
        ----------
        regions : list of str, optional
            All that were recorded, unless given.

        Returns
        -------
        RegionCorrelation
            NaN where the rate of a region is constant within every trial, or not finite: it has no correlation then.

        Raises
        ------
        OptionError
            If there is no region.
        """
        chosen = [regions] if isinstance(regions, str) else list(self.regions if regions is None else regions)
        if not chosen:
            raise OptionError(
                "There is no region to correlate: none of the recorded neurons belongs to one. Give neurons a region, "
                "as in G.add_node('h', region='V1'), or record some that have one."
            )
        members = self.plan.structure.members
        rates = [self.traces.mean(self._recorded(members(region), "Region", region)) for region in chosen]
        return RegionCorrelation(tuple(chosen), correlated(np.stack(rates)))

    # --- Back in time ----------------------------------------------------------------------------

    def rewind(self, tick: int) -> State:
        """The state as it was before a tick, so that ``ns.simulate(..., state=rec.rewind(t))`` begins with tick t.

        The run is done again from its start, with the same noise, so that no memory is needed while it goes on. A
        stimulus that is a function is called again.

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

        Examples
        --------
        >>> import neurosim as ns
        >>> net = ns.Network.from_arrays([0, 1], [1, 1], [1.0, 1.0], delay=[0, 1], thresholds=[0, 1])
        >>> rec = ns.simulate(net, {0: [0, 0, 1]}, ticks=5)
        >>> before = rec.rewind(2)
        >>> rec[1], ns.simulate(net, {0: 0}, ticks=3, state=before)[1]
        (array([0., 0., 1., 1., 1.]), array([0., 0., 0.]))
        """
        check_count("tick", tick)
        if self.start is None or self.state is None:
            raise NotRecordedError("This recording was made without states, so there is no way back.")
        if not self.start.tick <= tick <= self.state.tick:
            raise OptionError(
                f"This run went from tick {self.start.tick} to {self.state.tick}, so it was never at {tick}. Choose a "
                "tick within."
            )
        if tick in (self.start.tick, self.state.tick):
            return self.start if tick == self.start.tick else self.state
        if self.replay is None:
            raise NotRecordedError(
                f"This recording came out of a file, which keeps the states before tick {self.start.tick} and after "
                f"tick {self.state.tick - 1}; between these there is no way back. Simulate again: "
                "ns.simulate(rec.net, stimulus, state=rec.start)."
            )
        return self.replay(int(tick))

    # --- For other libraries ---------------------------------------------------------------------

    def to_pandas(self, *, drives: bool = False) -> Any:
        """A table of rates (or drives) with a column for each neuron; needs pandas.

        Parameters
        ----------
        drives : bool
            Drives in place of rates.

        Returns
        -------
        pandas.DataFrame
            Rows by tick, or by trial and tick.

        Raises
        ------
        MissingPackageError
            If pandas is not installed.
        """
        from neurosim.physiology.recording_tables import to_pandas

        return to_pandas(self, self.drives if drives else self.rates)

    def to_xarray(self) -> Any:
        """Everything as a labelled array in the sense of xarray, which it needs.

        Returns
        -------
        xarray.Dataset
            Variables ``rate``, ``drive`` (where drives were recorded) and ``threshold``; dimensions ``trial`` (where
            there are trials), ``tick`` and ``neuron``; and by neuron its ``region`` ("" for none).

        Raises
        ------
        MissingPackageError
            If xarray is not installed.
        """
        from neurosim.physiology.recording_tables import to_xarray

        return to_xarray(self)


class _RecordedRegions(Mapping[str, list[Name]]):
    """Region name to the names of its recorded neurons, looked up when asked."""

    def __init__(self, plan: RecordingPlan) -> None:
        self._plan = plan
        self._region_of = plan.structure.region_of[plan.neurons]
        self._numbers = {plan.structure.regions[i]: i for i in np.unique(self._region_of).tolist() if i != NO_REGION}

    def __getitem__(self, region: str) -> list[Name]:
        if region not in self._numbers:
            raise unknown("recorded region", region, self._numbers)
        here = self._plan.neurons[self._region_of == self._numbers[region]]
        return [self._plan.structure.names[i] for i in here.tolist()]

    def __contains__(self, region: object) -> bool:
        return region in self._numbers

    def __iter__(self) -> Iterator[str]:
        return iter(self._numbers)

    def __len__(self) -> int:
        return len(self._numbers)

    def __repr__(self) -> str:
        return repr({region: len(self[region]) for region in self}) + " neurons"
