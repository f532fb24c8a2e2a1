"""The server itself as an actor at its root: the form that Lemmy's family looks for."""

from weft.domain.server import Server
from weft.federation.dialects import JsonObject

_AS_THEY_ARE = ("@context", "type", "outbox", "published", "discoverable", "indexable")


def site_document(own: JsonObject, server: Server, title: str, description: str) -> JsonObject:
    """From the document of the server's own actor, whose key it shows under its own id.

    Nothing is signed in its name: who wants to follow or to verify is shown the other id.
    """
    root = f"{server.origin}/"
    document = {name: own[name] for name in _AS_THEY_ARE if name in own}
    document |= {
        "id": root,
        "url": root,
        "name": title,
        "preferredUsername": server.domain,
        # 0.19 reads the first, 1.0 the second.
        "summary": description,
        "description": description,
        "inbox": f"{server.origin}/inbox",
        "endpoints": {"sharedInbox": f"{server.origin}/inbox"},
    }
    key = own.get("publicKey")
    if isinstance(key, dict):
        document["publicKey"] = key | {"id": f"{root}#main-key", "owner": root}
    return document
