"""Taking letters to the mail server."""
