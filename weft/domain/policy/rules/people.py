"""Rules about certain people or servers: what Weft's rules about domains do not say."""

from typing import Annotated, Literal

from msgspec import Meta

from weft.domain.policy.records import (
    ACCEPT,
    BuiltIn,
    Changes,
    Judge,
    Judgement,
    Kind,
    Need,
    Reject,
    Rewrite,
    SettingsRefused,
    Subject,
)
from weft.domain.policy.rules.acting import SILENCED, Action, Matcher, Whom, act
from weft.domain.visibility.viewer import Visibility


class Rejecting(Whom, frozen=True, kw_only=True):
    """``hosts`` or ``handles`` must be given."""

    only: Annotated[tuple[Kind, ...], Meta(max_length=8)] = ()
    """Kinds that are meant; empty: all."""


def rejects(settings: Rejecting) -> Judge:
    matcher, only = Matcher(settings), frozenset(settings.only)
    if matcher.is_all:
        raise SettingsRefused("Name hosts or handles: this would refuse everybody.")

    def judge(subject: Subject) -> Judgement:
        if (only and subject.kind not in only) or not matcher.means(subject):
            return ACCEPT
        return Reject(f"nothing of {subject.author.handle} is taken")

    return judge


def _rewrites(changes: Changes, reason: str, settings: Whom) -> Judge:
    matcher = Matcher(settings)

    def judge(subject: Subject) -> Judgement:
        if subject.post is None or not matcher.means(subject):
            return ACCEPT
        return Rewrite(changes, reason)

    return judge


def silences(settings: Whom) -> Judge:
    return _rewrites(SILENCED, "its author is silenced", settings)


class Warning_(Whom, frozen=True, kw_only=True):
    text: Annotated[str, Meta(max_length=200)] = ""
    """The warning where the post has none; empty: media are hidden, words are not."""


def warns(settings: Warning_) -> Judge:
    changes = Changes(sensitive=True, summary=settings.text.strip() or None)
    return _rewrites(changes, "posts of its author get a warning", settings)


def strips_media(settings: Whom) -> Judge:
    matcher = Matcher(settings)

    def judge(subject: Subject) -> Judgement:
        if subject.post is None or not subject.post.media or not matcher.means(subject):
            return ACCEPT
        return Rewrite(Changes(strips_media=True), "its files are left out")

    return judge


class Portraits(Whom, frozen=True, kw_only=True):
    avatars: bool = True
    headers: bool = True


def strips_portraits(settings: Portraits) -> Judge:
    matcher = Matcher(settings)

    def judge(subject: Subject) -> Judgement:
        profile = subject.profile
        if profile is None or not matcher.means(subject):
            return ACCEPT
        avatar = settings.avatars and profile.has_avatar
        header = settings.headers and profile.has_header
        if not avatar and not header:
            return ACCEPT
        return Rewrite(
            Changes(strips_avatar=avatar, strips_header=header), "its pictures are left out"
        )

    return judge


class Reach(Whom, frozen=True, kw_only=True):
    to: Literal["unlisted", "followers"] = "unlisted"


def limits_reach(settings: Reach) -> Judge:
    visibility = Visibility[settings.to.upper()]
    matcher = Matcher(settings)

    def judge(subject: Subject) -> Judgement:
        post = subject.post
        if post is None or post.visibility >= visibility or not matcher.means(subject):
            return ACCEPT
        return Rewrite(Changes(visibility=visibility), f"it is {settings.to} here")

    return judge


class Bots(Whom, frozen=True, kw_only=True):
    action: Action = "unlist"
    follows: bool = True
    """Also refuse follows by bots whom nobody here follows."""


def judges_bots(settings: Bots) -> Judge:
    matcher = Matcher(settings)

    def judge(subject: Subject) -> Judgement:
        if not subject.author.is_bot or not matcher.means(subject):
            return ACCEPT
        if subject.kind == "follow":
            if settings.follows and not subject.author.followed_here:
                return Reject("bots whom nobody here follows may not follow")
            return ACCEPT
        return act(settings.action, "its author is a bot") if subject.post else ACCEPT

    return judge


RULES = (
    BuiltIn("reject", "Refuse what certain people or servers send.", Rejecting, rejects),
    BuiltIn(
        "silence",
        "Keep posts out of public timelines, and their notifications from who does not follow.",
        Whom,
        silences,
    ),
    BuiltIn("strip-media", "Leave pictures, video and sound out.", Whom, strips_media),
    BuiltIn(
        "warn", "Mark posts as sensitive, or put a content warning before them.", Warning_, warns
    ),
    BuiltIn("strip-portraits", "Leave avatars and banners out.", Portraits, strips_portraits),
    BuiltIn("limit-reach", "Make posts unlisted, or for followers only.", Reach, limits_reach),
    BuiltIn(
        "bots",
        "Judge what bots post, and their follows.",
        Bots,
        judges_bots,
        frozenset({Need.FOLLOWED}),
    ),
)
