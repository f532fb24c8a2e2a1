"""An application is let in: ask, consent, code, token, revocation (RFC 6749, 7009, 7636, 8414)."""

import asyncio
import base64
import hashlib
import re
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.support.asgi import Answer
from tests.support.browser import Browser, words
from tests.web.conftest import Site, asking
from weft.domain.accounts.access import CODE_LIFE_MS, OUT_OF_BAND, NewApp
from weft.domain.accounts.scopes import KNOWN, grants, within
from weft.web.signin.wording import described

VERIFIER = "a-verifier-that-is-long-enough-for-rfc-7636"
CHALLENGE = (
    base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
)
CALLBACK = "https://loom.example/back"


async def allowed(browser: Browser, app: NewApp, **more: str) -> Answer:
    """Where the person lands who allows what the application asks for."""
    return await browser.submit(await browser.open(asking(app, **more)), {"decision": "allow"})


def sent_back(browser: Browser) -> dict[str, str]:
    """What the application was told in the query of its address."""
    return {name: values[0] for name, values in parse_qs(urlsplit(browser.at).query).items()}


async def code_for(site: Site, app: NewApp, **more: str) -> str:
    browser = await site.signed_in("alice")
    page = await allowed(browser, app, **more)
    if app.redirect_uris[0] != OUT_OF_BAND:
        return sent_back(browser)["code"]
    found = re.search(r'id="code"[^>]*value="([^"]+)"', page.text)
    assert found is not None, page.text
    return found[1]


def exchange(app: NewApp, code: str, **more: str) -> dict[str, str]:
    return {
        "grant_type": "authorization_code",
        "client_id": app.client_id,
        "client_secret": app.client_secret,
        "redirect_uri": app.redirect_uris[0],
        "code": code,
    } | more


async def stands(site: Site, token: str) -> bool:
    """Is the token good? Asked where nothing is remembered between calls."""
    answer = await site.caller.with_token(token).get("/oauth/userinfo")
    return answer.status in (200, 403)


def refused_with(answer: Answer, error: str, status: int = 400) -> bool:
    assert (answer.json["error"], answer.status) == (error, status), answer.text
    assert answer.json["error_description"].endswith(".")
    assert answer.headers["cache-control"] == "no-store"
    return True


async def test_the_code_is_shown_to_be_copied_and_brings_a_token(site: Site) -> None:
    app = await site.app()
    answer = await site.token(**exchange(app, await code_for(site, app)))
    assert answer.status == 200
    assert answer.json["token_type"] == "Bearer"
    assert answer.json["scope"] == "read write"
    assert abs(answer.json["created_at"] - site.clock() // 1000) < 60
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["access-control-allow-origin"] == "*"
    me = await site.caller.with_token(answer.json["access_token"]).get(
        "/api/v1/accounts/verify_credentials"
    )
    assert me.json["username"] == "alice"


@pytest.mark.parametrize(
    "callback",
    [
        CALLBACK,
        "https://loom.example/back?keep=a%20b&x",
        "http://127.0.0.1:5000/",
        "http://[::1]:5000/back",
        "loom-app://oauth/back",
        "loom.app:/back?x=1",
    ],
)
async def test_the_code_and_the_state_are_brought_to_the_registered_address(
    site: Site, callback: str
) -> None:
    app = await site.app(callback)
    browser = await site.signed_in("alice")
    page = await browser.open(asking(app, state="a b&c=ü"))
    target = re.search(r"form-action ([^;]*)", page.headers["content-security-policy"])
    assert target is not None
    # Browsers hold the redirect that follows the form against the policy, too.
    scheme = callback.partition(":")[0]
    assert any(each.startswith(f"{scheme}:") for each in target[1].split()), target[1]
    await browser.submit(page, {"decision": "allow"})
    assert browser.at.startswith(callback)
    told = sent_back(browser)
    assert told["state"] == "a b&c=ü"
    assert (await site.token(**exchange(app, told["code"]))).status == 200


async def test_who_is_not_signed_in_does_so_and_comes_back_to_the_question(site: Site) -> None:
    app = await site.app(CALLBACK)
    browser = site.browser()
    page = await browser.open(asking(app, state="s"))
    assert browser.at.startswith("/login")
    page = await browser.submit(page, {"login": "alice", "password": "a long enough secret"})
    assert browser.at.startswith("/oauth/authorize")
    await browser.submit(page, {"decision": "allow"})
    assert sent_back(browser).keys() == {"code", "state"}


async def test_the_question_names_the_application_the_person_and_what_it_may_do(site: Site) -> None:
    app = await site.app(CALLBACK, name="<b>Loom</b>")
    browser = await site.signed_in("alice")
    page = await browser.open(asking(app, scope="read:statuses follow"))
    shown = words(page)
    for part in (
        "<b>Loom</b>", "https://loom.example", "@alice@127.0.0.1:9999", "see your posts",
        "follow, block and mute people for you", "sent to loom.example",
    ):  # fmt: skip
        assert part in shown
    assert "change your account" not in shown


async def test_an_application_may_ask_for_another_sign_in(site: Site) -> None:
    app = await site.app(CALLBACK)
    browser = await site.signed_in("alice")
    page = await browser.open(asking(app, force_login="true"))
    assert browser.at.startswith("/login")
    page = await browser.submit(page, {"login": "bob", "password": "a long enough secret"})
    assert "@bob@" in words(page)


async def test_a_person_may_refuse(site: Site) -> None:
    app = await site.app(CALLBACK)
    browser = await site.signed_in("alice")
    await browser.submit(await browser.open(asking(app, state="s")), {"decision": "deny"})
    told = sent_back(browser)
    assert (told["error"], told["state"]) == ("access_denied", "s")
    assert "code" not in told


async def test_a_person_may_refuse_an_application_that_waits_for_a_code(site: Site) -> None:
    app = await site.app()
    browser = await site.signed_in("alice")
    page = await browser.submit(await browser.open(asking(app)), {"decision": "deny"})
    assert page.status == 200
    assert "no access" in words(page)


@pytest.mark.parametrize("csrf", [None, "0" * 32])
async def test_another_site_cannot_allow_for_a_person(site: Site, csrf: str | None) -> None:
    app = await site.app(CALLBACK)
    browser = await site.signed_in("alice")
    asked = {key: values[0] for key, values in parse_qs(urlsplit(asking(app)).query).items()}
    fields = asked | {"decision": "allow"} | ({} if csrf is None else {"csrf": csrf})
    page = await browser.send("/oauth/authorize", fields)
    assert page.status == 403
    assert browser.at == "/oauth/authorize"


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({"client_id": "nobody"}, 401),
        ({"client_id": ""}, 401),
        ({"redirect_uri": "https://evil.example/"}, 400),
        ({"redirect_uri": f"{CALLBACK}/more"}, 400),
        ({"redirect_uri": f"{CALLBACK}?x"}, 400),
        ({"redirect_uri": OUT_OF_BAND}, 400),
        ({"redirect_uri": ""}, 400),
        ({"redirect_uri": "https://evil.example/", "response_type": "token"}, 400),
    ],
)
async def test_nobody_is_sent_to_an_address_that_was_not_registered(
    site: Site, wrong: dict[str, str], status: int
) -> None:
    app = await site.app(CALLBACK)
    browser = await site.signed_in("alice")
    page = await browser.open(asking(app, **wrong))
    assert page.status == status
    assert browser.at.startswith("/oauth/authorize")
    assert words(page, "[role=alert]").endswith(".")


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": "read write push"}, "invalid_scope"),
        ({"scope": "read:nonsense"}, "invalid_scope"),
        ({"code_challenge": CHALLENGE, "code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": CHALLENGE}, "invalid_request"),
        ({"code_challenge": "short", "code_challenge_method": "S256"}, "invalid_request"),
    ],
)
async def test_the_application_is_told_what_is_wrong_with_its_question(
    site: Site, wrong: dict[str, str], error: str
) -> None:
    app = await site.app(CALLBACK, scopes="read write:statuses write")
    browser = site.browser()
    await browser.open(asking(app, **({"scope": "read", "state": "s"} | wrong)))
    assert browser.at.startswith(CALLBACK)
    told = sent_back(browser)
    assert (told["error"], told["state"]) == (error, "s")


async def test_the_form_cannot_be_widened_after_the_question(site: Site) -> None:
    app = await site.app(CALLBACK, scopes="read")
    browser = await site.signed_in("alice")
    page = await browser.open(asking(app, scope="read"))
    await browser.submit(page, {"decision": "allow", "scope": "read write"})
    assert sent_back(browser)["error"] == "invalid_scope"


async def test_an_application_on_a_device_proves_itself_by_pkce_alone(site: Site) -> None:
    app = await site.app()
    code = await code_for(site, app, code_challenge=CHALLENGE, code_challenge_method="S256")
    form = exchange(app, code, code_verifier=VERIFIER)
    del form["client_secret"]
    assert (await site.token(**form)).status == 200


@pytest.mark.parametrize("verifier", ["", VERIFIER[:-1], VERIFIER + "x", "ü" * 43])
async def test_a_wrong_verifier_brings_nothing_and_the_right_one_still_does(
    site: Site, verifier: str
) -> None:
    app = await site.app()
    code = await code_for(site, app, code_challenge=CHALLENGE, code_challenge_method="S256")
    answer = await site.token(**exchange(app, code, code_verifier=verifier))
    assert refused_with(answer, "invalid_grant")
    assert (await site.token(**exchange(app, code, code_verifier=VERIFIER))).status == 200


async def test_a_verifier_without_a_challenge_means_that_somebody_cut_it_out(site: Site) -> None:
    app = await site.app()
    code = await code_for(site, app)
    answer = await site.token(**exchange(app, code, code_verifier=VERIFIER))
    assert refused_with(answer, "invalid_grant")


async def test_without_pkce_the_secret_is_needed(site: Site) -> None:
    app = await site.app()
    form = exchange(app, await code_for(site, app))
    del form["client_secret"]
    assert refused_with(await site.token(**form), "invalid_client", 401)


async def test_a_code_that_comes_twice_loses_what_it_brought(site: Site) -> None:
    app = await site.app()
    form = exchange(app, await code_for(site, app))
    token = (await site.token(**form)).json["access_token"]
    assert await stands(site, token)
    assert refused_with(await site.token(**form), "invalid_grant")
    assert not await stands(site, token)


async def test_of_two_exchanges_at_once_at_most_one_wins_and_nothing_is_left(site: Site) -> None:
    app = await site.app()
    form = exchange(app, await code_for(site, app))
    answers = await asyncio.gather(*(site.token(**form) for _ in range(5)))
    won = [answer for answer in answers if answer.status == 200]
    assert len(won) == 1
    assert not await stands(site, won[0].json["access_token"])


async def test_a_code_is_good_for_ten_minutes(site: Site) -> None:
    app = await site.app()
    early, late = await code_for(site, app), await code_for(site, app)
    site.clock.ahead_ms = CODE_LIFE_MS - 30_000
    assert (await site.token(**exchange(app, early))).status == 200
    site.clock.ahead_ms = CODE_LIFE_MS + 30_000
    assert refused_with(await site.token(**exchange(app, late)), "invalid_grant")


@pytest.mark.parametrize(
    ("wrong", "error", "status"),
    [
        ({"redirect_uri": CALLBACK}, "invalid_grant", 400),
        ({"redirect_uri": ""}, "invalid_grant", 400),
        ({"code": "nonsense"}, "invalid_grant", 400),
        ({"code": ""}, "invalid_grant", 400),
        ({"client_secret": "nonsense"}, "invalid_client", 401),
        ({"client_id": "nonsense"}, "invalid_client", 401),
        ({"client_id": ""}, "invalid_client", 401),
        ({"grant_type": ""}, "invalid_request", 400),
        ({"grant_type": "refresh_token"}, "unsupported_grant_type", 400),
        ({"grant_type": "password", "username": "alice"}, "unsupported_grant_type", 400),
    ],
)
async def test_an_exchange_that_is_wrong_says_how_and_leaves_the_code_good(
    site: Site, wrong: dict[str, str], error: str, status: int
) -> None:
    app = await site.app(OUT_OF_BAND, CALLBACK)
    form = exchange(app, await code_for(site, app))
    assert refused_with(await site.token(**(form | wrong)), error, status)
    assert (await site.token(**form)).status == 200


async def test_another_application_cannot_use_a_code_nor_spoil_it(site: Site) -> None:
    app, other = await site.app(), await site.app(name="Other")
    form = exchange(app, await code_for(site, app))
    theirs = form | {"client_id": other.client_id, "client_secret": other.client_secret}
    assert refused_with(await site.token(**theirs), "invalid_grant")
    token = (await site.token(**form)).json["access_token"]
    assert refused_with(await site.token(**theirs), "invalid_grant")
    assert await stands(site, token)


@pytest.mark.parametrize("how", ["basic", "json", "multipart"])
async def test_applications_send_what_they_have_in_several_ways(site: Site, how: str) -> None:
    app = await site.app()
    form = exchange(app, await code_for(site, app))
    if how == "basic":
        pair = f"{form.pop('client_id')}:{form.pop('client_secret')}".encode()
        headers = {"authorization": f"Basic {base64.b64encode(pair).decode()}"}
        answer = await site.caller.call("POST", "/oauth/token", form=form, headers=headers)
    elif how == "json":
        answer = await site.caller.post("/oauth/token", form)
    else:
        lines = "".join(
            f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in form.items()
        )
        answer = await site.caller.call(
            "POST", "/oauth/token", body=f"{lines}--b--\r\n".encode(),
            headers={"content-type": "multipart/form-data; boundary=b"},
        )  # fmt: skip
    assert answer.status == 200, answer.text


@pytest.mark.parametrize(
    ("header", "asked"), [("Basic !!!", True), ("Basic " + "/w==", True), (None, False)]
)
async def test_only_who_came_with_a_header_is_asked_for_it(
    site: Site, header: str | None, asked: bool
) -> None:
    answer = await site.caller.call(
        "POST", "/oauth/token", form={"grant_type": "client_credentials", "client_secret": "x"},
        headers={"authorization": header} if header else {},
    )  # fmt: skip
    assert refused_with(answer, "invalid_client", 401)
    assert ("www-authenticate" in answer.headers) is asked


@pytest.mark.parametrize("path", ["/oauth/token", "/oauth/revoke", "/oauth/userinfo"])
@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        ("application/json", b"{", 400),
        ("application/json", b"[]", 400),
        ("application/json", b'{"code": "\\u0000", "client_id": "\\ud800"}', 400),
        ("application/x-www-form-urlencoded", b"client_id=a%00", 400),
        ("application/x-www-form-urlencoded", b"\xff\xfe", 400),
        ("application/x-www-form-urlencoded", b"&".join([b"a=1"] * 99), 400),
        ("application/x-www-form-urlencoded", b"a=" + b"x" * 70_000, 413),
        ("multipart/form-data", b"", 400),
        ("multipart/form-data; boundary=b", b"--b\r\n\r\n", 400),
    ],
)
async def test_programs_are_told_in_json_what_is_wrong_with_a_body(
    site: Site, path: str, kind: str, body: bytes, status: int
) -> None:
    answer = await site.caller.call("POST", path, body=body, headers={"content-type": kind})
    if path == "/oauth/userinfo" and answer.status == 401:
        return
    assert answer.status in (status, 401), answer.text
    assert answer.json["error"] in ("invalid_request", "invalid_client")


async def test_an_application_gets_a_token_for_itself(site: Site) -> None:
    app = await site.app(scopes="read write")
    form = {
        "grant_type": "client_credentials",
        "client_id": app.client_id,
        "client_secret": app.client_secret,
    }
    answer = await site.token(**form)
    assert answer.json["scope"] == "read"
    token = answer.json["access_token"]
    caller = site.caller.with_token(token)
    assert (await caller.get("/api/v1/apps/verify_credentials")).json["name"] == "Loom"
    assert (await caller.get("/api/v1/accounts/verify_credentials")).status == 422
    assert (await caller.get("/oauth/userinfo")).status == 401
    assert refused_with(await site.token(**form, scope="push"), "invalid_scope")
    del form["client_secret"]
    assert refused_with(await site.token(**form), "invalid_client", 401)


async def test_a_token_is_revoked_by_its_application_only(site: Site) -> None:
    app, other = await site.app(), await site.app(name="Other")
    token = (await site.token(**exchange(app, await code_for(site, app)))).json["access_token"]

    async def revoke(by: NewApp, **more: str) -> Answer:
        form = {"client_id": by.client_id, "client_secret": by.client_secret, "token": token}
        return await site.caller.call("POST", "/oauth/revoke", form=form | more)

    assert refused_with(await revoke(other), "unauthorized_client", 403)
    assert refused_with(await revoke(app, client_secret="no"), "invalid_client", 401)
    assert (await revoke(app, token="unknown")).json == {}
    assert await stands(site, token)
    caller, path = site.caller.with_token(token), "/api/v1/accounts/verify_credentials"
    assert (await caller.get(path)).status == 200
    done = await revoke(app)
    assert (done.status, done.json) == (200, {})
    assert not await stands(site, token)
    assert (await caller.get(path)).status == 401
    assert (await revoke(app)).status == 200


async def test_userinfo_is_for_those_who_may_know(site: Site) -> None:
    app = await site.app(scopes="profile read:statuses read:accounts")
    for scope, status in (("profile", 200), ("read:accounts", 200), ("read:statuses", 403)):
        code = await code_for(site, app, scope=scope)
        token = (await site.token(**exchange(app, code))).json["access_token"]
        for method in ("GET", "POST"):
            answer = await site.caller.with_token(token).call(method, "/oauth/userinfo")
            assert answer.status == status
    known = await site.caller.with_token(token).get("/oauth/userinfo")
    assert known.json == {"error": "This action is outside the authorized scopes"}
    assert (await site.caller.get("/oauth/userinfo")).status == 401
    assert (await site.caller.with_token("weftm_nonsense").get("/oauth/userinfo")).status == 401


async def test_programs_find_out_where_everything_is(site: Site) -> None:
    answer = await site.caller.get("/.well-known/oauth-authorization-server")
    told = answer.json
    origin = site.parts.settings.origin
    assert told["issuer"] == f"{origin}/"
    assert told["code_challenge_methods_supported"] == ["S256"]
    assert {"read", "write:statuses", "profile", "push"} <= set(told["scopes_supported"])
    for name in ("authorization", "token", "revocation", "userinfo"):
        path = told[f"{name}_endpoint"].removeprefix(origin)
        answer = await site.caller.get(path)
        assert answer.status != 404, path
    assert (
        "access-control-allow-origin" in (await site.caller.call("OPTIONS", "/oauth/token")).headers
    )


@pytest.mark.parametrize(
    "uri",
    [
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        "data:text/html,x",
        "https://",
        "https://*/",
        "https://a.example;sandbox/",
        "https://a.example,b/",
        "https://a:b@c.example/",
        "https://exämple.example/",
        "https://a.example/#part",
        "https://a.example/#",
        "no-scheme",
        "//a.example/",
        "",
    ],
)
async def test_addresses_that_no_browser_may_be_sent_to_cannot_be_registered(
    site: Site, uri: str
) -> None:
    answer = await site.caller.post("/api/v1/apps", {"client_name": "Loom", "redirect_uris": [uri]})
    assert answer.status == 422, answer.text
    assert answer.json["error"]


def test_a_scope_contains_its_parts_and_nothing_else() -> None:
    assert grants(frozenset({"read"}), "read:statuses")
    assert grants(frozenset({"admin:read"}), "admin:read:accounts")
    assert grants(frozenset({"follow"}), "write:follows")
    assert not grants(frozenset({"read"}), "write:statuses")
    assert not grants(frozenset({"read:statuses"}), "read")
    assert not grants(frozenset({"read", "write", "follow", "push"}), "admin:read")
    assert not grants(frozenset({"read"}), "admin:read:accounts")
    assert not grants(frozenset({"admin:read"}), "read:accounts")
    assert not grants(frozenset({"follow"}), "write:statuses")
    assert within(frozenset({"read:lists", "push"}), frozenset({"read", "push"}))


def test_every_scope_has_words() -> None:
    for scope in KNOWN:
        (line,) = described(frozenset({scope}))
        assert ":" not in line.partition(":")[2]
        assert "_" not in line
        assert scope not in line.split() or scope in ("read", "write", "follow"), line
