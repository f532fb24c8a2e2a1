"""Stories of other servers: a picture or video for a day, shown to followers."""
