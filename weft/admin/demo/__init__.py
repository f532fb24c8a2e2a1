"""``make demo``: three servers on this machine with people on them who follow each other."""
