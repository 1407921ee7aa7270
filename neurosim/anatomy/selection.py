"""Which synapses are meant: those onto neurons of some regions, or those of some projections."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np

from neurosim.anatomy.network import PROJECTION, listed, pairs_of
from neurosim.anatomy.structure import Flags, Structure

Regions: TypeAlias = str | Sequence[str] | None
Projections: TypeAlias = Sequence[tuple[str, str]] | None


def synapses_of(structure: Structure, regions: Regions, projections: Projections) -> Flags:
    """The synapses onto neurons of these regions, and those of these projections; all of them if neither is named."""
    if regions is None and projections is None:
        return np.ones(structure.n_synapses, dtype=bool)
    chosen = np.zeros(structure.n_synapses, dtype=bool)
    for region in listed(regions, "regions"):
        chosen |= structure.region_of[structure.post] == structure.find_region(region)
    for pre, post in pairs_of(projections or (), *PROJECTION):
        chosen |= structure.projection(pre, post)
    return chosen
