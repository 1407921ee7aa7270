"""``python -m neurosim`` is ``neurosim``."""

from neurosim.cli import main

if __name__ == "__main__":
    main()
