"""Lemmy's client API, version 3 (0.19): the calls that read."""
