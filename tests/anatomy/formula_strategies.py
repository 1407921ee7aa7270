"""Random formulas, and what Python's own eval makes of them."""

import numpy as np
from hypothesis import strategies as st

from neurosim.anatomy.formulas import Formula, constant, variable

PYTHON = {"and": " and ", "or": " or ", "xor": " != ", "iff": " == "}


def formulas(names="abcdef", max_leaves=12):
    """Formulas of all kinds, with constants, equal parts and chains of several."""
    leaves = st.sampled_from(names).map(variable) | st.booleans().map(constant)

    def extend(parts):
        chains = st.tuples(st.sampled_from(["and", "or", "xor"]), st.lists(parts, min_size=2, max_size=4))
        pairs = st.tuples(st.sampled_from(["implies", "iff"]), st.lists(parts, min_size=2, max_size=2))
        joined = (chains | pairs).map(lambda made: Formula(made[0], tuple(made[1])))
        return joined | parts.map(lambda part: Formula("not", (part,)))

    return st.recursive(leaves, extend, max_leaves=max_leaves)


def in_python(formula):
    """The formula as a Python expression on bools, every part in parentheses."""
    if formula.kind == "variable":
        return formula.name
    if formula.kind == "constant":
        return str(formula.value)
    parts = [in_python(part) for part in formula.parts]
    if formula.kind == "not":
        return f"(not {parts[0]})"
    if formula.kind == "implies":
        return f"((not {parts[0]}) or {parts[1]})"
    text = parts[0]
    for part in parts[1:]:  # one by one: a != b != c would be a chain of comparisons
        text = f"({text}{PYTHON[formula.kind]}{part})"
    return text


def told_by_python(formula, names):
    """The column of its truth table, case by case, by eval."""
    code = compile(in_python(formula), "formula", "eval")
    cases = [[case >> i & 1 == 1 for i in reversed(range(len(names)))] for case in range(2 ** len(names))]
    return np.array([bool(eval(code, {}, dict(zip(names, case, strict=True)))) for case in cases])
