"""An explanation in words: as text, and as a card for notebooks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from neurosim.analysis.explain import Explanation, NeuronExplanation, Term
from neurosim.anatomy.neuron import Dendrite

MANY = 6  # dendrites or targets that are written out one by one

Line = tuple[str, list[str]]
"""A label, and what is said about it."""

PLANES = {
    "binary": "it fires on the side where the drive is positive, and on the plane itself",
    "sigmoid": "its rate is 0.5 there, above on the side where the drive is positive",
    "tanh": "its rate is 0 there, positive on the side where the drive is",
    "relu": "it is silent on the side where the drive is negative",
    "leaky_relu": "it is nearly silent on the side where the drive is negative",
    "elu": "it falls below 0 on the side where the drive is negative",
}
"""What its hyperplane means to a neuron, by mode."""

Step = tuple[str, list[str], list[Line]]
"""A title, what is said first, and the lines."""

FORMULAS = {
    "mse": "1/2 sum (y - Y)^2",
    "mae": "sum |y - Y|",
    "huber": "sum of (y - Y)^2 / 2 near the target, a straight line far from it",
    "cross_entropy": "-sum Y log p, with p = softmax(y)",
    "binary_cross_entropy": "-sum Y log y + (1 - Y) log (1 - y)",
    "hinge": "sum max(0, 1 - s y), with s = 1 for yes and -1 for no",
}


def text(explanation: Explanation) -> str:
    """The five steps as plain text."""
    parts = []
    for title, intro, lines in steps(explanation):
        parts.append("\n".join([title, *(f"  {said}" for said in intro), *_aligned(lines)]))
    return "\n\n".join(parts)


def neuron_text(part: NeuronExplanation) -> str:
    """One neuron's part as plain text."""
    return "\n".join([f"Neuron {part.name} ({part.mode})", *_aligned(_in_full(part))])


def steps(explanation: Explanation) -> list[Step]:
    """Every step: its title, what is said first, and its lines."""
    parts = [explanation[name] for name in explanation.shown]
    told = [
        ("Step 1: parameters", _inventory(explanation, len(parts)), _each(parts, _parameters)),
        ("Step 2: forward", ["drive = sum of weight × rate - threshold; rate = mode(drive)"], _each(parts, _forward)),
    ]
    if explanation.targets is None:
        return told
    return [
        *told,
        ("Step 3: loss", _loss(explanation), _outputs(explanation)),
        ("Step 4: backward", _backward_intro(explanation), _each(parts[::-1], _backward)),
        ("Step 5: update", _update_intro(explanation), [*_each(parts, _update), _outcome(explanation)]),
    ]


def as_html(thing: Explanation | NeuronExplanation) -> str:
    """A card for a notebook."""
    from jinja2 import Environment, PackageLoader

    if isinstance(thing, Explanation):
        sections = steps(thing)
    else:
        sections = [(f"Neuron {thing.name} ({thing.mode})", [], _in_full(thing))]
    template = Environment(loader=PackageLoader("neurosim.analysis", "."), autoescape=True).get_template("explain.html")
    return template.render(sections=sections)


# --- Steps ---------------------------------------------------------------------------------------


def _inventory(explanation: Explanation, shown: int) -> list[str]:
    net = explanation.net
    count = len(net) - len(net.inputs)
    stimulus = zip(net.inputs, explanation.stimulus.tolist(), strict=True)
    said = [f"inputs: {_listed([f'{name} = {number(x)}' for name, x in stimulus])}"]
    if shown < count:
        largest = "rates" if explanation.targets is None else "deltas"
        said.append(
            f"{shown} of {count:,} neurons are shown: the outputs, then those with the largest {largest}; any other "
            "one with explanation['its name']"
        )
    return said


def _parameters(part: NeuronExplanation) -> list[str]:
    weights = _listed([f"{number(term.weight)} from {_end(term.dendrite)}" for term in part.terms]) or "none"
    return [f"{part.mode}; weights {weights}; threshold {number(part.threshold)}"]


def _forward(part: NeuronExplanation) -> list[str]:
    sums = _sum([(term.weight, term.rate, _end(term.dendrite)) for term in part.heard])
    won = "" if part.winner is None else f" on the strongest branch, {part.winner}"
    return [
        f"drive = {sums} - {factor(part.threshold)} = {number(part.drive)}{won}",
        f"rate = {part.mode.name}({number(part.drive)}) = {number(part.rate)}",
    ]


def _loss(explanation: Explanation) -> list[str]:
    name = explanation.loss_function.name
    formula = f" = {FORMULAS[name]}" if name in FORMULAS else ""
    return [f"{name}{formula} = {number(_known(explanation.loss))}"]


def _outputs(explanation: Explanation) -> list[Line]:
    outputs = explanation.net.structure.outputs
    assert explanation.targets is not None
    rows = [
        (str(explanation.net.outputs[k]), [f"rate y = {number(explanation.rates[i])}, target Y = {number(target)}"])
        for k, (i, target) in enumerate(zip(outputs.tolist(), explanation.targets.tolist(), strict=True))
    ]
    return rows if len(rows) <= explanation.most else [*rows[: explanation.most], ("...", [f"{len(rows)} in all"])]


def _backward_intro(explanation: Explanation) -> list[str]:
    said = [
        "dL/drate is what the loss and the axon pass back: over the axon, weight × the delta of the target",
        "delta = dL/drive = slope of the mode × dL/drate: local gradient × gradient passed back",
        "dL/dweight = delta × rate of the source; dL/dthreshold = -delta",
    ]
    gap = explanation.largest_difference
    if gap is None:
        return [*said, "not compared with finite differences: on every way lies a step, or a kink too near"]
    return [*said, f"checked: each delta agrees with a finite difference, to within {max(gap, 1e-16):.0e}"]


def _backward(part: NeuronExplanation) -> list[str]:
    delta, slope, passed = _known(part.delta), _known(part.slope), _known(part.passed_back)
    known = [f"{number(_known(term.gradient))} from {_end(term.dendrite)}" for term in part.terms]
    gradients = f"dL/dweight: {_listed(known) or 'none'}; dL/dthreshold: {number(-delta)}"
    if abs(delta - slope * passed) > 1e-12 * max(1.0, abs(delta)):  # this loss is taken at the drive
        return [f"delta = {number(delta)}, straight from the loss", gradients]
    sources = [f"{number(part.from_loss)} from the loss"] if part.from_loss or not part.returns else []
    if part.returns:
        sources.append(_sum([(back.weight, back.delta, _end(back.target)) for back in part.returns]))
    total = f" = {number(passed)}" if part.returns else ""
    return [
        f"dL/drate = {' + '.join(sources)}{total}",
        f"delta = {factor(slope)} × {factor(passed)} = {number(delta)}",
        gradients,
    ]


def _update_intro(explanation: Explanation) -> list[str]:
    return [f"new = old - {number(explanation.learning_rate)} × gradient, for every plastic weight and threshold"]


def _outcome(explanation: Explanation) -> Line:
    return ("loss", [f"{number(_known(explanation.loss))} -> {number(_known(explanation.new_loss))}"])


def _update(part: NeuronExplanation) -> list[str]:
    weights = [
        f"{number(term.weight)} -> {number(_known(term.new_weight))} from {_end(term.dendrite)}" for term in part.terms
    ]
    threshold = f"threshold {number(part.threshold)} -> {number(_known(part.new_threshold))}"
    return [f"weights {_listed(weights) or 'none'}; {threshold}"]


# --- One neuron ----------------------------------------------------------------------------------


def _in_full(part: NeuronExplanation) -> list[Line]:
    shown, rest = _largest(part.terms)
    lines = [
        (f"from {_end(term.dendrite)}", [f"{factor(term.weight)} × {factor(term.rate)} = {number(term.product)}"])
        for term in shown
    ]
    if rest:
        lines.append((f"{len(rest)} others", [f"together {number(sum(term.product for term in rest))}"]))
    total = number(sum(term.product for term in part.heard))
    what = "the sum" if part.winner is None else f"branch {part.winner}, the strongest,"
    lines += [
        ("drive", [f"{total} - {factor(part.threshold)} = {number(part.drive)}, {what} minus the threshold"]),
        ("rate", [f"{part.mode.name}({number(part.drive)}) = {number(part.rate)}"]),
        *_plane(part),
    ]
    if part.delta is not None:
        lines += [("backward", _backward(part)), ("update", _update(part))]
    return lines


def _plane(part: NeuronExplanation) -> list[Line]:
    """The hyperplane on which the drive is 0, and where the input lies."""
    if not np.isfinite(part.distance):
        return [("plane", ["none: all weights are 0, so that every input has the same drive"])]
    shown, rest = _largest(part.heard)
    equation = _signed([(term.weight, str(term.source)) for term in shown]) + (" + ..." if rest else "")
    meaning = PLANES.get(part.mode.name)
    said = [f"the drive is 0 where {equation} = {number(part.threshold)}", *([meaning] if meaning else [])]
    side = "positive" if part.drive > 0 else "negative"
    place = f"at a distance of {number(abs(part.distance))} from it, on the side where the drive is {side}"
    return [("plane", said), ("this input", [place if part.drive else "exactly on it"])]


# --- Words ---------------------------------------------------------------------------------------


def number(value: float) -> str:
    """Four digits at most, without needless zeros."""
    return f"{value + 0.0:.4g}"


def factor(value: float) -> str:
    """A number within a product or a difference: in brackets if it is negative."""
    written = number(value)
    return f"({written})" if written.startswith("-") else written


def _sum(products: Sequence[tuple[float, float, str]]) -> str:
    """Products added up, each with the name of the neuron: the largest few, and how many more."""
    if not products:
        return "0"
    order = sorted(range(len(products)), key=lambda i: -abs(products[i][0] * products[i][1]))
    parts = [f"{factor(a)} × {factor(b)} [{name}]" for a, b, name in (products[i] for i in sorted(order[:MANY]))]
    rest = [products[i][0] * products[i][1] for i in order[MANY:]]
    return " + ".join([*parts, *([f"{factor(sum(rest))} [{len(rest)} others]"] if rest else [])])


def _signed(pairs: Iterable[tuple[float, str]]) -> str:
    """A linear form: 2 x - 1 y."""
    written = ""
    for weight, name in pairs:
        sign = (" - " if weight < 0 else " + ") if written else ("-" if weight < 0 else "")
        written += f"{sign}{number(abs(weight))} {name}"
    return written or "0"


def _largest(terms: Sequence[Term]) -> tuple[list[Term], list[Term]]:
    """The terms with the largest products, in their order, and the others."""
    order = sorted(range(len(terms)), key=lambda i: -abs(terms[i].product))
    return [terms[i] for i in sorted(order[:MANY])], [terms[i] for i in order[MANY:]]


def _listed(items: Sequence[str]) -> str:
    written = ", ".join(items[:MANY])
    return written if len(items) <= MANY else f"{written}, ... ({len(items):,} in all)"


def _each(parts: Sequence[NeuronExplanation], say: Callable[[NeuronExplanation], list[str]]) -> list[Line]:
    return [(str(part.name), say(part)) for part in parts]


def _aligned(lines: Sequence[Line]) -> list[str]:
    width = max((len(label) for label, _ in lines), default=0) + 1
    return [f"  {'' if i else label:<{width}}{said}" for label, told in lines for i, said in enumerate(told)]


def _end(dendrite: Dendrite) -> str:
    return f"{dendrite[0]} (branch {dendrite[1]})" if isinstance(dendrite, tuple) else str(dendrite)


def _known(value: float | None) -> float:
    assert value is not None  # only called where there is a target
    return value
