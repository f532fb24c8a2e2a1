"""Communities and channels on other servers, as their platforms serve them."""

from typing import Any

from tests.federation.threads.village import AS, PUBLIC, Village, collection

TOWN = "https://a.example/c/town"
ANN = "https://a.example/users/ann"
CHANNEL = "https://a.example/video-channels/films"
Document = dict[str, Any]


def actor(uri: str, type_: str = "Group", **extra: Any) -> Document:
    return {
        "@context": AS,
        "id": uri,
        "type": type_,
        "preferredUsername": uri.rpartition("/")[2],
        "inbox": f"{uri}/inbox",
        "outbox": f"{uri}/outbox",
        "followers": f"{uri}/followers",
        "publicKey": {"id": f"{uri}#main-key", "owner": uri, "publicKeyPem": "none"},
    } | extra


def page(n: int, host: str = "a.example", **extra: Any) -> Document:
    """A thread of Lemmy's, in the town."""
    return {
        "id": f"https://{host}/post/{n}",
        "type": "Page",
        "attributedTo": ANN.replace("a.example", host),
        "to": [TOWN, PUBLIC],
        "audience": TOWN,
        "name": f"Thread {n}",
        "mediaType": "text/html",
        "published": f"2026-01-02T03:{59 - n:02}:00Z",
    } | extra


def passed_on(inner: Document) -> Document:
    """As Lemmy's communities list it: without a time."""
    create = {"id": f"{inner['id']}/create", "type": "Create", "actor": inner["attributedTo"],
              "to": [PUBLIC], "cc": [TOWN], "object": inner, "audience": TOWN}  # fmt: skip
    return {"id": f"{TOWN}/announce/{inner['id'].rpartition('/')[2]}", "type": "Announce",
            "actor": TOWN, "to": [PUBLIC], "cc": [f"{TOWN}/followers"], "object": create}  # fmt: skip


async def serve_town(village: Village, *items: Document, **more: Document) -> None:
    group = actor(TOWN, attributedTo=f"{TOWN}/moderators", featured=f"{TOWN}/featured")
    await village.serve(group)
    await village.serve(collection(f"{TOWN}/followers", [], type="Collection", totalItems=812))
    moderators = [ANN, "https://b.example/users/ben"]
    await village.serve(collection(f"{TOWN}/moderators", moderators))
    await village.serve(collection(f"{TOWN}/outbox", items, totalItems=len(items)))
    await village.serve(more.get("featured") or collection(f"{TOWN}/featured", []))


def video(n: int, **extra: Any) -> Document:
    uri = f"https://a.example/videos/watch/{n}"
    account = "https://a.example/accounts/ann"
    return {
        "@context": AS,
        "id": uri,
        "type": "Video",
        "name": f"Film {n}",
        "duration": "PT60S",
        "uuid": str(n),
        "attributedTo": [{"type": "Person", "id": account}, {"type": "Group", "id": CHANNEL}],
        "to": [PUBLIC],
        "cc": [f"{account}/followers"],
        "published": f"2026-01-02T03:{59 - n:02}:00Z",
        "commentsPolicy": 1,
        "likes": f"{uri}/likes",
        "dislikes": f"{uri}/dislikes",
        "shares": f"{uri}/announces",
        "comments": f"{uri}/comments",
        "url": [
            {"type": "Link", "mediaType": "text/html", "href": f"https://a.example/w/{n}"},
            {"type": "Link", "mediaType": "video/mp4", "href": f"{uri}.mp4", "height": 720},
        ],
    } | extra


async def serve_pages(village: Village, uri: str, items: list[Any], size: int = 10) -> None:
    """As PeerTube pages."""
    first = f"{uri}?page=1"
    await village.serve(
        {"@context": AS, "id": uri, "type": "OrderedCollection", "totalItems": len(items),
         "first": first}
    )  # fmt: skip
    for number, start in enumerate(range(0, len(items) or 1, size), 1):
        following = {"next": f"{uri}?page={number + 1}"} if start + size < len(items) else {}
        await village.serve(
            {"@context": AS, "id": f"{uri}?page={number}", "type": "OrderedCollectionPage",
             "partOf": uri, "totalItems": len(items),
             "orderedItems": items[start : start + size]} | following
        )  # fmt: skip


async def serve_channel(village: Village, *videos: Document) -> None:
    account = "https://a.example/accounts/ann"
    await village.serve(actor(account, "Person", playlists=f"{account}/playlists"))
    owned = [{"type": "Person", "id": account}]
    await village.serve(actor(CHANNEL, playlists=f"{CHANNEL}/playlists", attributedTo=owned))
    for each in videos:
        await village.serve(each)
    announces = [
        {"id": f"{each['id']}/announces/7", "type": "Announce", "actor": CHANNEL,
         "object": each["id"], "to": [PUBLIC], "cc": [f"{CHANNEL}/followers"]}
        for each in videos
    ]  # fmt: skip
    await serve_pages(village, f"{CHANNEL}/outbox", announces)
