"""Start three servers, let their people talk, and keep them running until Ctrl-C."""

import argparse
import asyncio
import contextlib
import signal
import sys
import tempfile
from pathlib import Path
from typing import Any

from weft.admin.demo.client import Client, DemoFailed
from weft.admin.demo.pictures import draw
from weft.admin.demo.servers import DemoServer, free_ports
from weft.admin.demo.story import FOLLOWS, PASSWORD, PEOPLE, PLACES, POSTS, Person, Post


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


class Demo:
    """The servers, and an app for each person."""

    def __init__(self, folder: Path, first_port: int) -> None:
        ports = free_ports(first_port, len(PLACES))
        self.servers = {
            place.name: DemoServer(place, port, folder / place.name)
            for place, port in zip(PLACES, ports, strict=True)
        }
        self._apps: dict[str, Client] = {}
        self._posts: dict[str, dict[str, Any]] = {}

    def handle(self, key: str) -> str:
        person = next(each for each in PEOPLE if each.key == key)
        return f"@{key}@{self.servers[person.place].domain}"

    async def start(self, apps: contextlib.AsyncExitStack) -> None:
        """Databases, accounts, processes."""

        async def one(server: DemoServer) -> None:
            people = [each for each in PEOPLE if each.place == server.place.name]
            tokens = await server.prepare(people)
            await server.start()
            for key, token in tokens.items():
                self._apps[key] = await apps.enter_async_context(
                    Client(server.origin, server.address, token)
                )

        await asyncio.gather(*map(one, self.servers.values()))

    async def stop(self) -> None:
        await asyncio.gather(*(each.stop() for each in self.servers.values()))

    async def tell(self) -> None:
        """The story, from the beginning."""
        await asyncio.gather(*map(self._introduce, PEOPLE))
        for key, others in FOLLOWS:
            await asyncio.gather(*(self._apps[key].follow(self.handle(each)) for each in others))
        for post in POSTS:
            await self._publish(post)

    async def _introduce(self, person: Person) -> None:
        import aiohttp

        form = aiohttp.FormData()
        form.add_field("display_name", person.name)
        form.add_field("note", person.bio)
        for number, (name, value) in enumerate(person.fields):
            form.add_field(f"fields_attributes[{number}][name]", name)
            form.add_field(f"fields_attributes[{number}][value]", value)
        for what, size in (("avatar", (400, 400)), ("header", (1500, 500))):
            picture = await asyncio.to_thread(draw, person.scene, *size)
            form.add_field(what, picture, filename="picture.jpg", content_type="image/jpeg")
        await self._apps[person.key].call("PATCH", "/api/v1/accounts/update_credentials", data=form)

    async def _publish(self, post: Post) -> None:
        app = self._apps[post.by]
        body: dict[str, Any] = {
            "status": self._with_handles(post),
            "visibility": post.visibility,
            "spoiler_text": post.warning,
            "language": "en",
        }
        if post.answers:
            body["in_reply_to_id"] = await self._seen(post.by, post.answers)
        if post.poll:
            body["poll"] = {"options": list(post.poll), "expires_in": 86400}
        if post.pictures:
            body["media_ids"] = [
                await app.upload(
                    await asyncio.to_thread(draw, each.scene, 1280, 853), each.description
                )
                for each in post.pictures
            ]
        self._posts[post.key] = await app.call("POST", "/api/v1/statuses", json=body)
        for key in post.liked_by:
            await self._act(key, post.key, "favourite")
        for key in post.boosted_by:
            await self._act(key, post.key, "reblog")

    def _with_handles(self, post: Post) -> str:
        return post.text.format_map({each.key: self.handle(each.key) for each in PEOPLE})

    async def _act(self, key: str, post: str, what: str) -> None:
        seen = await self._seen(key, post)
        await self._apps[key].call("POST", f"/api/v1/statuses/{seen}/{what}")

    async def _seen(self, key: str, post: str) -> str:
        return await self._apps[key].find_post(self._posts[post]["uri"])

    def describe(self) -> str:
        lines = [""]
        for server in self.servers.values():
            lines += [f"{server.place.title}: {server.origin}"]
            lines += [
                f"    {each.key:<8}{each.key}@example.org"
                for each in PEOPLE
                if each.place == server.place.name
            ]
        lines += ["", f"Everybody's password is: {PASSWORD}", "Ctrl-C ends the demo."]
        return "\n".join(lines)


async def run(folder: Path, first_port: int, *, once: bool) -> None:
    """``once``: end when the story is told, for tests."""
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ended.set)
    demo = Demo(folder, first_port)
    async with contextlib.AsyncExitStack() as apps:
        apps.push_async_callback(demo.stop)
        say("Three servers are set up and started …")
        await demo.start(apps)
        say("Their people find each other, post, answer, boost …")
        await demo.tell()
        say(demo.describe())
        if not once:
            await ended.wait()


def main() -> int:
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("--port", type=int, default=8001, help="the first of three (default: 8001)")
    parser.add_argument("--once", action="store_true", help="end when everything is said")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="weft-demo-", ignore_cleanup_errors=True) as folder:
        try:
            asyncio.run(run(Path(folder), given.port, once=given.once))
        except DemoFailed as error:
            sys.stderr.write(f"demo: {error}\n")
            return 1
        except KeyboardInterrupt:
            pass
    return 0


if __name__ == "__main__":
    sys.exit(main())
