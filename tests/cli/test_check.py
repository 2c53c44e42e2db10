"""`hotfix check` in clones of every kind."""

from __future__ import annotations

from pathlib import Path

import pytest

from hotfix.remedies import rebase
from tests.cli.conftest import Clone
from tests.unit.factories import BODY, MESSAGE

SPEC = "specs/hotfix-expired.md"
FIXED = "def valid(session):\n    return session.valid\n"


@pytest.fixture
def fixed(clone: Clone) -> Clone:
    """Return a clone on a hotfix branch that passes."""
    clone.git("switch", "-q", "-c", "hotfix/expired", "v1.2.3")
    clone.write(SPEC, BODY)
    clone.commit(MESSAGE, {"src/session.py": FIXED, "tests/test_session.py": "assert True\n"})
    return clone


def test_a_sound_hotfix_passes_and_names_what_is_unknown(fixed: Clone) -> None:
    """Facts that only GitHub has are listed as unknown."""
    fixed.git("remote", "set-url", "origin", "https://github.com/acme/shop.git")
    shown = fixed.hotfix("check")
    assert shown.status == 0, shown
    assert shown.out.endswith("\n✓ Every rule that applies in a clone passes. Next: hotfix submit\n")
    assert "hotfix/expired at" in shown.out
    assert "production is v1.2.3, the highest tag here (only GitHub knows what was deployed) " in " ".join(
        shown.out.split()
    )
    assert "- not evaluated here, only GitHub has the facts: " in shown.out
    assert shown.err == ""


def test_a_broken_hotfix_fails_with_commands_that_fix_it(fixed: Clone) -> None:
    """After the commands are run, the hotfix passes."""
    fixed.commit("wip", {"src/session.py": FIXED + "# more\n"})
    fixed.git("merge", "-q", "--no-ff", "-m", "Merge main", "origin/main")
    shown = fixed.hotfix("check")
    assert shown.status == 1
    assert shown.out.endswith(" rules fail. Next: hotfix check --fix\n")
    assert "    git rebase" in shown.out
    assert "\x1b" not in shown.out


def test_the_named_push_works_for_a_branch_never_pushed(fixed: Clone) -> None:
    """The push that the finding prints succeeds."""
    _as_on_github(fixed)
    fixed.git("commit", "-q", "--amend", "-m", "wip")
    found = fixed.hotfix("check", "--format", "json").json["findings"]
    pushes = {line for finding in found for line in finding["commands"] if rebase.is_push(line)}
    assert len(pushes) == 1
    fixed.run("bash", "-c", pushes.pop())
    assert fixed.git("ls-remote", "origin", "hotfix/expired").startswith(fixed.git("rev-parse", "HEAD"))


def test_no_command_rewrites_a_long_lived_branch(clone: Clone) -> None:
    _as_on_github(clone)
    clone.commit("a fix, in a hurry", {"src/session.py": FIXED})
    shown = clone.hotfix("check")
    assert shown.status == 1
    assert "hotfix start NAME" in shown.out
    assert "git push" not in shown.out
    assert "git push" not in clone.hotfix("check", "--verbose").out


def _as_on_github(clone: Clone) -> None:
    url = "https://github.com/acme/shop.git"
    clone.git("remote", "set-url", "origin", url)
    clone.git("config", f"url.{clone.remote}.insteadOf", url)


def test_json_is_one_versioned_object(fixed: Clone) -> None:
    found = fixed.hotfix("check", "--format", "json")
    assert found.status == 0
    assert (found.json["version"], found.json["conclusion"]) == (2, "pass")
    statuses = {finding["rule"]: finding["status"] for finding in found.json["findings"]}
    assert statuses["branch"] == "passed"
    assert statuses["review"] == "not_evaluated"


def test_github_format_annotates(fixed: Clone) -> None:
    fixed.git("commit", "-q", "--amend", "-m", "fix: 100% done")
    shown = fixed.hotfix("check", "--format", "github", "--base", "main")
    assert shown.status == 1
    lines = shown.out.splitlines()
    assert any(line.startswith("::error title=hotfix%3A commits::") for line in lines)
    assert lines[-1].startswith("hotfix/expired: ")


def test_uncommitted_work_is_named_as_not_evaluated(fixed: Clone) -> None:
    assert "Not evaluated" not in fixed.hotfix("check").out
    assert fixed.hotfix("check", "--format", "json").json["uncommitted"] == []
    fixed.write("src/session.py", FIXED + "# more\n")
    fixed.write("a new\nfile", "")
    fixed.git("mv", "src/session.py", "src/moved.py")
    shown = fixed.hotfix("check")
    assert shown.status == 0
    expected = "Not evaluated: 3 uncommitted changes (src/moved.py, src/session.py, a new file): commit them"
    assert f"{expected} and check again" in " ".join(shown.out.split())
    found = fixed.hotfix("check", "--format", "json").json
    assert found["uncommitted"] == ["src/moved.py", "src/session.py", "a new\nfile"]
    assert "::warning title=hotfix::Not evaluated: 3" in fixed.hotfix("check", "--format", "github").out


def test_an_uncommitted_spec_is_named_first(clone: Clone) -> None:
    """It comes before other uncommitted changes."""
    assert clone.hotfix("start", "expired").status == 0
    for n in range(6):
        clone.write(f"a{n}", "")
    shown = clone.hotfix("check")
    assert f"Not evaluated: 7 uncommitted changes ({SPEC}, a0, a1, a2, a3 ...)" in " ".join(shown.out.split())
    clone.git("add", SPEC)
    assert clone.hotfix("check", "--format", "json").json["uncommitted"][:2] == [SPEC, "a0"]


@pytest.mark.parametrize("linked", [False, True])
def test_a_rebase_or_merge_in_progress_is_reported(fixed: Clone, linked: bool, tmp_path: Path) -> None:
    if linked:
        fixed.git("switch", "-q", "main")
        fixed.git("worktree", "add", "-q", str(tmp_path / "linked"), "hotfix/expired")
        fixed = Clone(tmp_path / "linked", fixed.environment)
    assert "in progress" not in fixed.hotfix("check").out
    fixed.git("merge", "-q", "--no-commit", "--no-ff", "origin/main")
    note = "A merge is in progress: only HEAD as it is now was evaluated; run `git merge --continue`"
    assert note in " ".join(fixed.hotfix("check").out.split())
    fixed.git("merge", "--abort")
    fixed.run("git", "rebase", "-q", "--exec", "false", "v1.2.3", status=1)
    assert "A rebase is in progress" in fixed.hotfix("check", "--format", "json").json["note"]


def test_the_spec_comes_before_the_commit(clone: Clone) -> None:
    """As `start` says: the commit's message is made from the spec."""
    clone.hotfix("start", "expired", "--offline")
    assert clone.hotfix("check").out.endswith(" Next: ${EDITOR:-vi} specs/hotfix-expired.md\n")
    clone.write("specs/hotfix-expired.md", BODY)
    assert clone.hotfix("check").out.endswith(" Next: hotfix commit\n")


def test_a_severity_that_is_not_committed_is_named(clone: Clone) -> None:
    clone.git("switch", "-q", "-c", "hotfix/expired", "v1.2.3")
    clone.write("src/session.py", "def valid():\n    return False\n")
    clone.git("commit", "-q", "-a", "-m", "wip")
    found = clone.hotfix("check").out
    assert "severity: No severity is declared\n" in found
    clone.write("specs/hotfix-expired.md", BODY)
    found = " ".join(clone.hotfix("check").out.split())
    assert (
        "severity: No severity is committed: specs/hotfix-expired.md declares P0, but not in a commit "
        "Fix: Commit the spec"
    ) in found


def test_an_issue_that_is_not_committed_is_named(clone: Clone) -> None:
    clone.git("switch", "-q", "-c", "hotfix/expired", "v1.2.3")
    clone.write("src/session.py", "def valid():\n    return False\n")
    clone.git("commit", "-q", "-a", "-m", "wip")
    assert "one-thing: No issue or incident is named\n" in clone.hotfix("check").out
    clone.write("specs/hotfix-expired.md", BODY)
    found = " ".join(clone.hotfix("check").out.split())
    assert (
        "one-thing: No issue is committed: specs/hotfix-expired.md names #7, but not in a commit Fix: Commit the spec"
    ) in found


@pytest.mark.parametrize("remote", ["none", "elsewhere", "not the one that is pushed to"])
def test_the_way_to_github_comes_before_submit(fixed: Clone, remote: str) -> None:
    """`submit` names the same command, after which it has somewhere to push to."""
    if remote == "none":
        fixed.git("remote", "remove", "origin")
        command = "git remote add origin https://github.com/OWNER/REPO.git"
    elif remote == "elsewhere":
        fixed.git("remote", "set-url", "origin", str(fixed.remote))
        command = "git remote add github https://github.com/OWNER/REPO.git && git config remote.pushDefault github"
    else:
        fixed.git("remote", "set-url", "origin", str(fixed.remote))
        fixed.git("remote", "add", "shop", "https://github.com/acme/shop.git")
        command = "git config remote.pushDefault shop"
    assert fixed.hotfix("check").out.endswith(f"Next: {command}\n")
    assert fixed.hotfix("submit").sentence().endswith(f": run `{command}`.")
    fixed.run("bash", "-c", command)
    assert fixed.hotfix("check").out.endswith("Next: hotfix submit\n")


def test_another_production_tag_can_be_named(fixed: Clone) -> None:
    fixed.git("tag", "v1.1.0", "v1.2.3^{}")
    assert fixed.hotfix("check", "--tag", "v1.1.0", "--format", "json").json["production"]["known_from"] == "option"
    assert fixed.hotfix("check", "--tag", "v9.9.9").sentence() == (
        "there is no tag v9.9.9 in this clone: run `git fetch --tags`."
    )
    assert "there is no branch nowhere in this clone" in fixed.hotfix("check", "--base", "nowhere").sentence()


def test_a_detached_head_takes_the_branch_that_points_there(fixed: Clone) -> None:
    fixed.git("checkout", "-q", "--detach")
    assert fixed.hotfix("check").status == 0


def test_a_clone_in_a_subdirectory_is_evaluated_whole(fixed: Clone) -> None:
    assert Clone(fixed.path / "src", fixed.environment).hotfix("check").status == 0


def test_the_policy_comes_from_the_default_branch_alone(upstream: Clone, fixed: Clone) -> None:
    """A branch can't change the policy that applies to it."""
    fixed.commit(MESSAGE, {".github/hotfix.yml": "rules: {branch: off}\n"})
    assert fixed.hotfix("check", "--format", "json").json["policy"] == (
        "built-in defaults (no .github/hotfix.yml at origin/main)"
    )
    upstream.commit(
        "Set it", {".github/hotfix.yml": "rules: {size: {max_lines: 1}, spec: warn, scope: warn, commits: off}"}
    )
    fixed.git("fetch", "-q")
    found = fixed.hotfix("check", "--format", "json")
    assert found.json["policy"].startswith("origin/main@")
    assert found.json["failed_rules"] == ["size"]
    assert "commits" not in {finding["rule"] for finding in found.json["findings"]}


def test_without_a_remote_the_work_tree_s_policy_counts(fixed: Clone) -> None:
    fixed.git("remote", "remove", "origin")
    fixed.write(".github/hotfix.yml", "rules: {size: {max_lines: 1}}\n")
    found = fixed.hotfix("check", "--format", "json")
    assert found.json["policy"] == ".github/hotfix.yml in the work tree"
    assert "size" in found.json["failed_rules"]


def test_a_broken_policy_fails_with_every_mistake(fixed: Clone) -> None:
    fixed.git("remote", "remove", "origin")
    fixed.write(".github/hotfix.yml", "labels: x\nrules: {size: of}\n")
    shown = fixed.hotfix("check")
    assert shown.status == 1
    assert ".github/hotfix.yml:1:1: labels: unknown key; did you mean `label`?\n" in shown.out
    assert ":2:15: rules.size: must be block, warn or off" in shown.out
    assert fixed.hotfix("check", "--format", "github").out.startswith("::error title=hotfix::")
    assert "`hotfix policy validate`" in fixed.hotfix("next-tag").sentence()
    fixed.write("a draft.yml", "labels: x\n")
    tried = fixed.hotfix("check", "--policy", "a draft.yml").out
    assert tried.count("hotfix policy validate 'a draft.yml'\n") == 2
    assert tried.count("hotfix policy validate") == 2


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("no repository", "is not in a git repository"),
        ("no commit", "there is no commit yet to check"),
        ("no directory of its own", "is a bare repository"),
        ("no tags", "this clone has no tags: what runs in production is not known: run `git fetch --tags`."),
        ("shallow", "run `git fetch --unshallow --tags`."),
        ("broken", "git"),
    ],
)
def test_an_odd_clone_gets_one_sentence_and_its_command(state: str, words: str, clone: Clone, tmp_path: Path) -> None:
    """A sentence names the problem, and a command fixes it."""
    odd = Clone(tmp_path / "odd", clone.environment)
    if state == "no repository":
        odd.path.mkdir()
    elif state == "no commit":
        clone.git("init", "-q", str(odd.path))
    elif state == "no directory of its own":
        clone.git("clone", "-q", "--bare", str(clone.remote), str(odd.path))
    elif state == "no tags":
        clone.git("clone", "-q", "--no-tags", str(clone.remote), str(odd.path))
    elif state == "shallow":
        clone.git("clone", "-q", "--depth", "1", f"file://{clone.remote}", str(odd.path))
    elif state == "broken":
        clone.git("clone", "-q", "--no-hardlinks", str(clone.remote), str(odd.path))
        (odd.path / ".git/refs/heads/main").write_text("1" * 40 + "\n")
    assert words in odd.hotfix("check").sentence()


def test_in_a_workflow_an_unknown_verdict_is_annotated(clone: Clone, tmp_path: Path) -> None:
    clone.git("clone", "-q", "--no-tags", str(clone.remote), str(tmp_path / "odd"))
    shown = Clone(tmp_path / "odd", clone.environment).hotfix("check", "--format", "github")
    assert shown.status == 2
    assert shown.out.startswith("::error title=hotfix%3A no verdict::this clone has no tags")


def test_json_shows_an_unknown_verdict_too(clone: Clone, tmp_path: Path) -> None:
    clone.git("clone", "-q", "--no-tags", str(clone.remote), str(tmp_path / "odd"))
    odd = Clone(tmp_path / "odd", clone.environment)
    reported, evaluated = odd.hotfix("check", "--format", "json"), clone.hotfix("check", "--format", "json").json
    assert reported.status == 2
    assert reported.err == f"hotfix: {reported.json['note']}\n"
    assert reported.json["note"].startswith("this clone has no tags")
    assert (reported.json["conclusion"], reported.json["findings"]) == ("unknown", [])
    assert reported.json["version"] == evaluated["version"]
    assert {*reported.json, "uncommitted"} == {*evaluated}


def test_a_terminal_that_knows_only_ascii_gets_ascii(fixed: Clone) -> None:
    ascii_only = {**fixed.environment, "LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
    shown = Clone(fixed.path, ascii_only).hotfix("check")
    assert shown.status == 0
    assert shown.out.isascii()


def test_without_git_it_says_so(clone: Clone, tmp_path: Path) -> None:
    bare = Clone(clone.path, {**clone.environment, "PATH": str(tmp_path)})
    assert bare.hotfix("check").sentence().startswith("git is not installed")


def test_a_long_verdict_fits_on_forty_lines_of_eighty_columns(clone: Clone) -> None:
    """The last line has the verdict and the next command; --verbose shows the rest."""
    clone.git("switch", "-q", "-c", "hotfix/expired", "origin/main")
    for n in range(12):
        files = {f"src/module_{n}.py": f"x = {n}\n" * 30, f"k8s/{n}.yaml": "a: 1\n", "requirements.txt": f"a=={n}\n"}
        clone.commit(f"wip {n}", files)
    shown = clone.hotfix("check")
    lines = shown.out.splitlines()
    assert len(lines) <= 40
    assert max(len(line) for line in lines if not line.startswith("    git ")) <= 80
    assert lines[-1].startswith("✗ This hotfix fails: ")
    assert lines[-1].endswith("Next: hotfix check --fix")
    assert len(clone.hotfix("check", "--verbose").out.splitlines()) > 40


def test_a_policy_can_be_tried(fixed: Clone) -> None:
    fixed.write("drafts/strict.yml", "rules: {size: {max_lines: 1}}\n")
    shown = fixed.hotfix("check", "--policy", "drafts/strict.yml", "--format", "json")
    assert shown.json["failed_rules"] == ["size"]
    assert shown.json["policy"] == "drafts/strict.yml (--policy)"
    assert "nowhere.yml can't be read" in fixed.hotfix("check", "--policy", "nowhere.yml").sentence()


def test_on_main_the_one_advice_is_to_start(clone: Clone) -> None:
    """A pushed commit is never amended; commits that were not pushed are cherry-picked to the new branch."""
    published = clone.hotfix("check", "--format", "json").json["findings"]
    assert [f["commands"] for f in published if f["commands"]] == [["hotfix start fix"]]
    sha = clone.commit("a fix, in a hurry", {"src/session.py": FIXED})
    own = clone.hotfix("check", "--format", "json").json["findings"]
    (commands,) = [f["commands"] for f in own if f["commands"]]
    assert commands == ["hotfix start fix", f"git cherry-pick {sha[:12]}"]
    for command in commands:
        clone.run("bash", "-c", command)
    assert clone.git("log", "-1", "--format=%s") == "a fix, in a hurry"


def test_on_main_one_sentence_is_printed(clone: Clone) -> None:
    """Its commits follow other rules. The exit status is that of the other formats."""
    start = "main is not a hotfix branch: start one with `hotfix start NAME`"
    for options in ((), ("--fix",)):
        shown = clone.hotfix("check", *options)
        assert (shown.status, shown.out, shown.err) == (1, f"{start}.\n", "")
    assert clone.hotfix("check", "--format", "json").status == 1
    sha = clone.commit("a fix, in a hurry", {"src/session.py": FIXED})
    clone.write("src/session.py", "edited\n")
    assert clone.hotfix("check").out == (
        f"{start}, which moves your uncommitted changes to it, then bring your commits there with "
        f"`git cherry-pick {sha[:12]}`.\n"
    )


def test_from_a_subdirectory_the_commands_lead_to_the_top(fixed: Clone) -> None:
    fixed.commit("wip", {"requirements.txt": "flask==2.0\n"})
    below = Clone(fixed.path / "tests", fixed.environment)
    findings = below.hotfix("check", "--format", "json").json["findings"]
    first = {finding["rule"]: finding["commands"][0] for finding in findings if finding["commands"]}
    assert "dependencies" in first
    assert set(first.values()) == {f"cd {fixed.path}"}


def test_several_messages_are_corrected_by_one_command(fixed: Clone) -> None:
    good = fixed.git("log", "-1", "--format=%B")
    incomplete = MESSAGE.replace("Fixes #7\n", "")
    fixed.git("commit", "-q", "--amend", "-m", incomplete)
    fixed.commit(MESSAGE, {"src/session.py": FIXED + "# more\n"})
    fixed.commit(incomplete, {"src/session.py": FIXED + "# even more\n"})
    found = fixed.hotfix("check", "--format", "json").json["findings"]
    (command,) = next(f["commands"] for f in found if f["rule"] == "commits")
    fixed.write("src/session.py", "uncommitted\n")
    fixed.run("bash", "-c", command)
    assert fixed.git("log", "--format=%B", "v1.2.3..HEAD").count("Fixes #7") == 3
    assert good in fixed.git("log", "--format=%B", "v1.2.3..HEAD")
    assert (fixed.path / "src/session.py").read_text() == "uncommitted\n"
    found = fixed.hotfix("check", "--format", "json").json["findings"]
    assert next(f["status"] for f in found if f["rule"] == "commits") == "passed"
