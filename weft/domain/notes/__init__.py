"""What a person writes down about others, for themselves alone."""
