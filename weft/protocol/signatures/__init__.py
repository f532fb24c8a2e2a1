"""Signed HTTP requests: which of the two forms a request carries, and whether it holds."""
