"""Policies: rules that judge what arrives and what is posted here, before it has any effect."""
