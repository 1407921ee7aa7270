"""A modular brain of single neurons learns to read handwritten digits: retina, V1, association, decision (L5, L24).

What the eye sees goes from the retina to the primary visual cortex, V1, whose cells see a small patch each (Hubel and
Wiesel, Journal of Physiology 160, 1962); areas further on hear many of them and answer to whole things. No cell is told
what to do. Their synapses change, and a child that could not read a digit can.

This brain has the same order of areas and 398 neurons: 64 in the retina, 196 in V1, 128 in an association area, 10 that
decide, one for each digit. Most pairs of neurons are not connected. Learning is gradient descent by backpropagation
from labelled images. Left out: impulses (rates stand for them), ways back, the thalamus on the way, a world that moves.

Data: E. Alpaydin and C. Kaynak, Optical Recognition of Handwritten Digits, UCI Machine Learning Repository, 1998.
"""

import importlib.util
import warnings

import networkx as nx
import numpy as np

import neurosim as ns

LEARNING_RATE, BATCH = 3e-3, 32


def build(seed: int, patch: int = 4, heard: float = 0.25) -> ns.Network:
    """Four regions; V1 sees small patches of the retina, the association region hears a quarter of V1 at random."""
    regions: nx.DiGraph[str] = nx.DiGraph()
    regions.add_node("retina", shape=(8, 8))
    regions.add_node("V1", shape=(14, 14), mode="relu")
    regions.add_node("association", size=128, mode="relu")
    regions.add_node("decision", size=10, mode="linear")
    regions.add_edge("retina", "V1", wiring=ns.wiring.local(patch))
    regions.add_edge("V1", "association", wiring=ns.wiring.random(heard))
    regions.add_edge("association", "decision")
    return ns.Network.from_regions(regions, rng=seed)


def all_to_all_peer(data: ns.datasets.Digits, seed: int, epochs: int) -> float:
    """What scikit-learn's MLPClassifier of the same sizes learns, with every synapse that there could be."""
    from sklearn.neural_network import MLPClassifier

    peer = MLPClassifier((196, 128), max_iter=epochs, batch_size=BATCH, alpha=0.0, random_state=seed)
    peer.set_params(learning_rate_init=LEARNING_RATE)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it has as many epochs as the brain, on purpose, and says that more might help
        return float(peer.fit(*data.train).score(*data.test))


@ns.scenario
def main(story: ns.Story) -> None:
    """Build, train over several seeds, compare, draw."""
    data, brain = ns.datasets.digits(), build(story.seed)
    sizes = [len(brain.regions[name]) for name in brain.regions]
    possible = int(np.dot(sizes[:-1], sizes[1:]))
    left_out, guess = 1 - len(brain.synapses) / possible, ns.confusion(brain, *data.test).accuracy
    story.title("The brain")
    story.show(brain)
    story.say(
        "Each neuron of V1 sees 4 x 4 of the retina; each association neuron hears about a quarter of V1; both are "
        f"relu neurons, silent below their threshold. {left_out:.0%} of the synapses that there could be are left out. "
        "The most active of the ten decision neurons is the answer. With random weights that is little better than "
        f"guessing: {guess:.0%} right."
    )
    story.claim("share of the synapses that there could be from region to region, left out", left_out, at_least=0.6)
    story.claim("share read rightly before learning (a guess: 0.1)", guess, at_most=0.35)

    seeds, epochs = range(story.seed, story.seed + (2 if story.quick else 3)), 8 if story.quick else 20
    story.title("Learning")
    story.say(
        f"1,797 handwritten digits of 8 x 8 pixels ({data.source}; {data.licence}): {len(data.train[0]):,} to learn "
        f"from, {epochs} times (epochs), and {len(data.test[0])} others to test with. {len(seeds)} brains begin with "
        "weights and wiring of their own. In full, and if scikit-learn is installed, its MLPClassifier of the same "
        "sizes, all synapses there, learns beside them."
    )
    brains, histories = [build(seed) for seed in seeds], []
    for seed, each in zip(seeds, brains, strict=True):
        history = ns.train(
            each,
            *data.train,
            loss="cross_entropy",
            optimizer=ns.Adam(LEARNING_RATE),
            epochs=epochs,
            batch_size=BATCH,
            rng=seed,
            validation=data.test,  # watched for the picture; nothing is chosen by it
        )
        histories.append(history)
    scores = {"this brain": [ns.confusion(each, *data.test).accuracy for each in brains]}
    if importlib.util.find_spec("sklearn") and not story.quick:
        scores["scikit-learn, all-to-all"] = [all_to_all_peer(data, seed, epochs) for seed in seeds]
    synapses = {"this brain": len(brain.synapses), "scikit-learn, all-to-all": possible}
    rows = [[name, synapses[name], np.mean(its), np.std(its, ddof=1)] for name, its in scores.items()]
    story.table(["network", "synapses", "test accuracy, mean", "standard deviation"], rows)
    mean = float(np.mean(scores["this brain"]))
    text = f"share of test images read rightly, mean of {len(seeds)} brains"
    story.claim(text, mean, at_least=0.93 if story.quick else 0.965)
    caption = "The trained brain: four regions from left to right, the strongest synapses, red excites, blue inhibits."
    story.picture(ns.plot(brains[0]), "brain_trained", caption, cover=True)
    caption = "Loss (how wrong it is) falls, accuracy rises: on images it learns from, and on others (validation)."
    story.picture(ns.plot(histories[0]), "learning", caption)
    caption = "Which digit was read as which: on the diagonal what was right."
    story.picture(ns.plot(ns.confusion(brains[0], *data.test)), "confusion", caption)


@main.question(
    "How many synapses would the brain have if every association neuron heard all of V1?",
    hint="196 x 16 from the retina to V1, 196 x 128 from V1, and 128 x 10 to the decision.",
)
def all_of_v1() -> int:
    """Counted, not calculated."""
    return len(build(0, heard=1.0).synapses)


@main.question(
    "If V1 saw patches of 3 x 3 in place of 4 x 4, how many synapses fewer would the brain have?",
    hint="Each of the 196 neurons of V1 would lose 16 - 9.",
)
def smaller_patches() -> int:
    """The difference of two brains."""
    return len(build(0, heard=1.0).synapses) - len(build(0, patch=3, heard=1.0).synapses)


if __name__ == "__main__":
    main.run_as_script()
