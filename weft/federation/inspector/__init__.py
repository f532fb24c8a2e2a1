"""The inspector: what became of everything that came in and went out, and doing it again."""
