"""The streaming API: what happens, told to who listens."""
