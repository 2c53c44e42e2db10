"""The form of our commits: `scope: imperative summary`, at most 72 characters, the why in the body.

python -m tests.house.commits FILE           a commit-msg hook (pre-commit runs it)
python -m tests.house.commits --since REV    every commit after REV; without history, nothing is checked
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]
LONGEST = 72
FIRST = "ac9b86dc6c5f"
"""The last commit that does not have this form."""
_SUBJECT = re.compile(r"[a-z0-9][\w./-]*(?:, [a-z0-9][\w./-]*)*: \S.*[^.\s]")


def problem(message: str) -> str | None:
    """Return the problem of a commit message, or None."""
    lines = [line for line in message.splitlines() if not line.startswith("#")]
    subject = lines[0] if lines else ""
    if subject.startswith(("fixup! ", "squash! ", "Merge ", "Revert ")):
        return None
    if len(subject) > LONGEST:
        return f"the first line has {len(subject)} characters, {LONGEST} are allowed: {subject}"
    if not _SUBJECT.fullmatch(subject):
        return f"the first line is not 'scope: imperative summary' without a full stop: {subject!r}"
    if len(lines) > 1 and lines[1].strip():
        return "the second line is not empty: the body begins after a blank line"
    return None


def since(revision: str) -> list[str]:
    """Return the problems of the commits after a revision; none if it is unknown, as in a shallow clone."""
    known = subprocess.run(["git", "cat-file", "-e", f"{revision}^{{commit}}"], cwd=ROOT, capture_output=True)
    if known.returncode:
        return []
    command = ["git", "log", "--no-merges", "--format=%H%x00%B%x01", f"{revision}..HEAD"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    commits = (entry.strip("\n").partition("\0") for entry in listed.split("\x01") if entry.strip())
    return [f"{sha[:12]}: {wrong}" for sha, _, message in commits if (wrong := problem(message.strip()))]


def main(arguments: Sequence[str]) -> int:
    """Check a message file or the commits since a revision; return 1 and print a line for each problem."""
    if arguments and arguments[0] == "--since":
        found = since(arguments[1] if len(arguments) > 1 else FIRST)
    else:
        wrong = problem(Path(arguments[0]).read_text("utf-8"))
        found = [wrong] if wrong else []
    if found:
        print("\n".join(found), file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
