"""What people read and do here, page by page."""
