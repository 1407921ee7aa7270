"""What blood flow follows: how active each region is, by what its neurons send or by what they receive."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from neurosim.anatomy.structure import Floats, Indices
from neurosim.errors import DataError, NotRecordedError, OptionError, counted, shorten, unknown
from neurosim.physiology.recording import Recording

KINDS = ("rates", "input")


def region_activity(rec: Recording, regions: Sequence[str], of: str) -> Floats:
    """The activity of regions in each recorded tick, shape (trials, regions, ticks).

    Parameters
    ----------
    rec : Recording
        Of every tick.
    regions : sequence of str
    of : "rates" or "input"
        The mean over a region's recorded neurons of the size of their rates; or the mean over its neurons of what
        reaches their synapses, the sum of ``|weight * rate|``: inhibition takes work as excitation does. Sensory
        neurons have no synapses, and what reaches them is their stimulus.
    """
    if of == "input":
        return _input(rec, regions)
    return np.stack([rec.traces.mean(columns_of(rec, region), absolute=True) for region in regions], axis=1)


def read_regions(rec: Recording, regions: Sequence[str] | str | None) -> tuple[str, ...]:
    """The regions asked for; all that were recorded, unless said."""
    known = rec.plan.structure.regions
    wanted = list(rec.regions) if regions is None else [regions] if isinstance(regions, str) else list(regions)
    for region in wanted:
        if region not in known:
            raise unknown("region", region, known)
        columns_of(rec, region)
    if not wanted:
        raise OptionError(
            "Blood flow is that of regions, and there is none here. Give neurons a region, as in "
            "G.add_node('h', region='V1'), and record some that have one."
        )
    repeated = next((region for region in wanted if wanted.count(region) > 1), None)
    if repeated is not None:
        raise OptionError(f"regions names {repeated!r} more than once. Name each region once.")
    return tuple(wanted)


def columns_of(rec: Recording, region: str) -> Indices:
    """Where a region's neurons lie among the recorded, or an error if none of them was."""
    columns = np.flatnonzero(np.isin(rec.plan.neurons, rec.plan.structure.members(region)))
    if not columns.size:
        raise NotRecordedError(
            f"Region {region!r} exists but was not recorded; recorded were: {shorten(rec.regions) or 'none'}. "
            "Simulate again with record='all'."
        )
    return columns


# --- What reaches synapses -----------------------------------------------------------------------


def _input(rec: Recording, regions: Sequence[str]) -> Floats:
    """By delay: sizes of rates, weighted by what each neuron's synapses bring to a region, that many ticks later."""
    if rec.start is None or rec.rows.start != rec.start.tick:
        raise NotRecordedError(
            "What reached synapses in the first recorded tick cannot be told, since the ticks before it were not "
            "kept. Simulate again without last=, or take of='rates'."
        )
    reaching = _reaching(rec, regions)
    trials, ticks = rec.trials or 1, len(rec)
    past = np.abs(rec.start.rates.reshape(-1, *rec.start.rates.shape[-2:])).astype(np.float64)
    activity = np.zeros((trials, len(regions), ticks))
    for delay, weights in reaching.items():
        before = np.zeros((trials, delay, len(regions)))
        known = min(delay, past.shape[1])
        before[:, delay - known :] = past[:, past.shape[1] - known :] @ weights
        sent = np.concatenate([before, _sent(rec, weights)], axis=1)
        activity += sent[:, :ticks].transpose(0, 2, 1)
    return activity


def _sent(rec: Recording, weights: Floats) -> Floats:
    """Sizes of rates, weighted and summed over neurons: (trials, ticks, regions)."""
    neurons = np.flatnonzero(weights.any(axis=1))
    missing = np.setdiff1d(neurons, rec.plan.neurons)
    if missing.size:
        names = [rec.plan.structure.names[i] for i in missing.tolist()]
        raise NotRecordedError(
            f"What reaches synapses is told by the neurons that send, and of these {counted(len(names), 'neuron')} "
            f"{'was' if len(names) == 1 else 'were'} not recorded: {shorten(names, 5)}. Simulate again with "
            "record='all', or take of='rates'."
        )
    columns = np.searchsorted(rec.plan.neurons, neurons)
    sums = [np.abs(rec.traces.read(columns, part)) @ weights[neurons] for part in rec.traces.parts(columns)]
    return np.concatenate([np.zeros((rec.trials or 1, 0, weights.shape[1])), *sums], axis=1)


def _reaching(rec: Recording, regions: Sequence[str]) -> Mapping[int, Floats]:
    """What a rate of 1 brings to each region, a neuron's mean: by delay, shape (neurons, regions)."""
    structure, sizes = rec.plan.structure, np.abs(rec.net.weights).astype(np.float64)
    if len(sizes) != structure.n_synapses:
        raise DataError(
            "The network's synapses are others now than when it ran, so what reached them cannot be told. Simulate "
            "again, or take of='rates'."
        )
    sizes = np.where(structure.present, sizes, 0.0)
    reaching: dict[int, Floats] = {}
    for delay in np.unique(structure.delay).tolist():
        reaching[delay] = np.zeros((structure.n_neurons, len(regions)))
    reaching.setdefault(0, np.zeros((structure.n_neurons, len(regions))))
    for place, region in enumerate(regions):
        members = structure.members(region)
        onto = np.isin(structure.post, members)
        for delay, weights in reaching.items():
            here = onto & (structure.delay == delay)
            np.add.at(weights[:, place], structure.pre[here], sizes[here] / len(members))
        senses = members[structure.sensory[members]]
        reaching[0][senses, place] += 1 / len(members)
    return reaching
