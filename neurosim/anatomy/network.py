"""Network: neurons and synapses in columns, edited by name."""

from __future__ import annotations

import dataclasses
from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from neurosim.anatomy.columns import (
    RandomState,
    fitting,
    read_dtype,
    read_ends,
    read_flags,
    read_groups,
    read_marks,
    read_modes,
    read_names,
    read_position,
    read_positions,
    read_receptors,
    read_regions,
    read_rng,
    read_size,
    read_values,
    read_whole_numbers,
)
from neurosim.anatomy.constraints import check_thresholds, check_weights, one_of_each
from neurosim.anatomy.editing import (
    check_edited,
    in_mode,
    in_region,
    subset,
    with_plasticity,
    with_synapses,
    without_synapses,
)
from neurosim.anatomy.initial_weights import draw_missing
from neurosim.anatomy.network_neuron import NetworkNeuron
from neurosim.anatomy.neuron import Name, branch_key, check_name, read_threshold
from neurosim.anatomy.pieces import compact
from neurosim.anatomy.soma import Mode, as_mode
from neurosim.anatomy.structure import (
    EITHER,
    INDEX,
    NO_REGION,
    NOT_SHARED,
    Flags,
    Floats,
    Indices,
    Structure,
    check_structure,
    receptor_name,
)
from neurosim.checks import check_attribute, check_call, check_count
from neurosim.errors import DataError, GraphError, OptionError, counted, unknown

if TYPE_CHECKING:
    import networkx as nx


NOTHING = np.empty(0)
PROJECTION = ("projection", "[('retina', 'V1')]")


class Network:
    """A directed graph of neurons, held in columns.

    Make one with `from_graph` (neuron by neuron), `from_regions` (region by region) or `from_arrays`
    (for scale). What is there is edited here; what it does is asked of functions: ``ns.respond(net, X)``,
    ``ns.train(net, X, targets)``, ``ns.plot(net)``.

    Examples
    --------
    >>> import networkx as nx, neurosim as ns
    >>> G = nx.DiGraph()
    >>> G.add_edge("x", "h", weight=0.5); G.add_edge("h", "y", weight=2.0); G.add_edge("x", "y", weight=-1.0)
    >>> net = ns.Network.from_graph(G, mode="linear")
    >>> net.inputs, net.outputs
    (['x'], ['y'])
    >>> net.synapses, net.weights
    ([('x', 'h'), ('x', 'y'), ('h', 'y')], array([ 0.5, -1. ,  2. ]))
    >>> net["h"].threshold = 0.2
    >>> net.thresholds
    array([0. , 0.2, 0. ])
    """

    def __init__(self, structure: Structure, weights: Floats = NOTHING, thresholds: Floats = NOTHING) -> None:
        """Put checked columns together; the three ``from_`` methods are the ways in for everyone else."""
        if not isinstance(structure, Structure):
            raise OptionError(
                f"A network is not made by its class alone; got {type(structure).__name__}. "
                "Write ns.Network.from_graph(G), ns.Network.from_regions(B) or ns.Network.from_arrays(pre, post)."
            )
        self._structure = structure
        self._weights = weights
        self._thresholds = thresholds
        self._lesions: list[Any] = []  # those in force on this network; a copy keeps their marks alone

    def __setattr__(self, name: str, value: object) -> None:
        check_attribute(self, name)
        object.__setattr__(self, name, value)

    # --- Ways in and out -------------------------------------------------------------------------

    @classmethod
    def from_graph(
        cls,
        graph: nx.DiGraph[Any],
        *,
        mode: str | Mode = "binary",
        rng: RandomState = None,
        dtype: npt.DTypeLike | None = None,
    ) -> Network:
        """Read a networkx graph: every node a neuron, every edge a synapse.

        Parameters
        ----------
        graph : networkx.DiGraph or MultiDiGraph
            Node attributes: ``mode``, ``threshold`` or ``bias``, ``region``, ``output`` (True for a neuron
            to read), ``pos`` (x, y for drawing), ``receptor`` ("excitatory" or "inhibitory": of all synapses
            that it makes), ``plastic`` (False: its threshold and dendrites are frozen), ``shared_threshold``
            (a label, equal for neurons that have one threshold). Edge attributes: ``weight``, ``delay``
            (ticks, 0), ``branch`` (for maxout, 0; in a MultiDiGraph the edge's key where that is a whole
            number), ``receptor``, ``plastic``, ``shared`` (a label, equal for synapses that are one weight). A
            node without incoming edges and without a mode is sensory. Other attributes are kept for `to_graph`.
        mode : str or Mode, default "binary"
            For the neurons that have dendrites and name no mode.
        rng : int or numpy.random.Generator, optional
            For the weights that are not given; drawn to suit mode and fan-in.
        dtype : "float64" or "float32", optional
            float64, unless the graph came from a network of another dtype.

        Returns
        -------
        Network

        Raises
        ------
        NeurosimError
            If the graph is empty, undirected, has a loop without delay, a number that is not finite, a name
            that is neither text nor a whole number, an unknown mode, no inputs or no outputs.

        Examples
        --------
        >>> import networkx as nx, neurosim as ns
        >>> ns.Network.from_graph(nx.gn_graph(10, seed=1), rng=0)
        Network: 10 neurons, 9 synapses
          neurons   5 sensory, 5 binary
          inputs    4, 6, 7, 8, 9
          outputs   0
        """
        from neurosim.anatomy.graphs import read_graph

        return read_graph(graph, as_mode(mode), rng, dtype)

    @classmethod
    def from_regions(
        cls,
        regions: nx.DiGraph[Any],
        *,
        mode: str | Mode = "binary",
        rng: RandomState = None,
        dtype: npt.DTypeLike | None = None,
    ) -> Network:
        """Read a graph of regions: every node a population of neurons, every edge a projection.

        Parameters
        ----------
        regions : networkx.DiGraph
            Node attributes: ``size`` or ``shape`` ((rows, columns), or (maps, rows, columns) for several
            grids one behind the other), ``mode``, ``threshold`` or ``bias``, ``output``, ``branches`` (of a
            maxout region; 2), ``receptor`` ("excitatory" or "inhibitory": of all synapses that it makes) or
            ``inhibitory`` (the share of its neurons that are, such as 0.2; the others are excitatory),
            ``plastic`` (False: frozen). Edge attributes: ``wiring`` (see `neurosim.wiring`; all-to-all),
            ``weight`` (a number for every synapse; drawn), ``delay`` (0), ``receptor``, ``plastic``.
            A region without incoming edges and without a mode is sensory. A projection of a region onto itself
            includes autapses, synapses of a neuron onto itself, where its wiring does not leave them out. Outputs
            are the regions that say so; if none does, those that project to no other region and are not sensory
            (a sensory region is an output only if it says so).
        mode : str or Mode, default "binary"
            For the regions with incoming projections that name no mode.
        rng : int or numpy.random.Generator, optional
            For wiring and weights.
        dtype : "float64" or "float32", optional

        Returns
        -------
        Network
            Neurons are named ``"V1[0]"``, ``"V1[1]"``, ... row by row.

        Examples
        --------
        >>> import networkx as nx, neurosim as ns
        >>> B = nx.DiGraph()
        >>> B.add_node("retina", shape=(8, 8)); B.add_node("V1", size=20, mode="relu")
        >>> B.add_edge("retina", "V1", wiring=ns.wiring.fixed_indegree(9))
        >>> brain = ns.Network.from_regions(B, rng=0)
        >>> len(brain), len(brain.synapses), brain.regions["V1"][:2]
        (84, 180, ['V1[0]', 'V1[1]'])
        """
        from neurosim.anatomy.region_graphs import read_regions

        return read_regions(regions, as_mode(mode), rng, dtype)

    @classmethod
    def from_arrays(
        cls,
        pre: npt.ArrayLike,
        post: npt.ArrayLike,
        weight: npt.ArrayLike | None = None,
        *,
        size: int | None = None,
        names: Sequence[Name] | None = None,
        modes: str | Mode | Sequence[str | Mode | None] | None = None,
        thresholds: npt.ArrayLike = 0.0,
        regions: Sequence[str | None] | None = None,
        outputs: Sequence[int] | None = None,
        delay: npt.ArrayLike = 0,
        branch: npt.ArrayLike = 0,
        receptor: Any = None,
        plastic: npt.ArrayLike = True,
        shared: Any = None,
        receptors: Any = None,
        plastic_thresholds: npt.ArrayLike = True,
        shared_thresholds: Any = None,
        silenced: npt.ArrayLike = False,
        cut: npt.ArrayLike = False,
        positions: npt.ArrayLike | None = None,
        rng: RandomState = None,
        dtype: npt.DTypeLike | None = None,
        copy: bool = True,
    ) -> Network:
        """Make a network from columns of numbers: the fast way in, which the others use.

        Parameters
        ----------
        pre, post : int arrays, shape (synapses,)
            Numbers of the presynaptic and postsynaptic neurons, from 0.
        weight : float array, shape (synapses,), or one number, optional
            NaN, or none at all, where a weight is to be drawn.
        size : int, optional
            How many neurons; by default as many as `names`, `modes`, `thresholds` or `regions` list,
            or as the largest number in `pre` and `post` needs.
        names : sequence of str or int, optional
            0, 1, 2, ... unless given.
        modes : str, Mode, or a sequence with one (or None) per neuron, optional
            One mode is for all neurons with dendrites. Those that are given none are binary if they have
            dendrites and sensory if not.
        thresholds : float array, shape (neurons,), or one number
        regions : sequence of str or None, one per neuron, optional
        outputs : sequence of int, optional
            Numbers of the neurons to read; by default those without outgoing synapses.
        delay, branch : int arrays, shape (synapses,), or one number
        receptor : "excitatory", "inhibitory", None, or a sequence with one of these per synapse, optional
            The sign that the weight keeps, in training too; None for either.
        plastic : bool, or bool array, shape (synapses,)
            Whether training may change the weight.
        shared : sequence of labels (int, str or None), one per synapse, optional
            Synapses with the same label are one weight.
        receptors, plastic_thresholds, shared_thresholds : as above, one per neuron, optional
            A neuron's receptor is that of every synapse that it makes (Dale's law).
        silenced : bool, or bool array, shape (neurons,)
            The neurons that a lesion has taken out; see `neurosim.lesion`.
        cut : bool, or bool array, shape (synapses,)
            The synapses that a lesion has taken out.
        positions : float array, shape (neurons, 2), optional
        rng : int or numpy.random.Generator, optional
            For the weights that are not given.
        dtype : "float64" or "float32", optional
        copy : bool, default True
            False makes int32 arrays (`pre`, `post`, `shared`), and `weight` of the network's dtype, the network's own
            without copying them, which at scale saves as much memory again; nothing else may write into them then.

        Returns
        -------
        Network

        Examples
        --------
        >>> import neurosim as ns
        >>> net = ns.Network.from_arrays([0, 1, 0], [2, 2, 1], [1.0, -1.0, 0.5], modes="relu", dtype="float32")
        >>> net.inputs, net.outputs, net.weights.dtype
        ([0], [2], dtype('float32'))
        """
        generator = read_rng(rng)
        n_neurons, told_by = read_size(
            size, names=names, modes=modes, thresholds=thresholds, regions=regions, positions=positions
        )
        pre, post, n_neurons = read_ends(pre, post, n_neurons, told_by, copy=copy)
        n_synapses = len(pre)
        has_dendrites = np.zeros(n_neurons, dtype=bool)
        has_dendrites[post] = True
        palette_of_modes, mode_of = read_modes(modes, has_dendrites)
        region_names, region_of = read_regions(regions, n_neurons)
        marked = np.zeros(n_neurons, dtype=bool)
        marked[read_marks(outputs, n_neurons)] = True
        law = read_receptors(receptors, "receptors", n_neurons)
        receptor = read_receptors(receptor, "receptor", n_synapses)
        structure = check_structure(
            Structure(
                names=read_names(names, n_neurons),
                modes=palette_of_modes,
                mode_of=mode_of,
                regions=region_names,
                region_of=region_of,
                region_shapes={},
                marked_outputs=marked,
                positions=read_positions(positions, n_neurons),
                pre=pre,
                post=post,
                delay=read_whole_numbers(delay, "delay", n_synapses),
                branch=read_whole_numbers(branch, "branch", n_synapses),
                receptor=compact(np.where(receptor == EITHER, law[pre], receptor)) if law.any() else receptor,
                plastic=read_flags(plastic, "plastic", n_synapses),
                shared=read_groups(shared, "shared", n_synapses, copy=copy),
                transmitter=law,
                plastic_thresholds=read_flags(plastic_thresholds, "plastic_thresholds", n_neurons),
                shared_thresholds=read_groups(shared_thresholds, "shared_thresholds", n_neurons),
                silenced=read_flags(silenced, "silenced", n_neurons),
                cut=read_flags(cut, "cut", n_synapses),
            )
        )
        kind = read_dtype(dtype)
        theta = read_values(thresholds, n_neurons, "threshold", lambda i: repr(structure.names[i]), kind)
        given = np.nan if weight is None else weight
        weights = read_values(given, n_synapses, "weight", structure.synapse_label, kind, gaps=True, copy=copy)
        check_thresholds(structure, theta)
        draw_missing(structure, weights, theta, generator)
        check_weights(structure, weights)
        return cls(structure, weights, theta)

    def to_graph(self) -> nx.DiGraph[Any]:
        """The network as a networkx graph that `from_graph` reads back without loss.

        Returns
        -------
        networkx.DiGraph
            A MultiDiGraph with branch numbers as keys, where there are parallel synapses.

        Examples
        --------
        >>> import neurosim as ns
        >>> ns.Network.from_arrays([0], [1], [0.5], modes="relu").to_graph().edges[0, 1]
        {'weight': 0.5, 'delay': 0}
        """
        from neurosim.anatomy.graphs import write_graph

        return write_graph(self)

    def region_graph(self) -> nx.DiGraph[Any]:
        """The graph of regions: nodes with size, modes and shape; edges with synapses, density and mean weight.

        Neurons that belong to no region are left out.

        Returns
        -------
        networkx.DiGraph

        Examples
        --------
        >>> import neurosim as ns
        >>> net = ns.Network.from_arrays([0, 1], [2, 2], [1.0, 3.0], regions=["eye", "eye", "hand"])
        >>> summary = net.region_graph()
        >>> summary.nodes["eye"]
        {'size': 2, 'shape': (2,), 'modes': ['sensory']}
        >>> summary.edges["eye", "hand"]
        {'synapses': 2, 'density': 1.0, 'mean_weight': 2.0}
        """
        from neurosim.anatomy.region_graphs import write_regions

        return write_regions(self)

    def copy(self) -> Network:
        """An independent copy; the wiring itself, which never changes, is shared.

        Returns
        -------
        Network

        Examples
        --------
        >>> import neurosim as ns
        >>> net = ns.Network.from_arrays([0], [1], [0.5])
        >>> other = net.copy()
        >>> other.weights[0] = 9.0
        >>> net.weights
        array([0.5])
        """
        return Network(self._structure, self._weights.copy(), self._thresholds.copy())

    __copy__ = copy

    def __deepcopy__(self, memo: object) -> Network:
        return self.copy()

    # --- What is there ---------------------------------------------------------------------------

    @property
    def structure(self) -> Structure:
        """The wiring in columns: for code that works on arrays. It never changes; edits put another in its place."""
        return self._structure

    @property
    def dtype(self) -> np.dtype[Any]:
        """The type of weights, thresholds and rates: float64 or float32."""
        return self._weights.dtype

    @property
    def names(self) -> list[Name]:
        """Every neuron's name, in the order they were added: the order of all arrays over neurons."""
        return list(self._structure.names)

    @property
    def synapses(self) -> list[tuple[Name, Name]]:
        """Every (pre, post), in the order they were added: the order of all arrays over synapses."""
        names, structure = self._structure.names, self._structure
        pre, post = (map(names.__getitem__, ends.tolist()) for ends in (structure.pre, structure.post))
        return list(zip(pre, post, strict=True))

    @property
    def inputs(self) -> list[Name]:
        """The sensory neurons, which a stimulus drives: the columns of X."""
        return [self._structure.names[i] for i in self._structure.inputs]

    @property
    def outputs(self) -> list[Name]:
        """The neurons that are read: those marked ``output``; if none is, those without outgoing synapses."""
        return [self._structure.names[i] for i in self._structure.outputs]

    @property
    def modes(self) -> list[Mode]:
        """Every neuron's mode, in the order of `names`."""
        return [self._structure.modes[i] for i in self._structure.mode_of]

    @property
    def regions(self) -> Mapping[str, list[Name]]:
        """The names of each region's neurons, in order."""
        return _Regions(self._structure)

    @property
    def weights(self) -> Floats:
        """The weight of every synapse, in the order of `synapses`; assignable.

        The array is the network's own until the next edit of its neurons or synapses. What is written into it is
        checked when the network is next used; what is assigned is checked at once.
        """
        return self._weights

    @weights.setter
    def weights(self, weights: npt.ArrayLike) -> None:
        structure = self._structure
        values = read_values(weights, structure.n_synapses, "weight", structure.synapse_label, self.dtype)
        check_weights(structure, values)
        self._weights[:] = values

    @property
    def thresholds(self) -> Floats:
        """The threshold of every neuron, in the order of `names`; assignable.

        The array is the network's own until the next edit of its neurons or synapses. What is written into it is
        checked when the network is next used; what is assigned is checked at once.
        """
        return self._thresholds

    @thresholds.setter
    def thresholds(self, thresholds: npt.ArrayLike) -> None:
        values = self._read_per_neuron(thresholds, "threshold")
        check_thresholds(self._structure, values)
        self._thresholds[:] = values

    @property
    def biases(self) -> Floats:
        """The opposites of the thresholds, in a new, read-only array; assignable as a whole."""
        biases: Floats = 0.0 - self._thresholds
        biases.flags.writeable = False
        return biases

    @biases.setter
    def biases(self, biases: npt.ArrayLike) -> None:
        self.thresholds = 0.0 - self._read_per_neuron(biases, "bias")

    @property
    def delays(self) -> Indices:
        """The delay of every synapse in ticks, in the order of `synapses`; read-only."""
        return self._structure.delay

    @property
    def branches(self) -> Indices:
        """The dendritic branch of every synapse, in the order of `synapses`; read-only."""
        return self._structure.branch

    @property
    def receptors(self) -> list[str | None]:
        """Each synapse's receptor, "excitatory", "inhibitory" or None for either, in the order of `synapses`."""
        return [receptor_name(receptor) for receptor in self._structure.receptor.tolist()]

    @property
    def plastic(self) -> Flags:
        """Whether learning may change each weight, in the order of `synapses`; read-only, see `freeze`."""
        return self._structure.plastic

    @property
    def plastic_thresholds(self) -> Flags:
        """Whether learning may change each threshold, in the order of `names`; read-only, see `freeze`."""
        return self._structure.plastic_thresholds

    @property
    def shared(self) -> Indices:
        """Which synapses are one weight: equal numbers from 0 up; -1 for a weight of its own; read-only."""
        return self._structure.shared

    @property
    def shared_thresholds(self) -> Indices:
        """Which neurons have one threshold: equal numbers from 0 up; -1 for a threshold of its own; read-only."""
        return self._structure.shared_thresholds

    @property
    def n_parameters(self) -> int:
        """How many different numbers learning may change: what is shared counts once, what is frozen does not."""
        structure = self._structure
        able = structure.plastic_thresholds & ~structure.sensory & ~structure.silenced
        weights = one_of_each(structure.shared, structure.plastic & structure.present)
        thresholds = one_of_each(structure.shared_thresholds, able)
        return int(np.count_nonzero(weights) + np.count_nonzero(thresholds))

    @property
    def positions(self) -> Floats:
        """Where each neuron is drawn, (neurons, 2), NaN where that is left to the plot; read-only."""
        return self._structure.positions

    def __getitem__(self, name: Name) -> NetworkNeuron:
        return NetworkNeuron(self, self._structure.names[self._structure.find(name)])

    def __contains__(self, name: object) -> bool:
        return isinstance(name, Hashable) and name in self._structure.number

    def __iter__(self) -> Iterator[Name]:
        return iter(self._structure.names)

    def __len__(self) -> int:
        return self._structure.n_neurons

    def __repr__(self) -> str:
        structure = self._structure
        counts = np.bincount(structure.mode_of, minlength=len(structure.modes))
        by_mode = sorted(
            ((int(n), str(mode)) for n, mode in zip(counts, structure.modes, strict=True) if n), reverse=True
        )
        lines = [
            f"Network: {counted(structure.n_neurons, 'neuron')}, {counted(structure.n_synapses, 'synapse')}",
            f"  neurons   {', '.join(f'{n:,} {mode}' for n, mode in by_mode)}",
            f"  inputs    {_unquoted(self.inputs)}",
            f"  outputs   {_unquoted(self.outputs)}",
        ]
        if structure.regions:
            sizes = np.bincount(structure.region_of[structure.region_of >= 0], minlength=len(structure.regions))
            lines.append(
                f"  regions   {', '.join(f'{r} ({n:,})' for r, n in zip(structure.regions, sizes, strict=True))}"
            )
        if structure.lesioned:
            silent, lost = int(structure.silenced.sum()), int((~structure.present).sum())
            lines.append(f"  lesioned  {counted(silent, 'silent neuron')}, {counted(lost, 'lost synapse')}")
        return "\n".join(lines)

    # --- Editing: everything not mentioned keeps its weight and threshold -------------------------

    def with_mode(
        self,
        mode: str | Mode,
        *,
        regions: str | Sequence[str] | None = None,
        neurons: Name | Sequence[Name] | None = None,
    ) -> Network:
        """A copy in another mode; wiring, weights and thresholds are kept.

        A mode given by its name is the plain one: what the somas had of leak, refractory ticks, reset or noise is
        not carried over. Say it anew, as in ``net.with_mode(ns.Sigmoid(leak=0.5))``.

        Parameters
        ----------
        mode : str or Mode
        regions, neurons : name or names, optional
            Which neurons change; all but the sensory ones when neither is given.

        Returns
        -------
        Network

        Examples
        --------
        >>> import neurosim as ns
        >>> net = ns.Network.from_arrays([0, 1], [1, 2], [0.5, 0.5], modes="sigmoid")
        >>> hard = net.with_mode("binary", neurons=[1])
        >>> [str(mode) for mode in hard.modes]
        ['sensory', 'binary', 'sigmoid']
        """
        structure = self._structure
        chosen = (
            ~structure.sensory
            if regions is None and neurons is None
            else named_neurons(self._structure, regions, neurons)
        )
        changed = check_edited(in_mode(structure, as_mode(mode), chosen))
        return Network(changed, self._weights.copy(), self._thresholds.copy())

    @check_call("net.freeze(neurons={!r}), or regions=, projections= or synapses=")
    def freeze(
        self,
        *,
        regions: str | Sequence[str] | None = None,
        neurons: Name | Sequence[Name] | None = None,
        projections: Sequence[tuple[str, str]] | None = None,
        synapses: Sequence[tuple[Name, Name]] | None = None,
    ) -> None:
        """Keep weights and thresholds from being changed by learning.

        Parameters
        ----------
        regions, neurons : name or names, optional
            Neurons whose thresholds and dendrites freeze.
        projections : list of (region, region), optional
            Of which all synapses freeze.
        synapses : list of (pre, post), optional
            On all branches. What is one weight with a frozen synapse freezes with it.
            Everything freezes when nothing is named.

        Raises
        ------
        UnknownNameError
            If a name is not there; nothing has changed then.

        Examples
        --------
        >>> import neurosim as ns
        >>> net = ns.Network.from_arrays([0, 0], [1, 2], [1.0, 1.0], modes="linear")
        >>> net.freeze(synapses=[(0, 1)])
        >>> net.plastic, net.n_parameters
        (array([False,  True]), 3)
        """
        self._make_plastic(False, regions, neurons, projections, synapses)

    @check_call("net.unfreeze(neurons={!r}), or regions=, projections= or synapses=")
    def unfreeze(
        self,
        *,
        regions: str | Sequence[str] | None = None,
        neurons: Name | Sequence[Name] | None = None,
        projections: Sequence[tuple[str, str]] | None = None,
        synapses: Sequence[tuple[Name, Name]] | None = None,
    ) -> None:
        """Let learning change weights and thresholds again; the opposite of `freeze`, with the same parameters.

        Examples
        --------
        >>> import neurosim as ns
        >>> net = ns.Network.from_arrays([0, 0], [1, 2], [1.0, 1.0], modes="linear")
        >>> net.freeze(); net.unfreeze(neurons=2)
        >>> net.plastic
        array([False,  True])
        """
        self._make_plastic(True, regions, neurons, projections, synapses)

    def put_structure(self, structure: Structure) -> None:
        """Put another wiring of the same neurons and synapses in place; weights and thresholds are kept.

        For code that works on arrays, such as `neurosim.lesion`; see `neurosim.anatomy.editing`.

        Parameters
        ----------
        structure : Structure
            With as many neurons and synapses as there are.

        Raises
        ------
        GraphError
            If it has more or fewer; nothing has changed then.
        """
        old = self._structure
        if (structure.n_neurons, structure.n_synapses) != (old.n_neurons, old.n_synapses):
            raise GraphError(
                f"The structure has {counted(structure.n_neurons, 'neuron')} and "
                f"{counted(structure.n_synapses, 'synapse')}, this network {old.n_neurons:,} and {old.n_synapses:,}. "
                "Make one with dataclasses.replace(net.structure, ...), or edit the network: net.add_neuron, ..."
            )
        self._replace(structure, self._weights, self._thresholds)

    def _make_plastic(self, plastic: bool, regions: Any, neurons: Any, projections: Any, synapses: Any) -> None:
        structure = self._structure
        thresholds = named_neurons(self._structure, regions, neurons)
        chosen = thresholds[structure.post]
        for pre, post in pairs_of(projections or (), *PROJECTION):
            chosen |= structure.projection(pre, post)
        for pre, post in pairs_of(synapses or ()):
            found = (structure.pre == structure.find(pre)) & (structure.post == structure.find(post))
            if not found.any():
                raise unknown(f"synapse onto {post!r} from", pre, self[post].dendrites)
            chosen |= found
        if regions is neurons is projections is synapses is None:
            chosen, thresholds = np.ones_like(chosen), np.ones_like(thresholds)
        changed = with_plasticity(structure, plastic, chosen, thresholds)
        self._replace(changed, self._weights, self._thresholds)

    def add_neuron(
        self,
        name: Name,
        mode: str | Mode = "binary",
        *,
        threshold: float | None = None,
        bias: float | None = None,
        region: str | None = None,
        receptor: str | None = None,
        plastic: bool = True,
        output: bool = False,
        pos: tuple[float, float] | None = None,
    ) -> None:
        """Add a neuron, without synapses as yet; everything else stays as it is.

        Parameters
        ----------
        name : str or int
        mode : str or Mode, default "binary"
        threshold, bias : float, optional
            One or the other.
        region : str, optional
            Of its own, if there is no region of this name.
        receptor : "excitatory" or "inhibitory", optional
            Of every synapse that it will make.
        plastic : bool
            Whether learning may change its threshold, and the synapses onto it unless they say otherwise.
        output : bool
            Whether it is one of the neurons to read.
        pos : (x, y), optional

        Raises
        ------
        NeurosimError
            If the name is taken or a value cannot be used; nothing has changed then.

        Examples
        --------
        >>> import neurosim as ns
        >>> net = ns.Network.from_arrays([0], [1], [1.0])
        >>> net.add_neuron("extra", "relu", bias=0.5)
        >>> net.add_synapse(0, "extra", 2.0); net.add_synapse("extra", 1, -1.0)
        >>> net.synapses, net.weights
        ([(0, 1), (0, 'extra'), ('extra', 1)], array([ 1.,  2., -1.]))
        """
        old, name, parsed = self._structure, check_name(name), as_mode(mode)
        if name in old.number:
            raise GraphError(
                f"There is already a neuron {name!r}. Change it through net[{name!r}], or choose another name."
            )
        what = f"neuron {name!r}"
        value = fitting(read_threshold(threshold, bias, what), f"the threshold of {what}", self.dtype)
        place = read_position(name, pos)
        grown = dataclasses.replace(
            old,
            names=(*old.names, name),
            mode_of=np.append(old.mode_of, INDEX(0)),
            region_of=np.append(old.region_of, INDEX(NO_REGION)),
            marked_outputs=np.append(old.marked_outputs, bool(output)),
            positions=np.vstack([old.positions, place]),
            transmitter=np.append(old.transmitter, read_receptors(receptor, "receptor", 1)),
            plastic_thresholds=np.append(old.plastic_thresholds, read_flags(plastic, "plastic", 1)),
            shared_thresholds=np.append(old.shared_thresholds, INDEX(NOT_SHARED)),
            silenced=np.append(old.silenced, False),
        )
        newcomer = np.arange(len(grown.names)) == len(old.names)
        grown = in_region(in_mode(grown, parsed, newcomer), region, newcomer)
        self._replace(check_edited(grown), self._weights, np.append(self._thresholds, value))

    def add_synapse(
        self,
        pre: Name,
        post: Name,
        weight: float | None = None,
        *,
        delay: int = 0,
        branch: int = 0,
        receptor: str | None = None,
        plastic: bool | None = None,
        rng: RandomState = None,
    ) -> None:
        """Add one synapse; everything else stays as it is. For many at once see `add_synapses`.

        Parameters
        ----------
        pre, post : str or int
            Neurons of this network.
        weight : float, optional
            Drawn to suit mode and fan-in, unless given.
        delay : int
            In ticks.
        branch : int
            Dendritic branch, for maxout.
        receptor : "excitatory" or "inhibitory", optional
            Unless given, that of the presynaptic neuron.
        plastic : bool, optional
            Unless given, as the threshold of the postsynaptic neuron.
        rng : int or numpy.random.Generator, optional
            For drawing the weight.

        Raises
        ------
        NeurosimError
            If a neuron does not exist, the synapse exists already, or a loop without delay would close.

        Examples
        --------
        >>> import neurosim as ns
        >>> net = ns.Network.from_arrays([0, 1], [1, 2], [1.0, 2.0])
        >>> net.add_synapse(0, 2, -1.0); net.add_synapse(1, 1, 0.5, delay=1)
        >>> dict(net[2].dendrites), dict(net[1].axon)
        ({1: 2.0, 0: -1.0}, {2: 2.0, 1: 0.5})
        """
        given = None if weight is None else [weight]
        self.add_synapses([(pre, post)], given, delay=delay, branch=branch, receptor=receptor, plastic=plastic, rng=rng)

    def add_synapses(
        self,
        ends: Sequence[tuple[Name, Name]],
        weights: npt.ArrayLike | None = None,
        *,
        delay: npt.ArrayLike = 0,
        branch: npt.ArrayLike = 0,
        receptor: Any = None,
        plastic: npt.ArrayLike | None = None,
        rng: RandomState = None,
    ) -> None:
        """Add synapses, all of them or, if one cannot be, none; everything else stays as it is.

        Parameters
        ----------
        ends : sequence of (pre, post)
        weights : float array, one per synapse, optional
            NaN, or none at all, where a weight is to be drawn.
        delay, branch : int, or int arrays with one per synapse
        receptor, plastic : optional
            One for all or one per synapse; see `add_synapse`.
        rng : int or numpy.random.Generator, optional
            For the weights that are not given.

        Raises
        ------
        NeurosimError
            As for `add_synapse`; nothing has changed then.

        Examples
        --------
        >>> import neurosim as ns
        >>> net = ns.Network.from_arrays([0, 1], [1, 2], [1.0, 2.0])
        >>> net.add_synapses([(0, 2), (1, 1)], [0.5, -0.5], delay=[0, 1])
        >>> net.synapses, net.weights
        ([(0, 1), (1, 2), (0, 2), (1, 1)], array([ 1. ,  2. ,  0.5, -0.5]))
        """
        generator = read_rng(rng)
        old = self._structure
        pairs = pairs_of(ends)
        pre = np.array([old.find(name) for name, _ in pairs], dtype=INDEX)
        post = np.array([old.find(name) for _, name in pairs], dtype=INDEX)
        law = read_receptors(receptor, "receptor", len(pre))
        free = old.plastic_thresholds[post] if plastic is None else read_flags(plastic, "plastic", len(pre))
        delays = read_whole_numbers(delay, "delay", len(pre))
        branches = read_whole_numbers(branch, "branch", len(pre))
        self._check_new(pre, post, branches)
        law = np.where(law == EITHER, old.transmitter[pre], law)
        grown = check_edited(with_synapses(old, pre, post, delay=delays, branch=branches, receptor=law, plastic=free))
        added = np.arange(old.n_synapses, grown.n_synapses)
        new = read_values(
            np.nan if weights is None else weights,
            len(added),
            "weight",
            lambda i: grown.synapse_label(int(added[i])),
            self.dtype,
            gaps=True,
        )
        weights = np.append(self._weights, new)
        draw_missing(grown, weights, self._thresholds, generator)
        check_weights(grown, weights)
        self._replace(grown, weights, self._thresholds)

    def _check_new(self, pre: Indices, post: Indices, branches: Indices) -> None:
        """Raise a GraphError if a synapse with these ends and this branch exists already."""
        structure = self._structure
        for i, j, branch in zip(pre.tolist(), post.tolist(), branches.tolist(), strict=True):
            synapses = structure.axon_of(i)
            there = synapses[structure.post[synapses] == j]
            if branch in structure.branch[there]:
                source, target = structure.names[i], structure.names[j]
                free = int(structure.branch[there].max()) + 1
                raise GraphError(
                    f"The synapse {source!r} -> {target!r}{f' (branch {branch})' if branch else ''} exists already. "
                    f"To change its weight: net[{target!r}].dendrites[{branch_key(source, branch)!r}] = 1. "
                    f"For another one beside it, onto a maxout neuron: branch={free}."
                )

    def remove_neuron(self, name: Name) -> None:
        """Remove a neuron and its synapses; the weights and thresholds of all others are kept.

        Parameters
        ----------
        name : str or int

        Raises
        ------
        NeurosimError
            If there is no such neuron, or the network would be left without inputs or outputs.

        Examples
        --------
        >>> import neurosim as ns
        >>> net = ns.Network.from_arrays([0, 1, 0], [1, 2, 2], [1.0, 2.0, 3.0])
        >>> net.remove_neuron(1)
        >>> net.names, net.synapses, net.weights
        ([0, 2], [(0, 2)], array([3.]))
        """
        number = self._structure.find(name)
        stay = np.arange(self._structure.n_neurons) != number
        kept = (self._structure.pre != number) & (self._structure.post != number)
        rest = check_edited(subset(self._structure, stay, kept))
        self.forget_synapses(~kept)
        self._replace(rest, self._weights[kept], self._thresholds[stay])

    def remove_synapse(self, pre: Name, post: Name, *, branch: int | None = None) -> None:
        """Remove the synapse from `pre` to `post`, on all branches or on one; all other weights are kept.

        Parameters
        ----------
        pre, post : str or int
            Neurons of this network.
        branch : int, optional
            The one to remove, of several between the two; all unless given.

        Raises
        ------
        NeurosimError
            If there is no such synapse, or the network would be left without outputs.

        Examples
        --------
        >>> import neurosim as ns
        >>> net = ns.Network.from_arrays([0, 1, 0], [1, 2, 2], [1.0, 2.0, 3.0])
        >>> net.remove_synapse(0, 2)
        >>> net.synapses, net.weights
        ([(0, 1), (1, 2)], array([1., 2.]))
        """
        self.remove_synapses([(pre, post)], branch=branch)

    def remove_synapses(self, ends: Sequence[tuple[Name, Name]] | Flags, *, branch: int | None = None) -> None:
        """Remove synapses, all of them or, if one cannot be, none; the weights of all others are kept.

        Parameters
        ----------
        ends : sequence of (pre, post), or bool array, shape (synapses,)
            By the neurons that they join, or True for each one to remove, in the order of `synapses`.
        branch : int, optional
            The one to remove, of several between two neurons; all unless given.

        Raises
        ------
        NeurosimError
            As for `remove_synapse`; nothing has changed then.

        Examples
        --------
        >>> import neurosim as ns
        >>> net = ns.Network.from_arrays([0, 1, 0, 0], [1, 2, 2, 3], [1.0, 0.02, 3.0, -2.0])
        >>> net.remove_synapses(np.abs(net.weights) < 0.1)
        >>> net.remove_synapses([(0, 3)])
        >>> net.synapses, net.weights
        ([(0, 1), (0, 2)], array([1., 3.]))
        """
        if branch is not None:
            check_count("branch", branch)
        gone = (
            self._marked(ends) if isinstance(ends, np.ndarray) and ends.dtype == bool else self._between(ends, branch)
        )
        rest = check_edited(without_synapses(self._structure, gone))
        self.forget_synapses(gone)
        self._replace(rest, self._weights[~gone], self._thresholds)

    def _marked(self, marks: Flags) -> Flags:
        if marks.shape != self._weights.shape:
            raise DataError(
                f"To say which synapses to remove takes one True or False for each of {len(self._weights)}; got an "
                f"array of shape {marks.shape}. Compare weights, as in net.remove_synapses(np.abs(net.weights) < 0.01),"
                " or name both ends, as in net.remove_synapses([('x', 'y')])."
            )
        return marks

    def _between(self, ends: Any, branch: int | None) -> Flags:
        """Which synapses join these neurons, on one branch or on any; an error if a pair has none."""
        structure, pairs = self._structure, pairs_of(ends)
        size = structure.n_neurons
        wanted = np.array([structure.find(post) * size + structure.find(pre) for pre, post in pairs], dtype=np.int64)
        there = structure.post.astype(np.int64) * size + structure.pre
        if branch is not None:
            there[structure.branch != branch] = -1
        found = np.isin(wanted, there)
        if not found.all():
            pre, post = pairs[int(np.argmin(found))]
            on = "" if branch is None else f" on branch {branch}"
            raise unknown(f"synapse{on} onto {post!r} from", pre, self[post].dendrites)
        return np.isin(there, wanted)

    def forget_synapses(self, gone: Flags) -> None:
        """Tell the lesions in force which synapses are removed for good, before they are: none will be given back.

        Parameters
        ----------
        gone : bool array, shape (synapses,)
            Others may grow between the same neurons afterwards; they are not the same.
        """
        for lesion in self._lesions:
            lesion.forget(gone)

    def _read_per_neuron(self, values: npt.ArrayLike, what: str) -> Floats:
        names = self._structure.names
        return read_values(values, len(names), what, lambda i: repr(names[i]), self.dtype)

    def _replace(self, structure: Structure, weights: Floats, thresholds: Floats) -> None:
        self._structure, self._weights, self._thresholds = structure, weights, thresholds


class _Regions(Mapping[str, list[Name]]):
    """Region name to the names of its neurons, looked up when asked."""

    def __init__(self, structure: Structure) -> None:
        self._structure = structure

    def __getitem__(self, region: str) -> list[Name]:
        return [self._structure.names[i] for i in self._structure.members(region)]

    def __contains__(self, region: object) -> bool:
        return region in self._structure.regions

    def __iter__(self) -> Iterator[str]:
        return iter(self._structure.regions)

    def __len__(self) -> int:
        return len(self._structure.regions)

    def __repr__(self) -> str:
        return repr({region: len(self[region]) for region in self}) + " neurons"


def listed(names: Any, what: str) -> list[Any]:
    """One name, several, or none, as a list."""
    if names is None or isinstance(names, str | int | np.integer):
        return [] if names is None else [names]
    try:
        return list(names)
    except TypeError:
        raise OptionError(f"{what} must be a name or a list of names; got {names!r}.") from None


def named_neurons(structure: Structure, regions: Any, neurons: Any) -> Flags:
    """Which neurons are named, one by one or by their region."""
    named = np.zeros(structure.n_neurons, dtype=bool)
    for region in listed(regions, "regions"):
        named[structure.members(region)] = True
    for name in listed(neurons, "neurons"):
        named[structure.find(name)] = True
    return named


def pairs_of(ends: Any, what: str = "synapse", example: str = "[('x', 'y')]") -> list[tuple[Any, Any]]:
    """Pairs of names, or one pair, as a list."""
    try:
        pairs = list(ends)
    except TypeError:
        pairs = [ends]
    if isinstance(ends, tuple) and len(ends) == 2 and all(isinstance(name, str | int | np.integer) for name in ends):
        pairs = [ends]
    for pair in pairs:
        if not isinstance(pair, Sequence) or isinstance(pair, str) or len(pair) != 2:
            raise DataError(f"Every {what} needs its two ends, as in {example}; got {pair!r}.")
    return pairs


def _unquoted(names: Sequence[Name], most: int = 6) -> str:
    text = ", ".join(str(name) for name in names[:most])
    return text if len(names) <= most else f"{text}, ... ({len(names):,} in all)"
