"""Reports: what people tell the moderators of actors and their posts."""
