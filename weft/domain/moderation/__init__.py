"""What moderators and admins decide, and what becomes of it."""
