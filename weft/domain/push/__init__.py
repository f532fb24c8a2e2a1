"""Telling people's applications of notifications through push services (Web Push)."""
