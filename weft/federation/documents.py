"""Documents by id: what this server says of itself, its people and their posts.

Only what an anonymous reader may see is given out here; documents that need a signer in their
audience (followers-only posts by id) come with authorized fetch. What may not be seen is missing,
not forbidden. Actor documents are kept as bytes by revision.
"""

from collections import OrderedDict

from sqlalchemy import Select, bindparam, select

from weft.domain.actors.queries import (
    actor_by_id,
    actor_by_uri,
    actors_by_handles,
    counts_of,
    keys_of,
    object_by_uri,
)
from weft.domain.actors.records import Actor
from weft.domain.posts.queries import POST_COLUMNS, posts_by_author, posts_for, shown, with_targets
from weft.domain.posts.records import Post
from weft.domain.server import Server
from weft.domain.usage import UsageCounter
from weft.domain.visibility.viewer import Anonymous, kind_of, viewer_params
from weft.federation.asgi import encode
from weft.federation.dialects import Dialect, JsonObject
from weft.federation.facts import post_facts
from weft.federation.stamps import stamp_document
from weft.protocol import hostmeta, nodeinfo, webfinger
from weft.storage.database import Database
from weft.storage.ids import MAX_ID
from weft.storage.schema.posts import post
from weft.storage.statements import query

KEPT = 2048
PAGE = 20
_AS = "https://www.w3.org/ns/activitystreams"
_ANYONE = Anonymous()


class Missing(Exception):
    """Nothing there, or nothing for this reader."""


class Gone(Exception):
    """Something was there."""

    def __init__(self, uri: str) -> None:
        super().__init__(uri)
        self.tombstone = {"@context": _AS, "id": uri, "type": "Tombstone"}


@query(row=Post, bounded=True)
def public_replies() -> Select:
    """Replies to a post that anybody may see, oldest first."""
    return (
        select(*POST_COLUMNS)
        .select_from(with_targets())
        .where(post.c.in_reply_to_id == bindparam("parent"), shown("anonymous", "show"))
        .limit(bindparam("limit"))
    )


class Documents:
    """Reads and writes down, for whoever asks."""

    def __init__(self, db: Database, server: Server, dialect: Dialect, version: str) -> None:
        self._db = db
        self._server = server
        self._dialect = dialect
        self._version = version
        self._usage = UsageCounter(db, server)
        self._actors: OrderedDict[int, tuple[int, bytes]] = OrderedDict()

    async def local_actor(self, actor_id: int) -> Actor:
        """Raises Missing or Gone."""
        row = await self._db.one(actor_by_id, id=actor_id)
        if row is None or not row.local:
            raise Missing
        if row.deleted_at is not None:
            raise Gone(row.uri)
        return row

    async def page(self, kind: str, id_: int, part: str) -> str | None:
        """Where people read what software reads here."""
        if part:
            return None
        if kind == "actors":
            return (await self.local_actor(id_)).url
        if kind == "posts":
            row = await self._public_post(id_)
            author = await self._db.one(actor_by_id, id=row.author_id)
            return f"{author.url}/{row.id}" if author is not None else None
        return None

    async def body(self, kind: str, id_: int, part: str, page: dict[str, str | None]) -> bytes:
        """The bytes of a document. Raises Missing or Gone."""
        if kind == "actors":
            if not part:
                return await self._actor(id_)
            return encode(await self._of_actor(await self.local_actor(id_), part, page))
        if kind == "posts":
            return encode(await self._of_post(id_, part))
        if kind == "stamps" and not part:
            stamp = await stamp_document(self._db, self._server, self._dialect, id_)
            if stamp is not None:
                return encode(stamp)
        raise Missing

    async def _actor(self, actor_id: int) -> bytes:
        row = await self.local_actor(actor_id)
        kept = self._actors.get(actor_id)
        if kept is not None and kept[0] == row.revision:
            return kept[1]
        keys = await self._db.all(keys_of, actor_id=actor_id)
        body = encode(self._dialect.write_actor(self._server, row, keys))
        self._actors[actor_id] = (row.revision, body)
        if len(self._actors) > KEPT:
            self._actors.popitem(last=False)
        return body

    async def _of_actor(self, row: Actor, part: str, page: dict[str, str | None]) -> JsonObject:
        counts = await self._db.one(counts_of, ids=[row.id])
        match part:
            case "outbox":
                return await self._outbox(row, page, counts.posts if counts else 0)
            case "followers" | "following":
                total = 0
                if counts is not None and not row.hides_network:
                    total = counts.followers if part == "followers" else counts.following
                return _collection(f"{row.uri}/{part}", total)
            case "collections/featured":
                return _collection(f"{row.uri}/{part}", 0) | {"orderedItems": []}
            case _:
                raise Missing

    async def _outbox(self, row: Actor, page: dict[str, str | None], total: int) -> JsonObject:
        uri = f"{row.uri}/outbox"
        if page.get("page") is None:
            return _collection(uri, total) | {
                "first": f"{uri}?page=true",
                "last": f"{uri}?min_id=0&page=true",
            }
        max_id, min_id = _number(page.get("max_id"), MAX_ID), _number(page.get("min_id"), None)
        posts = await self._db.all(
            posts_by_author,
            who="anonymous",
            newer=min_id is not None,
            author=row.id,
            max_id=max_id,
            min_id=min_id or 0,
            limit=PAGE,
        )
        if min_id is not None:
            posts.reverse()
        items = [item for each in posts if (item := await self._activity(each.id)) is not None]
        document: JsonObject = {
            "@context": _AS,
            "id": f"{uri}?page=true",
            "type": "OrderedCollectionPage",
            "partOf": uri,
            "orderedItems": items,
        }
        if posts:
            document["next"] = f"{uri}?max_id={posts[-1].id}&page=true"
            document["prev"] = f"{uri}?min_id={posts[0].id}&page=true"
        return document

    async def _public_post(self, post_id: int) -> Post:
        rows = await self._db.all(
            posts_for,
            who=kind_of(_ANYONE),
            purpose="show",
            ids=[post_id],
            **viewer_params(_ANYONE, 0),
        )
        if rows and rows[0].local:
            return rows[0]
        uri = self._server.post_uri(post_id)
        buried = await self._db.one(object_by_uri, uri=uri)
        if buried is not None and buried.deleted_at is not None:
            raise Gone(uri)
        raise Missing

    async def _of_post(self, post_id: int, part: str) -> JsonObject:
        row = await self._public_post(post_id)
        match part:
            case "":
                facts = await post_facts(self._db, row.id)
                if facts is None:
                    raise Missing
                return {"@context": _AS} | self._dialect.write_post(self._server, facts)
            case "activity":
                activity = await self._activity(row.id)
                if activity is None:
                    raise Missing
                return {"@context": _AS} | activity
            case "replies":
                rows = await self._db.all(public_replies, parent=row.id, limit=1000)
                items = [each.uri for each in sorted(rows, key=lambda each: each.id)]
                uri = f"{row.uri}/replies"
                first = {"type": "CollectionPage", "partOf": uri, "items": items}
                return {"@context": _AS, "id": uri, "type": "Collection", "first": first}
            case _:
                raise Missing

    async def _activity(self, post_id: int) -> JsonObject | None:
        """A post inside the activity that made it; a boost is one itself."""
        facts = await post_facts(self._db, post_id)
        if facts is None:
            return None
        document = self._dialect.write_post(self._server, facts)
        if facts.post.boost_of_id is not None:
            return document
        return {
            "id": f"{facts.post.uri}/activity",
            "type": "Create",
            "actor": facts.author.uri,
            "published": document["published"],
            "to": document["to"],
            "cc": document["cc"],
            "object": document,
        }

    async def webfinger(self, resource: str) -> JsonObject | None:
        """The JRD of one of ours, asked for by ``acct:`` or by any of its addresses."""
        try:
            asked = webfinger.parse_resource(resource)
        except webfinger.BadWebfinger:
            return None
        if asked.handle is not None:
            name, domain = asked.handle
            if domain not in {self._server.domain, self._server.host}:
                return None
            row = await self._by_name(name)
        else:
            row = await self._by_address(asked.uri or "")
        if row is None or not row.local or not row.stands:
            return None
        return webfinger.build_jrd(
            subject=f"acct:{row.username}@{row.domain}", actor_uri=row.uri, page_url=row.url
        )

    async def _by_address(self, uri: str) -> Actor | None:
        row = await self._db.one(actor_by_uri, uri=uri)
        if row is not None:
            return row
        name = uri.removeprefix(f"{self._server.origin}/@")
        return None if name == uri or "/" in name else await self._by_name(name)

    async def _by_name(self, name: str) -> Actor | None:
        """One of our own actors."""
        handle = f"{name}@{self._server.domain}".casefold()
        rows = await self._db.all(actors_by_handles, handles=[handle])
        return next((each for each in rows if each.local), None)

    async def uri_of_page(self, name: str, post_id: str | None) -> str | None:
        """The id of what people read at ``/@name`` or ``/@name/post_id``."""
        author = await self._by_name(name)
        if author is None or not author.stands:
            return None
        if post_id is None:
            return author.uri
        try:
            row = await self._public_post(int(post_id))
        except (Missing, Gone):
            return None
        return row.uri if row.author_id == author.id else None

    def host_meta(self) -> str:
        return hostmeta.build(self._server.origin)

    def nodeinfo_index(self) -> JsonObject:
        return nodeinfo.build_index(self._server.origin)

    async def nodeinfo(self, version: str) -> JsonObject:
        used = await self._usage.now()
        return nodeinfo.build(
            version,
            software_version=self._version,
            open_registrations=False,
            users=used.people,
            active_month=used.month,
            active_half_year=used.half_year,
            local_posts=used.posts,
        )


def _collection(uri: str, total: int) -> JsonObject:
    return {"@context": _AS, "id": uri, "type": "OrderedCollection", "totalItems": total}


def _number(text: str | None, otherwise: int | None) -> int | None:
    return int(text) if text is not None and text.isdigit() and len(text) < 17 else otherwise
