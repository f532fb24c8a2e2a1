"""The Mastodon client API, a Litestar application of its own."""
