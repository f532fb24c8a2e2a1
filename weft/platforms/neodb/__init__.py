"""NeoDB: marks and reviews of books, films, music, games."""
