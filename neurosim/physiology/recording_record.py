"""A recording as a dictionary of plain values and arrays, and back: what is written to a file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from neurosim.anatomy.network import Network
from neurosim.anatomy.network_record import network_from_record, network_record
from neurosim.anatomy.structure import Flags, Floats
from neurosim.errors import DataError
from neurosim.physiology.recording import Recording
from neurosim.physiology.recording_plan import RecordingPlan
from neurosim.physiology.state import State, read_state
from neurosim.physiology.traces import Traces

GENERATORS = ("PCG64", "PCG64DXSM", "MT19937", "Philox", "SFC64")


def recording_record(rec: Recording) -> dict[str, Any]:
    """Everything that a recording is, but the way back to states within the run.

    Parameters
    ----------
    rec : Recording

    Returns
    -------
    dict
        The network as it is now; what was recorded; the traces, oldest tick first; and the states before and after.

    Raises
    ------
    DataError
        If neurons or synapses of the network were edited since, so that it no longer is what was recorded.
    """
    plan = rec.plan
    if plan.net.structure is not plan.structure:
        raise DataError(
            "The neurons or synapses of this recording's network were edited after the run, so the two no longer "
            "belong together. Save the recording before you edit, or simulate again."
        )
    drives = rec.drive_traces
    return {
        "network": network_record(plan.net),
        "neurons": plan.neurons,
        "drives": plan.drives,
        "every": plan.every,
        "last": plan.last,
        "first_tick": rec.rows.start,
        "rows": len(rec.rows),
        "trials": rec.trials,
        "thresholds": rec.thresholds,
        "bits": _in_order(rec.traces, rec.traces.bits),
        "numbers": _in_order(rec.traces, rec.traces.numbers),
        "drive_numbers": None if drives is None else _in_order(drives, drives.numbers),
        "state": _state_record(rec.state),
        "start": _state_record(rec.start),
        "stopped_early": rec.stopped_early,
    }


def recording_from_record(record: Mapping[str, Any]) -> Recording:
    """The recording that a record describes; whatever is wrong with it is an error, as it is with arrays.

    Parameters
    ----------
    record : mapping
        From `recording_record`.

    Returns
    -------
    Recording

    Raises
    ------
    NeurosimError, KeyError, TypeError, ValueError, IndexError
        If it describes no recording.
    """
    net = network_from_record(record["network"])
    plan = _plan(net, record)
    rows, trials = _whole(record, "rows", 0), record["trials"]
    width = 1 if trials is None else _whole(record, "trials", 1)
    first = _whole(record, "first_tick", 0)
    if first % plan.every:
        raise DataError(f"The first tick, {first}, is none of every {plan.every}.")
    if type(record["stopped_early"]) is not bool:
        raise DataError(f"stopped_early must be True or False; got {record['stopped_early']!r}.")
    n, binary = len(plan.neurons), plan.binary
    n_binary = int(np.count_nonzero(binary))
    bits = _array(record, "bits", np.dtype(np.uint8), (rows, -(-n_binary // 8), width))
    numbers = _array(record, "numbers", net.dtype, (rows, n - n_binary, width))
    drives = None
    if plan.drives:
        no_bits = np.zeros(n, dtype=bool)
        values = _array(record, "drive_numbers", net.dtype, (rows, n, width), finite=False)  # squashed by the mode
        drives = _traces(np.empty((rows, 0, width), np.uint8), values, no_bits)
    elif record["drive_numbers"] is not None:
        raise DataError("There are drives in a recording that was made without them.")
    thresholds = _array(record, "thresholds", net.dtype, (n,))
    thresholds.flags.writeable = False
    state, start = _state(net, record["state"], trials), _state(net, record["start"], None)
    recorded = range(first, first + rows * plan.every, plan.every)
    if recorded and ((start and first < start.tick) or (state and recorded[-1] >= state.tick)):
        raise DataError(f"The ticks recorded, {first} to {recorded[-1]}, do not lie between the states.")
    return Recording(
        plan=plan,
        rows=recorded,
        trials=trials,
        thresholds=thresholds,
        traces=_traces(bits, numbers, binary),
        drive_traces=drives,
        state=state,
        start=start,
        stopped_early=record["stopped_early"],
    )


def _in_order(traces: Traces, rows: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The kept rows, oldest first."""
    kept: np.ndarray[Any, Any] = rows[(traces.oldest + np.arange(traces.n_rows)) % max(1, len(rows))]
    return kept


def _traces(bits: np.ndarray[Any, Any], numbers: Floats, binary: Flags) -> Traces:
    place = np.where(binary, np.cumsum(binary), np.cumsum(~binary)) - 1
    return Traces(bits, numbers, binary, place, 0, len(bits))


def _plan(net: Network, record: Mapping[str, Any]) -> RecordingPlan:
    neurons, last = record["neurons"], record["last"]
    if neurons.ndim != 1 or neurons.dtype.kind not in "iu" or type(record["drives"]) is not bool:
        raise DataError(
            "The recorded neurons are told by their numbers, and whether there are drives by True or False."
        )
    inside = not neurons.size or (neurons[0] >= 0 and neurons[-1] < len(net) and (np.diff(neurons) > 0).all())
    if not inside:
        raise DataError(f"The recorded neurons must be numbered from 0 to {len(net) - 1}, in this order.")
    every = _whole(record, "every", 1)
    return RecordingPlan(
        net, net.structure, neurons, record["drives"], every, None if last is None else _whole(record, "last", 1)
    )


def _whole(record: Mapping[str, Any], name: str, least: int) -> int:
    value = record[name]
    if type(value) is not int or value < least:
        raise DataError(f"{name} must be a whole number from {least} up; got {value!r}.")
    return value


def _array(
    record: Mapping[str, Any], name: str, dtype: np.dtype[Any], shape: tuple[int, ...], *, finite: bool = True
) -> Any:
    array = record[name]
    if array.dtype != dtype or array.shape != shape or (finite and not np.isfinite(array).all()):
        raise DataError(
            f"{name} must hold finite {dtype} of shape {shape}; it holds {array.dtype} of shape {array.shape}."
        )
    return array


# --- States --------------------------------------------------------------------------------------


def _state_record(state: State | None) -> dict[str, Any] | None:
    if state is None:
        return None
    return {
        "tick": state.tick,
        "rates": state.rates,
        "potentials": state.potentials,
        "resting": state.resting,
        "random": None if state.rng is None else _generator_record(state.rng),
    }


def _generator_record(rng: np.random.Generator) -> dict[str, Any]:
    state = dict(rng.bit_generator.state)
    if state["bit_generator"] not in GENERATORS:
        raise DataError(
            f"The random generator {state['bit_generator']} is of your own making, and a file holds only numpy's: "
            f"{', '.join(GENERATORS)}. Simulate with one of those, as in rng=0."
        )
    return state


def _state(net: Network, record: Mapping[str, Any] | None, trials: int | None) -> State | None:
    if record is None:
        return None
    rates, potentials, resting = (record[name] for name in ("rates", "potentials", "resting"))
    if not (rates.dtype == potentials.dtype == net.dtype) or resting.dtype.kind not in "iu":
        raise DataError("The rates and potentials of a state have the network's dtype, and ticks of rest are whole.")
    tick = _whole(record, "tick", 0)
    state = State(net.structure.names, tick, rates, potentials, resting, _generator(record["random"]))
    if trials is not None and state.trials != trials:
        raise DataError(f"The state has {state.trials} trials, and the recording {trials}.")
    return read_state(net, state)


def _generator(record: Mapping[str, Any] | None) -> np.random.Generator | None:
    if record is None:
        return None
    if record["bit_generator"] not in GENERATORS:
        raise DataError(f"There is no random generator {record['bit_generator']!r}.")
    bits = getattr(np.random, record["bit_generator"])()
    bits.state = dict(record)
    return np.random.Generator(bits)
