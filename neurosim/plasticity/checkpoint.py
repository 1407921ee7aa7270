"""The whole state of a training run in a file, so that it can go on as if nothing had happened."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from neurosim.anatomy.network import Network
from neurosim.anatomy.network_record import network_from_record, network_record, wiring_record
from neurosim.errors import ModelFileError, OptionError
from neurosim.plasticity import schedules
from neurosim.plasticity.run import Run
from neurosim.plasticity.targets import Samples

KIND = "checkpoint"
VERSION = 2  # of what a checkpoint holds; since 2 its settings are told apart


class Checkpoint:
    """Where and how a run is saved.

    Parameters
    ----------
    path : path
    run : Run
    marks : dict
        What the run must have in common with the one that a file holds, each with its fingerprint.
    rng : numpy.random.Generator
        Whose state is part of the run's.
    """

    def __init__(
        self, path: str | os.PathLike[str], run: Run[Samples], marks: Mapping[str, str], rng: np.random.Generator
    ) -> None:
        self.path, self.run, self.marks, self.rng = path, run, dict(marks), rng

    @classmethod
    def at(
        cls,
        path: str | os.PathLike[str],
        run: Run[Samples],
        data: Samples,
        watched: Samples | None,
        rng: np.random.Generator,
    ) -> Checkpoint:
        """The checkpoint of a run on these samples."""
        if not isinstance(path, str | os.PathLike):
            raise OptionError(f"checkpoint must be the path of a file; got {path!r}.")
        marks = {
            "network": _digest(wiring_record(run.structure)),
            "samples": _digest(_arrays(data)),
            "validation samples": _digest(None if watched is None else _arrays(watched)),
        }
        return cls(path, run, marks, rng)

    def save(self) -> None:
        """Write the file; the one before it stays until the new one is complete."""
        from neurosim.storage import write_record

        run = self.run
        best = None
        if run.best is not None:
            best = dict(zip(("epoch", "loss", "weights", "thresholds"), run.best, strict=True))
        write_record(
            self.path,
            KIND,
            {
                "version": VERSION,
                "marks": self.marks,
                "settings": self.run.recipe.settings,
                "network": network_record(run.net),
                "optimizer": {name: np.asarray(array) for name, array in run.state.items()},
                "random": dict(self.rng.bit_generator.state),
                "columns": {name: np.array(values) for name, values in run.columns.items()},
                "best": best,
                "stopped_early": run.stopped_early,
            },
        )

    def check_place(self) -> None:
        """Raise an error if a file is there that is no checkpoint, and would be lost; an empty one is not."""
        from neurosim.storage import read_record

        folder = os.path.dirname(os.path.abspath(self.path))
        if not os.path.isdir(folder) or not os.access(folder, os.W_OK):
            raise ModelFileError(
                f"The checkpoint cannot be written to {str(self.path)!r}: there is no folder {folder!r} that may be "
                "written to. Make it, or choose another path, such as checkpoint='run.neurosim'."
            )
        if not os.path.exists(self.path) or (os.path.isfile(self.path) and not os.path.getsize(self.path)):
            return
        try:
            kind = read_record(self.path).kind
        except ModelFileError as error:
            reason = str(error)
        else:
            if kind == KIND:
                return
            reason = f"It holds a {kind}."
        raise ModelFileError(
            f"The checkpoint would overwrite {str(self.path)!r}, which is there and is no checkpoint. {reason} Choose "
            "another path, such as checkpoint='run.neurosim', or move that file away."
        )

    def load(self) -> None:
        """Take the state from the file, if it exists; nothing changes if it is of another run."""
        from neurosim.storage import read_record

        if not os.path.exists(self.path):
            return
        record = read_record(self.path)
        if record.kind != KIND:
            raise ModelFileError(
                f"The file {str(self.path)!r} holds a {record.kind}, not a checkpoint. Choose another path for the "
                "checkpoint."
            )
        try:
            self._check_version(record.values.get("version", 1))
            self._check(record.values["marks"])
            self._check_settings(record.values["settings"])
            self._restore(record.values)
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            if isinstance(error, OptionError):
                raise
            raise ModelFileError(
                f"The file {str(self.path)!r} is whole but holds no state of a run ({type(error).__name__}: {error}). "
                "It was not written by ns.train; start anew with resume=False, which will overwrite the file."
            ) from error

    def _check_version(self, version: object) -> None:
        if version != VERSION:
            raise OptionError(
                f"The checkpoint {str(self.path)!r} is of version {version!r}, and this neurosim resumes those of "
                f"version {VERSION}. Resume with the neurosim that wrote it; or take its network with "
                f"ns.load({str(self.path)!r}), and start anew with resume=False, which will overwrite the file."
            )

    def _check(self, marks: Mapping[str, str]) -> None:
        for what, mark in self.marks.items():
            if marks.get(what) != mark:
                raise self._of_another_run(what, f"{what} differ" if what.endswith("s") else f"{what} differs")

    def _check_settings(self, saved: Mapping[str, str]) -> None:
        """Compare setting by setting; at a constant rate, how many epochs there will be makes no difference."""
        now, constant = self.run.recipe.settings, repr(schedules.constant())
        told = [
            f"{name} was {saved.get(name, 'not there')}, now {setting}"
            for name, setting in now.items()
            if saved.get(name) != setting and not (name == "epochs" and saved.get("schedule") == constant)
        ]
        if told:
            raise self._of_another_run("settings", f"settings differ: {'; '.join(told)}")

    def _of_another_run(self, what: str, difference: str) -> OptionError:
        return OptionError(
            f"The checkpoint {str(self.path)!r} is of another run: the {difference}. Resume with the same {what}, or "
            "start anew with resume=False, which will overwrite the file."
        )

    def _restore(self, values: Mapping[str, Any]) -> None:
        run, kind = self.run, type(self.rng.bit_generator).__name__
        if values["random"]["bit_generator"] != kind:
            raise OptionError(
                f"The checkpoint {str(self.path)!r} was written with the random generator "
                f"{values['random']['bit_generator']}; rng is of the kind {kind}. Give the same kind."
            )
        net = network_from_record(values["network"])
        state = {name: np.asarray(array) for name, array in values["optimizer"].items()}
        columns = {name: column.tolist() for name, column in values["columns"].items()}
        best = values["best"]
        best = None if best is None else (best["epoch"], best["loss"], best["weights"], best["thresholds"])
        stopped_early = bool(values["stopped_early"])
        _check_columns(columns)
        if _forms(state) != _forms(run.state) or not all(np.isfinite(array).all() for array in state.values()):
            raise ValueError("the optimizer's arrays do not fit")
        if best is not None:
            _check_best(best, net, epochs=len(columns["loss"]))
        self.rng.bit_generator.state = values["random"]  # the last that can go wrong
        run.net.weights[:], run.net.thresholds[:] = net.weights, net.thresholds
        run.read_network()
        run.state, run.columns, run.best, run.stopped_early = state, columns, best, stopped_early


def _check_columns(columns: Mapping[str, Any]) -> None:
    lengths = {len(column) for column in columns.values()}
    numbers = all(isinstance(value, int | float) for column in columns.values() for value in column)
    if "loss" not in columns or len(lengths) != 1 or not numbers:
        raise ValueError("the columns of what was measured do not fit together")


def _check_best(best: tuple[Any, Any, Any, Any], net: Network, epochs: int) -> None:
    epoch, loss, *arrays = best
    fit = isinstance(epoch, int) and 0 <= epoch < epochs and isinstance(loss, float) and math.isfinite(loss)
    for array, like in zip(arrays, (net.weights, net.thresholds), strict=True):
        fit = fit and array.shape == like.shape and array.dtype == like.dtype and bool(np.isfinite(array).all())
    if not fit:
        raise ValueError("the best weights do not fit the network")


def _forms(state: Mapping[str, Any]) -> dict[str, Any]:
    """Shape and type of each array."""
    return {name: (array.shape, array.dtype) for name, array in state.items()}


def _arrays(data: Samples) -> dict[str, Any]:
    return {"stimulus": data.stimulus, "targets": data.targets.values}


def _digest(record: Any) -> str:
    """A fingerprint of plain values and arrays."""
    import hashlib

    digest = hashlib.sha256()
    for key, value in ({} if record is None else record).items():
        digest.update(f"{key}:".encode())
        if isinstance(value, np.ndarray):
            digest.update(f"{value.dtype.str}{value.shape}".encode())
            digest.update(np.ascontiguousarray(value).tobytes())
        else:
            digest.update(repr(value).encode("utf-8", "backslashreplace"))
    return digest.hexdigest()
