"""What the operator decides before the start: ``weft.toml`` and ``WEFT_*`` variables.

Each setting is one field of :class:`Settings`. In ``weft.toml`` it is a top-level key of the same
name, in the environment ``WEFT_`` and the name in capitals; the variable wins. A wrong or unknown
setting raises :class:`SettingError`, whose message is one sentence for the operator.

Without a domain Weft runs in development mode on ``localhost``: what is made there cannot move to
a real domain, because ids are permanent.
"""

import difflib
import os
import tomllib
from collections.abc import Callable, Mapping
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Any, Literal, cast

import msgspec

from weft.config import mail, values
from weft.config.mail import MailServer
from weft.config.values import Network, Wrong

__all__ = ["FAMILIES", "SettingError", "Settings", "load"]

_FAMILY_NAMES = (
    "bookwyrm discourse flarum funkwhale gotosocial lemmy mastodon misskey neodb peertube"
    " pixelfed pleroma subsonic writefreely"
)
FAMILIES = frozenset(_FAMILY_NAMES.split())
"""The client API families that ``disabled_families`` may name."""

# Read by the test suite, the benchmarks and the backup, not by the server.
_NOT_SETTINGS = ("WEFT_SHARED", "WEFT_TEST_", "WEFT_BENCH_", "WEFT_BACKUP_PASSPHRASE")

_LOOPBACK_NETWORKS: tuple[Network, ...] = (IPv4Network("127.0.0.0/8"), IPv6Network("::1/128"))


class SettingError(Exception):
    """A setting is wrong. ``str()`` is one sentence that names it and says what would be right."""

    def __init__(self, name: str, problem: str) -> None:
        super().__init__(f"{name} {problem}")
        self.name = name


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """The checked settings. Make it with :func:`load`."""

    data: Path
    """Absolute path of the folder for everything that lasts."""
    domain: str
    """The part of a handle after the ``@``; lower case, IDNA-encoded; a port only on loopback."""
    host: str
    """Where the server is reached; the start of every id."""
    media_host: str
    """Where files are served from, so that they share no origin with the pages."""
    database_url: str
    """``sqlite:///PATH`` (SQLAlchemy's form: four slashes for absolute) or ``postgresql://…``."""
    title: str = ""
    """What the server is called; its domain when empty."""
    description: str = ""
    """What the server is for, in a sentence or two."""
    contact_email: str = ""
    """Where its operator can be reached; shown to everybody."""
    is_development: bool = False
    """No domain was set: plain http on localhost, for a look or for work on Weft itself."""
    insecure_loopback: bool = False
    """Plain http and loopback peers: ``127.x.y.z[:PORT]`` and ``name.localhost:PORT`` only."""
    bind_host: str = "127.0.0.1"
    bind_port: int = 8000
    trusted_proxies: tuple[Network, ...] = _LOOPBACK_NETWORKS
    """Whose ``X-Forwarded-For`` is believed."""
    allowed_private_networks: tuple[Network, ...] = ()
    """Private networks in which peers may be, for servers that federate inside one."""
    allowed_ports: tuple[int, ...] = ()
    """Ports of peers besides 80 and 443."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["console", "json"] = "console"
    registrations: Literal["open", "approval", "invite", "closed"] = "closed"
    registrations_message: str = ""
    """What is said where nobody may join, or what somebody should know who wants to."""
    invites: Literal["nobody", "admins", "everyone"] = "admins"
    """Who may invite others on the pages; the command line always may."""
    min_age: int = 0
    """Years that somebody must be old to join; their date of birth is compared, never kept."""
    post_length: int = 5000
    """Longest post by a local author, in characters."""
    markdown: bool = True
    """Whether people may write posts in Markdown or HTML, where their application offers it."""
    request_limit: int = 300
    """Requests of one application, or of one address without a token, in five minutes; 0: no limit."""
    max_streams: int = 10_000
    """Connections on which apps wait for news, in one process."""
    disabled_families: frozenset[str] = frozenset()
    metrics: str = "loopback"
    """``loopback`` (only from this machine), ``off``, or the bearer token that may read them."""
    authorized_fetch: bool = False
    """Show posts and collections only to servers that sign their requests, and are not suspended."""
    limited_federation: bool = False
    """Talk only with servers of the list (``weft domain allow``)."""
    domain_blocks_shown: Literal["nobody", "users", "everyone"] = "nobody"
    """Who may see which servers are blocked or limited here, and why."""
    trends_need_review: bool = False
    """A hashtag, post or page is a trend only once a moderator has said that it may be."""
    log_days: int = 7
    """How long the inspector can look back."""
    log_bytes: int = 1024**3
    """How much of what other servers sent is kept for the inspector; the oldest goes first."""
    min_free_bytes: int = 1024**3
    """When less of the disk is free, no uploads are taken, and no copies of others' media kept."""
    remote_media_bytes: int = 5 * 1024**3
    """Budget for copies of other servers' media; least recently seen go first."""
    media_quota_bytes: int = 10 * 1024**3
    """How much each person's files may take."""
    media_quota_files: int = 20_000
    """How many files each person may keep."""
    media_jobs: int = 1
    """How many uploads of video and sound are worked on at once."""
    smtp_url: MailServer | None = None
    """Where letters are handed in; without one they are files, and only in development."""
    mail_from: str = ""
    """Who letters are from: an address, or a name and an address in angle brackets."""

    @property
    def origin(self) -> str:
        """``https://host`` without a trailing slash; ``http://`` only for a loopback host."""
        return self.origin_of(self.host)

    @property
    def media_origin(self) -> str:
        return self.origin_of(self.media_host)

    def origin_of(self, authority: str) -> str:
        """The origin of our own host name *authority* (``host`` or ``host:port``)."""
        plain = self.insecure_loopback and values.is_own_loopback(authority)
        return f"{'http' if plain else 'https'}://{authority}"

    def handle(self, name: str) -> str:
        """``name@domain``, as in ``acct:`` URIs: no leading ``@``."""
        return f"{name}@{self.domain}"

    @property
    def sqlite_path(self) -> Path | None:
        """The database file, or None when the database is PostgreSQL."""
        scheme, _, path = self.database_url.partition(":///")
        return Path(path).absolute() if scheme == "sqlite" else None

    @property
    def sends_mail(self) -> bool:
        """By a mail server; or into files, where nobody else can reach the server anyway."""
        return self.smtp_url is not None or self.insecure_loopback

    @property
    def sender(self) -> str:
        return self.mail_from or f"noreply@{self.domain.partition(':')[0]}"

    @property
    def metrics_token(self) -> str | None:
        return None if self.metrics in ("loopback", "off") else self.metrics

    def __repr__(self) -> str:
        """Without the values: the database's password and the metrics token are among them."""
        return f"<Settings of {self.origin}>"


def _family(value: object) -> str:
    return values.choice(FAMILIES)(value)


_READERS: dict[str, Callable[[Any], Any]] = {
    "data": values.path,
    "title": values.text,
    "description": values.text,
    "contact_email": values.text,
    "database_url": values.database_url,
    "insecure_loopback": values.boolean,
    "bind_host": values.bind_host,
    "bind_port": values.integer(1, 65535),
    "trusted_proxies": values.list_of(values.network),
    "allowed_private_networks": values.list_of(values.private_network),
    "allowed_ports": values.list_of(values.integer(1, 65535)),
    "log_level": values.choice(("debug", "info", "warning", "error")),
    "log_format": values.choice(("console", "json")),
    "registrations": values.choice(("open", "approval", "invite", "closed")),
    "registrations_message": values.text,
    "invites": values.choice(("nobody", "admins", "everyone")),
    "min_age": values.integer(0, 120),
    "post_length": values.integer(100, 1_000_000),
    "markdown": values.boolean,
    "request_limit": values.integer(0, 1_000_000),
    "max_streams": values.integer(0, 1_000_000),
    "disabled_families": lambda value: frozenset(values.list_of(_family)(value)),
    "metrics": values.metrics,
    "authorized_fetch": values.boolean,
    "limited_federation": values.boolean,
    "domain_blocks_shown": values.choice(("nobody", "users", "everyone")),
    "trends_need_review": values.boolean,
    "log_days": values.integer(1, 3650),
    "log_bytes": values.size_bytes,
    "min_free_bytes": values.size_bytes,
    "remote_media_bytes": values.size_bytes,
    "media_quota_bytes": values.size_bytes,
    "media_quota_files": values.integer(1, 10_000_000),
    "media_jobs": values.integer(1, 16),
    "smtp_url": mail.smtp_url,
    "mail_from": mail.mail_from,
}
# Read after the others, because what is right depends on ``insecure_loopback``.
_AUTHORITIES = ("domain", "host", "media_host")
_KNOWN = (*_READERS, *_AUTHORITIES)


class _Given(msgspec.Struct, frozen=True):
    """One setting as it was written, and what the operator calls it."""

    name: str
    value: object


def load(environ: Mapping[str, str] = os.environ, file: Path | None = None) -> Settings:
    """Read and check all settings.

    *file* is a ``weft.toml``; without it ``WEFT_CONFIG``, then ``weft.toml`` in ``WEFT_DATA``,
    then in the current folder, is taken. An empty variable counts as unset.
    Raises SettingError; touches nothing on disk.
    """
    given = _from_file(file or _find_file(environ)) | _from_environ(environ)
    read: dict[str, Any] = {
        key: _read(given[key], reader) for key, reader in _READERS.items() if key in given
    }
    data = read.setdefault("data", Path("data").absolute())
    read.setdefault("database_url", f"sqlite:///{data / 'weft.db'}")
    settings = Settings(**(read | _names(given, read)))
    if settings.registrations != "closed" and not settings.sends_mail:
        raise SettingError(
            given["registrations"].name,
            f"is {settings.registrations}, but whoever joins proves an e-mail address by a letter:"
            " set WEFT_SMTP_URL to your mail server, or leave registrations closed.",
        )
    return settings


def _names(given: Mapping[str, _Given], read: dict[str, Any]) -> dict[str, Any]:
    """Domain, host, media host and the mode that follows from them."""
    loopback = cast(bool, read.get("insecure_loopback", False))
    if "domain" not in given:
        for key in ("host", "media_host"):
            if key in given:
                raise SettingError(
                    given[key].name, "needs WEFT_DOMAIN, the domain of the handles, to be set too."
                )
        if "insecure_loopback" in given and not loopback:
            raise SettingError(
                given["insecure_loopback"].name,
                "is off and WEFT_DOMAIN is not set; set WEFT_DOMAIN to your domain, such as"
                " example.org.",
            )
        here = f"localhost:{read.get('bind_port', 8000)}"
        return {
            "domain": here,
            "host": here,
            "media_host": here,
            "insecure_loopback": True,
            "is_development": True,
        }
    reader = values.authority(loopback)
    domain = _read(given["domain"], reader)
    host = _read(given["host"], reader) if "host" in given else domain
    media_host = _read(given["media_host"], reader) if "media_host" in given else host
    return {
        "domain": domain,
        "host": host,
        "media_host": media_host,
        "insecure_loopback": loopback,
    }


def _read(given: _Given, reader: Callable[[Any], Any]) -> Any:
    try:
        return reader(given.value)
    except Wrong as wrong:
        raise SettingError(given.name, str(wrong)) from None


def _from_environ(environ: Mapping[str, str]) -> dict[str, _Given]:
    found = {}
    for variable, value in environ.items():
        if not variable.startswith("WEFT_") or variable == "WEFT_CONFIG":
            continue
        if variable.startswith(_NOT_SETTINGS):
            continue
        key = variable.removeprefix("WEFT_").lower()
        if key not in _KNOWN or variable != f"WEFT_{key.upper()}":
            known = [f"WEFT_{name.upper()}" for name in _KNOWN]
            raise SettingError(variable, _unknown(variable.upper(), known, "variable"))
        if value.strip():
            found[key] = _Given(variable, value.strip())
    return found


def _find_file(environ: Mapping[str, str]) -> Path | None:
    if chosen := environ.get("WEFT_CONFIG", "").strip():
        if not Path(chosen).is_file():
            raise SettingError("WEFT_CONFIG", f"is {chosen!r}, but there is no such file.")
        return Path(chosen)
    candidates = [Path(environ.get("WEFT_DATA", "").strip() or "data") / "weft.toml"]
    candidates.append(Path("weft.toml"))
    return next((candidate for candidate in candidates if candidate.is_file()), None)


def _from_file(file: Path | None) -> dict[str, _Given]:
    if file is None:
        return {}
    try:
        content = tomllib.loads(file.read_text("utf-8"))
    except OSError as error:
        raise SettingError(str(file), f"cannot be read: {error.strerror}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingError(str(file), f"is not valid TOML: {error}.") from None
    for key in content:
        if key not in _KNOWN:
            raise SettingError(f"{key} in {file}", _unknown(key, list(_KNOWN), "key"))
    return {key: _Given(f"{key} in {file}", value) for key, value in content.items()}


def _unknown(name: str, known: list[str], what: str) -> str:
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(sorted(known))}."
    return f"is not a {what} that Weft knows; {hint}"
