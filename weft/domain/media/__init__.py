"""Files that people add to what they post."""
