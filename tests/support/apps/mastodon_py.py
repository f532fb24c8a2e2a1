"""Mastodon.py, the library of many bots."""

import queue
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from mastodon import Mastodon, StreamListener

from tests.support.apps.app import SCOPES, App, Attached, Ear, Seen, allowed_code
from tests.support.pair import until
from tests.support.push import Reader
from tests.support.servers import WeftServer

WAIT_S = 20.0


class PyEar(StreamListener, Ear):
    """Everything that a stream of Mastodon.py brings."""

    def __init__(self) -> None:
        self.events: queue.Queue[tuple[str, Any]] = queue.Queue()

    def on_update(self, status: Any) -> None:
        self.events.put(("update", status))

    def on_status_update(self, status: Any) -> None:
        self.events.put(("status.update", status))

    def on_delete(self, status_id: Any) -> None:
        self.events.put(("delete", status_id))

    def on_notification(self, notification: Any) -> None:
        self.events.put(("notification", notification))

    def on_filters_changed(self) -> None:
        self.events.put(("filters_changed", None))

    def on_announcement(self, annoucement: Any) -> None:
        self.events.put(("announcement", annoucement))

    def on_announcement_reaction(self, reaction: Any) -> None:
        self.events.put(("announcement.reaction", reaction))

    def on_announcement_delete(self, annoucement_id: Any) -> None:
        self.events.put(("announcement.delete", annoucement_id))

    def next(self, event: str) -> Any:
        end = time.monotonic() + WAIT_S
        while True:
            name, payload = self.events.get(timeout=max(end - time.monotonic(), 0.01))
            if name == event:
                return payload


def streams_open(server: WeftServer) -> int:
    """How many the server has, as its metrics tell."""
    return _metric(server, "weft_streams_open{")


def subscribed(server: WeftServer) -> int:
    """What they have asked for, all together."""
    return _metric(server, "weft_stream_subscriptions ")


def _metric(server: WeftServer, start: str) -> int:
    lines = server.get("/metrics").text.splitlines()
    return sum(int(float(line.rpartition(" ")[2])) for line in lines if line.startswith(start))


@contextmanager
def heard(server: WeftServer, client: Any, path: str = "user") -> Iterator[PyEar]:
    """What Mastodon.py hears, from when the server has let it in."""
    ear, before = PyEar(), subscribed(server)
    open_one = {"user": client.stream_user, "local": client.stream_local}[path]
    handle = open_one(ear, run_async=True)
    until(lambda: subscribed(server) > before)
    try:
        yield ear
    finally:
        handle.close()


class MastodonPy(App):
    """In this process."""

    program = "Mastodon.py"

    def sign_in(self) -> None:
        origin, scopes = self.server.origin, SCOPES.split()
        client_id, secret = Mastodon.create_app("a bot", scopes=scopes, api_base_url=origin)
        self.client: Any = Mastodon(client_id, secret, api_base_url=origin)
        address = self.client.auth_request_url(scopes=scopes, allow_http=True)
        code = allowed_code(self.server, self.person, address)
        self.client.log_in(code=code, scopes=scopes, allow_http=True)

    def post(
        self,
        text: str,
        *,
        answers: str | None = None,
        file: Attached | None = None,
        poll: Sequence[str] = (),
    ) -> Seen:
        media = []
        if file is not None:
            media.append(
                self.client.media_post(
                    str(file.path), file.content_type, description=file.description,
                    synchronous=True,
                )
            )  # fmt: skip
        made = self.client.make_poll(list(poll), 3600) if poll else None
        return _shape(self.client.status_post(text, answers, media_ids=media or None, poll=made))

    def status(self, id_: str) -> Seen:
        return _shape(self.client.status(id_))

    def home(self) -> list[Seen]:
        return [_shape(each) for each in self.client.timeline_home(limit=40)]

    def notifications(self) -> list[Seen]:
        return [_shape(each) for each in self.client.notifications()]

    def follow(self, handle: str) -> None:
        self.client.account_follow(self._account(handle))

    def favourite(self, id_: str) -> None:
        self.client.status_favourite(id_)

    def boost(self, id_: str) -> None:
        self.client.status_reblog(id_)

    def vote(self, poll_id: str, choice: int) -> None:
        self.client.poll_vote(poll_id, [choice])

    def search(self, words: str) -> list[Seen]:
        return [_shape(each) for each in self.client.search_v2(words).statuses]

    def make_list(self, title: str, handle: str) -> None:
        self.client.list_accounts_add(self.client.list_create(title), [self._account(handle)])

    def listed(self, title: str) -> list[Seen]:
        [found] = [each for each in self.client.lists() if each.title == title]
        return [_shape(each) for each in self.client.timeline_list(found)]

    def delete(self, id_: str) -> None:
        self.client.status_delete(id_)

    def hide(self, word: str) -> None:
        self.client.create_filter_v2(
            word, ["home"], "hide", keywords_attributes=[{"keyword": word, "whole_word": True}]
        )

    def hear(self) -> AbstractContextManager[Ear]:
        return heard(self.server, self.client)

    def be_pushed(self, endpoint: str, reader: Reader) -> None:
        keys = {"pubkey": reader.point, "auth": reader.auth}
        self.client.push_subscription_set(endpoint, keys, mention_events=True)

    def _account(self, handle: str) -> Any:
        [found] = self.client.search_v2(handle, resolve=True, result_type="accounts").accounts
        return found


def _shape(entity: Any) -> Seen:
    """Plain dictionaries, with ids as the API writes them."""
    if isinstance(entity, dict):
        return {name: _shape(value) for name, value in entity.items()}
    if isinstance(entity, list | tuple):
        return [_shape(each) for each in entity]  # type: ignore[return-value]
    return str(entity) if isinstance(entity, int) and entity > 2**32 else entity  # type: ignore[return-value]
