"""Numbers for moderators: what grows, who comes back, where it comes from."""
