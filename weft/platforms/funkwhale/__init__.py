"""Funkwhale: music and podcasts in channels and libraries."""
