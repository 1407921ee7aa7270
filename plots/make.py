"""Make every picture that the README shows, from the scenarios: `make gallery`."""

import shutil
import tempfile
from pathlib import Path

from neurosim.scenarios import load_scenario

PICTURES = {
    "brain.png": ("digits", "brain_trained"),
    "explanation.png": ("worked_example", "explanation"),
    "chain_rule.png": ("chain_rule", "sigmoid"),
    "reflex.png": ("reflex_arc", "impulses"),
}
HERE = Path(__file__).parent

for file, (scenario, picture) in PICTURES.items():
    with tempfile.TemporaryDirectory() as folder:
        load_scenario(scenario)(out=folder)
        shutil.copy(Path(folder) / f"{scenario}_{picture}.png", HERE / file)
    print(HERE / file)
