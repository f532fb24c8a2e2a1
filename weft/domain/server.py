"""What use cases may know of the server they run on."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from weft.domain.events import Tell


def now_ms() -> int:
    """The wall clock, in milliseconds UTC."""
    return time.time_ns() // 1_000_000


@dataclass(frozen=True, slots=True)
class Server:
    """Names, limits and the way to tell the world. Made once, in ``weft/app.py``."""

    origin: str
    """``https://host``, without a trailing slash: the start of every id."""
    domain: str
    """The handle's domain; may differ from the host."""
    host: str
    tell: Tell
    media_origin: str = ""
    """Where uploads are served from: a separate origin where the operator has one."""
    post_length: int = 5000
    post_formats: tuple[str, ...] = ("text/plain", "text/markdown", "text/html")
    """What people may write posts in (media types)."""
    now_ms: Callable[[], int] = now_ms
    shown_at: Callable[[str], str] = str
    """Where a picture of another server is shown from: a copy of ours."""
    sends_mail: bool = False
    """Whether letters go anywhere; without a mail server they are not even written."""
    allow_list: bool = False
    """Limited federation: we talk with the servers of a list, and with no others."""
    letter_waits: Callable[[], None] = lambda: None
    """Called when a letter has been put into the queue."""

    @property
    def relay_uri(self) -> str:
        """The actor that deals with relays of LitePub's kind: some look for this end of the id."""
        return f"{self.origin}/relay"

    def actor_uri(self, actor_id: int) -> str:
        return f"{self.origin}/ap/actors/{actor_id}"

    def approval_uri(self, interaction_id: int) -> str:
        """Where it is said that a like, an answer or a boost of another server may be."""
        return f"{self.origin}/ap/approvals/{interaction_id}"

    def post_uri(self, post_id: int) -> str:
        return f"{self.origin}/ap/posts/{post_id}"

    def context_uri(self, root_id: int) -> str:
        """The collection of a thread that began here."""
        return f"{self.origin}/ap/contexts/{root_id}"

    def media_url(self, key: str) -> str:
        return f"{self.media_origin or self.origin}/media/{key}"

    def activity_uri(self, activity_id: int) -> str:
        return f"{self.origin}/ap/activities/{activity_id}"
