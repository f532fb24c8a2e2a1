"""Message components of RFC 9421 section 2: what a name in a covered list stands for."""

import base64
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

from weft.protocol.origins import authority_of
from weft.protocol.signatures.request import SignatureError

FieldLines = Callable[[str], Sequence[str]]
"""The lines of a header field, by lower-case name; empty when there is none."""

_FIELD = re.compile(r"[!#$%&'*+.^_`|~0-9a-z-]+\Z")


def component_value(
    name: str, parameters: Mapping[str, Any], method: str, url: str, lines: FieldLines
) -> str:
    """The value of one component of a request.

    Raises:
        SignatureError: it does not exist, is not of a request, or its parameters are not known.
    """
    if name == "@query-param":
        return _query_parameter(parameters, url)
    if name.startswith("@"):
        if parameters:
            raise SignatureError(f"{name} has parameters that are not known")
        return _derived(name, method, url)
    return _field(name, parameters, lines)


def _derived(name: str, method: str, url: str) -> str:
    parts = urlsplit(url)
    path = parts.path or "/"
    match name:
        case "@method":
            return method
        case "@target-uri":
            return url
        case "@authority":
            return authority_of(url.partition("#")[0]) or ""
        case "@scheme":
            return parts.scheme.lower()
        case "@request-target":
            return f"{path}?{parts.query}" if parts.query else path
        case "@path":
            return path
        case "@query":
            return f"?{parts.query}"
    raise SignatureError(f"{name[:40]} is no component of a request")


def _query_parameter(parameters: Mapping[str, Any], url: str) -> str:
    wanted = parameters.get("name")
    if not isinstance(wanted, str) or len(parameters) != 1:
        raise SignatureError("@query-param goes with a name and nothing else")
    try:
        pairs = parse_qsl(urlsplit(url).query, keep_blank_values=True, max_num_fields=200)
    except ValueError:
        raise SignatureError("the query has too many parameters") from None
    found = [value for key, value in pairs if quote(key, safe="*-._") == wanted]
    if len(found) != 1:
        raise SignatureError(f"the query parameter {wanted[:40]} is not there exactly once")
    return quote(found[0], safe="*-._")


def _field(name: str, parameters: Mapping[str, Any], lines: FieldLines) -> str:
    if _FIELD.match(name) is None:
        raise SignatureError("a covered field is not written in lower case")
    found = [" ".join(each.split("\r\n")).strip() for each in lines(name)]
    if not found:
        raise SignatureError(f"{name} is covered, but the request has no such header")
    if not parameters:
        return ", ".join(found)
    if parameters == {"bs": True}:
        return ", ".join(f":{base64.b64encode(each.encode('latin-1')).decode()}:" for each in found)
    raise SignatureError(f"{name} has parameters that are not known")
