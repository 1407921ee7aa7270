"""A neuron as it stands in a network: a view that reads and writes the network's columns."""

from __future__ import annotations

from collections.abc import ItemsView, Iterator, MutableMapping, ValuesView
from typing import TYPE_CHECKING

import numpy as np

from neurosim.anatomy.columns import fitting, read_receptors
from neurosim.anatomy.constraints import check_weights, wrong_sign
from neurosim.anatomy.editing import check_edited, in_law, in_mode, in_region
from neurosim.anatomy.neuron import Cell, Dendrite, Name, as_number, branch_key
from neurosim.anatomy.soma import Mode, as_mode
from neurosim.anatomy.structure import NO_REGION, Flags, Indices, Structure, receptor_name
from neurosim.errors import unknown

if TYPE_CHECKING:
    from neurosim.anatomy.network import Network


class NetworkNeuron(Cell):
    """A neuron as it stands in a network: reading it reads the network, writing it writes the network.

    Examples
    --------
    >>> import neurosim as ns
    >>> net = ns.Network.from_arrays([0, 1], [2, 2], [1.0, 1.0], thresholds=[0, 0, 2])
    >>> net[2].dendrites[0] = 1.5
    >>> net[2].bias = -2.5
    >>> net[2].mode = "relu"
    >>> net[2]
    Neuron 2
      dendrites  from 0: weight 1.5
                 from 1: weight 1
      soma       relu, threshold 2.5
      axon       none
    """

    def __init__(self, network: Network, name: Name) -> None:
        self._network = network
        self._name = name

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, NetworkNeuron):
            return NotImplemented
        return self._network is other._network and self._name == other._name

    def __hash__(self) -> int:
        return hash((id(self._network), self._name))

    @property
    def _number(self) -> int:
        return self._network.structure.find(self._name)

    @property
    def name(self) -> Name:
        return self._name

    @property
    def region(self) -> str | None:
        region = self._network.structure.region_of[self._number]
        return None if region == NO_REGION else self._network.structure.regions[region]

    @region.setter
    def region(self, region: str | None) -> None:
        self._edit(in_region(self._network.structure, region, self._alone))

    @property
    def mode(self) -> Mode:
        mode: Mode = self._network.structure.modes[self._network.structure.mode_of[self._number]]
        return mode

    @mode.setter
    def mode(self, mode: str | Mode) -> None:
        self._edit(in_mode(self._network.structure, as_mode(mode), self._alone))

    @property
    def threshold(self) -> float:
        return float(self._network.thresholds[self._number])

    @threshold.setter
    def threshold(self, threshold: float) -> None:
        self._set_threshold(as_number(threshold, f"the threshold of {self._label}"))

    @property
    def dendrites(self) -> _Synapses:
        return _Synapses(self._network, self._name, "dendrites")

    @property
    def axon(self) -> _Synapses:
        return _Synapses(self._network, self._name, "axon")

    @property
    def _alone(self) -> Flags:
        alone: Flags = np.arange(len(self._network)) == self._number
        return alone

    @property
    def receptor(self) -> str | None:
        """The receptor of all synapses that it makes, "excitatory" or "inhibitory"; None where each has its own."""
        return receptor_name(self._network.structure.transmitter[self._number])

    @receptor.setter
    def receptor(self, receptor: str | None) -> None:
        law = read_receptors(receptor, f"receptor of {self._label}", 1)
        structure = in_law(self._network.structure, int(law[0]), self._alone)
        check_weights(structure, self._network.weights)
        self._edit(structure)

    def _set_threshold(self, threshold: float) -> None:
        value = fitting(threshold, f"the threshold of {self._label}", self._network.dtype)
        self._network.thresholds[self._network.structure.threshold_one_with(self._number)] = value

    def _stored(self, number: float, what: str) -> float:
        return float(fitting(number, what, self._network.dtype))

    def delay_of(self, part: str, key: Dendrite) -> int:
        return int(self._network.structure.delay[_Synapses(self._network, self._name, part).number(key)])

    def laws_of(self, part: str, key: Dendrite) -> list[str]:
        structure = self._network.structure
        synapse = _Synapses(self._network, self._name, part).number(key)
        places = len(structure.one_with(synapse))
        return [
            *filter(None, [receptor_name(structure.receptor[synapse])]),
            *([] if structure.plastic[synapse] else ["frozen"]),
            *([f"shared by {places} synapses"] if places > 1 else []),
        ]

    @property
    def threshold_laws(self) -> list[str]:
        structure = self._network.structure
        places = len(structure.threshold_one_with(self._number))
        return [
            *([] if structure.plastic_thresholds[self._number] else ["frozen"]),
            *([f"shared by {places} neurons"] if places > 1 else []),
        ]

    def _edit(self, structure: Structure) -> None:
        self._network._replace(check_edited(structure), self._network.weights, self._network.thresholds)


class _Synapses(MutableMapping[Dendrite, float]):
    """The weights of one neuron's dendrites, or of its axon's branches, by the name at the other end."""

    def __init__(self, network: Network, name: Name, part: str) -> None:
        self._network = network
        self._name = name
        self._part = part

    def _columns(self) -> tuple[Indices, Indices]:
        """The numbers of these synapses, and of the neurons at their other ends."""
        structure = self._network.structure
        me = structure.find(self._name)
        synapses = structure.dendrites_of(me) if self._part == "dendrites" else structure.axon_of(me)
        ends = structure.pre if self._part == "dendrites" else structure.post
        return synapses, ends[synapses]

    def _keys(self) -> list[Dendrite]:
        structure = self._network.structure
        synapses, ends = self._columns()
        branches = structure.branch[synapses].tolist()
        return [branch_key(structure.names[i], b) for i, b in zip(ends.tolist(), branches, strict=True)]

    def number(self, key: Dendrite) -> int:
        """The number of one of these synapses, or an error that suggests the nearest."""
        structure = self._network.structure
        name, branch = key if isinstance(key, tuple) and len(key) == 2 else (key, 0)
        synapses, ends = self._columns()
        try:
            here = (ends == structure.number[name]) & (structure.branch[synapses] == branch)
        except (KeyError, TypeError):  # nothing of this name, or something that is no name
            here = np.zeros(len(synapses), dtype=bool)
        if here.any():
            return int(synapses[here][0])
        ends_in_words = f"{key!r}, {self._name!r}" if self._part == "dendrites" else f"{self._name!r}, {key!r}"
        direction = "dendrite from" if self._part == "dendrites" else "branch of its axon to"
        raise unknown(
            f"synapse: neuron {self._name!r} has no {direction}",
            key,
            self._keys(),
            f"To make one: net.add_synapse({ends_in_words}).",
        )

    def __getitem__(self, key: Dendrite) -> float:
        return float(self._network.weights[self.number(key)])

    def __setitem__(self, key: Dendrite, weight: float) -> None:
        synapse = self.number(key)
        label = self._network.structure.synapse_label(synapse)
        what = f"the weight of {label}"
        value = fitting(as_number(weight, what), what, self._network.dtype)
        structure = self._network.structure
        if value * structure.receptor[synapse] < 0:
            raise wrong_sign(structure, synapse, value)
        self._network.weights[structure.one_with(synapse)] = value

    def __delitem__(self, key: Dendrite) -> None:
        self.number(key)
        other, branch = key if isinstance(key, tuple) else (key, 0)
        ends = (other, self._name) if self._part == "dendrites" else (self._name, other)
        self._network.remove_synapse(*ends, branch=branch)

    def __iter__(self) -> Iterator[Dendrite]:
        return iter(self._keys())

    def __len__(self) -> int:
        return len(self._columns()[0])

    def items(self) -> ItemsView[Dendrite, float]:
        """Keys and weights as they are now, read in one go."""
        weights = self._network.weights[self._columns()[0]].tolist()
        return dict(zip(self._keys(), weights, strict=True)).items()

    def values(self) -> ValuesView[float]:
        """The weights as they are now, read in one go."""
        return dict(self.items()).values()

    def __repr__(self) -> str:
        return repr(dict(self.items()))
