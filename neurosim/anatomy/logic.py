"""Logic: from formulas to McCulloch-Pitts networks, to truth tables, and back.

McCulloch and Pitts (1943) read a neuron that fires or does not as a proposition that is true or false, and a network of
such neurons as a formula. Here formulas become networks (`network`), both become truth tables (`truth_table`), and
networks become formulas (`formula`).

>>> import neurosim as ns
>>> net = ns.logic.network("(a and b) or not c")
>>> net.inputs, net.outputs
(['a', 'b', 'c'], ['(a and b) or not c'])
>>> ns.logic.formula(net)
(a and b) or not c
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

from neurosim.anatomy.formula_parser import parse
from neurosim.anatomy.formulas import Formula
from neurosim.anatomy.network import Network
from neurosim.anatomy.truth_tables import (
    TruthTable,
    check_number_of_inputs,
    every_case,
    inputs_of,
    table_of_formulas,
    table_of_network,
)
from neurosim.errors import FormulaError, OptionError, shorten, unknown

if TYPE_CHECKING:
    from neurosim.anatomy.circuits import Circuit

Formulas: TypeAlias = "str | Formula | Mapping[str, str | Formula]"

SHAPES = ("literal", "shallow", "small")
"""The shapes that a network may have; the functions of these names in `circuit_shapes` find it."""

__all__ = ["SHAPES", "Formula", "TruthTable", "equivalent", "formula", "network", "parse", "truth_table"]


def network(formulas: Formulas, *, shape: str = "literal", outputs: Sequence[str] | None = None) -> Network:
    """Make a McCulloch-Pitts network that says what a formula says.

    All its neurons are binary, all weights and thresholds whole numbers, and no synapse has a delay. It has an input
    for each variable, in the order of first appearance, and an output for each formula.

    Parameters
    ----------
    formulas : str, Formula, or mapping of str to these
        See `parse`. With several, each is named, and later ones may name earlier ones:
        ``{"carry": "a and b", "sum": "(a or b) and not carry"}``.
    shape : "literal", "shallow" or "small"
        - "literal": the formula as it is written. Every connective is one neuron; equal parts are one. But no
          single neuron can do "xor" or "iff": those take a second neuron, and an "xor" of m parts as many as the number
          m has binary digits.
        - "shallow": at most two neurons one behind the other, and a single one wherever one can do it (up to 16 inputs,
          which linear programming decides). How many neurons stand side by side is a heuristic: at most as many as a
          minimal sum of products needs, and there can be exponentially many.
        - "small": few neurons, however deep. A heuristic: never more neurons than "literal" has (nor, up to 12 inputs,
          than "shallow" has), and of those found the one with the fewest synapses. A single one wherever one can do it,
          up to 8 inputs. That need not be the smallest network there is.
    outputs : sequence of str, optional
        Which of the named formulas are to be outputs, if not all of them.

    Returns
    -------
    Network
        Hidden neurons are named by what they say, outputs by their names or, with a single formula, by the formula (one
        that is only a variable: "a is true"). A formula without variables leaves the network's only input unheard.

    Raises
    ------
    FormulaError
        If a formula cannot be read, with a line that points at the place; or if one names a later one.
    OptionError
        If there is no such shape; or if "shallow" is asked of more than 16 inputs, where it is not found.

    Examples
    --------
    >>> import neurosim as ns
    >>> net = ns.logic.network("(a and b) or not c", shape="small")
    >>> net["(a and b) or not c"]
    Neuron '(a and b) or not c'
      dendrites  from 'a': weight 1
                 from 'b': weight 1
                 from 'c': weight -2
      soma       binary, threshold 0
      axon       none
    >>> adder = ns.logic.network({"carry": "a and b", "sum": "a xor b"}, shape="small")
    >>> ns.respond(adder, [1, 1])
    array([1., 0.])
    """
    named = _named(formulas)
    if shape not in SHAPES:
        raise unknown("shape of a network called", shape, SHAPES)
    wanted = _wanted(outputs, named)
    from neurosim.anatomy import circuit_shapes  # loaded when first needed: seven files

    circuit: Circuit = getattr(circuit_shapes, shape)(named, inputs_of(named), wanted)
    return circuit.network()


def truth_table(thing: Formulas | Network) -> TruthTable:
    """What a formula, several, or a network of binary neurons say in every case.

    Parameters
    ----------
    thing : str, Formula, mapping of str to these, or Network
        Of up to 16 variables or inputs.

    Returns
    -------
    TruthTable
        ``print`` it; ``table.X`` and ``table.Y`` are arrays, ``table["name"]`` is a column.

    Raises
    ------
    FormulaError
        If a formula cannot be read.
    GraphError
        If not all neurons of the network with dendrites are binary, or if it has a memory.
    OptionError
        If there are more inputs.

    Examples
    --------
    >>> import neurosim as ns
    >>> ns.logic.truth_table({"carry": "a and b", "sum": "a xor b"})
    a  b | carry  sum
    0  0 | 0      0
    0  1 | 0      1
    1  0 | 0      1
    1  1 | 1      0
    """
    return table_of_network(thing) if isinstance(thing, Network) else table_of_formulas(_named(thing))


def formula(thing: Network | Formulas) -> Formula | dict[str, Formula]:
    """The way back: a short formula for what each output of a network says.

    Parameters
    ----------
    thing : Network, or formulas, which come back shorter
        A network of binary neurons with up to 16 inputs.

    Returns
    -------
    Formula, or dict of str to Formula
        One formula for one output; by name for several. Inputs that make no difference do not occur in it. It is made
        of "and", "or", "not", and where that is shorter "xor" and "iff"; see `minimal_formula` for how short.

    Raises
    ------
    GraphError
        If not all neurons of the network with dendrites are binary, or if it has a memory.
    OptionError
        If there are more inputs.

    Examples
    --------
    >>> import neurosim as ns
    >>> net = ns.Network.from_arrays([0, 1, 2], [3, 3, 3], [1.0, 1.0, -2.0], names=["a", "b", "c", "y"])
    >>> ns.logic.formula(net)
    (a and b) or not c
    >>> ns.logic.formula("(a and b) or (a and not b)")
    a
    """
    from neurosim.anatomy.minimal_formulas import minimal_formula

    table = truth_table(thing)
    found = {name: minimal_formula(table[name].astype(bool), table.inputs) for name in table.outputs}
    single = len(found) == 1 and not isinstance(thing, Mapping)
    return next(iter(found.values())) if single else found


def equivalent(first: str | Formula | Network, second: str | Formula | Network) -> bool:
    """Whether two formulas, or networks with one output, say the same in every case.

    Parameters
    ----------
    first, second : str, Formula or Network
        Inputs are the same if their names are; one that only one of them has must make no difference to it.

    Returns
    -------
    bool

    Examples
    --------
    >>> import neurosim as ns
    >>> ns.logic.equivalent("not (a and b)", "not a or not b"), ns.logic.equivalent("a -> b", "b -> a")
    (True, False)
    >>> ns.logic.equivalent("a or (a and b)", ns.logic.network("a"))
    True
    """
    sides = [_as_formula(side) for side in (first, second)]
    names = list(dict.fromkeys(name for side in sides for name in side.variables))
    check_number_of_inputs(len(names))
    columns = dict(zip(names, every_case(len(names)).T, strict=True))
    one, other = (side.truth(columns) for side in sides)
    return bool((one == other).all())


def _as_formula(thing: str | Formula | Network) -> Formula:
    if not isinstance(thing, Network):
        return parse(thing)
    found = formula(thing)
    if not isinstance(found, Formula):
        raise OptionError(
            f"A network that is compared with a formula has one output; this one has {len(found)}: {shorten(found)}. "
            "Write ns.logic.formula(net)['name'] for the formula of one of them."
        )
    return found


# --- Reading what is given -----------------------------------------------------------------------


def _named(formulas: Formulas) -> dict[str, Formula]:
    """Formulas by name, in an order in which each names earlier ones only."""
    if not isinstance(formulas, Mapping):
        single = parse(formulas)
        return {f"{single} is true" if single.kind == "variable" else str(single): single}
    if not formulas:
        raise FormulaError("There are no formulas. Write, say, {'sum': 'a xor b', 'carry': 'a and b'}.")
    named: dict[str, Formula] = {}
    for name, text in formulas.items():
        if not isinstance(name, str) or not name:
            raise FormulaError(f"Each formula is named by a text, as in {{'sum': 'a xor b'}}; got {name!r}.")
        try:
            named[name] = parse(text)
        except FormulaError as error:
            raise FormulaError(f"In the formula for {name!r}: {error}") from None
        later = [
            other for other in named[name].variables if other in formulas and (other not in named or other == name)
        ]
        if later:
            where = "itself" if later[0] == name else f"{later[0]!r}, which comes after it"
            raise FormulaError(
                f"The formula for {name!r} names {where}. Name only formulas that come before; what depends on its own "
                "past is a loop with a delay, as in ns.Network.from_graph."
            )
    return named


def _wanted(outputs: Sequence[str] | None, named: Mapping[str, Formula]) -> list[str]:
    """The names of the formulas that are to be outputs."""
    if outputs is None:
        return list(named)
    if isinstance(outputs, str) or not outputs or len(set(outputs)) < len(outputs):
        raise OptionError(f"outputs must be a list of different names of formulas, such as ['sum']; got {outputs!r}.")
    for name in outputs:
        if name not in named:
            raise unknown("formula called", name, named)
    return list(outputs)
