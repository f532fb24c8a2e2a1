"""Kind by platform: in which form it is sent there. The dialects write by this table, the documentation
is printed from it, and a golden document holds each cell.

Sources: the interop notes of each platform. What a platform has a writer of its own for
(``weft/dialects.py``) is sent in that form and needs no cell here.
"""

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct

from weft.federation.forms.said import POSTS, Said


class Form(StrEnum):
    """How something is written; the value is what the documentation says of it."""

    PLAIN = "native"
    """As everybody writes it, which is also how this platform does."""
    OWN = "native: a type of its own"
    """By the platform's own writer. Never in the table: it follows from there being one."""
    NOT_SENT = "not sent"

    REST = "Note with all pictures, of which four are shown, and a link to the rest"
    TITLED = "Note: title, text, link; files attached"
    TEASER = "Note: title, summary, link"
    PAGE = "native: Page"
    AS_PAGE = "Page: title as its name, text; link or file attached"
    AS_ARTICLE = "Article: title as its name, text, link; files attached"
    ARTICLE = "native: Article in full"
    ARTICLE_SUMMED = "Article, of which title, summary and link are shown"
    ARTICLE_UNFOLDED = "Article in full, without the summary, which would fold it"
    ARTICLE_INLINE = "Article in full, its title in the text"
    LISTED = "Note with the choices as a list, and a link"
    DIRECT = "direct Note"
    CHAT_MESSAGE = "native: ChatMessage"
    TALK = "native: Note marked as talk"

    QUOTED = "native, without the line “RE: link”"
    RE_LINE = "line “RE: link”"
    AS_TEXT = "its name as text"

    EMOJI_REACT = "native: EmojiReact"
    LIKE_WITH_EMOJI = "native: Like with the emoji"
    ONE_LIKE = "one Like"


class Platform(Struct, frozen=True, kw_only=True):
    """A column of the table, and what else must be known to write for it."""

    name: str
    title: str
    software: tuple[str, ...]
    """As its servers and its forks name themselves in NodeInfo, lower case."""
    cells: Mapping[Said, Form]
    needs_file: bool = False
    """It drops posts without a picture that answer nothing, and all of a post with a file that it
    does not take."""
    answers: Mapping[Said, Form] | None = None
    """It drops posts that answer nothing, which the cells say: the forms of those that do."""
    hears_names: bool = False
    """To it a post that mentions somebody is as good as an answer."""
    direct_is_chat: bool = False
    """A direct post between two is a message to it, and nothing if it is not written as one."""
    only_follows: bool = False
    """It understands follows, and answers all else with an error."""


_GENERIC: Mapping[Said, Form] = {
    Said.NOTE: Form.PLAIN,
    Said.QUESTION: Form.PLAIN,
    Said.ALBUM: Form.PLAIN,
    Said.VIDEO: Form.TITLED,
    Said.STREAM: Form.TITLED,
    Said.TRACK: Form.TITLED,
    Said.LISTEN: Form.TITLED,
    Said.ARTICLE: Form.ARTICLE,
    Said.PAGE: Form.PAGE,
    Said.THREAD: Form.PAGE,
    Said.COMMENT: Form.PLAIN,
    Said.REVIEW: Form.TITLED,
    Said.RATING: Form.TITLED,
    Said.QUOTATION: Form.TITLED,
    Said.REMARK: Form.TITLED,
    Said.SHELF: Form.TITLED,
    Said.EVENT: Form.TITLED,
    Said.CHAT: Form.DIRECT,
    Said.QUOTE: Form.PLAIN,
    Said.CUSTOM_EMOJI: Form.PLAIN,
    Said.BOOST: Form.PLAIN,
    Said.LIKE: Form.PLAIN,
    # Who reads no emoji in a Like reads the Like.
    Said.EMOJI_REACTION: Form.LIKE_WITH_EMOJI,
    # Who may not count it gets none.
    Said.DOWNVOTE: Form.NOT_SENT,
}

_MICROBLOG = {
    **_GENERIC,
    # Of a Page they show the title and a link, and of a Note the text.
    Said.PAGE: Form.TITLED,
    Said.THREAD: Form.TITLED,
    Said.EMOJI_REACTION: Form.ONE_LIKE,
}
_PLEROMA = {
    **_MICROBLOG,
    Said.ARTICLE: Form.ARTICLE_UNFOLDED,
    Said.CHAT: Form.CHAT_MESSAGE,
    Said.QUOTE: Form.QUOTED,
    Said.EMOJI_REACTION: Form.EMOJI_REACT,
}
_MISSKEY = {
    **_MICROBLOG,
    Said.ARTICLE: Form.ARTICLE_INLINE,
    Said.QUOTE: Form.QUOTED,
    Said.EMOJI_REACTION: Form.LIKE_WITH_EMOJI,
}
_PLAIN_READER = {
    # Those that know Notes, and neither polls, quotes nor custom emoji.
    **_MICROBLOG,
    Said.QUESTION: Form.LISTED,
    Said.ARTICLE: Form.TEASER,
    Said.QUOTE: Form.RE_LINE,
    Said.CUSTOM_EMOJI: Form.AS_TEXT,
}
_ONLY_ANSWERS = {
    **_PLAIN_READER,
    **dict.fromkeys((*POSTS, Said.QUOTE, Said.CUSTOM_EMOJI), Form.NOT_SENT),
    Said.COMMENT: Form.PLAIN,
}
_HEADED = (
    Said.VIDEO, Said.STREAM, Said.TRACK, Said.LISTEN, Said.REVIEW, Said.RATING, Said.QUOTATION,
    Said.REMARK, Said.SHELF, Said.EVENT,
)  # fmt: skip
_LEMMY = {
    **_PLAIN_READER,
    **dict.fromkeys(_HEADED, Form.AS_PAGE),
    Said.QUESTION: Form.LISTED,
    Said.ARTICLE: Form.AS_PAGE,
    Said.PAGE: Form.PAGE,
    Said.THREAD: Form.PAGE,
    Said.CHAT: Form.CHAT_MESSAGE,
    Said.BOOST: Form.NOT_SENT,
    Said.DOWNVOTE: Form.PLAIN,
}
_FORUM = {
    **_PLAIN_READER,
    **dict.fromkeys(_HEADED, Form.AS_ARTICLE),
    Said.ARTICLE: Form.ARTICLE,
    Said.PAGE: Form.AS_ARTICLE,
    Said.THREAD: Form.AS_ARTICLE,
}
_NOTHING = dict.fromkeys(Said, Form.NOT_SENT)

GENERIC = Platform(name="generic", title="unknown", software=(), cells=_GENERIC)

_TABLE = (
    GENERIC,
    Platform(
        name="weft",
        title="Weft",
        software=("weft",),
        cells={
            **_GENERIC,
            Said.CHAT: Form.CHAT_MESSAGE,
            Said.EMOJI_REACTION: Form.EMOJI_REACT,
            Said.DOWNVOTE: Form.PLAIN,
        },
    ),
    Platform(
        name="mastodon",
        title="Mastodon",
        software=("mastodon", "hometown", "glitch", "glitchsoc", "glitch-soc", "ecko", "takahe"),
        cells={**_MICROBLOG, Said.ALBUM: Form.REST, Said.ARTICLE: Form.ARTICLE_SUMMED},
    ),
    Platform(
        name="pleroma",
        title="Pleroma",
        software=("pleroma", "rebased", "soapbox"),
        cells=_PLEROMA,
    ),
    Platform(
        name="akkoma",
        title="Akkoma",
        software=("akkoma",),
        cells={**_PLEROMA, Said.CHAT: Form.DIRECT},
    ),
    Platform(
        name="gotosocial",
        title="GoToSocial",
        software=("gotosocial",),
        cells={
            **_MICROBLOG,
            Said.ARTICLE: Form.ARTICLE_INLINE,
            Said.QUOTE: Form.RE_LINE,
        },
    ),
    Platform(
        name="misskey",
        title="Misskey",
        software=(
            "misskey",
            "sharkey",
            "firefish",
            "iceshrimp",
            "iceshrimp.net",
            "foundkey",
            "calckey",
            "catodon",
            "meisskey",
            "magnetar",
            "nexkey",
        ),
        cells=_MISSKEY,
    ),
    Platform(
        name="cherrypick",
        title="CherryPick",
        software=("cherrypick",),
        cells={**_MISSKEY, Said.CHAT: Form.TALK},
    ),
    Platform(
        name="pixelfed",
        title="Pixelfed",
        software=("pixelfed", "loops"),
        cells={
            **_MICROBLOG,
            Said.QUESTION: Form.LISTED,
            Said.ARTICLE: Form.TEASER,
            Said.QUOTE: Form.RE_LINE,
        },
        needs_file=True,
    ),
    Platform(
        name="lemmy",
        title="Lemmy",
        software=("lemmy",),
        cells=_LEMMY,
        direct_is_chat=True,
    ),
    Platform(
        name="mbin",
        title="Mbin",
        software=("mbin", "kbin"),
        cells={**_LEMMY, Said.BOOST: Form.PLAIN},
        direct_is_chat=True,
    ),
    Platform(
        name="piefed",
        title="PieFed",
        software=("piefed", "pyfedi"),
        cells={
            **_LEMMY,
            Said.QUESTION: Form.PLAIN,
            Said.EMOJI_REACTION: Form.EMOJI_REACT,
        },
        direct_is_chat=True,
    ),
    Platform(
        name="nodebb",
        title="NodeBB",
        software=("nodebb",),
        cells={**_FORUM, Said.DOWNVOTE: Form.PLAIN},
    ),
    Platform(
        name="discourse",
        title="Discourse",
        software=("discourse",),
        # Messages would have to be public for it to take them.
        cells={**_FORUM, Said.CHAT: Form.NOT_SENT},
    ),
    Platform(
        name="flarum",
        title="Flarum",
        software=("flarum",),
        cells={**_PLAIN_READER, Said.CHAT: Form.NOT_SENT, Said.BOOST: Form.NOT_SENT},
    ),
    Platform(
        name="peertube",
        title="PeerTube",
        software=("peertube",),
        # Of Notes it knows comments only.
        cells={**_ONLY_ANSWERS, Said.BOOST: Form.NOT_SENT, Said.DOWNVOTE: Form.PLAIN},
        answers={**_PLAIN_READER, Said.CHAT: Form.NOT_SENT},
    ),
    Platform(
        name="funkwhale",
        title="Funkwhale",
        software=("funkwhale",),
        # It knows no Notes; a Dislike would be the end of a like.
        cells={**_NOTHING, Said.LIKE: Form.PLAIN, Said.EMOJI_REACTION: Form.ONE_LIKE},
    ),
    Platform(
        name="castopod",
        title="Castopod",
        software=("castopod",),
        cells=_PLAIN_READER,
    ),
    Platform(
        name="writefreely",
        title="WriteFreely",
        software=("writefreely",),
        cells=_NOTHING,
        only_follows=True,
    ),
    Platform(
        name="wordpress",
        title="WordPress, Ghost",
        software=("wordpress", "ghost", "plume"),
        cells={**_PLAIN_READER, Said.ARTICLE: Form.ARTICLE, Said.QUOTE: Form.PLAIN},
    ),
    Platform(
        name="bookwyrm",
        title="BookWyrm",
        software=("bookwyrm",),
        # A Note must answer what it has, or mention one of its people.
        cells={**_ONLY_ANSWERS, Said.CHAT: Form.DIRECT},
        answers=_PLAIN_READER,
        hears_names=True,
    ),
    Platform(
        name="neodb",
        title="NeoDB",
        software=("neodb",),
        cells={**_MICROBLOG, Said.ARTICLE: Form.ARTICLE},
    ),
    Platform(
        name="mobilizon",
        title="Mobilizon",
        software=("mobilizon",),
        cells=_PLAIN_READER,
    ),
    Platform(
        name="friendica",
        title="Friendica, Hubzilla",
        software=("friendica", "hubzilla", "streams", "forte", "osada", "zap"),
        cells={**_GENERIC, Said.DOWNVOTE: Form.PLAIN},
    ),
)

PLATFORMS: Mapping[str, Platform] = {each.name: each for each in _TABLE}
FAMILIES: Mapping[str, str] = {software: each.name for each in _TABLE for software in each.software}
"""Which platform a server's software is, or is a fork of."""
