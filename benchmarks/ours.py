"""Every call to neurosim that is timed: its verbs, each with the compiled backend where there is one."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import neurosim as ns

BACKEND = "numba"


@lru_cache
def _compiled(verb: Callable[..., Any]) -> dict[str, Any]:
    return {"backend": BACKEND} if "backend" in inspect.signature(verb).parameters else {}


def train(net: ns.Network, X: Any, targets: Any, **settings: Any) -> ns.History:
    """``ns.train``, without a bar."""
    return ns.train(net, X, targets, progress=False, rng=0, **settings, **_compiled(ns.train))


def respond(net: ns.Network, X: Any) -> Any:
    """``ns.respond``."""
    return ns.respond(net, X, **_compiled(ns.respond))


def simulate(net: ns.Network, ticks: int, **settings: Any) -> ns.Recording:
    """``ns.simulate`` without a stimulus, without a bar."""
    return ns.simulate(net, None, ticks, progress=False, **settings, **_compiled(ns.simulate))


def backend() -> str:
    """Which backend is timed, in words."""
    verbs = (ns.train, ns.respond, ns.simulate)
    with_it = [verb.__name__ for verb in verbs if _compiled(verb)]
    if len(with_it) == len(verbs):
        return BACKEND
    return f"{BACKEND} for {', '.join(with_it)}, numpy for the others" if with_it else "numpy"
