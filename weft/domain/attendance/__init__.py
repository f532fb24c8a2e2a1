"""Who goes to an event: what people say of themselves, and what its organiser answers."""
