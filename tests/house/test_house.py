"""The checks of language, names and commits find what they are for, and nothing else."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.house import commits, language, names


@pytest.mark.parametrize(
    "line",
    [
        "This is no pull request",
        "what mends it",
        "it runs by itself",
        "GitHub is told",
        "read anew",
        "beside it",
        "a judging",
        "it is judged",
        "could-not-tell",
        "somebody else's check",
        "the watch goes on",
        "deploy it all the same",
        "the run left half done",
        "the App's check is believed",
        "it speaks against a rollback",
        "YAML wants spaces",
        "def test_a_hold_goes_on():",
    ],
)
def test_the_old_dialect_is_found(line: str) -> None:
    assert list(language.findings("a.py", line))


@pytest.mark.parametrize(
    "line",
    [
        "There is no tag",
        "it is no longer open",
        "besides",
        "commands that collect all the same data",
        "what may be lost",
        "recommended",
        "amend the commit",
        "hotfix judge acme/shop#42",
        "from hotfix.cli.judge import judge_pull_request",
    ],
)
def test_plain_english_is_left_alone(line: str) -> None:
    assert list(language.findings("a.py", line)) == []


@pytest.mark.parametrize(
    "message",
    [
        "Fix the queue",
        "queue: fix it.",
        "queue:fix it",
        "queue: " + "x" * 70,
        "queue: fix it\nwithout a blank line",
        "",
    ],
)
def test_a_commit_of_another_form_is_refused(message: str, tmp_path: Path) -> None:
    file = tmp_path / "message"
    file.write_text(message)
    assert commits.main([str(file)]) == 1


def test_a_commit_of_our_form_is_accepted(tmp_path: Path) -> None:
    file = tmp_path / "message"
    file.write_text("app, queue: retry with backoff\n\nA storm of events caused a storm of requests.\n# a comment\n")
    assert commits.main([str(file)]) == 0


def test_no_two_modules_share_a_name() -> None:
    assert names.twice(names.modules()) == {}


def test_no_two_public_classes_share_a_name() -> None:
    assert names.twice(names.classes()) == {}


def test_a_name_that_occurs_twice_is_found(tmp_path: Path) -> None:
    for path in ("hotfix/read.py", "app/read.py", "app/web/handlers/read.py"):
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("class Kind: ...\nKey = tuple[str, ...]\nclass _Own: ...\nMOST = 3\n")
    assert names.twice(names.modules(tmp_path)) == {"read": ["hotfix/read.py", "app/read.py"]}
    assert set(names.twice(names.classes(tmp_path))) == {"Kind", "Key"}


def test_only_one_package_has_routes_of_github(tmp_path: Path) -> None:
    """All routes can be found by searching `hotfix/github`."""
    assert list(names.routes()) == []
    for path in ("hotfix/github/read.py", "app/task.py"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text('client.get("/repos/{repo}/pulls")\nx = "/incidents"\n')
    assert list(names.routes(tmp_path)) == ["app/task.py:1: /repos/{repo}/pulls"]


def test_the_architecture_page_names_files_that_exist() -> None:
    page = (names.ROOT / "docs/architecture.md").read_text("utf-8")
    roots = [names.ROOT, names.ROOT / "action"]
    named = set(re.findall(r"(?<![\w./])(?:hotfix|app|action|runner|commands|deployment)/[a-z_/]+\.py", page))
    assert len(named) > 10
    assert {path for path in named if not any((root / path).exists() for root in roots)} == set()


def test_the_architecture_page_shows_every_package() -> None:
    page = (names.ROOT / "docs/architecture.md").read_text("utf-8")
    packages = {path.parent.name for path in names.sources() if path.stem == "__init__"} - {"versions"}
    assert {name for name in packages if f"{name}/" not in page} == set()


def test_every_folder_can_be_taken_in_at_a_glance() -> None:
    """The limits are 16 modules per folder and 400 lines per module."""
    modules: dict[Path, int] = {}
    for path in names.sources():
        modules[path.parent] = modules.get(path.parent, 0) + (path.stem != "__init__")
        assert len(path.read_text("utf-8").splitlines()) <= 400, path
    assert {folder.name: count for folder, count in modules.items() if count > 16} == {}


def test_the_names_of_tests_are_short() -> None:
    """A reason that needs more than sixty characters belongs in the docstring."""
    found = [
        f"{path.relative_to(language.ROOT)}: {name}"
        for path in (language.ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"^ *(?:async )?def (test_\w+)", path.read_text("utf-8"), re.MULTILINE)
        if len(name) > 60
    ]
    assert not found


def test_make_clean_removes_each_folder_git_ignores(tmp_path: Path) -> None:
    """Such folders contain only what other targets created. `.env` and databases are the user's."""
    root = Path(__file__).parents[2]
    ignored = [line.strip("/") for line in (root / ".gitignore").read_text().split() if line.endswith("/")]
    for name in ignored:
        (tmp_path / name.replace("*", "hotfix") / "sub").mkdir(parents=True)
    (tmp_path / "app" / "__pycache__").mkdir(parents=True)
    (tmp_path / ".env").write_text("mine\n")
    subprocess.run(["make", "-s", "-f", root / "Makefile", "clean"], cwd=tmp_path, check=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".env", "app", "bench"]
    assert list((tmp_path / "app").iterdir()) == list((tmp_path / "bench").iterdir()) == []
