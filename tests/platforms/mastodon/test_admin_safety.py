"""What moderators' apps do about servers, networks and mail addresses, and what it does to others."""

import dataclasses
import time
from typing import Any

from msgspec.structs import replace

from tests.platforms.mastodon.conftest import House
from tests.support.asgi import Caller
from tests.support.databases import sql
from weft.app import web_app
from weft.domain.accounts.access import issue_token
from weft.domain.accounts.queries import account_by_actor
from weft.domain.actors.records import ActorKind
from weft.domain.actors.store import RemoteActor, save_remote_actor

NOUNS = (
    "domain_blocks", "domain_allows", "ip_blocks", "email_domain_blocks", "canonical_email_blocks",
)  # fmt: skip
HASH = "0" * 64


async def admin(house: House, name: str = "alice", *scopes: str) -> Caller:
    """A caller with a moderator's app's scopes, whoever it speaks for."""
    account = await house.parts.db.one(account_by_actor, actor_id=house.ids[name])
    assert account is not None
    issued = await issue_token(
        house.parts.db,
        house.parts.server,
        account_id=account.id,
        scopes=frozenset(scopes or ("admin:read", "admin:write", "read")),
        family="mastodon",
    )
    return house.anyone.with_token(issued.token)


async def made(app: Caller, noun: str, **body: Any) -> Any:
    answer = await app.post(f"/api/v1/admin/{noun}", body)
    assert answer.status == 200, answer.text
    return answer.json


async def test_a_domain_block_is_made_changed_and_taken_back(house: House) -> None:
    app = await admin(house)
    block = await made(app, "domain_blocks", domain="Far.Example", private_comment="why")
    assert block["severity"] == "silence"
    assert block["domain"] == "far.example"
    twice = await app.post("/api/v1/admin/domain_blocks", {"domain": "far.example"})
    assert twice.status == 422
    assert twice.json["existing_domain_block"]["id"] == block["id"]
    path = f"/api/v1/admin/domain_blocks/{block['id']}"
    changed = await app.call("PUT", path, json={"severity": "suspend", "obfuscate": True})
    assert (changed.json["severity"], changed.json["private_comment"]) == ("suspend", "why")
    assert (await app.get(path)).json == changed.json
    assert (await app.get("/api/v1/admin/domain_blocks")).json == [changed.json]
    assert (await app.call("DELETE", path)).status == 200
    assert (await app.get(path)).status == 404


async def test_all_have_lists_that_are_paged(house: House) -> None:
    app = await admin(house)
    bodies: dict[str, list[dict[str, Any]]] = {
        "domain_blocks": [{"domain": f"d{n}.example"} for n in range(3)],
        "domain_allows": [{"domain": f"d{n}.example"} for n in range(3)],
        "ip_blocks": [{"ip": f"203.0.113.{n}", "severity": "no_access"} for n in range(3)],
        "email_domain_blocks": [{"domain": f"d{n}.example"} for n in range(3)],
        "canonical_email_blocks": [{"email": f"m{n}@d.example"} for n in range(3)],
    }
    for noun, each in bodies.items():
        ids = [(await made(app, noun, **body))["id"] for body in each]
        first = await app.get(f"/api/v1/admin/{noun}?limit=2")
        assert [row["id"] for row in first.json] == ids[:0:-1]
        assert 'rel="next"' in first.headers["link"]
        rest = await app.get(f"/api/v1/admin/{noun}?limit=2&max_id={ids[1]}")
        assert [row["id"] for row in rest.json] == ids[:1]
        assert (await app.get(f"/api/v1/admin/{noun}/{ids[0]}")).json["id"] == ids[0]
        for id_ in ids:
            assert (await app.call("DELETE", f"/api/v1/admin/{noun}/{id_}")).status == 200
        assert (await app.get(f"/api/v1/admin/{noun}")).json == []


async def test_a_scope_makes_nobody_a_moderator(house: House) -> None:
    app = await admin(house, "bob")
    reader = await admin(house, "alice", "admin:read")
    for noun in NOUNS:
        assert (await app.get(f"/api/v1/admin/{noun}")).status == 403
        assert (await app.post(f"/api/v1/admin/{noun}", {"domain": "x.example"})).status == 403
        assert (await reader.get(f"/api/v1/admin/{noun}")).status == 200
        assert (await reader.post(f"/api/v1/admin/{noun}", {"domain": "x.example"})).status == 403
        assert (await house.alice.get(f"/api/v1/admin/{noun}")).status == 403


BAD: tuple[tuple[str, dict[str, Any]], ...] = (
    ("domain_blocks", {}),
    ("domain_blocks", {"domain": "nonsense"}),
    ("domain_blocks", {"domain": "127.0.0.1:9999"}),
    ("domain_blocks", {"domain": "x.example", "severity": "kill"}),
    ("domain_blocks", {"domain": "x.example", "public_comment": "x" * 3000}),
    ("domain_blocks", {"domain": ["a"]}),
    ("domain_blocks", {"domain": "x.example", "reject_media": "perhaps"}),
    ("domain_allows", {"domain": "-"}),
    ("domain_allows", {"domain": "x" * 300}),
    ("ip_blocks", {"ip": "203.0.113.0/24"}),
    ("ip_blocks", {"ip": "203.0.113.0/24", "severity": 7}),
    ("ip_blocks", {"ip": "here", "severity": "no_access"}),
    ("ip_blocks", {"ip": "0.0.0.0/0", "severity": "sign_up_block"}),
    ("ip_blocks", {"ip": "::/0", "severity": "sign_up_block"}),
    ("ip_blocks", {"ip": "127.0.0.1", "severity": "no_access"}),
    ("ip_blocks", {"ip": "203.0.113.1", "severity": "no_access", "expires_in": -5}),
    ("ip_blocks", {"ip": "203.0.113.1", "severity": "no_access", "expires_in": 10**12}),
    ("ip_blocks", {"ip": "203.0.113.1", "severity": "no_access", "comment": "x" * 600}),
    ("email_domain_blocks", {"domain": "@"}),
    ("email_domain_blocks", {"domain": "x.example", "other_domains": ["a.example", "-"]}),
    ("email_domain_blocks", {"domain": "x.example", "other_domains": ["a.example"] * 50}),
    ("canonical_email_blocks", {}),
    ("canonical_email_blocks", {"email": "nobody"}),
    ("canonical_email_blocks", {"canonical_email_hash": "xyz"}),
    ("canonical_email_blocks/test", {"email": "@@"}),
)


async def test_bad_input_changes_nothing(house: House) -> None:
    app = await admin(house)
    for noun, body in BAD:
        answer = await app.post(f"/api/v1/admin/{noun}", body)
        assert 400 <= answer.status < 500, (noun, body, answer.text)
        assert answer.json["error"]
    for noun in NOUNS:
        assert (await app.get(f"/api/v1/admin/{noun}")).json == []
    counted = sql(house.parts.settings.database_url, "SELECT count(*) FROM audit_log")
    assert counted == [(0,)]


async def test_a_closed_network_gets_nothing_until_it_is_opened(house: House) -> None:
    app = await admin(house)
    inside = {"x-forwarded-for": "203.0.113.77"}
    outside = {"x-forwarded-for": "203.0.114.77"}
    six = {"x-forwarded-for": "2001:db8:7::9"}
    rule = await made(app, "ip_blocks", ip="203.0.113.5/24", severity="no_access")
    assert rule["ip"] == "203.0.113.0/24"
    await made(app, "ip_blocks", ip="2001:db8::/32", severity="no_access")
    for path in (
        "/",
        "/api/v1/trends/tags",
        "/health/live",
        "/media/x.png",
        "/inbox",
        "/nowhere",
    ):
        assert (await house.anyone.call("GET", path, headers=inside)).status == 403, path
    assert (await house.anyone.call("GET", "/api/v1/trends/tags", headers=outside)).status == 200
    assert (await house.anyone.call("GET", "/api/v1/trends/tags", headers=six)).status == 403
    path = f"/api/v1/admin/ip_blocks/{rule['id']}"
    softer = await app.call("PUT", path, json={"severity": "sign_up_block"})
    assert softer.json["severity"] == "sign_up_block"
    assert (await house.anyone.call("GET", "/api/v1/trends/tags", headers=inside)).status == 200


async def test_a_rule_of_another_process_is_seen_soon(house: House) -> None:
    headers = {"x-forwarded-for": "203.0.113.77"}
    assert (await house.anyone.call("GET", "/api/v1/trends/tags", headers=headers)).status == 200
    url = house.parts.settings.database_url
    sql(url, "INSERT INTO ip_block (id, network, severity, created_at)"
             " VALUES (1, '203.0.113.0/24', 9999, 0)")  # fmt: skip
    sql(url, "INSERT INTO server_setting (key, value, updated_at) VALUES ('policies', 'x', 0)")
    until = time.monotonic() + 30
    while (await house.anyone.call("GET", "/api/v1/trends/tags", headers=headers)).status != 403:
        assert time.monotonic() < until


async def test_addresses_are_tested_by_their_canonical_form(house: House) -> None:
    app = await admin(house)
    block = await made(app, "canonical_email_blocks", email="Bad.Person+x@gmail.com")
    assert len(block["canonical_email_hash"]) == len(HASH)
    met = await app.post(
        "/api/v1/admin/canonical_email_blocks/test", {"email": "badperson@gmail.com"}
    )
    assert met.json == [block]
    clear = await app.post("/api/v1/admin/canonical_email_blocks/test", {"email": "c@gmail.com"})
    assert clear.json == []


async def test_mail_machines_are_kept_out_with_a_domain(house: House) -> None:
    app = await admin(house)
    block = await made(
        app, "email_domain_blocks", domain="spam.example", other_domains=["mx.spam.example"],
        allow_with_approval=True,
    )  # fmt: skip
    assert block["allow_with_approval"]
    assert [day["uses"] for day in block["history"]] == ["0"] * 7
    names = {row["domain"] for row in (await app.get("/api/v1/admin/email_domain_blocks")).json}
    assert names == {"spam.example", "mx.spam.example"}


async def test_the_public_list_is_the_operators_choice(house: House) -> None:
    app = await admin(house)
    await made(app, "domain_blocks", domain="secret.far.example", severity="suspend",
               obfuscate=True, public_comment="spam")  # fmt: skip
    await made(app, "domain_blocks", domain="let.example", severity="noop")
    assert (await house.anyone.get("/api/v1/instance/domain_blocks")).status == 404
    for whom, status in (("users", 401), ("everyone", 200)):
        settings = replace(house.parts.settings, domain_blocks_shown=whom)
        anyone = Caller(web_app(dataclasses.replace(house.parts, settings=settings)), settings.host)
        assert (await anyone.get("/api/v1/instance/domain_blocks")).status == status
        answer = await anyone.with_token(house.tokens["bob"]).get("/api/v1/instance/domain_blocks")
        [row] = answer.json
        assert (row["severity"], row["comment"]) == ("suspend", "spam")
        assert "*" in row["domain"]


async def test_a_limited_server_is_heard_by_followers_only(house: House) -> None:
    app = await admin(house)
    uri = "https://far.example/users/mia"
    mia = await house.parts.db.write(
        save_remote_actor,
        house.parts.server,
        RemoteActor(
            uri=uri, kind=ActorKind.PERSON, username="mia", domain="far.example",
            host="far.example", url=uri, inbox=f"{uri}/inbox", summary="<p>Loud</p>",
        ),
    )  # fmt: skip
    plain = (await house.bob.get(f"/api/v1/accounts/{mia.id}")).json
    assert "limited" not in plain
    await made(app, "domain_blocks", domain="far.example")
    assert (await house.bob.get(f"/api/v1/accounts/{mia.id}")).json["limited"] is True
    [rule] = (await app.get("/api/v1/admin/domain_blocks")).json
    path = f"/api/v1/admin/domain_blocks/{rule['id']}"
    await app.call("PUT", path, json={"severity": "suspend"})
    hidden = (await house.bob.get(f"/api/v1/accounts/{mia.id}")).json
    assert hidden["suspended"] is True
    assert hidden["note"] == ""
    await app.call("DELETE", path)
    assert (await house.bob.get(f"/api/v1/accounts/{mia.id}")).json == plain
