"""Mobilizon and Gancio: events."""
