"""Writes the output of a run into a page of docs/, between markers."""

from __future__ import annotations

from pathlib import Path

DOCS = Path(__file__).resolve().parents[1] / "docs"
END = "<!-- end of it -->"


def fill(page: str, command: str, text: str) -> None:
    """Replace the text in `docs/<page>` between the marker of `command`'s output and the end marker."""
    path, begin = DOCS / page, f"<!-- what `{command}` printed -->"
    before, found, rest = path.read_text().partition(begin)
    _, ended, after = rest.partition(END)
    if not (found and ended):
        raise SystemExit(f"{path} lacks the line {begin}, or {END} after it")
    path.write_text(f"{before}{begin}\n\n{text}\n{END}{after}")


def machine_line(machine: dict[str, object]) -> str:
    """Return the description of the machine that a run recorded, as a sentence."""
    said = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in machine.items())
    return f"The machine: {said}."
