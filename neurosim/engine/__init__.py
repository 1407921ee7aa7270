"""How it runs fast: a network compiled to blocks of arrays."""
