"""What people listened to: scrobbles, which are in no timeline."""
