"""People whom somebody shows on their profile."""
