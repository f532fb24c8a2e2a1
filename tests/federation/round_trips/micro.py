"""Notes, albums, polls and messages: Pixelfed, Loops, Misskey, Pleroma, GoToSocial."""

from tests.federation.corpus.playing import At, Corpus
from tests.federation.round_trips.longer import mentioned
from tests.federation.round_trips.travelling import Platform, Trip
from weft.domain.posts.records import PostKind
from weft.platforms.gotosocial import wire_out as gotosocial
from weft.platforms.misskey import wire_out as misskey
from weft.platforms.pixelfed import wire_out as pixelfed
from weft.platforms.pleroma import wire_out as pleroma

_PIXELFED = Corpus("pixelfed")
_MISSKEY = Corpus("misskey", lena=("https://local.example/club/test",))
_FEDIBIRD = Corpus("fedibird")
_TESTS = Corpus("from-pleroma-tests", lena=("https://local.example/club/test",))
_PLEROMA = Corpus(
    "pleroma",
    lena=(
        "https://local.example/club/test",
        "https://enterprise.lemmy.ml/u/picard",
        "http://2hu.gensokyo/users/marisa",
    ),
)
_GOTOSOCIAL = Corpus("gotosocial")
_POST = "id type published attributedTo to cc"
_NOTE = f"{_POST} content sensitive"
_ALBUM = (
    f"{_NOTE} url tag[Hashtag].name attachment[].url attachment[].mediaType attachment[].name"
    " commentsEnabled capabilities.announce capabilities.like"
)
_SIZES = "attachment[].blurhash attachment[].width attachment[].height"
_POLL = "oneOf[].name oneOf[].replies.totalItems"
_RULES = (
    "interactionPolicy.canLike.automaticApproval interactionPolicy.canReply.automaticApproval"
    " interactionPolicy.canAnnounce.automaticApproval interactionPolicy.canLike.always"
    " interactionPolicy.canReply.always interactionPolicy.canAnnounce.always"
)
_ANEW = {"content": "it is made anew from what was typed"}
_NAMES = {
    "content": "whom a name means is told by its host, and the payload's stand for those of the test"
}
_OVER = {"closed_at": "it is over since"}
_PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
_ZORK = "http://localhost:8080/users/the_mighty_zork"


async def bare(at: At) -> None:
    """Both generations of its policy are published without the members that every note has."""
    at.payload |= {
        "id": f"{_ZORK}/statuses/1",
        "attributedTo": _ZORK,
        "published": "2026-10-01T12:00:00Z",
        "to": _PUBLIC,
        "cc": f"{_ZORK}/followers",
    }
    await mentioned(at)


async def asked_first(at: At) -> None:
    """What it answers asks everybody to wait, and both proofs of its author hold."""
    await mentioned(at)
    parent = at.payload["inReplyTo"]
    author = parent.partition("/statuses/")[0]
    await at.person(author)
    asks = {"always": [author], "approvalRequired": [_PUBLIC]}
    asks |= {"automaticApproval": [author], "manualApproval": [_PUBLIC]}
    await at.serve(
        {"id": parent, "type": "Note", "attributedTo": author, "content": "Ask me", "to": _PUBLIC,
         "published": "2024-02-20T10:00:00Z", "interactionPolicy": {"canReply": asks}}
    )  # fmt: skip
    await at.found("statuses", parent)
    proofs = {"object": at.payload["id"], "target": parent, "interactingObject": at.payload["id"],
              "interactionTarget": parent, "actor": author, "attributedTo": author}  # fmt: skip
    for name, type_ in (("replyAuthorization", "ReplyAuthorization"), ("approvedBy", "Accept")):
        await at.serve(proofs | {"id": at.payload[name], "type": type_})


PLATFORMS = (
    Platform(
        "pixelfed",
        pixelfed.write_post,
        pixelfed.CONTEXT,
        (
            Trip(
                _PIXELFED, "create-album-location", PostKind.ALBUM,
                f"{_ALBUM} {_SIZES} capabilities.reply location.type location.name location.country"
                " location.latitude location.longitude",
            ),
            Trip(
                _PIXELFED, "create-comments-disabled", PostKind.ALBUM, f"{_ALBUM} {_SIZES} capabilities.reply",
            ),
            Trip(_PIXELFED, "create-sensitive-cw", PostKind.ALBUM, f"{_ALBUM} {_SIZES} summary"),
            Trip(
                _PIXELFED, "note-2018-comments-off", PostKind.ALBUM, _ALBUM.replace(" attachment[].name", ""),
            ),
            Trip(
                _PIXELFED, "question", PostKind.QUESTION,
                f"{_NOTE} url endTime {_POLL} commentsEnabled capabilities.reply", unlike=_OVER,
            ),
            Trip(
                _PIXELFED, "loops-create-video", PostKind.VIDEO,
                f"{_NOTE} url preview.type preview.url.href preview.name preview.width attachment[].url"
                " attachment[].mediaType attachment[].width attachment[].height",
                unlike={"origin_likes": "its own server counts them"},
            ),
        ),
    ),
    Platform(
        "misskey",
        misskey.write_post,
        misskey.CONTEXT,
        (
            Trip(_MISSKEY, "create-note-cw", PostKind.NOTE, f"{_NOTE} summary tag[Mention].href"),
            Trip(_MISSKEY, "create-note-home-plain", PostKind.NOTE, f"{_NOTE} tag[Mention].href"),
            Trip(
                _MISSKEY, "create-question", PostKind.QUESTION, f"{_NOTE} endTime {_POLL} tag[Mention].href",
                unlike=_OVER,
            ),
            Trip(
                _MISSKEY, "question-no-end", PostKind.QUESTION,
                f"{_POST} sensitive _misskey_content {_POLL} tag[Mention].href",
                given=mentioned, lost=_ANEW, unlike=_NAMES,
            ),
            Trip(
                _MISSKEY, "create-reply-source", PostKind.NOTE,
                f"{_POST} sensitive inReplyTo _misskey_content source.content source.mediaType"
                " tag[Mention].href", given=mentioned, lost=_ANEW, unlike=_NAMES,
            ),
            Trip(
                _MISSKEY, "note-mfm-misskey-content", PostKind.NOTE,
                f"{_POST} sensitive _misskey_content tag[Mention].href tag[Hashtag].name", given=mentioned,
                lost=_ANEW, unlike=_NAMES,
            ),
            Trip(
                _MISSKEY, "note-mfm-source", PostKind.NOTE,
                "id type published attributedTo to sensitive source.content source.mediaType"
                " tag[Mention].href tag[Hashtag].name", given=mentioned,
                lost=_ANEW | {"cc": "who is mentioned is addressed"}, unlike=_NAMES,
            ),
            Trip(
                _MISSKEY, "note-quote", PostKind.NOTE,
                f"{_POST} sensitive _misskey_content source.content _misskey_quote quoteUrl",
                lost=_ANEW,
            ),
            Trip(
                _MISSKEY, "note-quoted-target", PostKind.NOTE, f"{_POST} sensitive _misskey_content",
                lost=_ANEW,
            ),
            Trip(
                _FEDIBIRD, "note-quote", PostKind.NOTE,
                f"{_POST} sensitive _misskey_content _misskey_quote quoteUri url", lost=_ANEW,
                unlike={
                    "language": "Misskey's form says nothing of languages",
                    "context_uri": "nor of threads",
                },
            ),
            Trip(
                _MISSKEY, "note-quote-2022", PostKind.NOTE,
                f"{_POST} sensitive _misskey_content _misskey_quote quoteUrl",
                lost=_ANEW,
            ),
        ),
    ),
    Platform(
        "pleroma",
        pleroma.write_post,
        pleroma.CONTEXT,
        (
            Trip(
                _PLEROMA, "create-note-markdown", PostKind.NOTE,
                f"{_NOTE} actor context conversation source.content source.mediaType contentMap.zh-CN summary"
                " tag[Mention].href replies",
            ),
            Trip(
                _PLEROMA, "create-note-cw", PostKind.NOTE,
                f"{_POST} content actor context source.content summary tag[Mention].href",
            ),
            Trip(
                _PLEROMA, "create-note-unlisted", PostKind.NOTE,
                f"{_POST} content actor context source.content summary tag[Mention].href",
            ),
            Trip(
                _PLEROMA, "note-emoji-in-summary", PostKind.NOTE,
                f"{_POST} content actor context summary tag[Emoji].name tag[Emoji].id tag[Emoji].icon.url",
            ),
            Trip(
                _PLEROMA, "create-reply-to-misskey", PostKind.NOTE,
                f"{_POST} content actor inReplyTo tag[Mention].href", given=mentioned,
            ),
            Trip(_PLEROMA, "question-closed", PostKind.QUESTION, f"{_NOTE} actor context closed {_POLL}"),
            Trip(
                _PLEROMA, "question-with-attachment", PostKind.QUESTION,
                f"{_NOTE} actor closed {_POLL} attachment[].url attachment[].name tag[Mention].href",
                given=mentioned,
            ),
            Trip(
                _PLEROMA, "update-note-with-history", PostKind.NOTE,
                f"{_POST} content actor context conversation summary source.content source.mediaType"
                " tag[Mention].href updated", how="update",
                lost={"formerRepresentations": "what it was before is its own server's to tell"},
            ),
            Trip(
                _PLEROMA, "question-updated-counts", PostKind.QUESTION,
                f"{_NOTE} actor context closed {_POLL}", how="update",
            ),
            Trip(_PLEROMA, "chatmessage-object", PostKind.NOTE, "id type published attributedTo to content"),
            Trip(
                _PLEROMA, "create-chatmessage-xss", PostKind.NOTE,
                "id type published attributedTo to content tag[Emoji].name tag[Emoji].icon.url",
            ),
        ),
    ),
    Platform(
        "gotosocial",
        gotosocial.write_post,
        gotosocial.CONTEXT,
        (
            Trip(
                _GOTOSOCIAL, "create-note", PostKind.NOTE,
                f"{_NOTE} contentMap.en summary url replies {_RULES}",
            ),
            Trip(
                _GOTOSOCIAL, "note-tags-media", PostKind.NOTE,
                f"{_NOTE} contentMap.en url tag[Hashtag].name tag[Emoji].name tag[Emoji].id attachment[].type"
                " attachment[].url attachment[].mediaType attachment[].summary attachment[].blurhash"
                f" attachment[].focalPoint {_RULES}",
            ),
            Trip(
                _GOTOSOCIAL, "note-mentions", PostKind.NOTE,
                f"{_NOTE} inReplyTo contentMap.en url tag[Mention].href {_RULES}", given=mentioned,
            ),
            Trip(
                _GOTOSOCIAL, "note-approved", PostKind.NOTE,
                f"{_NOTE} inReplyTo url summary tag[Mention].href approvedBy replyAuthorization {_RULES}",
                given=asked_first,
            ),
            Trip(
                _TESTS, "gotosocial-create-markdown", PostKind.NOTE,
                f"{_POST} content contentMap.en url tag[Mention].href"
                " interactionPolicy.canLike.automaticApproval interactionPolicy.canReply.automaticApproval"
                " interactionPolicy.canAnnounce.automaticApproval"
                " interactionPolicy.canQuote.automaticApproval",
            ),
            Trip(
                _GOTOSOCIAL, "note-policy-new", PostKind.NOTE,
                "content contentMap.en interactionPolicy.canLike.automaticApproval"
                " interactionPolicy.canReply.automaticApproval interactionPolicy.canReply.manualApproval"
                " interactionPolicy.canAnnounce.automaticApproval"
                " interactionPolicy.canAnnounce.manualApproval tag[Mention].href", how="fetch", given=bare,
            ),
            Trip(
                _GOTOSOCIAL, "note-policy-deprecated", PostKind.NOTE,
                "content contentMap.en interactionPolicy.canLike.always interactionPolicy.canReply.always"
                " interactionPolicy.canReply.approvalRequired interactionPolicy.canAnnounce.always"
                " interactionPolicy.canAnnounce.approvalRequired tag[Mention].href", how="fetch", given=bare,
                unlike={"facets": "the newer generation, which is said too, takes requests"},
            ),
        ),
    ),
)  # fmt: skip
