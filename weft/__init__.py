"""Weft: one server and one account for the whole Fediverse."""
