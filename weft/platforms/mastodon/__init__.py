"""Mastodon: its dialect of ActivityPub and its client API."""
