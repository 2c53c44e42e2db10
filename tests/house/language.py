"""Find words that this project once used in senses of its own: `python -m tests.house.language`, part of `make lint`.

Each pattern has a plain replacement; docs/glossary.md defines the domain's terms.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
CHECKED = (
    "*.py", "*.md", "*.yml", "*.yaml", "*.toml", "*.html", "*.css", "*.sh", "*.awk", "*.service", ".ci/run",
    "Makefile", "Dockerfile",
)  # fmt: skip

PATTERNS = {
    r"(?<!here )\b(?:is|are|was|were) no (?!longer|more than|less than|fewer)\w": "is not a, has no",
    r"\bmend(?:s|ed|ing)?\b": "fix",
    r"\bby (?:itself|themselves)\b": "automatically, alone",
    r"\btold\b": "reported, known, said",
    r"\banew\b": "again, new",
    r"\bbeside\b": "alongside, next to",
    r"\bjudgings?\b": "evaluation",
    r"(?<!hotfix )(?<!\| )(?<![\"'/.(])\bjudge[sd]?\b(?![\"'(])": "evaluate",
    r"\bdef test_\w*(?:judg|(?<!a)mend|_told|_anew|_beside_|by_itself)\w*": "evaluate, fix, reported, again, next to",
    r"\b(?:could[_-]not[_-]tell|used-wrongly|begin_anew)\b": "unknown, usage error, recover",
    r"\bsomebody(?:'s)?\b": "someone",
    r"\bgo(?:es)? on\b(?! hotfix)": "continue",
    r"\ball the same\b(?! \w)": "anyway",
    r"\bhalf done\b": "unfinished",
    r"\bback-off\b": "backoff",
    r"\b(?:by way of|for want of)\b": "through, without",
    r"\bspeaks? (?:of|for|against)\b": "is about, contradicts",
    r"\bbelieved?\b": "trust, count as, use",
    r"\bmistakes? of the\b": "error in the",
    r"\bis gone\b": "no longer exists, was deleted",
    r"\b(?:GitHub|git|YAML|service|App|Action|check|job|rule|policy) wants\b": "requires",
    r"\bdef test_\w*_(?:goes_on|somebody|speaks|believed|tells|wants|told)(?:_|\b)": "continues, someone",
}

EXCEPTIONS = {
    # The patterns themselves, and texts of a third party that tests quote.
    "tests/house/language.py": "names the patterns",
    "tests/house/test_house.py": "tries the patterns",
}


def findings(path: str, text: str) -> Iterator[str]:
    """Yield `path:line: word -> plain word` for each line that matches a pattern."""
    for number, line in enumerate(text.splitlines(), 1):
        for pattern, plain in PATTERNS.items():
            if match := re.search(pattern, line, re.IGNORECASE):
                yield f"{path}:{number}: {match[0]!r} -> {plain}"


def main() -> int:
    """Check every tracked file; return 1 and print a line for each finding."""
    listed = subprocess.run(["git", "ls-files", *CHECKED], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    found = [
        finding
        for path in listed.splitlines()
        if path not in EXCEPTIONS and (ROOT / path).exists()
        for finding in findings(path, (ROOT / path).read_text("utf-8"))
    ]
    print("\n".join(found) or "language: plain", file=sys.stderr if found else sys.stdout)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
