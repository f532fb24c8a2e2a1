"""Questions, and votes in them."""

from weft.domain.markup.plain import html_to_text
from weft.domain.posts.records import NewPoll
from weft.federation.dialects import JsonObject
from weft.federation.reading.values import count, total
from weft.protocol.activitystreams import objects, text_of, when_ms

_OPTIONS = 20


def poll(document: JsonObject) -> NewPoll | None:
    multiple = bool(objects(document.get("anyOf")))
    answers = objects(document.get("anyOf")) or objects(document.get("oneOf"))
    titles = [html_to_text(text_of(each.get("name")) or "")[:500] for each in answers]
    options = tuple(title for title in titles if title)[:_OPTIONS]
    if not options:
        return None
    return NewPoll(
        options=options,
        multiple=multiple,
        ends_at=when_ms(document.get("endTime")) or when_ms(document.get("closed")),
    )


def tally(document: JsonObject) -> tuple[int, ...]:
    """Votes in the order of the options."""
    answers = objects(document.get("anyOf")) or objects(document.get("oneOf"))
    return tuple(
        total(each.get("replies")) or count(each.get("_misskey_votes"))
        for each in answers
        if html_to_text(text_of(each.get("name")) or "")
    )[:_OPTIONS]


def vote(document: JsonObject, type_: str, in_reply_to: str | None) -> str | None:
    if type_ != "Note" or in_reply_to is None or text_of(document.get("content")):
        return None
    return text_of(document.get("name"))
