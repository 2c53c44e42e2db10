"""Render the documentation's Mermaid diagrams: run `python -m tests.site.diagrams` after changing one.

GitHub renders the source. The site shows pictures, so that it loads no script from another host and works offline.
"""

from __future__ import annotations

import hashlib
import re
import subprocess
import tarfile
import tempfile
from pathlib import Path

from tests.e2e.browser import chromium

DOCS = Path(__file__).resolve().parents[2] / "docs"
FOLDER = "pictures/diagrams"
MERMAID = "mermaid@11.17.2"
THEMES = {"light": "neutral", "dark": "dark"}
_FENCE = re.compile(r"^```mermaid\n(?P<source>.*?)^```\n", re.MULTILINE | re.DOTALL)
_TITLE = re.compile(r"^ *accTitle: *(.+)$", re.MULTILINE)

_DRAW = """async ([settings, source]) => {
  mermaid.initialize(settings);
  return (await mermaid.render("diagram", source)).svg;
}"""


class NotDrawn(Exception):
    """A diagram has no picture, or has changed since the picture was rendered."""


def sources() -> list[str]:
    """Return all diagrams of the documentation."""
    return [found["source"] for page in sorted(DOCS.glob("*.md")) for found in _FENCE.finditer(page.read_text())]


def picture(source: str, theme: str) -> str:
    """Return the path of a diagram's picture, relative to `docs/`."""
    return f"{FOLDER}/{hashlib.sha256(source.encode()).hexdigest()[:12]}-{theme}.svg"


def shown(markdown: str) -> str:
    """Return a page of `docs/` with its diagrams replaced by pictures. Raises NotDrawn."""
    return _FENCE.sub(lambda found: _images(found["source"]), markdown)


def _images(source: str) -> str:
    title = _TITLE.search(source)
    paths = {theme: picture(source, theme) for theme in THEMES}
    if title is None or not all((DOCS / path).is_file() for path in paths.values()):
        raise NotDrawn("a diagram has no accTitle, or changed: python -m tests.site.diagrams draws it again")
    return "\n".join(f"![{title[1]}]({path}#only-{theme})" for theme, path in paths.items()) + "\n"


def draw() -> None:
    """Render diagrams without a picture, and delete pictures without a diagram."""
    wanted = {picture(source, theme): (source, theme) for source in sources() for theme in THEMES}
    folder = DOCS / FOLDER
    folder.mkdir(exist_ok=True)
    for path in folder.glob("*.svg"):
        if f"{FOLDER}/{path.name}" not in wanted:
            path.unlink()
    missing = {path: found for path, found in wanted.items() if not (DOCS / path).is_file()}
    if not missing:
        return
    with tempfile.TemporaryDirectory() as made, chromium() as browser:
        script = _script(Path(made))
        for name, (source, theme) in missing.items():
            page = browser.new_page()
            page.set_content("<!doctype html><body></body>")
            page.add_script_tag(content=script)
            # Labels must be SVG text, as an SVG shown as an image can't contain HTML.
            settings = {"startOnLoad": False, "theme": THEMES[theme], "htmlLabels": False, "fontFamily": "sans-serif"}
            drawn = page.evaluate(_DRAW, [settings, source])
            (DOCS / name).write_text(drawn + "\n")
            page.close()


def _script(folder: Path) -> str:
    done = subprocess.run(["npm", "pack", "--silent", MERMAID], cwd=folder, capture_output=True, text=True, check=True)
    with tarfile.open(folder / done.stdout.split()[-1]) as archive:
        found = archive.extractfile("package/dist/mermaid.min.js")
        assert found is not None
        return found.read().decode()


if __name__ == "__main__":
    draw()
