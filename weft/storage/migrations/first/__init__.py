"""The first revision's tables, one file per group of nouns. Written once; never changed again."""
