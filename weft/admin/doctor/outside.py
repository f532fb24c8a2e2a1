"""What others see: DNS, TLS, the server and WebFinger through the public address, and the clock.

The requests go to the operator's own names, so they are made without the fetcher's rules about
addresses; the clock is compared with other servers, and those are asked through the fetcher's client.
"""

import asyncio
import ipaddress
import socket
import ssl
import time
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote, urlsplit

import msgspec
from yarl import URL

from weft.admin.doctor.findings import Finding, broken, in_thread, ok, skipped, warning
from weft.config.settings import Settings
from weft.federation.http.policy import is_public

ANSWER_S = 8.0
SOON_DAYS = 14
CLOCK_WARN_S = 15.0
CLOCK_BROKEN_S = 120.0
"""Signatures carry the time; most servers refuse what is some minutes off, some what is 30 s ahead."""
_MAX_BYTES = 256 * 1024


class Answer(msgspec.Struct, frozen=True):
    """An answer to one of our own addresses; ``problem`` instead if there was none."""

    status: int = 0
    body: bytes = b""
    date: str = ""
    problem: str = ""


def our_names(settings: Settings) -> list[str]:
    """The names that must lead to this machine (the domain may be another site)."""
    return list(dict.fromkeys((settings.host, settings.media_host)))


async def check_dns(settings: Settings) -> list[Finding]:
    found = []
    for name in dict.fromkeys((settings.domain, *our_names(settings))):
        if settings.origin_of(name).startswith("http://"):
            found.append(skipped("dns", f"{name} is this machine."))
            continue
        found.append(await _resolved(name))
    return found


async def _resolved(name: str) -> Finding:
    mend = (
        f"Make an A (and AAAA) record for {name} that points at the public address of the server."
    )
    try:
        async with asyncio.timeout(ANSWER_S):
            rows = await in_thread(lambda: socket.getaddrinfo(name, 443, type=socket.SOCK_STREAM))
    except TimeoutError:
        return broken("dns", f"{name} could not be looked up in time.", mend)
    except OSError as error:
        return broken("dns", f"{name} has no address ({error.strerror}).", mend)
    addresses = sorted({str(row[4][0]).partition("%")[0] for row in rows})
    private = [each for each in addresses if not is_public(ipaddress.ip_address(each))]
    if private:
        return warning(
            "dns",
            f"{name} is {', '.join(private)} from here, which is not a public address.",
            "If your network answers differently inside, look it up from outside as well.",
        )
    return ok("dns", f"{name} is {', '.join(addresses)}.")


async def check_tls(settings: Settings) -> list[Finding]:
    names = [n for n in dict.fromkeys((settings.domain, *our_names(settings)))
             if settings.origin_of(n).startswith("https://")]  # fmt: skip
    if not names:
        return [skipped("tls", "Plain http on this machine needs no certificate.")]
    return list(await asyncio.gather(*(_certificate(name) for name in names)))


async def _certificate(name: str) -> Finding:
    mend = (
        f"Let the proxy get a certificate for {name} (Caddy does by itself), and open port 443:"
        " docs/operators/install.md, section 4."
    )
    try:
        async with asyncio.timeout(ANSWER_S):
            certificate = await in_thread(lambda: _peer_certificate(name))
    except ssl.SSLCertVerificationError as error:
        return broken(
            "tls", f"The certificate of {name} is not right: {error.verify_message}.", mend
        )
    except TimeoutError:
        return broken("tls", f"{name} did not answer on port 443 in time.", mend)
    except OSError as error:
        why = error.strerror or str(error)
        return broken("tls", f"{name} cannot be reached on port 443 ({why}).", mend)
    days = (ssl.cert_time_to_seconds(str(certificate["notAfter"])) - time.time()) / 86_400
    if days < SOON_DAYS:
        return warning("tls", f"The certificate of {name} ends in {days:.0f} days.",
                       "See why the proxy does not renew it.")  # fmt: skip
    return ok("tls", f"The certificate of {name} is good for {days:.0f} days.")


def _peer_certificate(name: str) -> dict[str, Any]:
    context = ssl.create_default_context()
    with (
        socket.create_connection((name, 443), timeout=ANSWER_S) as plain,
        context.wrap_socket(plain, server_hostname=name) as secure,
    ):
        return dict(secure.getpeercert() or {})


async def check_reached(settings: Settings) -> list[Finding]:
    """Does the public address lead here? Asked through everything that stands in front."""
    inside = await get(f"http://{_local_address(settings)}/health/ready")
    found = [_running(settings, inside)]
    for name in our_names(settings):
        origin = settings.origin_of(name)
        outside = await get(f"{origin}/health/live")
        if outside.status == 200:
            found.append(ok("public address", f"{origin} answers."))
        elif inside.problem:
            found.append(skipped("public address", f"{origin} is looked at when the server runs."))
        else:
            found.append(
                broken(
                    "public address",
                    f"{origin} does not lead to Weft ({outside.problem or outside.status}), which"
                    f" runs at {_local_address(settings)}.",
                    "Look at the reverse proxy: docs/operators/install.md, section 4.",
                )
            )
    return found


def _running(settings: Settings, inside: Answer) -> Finding:
    where = _local_address(settings)
    if inside.status == 200:
        return ok("server", f"It runs at {where} and is ready.")
    if inside.status == 503:
        return broken("server", f"It runs at {where}, and is not ready: {_text(inside.body)}.",
                      "Mend what the other checks find; the server's log has more.")  # fmt: skip
    if inside.status:
        return broken("server", f"Another program answers at {where} (status {inside.status}).",
                      "End it, or set WEFT_BIND_PORT to a free port.")  # fmt: skip
    return warning("server", f"It does not run at {where}.", "Start it: weft serve.")


def _local_address(settings: Settings) -> str:
    host = settings.bind_host
    if host in ("0.0.0.0", "::"):  # noqa: S104  it is asked for, not listened on
        host = "127.0.0.1" if host == "0.0.0.0" else "::1"  # noqa: S104
    return f"{f'[{host}]' if ':' in host else host}:{settings.bind_port}"


async def check_webfinger(settings: Settings, name: str, actor_uri: str | None) -> list[Finding]:
    """Ask the handle's domain for our own instance actor, as another server would, and then the
    actor's own address. ``actor_uri`` is what must come out."""
    if actor_uri is None:
        return [skipped("webfinger", "There is nobody to ask for before the first start.")]
    handle = f"acct:{name}@{settings.domain}"
    url = f"{settings.origin_of(settings.domain)}/.well-known/webfinger?resource={quote(handle)}"
    answer = await get(url)
    mend = (
        f"See that {settings.domain} hands /.well-known/webfinger on to {settings.host} with its"
        " question: docs/operators/install.md, section 5."
        if settings.domain != settings.host
        else "Look at the reverse proxy: docs/operators/install.md, section 4."
    )
    if answer.status != 200:
        why = answer.problem or f"status {answer.status}"
        return [broken("webfinger", f"{url} does not answer ({why}).", mend)]
    from weft.protocol.webfinger import BadWebfinger, read_jrd

    try:
        link = read_jrd(answer.body).self_link
    except BadWebfinger as error:
        return [broken("webfinger", f"{url} answers something else: {error}", mend)]
    if link != actor_uri:
        return [broken("webfinger", f"{url} names {link}, and not {actor_uri}.", mend)]
    return [ok("webfinger", f"{settings.domain} leads to {actor_uri}."), await _document(actor_uri)]


async def _document(actor_uri: str) -> Finding:
    mend = (
        "The proxy must pass Host and path through unchanged, and not cache:"
        " docs/operators/install.md, section 4."
    )
    answer = await get(actor_uri, accept="application/activity+json")
    if answer.status != 200:
        why = answer.problem or f"status {answer.status}"
        return broken("documents", f"{actor_uri} does not answer ({why}).", mend)
    try:
        document = msgspec.json.decode(answer.body, type=dict[str, Any])
    except msgspec.MsgspecError:
        return broken("documents", f"{actor_uri} answers no document.", mend)
    if document.get("id") != actor_uri:
        return broken("documents", f"{actor_uri} calls itself {document.get('id')}.", mend)
    return ok("documents", "Documents come out as they are.")


async def check_clock(settings: Settings, peers: list[str]) -> list[Finding]:
    """Our clock against the ``Date`` of other servers, the middle one of up to three; empty if none
    of them answers."""
    from weft.federation.http.client import HttpClient
    from weft.federation.http.errors import FetchError

    client = HttpClient.from_settings(settings)

    async def offset(host: str) -> float | None:
        url = f"{settings.origin_of(host)}/.well-known/nodeinfo"
        try:
            async with asyncio.timeout(ANSWER_S):
                response = await client.get(url, accept="application/json", max_bytes=_MAX_BYTES)
        except (FetchError, TimeoutError):
            return None
        return _offset_s(response.headers.get("date", ""))

    try:
        offsets = await asyncio.gather(*(offset(host) for host in peers[:3]))
    finally:
        await client.close()
    known = sorted(each for each in offsets if each is not None)
    if not known:
        return []
    return [judge_clock(known[len(known) // 2], len(known))]


def judge_clock(off_s: float, servers: int) -> Finding:
    """``off_s``: how far our clock is ahead of the others'."""
    compared = f"compared with {servers} other server{'s' if servers > 1 else ''}"
    if abs(off_s) < CLOCK_WARN_S:
        return ok("clock", f"It is right, {compared}.")
    says = f"It is {abs(off_s):.0f} seconds {'ahead' if off_s > 0 else 'behind'}, {compared}."
    mend = "Turn on time synchronisation: timedatectl set-ntp true, or install chrony."
    return (broken if abs(off_s) >= CLOCK_BROKEN_S else warning)("clock", says, mend)


def _offset_s(date: str) -> float | None:
    try:
        return time.time() - parsedate_to_datetime(date).timestamp()
    except (ValueError, OverflowError):
        return None


async def get(url: str, accept: str = "*/*") -> Answer:
    """GET one of our own addresses, following up to three redirects."""
    import aiohttp

    timeout = aiohttp.ClientTimeout(total=ANSWER_S)
    headers = {"Accept": accept}
    parts = urlsplit(url)
    if (parts.hostname or "").endswith(".localhost"):
        # This machine by RFC 6761, though few resolvers know it.
        headers["Host"] = parts.netloc
        url = parts._replace(netloc=f"127.0.0.1:{parts.port or 80}").geturl()
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout, trust_env=False) as session,
            session.get(URL(url, encoded=True), headers=headers, max_redirects=3) as response,
        ):
            body = await response.content.read(_MAX_BYTES)
            return Answer(response.status, body, response.headers.get("Date", ""))
    except aiohttp.ClientConnectorError as error:
        return Answer(problem=error.os_error.strerror or str(error.os_error))
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        return Answer(problem=str(error) or "no answer in time")


def _text(body: bytes) -> str:
    text = body[:200].decode("utf-8", "replace")
    return "".join(each if each.isprintable() else " " for each in text)
