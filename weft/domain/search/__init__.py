"""Finding posts and people by their words."""
