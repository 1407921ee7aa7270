"""Blood flow: it rises in the region that a task needs, unless that region need not, or others do as well (L7).

Haxby and colleagues (PNAS 88, 1991, Bethesda) had people match faces, or the places of dots, in a positron camera. With
faces blood flow rose low in the temporal lobe, with places in the parietal lobe: the two pathways that lesions in
monkeys had told apart (Ungerleider and Mishkin 1982). Corbetta and colleagues (Science 248, 1990, St. Louis) showed the
same pictures throughout, only asked about other things, and still the flow went elsewhere. But flow tells what is
active, and a lesion what is needed, and these are not the same (Rorden and Karnath 2004).

This brain sees a digit somewhere on its retina, and a cue: which digit is it, or where? From the first visual area, V1,
the way to ten cells that name digits leads through V4 and IT (inferior temporal cortex), that to four cells that name
places through PPC (posterior parietal cortex). The most active of the 14 cells is the answer. All synapses learn.

Put in by hand: which cells IT and PPC reach, so that lesions must dissociate; that the cue reaches IT and PPC alone;
that what these two send can only excite, as the long axons of cortex do; a region "echo", which hears IT and which
nobody hears; how flow follows activity, and the scanner's noise. Not put in: what the cue does to activity. Left out:
vessels that reach beyond a region, ongoing activity, a stream of other tasks.
"""

import math
from collections.abc import Callable
from typing import TypeAlias

import networkx as nx
import numpy as np

import neurosim as ns

Design: TypeAlias = list[tuple[int, int, str]]
Taught: TypeAlias = tuple[ns.Network, list[ns.Task]]
BRAINS, DIGITS, PLACES = 10, 10, 4
BLOCK, ROUNDS, NOISE = 20, 4, 0.5  # seconds, one a tick; blocks of each task; standard deviation of a sample
REGIONS, TASKS = ("V1", "V4", "IT", "PPC", "echo"), ("digit", "place")


def onto(first: int, stop: int) -> Callable[..., tuple[np.ndarray, np.ndarray]]:
    """A wiring rule: all cells of a region reach some of the answer's cells, and no others."""
    return lambda pre, post, rng: (np.repeat(range(pre.size), stop - first), np.tile(range(first, stop), pre.size))


def build(seed: int, receptor: str | None = "excitatory") -> ns.Network:
    """Two pathways from one retina to one answer, with this receptor for what IT and PPC tell the answer."""
    regions: nx.DiGraph[str] = nx.DiGraph()
    regions.add_node("retina", shape=(12, 12))
    regions.add_node("cue", size=2)
    for name, size in zip(REGIONS, (64, 40, 32, 32, 16), strict=True):
        regions.add_node(name, size=size, mode="relu")
    regions.add_node("answer", size=DIGITS + PLACES, mode="linear", output=True)
    regions.add_edge("retina", "V1", wiring=ns.wiring.random(0.3))
    regions.add_edges_from([("V1", "V4"), ("V4", "IT"), ("V1", "PPC"), ("cue", "IT"), ("cue", "PPC")])
    regions.add_edge("IT", "answer", wiring=onto(0, DIGITS), receptor=receptor)
    regions.add_edge("PPC", "answer", wiring=onto(DIGITS, DIGITS + PLACES), receptor=receptor)
    regions.add_edge("IT", "echo", receptor="excitatory")
    return ns.Network.from_regions(regions, rng=seed)


def tasks(X: np.ndarray, what: np.ndarray, where: np.ndarray) -> list[ns.Task]:
    """The same images twice, with one cue or the other."""
    cues = np.eye(2)[:, None].repeat(len(X), axis=1)
    digit = ns.Task("digit", np.hstack([X, cues[0]]), what, "answer")
    return [digit, ns.Task("place", np.hstack([X, cues[1]]), DIGITS + where, "answer")]


def taught(story: ns.Story, seed: int, receptor: str | None = "excitatory") -> Taught:
    """A trained brain, and both tasks with images that it has not seen."""
    data = ns.datasets.digits_somewhere((2, 2), retina=(12, 12), training=600 if story.quick else 1257, rng=seed)
    brain = build(seed, receptor)
    ns.train_tasks(brain, tasks(*data.train), optimizer=ns.Adam(0.01), epochs=8, batch_size=64, rng=seed)
    return brain, tasks(*data.test)


def scan(brain: ns.Network, asked: list[ns.Task], seed: int) -> tuple[ns.BloodFlow, Design]:
    """Blocks of both tasks in turn, with the same images, one a second, and darkness between them."""
    rng = np.random.default_rng(seed)
    dark, shown, design = np.zeros((BLOCK, len(brain.inputs))), [], []
    for start in range(BLOCK, 4 * BLOCK * ROUNDS, 4 * BLOCK):
        images = rng.integers(len(asked[0]), size=BLOCK)
        for task, begin in zip(asked, (start, start + 2 * BLOCK), strict=True):
            design.append((begin, begin + BLOCK, task.name))
            shown += [dark, task.X[rng.permutation(images)]]
    recording = ns.simulate(brain, np.concatenate([*shown, dark]))
    return ns.blood_flow(recording, noise=NOISE, regions=REGIONS, rng=rng), design


def compared(scans: list[tuple[ns.BloodFlow, Design]], brains: list[Taught]) -> ns.FlowAndNeed:
    """Digit minus place in the flow of all brains, beside what each region's loss costs, if 2 % of answers or more."""
    contrasts = [flow.contrast(design, *TASKS) for flow, design in scans]
    atlases = [ns.lesion_atlas(brain, asked, regions=REGIONS, neurons=[], pairs=None) for brain, asked in brains]
    return ns.flow_and_need(contrasts, atlases, by="accuracy", least=0.02)


def shuffled(design: Design, rng: np.random.Generator) -> Design:
    """The blocks under labels that say nothing: half of those of each task are called by the other's name."""
    other, left = dict(zip(TASKS, TASKS[::-1], strict=True)), {task: rng.permutation(ROUNDS).tolist() for task in TASKS}
    return [(start, stop, other[task] if left[task].pop() % 2 else task) for start, stop, task in design]


def off_the_point(brain: ns.Network, task: ns.Task, region: str) -> float:
    """The share of answers, once a region is gone, that name a place when a digit was asked for."""
    with ns.lesion(brain, regions=region):
        return float((ns.respond(brain, task.X).argmax(axis=1) >= DIGITS).mean())


def differences(both: ns.FlowAndNeed) -> str:
    """How much more flow the task of digits brings to IT and to PPC, in words."""
    found = {region: both.flow_in(region) for region in ("IT", "PPC")}
    return " and ".join(
        f"{round(its.mean, 2) + 0.0:+.2f} ± {its.half_width:.2f} in {name}" for name, its in found.items()
    )


def follows(both: ns.FlowAndNeed) -> ns.Estimate:
    """How far flow goes where need is: digit beyond place in IT, and place beyond digit in PPC; the mean of the two."""
    return ns.Estimate((both.flow_in("IT").values - both.flow_in("PPC").values) / 2)


def most_by_chance(chance: float) -> int:
    """Of all brains, how many are hit with this chance each, but for once in a thousand times when it is more."""
    shares = [math.comb(BRAINS, k) * chance**k * (1 - chance) ** (BRAINS - k) for k in range(BRAINS + 1)]
    return next(k for k in range(BRAINS + 1) if sum(shares[k + 1 :]) < 0.001)


@ns.scenario
def main(story: ns.Story) -> None:
    """Teach ten brains, scan them, damage them, compare; then take away what brings the effect about."""
    seeds = range(BRAINS * story.seed, BRAINS * (story.seed + 1))
    brains = [taught(story, seed) for seed in seeds]
    right = [ns.Estimate([asked[k].accuracy(brain) for brain, asked in brains]) for k in range(len(TASKS))]
    story.title("Ten brains, two tasks")
    story.say(
        f"{BRAINS} brains, each from other first weights, learn both tasks at once. Of images never seen before they "
        f"name {right[0].mean:.0%} of the digits and {right[1].mean:.0%} of the places; by guessing, a tenth and a "
        "quarter. Figures with a \N{PLUS-MINUS SIGN} are means over the ten brains, with half of the interval that "
        "holds the true mean in 95 of 100 cases."
    )
    for task, share in zip(TASKS, right, strict=True):
        story.claim(f"{task}: share named rightly", share, at_least=0.6)

    story.title("Where does flow rise?")
    scans = [scan(*brain, seed) for brain, seed in zip(brains, seeds, strict=True)]
    flow, design = scans[0]
    story.say(
        f"Each brain is scanned for {len(flow.ticks)} s: blocks of {BLOCK} s with the cue for digits, or with the same "
        "images and the cue for places, and darkness between them. Flow follows the mean rate of a region's cells, "
        "seconds late and smoothed, and the scanner adds noise. A general linear model finds what each task adds to "
        "the flow of each region; their contrast is the difference of the two. This is that of the first brain:"
    )
    found = [flow.contrast(design, *TASKS) for flow, design in scans]
    story.show(found[0])
    caption = "Flow in the first brain: higher in IT and echo when asked which digit, in PPC when asked where it is."
    story.picture(ns.plot(flow, design=design), "flow", caption)
    caption = "The same as a map: red where flow is higher with digits, blue with places, a thick frame if significant."
    story.picture(ns.plot(found[0]), "map", caption, cover=True)
    hits = sum(each.verdict("IT") == "more in digit" and each.verdict("PPC") == "more in place" for each in found)
    text = f"brains, of {BRAINS}, in which a scan finds more flow in IT with digits and in PPC with places"
    story.claim(text, hits, at_least=8)

    story.title("What is needed?")
    both = compared(scans, brains)
    story.say(
        "Now each region is silenced in turn, in all ten brains. The accuracy that this costs is what the task needs "
        "the region for; beside it stands the difference in flow."
    )
    story.show(both)
    digits = [(brain, asked[0]) for brain, asked in brains]
    places = [np.mean([off_the_point(*each, region) for each in digits]) for region in ("V4", "IT")]
    left = [right[0].mean - both.need_of(region, "digit").mean for region in ("V4", "IT")]
    story.say(
        f"Without V4 {left[0]:.0%} of the digits are left, without IT {left[1]:.0%}, and not the tenth that guessing "
        "would give. For little then speaks for any digit, and the most active cell is one of the four for places: "
        f"asked which digit it is, a brain names a place in {places[0]:.0%} of its answers without V4, and in "
        f"{places[1]:.0%} without IT."
    )
    caption = (
        "Flow beside need, ten brains: IT and PPC where both agree; V4 is needed, no more active; echo the reverse."
    )
    story.picture(ns.plot(both), "need", caption)
    for region, task, other, sign in (("IT", *TASKS, 1), ("PPC", *TASKS[::-1], -1)):
        more = ns.Estimate(sign * both.flow_in(region).values)
        costs = both.need_of(region, task).minus(both.need_of(region, other))
        story.claim(f"{region}: flow (mean rate of a cell), {task} beyond {other}", more, at_least=0.2)
        story.claim(f"{region} lost: accuracy that it costs, {task} beyond {other}", costs, at_least=0.4)

    story.title("Where flow misleads")
    story.say(
        "Echo hears IT and is heard by no one. Its flow rises with that of IT, and no task misses it: what is active "
        "need not be needed. V4 is the other way round. Without it no digit is named, but no cue reaches it and both "
        "tasks show the same images, so its flow is the same in both: what is needed need not be more active. Nor does "
        "a contrast of the two find V1, which both need. Flow alone tells neither echo from IT nor V4 from V1."
    )
    story.claim("echo: flow, digit beyond place", both.flow_in("echo"), at_least=0.2)
    most = float(np.abs(both.needs[:, REGIONS.index("echo")]).max())
    story.claim("echo lost: accuracy that it costs, the most of all brains and tasks", most, equals=0)
    story.claim("V4 lost: accuracy that it costs, digit", both.need_of("V4", "digit"), at_least=0.4)
    less = ns.Estimate(both.flow_in("IT").values - np.abs(both.flow_in("V4").values))
    story.claim("V4: by how much its flow differs less between the tasks than that of IT", less, at_least=0.1)

    story.title("What brings it about?")
    rng = np.random.default_rng(story.seed)
    alarms = sum(bool(flow.contrast(shuffled(design, rng), *TASKS).significant) for flow, design in scans)
    kinds = {"taught": both}
    for kind, others in (
        ("before learning", [(build(seed), asked) for seed, (_, asked) in zip(seeds, brains, strict=True)]),
        ("free to inhibit", [taught(story, seed, receptor=None) for seed in seeds]),
    ):
        kinds[kind] = compared([scan(*brain, seed) for brain, seed in zip(others, seeds, strict=True)], others)
    free, naive = kinds["free to inhibit"], kinds["before learning"]
    story.say(
        f"Three controls. The flow of the {BRAINS} brains once more, under labels that say nothing: now a region is "
        f"called different in {alarms} of them. The same brains before they learn: between the tasks (digit less "
        f"place) flow differs by {differences(naive)}; after, by {differences(both)}. And ten others, in which "
        "what IT and PPC tell the answer may inhibit as well as excite. They learn both tasks too and need both "
        f"regions, but their flow is a poorer guide to that. In these brains IT is {free['IT'].words}, and PPC is "
        f"{free['PPC'].words}. For there are two ways to keep a wrong answer back. Where long axons only excite, a "
        "region has to be less active, and learning makes the cue see to that. Where they may inhibit, it can as well "
        "be active and hold its answers down, and that is work too. So flow goes where need is because of an "
        "assumption; it is one that cortex meets."
    )
    groups = {kind: {region: each.flow_in(region) for region in ("IT", "PPC")} for kind, each in kinds.items()}
    caption = (
        "Ten brains of each kind: flow goes where need is after learning, if what the regions send can only excite."
    )
    story.picture(ns.charts.forest(groups, xlabel="blood flow, digit beyond place"), "controls", caption)
    text = f"labels that say nothing: brains, of {BRAINS}, in which any region is called different"
    story.claim(text, alarms, at_most=most_by_chance(0.05))
    text = "flow in IT and PPC, their own task beyond the other: after learning beyond before"
    story.claim(text, follows(both).minus(follows(naive)), at_least=0.2)
    story.claim("the same: excitation alone beyond free to inhibit", follows(both).minus(follows(free)), at_least=0.2)
    for region, task in (("IT", "digit"), ("PPC", "place")):
        text = f"free to inhibit, {region} lost: accuracy that it costs, {task}"
        story.claim(text, free.need_of(region, task), at_least=0.4)


@main.question(
    "A region's activity rises from 0 to 1 and stays there. What share of the flow that it settles at is reached "
    "after 5 seconds?",
    hint="The integral of the response up to then: ns.HaemodynamicResponse().step(5).",
)
def after_five_seconds() -> float:
    """More than half is still to come when the response to a single moment is at its peak."""
    return float(ns.HaemodynamicResponse().step(5.0))


@main.question(
    "Five regions, and no difference at all. Each is tested at p < 0.05 without correction. In what share of such "
    "scans is at least one region called different?",
    hint="All five stay quiet with the chance 0.95 x 0.95 x ...",
)
def without_correction() -> float:
    """What Holm's correction is for."""
    return float(1 - 0.95 ** len(REGIONS))


if __name__ == "__main__":
    main.run_as_script()
