"""Associative memory: Hopfield's network recalls a whole from a part, until it is asked to hold too much (L4, L5).

A few notes bring back a song. Hebb (The Organization of Behavior, New York, 1949) thought of it so: cells that were
active together excite each other ever after, so that some of them can wake the others. Hopfield (Proceedings of the
National Academy of Sciences 79, 1982) made it a network: every neuron hears every other, a synapse is as strong as its
two cells agreed over the patterns that were stored, and each neuron in turn looks at the others and fires or not. He
found an energy that no such step can raise, so activity must come to rest: in a memory, if there are not too many.
Amit, Gutfreund and Sompolinsky (Physical Review Letters 55, 1985) computed how many: 0.138 patterns a neuron.

The hippocampus has such a loop, in its region CA3. Left out: real synapses are not alike in both directions, a cell
does not both excite and inhibit (Dale's law), and few cells in a hundred are active at a time, not half of them.
"""

import numpy as np

import neurosim as ns
from neurosim import hopfield

LETTERS = {
    "J": "..### ...#. ...#. #..#. .##..",
    "E": "##### #.... ####. #.... #####",
    "T": "##### ..#.. ..#.. ..#.. ..#..",
    "X": "#...# .#.#. ..#.. .#.#. #...#",
}
TRIALS = 12  # recalls at each load, from patterns and from cues


def letters() -> np.ndarray:
    """Four pictures of 10 x 10 dots, +1 and -1: each sign above is 2 x 2 of them."""
    signs = [[[1.0 if sign == "#" else -1.0 for sign in row] for row in rows.split()] for rows in LETTERS.values()]
    return np.kron(signs, np.ones((2, 2))).reshape(4, 100)


def final_overlaps(size: int, load: float, rng: np.random.Generator) -> tuple[float, float]:
    """What is left of patterns when the memory has come to rest: from the patterns, and from cues with 10 % turned."""
    patterns = rng.choice([-1.0, 1.0], size=(round(load * size), size))
    mine = patterns[:TRIALS]
    cues = np.vstack([mine, hopfield.corrupted(mine, 0.1, rng)])
    rec = hopfield.recall(hopfield.network(patterns), cues, 20, last=1, rng=rng)
    final = hopfield.overlap(hopfield.spins(rec)[:, -1], np.vstack([mine, mine]))
    return float(final[: len(mine)].mean()), float(final[len(mine) :].mean())


@ns.scenario
def main(story: ns.Story) -> None:
    """Recall four letters, watch the energy, and fill the memory until it breaks."""
    rng = np.random.default_rng(story.seed)
    story.title("Four letters in a hundred neurons")
    story.say(
        f"A hundred binary neurons, each connected with all others, hold the letters {', '.join(LETTERS)} by Hebb's "
        "rule: a synapse excites if its two neurons agree in most letters, and inhibits if in few. A cue is a letter "
        "with a quarter of its dots flipped, on to off or off to on. Then in each sweep all neurons are updated, one "
        "after the other in a random order. Overlap tells how alike state and letter are: the share of dots that are "
        "the same, less the share that differ; 1 for the letter itself, near 0 for a stranger."
    )
    shown, memory = np.repeat(letters(), 25, axis=0), hopfield.network(letters())
    states = hopfield.spins(hopfield.recall(memory, hopfield.corrupted(shown, 0.25, rng), 6, rng=rng))
    m = hopfield.overlap(states, shown[:, None])
    story.claim("overlap of every cue with its letter: 3/4 less 1/4", float(m[:, 0].max()), equals=0.5, places=9)
    story.claim("mean overlap of state and letter after one sweep", float(m[:, 1].mean()), at_least=0.9)
    story.claim("share of cues recalled without a mistake in six sweeps", float((m[:, -1] == 1).mean()), at_least=0.9)
    stages = {"letter": letters(), "cue": states[::25, 0], "1 sweep": states[::25, 1], "6 sweeps": states[::25, -1]}
    pictures = np.stack(list(stages.values()), axis=1).reshape(-1, 10, 10)
    drawing = ns.charts.images(pictures, list(stages) * 4, label="red (+1) fires, blue (\N{MINUS SIGN}1) is silent")
    caption = "Each letter, a cue with a quarter of its dots flipped, and the memory after one sweep and six."
    story.picture(drawing, "recall", caption, cover=True)
    story.say(
        "Why does it come to rest? Let a neuron's spin be +1 if it fires and -1 if it is silent. Each pair of neurons "
        "has an energy: minus the product of their weight and both spins, low where they agree as their synapse asks. "
        "E is the sum over all pairs. A neuron that changes does so to agree with what it hears: no update can raise E."
    )
    rise = np.diff(hopfield.energy(memory, states), axis=1)
    story.claim("largest change of the energy E in a sweep (0 or less: it never rises)", float(rise.max()), at_most=0)
    still = (states[:, -1] == states[:, -2]).all(axis=1)
    story.claim("share of recalls that are at rest after six sweeps", float(still.mean()), at_least=0.95)

    story.title("How much it can hold")
    sizes = (200, 300) if story.quick else (500, 800)
    loads = np.array([0.1, 0.135, 0.2, 0.3] if story.quick else [0.06, 0.1, 0.135, 0.155, 0.17, 0.185, 0.2, 0.24])
    story.say(
        f"Now random patterns in N = {sizes[0]} and {sizes[1]} neurons; the load is the number of patterns / N. "
        f"{TRIALS} recalls start from a stored pattern, {TRIALS} from a cue, one with a tenth of its dots flipped, and "
        "go on for 20 sweeps. For infinitely many neurons, says the theory of Amit and others, recall stays nearly "
        "perfect up to a load of 0.138, the critical one, and then breaks down at once. In a network of finite size "
        "the fall is gradual and lies at a larger load."
    )
    exact_loads, exact = hopfield.mean_field()
    critical, expected = float(exact_loads[-1]), np.interp(loads, exact_loads, exact, right=np.nan)
    story.claim("critical load, from the equations of the theory", critical, equals=0.138, places=3)
    curves = {}
    for size in sizes:
        m, turned = np.array([final_overlaps(size, load, rng) for load in loads]).T
        curves[f"N = {size}, from a pattern"], curves[f"N = {size}, from a cue"] = m, turned
        gap = float(np.abs(m - expected)[loads <= 0.1].max())
        text = f"N = {size}: largest distance of overlap from the theory's, at loads up to 0.1"
        story.claim(text, gap, at_most=0.05 if story.quick else 0.02)
        measured = float(np.interp(-0.7, -np.minimum.accumulate(m), loads))
        text = f"N = {size}: measured critical load, where the mean overlap falls through 0.7"
        story.claim(text, measured, at_least=0.138, at_most=0.29 if story.quick else 0.22)
    lines, marks = {**curves, "theory, N infinite": expected}, {f"{critical:.3f}": critical}
    xlabel, ylabel = "load: patterns / N", "overlap after recall"
    chart = ns.charts.curves(loads, lines, xlabel=xlabel, ylabel=ylabel, marks=marks)
    caption = "The more patterns, the worse is recall. The theory's curve ends before its critical load (dashed)."
    story.picture(chart, "load", caption)


@main.question(
    "A memory of a hundred neurons holds the four letters. Is the negative of the letter T, each dot flipped, at rest "
    "in it as the letter is?",
    hint="Flip all spins: what happens to the product of two spins, and so to the energy of every pair?",
)
def negative() -> bool:
    """Whether it stays."""
    turned = -letters()[2:3]
    states = hopfield.spins(hopfield.recall(hopfield.network(letters()), turned, 2, rng=0))
    return bool((states == turned[:, None]).all())


@main.question(
    "By the theory, how many random patterns can a memory of 100 neurons hold?",
    hint="The critical load times the number of neurons, rounded down.",
)
def capacity() -> int:
    """From the critical load."""
    return int(hopfield.mean_field()[0][-1] * 100)


if __name__ == "__main__":
    main.run_as_script()
