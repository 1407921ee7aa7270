"""A brain is a networkx graph: run it, train it, explain it number by number, and draw it."""

from typing import TYPE_CHECKING

from neurosim import datasets
from neurosim.analysis.estimate import Estimate
from neurosim.anatomy import logic, surrogates, wiring
from neurosim.anatomy.growing import grow, rewire
from neurosim.anatomy.mirror import mirror
from neurosim.anatomy.network import Network
from neurosim.anatomy.neuron import Neuron
from neurosim.anatomy.pruning import prune
from neurosim.anatomy.shrinking import shrink
from neurosim.anatomy.soma import ELU, MODES, Binary, LeakyReLU, Linear, Maxout, Mode, ReLU, Sensory, Sigmoid, Tanh
from neurosim.errors import (
    DataError,
    FormulaError,
    GraphError,
    MissingPackageError,
    ModelFileError,
    NeurosimError,
    NotRecordedError,
    OptionError,
    RecordingTooLargeError,
    SimulationError,
    TrainingError,
    UnknownNameError,
)
from neurosim.files import load, load_recording, save
from neurosim.later import loader
from neurosim.physiology.lesion import Lesion, heal, lesion
from neurosim.physiology.recording import Recording
from neurosim.physiology.recording_plan import recording_size
from neurosim.physiology.respond import activity, respond
from neurosim.physiology.simulate import simulate
from neurosim.physiology.state import State
from neurosim.plasticity import ages, composite, hopfield, local_rules, losses, optimizers, schedules
from neurosim.plasticity.ages import Plasticity
from neurosim.plasticity.expansion import expand
from neurosim.plasticity.gradients import Gradients, gradients
from neurosim.plasticity.history import History, TaskHistory
from neurosim.plasticity.losses import MAE, MSE, BinaryCrossEntropy, CrossEntropy, Hinge, Huber
from neurosim.plasticity.optimizers import LBFGS, SGD, Adam, AdamW, Momentum, Nesterov, RMSProp
from neurosim.plasticity.tasks import Task
from neurosim.plasticity.train import train
from neurosim.plasticity.train_tasks import train_tasks
from neurosim.plotting import charts
from neurosim.plotting.animation import animate
from neurosim.plotting.plot import plot
from neurosim.scenarios import Scenario, scenario
from neurosim.story import Story

if TYPE_CHECKING:
    from neurosim.analysis.account import Account, account, arriving
    from neurosim.analysis.automaton import Automaton, automaton
    from neurosim.analysis.coding import Coding, coding
    from neurosim.analysis.collapse import collapse
    from neurosim.analysis.commitment import Commitment, commitment
    from neurosim.analysis.compare import compare
    from neurosim.analysis.comparison import Comparison
    from neurosim.analysis.confusion import ConfusionMatrix, confusion
    from neurosim.analysis.expected_intervals import Intervals, expected_intervals
    from neurosim.analysis.explain import Explanation, NeuronExplanation, explain
    from neurosim.analysis.flow_and_need import FlowAndNeed, flow_and_need
    from neurosim.analysis.hyperplane import Hyperplane, hyperplane
    from neurosim.analysis.lesion_atlas import LesionAtlas, lesion_atlas
    from neurosim.analysis.modularity import Modularity, modularity
    from neurosim.analysis.receptive_field import receptive_field
    from neurosim.analysis.region_distance import region_distance
    from neurosim.analysis.selectivity import Selectivity, division_of_labour, selectivity, selectivity_index
    from neurosim.analysis.selectivity_course import SelectivityCourse, SelectivityProbe
    from neurosim.analysis.separability import Certificate, Separability, separability
    from neurosim.analysis.workload import Workload, workload
    from neurosim.physiology.blood_flow import BloodFlow, blood_flow
    from neurosim.physiology.flow_contrast import Contrast
    from neurosim.physiology.flow_model import FlowModel
    from neurosim.physiology.haemodynamics import HaemodynamicResponse

_LATER = {
    "neurosim.analysis.account": ("Account", "account", "arriving"),
    "neurosim.analysis.automaton": ("Automaton", "automaton"),
    "neurosim.analysis.collapse": ("collapse",),
    "neurosim.analysis.compare": ("compare",),
    "neurosim.analysis.comparison": ("Comparison",),
    "neurosim.analysis.confusion": ("ConfusionMatrix", "confusion"),
    "neurosim.analysis.expected_intervals": ("Intervals", "expected_intervals"),
    "neurosim.analysis.explain": ("Explanation", "NeuronExplanation", "explain"),
    "neurosim.analysis.hyperplane": ("Hyperplane", "hyperplane"),
    "neurosim.analysis.receptive_field": ("receptive_field",),
    "neurosim.analysis.separability": ("Certificate", "Separability", "separability"),
    "neurosim.analysis.workload": ("Workload", "workload"),
    "neurosim.analysis.coding": ("Coding", "coding"),
    "neurosim.analysis.commitment": ("Commitment", "commitment"),
    "neurosim.analysis.flow_and_need": ("FlowAndNeed", "flow_and_need"),
    "neurosim.analysis.lesion_atlas": ("LesionAtlas", "lesion_atlas"),
    "neurosim.analysis.modularity": ("Modularity", "modularity"),
    "neurosim.analysis.region_distance": ("region_distance",),
    "neurosim.analysis.selectivity": ("Selectivity", "division_of_labour", "selectivity", "selectivity_index"),
    "neurosim.analysis.selectivity_course": ("SelectivityCourse", "SelectivityProbe"),
    "neurosim.physiology.blood_flow": ("BloodFlow", "blood_flow"),
    "neurosim.physiology.flow_contrast": ("Contrast",),
    "neurosim.physiology.flow_model": ("FlowModel",),
    "neurosim.physiology.haemodynamics": ("HaemodynamicResponse",),
}
"""What is loaded when it is first asked for: what few programs use, and all would wait for."""

if not TYPE_CHECKING:
    __getattr__ = loader(__name__, _LATER)

__version__ = "0.1.0"

__all__ = [
    "ELU",
    "LBFGS",
    "MAE",
    "MODES",
    "MSE",
    "SGD",
    "Account",
    "Adam",
    "AdamW",
    "Automaton",
    "Binary",
    "BinaryCrossEntropy",
    "BloodFlow",
    "Certificate",
    "Coding",
    "Commitment",
    "Comparison",
    "ConfusionMatrix",
    "Contrast",
    "CrossEntropy",
    "DataError",
    "Estimate",
    "Explanation",
    "FlowAndNeed",
    "FlowModel",
    "FormulaError",
    "Gradients",
    "GraphError",
    "HaemodynamicResponse",
    "Hinge",
    "History",
    "Huber",
    "Hyperplane",
    "Intervals",
    "LeakyReLU",
    "Lesion",
    "LesionAtlas",
    "Linear",
    "Maxout",
    "MissingPackageError",
    "Mode",
    "ModelFileError",
    "Modularity",
    "Momentum",
    "Nesterov",
    "Network",
    "Neuron",
    "NeuronExplanation",
    "NeurosimError",
    "NotRecordedError",
    "OptionError",
    "Plasticity",
    "RMSProp",
    "ReLU",
    "Recording",
    "RecordingTooLargeError",
    "Scenario",
    "Selectivity",
    "SelectivityCourse",
    "SelectivityProbe",
    "Sensory",
    "Separability",
    "Sigmoid",
    "SimulationError",
    "State",
    "Story",
    "Tanh",
    "Task",
    "TaskHistory",
    "TrainingError",
    "UnknownNameError",
    "Workload",
    "account",
    "activity",
    "ages",
    "animate",
    "arriving",
    "automaton",
    "blood_flow",
    "charts",
    "coding",
    "collapse",
    "commitment",
    "compare",
    "composite",
    "confusion",
    "datasets",
    "division_of_labour",
    "expand",
    "expected_intervals",
    "explain",
    "flow_and_need",
    "gradients",
    "grow",
    "heal",
    "hopfield",
    "hyperplane",
    "lesion",
    "lesion_atlas",
    "load",
    "load_recording",
    "local_rules",
    "logic",
    "losses",
    "mirror",
    "modularity",
    "optimizers",
    "plot",
    "prune",
    "receptive_field",
    "recording_size",
    "region_distance",
    "respond",
    "rewire",
    "save",
    "scenario",
    "schedules",
    "selectivity",
    "selectivity_index",
    "separability",
    "shrink",
    "simulate",
    "surrogates",
    "train",
    "train_tasks",
    "wiring",
    "workload",
]
