"""Uploads of video and sound: made fit to be kept, without what is nobody's business."""

import io

import pytest
from PIL import Image

from tests.media import films
from tests.media.conftest import Rig
from tests.media.pictures import encoded
from weft.domain.media.facets import MediaFacets, media_facets
from weft.domain.media.records import MediaState
from weft.domain.posts.lists import MediaRow, media_by_id
from weft.media import limits

OWNER = 7
TAGS = {"title": films.SECRET, "location": films.PLACE, "comment": films.SECRET}


async def uploaded(rig: Rig, content: bytes) -> MediaRow:
    media_id = await rig.intake.accept(OWNER, io.BytesIO(content))
    await rig.worker.run_waiting()
    await rig.intake.close()
    row = await rig.db.one(media_by_id, id=media_id)
    assert row is not None
    return row


async def taken(rig: Rig, content: bytes) -> tuple[MediaRow, MediaFacets, bytes]:
    row = await uploaded(rig, content)
    facets = media_facets(row.facets)
    assert row.state == MediaState.READY, facets.error
    assert facets.waiting_key is None
    assert row.store_key is not None
    file = await rig.store.open(row.store_key)
    assert file is not None
    try:
        return row, facets, await file.read(0, file.size_bytes)
    finally:
        await file.close()


async def refusal(rig: Rig, content: bytes) -> str:
    """Why it failed; nothing may be left of it."""
    row = await uploaded(rig, content)
    assert (row.state, row.store_key, row.small_key) == (MediaState.FAILED, None, None)
    assert rig.files() == []
    assert rig.leftovers() == []
    return media_facets(row.facets).error or ""


def is_quick(content: bytes) -> bool:
    """Does the index stand before the pictures, so that it plays while it loads?"""
    return content.index(b"moov") < content.index(b"mdat")


@pytest.mark.parametrize(
    ("form", "codec", "sound"),
    [
        ("mp4", "libx264", "aac"),
        ("mov", "libx264", "aac"),
        ("3gp", "libx264", "aac"),
        ("webm", "libvpx", "libopus"),
        ("webm", "libvpx-vp9", None),
        ("matroska", "libx265", "libopus"),
        ("matroska", "libx264", "flac"),
        ("mov", "mjpeg", None),
    ],
)
async def test_every_video_becomes_what_all_can_play(
    rig: Rig, form: str, codec: str, sound: str | None
) -> None:
    pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
    row, facets, content = await taken(
        rig, films.film(form, codec, sound, tags=TAGS, pix_fmt=pix_fmt)
    )
    found = films.streams(content)
    assert (row.kind, row.content_type, row.width, row.height) == (2, "video/mp4", 320, 240)
    assert found["codecs"] == ["h264", "aac"][: 1 + (sound is not None)]
    assert abs((row.duration_ms or 0) - 1000) < 60
    assert abs(found["seconds"] - 1) < 0.06
    assert facets.frame_rate == "25/1"
    assert is_quick(content)
    assert facets.bitrate is not None
    assert row.blurhash
    assert len(rig.files()) == 2
    assert rig.leftovers() == []


async def test_what_all_can_play_already_is_not_encoded_again(rig: Rig) -> None:
    sent = films.film()
    _, _, kept = await taken(rig, sent)
    given, made = films.packets(sent), films.packets(kept)
    assert given == made


@pytest.mark.parametrize("form", ["mp4", "webm", "mov"])
async def test_a_place_and_a_telephone_are_not_kept(rig: Rig, form: str) -> None:
    codecs = ("libvpx", "libopus") if form == "webm" else ("libx264", "aac")
    sent = films.film(form, *codecs, tags=TAGS)
    assert films.SECRET.encode() in sent
    await taken(rig, sent)
    for path in rig.files():
        content = path.read_bytes()
        assert films.SECRET.encode() not in content
        assert films.PLACE.encode() not in content


@pytest.mark.parametrize("turned", [90, 180, 270])
@pytest.mark.parametrize("codec", ["libx264", "mjpeg"])
async def test_a_video_is_turned_as_its_camera_was_held(rig: Rig, turned: int, codec: str) -> None:
    pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
    row, _, content = await taken(
        rig, films.film("mov", codec, None, turned=turned, pix_fmt=pix_fmt)
    )
    upright = films.picture(0, 320, 240).rotate(turned, expand=True)
    assert (row.width, row.height) == upright.size
    assert films.shown_first(content).size == upright.size
    [poster] = [path for path in rig.files() if path.name == row.small_key]
    for seen in (films.shown_first(content), Image.open(poster).convert("RGB")):
        assert films.near(seen, upright)


async def test_a_large_video_that_must_be_encoded_is_made_smaller(rig: Rig) -> None:
    row, _, _ = await taken(
        rig, films.film("webm", "libvpx", None, width=1920, height=1080, seconds=0.2)
    )
    assert (row.width, row.height) == (1280, 720)


@pytest.mark.parametrize(
    ("form", "codec", "kept"),
    [
        ("mp3", "libmp3lame", "mp3"),
        ("wav", "pcm_s16le", "m4a"),
        ("wav", "pcm_s24le", "m4a"),
        ("flac", "flac", "m4a"),
        ("ogg", "libopus", "m4a"),
        ("ogg", "flac", "m4a"),
        ("adts", "aac", "m4a"),
        ("ipod", "aac", "m4a"),
        ("webm", "libopus", "m4a"),
    ],
)
async def test_every_sound_becomes_what_all_can_play(
    rig: Rig, form: str, codec: str, kept: str
) -> None:
    row, facets, content = await taken(rig, films.sound(form, codec, tags=TAGS))
    types = {"mp3": "audio/mpeg", "m4a": "audio/mp4"}
    assert (row.kind, row.content_type, row.width) == (3, types[kept], None)
    assert films.SECRET.encode() not in content
    assert abs((row.duration_ms or 0) - 1000) < 60
    assert (facets.sample_rate, facets.channels) == (48_000, 2)
    assert facets.audio_codec == {"mp3": "mp3", "m4a": "aac"}[kept]
    assert kept == "mp3" or is_quick(content)


async def test_the_waveform_shows_where_it_is_loud(rig: Rig) -> None:
    _, facets, _ = await taken(rig, films.sound("flac", "flac", seconds=6, layout="mono"))
    assert len(facets.peaks) == limits.PEAKS
    assert max(facets.peaks[:48]) <= 2
    assert all(40 <= each <= 60 for each in facets.peaks[52:98])


async def test_the_cover_of_a_record_is_shown_and_nothing_else_of_its_tags(rig: Rig) -> None:
    cover = encoded(films.picture(3, 800, 800), "JPEG")
    row, facets, content = await taken(rig, films.sound(cover=cover, tags=TAGS))
    assert (facets.small_width, facets.small_height) == (480, 480)
    [small] = [path for path in rig.files() if path.name == row.small_key]
    assert films.near(Image.open(small).convert("RGB"), films.picture(3, 800, 800))
    assert row.blurhash
    assert films.streams(content)["kinds"] == ["audio"]


@pytest.mark.parametrize("part", [0.2, 0.5, 0.9])
async def test_half_a_file_is_refused_or_shorter(rig: Rig, part: float) -> None:
    sent = films.film(seconds=2)
    assert "damaged" in await refusal(rig, sent[: int(len(sent) * part)])
    half = films.film("webm", "libvpx", None, seconds=2)
    row = await uploaded(rig, half[: int(len(half) * part)])
    assert row.state == MediaState.FAILED or (row.duration_ms or 0) <= 2040


async def test_a_video_is_bounded_in_size_rate_and_length(rig: Rig) -> None:
    wide = films.film("webm", "libvpx", None, width=4200, height=2400, seconds=0.04)
    assert "too large" in await refusal(rig, wide)
    fast = films.film("mp4", "libx264", None, rate=240, seconds=0.2)
    assert "120 pictures a second" in await refusal(rig, fast)
    assert "6 hours" in await refusal(rig, films.film_of_hours(7))
    assert "6 hours" in await refusal(rig, films.film_of_hours(7, "matroska"))
    assert "tracks" in await refusal(rig, films.many_tracks(30))


async def test_what_a_head_says_of_the_length_is_not_believed(rig: Rig) -> None:
    row, _, _ = await taken(rig, films.wav_claiming(limits.MOVING_MS // 1000 + 100))
    assert row.duration_ms == 1000


async def test_a_video_that_is_taller_than_its_head_says_is_refused(rig: Rig) -> None:
    """The head of an MP4 says 320 by 240; its stream says 4200 by 2400."""
    liar = films.with_size(
        films.film("mp4", "libx264", None, width=4200, height=2400, seconds=0.04)
    )
    assert "too large" in await refusal(rig, liar)


PLAYLIST = b"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n"


@pytest.mark.parametrize(
    "content",
    [
        PLAYLIST,
        b"ffconcat version 1.0\nfile /etc/passwd\n",
        b"<?xml version='1.0'?><MPD xmlns='urn:mpeg:dash:schema:mpd:2011'></MPD>",
        b"v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nm=video 5004 RTP/AVP 96\n",
        b"RIFF\x24\x00\x00\x00AVI LIST" + bytes(64),
        b"FLV\x01" + bytes(64),
        b"\x00\x00\x01\xba" + bytes(64),
    ],
    ids=["hls", "concat", "dash", "sdp", "avi", "flv", "mpeg"],
)
async def test_what_names_other_files_is_not_even_opened(rig: Rig, content: bytes) -> None:
    with pytest.raises(Exception, match="none of those that are taken"):
        await rig.intake.accept(OWNER, io.BytesIO(content))
    assert rig.files() == []


@pytest.mark.parametrize("head", [b"ID3\x04\x00\x00\x00\x00\x00\x00", b"\x1a\x45\xdf\xa3", b"OggS"])
async def test_a_playlist_behind_another_head_is_read_as_what_it_says_it_is(
    rig: Rig, head: bytes
) -> None:
    """FFmpeg left to itself would skip the tag and find the playlist."""
    assert "damaged" in await refusal(rig, head + PLAYLIST)


async def test_a_quicktime_file_that_names_another_does_not_get_it(rig: Rig) -> None:
    """A data reference (``dref``) leads to a file of ours: nothing of it may come along."""
    secret = rig.folder.parent / "secret.mp4"
    secret.write_bytes(films.film("mov", "libx264", None, first=60))
    sent = films.film("mov", "libx264", None)
    assert not films.near(films.shown_first(secret.read_bytes()), films.shown_first(sent))
    row = await uploaded(rig, films.referring(sent, str(secret)))
    for path in rig.files():
        if path.name == row.store_key:
            assert films.near(films.shown_first(path.read_bytes()), films.shown_first(sent))


async def test_what_hides_behind_a_video_is_not_kept(rig: Rig) -> None:
    hidden = b"PK\x03\x04<script>alert(1)</script>"
    await taken(rig, films.film() + hidden)
    for path in rig.files():
        assert b"<script>" not in path.read_bytes()
