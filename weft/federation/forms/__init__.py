"""In which form each platform gets what people here say: a table, and what is written by it."""
