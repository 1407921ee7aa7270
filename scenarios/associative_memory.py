"""Associative memory: Hopfield's network recalls a whole from a part, until it is asked to hold too much (L25)."""

import math
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

import neurosim as ns

Array: TypeAlias = npt.NDArray[np.float64]

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
TRIALS, SWEEPS = 30, 30  # recalls at each load from either kind of cue, and how long each may take


def hebb(patterns: Array) -> Array:
    """Cells that fire together are wired together: W_ij = sum over patterns of xi_i xi_j, and no autapses."""
    weights: Array = patterns.T @ patterns
    np.fill_diagonal(weights, 0)
    return weights


def remember(patterns: Array) -> ns.Network:
    """A memory of binary neurons, all of them connected with all others, that holds these patterns of +1 and -1.

    A neuron's rate is x = 0 or 1, and a spin's s = 2x - 1 is -1 or +1. Their fields agree, sum_j W_ij s_j =
    2 (sum_j W_ij x_j - threshold_i), if the threshold is half the sum of the row. All these numbers are whole or half
    numbers, so every drive and energy is exact.
    """
    weights, size = hebb(patterns), patterns.shape[1]
    pre, post = np.nonzero(~np.eye(size, dtype=bool))
    return ns.Network.from_arrays(
        pre,
        post,
        weights[post, pre],
        delay=1,
        modes=["binary"] * size + ["sensory"],  # a network has a sense: here one that is dark and touches nobody
        thresholds=np.append(weights.sum(axis=1) / 2, 0),
        regions=["memory"] * size + ["sense"],
        outputs=range(size),
    )


def recall(
    net: ns.Network, cues: Array, ticks: int, rng: np.random.Generator, updating: str = "asynchronous"
) -> ns.Recording:
    """Start from each cue (trials, neurons) of +1 and -1, and let the neurons talk to each other."""
    dark = np.zeros((len(cues), 1))
    start = np.hstack([(cues + 1) / 2, dark])
    return ns.simulate(net, None, ticks, state=start, updating=updating, record="memory", drives=True, rng=rng)


def corrupted(patterns: Array, share: float, rng: np.random.Generator) -> Array:
    """The patterns with exactly this share of their spins turned round."""
    turned = np.argsort(rng.random(patterns.shape), axis=1) < round(share * patterns.shape[1])
    return np.where(turned, -patterns, patterns)


def spins(rec: ns.Recording, cues: Array) -> Array:
    """The cue and then every tick, (trials, 1 + ticks, neurons), as +1 and -1."""
    return np.concatenate([cues[:, None], 2 * rec["memory"].astype(float) - 1], axis=1)


def energy(states: Array, weights: Array) -> Array:
    """E = -1/2 s W s."""
    e: Array = -((states @ weights) * states).sum(axis=-1) / 2
    return e


def overlaps(states: Array, patterns: Array) -> Array:
    """Of states with patterns, m = s xi / N: 1 for the pattern itself, near 0 for a stranger."""
    m: Array = (states * patterns).mean(axis=-1)
    return m


@ns.scenario
def main(story: ns.Story) -> None:
    """Recall four letters, watch the energy, run synchronously into a cycle, and fill the memory until it breaks."""
    rng = np.random.default_rng(story.seed)
    tell_recall(story, rng)
    tell_energy(story, rng)
    tell_load(story, rng)


def tell_recall(story: ns.Story, rng: np.random.Generator) -> None:
    """Four letters from cues with a quarter of the spins turned round."""
    letters = np.array([[1.0 if dot == "#" else -1.0 for dot in "".join(rows.split())] for rows in LETTERS.values()])
    story.title("Four letters in a hundred neurons")
    story.say(
        f"A hundred binary neurons, each connected with all others, hold the letters {', '.join(LETTERS)} by Hebb's "
        "rule: a synapse is as strong as its two neurons agree over the letters. A cue is a letter with a quarter of "
        "its dots turned round. Then in each sweep all neurons are updated, one after the other in a random order."
    )
    net, shown = remember(letters), np.repeat(letters, 25, axis=0)
    story.show(net)
    cues = corrupted(shown, 0.25, rng)
    states = spins(recall(net, cues, 6, rng), cues)
    m = overlaps(states, shown[:, None])
    story.table(["sweep", "mean overlap with the letter"], [[sweep, mean] for sweep, mean in enumerate(m.mean(axis=0))])
    story.claim("overlap of every cue with its letter", float(m[:, 0].max()), equals=0.5, places=9)
    story.claim("mean overlap after recall", float(m[:, -1].mean()), at_least=0.97)
    story.claim("share of cues that are recalled without a mistake", float((m[:, -1] == 1).mean()), at_least=0.9)
    stages = {"letter": letters, "cue": states[::25, 0], "1 sweep": states[::25, 1], "6 sweeps": states[::25, -1]}
    story.picture(
        ns.charts.images(
            np.stack(list(stages.values()), axis=1).reshape(-1, 10, 10),
            list(stages) * len(letters),
            label="+1 fires, \N{MINUS SIGN}1 is silent",
        ),
        "recall",
    )


def tell_energy(story: ns.Story, rng: np.random.Generator) -> None:
    """The energy under both ways of updating, from the same random beginnings, in a memory that is too full."""
    story.title("Energy")
    story.say(
        "E = -1/2 s W s. A hundred neurons with twenty random patterns start a hundred times from chance. The "
        "recording holds, for every sweep, the drive z that each neuron saw when its turn came; so the change of "
        "energy by each single update is known, -2 (change of s) z, and those of a sweep must add up to its change of "
        "energy."
    )
    patterns = rng.choice([-1.0, 1.0], size=(20, 100))
    cues = rng.choice([-1.0, 1.0], size=(100, 100))
    net, weights, ticks = remember(patterns), hebb(patterns), 40
    rec = recall(net, cues, ticks, rng)
    one_by_one, together = spins(rec, cues), spins(recall(net, cues, ticks, rng, "synchronous"), cues)
    single = -2 * np.diff(one_by_one, axis=1) * rec.drive("memory")
    falling, other = energy(one_by_one, weights), energy(together, weights)
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
    last_rise = np.abs(np.diff(other)[:, -1])
    worst = int(np.argmax(np.where(cycle, last_rise, -np.inf)))
    shown = slice(3, 21)
    story.picture(
        ns.charts.curves(
            np.arange(ticks + 1)[shown],
            {"one after the other": falling[worst, shown], "all at once": other[worst, shown]},
            xlabel="tick (a sweep over all neurons)",
            ylabel="energy, after the first fall",
        ),
        "energy",
    )


def at_rest(states: Array) -> npt.NDArray[np.bool_]:
    """Which runs (trials, ticks, neurons) did not change in the last tick."""
    still: npt.NDArray[np.bool_] = (states[:, -1] == states[:, -2]).all(axis=-1)
    return still


# --- How much it can hold ------------------------------------------------------------------------


def theory(count: int = 100_000) -> tuple[Array, Array]:
    """Overlap m against load for infinitely many neurons, as far as there is recall: loads rise up to the critical one.

    Amit, Gutfreund and Sompolinsky 1985, without noise: m = erf(y), where y solves
    sqrt(2 load) = erf(y) / y - 2 / sqrt(pi) e^(-y^2); the larger y belongs to recall.
    """
    y = np.linspace(4, 0.5, count)
    m = np.array([math.erf(value) for value in y])
    loads = (m / y - 2 / math.sqrt(math.pi) * np.exp(-(y**2))) ** 2 / 2
    stable = slice(0, int(np.argmax(loads)) + 1)
    return loads[stable], m[stable]


def final_overlaps(size: int, load: float, rng: np.random.Generator) -> Array:
    """What is left of patterns when the memory has come to rest: from the patterns, and from cues with 10% turned."""
    patterns = rng.choice([-1.0, 1.0], size=(round(load * size), size))
    mine = patterns[:TRIALS]
    cues = np.vstack([mine, corrupted(mine, 0.1, rng)])
    net = remember(patterns)
    state: ns.State | Array | None = np.hstack([(cues + 1) / 2, np.zeros((len(cues), 1))])
    for _ in range(SWEEPS // 10):
        rec = ns.simulate(net, None, 10, state=state, updating="asynchronous", record="memory", last=2, rng=rng)
        state = rec.state
        rates: Array = rec["memory"].astype(float)
        if at_rest(rates).all():
            break
    final = overlaps(2 * rates[:, -1] - 1, np.vstack([mine, mine]))
    m: Array = final.reshape(2, len(mine)).mean(axis=1)
    return m


def falls_through(level: float, loads: Array, m: Array) -> float:
    """The load at which m first falls below a level, between two that were tried; infinite if it never does."""
    below = np.flatnonzero(m < level)
    if not below.size:
        return math.inf
    i = max(int(below[0]), 1)
    return float(np.interp(-level, -m[i - 1 : i + 1], loads[i - 1 : i + 1]))


def tell_load(story: ns.Story, rng: np.random.Generator) -> None:
    """Final overlap against load, for two sizes, beside the theory for infinitely many neurons.

    Over seeds 0 to 16 the critical load that is read off was 0.179 (0.175 to 0.187) for N = 500 and 0.165 (0.157 to
    0.172) for N = 1000: the larger network was nearer to 0.138 in each of the 17.
    """
    story.title("How much it can hold")
    sizes = (250, 400) if story.quick else (500, 1000)
    loads = np.array([0.06, 0.08, 0.10, 0.12, 0.13, 0.14, 0.15, 0.16, 0.17, 0.18, 0.20])
    if story.quick:
        loads = np.array([0.1, 0.15, 0.2, 0.3])
    story.say(
        f"Random patterns, N = {sizes[0]} and {sizes[1]} neurons, and a load of patterns / N. {TRIALS} recalls "
        f"start from a stored pattern, and {TRIALS} from one with a tenth of its spins turned, and go on until at rest "
        f"(or for {SWEEPS} sweeps). Amit, Gutfreund and Sompolinsky (1985) found for infinitely many neurons that "
        "recall stays nearly perfect up to a load of 0.138, and then breaks down at once. In a network of finite size "
        "the fall is gradual and lies at a larger load: over many seeds, the nearer to 0.138 the larger the network."
    )
    exact_loads, exact = theory()
    story.claim(
        "theory: the critical load, as its equation is solved here", float(exact_loads[-1]), equals=0.138, places=3
    )
    expected = np.interp(loads, exact_loads, exact, right=np.nan)
    curves = {}
    for size in sizes:
        m = np.array([final_overlaps(size, load, rng) for load in loads])
        curves[f"N = {size}, from a pattern"], curves[f"N = {size}, from a tenth turned"] = m.T
    columns = np.column_stack([loads, *curves.values()]).tolist()
    told = ["no recall" if math.isnan(m) else f"{m:.4f}" for m in expected]
    story.table(["load", *curves, "theory"], [[*row, m] for row, m in zip(columns, told, strict=True)])
    critical = {}
    for size in sizes:
        m = curves[f"N = {size}, from a pattern"]
        gap = float(np.abs(m - expected)[loads <= 0.1].max())
        story.claim(f"N = {size}: distance to theory at loads up to 0.1", gap, at_most=0.05 if story.quick else 0.02)
        critical[size] = falls_through(0.7, loads, m)
        text = f"N = {size}: measured critical load, where the mean overlap falls through 0.7"
        story.claim(text, critical[size], at_least=0.138, at_most=0.3 if story.quick else 0.2)
        story.claim(f"N = {size}: overlap that is left at load {loads[-1]:g}", float(m[-1]), at_most=0.7)
    drawing = ns.charts.curves(
        loads,
        {**curves, "theory, N infinite": expected},
        xlabel="load: patterns / N",
        ylabel="overlap after recall",
        marks={"0.138": float(exact_loads[-1])},
    )
    story.picture(drawing, "load")


if __name__ == "__main__":
    main.run_as_script()
