"""What every test shares: hypothesis without a stopwatch, for machines that are busy with something else."""

from hypothesis import settings

# The suite is the same on every run; `make fuzz` looks for new examples.
settings.register_profile("suite", deadline=None, derandomize=True, max_examples=30)
settings.register_profile("fuzz", deadline=None, max_examples=1000, print_blob=True)
settings.load_profile("suite")
