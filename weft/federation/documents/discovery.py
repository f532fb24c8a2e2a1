"""Finding this server and its people: WebFinger, host-meta, NodeInfo, and pages by name."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from weft.domain.actors.queries import actor_by_uri, actors_by_handles
from weft.domain.actors.records import Actor, ActorKind
from weft.domain.server import Server
from weft.domain.usage import UsageCounter
from weft.federation.dialects import JsonObject
from weft.federation.documents.answers import AS, Gone, Missing
from weft.federation.documents.by_id import Documents
from weft.federation.documents.site import site_document
from weft.federation.instance_actor import InstanceActor
from weft.protocol import hostmeta, nodeinfo, webfinger
from weft.storage.database import Database


@dataclass(frozen=True, slots=True)
class About:
    """What the server says of itself."""

    version: str
    title: str
    description: str
    open_registrations: bool


class Discovery:
    """Answers who and what is here."""

    def __init__(
        self,
        db: Database,
        server: Server,
        documents: Documents,
        about: About,
        instance: InstanceActor,
        staff: Callable[[], Awaitable[list[str]]],
    ) -> None:
        """``instance`` is the server's own actor, ``staff`` the ids of who runs it."""
        self._db = db
        self._server = server
        self._documents = documents
        self._about = about
        self._instance = instance
        self._staff = staff
        self._usage = UsageCounter(db, server)

    async def webfinger(self, resource: str, rels: list[str]) -> JsonObject | None:
        """The JRD of one of ours, asked for by ``acct:`` or by any of its addresses; ``rels``
        narrow its links (RFC 7033 section 4.3). None: nobody here.

        Raises:
            BadWebfinger: it is no question.
            Gone: somebody was here.
        """
        asked = webfinger.parse_resource(resource)
        if asked.handle is not None:
            row = await self._by_handle(*asked.handle)
        else:
            row = await self._by_address(asked.uri or "")
        if row is None or not row.local:
            return None
        if row.deleted_at is not None:
            raise Gone(row.uri)
        if row.is_applicant:
            return None
        document = webfinger.build_jrd(
            subject=f"acct:{row.username}@{row.domain}",
            actor_uri=row.uri,
            page_url=row.url,
            icon_url=row.icon_url if row.stands else None,
            is_server=await self._is_instance(row),
        )
        if row.kind == ActorKind.GROUP:
            # Lemmy tells by this who is meant by !name, and who by @name.
            for each in document["links"]:
                if each["rel"] == "self":
                    each["properties"] = {f"{AS}#type": "Group"}
        if rels:
            document["links"] = [each for each in document["links"] if each["rel"] in rels]
        return document

    async def is_own(self, actor_id: int) -> bool:
        """Is it the server's own actor, or that for relays? Their documents are for everybody."""
        return actor_id in {await self._instance.id(), await self._instance.relay.id()}

    async def relay_id(self) -> int | None:
        """The actor that deals with relays, if there is one."""
        return await self._instance.relay.id()

    async def site(self) -> JsonObject | None:
        """The server as an actor at its root, as Lemmy's family asks for it (section 2.3 of
        lemmy.md): only servers that have one hear of its bans and of accounts that were deleted."""
        own = await self._instance.id()
        if own is None:
            return None
        about = self._about
        return site_document(
            await self._documents.of_own(own), self._server, about.title, about.description
        )

    async def _is_instance(self, row: Actor) -> bool:
        own = await self._instance.actor()
        return own is not None and own.id == row.id

    async def _by_handle(self, name: str, domain: str) -> Actor | None:
        ours = {self._server.domain, self._server.host}
        if domain not in ours:
            return None
        if name.casefold() in ours:
            # Mastodon's name of a server's own actor: acct:host@host.
            return await self._instance.actor()
        return await self._by_name(name)

    async def _by_address(self, uri: str) -> Actor | None:
        if uri.rstrip("/") == self._server.origin:
            return await self._instance.actor()
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
            row = await self._documents.public_post(int(post_id))
        except (Missing, Gone):
            return None
        return row.uri if row.author_id == author.id else None

    def host_meta(self) -> str:
        return hostmeta.build(self._server.origin)

    def host_meta_json(self) -> JsonObject:
        return hostmeta.build_json(self._server.origin)

    async def nodeinfo_index(self) -> JsonObject:
        own = await self._instance.actor()
        return nodeinfo.build_index(self._server.origin, own.uri if own is not None else None)

    async def nodeinfo(self, version: str) -> JsonObject:
        used = await self._usage.now()
        return nodeinfo.build(
            version,
            software_version=self._about.version,
            open_registrations=self._about.open_registrations,
            users=used.people,
            active_month=used.month,
            active_half_year=used.half_year,
            local_posts=used.posts,
            metadata={
                "nodeName": self._about.title,
                "nodeDescription": self._about.description,
                "staffAccounts": await self._staff(),
                "federation": {"enabled": True},
            },
        )
