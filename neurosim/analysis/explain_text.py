"""An explanation in words: as text, and as a card for notebooks."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from neurosim.analysis.explain import Explanation, NeuronExplanation, Term
from neurosim.analysis.hyperplane import linear_form
from neurosim.anatomy.neuron import Dendrite
from neurosim.anatomy.structure import Floats

MANY = 6  # dendrites, or branches of an axon, that are written out one by one

Line = tuple[str, list[str]]
"""A label, and what is said about it."""

PLANES = {
    "binary": "it fires on the side where the drive is positive, and where it is 0",
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
    "mse": ("1/2 sum (y - Y)^2", "y - Y"),
    "mae": ("sum |y - Y|", "1 if y > Y, -1 if y < Y"),
    "huber": ("sum of (y - Y)^2 / 2 near the target, a straight line far from it", "y - Y, but no farther from 0 than"),
    "cross_entropy": ("-sum Y log p, where p = e^y / (sum of e^y over all outputs)", "p - Y"),
    "binary_cross_entropy": ("-sum [Y log y + (1 - Y) log (1 - y)]", "y - Y"),
    "hinge": ("sum max(0, 1 - s y), where s = 1 for yes and -1 for no", "-s if s y < 1, else 0"),
}
"""Each loss, and its gradient by an output's rate (for binary_cross_entropy by its drive)."""


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
        ("Step 4: backward", _backward_intro(explanation, parts), _each(parts[::-1], _backward_of(explanation))),
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
    said = [
        f"inputs: {_listed([f'{name} = {number(x)}' for name, x in stimulus])}",
        "a threshold is the opposite of a bias: threshold 2 is bias -2",
    ]
    if shown < count:
        largest = "rates" if explanation.targets is None else "deltas"
        said.append(
            f"{shown} of {count:,} neurons are shown: the outputs, then those with the largest {largest}; any other "
            "one with explanation['its name']"
        )
    return said


def _parameters(part: NeuronExplanation) -> list[str]:
    laws = [_law(term) for term in part.terms]
    weights = _by_dendrite(part.terms, lambda term: f"{number(term.weight)} from {_end(term.dendrite)}", laws)
    law = _note(
        "" if part.plastic_threshold else "frozen",
        f"shared by {part.threshold_places} neurons" if part.threshold_places > 1 else "",
    )
    return [f"{part.mode}; weights {weights}; threshold {number(part.threshold)}{law}"]


def _law(term: Term) -> str:
    """What is special about a synapse, in brackets."""
    return _note(
        term.receptor or "",
        "" if term.plastic else "frozen",
        f"shared by {term.places} synapses" if term.places > 1 else "",
        f"delay {term.delay}: silent in the first tick" if term.delay else "",
    )


def _note(*words: str) -> str:
    said = ", ".join(word for word in words if word)
    return f" ({said})" if said else ""


def _forward(part: NeuronExplanation) -> list[str]:
    heard = [term for term in part.heard if not term.delay]
    sums = _sum([(term.weight, term.rate, _end(term.dendrite)) for term in heard])
    drive = f"drive = {sums} - {factor(part.threshold)} = {number(part.drive)}"
    rate = f"rate = {part.mode.name}({number(part.drive)}) = {number(part.rate)}"
    if part.winner is None:
        return [drive, rate]
    branches: dict[int, float] = {}
    for term in part.terms:
        branches[term.branch] = branches.get(term.branch, 0.0) + term.product
    told = ", ".join(f"branch {branch} brings {number(total)}" for branch, total in sorted(branches.items()))
    return [f"{told or 'no branch brings anything'}: branch {part.winner} is the strongest", drive, rate]


def _loss(explanation: Explanation) -> list[str]:
    name = explanation.loss_function.name
    formula = f" = {FORMULAS[name][0]}" if name in FORMULAS else ""
    return [f"{name}{formula}", f"{name} = {number(_known(explanation.loss))}"]


def _shares(explanation: Explanation) -> Floats | None:
    """The probabilities that cross-entropy makes of the outputs' rates."""
    if explanation.loss_function.name != "cross_entropy":
        return None
    from scipy.special import softmax

    shares: Floats = softmax(explanation.rates[explanation.net.structure.outputs])
    return shares


def _outputs(explanation: Explanation) -> list[Line]:
    outputs, shares = explanation.net.structure.outputs, _shares(explanation)
    assert explanation.targets is not None
    rows = []
    for k, (i, target) in enumerate(zip(outputs.tolist(), explanation.targets.tolist(), strict=True)):
        share = "" if shares is None else f", p = {number(shares[k])}"
        rate = number(explanation.rates[i])
        rows.append((str(explanation.net.outputs[k]), [f"rate y = {rate}{share}, target Y = {number(target)}"]))
    return rows if len(rows) <= explanation.most else [*rows[: explanation.most], ("...", [f"{len(rows)} in all"])]


def _backward_intro(explanation: Explanation, parts: Sequence[NeuronExplanation]) -> list[str]:
    name = explanation.loss_function.name
    said = []
    if name in FORMULAS:
        by = "dL/drive of an output" if name == "binary_cross_entropy" else "dL/drate of an output"
        bound = f" {number(explanation.loss_function.delta)}" if name == "huber" else ""  # type: ignore[attr-defined]
        said.append(f"from the loss: {by} = {FORMULAS[name][1]}{bound}")
    said += [
        "over an axon: dL/drate = sum of weight × the delta of the neuron at its end",
        "delta = dL/drive = slope of the mode × dL/drate: local gradient × gradient passed back",
        "dL/dweight = delta × rate of the source; dL/dthreshold = -delta",
    ]
    if any(part.threshold_places > 1 or any(term.places > 1 for term in part.terms) for part in parts):
        said.append("what is shared has one gradient: the sum over all its places")
    return [*said, *_checked(explanation, parts)]


def _checked(explanation: Explanation, parts: Sequence[NeuronExplanation]) -> list[str]:
    """What was compared with finite differences, and what was not, and why."""
    reasons: dict[str, list[str]] = {}
    for part in parts:
        if part.unchecked:
            reasons.setdefault(part.unchecked, []).append(str(part.name))
    apart = [part for part in parts if not part.agrees]
    n_agreeing = len(parts) - len(apart) - sum(map(len, reasons.values()))
    said = []
    if n_agreeing:
        which = "each delta agrees" if n_agreeing == len(parts) else f"{n_agreeing} of {len(parts)} deltas agree"
        gaps = [part.gap for part in parts if part.gap is not None and part.agrees]
        said.append(f"checked: {which} with a finite difference, to within {max([*gaps, 1e-16]):.0e}")
    said += [f"NOT so: {part.name}, where the difference is {number(_known(part.difference))}" for part in apart]
    said += [f"not checked, because {why}: {_listed(names)}" for why, names in reasons.items()]
    stand_in = next((part.stand_in for part in parts if part.stand_in), None)
    if stand_in:
        said.append(f"the step has no slope; that of the surrogate {stand_in} stands in for it")
    return said


def _backward_of(explanation: Explanation) -> Callable[[NeuronExplanation], list[str]]:
    """The backward lines of a neuron, with what its loss did where it is an output."""
    shares, net = _shares(explanation), explanation.net

    def say(part: NeuronExplanation) -> list[str]:
        if part.name not in net.outputs or explanation.targets is None:
            return _backward(part)
        place = net.outputs.index(part.name)
        seen = part.rate if shares is None else float(shares[place])
        return _backward(part, seen, float(explanation.targets[place]), explanation.loss_function.name)

    return say


def _backward(
    part: NeuronExplanation, seen: float | None = None, target: float | None = None, loss: str = ""
) -> list[str]:
    delta, slope, passed = _known(part.delta), _known(part.slope), _known(part.passed_back)
    sums = [f" (the sum over {term.places} synapses)" if term.places > 1 else "" for term in part.terms]
    known = _by_dendrite(part.terms, lambda term: f"{number(_known(term.gradient))} from {_end(term.dendrite)}", sums)
    shared = f" (the sum over {part.threshold_places} neurons)" if part.threshold_places > 1 else ""
    gradients = f"dL/dweight: {known}; dL/dthreshold: {number(_known(part.threshold_gradient))}{shared}"
    difference = "" if seen is None else f"{number(seen)} - {factor(_known(target))}"
    if abs(delta - slope * passed) > 1e-12 * max(1.0, abs(delta)):  # this loss is taken at the drive
        from_axon = f" + {factor(slope)} × {factor(passed)}" if part.returns else ""
        return [f"delta = {difference or 'from the loss'}{from_axon} = {number(delta)}", gradients]
    sources = []
    if part.from_loss or not part.returns:
        by_rate = difference if loss in ("mse", "cross_entropy") else f"{number(part.from_loss)} from the loss"
        sources.append(by_rate or f"{number(part.from_loss)} from the loss")
    if part.returns:
        sources.append(_sum([(back.weight, back.delta, _end(back.target)) for back in part.returns]))
    computed = bool(part.returns) or loss in ("mse", "cross_entropy")
    return [
        f"dL/drate = {' + '.join(sources)}" + (f" = {number(passed)}" if computed else ""),
        f"delta = {factor(slope)} × {factor(passed)} = {number(delta)}",
        gradients,
    ]


def _update_intro(explanation: Explanation) -> list[str]:
    rate = number(explanation.learning_rate)
    return [f"new = old - {rate} × gradient, for every plastic weight and threshold ({rate} is the learning rate)"]


def _outcome(explanation: Explanation) -> Line:
    before, after = _known(explanation.loss), _known(explanation.new_loss)
    said = [f"{number(before)} -> {number(after)}"]
    if not (np.isfinite(before) and np.isfinite(after)):
        said.append("these numbers are too large to compute with: scale the inputs or the weights to about 1")
    elif after > before:
        said.append("it rose: the step went too far. Try a smaller learning_rate")
    return ("loss", said)


def _update(part: NeuronExplanation) -> list[str]:
    threshold = f"threshold {_changed(part.threshold, _known(part.new_threshold), part.plastic_threshold)}"
    return [f"weights {_by_dendrite(part.terms, _new_weight)}; {threshold}"]


def _new_weight(term: Term) -> str:
    new = _known(term.new_weight)
    stopped = f", where its {term.receptor} receptor stops it" if term.receptor and new == 0 != term.weight else ""
    plastic = term.plastic and not (term.delay and term.places == 1)
    why = "" if plastic or not term.plastic else ", not learnt in a single tick: it has a delay"
    return f"{_changed(term.weight, new, term.plastic)} from {_end(term.dendrite)}{stopped}{why}"


def _changed(old: float, new: float, plastic: bool) -> str:
    return f"{number(old)} -> {number(new)}" if plastic else f"{number(old)} (frozen)"


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
    what = "the sum" if part.winner is None else f"that of branch {part.winner}, the strongest,"
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
    kind = {1: "point", 2: "line"}.get(len({term.source for term in part.heard}), "plane")
    if not np.isfinite(part.distance):
        return [(kind, ["none: all weights are 0, so that every input has the same drive"])]
    shown, rest = _largest(part.heard)
    equation = linear_form([term.weight for term in shown], [term.source for term in shown])
    equation += " + ..." if rest else ""
    meaning = PLANES.get(part.mode.name)
    said = [f"the drive is 0 where {equation} = {number(part.threshold)}", *([meaning] if meaning else [])]
    side = "positive" if part.drive > 0 else "negative"
    place = f"at a distance of {number(abs(part.distance))} from it, on the side where the drive is {side}"
    return [(kind, said), ("here", [place if part.drive else "exactly on it"])]


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


def _largest(terms: Sequence[Term]) -> tuple[list[Term], list[Term]]:
    """The terms with the largest products, in their order, and the others."""
    order = sorted(range(len(terms)), key=lambda i: -abs(terms[i].product))
    return [terms[i] for i in sorted(order[:MANY])], [terms[i] for i in order[MANY:]]


def _by_dendrite(terms: Sequence[Term], say: Callable[[Term], str], notes: Sequence[str] = ()) -> str:
    """What is to be said of each dendrite: of the few that bring most, and how many there are.

    A note (in brackets, after a space) that is the same for all is said once, at the end.
    """
    shown, rest = _largest(terms)
    once = notes[0].replace("(", "(each ", 1) if len(terms) > 1 and len(set(notes)) == 1 else ""
    note = dict(zip((term.dendrite for term in terms), [""] * len(terms) if once else notes, strict=False))
    said = ", ".join(say(term) + note.get(term.dendrite, "") for term in shown)
    return (said + (f", ... ({len(terms):,} in all)" if rest else "") or "none") + once


def _listed(items: Sequence[str]) -> str:
    written = ", ".join(items[:MANY])
    return written if len(items) <= MANY else f"{written}, ... ({len(items):,} in all)"


def _each(parts: Sequence[NeuronExplanation], say: Callable[[NeuronExplanation], list[str]]) -> list[Line]:
    return [(str(part.name), say(part)) for part in parts]


def _aligned(lines: Sequence[Line]) -> list[str]:
    width = max((len(label) for label, _ in lines), default=0) + 2
    return [f"  {'' if i else label:<{width}}{said}" for label, told in lines for i, said in enumerate(told)]


def _end(dendrite: Dendrite) -> str:
    return f"{dendrite[0]} (branch {dendrite[1]})" if isinstance(dendrite, tuple) else str(dendrite)


def _known(value: float | None) -> float:
    assert value is not None  # only called where there is a target
    return value
