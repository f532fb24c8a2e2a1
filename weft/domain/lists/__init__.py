"""Lists of people that somebody keeps for themselves."""
