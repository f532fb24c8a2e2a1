"""Pleroma, Akkoma, Rebased."""
