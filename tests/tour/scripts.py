"""Small scenarios for tests of the tour: each of a kind that a tour has to come through."""

HEAD = '''"""{title} (L1).

{story}
"""

import os
import signal
import sys
import time

import numpy as np

import neurosim as ns


@ns.scenario
def main(story: ns.Story) -> None:
'''

TALES = {
    "all_well": """
    story.title("A chapter with <b>signs</b> & more")
    story.say("Text with <script>alert('no')</script> in it.")
    story.show("as it is:\\n    a < b" + ", and so on" * 40)
    story.table(["name", "rate"] * 9, [["a | <i>b</i>", 0.5] * 9, ["c", 1.25] * 9], title="A wide table")
    number = np.random.default_rng(story.seed).integers(1000, 10_000)
    story.claim("a random number <is large>", int(number), at_least=1000 if story.quick else 100)
    numbers = np.random.default_rng(0).normal(size=(400, 400))
    story.show(repr(float((numbers @ numbers).sum())))
    story.claim("text is text", "<u>x</u>", equals="<u>x</u>")
    story.picture(ns.plot(ns.Neuron({"x": 1})), "neuron", 'a "neuron" & its <dendrites>')
    story.picture(ns.plot(ns.Neuron({"x": 1, "y": 2})), "cover", "the cover", cover=True)
""",
    "claims_too_much": """
    story.claim("two is three", 2, equals=3)
    story.claim("two is two", 2, equals=2)
""",
    "crashes": """
    story.say("It began well.")
    story.claim("one is one", 1, equals=1)
    raise RuntimeError("no <way>\\nto go on")
""",
    "exits": """
    sys.exit(3)
""",
    "is_killed": """
    os.kill(os.getpid(), signal.SIGKILL)
""",
    "reads_nowhere": """
    import ctypes
    ctypes.string_at(0)
""",
    "waits": """
    (story.out / "pid").write_text(str(os.getpid()))
    time.sleep(600)
""",
}

QUESTION = '''

@main.question("Is <one> one?")
def one() -> bool:
    """It is."""
    return True
'''

NOT_PYTHON = "def main(story:\n"


def write(folder, *names):
    """Write these scenarios into a folder, and tell name and file of each, as `scenario_scripts` does."""
    folder.mkdir(exist_ok=True)
    for name in names:
        if name == "not_python":
            text = NOT_PYTHON
        else:
            text = HEAD.format(title=f"Of one that {name}", story="A story & what <it> leaves out.") + TALES[name]
        (folder / f"{name}.py").write_text(text + QUESTION if name == "all_well" else text)
    return {name: folder / f"{name}.py" for name in names}
