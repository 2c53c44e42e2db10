"""Text that git takes for binary is told from images, moves and changes of mode."""

from __future__ import annotations

from hotfix.finding import Status
from hotfix.rules import size
from tests.git.clone import Clone

HIDDEN = b"# \0\n" + b"x = 1\n" * 500


def test_text_with_a_nul_byte_is_uncountable(clone: Clone) -> None:
    clone.git("checkout", "-q", "main")
    odd: dict[str, str | bytes | None] = {
        "old.py": HIDDEN,
        "mended.py": HIDDEN,
        "gone.py": HIDDEN,
        "run.py": HIDDEN,
        "mode.py": "x = 1\n",
    }
    clone.commit("Release", odd)
    clone.git("tag", "v1.2.4")
    clone.git("checkout", "-q", "-b", "hotfix/odd")
    clone.git("mv", "old.py", "new.py")
    for name in ("run.py", "mode.py"):
        (clone.path / name).chmod(0o755)
    hidden: dict[str, str | bytes | None] = {"src/session.py": HIDDEN, "src/new.py": HIDDEN, "a.png": HIDDEN}
    clone.commit("hotfix: odd", {**hidden, "mended.py": "x = 1\n", "gone.py": None, "empty.py": ""})

    facts = clone.facts()

    assert {f.path for f in facts.files if f.uncountable} == {"src/session.py", "src/new.py", "mended.py"}
    finding = size.check(facts, size.Options())
    assert finding.status is Status.FAILED
    assert "src/session.py is binary to git" in finding.message
