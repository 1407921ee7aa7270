"""A task: stimuli, what is wanted of them, and the region that is to say it."""

from __future__ import annotations

import dataclasses
import reprlib
import weakref
from collections.abc import Iterable, Iterator
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from neurosim.anatomy.columns import RandomState, read_rng
from neurosim.anatomy.network import Network
from neurosim.anatomy.structure import Floats, Indices, Structure
from neurosim.checks import check_number
from neurosim.engine.compiler import program_of
from neurosim.engine.outputs import read_from
from neurosim.engine.program import largest_product
from neurosim.engine.threads import one_thread
from neurosim.errors import DataError, GraphError, NeurosimError, OptionError, counted
from neurosim.physiology.respond import parameters_of
from neurosim.physiology.stimulus import check_network, read_finite
from neurosim.plasticity.chance import constant_answer
from neurosim.plasticity.gradients import answer
from neurosim.plasticity.learning import parts_of
from neurosim.plasticity.losses import Loss, LossLike, as_loss
from neurosim.plasticity.targets import Samples, read_classes, read_samples

_views: weakref.WeakKeyDictionary[Structure, dict[str, Structure]] = weakref.WeakKeyDictionary()


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Task:
    """What a brain is asked to do: stimuli, targets, and the region whose neurons are read.

    Several tasks can be asked of one brain. Each is read from a region of its own or from one that others use too,
    whatever the outputs of the network are.

    Parameters
    ----------
    name : str
        What it is called in tables and pictures.
    X : array_like, shape (samples, inputs)
        The rates of the sensory neurons, in the order of ``net.inputs``; a task takes a single tick.
    targets : array_like
        Class numbers, shape (samples,), whole, from 0 up: the position of a neuron in the region. Or values, shape
        (samples, neurons of the region).
    output : str
        The name of a region.
    loss : str, Loss or subclass of Loss, default "cross_entropy"
        See `train`.
    weight : float > 0, default 1
        How much its gradient counts beside those of other tasks, when they are learnt together.

    Raises
    ------
    DataError, OptionError
        If an argument cannot be used. Whether it suits a network is told when it meets one.

    Examples
    --------
    >>> import networkx as nx, neurosim as ns
    >>> B = nx.DiGraph()
    >>> B.add_node("eye", size=2); B.add_node("both", size=1); B.add_node("either", size=1)
    >>> B.add_edge("eye", "both", weight=1.0); B.add_edge("eye", "either", weight=1.0)
    >>> net = ns.Network.from_regions(B, rng=0)
    >>> net.biases = [0, 0, -2, -1]
    >>> X = [[0, 0], [0, 1], [1, 0], [1, 1]]
    >>> conjunction = ns.Task("and", X, [0, 0, 0, 1], "both", loss="mse")
    >>> conjunction
    Task 'and': 4 samples, mse at region 'both'
    >>> conjunction.accuracy(net), ns.Task("xor", X, [0, 1, 1, 0], "either", loss="mse").accuracy(net)
    (1.0, 0.75)
    """

    name: str
    X: Floats
    targets: npt.NDArray[Any]
    output: str = ""
    loss: LossLike = "cross_entropy"
    weight: float = 1.0
    _laid_out: dict[tuple[str, int, int], Samples] = dataclasses.field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not self.name:
            raise OptionError(
                f"A task needs a name; got {self.name!r}. Write ns.Task('digit', X, labels, output='digits')."
            )
        if not isinstance(self.output, str) or not self.output:
            raise OptionError(
                f"Task {self.name!r} needs the name of the region that is read; got {self.output!r}. Write "
                f"ns.Task({self.name!r}, X, targets, output='...'), with one of net.regions."
            )
        check_number(f"weight of task {self.name!r}", self.weight, above=0)
        X, targets = self._read()
        for field, value in (("X", X), ("targets", targets), ("loss", as_loss(self.loss))):
            object.__setattr__(self, field, value)

    def _read(self) -> tuple[Floats, npt.NDArray[Any]]:
        """Both arrays, checked as far as they can be without a network; they are copies and cannot be written to."""
        try:
            narrow = getattr(self.X, "dtype", None) == np.float32
            X = read_finite(self.X, "X", np.float32 if narrow else np.float64)
            read_finite(self.targets, "targets", np.float64)
        except DataError as error:
            raise DataError(f"Task {self.name!r}: {error}") from None
        targets = np.array(self.targets)
        if X.ndim != 2 or not len(X):
            raise DataError(
                f"Task {self.name!r}: X must have the shape (samples, inputs), with a row or more; got shape {X.shape}."
                + (" A task takes a single tick; for stimuli in time use ns.train." if X.ndim == 3 else "")
            )
        if not targets.ndim or len(targets) != len(X):
            raise DataError(
                f"Task {self.name!r}: X has {counted(len(X), 'sample')}, and targets have "
                f"{counted(len(targets), 'row') if targets.ndim else 'no rows'}. Give one target for each sample."
            )
        for array in (X, targets):
            array.flags.writeable = False
        return X, targets

    def __repr__(self) -> str:
        name = self.measure.name
        return f"Task {self.name!r}: {counted(len(self), 'sample')}, {name} at region {self.output!r}"

    def __len__(self) -> int:
        """How many samples there are."""
        return len(self.X)

    def __getitem__(self, samples: slice | npt.ArrayLike) -> Self:
        """The same task on some of its samples: a slice, numbers, or a flag for each."""
        numbers = samples if isinstance(samples, slice) else np.atleast_1d(np.asarray(samples))
        try:
            chosen = np.arange(len(self))[numbers]
        except IndexError:
            chosen = np.empty(0, np.int64)
        if chosen.ndim != 1 or not chosen.size:
            raise DataError(
                f"Task {self.name!r} has {counted(len(self), 'sample')}, and {reprlib.repr(samples)} is no choice "
                f"of them. Give a slice, as in task[:10]; numbers from 0 to {len(self) - 1}; or a flag for each."
            )
        return dataclasses.replace(self, X=self.X[chosen], targets=self.targets[chosen])

    def __iter__(self) -> Iterator[Self]:
        """The samples one by one, each as a task."""
        return (self[number] for number in range(len(self)))

    @property
    def measure(self) -> Loss:
        """The loss as an object."""
        return as_loss(self.loss)

    # --- Parts of it, and its control ------------------------------------------------------------

    def split(self, fraction: float = 0.7, rng: RandomState = None) -> tuple[Self, Self]:
        """Two tasks that share no sample: to learn from, and to test on.

        Parameters
        ----------
        fraction : float in (0, 1)
            The share of samples in the first; each part has one at least.
        rng : int or numpy.random.Generator, optional
            For which of them. Tasks with as many samples are split alike by the same seed.

        Returns
        -------
        (Task, Task)

        Examples
        --------
        >>> import neurosim as ns
        >>> X, labels = ns.datasets.moons(100, rng=0)
        >>> first, second = ns.Task("moons", X, labels, "out").split(0.8, rng=1)
        >>> len(first), len(second)
        (80, 20)
        """
        check_number("fraction", fraction, above=0, below=1)
        if len(self) < 2:
            raise DataError(f"Task {self.name!r} has a single sample, which cannot be split; give it two or more.")
        count = min(max(round(fraction * len(self)), 1), len(self) - 1)
        order = read_rng(rng).permutation(len(self))
        return self[order[:count]], self[order[count:]]

    def shuffled(self, rng: RandomState = None) -> Self:
        """The same stimuli and targets, but dealt out anew: a control in which there is nothing to learn but by heart.

        Parameters
        ----------
        rng : int or numpy.random.Generator, optional

        Returns
        -------
        Task

        Examples
        --------
        >>> import neurosim as ns
        >>> X, labels = ns.datasets.moons(100, rng=0)
        >>> control = ns.Task("moons", X, labels, "out").shuffled(rng=1)
        >>> (control.targets == labels).all(), control.targets.sum() == labels.sum()
        (np.False_, np.True_)
        """
        return dataclasses.replace(self, targets=self.targets[read_rng(rng).permutation(len(self))])

    # --- On a network ----------------------------------------------------------------------------

    def view(self, net: Network) -> Network:
        """The network with this task's region as its outputs; weights and thresholds are those of `net` itself.

        What is written into either's arrays is in both: to weaken synapses of a view weakens those of `net`. Editing
        neurons or synapses of one parts them, and so does silencing or cutting: a view that was taken before a lesion
        stays intact, and what is silenced in a view is not in `net`. Take it anew after a lesion.

        Parameters
        ----------
        net : Network

        Returns
        -------
        Network

        Raises
        ------
        NeurosimError
            If there is no such region, or it is sensory, or a lesion has silenced some of it.
        """
        check_network(net)
        views = _views.setdefault(net.structure, {})
        if self.output not in views:
            views[self.output] = _at_region(net.structure, self.output, self.name)
        return Network(views[self.output], net.weights, net.thresholds)

    def samples(self, net: Network) -> Samples:
        """Stimuli and targets, checked against a network and laid out for the engine."""
        view = self.view(net)
        key = (str(net.dtype), len(net.structure.inputs), len(view.structure.outputs))
        try:
            if key not in self._laid_out:
                self._laid_out[key] = read_samples(view, self.X, self.targets, self.measure, times=False)
            samples = self._laid_out[key]
            self.measure.check(view, samples.targets.rows)
        except NeurosimError as error:
            raise type(error)(f"Task {self.name!r} at region {self.output!r}: {error}") from None
        return samples

    def loss_of(self, net: Network) -> float:
        """The loss: the mean over the samples.

        Parameters
        ----------
        net : Network

        Returns
        -------
        float
        """
        return float(self.losses(net).mean())

    def losses(self, net: Network) -> npt.NDArray[np.float64]:
        """The loss of every sample.

        Parameters
        ----------
        net : Network

        Returns
        -------
        float array, shape (samples,)

        Examples
        --------
        >>> import networkx as nx, neurosim as ns
        >>> B = nx.DiGraph([("eye", "hand")])
        >>> B.nodes["eye"]["size"], B.nodes["hand"]["size"] = 1, 1
        >>> net = ns.Network.from_regions(B, mode="linear", rng=0)
        >>> net.weights[:] = 2
        >>> ns.Task("copy", [[0.0], [1.0], [3.0]], [0.0, 1.0, 3.0], "hand", loss="mse").losses(net)
        array([0. , 0.5, 4.5])
        """
        samples = self.samples(net)
        rates, drives = self._answers(net, samples)
        return self.measure.of_each(rates, drives, samples.targets.values).astype(np.float64)

    def correct(self, net: Network) -> npt.NDArray[np.bool_]:
        """Which samples are answered with the right class.

        Parameters
        ----------
        net : Network

        Returns
        -------
        bool array, shape (samples,)

        Raises
        ------
        DataError
            If the targets are values and not classes.
        """
        samples = self.samples(net)
        right: npt.NDArray[np.bool_] = self._named(net, samples) == self._classes(samples)
        return right

    def accuracy(self, net: Network) -> float:
        """The share of samples that are answered with the right class.

        Parameters
        ----------
        net : Network

        Returns
        -------
        float from 0 to 1

        Raises
        ------
        DataError
            If the targets are values and not classes.
        """
        return float(self.correct(net).mean())

    def chance(self, net: Network) -> float:
        """The loss of the best answer that is the same for every sample: of a region that sees nothing.

        With cross-entropy it answers with the frequencies of the classes, with the squared error by the mean target.

        Parameters
        ----------
        net : Network

        Returns
        -------
        float

        Examples
        --------
        >>> import networkx as nx, neurosim as ns
        >>> B = nx.DiGraph([("eye", "hand")])
        >>> B.nodes["eye"]["size"], B.nodes["hand"]["size"] = 1, 2
        >>> net = ns.Network.from_regions(B, mode="linear", rng=0)
        >>> round(ns.Task("side", [[0.0], [1.0]], [0, 1], "hand").chance(net), 4)
        0.6931
        """
        return float(self.losses_by_chance(net).mean())

    def losses_by_chance(self, net: Network) -> npt.NDArray[np.float64]:
        """What that answer, the same for every sample, costs each of them.

        Parameters
        ----------
        net : Network

        Returns
        -------
        float array, shape (samples,)
        """
        values = self.samples(net).targets.values
        rates, drives = (np.broadcast_to(each, values.shape) for each in constant_answer(self.measure, values))
        return self.measure.of_each(rates, drives, values).astype(np.float64)

    def chance_accuracy(self, net: Network) -> float:
        """The accuracy of always naming the class that is the most frequent.

        Parameters
        ----------
        net : Network

        Returns
        -------
        float from 0 to 1
        """
        classes = self._classes(self.samples(net))
        return float(np.bincount(classes).max() / len(classes))

    def _answers(self, net: Network, samples: Samples) -> tuple[Floats, Floats]:
        """Rates and drives of the region's neurons, shape (samples, neurons)."""
        view = self.view(net)
        parameters, program = parameters_of(view), program_of(view.structure)
        with one_thread(largest_product(program, len(samples))):
            parts = [answer(parameters, part) for part in parts_of(program, samples)]
        return np.concatenate([part.rates for part in parts]), np.concatenate([part.drives for part in parts])

    def _named(self, net: Network, samples: Samples) -> Indices:
        return read_classes(self._answers(net, samples)[0], samples.targets.boundary)

    def _classes(self, samples: Samples) -> Indices:
        if samples.targets.classes is None:
            raise DataError(
                f"Task {self.name!r} has values as targets, which are not right or wrong, so it has no accuracy. Take "
                "task.loss_of(net); or give class numbers, whole, of shape (samples,)."
            )
        return samples.targets.classes


def _at_region(structure: Structure, region: str, task: str) -> Structure:
    """The same structure with one region's neurons as outputs."""
    try:
        members = structure.members(region)
    except NeurosimError as error:
        raise type(error)(f"Task {task!r} is read from a region that is not there. {error}") from None
    if structure.sensory[members].any():
        raise OptionError(
            f"Task {task!r} is read from region {region!r}, which is sensory: the stimulus drives it and nothing can "
            "be learnt there. Name a region that listens to others as its output."
        )
    silent = int(np.count_nonzero(structure.silenced[members]))
    if silent:
        raise GraphError(
            f"Task {task!r} is read from region {region!r}, and a lesion has silenced {silent} of its "
            f"{counted(len(members), 'neuron')}; what is silent cannot be read. Restore the lesion, with "
            "lesion.restore() or ns.heal(net), or read another region."
        )
    marked = np.zeros(structure.n_neurons, dtype=bool)
    marked[members] = True
    return read_from(structure, marked)


def read_tasks(net: Network, tasks: object) -> list[Task]:
    """Check that these are tasks, one or more, with names of their own, that suit a network.

    Parameters
    ----------
    net : Network
    tasks : Task or sequence of Task

    Returns
    -------
    list of Task
    """
    check_network(net)
    given: list[Any] = [tasks] if isinstance(tasks, Task) or not isinstance(tasks, Iterable) else list(tasks)
    for task in given:
        if not isinstance(task, Task):
            raise OptionError(
                "Tasks must be a list of tasks made by ns.Task, such as [ns.Task('digit', X, labels, "
                f"output='digits'), ...]; got {task!r}{'' if task is tasks else ' among them'}."
            )
    if not given:
        raise OptionError(
            "There are no tasks: the list has none. Give one or more: [ns.Task('digit', X, labels, 'digits')]."
        )
    names = [task.name for task in given]
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise OptionError(
            f"Every task needs a name of its own; {twice[0]!r} is given {names.count(twice[0])} times. Rename one, as "
            f"in ns.Task('{twice[0]} 2', ...)."
        )
    for task in given:
        task.samples(net)
    return given
