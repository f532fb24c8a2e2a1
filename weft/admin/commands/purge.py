"""``weft purge``: a post, a file or an actor goes with every trace, and a receipt says what went."""

import argparse
import asyncio
import hashlib
from typing import TYPE_CHECKING, Any

from weft.admin.commands.moderation import find, run
from weft.admin.failure import CommandFailed

if TYPE_CHECKING:
    from argparse import _SubParsersAction
    from pathlib import Path

    from weft.admin.evidence.purging import Gone
    from weft.app import Parts

MOST_BYTES = 1 << 28


def add(commands: "_SubParsersAction[argparse.ArgumentParser]") -> None:
    purge = commands.add_parser(
        "purge", help="remove a post, a file or an account with every trace, for good"
    )
    parts = purge.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name, what, answer in (
        ("post", "the id or address of a post, of this server or another", _post),
        ("media", "the id of a file", _media),
        ("actor", "@name or @name@domain", _actor),
    ):
        one = parts.add_parser(name, help=f"remove: {what}")
        one.add_argument("what", metavar=name.upper(), help=what)
        one.add_argument("--reason", required=True, help="is in the receipt and the audit log")
        one.add_argument("--receipt", metavar="FILE", required=True, help="must not exist yet")
        one.add_argument("--by", default="command line", help="who decided, for the receipt")
        one.add_argument("--yes", action="store_true", help="without it nothing is done")
        one.set_defaults(run=lambda given, answer=answer: run(answer, given))
    verify = parts.add_parser("verify", help="is all that a receipt names gone?")
    verify.add_argument("receipt", metavar="RECEIPT")
    verify.set_defaults(run=lambda given: run(_verify, given))


def _ready(given: argparse.Namespace, what: str) -> "Path":
    from pathlib import Path

    if not given.yes:
        raise CommandFailed(f"this removes {what} for good: add --yes to do it", exit_code=2)
    path = Path(given.receipt)
    if path.exists():
        raise CommandFailed(f"{path} exists already: a receipt is never overwritten", exit_code=2)
    if not path.parent.is_dir():
        raise CommandFailed(f"there is no folder {path.parent} for the receipt", exit_code=2)
    return path


async def _written(
    parts: "Parts", given: argparse.Namespace, path: "Path", subject: dict[str, Any], gone: "Gone"
) -> str:
    import msgspec

    from weft.admin.evidence.purging import receipt_of

    receipt = await receipt_of(parts, subject, given.by, given.reason, gone)
    body = msgspec.json.format(msgspec.json.encode(receipt))
    try:
        with path.open("xb") as file:
            file.write(body)
    except OSError as error:
        # It has happened: the receipt must not be lost with it.
        return f"{body.decode()}\nweft: {path} cannot be written ({error.strerror}): keep the above"
    return f"{len(gone.rows)} rows and {len(gone.files)} files are gone: {path}"


async def _post(parts: "Parts", given: argparse.Namespace) -> str:
    from weft.admin.evidence.purging import Gone, purge_one_post
    from weft.domain.posts.queries import post_by_id, post_by_uri

    typed = given.what.strip()
    tail = typed.rstrip("/").rpartition("/")[2]
    row = None
    if typed.isdigit() and len(typed) < 17:
        row = await parts.db.one(post_by_id, id=int(typed))
    else:
        row = await parts.db.one(post_by_uri, uri=typed)
        ours = typed.startswith(f"{parts.settings.origin}/")
        if row is None and ours and tail.isdigit() and len(tail) < 17:
            row = await parts.db.one(post_by_id, id=int(tail))
    if row is None:
        raise CommandFailed(f"there is no post {typed} here")
    path = _ready(given, f"the post {row.uri}")
    gone = Gone([], [], {})
    await purge_one_post(parts, row, given.reason, gone)
    return await _written(parts, given, path, {"kind": "post", "id": row.id, "uri": row.uri}, gone)


async def _media(parts: "Parts", given: argparse.Namespace) -> str:
    from weft.admin.evidence.purging import Gone, purge_one_file

    if not given.what.isdigit() or len(given.what) > 16:
        raise CommandFailed("the id of a file is a number", exit_code=2)
    path = _ready(given, f"the file {given.what}")
    gone = Gone([], [], {})
    owner = await purge_one_file(parts, int(given.what), given.reason, gone)
    subject = {"kind": "media", "id": int(given.what), "owner": owner.uri}
    return await _written(parts, given, path, subject, gone)


async def _actor(parts: "Parts", given: argparse.Namespace) -> str:
    from weft.admin.evidence.purging import Gone, purge_one_actor

    who = await find(parts, given.what)
    path = _ready(given, f"@{who.handle} and all its posts")
    gone = Gone([], [], {})
    await purge_one_actor(parts, who, given.reason, gone)
    subject = {"kind": "actor", "id": who.id, "uri": who.uri, "handle": who.handle}
    return await _written(parts, given, path, subject, gone)


async def _verify(parts: "Parts", given: argparse.Namespace) -> str:
    from pathlib import Path

    import msgspec

    from weft.admin.evidence.purging import KIND, left_of
    from weft.admin.evidence.signed import check
    from weft.protocol.proofs import BadProof

    path = Path(given.receipt)
    try:
        if (await asyncio.to_thread(path.stat)).st_size > MOST_BYTES:
            raise CommandFailed(f"{path} is too large to be a receipt")
        body = await asyncio.to_thread(path.read_bytes)
        receipt = msgspec.json.decode(body)
    except OSError as error:
        raise CommandFailed(f"{path} cannot be read: {error.strerror}") from None
    except msgspec.DecodeError:
        raise CommandFailed(f"{path} is no receipt") from None
    if not isinstance(receipt, dict) or receipt.get("kind") != KIND:
        raise CommandFailed(f"{path} is no receipt")
    try:
        await check(parts, receipt)
        left = await left_of(parts, receipt)
    except BadProof as error:
        raise CommandFailed(f"{path} is not believed: {error}") from None
    except (msgspec.ValidationError, KeyError):
        raise CommandFailed(f"{path} is no receipt") from None
    if left:
        raise CommandFailed("these are here all the same:\n" + "\n".join(left[:100]))
    counts = receipt["counts"]
    digest = hashlib.sha256(body).hexdigest()
    return f"signed by {receipt['server']}, {sum(counts.values())} things gone, sha256 {digest}"
