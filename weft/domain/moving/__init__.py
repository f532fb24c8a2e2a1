"""Arriving and leaving: what people bring along and take away, as files."""
