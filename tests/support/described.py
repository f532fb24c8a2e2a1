"""Holds answers of the Mastodon API against its published description (``shared/api``).

An address that the description knows must be answered in its shape: every required field there, each
field of its type. Errors have Mastodon's shape everywhere.
"""

import json
import os
import re
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.protocols import Validator

_ROOT = Path(__file__).parents[2]
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
_MOST_TOLD = 5
_checker = FormatChecker(formats=())


@_checker.checks("date-time")  # type: ignore[untyped-decorator]
def _is_time(value: object) -> bool:
    """As Mastodon writes times: with milliseconds, in UTC."""
    return not isinstance(value, str) or _TIME.fullmatch(value) is not None


@_checker.checks("uri")  # type: ignore[untyped-decorator]
def _is_address(value: object) -> bool:
    """Nothing is written as an empty text, as in the examples of the description."""
    return not isinstance(value, str) or re.match(r"[a-z][a-z0-9+.-]*:|\Z", value) is not None


class Described:
    """The description, and what it says of an answer."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document = _with_open_alternatives(document)
        # Deprecated: the description has the shape, but not the address.
        old = {"$ref": "#/components/schemas/V1NotificationPolicy"}
        told = {"responses": {"200": {"content": {"application/json": {"schema": old}}}}}
        document["paths"]["/api/v1/notifications/policy"] = {"get": told, "put": told}
        # The description has these two in notifications, and forgot them in groups.
        grouped = document["components"]["schemas"]["NotificationGroupTypeEnum"]["enum"]
        grouped += ["added_to_collection", "collection_update"]
        self._paths = [
            (re.compile(re.sub(r"\{[^}]+\}", "[^/]+", path)), path, operations)
            for path, operations in document["paths"].items()
        ]
        # Fixed names before parameters, as a server chooses.
        self._paths.sort(key=lambda each: (each[1].count("{"), each[1]))
        self._validators: dict[tuple[str, str, str], Validator | None] = {}

    @property
    def operations(self) -> set[tuple[str, str]]:
        """Methods and paths that are described."""
        verbs = {"get", "post", "put", "patch", "delete"}
        return {
            (verb.upper(), path)
            for path, operations in self._document["paths"].items()
            for verb in verbs & set(operations)
        }

    def template(self, path: str) -> str | None:
        """The described path that ``path`` is one of."""
        plain = path.partition("?")[0]
        return next((name for pattern, name, _ in self._paths if pattern.fullmatch(plain)), None)

    def problems(self, method: str, path: str, status: int, body: bytes) -> list[str]:
        """What is wrong with an answer; empty if nothing is, or nothing is said of it."""
        template = self.template(path)
        if template is None:
            return []
        try:
            answer = json.loads(body) if body else None
        except ValueError:
            return [f"{method} {path}: {status} is not JSON: {body[:100]!r}"]
        if status >= 400:
            fine = isinstance(answer, dict) and isinstance(answer.get("error"), str)
            return [] if fine else [f"{method} {path}: {status} without a sentence: {body[:200]!r}"]
        key = (template, method.lower(), str(status))
        if key not in self._validators:
            self._validators[key] = self._validator(*key)
        validator = self._validators[key]
        if validator is None:
            return []
        found = sorted(validator.iter_errors(answer), key=lambda each: list(map(str, each.path)))
        return [
            f"{method} {path}: {'/'.join(map(str, each.path))}: {each.message[:300]}"
            for each in found[:_MOST_TOLD]
        ]

    def faults_of(self, value: Any, name: str) -> list[str]:
        """What is wrong with a value that should have the shape of a schema of this name."""
        whole = {"$ref": f"#/components/schemas/{name}", "components": {"schemas": self._schemas}}
        found = Draft202012Validator(whole, format_checker=_checker).iter_errors(value)
        return [f"{'/'.join(map(str, each.path))}: {each.message[:300]}" for each in found]

    def _validator(self, template: str, method: str, status: str) -> Validator | None:
        operation = self._document["paths"][template].get(method, {})
        response = operation.get("responses", {}).get(status, {})
        schema = response.get("content", {}).get("application/json", {}).get("schema")
        if schema is None:
            return None
        if response.get("description", "").startswith("List of") and "$ref" in schema:
            # In words it is several, in the schema one.
            schema = {"type": "array", "items": schema}
        whole = {**schema, "components": {"schemas": self._schemas}}
        return Draft202012Validator(whole, format_checker=_checker)

    @property
    def _schemas(self) -> dict[str, Any]:
        found: dict[str, Any] = self._document["components"]["schemas"]
        return found


def _with_open_alternatives(value: Any) -> Any:
    """``oneOf`` as ``anyOf``: the alternatives of the description overlap (a Quote without a quoted
    status is a ShallowQuote too), so that right answers would be two things at once."""
    if isinstance(value, dict):
        return {
            "anyOf" if name == "oneOf" else name: _with_open_alternatives(each)
            for name, each in value.items()
        }
    if isinstance(value, list):
        return [_with_open_alternatives(each) for each in value]
    return value


@cache
def described() -> Described | None:
    """The description; None where the shared data is not."""
    root = Path(os.environ.get("WEFT_SHARED", _ROOT.parent / "shared"))
    file = root / "api" / "mastodon-openapi.json"
    return Described(json.loads(file.read_bytes())) if file.is_file() else None


def check_answer(method: str, path: str, status: int, body: bytes) -> None:
    """Fail with what is wrong with an answer."""
    description = described()
    found = description.problems(method, path, status, body) if description is not None else []
    assert found == [], "\n".join(found)
