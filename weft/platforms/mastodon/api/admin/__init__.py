"""What moderators' and admins' apps call."""
