"""What the forms do with posts that are odd: hostile titles, warnings, too many or unfit files."""

from typing import Any

import pytest
from msgspec import json
from msgspec.structs import replace

from tests.federation.sayings import (
    IN_CLUB,
    MIA,
    NOBODY,
    facts,
    picture,
    post,
    row,
    sayings,
    titled,
    told,
)
from weft.dialects import platform_dialects
from weft.domain.actors.records import ActorFacets
from weft.domain.events import PostEdited, PostPublished, ReactionUndone
from weft.domain.media.records import MediaKind
from weft.domain.posts.kinds import ArticleFacets, MediaFile, VideoFacets
from weft.domain.posts.queries import AttachmentRow, PollOptionRow, PollRow
from weft.domain.posts.records import AudienceRole, PostFacets, PostKind
from weft.domain.quotes.queries import Quote
from weft.domain.reactions.react import Reaction, ReactionKind
from weft.domain.visibility.viewer import Visibility
from weft.federation.facts import PostFacts
from weft.federation.forms.dialect import PlatformDialect, own
from weft.federation.forms.said import Said, said_in
from weft.federation.forms.table import PLATFORMS, Form
from weft.federation.rendering import About

EVIL = '<script>alert(1)</script>"&'
SAFE = "&lt;script&gt;alert(1)&lt;/script&gt;&quot;&amp;"
DIALECTS = platform_dialects()


def form(platform: str, of: PostFacts) -> dict[str, Any]:
    document = DIALECTS[platform].posted(NOBODY, of)
    assert document is not None
    return document


def direct(**more: Any) -> PostFacts:
    known: dict[str, Any] = {"named": ((MIA, AudienceRole.MENTION),)}
    said = post(PostKind.NOTE, "<p>Psst</p>", visibility=Visibility.DIRECT, summary="Cake")
    return facts(said, **(known | more))


@pytest.mark.parametrize("platform", PLATFORMS)
def test_no_title_choice_or_name_becomes_markup(platform: str) -> None:
    poll = row(PollRow, post_id=1)
    options = (PollOptionRow(1, 0, EVIL, 0),)
    asked = facts(
        post(PostKind.QUESTION, "<p>?</p>"), poll=poll, options=options, attachments=(picture(1),)
    )
    video = PostFacets(video=VideoFacets())
    for of in (asked, titled(PostKind.VIDEO, EVIL, "<p>x</p>", video)):
        document = DIALECTS[platform].posted(NOBODY, of)
        if document is not None:
            assert "<script" not in document["content"]


def test_choices_are_listed_as_text_with_a_link_to_where_they_are() -> None:
    poll = row(PollRow, post_id=1, multiple=True)
    options = (PollOptionRow(1, 0, EVIL, 0), PollOptionRow(1, 1, "Tea", 2))
    document = form(
        "castopod", facts(post(PostKind.QUESTION, "<p>?</p>"), poll=poll, options=options)
    )
    assert document["type"] == "Note"
    assert f"<ul><li>{SAFE}</li><li>Tea</li></ul>" in document["content"]
    assert document["url"] in document["content"]
    assert {"oneOf", "anyOf", "votersCount"}.isdisjoint(document)


def test_a_warning_of_an_article_stays_one_and_its_summary_is_none_then() -> None:
    about = PostFacets(article=ArticleFacets(summary="<p>On rivers.</p>"))
    warned = facts(
        post(PostKind.ARTICLE, "<p>x</p>", title="Rivers", summary="Floods", facets=about)
    )
    for platform in ("generic", "mastodon", "pleroma", "misskey", "gotosocial"):
        document = form(platform, warned)
        assert document["summary"] == document["dcterms:subject"] == "Floods"
        assert document["@context"][-1] == {"dcterms": "http://purl.org/dc/terms/"}
    sensitive = facts(
        post(PostKind.ARTICLE, "<p>x</p>", title="Rivers", sensitive=True, facets=about)
    )
    # Together with that flag it would be taken for one.
    assert form("generic", sensitive)["summary"] is None
    assert "On rivers." in form("generic", sensitive)["preview"]["content"]


def test_pixelfed_gets_the_files_that_it_takes_and_links_to_the_others() -> None:
    film = row(
        AttachmentRow, post_id=1, position=2, kind=MediaKind.FILE, content_type="application/pdf",
        store_key="a.pdf",
    )  # fmt: skip
    wide = replace(picture(3), width=6000, store_key="wide.jpg")
    album = facts(post(PostKind.ALBUM, "<p>x</p>"), attachments=(picture(1), film, wide))
    document = form("pixelfed", album)
    assert [each["name"] for each in document["attachment"]] == ["Picture 1"]
    for name in ("a.pdf", "wide.jpg"):
        assert f'href="https://weft.example/media/{name}"' in document["content"]
    alone = facts(post(PostKind.NOTE, "<p>x</p>"), attachments=(film,))
    about = About(alone.author.uri, alone.author, (), alone)
    assert DIALECTS["pixelfed"].write_activity(NOBODY, "u", PostPublished(1), about) is None
    edited = DIALECTS["pixelfed"].write_activity(NOBODY, "u", PostEdited(1), about)
    assert edited is not None
    assert edited["object"]["attachment"] == []
    answer = facts(post(PostKind.NOTE, "<p>x</p>", in_reply_to_uri="https://pix.example/p/1"))
    assert form("pixelfed", answer)["content"] == "<p>x</p>"
    assert form("pixelfed", direct())["content"] == "<p>Psst</p>"


def test_a_message_to_one_is_a_chat_message_where_there_are_no_direct_posts() -> None:
    document = form("lemmy", direct(attachments=(picture(1), picture(2))))
    assert (document["type"], document["to"]) == ("ChatMessage", [MIA.uri])
    assert {"cc", "summary", "inReplyTo"}.isdisjoint(document)
    assert document["content"].startswith("<p><strong>Cake</strong></p><p>Psst</p>")
    assert document["attachment"]["name"] == "Picture 1"
    assert "p2.jpg" in document["content"]
    two = direct(named=((MIA, AudienceRole.MENTION), (replace(MIA, id=99), AudienceRole.MENTION)))
    assert form("lemmy", two)["type"] == "Note"
    assert form("pleroma", direct())["type"] == "Note"


def test_who_takes_no_chat_messages_gets_a_direct_post() -> None:
    said = post(
        PostKind.NOTE, "<p>x</p>", visibility=Visibility.DIRECT, facets=PostFacets(chat=True)
    )
    for chats, type_ in ((None, "ChatMessage"), (True, "ChatMessage"), (False, "Note")):
        mia = replace(MIA, facets=json.encode(ActorFacets(chats=chats)).decode())
        chat = facts(said, named=((mia, AudienceRole.MENTION),))
        assert form("pleroma", chat)["type"] == type_


def test_an_answer_is_no_thread_of_its_own_however_it_is_titled() -> None:
    of = titled(PostKind.VIDEO, "Film", "<p>x</p>", PostFacets(video=VideoFacets()))
    answer = PostFacts(
        replace(of.post, in_reply_to_uri="https://forum.example/post/1"), *fields(of)[1:]
    )
    assert form("lemmy", of)["type"] == "Page"
    assert form("lemmy", answer)["type"] == form("discourse", answer)["type"] == "Note"


def test_an_answer_in_a_community_is_a_comment_there_whatever_it_was_written_as() -> None:
    answer = post(PostKind.NOTE, "<p>x</p>", in_reply_to_uri="https://forum.example/post/1")
    assert said_in(facts(answer, **IN_CLUB)) is Said.COMMENT
    assert said_in(facts(answer)) is Said.NOTE
    assert said_in(facts(post(PostKind.NOTE, "<p>x</p>"), **IN_CLUB)) is Said.NOTE


def fields(of: PostFacts) -> tuple[Any, ...]:
    return tuple(getattr(of, name) for name in PostFacts.__dataclass_fields__)


def test_titles_are_as_long_as_lemmy_takes_them_and_never_missing() -> None:
    video = PostFacets(video=VideoFacets())
    assert len(form("lemmy", titled(PostKind.VIDEO, "x" * 500, "", video))["name"]) == 200
    nameless = form("lemmy", titled(PostKind.VIDEO, None, "<p>First</p><p>Second</p>", video))
    assert nameless["name"] == "First"
    assert form("lemmy", titled(PostKind.VIDEO, None, "", video))["name"]


def test_the_file_that_plays_is_one_with_sound_that_fits_a_screen() -> None:
    files = (
        MediaFile("https://v.example/2160.mp4", "video/mp4", 3840, 2160),
        MediaFile("https://v.example/silent.mp4", "video/mp4", 1920, 1080, is_silent=True),
        MediaFile("https://v.example/480.mp4", "video/mp4", 854, 480),
    )
    for known, best in ((files, "480"), (files[:2], "2160"), (files[1:2], "silent")):
        video = PostFacets(video=VideoFacets(files=known))
        (played,) = form("mastodon", titled(PostKind.VIDEO, "x", "", video))["attachment"]
        assert played["url"] == f"https://v.example/{best}.mp4"
    unknown = PostFacets(video=VideoFacets(files=(MediaFile("https://v.example/x"),)))
    assert form("mastodon", titled(PostKind.VIDEO, "x", "", unknown))["attachment"] == []


def test_a_link_is_the_first_attachment_of_its_thread() -> None:
    linked = post(PostKind.LINK, "<p>x</p>", title="News", link_url="https://news.example/1")
    document = form("lemmy", facts(linked, attachments=(picture(1),), **IN_CLUB))
    assert document["attachment"][0] == {"type": "Link", "href": "https://news.example/1"}


def test_what_was_typed_goes_along_only_where_it_is_what_is_said() -> None:
    quote = sayings()[Said.QUOTE]
    assert form("misskey", quote)["source"]["mediaType"] == "text/x.misskeymarkdown"
    chat = sayings()[Said.CHAT]
    assert form("lemmy", chat)["source"]["content"] == "Between us"
    typed = replace(
        titled(PostKind.VIDEO, "x", "<p>y</p>", PostFacets(video=VideoFacets())).post,
        source="y", source_format="text/x.misskeymarkdown", language="en",
    )  # fmt: skip
    document = form("misskey", facts(typed))
    assert "source" not in document
    assert document["contentMap"] == {"en": document["content"]}


@pytest.mark.parametrize("platform", PLATFORMS)
def test_an_edit_is_told_in_the_form_of_the_post(platform: str) -> None:
    dialect = DIALECTS[platform]
    article = sayings()[Said.ARTICLE]
    uri, _, about = told(Said.ARTICLE, article)
    created = dialect.write_activity(NOBODY, uri, PostPublished(article.post.id), about)
    updated = dialect.write_activity(NOBODY, uri + "#2", PostEdited(article.post.id), about)
    if created is None:
        assert updated is None
        return
    assert updated is not None
    assert (updated["type"], updated["object"]) == ("Update", created["object"])


def test_an_emoji_after_a_downvote_does_not_turn_the_vote_around() -> None:
    down = Reaction(1, 8001, 11, ReactionKind.DISLIKE, "", "https://weft.example/r/1", 0)
    fire = Reaction(2, 8001, 11, ReactionKind.EMOJI, "🔥", "https://weft.example/r/2", 0)
    uri, event, about = told(Said.EMOJI_REACTION, sayings()[Said.EMOJI_REACTION])
    both = About(
        about.actor_uri, about.actor, (), about.post, fire, about.object_uri, others=(down, fire)
    )
    assert DIALECTS["lemmy"].write_activity(NOBODY, uri, event, both) is None
    plain = DIALECTS["mastodon"].write_activity(NOBODY, uri, event, both)
    assert plain is not None
    assert plain["type"] == "Like"
    left = About(about.actor_uri, about.actor, (), None, None, about.object_uri, others=(down,))
    undone = ReactionUndone(2, fire.uri or "", ReactionKind.EMOJI, "🔥", 11, 8001)
    assert DIALECTS["lemmy"].write_activity(NOBODY, uri, undone, left) is None
    taken = DIALECTS["mastodon"].write_activity(NOBODY, uri, undone, left)
    assert taken is not None
    assert taken["object"] == {
        "id": fire.uri, "type": "Like", "actor": about.actor_uri, "object": about.object_uri
    }  # fmt: skip


def test_a_writer_of_a_platform_comes_before_the_table_and_may_leave_a_post_to_it() -> None:
    base = DIALECTS["generic"]._base

    def write(server: Any, of: PostFacts) -> dict[str, Any] | None:
        return {"id": of.post.uri, "type": "Video"} if of.post.title else None

    dialect = PlatformDialect(
        base, PLATFORMS["castopod"], own(["https://v.example/ns"], write, Said.VIDEO)
    )
    assert dialect.form(Said.VIDEO) is Form.OWN
    of = sayings()[Said.VIDEO]
    activity = dialect.write_activity(NOBODY, *told(Said.VIDEO, of))
    assert activity is not None
    assert activity["@context"] == ["https://v.example/ns"]
    assert activity["object"] == {"id": of.post.uri, "type": "Video"}
    untitled = titled(PostKind.VIDEO, None, "<p>x</p>", PostFacets(video=VideoFacets()))
    document = dialect.posted(NOBODY, untitled)
    assert document is not None
    assert document["type"] == "Note"


ABOVE = "https://tube.example/videos/1"


@pytest.mark.parametrize(
    ("platform", "answer", "mentions", "sent"),
    [
        ("peertube", True, False, "Note"),
        ("peertube", False, True, None),
        ("peertube", False, False, None),
        ("bookwyrm", True, False, "Note"),
        ("bookwyrm", False, True, "Note"),
        ("bookwyrm", False, False, None),
        ("castopod", False, False, "Note"),
    ],
)
def test_who_drops_what_answers_nothing_gets_none_of_it(
    platform: str, answer: bool, mentions: bool, sent: str | None
) -> None:
    more: dict[str, Any] = {"named": ((MIA, AudienceRole.MENTION),)} if mentions else {}
    up = {"in_reply_to_uri": ABOVE} if answer else {}
    poll = row(PollRow, post_id=1, multiple=True)
    options = (PollOptionRow(1, 0, "Tea", 0), PollOptionRow(1, 1, "Milk", 2))
    quote = Quote(7001, "https://social.example/users/mia/1", None, None)
    said = [
        facts(post(PostKind.NOTE, "<p>Hi</p>", **up), **more),
        facts(post(PostKind.QUESTION, "<p>?</p>", **up), poll=poll, options=options, **more),
        facts(post(PostKind.NOTE, "<p>So</p>", **up), quote=quote, **more),
        facts(post(PostKind.ARTICLE, "<p>x</p>", title="Rivers", **up), **more),
    ]  # fmt: skip
    for of in said:
        document = DIALECTS[platform].posted(NOBODY, of)
        assert (document and document["type"]) == sent
        edited = PostEdited(of.post.id)
        about = About(of.author.uri, of.author, (), of)
        told_of = DIALECTS[platform].write_activity(NOBODY, f"{of.post.uri}#1", edited, about)
        assert (told_of and told_of["object"]["type"]) == sent
    if sent is None:
        # Who asks for one by its id is answered all the same.
        assert DIALECTS[platform].write_post(NOBODY, said[0])["type"] == "Note"
        return
    listed, quoting = (DIALECTS[platform].posted(NOBODY, each) for each in said[1:3])
    assert listed is not None
    assert quoting is not None
    assert "<li>Tea</li>" in listed["content"]
    assert "quote" not in quoting


def test_every_example_is_what_it_is_an_example_of() -> None:
    found = {said: said_in(of) for said, of in sayings().items() if said in PLATFORMS["weft"].cells}
    notes = (Said.QUOTE, Said.CUSTOM_EMOJI, Said.LIKE, Said.EMOJI_REACTION, Said.DOWNVOTE)
    assert found == {said: Said.NOTE if said in notes else said for said in sayings()}
