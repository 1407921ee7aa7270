"""Real data that comes with the package."""
