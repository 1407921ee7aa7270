"""What several of these tests say: it complains in these words, and leaves everything as it was."""

import contextlib
import re

import pytest

from tests.strategies import snapshot


def complains(kind, *words):
    """A context that requires an error of this kind whose message holds all of these words, in any case."""
    return pytest.raises(kind, match="(?i)" + "".join(f"(?=(?s:.*){re.escape(word)})" for word in words))


@contextlib.contextmanager
def unchanged(net):
    """A context that requires the network to be the same afterwards, down to the identity of its columns."""
    before, columns = snapshot(net), (net.structure, net.weights, net.thresholds)
    yield
    assert snapshot(net) == before
    assert all(a is b for a, b in zip((net.structure, net.weights, net.thresholds), columns, strict=True))
