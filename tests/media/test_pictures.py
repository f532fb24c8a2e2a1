"""What becomes of a picture that somebody uploads."""

import io
from pathlib import Path

import pillow_heif
import pytest
from PIL import Image, ImageSequence

from tests.media import films
from tests.media.conftest import Rig
from tests.media.pictures import SECRET, animation, encoded, gradient, with_exif
from weft.domain.media.facets import media_facets
from weft.domain.posts.lists import MediaRow, media_by_id
from weft.media import limits

OWNER = 7


async def uploaded(rig: Rig, content: bytes) -> MediaRow:
    row = await rig.db.one(media_by_id, id=await rig.intake.accept(OWNER, io.BytesIO(content)))
    assert row is not None
    return row


async def kept(rig: Rig, key: str | None) -> bytes:
    assert key is not None
    file = await rig.store.open(key)
    assert file is not None
    try:
        return await file.read(0, file.size_bytes)
    finally:
        await file.close()


def near(one: Image.Image, other: Image.Image, most: int = 12) -> bool:
    """Do two pictures look the same, at nine places?"""
    one, other = one.convert("RGB"), other.convert("RGB")
    assert one.size == other.size
    for x in (5, one.width // 2, one.width - 6):
        for y in (5, one.height // 2, one.height - 6):
            here, there = one.getpixel((x, y)), other.getpixel((x, y))
            assert isinstance(here, tuple)
            assert isinstance(there, tuple)
            pairs = zip(here, there, strict=True)
            if any(abs(a - b) > most for a, b in pairs):
                return False
    return True


@pytest.mark.parametrize(
    ("form", "kept_type"),
    [
        ("JPEG", "image/jpeg"),
        ("PNG", "image/png"),
        ("WEBP", "image/webp"),
        ("GIF", "image/png"),
        ("AVIF", "image/jpeg"),
    ],
)
async def test_a_picture_is_kept_as_it_looks(rig: Rig, form: str, kept_type: str) -> None:
    picture = gradient()
    row = await uploaded(rig, encoded(picture, form))
    assert (row.kind, row.content_type, row.width, row.height) == (0, kept_type, 800, 600)
    stored = Image.open(io.BytesIO(await kept(rig, row.store_key)))
    assert Image.MIME[stored.format or ""] == kept_type
    assert near(stored, picture, 20)
    small = Image.open(io.BytesIO(await kept(rig, row.small_key)))
    assert small.format == "WEBP"
    assert small.width * small.height <= limits.SMALL_PIXELS * 1.01
    assert abs(small.width / small.height - 4 / 3) < 0.01
    assert rig.leftovers() == []


async def test_what_telephones_upload_becomes_what_everything_shows(rig: Rig) -> None:
    pillow_heif.register_heif_opener()
    row = await uploaded(rig, encoded(gradient(), "HEIF"))
    assert row.content_type == "image/jpeg"
    assert near(Image.open(io.BytesIO(await kept(rig, row.store_key))), gradient(), 20)


async def test_a_picture_that_can_be_seen_through_stays_so(rig: Rig) -> None:
    for form in ("PNG", "WEBP", "AVIF"):
        row = await uploaded(rig, encoded(gradient(mode="RGBA"), form))
        stored = Image.open(io.BytesIO(await kept(rig, row.store_key)))
        small = Image.open(io.BytesIO(await kept(rig, row.small_key)))
        assert stored.mode == small.mode == "RGBA"
        assert stored.getchannel("A").getextrema() == pytest.approx((0, 255), abs=6)


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "I;16", "CMYK"])
async def test_every_kind_of_pixel_can_be_kept(rig: Rig, mode: str) -> None:
    if mode == "I;16":
        picture = gradient(mode="L").convert("I").point(lambda value: value * 256).convert("I;16")
    elif mode == "LA":
        picture = gradient(mode="RGBA").convert("LA")
    else:
        picture = gradient(mode=mode)
    row = await uploaded(rig, encoded(picture, "JPEG" if mode == "CMYK" else "PNG"))
    stored = Image.open(io.BytesIO(await kept(rig, row.store_key)))
    wanted = gradient(mode="L") if mode in ("I;16",) else picture
    assert stored.size == (800, 600)
    assert near(stored, wanted)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "AVIF"])
async def test_nothing_that_a_camera_says_of_itself_is_kept(rig: Rig, form: str) -> None:
    upload = with_exif(gradient(), form)
    assert SECRET in upload
    row = await uploaded(rig, upload)
    for path in rig.files():
        content = path.read_bytes()
        assert SECRET not in content
        assert b"Exif" not in content
        assert b"xmpmeta" not in content
    stored = Image.open(io.BytesIO(await kept(rig, row.store_key)))
    assert dict(stored.getexif()) == {}


async def test_comments_of_an_animation_are_not_kept(rig: Rig) -> None:
    upload = animation("GIF", comment=SECRET)
    assert SECRET in upload
    await uploaded(rig, upload)
    assert all(SECRET not in path.read_bytes() for path in rig.files())


@pytest.mark.parametrize("orientation", range(1, 9))
async def test_a_picture_is_turned_as_its_camera_was_held(rig: Rig, orientation: int) -> None:
    upright = gradient()
    lying = {
        1: None,
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }[orientation]
    sensor = upright if lying is None else upright.transpose(lying)
    row = await uploaded(rig, with_exif(sensor, orientation=orientation))
    assert (row.width, row.height) == (800, 600)
    assert near(Image.open(io.BytesIO(await kept(rig, row.store_key))), upright)


async def test_broken_exif_does_not_spoil_the_picture(rig: Rig) -> None:
    upload = encoded(gradient(), "JPEG", exif=b"Exif\x00\x00MM\x00*\xff\xff\xff\xff garbage")
    row = await uploaded(rig, upload)
    assert (row.width, row.height) == (800, 600)


async def test_a_large_picture_is_kept_smaller(rig: Rig) -> None:
    row = await uploaded(rig, encoded(gradient(6000, 4000), "JPEG"))
    assert row.width is not None
    assert row.height is not None
    assert row.width * row.height <= limits.KEPT_PIXELS
    assert row.width * row.height > limits.KEPT_PIXELS * 0.99
    assert abs(row.width / row.height - 1.5) < 0.01


@pytest.mark.parametrize("size", [(1, 1), (1, 3000), (3000, 1), (2, 16000)])
async def test_extreme_shapes_are_taken(rig: Rig, size: tuple[int, int]) -> None:
    row = await uploaded(rig, encoded(gradient(*size), "PNG"))
    assert (row.width, row.height) == size
    assert row.blurhash


async def test_a_small_picture_is_its_own_preview(rig: Rig) -> None:
    row = await uploaded(rig, encoded(gradient(300, 200), "PNG"))
    assert row.small_key is None
    assert len(rig.files()) == 1


@pytest.mark.parametrize("form", ["GIF", "WEBP", "PNG"])
async def test_an_animation_keeps_moving_and_its_preview_stands_still(rig: Rig, form: str) -> None:
    row = await uploaded(rig, animation(form))
    assert (row.kind, row.content_type, row.duration_ms) == (1, "video/mp4", 480)
    film = films.streams(await kept(rig, row.store_key))
    assert (film["codecs"], film["sizes"], film["seconds"]) == (["h264"], [(200, 200)], 0.48)
    sent = Image.open(io.BytesIO(animation(form)))
    shown = films.pictures(await kept(rig, row.store_key))
    for ours, theirs in zip(shown, ImageSequence.Iterator(sent), strict=True):
        assert near(ours, theirs, 25)
    assert media_facets(row.facets).frame_rate == "25/2"
    small = Image.open(io.BytesIO(await kept(rig, row.small_key)))
    assert getattr(small, "n_frames", 1) == 1


async def test_colours_of_another_profile_are_turned_to_srgb(rig: Rig) -> None:
    from PIL import ImageCms

    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("XYZ")).tobytes()
    row = await uploaded(rig, encoded(gradient(), "JPEG", icc_profile=lab))
    stored = Image.open(io.BytesIO(await kept(rig, row.store_key)))
    assert "icc_profile" not in stored.info


async def test_the_blurhash_says_what_the_picture_looks_like(rig: Rig) -> None:
    """The reference implementation's answer for one colour; see the test of blurhash for more."""
    row = await uploaded(rig, encoded(Image.new("RGB", (300, 200), (255, 0, 0)), "PNG"))
    assert row.blurhash is not None
    digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~"
    average = 0
    for letter in row.blurhash[2:6]:
        average = average * 83 + digits.index(letter)
    assert average == 0xFF0000
    assert len(row.blurhash) == 4 + 2 * 4 * 3


async def test_a_portrait_is_cut_to_its_shape(rig: Rig) -> None:
    icon = await rig.intake.accept_portrait(io.BytesIO(with_exif(gradient(1200, 900))), "icon")
    header = await rig.intake.accept_portrait(
        io.BytesIO(encoded(gradient(600, 600, "RGBA"), "PNG")), "header"
    )
    assert (icon.width, icon.height, icon.content_type) == (400, 400, "image/jpeg")
    assert (header.width, header.height, header.content_type) == (600, 200, "image/png")
    assert SECRET not in await kept(rig, icon.key)
    await rig.intake.forget_portrait(
        f"https://a.example/media/{icon.key}", "https://a.example/media/"
    )
    await rig.intake.forget_portrait(
        f"https://b.example/media/{header.key}", "https://a.example/media/"
    )
    assert [path.name for path in rig.files()] == [header.key]


async def test_keys_are_new_for_each_upload_and_show_nothing_of_it(rig: Rig) -> None:
    content = encoded(gradient(300, 200), "PNG")
    first, second = await uploaded(rig, content), await uploaded(rig, content)
    assert first.store_key != second.store_key
    assert len(rig.files()) == 2
    for path in rig.files():
        relative = path.relative_to(rig.folder)
        assert relative == Path(path.name[:2]) / path.name[2:4] / path.name
