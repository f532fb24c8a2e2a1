"""Weft's own pages and the assets they need."""
