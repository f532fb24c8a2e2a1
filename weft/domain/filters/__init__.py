"""What somebody does not want to read."""
