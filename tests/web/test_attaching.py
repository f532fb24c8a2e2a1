"""Files on our own pages: sent with a form, without a script, and shown with what they are."""

import re

from tests.media import films
from tests.media.pictures import encoded, gradient
from tests.support.asgi import Answer
from tests.support.browser import Browser, the_form
from tests.web.conftest import Site

PICTURE = encoded(gradient(64, 48), "PNG")


async def send(browser: Browser, page: Answer, fields: dict[str, str], **files: bytes) -> Answer:
    """The composer's form with files, as a browser sends it."""
    form = the_form(page, "/compose")
    assert form.attributes["enctype"] == "multipart/form-data"
    held = {
        str(each.attributes["name"]): each.attributes.get("value") or ""
        for each in form.css("input[type=hidden][name]")
    }
    parts = []
    for name, value in (held | fields).items():
        parts.append(f'content-disposition: form-data; name="{name}"\r\n\r\n{value}'.encode())
    for place in range(1, 5):
        name = f"file{place}"
        content = files.get(name)
        head = f'content-disposition: form-data; name="{name}"; filename="'
        head += f'{name if content else ""}"\r\ncontent-type: application/octet-stream\r\n\r\n'
        parts.append(head.encode() + (content or b""))
    body = b"".join(b"--edge\r\n" + each + b"\r\n" for each in parts) + b"--edge--\r\n"
    cookies = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    headers = {"content-type": "multipart/form-data; boundary=edge", "cookie": cookies}
    answer = await browser._caller.call("POST", "/compose", body=body, headers=headers)
    if answer.status == 303:
        return await browser.open(answer.headers["location"])
    return answer


async def test_pictures_are_posted_with_what_they_show(site: Site) -> None:
    alice = await site.signed_in("alice")
    page = await alice.open("/compose")
    made = await send(
        alice, page, {"alt1": "A gradient", "alt3": "<Another> one"}, file1=PICTURE, file3=PICTURE
    )
    assert made.status == 200, made.text
    assert len(re.findall(r"<img src=\"[^\"]*/media/", made.text)) == 2
    assert 'alt="A gradient"' in made.text
    assert 'alt="&lt;Another&gt; one"' in made.text


async def test_a_video_and_a_sound_are_shown_with_controls(site: Site) -> None:
    alice = await site.signed_in("alice")
    page = await alice.open("/compose")
    site.parts.media.wake = lambda: None
    waiting = site.parts.media_worker
    import asyncio

    working = asyncio.create_task(waiting.run())
    site.parts.media.wake = waiting.wake
    try:
        made = await send(
            alice, page, {"text": "Listen", "alt1": "Moving shapes", "alt2": "A tone"},
            file1=films.film(), file2=films.sound("flac", "flac"),
        )  # fmt: skip
    finally:
        working.cancel()
    assert made.status == 200, made.text
    video = re.search(r"<video [^>]*>", made.text)
    sound = re.search(r"<audio [^>]*>", made.text)
    assert video is not None
    assert sound is not None
    assert "controls" in video[0]
    assert re.search(r'poster="[^"]+\.webp"', video[0])
    assert 'aria-label="Moving shapes"' in video[0]
    assert 'aria-label="A tone"' in sound[0]


async def test_what_is_here_already_is_not_sent_twice(site: Site) -> None:
    alice, bob = await site.signed_in("alice"), await site.signed_in("bob")
    page = await alice.open("/compose")
    again = await send(alice, page, {"text": "x" * 6000, "alt1": "A gradient"}, file1=PICTURE)
    assert again.status == 422
    assert "Attached: A gradient" in again.text
    kept = re.findall(r'name="kept1" value="(\d+)"', again.text)[0]
    stolen = await send(bob, await bob.open("/compose"), {"text": "Mine", "kept1": kept})
    assert "/media/" not in stolen.text
    made = await send(alice, again, {"text": "Short"})
    assert 'alt="A gradient"' in made.text


async def test_a_file_that_is_not_taken_is_named_and_nothing_is_posted(site: Site) -> None:
    alice = await site.signed_in("alice")
    page = await alice.open("/compose")
    refused = await send(alice, page, {"text": "My text"}, file2=b"<svg onload=alert(1)>")
    assert refused.status == 422
    assert "file2: The file is none of those that are taken" in refused.text
    assert "My text" in refused.text
    assert "My text" not in (await alice.open("/@alice")).text


async def test_nothing_is_read_of_what_strangers_send(site: Site) -> None:
    answer = await site.caller.call("POST", "/compose", body=b"x" * 100_000, headers={
        "content-type": "multipart/form-data; boundary=edge"})  # fmt: skip
    assert (answer.status, answer.headers["location"][:6]) == (303, "/login")


async def test_people_see_what_their_files_take(site: Site) -> None:
    alice = await site.signed_in("alice")
    assert (
        "0 files, 0 MB, of at most 20000 and 10.0 GB"
        in (await alice.open("/settings/profile")).text
    )
    await send(alice, await alice.open("/compose"), {"text": "x"}, file1=PICTURE)
    assert "1 files" in (await alice.open("/settings/profile")).text
