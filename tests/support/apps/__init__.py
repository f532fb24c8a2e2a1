"""Three programs that people use, behind one set of verbs, each signed in as its authors meant it.

Whatever a program shows is brought into the shape of Mastodon's API: ids are strings, times may be any.
"""
