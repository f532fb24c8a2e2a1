"""What the server tells of itself, and to whom."""

from typing import Any

import pytest

from tests.platforms.mastodon.conftest import House
from tests.support.databases import sql
from weft.app import web_app
from weft.config.settings import Settings
from weft.domain.accounts.access import issue_token
from weft.domain.rules.rules import add_rule
from weft.domain.texts.texts import set_text
from weft.domain.weeks import start_of, week_of

INSTANCE = "/api/v1/instance"


def rows(house: House, statement: str) -> list[Any]:
    return sql(house.parts.settings.database_url, statement)


def with_settings(house: House, **changed: Any) -> House:
    """The same server, had it been started with other settings."""
    from msgspec import structs

    house.parts.settings = structs.replace(house.parts.settings, **changed)
    assert isinstance(house.parts.settings, Settings)
    made = type(house.anyone)(web_app(house.parts), house.parts.settings.host)
    house.anyone, house.bob = made, made.with_token(house.tokens["bob"])
    house.alice = made.with_token(house.tokens["alice"])
    return house


async def test_texts_and_rules(house: House) -> None:
    db, server = house.parts.db, house.parts.server
    assert "Weft" in (await house.anyone.get(f"{INSTANCE}/extended_description")).json["content"]
    await db.write(set_text, server, "about", "We drink **tea**.")
    about = (await house.anyone.get(f"{INSTANCE}/extended_description")).json
    assert about["content"] == "<p>We drink <strong>tea</strong>.</p>\n"
    assert (
        "keeps about you" in (await house.anyone.get(f"{INSTANCE}/privacy_policy")).json["content"]
    )
    assert (await house.anyone.get(f"{INSTANCE}/rules")).json == []
    rule = await db.write(add_rule, server, "Be kind.", "To everybody.")
    expected = [
        {"id": str(rule.id), "text": "Be kind.", "hint": "To everybody.", "translations": {}}
    ]
    assert (await house.anyone.get(f"{INSTANCE}/rules")).json == expected
    for path in ("/api/v2/instance", INSTANCE):
        assert (await house.anyone.get(path)).json["rules"] == expected


async def test_terms_have_days(house: House) -> None:
    db, server = house.parts.db, house.parts.server
    path = f"{INSTANCE}/terms_of_service"
    assert (await house.anyone.get(path)).json["effective"] is True
    await db.write(set_text, server, "terms", "Old", "2026-01-01")
    await db.write(set_text, server, "terms", "New", "2099-01-01")
    now = (await house.anyone.get(path)).json
    assert (now["effective_date"], now["succeeded_by"]) == ("2026-01-01", "2099-01-01")
    later = (await house.anyone.get(f"{path}/2099-01-01")).json
    assert (later["effective"], later["succeeded_by"]) == (False, None)
    assert "New" in later["content"]
    for strange in ("2098-01-01", "never", "%00", "1"):
        assert (await house.anyone.get(f"{path}/{strange}")).status == 404


async def test_the_weeks_are_counted(house: House) -> None:
    await house.bob.post("/api/v1/statuses", {"status": "One"})
    await house.alice.post("/api/v1/statuses", {"status": "Two"})
    found = (await house.anyone.get(f"{INSTANCE}/activity")).json
    assert len(found) == 12
    this = start_of(week_of(house.parts.server.now_ms())) // 1000
    assert found[0] == {"week": str(this), "statuses": "2", "logins": "2", "registrations": "3"}
    assert [int(each["week"]) for each in found] == [this - at * 604_800 for at in range(12)]
    assert found[1] == found[1] | {"statuses": "0", "logins": "0", "registrations": "0"}


async def test_peers_are_those_that_were_heard_of(house: House) -> None:
    for num, (name, suspended) in enumerate(
        (("b.example", 0), ("a.example", 0), ("bad.example", 1))
    ):
        flag = "true" if suspended else "false"
        rows(
            house,
            "INSERT INTO host (name, num, suspended, first_seen_at)"
            f" VALUES ('{name}', {num + 100}, {flag}, 0)",
        )
    assert (await house.anyone.get(f"{INSTANCE}/peers")).json == ["a.example", "b.example"]


async def test_what_is_not_there_is_said_so(house: House) -> None:
    assert (await house.anyone.get(f"{INSTANCE}/translation_languages")).json == {}
    second = (await house.anyone.get("/api/v2/instance")).json
    assert second["configuration"]["translation"] == {"enabled": False}
    post = await house.bob.post("/api/v1/statuses", {"status": "Bonjour", "language": "fr"})
    asked = await house.bob.post(f"/api/v1/statuses/{post.json['id']}/translate", {"lang": "en"})
    assert asked.status == 404
    assert "translator" in asked.json["error"]
    assert (await house.bob.get("/api/v1/annual_reports")).json["annual_reports"] == []
    assert (await house.bob.get("/api/v1/annual_reports/2025")).status == 404
    state = await house.bob.get("/api/v1/annual_reports/2025/state")
    assert state.json == {"state": "ineligible"}
    proofs = f"/api/v1/accounts/{house.ids['alice']}/identity_proofs"
    assert (await house.bob.get(proofs)).json == []
    assert (await house.bob.get("/api/v1/accounts/1/identity_proofs")).status == 404


async def test_how_posts_may_be_written_is_told(house: House) -> None:
    for path in ("/api/v2/instance", INSTANCE):
        told = (await house.anyone.get(path)).json["configuration"]["statuses"]
        assert told["max_characters"] == 5000
        assert told["supported_mime_types"] == ["text/plain", "text/markdown", "text/html"]


@pytest.mark.parametrize("registrations", ["closed", "open", "approval", "invite"])
async def test_whether_one_may_join_is_told(house: House, registrations: str) -> None:
    house = with_settings(
        house, registrations=registrations, registrations_message="Hm", min_age=16
    )
    told = (await house.anyone.get("/api/v2/instance")).json["registrations"]
    is_open = registrations in ("open", "approval")
    assert told["enabled"] is is_open
    assert told["approval_required"] is (registrations == "approval")
    assert (told["message"], told["min_age"]) == ("Hm", 16)
    assert told["url"] == ("http://127.0.0.1:9999/auth/sign_up" if is_open else None)
    assert (await house.anyone.get(INSTANCE)).json["registrations"] is is_open


async def test_another_letter_is_for_those_who_have_not_proved_their_address(house: House) -> None:
    path = "/api/v1/emails/confirmations"
    assert (await house.anyone.post(path)).status == 401
    assert (await house.bob.post(path)).status == 403  # signed up elsewhere
    [(account, _)] = rows(
        house, f"SELECT id, actor_id FROM account WHERE actor_id = {house.ids['carol']}"
    )
    rows(
        house,
        "INSERT INTO oauth_app (id, client_id, secret_hash, name, redirect_uris, scopes, family,"
        " created_at) VALUES (1, 'c', 's', 'n', '[]', 'read', 'mastodon', 0)",
    )
    issued = await issue_token(
        house.parts.db,
        house.parts.server,
        account_id=account,
        scopes=frozenset({"read", "write"}),
        family="mastodon",
        app_id=1,
    )
    carol = house.anyone.with_token(issued.token)
    rows(house, f"UPDATE account SET app_id = 1 WHERE id = {account}")
    assert (await carol.post(path)).status == 403  # proved already
    assert (await carol.get("/api/v1/emails/check_confirmation")).json is True
    rows(house, f"UPDATE account SET confirmed_at = NULL WHERE id = {account}")
    assert (await carol.get("/api/v1/emails/check_confirmation")).json is False
    assert (await carol.post(path, {"email": "no address"})).status == 422
    assert (await carol.post(path, {"email": "carol@new.example"})).json == {}
    assert rows(house, "SELECT recipient FROM mail_letter") == [("carol@new.example",)]
    for _ in range(20):
        last = await carol.post(path, {"email": "carol@new.example"})
    assert last.status == 429
