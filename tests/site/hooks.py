"""Hooks of mkdocs that add the generated pages and redirect links out of `docs/` to pages of the site."""

from __future__ import annotations

import posixpath
import re
from itertools import cycle
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

from deploy.release import PLACEHOLDER
from hotfix.cli.init import action_source
from tests.site import action_page, diagrams, rule_pages

ROOT = Path(__file__).resolve().parents[2]
MOVED = {
    "README.md": "index.md",
    "SECURITY.md": "reporting.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
    "action.yml": "action-reference.md",
    "examples": "examples/index.md",
}
"""Files outside `docs/`, and the page that shows each."""
STACKED = 3
"""Number of columns of the tables whose cells are stacked on a phone: a name, a value and a text."""
_TABLE = re.compile("<table>.*?</table>", re.DOTALL)
_HEAD = re.compile("<th[^>]*>(.*?)</th>", re.DOTALL)
_LINK = re.compile(r"\]\((?![a-z]+:|#)([^)#\s]+)(#[^)\s]*)?\)")


def pages() -> dict[str, str]:
    """Return the generated pages: path within the site -> Markdown."""
    found = {MOVED[name]: (ROOT / name).read_text() for name in MOVED if name.endswith(".md")}
    found["action-reference.md"] = action_page.reference((ROOT / "action.yml").read_text())
    rules = rule_pages.pages()
    return found | rules | _examples()


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Expand a folder in the navigation to its generated pages."""
    generated = pages()
    for part in config.nav or []:
        for entries in part.values():
            for entry in entries if isinstance(entries, list) else []:
                for title, target in entry.items():
                    if target.endswith("/"):
                        inside = [path for path in generated if path.startswith(target)]
                        entry[title] = [{_title(path): path} for path in inside]
    return config


def _title(path: str) -> str:
    name = posixpath.basename(path).removesuffix(".md")
    return "Overview" if name == "index" else name


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the generated pages to those of `docs/`."""
    for path, text in pages().items():
        files.append(File.generated(config, path, content=text))
    return files


def on_page_markdown(markdown: str, page: Any, config: MkDocsConfig, files: Files) -> str:
    """Return the page with its links adapted to the site."""
    markdown = PLACEHOLDER.sub(action_source.repository() or action_source.PLACEHOLDER, markdown)
    return relinked(diagrams.shown(markdown), page.file.src_uri)


def on_page_content(html: str, page: Any, config: MkDocsConfig, files: Files) -> str:
    """Return the page with each table cell labelled by its column, for `site.css` to stack the cells on a phone."""
    return _TABLE.sub(_labelled, html)


def _labelled(table: re.Match[str]) -> str:
    heads = [re.sub("<[^>]+>", "", head) for head in _HEAD.findall(table[0])]
    if len(heads) != STACKED or not all(heads):
        return table[0]
    cells = cycle(heads)
    return re.sub("<td(?=[ >])", lambda _: f'<td data-label="{next(cells)}"', table[0])


def relinked(markdown: str, page: str) -> str:
    """Return the Markdown of `page` with its repository links replaced by links of the site."""
    source = next((name for name, moved in MOVED.items() if moved == page and name.endswith(".md")), f"docs/{page}")

    def link(match: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join(posixpath.dirname(source), match[1]))
        if target.startswith("docs/"):
            moved = target.removeprefix("docs/")
        elif target.startswith("examples/"):
            moved = f"examples/{target.split('/')[1]}.md"
        else:
            moved = MOVED.get(target, target)
        return f"]({posixpath.relpath(moved, posixpath.dirname(page) or '.')}{match[2] or ''})"

    return _LINK.sub(link, markdown)


def _examples() -> dict[str, str]:
    """Return one page per example workflow, and an index of them."""
    found = {}
    lines = ["# Examples", "", "Workflows to copy. [The Action](../action.md) explains them.", ""]
    for file in sorted((ROOT / "examples").glob("*/*.yml")):
        name, path = file.parent.name, file.relative_to(ROOT).as_posix()
        found[f"examples/{name}.md"] = f"# {name}\n\n`{path}`\n\n````yaml\n{file.read_text()}````\n"
        lines.append(f"- [{name}]({name}.md)")
    return {"examples/index.md": "\n".join(lines) + "\n", **found}
