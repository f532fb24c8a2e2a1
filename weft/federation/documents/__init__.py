"""What this server says of itself, its people and their posts, to software that asks."""
