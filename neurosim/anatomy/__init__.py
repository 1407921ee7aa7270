"""What is there: neurons, synapses, regions and how they are wired."""
