"""Associative memory: Hopfield's network recalls a whole from a part, until it is asked to hold too much (L4, L5).

A few notes bring back a song. Hebb (The Organization of Behavior, New York, 1949) thought of it so: cells that were
active together excite each other ever after, so that some of them can wake the others. Hopfield (Proceedings of the
National Academy of Sciences 79, 1982) made it a network: every neuron hears every other, a synapse is as strong as its
two cells agreed over the patterns that were stored, and each neuron in turn looks at the others and fires or not. He
found an energy that no such step can raise, so activity must come to rest: in a memory, if there are not too many.
Amit, Gutfreund and Sompolinsky (Physical Review Letters 55, 1985) computed how many: 0.138 for each neuron.

The hippocampus has such a loop, in its region CA3. Left out: real synapses are not alike in both directions, a cell
does not both excite and inhibit (Dale's law), and few cells in a hundred are active at a time, not half of them.
"""

import numpy as np

import neurosim as ns
from neurosim import hopfield

LETTERS = {
    "J": "......#### ......#### .......##. .......##. .......##. "
    ".......##. ##.....##. ###...###. .#######.. ..#####...",
    "E": "########## ########## ##........ ##........ ########.. "
    "########.. ##........ ##........ ########## ##########",
    "T": "########## ########## ....##.... ....##.... ....##.... "
    "....##.... ....##.... ....##.... ....##.... ....##....",
    "X": "##......## ###....### .###..###. ..######.. ...####... "
    "...####... ..######.. .###..###. ###....### ##......##",
}
TRIALS = 12  # recalls at each load, from patterns and from cues


def letters() -> np.ndarray:
    """Four pictures of 10 x 10 dots, +1 and -1."""
    return np.array([[1.0 if dot == "#" else -1.0 for dot in "".join(rows.split())] for rows in LETTERS.values()])


@ns.scenario
def main(story: ns.Story) -> None:
    """Recall four letters, watch the energy, run synchronously into a cycle, and fill the memory until it breaks."""
    rng = np.random.default_rng(story.seed)
    tell_recall(story, rng)
    tell_energy(story, rng)
    tell_load(story, rng)


def tell_recall(story: ns.Story, rng: np.random.Generator) -> None:
    """Four letters from cues with a quarter of the dots turned round."""
    story.title("Four letters in a hundred neurons")
    story.say(
        f"A hundred binary neurons, each connected with all others, hold the letters {', '.join(LETTERS)} by Hebb's "
        "rule: a synapse is as strong as its two neurons agree over the letters. A cue is a letter with a quarter of "
        "its dots turned round. Then in each sweep all neurons are updated, one after the other in a random order. How "
        "alike the state and the letter are is their overlap: 1 for the letter itself, near 0 for a stranger."
    )
    shown = np.repeat(letters(), 25, axis=0)
    cues = hopfield.corrupted(shown, 0.25, rng)
    states = hopfield.spins(hopfield.recall(hopfield.network(letters()), cues, 6, rng=rng))
    m = hopfield.overlap(states, shown[:, None])
    story.table(["sweep", "mean overlap with the letter"], [[sweep, mean] for sweep, mean in enumerate(m.mean(axis=0))])
    story.claim("overlap of every cue with its letter", float(m[:, 0].max()), equals=0.5, places=9)
    story.claim("mean overlap after recall", float(m[:, -1].mean()), at_least=0.97)
    story.claim("share of cues that are recalled without a mistake", float((m[:, -1] == 1).mean()), at_least=0.9)
    stages = {"letter": letters(), "cue": states[::25, 0], "1 sweep": states[::25, 1], "6 sweeps": states[::25, -1]}
    pictures = np.stack(list(stages.values()), axis=1).reshape(-1, 10, 10)
    drawing = ns.charts.images(pictures, list(stages) * 4, label="+1 fires, \N{MINUS SIGN}1 is silent")
    caption = "Each letter, a cue with a quarter of its dots turned round, and the memory after one sweep and six."
    story.picture(drawing, "recall", caption, cover=True)


def tell_energy(story: ns.Story, rng: np.random.Generator) -> None:
    """The energy under both ways of updating, from the same random beginnings, in a memory that is too full."""
    story.title("Energy")
    story.say(
        "Let s be +1 for a neuron that fires and -1 for one that is silent. The energy E = -1/2 s W s is low where "
        "neurons agree with what their synapses ask. A hundred neurons with twenty random patterns start a hundred "
        "times from chance. The recording holds, for every sweep, the drive z that each neuron saw when its turn came; "
        "so the change of energy by each single update is known, -2 (change of s) z, and those of a sweep must add up."
    )
    patterns, cues, ticks = rng.choice([-1.0, 1.0], size=(20, 100)), rng.choice([-1.0, 1.0], size=(100, 100)), 40
    net = hopfield.network(patterns)
    rec = hopfield.recall(net, cues, ticks, drives=True, rng=rng)
    one_by_one = hopfield.spins(rec)
    together = hopfield.spins(hopfield.recall(net, cues, ticks, updating="synchronous"))
    single = -2 * np.diff(one_by_one, axis=1) * rec.drive("memory")
    falling, other = hopfield.energy(net, one_by_one), hopfield.energy(net, together)
    story.claim("asynchronous: largest change of energy by a single update", float(single.max()) + 0.0, at_most=0)
    story.claim("the updates of each sweep add up to its change", bool((single.sum(-1) == np.diff(falling)).all()))
    story.claim("asynchronous: largest change of energy by a sweep", float(np.diff(falling).max()), at_most=0)
    story.claim("asynchronous: runs that end at rest", int(at_rest(one_by_one).sum()), equals=len(cues))

    cycle = (together[:, -1] == together[:, -3]).all(axis=-1) & ~at_rest(together)
    rise = np.diff(other).max(axis=1)
    story.say(
        f"Updated all at once, the same network from the same beginnings ends at rest {at_rest(together).sum()} times "
        f"of {len(cues)} and goes round between two states for ever {cycle.sum()} times. Its energy rose in "
        f"{(rise > 0).sum()} runs."
    )
    story.claim("synchronous: runs that end in a cycle of two states", int(cycle.sum()), at_least=1)
    story.claim("synchronous: runs that end otherwise", int((~cycle & ~at_rest(together)).sum()), equals=0)
    story.claim("synchronous: largest rise of energy in a tick", float(rise.max()), at_least=1)
    worst = int(np.argmax(np.where(cycle, np.abs(np.diff(other)[:, -1]), -np.inf)))
    shown = slice(3, 21)
    lines = {"one after the other": falling[worst, shown], "all at once": other[worst, shown]}
    xlabel, ylabel = "tick (a sweep over all neurons)", "energy, after the first fall"
    drawing = ns.charts.curves(np.arange(ticks + 1)[shown], lines, xlabel=xlabel, ylabel=ylabel)
    story.picture(
        drawing, "energy", "From one beginning: updated in turn the energy falls and stays; all at once it need not."
    )


def at_rest(states: np.ndarray) -> np.ndarray:
    """Which runs (trials, ticks, neurons) did not change in the last tick."""
    still: np.ndarray = (states[:, -1] == states[:, -2]).all(axis=-1)
    return still


def final_overlaps(size: int, load: float, rng: np.random.Generator) -> np.ndarray:
    """What is left of patterns when the memory has come to rest: from the patterns, and from cues with 10 % turned."""
    patterns = rng.choice([-1.0, 1.0], size=(round(load * size), size))
    mine = patterns[:TRIALS]
    cues = np.vstack([mine, hopfield.corrupted(mine, 0.1, rng)])
    rec = hopfield.recall(hopfield.network(patterns), cues, 20, last=1, rng=rng)
    final = hopfield.overlap(hopfield.spins(rec)[:, -1], np.vstack([mine, mine]))
    return np.asarray(final.reshape(2, len(mine)).mean(axis=1))


def falls_through(level: float, loads: np.ndarray, m: np.ndarray) -> float:
    """The load at which m first falls below a level, between two that were tried; infinite if it never does."""
    below = np.flatnonzero(m < level)
    if not below.size:
        return float("inf")
    i = max(int(below[0]), 1)
    return float(np.interp(-level, -m[i - 1 : i + 1], loads[i - 1 : i + 1]))


def tell_load(story: ns.Story, rng: np.random.Generator) -> None:
    """Final overlap against load, for two sizes, beside the theory for infinitely many neurons."""
    story.title("How much it can hold")
    sizes = (200, 300) if story.quick else (500, 800)
    loads = np.array([0.1, 0.15, 0.2, 0.3] if story.quick else [0.06, 0.1, 0.14, 0.155, 0.17, 0.185, 0.2, 0.24])
    story.say(
        f"Random patterns, N = {sizes[0]} and {sizes[1]} neurons, and a load of patterns / N. {TRIALS} recalls start "
        f"from a stored pattern, and {TRIALS} from one with a tenth of its spins turned, and go on for 20 sweeps. For "
        "infinitely many neurons, says the theory, recall stays nearly perfect up to a load of 0.138, and then breaks "
        "down at once. In a network of finite size the fall is gradual and lies at a larger load."
    )
    exact_loads, exact = hopfield.mean_field()
    critical = float(exact_loads[-1])
    story.claim("theory: the critical load, as its equation is solved here", critical, equals=0.138, places=3)
    expected = np.interp(loads, exact_loads, exact, right=np.nan)
    curves = {}
    for size in sizes:
        m = np.array([final_overlaps(size, load, rng) for load in loads])
        curves[f"N = {size}, from a pattern"], curves[f"N = {size}, from a tenth turned"] = m.T
    told = ["no recall" if np.isnan(m) else f"{m:.4f}" for m in expected]
    columns = np.column_stack([loads, *curves.values()]).tolist()
    story.table(["load", *curves, "theory"], [[*row, m] for row, m in zip(columns, told, strict=True)])
    for size in sizes:
        m = curves[f"N = {size}, from a pattern"]
        gap = float(np.abs(m - expected)[loads <= 0.1].max())
        story.claim(f"N = {size}: distance to theory at loads up to 0.1", gap, at_most=0.05 if story.quick else 0.02)
        measured = falls_through(0.7, loads, m)
        text = f"N = {size}: measured critical load, where the mean overlap falls through 0.7"
        story.claim(text, measured, at_least=0.138, at_most=0.3 if story.quick else 0.2)
        story.claim(f"N = {size}: overlap that is left at load {loads[-1]:g}", float(m[-1]), at_most=0.7)
    lines, marks = {**curves, "theory, N infinite": expected}, {f"{critical:.3f}": critical}
    xlabel, ylabel = "load: patterns / N", "overlap after recall"
    drawing = ns.charts.curves(loads, lines, xlabel=xlabel, ylabel=ylabel, marks=marks)
    story.picture(
        drawing, "load", "The more patterns, the worse each is recalled; beyond the critical load memory breaks down."
    )


@main.question(
    "A memory of a hundred neurons holds the four letters. Is the negative of the letter T, each dot turned round, at "
    "rest "
    "in it as the letter is?",
    hint="Turn all spins round: what happens to the field that each neuron sees, and to the energy?",
)
def negative() -> bool:
    """Whether it stays."""
    turned = -letters()[2:3]
    states = hopfield.spins(hopfield.recall(hopfield.network(letters()), turned, 2, rng=0))
    return bool((states == turned[:, None]).all())


@main.question(
    "By the theory, how many random patterns can a memory of 100 neurons hold, as a whole number?",
    hint="The critical load times the number of neurons, rounded down.",
)
def capacity() -> int:
    """From the critical load."""
    return int(hopfield.mean_field()[0][-1] * 100)


@main.question(
    "What is the energy of a memory of 4 neurons that holds a single pattern, when it is in that pattern?",
    hint="E = -1/2 sum over i and j of W_ij s_i s_j. In the pattern each W_ij s_i s_j is 1; there are no autapses.",
)
def lowest() -> float:
    """Twelve synapses, half of each."""
    pattern = np.array([1, 1, -1, -1])
    return float(hopfield.energy(hopfield.network([pattern]), pattern))


if __name__ == "__main__":
    main.run_as_script()
