"""Settings of one Weft server, read once at start."""
