"""Communities: groups that threads and comments are addressed to."""
