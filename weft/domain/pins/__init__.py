"""Pins: posts and hashtags that an actor shows first on its profile."""
