"""A platform's dialect: what everybody gets, in the forms that the table names for the platform."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from weft.domain.actors.queries import KeyRow
from weft.domain.actors.records import Actor
from weft.domain.actors.store import RemoteActor
from weft.domain.collections.records import Collection, Entry
from weft.domain.events import (
    Boosted,
    BoostUndone,
    FollowAnswered,
    FollowRequested,
    FollowUndone,
    PostEdited,
    PostPublished,
    Reacted,
    ReactionUndone,
)
from weft.domain.server import Server
from weft.federation.dialects import Dialect, JsonObject, RemotePost
from weft.federation.facts import PostFacts
from weft.federation.forms import posts, reactions
from weft.federation.forms.reactions import EMOJI_CONTEXT, Mark
from weft.federation.forms.said import Said, is_between_two, said_in, takes_chat
from weft.federation.forms.table import Form, Platform
from weft.federation.writing.leave import LEAVE_TERMS, leave_members

Write = Callable[[Server, PostFacts], JsonObject | None]
Writers = Mapping[Said, Write]
"""What a platform writes in a type of its own; with ``@context`` where it needs another than ours. One
that gives None leaves the post to the form of the table."""


def own(context: Any, write: Write, *said: Said) -> dict[Said, Write]:
    """A writer whose documents are in this ``@context``, for some kinds."""

    def with_context(server: Server, facts: PostFacts) -> JsonObject | None:
        document = write(server, facts)
        return {"@context": context} | document if document is not None else None

    return dict.fromkeys(said, with_context)


_FOLLOWS = (FollowRequested, FollowUndone, FollowAnswered)
_TERMS: Mapping[str, JsonObject] = {
    "dcterms:subject": {"dcterms": "http://purl.org/dc/terms/"},
    "_misskey_talk": {"_misskey_talk": "misskey:_misskey_talk"},
}
"""Members that only some documents have, and what they mean."""


class PlatformDialect:
    """See ``weft.federation.dialects.Dialect``. Reads, and writes all but posts, boosts and reactions,
    as ``base`` does."""

    def __init__(self, base: Dialect, platform: Platform, writers: Writers | None = None) -> None:
        self.name = platform.name
        self.platform = platform
        self.post_context = base.post_context
        self._base = base
        self._writers = writers or {}

    def form(self, said: Said) -> Form:
        """In which form this is sent: the cell of the table, unless the platform's own writer has a
        better one."""
        cell = self.platform.cells[said]
        return Form.OWN if said in self._writers and not cell.startswith("native") else cell

    def cells_for(self, facts: PostFacts) -> Mapping[Said, Form]:
        """The table's column; another for answers, where a platform takes nothing else."""
        answers = self.platform.answers
        if answers is None:
            return self.platform.cells
        named = self.platform.hears_names and bool(facts.mentioned)
        is_answer = facts.post.in_reply_to_uri is not None
        return answers if is_answer or named else self.platform.cells

    def posted(self, server: Server, facts: PostFacts) -> JsonObject | None:
        """A post's document, or None if the platform has no use for it."""
        if facts.post.boost_of_id is not None:
            boost = self._base.write_post(server, facts)
            return boost if self.form(Said.BOOST) is not Form.NOT_SENT else None
        said = said_in(facts)
        if self.platform.direct_is_chat and is_between_two(facts):
            said = Said.CHAT
        # Of those that have types of their own, none of them can quote a post.
        write = self._writers.get(said) if facts.quote is None else None
        if write is not None and (document := write(server, facts)) is not None:
            return document
        form = self.cells_for(facts)[said]
        if form is Form.NOT_SENT:
            return None
        return self._shaped(form, self._base.write_post(server, facts), facts)

    def _shaped(self, form: Form, document: JsonObject, facts: PostFacts) -> JsonObject:
        cells = self.cells_for(facts)
        if form is Form.CHAT_MESSAGE and not takes_chat(facts):
            form = Form.DIRECT
        if facts.quote is not None:
            match cells[Said.QUOTE]:
                case Form.QUOTED:
                    document = posts.without_re_line(document, facts)
                case Form.RE_LINE:
                    document = posts.only_re_line(document, facts)
        if cells[Said.CUSTOM_EMOJI] is Form.AS_TEXT:
            document = posts.without_emoji(document)
        shaped = posts.reshape(form, document, facts)
        return self._with_terms(posts.for_pixelfed(shaped) if self.platform.needs_file else shaped)

    def _with_terms(self, document: JsonObject) -> JsonObject:
        more = [terms for name, terms in _TERMS.items() if name in document]
        if document["type"] == "ChatMessage":
            more.append({"ChatMessage": "litepub:ChatMessage"})
        if not more:
            return document
        return {"@context": [*self.post_context, *more]} | document

    def write_post(self, server: Server, facts: PostFacts) -> JsonObject:
        """The document that is served: of what this platform gets none, everybody's."""
        return self.posted(server, facts) or self._base.write_post(server, facts)

    def write_activity(self, server: Server, uri: str, event: Any, about: Any) -> JsonObject | None:
        if self.platform.only_follows and not isinstance(event, _FOLLOWS):
            return None
        match event:
            case PostPublished() | PostEdited():
                return self._told(server, uri, event, about)
            case Boosted() | BoostUndone() if self.form(Said.BOOST) is Form.NOT_SENT:
                return None
            case Reacted():
                return self._reacted(server, about)
            case ReactionUndone():
                return self._unreacted(server, uri, event, about)
            case _:
                return self._base.write_activity(server, uri, event, about)

    def _told(self, server: Server, uri: str, event: Any, about: Any) -> JsonObject | None:
        """A Create or an Update around the post in its form."""
        if about.post is None:
            return None
        document = self.posted(server, about.post)
        activity = self._base.write_activity(server, uri, event, about)
        if document is None or activity is None:
            return None
        # What became of something that it has is told in any case: a picture may have been taken out.
        is_new = isinstance(event, PostPublished)
        if is_new and self.platform.needs_file and posts.is_dropped_by_pixelfed(document):
            return None
        context = document.pop("@context", activity["@context"])
        # Groups look at the activity first (FEP-1b12).
        addressed = {name: document[name] for name in ("to", "cc", "audience") if name in document}
        activity = {name: value for name, value in activity.items() if name not in ("to", "cc")}
        return activity | addressed | {"@context": context, "object": document}

    def _reacted(self, server: Server, about: Any) -> JsonObject | None:
        if about.reaction is None or about.post is None:
            return None
        row = about.reaction
        mark = Mark(row.id, row.uri, row.kind, row.value, row.icon_url)
        if reactions.is_said_already(self.platform, about.others, mark):
            return None
        document = self._marked(server, mark, about)
        if document is None or not (leave := leave_members(about.leave)):
            return document
        context = document["@context"]
        listed = context if isinstance(context, list) else [context]
        return document | leave | {"@context": [*listed, LEAVE_TERMS]}

    def _unreacted(
        self, server: Server, uri: str, event: ReactionUndone, about: Any
    ) -> JsonObject | None:
        mark = Mark(event.reaction_id, event.uri, event.kind, event.value)
        if reactions.is_still_said(self.platform, about.others, mark):
            return None
        inner = self._marked(server, mark, about)
        if inner is None:
            return None
        return {
            "@context": inner.pop("@context"),
            "id": uri,
            "type": "Undo",
            "actor": about.actor_uri,
            "object": inner,
        }

    def _marked(self, server: Server, mark: Mark, about: Any) -> JsonObject | None:
        said = reactions.said_by(mark.kind)
        form = self.form(said) if said is not None else Form.NOT_SENT
        if form is Form.NOT_SENT:
            return None
        document = reactions.written(server, mark, form, about.actor_uri, about.object_uri)
        context = EMOJI_CONTEXT if "content" in document else reactions.AS
        return {"@context": context} | document

    def timestamp(self, at_ms: int) -> str:
        return self._base.timestamp(at_ms)

    def type_of_actor(self, actor: Actor) -> str:
        return self._base.type_of_actor(actor)

    def write_actor(self, server: Server, actor: Actor, keys: Sequence[KeyRow]) -> JsonObject:
        return self._base.write_actor(server, actor, keys)

    def write_stamp(
        self, uri: str, author_uri: str, quoting_uri: str, quoted_uri: str
    ) -> JsonObject:
        return self._base.write_stamp(uri, author_uri, quoting_uri, quoted_uri)

    def write_collection(self, server: Server, facts: Any) -> JsonObject:
        return self._base.write_collection(server, facts)

    def write_item(self, server: Server, collection: Collection, entry: Entry) -> JsonObject:
        return self._base.write_item(server, collection, entry)

    def write_feature_stamp(self, uri: str, collection_uri: str, person_uri: str) -> JsonObject:
        return self._base.write_feature_stamp(uri, collection_uri, person_uri)

    def write_approval(
        self, kind: str, uri: str, author_uri: str, interaction_uri: str, target_uri: str
    ) -> JsonObject:
        return self._base.write_approval(kind, uri, author_uri, interaction_uri, target_uri)

    def read_actor(self, document: JsonObject) -> RemoteActor:
        return self._base.read_actor(document)

    def read_post(self, document: JsonObject, followers_uri: str | None) -> RemotePost:
        return self._base.read_post(document, followers_uri)
