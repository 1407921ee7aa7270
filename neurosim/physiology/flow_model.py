"""How much blood flow each task brings to each region: the general linear model, fitted."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import numpy as np

from neurosim.anatomy.structure import Floats
from neurosim.checks import check_number
from neurosim.errors import DataError, OptionError, counted, unknown
from neurosim.physiology.flow_contrast import Contrast, contrast_of
from neurosim.physiology.linear_model import (
    CORRECTIONS,
    EXACT,
    LeastSquares,
    Noise,
    RememberingNoise,
    VaryingNoise,
    WhiteNoise,
    least_squares,
)
from neurosim.physiology.task_blocks import Design, TaskBlocks, check_told_apart, read_design

if TYPE_CHECKING:
    from neurosim.physiology.blood_flow import BloodFlow

SHORT = 0.5  # seconds: activity that varies faster than this, or no faster, looks the same once it is smoothed

NOISE_MODELS = {
    "varying": "white, beside activity that varies while tasks run",
    "autoregression": "an autoregression of order 1",
    "white": "white",
}
"""What noise can be taken to be, and that in words."""


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class FlowModel:
    """The fitted model; made by `BloodFlow.fit`.

    Attributes
    ----------
    flow : BloodFlow
    blocks : TaskBlocks
        The design.
    names : tuple of str
        Of the regressors: the tasks, then the level of rest and the drift, which each trial has for itself.
    regressors : float array, shape (trials * samples, regressors)
    fitted : LeastSquares
        Coefficients, residuals and what goes with them; columns are regions.
    noise_model : str
        In words, what noise was taken to be.
    """

    flow: BloodFlow
    blocks: TaskBlocks
    names: tuple[str, ...]
    regressors: Floats
    fitted: LeastSquares
    noise_model: str

    @property
    def tasks(self) -> tuple[str, ...]:
        return self.blocks.tasks

    @property
    def betas(self) -> Floats:
        """What each task adds to the activity of rest, shape (tasks, regions)."""
        betas: Floats = self.fitted.coefficients[: len(self.tasks)].copy()
        return betas

    @property
    def errors(self) -> Floats:
        """Standard errors of the betas, shape (tasks, regions)."""
        chosen = np.eye(len(self.names))[: len(self.tasks)]
        return np.stack([self.fitted.error_of(weights) for weights in chosen])

    @property
    def half_widths(self) -> Floats:
        """Half of the betas' 95 % intervals (Student's), shape (tasks, regions)."""
        from scipy.special import stdtrit

        widths: Floats = stdtrit(self.fitted.freedom, 0.975) * self.errors
        return widths

    def contrast(
        self, task: str, minus: str | None = None, *, correction: str = "holm", alpha: float = 0.05
    ) -> Contrast:
        """By region, how much more flow one task brings than another, and whether that may be chance.

        Parameters
        ----------
        task : str
        minus : str, optional
            Rest, unless a task is named.
        correction : "holm" or "benjamini-hochberg"
            For the number of regions. By Holm, the chance that any region at all is called different where none is,
            is at most `alpha`; by Benjamini and Hochberg, the share of such false alarms among all regions that are
            called different.
        alpha : float, 0 < alpha < 1

        Returns
        -------
        Contrast
            A table; ``ns.plot`` draws it as a map on the network.

        Raises
        ------
        UnknownNameError
            If a task never ran, or there is no such correction.
        """
        if correction not in CORRECTIONS:
            raise unknown("correction called", correction, CORRECTIONS)
        check_number("alpha", alpha, above=0, below=1)
        weights = np.zeros(len(self.names))
        weights[self.blocks.find(task)] = 1.0
        if minus is not None:
            weights[self.blocks.find(minus)] -= 1.0
        if not weights.any():
            raise OptionError(f"A contrast is between two tasks, or a task and rest; {task!r} was given twice.")
        return contrast_of(self, weights, task, minus, correction, float(alpha))

    def __repr__(self) -> str:
        flow, half = self.flow, self.half_widths
        width = max(len("region"), *map(len, flow.regions))
        columns = [f"{task:>22}" for task in self.tasks]
        lines = [
            f"What each task adds to the activity of rest, with 95 % intervals "
            f"({counted(self.fitted.freedom, 'degree')} of freedom; noise is {self.noise_model})",
            f"{'region':<{width}} " + " ".join(columns),
        ]
        for place, region in enumerate(flow.regions):
            cells = [
                f"{beta:+.4g} \N{PLUS-MINUS SIGN} {wide:.2g}"
                for beta, wide in zip(self.betas[:, place], half[:, place], strict=True)
            ]
            lines.append(f"{region:<{width}} " + " ".join(f"{cell:>22}" for cell in cells))
        return "\n".join(lines)


def fit_flow(flow: BloodFlow, design: Design, *, drift: float | None, noise_model: str) -> FlowModel:
    """See `BloodFlow.fit`."""
    blocks = read_design(design, flow.ticks)
    check_told_apart(blocks)
    if noise_model not in NOISE_MODELS:
        raise unknown("noise model called", noise_model, NOISE_MODELS)
    if drift is not None:
        check_number("drift", drift, above=0)
    names, regressors = _regressors(flow, blocks, drift)
    runs = flow.trials or 1
    _check_independent(flow, names, regressors)
    series = flow.values.reshape(runs, len(flow.regions), -1).transpose(0, 2, 1).reshape(-1, len(flow.regions))
    fitted = least_squares(regressors, series, _noise(flow, blocks, noise_model))
    told = NOISE_MODELS[noise_model]
    told = (
        told.replace("white", f"autocorrelated ({flow.noise_memory:g})") if _known_memory(flow, noise_model) else told
    )
    return FlowModel(flow, blocks, names, regressors, fitted, told)


def _known_memory(flow: BloodFlow, noise_model: str) -> float:
    """The memory of the scanner's noise, where the model takes it as known."""
    return flow.noise_memory if noise_model == "varying" and flow.noise else 0.0


def _noise(flow: BloodFlow, blocks: TaskBlocks, noise_model: str) -> Noise:
    if noise_model == "white":
        return WhiteNoise()
    runs = flow.trials or 1
    if noise_model == "autoregression":
        return RememberingNoise(runs)
    return VaryingNoise(_smoothed(flow, blocks), _known_memory(flow, noise_model), runs)


def _smoothed(flow: BloodFlow, blocks: TaskBlocks) -> Floats:
    """The covariance of samples of flow, for activity that varies independently from moment to moment during tasks."""
    runs_task = blocks.boxcars().max(axis=0)
    width = max(1, int(SHORT / flow.seconds_per_tick))
    firsts = np.arange(0, len(runs_task), width)
    ends = np.append(firsts, len(runs_task))
    shares = np.add.reduceat(runs_task, firsts)  # of each moment, how many of its ticks lie in a block
    steps = flow.response.step(flow.times[:, None] - flow.seconds_per_tick * ends)
    reached = (steps[:, :-1] - steps[:, 1:]) * np.sqrt(shares) / np.diff(ends)
    covariance: Floats = reached @ reached.T
    return covariance


def _regressors(flow: BloodFlow, blocks: TaskBlocks, drift: float | None) -> tuple[tuple[str, ...], Floats]:
    """The columns that explain: those of tasks the same in all trials, those of rest and drift each trial's own."""
    boxcars = np.vstack([blocks.boxcars(), np.ones(len(flow.ticks))])
    columns = flow.response.flow(boxcars, flow.seconds_per_tick, flow.times).T
    tasks, own = columns[:, :-1], np.column_stack([columns[:, -1], _cosines(flow, drift)])
    own_names = ["rest", *(f"drift {k}" for k in range(1, own.shape[1]))]
    runs = flow.trials or 1
    named = [f"{name}, trial {trial}" if runs > 1 else name for trial in range(runs) for name in own_names]
    return (*blocks.tasks, *named), np.column_stack([np.tile(tasks, (runs, 1)), np.kron(np.eye(runs), own)])


def _cosines(flow: BloodFlow, drift: float | None) -> Floats:
    """Half a period, one, one and a half, ... over the run, as long as a period takes more than `drift` seconds."""
    n = len(flow)
    count = 0 if drift is None else int(np.floor(2 * n * flow.repetition_time / drift))
    waves: Floats = np.cos(np.pi * np.outer(2 * np.arange(n) + 1, np.arange(1, count + 1)) / (2 * n))
    return waves


def _check_independent(flow: BloodFlow, names: tuple[str, ...], regressors: Floats) -> None:
    observations, count = regressors.shape
    if observations - count < 2:
        raise DataError(
            f"There are {counted(observations, 'sample')} and {counted(count, 'regressor')} to fit by them: too few. "
            "Simulate for longer, shorten repetition_time, or leave out drift."
        )
    sizes = np.linalg.norm(regressors, axis=0)
    unseen = [name for name, size in zip(names, sizes, strict=True) if size <= EXACT * sizes.max()]
    if unseen:
        raise DataError(
            f"No sample shows anything of {unseen[0]!r}: the run ends before flow rises, {flow.times[-1]:g} s after "
            "its beginning. Let it begin earlier, or simulate for longer."
        )
    _, R = np.linalg.qr(regressors / sizes)
    shares = np.abs(np.diag(R))  # what is left of each column when those before it are taken off
    if shares.min() < 1e-6:
        last = names[int(np.argmin(shares))]
        raise DataError(
            f"Sampled so, {last!r} cannot be told from {', '.join(map(repr, names[: names.index(last)]))}. Sample more "
            "often, place the blocks elsewhere, or make drift longer."
        )
