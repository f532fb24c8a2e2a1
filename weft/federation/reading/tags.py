"""Hashtags that are not written as hashtags."""

from weft.domain.markup.extract import is_hashtag, tag_name
from weft.domain.posts.records import Tag


def loose_tag(words: str) -> Tag | None:
    """``free software`` is the hashtag #freeSoftware: each word after the first begins with a
    capital, so that it can be read aloud."""
    first, *others = words.strip().lstrip("#").split()[:10] or [""]
    display = first + "".join(each[:1].upper() + each[1:] for each in others)
    if not is_hashtag(display):
        display = "".join(char for char in display if char.isalnum() or char == "_")
    name = tag_name(display)
    return Tag(name=name, display=display) if name and is_hashtag(display) else None
