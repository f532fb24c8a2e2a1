"""Mastodon's entities, rendered."""
