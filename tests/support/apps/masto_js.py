"""masto.js, the library of Elk and Phanpy."""

import re
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any
from urllib.parse import urlencode

from tests.support.apps.app import SCOPES, App, Attached, Ear, Seen, allowed_code
from tests.support.apps.mastodon_py import WAIT_S, subscribed
from tests.support.masto import Masto
from tests.support.pair import until
from tests.support.push import Reader
from tests.support.servers import WeftServer

SHOWN_HERE = "urn:ietf:wg:oauth:2.0:oob"


class JsEar(Ear):
    """One stream of the library's socket."""

    def __init__(self, masto: Masto, name: str) -> None:
        self._masto, self._name = masto, name

    def next(self, event: str) -> Any:
        end = time.monotonic() + WAIT_S
        while True:
            found = self._masto.event(self._name, max(end - time.monotonic(), 0.01))
            if found["event"] == event:
                return _shape(found["payload"])


class MastoJs(App):
    """In a Node process of its own."""

    program = "masto.js"

    def __init__(self, server: WeftServer, person: str) -> None:
        super().__init__(server, person)
        self.masto = Masto(server.origin)
        self.token = ""

    def close(self) -> None:
        self.masto.close()

    def sign_in(self) -> None:
        made = self.masto.call(
            "v1.apps.create", {"clientName": "masto", "redirectUris": SHOWN_HERE, "scopes": SCOPES}
        )
        asked = {
            "client_id": made["clientId"], "response_type": "code", "scope": SCOPES,
            "redirect_uri": SHOWN_HERE,
        }  # fmt: skip
        address = f"{self.server.origin}/oauth/authorize?{urlencode(asked)}"
        token = self.masto.oauth(
            "token.create",
            {
                "clientId": made["clientId"],
                "clientSecret": made["clientSecret"],
                "redirectUri": SHOWN_HERE,
                "code": allowed_code(self.server, self.person, address),
                "grantType": "authorization_code",
                "scope": SCOPES,
            },
        )
        self.token = token["accessToken"]
        self.masto.signed_in(self.token)

    def _call(self, path: str, *arguments: Any) -> Any:
        return _shape(self.masto.call(path, *arguments))

    def post(
        self,
        text: str,
        *,
        answers: str | None = None,
        file: Attached | None = None,
        poll: Sequence[str] = (),
    ) -> Seen:
        values: dict[str, Any] = {"status": text}
        if answers is not None:
            values["inReplyToId"] = answers
        if file is not None:
            sent = {"$file": str(file.path), "type": file.content_type, "name": file.path.name}
            media = self._call("v2.media.create", {"file": sent, "description": file.description})
            values["mediaIds"] = [media["id"]]
        if poll:
            values["poll"] = {"options": list(poll), "expiresIn": 3600}
        found: Seen = self._call("v1.statuses.create", values)
        return found

    def status(self, id_: str) -> Seen:
        found: Seen = self._call(f"v1.statuses.$select({id_}).fetch")
        return found

    def home(self) -> list[Seen]:
        return list(self._call("v1.timelines.home.list", {"limit": 40}))

    def notifications(self) -> list[Seen]:
        return list(self._call("v1.notifications.list"))

    def follow(self, handle: str) -> None:
        self._call(f"v1.accounts.$select({self._account(handle)}).follow")

    def favourite(self, id_: str) -> None:
        self._call(f"v1.statuses.$select({id_}).favourite")

    def boost(self, id_: str) -> None:
        self._call(f"v1.statuses.$select({id_}).reblog")

    def vote(self, poll_id: str, choice: int) -> None:
        self._call(f"v1.polls.$select({poll_id}).votes.create", {"choices": [choice]})

    def search(self, words: str) -> list[Seen]:
        return list(self._call("v2.search.list", {"q": words})["statuses"])

    def make_list(self, title: str, handle: str) -> None:
        made = self._call("v1.lists.create", {"title": title})
        member = {"accountIds": [self._account(handle)]}
        self._call(f"v1.lists.$select({made['id']}).accounts.create", member)

    def listed(self, title: str) -> list[Seen]:
        [found] = [each for each in self._call("v1.lists.list") if each["title"] == title]
        return list(self._call(f"v1.timelines.list.$select({found['id']}).list"))

    def delete(self, id_: str) -> None:
        self._call(f"v1.statuses.$select({id_}).remove")

    def hide(self, word: str) -> None:
        keyword = {"keyword": word, "wholeWord": True}
        self._call(
            "v2.filters.create",
            {
                "title": word, "context": ["home"], "filterAction": "hide",
                "keywordsAttributes": [keyword],
            },
        )  # fmt: skip

    def hear(self) -> AbstractContextManager[Ear]:
        return self._heard()

    @contextmanager
    def _heard(self) -> Iterator[Ear]:
        before = subscribed(self.server)
        address = self._call("v2.instance.fetch")["configuration"]["urls"]["streaming"]
        self.masto.stream(address, self.token, "mine", "user.subscribe")
        until(lambda: subscribed(self.server) > before)
        yield JsEar(self.masto, "mine")

    def be_pushed(self, endpoint: str, reader: Reader) -> None:
        self._call(
            "v1.push.subscription.create",
            {
                "subscription": {"endpoint": endpoint, "keys": reader.keys},
                "data": {"alerts": {"mention": True}},
            },
        )

    def _account(self, handle: str) -> str:
        found = self._call("v2.search.list", {"q": handle, "type": "accounts", "resolve": True})
        [account] = found["accounts"]
        return str(account["id"])


_UPPER = re.compile("([A-Z])")


def _shape(value: Any) -> Any:
    """The library writes names as JavaScript does; here they are the API's again."""
    if isinstance(value, dict):
        return {
            _UPPER.sub(lambda found: f"_{found[1].lower()}", name): _shape(each)
            for name, each in value.items()
        }
    return [_shape(each) for each in value] if isinstance(value, list) else value
