"""Cards: what the page behind a link says of itself."""
