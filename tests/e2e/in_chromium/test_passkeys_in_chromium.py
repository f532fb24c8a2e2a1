"""Passkeys with a real browser and its virtual authenticator: made, used at every door, taken away."""

import pytest

from tests.support.chromium import NO_CHROMIUM, Tab, chromium_path
from tests.support.servers import PASSWORD, WeftServer

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(chromium_path() is None, reason=NO_CHROMIUM),
]


def sign_in(server: WeftServer, tab: Tab) -> None:
    tab.open(f"{server.origin}/login")
    tab.fill(login="alice", password=PASSWORD)
    tab.press("main button.primary")
    tab.wait_for("document.querySelector('form[action=\"/logout\"]')")


def sign_out(server: WeftServer, tab: Tab) -> None:
    tab.press('form[action="/logout"] button')
    tab.wait_for("document.querySelector('a[href=\"/login\"]')")


def without_suggestions(tab: Tab) -> None:
    """The virtual owner takes whatever the browser suggests in the field; from here on, nothing is."""
    tab.do(
        "Page.addScriptToEvaluateOnNewDocument",
        source="PublicKeyCredential.isConditionalMediationAvailable = undefined",
    )


def test_a_passkey_is_made_and_opens_the_door_and_the_settings(
    server: WeftServer, tab: Tab
) -> None:
    device = tab.add_authenticator()
    sign_in(server, tab)

    tab.open(f"{server.origin}/settings/security/passkeys")
    tab.fill(name="my phone", password=PASSWORD)
    tab.press("main button.primary")
    tab.wait_for("location.search == '?passkey'")
    assert "my phone" in tab.text
    kept = tab.do("WebAuthn.getCredentials", authenticatorId=device)["credentials"]
    assert [each["rpId"] for each in kept] == ["weft.localhost"]
    assert kept[0]["isResidentCredential"]

    # The same device is told that it has one.
    tab.open(f"{server.origin}/settings/security/passkeys")
    tab.fill(name="again", password=PASSWORD)
    tab.press("main button.primary")
    said = "document.querySelector('[data-passkey-said]').innerText"
    assert "already" in tab.wait_for(said)

    # Instead of the password before a change.
    tab.open(f"{server.origin}/settings/security/password")
    tab.fill(new_password="another long secret")
    tab.press("[data-passkey-button]")
    tab.wait_for("location.search == '?password'")

    # At the door: the browser suggests it, and nothing is typed or pressed.
    sign_out(server, tab)
    tab.open(f"{server.origin}/login?next=/public")
    tab.wait_for("location.pathname == '/public'")

    # And by the button.
    without_suggestions(tab)
    sign_out(server, tab)
    tab.open(f"{server.origin}/login?next=/settings/devices")
    tab.wait_for("!document.querySelector('[data-passkey-part]').hidden")
    tab.press("[data-passkey-button]")
    tab.wait_for("location.pathname == '/settings/devices'")
    assert "this one" in tab.text
    (kept,) = tab.do("WebAuthn.getCredentials", authenticatorId=device)["credentials"]
    assert kept["signCount"] >= 4

    # Removed, it opens nothing.
    tab.open(f"{server.origin}/settings/security")
    tab.press("main a[href^='/settings/security/passkeys/']")
    tab.wait_for("document.querySelector('form[action$=remove]')")
    tab.press("form[action$=remove] [data-passkey-button]")
    tab.wait_for("location.search == '?removed'")
    sign_out(server, tab)
    tab.open(f"{server.origin}/login")
    tab.wait_for("!document.querySelector('[data-passkey-part]').hidden")
    tab.press("[data-passkey-button]")
    assert "not known here" in tab.wait_for("document.querySelector('#problem')?.innerText")
    assert [each for each in tab.complaints if "status of 422" not in each] == []


def test_a_copied_passkey_is_found_out_by_its_counter(server: WeftServer, tab: Tab) -> None:
    device = tab.add_authenticator()
    without_suggestions(tab)
    sign_in(server, tab)
    tab.open(f"{server.origin}/settings/security/passkeys")
    tab.fill(name="copied", password=PASSWORD)
    tab.press("main button.primary")
    tab.wait_for("location.search == '?passkey'")
    (credential,) = tab.do("WebAuthn.getCredentials", authenticatorId=device)["credentials"]
    sign_out(server, tab)

    tab.open(f"{server.origin}/login")
    tab.press("[data-passkey-button]")
    tab.wait_for("document.querySelector('form[action=\"/logout\"]')")
    sign_out(server, tab)

    # The copy was taken before that sign-in, so it counts on from there.
    tab.do("WebAuthn.removeCredential", authenticatorId=device,
           credentialId=credential["credentialId"])  # fmt: skip
    tab.do("WebAuthn.addCredential", authenticatorId=device, credential=credential)
    tab.open(f"{server.origin}/login")
    tab.press("[data-passkey-button]")
    assert "not right" in tab.wait_for("document.querySelector('#problem')?.innerText")
