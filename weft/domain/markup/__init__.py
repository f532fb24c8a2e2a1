"""What people write, as HTML, plain text and Markdown: pure functions, no I/O."""
