"""How it changes: losses, optimizers, training."""
