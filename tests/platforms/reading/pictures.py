"""Pixelfed and Loops: albums, places, closed comments, short videos."""

from tests.platforms.reading.corpus import (
    DIALECTS,
    actor,
    document,
    is_no_post,
    post,
    reads,
    variant,
)
from weft.domain.posts.kinds import Place, PostalAddress
from weft.domain.posts.records import PostKind
from weft.domain.visibility.viewer import Visibility

PF = "https://pf.example"
is_no_post(
    "pixelfed",
    "stories, boosts, deletes, moves",
    "add-story-bearcap", "add-story-bearcap-other-host", "announce-unlisted-public-in-cc",
    "delete-note", "move", "story-object", "story-reply", "story-view",
)  # fmt: skip


@reads("pixelfed/create-album-location")
def an_album_of_twelve(name: str) -> None:
    read = post(name)
    assert (read.kind, read.visibility, read.title) == (PostKind.ALBUM, Visibility.PUBLIC, None)
    assert [each.url[-6:] for each in read.media] == [f"/{n}.jpg"[-6:] for n in range(1, 13)]
    assert (read.media[0].description, read.media[2].description) == ("Photo 1", None)
    assert (read.media[0].width, read.media[0].height, read.media[0].focus) == (1080, 1350, None)
    assert read.media[0].blurhash == "L1Gu,l_3sP_3^UoON_oPyLspwssp"
    assert read.facets.place == Place(
        "Berlin", "Germany", 52.52437, 13.41053, PostalAddress(country="Germany")
    )
    assert read.facets.comments == "everybody"
    assert [tag.name for tag in read.tags] == ["dog"]


@reads("pixelfed/create-sensitive-cw")
def with_a_warning(name: str) -> None:
    read = post(name)
    assert (read.kind, read.sensitive, read.summary) == (PostKind.ALBUM, True, "Surgery")


@reads("pixelfed/create-comments-disabled", "pixelfed/note-2018-comments-off")
def nobody_may_answer(name: str) -> None:
    read = post(name)
    assert (read.kind, len(read.media)) == (PostKind.ALBUM, 1)
    assert read.facets.comments == "nobody"
    assert read.facets.place is None


@reads("pixelfed/update-note")
def an_edit(name: str) -> None:
    read = post(name)
    assert (read.kind, read.content) == (PostKind.ALBUM, "Edited")
    assert read.edited_at == 1_767_693_600_000


@reads("pixelfed/question")
def a_poll(name: str) -> None:
    read = post(name)
    assert read.kind is PostKind.QUESTION
    assert read.poll is not None
    assert read.poll.options == ("35mm", "50mm")
    assert (read.tally, read.poll.ends_at) == ((2, 0), 1_767_780_000_000)
    assert read.summary is None


@reads("pixelfed/note-foreign-attachment-bad-type", "pixelfed/note-foreign-attachment-svg")
def what_cannot_be_shown_does_not_cost_the_post(name: str) -> None:
    read = post(name)
    assert "Good Morning!" in read.content
    assert [each.content_type for each in read.media] == (
        ["image/svg+xml"] if "svg" in name else []
    )


@reads("pixelfed/loops-create-video")
def a_short_video(name: str) -> None:
    read = post(name)
    assert (read.kind, read.content) == (PostKind.VIDEO, "Cat")
    assert read.facets.video is not None
    assert read.facets.video.preview_url == "https://loops.example/t/5.jpg"
    assert [(each.width, each.height) for each in read.facets.video.files] == [(720, 1280)]
    (film,) = read.media
    assert (film.url, film.icon_url) == (
        "https://loops.example/v/5.mp4",
        "https://loops.example/t/5.jpg",
    )
    assert (film.description, read.origin_likes, read.origin_boosts) == ("A cat", 3, 0)


@reads("pixelfed/person")
def a_profile(name: str) -> None:
    read = actor(name)
    assert (read.username, read.locked) == ("alice", False)
    assert read.shared_inbox == f"{PF}/f/inbox"
    assert read.published_at == 1_704_412_800_000


def tags_written_as_an_object() -> None:
    mention = {"type": "Mention", "href": f"{PF}/users/bob", "name": "@bob"}
    tag = {**mention, "0": {"type": "Hashtag", "href": f"{PF}/t/cat", "name": "#cat"}}
    read = variant("pixelfed/update-note", tag=tag, inReplyTo=f"{PF}/p/bob/1")
    assert (read.mentions, [each.name for each in read.tags]) == ((f"{PF}/users/bob",), ["cat"])
    assert read.kind is PostKind.NOTE


def policies_of_others_are_no_albums() -> None:
    foreign = document("pixelfed/note-foreign-attachment-svg")
    foreign |= {"capabilities": {"announce": {"always": "x"}, "like": {"always": "x"}}}
    assert DIALECTS.read_post(foreign, None).kind is PostKind.NOTE
