"""What operators copy from: the table of settings, the container files, the configurations."""

import re
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from weft.config.settings import SettingError, Settings, load

ROOT = Path(__file__).parent.parent
_ROW = re.compile(r"^\| `(WEFT_\w+)` \| (.+?) \| (.+) \|$", re.MULTILINE)
# Decided by the program from other settings, not by the operator.
DERIVED = {"is_development"}


def rows() -> dict[str, str]:
    """Variable -> its default as it stands in the table, of docs/operators/settings.md."""
    text = (ROOT / "docs/operators/settings.md").read_text()
    return {row[1]: row[2] for row in _ROW.finditer(text)}


def compose() -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
    return content


def test_the_table_has_every_setting_and_nothing_else() -> None:
    fields = {field.name for field in msgspec.structs.fields(Settings)} - DERIVED
    assert set(rows()) == {f"WEFT_{name.upper()}" for name in fields} | {"WEFT_CONFIG"}


@pytest.mark.parametrize(
    ("variable", "default"),
    [(name, cell.strip("`")) for name, cell in rows().items() if cell.startswith("`")],
)
def test_a_default_in_the_table_is_what_weft_uses(
    variable: str, default: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    base = {"WEFT_DOMAIN": "example.org"}
    field = variable.removeprefix("WEFT_").lower()
    written = load({**base, variable: default})
    assert getattr(written, field) == getattr(load(base), field)


def test_the_service_and_the_container_use_settings_that_exist() -> None:
    known = set(rows())
    for name in ("Dockerfile", "compose.yaml", "docs/operators/install.md"):
        used = set(re.findall(r"\bWEFT_[A-Z_]+\b", (ROOT / name).read_text()))
        assert used
        assert used <= known, name


def test_the_documented_environment_is_accepted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    text = (ROOT / "docs/operators/install.md").read_text()
    block = text.split("`/etc/weft.env`")[1].split("```sh\n")[1].split("```")[0]
    lines = [line.lstrip("#") for line in block.splitlines()]
    settings = load(dict(line.split("=", 1) for line in lines))
    assert settings.handle("alice") == "alice@example.org"
    assert settings.origin == "https://social.example.org"


def test_compose_starts_weft_alone_unless_postgres_is_asked_for() -> None:
    services = compose()["services"]
    assert [name for name, service in services.items() if "profiles" not in service] == ["weft"]
    assert services["postgres"]["profiles"] == ["postgres"]
    assert services["weft"]["depends_on"]["postgres"]["required"] is False


def test_compose_keeps_what_lasts_in_declared_volumes_and_publishes_on_loopback_only() -> None:
    content = compose()
    for service in content["services"].values():
        for volume in service["volumes"]:
            assert volume.split(":")[0] in content["volumes"]
        for port in service.get("ports", []):
            assert port.startswith("127.0.0.1:")


def test_compose_hands_weft_settings_that_it_accepts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    given = compose()["services"]["weft"]["environment"]

    def filled(value: str) -> str:
        return re.sub(r"\$\{\w+(:[-?])([^}]*)\}", lambda m: m[2] if m[1] == ":-" else "", value)

    with_domain = {name: filled(value) for name, value in given.items()} | {
        "WEFT_DOMAIN": "example.org"
    }
    assert load(with_domain).origin == "https://example.org"
    with pytest.raises(SettingError):
        load({**with_domain, "WEFT_HOST": "not a host"})


def test_the_container_runs_as_an_ordinary_user_and_reports_its_health() -> None:
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    last_stage = lines[max(i for i, line in enumerate(lines) if line.startswith("FROM ")) :]
    assert "USER weft" in last_stage
    assert "VOLUME /data" in last_stage
    assert any("/health/ready" in line for line in last_stage)


def test_the_image_gets_every_file_that_the_dockerfile_copies() -> None:
    ignore = (ROOT / ".dockerignore").read_text().splitlines()
    assert "*" in ignore
    for line in (ROOT / "Dockerfile").read_text().splitlines():
        if line.startswith("COPY ") and "--from" not in line:
            for name in line.split()[1:-1]:
                assert f"!{name}" in ignore
                assert (ROOT / name).exists()
