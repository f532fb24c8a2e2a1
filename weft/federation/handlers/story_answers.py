"""``Story:Reply`` and ``Story:Reaction`` (section 4 of the interop notes of Pixelfed)."""

from dataclasses import replace
from html import escape
from typing import Any

from weft.domain.actors.queries import actor_by_uri
from weft.federation.handlers.posts import receive_create
from weft.federation.handlers.received import Apply, Received, Tools, Verdict, ignored, refused
from weft.protocol.activitystreams import first_id, text_of
from weft.protocol.origins import same_origin

_TEXT = 2000


async def receive_story_answer(tools: Tools, got: Received) -> Apply | Verdict:
    """A direct message to whose story it is."""
    uri, to = first_id(got.document.get("id")), first_id(got.document.get("to"))
    said = (text_of(got.document.get("content")) or "").strip()[:_TEXT]
    if uri is None or to is None or not said:
        return refused("an answer to a story needs an id, somebody it is to, and words")
    whom = await tools.db.one(actor_by_uri, uri=to)
    if whom is None or not whom.local or not whom.stands:
        return ignored("it is to nobody of this server")
    note: dict[str, Any] = {
        "id": uri.removesuffix("/activity") if uri.endswith("/activity") else f"{uri}#message",
        "type": "Note",
        "attributedTo": got.signer.uri,
        "to": [whom.uri],
        "content": f"<p>{escape(said)}</p>",
        "published": got.document.get("published"),
        "tag": [{"type": "Mention", "href": whom.uri, "name": f"@{whom.username}"}],
    }
    # Which of theirs it is about: never fetched, because their own server is this one.
    about = first_id(got.document.get("inReplyTo"))
    if about is not None and same_origin(about, tools.server.origin):
        note["inReplyTo"] = about
    document = {
        "id": uri,
        "type": "Create",
        "actor": got.signer.uri,
        "to": note["to"],
        "object": note,
    }
    return await receive_create(tools, replace(got, document=document, type="Create"))
