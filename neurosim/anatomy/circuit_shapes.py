"""From formulas to threshold neurons, in three shapes: as they are written, in two layers, or with few neurons."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import numpy as np

from neurosim.anatomy.circuit_reduction import eliminate, fuse, merge
from neurosim.anatomy.circuits import Circuit, Signal, cell_on, counted_in_words
from neurosim.anatomy.formulas import BINARY, Flags, Formula
from neurosim.anatomy.hidden_layers import MOST_SUGGESTED, MOST_WEIGHED, TwoLayers, two_layers
from neurosim.anatomy.threshold_functions import gate_for
from neurosim.anatomy.truth_tables import MOST_INPUTS, every_case, truths_of
from neurosim.errors import OptionError

MOST_FLATTENED = 12  # inputs up to which few neurons are also looked for in two layers
MOST_CELLS = 40  # hidden neurons up to which that is done

Formulas = Mapping[str, Formula]


# --- As it is written ----------------------------------------------------------------------------


def literal(formulas: Formulas, inputs: Sequence[str], outputs: Sequence[str]) -> Circuit:
    """A neuron for each connective; "xor" and "iff" take more, for no single neuron can do them."""
    circuit, numbers = Circuit(inputs), dict(zip(inputs, range(len(inputs)), strict=True))
    for name, formula in formulas.items():
        numbers[name] = _written(circuit, formula, numbers)
        if formula.kind != "variable":
            circuit.labels[numbers[name]] = name
    for name in outputs:
        circuit.claim(name, (numbers[name], True))
    circuit.prune()
    return circuit


def _written(circuit: Circuit, formula: Formula, numbers: Mapping[str, int]) -> int:
    """The neuron that stands for a formula."""
    if formula.kind == "variable":
        return numbers[formula.name]
    parts = [_written(circuit, part, numbers) for part in formula.parts]
    label = str(formula)
    if formula.kind == "constant":
        return circuit.cell({}, int(not formula.value), label)
    if formula.kind == "not":
        return circuit.cell({parts[0]: -1}, 0, label)
    if formula.kind == "implies":
        return circuit.cell(_sum([(parts[0], -1), (parts[1], 1)]), 0, label)
    if formula.kind in ("and", "or"):
        weights = _sum((part, 1) for part in parts)
        return circuit.cell(weights, len(parts) if formula.kind == "and" else 1, label)
    words = [f"({part})" if part.kind in BINARY else str(part) for part in formula.parts]
    weights = _counters(circuit, parts, lambda least: counted_in_words(words, least))
    if formula.kind == "xor":
        return circuit.cell(weights, 1, label)
    return circuit.cell({source: -weight for source, weight in weights.items()}, 0, label)


def _sum(terms: Iterable[tuple[int, int]]) -> dict[int, int]:
    """Weights by source, where a source may come twice."""
    weights: dict[int, int] = {}
    for source, weight in terms:
        weights[source] = weights.get(source, 0) + weight
    return weights


def _counters(circuit: Circuit, sources: Sequence[int], label: Callable[[int], str] | None = None) -> dict[int, int]:
    """Weights whose sum is 1 if an odd number of sources fires, else 0 (or 0 and less).

    A cell for each binary digit of how many fire, from the highest down: whoever has found its digit inhibits the
    others by as much as it stands for, so that they count on from there. The last digit is left to the caller.
    """
    weights = _sum((source, 1) for source in sources)
    digit = 1 << (len(sources).bit_length() - 1)
    while digit > 1:
        least = label(digit) if label is not None and len(weights) == len(set(sources)) else ""
        counter = circuit.cell(weights, digit, least)
        weights = {**weights, counter: -digit}
        digit //= 2
    return weights


# --- With few neurons ----------------------------------------------------------------------------


def small(formulas: Formulas, inputs: Sequence[str], outputs: Sequence[str]) -> Circuit:
    """As few neurons as are found, and of these circuits the one with the fewest synapses."""
    circuit = _folded(formulas, inputs, outputs)
    if not circuit.hidden or (len(outputs) == len(circuit.hidden) == 1):
        return circuit  # two neurons are the fewest where one cannot do it, which folding has tried
    found = [circuit, literal(formulas, inputs, outputs)]
    if len(inputs) <= MOST_FLATTENED:
        found.append(shallow(formulas, inputs, outputs))
    if len(inputs) <= MOST_WEIGHED:
        found += [eliminate(circuit) for circuit in (found[0], found[-1]) if len(circuit.hidden) <= MOST_CELLS]
    return min(found, key=lambda circuit: circuit.cost)


def _folded(formulas: Formulas, inputs: Sequence[str], outputs: Sequence[str]) -> Circuit:
    """The formulas with equal parts shared, and neurons fused where one can do the work of several."""
    circuit = Circuit(inputs)
    signals: dict[str, Signal] = {name: (i, True) for i, name in enumerate(inputs)}
    for name, formula in formulas.items():
        signals[name] = signal = _signal(circuit, formula, signals)
        if not isinstance(signal, bool) and signal[1] and signal[0] >= len(inputs):
            circuit.labels.setdefault(signal[0], name)
    for name in outputs:
        circuit.claim(name, signals[name])
    circuit.prune()
    before = None
    while before != circuit.cost:
        before = circuit.cost
        merge(circuit)
        fuse(circuit)
    return circuit


def _signal(circuit: Circuit, formula: Formula, signals: Mapping[str, Signal]) -> Signal:
    """The signal that stands for a formula; negations take no neuron, and constants vanish."""
    if formula.kind == "variable":
        return signals[formula.name]
    if formula.kind == "constant":
        return formula.value
    if formula.kind == "not":
        return _not(_signal(circuit, formula.parts[0], signals))
    if formula.kind in ("xor", "iff"):
        odd = _parity(circuit, [_signal(circuit, part, signals) for part in formula.parts])
        return _not(odd) if formula.kind == "iff" else odd
    parts = list(formula.parts)
    if formula.kind == "implies":
        parts, kind = [Formula("not", (parts[0],)), parts[1]], "or"
    else:
        kind = formula.kind
    found = [_signal(circuit, part, signals) for part in parts]
    return _all(circuit, found) if kind == "and" else _not(_all(circuit, [_not(signal) for signal in found]))


def _not(signal: Signal) -> Signal:
    return not signal if isinstance(signal, bool) else (signal[0], not signal[1])


def _all(circuit: Circuit, signals: Sequence[Signal]) -> Signal:
    """That all of these are the case."""
    if any(signal is False for signal in signals):
        return False
    literals = {signal for signal in signals if not isinstance(signal, bool)}
    if any(_not(literal) in literals for literal in literals):
        return False
    if len(literals) <= 1:
        return next(iter(literals), True)
    weights = {number: 1 if positive else -1 for number, positive in sorted(literals)}
    return circuit.signal(weights, sum(weight > 0 for weight in weights.values()))


def _parity(circuit: Circuit, signals: Sequence[Signal]) -> Signal:
    """That an odd number of these is the case."""
    sources: set[int] = set()
    flipped = False
    for signal in signals:
        if isinstance(signal, bool):
            flipped ^= signal
        else:
            flipped ^= not signal[1]
            sources ^= {signal[0]}
    if len(sources) <= 1:
        found: Signal = (sources.pop(), True) if sources else False
    else:
        found = circuit.signal(_counters(circuit, sorted(sources)), 1)
    return _not(found) if flipped else found


# --- In two layers -------------------------------------------------------------------------------


def shallow(formulas: Formulas, inputs: Sequence[str], outputs: Sequence[str]) -> Circuit:
    """At most two neurons one behind the other; an output may also listen to the inputs themselves."""
    if len(inputs) > MOST_INPUTS:
        return _shallow_as_it_is(formulas, inputs, outputs)
    truths, circuit = truths_of(formulas, tuple(inputs)), Circuit(inputs)
    gates = {name: gate_for(truth) for name, truth in truths.items()}
    first = {name: cell_on(range(len(inputs)), *gate) for name, gate in gates.items() if gate is not None}
    cells = {name: circuit.cell(*first[name]) for name in outputs if name in first}
    suggest = len(inputs) <= MOST_SUGGESTED
    parts = [part for formula in formulas.values() for part in _parts(formula, inputs, truths)] if suggest else []
    for name in outputs:
        if name not in cells:
            known = _first_layer(circuit) if suggest else []
            cells[name] = _add(circuit, two_layers(truths[name], known, parts))
    for name, cell in first.items():
        number = circuit.find(cell)
        if number is not None:
            circuit.labels.setdefault(number, name)
    for name in outputs:
        circuit.claim(name, (cells[name], True))
    circuit.prune()
    if len(inputs) <= MOST_WEIGHED and len(circuit.hidden) <= MOST_CELLS:
        return eliminate(circuit, layers=2)
    return circuit


def _shallow_as_it_is(formulas: Formulas, inputs: Sequence[str], outputs: Sequence[str]) -> Circuit:
    """Of more inputs than there are cases to look at: what folding alone makes of the formulas, if that is shallow."""
    circuit = _folded(formulas, inputs, outputs)
    layers = circuit.cost[2]
    if layers > 2:
        raise OptionError(
            f"Two layers are found by looking at every case, which is done for up to {MOST_INPUTS} inputs; here are "
            f"{len(inputs)}, and shape='small' makes {layers} layers of these formulas. Choose that."
        )
    return circuit


def _parts(formula: Formula, inputs: Sequence[str], truths: Mapping[str, Flags]) -> Iterator[Flags]:
    """What the parts of a formula say in every case, and what it says itself."""
    columns = {**dict(zip(inputs, every_case(len(inputs)).T, strict=True)), **truths}
    for part in formula.parts:
        yield from _parts(part, inputs, truths)
    yield np.broadcast_to(formula.truth(columns), (2 ** len(inputs),))


def _first_layer(circuit: Circuit) -> list[Flags]:
    """What the cells that listen to inputs alone do in every case."""
    first = [number for number, depth in circuit.depths().items() if depth == 1]
    return list(circuit.rates(dict(enumerate(every_case(len(circuit.inputs)).T)), first).values())


def _add(circuit: Circuit, layers: TwoLayers) -> int:
    """Add a hidden layer, and the cell that listens to it."""
    inputs = range(len(circuit.inputs))
    hidden = [circuit.cell(*cell_on(inputs, *gate)) for gate in layers.hidden]
    return circuit.cell(*cell_on([*inputs, *hidden], [*layers.direct, *layers.from_hidden], layers.threshold))
