"""What every test shares: hypothesis without a stopwatch, for machines that are busy with something else."""

import pytest
from hypothesis import settings

# The suite is the same on every run; `make fuzz` looks for new examples.
settings.register_profile("suite", deadline=None, derandomize=True, max_examples=20)
settings.register_profile("fuzz", deadline=None, max_examples=1000, print_blob=True)
settings.load_profile("suite")

# Kernels are compiled once, so all tests of them run in one process.
KERNELS = pytest.mark.xdist_group("kernels")


@pytest.fixture(scope="module", params=["numpy", pytest.param("numba", marks=KERNELS)])
def either_backend(request):
    """The test runs on each backend; what it asks of one it asks of the other."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NEUROSIM_BACKEND", request.param)
        yield request.param
