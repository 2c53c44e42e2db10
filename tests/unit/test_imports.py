"""Check that the import contracts cover every module, and that startup skips rarely needed libraries."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NOT_THE_DOMAIN = {"hotfix.cli", "hotfix.gates", "hotfix.git", "hotfix.github"}


def test_every_module_of_the_domain_is_kept_from_github() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    contract = next(c for c in settings["contracts"] if c["name"] == "the domain never reaches for GitHub")
    found = [path for path in (ROOT / "hotfix").iterdir() if not path.name.startswith("_")]
    there = {f"hotfix.{path.stem}" for path in found if path.is_dir() or path.suffix == ".py"}
    assert set(contract["source_modules"]) == there - NOT_THE_DOMAIN


def test_the_start_loads_no_library_that_few_installations_need() -> None:
    """Imports take nine tenths of the startup time, and loaded modules stay in memory."""
    late = ("alembic", "apprise", "fastapi", "httpx", "jinja2", "pagerduty", "rich", "slack_sdk", "starlette",
            "sqlalchemy.dialects.postgresql")  # fmt: skip
    assert _loaded("import app.main", late) == "[]"


def test_a_check_loads_nothing_that_few_runs_need() -> None:
    """Importing metadata of packages, to find no plugin, takes a twentieth of `hotfix check`."""
    late = ("argparse", "email", "httpx", "importlib.metadata", "pygments", "rich", "semver", "socket", "zipfile",
            "hotfix.cli.author.corrections", "hotfix.production.release_tags", "hotfix.render.check_page")  # fmt: skip
    code = "from hotfix import short_process; short_process.prepare(); import hotfix.cli.author.check, typer._adapters"
    assert _loaded(code, late) == "[]"


def test_pydantic_can_get_its_real_plugin_loader() -> None:
    code = """if True:
        from hotfix import short_process
        short_process.prepare()
        from pydantic.plugin import _loader
        assert _loader.get_plugins() == ()
        assert _loader.PYDANTIC_ENTRY_POINT_GROUP == 'pydantic'"""
    assert _loaded(code, ("importlib.metadata",)) == "['importlib.metadata']"


def _loaded(code: str, names: Sequence[str]) -> str:
    """Return which of these modules are loaded after the code ran in a new process."""
    code += f"\nimport sys; print([name for name in {names!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return done.stdout.strip()
