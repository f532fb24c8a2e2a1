"""masto.js (``tests/peers/masto``), a client library that Weft's authors did not write."""

import json
import os
import queue
import subprocess
import threading
import time
from itertools import count
from pathlib import Path
from typing import Any

from tests.support.node import node

_HERE = Path(__file__).parents[1] / "peers" / "masto"
WAIT_S = 30.0


class MastoFailed(Exception):
    """The library threw; ``status`` is the server's, if there was an answer."""

    def __init__(self, sentence: str, status: int | None) -> None:
        super().__init__(f"{status}: {sentence}")
        self.status = status


class Masto:
    """One client, in a Node process of its own. Ends with ``close``."""

    def __init__(self, origin: str) -> None:
        self._process = subprocess.Popen(
            [node(_HERE), str(_HERE / "client.mjs")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"NO_COLOR": "1"},
        )
        self.origin = origin
        self.events: queue.Queue[dict[str, Any]] = queue.Queue()
        self._answers: queue.Queue[dict[str, Any]] = queue.Queue()
        self._numbers = count(1)
        threading.Thread(target=self._read, daemon=True).start()
        self._ask("open", url=origin)

    def signed_in(self, token: str) -> None:
        """From here on with this token."""
        self._ask("open", url=self.origin, accessToken=token)

    def call(self, path: str, *args: Any) -> Any:
        """``call("v1.statuses.$select(12).favourite")`` of the library's REST client."""
        return self._ask("call", path=path, args=list(args))

    def oauth(self, path: str, *args: Any) -> Any:
        return self._ask("call", client="oauth", path=path, args=list(args))

    def pages(self, path: str, *args: Any) -> Any:
        """A list of pages, walked to its end."""
        return self._ask("pages", path=path, args=list(args))

    def stream(self, address: str, token: str, name: str, path: str, *args: Any) -> None:
        """Events come to ``events`` under this name."""
        self._ask("stream", streamingApiUrl=address, accessToken=token, name=name, path=path,
                  args=list(args))  # fmt: skip

    def event(self, name: str, wait_s: float = WAIT_S) -> dict[str, Any]:
        """The next event of a stream; those of others are passed over."""
        end = time.monotonic() + wait_s
        while True:
            found = self.events.get(timeout=max(end - time.monotonic(), 0.01))
            assert "failed" not in found, found
            if found["stream"] == name:
                return found

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(10)

    def _ask(self, act: str, **given: Any) -> Any:
        assert self._process.stdin is not None
        number = next(self._numbers)
        self._process.stdin.write(json.dumps({"id": number, "act": act} | given) + "\n")
        self._process.stdin.flush()
        answer = self._answers.get(timeout=WAIT_S)
        assert answer["id"] == number, answer
        if "error" in answer:
            raise MastoFailed(answer["error"], answer["status"])
        return answer["answer"]

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            said = json.loads(line)
            (self.events if "stream" in said else self._answers).put(said)
