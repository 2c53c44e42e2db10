"""Invalid settings prevent the start: all are reported at once, one per line, without secrets."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from app.settings import Settings, SettingsError, load

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def pem(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey = KEY, passphrase: bytes | None = None) -> str:
    encryption = serialization.BestAvailableEncryption(passphrase) if passphrase else serialization.NoEncryption()
    form = serialization.PrivateFormat.PKCS8 if passphrase else serialization.PrivateFormat.TraditionalOpenSSL
    return key.private_bytes(serialization.Encoding.PEM, form, encryption).decode()


GOOD = {"HOTFIX_APP_ID": "7", "HOTFIX_PRIVATE_KEY": pem(), "HOTFIX_WEBHOOK_SECRET": "s3cr3t-of-ours"}


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith("HOTFIX_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def loaded(monkeypatch: pytest.MonkeyPatch, **changes: str) -> Settings:
    for name, value in (GOOD | changes).items():
        monkeypatch.setenv(name, value)
    return load()


def problems(monkeypatch: pytest.MonkeyPatch, **changes: str) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as error:
        loaded(monkeypatch, **changes)
    return error.value.problems


def test_three_settings_are_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = loaded(monkeypatch)
    assert settings.app_id == 7
    assert settings.github_api_url == "https://api.github.com"
    assert settings.database_url.database == "hotfix.db"


def test_everything_that_is_missing_is_named_at_once() -> None:
    with pytest.raises(SettingsError) as error:
        load()
    names = [line.partition(" ")[0] for line in error.value.problems]
    assert names == ["HOTFIX_APP_ID", "HOTFIX_PRIVATE_KEY", "HOTFIX_WEBHOOK_SECRET"]


def test_settings_are_read_from_a_dotenv_file(tmp_path: Path) -> None:
    escaped = pem().replace("\n", "\\n")
    (tmp_path / ".env").write_text(
        f'HOTFIX_APP_ID=7\nHOTFIX_PRIVATE_KEY="{escaped}"\nHOTFIX_WEBHOOK_SECRET=new,old\nOTHER=1\n'
    )
    settings = load()
    assert [secret.get_secret_value() for secret in settings.webhook_secret] == ["new", "old"]
    assert settings.private_key.get_secret_value() == pem()


@pytest.mark.parametrize("form", ["text", "path", "escaped", "escaped and quoted"])
def test_the_key_is_taken_in_every_form_that_people_have_it_in(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, form: str
) -> None:
    path = tmp_path / "key.pem"
    path.write_text(pem())
    escaped = pem().replace("\n", "\\n")
    value = {"text": pem(), "path": str(path), "escaped": escaped, "escaped and quoted": f'"{escaped}"'}[form]
    settings = loaded(monkeypatch, HOTFIX_PRIVATE_KEY=value)
    assert settings.private_key.get_secret_value() == pem()


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("HOTFIX_APP_ID", "Iv1.0123456789abcdef"),
        ("HOTFIX_APP_ID", "0"),
        ("HOTFIX_APP_ID", ""),
        ("HOTFIX_APP_ID", "-5"),
        ("HOTFIX_APP_ID", "٣"),
        ("HOTFIX_PRIVATE_KEY", "/nowhere/key.pem"),
        ("HOTFIX_PRIVATE_KEY", ""),
        ("HOTFIX_PRIVATE_KEY", "/"),
        ("HOTFIX_PRIVATE_KEY", "x" * 5000),
        ("HOTFIX_PRIVATE_KEY", "-----BEGIN RSA PRIVATE KEY-----\nTm9uc2Vuc2U=\n-----END RSA PRIVATE KEY-----"),
        ("HOTFIX_PRIVATE_KEY", pem(ec.generate_private_key(ec.SECP256R1()))),
        ("HOTFIX_PRIVATE_KEY", pem(passphrase=b"open sesame")),
        ("HOTFIX_WEBHOOK_SECRET", ""),
        ("HOTFIX_WEBHOOK_SECRET", "one,,two"),
        ("HOTFIX_GITHUB_API_URL", "api.github.com"),
        ("HOTFIX_GITHUB_API_URL", "https://user:hunter2@github.example.com"),
        ("HOTFIX_GITHUB_URL", "ftp://github.example.com"),
        ("HOTFIX_GITHUB_URL", "https://["),
        ("HOTFIX_DATABASE_URL", "mysql://root:hunter2@db/hotfix"),
        ("HOTFIX_DATABASE_URL", "sqlite://"),
        ("HOTFIX_DATABASE_URL", "sqlite:///:memory:"),
        ("HOTFIX_DATABASE_URL", "sqlite:////nowhere/at/all/hotfix.db"),
        ("HOTFIX_DATABASE_URL", "nonsense"),
    ],
)
def test_a_wrong_setting_is_one_line_without_its_value(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    (line,) = problems(monkeypatch, **{variable: value})
    assert line.startswith(f"{variable}: ")
    assert "\n" not in line
    assert len(line) < 250
    for secret in ("hunter2", "open sesame", "Tm9uc2Vuc2U", "Iv1."):
        assert secret not in line


def test_a_postgresql_url_gets_its_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    for given in ("postgres://u:p@h/d", "postgresql://u:p@h/d"):
        assert loaded(monkeypatch, HOTFIX_DATABASE_URL=given).database_url.drivername == "postgresql+psycopg"


def test_printing_the_settings_shows_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = loaded(monkeypatch, HOTFIX_DATABASE_URL="postgresql://u:hunter2@h/d")
    assert "s3cr3t" not in repr(settings)
    assert "hunter2" not in repr(settings)
    assert "BEGIN" not in repr(settings)


def test_wrong_settings_refuse_the_start_with_status_2(tmp_path: Path) -> None:
    """Each is reported on a line of its own."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("HOTFIX_")}
    env |= {"PYTHONPATH": str(Path(__file__).parents[3]), "HOTFIX_APP_ID": "many", "HOTFIX_WEBHOOK_SECRET": "x"}
    code = "import sys; from hotfix.cli import main; sys.exit(main())"
    run = subprocess.run(
        [sys.executable, "-c", code, "serve", "--port", "0"], cwd=tmp_path, env=env, capture_output=True, text=True
    )
    assert run.returncode == 2
    assert "Traceback" not in run.stdout + run.stderr
    lines = run.stderr.strip().splitlines()
    assert [line.split()[1].rstrip(":") for line in lines] == ["HOTFIX_APP_ID", "HOTFIX_PRIVATE_KEY"]
