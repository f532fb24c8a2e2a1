"""What protects an account: second factor, passkeys, resets, and who else has a way in."""
