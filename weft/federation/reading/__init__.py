"""Reading what every server writes: ActivityStreams documents as the domain's words. Platforms add theirs."""
