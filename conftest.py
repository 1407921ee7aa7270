"""What tests and examples in docstrings share: the pictures that one of them has drawn are closed after it."""

import sys

import pytest


@pytest.fixture(autouse=True)
def _no_picture_left_open():
    yield
    if "matplotlib.pyplot" in sys.modules:
        sys.modules["matplotlib.pyplot"].close("all")
