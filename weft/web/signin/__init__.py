"""Signing in with a browser, letting applications in (OAuth 2), and the first admin."""
