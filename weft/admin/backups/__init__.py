"""Backups: one archive with the database, the uploaded files and the wrapped secret key."""
