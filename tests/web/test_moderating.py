"""Moderators' pages without scripts, letters to a real mail server, and appeals."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from tests.support.asgi import Caller
from tests.support.databases import sql
from tests.support.mail import MailHost
from tests.web.conftest import Site
from weft.app import web_app
from weft.config.mail import smtp_url
from weft.domain.accounts.queries import Role
from weft.domain.accounts.roles import Moderator
from weft.domain.moderation.actors import Order, act
from weft.domain.moderation.reports_queue import note_report
from weft.domain.moderation.strikes import APPEAL_MS, Action
from weft.domain.moderation.strikes_presets import add_preset
from weft.domain.posts.publish import publish
from weft.domain.posts.records import NewPost
from weft.domain.reports.report import NewReport, file_report
from weft.domain.visibility.viewer import Visibility
from weft.mail.postman import Postman
from weft.mail.transport import SmtpTransport


@pytest.fixture
async def mail(site: Site) -> AsyncIterator[MailHost]:
    """The site's letters go to a real mail server."""
    host = MailHost()
    await host.start()
    site.parts.server = replace(site.parts.server, sends_mail=True)
    site.caller = Caller(web_app(site.parts), site.parts.settings.host)
    yield host
    await host.stop()


async def sent(site: Site, mail: MailHost) -> list[tuple[str, str, str]]:
    """To whom, subject and text of all letters so far."""
    server = smtp_url(f"smtp://127.0.0.1:{mail.port}?tls=none")
    transport = SmtpTransport(server, "Site <site@example.org>", site.parts.settings.domain)
    postman = Postman(site.parts.db, site.parts.server, transport)
    while await postman.send_due():
        pass
    return [(str(each["to"]), str(each["subject"]), str(each.get_content())) for each in mail.taken]


async def reported(site: Site, *, private: bool = False) -> tuple[int, int]:
    """carol reports a post of bob's: the ids of report and post."""
    reach = Visibility.FOLLOWERS if private else Visibility.PUBLIC
    new = NewPost(author_id=site.ids["bob"], content="<p>a bad word</p>", visibility=reach)
    made = await site.parts.db.write(publish, site.parts.server, new)
    row = await site.parts.db.write(
        file_report, site.parts.server,
        NewReport(
            reporter_id=site.ids["carol"], target_id=site.ids["bob"], comment="rude",
            post_ids=(made.id,),
        ),
    )  # fmt: skip
    return row.id, made.id


@pytest.fixture
async def staffed(site: Site) -> Site:
    await site.add("carol")
    await site.add("mona", role=Role.MODERATOR)
    await site.add("ada", role=Role.ADMIN)
    return site


async def test_a_report_is_dealt_with_on_its_page(staffed: Site, mail: MailHost) -> None:
    site = staffed
    report_id, post_id = await reported(site, private=True)
    told = await sent(site, mail)
    assert sorted(each[0] for each in told) == ["ada@example.org", "mona@example.org"]
    assert f"/admin/reports/{report_id}" in told[0][2]
    preset = await site.parts.db.write(add_preset, site.parts.server, "Rude", "Be kind, please.")
    mona = await site.signed_in("mona")
    queue = await mona.open("/admin/reports")
    assert "rude" in queue.text
    page = await mona.open(f"/admin/reports/{report_id}")
    assert "a bad word" in page.text
    address = f"/admin/reports/{report_id}"
    page = await mona.submit(page, {"do": "assign"}, address)
    assert page.status == 200, page.text
    page = await mona.submit(page, {"do": "note", "text": "second time"}, address)
    assert "second time" in page.text
    assert "rude" in (await mona.open("/admin/reports?mine=1")).text
    load = await mona.open("/admin/workload")
    assert "1 open" in load.text
    page = await mona.submit(
        await mona.open(address),
        {
            "do": "act", "action": "delete_statuses", f"pick-{post_id}": "on",
            "preset": str(preset.id), "text": "And do read the rules.", "mail": "on",
        },
        address,
    )  # fmt: skip
    assert page.status == 200, page.text
    assert "resolved" in page.text
    letter = (await sent(site, mail))[-1]
    assert letter[0] == "bob@example.org"
    assert "Be kind, please." in letter[2]
    assert "And do read the rules." in letter[2]
    assert "rude" not in (await mona.open("/admin/reports")).text
    assert sql(site.parts.settings.database_url, f"SELECT id FROM post WHERE id = {post_id}") == []


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"do": "explode"}, 422),
        ({"do": "act", "action": "explode"}, 422),
        ({"do": "act", "action": "delete_statuses"}, 422),
        ({"do": "act", "action": "silence", "text": "x" * 5001}, 422),
        ({"do": "note", "text": " "}, 422),
        ({"do": "note", "text": "x" * 2001}, 422),
        ({"do": "act", "action": "silence", "csrf": "wrong"}, 403),
    ],
)
async def test_bad_forms_change_nothing(staffed: Site, fields: dict[str, str], status: int) -> None:
    report_id, _ = await reported(staffed)
    mona = await staffed.signed_in("mona")
    address = f"/admin/reports/{report_id}"
    answer = await mona.submit(await mona.open(address), fields, address)
    assert answer.status == status, answer.text
    url = staffed.parts.settings.database_url
    counts = "SELECT (SELECT count(*) FROM strike) + (SELECT count(*) FROM report_note)"
    assert sql(url, counts)[0][0] == 0


async def test_the_pages_are_for_moderators(staffed: Site) -> None:
    report_id, _ = await reported(staffed)
    bob, mona = await staffed.signed_in("bob"), await staffed.signed_in("mona")
    for path in ("/admin/reports", f"/admin/reports/{report_id}", "/admin/pending",
                 "/admin/appeals", "/admin/workload"):  # fmt: skip
        assert (await bob.open(path)).status == 403, path
        nobody = staffed.browser()
        await nobody.open(path)
        assert nobody.at.startswith("/login"), path
    assert (await mona.open("/admin/appeals")).status == 403
    for path in ("/admin/reports/abc", "/admin/reports/1", "/admin/reports/99999999999999999999"):
        assert (await mona.open(path)).status == 404, path


async def test_who_is_suspended_appeals_by_the_letter_and_comes_back(
    staffed: Site, mail: MailHost
) -> None:
    site = staffed
    by = Moderator(site.accounts["mona"], site.ids["mona"], Role.MODERATOR)
    order = Order(target_id=site.ids["bob"], action=Action.SUSPEND, text="spam")
    await site.parts.db.write(act, site.parts.server, by, order)
    [letter] = await sent(site, mail)
    assert letter[0] == "bob@example.org"
    assert "> spam" in letter[2]
    link = re.search(r"https?://[^/\s]+(/disputes/\S+)", letter[2])
    assert link is not None
    bob = site.browser()
    page = await bob.open(link[1])
    assert "spam" in page.text
    long = await bob.submit(page, {"text": "x" * 2001}, "/disputes/")
    assert long.status == 422
    page = await bob.submit(page, {"text": "It was a recipe."}, "/disputes/")
    assert "You have appealed" in page.text
    told = await sent(site, mail)
    assert {each[0] for each in told[1:]} == {"mona@example.org", "ada@example.org"}
    ada = await site.signed_in("ada")
    page = await ada.open("/admin/appeals")
    assert "It was a recipe." in page.text
    page = await ada.submit(page, {"do": "approve"}, "/admin/appeals/")
    assert "Nobody appeals" in page.text
    assert "approved" in (await sent(site, mail))[-1][1]
    assert (await site.signed_in("bob")).at == "/"
    listed = await (await site.signed_in("bob")).open("/disputes/strikes")
    assert "appeal approved" in listed.text


async def test_an_appeal_is_once_in_time_and_ones_own(staffed: Site) -> None:
    site = staffed
    by = Moderator(site.accounts["mona"], site.ids["mona"], Role.MODERATOR)
    order = Order(target_id=site.ids["bob"], action=Action.NONE, text="careful")
    strike = await site.parts.db.write(act, site.parts.server, by, order)
    bob, carol = await site.signed_in("bob"), await site.signed_in("carol")
    address = f"/disputes/strikes/{strike}"
    assert (await carol.open(address)).status == 404
    stranger = site.browser()
    await stranger.open(f"{address}?token=wrong")
    assert stranger.at.startswith("/login")
    page = await bob.open(address)
    site.clock.ahead_ms += APPEAL_MS
    late = await bob.submit(page, {"text": "no"}, address)
    assert late.status == 422
    site.clock.ahead_ms = 0
    await bob.submit(page, {"text": "no"}, address)
    again = await bob.submit(page, {"text": "no again"}, address)
    assert again.status == 422
    ada = await site.signed_in("ada")
    page = await ada.open("/admin/appeals")
    await ada.submit(page, {"do": "reject"}, "/admin/appeals/")
    assert "rejected" in (await bob.open(address)).text


async def test_notes_need_a_report(staffed: Site) -> None:
    by = Moderator(staffed.accounts["mona"], staffed.ids["mona"], Role.MODERATOR)
    assert not await staffed.parts.db.write(note_report, staffed.parts.server, by, 1, "x")
