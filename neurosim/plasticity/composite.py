"""A composite function as a graph: every value forward, every gradient backward (L20 to L22).

An expression is written with ordinary operators. Each operation becomes a node that knows its value at
once; going back from the output, the gradient of each operand is a *local gradient* times the gradient
that was *passed back*. All local gradients are in one table, `OPERATIONS`.

>>> x, y, w = variable("x", -2), variable("y", 5), variable("w", -4)
>>> q = (x + y).named("q")
>>> f = q * w
>>> q.value, f.value, f.gradients()
(3.0, -12.0, {'x': -4.0, 'y': -4.0, 'w': 3.0})

Where a curve has a kink, the slope is the one that neurons have: `relu` has slope 0 at 0, and the gradient
of `maximum` goes to the first of its largest operands. The walks use no recursion, so an expression may be
as deep as memory allows.
"""

from __future__ import annotations

import dataclasses
import math
import numbers
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

from neurosim.checks import check_number
from neurosim.errors import DataError, OptionError, unknown

if TYPE_CHECKING:
    import networkx as nx

__all__ = [
    "OPERATIONS",
    "Expression",
    "Operation",
    "add",
    "binary",
    "constant",
    "exp",
    "log",
    "maximum",
    "reciprocal",
    "relu",
    "sigmoid",
    "tanh",
    "variable",
]

LEAVES = ("variable", "constant")


# --- The table: every operation, its value and its local gradients -------------------------------


@dataclasses.dataclass(frozen=True)
class Operation:
    """One kind of node.

    Attributes
    ----------
    symbol : str
        What stands in its circle.
    value : function of the operands' values
    local_gradients : function of the result and the operands' values
        The derivative of the result by each operand, in their order.
    """

    symbol: str
    value: Callable[..., float]
    local_gradients: Callable[..., tuple[float, ...]]


def _logistic(z: float) -> float:
    """1 / (1 + e^-z), by whichever tail does not overflow."""
    return 1 / (1 + math.exp(-z)) if z >= 0 else math.exp(z) / (1 + math.exp(z))


def _divide(a: float, b: float) -> float:
    if b == 0:
        raise DataError(
            f"Division of {a:g} by zero: a quotient needs a divisor other than 0. "
            "Keep it away from 0, as in a / (b + 1e-9) where b cannot be negative."
        )
    return a / b


def _log(a: float) -> float:
    if a <= 0:
        raise DataError(
            f"The log needs a number greater than 0; got {a:g}. "
            "Shift what may be 0, as in log(a + 1e-9), or take the log of exp(a), which is a itself."
        )
    return math.log(a)


def _exp(a: float) -> float:
    try:
        return math.exp(a)
    except OverflowError:
        raise DataError(
            f"The exp of {a:g} is too large for a number; it needs at most 709. "
            "For 1 / (1 + exp(-z)) write sigmoid(z); for a softmax subtract the largest first."
        ) from None


def _power(a: float, b: float) -> float:
    if a == 0 and b < 0:
        raise DataError(
            f"0 to the power {b:g} is a division by zero; a negative power needs a base other than 0. "
            "Keep the base away from 0, or use an exponent from 0 up."
        )
    if a < 0 and b != int(b):
        raise DataError(
            f"{a:g} to the power {b:g} is no real number; a negative base needs a whole exponent. "
            "Square it first, as in (a ** 2) ** 0.25, or use a whole exponent."
        )
    return float(a**b)


def _power_gradients(result: float, a: float, b: float) -> tuple[float, float]:
    """The second is taken as 0 where the base is not positive: there the exponent is a constant, or the result 0."""
    by_base = math.inf if a == 0 and 0 < b < 1 else b * a ** (b - 1) if b else 0.0
    return by_base, result * math.log(a) if a > 0 else 0.0


def _first_largest(result: float, *operands: float) -> tuple[float, ...]:
    first = operands.index(result)
    return tuple(float(i == first) for i in range(len(operands)))


OPERATIONS: dict[str, Operation] = {
    "add": Operation("+", lambda *a: math.fsum(a), lambda y, *a: (1.0,) * len(a)),
    "subtract": Operation("\N{MINUS SIGN}", lambda a, b: a - b, lambda y, a, b: (1.0, -1.0)),
    "multiply": Operation("\N{MULTIPLICATION SIGN}", lambda a, b: a * b, lambda y, a, b: (b, a)),
    "divide": Operation("\N{DIVISION SIGN}", _divide, lambda y, a, b: (1 / b, -y / b)),
    "negate": Operation("\N{MULTIPLICATION SIGN}\N{MINUS SIGN}1", lambda a: 0.0 - a, lambda y, a: (-1.0,)),
    "power": Operation("^", _power, _power_gradients),
    "exp": Operation("exp", _exp, lambda y, a: (y,)),
    "log": Operation("log", _log, lambda y, a: (1 / a,)),
    "reciprocal": Operation("1/x", lambda a: _divide(1.0, a), lambda y, a: (-y * y,)),
    "max": Operation("max", max, _first_largest),
    "sigmoid": Operation("\N{GREEK SMALL LETTER SIGMA}", _logistic, lambda y, a: (_logistic(a) * _logistic(-a),)),
    "tanh": Operation("tanh", math.tanh, lambda y, a: (4 * _logistic(2 * a) * _logistic(-2 * a),)),
    "relu": Operation("relu", lambda a: max(a, 0.0), lambda y, a: (float(a > 0),)),
    "binary": Operation("step", lambda a: float(a >= 0), lambda y, a: (0.0,)),
}
"""Every operation by name: the one list that the walks, the pictures and the tests go through."""


# --- Expressions ---------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True, eq=False, repr=False, slots=True, weakref_slot=True)
class Expression:
    """A node of a composite function: an operation on other nodes, a variable, or a constant.

    It is made by operators (``+ - * / **``) and by the functions of this module, not by hand. Using an
    expression twice does not copy it: it stays one node.

    Attributes
    ----------
    operation : str
        A name in `OPERATIONS`, or "variable" or "constant".
    operands : tuple of Expression
    value : float
    name : str or None
        Variables always have one; operations may be given one by `named`.

    Examples
    --------
    >>> x = variable("x", 3)
    >>> y = x**2 - 1
    >>> y
    Expression(subtract, value=8.0)
    >>> y.gradients(), y.at(x=5).gradients()
    ({'x': 6.0}, {'x': 10.0})
    """

    operation: str
    operands: tuple[Expression, ...]
    value: float
    name: str | None = None

    __array_ufunc__ = None  # numpy's numbers leave the operators to us

    def __add__(self, other: Operand) -> Expression:
        return _apply("add", self, other)

    def __radd__(self, other: Operand) -> Expression:
        return _apply("add", other, self)

    def __sub__(self, other: Operand) -> Expression:
        return _apply("subtract", self, other)

    def __rsub__(self, other: Operand) -> Expression:
        return _apply("subtract", other, self)

    def __mul__(self, other: Operand) -> Expression:
        return _apply("multiply", self, other)

    def __rmul__(self, other: Operand) -> Expression:
        return _apply("multiply", other, self)

    def __truediv__(self, other: Operand) -> Expression:
        return _apply("divide", self, other)

    def __rtruediv__(self, other: Operand) -> Expression:
        return _apply("divide", other, self)

    def __pow__(self, other: Operand) -> Expression:
        return _apply("power", self, other)

    def __rpow__(self, other: Operand) -> Expression:
        return _apply("power", other, self)

    def __neg__(self) -> Expression:
        return _apply("negate", self)

    def __repr__(self) -> str:
        named = "" if self.name is None else f" {self.name!r}"
        return f"Expression({self.operation}{named}, value={self.value!r})"

    def named(self, name: str) -> Expression:
        """The same operation under a name, for graphs and pictures; use what this returns from here on.

        Parameters
        ----------
        name : str

        Returns
        -------
        Expression

        Examples
        --------
        >>> x, y = variable("x", -2), variable("y", 5)
        >>> list((x + y).named("q").graph())
        ['x', 'y', 'q']
        """
        if self.operation in LEAVES:
            raise OptionError(
                f"Only an operation can be named; this is a {self.operation}, {self!r}. "
                "A variable is named where it is made: variable('x', 1.0)."
            )
        return dataclasses.replace(self, name=_check_name(name))

    @property
    def variables(self) -> dict[str, float]:
        """The value of every variable by its name, in the order of appearance."""
        return {str(node.name): node.value for node in _variables(_ordered(self))}

    def gradients(self) -> dict[str, float]:
        """The derivative of this expression by each of its variables.

        Returns
        -------
        dict of str to float
            By the variables' names, in the order of appearance.

        Raises
        ------
        DataError
            If a local gradient is infinite, as that of ``x ** 0.5`` at 0.
        OptionError
            If two variables share a name.

        Examples
        --------
        >>> x = variable("x", 3)
        >>> (x * x).gradients()
        {'x': 6.0}
        """
        order = _ordered(self)
        gradient, _ = _backward(order)
        return {str(node.name): gradient[node] for node in _variables(order)}

    def numerical_gradients(self, h: float = 1e-6) -> dict[str, float]:
        """The derivatives by central differences, (f(x + h) - f(x - h)) / 2h: slower, less exact, independent.

        Parameters
        ----------
        h : float, default 1e-6
            How far to step to either side.

        Returns
        -------
        dict of str to float
            As from `gradients`.

        Examples
        --------
        >>> x = variable("x", 3)
        >>> round((x**2).numerical_gradients()["x"], 6)
        6.0
        """
        check_number("h", h, above=0)
        order = _ordered(self)
        return {
            str(node.name): (_value_at(order, {node: node.value + h}) - _value_at(order, {node: node.value - h}))
            / (2 * h)
            for node in _variables(order)
        }

    def at(self, values: Mapping[str, float] | None = None, /, **named: float) -> Expression:
        """The same expression with other values of its variables; those not given keep theirs.

        Parameters
        ----------
        values : mapping of str to float, optional
            By name; for names that are not words, such as "w[x -> h]".
        **named : float
            By keyword.

        Returns
        -------
        Expression
            With variables of its own: it cannot be mixed with the expression it came from.

        Raises
        ------
        UnknownNameError
            If there is no such variable.

        Examples
        --------
        >>> x, w = variable("x", 1), variable("w", 2)
        >>> y = w * x
        >>> y.at(x=5).value, y.at({"w": -1}, x=5).value
        (10.0, -5.0)
        """
        order = _ordered(self)
        given = {**(values or {}), **named}
        known = [str(node.name) for node in _variables(order)]
        for name in given:
            if name not in known:
                raise unknown("variable", name, known)
        made: dict[Expression, Expression] = {}
        for node in order:
            if node.operation == "variable":
                made[node] = variable(str(node.name), given.get(str(node.name), node.value))
            elif node.operation == "constant":
                made[node] = node
            else:
                made[node] = _node(node.operation, tuple(made[operand] for operand in node.operands), node.name)
        return made[self]

    def graph(self) -> nx.DiGraph[str]:
        """The expression as a graph, with every value and every gradient on it.

        Returns
        -------
        networkx.DiGraph
            Edges lead from operand to operation; nodes come in an order in which they can be computed, the
            result last. Variables have their own names; operations those given by `named` (numbered where
            several have the same one), else "add 1", "multiply 2", ... Each node has ``operation``, ``value``
            and ``gradient``, the derivative of the result by it. Each edge has ``passed_back``, the gradient at
            its head, ``local``, the derivative of its head by its tail, and their product, ``gradient``. An
            operand that is used twice in one operation, as in ``x * x``, has one edge, and its local gradient is
            the sum.

        Examples
        --------
        >>> x, y, w = variable("x", -2), variable("y", 5), variable("w", -4)
        >>> graph = ((x + y).named("q") * w).graph()
        >>> graph.nodes["q"]
        {'operation': 'add', 'value': 3.0, 'gradient': -4.0}
        >>> graph.edges["x", "q"]
        {'local': 1.0, 'passed_back': -4.0, 'gradient': -4.0}
        """
        import networkx as nx

        order = _ordered(self)
        _variables(order)
        names = _names(order)
        gradient, local = _backward(order)
        graph: nx.DiGraph[str] = nx.DiGraph()
        for node in order:
            graph.add_node(names[node], operation=node.operation, value=node.value, gradient=gradient[node])
            by_operand: dict[Expression, float] = {}
            for operand, slope in zip(node.operands, local[node], strict=True):
                by_operand[operand] = by_operand.get(operand, 0.0) + slope
            for operand, slope in by_operand.items():
                graph.add_edge(
                    names[operand],
                    names[node],
                    local=slope,
                    passed_back=gradient[node],
                    gradient=slope * gradient[node],
                )
        return graph


Operand: TypeAlias = Expression | float


# --- Making them ---------------------------------------------------------------------------------


def variable(name: str, value: float) -> Expression:
    """A variable: what gradients are taken by.

    Parameters
    ----------
    name : str
        Its own: within one expression no two variables may share a name.
    value : float

    Returns
    -------
    Expression

    Examples
    --------
    >>> variable("x", -2.0)
    Expression(variable 'x', value=-2.0)
    """
    return Expression("variable", (), _number(value, f"the value of variable {name!r}"), _check_name(name))


def constant(value: float) -> Expression:
    """A constant; plain numbers become constants by themselves.

    Examples
    --------
    >>> constant(2)
    Expression(constant, value=2.0)
    """
    return Expression("constant", (), _number(value, "a constant"))


def add(*operands: Operand) -> Expression:
    """The sum of one operand or more, as one operation, rounded once.

    Examples
    --------
    >>> add(variable("x", 0.1), 0.2, 3).value
    3.3
    """
    return _apply("add", *operands)


def maximum(*operands: Operand) -> Expression:
    """The largest operand; of equal ones the first gets the gradient.

    Examples
    --------
    >>> x, y = variable("x", 2), variable("y", 2)
    >>> maximum(x, y, 1).gradients()
    {'x': 1.0, 'y': 0.0}
    """
    return _apply("max", *operands)


def exp(operand: Operand) -> Expression:
    """E to the power of the operand, which may be at most 709.

    Examples
    --------
    >>> exp(variable("x", 0)).gradients()
    {'x': 1.0}
    """
    return _apply("exp", operand)


def log(operand: Operand) -> Expression:
    """The natural logarithm of an operand greater than 0.

    Examples
    --------
    >>> log(variable("x", 2)).gradients()
    {'x': 0.5}
    """
    return _apply("log", operand)


def reciprocal(operand: Operand) -> Expression:
    """1 divided by the operand.

    Examples
    --------
    >>> reciprocal(variable("x", 2)).gradients()
    {'x': -0.25}
    """
    return _apply("reciprocal", operand)


def sigmoid(operand: Operand) -> Expression:
    """1 / (1 + e^-z) as one operation, which cannot overflow.

    Examples
    --------
    >>> sigmoid(variable("z", 0)).gradients(), sigmoid(-1000).value
    ({'z': 0.25}, 0.0)
    """
    return _apply("sigmoid", operand)


def tanh(operand: Operand) -> Expression:
    """The hyperbolic tangent.

    Examples
    --------
    >>> tanh(variable("z", 0)).gradients()
    {'z': 1.0}
    """
    return _apply("tanh", operand)


def relu(operand: Operand) -> Expression:
    """max(0, z), with slope 0 at z = 0.

    Examples
    --------
    >>> relu(variable("z", 0)).gradients()
    {'z': 0.0}
    """
    return _apply("relu", operand)


def binary(operand: Operand) -> Expression:
    """1 if z >= 0 else 0; no gradient passes through it.

    Examples
    --------
    >>> step = binary(variable("z", 0))
    >>> step.value, step.gradients()
    (1.0, {'z': 0.0})
    """
    return _apply("binary", operand)


def _apply(operation: str, *operands: Operand) -> Expression:
    if not operands:
        raise OptionError(f"{operation} needs one operand at least; got none. Write, say, {operation}(x, 1).")
    return _node(operation, tuple(_read(operation, operand) for operand in operands))


def _read(operation: str, operand: Operand) -> Expression:
    if isinstance(operand, Expression):
        return operand
    return Expression("constant", (), _number(operand, f"an operand of {operation}"))


def _node(operation: str, operands: tuple[Expression, ...], name: str | None = None) -> Expression:
    if operation == "power" and operands[0].value < 0 and operands[1].operation != "constant":
        raise DataError(
            f"The base {operands[0].value:g} of a power is negative, and its exponent is not a plain number: there is "
            "no derivative by such an exponent. Write a number, as in x ** 2, or keep the base from 0 up."
        )
    value = _result(operation, [operand.value for operand in operands])
    return Expression(operation, operands, value, name)


def _result(operation: str, values: Sequence[float]) -> float:
    """The value of an operation, finite or an error."""
    try:
        value = OPERATIONS[operation].value(*values)
    except OverflowError:
        value = math.inf
    if not math.isfinite(value):
        given = ", ".join(f"{operand:g}" for operand in values)
        raise DataError(
            f"The result of {operation} is too large for a number; its operands are {given}. "
            "Results must be finite: scale the variables down."
        )
    return value


def _number(value: object, what: str) -> float:
    """One finite number as a float, or an error that says what was given."""
    try:
        number = float(value) if isinstance(value, numbers.Real) and not isinstance(value, bool) else math.nan
    except OverflowError:  # a whole number too large for a float
        number = math.nan
    if math.isfinite(number):
        return number
    hint = " For several numbers write one expression each, as in [2 * x for x in xs]." if _several(value) else ""
    raise DataError(
        f"{what} must be a finite number; got {value!r}. Write a number such as 2.0, or variable('x', 2.0).{hint}"
    )


def _several(value: object) -> bool:
    return isinstance(value, Iterable) and not isinstance(value, str | bytes)


def _check_name(name: object) -> str:
    if isinstance(name, str) and name:
        return name
    raise OptionError(f"A name must be text that is not empty; got {name!r}. Write, say, variable('x', 1.0).")


# --- Walking them --------------------------------------------------------------------------------


def _ordered(root: Expression) -> list[Expression]:
    """Every node once, each after its operands, in the order in which they are written."""
    order: dict[Expression, None] = {}
    stack: list[tuple[Expression, bool]] = [(root, False)]
    while stack:
        node, ready = stack.pop()
        if node in order:
            continue
        if ready or not node.operands:
            order[node] = None
            continue
        stack.append((node, True))
        stack.extend((operand, False) for operand in reversed(node.operands))
    return list(order)


def _variables(order: Iterable[Expression]) -> list[Expression]:
    """The variables among these nodes; an error if two share a name."""
    found: dict[str, Expression] = {}
    for node in order:
        if node.operation != "variable":
            continue
        if node.name in found:
            raise OptionError(
                f"Two different variables are called {node.name!r}, with the values {found[node.name].value:g} and "
                f"{node.value:g}; each needs a name of its own. Make it once and use it twice, or call the "
                f"other variable('{node.name}2', {node.value:g})."
            )
        found[str(node.name)] = node
    return list(found.values())


def _backward(order: list[Expression]) -> tuple[dict[Expression, float], dict[Expression, tuple[float, ...]]]:
    """The chain rule from the last node back: each node's gradient, and its local gradients by its operands."""
    gradient = dict.fromkeys(order, 0.0)
    gradient[order[-1]] = 1.0
    local: dict[Expression, tuple[float, ...]] = {}
    for node in reversed(order):
        local[node] = _local_gradients(node)
        for operand, slope in zip(node.operands, local[node], strict=True):
            gradient[operand] += slope * gradient[node]
        if not math.isfinite(gradient[node]):
            raise DataError(
                f"The gradient at {node!r} is too large for a number; gradients must be finite. "
                "Scale the variables down."
            )
    return gradient, local


def _local_gradients(node: Expression) -> tuple[float, ...]:
    if not node.operands:
        return ()
    values = [operand.value for operand in node.operands]
    try:
        slopes = OPERATIONS[node.operation].local_gradients(node.value, *values)
    except OverflowError:
        slopes = (math.inf,)
    if not all(map(math.isfinite, slopes)):
        given = ", ".join(f"{value:g}" for value in values)
        raise DataError(
            f"The slope of {node.operation} is infinite, or too large for a number, at its operands {given}. "
            "Move them, as in (x + 1e-9) ** 0.5."
        )
    return slopes


def _value_at(order: list[Expression], changed: Mapping[Expression, float]) -> float:
    """The value of the last node with other values of some variables."""
    values: dict[Expression, float] = {}
    for node in order:
        if node.operands:
            values[node] = _result(node.operation, [values[operand] for operand in node.operands])
        else:
            values[node] = changed.get(node, node.value)
    return values[order[-1]]


def _names(order: list[Expression]) -> dict[Expression, str]:
    """A name for every node, none twice; the variables' come first."""
    names = {node: str(node.name) for node in order if node.operation == "variable"}
    taken = set(names.values())
    count: dict[str, int] = {}
    for node in order:
        if node in names:
            continue
        name = node.name
        while name is None or name in taken:
            base = node.name or node.operation
            count[base] = count.get(base, 1 if node.name else 0) + 1
            name = f"{base} {count[base]}"
        names[node] = name
        taken.add(name)
    return names
