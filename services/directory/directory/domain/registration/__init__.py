"""How a family comes in: the codes of its printed sheet, and what follows (DIR-6 … DIR-8)."""
