"""A network that is read elsewhere: all that is compiled of it stays the same, but for where its outputs are."""

from __future__ import annotations

import dataclasses
import weakref

from neurosim.anatomy.structure import Flags, Structure

_first: weakref.WeakKeyDictionary[Structure, weakref.ref[Structure]] = weakref.WeakKeyDictionary()


def read_from(structure: Structure, marked: Flags) -> Structure:
    """The same structure with other outputs.

    Parameters
    ----------
    structure : Structure
    marked : bool array, shape (neurons,)
        Which neurons are outputs.

    Returns
    -------
    Structure
    """
    other = dataclasses.replace(structure, marked_outputs=marked)
    _first[other] = weakref.ref(structure)
    return other


def same_but_for_outputs(structure: Structure) -> Structure | None:
    """The structure that this one was made of by `read_from`, if it is still in use."""
    first = _first.get(structure)
    return None if first is None else first()
