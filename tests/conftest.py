"""What every test shares: hypothesis without a stopwatch, for machines that are busy with something else."""

from hypothesis import settings

settings.register_profile("neurosim", deadline=None, print_blob=True)
settings.load_profile("neurosim")
