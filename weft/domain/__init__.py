"""What Weft knows and does, one folder per noun. No JSON-LD, no HTTP, no platform names."""
