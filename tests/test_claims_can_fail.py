"""Claims can fail: break what they are about, and the right ones do.

Each case breaks one thing inside neurosim, runs a scenario, and names claims that must not hold any more, and some
that the break does not concern, which must still hold.
"""

import contextlib
import dataclasses
import io
import sys

import numpy as np
import pytest
from rich.console import Console

from neurosim.analysis import robustness, separability, workload
from neurosim.anatomy import soma
from neurosim.engine.program import Program
from neurosim.physiology.flow_model import FlowModel
from neurosim.plasticity import composite, local_rules
from neurosim.scenarios import load_scenario

lesion = sys.modules["neurosim.physiology.lesion"]  # the module; the package has a function of this name
lesion_atlas = sys.modules["neurosim.analysis.lesion_atlas"]


def turn_gradients_round(patch):
    """Every gradient by a weight has the wrong sign."""
    right = Program.backward

    def wrong(*args, **settings):
        found = right(*args, **settings)
        return dataclasses.replace(found, weights=-found.weights)

    patch.setattr(Program, "backward", wrong)


def let_ties_be_silent(patch):
    """A drive of exactly 0 does not fire."""
    patch.setattr(soma.Binary, "rate", lambda self, drive: np.greater(drive, 0).astype(drive.dtype))


def bend_linear_neurons(patch):
    """A linear neuron is not quite linear."""
    patch.setattr(soma.Linear, "rate", lambda self, drive: drive + 0.1 * drive**2)


def mistake_a_slope(patch):
    """The slope of a sigmoid is a tenth too steep."""
    right = soma.Sigmoid.derivative
    patch.setattr(soma.Sigmoid, "derivative", lambda self, drive: 1.1 * right(self, drive))


def heal_every_lesion(patch):
    """Neurons that were to be silent are heard as before."""
    patch.setattr(robustness, "lesion", lambda net, **what: contextlib.nullcontext())


def silence_nobody(patch):
    """A lesion says what it hits, and everyone is heard as before."""
    patch.setattr(lesion.Lesion, "_silence", lambda self: None)


def lesion_too_little(patch):
    """The lesions of an atlas take out one neuron of each region."""
    right = lesion_atlas.lesion_sweep
    patch.setattr(lesion_atlas, "lesion_sweep", lambda net, lost, *rest: right(net, [ns[:1] for ns in lost], *rest))


def turn_contrasts_round(patch):
    """Where one task brings more flow, the other is said to."""
    right = FlowModel.contrast

    def wrong(*args, **settings):
        found = right(*args, **settings)
        return dataclasses.replace(found, difference=-found.difference)

    patch.setattr(FlowModel, "contrast", wrong)


def exchange_the_classes(patch):
    """A neuron is to fire for the smaller label."""
    right = separability._read

    def wrong(X, labels):
        points, fires = right(X, labels)
        return points, ~fires

    patch.setattr(separability, "_read", wrong)


def miscount_depth(patch):
    """Everything is said to lie one step deeper than it does."""
    right = workload.depths
    patch.setattr(workload, "depths", lambda structure: right(structure) + ~structure.sensory)


def overestimate_the_margin(patch):
    """Novikoff's bound is worked out from a margin ten times as wide as there is."""
    right = local_rules.mistake_bound
    patch.setattr(local_rules, "mistake_bound", lambda *args: right(*args) / 100)


def lose_a_factor(patch):
    """Multiplication passes the gradient on as addition does."""
    multiply = composite.OPERATIONS["multiply"]
    wrong = dataclasses.replace(multiply, local_gradients=lambda y, *operands: (1.0,) * len(operands))
    patch.setitem(composite.OPERATIONS, "multiply", wrong)


# What is broken, which scenario tells of it, claims that fail, and claims that it does not concern.
CASES = [
    (turn_gradients_round, "worked_example", ["dL/dWb", "dL/dWa", "outputs now", "loss now"], ["outputs, yb", "loss"]),
    (turn_gradients_round, "numerical_derivative", ["weights: gradient by differences"], ["thresholds: gradient"]),
    (turn_gradients_round, "descent", ["minus the slopes", "below the rate", "SGD at a rate"], ["1.05 times"]),
    (turn_gradients_round, "xor", ["sigmoid hidden neurons learn", "relu hidden neurons learn"], ["hand-set binary"]),
    (let_ties_be_silent, "logic_gates", ["ties in which the neuron is silent", "wrong sums"], ["biases"]),
    (let_ties_be_silent, "hyperplane", ["a tie fires"], ["share of samples on the right side"]),
    (let_ties_be_silent, "xor", ["the hand-set binary network"], ["learn XOR"]),
    (let_ties_be_silent, "hundred_steps", ["random inputs answered rightly"], ["depth of the brains"]),
    (bend_linear_neurons, "linear_collapse", ["against those of the stack"], []),
    (mistake_a_slope, "activation_functions", ["slopes by backpropagation"], ["lecture's formulas"]),
    (mistake_a_slope, "worked_example", ["dL/dWa"], ["dL/dWb"]),
    (heal_every_lesion, "binary_vs_graded", ["under lesions"], ["XOR: share of rows"]),
    (
        silence_nobody,
        "graceful_degradation",
        ["a quarter lost", "binary beyond ReLU"],
        ["dearest cell", "with all"],
    ),
    (lesion_too_little, "blood_flow", ["IT lost", "PPC lost", "V4 lost"], ["IT: flow", "echo: flow"]),
    (turn_contrasts_round, "blood_flow", ["IT: flow", "PPC: flow", "echo: flow"], ["IT lost", "V4 lost"]),
    (exchange_the_classes, "xor_impossible", ["why there is none for XOR", "00, 01, 10, 11"], ["threshold functions"]),
    (miscount_depth, "hundred_steps", ["ticks until no answer changes"], ["answered rightly"]),
    (overestimate_the_margin, "perceptron", ["more mistakes than the bound"], ["learnt to the end"]),
    (lose_a_factor, "chain_rule", ["df/dq = w", "df/dw"], ["q = x + y", "f = q w"]),
]


@pytest.mark.parametrize(("break_it", "name", "failing", "holding"), CASES)
def test_what_is_broken_is_noticed_by_the_claims_about_it(break_it, name, failing, holding, tmp_path, monkeypatch):
    monkeypatch.setenv("NEUROSIM_BACKEND", "numpy")  # compiled kernels cannot be changed from here
    break_it(monkeypatch)
    claims = load_scenario(name)(out=tmp_path, quick=True, console=Console(file=io.StringIO())).claims
    for text in failing:
        assert any(text in claim.text and not claim.held for claim in claims), text
    for text in holding:
        about = [
            claim.held for claim in claims if text in claim.text and not any(part in claim.text for part in failing)
        ]
        assert about
        assert all(about), text
