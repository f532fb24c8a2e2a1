"""How payloads of the corpus are read without a server, by the readers that ``weft/app.py`` registers."""

import itertools
import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.shared import shared
from weft.dialects import make_dialects
from weft.domain.actors.store import RemoteActor
from weft.federation.dialects import RemotePost, Unreadable
from weft.protocol.activitystreams import read_document

DIALECTS = make_dialects()
_CARRIERS = {"Create", "Update", "Announce"}
Check = Callable[[Any], None]

checks: dict[str, Check] = {}
"""By ``folder/file``: what must come of reading a post or a profile."""
elsewhere: dict[str, str] = {}
"""Payloads that are neither, and what they are."""


def document(name: str) -> dict[str, Any]:
    """The object of a payload, normalised as everything that arrives."""
    numbers = itertools.count(1)
    body = re.sub(
        rb"SCRUBBED_ID",  # Mbin's: each stands for another
        lambda _: b"https://kbin.test/f/object/%d" % next(numbers),
        shared(f"corpus/{name}.json").read_bytes(),
    )
    read: dict[str, Any] = read_document(body)
    while read.get("type") in _CARRIERS and isinstance(read.get("object"), dict):
        carrier, read = read, read["object"]
        read = {"to": carrier.get("to"), "cc": carrier.get("cc")} | read
    return read


def post(name: str, followers_uri: str | None = None) -> RemotePost:
    return DIALECTS.read_post(document(name), followers_uri)


def actor(name: str) -> RemoteActor:
    return DIALECTS.read_actor(document(name))


def reads(*names: str) -> Callable[[Check], Check]:
    """This is what is read of these payloads; the check is given ``post(name)`` or ``actor(name)``."""

    def keep(check: Check) -> Check:
        for name in names:
            if name in checks or name in elsewhere:
                raise ValueError(f"{name} has two outcomes")
            checks[name] = check
        return check

    return keep


def is_no_post(folder: str, why: str, *files: str) -> None:
    """Nothing here for a reader: handlers and others take these."""
    for file in files:
        elsewhere[f"{folder}/{file}"] = why


def files(folder: str) -> set[str]:
    return {f"{folder}/{each.stem}" for each in shared(f"corpus/{folder}").glob("*.json")}


def variant(of: str, **changed: Any) -> RemotePost:
    """The same payload with some members of its object changed."""
    return DIALECTS.read_post(
        dict(read_document(json.dumps(document(of) | changed).encode())), None
    )


def unreadable(name: str, why: str) -> None:
    with pytest.raises(Unreadable, match=why):
        post(name)
