"""Time, cell by cell in plain Python: what the engine is held against."""

import numpy as np

import neurosim as ns


def run_cell_by_cell(net, stimulus, initial=None):
    """The rates and drives of every neuron in every tick, shape (ticks, neurons); stimulus of shape (ticks, inputs)."""
    structure = net.structure
    names = net.names
    order = _order(structure)
    before = np.zeros(len(net)) if initial is None else np.asarray(initial, float)
    rates, drives = [], []
    kept, resting = [0.0] * len(net), [0] * len(net)
    for tick, shown in enumerate(stimulus):
        now, z = [None] * len(net), [0.0] * len(net)
        for place, i in enumerate(structure.inputs.tolist()):
            now[i] = z[i] = float(shown[place])
        for i in order:
            mode = structure.modes[structure.mode_of[i]]
            if mode.name == "sensory":
                continue
            seen = {}
            for s in structure.dendrites_of(i).tolist():
                j, delay = int(structure.pre[s]), int(structure.delay[s])
                came = now[j] if delay == 0 else before[j] if tick < delay else rates[tick - delay][j]
                seen[(names[j], int(structure.branch[s]), delay)] = (net.weights[s], came)
            sums = _sums(seen, mode, structure, i)
            v = sums if not mode.remembers else (kept[i] if resting[i] else mode.leak * kept[i] + sums)
            z[i] = v - net.thresholds[i]
            rate = float(mode.rate(np.array([z[i]]))[0])
            fired = z[i] >= 0 and not resting[i]
            now[i] = 0.0 if resting[i] else rate
            resting[i] = mode.refractory if fired else max(resting[i] - 1, 0)
            kept[i] = v
            if fired and mode.reset is not None:
                kept[i] = v - net.thresholds[i] if mode.reset == "subtract" else mode.reset
        rates.append(now)
        drives.append(z)
    return np.array(rates), np.array(drives)


def _sums(seen, mode, structure, i):
    if not mode.branched:
        return float(sum(w * x for w, x in seen.values()))
    branches = {}
    for (_, branch, _), (w, x) in seen.items():
        branches[branch] = branches.get(branch, 0.0) + w * x
    return max(branches.values(), default=0.0)


def _order(structure):
    """Neurons so that whoever sends without delay comes first."""
    waiting = {i: set() for i in range(structure.n_neurons)}
    for pre, post, delay in zip(structure.pre.tolist(), structure.post.tolist(), structure.delay.tolist(), strict=True):
        if delay == 0:
            waiting[post].add(pre)
    order = []
    while waiting:
        ready = [i for i, needed in waiting.items() if not needed & waiting.keys()]
        order += ready
        for i in ready:
            del waiting[i]
    return order


def delayed(net, delay=1):
    """The same network with this delay on every synapse."""
    s = net.structure
    return ns.Network.from_arrays(
        s.pre,
        s.post,
        net.weights,
        delay=delay,
        branch=s.branch,
        names=net.names,
        modes=[s.modes[i] for i in s.mode_of],
        thresholds=net.thresholds,
        outputs=s.outputs,
    )
