"""Lemmy: its client API over the communities that this server holds."""
