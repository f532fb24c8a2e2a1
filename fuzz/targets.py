"""What is fuzzed: functions that take any bytes, and raise only when Weft is at fault.

Each target feeds one door for bytes from strangers and holds the result against what must be true of
every result. They need no fuzzer: ``tests/fuzz`` runs them over the seeds and over every finding.
"""

import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import get_args

import msgspec

from weft.domain.markup.bbcode import bbcode_to_html
from weft.domain.markup.bbcode import walk as walk_bbcode
from weft.domain.markup.links import Mentioned
from weft.domain.markup.markdown import extract_markdown, markdown_to_html
from weft.domain.markup.mfm import Names, mfm_to_html
from weft.domain.markup.mfm import walk as walk_mfm
from weft.domain.markup.sanitise import Profile, clean_html
from weft.federation.dialects import Unreadable
from weft.federation.reading.actors import read_actor
from weft.federation.reading.posts import read_post
from weft.protocol.activitystreams import MalformedDocument, read_document
from weft.protocol.keys import PublicKey, generate_ed25519, load_public_key
from weft.protocol.origins import same_origin
from weft.protocol.signatures.request import SignatureError, SignedRequest
from weft.protocol.signatures.verify import key_id_of, verify
from weft.protocol.webfinger import BadWebfinger, parse_resource, read_jrd

NOW_S = 1_760_000_000
SIZE = 20_000
"""Characters that every profile of the sanitiser takes."""
_PROFILES: tuple[Profile, ...] = get_args(Profile)
_TAG = re.compile(r"</?([a-z0-9]+)([^>]*)>")
_ATTRIBUTE = re.compile(r'\s([a-z-]+)="([^"]*)"')
_NEVER = {"script", "style", "iframe", "object", "embed", "form", "input", "link", "meta", "base",
          "svg", "math", "template", "title", "textarea", "noscript"}  # fmt: skip
_ADDRESSES = {"href", "src", "poster", "cite"}


class Broken(AssertionError):
    """What must be true of every result is not true of this one."""


def reader(data: bytes) -> None:
    """Documents: decoded, normalised, read as an actor and as a post."""
    try:
        document = read_document(data)
    except MalformedDocument:
        return
    msgspec.json.encode(document).decode()
    try:
        actor = read_actor(document)
    except Unreadable:
        pass
    else:
        for address in (actor.inbox, actor.shared_inbox, actor.outbox, actor.followers_uri):
            if address is not None and not same_origin(address, actor.uri):
                raise Broken(f"{address} is not on the host of {actor.uri}")
        if len(actor.name) > 10_000 or "<script" in actor.summary:
            raise Broken("an actor's text is too long, or not clean")
        _writable(actor)
    try:
        post = read_post(document, "https://a.example/users/alice/followers")
    except Unreadable:
        return
    if not same_origin(post.author_uri, post.uri):
        raise Broken(f"{post.author_uri} is not on the host of {post.uri}")
    if post.url is not None and not same_origin(post.url, post.uri):
        raise Broken(f"{post.url} is not on the host of {post.uri}")
    if post.poll is not None and len(post.tally) != len(post.poll.options):
        raise Broken("a poll has another number of counts than of options")
    for count in (*post.tally, post.voters, post.origin_likes, post.origin_boosts):
        if not 0 <= count < 2**31:
            raise Broken(f"{count} does not fit into a column of counts")
    _writable(post)


def _writable(value: object) -> None:
    """Both databases keep UTF-8 without U+0000."""
    text = msgspec.json.encode(msgspec.to_builtins(value, enc_hook=str))
    if b"\\u0000" in text:
        raise Broken("U+0000 came through")


def cavage(data: bytes) -> None:
    """The first line is a ``Signature`` header; then headers; then, after an empty line, the body."""
    _signed(_request(data, ("signature",)))


def rfc9421(data: bytes) -> None:
    """The first two lines are ``Signature-Input`` and ``Signature``: structured fields."""
    _signed(_request(data, ("signature-input", "signature")))


def _request(data: bytes, first: Iterable[str]) -> SignedRequest:
    head, _, body = data.partition(b"\n\n")
    lines = iter(head.decode("latin-1").split("\n"))
    headers = {name: next(lines, "") for name in first}
    for line in lines:
        name, mark, value = line.partition(":")
        if mark:
            headers.setdefault(name.strip().lower(), value.strip())
    # Only what begins with a slash is routed to an inbox.
    target = "/" + headers.pop("target", "inbox").removeprefix("/")
    return SignedRequest(
        method=headers.pop("method", "POST"),
        target=target,
        url=f"https://weft.example{target}",
        headers=headers,
        body=body,
    )


_STRANGERS_KEY: PublicKey = load_public_key(generate_ed25519()[1])


def _signed(request: SignedRequest) -> None:
    now = request.headers.get("now", "")
    now_s = int(now) if re.fullmatch("[0-9]{1,11}", now) else NOW_S
    try:
        key_id = key_id_of(request)
        if not 0 < len(key_id) <= 2048:
            raise Broken("a key without an id, or with an endless one")
        verify(request, _STRANGERS_KEY, now_s)
    except SignatureError as error:
        if not str(error):
            raise Broken("a refusal without a sentence") from None
        return
    raise Broken("a signature holds that nobody can have made")


def webfinger(data: bytes) -> None:
    """An answer of WebFinger, and the same bytes as what is asked for."""
    try:
        jrd = read_jrd(data)
        if jrd.self_link is not None and not same_origin(jrd.self_link, jrd.self_link):
            raise Broken("the self link is no address on the web")
    except BadWebfinger:
        pass
    try:
        asked = parse_resource(data.decode("utf-8", "replace"))
    except BadWebfinger:
        return
    if (asked.handle is None) == (asked.uri is None):
        raise Broken("it asks for both or for neither")


def sanitiser(data: bytes) -> None:
    """The first byte chooses the profile; the rest is HTML."""
    profile = _PROFILES[(data[0] if data else 0) % len(_PROFILES)]
    cleaned = clean_html(data[1:].decode("utf-8", "replace"), profile)
    # What grew beyond the profile's size, by being escaped, would be cut the second time.
    fits = len(cleaned) < SIZE
    if fits and _in_order(clean_html(cleaned, profile)) != _in_order(cleaned):
        raise Broken("cleaning it again changes it")
    _all_harmless(cleaned, tags=profile != "plain")


STEPS_PER_CHARACTER = 64
"""What a walk over marked text may cost, however it is marked: ``MAX_DEPTH`` and some."""
_NAMES = Names(
    {"ann": Mentioned("https://a.example/@ann", "ann")}, {"tag": "https://a.example/tags/tag"}
)


def mfm(data: bytes) -> None:
    """The Markdown of Misskey."""
    text = data.decode("utf-8", "replace")
    _all_harmless(mfm_to_html(text, _NAMES))
    _linear(walk_mfm(text, _NAMES)[1], text)


def bbcode(data: bytes) -> None:
    """BBCode of Friendica, Hubzilla and forums."""
    text = data.decode("utf-8", "replace")
    _all_harmless(bbcode_to_html(text))
    _linear(walk_bbcode(text)[1], text)


def markdown(data: bytes) -> None:
    """The first byte chooses between a post and an article."""
    profile: Profile = "article" if data[:1] > b"\x7f" else "remote_post"
    text = data[1:].decode("utf-8", "replace")
    rendered = markdown_to_html(text, _NAMES.mentions, ("tag",), "https://a.example", profile)
    _all_harmless(rendered)
    extract_markdown(text)


def _linear(steps: int, text: str) -> None:
    if steps > STEPS_PER_CHARACTER * (len(text) + 1):
        raise Broken(f"{steps} steps for {len(text)} characters")


def _all_harmless(cleaned: str, *, tags: bool = True) -> None:
    for name, attributes in _TAG.findall(cleaned):
        if name in _NEVER or not tags:
            raise Broken(f"<{name}> came through")
        for attribute, value in _ATTRIBUTE.findall(attributes):
            _harmless(name, attribute, value)


def _in_order(html: str) -> str:
    """The same with the attributes of each tag sorted, and without empty classes: neither means
    anything."""

    def plain(tag: re.Match[str]) -> str:
        attributes = sorted(each for each in _ATTRIBUTE.findall(tag[2]) if each[1])
        return f"{tag[0][:2]}{tag[1]} {attributes}>"

    return _TAG.sub(plain, html)


def _harmless(element: str, attribute: str, value: str) -> None:
    if attribute.startswith("on") or attribute in {"style", "srcdoc", "action", "formaction"}:
        raise Broken(f"{attribute} of <{element}> came through")
    scheme = re.sub(r"[\x00-\x20]", "", value).partition(":")[0].lower()
    if attribute in _ADDRESSES and scheme in {"javascript", "data", "vbscript", "file", "blob"}:
        raise Broken(f"{value[:60]} came through in {attribute}")


TARGETS: dict[str, Callable[[bytes], None]] = {
    each.__name__: each
    for each in (reader, cavage, rfc9421, webfinger, sanitiser, mfm, bbcode, markdown)
}

FINDINGS = Path(__file__).parent / "findings"
"""``findings/TARGET/NAME``: inputs that once broke something. They are seeds, and tests."""
