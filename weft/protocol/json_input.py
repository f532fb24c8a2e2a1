"""JSON from strangers: decoded strictly, with two repairs and one suspicion.

Repaired: a byte order mark, and lone surrogates and U+0000 (which PostgreSQL cannot keep in a text),
which become U+FFFD. Refused: everything that is
no JSON (NaN too), and a key that comes twice in one object, since two readers would then believe
two different things. What is rare is looked for only when it can be there: decoding runs at C speed.
"""

import re
from typing import Any

import msgspec

MAX_DEPTH = 64

_decode = msgspec.json.Decoder().decode
_STRING_THEN_COLON = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"([ \t\r\n]*+:)?', re.DOTALL)
_ESCAPE = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    rb"|(u[dD][89a-fA-F][0-9a-fA-F]{2}|u0000)|.)",
    re.DOTALL,
)


class MalformedDocument(ValueError):
    """The message is a sentence for the sender's administrator: what is wrong with the document."""


def decode(body: bytes) -> Any:
    """JSON as it is, with U+FFFD for lone surrogates and U+0000.

    Raises:
        MalformedDocument: it is no JSON (NaN and Infinity are none), or nests too deep.
    """
    if body.startswith(b"\xef\xbb\xbf"):
        body = body[3:]
    if b"\\u0000" in body:
        body = _mend(body)
    try:
        return _decode(body)
    except RecursionError:
        raise MalformedDocument(f"The document nests deeper than {MAX_DEPTH} levels.") from None
    except (msgspec.MsgspecError, ValueError) as error:
        mended = _mend(body)
        if mended == body:
            raise MalformedDocument(f"The document is not JSON: {error}.") from None
    try:
        return _decode(mended)
    except RecursionError:
        raise MalformedDocument(f"The document nests deeper than {MAX_DEPTH} levels.") from None
    except (msgspec.MsgspecError, ValueError) as error:
        raise MalformedDocument(f"The document is not JSON: {error}.") from None


def _mend(body: bytes) -> bytes:
    return _ESCAPE.sub(lambda found: b"\\ufffd" if found[1] else found[0], body)


def refuse_duplicate_keys(body: bytes, keys: int) -> None:
    """The decoder keeps the last of two equal keys, so fewer keys came out than went in.

    Without space before any colon, ``":`` stands at least once for each key, so an equal count
    proves that there is no duplicate. Otherwise the strings are told apart from the keys.
    """
    if body.count(b'":') == keys and not (
        b" :" in body or b"\n:" in body or b"\t:" in body or b"\r:" in body
    ):
        return
    written = sum(1 for found in _STRING_THEN_COLON.finditer(body) if found[1])
    if written != keys:
        raise MalformedDocument("The document has the same key twice in one object.")
