"""What several tests of learning need: networks whose parameters are shared, frozen and of one sign."""

import numpy as np

import neurosim as ns

SIGNS = {1: "excitatory", -1: "inhibitory", 0: None}


def under_law(net, seed):
    """The same network, some of it shared, frozen, and under receptors that suit its weights.

    Synapses that share a weight may end anywhere, also on the same neuron, and some have a delay; so do
    thresholds, of sensory neurons too.
    """
    rng, structure = np.random.default_rng(seed), net.structure
    weights, thresholds = net.weights.copy(), net.thresholds.copy()
    receptor = np.where(rng.random(len(weights)) < 0.5, np.sign(weights), 0).astype(int)
    plastic, plastic_thresholds = rng.random(len(weights)) < 0.8, rng.random(len(net)) < 0.8
    shared, shared_thresholds = _groups(len(weights), rng), _groups(len(net), rng)
    for groups, columns in (
        (shared, (weights, receptor, plastic)),
        (shared_thresholds, (thresholds, plastic_thresholds)),
    ):
        for group in np.unique(groups[groups >= 0]):
            for column in columns:
                column[groups == group] = column[groups == group][0]
    return ns.Network.from_arrays(
        structure.pre,
        structure.post,
        weights,
        names=net.names,
        modes=net.modes,
        thresholds=thresholds,
        outputs=np.flatnonzero(structure.marked_outputs),
        delay=net.delays,
        branch=net.branches,
        receptor=[SIGNS[sign] for sign in receptor.tolist()],
        plastic=plastic,
        plastic_thresholds=plastic_thresholds,
        shared=shared,
        shared_thresholds=shared_thresholds,
        dtype=net.dtype,
    )


def _groups(n, rng):
    """Group numbers; about half of the entries are on their own."""
    return np.where(rng.random(n) < 0.5, rng.integers(max(1, n // 4) + 1, size=n), -1)


def slots(groups):
    """For each entry the number of the parameter that it is; parameters are numbered from 0."""
    label = np.where(groups < 0, groups.max(initial=0) + 1 + np.arange(len(groups)), groups)
    return np.unique(label, return_inverse=True)[1]


def law_is_kept(net):
    """Whether every weight has its receptor's sign and whatever is shared is equal, bit for bit."""
    signs = net.structure.receptor
    alike = all(
        (values[groups == group] == values[groups == group][0]).all()
        for groups, values in ((net.shared, net.weights), (net.shared_thresholds, net.thresholds))
        for group in np.unique(groups[groups >= 0])
    )
    return alike and (np.sign(net.weights) * signs >= 0).all()
