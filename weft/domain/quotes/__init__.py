"""Quotes: a post that shows another, with its author's leave (FEP-044f)."""
