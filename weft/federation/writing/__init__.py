"""Writing what every server reads: the domain's words as ActivityStreams documents. Platforms add theirs."""
