"""Claims can fail: break what they are about, and the right ones do.

Each case breaks one thing inside neurosim, runs a scenario, and names the claims that must not hold any more. What a
break does not concern still holds.
"""

import dataclasses
import io

import numpy as np
import pytest
from rich.console import Console

from neurosim.analysis import contest, workload
from neurosim.anatomy import hyperplanes, soma
from neurosim.engine.program import Program
from neurosim.plasticity import local_rules, plastic
from neurosim.scenarios import load_scenario


def turn_gradients_round(patch):
    """Every gradient by a weight has the wrong sign."""
    right = Program.backward

    def wrong(*args, **settings):
        found = right(*args, **settings)
        return dataclasses.replace(found, weights=-found.weights)

    patch.setattr(Program, "backward", wrong)


def let_ties_be_silent(patch):
    """A drive of exactly 0 no longer fires."""
    patch.setattr(soma.Binary, "rate", lambda self, drive: np.greater(drive, 0).astype(drive.dtype))


def forget_receptors(patch):
    """Learning may turn the sign of a weight that a receptor keeps."""
    patch.setattr(plastic.Plastic, "project", lambda self, parameters: parameters)


CASES = [
    (turn_gradients_round, "worked_example", ["dL/dWb", "dL/dWa"], ["loss", "outputs, yb"]),
]


def broken(name, break_it, folder):
    """The claims of a scenario when something is broken: those that hold, and those that do not."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NEUROSIM_BACKEND", "numpy")  # compiled kernels cannot be changed from here
        break_it(patch)
        quiet = Console(file=io.StringIO())
        return load_scenario(name)(out=folder, quick=True, console=quiet).claims


@pytest.mark.parametrize(("break_it", "name", "fail", "hold"), CASES, ids=lambda x: getattr(x, "__name__", None))
def test_what_is_broken_is_noticed_by_the_claims_about_it(break_it, name, fail, hold, tmp_path):
    claims = {claim.text: claim.held for claim in broken(name, break_it, tmp_path)}
    for text in fail:
        assert [held for claim, held in claims.items() if text in claim] == [False] * len(
            [claim for claim in claims if text in claim]
        ) != []
