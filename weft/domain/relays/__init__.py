"""Relays: servers that pass public posts of many servers on to each other."""
