"""What each activity does: parse, verify who may do it, apply, tell. ``table.py`` lists them."""
