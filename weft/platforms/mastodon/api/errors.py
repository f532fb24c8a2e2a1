"""What is refused, and how Mastodon's clients are told: ``{"error": sentence}`` and a status."""

from collections.abc import Callable
from typing import Any

import msgspec
from litestar import Request
from litestar.exceptions import HTTPException
from litestar.response import Response
from structlog import get_logger

from weft.domain.accounts.access import AccessRefused, BadApp
from weft.domain.accounts.roles import NotPermitted
from weft.domain.actors.profile import ProfileRefused
from weft.domain.announcements.announce import AnnouncementRefused
from weft.domain.collections.keep import CollectionRefused, FeatureRefused, NoSuchPerson
from weft.domain.endorsements.endorse import EndorsementRefused
from weft.domain.filters.records import FilterRefused
from weft.domain.interactions.records import InteractionRefused
from weft.domain.lists.keep import ListRefused, NoSuchMember
from weft.domain.measures.measure import MeasureRefused
from weft.domain.moderation.actors import ActionRefused
from weft.domain.moderation.addresses import AddressRefused
from weft.domain.moderation.domains_rules import DomainRefused
from weft.domain.moderation.holds import Held
from weft.domain.notes.note import NoteRefused
from weft.domain.pins.pin import PinRefused
from weft.domain.policy.records import SettingsRefused
from weft.domain.posts.compose import NoSuchParent, NoSuchQuoted, PostRefused
from weft.domain.posts.share import BoostRefused
from weft.domain.posts.vote import VoteRefused
from weft.domain.push.subscriptions import PushRefused
from weft.domain.relations.follow import FollowRefused
from weft.domain.reports.report import ReportRefused
from weft.domain.tags.follow import TagRefused
from weft.federation.quarantine import NotWaiting
from weft.media.errors import NoRoom, Rejected, TooBusy
from weft.storage.errors import BrokenReference, StorageFull

_log = get_logger(__name__)
_encode = msgspec.json.Encoder().encode

INVALID_TOKEN = "The access token is invalid"  # noqa: S105  the sentence that clients know
NEEDS_USER = "This method requires an authenticated user"
OUT_OF_SCOPE = "This action is outside the authorized scopes"
NOT_ALLOWED = "This action is not allowed"
NOT_FOUND = "Record not found"


class ApiError(Exception):
    """An answer that is not the one hoped for."""

    def __init__(self, status: int, message: str, description: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.description = description


class BadParameter(ApiError):
    """A parameter cannot be understood; the sentence names it."""

    def __init__(self, message: str) -> None:
        super().__init__(422, message)


def not_found() -> ApiError:
    """Also for what the viewer may not see: its existence is none of their business."""
    return ApiError(404, NOT_FOUND)


def error_response(status: int, message: str, description: str | None = None) -> Response[bytes]:
    body: dict[str, Any] = {"error": message}
    if description is not None:
        body["error_description"] = description
    headers = {"cache-control": "no-store"}
    if status == 401:
        headers["www-authenticate"] = 'Bearer realm="Weft"'
    return Response(
        _encode(body), status_code=status, media_type="application/json", headers=headers
    )


def _api_error(_: Request, error: ApiError) -> Response[bytes]:
    return error_response(error.status, str(error), error.description)


def _oauth_error(_: Request, error: AccessRefused) -> Response[bytes]:
    status = {"invalid_client": 401, "unauthorized_client": 403}.get(error.code, 400)
    return error_response(status, error.code, str(error))


def _with_status(status: int) -> Callable[[Request, Exception], Response[bytes]]:
    def answer(_: Request, error: Exception) -> Response[bytes]:
        return error_response(status, str(error))

    return answer


def _http_error(_: Request, error: HTTPException) -> Response[bytes]:
    own = {404: NOT_FOUND, 413: "What you sent is larger than what is taken here."}
    return error_response(error.status_code, own.get(error.status_code, error.detail))


def _full(_: Request, error: StorageFull) -> Response[bytes]:
    _log.error("storage_full", error=str(error))
    return error_response(507, "The server's disk is full; nothing was kept.")


def _vanished(_: Request, error: BrokenReference) -> Response[bytes]:
    return error_response(422, "Something that this refers to is not here any more: try again.")


def _crash(request: Request, error: Exception) -> Response[bytes]:
    _log.error("request_failed", path=request.scope["path"], exc_info=error)
    return error_response(500, "The server could not do this; its operator can see why.")


HANDLERS: dict[Any, Any] = {
    ApiError: _api_error,
    AccessRefused: _oauth_error,
    BadApp: _with_status(422),
    CollectionRefused: _with_status(422),
    FeatureRefused: _with_status(403),
    NoSuchPerson: _with_status(404),
    PostRefused: _with_status(422),
    ProfileRefused: _with_status(422),
    NoSuchParent: _with_status(404),
    NoSuchQuoted: _with_status(404),
    AnnouncementRefused: _with_status(422),
    AddressRefused: _with_status(422),
    DomainRefused: _with_status(422),
    SettingsRefused: _with_status(422),
    NotWaiting: _with_status(422),
    MeasureRefused: _with_status(422),
    EndorsementRefused: _with_status(422),
    NoteRefused: _with_status(422),
    ListRefused: _with_status(422),
    NoSuchMember: _with_status(404),
    PinRefused: _with_status(422),
    PushRefused: _with_status(422),
    FilterRefused: _with_status(422),
    ReportRefused: _with_status(422),
    ActionRefused: _with_status(422),
    NotPermitted: _with_status(403),
    Held: _with_status(403),
    BoostRefused: _with_status(422),
    InteractionRefused: _with_status(403),
    TagRefused: _with_status(422),
    VoteRefused: _with_status(422),
    FollowRefused: _with_status(403),
    Rejected: _with_status(422),
    TooBusy: _with_status(503),
    NoRoom: _with_status(507),
    HTTPException: _http_error,
    StorageFull: _full,
    BrokenReference: _vanished,
    Exception: _crash,
}
