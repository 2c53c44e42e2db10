"""The arrows between the rooms are held for every module that there is."""

from __future__ import annotations

import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NOT_THE_DOMAIN = {"hotfix.cli", "hotfix.gates", "hotfix.git", "hotfix.github"}


def test_every_module_of_the_domain_is_kept_from_github() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    contract = next(c for c in settings["contracts"] if c["name"] == "the domain never reaches for GitHub")
    found = [path for path in (ROOT / "hotfix").iterdir() if not path.name.startswith("_")]
    there = {f"hotfix.{path.stem}" for path in found if path.is_dir() or path.suffix == ".py"}
    assert set(contract["source_modules"]) == there - NOT_THE_DOMAIN
