"""Another letter for somebody who has not proved their address yet, asked for by the application that
they signed up with. Their token opens nothing else, so it is looked at here."""

from litestar.response.base import ASGIResponse

from weft.domain.accounts.secrets import hash_secret
from weft.domain.signup.admit import ask_again
from weft.domain.signup.refused import SignUpRefused, TooManySignUps
from weft.domain.signup.tokens import TokenHolder, token_holder
from weft.platforms.mastodon.api.auth import FAMILY, token_of
from weft.platforms.mastodon.api.errors import INVALID_TOKEN, ApiError
from weft.platforms.mastodon.api.routing import Call, Route, json

_NOT_YOURS = "This method is only available to the application the user originally signed-up with"
_PROVEN = "This method is only available while the e-mail is awaiting confirmation"


async def _holder(call: Call) -> TokenHolder:
    token, now = token_of(call.request), call.api.parts.server.now_ms()
    row = await call.db.one(token_holder, token_hash=hash_secret(token), now=now) if token else None
    if row is None or row.family != FAMILY:
        raise ApiError(401, INVALID_TOKEN)
    return row


async def send_again(call: Call) -> ASGIResponse:
    """POST /emails/confirmations: to the address of the last letter, or to ``email``."""
    row = await _holder(call)
    if row.signed_up_app_id is None or row.signed_up_app_id != row.token_app_id:
        raise ApiError(403, _NOT_YOURS)
    if row.confirmed_at is not None:
        raise ApiError(403, _PROVEN)
    parts = call.api.parts
    try:
        await ask_again(
            parts.db,
            parts.server,
            parts.settings,
            parts.limiter,
            row.account_id,
            call.params.text("email", longest=500) or "",
        )
    except SignUpRefused as refused:
        raise ApiError(422, str(refused)) from None
    except TooManySignUps:
        raise ApiError(429, "Several letters have gone out: wait an hour for more.") from None
    return json({})


async def check(call: Call) -> ASGIResponse:
    """GET /emails/check_confirmation"""
    return json((await _holder(call)).confirmed_at is not None)


ROUTES = [
    Route("POST", "/api/v1/emails/confirmations", send_again, who="applicant"),
    Route("GET", "/api/v1/emails/check_confirmation", check, who="applicant"),
]
