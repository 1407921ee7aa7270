"""Data to learn from: real data that comes with the package, small sets made by a rule, and files of your own."""

from neurosim.datasets.digits import Digits, digits
from neurosim.datasets.placed_digits import PlacedDigits, Shown, digits_somewhere
from neurosim.datasets.planar import moons, xor
from neurosim.datasets.reading import Samples, read

__all__ = ["Digits", "PlacedDigits", "Samples", "Shown", "digits", "digits_somewhere", "moons", "read", "xor"]
