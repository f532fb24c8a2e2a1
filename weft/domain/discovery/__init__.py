"""Finding people: through those whom one follows, on this server, and everywhere."""
