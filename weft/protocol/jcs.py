"""JSON Canonicalization Scheme (RFC 8785): one text for each JSON value."""

import json
import math
from typing import Any

_SAFE = 2**53


class NotCanonical(ValueError):
    """The value has no canonical form: a number that JSON does not have, or half a character."""


def canonical(value: Any) -> bytes:
    """UTF-8 of the canonical form.

    Raises:
        NotCanonical
    """
    try:
        return "".join(_parts(value)).encode()
    except UnicodeEncodeError:
        raise NotCanonical("a string has half of a surrogate pair") from None
    except RecursionError:
        raise NotCanonical("it nests too deep") from None


def _parts(value: Any) -> list[str]:
    if isinstance(value, dict):
        parts = ["{"]
        # RFC 8785 section 3.2.3: by UTF-16 code units.
        for name in sorted(value, key=lambda each: each.encode("utf-16-be", "surrogatepass")):
            if len(parts) > 1:
                parts.append(",")
            parts += [_string(name), ":", *_parts(value[name])]
        return [*parts, "}"]
    if isinstance(value, list | tuple):
        parts = ["["]
        for each in value:
            if len(parts) > 1:
                parts.append(",")
            parts += _parts(each)
        return [*parts, "]"]
    return [_scalar(value)]


def _scalar(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, int):
        return str(value) if -_SAFE <= value <= _SAFE else _number(float(value))
    if isinstance(value, float):
        return _number(value)
    raise NotCanonical(f"{type(value).__name__} is not JSON")


def _string(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _number(value: float) -> str:
    """As ECMAScript writes it (section 7.1.12.1): the shortest digits that read back as it."""
    if not math.isfinite(value):
        raise NotCanonical("NaN and Infinity are not JSON")
    if value == 0:
        return "0"
    sign = "-" if value < 0 else ""
    mantissa, _, exponent = repr(abs(value)).partition("e")
    whole, _, fraction = mantissa.partition(".")
    fraction = "" if fraction == "0" else fraction
    digits = (whole + fraction).lstrip("0")
    # The point stands before digit number ``point`` (from the left).
    point = len(whole) + int(exponent or 0)
    point -= len(whole + fraction) - len((whole + fraction).lstrip("0"))
    digits = digits.rstrip("0")
    return sign + _placed(digits, point)


def _placed(digits: str, point: int) -> str:
    count = len(digits)
    if count <= point <= 21:
        return digits + "0" * (point - count)
    if 0 < point <= 21:
        return f"{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return "0." + "0" * -point + digits
    exponent = point - 1
    mantissa = digits if count == 1 else f"{digits[0]}.{digits[1:]}"
    return f"{mantissa}e{'+' if exponent >= 0 else '-'}{abs(exponent)}"
