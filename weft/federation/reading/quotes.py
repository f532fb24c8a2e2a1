"""Quotes in all their spellings, and who may quote (A7 of the interop notes of Mastodon)."""

import re
from html import escape
from typing import Any

from weft.domain.markup.sanitise import clean_html
from weft.domain.posts.records import QuotePolicy
from weft.federation.dialects import JsonObject, RemoteQuote
from weft.protocol.activitystreams import first_id, first_type, ids, is_public, objects, text_of

_POLICY = 20
_SPELLINGS = frozenset(("quote", "_misskey_quote", "quoteUrl", "quoteUri"))
_LINE, _LONGEST_WITH_LINE = 5000, 100_000


def quote(document: JsonObject) -> RemoteQuote | None:
    """The first of the spellings that is there; only ``quote`` asks for leave (A7)."""
    if _SPELLINGS.isdisjoint(document) and not document.get("tag"):
        return None
    stamp = first_id(document.get("quoteAuthorization"))
    quoted = document.get("quote")
    if quoted is not None:
        if any(first_type(each, ("Tombstone",)) for each in objects(quoted)):
            uri = first_id(quoted)
            return RemoteQuote(uri=uri, gone=True) if uri is not None else None
        uri = first_id(quoted)
        if uri is not None:
            return RemoteQuote(uri=uri, stamp_uri=stamp)
    for name in ("_misskey_quote", "quoteUrl", "quoteUri"):
        uri = first_id(document.get(name))
        if uri is not None and uri.startswith(("https://", "http://")):
            return RemoteQuote(uri=uri, legacy=True)
    for each in objects(document.get("tag")):
        if first_type(each, ("Link",)) is not None and _is_quote_link(each):
            uri = first_id(each.get("href"))
            if uri is not None and uri.startswith(("https://", "http://")):
                return RemoteQuote(uri=uri, legacy=True)
    return None


def _is_quote_link(link: JsonObject) -> bool:
    """FEP-e232 with Misskey's relation, or named as quotes are; other object links are only links."""
    rels = link.get("rel")
    listed = rels if isinstance(rels, list) else [rels]
    return (text_of(link.get("name")) or "").startswith("RE: ") or any(
        isinstance(each, str) and each.endswith("_misskey_quote") for each in listed
    )


def quote_line(quoted: RemoteQuote) -> str:
    """The link to what is quoted, as safe HTML, for whom the quote is not shown."""
    address = escape(quoted.uri)
    return clean_html(
        f'<p><span class="quote-inline">RE: <a href="{address}">{address}</a></span></p>',
        "remote_post",
    )


_OLD_LINE = re.compile(
    r"(?:<br ?/?>\s*){0,3}(?:RE|QT|RT): ?(?:</span>)?\s*(<a [^>]*>(?:[^<]|<(?!/a>))*</a>)(</p>)?\s*\Z"
)


def with_quote_line(html: str, quoted: RemoteQuote | None) -> str:
    """Sanitised HTML whose link to the quoted post can be told from its text: apps hide what has the
    class ``quote-inline`` where they show the quote itself."""
    if quoted is None or "quote-inline" in html or len(html) > _LONGEST_WITH_LINE:
        return html
    found = _OLD_LINE.search(html, max(0, len(html) - _LINE))
    if found is None:
        return html
    closing = "</span>" if "</span>" in found[0].partition("<a ")[0] else ""
    line = f'<span class="quote-inline"><br>RE: {found[1]}</span>'
    return f"{html[: found.start()]}{closing}{line}{found[2] or ''}"


def quote_policy(
    document: JsonObject, author: str, followers_uri: str | None
) -> QuotePolicy | None:
    """``interactionPolicy.canQuote``; circles that we do not know are nobody's."""
    rules = interaction_rule(document, "canQuote", author, followers_uri)
    return QuotePolicy(*rules) if rules is not None else None


def interaction_rule(
    document: JsonObject, name: str, owner: str, followers_uri: str | None
) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    """Who may at once, and who when the owner has looked; None if nothing is said of ``name``."""
    policy = next(iter(objects(document.get("interactionPolicy"))), None)
    rule = next(iter(objects(policy.get(name))), None) if policy is not None else None
    if rule is None:
        return None

    def circles(value: Any) -> tuple[str, ...]:
        found = []
        for uri in ids(value)[:_POLICY]:
            if is_public(uri):
                found.append("public")
            elif uri == followers_uri or (followers_uri is None and uri == f"{owner}/followers"):
                found.append("followers")
            elif uri == f"{owner}/following":
                found.append("following")
        return tuple(dict.fromkeys(found))

    return (
        circles(rule.get("automaticApproval") or rule.get("always")),
        circles(rule.get("manualApproval") or rule.get("approvalRequired")),
    )
