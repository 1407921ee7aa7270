"""One verb for all pictures: what is drawn depends on what is given."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from neurosim.anatomy.network import Network
from neurosim.anatomy.neuron import Cell
from neurosim.errors import OptionError, unknown
from neurosim.physiology.recording import Recording

if TYPE_CHECKING:
    from matplotlib.axes import Axes


DRAWERS: dict[str, tuple[str, str]] = {
    "Network": ("network", "draw_network"),
    "Cell": ("neuron", "draw_neuron"),
    "Hyperplane": ("hyperplane", "draw_hyperplane"),
    "History": ("history", "draw_history"),
    "TaskHistory": ("history", "draw_task_history"),
    "Plasticity": ("ages", "draw_plasticity"),
    "PerceptronRun": ("history", "draw_perceptron_run"),
    "ConfusionMatrix": ("confusion", "draw_confusion"),
    "Comparison": ("comparison", "draw_comparison"),
    "Expression": ("composite", "draw_composite"),
    "Expansion": ("composite", "draw_composite"),
    "Explanation": ("explanation", "draw_explanation"),
    "NeuronExplanation": ("explanation", "draw_neuron_explanation"),
    "Separability": ("separability", "draw_separability"),
    "Workload": ("workload", "draw_workload"),
    "Selectivity": ("specialisation", "draw_selectivity"),
    "SelectivityCourse": ("specialisation", "draw_course"),
    "Coding": ("specialisation", "draw_coding"),
    "Commitment": ("specialisation", "draw_commitment"),
    "Modularity": ("specialisation", "draw_modularity"),
    "LesionAtlas": ("lesion_atlas", "draw_lesion_atlas"),
    "DoubleDissociations": ("lesion_atlas", "draw_double_dissociations"),
    "HaemodynamicResponse": ("blood_flow", "draw_response"),
    "BloodFlow": ("blood_flow", "draw_blood_flow"),
    "FlowModel": ("blood_flow", "draw_flow_model"),
    "Contrast": ("flow_map", "draw_contrast"),
    "FlowAndNeed": ("flow_and_need", "draw_flow_and_need"),
}
"""What draws each type, by its name: a module of this room, loaded with the first such picture, and its function."""

NEURON_KINDS = ("anatomy", "hyperplane")


def plot(thing: object, ax: Axes | None = None, **options: Any) -> Any:
    """Draw a network, its activity, a recording, a neuron, a training history, a confusion matrix or an expression.

    Parameters
    ----------
    thing : Network, Recording, Neuron, History, Comparison, Explanation, ...
        Whatever neurosim makes that can be looked at; anything else is an error that lists them.
    ax : matplotlib Axes, optional
        Where to draw; a new figure unless given. Nothing is shown: a notebook does that by itself, a
        script calls ``plt.show()``.
    **options
        For a network: ``rates=`` one rate for every neuron, shown as its colour; ``activity=`` an array
        from `ns.activity`, drawn as a heat map instead; ``most=`` neurons shown of a region;
        ``most_synapses=``. For a recording: ``kind=`` "raster", "regions", "traces" or "phase" (unless said, what
        suits it), ``trial=``, and as the kind has it ``above=``, ``regions=``, ``neurons=``, ``x=`` and ``y=``;
        see `kinds`. For a neuron: ``kind="hyperplane"`` draws where its drive is 0, with ``points=`` and their
        ``labels=``; see `ns.hyperplane`. For a history: ``column=`` "loss", "accuracy" or "error", for that alone.
        For plasticity by age: ``column=`` "learning_rate" or "turnover", and ``until=`` an age.
        For a comparison: ``measures=`` and ``maps=``. For an expression or an expansion: ``most=`` nodes that it
        may have. For a SelectivityCourse of more than two tasks: ``task=``, for that alone.
        For blood flow: ``design=`` which task runs when, ``regions=`` and ``trial=``; for a contrast: ``kind="bars"``.
        For a lesion atlas: ``kind=`` "regions", "interactions" or "neurons", for that alone; for double
        dissociations: ``most=``.
        For an explanation: ``step=`` "parameters", "forward", "loss", "backward" or "update", for that alone.

    Returns
    -------
    Axes, or array of Axes
        What it drew on. To write it to a file: ``np.ravel(ax)[0].get_figure(root=True).savefig("picture.png")``.

    Raises
    ------
    OptionError
        If there is no picture of such a thing.

    Examples
    --------
    >>> import neurosim as ns
    >>> ax = ns.plot(ns.Neuron({"left": 1, "right": 1}, threshold=2))
    """
    if isinstance(thing, Network) and "activity" in options:
        from neurosim.plotting.activity import draw_activity

        return draw_activity(thing, options.pop("activity"), ax, **_known(draw_activity, options, "activity"))
    if isinstance(thing, Recording):
        from neurosim.plotting.kinds import KINDS, kind_of

        picture = kind_of(thing, options.pop("kind", None), options)
        what = f"a Recording with kind={picture!r}"
        return KINDS[picture](thing, ax, **_known(KINDS[picture], options, what, ["kind"]))
    if isinstance(thing, Cell) and "kind" in options:
        picture = options.pop("kind")
        if picture not in NEURON_KINDS:
            raise unknown("kind of picture of a neuron called", picture, NEURON_KINDS)
        if picture == "hyperplane":
            from neurosim.analysis.hyperplane import hyperplane

            thing = hyperplane(thing)
    for kind in type(thing).__mro__:
        if kind.__name__ in DRAWERS and kind.__module__.startswith("neurosim."):
            room, name = DRAWERS[kind.__name__]
            draw = getattr(importlib.import_module(f"neurosim.plotting.{room}"), name)
            return draw(thing, ax, **_known(draw, options, f"a {type(thing).__name__}"))
    kinds = ", ".join(sorted({*DRAWERS, "Recording", "Neuron"} - {"Cell"}))
    raise OptionError(
        f"There is no picture of the type {type(thing).__name__}. ns.plot draws what neurosim makes: {kinds}. For "
        "activity write ns.plot(net, activity=ns.activity(net, X)); for numbers of your own see ns.charts."
    )


def save(drawing: Any, path: Path) -> None:
    """Write what `plot` returned to a file, and close its figure.

    Parameters
    ----------
    drawing : Axes, array of Axes, or Figure
    path : Path
        Its ending says which kind of file.
    """
    import matplotlib.pyplot as plt

    first = np.ravel(np.array(drawing, dtype=object))[0]
    figure = first.figure.canvas.figure  # the whole, also where it was drawn on a part
    how = {"pil_kwargs": {"compress_level": 1}} if path.suffix == ".png" else {}  # a tenth larger, in half the time
    figure.savefig(path, dpi=150, bbox_inches="tight", **how)
    plt.close(figure)


def _known(draw: Any, options: dict[str, Any], what: str, others: Sequence[str] = ()) -> dict[str, Any]:
    """The options, if this drawing has them all."""
    allowed = [*others, *(draw.__kwdefaults__ or {})]
    for name in options:
        if name not in allowed:
            raise unknown(f"option of ns.plot for {what} called", name, allowed)
    return options
