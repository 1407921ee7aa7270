"""What it means: measures of what a network does."""
