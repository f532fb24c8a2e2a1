"""What many people talk about now."""
