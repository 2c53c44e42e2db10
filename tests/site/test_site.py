"""The site builds without warnings, and its generated content is correct."""

from __future__ import annotations

import re
import subprocess
import sys
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest
import yaml

from hotfix.finding import Status
from hotfix.rules import RULES
from tests.site import diagrams, hooks, rule_pages


class Links(HTMLParser):
    """The links and anchors of one page."""

    def __init__(self) -> None:
        super().__init__()
        self.links: set[str] = set()
        self.anchors: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.anchors.add(given.get("id") or given.get("name") or "")
        if tag == "a" and given.get("href"):
            self.links.add(given["href"] or "")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the site in strict mode: a warning is an error."""
    folder = tmp_path_factory.mktemp("site")
    built = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)],
        cwd=hooks.ROOT,
        capture_output=True,
        text=True,
    )
    assert built.returncode == 0, built.stderr
    return folder


@pytest.mark.xdist_group("site")
def test_it_builds_strictly_and_its_links_lead_somewhere(site: Path) -> None:
    read = {}
    for page in site.rglob("*.html"):
        read[page.resolve()] = links = Links()
        links.feed(page.read_text())
    dead = []
    for page, links in read.items():
        for link in links.links:
            path, _, anchor = link.partition("#")
            if ":" in path or page.name == "404.html":
                continue
            target = (page.parent / path).resolve() if path else page
            target = target / "index.html" if target.is_dir() else target
            if not target.is_file() or (anchor and target in read and anchor not in read[target].anchors):
                dead.append(f"{page.relative_to(site.resolve())}: {link}")
    assert dead == []
    assert (site / "rules/size/index.html").is_file()


@pytest.mark.parametrize("rule_id", [rule.id for rule in RULES])
def test_each_rule_has_an_example_that_it_does_not_pass(rule_id: str) -> None:
    finding = rule_pages.example(rule_id)
    assert finding.status in (Status.FAILED, Status.PENDING)
    page = unescape(re.sub("</?code>", "`", rule_pages.pages()[f"rules/{rule_id}.md"]))
    assert finding.message[1:] in page


def test_the_action_reference_names_each_input_and_output() -> None:
    action = yaml.safe_load((hooks.ROOT / "action.yml").read_text())
    page = hooks.pages()["action-reference.md"]
    assert [name for name in (*action["inputs"], *action["outputs"]) if f"| `{name}` |" not in page] == []


def test_a_link_out_of_the_docs_becomes_a_page() -> None:
    assert hooks.relinked("[x](../action.yml)", "action.md") == "[x](action-reference.md)"
    assert hooks.relinked("[x](../examples/npm/hotfix.yml)", "action.md") == "[x](examples/npm.md)"
    assert hooks.relinked("[x](docs/policy.md#size)", "contributing.md") == "[x](policy.md#size)"


@pytest.mark.xdist_group("site")
def test_the_site_loads_nothing_from_elsewhere(site: Path) -> None:
    """It works offline and under a strict content security policy; links to other sites are allowed."""
    loads = re.compile(r"<(?:script|img|iframe|source)[^>]*\ssrc=\"([^\"]*)\"|<link[^>]*\shref=\"([^\"]*)\"[^>]*>")
    pages = list(site.rglob("*.html"))
    assert pages
    loaded = [(page.name, found[1] or found[2]) for page in pages for found in loads.finditer(page.read_text())]
    assert [(page, address) for page, address in loaded if re.match(r"(https?:)?//", address)] == []
    assert not [page.name for page in pages if 'class="mermaid"' in page.read_text()]
    drawn = (site / "architecture/index.html").read_text()
    assert drawn.count("#only-light") == drawn.count("#only-dark") == len(diagrams.sources())


def test_a_changed_diagram_is_drawn_again() -> None:
    with pytest.raises(diagrams.NotDrawn, match=r"python -m tests\.site\.diagrams"):
        diagrams.shown("```mermaid\nflowchart TD\n  accTitle: New\n  a --> b\n```\n")


def test_no_diagram_breaks_at_a_semicolon() -> None:
    """In Mermaid, a semicolon ends a statement, and only a browser shows the syntax error."""
    block = re.compile(r"^```mermaid\n(.*?)^```", re.MULTILINE | re.DOTALL)
    pages = (hooks.ROOT / "docs").glob("*.md")
    diagrams = [(page.name, diagram) for page in pages for diagram in block.findall(page.read_text())]
    assert diagrams
    assert [name for name, diagram in diagrams if ";" in re.sub(r'"[^"\n]*"', "", diagram)] == []
