"""GoToSocial: Mastodon's form, and who may like, answer and boost."""
