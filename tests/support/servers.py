"""Real Weft servers: processes of their own on free loopback ports, driven from outside."""

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from urllib.parse import urlencode, urlsplit

START_S = 60.0
STOP_S = 30.0
PASSWORD = "correct horse battery staple"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class WeftServer:
    """One server with its data folder. ``start`` and ``kill`` may follow each other."""

    def __init__(
        self,
        folder: Path,
        *,
        name: str = "127.0.0.1",
        database_url: str | None = None,
        settings: dict[str, str] | None = None,
    ) -> None:
        self.folder = folder
        self.port = free_port()
        self.domain = f"{name}:{self.port}"
        self.origin = f"http://{self.domain}"
        self.process: subprocess.Popen[bytes] | None = None
        environ = {
            name: value for name, value in os.environ.items() if not name.startswith("WEFT_")
        }
        self.environ = environ | {
            "WEFT_DATA": str(folder),
            "WEFT_DOMAIN": self.domain,
            "WEFT_BIND_PORT": str(self.port),
            "WEFT_INSECURE_LOOPBACK": "1",
            "WEFT_REQUEST_LIMIT": "0",
            **({"WEFT_DATABASE_URL": database_url} if database_url else {}),
            **(settings or {}),
        }

    def weft(self, *arguments: str) -> str:
        """Run one command of this server; what it printed, without the last line end."""
        done = subprocess.run(
            [sys.executable, "-m", "weft.admin.cli", *arguments],
            env=self.environ,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, f"weft {' '.join(arguments)}: {done.stderr}"
        return done.stdout.rstrip("\n")

    def prepare(self) -> None:
        """Key and database."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.weft("setup")

    def add_person(self, name: str, *, admin: bool = False) -> None:
        extra = ("--admin",) if admin else ()
        self.weft("user", "create", name, "--email", f"{name}@example.org",
                  "--password", PASSWORD, *extra)  # fmt: skip

    def token(self, name: str) -> str:
        return self.weft("token", "create", name, "--scopes", "read write follow push")

    @property
    def log(self) -> str:
        path = self.folder / "server.log"
        return path.read_text() if path.exists() else ""

    def start(self) -> None:
        """Start, and return when it is ready."""
        with (self.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "weft.admin.cli", "serve"],
                env=self.environ,
                stdout=log,
                stderr=log,
            )
        until = time.monotonic() + START_S
        while time.monotonic() < until:
            assert self.process.poll() is None, f"the server ended: {self.log}"
            with contextlib.suppress(OSError):
                if self.get("/health/ready").status == 200:
                    return
            time.sleep(0.02)
        raise AssertionError(f"the server was not ready within {START_S:.0f} s: {self.log}")

    def kill(self) -> None:
        """As a power cut would."""
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait(STOP_S)

    def stop(self) -> None:
        if self.process is None or self.process.poll() is not None:
            return
        self.process.terminate()
        try:
            self.process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(STOP_S)

    def get(self, path: str, headers: dict[str, str] | None = None) -> "Reply":
        return self.request("GET", path, headers=headers)

    def request(
        self,
        method: str,
        path: str,
        *,
        headers: dict[str, str] | None = None,
        body: bytes | None = None,
    ) -> "Reply":
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, body, {"Host": self.domain} | (headers or {}))
            return Reply(connection.getresponse())
        finally:
            connection.close()


class Reply:
    """An answer, read to its end."""

    def __init__(self, response: HTTPResponse) -> None:
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    @property
    def text(self) -> str:
        return self.body.decode()


class Browser:
    """As much of a browser as forms and cookies need; one server."""

    def __init__(self, server: WeftServer) -> None:
        self._server = server
        self._cookies: dict[str, str] = {}
        self.at = ""

    def open(self, url: str) -> Reply:
        """GET, following redirects on the same server."""
        return self._follow("GET", url, None)

    def submit(self, page: Reply, values: dict[str, str]) -> Reply:
        """Send the page's only form with its hidden fields and these values."""
        text = page.text
        action = re.search(r'<form method="post" action="([^"]+)"', text)
        assert action is not None, text
        fields = {
            _attribute(tag, "name"): _attribute(tag, "value")
            for tag in re.findall(r'<input type="hidden"[^>]*>', text)
        }
        return self._follow("POST", action[1], urlencode(fields | values).encode())

    def send(
        self,
        page: Reply,
        action: str,
        values: dict[str, str],
        files: dict[str, tuple[str, bytes]] | None = None,
    ) -> Reply:
        """Send the page's form with this action; ``files`` by field, as (name, content)."""
        form = re.search(
            rf'<form method="post" action="{re.escape(action)}".*?</form>', page.text, re.DOTALL
        )
        assert form is not None, page.text
        fields = {
            _attribute(tag, "name"): _attribute(tag, "value")
            for tag in re.findall(r'<input type="hidden"[^>]*>', form[0])
        } | values
        if files is None:
            return self._follow("POST", action, urlencode(fields).encode())
        boundary = "weft-form-boundary"
        parts = [
            f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
            for name, value in fields.items()
        ]
        for name, (file_name, content) in files.items():
            head = (
                f'--{boundary}\r\nContent-Disposition: form-data; name="{name}";'
                f' filename="{file_name}"\r\nContent-Type: application/octet-stream\r\n\r\n'
            )
            parts.append(head.encode() + content + b"\r\n")
        body = b"".join([*parts, f"--{boundary}--\r\n".encode()])
        return self._follow("POST", action, body, f"multipart/form-data; boundary={boundary}")

    def sign_in(self, name: str) -> Reply:
        return self.submit(self.open("/login"), {"login": name, "password": PASSWORD})

    def _follow(
        self,
        method: str,
        url: str,
        body: bytes | None,
        kind: str = "application/x-www-form-urlencoded",
    ) -> Reply:
        reply: Reply | None = None
        for _ in range(10):
            parts = urlsplit(url)
            if reply is not None and parts.netloc not in ("", self._server.domain):
                self.at = url
                return reply
            path = parts.path + (f"?{parts.query}" if parts.query else "")
            headers = {"Accept": "text/html"}
            if self._cookies:
                headers["Cookie"] = "; ".join(f"{k}={v}" for k, v in self._cookies.items())
            if body is not None:
                headers["Content-Type"] = kind
            reply = self._server.request(method, path, headers=headers, body=body)
            for cookie in reply.headers.get_all("set-cookie") or []:
                name, _, value = cookie.partition(";")[0].partition("=")
                self._cookies[name] = value
            self.at = path
            if reply.status not in (301, 302, 303, 307):
                return reply
            method, body, url = "GET", None, str(reply.headers["location"])
        raise AssertionError("the redirects do not end")


def _attribute(tag: str, name: str) -> str:
    import html

    found = re.search(rf'{name}="([^"]*)"', tag)
    return html.unescape(found[1]) if found else ""


@contextlib.contextmanager
def running(*servers: WeftServer) -> Iterator[None]:
    """Start them all; stop them at the end."""
    try:
        for server in servers:
            server.start()
        yield
    finally:
        for server in servers:
            server.stop()
