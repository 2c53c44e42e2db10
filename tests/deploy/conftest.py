"""Fixtures shared with the service's tests, and functions that find the external tools."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.action.tools import tool
from tests.service.conftest import house, postgres, postgres_server, shared_house

__all__ = ["house", "postgres", "postgres_server", "shared_house"]

ROOT = Path(__file__).parents[2]


def needed(program: str, package: str) -> str:
    """Return the path of a system program, or skip the test and name the Debian package to install."""
    if found := shutil.which(program):
        return found
    pytest.skip(f"{program} is not installed: apt install {package}")


def built(name: str) -> Path:
    """Return the path of a tool built with Go, or skip the test."""
    if found := tool(name):
        return found
    pytest.skip(f"{name} is built with Go: apt install golang")
