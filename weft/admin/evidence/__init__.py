"""Receipts of what was purged, and archives of what is held: signed by the server, so that they can be shown."""
