"""Public names that are loaded when they are first asked for, so that all others need not wait."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Mapping


def loader(package: str, names_of: Mapping[str, tuple[str, ...]]) -> Callable[[str], object]:
    """What a package looks up names with that it does not have yet (PEP 562).

    Parameters
    ----------
    package : str
    names_of : mapping of str to tuple of str
        By module, the names that it is asked for.

    Returns
    -------
    callable
        To be the package's ``__getattr__``.
    """
    home = {name: module for module, names in names_of.items() for name in names}

    def find(name: str) -> object:
        if name not in home:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = getattr(importlib.import_module(home[name]), name)
        setattr(sys.modules[package], name, value)
        return value

    return find
