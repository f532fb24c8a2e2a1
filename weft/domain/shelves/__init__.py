"""Shelves, lists of books, playlists and music libraries: ordered gatherings of items."""
