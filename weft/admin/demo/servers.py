"""Three Weft servers as processes of their own, each with its own data folder."""

import asyncio
import os
import socket
import sys
from dataclasses import dataclass
from pathlib import Path

from weft.admin.demo.client import DemoFailed
from weft.admin.demo.story import PASSWORD, Person, Place

START_S = 30.0


@dataclass(slots=True)
class DemoServer:
    place: Place
    port: int
    folder: Path
    process: asyncio.subprocess.Process | None = None

    @property
    def domain(self) -> str:
        return f"{self.place.name}.localhost:{self.port}"

    @property
    def origin(self) -> str:
        return f"http://{self.domain}"

    @property
    def address(self) -> str:
        """Where it is reached even where names under localhost are not known."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def _environ(self) -> dict[str, str]:
        return os.environ | {
            "WEFT_DATA": str(self.folder),
            "WEFT_DOMAIN": self.domain,
            "WEFT_BIND_PORT": str(self.port),
            "WEFT_INSECURE_LOOPBACK": "1",
            "WEFT_REQUEST_LIMIT": "0",
            "WEFT_TITLE": self.place.title,
            "WEFT_DESCRIPTION": self.place.description,
            "WEFT_LOG_LEVEL": "warning",
        }

    async def weft(self, *arguments: str) -> str:
        """Run one command of this server; what it printed."""
        process = await asyncio.create_subprocess_exec(
            *_weft(),
            *arguments,
            env=self._environ,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, error = await process.communicate()
        if process.returncode:
            raise DemoFailed(f"weft {arguments[0]} failed: {error.decode().strip()}")
        return out.decode().strip()

    async def prepare(self, people: list[Person]) -> dict[str, str]:
        """The database and the accounts; tokens by person."""
        self.folder.mkdir(parents=True, exist_ok=True)
        await self.weft("db", "migrate")
        await self.weft("setup")
        tokens = {}
        for number, person in enumerate(people):
            role = ("--admin",) if number == 0 else ()
            await self.weft(
                "user", "create", person.key, "--email", f"{person.key}@example.org",
                "--password", PASSWORD, *role,
            )  # fmt: skip
            tokens[person.key] = await self.weft(
                "token", "create", person.key, "--scopes", "read write follow"
            )
        return tokens

    async def start(self) -> None:
        """Start serving, and return when it answers."""
        log = (self.folder / "server.log").open("ab")
        self.process = await asyncio.create_subprocess_exec(
            *_weft(), "serve", env=self._environ, stdout=log, stderr=log
        )
        log.close()
        until = asyncio.get_running_loop().time() + START_S
        while asyncio.get_running_loop().time() < until:
            if self.process.returncode is not None:
                break
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", self.port)
            except OSError:
                await asyncio.sleep(0.05)
            else:
                writer.close()
                return
        raise DemoFailed(f"{self.place.title} did not start: see {self.folder / 'server.log'}")

    async def stop(self) -> None:
        if self.process is None or self.process.returncode is not None:
            return
        self.process.terminate()
        try:
            await asyncio.wait_for(self.process.wait(), 25)
        except TimeoutError:
            self.process.kill()
            await self.process.wait()


def _weft() -> tuple[str, ...]:
    return (sys.executable, "-m", "weft.admin.cli")


def free_ports(first: int, count: int) -> list[int]:
    """``count`` ports from ``first`` on that nobody listens on."""
    found: list[int] = []
    for port in range(first, first + 1000):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        found.append(port)
        if len(found) == count:
            return found
    raise DemoFailed(f"there are no {count} free ports from {first} on")
