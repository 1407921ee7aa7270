"""Formulas: written, read, evaluated; errors point at the place. The oracle is Python's own reading of its signs."""

import itertools
import re

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import neurosim as ns
from neurosim.anatomy.formula_parser import DEEPEST, SPELLINGS
from neurosim.anatomy.formulas import STYLES, Formula, joined, variable
from tests.anatomy.formula_strategies import formulas, told_by_python
from tests.anatomy.helpers import complains

parse = ns.logic.parse


@given(formula=formulas())
def test_a_formula_says_what_python_says(formula):
    columns = ns.logic.truth_table({"y": formula})
    assert (columns["y"] == told_by_python(formula, formula.variables)).all()


@pytest.mark.parametrize("style", STYLES)
@given(formula=formulas(names=["a", "b1", "x'", "été", "q₂", "V1[0]", 'say "no"', "and", "a b\\"]))
def test_every_style_is_read_back(style, formula):
    assert parse(formula.spelt(style)) == formula
    assert parse(f"((  {formula.spelt(style)})) ") == formula


@pytest.mark.parametrize(("meaning", "spelling"), [(m, s) for m in SPELLINGS for s in SPELLINGS[m] if m not in "()"])
def test_every_spelling_in_any_case(meaning, spelling):
    for text in {spelling, spelling.upper(), spelling.title()}:
        if meaning in ("true", "false"):
            assert parse(text) == Formula("constant", value=meaning == "true")
        elif meaning == "not":
            assert parse(f"{text} a") == Formula("not", (variable("a"),))
        else:
            assert parse(f"a {text} b") == Formula(meaning, (variable("a"), variable("b")))
            if not text.isalpha():
                assert parse(f"a{text}b") == parse(f"a {text} b")


def read_by_splitting(words):
    """Words without parentheses, by the order of textbooks: split at what binds loosest."""
    for word in ("iff", "implies", "or", "xor", "and"):
        if word in words:
            if word == "implies":
                i = words.index(word)
                return Formula(word, (read_by_splitting(words[:i]), read_by_splitting(words[i + 1 :])))
            ends = [i for i, other in enumerate(words) if other == word]
            parts = [words[i + 1 : j] for i, j in itertools.pairwise([-1, *ends, len(words)])]
            return Formula(word, tuple(map(read_by_splitting, parts)))
    return Formula("not", (read_by_splitting(words[1:]),)) if words[0] == "not" else variable(words[0])


@settings(max_examples=150)
@given(
    nots=st.lists(st.integers(0, 2), min_size=2, max_size=8),
    operators=st.lists(st.sampled_from(["and", "or", "xor", "implies", "iff"]), min_size=7, max_size=7),
)
def test_the_order_of_textbooks(nots, operators):
    assume(operators[: len(nots) - 1].count("iff") <= 1)
    words = []
    for i, count in enumerate(nots):
        words += ["not"] * count + [f"x{i}"] + ([operators[i]] if i + 1 < len(nots) else [])
    assert parse(" ".join(words)) == read_by_splitting(words)


def read(text):
    """The formula, and no words; or None, and the words of the error."""
    try:
        return parse(text), ""
    except ns.FormulaError as error:
        return None, str(error)


class Bit:
    """A truth value that takes all of Python's signs."""

    def __init__(self, value):
        self.value = bool(value)

    def __bool__(self):
        return self.value

    def __invert__(self):
        return Bit(not self.value)

    def __and__(self, other):
        return Bit(self.value and other)

    def __or__(self, other):
        return Bit(self.value or other)

    def __xor__(self, other):
        return Bit(self.value != bool(other))

    def __eq__(self, other):
        return Bit(self.value == bool(other))

    def __ne__(self, other):
        return Bit(self.value != bool(other))

    __rand__, __ror__, __rxor__, __hash__ = __and__, __or__, __xor__, None


@settings(max_examples=150)
@given(
    signs=st.lists(st.sampled_from(["", "", "not ", "~", "not ~"]), min_size=2, max_size=5),
    operators=st.lists(st.sampled_from(["and", "or", "&", "|", "^", "==", "!="]), min_size=4, max_size=4),
)
def test_in_pythons_own_signs_a_formula_says_what_python_says_or_is_refused(signs, operators):
    names, ends = "abcde"[: len(signs)], [*operators[: len(signs) - 1], ""]
    text = "".join(f"{sign}{name} {op} " for sign, name, op in zip(signs, names, ends, strict=True))
    try:
        code = compile(text.strip(), "formula", "eval")
    except SyntaxError:  # such as a == not b, which a formula may say
        assume(False)
    formula, refusal = read(text)
    if formula is None:
        assert "two ways" in refusal
        return
    for case in itertools.product((0, 1), repeat=len(names)):
        values = dict(zip(names, case, strict=True))
        assert formula.holds(values) == bool(eval(code, {}, {name: Bit(value) for name, value in values.items()}))


@pytest.mark.parametrize(
    "text",
    [
        "a and b == c",
        "a == b and c",
        "a or b == c",
        "a and b != c",
        "a | b != c",
        "a and b | c",
        "a and b ^ c",
        "not a & b",
        "not a ^ b | c",
        "a == b == c",
        "a <-> b iff c",
        "a != b != c",
        "a == b != c",
    ],
)
def test_what_could_be_read_in_two_ways_needs_parentheses(text):
    with complains(ns.FormulaError, "two ways", "parentheses", "^"):
        parse(text)
    with complains(ns.FormulaError, "two ways"):
        parse(f"x or (y and ({text}))")


@pytest.mark.parametrize("text", ["(a and b) == c", "a and (b == c)", "a & b == c"])
def test_with_parentheses_they_are_read(text):
    assert parse(text).variables == ("a", "b", "c")


# --- Errors --------------------------------------------------------------------------------------

WANTED = "a variable, a constant, 'not' or '('"


@pytest.mark.parametrize(
    ("text", "mark", "words"),
    [
        ("a and and b", "      ^^^", ["'and' after 'and'", WANTED]),
        ("and a", "^^^", ["'and' at the beginning", WANTED, 'write "and" in double quotes']),
        ("a or", "     ^", ["ends after 'or'", WANTED]),
        ("not", "    ^", ["ends after 'not'", WANTED]),
        ("(a and b", "^", ["never closed", "')' is missing"]),
        ("((a and b) or c", "^", ["never closed"]),
        ("a and b)", "       ^", ["closes nothing"]),
        ("a or ()", "      ^", ["nothing between '(' and ')'", WANTED]),
        ("(a or )", "      ^", ["')' after 'or'", WANTED]),
        ("a b", "  ^", ["'b' after 'a'", "an operator was needed"]),
        ("(a b)", "   ^", ["an operator or ')' was needed"]),
        ("a not b", "  ^^^", ["'not' after 'a'"]),
        ("a (b or c)", "  ^", ["'(' after 'a'"]),
        ("(a adn b) or not c", "   ^^^", ["'adn'", "Did you mean 'and'?"]),
        ("a xro b", "  ^^^", ["Did you mean 'xor'?"]),
        ("nto a", "^^^", ["'a' after 'nto'", "Did you mean 'not'?"]),
        ("a nand b", "  ^^^^", ["Write not (a and b)."]),
        ("a and or", "      ^^", ["'or' after 'and'", 'write "or" in double quotes']),
        ("a $ b", "  ^", ["'$' is unknown"]),
        ("a && b", "  ^^", ["'&&'", "Write 'and' or '&'."]),
        ("!a", "^", ["Write 'not' or '~'."]),
        ("a = b", "  ^", ["'=='"]),
        ("[a]", "^", ["Write ( and )."]),
        ("2 and a", "^", ["2 is no truth value", "0 and 1"]),
        ("a and 1.5", "      ^^^", ["1.5 is no truth value"]),
        ('"left eye and b', "^", ["quotation mark is never closed"]),
        ('a and ""', "      ^^", ["is empty"]),
        ("'left eye'", "^", ["double quotes"]),
        ("日本 and 本 本", "            ^^", ["'本' after '本'"]),
    ],
)
def test_errors_point_at_the_place(text, mark, words):
    with complains(ns.FormulaError, *words) as caught:
        parse(text)
    assert str(caught.value).splitlines()[-2:] == [f"  {text}", f"  {mark}"]
    assert isinstance(caught.value, ns.NeurosimError)
    assert isinstance(caught.value, ValueError)


@pytest.mark.parametrize("text", ["", "  \n "])
def test_an_empty_formula(text):
    with complains(ns.FormulaError, "empty", "a and not b"):
        parse(text)


@pytest.mark.parametrize("thing", [5, None, True, ["a"], b"a"])
def test_a_formula_is_text(thing):
    with complains(ns.FormulaError, "text", repr(thing)):
        parse(thing)


def test_the_line_with_the_error_is_shown():
    with complains(ns.FormulaError, "'c' after 'b'") as caught:
        parse("a\nand\n  b c\nor d")
    assert str(caught.value).splitlines()[1:] == ["    b c", "      ^"]


def test_of_a_long_line_a_part_is_shown():
    names = " and ".join(f"x{i}" for i in range(100))
    with complains(ns.FormulaError, "'y' after 'x99'") as caught:
        parse(f"{names} y and {names}")
    _, line, mark = str(caught.value).splitlines()
    assert len(line) < 90
    assert line[mark.index("^")] == "y"
    assert re.fullmatch(r" {2}\.\.\..*\.\.\.", line)


@settings(max_examples=150)
@given(text=st.text(alphabet="ab()~&|^!=<->\"1 '\\∧¬é", max_size=12))
def test_any_text_is_read_or_refused_in_words(text):
    formula, refusal = read(text)
    assert parse(str(formula)) == formula if formula is not None else refusal


@pytest.mark.parametrize("text", ["(" * 5000 + "a" + ")" * 5000, " and ".join(["a"] * 5000)])
def test_long_formulas_are_read(text):
    assert parse(text).variables == ("a",)


@pytest.mark.parametrize("text", ["not " * 5000 + "a", "a -> " * 5000 + "a", "(a or " * 5000 + "a" + ")" * 5000])
def test_formulas_that_are_nested_too_deep_are_refused(text):
    with complains(ns.FormulaError, f"nested more than {DEEPEST} deep"):
        parse(text)


# --- The formula itself --------------------------------------------------------------------------


def test_variables_come_in_order_of_appearance():
    assert parse("c -> (a & c) | b").variables == ("c", "a", "b")


def test_accents_may_be_written_in_two_ways():
    assert parse("e\u0301") == parse("\u00e9")


def test_it_holds_or_not():
    formula = parse("(a and b) or not c")
    assert formula.holds(a=1, b=True, c=1)
    assert not formula.holds({"a": 1, "b": 0.0}, c=np.True_)
    with complains(ns.UnknownNameError, "'d'", "'c'"):
        formula.holds(a=1, b=1, c=1, d=1)
    with complains(ns.FormulaError, "depends on 'b', 'c'"):
        formula.holds(a=1)
    with complains(ns.FormulaError, "'a' must be true or false", "0.5"):
        formula.holds(a=0.5, b=1, c=1)


def test_an_unknown_style():
    with complains(ns.UnknownNameError, "'maths'", "mathematics"):
        parse("a").spelt("maths")


def test_joining_keeps_chains_flat():
    a, b, c = map(variable, "abc")
    assert joined("or", [a, joined("or", [b, c])]) == parse("a or b or c") != parse("a or (b or c)")
