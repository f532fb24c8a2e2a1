"""Documents by id: people, posts, activities, stamps, and the collections that belong to them.

Each is read as its reader may see it: the visibility rule decides, as everywhere. What may not be
seen is missing, not forbidden. Actor documents are kept as bytes by revision.
"""

from collections import OrderedDict

import msgspec

from weft.domain.actors.queries import actor_by_id, counts_of, keys_of, object_by_uri
from weft.domain.actors.records import Actor, ActorKind
from weft.domain.events import Announced, Event
from weft.domain.pins.queries import featured_tags, pinned_posts
from weft.domain.posts.queries import posts_by_author, posts_for, stats_of
from weft.domain.posts.records import Post
from weft.domain.relations.lists import followed_by, followers_of
from weft.domain.server import Server
from weft.domain.visibility.viewer import Anonymous, Viewer, kind_of, viewer_params
from weft.federation.asgi import encode
from weft.federation.collection_facts import (
    collection_facts,
    feature_stamp,
    item_facts,
    listed_facts,
    page_of_collection,
)
from weft.federation.dialects import Dialect, JsonObject
from weft.federation.documents.answers import (
    AS,
    NETWORK_PAGE,
    PAGE,
    Gone,
    Missing,
    Suspended,
    collection,
    number,
    page_of,
    small_collection,
)
from weft.federation.documents.groups import (
    OUTBOX,
    group_members,
    moderators_document,
    with_members,
    write_announced,
    write_pinned,
)
from weft.federation.documents.queries import (
    activity_by_id,
    revision_of_documented,
    thread_page,
    uris_of_actors,
    visible_replies,
)
from weft.federation.facts import post_facts
from weft.federation.hosting import activity_of_uri, announce_uri
from weft.federation.rendering import Renderer
from weft.federation.stamps import approval_document, stamp_document
from weft.storage.database import Database
from weft.storage.ids import MAX_ID

KEPT = 2048
MOST_PINS = 100
MOST_REPLIES = 1000
ANYONE = Anonymous()


class Documents:
    """Reads and writes down, for whoever asks."""

    def __init__(self, db: Database, server: Server, dialect: Dialect, renderer: Renderer) -> None:
        self._db = db
        self._server = server
        self._dialect = dialect
        self._renderer = renderer
        self._actors: OrderedDict[int, tuple[int, bytes]] = OrderedDict()

    async def local_actor(self, actor_id: int) -> Actor:
        """Raises Missing, Gone or Suspended."""
        row = await self._kept_actor(actor_id)
        if row.suspended_at is not None:
            raise Suspended
        return row

    async def _kept_actor(self, actor_id: int) -> Actor:
        """One of ours, also while they are suspended: their document says so itself."""
        row = await self._db.one(actor_by_id, id=actor_id)
        if row is None or not row.local or row.is_applicant:
            raise Missing
        if row.deleted_at is not None:
            raise Gone(row.uri, self._dialect.type_of_actor(row))
        return row

    async def page(self, kind: str, id_: int, part: str) -> str | None:
        """Where people read what software reads here."""
        if part:
            return None
        if kind == "actors":
            return (await self._kept_actor(id_)).url
        if kind == "posts":
            row = await self._post(id_, ANYONE)
            author = await self._db.one(actor_by_id, id=row.author_id)
            return f"{author.url}/{row.id}" if author is not None else None
        if kind == "collections":
            return await page_of_collection(self._db, id_)
        return None

    async def body(
        self, kind: str, id_: int, part: str, page: dict[str, str | None], viewer: Viewer
    ) -> bytes:
        """The bytes of a document. Raises Missing, Gone or Suspended."""
        match kind:
            case "actors" if not part:
                return await self._actor(id_)
            case "actors":
                return encode(await self._of_actor(await self.local_actor(id_), part, page, viewer))
            case "posts":
                return encode(await self._of_post(id_, part, viewer))
            case "activities" if not part:
                return await self._activity(id_, viewer)
            case "contexts" if not part:
                return encode(await self._thread(id_, page, viewer))
            case "stamps" if not part:
                stamp = await stamp_document(self._db, self._server, self._dialect, id_)
                if stamp is not None:
                    return encode(stamp)
            case "collections" | "items" | "features" if not part:
                found = await self._of_people(kind, id_, viewer)
                if found is not None:
                    return encode(found)
            case "approvals" if not part:
                approval = await approval_document(self._db, self._server, self._dialect, id_)
                if approval is not None:
                    return encode(approval)
        raise Missing

    async def _of_people(self, kind: str, id_: int, viewer: Viewer) -> JsonObject | None:
        """A collection of people, somebody's place in one, or their leave to be in one."""
        if kind == "features":
            return await feature_stamp(self._db, self._server, self._dialect, id_)
        if kind == "items":
            place = await item_facts(self._db, id_, viewer)
            return self._dialect.write_item(self._server, *place) if place is not None else None
        facts = await collection_facts(self._db, id_, viewer)
        return self._dialect.write_collection(self._server, facts) if facts is not None else None

    async def of_own(self, actor_id: int) -> JsonObject:
        """The document of an actor of this server. Raises Missing or Gone."""
        whole: JsonObject = msgspec.json.decode(await self._actor(actor_id))
        return whole

    async def stub(self, actor_id: int) -> bytes:
        """What must be known of an actor to verify its signatures, and nothing more."""
        whole = await self.of_own(actor_id)
        names = (
            "@context", "id", "type", "preferredUsername", "inbox", "outbox", "endpoints", "url",
            "publicKey", "assertionMethod", "manuallyApprovesFollowers",
        )  # fmt: skip
        return encode({name: whole[name] for name in names if name in whole})

    async def _actor(self, actor_id: int) -> bytes:
        kept = self._actors.get(actor_id)
        if kept is not None:
            # One column instead of forty: servers ask for this more often than for all else.
            current = await self._db.one(revision_of_documented, id=actor_id)
            if current is not None and current[0] == kept[0]:
                return kept[1]
        row = await self._kept_actor(actor_id)
        keys = await self._db.all(keys_of, actor_id=actor_id)
        document = self._dialect.write_actor(self._server, row, keys)
        if row.kind == ActorKind.GROUP and row.suspended_at is None:
            document = with_members(document, await group_members(self._db, row))
        body = encode(document)
        self._actors[actor_id] = (row.revision, body)
        if len(self._actors) > KEPT:
            self._actors.popitem(last=False)
        return body

    async def _of_actor(
        self, row: Actor, part: str, page: dict[str, str | None], viewer: Viewer
    ) -> JsonObject:
        uri = f"{row.uri}/{part}"
        match part:
            case "outbox" if row.kind == ActorKind.GROUP:
                return await self._passed_on(row)
            case "outbox":
                return await self._outbox(row, page, viewer)
            case "moderators" if row.kind == ActorKind.GROUP:
                return await moderators_document(self._db, row)
            case _ if part.startswith("announces/") and row.kind == ActorKind.GROUP:
                return await self._announced(f"{row.uri}/{part}") or _missing()
            case "followers" | "following":
                return await self._network(row, part, page)
            case "collections/featured":
                rows = await self._db.all(
                    pinned_posts,
                    who=kind_of(viewer),
                    owner=row.id,
                    limit=MOST_PINS,
                    **viewer_params(viewer, self._server.now_ms(), "show"),
                )
                if row.kind == ActorKind.GROUP:
                    facts = [await post_facts(self._db, self._server, each.id) for each in rows]
                    pinned = [
                        write_pinned(self._dialect, self._server, each) for each in facts if each
                    ]
                    return small_collection(uri, pinned) | {"@context": self._dialect.post_context}
                return small_collection(uri, [await self._written(post) for post in rows])
            case "collections/tags":
                tags = await self._db.all(featured_tags, owner=row.id, limit=MOST_PINS)
                origin = self._server.origin
                items = [
                    {"type": "Hashtag", "href": f"{origin}/tags/{name}", "name": f"#{display}"}
                    for name, display, _ in sorted(tags, key=lambda each: each[2])
                ]
                return small_collection(uri, items)
            case "featured_collections":
                listed = await listed_facts(self._db, row, viewer)
                items = [self._dialect.write_collection(self._server, each) for each in listed]
                if page.get("page") is None:
                    whole = {"totalItems": len(items), "first": f"{uri}?page=1"}
                    return {"@context": AS, "id": uri, "type": "Collection"} | whole
                address = {"id": f"{uri}?page=1", "type": "CollectionPage", "partOf": uri}
                return {"@context": AS} | address | {"items": items}
            case _:
                raise Missing

    async def _network(self, row: Actor, part: str, page: dict[str, str | None]) -> JsonObject:
        """Followers or followed: how many, and who unless the person hides it."""
        uri = f"{row.uri}/{part}"
        counts = await self._db.one(counts_of, ids=[row.id])
        total = 0
        if counts is not None:
            total = counts.followers if part == "followers" else counts.following
        if row.hides_network:
            return collection(uri, total)
        if page.get("page") is None:
            return collection(uri, total, first=f"{uri}?page=1")
        max_id = number(page.get("max_id"), MAX_ID)
        listed = followers_of if part == "followers" else followed_by
        edges = await self._db.all(
            listed, actor_id=row.id, max_id=max_id, min_id=0, limit=NETWORK_PAGE
        )
        found = await self._db.all(uris_of_actors, ids=[edge.id for edge in edges])
        uris = {each[0]: each[1] for each in found}
        items = [uris[edge.id] for edge in edges if edge.id in uris]
        address = f"{uri}?page=1" if max_id == MAX_ID else f"{uri}?page=1&max_id={max_id}"
        more = {"totalItems": total}
        if len(edges) == NETWORK_PAGE:
            return page_of(
                uri, address, items, next=f"{uri}?page=1&max_id={edges[-1].cursor}", **more
            )
        return page_of(uri, address, items, **more)

    async def _outbox(self, row: Actor, page: dict[str, str | None], viewer: Viewer) -> JsonObject:
        uri = f"{row.uri}/outbox"
        if page.get("page") is None:
            counts = await self._db.one(counts_of, ids=[row.id])
            return collection(
                uri,
                counts.posts if counts else 0,
                first=f"{uri}?page=true",
                last=f"{uri}?min_id=0&page=true",
            )
        max_id, min_id = number(page.get("max_id"), MAX_ID), number(page.get("min_id"), None)
        posts = await self._db.all(
            posts_by_author,
            who=kind_of(viewer),
            newer=min_id is not None,
            author=row.id,
            max_id=max_id,
            min_id=min_id or 0,
            limit=PAGE,
            **viewer_params(viewer, self._server.now_ms(), "show"),
        )
        if min_id is not None:
            posts.reverse()
        items = [item for each in posts if (item := await self.created(each.id)) is not None]
        if not posts:
            return page_of(uri, f"{uri}?page=true", items)
        return page_of(
            uri,
            f"{uri}?page=true",
            items,
            next=f"{uri}?max_id={posts[-1].id}&page=true",
            prev=f"{uri}?min_id={posts[0].id}&page=true",
        )

    async def _passed_on(self, group: Actor) -> JsonObject:
        """The newest threads of a community, as it announced them; on one page, like Lemmy."""
        posts = await self._db.all(
            posts_by_author, who=kind_of(ANYONE), author=group.id, max_id=MAX_ID, min_id=0, limit=OUTBOX,
            **viewer_params(ANYONE, self._server.now_ms(), "show"),
        )  # fmt: skip
        items = []
        for each in posts:
            facts = await post_facts(self._db, self._server, each.id)
            if facts is None or facts.target is None:
                continue
            thread = facts.target.post
            uri = announce_uri(group.uri, f"Create {thread.uri}")
            item = await self._announced(uri)
            if item is None and thread.local and (made := await self.created(thread.id)):
                item = write_announced(uri, group, made)
            items.append(item or self._dialect.write_post(self._server, facts))
        counts = await self._db.one(counts_of, ids=[group.id])
        return small_collection(f"{group.uri}/outbox", items) | {
            "totalItems": max(counts.posts if counts else 0, len(items))
        }

    async def _announced(self, uri: str) -> JsonObject | None:
        """What a community passed on, as long as the log has it."""
        row = await self._db.one(activity_of_uri, uri=uri)
        event = msgspec.json.decode(row[2], type=Event) if row is not None else None
        if row is None or not isinstance(event, Announced) or event.only_to:
            return None
        body = await self._renderer.body(row[0], uri, row[1], row[2], self._dialect)
        found: JsonObject | None = msgspec.json.decode(body) if body is not None else None
        return found

    async def _post(self, post_id: int, viewer: Viewer) -> Post:
        """A post of ours, if the reader may see it."""
        rows = await self._db.all(
            posts_for,
            who=kind_of(viewer),
            purpose="show",
            ids=[post_id],
            **viewer_params(viewer, self._server.now_ms(), "show"),
        )
        if rows and rows[0].local:
            return rows[0]
        uri = self._server.post_uri(post_id)
        buried = await self._db.one(object_by_uri, uri=uri)
        if buried is not None and buried.deleted_at is not None:
            raise Gone(uri, "Note", self._dialect.timestamp(buried.deleted_at))
        raise Missing

    async def public_post(self, post_id: int) -> Post:
        """One that anybody may see. Raises Missing or Gone."""
        return await self._post(post_id, ANYONE)

    async def _of_post(self, post_id: int, part: str, viewer: Viewer) -> JsonObject:
        row = await self._post(post_id, viewer)
        match part:
            case "":
                return await self._written(row)
            case "activity":
                created = await self.created(row.id)
                if created is None:
                    raise Missing
                return {"@context": AS} | created
            case "replies":
                return await self._replies(row, viewer)
            case "likes" | "dislikes" | "shares":
                stats = await self._db.one(stats_of, ids=[row.id])
                counted = {"likes": "likes", "dislikes": "dislikes", "shares": "boosts"}[part]
                total = getattr(stats, counted, 0)
                uri = f"{row.uri}/{part}"
                return {"@context": AS, "id": uri, "type": "Collection", "totalItems": total}
            case _:
                raise Missing

    async def _written(self, row: Post) -> JsonObject:
        facts = await post_facts(self._db, self._server, row.id)
        if facts is None:
            raise Missing
        return {"@context": self._dialect.post_context} | self._dialect.write_post(
            self._server, facts
        )

    async def _replies(self, row: Post, viewer: Viewer) -> JsonObject:
        rows = await self._db.all(
            visible_replies,
            who=kind_of(viewer),
            parent=row.id,
            limit=MOST_REPLIES,
            **viewer_params(viewer, self._server.now_ms(), "show"),
        )
        items = [each.uri for each in sorted(rows, key=lambda each: each.id)]
        uri = f"{row.uri}/replies"
        first = {"type": "CollectionPage", "partOf": uri, "items": items}
        return {
            "@context": AS,
            "id": uri,
            "type": "Collection",
            "totalItems": len(items),
            "first": first,
        }

    async def _thread(
        self, root_id: int, page: dict[str, str | None], viewer: Viewer
    ) -> JsonObject:
        """All posts of a thread that began here, oldest first (FEP-7888, FEP-f228)."""
        root = await self._post(root_id, viewer)
        author = await self._db.one(actor_by_id, id=root.author_id)
        uri = self._server.context_uri(root_id)
        min_id = number(page.get("min_id"), 0)
        rows = await self._db.all(
            thread_page,
            who=kind_of(viewer),
            root=root_id,
            min_id=min_id,
            limit=NETWORK_PAGE,
            **viewer_params(viewer, self._server.now_ms(), "show"),
        )
        items = [each.uri for each in rows]
        more = len(rows) == NETWORK_PAGE
        if page.get("page") is None:
            whole = {"attributedTo": author.uri if author is not None else None}
            if more:
                return {"@context": AS, "id": uri, "type": "OrderedCollection",
                        "first": f"{uri}?page=1"} | whole  # fmt: skip
            return small_collection(uri, items) | whole
        address = f"{uri}?page=1&min_id={min_id}" if min_id else f"{uri}?page=1"
        if more:
            return page_of(uri, address, items, next=f"{uri}?page=1&min_id={rows[-1].id}")
        return page_of(uri, address, items)

    async def _activity(self, activity_id: int, viewer: Viewer) -> bytes:
        """One that was sent, to those who may have got it: what is for all, to all; what is
        between two, to those two."""
        row = await self._db.one(activity_by_id, id=activity_id)
        if row is None:
            raise Missing
        event = msgspec.json.decode(row.event, type=Event)
        if isinstance(event, Announced):
            raise Missing  # It is read at its own address.
        reader = getattr(viewer, "actor_id", 0)
        parties = {
            getattr(event, name, None)
            for name in ("target_id", "follower_id", "quoter_id", "owner_id")
        }
        post_id = getattr(event, "post_id", None)
        if isinstance(post_id, int):
            await self._post(post_id, viewer)
        elif row.visibility > 1 or (parties - {None} and reader not in parties):
            raise Missing
        body = await self._renderer.body(
            activity_id, row.uri, row.actor_id, row.event, self._dialect
        )
        if body is None:
            raise Missing
        return body

    async def created(self, post_id: int) -> JsonObject | None:
        """A post inside the activity that made it; a boost is one itself."""
        facts = await post_facts(self._db, self._server, post_id)
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


def _missing() -> JsonObject:
    raise Missing
