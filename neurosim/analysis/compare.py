"""One network in several modes, binary against graded: what is kept and what is lost, with paired seeds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from neurosim.analysis.comparison import Comparison
from neurosim.anatomy.columns import RandomState, read_rng
from neurosim.anatomy.network import Network
from neurosim.anatomy.soma import Mode, as_mode
from neurosim.anatomy.structure import Floats, Indices
from neurosim.anatomy.surrogates import Surrogate, as_surrogate
from neurosim.checks import check_call, check_count, check_number
from neurosim.errors import DataError, OptionError
from neurosim.physiology.stimulus import check_network
from neurosim.plasticity.losses import Loss, LossLike, as_loss, output_modes, suggest
from neurosim.plasticity.optimizers import Optimizer, as_optimizer
from neurosim.plasticity.targets import read_samples
from neurosim.progress import Watched

if TYPE_CHECKING:
    from neurosim.analysis.robustness import Levels

_INSTEAD = {
    **dict.fromkeys(("mode",), "Write modes=('binary', 'sigmoid', 'relu')."),
    **dict.fromkeys(("n_seeds", "runs", "n"), "Write seeds=10."),
    **dict.fromkeys(("seed", "random_state"), "Write rng=0."),
    **dict.fromkeys(("test_size", "test", "split"), "Write held_out=0.25, or validation=(X, labels)."),
    **dict.fromkeys(("lr", "learning_rate"), "The learning rate is the optimizer's: optimizer=ns.Adam(1e-2)."),
}
"""What others call settings, and what to type here."""


@check_call("its name before it, as in ns.compare(net, X, labels, modes, rng={!r})", _INSTEAD)
def compare(
    net: Network,
    X: npt.ArrayLike,
    labels: npt.ArrayLike,
    modes: Sequence[str | Mode | type[Mode]] = ("binary", "sigmoid", "relu"),
    *,
    seeds: int = 5,
    held_out: float = 0.25,
    validation: tuple[npt.ArrayLike, npt.ArrayLike] | None = None,
    loss: LossLike | None = None,
    optimizer: str | Optimizer | type[Optimizer] = "adam",
    epochs: int = 100,
    batch_size: int | Literal["auto"] | None = "auto",
    surrogate: str | Surrogate | type[Surrogate] = "arctan",
    criterion: float = 0.95,
    input_noise: Sequence[float] = (0.25, 0.5, 1.0),
    weight_noise: Sequence[float] = (0.1, 0.3, 1.0),
    lesions: Sequence[float] = (0.1, 0.25, 0.5),
    repeats: int = 10,
    bins: int = 4,
    rng: RandomState = None,
    backend: str = "auto",
    progress: bool | None = None,
) -> Comparison:
    """Train one network in several modes from paired beginnings, and measure what each mode is good for.

    **Who takes the modes.** The hidden neurons: all that have dendrites and are no outputs. The outputs keep their
    mode, so that all brains are trained by the same loss; binary ones, which no loss could teach, are made graded:
    sigmoid if there is one output, linear if there are more. After each graded brain comes the same brain *hardened*:
    its hidden neurons made binary with weights and thresholds as they are, and not trained again.

    **What is paired.** All modes share, seed by seed, the samples held out, the order of training, noise, lesions and
    the weights at birth. Those are drawn once, as for linear neurons (uniform, variance 2 / (fan_in + fan_out);
    receptors keep their signs), and multiplied by what suits each mode: 1 for binary, sigmoid and tanh, and for ReLUs
    what gives the variance 2 / fan_in. Plastic thresholds begin at 0. What is frozen is kept. The network given is
    not changed.

    **What is measured**, with the name of the column:

    - ``accuracy``: the share of samples held out that are read rightly. The class read is the strongest output, or
      for a single output whether it reaches the loss's boundary (one half).
    - ``input_noise``: mean accuracy over the levels of normal noise on the inputs, whose standard deviation is the
      level times that of each input over the samples learnt.
    - ``weight_noise``: the same, each weight multiplied by 1 + level times a normal number (not below 0 where a
      receptor keeps its sign; every synapse on its own, also where weights are shared; thresholds are kept).
    - ``lesions``: the same, with that share of the hidden neurons (one at least) silent: nobody hears them.
    - ``steps``: gradient steps to the end of the first epoch in which the share of right answers on the samples
      learnt, each before its own step, reached `criterion`. A brain that never got there counts with all its
      steps, and the mean is then a lower bound, the restricted mean of survival analysis (Irwin 1949), marked so. A
      hardened brain has the steps of its graded one.
    - ``no_gradient``: the share of hidden neurons whose slope is exactly 0 for every sample learnt, after training:
      all binary ones, and ReLUs that are never active; ``no_gradient_surrogate``: the same with the
      slope of the surrogate for binary neurons, which is what they learn by.
    - ``information``: what a hidden neuron's rate tells about the class of a sample held out, in bits: mutual
      information, the mean over the hidden neurons. Rates of more than `bins` values are put into as many equally
      full bins, so a binary neuron can tell 1 bit at most and a graded one log2(bins). ``entropy``: that of the
      rate, so binned. Both are corrected for the number of samples after Miller and Madow (1955), but not where
      ``held_out=0``: then the samples are all that there is.
    - ``rate``: the sum of the absolute rates of all hidden neurons for one sample held out, their mean: for binary
      neurons the number of impulses that a decision takes.

    Parameters
    ----------
    net : Network
        Without delays: a comparison asks for one tick.
    X : array_like, shape (samples, inputs)
    labels : array_like
        Class numbers, shape (samples,), or one-hot, shape (samples, outputs).
    modes : sequence of mode, default ("binary", "sigmoid", "relu")
        The first one is what the others are compared with. Their order changes no figure.
    seeds : int
        How many brains are trained in each mode. With one there are no intervals.
    held_out : float, 0 <= held_out < 1
        The share of each class that is not learnt but measured on, drawn anew for each seed; 0 to measure on what
        is learnt, where that is everything, as in a truth table.
    validation : (X, labels), optional
        Samples to measure on instead, for all seeds the same.
    loss : str, Loss or subclass of Loss, optional
        What `ns.losses.suggest` says for these labels and outputs, unless given.
    optimizer, epochs, batch_size
        As for `train`, the same for all modes: what suits one may suit another less.
    surrogate : str or Surrogate, default "arctan"
        The slope that binary neurons learn by.
    criterion : float, 0 < criterion <= 1
        The share of right answers that counts as trained.
    input_noise, weight_noise, lesions : sequence of float > 0
        The levels.
    repeats : int
        How often noise and lesions are drawn anew at each level.
    bins : int >= 2
        Of a graded rate, for information and entropy.
    rng : int or numpy.random.Generator, optional
    backend : "auto", "numpy" or "numba"
        As for `train`; "auto" goes by the work of all trainings together.
    progress : bool, optional
        Whether to show a bar.

    Returns
    -------
    Comparison
        A table; every figure is a mean over the seeds with its interval. ``ns.plot`` draws it.

    Raises
    ------
    OptionError
        If there are no hidden neurons, if synapses have delays, or if a setting cannot be used.
    DataError
        If the samples cannot be used, or a class has too few of them to hold some out.
    TrainingError
        If a training diverges; it says in which mode and with which seed.

    Examples
    --------
    >>> import networkx as nx, neurosim as ns
    >>> B = nx.DiGraph()
    >>> B.add_node("x", size=2); B.add_node("h", size=8, mode="relu"); B.add_node("y", size=1, mode="sigmoid")
    >>> nx.add_path(B, ["x", "h", "y"])
    >>> brain = ns.Network.from_regions(B, rng=0)
    >>> X, labels = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0]
    >>> found = ns.compare(brain, X, labels, ("binary", "relu"), held_out=0, optimizer=ns.Adam(0.1), rng=0)
    >>> found.brains
    ('binary', 'relu', 'relu, hardened')
    >>> found["accuracy"]["relu"].mean > found["accuracy"]["relu, hardened"].mean
    True
    >>> found["no_gradient"]["binary"]
    Estimate(1.000 ± 0.000)
    """
    from neurosim.analysis.contest import Contest, Found  # loaded when first needed, with all that it measures by
    from neurosim.analysis.pairing import check_instant, hidden_neurons, seeds_from

    check_network(net)
    check_instant(net)
    kinds = _read_modes(modes)
    hidden_neurons(net)  # raises, if there are none
    check_count("seeds", seeds, least=1)
    check_number("held_out", held_out, least=0, below=1)
    check_number("criterion", criterion, above=0, most=1)
    check_count("repeats", repeats, least=1)
    check_count("bins", bins, least=2)
    levels = {
        "input_noise": _read_levels("input_noise", input_noise),
        "weight_noise": _read_levels("weight_noise", weight_noise),
        "lesions": _read_levels("lesions", lesions, most=1.0),
    }
    graded = _with_graded_outputs(net)
    measure = as_loss(suggest(labels, graded) if loss is None else loss)
    data = _read(graded, X, labels, measure, "")
    watched = None if validation is None else _read(graded, *_pair(validation), measure, "validation ")
    recipe = {
        "loss": measure,
        "optimizer": as_optimizer(optimizer),
        "epochs": epochs,
        "batch_size": batch_size,
        "surrogate": as_surrogate(surrogate),
    }
    check_count("epochs", epochs, least=1)
    contest = Contest(graded, tuple(kinds), data, watched, held_out, levels, recipe, criterion, repeats, bins)
    backends = contest.backends(backend, seeds)
    found: dict[str, list[Found]] = {name: [] for name in contest.brains}
    with Watched("comparing", seeds * len(kinds), progress) as work:
        for seed in seeds_from(read_rng(rng), seeds):
            for kind in kinds:
                for name, result in contest.run(kind, seed, backends[kind]).items():
                    found[name].append(result)
                work.advance(f"{kind}, seed {seed.number}")
    return contest.summary(found, seeds)


# --- Reading what is given -------------------------------------------------------------------------


def _read_modes(modes: Any) -> list[Mode]:
    if isinstance(modes, str) and "," in modes:
        listed = tuple(name.strip() for name in modes.split(","))
        raise OptionError(f"modes must be a list of modes; got the text {modes!r}. Write modes={listed!r}.")
    if isinstance(modes, str | Mode | type):
        raise OptionError(f"modes must be a list of modes; got {modes!r}. Write modes=({modes!r},), with a comma.")
    try:
        kinds = [as_mode(mode) for mode in modes]
    except TypeError:
        raise OptionError(f"modes must be a list of modes, such as ('binary', 'relu'); got {modes!r}.") from None
    if not kinds:
        raise OptionError("modes must name one mode or more, such as ('binary', 'relu'); got none.")
    for kind in kinds:
        if kind.name == "sensory":
            raise OptionError("Hidden neurons cannot be sensory, for they have dendrites. Leave that mode out.")
        if kinds.count(kind) > 1:
            raise OptionError(f"modes names {kind} more than once. Name each mode once.")
    return kinds


def _read_levels(name: str, levels: Any, most: float = np.inf) -> Levels:
    array = np.atleast_1d(np.asarray(levels, dtype=object))
    if array.ndim != 1 or not len(array):
        raise OptionError(f"The setting {name} must be one level or more, such as (0.1, 0.5); got {levels!r}.")
    for level in array:
        check_number(f"{name}, a level", level, above=0, most=most)
    return tuple(float(level) for level in array)


def _with_graded_outputs(net: Network) -> Network:
    """The network, with its binary outputs made graded: no loss could teach them."""
    modes = output_modes(net)
    binary = [name for name, mode in zip(net.outputs, modes, strict=True) if mode.name == "binary"]
    return net.with_mode("sigmoid" if len(modes) == 1 else "linear", neurons=binary) if binary else net


def _pair(validation: Any) -> tuple[npt.ArrayLike, npt.ArrayLike]:
    if not isinstance(validation, tuple | list) or len(validation) != 2:
        raise OptionError(f"validation must be a pair (X, labels); got {type(validation).__name__}.")
    return validation[0], validation[1]


def _read(net: Network, X: npt.ArrayLike, labels: npt.ArrayLike, loss: Loss, prefix: str) -> tuple[Floats, Indices]:
    samples = read_samples(net, X, labels, loss, prefix=prefix, times=False)
    loss.check(net, samples.targets.rows)
    if samples.targets.classes is None:
        raise DataError(
            f"{prefix}labels must be classes: whole numbers of shape (samples,), or rows with a single 1; a comparison "
            "counts right answers."
        )
    return np.ascontiguousarray(samples.stimulus.T), samples.targets.classes
