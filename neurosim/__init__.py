"""A brain is a networkx graph: simulate it, train it, explain it number by number, and draw it."""

from neurosim import datasets
from neurosim.analysis.confusion import ConfusionMatrix, confusion
from neurosim.anatomy import wiring
from neurosim.anatomy.network import Network
from neurosim.anatomy.neuron import Neuron
from neurosim.anatomy.soma import ELU, MODES, Binary, LeakyReLU, Linear, Maxout, Mode, ReLU, Sensory, Sigmoid, Tanh
from neurosim.errors import DataError, GraphError, NeurosimError, OptionError, TrainingError, UnknownNameError
from neurosim.physiology.respond import activity, respond
from neurosim.plasticity import composite, losses, optimizers
from neurosim.plasticity.expansion import expand
from neurosim.plasticity.gradients import Gradients, gradients
from neurosim.plasticity.history import History
from neurosim.plasticity.losses import MSE, BinaryCrossEntropy, CrossEntropy
from neurosim.plasticity.optimizers import SGD, Adam, Momentum
from neurosim.plasticity.train import train
from neurosim.plotting.plot import plot
from neurosim.scenarios import Scenario, Story, scenario

__version__ = "0.1.0"

__all__ = [
    "ELU",
    "MODES",
    "MSE",
    "SGD",
    "Adam",
    "Binary",
    "BinaryCrossEntropy",
    "ConfusionMatrix",
    "CrossEntropy",
    "DataError",
    "Gradients",
    "GraphError",
    "History",
    "LeakyReLU",
    "Linear",
    "Maxout",
    "Mode",
    "Momentum",
    "Network",
    "Neuron",
    "NeurosimError",
    "OptionError",
    "ReLU",
    "Scenario",
    "Sensory",
    "Sigmoid",
    "Story",
    "Tanh",
    "TrainingError",
    "UnknownNameError",
    "activity",
    "composite",
    "confusion",
    "datasets",
    "expand",
    "gradients",
    "losses",
    "optimizers",
    "plot",
    "respond",
    "scenario",
    "train",
    "wiring",
]
