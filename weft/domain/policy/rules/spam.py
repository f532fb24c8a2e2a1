"""Rules about how a post looks, whatever it says: old ones, many links, many people, copies, strangers."""

from typing import Annotated

from msgspec import Meta

from weft.domain.policy.records import (
    ACCEPT,
    BuiltIn,
    Judge,
    Judgement,
    Need,
    Quarantine,
    Subject,
)
from weft.domain.policy.rules.acting import Action, Hosts, Matcher, Whom, act, is_under

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS


class Age(Whom, frozen=True, kw_only=True):
    days: Annotated[int, Meta(ge=1, le=3650)] = 7
    action: Action = "unlist"


def judges_age(settings: Age) -> Judge:
    matcher = Matcher(settings)

    def judge(subject: Subject) -> Judgement:
        post = subject.post
        if post is None or subject.kind != "post" or subject.activity == "Fetch":
            return ACCEPT  # Threads are completed with old posts, and that is well.
        if post.published_at is None or not matcher.means(subject):
            return ACCEPT
        if subject.now - post.published_at < settings.days * DAY_MS:
            return ACCEPT
        return act(settings.action, f"it was written more than {settings.days} days before it came")

    return judge


class Links(Whom, frozen=True, kw_only=True):
    most: Annotated[int, Meta(ge=0, le=1000)] = 5
    new_for_hours: Annotated[int, Meta(ge=0, le=24 * 365)] = 0
    """Only of accounts that were first seen here within this time; 0: of all."""
    action: Action = "quarantine"


def judges_links(settings: Links) -> Judge:
    matcher = Matcher(settings)

    def judge(subject: Subject) -> Judgement:
        post = subject.post
        if post is None or len(post.links) <= settings.most or not matcher.means(subject):
            return ACCEPT
        known_ms = subject.now - subject.author.known_since
        if settings.new_for_hours and known_ms >= settings.new_for_hours * HOUR_MS:
            return ACCEPT
        return act(settings.action, f"it has {len(post.links)} links; {settings.most} are allowed")

    return judge


class Mentions(Whom, frozen=True, kw_only=True):
    unlist_from: Annotated[int, Meta(ge=0, le=10_000)] = 10
    """Unlisted from this many people on; 0: never."""
    reject_from: Annotated[int, Meta(ge=0, le=10_000)] = 20
    """Refused from this many people on; 0: never."""


def judges_mentions(settings: Mentions) -> Judge:
    matcher = Matcher(settings)

    def judge(subject: Subject) -> Judgement:
        post = subject.post
        if post is None or not matcher.means(subject):
            return ACCEPT
        if settings.reject_from and post.mentions >= settings.reject_from:
            return act("reject", f"it is addressed to {post.mentions} people")
        if settings.unlist_from and post.mentions >= settings.unlist_from:
            return act("unlist", f"it is addressed to {post.mentions} people")
        return ACCEPT

    return judge


class Copies(Whom, frozen=True, kw_only=True):
    window_hours: Annotated[int, Meta(ge=1, le=168)] = 24
    most: Annotated[int, Meta(ge=1, le=1000)] = 2
    """Other accounts that may have said the same."""
    shortest: Annotated[int, Meta(ge=10, le=10_000)] = 50
    """Characters; shorter texts are alike by chance."""
    action: Action = "quarantine"


def judges_copies(settings: Copies) -> Judge:
    matcher = Matcher(settings)

    def judge(subject: Subject) -> Judgement:
        post = subject.post
        if post is None or len(post.text) < settings.shortest or not matcher.means(subject):
            return ACCEPT
        if post.copies <= settings.most:
            return ACCEPT
        return act(settings.action, f"{post.copies} other accounts said the same")

    return judge


class Strangers(Whom, frozen=True, kw_only=True):
    new_for_hours: Annotated[int, Meta(ge=1, le=24 * 365)] = 24
    """How long an account is new, from when it was first seen here."""
    most: Annotated[int, Meta(ge=0, le=1000)] = 0
    """People here who do not follow the author, and may be mentioned all the same."""
    action: Action = "quarantine"


def judges_strangers(settings: Strangers) -> Judge:
    matcher = Matcher(settings)

    def judge(subject: Subject) -> Judgement:
        post, author = subject.post, subject.author
        if post is None or post.strangers <= settings.most or not matcher.means(subject):
            return ACCEPT
        if author.followed_here or subject.now - author.known_since >= (
            settings.new_for_hours * HOUR_MS
        ):
            return ACCEPT
        return act(
            settings.action,
            f"its author is new here and mentions {post.strangers} who do not follow them",
        )

    return judge


class UnknownHosts(Whom, frozen=True, kw_only=True):
    approved: Hosts = ()
    """Servers that need no leave; those that a moderator lets in are kept beside these."""


def judges_unknown_hosts(settings: UnknownHosts) -> Judge:
    matcher = Matcher(settings)
    approved = frozenset(each.casefold() for each in settings.approved)

    def judge(subject: Subject) -> Judgement:
        author = subject.author
        if author.local or author.host_known or not matcher.means(subject):
            return ACCEPT
        if is_under(author.host, approved) or subject.kind == "profile":
            return ACCEPT  # A profile alone says nothing to anybody.
        return Quarantine(f"{author.host} is new here, and nobody has let it in")

    return judge


RULES = (
    BuiltIn("age", "Judge posts that come long after they were written.", Age, judges_age),
    BuiltIn("links", "Judge posts with many links.", Links, judges_links),
    BuiltIn("mentions", "Judge posts that are addressed to many.", Mentions, judges_mentions),
    BuiltIn(
        "copies",
        "Judge what several accounts say in the same words.",
        Copies,
        judges_copies,
        frozenset({Need.COPIES}),
    ),
    BuiltIn(
        "strangers",
        "Judge new accounts that mention people who do not follow them.",
        Strangers,
        judges_strangers,
        frozenset({Need.FOLLOWED, Need.STRANGERS}),
    ),
    BuiltIn(
        "unknown-host",
        "Let servers that were never heard of wait for a moderator.",
        UnknownHosts,
        judges_unknown_hosts,
        frozenset({Need.KNOWN_HOST}),
    ),
)
