"""Double dissociation: lose one region and what is gone, lose another and where is gone (L7, L9).

Monkeys without inferior temporal cortex no longer tell shapes apart, but find places; without posterior parietal cortex
it is the other way round (Ungerleider and Mishkin 1982, Bethesda). Teuber (1955, New York) called this a *double
dissociation*: one lesion takes task one and spares task two, another does the reverse, so neither task is just the
harder one. But must regions be wired for their tasks? Rueckl, Cave and Kosslyn (1989) let networks say what a shape is
and where it is; Jacobs and Jordan (1992) made long wires costly.

Here a brain sees a real digit somewhere on its retina, and says which it is and where. A shared region V1 serves two
equal ones, A and B, and the outputs for both tasks hear both. Put in by hand: in one kind of brain the wiring itself;
in others a cost, by which wires onto the outputs shrink while the brain learns, and which of them are long. Not put in
by hand: what these wires come to carry. Left out: wires that grow, time, feedback, moving eyes.
"""

from collections.abc import Sequence

import networkx as nx
import numpy as np

import neurosim as ns

Brain = tuple[ns.Network, list[ns.Task], list[ns.Task]]
"""A brain, and its tasks on digits that it learnt from, and on others."""

CELLS, BATCH = 20, 128
TASKS = {"what": 10, "where": 9}
WIRES = [("A", "what"), ("A", "where"), ("B", "what"), ("B", "where")]
SHORT, LONG, RIVAL = 0.002, 0.008, 0.1  # what a wire loses with each step of learning; or a whole projection
HAND, FREE, SAME, RIVALS = "wired by hand", "wires cost nothing", "all wires cost the same", "projections compete"
COSTLY, MIRROR = "long wires cost more", "long wires, mirrored"
COSTS = {
    HAND: [],
    FREE: [],
    SAME: [(SHORT + LONG) / 2] * 4,
    RIVALS: [RIVAL] * 4,
    COSTLY: [SHORT, LONG, LONG, SHORT],
    MIRROR: [LONG, SHORT, SHORT, LONG],
}


def born(kind: str, seed: int) -> ns.Network:
    """A brain that has learnt nothing."""
    regions: nx.DiGraph[str] = nx.DiGraph()
    regions.add_node("retina", shape=(16, 16))
    for region, size in (("V1", 2 * CELLS), ("A", CELLS), ("B", CELLS)):
        regions.add_node(region, size=size, mode="relu")
    for task, size in TASKS.items():
        regions.add_node(task, size=size, mode="linear", output=True)
    regions.add_edges_from([("retina", "V1"), ("V1", "A"), ("V1", "B")])
    regions.add_edges_from([WIRES[0], WIRES[3]] if kind == HAND else WIRES)
    return ns.Network.from_regions(regions, rng=seed)


def taught(kind: str, seed: int, data: ns.datasets.PlacedDigits) -> Brain:
    """A brain that has learnt both tasks at once; after every epoch its wires lose what they cost."""
    brain = born(kind, seed)
    seen, new = (
        [ns.Task(task, part.X, getattr(part, task), task) for task in TASKS] for part in (data.train, data.test)
    )
    steps = -(-len(seen[0]) // BATCH)
    costs = dict(zip(WIRES, [steps * cost for cost in COSTS[kind]], strict=False))

    def pay(epoch: int, measures: object) -> None:
        ns.shrink(brain, costs, together=kind == RIVALS)

    ns.train_tasks(brain, seen, optimizer=ns.Adam(0.02), epochs=12, batch_size=BATCH, rng=seed, callback=pay)
    return brain, [task[: len(new[0])] for task in seen], new


def lost(brain: ns.Network, tasks: list[ns.Task], parts: Sequence[list[str | int]]) -> np.ndarray:
    """By part and task: the share of what a brain can do beyond guessing that goes with the cells of a part."""
    whole = np.array([task.accuracy(brain) for task in tasks])
    guess = np.array([task.chance_accuracy(brain) for task in tasks])
    left = np.empty((len(parts), len(tasks)))
    for row, part in zip(left, parts, strict=True):
        with ns.lesion(brain, neurons=part):
            row[:] = [task.accuracy(brain) for task in tasks]
    shares: np.ndarray = (whole - left) / (whole - guess)
    return shares


def dissociation(subject: Brain, mixed: int | None = None) -> tuple[float, float, bool]:
    """How much more one region is needed for what, and the other for where; and whether A is the one for what.

    Which is called the one for what is decided on digits that were learnt from, and what is lost on others. With
    `mixed` it is not regions that are lost, but halves of their cells at random.
    """
    brain, seen, new = subject
    cells = [*brain.regions["A"], *brain.regions["B"]]
    if mixed is not None:
        cells = np.random.default_rng(mixed).permutation(cells).tolist()
    decided, measured = (lost(brain, tasks, [cells[:CELLS], cells[CELLS:]]) for tasks in (seen, new))
    one = int(decided[0, 0] - decided[0, 1] < decided[1, 0] - decided[1, 1])
    return measured[one, 0] - measured[1 - one, 0], measured[1 - one, 1] - measured[one, 1], one == 0


def proves(subject: Brain) -> tuple[bool, bool]:
    """Whether a brain by itself dissociates doubly beyond chance, and whether each lesion then spares the other's task.

    By a permutation test over the new digits. To spare is to cost at most half of what the other lesion costs.
    """
    brain, _, new = subject
    atlas = ns.lesion_atlas(brain, new, regions=["A", "B"], neurons=[], pairs=None)
    crosses, spares = (bool(atlas.double_dissociations(spare=most, resamples=299, rng=0).holding) for most in (1, 0.5))
    return crosses, spares


def cut_late(subject: Brain) -> float:
    """The share of digits that a brain names once its long wires are gone, all at once and after it has learnt."""
    brain, _, new = subject
    with ns.lesion(brain, projections=[WIRES[1], WIRES[2]]):
        return new[0].accuracy(brain)


def smaller(found: np.ndarray) -> ns.Estimate:
    """How double a dissociation is: the smaller of both differences, brain by brain."""
    return ns.Estimate(found[:, :2].min(axis=1))


@ns.scenario
def main(story: ns.Story) -> None:
    """Teach six kinds of brain both tasks, and take one region or the other."""
    seeds = range(10 * story.seed, 10 * story.seed + 10)
    training, test = (600, 270) if story.quick else (1257, 540)
    data = {seed: ns.datasets.digits_somewhere(training=training, test=test, rng=seed) for seed in seeds}
    brains = {kind: [taught(kind, seed, data[seed]) for seed in seeds] for kind in COSTS}
    found = {kind: np.array([dissociation(each) for each in group]) for kind, group in brains.items()}
    what, where = ({kind: ns.Estimate(found[kind][:, task]) for kind in COSTS} for task in (0, 1))
    named = {kind: ns.Estimate([new[0].accuracy(brain) for brain, _, new in group]) for kind, group in brains.items()}
    both = {kind: smaller(found[kind]) for kind in COSTS}
    counts = {kind: np.sum([proves(each) for each in group], axis=0) for kind, group in brains.items()}
    proven, spared_too = ({kind: int(n[k]) for kind, n in counts.items()} for k in (0, 1))

    story.title("Two tasks, two regions, six kinds of brain")
    story.say(
        f"Of each kind {len(seeds)} brains learn both tasks at once, on digits at {TASKS['where']} places, and are "
        "tested on digits that they never saw. Then A is lost, or B. What counts is which share of what a brain can do "
        "beyond guessing goes with it. How much more is one region needed than the other for what, and how much more "
        "the other for where? In a perfect double dissociation both are 1, or a little more if what is left is worse "
        "than guessing; the smaller of them says how double it is. After ± stands half the interval that holds the "
        "true mean in 95 of 100 cases. Which region is called the one for what is decided on other digits than those "
        "on which it is measured. Last, in how many brains is a dissociation more than could come about by which "
        "digits happened to be in the test (permutation test within each brain, p below 0.05)? In brackets: in how "
        "many each lesion also spares the other's task, and costs at most half of what the other lesion costs "
        "(in loss)."
    )
    told = {kind: f"{proven[kind]} ({spared_too[kind]})" for kind in COSTS}
    columns = ["brains", "more for what", "more for where", "smaller of both", "p < 0.05 in"]
    rows = [[kind, *(each[kind].written(2) for each in (what, where, both)), told[kind]] for kind in COSTS]
    story.table(columns, rows)
    drawing = ns.charts.forest(
        {kind: {"needed more for what": what[kind], "needed more for where": where[kind]} for kind in COSTS},
        xlabel="how much more a region is needed (share of what a brain can do)",
        percent=True,
    )
    caption = "Both marks far to the right: a double dissociation. Wiring makes one, and so does learning at a cost."
    story.picture(drawing, "regions", caption, cover=True)

    story.title("Put in by hand")
    spared = [lost(brain, new, [brain.regions["A"]])[0, 1] for brain, _, new in brains[HAND]]
    story.say("Where only A is wired to what, and only B to where, the dissociation is the wiring: it was put in.")
    story.claim(f"{HAND}: smaller of both", both[HAND], at_least=0.9)
    story.claim(f"{HAND}: largest share of where that goes with A", float(np.abs(spared).max()), equals=0)

    story.title("Does it come by itself?")
    shares = [lost(brain, new, [brain.regions[region] for region in "AB"]) for brain, _, new in brains[FREE]]
    gone, rivals, third = np.mean(shares, axis=(0, 1)), found[RIVALS][:, :2], 1 / 3
    settled, apart = (np.abs(rivals) > third).sum(axis=0), int((rivals.min(axis=1) > third).sum())
    together = int((np.abs(rivals).min(axis=1) > third).sum()) - apart
    story.say(
        f"No. If wires cost nothing, either region serves both tasks: without one of them {gone[0]:.0%} of what and "
        f"{gone[1]:.0%} of where are gone. If all wires cost the same, nothing changes: no cell can tell to which "
        "region it belongs. If the projections onto an output compete, so that the weaker one withers, chance "
        f"decides. In {settled[0]} of {len(seeds)} brains what settles in one region (it is needed more than the other "
        f"by over a third of the task), in {settled[1]} where does; else a task stays with both. They part, each to a "
        f"region of its own, in {apart} of {len(seeds)}, and settle in the same one in {together}. Mind that a test "
        f"within a brain may find a small dissociation where wires cost nothing ({proven[FREE]} of {len(seeds)} here): "
        "by itself it is no proof that regions were made for tasks (Plaut 1995)."
    )
    story.claim(f"{FREE}: smaller of both", both[FREE], at_most=0.2)
    story.claim(f"control, {SAME}: smaller of both", both[SAME], at_most=0.2)

    story.title("What brings it about")
    halves = np.array([dissociation(each, mixed=seed) for each, seed in zip(brains[COSTLY], seeds, strict=True)])
    shared = [lost(brain, new, [brain.regions["V1"][::2]]).min() for brain, _, new in brains[COSTLY]]
    late = ns.Estimate([cut_late(each) for each in brains[FREE]])
    story.say(
        "Let A lie near the outputs for what and B near those for where, and let a long wire cost "
        f"{LONG / SHORT:g} times what a short one does. No wire is forbidden, and yet the brains dissociate doubly, by "
        f"{what[COSTLY].mean:.0%} and {where[COSTLY].mean:.0%} (beyond chance in {proven[COSTLY]} of {len(seeds)}; in "
        f"{spared_too[COSTLY]} each lesion spares the other's task as well). It is learning that moves the tasks: "
        f"these brains name {named[COSTLY].mean:.0%} of the digits, those whose wires cost nothing "
        f"{named[FREE].mean:.0%}; but only {late.mean:.0%} if their long wires are cut after they have learnt. In the "
        "mirror the regions trade roles. So cost, and who lies near whom, make regions special, and both were "
        "put in. Random halves of the same cells do not dissociate, and half of V1, which both tasks share, takes "
        "from both."
    )
    story.claim(f"{COSTLY}: smaller of both", both[COSTLY], at_least=0.3)
    story.claim(f"{COSTLY}: brains in which p < 0.05", proven[COSTLY], at_least=9)
    for other, least in ((FREE, 0.25), (RIVALS, 0)):
        story.claim(f"smaller of both, beyond {other}", both[COSTLY].minus(both[other]), at_least=least)
    story.claim(f"{COSTLY}: share of brains whose A is for what", found[COSTLY][:, 2].mean(), equals=1)
    story.claim(f"{MIRROR}: share of brains whose A is for what", found[MIRROR][:, 2].mean(), equals=0)
    story.claim("share named, beyond brains whose long wires are cut late", named[COSTLY].minus(late), at_least=0.05)
    story.claim(f"control, {COSTLY}, random halves: smaller of both", smaller(halves), at_most=0.25)
    story.claim("control, half of V1 lost: what the luckier task loses", ns.Estimate(shared), at_least=0.05)
    three = {kind: brains[kind][0][0] for kind in (FREE, SAME, COSTLY)}
    caption = "Wires onto the outputs in a brain of three kinds: where long ones cost more, most are given up."
    story.picture(ns.charts.wires(three, pre=["A", "B"], post=list(TASKS)), "wires", caption)


def harm(needed: int) -> int:
    """How many tasks are lost without A or without B, if both tell both outputs all, and an output needs so many."""
    names, ends = ["eye", "A", "B", "what", "where"], ([0, 0, 1, 1, 2, 2], [1, 2, 3, 4, 3, 4])
    brain = ns.Network.from_arrays(*ends, 1.0, names=names, thresholds=[0, 1, 1, needed, needed])
    silent = 0
    for region in "AB":
        with ns.lesion(brain, neurons=region):
            silent += int((ns.respond(brain, [1.0]) == 0).sum())
    return silent


@main.question(
    "A and B are one cell each. Both tell both outputs what the eye sees, and an output needs only one of them. Lose "
    "A, or lose B, and look at what and where: in how many of the four cases is a task lost?",
    hint="Each output has a spare. Is a region that is not missed one that does nothing?",
)
def lost_with_a_spare() -> int:
    """An output that needs one."""
    return harm(needed=1)


@main.question(
    "The same two cells, but an output needs both. In how many of the four cases is a task lost?",
    hint="Take one away and count what arrives at each output.",
)
def lost_without_a_spare() -> int:
    """An output that needs two: each lesion takes both tasks, and nothing dissociates."""
    return harm(needed=2)


if __name__ == "__main__":
    main.run_as_script()
