"""Identical regions: twins that learn two tasks, and what it takes for them to divide the work (L9).

Cortex is made of the same kinds of cell throughout, in much the same circuit (Mountcastle 1978, Baltimore), and yet its
regions are for different things. Birth does not settle for what: ferrets whose optic nerve was led to the auditory
cortex grew maps of what they saw there (Sharma, Angelucci and Sur 2000, Cambridge, Massachusetts). Is training enough
to make equal regions differ? Rueckl, Cave and Kosslyn (1989) asked it of a network that says what is shown, and where:
it learnt better if each task had cells of its own. Jacobs, Jordan and Barto (1991) let modules compete, by a gate that
was built for it, and each took a task. Clune, Mouret and Lipson (2013) saw modules evolve where connections cost.

Here a retina sends to two regions, twins to the last synapse, and both send to two places of answer; all learns by
gradient descent. Put in by hand are a grain, every weight changed by 3 % at random before learning; weights onto the
places of answer that begin at a tenth of their usual size; and a toll: every projection (all synapses from one region
to one place of answer) is charged as a whole, for its strength, as a tract of fibres takes room and upkeep. Nobody says
which region is for what. Left out: distance, growth, regions that hear different things.
"""

from collections.abc import Sequence

import networkx as nx
import numpy as np

import neurosim as ns

CELLS, GRAIN, TOLL, MOMENTUM, STEPS = 16, 0.03, 0.06, 0.9, 10
TWINS = {"left": "right"}
Tasks = Sequence[ns.Task]
Brains = list[tuple[ns.Network, ns.SelectivityCourse]]


def build(tasks: Tasks, seed: int, grain: float = GRAIN) -> ns.Network:
    """A retina, twins, and a place of answer for each task, onto which weights begin at a tenth."""
    regions: nx.DiGraph[str] = nx.DiGraph()
    regions.add_node("retina", shape=(12, 12))
    for task in tasks:
        regions.add_node(task.output, size=len(np.unique(task.targets)), mode="linear", output=True)
    for region in ("left", "right"):
        regions.add_node(region, size=CELLS, mode="relu")
        regions.add_edge("retina", region)
        regions.add_edges_from((region, task.output) for task in tasks)
    net = ns.Network.from_regions(regions, rng=seed)
    net.weights[np.concatenate(projections(net, tasks))] *= 0.1
    net = ns.mirror(net, TWINS)
    net.weights *= 1 + grain * np.random.default_rng([seed, 1]).standard_normal(len(net.weights))
    return net


def projections(net: ns.Network, tasks: Tasks) -> list[list[int]]:
    """The numbers of the synapses from each region to each place of answer."""
    region = {cell: name for name, cells in net.regions.items() for cell in cells}
    ends = [(region[pre], region[post]) for pre, post in net.synapses]
    pairs = [(side, task.output) for side in ("left", "right") for task in tasks]
    return [[i for i, end in enumerate(ends) if end == pair] for pair in pairs]


def charged(weights: np.ndarray, charge: float) -> np.ndarray:
    """What is left of a projection when its strength, the root of the sum of its squared weights, was charged."""
    strength = float(np.linalg.norm(weights))
    return weights * max(0.0, 1 - charge / strength) if strength else weights


def learn(net: ns.Network, tasks: Tasks, tests: Tasks, toll: float, seed: int, quick: bool) -> ns.SelectivityCourse:
    """Train in steps; charge every projection after each epoch; record what the tests need of each region."""
    rate, epochs, every = (0.25, 15, 5) if quick else (0.2, 24, 3)
    charge = toll * STEPS * rate / (1 - MOMENTUM)  # what descent on loss + toll * strength takes off in an epoch
    probe, paying = ns.SelectivityProbe(net, tests, every=every, by="loss", least=0.05), projections(net, tasks)

    def after(epoch: int, measures: object) -> None:
        for synapses in paying:
            net.weights[synapses] = charged(net.weights[synapses], charge)
        probe(epoch, measures)

    descent, batch = ns.Momentum(rate, momentum=MOMENTUM), len(tasks[0]) // STEPS
    ns.train_tasks(net, tasks, optimizer=descent, epochs=epochs, batch_size=batch, rng=seed, callback=after)
    return probe.course


def tell_division(story: ns.Story, brains: dict[str, Brains], tests: Tasks, exact: Brains) -> None:
    """Who divides the work, and who does not."""
    division = {name: ns.Estimate([course.division[-1] for _, course in some]) for name, some in brains.items()}
    paid, free, same, idle, by_heart = division.values()
    ends = {name: np.array([course.index[-1, :, 0] for _, course in some]) for name, some in brains.items()}
    parted = {name: int(((end.min(axis=1) < -0.1) & (end.max(axis=1) > 0.1)).sum()) for name, end in ends.items()}
    rows = [[name, found.written(), parted[name]] for name, found in division.items()]
    story.table(["condition", "division of labour", "brains parted"], rows)
    story.say(
        "Need is how much the loss of a task rises when a region is silent. Selectivity is (need of one task - need of "
        "the other) / (their sum). Division of labour is half the difference of the regions' selectivities: 0 if they "
        "are needed alike, 1 if each is for a task of its own; the mean of ten brains ± half of its 95 % interval. "
        "Parted are brains whose regions are selective for different tasks, both by more than 0.1. Two tasks and a "
        f"toll together divide the labour ({paid.written(2)}). Tasks without a toll hardly do ({free.written(2)}). The "
        f"toll alone does not: not where both places are asked one task ({same.written()}). Nor does work as such: "
        f"shuffled labels, learnt by heart as far as that goes, give {by_heart.written(2)}; with a toll nothing in "
        f"them pays, and both regions fall idle ({idle.written(2)}). And twins without a grain stay the same to the "
        "last bit: gradient descent and the toll treat both alike, so something must differ to begin with."
    )
    apart = max(ns.region_distance(net, TWINS) for net, _ in exact)
    story.claim("ten brains without a grain: largest distance between the trained twins' weights", apart, at_most=1e-9)
    story.claim("two tasks, a toll: division of labour", paid, at_least=0.35)
    story.claim("control, two tasks, no toll: division of labour", free, at_most=0.35)
    story.claim("two tasks: division of labour, with a toll beyond without", paid.minus(free), at_least=0.2)
    story.claim("control, one task in two places, a toll: division of labour", same, at_most=0.15)
    story.claim("control, shuffled labels, no toll: division of labour", by_heart, at_most=0.35)
    right = [ns.Estimate([tests[0].accuracy(net) for net, _ in some]) for some in list(brains.values())[:2]]
    story.claim("what the toll costs: accuracy in saying which digit", right[1].minus(right[0]), at_most=0.1)
    records = exact[0][1].epochs
    lines = {name: np.array([course.division for _, course in some]).T for name, some in brains.items()}
    ax = ns.charts.repeated(records, lines, xlabel="epoch", ylabel="division of labour")
    ax.set_xticks(records)
    wide = next(line for line in ax.lines if line.get_label() == "one task in two places, a toll")
    wide.set(linewidth=6, alpha=0.45)  # it lies under that of shuffled labels with a toll, both at 0
    caption = (
        "Equal regions part while they learn two tasks and pay for projections. In the controls they do not. (One task "
        "in two places is the wide line, under that of shuffled labels with a toll.)"
    )
    story.picture(ax, "division", caption, cover=True)


def tell_fate(story: ns.Story, courses: list[ns.SelectivityCourse]) -> None:
    """Which region takes which task, and since when that can be foreseen."""
    found = ns.commitment(courses, level=1 / 3)
    lead = np.array([(course.need[:, 0] - course.need[:, 1]) @ [1, -1] for course in courses])
    ranks = np.argsort(np.argsort(lead, axis=0), axis=0)
    first = int(np.flatnonzero(courses[0].epochs >= 5)[0])
    early = float(np.corrcoef(ranks[:, first], ranks[:, -1])[0, 1])
    weaker, stronger = np.array([sorted(course.need[-1, :, 1]) for course in courses]).T
    alone = int((weaker < 0.1 * stronger).sum())
    story.show(found)
    story.say(
        "A region commits itself when one task begins to need it twice as much as the other (selectivity 1/3), and "
        "goes on to the end. Which is for what is chance: the left one is ahead in 'what' in "
        f"{int((lead[:, -1] > 0).sum())} of {len(courses)} brains. But it can be foreseen early. How far it is ahead "
        f"after {courses[0].epochs[first]} epochs, in being needed for 'what' and not for 'where', goes with how far at "
        f"the end: over the brains the ranks correlate by {early:.2f}. The two do not become mirror images. In {alone} "
        "brains 'where' needs one region alone; that one helps with 'what', the harder task, which is all that the "
        "other does."
    )
    text = "ten brains: rank correlation of the lead after a few epochs with that at the end"
    story.claim(text, early, at_least=0.3)
    story.claim(
        "of ten brains: those in which 'where' needs one region ten times as much as the other", alone, at_least=6
    )
    caption = "One brain: for which task its regions are, from epoch to epoch, as soon as a task needs them."
    story.picture(ns.plot(courses[0]), "course", caption)
    caption = "In how many of ten brains each region has committed itself for good."
    story.picture(ns.plot(found), "commitment", caption)


def strengths(net: ns.Network, tasks: Tasks) -> np.ndarray:
    """The strength of each projection, a row for each region and a column for each place of answer."""
    return np.reshape([np.linalg.norm(net.weights[each]) for each in projections(net, tasks)], (2, len(tasks)))


def tell_wiring(story: ns.Story, paid: Brains, free: Brains, tasks: Tasks) -> None:
    """What the weights say, and what they do not."""
    lost, contrary = 0, 0
    for net, course in paid:
        to_where = strengths(net, tasks)[:, 1]
        if (to_where == 0).sum() == 1:
            lost, kept = lost + 1, int(to_where.argmax())
            by_weights = ns.selectivity(net, tasks, by="weights").index[kept, 0]
            contrary += bool(by_weights > 0 > course.index[-1, kept, 0])
    story.say(
        f"The wiring does, projection by projection: in {lost} of {len(paid)} brains the toll has taken away one "
        "region's whole projection onto 'where'; its weights are exactly 0. What the weights do not say is what the "
        f"region that kept both is mainly for: in {contrary} of these {lost} brains by weight 'what', which has more "
        "cells to reach, and by lesions 'where'."
    )
    story.claim("of ten brains: those in which one region's projection onto 'where' is gone", lost, at_least=6)
    whole = sum(int((strengths(net, tasks) == 0).any()) for net, _ in free)
    story.claim("control, no toll, of ten brains: those in which any projection is gone", whole, at_most=0)
    text = "where it is gone: share of brains whose other region is for 'what' by weight and for 'where' by lesions"
    story.claim(text, contrary / max(lost, 1), at_least=0.7)


def tell_modules(story: ns.Story, brains: dict[str, Brains]) -> None:
    """Whether communities of cells show it."""
    regions, shuffles = ["left", "right", "what", "where"], 2 if story.quick else 5
    found = [
        [ns.modularity(net, regions=regions, shuffles=shuffles, rng=0) for net, _ in some]
        for some in list(brains.values())[:2]
    ]
    paid, free = (ns.Estimate([each.q - each.null.mean() for each in some]) for some in found)
    match = ns.Estimate([each.agreement(["left", "right"]) for each in found[0]])
    story.say(
        "Does the wiring show it? Modularity Q says how much more of the weight lies within communities of cells than "
        "their sums would put there; here it is compared with the same weights shuffled over the same synapses. With "
        f"the toll it is {compared(paid)} ({paid.written(3, signed=True)}), without {compared(free)} "
        f"({free.written(3, signed=True)}). Nor are communities the regions (agreement {match.written(2)}; 1 is the "
        "same, 0 chance): 'what' still hears both. So modularity does not show it."
    )
    story.claim("two tasks, a toll: modularity Q beyond that of shuffled weights", paid, at_most=0.05)
    drawn = ns.modularity(brains["two tasks, a toll"][0][0], regions=regions, shuffles=20, rng=0)
    caption = "One brain: weights between regions and places of answer, sorted by community (frames)."
    story.picture(ns.plot(drawn), "modules", caption)


def compared(difference: ns.Estimate) -> str:
    """In words, on which side of 0 its interval lies."""
    if difference.low <= 0 <= difference.high:
        return "no different"
    return "a little higher" if difference.mean > 0 else "a little lower"


@ns.scenario
def main(story: ns.Story) -> None:
    """Train twins under several conditions, and see who is needed for what."""
    samples, tested = (600, 200) if story.quick else (1257, 540)
    data = ns.datasets.digits_somewhere((2, 2), retina=(12, 12), training=samples, test=tested, rng=story.seed)

    def asked(X: np.ndarray, what: np.ndarray, where: np.ndarray) -> list[ns.Task]:
        return [ns.Task("what", X, what, "what"), ns.Task("where", X, where, "where")]

    def twice(X: np.ndarray, what: np.ndarray, where: np.ndarray) -> list[ns.Task]:
        return [ns.Task("what", X, what, "what"), ns.Task("what again", X, what, "again")]

    def taught(tasks: Tasks, tests: Tasks, toll: float = TOLL, grain: float = GRAIN) -> Brains:
        made = [(seed, build(tasks, seed, grain)) for seed in range(10 * story.seed, 10 * story.seed + 10)]
        return [(net, learn(net, tasks, tests, toll, seed, story.quick)) for seed, net in made]

    two, tests = asked(*data.train), asked(*data.test)
    shuffled = [task.shuffled(rng=100 * story.seed + place) for place, task in enumerate(two)]
    brains = {
        "two tasks, a toll": taught(two, tests),
        "two tasks, no toll": taught(two, tests, toll=0.0),
        "one task in two places, a toll": taught(twice(*data.train), twice(*data.test)),
        "shuffled labels, a toll": taught(shuffled, shuffled),
        "shuffled labels, no toll": taught(shuffled, shuffled, toll=0.0),
    }
    story.title("Twins")
    story.say(
        f"Real digits are shown at one of four places of a retina of 12 x 12. Two regions of {CELLS} ReLU cells, equal "
        "but for the grain, hear all of it. Two places of answer hear both: one says which digit it is (what), the "
        "other at which place (where). Needs are measured on digits that were not learnt; where labels are shuffled, "
        "on those that were. Ten brains are trained in each condition."
    )
    tell_division(story, brains, tests, taught(two, tests, grain=0.0))
    story.title("Whose task is whose")
    tell_fate(story, [course for _, course in brains["two tasks, a toll"]])
    story.title("Modules and projections")
    tell_modules(story, brains)
    tell_wiring(story, brains["two tasks, a toll"], brains["two tasks, no toll"], tests)


@main.question(
    "Silencing a region costs 'what' 0.3 and 'where' 0.1 in accuracy. How selective is it for 'what'?",
    hint="The difference of the two needs, divided by their sum.",
)
def selective() -> float:
    """By the function itself."""
    return float(ns.selectivity_index([0.3, 0.1])[0])


@main.question(
    "A projection has two synapses, of weights 3 and 4. What is the first weight after a charge of 1?",
    hint="Its strength is the root of 3 x 3 + 4 x 4. All weights shrink by the same share as the strength does.",
)
def after_the_charge() -> float:
    """What is left of it."""
    return float(charged(np.array([3.0, 4.0]), 1.0)[0])


if __name__ == "__main__":
    main.run_as_script()
