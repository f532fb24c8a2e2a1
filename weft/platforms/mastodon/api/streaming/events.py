"""An event as it is sent: written once per form, and shared between all who get it."""

import msgspec

_encode = msgspec.json.Encoder().encode


class Event:
    """``payload`` is what the API documents for this event, encoded; None where there is none."""

    __slots__ = ("_frames", "_sse", "_tail", "name", "payload")

    def __init__(self, name: str, payload: bytes | None = None) -> None:
        self.name, self.payload = name, payload
        self._sse: bytes | None = None
        self._tail: str | None = None
        self._frames: dict[str, str] = {}

    def sse(self) -> bytes:
        """For Server-sent events. JSON of ours has no line ends; an event without data would be
        passed over by browsers, so it has some."""
        if self._sse is None:
            data = self.payload if self.payload is not None else b"undefined"
            self._sse = b"event: %s\ndata: %s\n\n" % (self.name.encode(), data)
        return self._sse

    def frame(self, label: str) -> str:
        """For WebSockets: the payload is a string of JSON within JSON."""
        made = self._frames.get(label)
        if made is None:
            if self._tail is None:
                payload = ""
                if self.payload is not None:
                    payload = f',"payload":{_encode(self.payload.decode()).decode()}'
                self._tail = f',"event":"{self.name}"{payload}}}'
            made = self._frames[label] = f'{{"stream":{label}{self._tail}'
        return made
