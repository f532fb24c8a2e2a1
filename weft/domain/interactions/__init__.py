"""The leave to like, answer and boost, where the author of a post wants to be asked."""
