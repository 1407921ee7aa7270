"""Blood flow: what a scanner would see of a recording, region by region, seconds late, smoothed and noisy."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from neurosim.anatomy.columns import RandomState, read_rng
from neurosim.anatomy.network import Network
from neurosim.anatomy.structure import Floats
from neurosim.checks import check_call, check_number
from neurosim.errors import DataError, NotRecordedError, OptionError, counted, unknown
from neurosim.physiology.haemodynamics import HaemodynamicResponse
from neurosim.physiology.recording import Recording
from neurosim.physiology.region_activity import KINDS, read_regions, region_activity

if TYPE_CHECKING:
    from neurosim.physiology.flow_contrast import Contrast
    from neurosim.physiology.flow_model import FlowModel
    from neurosim.physiology.task_blocks import Design

_INSTEAD = {
    **dict.fromkeys(("tr", "TR", "sampling", "sampling_time", "every"), "Write repetition_time=2.0, in seconds."),
    **dict.fromkeys(("dt", "tick", "seconds"), "Write seconds_per_tick=1.0."),
    **dict.fromkeys(("hrf", "haemodynamic_response"), "Write response=ns.HaemodynamicResponse(delay=6.0)."),
    **dict.fromkeys(("sd", "noise_sd", "sigma"), "Write noise=0.1, a standard deviation in the unit of rates."),
    **dict.fromkeys(("seed", "random_state"), "Write rng=0."),
}
"""What others call settings, and what to type here."""


@dataclasses.dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class BloodFlow:
    """The blood flow of regions, sampled; ``flow["V1"]`` is one region's. See `blood_flow`.

    Flow and activity are in the unit of activity, which is that of rates (times weights, where `of` is "input").
    Written (...) is an axis of trials, where the recording had one.

    Attributes
    ----------
    regions : tuple of str
    values : float array, shape (..., regions, samples)
    times : float array, shape (samples,)
        In seconds from the beginning of the first recorded tick.
    activity : float array, shape (..., regions, ticks)
        What the flow follows.
    ticks : range
        The recorded ticks.
    seconds_per_tick, repetition_time : float
    of : "rates" or "input"
    noise, noise_memory : float
    response : HaemodynamicResponse
    net : Network
    """

    regions: tuple[str, ...]
    values: Floats
    times: Floats
    activity: Floats
    ticks: range
    seconds_per_tick: float
    repetition_time: float
    of: str
    noise: float
    noise_memory: float
    response: HaemodynamicResponse
    net: Network

    __iter__ = None  # else Python would ask for flow[0], flow[1], ...

    @property
    def trials(self) -> int | None:
        """How many trials there are; None where the recording had no axis for them."""
        return len(self.values) if self.values.ndim == 3 else None

    def __getitem__(self, region: str) -> Floats:
        """The flow of one region, (..., samples)."""
        if region not in self.regions:
            raise unknown("region in this blood flow called", region, self.regions)
        values: Floats = self.values[..., self.regions.index(region), :].copy()
        return values

    def __len__(self) -> int:
        return len(self.times)

    def __repr__(self) -> str:
        trials = "" if self.trials is None else f" of {counted(self.trials, 'trial')}"
        memory = f", of which {self.noise_memory:g} is left a sample later" if self.noise_memory and self.noise else ""
        noise = f"noise of sd {self.noise:g}{memory}" if self.noise else "no noise"
        return (
            f"BloodFlow of {counted(len(self.regions), 'region')}: {counted(len(self), 'sample')}{trials}, one every "
            f"{self.repetition_time:g} s ({counted(len(self.ticks), 'tick')} of {self.seconds_per_tick:g} s); follows "
            f"{'rates' if self.of == 'rates' else 'synaptic input'}; {noise}"
        )

    def fit(self, design: Design, *, drift: float | None = None, noise_model: str = "varying") -> FlowModel:
        """Fit the general linear model: how much flow each task brings to each region.

        Regressors are, for each task, 1 while it runs and 0 else, convolved with the flow's own response; the level of
        rest, in the same way, which begins with the recording (in each trial by itself); and, where asked for, slow
        cosines that take up drift. So a coefficient is the activity that a task adds to that of rest.

        Parameters
        ----------
        design : sequence
            Which task runs when: blocks ``[(10, 20, "faces"), (30, 40, "houses")]``, each (first tick, the one after
            the last, task), counted as ``rec.ticks`` counts; or for each recorded tick a task's name, or None for rest.
            The same for all trials. Blocks of different tasks may overlap, where both run at once: then each is taken
            to add what it adds alone, and each must run without the other for a while.
        drift : float, optional
            What goes up and down in more than so many seconds is taken for drift, by cosines; SPM takes 128. None
            unless said.
        noise_model : "varying", "autoregression" or "white"
            What the fit leaves is taken to be: "varying", the scanner's noise, and beside it activity that goes up and
            down from moment to moment while tasks run (one image excites more than another), smoothed by the response
            as all activity is; the share of each is found. The scanner's `noise_memory` is taken as known, as if
            measured on a phantom. Or "autoregression": noise of which a share, which is found, is left in the next
            sample. Or "white". Where activity varies within blocks, only the first tells p rightly: smoothed by
            seconds, a series holds fewer independent numbers than it has samples.

        Returns
        -------
        FlowModel

        Raises
        ------
        DataError
            If the design cannot be read, or cannot tell its tasks apart, or there are too few samples.

        Examples
        --------
        See `blood_flow`.
        """
        from neurosim.physiology.flow_model import fit_flow

        return fit_flow(self, design, drift=drift, noise_model=noise_model)

    def contrast(
        self,
        design: Design,
        task: str,
        minus: str | None = None,
        *,
        drift: float | None = None,
        noise_model: str = "varying",
        correction: str = "holm",
        alpha: float = 0.05,
    ) -> Contrast:
        """By region, how much more flow one task brings than another, or than rest: `fit`, then its contrast.

        Parameters
        ----------
        design, drift, noise_model
            As for `fit`.
        task, minus, correction, alpha
            As for `FlowModel.contrast`.

        Returns
        -------
        Contrast
        """
        model = self.fit(design, drift=drift, noise_model=noise_model)
        return model.contrast(task, minus, correction=correction, alpha=alpha)


@check_call("its name before it, as in ns.blood_flow(rec, noise={!r})", _INSTEAD)
def blood_flow(
    recording: Recording,
    *,
    seconds_per_tick: float = 1.0,
    repetition_time: float = 2.0,
    of: str = "rates",
    response: HaemodynamicResponse | None = None,
    noise: float = 0.0,
    noise_memory: float = 0.0,
    regions: Sequence[str] | str | None = None,
    rng: RandomState = None,
) -> BloodFlow:
    """The blood flow of every region, as functional magnetic resonance imaging would sample it.

    Where neurons are at work, blood flow rises some seconds later (Roy and Sherrington 1890; Ogawa et al. 1990). Here
    a region's activity is convolved with a haemodynamic response and sampled at regular times::

        flow(t) = integral of response(s) activity(t - s) ds + noise

    Activity is constant within each tick, and the integral is exact, whatever the two times are. Before the recording
    there is none, so flow begins at 0 and takes half a minute to reach the level of rest; `BloodFlow.fit` has the same
    beginning. What is left out: vessels that reach across regions, flow that saturates, the heart and the breath.

    Parameters
    ----------
    recording : Recording
        From `simulate`, of every tick. With trials, each has flow of its own.
    seconds_per_tick : float > 0
        How long a tick is taken to last.
    repetition_time : float > 0
        From one sample to the next, in seconds (the scanner's TR). The first is taken when that time is over.
    of : "rates" or "input"
        What flow follows. "rates": the mean over a region's recorded neurons of the size of their rates, that is, what
        they send. "input": the mean over its neurons of what reaches their synapses, the sum of ``|weight * rate|``,
        with weights as they are now; a sensory neuron receives its stimulus. Logothetis et al. (Nature 412, 2001)
        found that flow follows what a region receives and does within itself more closely than what it sends.
    response : HaemodynamicResponse, optional
        SPM's canonical one, unless given.
    noise : float >= 0
        The standard deviation of the scanner's noise, normal, in the unit of flow.
    noise_memory : float, 0 <= noise_memory < 1
        The share of the noise that is left in the next sample: its autocorrelation. White noise has 0.
    regions : sequence of str, optional
        All of which neurons were recorded, unless said.
    rng : int or numpy.random.Generator, optional
        For the noise.

    Returns
    -------
    BloodFlow

    Raises
    ------
    OptionError
        If a setting is out of range, or there is no region.
    NotRecordedError
        If only some ticks were recorded, or not the neurons that are needed.
    DataError
        If the recording is shorter than the time of a sample.

    Examples
    --------
    A region that answers to faces and one that answers to houses, each shown for 20 s, twice, with rest between.

    >>> import neurosim as ns, numpy as np
    >>> net = ns.Network.from_arrays([0, 1], [2, 3], [1.0, 1.0], modes="relu", regions=["eye", "eye", "FFA", "PPA"])
    >>> design = [(20, 40, "faces"), (60, 80, "houses"), (100, 120, "faces"), (140, 160, "houses")]
    >>> shown = np.zeros((180, 2))
    >>> for start, stop, task in design:
    ...     shown[start:stop, ["faces", "houses"].index(task)] = 1
    >>> flow = ns.blood_flow(ns.simulate(net, shown), noise=0.1, rng=0)
    >>> flow["FFA"].shape
    (90,)
    >>> flow.contrast(design, "faces", "houses").significant
    ('FFA', 'PPA')
    """
    if not isinstance(recording, Recording):
        raise OptionError(
            f"Blood flow is that of a Recording; got {type(recording).__name__}. Write "
            "ns.blood_flow(ns.simulate(net, stimulus))."
        )
    check_number("seconds_per_tick", seconds_per_tick, above=0)
    check_number("repetition_time", repetition_time, above=0)
    check_number("noise", noise, least=0)
    check_number("noise_memory", noise_memory, least=0, below=1)
    if of not in KINDS:
        raise unknown("kind of activity called", of, KINDS)
    response = _read_response(response)
    _check_recorded(recording)
    chosen, generator = read_regions(recording, regions), read_rng(rng)
    times = _sampled(len(recording) * seconds_per_tick, repetition_time)
    activity = region_activity(recording, chosen, of)
    values = response.flow(activity, seconds_per_tick, times)
    values += noise * _noise(values.shape, noise_memory, generator) if noise else 0.0
    one = recording.trials is None
    return BloodFlow(
        regions=chosen,
        values=values[0] if one else values,
        times=times,
        activity=activity[0] if one else activity,
        ticks=recording.rows,
        seconds_per_tick=float(seconds_per_tick),
        repetition_time=float(repetition_time),
        of=of,
        noise=float(noise),
        noise_memory=float(noise_memory),
        response=response,
        net=recording.net,
    )


def _read_response(response: Any) -> HaemodynamicResponse:
    if response is None:
        return HaemodynamicResponse()
    if not isinstance(response, HaemodynamicResponse):
        raise OptionError(
            f"response must be a HaemodynamicResponse; got {type(response).__name__}. Write "
            "response=ns.HaemodynamicResponse(delay=6.0)."
        )
    return response


def _check_recorded(recording: Recording) -> None:
    if recording.rows.step > 1:
        raise NotRecordedError(
            f"Only ticks whose number is a multiple of {recording.rows.step} were recorded, and flow adds up over all. "
            "Record every tick: ns.simulate(net, stimulus, every=1)."
        )
    if not len(recording):
        raise NotRecordedError("No tick was recorded, so there is no flow. Simulate for some ticks.")


def _sampled(seconds: float, repetition_time: float) -> Floats:
    """When samples are taken: at whole multiples of the repetition time, up to the end."""
    count = int(np.floor(seconds / repetition_time * (1 + 1e-12)))
    if not count:
        raise DataError(
            f"The recording lasts {seconds:g} s, and the first sample would be taken after {repetition_time:g} s. "
            "Simulate for more ticks, or choose a shorter repetition_time or a longer seconds_per_tick."
        )
    times: Floats = np.arange(1, count + 1) * float(repetition_time)
    return times


def _noise(shape: tuple[int, ...], memory: float, rng: np.random.Generator) -> Floats:
    """Normal noise of variance 1; from one sample to the next this share of it is left."""
    values = rng.normal(size=shape)
    if memory:
        values[..., 1:] *= np.sqrt(1 - memory**2)
        for sample in range(1, shape[-1]):
            values[..., sample] += memory * values[..., sample - 1]
    return values
