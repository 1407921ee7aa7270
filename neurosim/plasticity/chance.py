"""The best answer that is the same for every sample: what a loss comes to by chance."""

from __future__ import annotations

import numpy as np

from neurosim.anatomy.structure import Floats
from neurosim.plasticity.losses import Loss

SATURATED = 50.0  # a drive at which a sigmoid is 1 to the last digit


def constant_answer(loss: Loss, targets: Floats) -> tuple[Floats, Floats]:
    """The rates and drives of the outputs that have the lowest loss, if they are the same for all samples.

    Parameters
    ----------
    loss : Loss
    targets : float array, shape (samples, outputs)

    Returns
    -------
    rates, drives : float arrays, shape (outputs,)

    Examples
    --------
    >>> from neurosim.plasticity.losses import MSE
    >>> constant_answer(MSE(), np.array([[0.0, 1.0], [4.0, 1.0]]))[0]
    array([2., 1.])
    """
    mean = targets.mean(axis=0)
    if loss.name == "mse":
        return mean, mean
    if loss.name == "mae":
        middle = np.median(targets, axis=0)
        return middle, middle
    if loss.name == "cross_entropy":
        logs = np.log(np.maximum(mean, np.exp(-SATURATED)))
        return logs, logs
    if loss.name == "binary_cross_entropy":
        drives = np.clip(np.log(np.maximum(mean, 1e-300)) - np.log(np.maximum(1 - mean, 1e-300)), -SATURATED, SATURATED)
        return 1 / (1 + np.exp(-drives)), drives
    if loss.name == "hinge":
        side = np.where((targets > 0).mean(axis=0) >= 0.5, 1.0, -1.0)
        return side, side
    lowest = _search(loss, targets)
    return lowest, lowest


def _search(loss: Loss, targets: Floats) -> Floats:
    """For any other loss: downhill from the mean, along the gradient that the loss gives."""
    from scipy.optimize import minimize

    def objective(rates: Floats) -> tuple[float, Floats]:
        everyone = np.broadcast_to(rates, targets.shape)
        found = loss.evaluate(everyone, everyone, targets)
        slope = found.by_rate if found.by_drive is None else found.by_rate + found.by_drive
        return found.value, slope.sum(axis=0).astype(np.float64)

    start = targets.mean(axis=0).astype(np.float64)
    found: Floats = minimize(objective, start, jac=True, method="L-BFGS-B", tol=1e-12).x
    return found
