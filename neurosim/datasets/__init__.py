"""Real data that comes with the package."""

from neurosim.datasets.digits import Digits, digits

__all__ = ["Digits", "digits"]
