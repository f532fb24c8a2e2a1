"""Letters, from the transaction that wants them to a real mail server."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.support.mail import PASSWORD, USER, MailHost, make_certificate
from weft.config.mail import smtp_url
from weft.domain.events import Event
from weft.domain.mail.letters import (
    LetterResult,
    LetterState,
    forget_old_letters,
    newest_letters,
    send_letter,
)
from weft.domain.server import Server, now_ms
from weft.mail.postman import BACK_OFF_MS, Postman
from weft.mail.transport import FolderTransport, SmtpTransport
from weft.storage.database import Database, Tx

SENDER = "Our Place <hello@place.example>"


async def _nobody(tx: Tx, event: Event) -> None:
    raise AssertionError("letters are not told to other servers")


class Clock:
    ahead_ms = 0

    def __call__(self) -> int:
        return now_ms() + self.ahead_ms


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def server(clock: Clock) -> Server:
    return Server(
        "https://place.example",
        "place.example",
        "place.example",
        _nobody,
        now_ms=clock,
        sends_mail=True,
    )


@pytest.fixture
async def host() -> AsyncIterator[MailHost]:
    made = MailHost()
    await made.start()
    yield made
    await made.stop()


def postman(db: Database, server: Server, host: MailHost, options: str = "?tls=none") -> Postman:
    chosen = smtp_url(f"smtp://127.0.0.1:{host.port}{options}")
    return Postman(db, server, SmtpTransport(chosen, SENDER, "place.example"))


async def write(db: Database, server: Server, to: str = "ada@example.org", **more: str) -> None:
    async def put(tx: Tx) -> None:
        letter = {"subject": "Your address", "body": "Open https://place.example/x?token=abc\n"}
        await send_letter(tx, server, to=to, **(letter | more))

    await db.write(put)


async def results(db: Database) -> list[LetterResult]:
    return await db.all(newest_letters, limit=50)


async def test_a_letter_arrives_once(database: Database, server: Server, host: MailHost) -> None:
    await write(database, server, subject="Grüße", body="Zeile eins\n.\nZeile drei\n")
    one, other = postman(database, server, host), postman(database, server, host)
    await one.send_due()
    await other.send_due()
    (letter,) = host.taken
    assert letter["subject"] == "Grüße"
    assert letter["from"] == SENDER
    assert letter["to"] == "ada@example.org"
    assert letter["auto-submitted"] == "auto-generated"
    assert letter.get_content().splitlines() == ["Zeile eins", ".", "Zeile drei"]
    assert host.envelopes == [("hello@place.example", ("ada@example.org",))]
    (row,) = await results(database)
    assert row.state == LetterState.SENT
    assert "4711" in (row.last_error or "")


async def test_two_processes_do_not_send_the_same_letter(
    database: Database, server: Server, host: MailHost
) -> None:
    import asyncio

    for number in range(8):
        await write(database, server, to=f"p{number}@example.org")
    men = [postman(database, server, host) for _ in range(3)]
    for _ in range(4):
        await asyncio.gather(*(man.send_due() for man in men))
    assert sorted(str(each["to"]) for each in host.taken) == [
        f"p{number}@example.org" for number in range(8)
    ]


async def test_the_text_of_a_letter_goes_when_it_has_gone(
    database: Database, server: Server, host: MailHost
) -> None:
    from sqlalchemy import select

    from weft.storage.schema.accounts import mail_letter
    from weft.storage.statements import query

    @query()
    def bodies_in_test():  # type: ignore[no-untyped-def]
        return select(mail_letter.c.body)

    await write(database, server)
    assert "token=abc" in (await database.all(bodies_in_test))[0][0]
    await postman(database, server, host).send_due()
    assert [row[0] for row in await database.all(bodies_in_test)] == [""]


async def test_a_header_cannot_be_smuggled_in(
    database: Database, server: Server, host: MailHost
) -> None:
    await write(database, server, subject="Hello\r\nBcc: eve@example.org\r\n\r\nBuy")
    await postman(database, server, host).send_due()
    (letter,) = host.taken
    assert letter["bcc"] is None
    assert letter["subject"] == "Hello Bcc: eve@example.org Buy"
    assert host.envelopes[0][1] == ("ada@example.org",)


async def test_a_refusal_for_good_is_kept(
    database: Database, server: Server, host: MailHost, clock: Clock
) -> None:
    host.refuse["ada@example.org"] = "550 5.1.1 no such mailbox"
    await write(database, server)
    man = postman(database, server, host)
    await man.send_due()
    (row,) = await results(database)
    assert row.state == LetterState.FAILED
    assert row.last_error == "550 5.1.1 no such mailbox"
    clock.ahead_ms = BACK_OFF_MS[-1]
    assert await man.send_due() == 0


async def test_a_refusal_for_now_is_tried_again_and_given_up_in_the_end(
    database: Database, server: Server, host: MailHost, clock: Clock
) -> None:
    host.refuse["ada@example.org"] = "451 4.7.1 greylisted"
    await write(database, server)
    man = postman(database, server, host)
    for number, wait_ms in enumerate(BACK_OFF_MS, 1):
        await man.send_due()
        (row,) = await results(database)
        assert (row.state, row.attempts) == (LetterState.WAITING, number)
        assert await man.send_due() == 0
        clock.ahead_ms += wait_ms + 1000
    await man.send_due()
    (row,) = await results(database)
    assert row.state == LetterState.FAILED
    assert "greylisted" in (row.last_error or "")


async def test_a_mail_server_that_is_away_is_waited_for(
    database: Database, server: Server, host: MailHost, clock: Clock
) -> None:
    man = postman(database, server, host)
    away = Postman(
        database,
        server,
        SmtpTransport(smtp_url("smtp://127.0.0.1:1?tls=none"), SENDER, "place.example"),
    )
    await write(database, server)
    await away.send_due()
    assert (await results(database))[0].state == LetterState.WAITING
    clock.ahead_ms = BACK_OFF_MS[0] + 1000
    await man.send_due()
    assert len(host.taken) == 1


async def test_starttls_with_a_password(
    database: Database, server: Server, tmp_path: Path, clock: Clock
) -> None:
    certificate = make_certificate(tmp_path)
    host = MailHost(certificate=certificate, asks_password=True)
    await host.start()
    right = f"smtp://{USER}:{quote(PASSWORD, safe='')}@127.0.0.1:{host.port}?ca={certificate}"
    try:
        await write(database, server)
        for url, words in (
            (right.replace("weft:", "weft:x"), "535"),
            (right.partition("?")[0], "ertificate"),
        ):
            man = Postman(database, server, SmtpTransport(smtp_url(url), SENDER, "place.example"))
            await man.send_due()
            (row,) = await results(database)
            assert row.state == LetterState.WAITING
            assert words in (row.last_error or "")
            clock.ahead_ms += BACK_OFF_MS[-1]
        await Postman(
            database, server, SmtpTransport(smtp_url(right), SENDER, "place.example")
        ).send_due()
        assert len(host.taken) == 1
    finally:
        await host.stop()


async def test_starttls_is_not_given_up_when_the_server_has_none(
    database: Database, server: Server, host: MailHost
) -> None:
    await write(database, server)
    await postman(database, server, host, "").send_due()
    assert host.taken == []
    assert (await results(database))[0].state == LetterState.WAITING


async def test_letters_are_files_in_development(
    database: Database, server: Server, tmp_path: Path
) -> None:
    await write(database, server)
    await Postman(
        database, server, FolderTransport(tmp_path / "mail", SENDER, "place.example")
    ).send_due()
    (file,) = (tmp_path / "mail").iterdir()
    assert "https://place.example/x?token=abc" in file.read_text()


async def test_without_mail_nothing_is_written(database: Database, server: Server) -> None:
    await write(database, replace(server, sends_mail=False))
    assert await results(database) == []


async def test_old_results_are_forgotten(
    database: Database, server: Server, host: MailHost, clock: Clock
) -> None:
    await write(database, server)
    await postman(database, server, host).send_due()
    await write(database, server, to="late@example.org")
    clock.ahead_ms = 31 * 24 * 3_600_000
    assert await forget_old_letters(database, server) == 1
    assert [row.recipient for row in await results(database)] == ["late@example.org"]
