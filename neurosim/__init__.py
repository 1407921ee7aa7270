"""A brain is a networkx graph: simulate it, train it, explain it number by number, and draw it."""

from neurosim.anatomy import wiring
from neurosim.anatomy.network import Network
from neurosim.anatomy.neuron import Neuron
from neurosim.anatomy.soma import ELU, MODES, Binary, LeakyReLU, Linear, Maxout, Mode, ReLU, Sensory, Sigmoid, Tanh
from neurosim.errors import DataError, GraphError, NeurosimError, OptionError, TrainingError, UnknownNameError

__version__ = "0.1.0"

__all__ = [
    "ELU",
    "MODES",
    "Binary",
    "DataError",
    "GraphError",
    "LeakyReLU",
    "Linear",
    "Maxout",
    "Mode",
    "Network",
    "Neuron",
    "NeurosimError",
    "OptionError",
    "ReLU",
    "Sensory",
    "Sigmoid",
    "Tanh",
    "TrainingError",
    "UnknownNameError",
    "wiring",
]
