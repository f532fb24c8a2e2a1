"""Each rule of ours, asked about what it is for and about what it is not."""

from typing import Any

import msgspec
import pytest

from weft.domain.actors.records import ActorKind
from weft.domain.policy.catalogue import prepared, read_settings, rule_named, rules
from weft.domain.policy.facts import Matter, digest_of
from weft.domain.policy.patterns import pattern_finder, words_finder, words_swapper
from weft.domain.policy.pipeline import changed
from weft.domain.policy.records import (
    Accept,
    Author,
    Changes,
    Judgement,
    PostView,
    ProfileView,
    Quarantine,
    Reject,
    Rewrite,
    SettingsRefused,
    Subject,
)
from weft.domain.policy.views import links_of, reworded_html
from weft.domain.posts.records import PostKind
from weft.domain.visibility.viewer import Visibility

HOUR = 3_600_000
NOW = 1_800_000_000_000


def post(**more: Any) -> PostView:
    return PostView(kind=PostKind.NOTE, visibility=Visibility.PUBLIC, **more)


def subject(what: PostView | ProfileView | None, kind: str = "post", **author: Any) -> Subject:
    known: dict[str, Any] = {"uri": "https://a.b.example/u/mia", "handle": "mia@b.example", "host": "a.b.example",
             "local": False, "kind": ActorKind.PERSON}  # fmt: skip
    return Subject(
        kind=kind,  # type: ignore[arg-type]
        activity="Create",
        author=Author(**(known | author)),
        now=NOW,
        post=what if isinstance(what, PostView) else None,
        profile=what if isinstance(what, ProfileView) else None,
    )


def asked(rule: str, settings: dict[str, Any], about: Subject) -> Judgement:
    kind = rule_named(rule)
    return prepared(kind, read_settings(kind, msgspec.json.encode(settings)))(about)


def bot(what: PostView | None, kind: str = "post") -> Subject:
    found = subject(what, kind)
    author = msgspec.structs.replace(found.author, kind=ActorKind.SERVICE)
    return msgspec.structs.replace(found, author=author)


YOUNG: dict[str, Any] = {"known_since": NOW - HOUR}
OLD: dict[str, Any] = {"known_since": NOW - 900 * HOUR}
TOUCHED: tuple[tuple[str, dict[str, Any], Subject, type], ...] = (
    ("reject", {"hosts": ["b.example"]}, subject(post()), Reject),
    ("reject", {"handles": ["@Mia@b.example"]}, subject(None, "follow"), Reject),
    ("reject", {"hosts": ["b.example"], "only": ["report"]}, subject(None, "report"), Reject),
    ("silence", {}, subject(post()), Rewrite),
    ("strip-media", {}, subject(post(media=1)), Rewrite),
    ("warn", {"text": "Mind"}, subject(post()), Rewrite),
    ("strip-portraits", {}, subject(ProfileView(has_avatar=True), "profile"), Rewrite),
    ("limit-reach", {"to": "followers"}, subject(post()), Rewrite),
    ("bots", {}, bot(post()), Rewrite),
    ("bots", {}, bot(None, "follow"), Reject),
    ("keyword", {"words": ["ＣＡＳＩＮＯ"]}, subject(post(text="a casino.")), Quarantine),
    ("keyword", {"words": ["cas\u200bino"]}, subject(post(text="CaSiNo")), Quarantine),
    ("keyword", {"words": ["as"], "whole": False}, subject(post(text="casino")), Quarantine),
    ("keyword", {"words": ["mia"], "names": True}, subject(post(), name="Mia"), Quarantine),
    ("keyword", {"words": ["casino"], "action": "replace"}, subject(post(text="a casino.")), Rewrite),
    ("keyword", {"words": ["casino"], "action": "replace"}, subject(post(tags=("casino",))), Rewrite),
    ("pattern", {"pattern": "c.sino", "action": "reject"}, subject(post(text="CASINO")), Reject),
    ("pattern", {"pattern": r"spam\.example"}, subject(post(links=("https://spam.example/",))), Quarantine),
    ("hashtag", {"tags": ["#NSFW"]}, subject(post(tags=("nsfw",))), Rewrite),
    ("age", {"days": 2}, subject(post(published_at=NOW - 49 * HOUR)), Rewrite),
    ("links", {"most": 1}, subject(post(links=("a", "b"))), Quarantine),
    ("links", {"most": 0, "new_for_hours": 2}, subject(post(links=("a",)), **YOUNG), Quarantine),
    ("mentions", {}, subject(post(mentions=10)), Rewrite),
    ("mentions", {}, subject(post(mentions=20)), Reject),
    ("copies", {"most": 1, "shortest": 10}, subject(post(text="x" * 10, copies=2)), Quarantine),
    ("strangers", {}, subject(post(strangers=1), **YOUNG), Quarantine),
    ("unknown-host", {}, subject(post(), host_known=False), Quarantine),
)  # fmt: skip
LET_BE: tuple[tuple[str, dict[str, Any], Subject], ...] = (
    ("reject", {"hosts": ["c.example"]}, subject(post())),
    ("reject", {"hosts": ["b.example"], "only": ["report"]}, subject(post())),
    ("silence", {}, subject(post(), local=True)),
    ("silence", {}, subject(None, "follow")),
    ("strip-media", {}, subject(post())),
    ("strip-portraits", {"avatars": False}, subject(ProfileView(has_avatar=True), "profile")),
    ("limit-reach", {"hosts": ["c.example"]}, subject(post())),
    ("bots", {}, subject(post())),
    ("keyword", {"words": ["as"]}, subject(post(text="casino"))),
    ("keyword", {"words": ["mia"]}, subject(post(), name="Mia")),
    ("keyword", {"words": ["mia"], "action": "replace"}, subject(post(), name="Mia")),
    ("pattern", {"pattern": "^c.sino$", "ignores_case": False}, subject(post(text="CASINO"))),
    ("hashtag", {"tags": ["nsfw"]}, subject(post(tags=("cats",)))),
    ("age", {"days": 3}, subject(post(published_at=NOW - 49 * HOUR))),
    ("age", {"days": 2}, subject(post(published_at=NOW - 49 * HOUR), "edit")),
    ("links", {"most": 2}, subject(post(links=("a", "b")))),
    ("links", {"most": 0, "new_for_hours": 2}, subject(post(links=("a",)), **OLD)),
    ("mentions", {"reject_from": 0, "unlist_from": 0}, subject(post(mentions=900))),
    ("copies", {"most": 2, "shortest": 10}, subject(post(text="x" * 10, copies=2))),
    ("copies", {"most": 1}, subject(post(text="short", copies=9))),
    ("strangers", {}, subject(post(strangers=1), **OLD)),
    ("strangers", {}, subject(post(strangers=1), followed_here=True, **YOUNG)),
    ("unknown-host", {"approved": ["b.example"]}, subject(post(), host_known=False)),
    ("unknown-host", {}, subject(post())),
)  # fmt: skip


@pytest.mark.parametrize(("rule", "settings", "about", "said"), TOUCHED)
def test_a_rule_touches_what_it_is_for(
    rule: str, settings: dict[str, Any], about: Subject, said: type
) -> None:
    found = asked(rule, settings, about)
    assert isinstance(found, said)
    assert not isinstance(found, Accept)
    assert found.reason


@pytest.mark.parametrize(("rule", "settings", "about"), LET_BE)
def test_a_rule_lets_everything_else_be(
    rule: str, settings: dict[str, Any], about: Subject
) -> None:
    assert not isinstance(asked(rule, settings, about), Rewrite | Quarantine | Reject)


def test_every_rule_is_asked_above() -> None:
    assert {row[0] for row in TOUCHED} == {row[0] for row in LET_BE} | {"warn"} == set(rules())


def test_no_text_holds_a_pattern_up() -> None:
    """What makes a backtracking engine try for ages: 100,000 letters and a last one that does not fit."""
    for pattern in ("(a+)+$", "(a|aa)+b", ".*a.*a.*a.*a.*b$", "(x+x+)+y"):
        find = pattern_finder(pattern, ignores_case=True)
        assert find("a" * 100_000 + "!") in {None, "a" * 100_000}


def test_words_are_found_however_they_are_dressed() -> None:
    find = words_finder(["straße", "free money"], whole=True)
    assert find("STRASSE!") == "strasse"
    assert find("free\u00a0money") == "free money"
    assert find("strassen") is None


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("A Casino, two CASINOS", "A ***, two CASINOS"),
        ("Größe: ＣＡＳＩＮＯ und\u00a0casino!", "Größe: *** und\u00a0***!"),
        ("Cas\u200bi\u00adno é ", "*** é "),
        ("STRASSE, Straße und Straßen", "***, *** und Straßen"),
        ("cafe\u0301 and café and cafe", "*** and *** and cafe"),
        ("\u1100\u1161 casino É", "\uac00 *** é"),
        ("nothing here \U0001f600", "nothing here \U0001f600"),
        ("", ""),
    ],
)
def test_words_are_replaced_however_they_are_dressed(text: str, left: str) -> None:
    swap = words_swapper(["casino", "straße", "café"], "***", whole=True)
    assert swap(text) == left
    assert swap(left) == left


def test_what_is_left_of_replaced_words_has_none_of_them() -> None:
    swap = words_swapper(["casino", "sin"], "", whole=False)
    assert swap("a cascasinoino b") == "a  b"
    nested = "casino"
    for _ in range(20):
        nested = f"cas{nested}ino"
    assert swap(nested) == ""
    many = words_swapper(["a"], "x" * 100, whole=False)("a" * 100_000)
    assert many == "x" * 100_000
    for words, by in ((["cat"], "a Cat"), (["as"], "as")):
        with pytest.raises(SettingsRefused):
            words_swapper(words, by, whole=True)


@pytest.mark.parametrize(
    ("content", "left"),
    [
        ("<p>A casino &amp; <a href=\"https://casino.example/\">this</a></p>",
         "<p>A *** &amp; <a href=\"https://casino.example/\">this</a></p>"),
        ("<p>A cas<b>ino</b></p><p>&lt;b&gt; more</p>", "<p>A ***</p><p>&lt;b&gt; more</p>"),
        ("<p>&#99;asino &lt;script&gt;</p>", "<p>*** &lt;script&gt;</p>"),
        ("casino", "***"),
        ("<p>fine &nbsp; &quot;</p>", "<p>fine &nbsp; &quot;</p>"),
    ],
)  # fmt: skip
def test_words_are_replaced_in_what_a_reader_sees(content: str, left: str) -> None:
    changes = Changes(swaps=(words_swapper(["casino"], "***", whole=True),))
    assert reworded_html(content, changes) == left


def test_several_replacements_are_made_in_their_order() -> None:
    first = Changes(swaps=(words_swapper(["one"], "two", whole=True),))
    second = Changes(swaps=(words_swapper(["two"], "three", whole=True),))
    assert first.plus(second).reworded("one two") == "three three"
    seen = changed(subject(post(text="one", summary="one", tags=("one", "a"))), first)
    assert seen.post is not None
    assert (seen.post.text, seen.post.summary, seen.post.tags) == ("two", "two", ("a",))


def test_words_are_not_replaced_in_names() -> None:
    with pytest.raises(SettingsRefused):
        asked("keyword", {"words": ["a"], "action": "replace", "names": True}, subject(post()))


def test_links_that_call_themselves_mentions_are_counted_beyond_the_mentions() -> None:
    link = '<a class="mention" href="https://{}.example/">x</a>'
    content = "".join(link.format(each) for each in "abc")
    assert links_of(content, None, 1) == ("https://b.example/", "https://c.example/")


def test_copies_are_alike_but_for_names_links_case_and_marks() -> None:
    def digest(text: str) -> str | None:
        return digest_of(Matter(subject=subject(post(text=text))))

    assert digest("@a Buy NOW! https://x.example/1") == digest("buy now @b@c.example")
    assert digest("buy now") != digest("buy later")
    assert digest("@a https://x.example") is None


def test_changes_add_up_and_never_make_a_post_more_public() -> None:
    both = Changes(visibility=Visibility.UNLISTED).plus(
        Changes(visibility=Visibility.FOLLOWERS, quiet=True)
    )
    assert (both.visibility, both.quiet) == (Visibility.FOLLOWERS, True)
    assert both.lowered(Visibility.DIRECT) is Visibility.DIRECT
    assert both.lowered(Visibility.PUBLIC) is Visibility.FOLLOWERS
