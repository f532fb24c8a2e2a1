"""What is bent, in any place, is read or refused with a sentence; never does a reader break."""

import contextlib
import json
import random
from typing import Any

import pytest

from tests.platforms.reading import corpus
from tests.platforms.test_readers import ROOMS
from weft.federation.dialects import Unreadable
from weft.protocol.activitystreams import MalformedDocument, read_document

ODD: tuple[Any, ...] = (
    None, True, 0, -1, 1.5, 2**60, "", "x", "\0<script>", "https://", "http://[", "9" * 400, [], {}, [[]],
    [None, 1, {}], {"type": []}, {"id": {}}, {"url": [1]}, {"type": "Link", "href": []}, {"name": {"en": 1}},
)  # fmt: skip
NAMES = sorted(corpus.checks)


def bent(value: Any, chance: random.Random) -> Any:
    """The same with a few of its values replaced."""
    if chance.random() < 0.04:
        return chance.choice(ODD)
    if isinstance(value, dict):
        return {
            key: each if key in ("@context", "id") else bent(each, chance)
            for key, each in value.items()
        }
    return [bent(each, chance) for each in value] if isinstance(value, list) else value


@pytest.mark.parametrize("name", NAMES)
def test_bent_documents(name: str) -> None:
    assert ROOMS
    whole, chance = corpus.document(name), random.Random(name)
    readable = 0
    for _ in range(60):
        body = json.dumps(bent(whole, chance)).encode()
        try:
            document = read_document(body)
        except MalformedDocument:
            continue
        with contextlib.suppress(Unreadable):
            corpus.DIALECTS.read_post(document, None)
            readable += 1
        with contextlib.suppress(Unreadable):
            corpus.DIALECTS.read_actor(document)
            readable += 1
    no_object = {"peertube/chapters", "writefreely/outbox-page", "bookwyrm/replies-page",
                 "bookwyrm/create-unknown-type", "peertube/video-attributedto-host-mismatch",
                 "lemmy/hostile-create-attributed-to-other",
                 "lemmy/hostile-create-object-on-other-host",
                 "from-pleroma-tests/mastodon-application-actor", "gotosocial/note-policy-deprecated",
                 "gotosocial/note-policy-new", "gotosocial/person-script-in-fields",
                 "gotosocial/video-peertube-url-links", "gotosocial/vote-note-bare",
                 "pleroma/note-impersonation-actor-other-host",
                 "pleroma/note-impersonation-attributedto-other-host"}  # fmt: skip
    assert readable or name in no_object
