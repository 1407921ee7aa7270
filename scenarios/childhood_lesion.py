"""Childhood lesion: a region is lost early or late in life; its function moves to others, or does not (L8).

After damage to one half of the brain a young child's language comes back, carried by the other half; an adult's mostly
does not. Basser (1962, Sydney) saw it in children who had lost a hemisphere; Lenneberg (1967, Harvard) let the time for
it end with puberty; Kennard (1936, Yale) had found that infant monkeys outgrow lesions that cripple grown ones. It is
no law: what is lost early may stay lost (Vargha-Khadem and others, London, since 1985), and a function that moves may
crowd out what was there before (Teuber 1974).

A brain of single neurons learns which digit it is shown, and where. Its regions A, B and C have the same cells and see
the same retina. Put in by hand: A has all synapses onto the region "what" and one in ten of those onto "where", B the
other way round, C one in ten onto both; and plasticity, the readiness to change, declines with age by a schedule. A
control brain stays as plastic as on its first day. Left out: whatever else grows up with a child.
"""

import functools
from typing import NamedTuple

import networkx as nx
import numpy as np

import neurosim as ns
from neurosim import Estimate

BRAINS, GUESS = 10, 0.1  # of each kind; the share of ten digits that is right by chance
NEAR = {"A": "what", "B": "where", "C": None}  # where most axons of a region go
CROSSING = ns.wiring.random(0.1)


class Plan(NamedTuple):
    """How much is learnt: samples, the ages of a lesion, and the epochs after it."""

    samples: int
    ages: tuple[int, ...]
    after: int


class Life(NamedTuple):
    """Of one brain, a row for each age at the lesion; accuracies are those of "what"."""

    whole: np.ndarray  # of a brain that lost nothing, at the end
    lost: np.ndarray  # without A, not trained again
    regained: np.ndarray  # without A, at the end
    before: np.ndarray  # what goes with A, B and C, at the time of the lesion
    after: np.ndarray  # what goes with B and C, at the end, when A has been gone for long
    where: np.ndarray  # the accuracy of "where" without A, at the end


def schedules(plan: Plan) -> dict[str, ns.Plasticity]:
    """Plasticity that declines after childhood, and one that does not: of all steps, and of synapses onto "what"."""
    course = functools.partial(ns.ages.exponential, plan.ages[0] / 2, onset=2 * plan.ages[0])
    return {
        "declining": ns.Plasticity(learning_rate=course(start=1.0), turnover={"what": course(start=0.2)}, every=4),
        "lifelong": ns.Plasticity(learning_rate=1.0, turnover={"what": 0.2}, every=4),
    }


def born(seed: int) -> ns.Network:
    """A brain with three regions of equal cells that see the same; they differ in where most of their axons go."""
    regions: nx.DiGraph[str] = nx.DiGraph()
    regions.add_node("retina", shape=(12, 12))
    regions.add_node("what", size=10, mode="linear")
    regions.add_node("where", size=4, mode="linear")
    for region, near in NEAR.items():
        regions.add_node(region, size=32, mode="relu")
        regions.add_edge("retina", region, wiring=ns.wiring.random(0.5))
        for output in ("what", "where"):
            regions.add_edge(region, output, wiring=ns.wiring.all_to_all() if output == near else CROSSING)
    return ns.Network.from_regions(regions, rng=seed)


def tasks(seed: int, samples: int) -> list[list[ns.Task]]:
    """Which digit it is and at which of four places: to learn from, and to test on."""
    data = ns.datasets.digits_somewhere((2, 2), retina=(12, 12), training=samples, test=samples, rng=seed)
    return [
        [ns.Task("what", part.X, part.what, "what"), ns.Task("where", part.X, part.where, "where")]
        for part in (data.train, data.test)
    ]


def grow_up(brain: ns.Network, learnt: list[ns.Task], plasticity: ns.Plasticity, epochs: int, seed: int) -> None:
    """Learn both tasks for some epochs."""
    optimizer = ns.Nesterov(0.25)
    ns.train_tasks(brain, learnt, optimizer=optimizer, batch_size=32, epochs=epochs, ages=plasticity, rng=seed)


def atlas(brain: ns.Network, asked: list[ns.Task], regions: str) -> ns.LesionAtlas:
    """What each task loses with each of these regions."""
    return ns.lesion_atlas(brain, asked, regions=list(regions), neurons=[], pairs=None)


def life(seed: int, plasticity: ns.Plasticity, plan: Plan) -> Life:
    """A brain grows up whole. At each age a twin of it loses A, and both go on alike."""
    learnt, asked = tasks(seed, plan.samples)
    brain, lived, rows = born(seed), 0, []
    for age in plan.ages:
        grow_up(brain, learnt, plasticity.aged(lived), age - lived, seed)
        lived, twin = age + plan.after, brain.copy()
        first = atlas(twin, asked, "ABC")
        ns.lesion(twin, regions="A")
        for each in (brain, twin):
            grow_up(each, learnt, plasticity.aged(age), plan.after, seed)
        second = atlas(twin, asked, "BC")
        regained, where = second.intact_accuracy
        whole, lost = asked[0].accuracy(brain), first.accuracy[0, 0]
        rows.append((whole, lost, regained, first.drop[:, 0], second.drop[:, 0], where))
    return Life(*(np.array(column) for column in zip(*rows, strict=True)))


def lives(plasticity: ns.Plasticity, plan: Plan, seed: int) -> Life:
    """The same of many brains: arrays of (brains, ages), or (brains, ages, regions)."""
    each = [life(BRAINS * seed + brain, plasticity, plan) for brain in range(BRAINS)]
    return Life(*(np.stack(column) for column in zip(*each, strict=True)))


def of_whole(accuracy: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Recovery: an accuracy as a share of a whole brain's, both counted from a guess. 0 is a guess, 1 the whole."""
    return (accuracy - GUESS) / (whole - GUESS)


def in_words(fall: Estimate) -> str:
    """Which way a change goes, how far, and whether it may be chance."""
    size = fall if fall.mean >= 0 else Estimate(-fall.values)
    doubt = ", which may be chance, as the interval holds 0" if fall.low <= 0 <= fall.high else ""
    return f"{'falls' if fall.mean >= 0 else 'rises'} by {size.written(2)}{doubt}"


@ns.scenario
def main(story: ns.Story) -> None:
    """Let brains of two kinds grow up, take a region from their twins at several ages, and see what comes back."""
    plan = Plan(256, (4, 10, 16), 4) if story.quick else Plan(512, (8, 20, 40), 8)
    kinds, early, late = schedules(plan), plan.ages[0], plan.ages[-1]
    story.title("Three regions of the same cells, and a schedule put in by hand")
    story.show(born(story.seed))
    story.say(
        f"{BRAINS} brains of each kind learn both tasks from {plan.samples} digits, each at one of four places. Age is "
        "counted in epochs since birth; in an epoch all digits are seen once. At the ages "
        f"{', '.join(map(str, plan.ages))} a twin of each brain loses region A. Both go on learning for {plan.after} "
        "epochs, and are tested on other digits. The schedule: a factor on all steps that weights and thresholds take, "
        'and the share of synapses onto "what" that is pruned, the weakest first, and replaced by new ones.'
    )
    story.show(kinds["declining"])
    story.say("The control kind keeps the factor 1 and the turnover 0.2 for life.")
    caption = "What is put in by hand: how long steps are, and how many synapses onto 'what' are replaced, by age."
    story.picture(ns.plot(kinds["declining"], until=late + plan.after), "plasticity", caption)
    aged, young = (lives(plasticity, plan, story.seed) for plasticity in kinds.values())

    story.title("What is lost")
    means = aged.before[:, -1].mean(axis=0)
    costs = ", ".join(f"{cost:.0%} with {region}" for cost, region in zip(means, NEAR, strict=True))
    story.say(
        "A lesion atlas: each region is silenced in turn, and what that costs is measured, as a share of all answers. "
        f'At the age of {late} brains whose plasticity declines lose, of "what", {costs}. {plan.after} epochs later '
        f"whole ones read {aged.whole[:, -1].mean():.0%} of the digits, and twins without A still tell "
        f'{aged.where[:, -1].mean():.0%} of the places. So A carries "what", and damage to it costs only that.'
    )
    story.claim(
        f"whole brains at age {late + plan.after}: share of digits read right (a guess: 0.1)",
        Estimate(aged.whole[:, -1]),
        at_least=0.65,
    )
    story.claim(f'accuracy of "what" lost with A at age {late}', Estimate(aged.before[:, -1, 0]), at_least=0.4)
    others = Estimate(aged.before[:, -1, 1:].max(axis=1))
    story.claim(f'accuracy of "what" lost with B or C at age {late}, whichever is more', others, at_most=0.25)
    story.claim(
        f'accuracy of "where" without A at age {late + plan.after} (a guess: 0.25)',
        Estimate(aged.where[:, -1]),
        at_least=0.95,
    )

    story.title("What comes back")
    lines = {
        "never lesioned (control)": np.ones_like(aged.whole),
        "lifelong plasticity (control)": of_whole(young.regained, young.whole),
        "plasticity declines": of_whole(aged.regained, aged.whole),
        "not trained again (control)": of_whole(aged.lost, aged.whole),
    }
    _, lifelong, declining, untrained = lines.values()
    rows = [[age, *(Estimate(its[:, i]).written(2) for its in lines.values())] for i, age in enumerate(plan.ages)]
    title = "Recovery: 1 is a brain that never lost A, 0 a guess; means of brains and 95 % intervals"
    story.table(["age at the lesion", *lines], rows, title)
    fall, control = (Estimate(its[:, 0] - its[:, -1]) for its in (declining, lifelong))
    left = Estimate(untrained[:, 0])
    story.say(
        f"From the age of {early} to that of {late} recovery falls by {fall.written(2)} where plasticity declines. "
        f"Where it does not, recovery {in_words(control)}. So the fall is the schedule's, and was put in by hand: "
        f"without it age takes {'nothing' if control.high < 0 else 'little'} from recovery, though B and C have long "
        f"been shaped by what they do. Twins not trained again are at {left.written(2)} at the age of {early}: what B "
        f"and C could do all along. (Whole brains of the control kind read {young.whole[:, 0].mean():.0%} early, "
        f"{young.whole[:, -1].mean():.0%} late: in a task of which more is learnt late in life, the old would have "
        "more to regain.)"
    )
    story.claim(f"recovery after a lesion at age {early}", Estimate(declining[:, 0]), at_least=0.55)
    story.claim(f"how much less it is at age {late}", fall, at_least=0.15)
    story.claim("control, lifelong plasticity: how much less", control, at_least=-0.2, at_most=0.1)
    trained = Estimate(declining[:, 0] - untrained[:, 0])
    story.claim(f"control, not trained again: how much less at age {early}", trained, at_least=0.3)
    curves, xlabel = {name: its.T for name, its in lines.items()}, "age at the lesion (epochs)"
    chart = ns.charts.repeated(plan.ages, curves, xlabel=xlabel, ylabel="recovery", percent=True)
    caption = (
        "Recovery of the lost task falls with age where plasticity does, and little or not at all where it does not."
    )
    story.picture(chart, "recovery", caption, cover=True)

    story.title("Where it went")
    moved, kept = (its.after - its.before[:, :, 1:] for its in (aged, young))
    first, last = (" and ".join(Estimate(its).written(2) for its in moved[:, i].T) for i in (0, -1))
    busy = Estimate((kept[:, :, 1] - kept[:, :, 0]).mean(axis=1))
    story.say(
        'A second atlas, of the twins at the end: what of "what" goes with B and with C, now that A is gone. Less what '
        f"went with them before, that is {first} after an early lesion, {last} after a late one. Both had as few axons "
        f'onto "what"; B is busy with "where", C had no task of its own. With lifelong plasticity C takes on '
        f"{busy.written(2)} more than B{'' if busy.low > 0 else ', which may be chance, as the interval holds 0'}."
    )
    total = Estimate(moved[:, 0].sum(axis=1) - moved[:, -1].sum(axis=1))
    story.claim("accuracy that has moved to B and to C: how much more early than late", total, at_least=0.1)
    curves = {f"{region}, before": aged.before[:, :, i].T for i, region in enumerate("ABC")}
    curves |= {f"{region}, after A was lost": aged.after[:, :, i].T for i, region in enumerate("BC")}
    chart = ns.charts.repeated(plan.ages, curves, xlabel=xlabel, ylabel="accuracy that goes with it", percent=True)
    caption = "What each region carries of 'what' before A is lost, and at the end: much moves early, less moves late."
    story.picture(chart, "moved", caption)


@main.question(
    "A whole brain reads 82 % of the digits. Its twin without A reads 26 % at once and 64 % after training. A guess is "
    "10 %. What is the recovery?",
    hint="Count from a guess: what the twin has beyond 10 %, as a share of what the whole brain has beyond 10 %.",
)
def a_recovery() -> float:
    """As in the table."""
    return float(of_whole(np.array(0.64), np.array(0.82)))


@main.question(
    "The factor on all steps is 1 until the age of 16, then falls by half every 4 epochs. What is it at the age of 28?",
    hint="Three times by half.",
)
def factor_at_28() -> float:
    """Asked of the schedule."""
    return schedules(Plan(512, (8, 20, 40), 8))["declining"].learning_rate_of("what", 28)


if __name__ == "__main__":
    main.run_as_script()
