"""``toot``, at the command line."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.support.apps.app import App, Attached, Seen, allowed_code
from tests.support.servers import WeftServer


class Toot(App):
    """Called once for each thing that is done."""

    program = "toot"
    filters = streams = push = False

    def __init__(self, server: WeftServer, person: str, folder: Path) -> None:
        """``folder`` is where its configuration goes."""
        super().__init__(server, person)
        self._environ = os.environ | {"XDG_CONFIG_HOME": str(folder), "NO_COLOR": "1"}
        self._program = str(Path(sys.executable).with_name("toot"))

    def sign_in(self) -> None:
        process = subprocess.Popen(
            [self._program, "login", "-i", self.server.origin],
            env=self._environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        address = ""
        for line in process.stdout:
            if "/oauth/authorize" in line:
                address = line.strip()
                break
        assert address, "toot showed no address"
        code = allowed_code(self.server, self.person, address)
        out, _ = process.communicate(f"n\n{code}\n", timeout=60)
        assert process.returncode == 0, out

    def __call__(self, *arguments: str) -> str:
        """Run it; what it prints."""
        done = subprocess.run(
            [self._program, "--no-color", *arguments],
            env=self._environ,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, f"toot {' '.join(arguments)}: {done.stdout}{done.stderr}"
        return done.stdout

    def _json(self, *arguments: str) -> Any:
        # What it waits for, it says in a line before.
        return json.loads(self(*arguments, "--json").splitlines()[-1])

    def post(
        self,
        text: str,
        *,
        answers: str | None = None,
        file: Attached | None = None,
        poll: Sequence[str] = (),
    ) -> Seen:
        more = ["--reply-to", answers] if answers else []
        if file is not None:
            more += ["--media", str(file.path), "--description", file.description]
        for option in poll:
            more += ["--poll-option", option]
        found: Seen = self._json("post", text, *more)
        return found

    def status(self, id_: str) -> Seen:
        found: Seen = self._json("status", id_)
        return found

    def home(self) -> list[Seen]:
        return list(self._json("timelines", "home", "--limit", "40"))

    def notifications(self) -> list[Seen]:
        return list(self._json("notifications"))

    def follow(self, handle: str) -> None:
        self("follow", handle)

    def favourite(self, id_: str) -> None:
        self("favourite", id_)

    def boost(self, id_: str) -> None:
        self("reblog", id_)

    def vote(self, poll_id: str, choice: int) -> None:
        self("polls", "vote", poll_id, str(choice))

    def search(self, words: str) -> list[Seen]:
        return list(self._json("search", words, "--type", "statuses")["statuses"])

    def make_list(self, title: str, handle: str) -> None:
        self("lists", "create", title)
        self("lists", "add", title, handle)

    def listed(self, title: str) -> list[Seen]:
        return list(self._json("timelines", "list", title))

    def delete(self, id_: str) -> None:
        self("delete", id_)
