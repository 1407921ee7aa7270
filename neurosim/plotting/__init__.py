"""How it looks: the only room that draws."""
