"""Pictures without windows, and none left over."""

import pytest


@pytest.fixture(autouse=True)
def _no_windows():
    import matplotlib

    matplotlib.use("agg")
    import matplotlib.pyplot as plt

    yield
    plt.close("all")
