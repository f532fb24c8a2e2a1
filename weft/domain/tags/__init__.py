"""Hashtags: who follows and features them, and how much they are used."""
