"""Uploads through the Mastodon API: a telephone's photograph, decoded and encoded anew in a child.

``python -m benchmarks.uploads`` prints videos as well: the seconds from the upload until it is ready.
"""

import asyncio
import io
import time
from typing import Any

import aiohttp
from PIL import Image

from benchmarks.deliveries import token_for
from benchmarks.figures import Figure
from benchmarks.people import local_person
from benchmarks.server import Running, running
from tests.media import films
from weft.app import Parts

PHOTOGRAPHS = 30
AT_ONCE = 2
TARGET = 4.0
"""Photographs of 12 million pixels a second of CPU: 0.25 s for each."""


def photograph() -> bytes:
    image = Image.effect_noise((4000, 3000), 40).convert("RGB")
    buffer = io.BytesIO()
    image.resize((1000, 750)).resize((4000, 3000)).save(buffer, "JPEG", quality=85)
    return buffer.getvalue()


async def upload(
    session: aiohttp.ClientSession, server: Running, token: str, content: bytes, version: int
) -> Any:
    form = aiohttp.FormData()
    form.add_field("file", content, filename="x", content_type="image/jpeg")
    headers = {"Authorization": f"Bearer {token}"}
    url = f"http://127.0.0.1:{server.port}/api/v{version}/media"
    async with session.post(url, data=form, headers=headers) as answer:
        if answer.status != 200:
            raise RuntimeError(f"an upload was answered {answer.status}")
        return await answer.json()


async def measure() -> Figure:
    """Photographs, two at a time."""
    token = ""

    async def prepare(parts: Parts) -> None:
        nonlocal token
        author = await local_person(parts, "author")
        token = await token_for(parts, author.id)

    content = photograph()
    async with running(prepare) as server, aiohttp.ClientSession() as session:
        await upload(session, server, token, content, 2)
        before, started = server.cpu_s(), time.perf_counter()
        for _ in range(PHOTOGRAPHS // AT_ONCE):
            await asyncio.gather(
                *(upload(session, server, token, content, 2) for _ in range(AT_ONCE))
            )
        seconds, cpu = time.perf_counter() - started, server.cpu_s() - before
    return Figure("photographs uploaded", PHOTOGRAPHS, seconds, cpu, TARGET)


async def videos() -> None:
    """Print how long a copied and an encoded video take."""
    token = ""

    async def prepare(parts: Parts) -> None:
        nonlocal token
        author = await local_person(parts, "author")
        token = await token_for(parts, author.id)

    shape: dict[str, Any] = {"seconds": 10, "rate": 30, "width": 1280, "height": 720}
    given = {
        "copied (MP4, H.264, AAC)": films.film(**shape),
        "encoded (WebM, VP8, Opus)": films.film("webm", "libvpx", "libopus", **shape),
        "sound encoded (FLAC)": films.sound("flac", "flac", seconds=60),
    }
    async with running(prepare) as server, aiohttp.ClientSession() as session:
        for name, content in given.items():
            before, started = server.cpu_s(), time.perf_counter()
            await upload(session, server, token, content, 1)
            seconds, cpu = time.perf_counter() - started, server.cpu_s() - before
            print(f"{name}: {len(content) / 1e6:.1f} MB, {seconds:.2f} s, {cpu:.2f} s of CPU")


if __name__ == "__main__":
    print((asyncio.run(measure())).row())
    asyncio.run(videos())
