"""Which picture of a recording to draw, where nobody said."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from neurosim.errors import unknown
from neurosim.physiology.recording import Recording
from neurosim.plotting import recordings as shared
from neurosim.plotting import traces
from neurosim.plotting.phase import draw_phase
from neurosim.plotting.raster import draw_raster
from neurosim.plotting.region_activity import draw_regions

KINDS: dict[str, Callable[..., Any]] = {
    "raster": draw_raster,
    "regions": draw_regions,
    "traces": traces.draw_traces,
    "phase": draw_phase,
}
KIND_WITH = {"above": "raster", "regions": "regions", "neurons": "traces", "x": "phase", "y": "phase"}


def kind_of(rec: Recording, kind: object, options: Iterable[str]) -> str:
    """The kind of picture: the one named, the one that has such an option, or what suits the recording.

    That is a raster where most neurons with dendrites are binary; traces where there are few neurons, and they
    are graded or their drives were recorded; else regions.

    Parameters
    ----------
    rec : Recording
    kind : str or None
    options : iterable of str
        The names of the other options.

    Returns
    -------
    str

    Raises
    ------
    UnknownNameError
        If there is no such kind.
    """
    if kind is not None:
        if not isinstance(kind, str) or kind not in KINDS:
            raise unknown("kind of picture of a Recording called", kind, KINDS)
        return kind
    for option in options:
        if option in KIND_WITH:
            return KIND_WITH[option]
    shared.check_some(rec)
    cells = ~rec.net.structure.sensory[rec.plan.neurons]
    impulses = 2 * int((rec.plan.binary & cells).sum()) > int(cells.sum())
    few = len(rec.names) <= traces.FEW
    if few and (rec.plan.drives or not impulses):
        return "traces"
    return "raster" if impulses else "regions"
