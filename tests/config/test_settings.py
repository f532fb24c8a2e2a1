"""What the operator may write, and what Weft answers when it is wrong."""

from ipaddress import ip_network
from pathlib import Path

import pytest

from weft.config.settings import SettingError, Settings, load


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def read(**variables: str) -> Settings:
    return load({f"WEFT_{name.upper()}": value for name, value in variables.items()})


def test_without_a_domain_it_is_a_development_server_on_localhost(tmp_path: Path) -> None:
    settings = load({})
    assert settings.is_development
    assert settings.insecure_loopback
    assert settings.origin == "http://localhost:8000"
    assert settings.handle("alice") == "alice@localhost:8000"
    assert settings.data == tmp_path / "data"
    assert settings.sqlite_path == tmp_path / "data" / "weft.db"
    assert settings.registrations == "closed"
    assert settings.post_length == 5000


def test_the_development_name_follows_the_port() -> None:
    assert read(bind_port="9000").origin == "http://localhost:9000"


def test_host_and_media_host_follow_the_domain() -> None:
    settings = read(domain="example.org")
    assert (settings.host, settings.media_host) == ("example.org", "example.org")
    assert settings.origin == "https://example.org"
    assert not settings.is_development
    assert not settings.insecure_loopback


def test_handles_and_server_may_have_different_names() -> None:
    settings = read(domain="example.org", host="weft.example.org")
    assert settings.handle("alice") == "alice@example.org"
    assert settings.origin == "https://weft.example.org"
    assert settings.media_origin == "https://weft.example.org"


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Example.ORG", "example.org"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("example.org.", "example.org"),
    ],
)
def test_domains_are_stored_in_their_ascii_form(written: str, name: str) -> None:
    assert read(domain=written).domain == name


@pytest.mark.parametrize(
    "name", ["127.0.0.1", "127.0.3.9:8000", "a.localhost:8001", "a.b.localhost:1", "localhost:80"]
)
def test_loopback_names_serve_plain_http_when_allowed(name: str) -> None:
    assert read(domain=name, insecure_loopback="1").origin == f"http://{name}"


def test_a_real_domain_stays_https_with_loopback_allowed() -> None:
    assert read(domain="example.org", insecure_loopback="1").origin == "https://example.org"


@pytest.mark.parametrize(
    ("variables", "named", "right"),
    [
        ({"domain": "https://example.org"}, "WEFT_DOMAIN", "bare domain"),
        ({"domain": "example.org/x"}, "WEFT_DOMAIN", "bare domain"),
        ({"domain": "alice@example.org"}, "WEFT_DOMAIN", "bare domain"),
        ({"domain": "example"}, "WEFT_DOMAIN", "with a dot"),
        ({"domain": "exa mple.org"}, "WEFT_DOMAIN", "not a domain name"),
        ({"domain": "-a.example.org"}, "WEFT_DOMAIN", "not a domain name"),
        ({"domain": "192.0.2.7"}, "WEFT_DOMAIN", "with a dot"),
        ({"domain": "example.org:8000"}, "WEFT_DOMAIN", "no port"),
        ({"domain": "example.org:8000", "insecure_loopback": "1"}, "WEFT_DOMAIN", "no port"),
        ({"domain": "127.0.0.1:8000"}, "WEFT_DOMAIN", "WEFT_INSECURE_LOOPBACK=1"),
        ({"domain": "a.localhost:8000"}, "WEFT_DOMAIN", "WEFT_INSECURE_LOOPBACK=1"),
        ({"domain": "a.localhost", "insecure_loopback": "1"}, "WEFT_DOMAIN", "with a dot"),
        ({"domain": "localhost", "insecure_loopback": "1"}, "WEFT_DOMAIN", "localhost:8000"),
        ({"domain": "localhost:99999", "insecure_loopback": "1"}, "WEFT_DOMAIN", "65535"),
        ({"host": "example.org"}, "WEFT_HOST", "WEFT_DOMAIN"),
        ({"insecure_loopback": "0"}, "WEFT_INSECURE_LOOPBACK", "WEFT_DOMAIN"),
        ({"insecure_loopback": "maybe"}, "WEFT_INSECURE_LOOPBACK", "1 or 0"),
        ({"database_url": "mysql://x/y"}, "WEFT_DATABASE_URL", "postgresql://"),
        ({"database_url": "sqlite:///:memory:"}, "WEFT_DATABASE_URL", "sqlite:///PATH"),
        ({"database_url": "postgresql://host"}, "WEFT_DATABASE_URL", "/DATABASE"),
        ({"bind_port": "0"}, "WEFT_BIND_PORT", "from 1 to 65535"),
        ({"bind_port": "１"}, "WEFT_BIND_PORT", "whole number"),
        ({"bind_host": "example.org"}, "WEFT_BIND_HOST", "0.0.0.0"),
        ({"trusted_proxies": "10.0.0.1/8"}, "WEFT_TRUSTED_PROXIES", "10.0.0.0/8"),
        ({"allowed_private_networks": "127.0.0.0/8"}, "WEFT_ALLOWED_PRIVATE_NETWORKS", "10.0"),
        ({"allowed_private_networks": "0.0.0.0/0"}, "WEFT_ALLOWED_PRIVATE_NETWORKS", "10.0"),
        ({"allowed_private_networks": "169.254.0.0/16"}, "WEFT_ALLOWED_PRIVATE_NETWORKS", "10.0"),
        ({"registrations": "sometimes"}, "WEFT_REGISTRATIONS", "invite or closed"),
        ({"post_length": "5k"}, "WEFT_POST_LENGTH", "whole number"),
        ({"disabled_families": "lemy"}, "WEFT_DISABLED_FAMILIES", "lemmy"),
        ({"metrics": "secret"}, "WEFT_METRICS", "at least 16"),
        ({"remote_media_bytes": "much"}, "WEFT_REMOTE_MEDIA_BYTES", "5GB"),
        ({"log_level": "loud"}, "WEFT_LOG_LEVEL", "warning or error"),
    ],
)
def test_a_wrong_setting_is_named_with_what_would_be_right(
    variables: dict[str, str], named: str, right: str
) -> None:
    with pytest.raises(SettingError) as raised:
        read(**variables)
    sentence = str(raised.value)
    assert sentence.startswith(named + " ")
    assert right in sentence
    assert sentence.endswith(".")
    assert "\n" not in sentence


def test_an_unknown_variable_is_named_with_its_nearest() -> None:
    with pytest.raises(SettingError, match=r"WEFT_DOMIAN .* did you mean WEFT_DOMAIN\?"):
        load({"WEFT_DOMIAN": "example.org"})


def test_a_database_password_is_not_repeated() -> None:
    with pytest.raises(SettingError) as raised:
        read(database_url="mysql://weft:hunter2@db/weft")
    assert "hunter2" not in str(raised.value)
    settings = read(domain="example.org", database_url="postgres://weft:hunter2@db/weft")
    assert settings.database_url == "postgresql://weft:hunter2@db/weft"
    assert settings.sqlite_path is None
    assert "hunter2" not in repr(settings)


def test_values_are_read_into_their_types() -> None:
    settings = read(
        domain="example.org",
        trusted_proxies="10.0.0.0/8, fd00::/8",
        allowed_ports="8443 9443",
        disabled_families="lemmy,misskey",
        metrics="a-token-of-some-length",
        remote_media_bytes="2 GiB",
        allowed_private_networks="100.64.0.0/16",
    )
    assert settings.trusted_proxies == (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))
    assert settings.allowed_ports == (8443, 9443)
    assert settings.disabled_families == {"lemmy", "misskey"}
    assert settings.metrics_token == "a-token-of-some-length"
    assert settings.remote_media_bytes == 2 * 1024**3


def test_no_proxy_may_be_trusted() -> None:
    assert read(trusted_proxies="none").trusted_proxies == ()


def test_the_file_is_read_and_variables_win(tmp_path: Path) -> None:
    file = tmp_path / "weft.toml"
    file.write_text('domain = "example.org"\npost_length = 900\nallowed_ports = [8443]\n')
    settings = load({"WEFT_POST_LENGTH": "700", "WEFT_HOST": ""})
    assert (settings.domain, settings.host) == ("example.org", "example.org")
    assert settings.post_length == 700
    assert settings.allowed_ports == (8443,)


def test_the_file_in_the_data_folder_comes_before_the_one_here(tmp_path: Path) -> None:
    (tmp_path / "my data").mkdir()
    (tmp_path / "my data" / "weft.toml").write_text('domain = "inside.example"\n')
    (tmp_path / "weft.toml").write_text('domain = "here.example"\n')
    settings = load({"WEFT_DATA": "my data"})
    assert settings.domain == "inside.example"
    assert settings.sqlite_path == tmp_path / "my data" / "weft.db"
    chosen = tmp_path / "other.toml"
    chosen.write_text('domain = "chosen.example"\n')
    assert load({"WEFT_DATA": "my data", "WEFT_CONFIG": str(chosen)}).domain == "chosen.example"


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ('domian = "example.org"', "domian in .*weft.toml is not a key .* did you mean domain?"),
        ("post_length = -3", "post_length in .*weft.toml is -3, but must be a whole number"),
        ("domain = 3", "domain in .*weft.toml is 3, but must be text"),
        ('trusted_proxies = "nobody"', "trusted_proxies in .* must hold networks"),
        ("domain = [", "weft.toml is not valid TOML"),
    ],
)
def test_a_wrong_key_in_the_file_is_named(tmp_path: Path, content: str, sentence: str) -> None:
    (tmp_path / "weft.toml").write_text(content)
    with pytest.raises(SettingError, match=sentence):
        load({})


def test_a_missing_chosen_file_stops_the_start() -> None:
    with pytest.raises(
        SettingError, match=r"WEFT_CONFIG is 'none.toml', but there is no such file"
    ):
        load({"WEFT_CONFIG": "none.toml"})
