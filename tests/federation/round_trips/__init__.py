"""What each platform sends, read, stored, read back and written again in that platform's form."""
