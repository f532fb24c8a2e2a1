"""How one's posts begin, who finds one, and which letters come."""

import re

from litestar.response.base import ASGIResponse
from msgspec.structs import replace

from weft.domain.accounts.queries import Account, account_by_id
from weft.domain.accounts.settings import AccountSettings, account_settings, stored_settings
from weft.domain.accounts.store import update_account_settings
from weft.domain.actors.profile import TypedProfile, compose_profile, edit_profile
from weft.domain.actors.queries import actor_by_id
from weft.domain.actors.records import Actor
from weft.domain.notifications.letters import CHOICES, choose_letters
from weft.domain.notifications.unsubscribe import PATH, account_of
from weft.storage.database import Tx
from weft.web.rendering import redirect
from weft.web.visits import PageError, Route, Visit

PREFERENCES = "/settings/preferences"
VISIBILITIES = {
    "public": "Public: everybody, also in timelines",
    "unlisted": "Quiet public: everybody, not in timelines",
    "private": "Followers only",
    "direct": "Only people mentioned",
}
QUOTES = {"public": "Everybody", "followers": "My followers", "nobody": "Nobody but me"}
LETTERS = {
    "mention": "Somebody mentions me",
    "follow": "Somebody follows me",
    "follow_request": "Somebody would like to follow me",
}
_REACH = {
    "locked": "Ask me before somebody follows me",
    "discoverable": "Suggest me to others, let them recommend me in collections, and show my posts where people look for new ones",
    "indexable": "My public posts may be found by searching, here and on other servers",
    "hides_network": "Do not show whom I follow and who follows me",
}
# A language of BCP 47 with at most a script and a region: fr, pt-BR, zh-Hant-TW.
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z]{4})?(-([A-Za-z]{2}|[0-9]{3}))?")


async def _mine(visit: Visit) -> tuple[Account, Actor]:
    me, session = visit.must_be_signed_in(), visit.visitor.session
    account = await visit.parts.db.one(account_by_id, id=session.account_id) if session else None
    actor = await visit.parts.db.one(actor_by_id, id=me)
    if account is None or actor is None:
        raise PageError(403, "Your account is not here any more.")
    return account, actor


async def show(visit: Visit) -> ASGIResponse:
    """GET /settings/preferences"""
    account, actor = await _mine(visit)
    reach = {name: bool(getattr(actor, name)) for name in _REACH}
    return await _page(visit, account, account_settings(account.settings), reach, None)


async def save(visit: Visit) -> ASGIResponse:
    """POST /settings/preferences"""
    account, actor = await _mine(visit)
    visit.check_form()
    form, parts = visit.form, visit.parts
    reach = {name: name in form for name in _REACH}
    language = form.get("language", "").strip()
    typed = replace(
        account_settings(account.settings),
        visibility=form.get("visibility", ""),
        quote_policy=form.get("quote_policy", ""),
        sensitive="sensitive" in form,
        language=language or None,
        mails=tuple(each for each in CHOICES if f"mail_{each}" in form),
        # Without mail the page has no letters to choose.
        sign_ins_untold=(
            "mail_sign_in" not in form
            if parts.server.sends_mail and account.email
            else account_settings(account.settings).sign_ins_untold
        ),
    )
    if typed.visibility not in VISIBILITIES or typed.quote_policy not in QUOTES:
        raise PageError(422, "Choose one of the options.")
    if language and not _LANGUAGE.fullmatch(language):
        sentence = (
            f"“{language[:20]}” is no language: write its short form, such as en, fr or pt-BR."
        )
        return await _page(visit, account, typed, reach, sentence)
    changed = await compose_profile(parts.db, parts.server, actor, _typed(reach))

    async def put(tx: Tx) -> None:
        # What apps keep beside these must not be lost: read again, in the same write.
        fresh = await tx.one(account_by_id, id=account.id)
        stored = replace(
            account_settings(fresh.settings if fresh else None),
            visibility=typed.visibility,
            quote_policy=typed.quote_policy,
            sensitive=typed.sensitive,
            language=typed.language,
            sign_ins_untold=typed.sign_ins_untold,
        )
        settings = stored_settings(stored)
        await tx.run(update_account_settings, of_account=account.id, settings=settings)
        await choose_letters(tx, account.id, settings, typed.mails)
        if changed:
            await edit_profile(tx, parts.server, actor.id, changed)

    await parts.db.write(put)
    return redirect(f"{PREFERENCES}?saved")


def _typed(reach: dict[str, bool]) -> TypedProfile:
    return TypedProfile(
        locked=reach["locked"],
        discoverable=reach["discoverable"],
        indexable=reach["indexable"],
        hides_network=reach["hides_network"],
    )


async def _page(
    visit: Visit,
    account: Account,
    settings: AccountSettings,
    reach: dict[str, bool],
    error: str | None,
) -> ASGIResponse:
    return await visit.page(
        "preferences.html",
        status=422 if error else 200,
        error=error,
        saved="saved" in visit.query,
        chosen=settings,
        visibilities=VISIBILITIES,
        quotes=QUOTES,
        reach=[(name, word, reach[name]) for name, word in _REACH.items()],
        letters=LETTERS,
        email=account.email,
        sends_mail=visit.parts.server.sends_mail,
    )


async def show_unsubscribe(visit: Visit) -> ASGIResponse:
    """GET /unsubscribe/:word: mail programs open links, so this only asks."""
    account_id = account_of(visit.parts.sealer, visit.path("word"))
    account = await visit.parts.db.one(account_by_id, id=account_id) if account_id else None
    if account is None:
        raise PageError(404, "This link is not good, or the account is gone.", "Not found")
    return await visit.page("unsubscribe.html", address=f"{PATH}/{visit.path('word')}")


async def unsubscribe(visit: Visit) -> ASGIResponse:
    """POST /unsubscribe/:word: from the page, or from a mail program's button (RFC 8058), which has
    no cookie of ours; the word in the address is what allows it."""
    account_id = account_of(visit.parts.sealer, visit.path("word"))
    account = await visit.parts.db.one(account_by_id, id=account_id) if account_id else None
    if account is None:
        raise PageError(404, "This link is not good, or the account is gone.", "Not found")
    await visit.parts.db.write(choose_letters, account.id, account.settings, ())
    return await visit.page(
        "signin/done.html",
        heading="No more letters",
        sentence="Letters about what happened do not come any more. Those about the safety of your"
        " account still do.",
        link="/settings/preferences",
        link_word="Preferences",
    )


ROUTES = (
    Route("GET", PREFERENCES, show),
    Route("POST", PREFERENCES, save),
    Route("GET", PATH + "/{word:str}", show_unsubscribe),
    Route("POST", PATH + "/{word:str}", unsubscribe),
)
