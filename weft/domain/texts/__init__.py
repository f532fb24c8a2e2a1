"""Texts that the operator writes: about this server, privacy, terms."""
