"""One folder per platform: its dialect, its client API, its import and export."""
