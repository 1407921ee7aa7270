"""A first small run in a fresh process."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile

import numpy as np
import numpy.typing as npt

from benchmarks.contest import Case, Result
from benchmarks.rows import Row, duration

IMPORT = "its import"
AT_MOST = 1.5  # seconds


def cases(quick: bool) -> list[Case]:
    """The run, and the import beside it."""
    return [Case("first run in a fresh process, neurosim run xor", lambda: None, Run, peers={IMPORT: Import})]


def rows(quick: bool, results: dict[str, Result]) -> list[Row]:
    """Seconds in all."""
    return [
        Row(
            case.name,
            IMPORT,
            results[case.name].median(),
            "s",
            AT_MOST,
            at_most=True,
            ours=duration(results[case.name].median()),
            theirs=duration(results[case.name].median(IMPORT)),
            note=f"{1 / results[case.name].speedup(IMPORT):.1f} times its import",
        )
        for case in cases(quick)
        if case.name in results
    ]


class Run:
    """`neurosim run xor`, with its pictures."""

    arguments = ("-m", "neurosim", "run", "xor", "--out")

    def __init__(self, _: None) -> None:
        self._folder = tempfile.TemporaryDirectory()

    def run(self, times: int) -> None:
        """In so many fresh processes, one after the other."""
        # With bytecode on the disk, as every installation has it.
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        command = [sys.executable, *self.arguments, self._folder.name]
        for _ in range(times):
            subprocess.run(command, check=True, capture_output=True, env=environment)

    def result(self) -> npt.NDArray[np.float64]:
        """That it ends well: there is nothing else to compare."""
        self.run(1)
        return np.ones(1)


class Import(Run):
    """Nothing but the import."""

    arguments = ("-c", "import neurosim")
