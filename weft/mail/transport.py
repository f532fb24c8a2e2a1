"""Ways to get rid of one letter: a mail server (SMTP), or a folder while Weft is developed."""

import asyncio
import ssl
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path
from typing import Protocol

import structlog

from weft.config.mail import MailServer
from weft.config.settings import Settings
from weft.domain.mail.letters import Letter

TIMEOUT_S = 30.0

log = structlog.get_logger("weft.mail")


class NotSent(Exception):
    """The letter did not go. ``for_good``: no later try would end differently."""

    def __init__(self, reason: str, *, for_good: bool) -> None:
        super().__init__(reason[:500])
        self.for_good = for_good


class Transport(Protocol):
    async def send(self, letter: Letter) -> str:
        """What became of it, in words.

        Raises:
            NotSent: with the reason.
        """


def message_of(letter: Letter, sender: str, domain: str) -> EmailMessage:
    """The letter as mail servers take it. The same letter always has the same Message-ID, so that
    one that was sent twice, because we died in between, is known as such."""
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = letter.recipient
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(datetime.fromtimestamp(letter.created_at / 1000, UTC))
    message["Message-ID"] = f"<letter-{letter.id}@{domain.partition(':')[0]}>"
    message["Auto-Submitted"] = "auto-generated"
    if letter.unsubscribe_url is not None:
        message["List-Unsubscribe"] = f"<{letter.unsubscribe_url}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"  # RFC 8058
    message.set_content(letter.body)
    return message


class SmtpTransport:
    """Sends through the operator's mail server."""

    def __init__(self, server: MailServer, sender: str, domain: str) -> None:
        self._server, self._sender, self._domain = server, sender, domain

    async def send(self, letter: Letter) -> str:
        import aiosmtplib as smtp

        server = self._server
        try:
            _, answer = await smtp.send(
                message_of(letter, self._sender, self._domain),
                recipients=[letter.recipient],
                hostname=server.host,
                port=server.port,
                username=server.user,
                password=server.password,
                use_tls=server.tls == "tls",
                start_tls=server.tls == "starttls",
                tls_context=_context(server) if server.tls != "none" else None,
                timeout=TIMEOUT_S,
                local_hostname=self._domain.partition(":")[0],
            )
        except smtp.SMTPRecipientsRefused as refused:
            first = refused.recipients[0]
            raise NotSent(_words(first.code, first.message), for_good=first.code >= 500) from None
        except smtp.SMTPDataError as refused:
            raise NotSent(
                _words(refused.code, refused.message), for_good=refused.code >= 500
            ) from None
        except smtp.SMTPResponseException as refused:
            # A wrong password or sender is the operator's to mend; the letter can wait for that.
            raise NotSent(_words(refused.code, refused.message), for_good=False) from None
        except (smtp.SMTPException, OSError, ssl.SSLError, TimeoutError) as error:
            raise NotSent(str(error) or type(error).__name__, for_good=False) from None
        except ValueError as error:
            raise NotSent(f"The letter cannot be written: {error}", for_good=True) from None
        return answer[:500]


def _context(server: MailServer) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=server.ca)


def _words(code: int, message: str) -> str:
    return f"{code} {' '.join(message.split())}"


class FolderTransport:
    """Puts letters into files, for who develops Weft or looks at it on one machine."""

    def __init__(self, folder: Path, sender: str, domain: str) -> None:
        self._folder, self._sender, self._domain = folder, sender, domain

    async def send(self, letter: Letter) -> str:
        path = self._folder / f"{letter.id}.eml"
        content = message_of(letter, self._sender, self._domain).as_bytes()
        await asyncio.to_thread(self._write, path, content)
        log.info("the letter is in a file", to=letter.recipient, file=str(path))
        return f"The letter is in {path}"

    def _write(self, path: Path, content: bytes) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        partial = path.with_suffix(".part")
        partial.write_bytes(content)
        partial.rename(path)


def transport_of(settings: Settings) -> Transport | None:
    """How this server sends mail; None: not at all."""
    if settings.smtp_url is not None:
        return SmtpTransport(settings.smtp_url, settings.sender, settings.domain)
    if settings.sends_mail:
        return FolderTransport(settings.data / "mail", settings.sender, settings.domain)
    return None
