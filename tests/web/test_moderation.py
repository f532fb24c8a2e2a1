"""The plain pages for moderators: without scripts, for whom the role lets in."""

import pytest
from selectolax.lexbor import LexborHTMLParser

from tests.support.asgi import Answer
from tests.support.browser import Browser, words
from tests.support.databases import sql
from tests.web.conftest import Site
from weft.domain.accounts.queries import Role
from weft.domain.moderation.domains_rules import rule_by_domain

PAGES = ("/admin", "/admin/servers", "/admin/addresses", "/admin/audit", "/admin/servers.csv")


@pytest.fixture
async def boss(site: Site) -> Browser:
    await site.add("boss", role=Role.ADMIN)
    return await site.signed_in("boss")


async def test_the_pages_are_for_those_whose_role_lets_them_in(site: Site) -> None:
    await site.add("mod", role=Role.MODERATOR)
    bob, mod = await site.signed_in("bob"), await site.signed_in("mod")
    for path in PAGES:
        assert (await bob.open(path)).status == 403
        stranger = site.browser()
        assert "/login" in (await stranger.open(path)).text
    assert (await mod.open("/admin")).status == 200
    assert (await mod.open("/admin/servers")).status == 403
    assert (await mod.open("/admin/audit")).status == 200
    for path in ("/admin/servers", "/admin/servers/import", "/admin/addresses"):
        assert (await bob.send(path, {})).status == 403


async def test_a_server_is_looked_at_then_suspended_then_let_be(site: Site, boss: Browser) -> None:
    page = await boss.open("/admin/servers")
    typed = {"domain": "https://Far.example/", "severity": "suspend", "public_comment": "<b>spam"}
    look = await boss.send("/admin/servers", typed | {"csrf": csrf(page)})
    assert "It would cut no follows." in words(look, "#preview")
    assert await site.parts.db.one(rule_by_domain, domain="far.example") is None
    done = await boss.send("/admin/servers", typed | {"csrf": csrf(look), "sure": "1"})
    assert "Decided." in done.text
    assert "&lt;b&gt;spam" in done.text
    rule = await site.parts.db.one(rule_by_domain, domain="far.example")
    assert rule is not None
    log = await boss.open("/admin/audit?action=domain&about=far.example&by=boss")
    assert "domain.block: far.example" in log.text
    assert "Nothing of that kind" in (await boss.open("/admin/audit?by=alice")).text
    listed = await boss.open("/admin/servers.csv")
    assert "far.example,suspend,false,false,<b>spam,false" in listed.text
    gone = await boss.submit(done, {}, f"/admin/servers/{rule.id}/delete")
    assert "The rule is gone" in gone.text


def csrf(page: Answer) -> str:
    found = LexborHTMLParser(page.text).css_first("input[name=csrf]")
    assert found is not None
    return found.attributes["value"] or ""


async def imported(site: Site, boss: Browser, body: bytes, **fields: str) -> Answer:
    page = await boss.open("/admin/servers")
    parts = [
        f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in {"csrf": csrf(page), **fields}.items()
    ]
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="tier0.csv"\r\n'
    sent = b"".join(parts) + head + b"\r\n" + body + b"\r\n--x--\r\n"
    cookie = "; ".join(f"{name}={value}" for name, value in boss.cookies.items())
    headers = {"cookie": cookie, "content-type": "multipart/form-data; boundary=x"}
    return await site.caller.call("POST", "/admin/servers/import", body=sent, headers=headers)


async def test_a_list_is_looked_at_taken_in_and_forgotten(site: Site, boss: Browser) -> None:
    body = b"#domain,#severity\nbad.example,suspend\nb*d.example,suspend\n"
    look = await imported(site, boss, body, look="1", needs="1")
    assert "tier0 would change" in look.text
    assert "1 lines were left out" in look.text
    assert await site.parts.db.one(rule_by_domain, domain="bad.example") is None
    took = await imported(site, boss, body, needs="1")
    assert "tier0 was taken in" in took.text
    rule = await site.parts.db.one(rule_by_domain, domain="bad.example")
    assert rule is not None
    assert rule.source == "tier0"
    await boss.submit(took, {}, "/admin/servers/lists/delete")
    assert await site.parts.db.one(rule_by_domain, domain="bad.example") is None
    for bad in (b"", b"\xff", b"nothing"):
        assert (await imported(site, boss, bad)).status == 422
    assert (await imported(site, boss, body, needs="99")).status == 422


async def test_addresses_are_kept_out_and_let_in(site: Site, boss: Browser) -> None:
    for kind, what in (
        ("network", "203.0.113.0/24"),
        ("provider", "spam.example"),
        ("mailbox", "x@spam.example"),
    ):
        page = await boss.open("/admin/addresses")
        fields = {"csrf": csrf(page), "kind": kind}
        assert "Take back" not in page.text
        bad = await boss.send("/admin/addresses", fields | {"what": "?"})
        assert bad.status == 422
        made = await boss.send("/admin/addresses", fields | {"what": what})
        assert made.status == 200
        gone = await boss.submit(made, {}, "/admin/addresses/delete")
        assert "Take back" not in gone.text
    counted = sql(site.parts.settings.database_url, "SELECT count(*) FROM audit_log")
    assert counted == [(6,)]


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/admin/servers", {"domain": "x", "severity": "suspend"}),
        ("/admin/servers", {"domain": "x.example", "severity": "kill"}),
        ("/admin/servers", {"domain": "127.0.0.1:9999", "severity": "suspend"}),
        ("/admin/servers/x/delete", {}),
        ("/admin/servers/99/delete", {}),
        ("/admin/servers/allowed", {"domain": "-"}),
        ("/admin/servers/import", {}),
        ("/admin/servers/lists/delete", {"name": "nothing"}),
        ("/admin/addresses", {"kind": "?"}),
        ("/admin/addresses", {"kind": "network", "what": "203.0.113.1", "days": "x"}),
        ("/admin/addresses/delete", {"kind": "network", "id": "-1"}),
        ("/admin/addresses/delete", {"kind": "?", "id": "1"}),
    ],
)
async def test_bad_forms_change_nothing(
    site: Site, boss: Browser, path: str, fields: dict[str, str]
) -> None:
    page = await boss.open("/admin/addresses")
    answer = await boss.send(path, fields | {"csrf": csrf(page)})
    assert 400 <= answer.status < 500
    assert (await boss.send(path, fields)).status == 403
    counted = sql(site.parts.settings.database_url, "SELECT count(*) FROM audit_log")
    assert counted == [(0,)]
