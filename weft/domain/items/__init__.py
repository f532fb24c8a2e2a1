"""Works, editions, authors, artists, albums, tracks, films: reviewed, shelved, played, never spoken."""
