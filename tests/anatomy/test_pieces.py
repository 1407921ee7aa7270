"""Work on long columns against the plain way to do it, with pieces that are so small that there are many."""

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from neurosim.anatomy import pieces
from neurosim.anatomy.structure import renumbered

NUMBERS = st.lists(st.integers(0, 9), max_size=40).map(lambda numbers: np.array(numbers, dtype=np.int32))
GROUPS = st.lists(st.integers(-1, 9), max_size=40).map(lambda numbers: np.array(numbers, dtype=np.int32))


@pytest.fixture(autouse=True, scope="module")
def small_pieces():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pieces, "PIECE", 7)
        yield


@given(length=st.integers(0, 60), width=st.integers(0, 20))
def test_pieces_cover_the_column_once_and_are_small(length, width):
    found = list(pieces.pieces(length, width))
    assert [i for piece in found for i in range(length)[piece]] == list(range(length))
    assert all(0 < piece.stop - piece.start <= max(1, 7 // max(1, width)) for piece in found)


@given(column=GROUPS)
def test_a_compact_column_holds_the_same_numbers(column):
    found = pieces.compact(column)
    assert_array_equal(found, column)
    assert found.dtype == column.dtype
    if len(column) > 1:
        assert (found.strides == (0,)) == (len(set(column.tolist())) == 1)


@given(columns=st.lists(st.tuples(st.integers(0, 1), st.integers(0, 3), st.booleans()), min_size=1, max_size=5))
def test_joined_columns_hold_what_they_held(columns):
    """Columns of one number each, which may or may not take memory."""
    parts = [np.full(size, number) if full else np.broadcast_to(number, (size,)) for number, size, full in columns]
    found = pieces.joined(parts)
    assert_array_equal(found, np.concatenate(parts))
    held = [part for part in parts if len(part)]
    if held and all(part.strides == (0,) for part in held) and len(set(np.concatenate(held).tolist())) == 1:
        assert found.strides == (0,)


def test_joined_unknown_weights_take_no_memory():
    found = pieces.joined([np.broadcast_to(np.nan, (5,)), np.broadcast_to(np.nan, (6,))])
    assert found.shape == (11,)
    assert found.strides == (0,)
    assert np.isnan(found).all()


@given(parts=st.lists(NUMBERS, min_size=1, max_size=6))
def test_parts_are_gathered_as_they_come(parts):
    first, second = pieces.gathered(((part, part + 1) for part in parts), np.int64)
    assert first.dtype == second.dtype == np.int64
    assert_array_equal(first, np.concatenate(parts))
    assert_array_equal(second, first + 1)


@given(numbers=NUMBERS)
def test_numbers_are_counted_and_put_in_order(numbers):
    assert_array_equal(pieces.tally(numbers, 12), np.bincount(numbers, minlength=12))
    assert_array_equal(pieces.starts(numbers, 10), np.searchsorted(np.sort(numbers), np.arange(11)))
    assert_array_equal(pieces.stable_order(numbers), np.argsort(numbers, kind="stable"))


@given(pre=NUMBERS, data=st.data())
def test_targets_are_those_of_the_graph(pre, data):
    post = data.draw(st.lists(st.integers(0, 9), min_size=len(pre), max_size=len(pre)))
    graph = nx.DiGraph(zip(pre.tolist(), post, strict=True))
    targets, start = pieces.targets_of(pre, np.array(post, dtype=np.int32), 10)
    for i in range(10):
        assert targets[start[i] : start[i + 1]].tolist() == (sorted(graph[i]) if i in graph else [])


@given(groups=GROUPS, data=st.data())
def test_the_first_of_each_group(groups, data):
    chosen = np.array(data.draw(st.lists(st.booleans(), min_size=len(groups), max_size=len(groups))), dtype=bool)
    for among in (None, chosen):
        first = pieces.first_of_each(groups, among)
        assert len(first) == groups.max(initial=-1) + 1
        for group, place in enumerate(first.tolist()):
            members = np.flatnonzero((groups == group) & (True if among is None else chosen))
            assert place == (members[0] if members.size else len(groups))


@pytest.mark.parametrize("scale", [1, 10**9, 10**15])
@given(groups=GROUPS)
def test_groups_are_numbered_as_they_appear(scale, groups):
    found = renumbered(groups.astype(np.int64) * scale)
    number = {}
    expected = [-1 if group < 0 else number.setdefault(group, len(number)) for group in groups.tolist()]
    assert found.tolist() == expected
    if (groups >= 0).all():
        assert renumbered(groups.astype(np.uint64) * np.uint64(scale)).tolist() == expected
