"""Media: intake, safety limits, variants and where the bytes are stored."""
