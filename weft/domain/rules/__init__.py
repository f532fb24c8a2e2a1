"""The rules of this server, which people agree to and reports point at."""
