"""Rules about what a post says: words, patterns, hashtags."""

from typing import Annotated, Literal

from msgspec import Meta

from weft.domain.markup.extract import tag_name
from weft.domain.policy.patterns import (
    LONGEST_PATTERN,
    Finder,
    pattern_finder,
    words_finder,
    words_swapper,
)
from weft.domain.policy.records import (
    ACCEPT,
    BuiltIn,
    Changes,
    Judge,
    Judgement,
    Rewrite,
    SettingsRefused,
    Subject,
)
from weft.domain.policy.rules.acting import Action, Matcher, Whom, act

SHOWN = 40


class Words(Whom, frozen=True, kw_only=True):
    """``words`` must be given."""

    words: Annotated[
        tuple[Annotated[str, Meta(min_length=1, max_length=100)], ...], Meta(max_length=500)
    ] = ()
    whole: bool = True
    """Only whole words; else also parts of words."""
    names: bool = False
    """Look into the author's name too."""
    action: Action | Literal["replace"] = "quarantine"
    replacement: Annotated[str, Meta(max_length=100)] = "***"
    """What ``replace`` writes in the place of the words."""


class Pattern(Whom, frozen=True, kw_only=True):
    """``pattern`` must be given."""

    pattern: Annotated[str, Meta(max_length=LONGEST_PATTERN)] = ""
    """A regular expression in the syntax of RE2: no look-around, no back references."""
    ignores_case: bool = True
    links: bool = True
    """Look into the addresses of links too."""
    names: bool = False
    action: Action = "quarantine"


def _finds(
    settings: Words | Pattern, action: Action, find: Finder, what: str, *, links: bool
) -> Judge:
    matcher = Matcher(settings)

    def judge(subject: Subject) -> Judgement:
        post = subject.post
        if post is None or not matcher.means(subject):
            return ACCEPT
        texts = [post.text, *(post.links if links else ())]
        if settings.names:
            texts.append(subject.author.name)
        found = next((hit for hit in map(find, texts) if hit is not None), None)
        if found is None:
            return ACCEPT
        return act(action, f"{what} “{found[:SHOWN]}”")

    return judge


def judges_words(settings: Words) -> Judge:
    if not any(word.strip() for word in settings.words):
        raise SettingsRefused("Give words to look for.")
    find = words_finder(settings.words, whole=settings.whole)
    if settings.action == "replace":
        return _replaces(settings, find)
    return _finds(settings, settings.action, find, "it has the words", links=False)


def _replaces(settings: Words, find: Finder) -> Judge:
    """As Pleroma's policy of that name: title, warning and text."""
    matcher = Matcher(settings)
    if settings.names:
        raise SettingsRefused("Words are replaced in posts, not in names: leave names out.")
    swap = words_swapper(settings.words, settings.replacement, whole=settings.whole)

    def judge(subject: Subject) -> Judgement:
        post = subject.post
        if post is None or not matcher.means(subject):
            return ACCEPT
        found = find(post.text) or next(filter(None, map(find, post.tags)), None)
        if found is None:
            return ACCEPT
        return Rewrite(Changes(swaps=(swap,)), f"the words “{found[:SHOWN]}” are replaced")

    return judge


def judges_pattern(settings: Pattern) -> Judge:
    find = pattern_finder(settings.pattern, ignores_case=settings.ignores_case)
    return _finds(settings, settings.action, find, "the pattern fits", links=settings.links)


class Hashtags(Whom, frozen=True, kw_only=True):
    """``tags`` must be given."""

    tags: Annotated[
        tuple[Annotated[str, Meta(min_length=1, max_length=100)], ...], Meta(max_length=500)
    ] = ()
    action: Action = "sensitive"


def judges_hashtags(settings: Hashtags) -> Judge:
    matcher = Matcher(settings)
    wanted = frozenset(tag_name(each.removeprefix("#")) for each in settings.tags) - {""}
    if not wanted:
        raise SettingsRefused("Give hashtags to look for.")

    def judge(subject: Subject) -> Judgement:
        post = subject.post
        if post is None or wanted.isdisjoint(post.tags) or not matcher.means(subject):
            return ACCEPT
        found = next(each for each in post.tags if each in wanted)
        return act(settings.action, f"it has the hashtag #{found}")

    return judge


RULES = (
    BuiltIn("keyword", "Look for words, or parts of words.", Words, judges_words),
    BuiltIn("pattern", "Look for a regular expression, in linear time.", Pattern, judges_pattern),
    BuiltIn("hashtag", "Look for hashtags.", Hashtags, judges_hashtags),
)
