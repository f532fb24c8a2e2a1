"""Castopod: podcasts and their episodes."""
