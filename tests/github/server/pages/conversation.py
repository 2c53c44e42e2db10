"""The pages of an issue and of a pull request with its check, in GitHub's style, for interactive use."""

from __future__ import annotations

import base64
import hashlib
import html
import re
from functools import cache
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from tests.github.server import acts
from tests.github.server.pages.site import HTML, Visit, page
from tests.github.server.routing import Answer, Problem
from tests.github.server.run_state import CheckRun
from tests.github.server.show import people
from tests.github.server.state import Issue, Pull, Review

STYLES = Path(__file__).with_name("github-markdown-light.css")
CHECK = "hotfix"
TASK = re.compile(r"\[[ xX]\] ")
MARKS = {"success": "✓", "failure": "✗", "action_required": "!", None: "●"}
_OWN_STYLES = (
    "body{margin:0 auto;max-width:900px;padding:16px;box-sizing:border-box;"
    "font-family:-apple-system,'Segoe UI','Noto Sans',Helvetica,Arial,sans-serif}"
    "header,h1+p{color:#59636e;font-size:14px}header{border-bottom:1px solid #d1d9e0;margin-bottom:12px;"
    "padding-bottom:8px}h1{font-size:24px;margin:0 0 4px}h2.title{font-size:20px;font-weight:600;margin:8px 0 16px}"
    "section{border:1px solid #d1d9e0;border-radius:6px;padding:16px;margin-top:16px}"
    "section>p.by{color:#59636e;font-size:14px;margin:0 0 8px}"
)
_FOLLOW = (
    "let sent=false;addEventListener('submit',()=>{sent=true});const shown=document.body.dataset.version;"
    "setInterval(async()=>{try{const now=await(await fetch(location.href)).text();"
    "if(!sent&&!now.includes(`data-version='${shown}'`))location.reload()}catch{}},2000)"
)
"""Script that reloads the page when it has changed, like GitHub's live updates; never while a form is submitted."""
_FOLLOW_HASH = base64.b64encode(hashlib.sha256(_FOLLOW.encode()).digest()).decode()


def _task_lists(state: StateCore) -> None:
    """Show list items that begin with `[ ]` or `[x]` with a check box."""
    for item, token in zip(state.tokens, state.tokens[2:], strict=False):
        if item.type == "list_item_open" and token.type == "inline" and token.children and TASK.match(token.content):
            text, box = token.children[0], Token("html_inline", "", 0)
            checked = "" if text.content[1] == " " else " checked"
            box.content = f"<input type=checkbox class=task-list-item-checkbox disabled{checked}> "
            text.content = text.content[4:]
            token.children.insert(0, box)
            item.attrSet("class", "task-list-item")


GFM = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
GFM.core.ruler.push("task lists", _task_lists)


def load() -> None:
    """Do nothing: importing this module registers its pages."""


@page("GET", r"/(?P<owner>[\w.-]+)/(?P<name>[\w.-]+)/pull/(?P<number>\d+)(?:/checks)?")
def show_pull(at: Visit, owner: str, name: str, number: str) -> Answer:
    """Show the description, the comments and the `hotfix` check run of a pull request."""
    issue = _issue(at, owner, name, number)
    if issue.pull is None:
        raise Problem(404, "Not Found")
    run = _check(issue.pull)
    shown = check(run.title or "", run.summary or "", run.conclusion, run.status) if run else "<p>No check yet.</p>"
    above = f"<section>{shown}</section>{_buttons(issue.pull)}"
    return _page(issue, above)


@page("POST", r"/(?P<owner>[\w.-]+)/(?P<name>[\w.-]+)/pull/(?P<number>\d+)")
def approve(at: Visit, owner: str, name: str, number: str) -> Answer:
    """Approve the commit that the page showed, as the reviewer whose button was pressed."""
    pull = _issue(at, owner, name, number).pull
    who = next((one for one in pull.requested_users if one.login == at.form.get("as")), None) if pull else None
    if pull is None or who is None or not pull.repo.git.objects.has(at.form.get("sha", "")):
        raise Problem(404, "Not Found")
    review = Review(at.world.new_id(), who, "APPROVED", "", at.form["sha"], None, people.association(who, pull.repo))
    pull.reviews.append(review)
    acts.submit_review(at.world, pull, review, who)
    return Answer(303, None, {"location": f"/{owner}/{name}/pull/{number}"})


@page("GET", r"/(?P<owner>[\w.-]+)/(?P<name>[\w.-]+)/issues/(?P<number>\d+)")
def show_issue(at: Visit, owner: str, name: str, number: str) -> Answer:
    """Show an issue and its comments."""
    return _page(_issue(at, owner, name, number), "")


def check(title: str, summary: str, conclusion: str | None, status: str = "completed") -> str:
    """Return a check run as GitHub shows it: its name, title and summary."""
    said = conclusion if status == "completed" else "in progress"
    return (
        f"<header>{CHECK} / <b>{CHECK}</b> {MARKS.get(conclusion, '●')} {html.escape(said or 'in progress')}</header>"
        f"<h2 class='title'>{html.escape(title)}</h2><article class='markdown-body'>{GFM.render(summary)}</article>"
    )


def document(title: str, body: str, script: str = "") -> str:
    """Return a page with GitHub's published styles."""
    code = f"<script>{script}</script>" if script else ""
    version = hashlib.sha256(body.encode()).hexdigest()
    return (
        f"<!doctype html><html lang=en><meta charset=utf-8><title>{html.escape(title)}</title>"
        f"<style>{_styles()}{_OWN_STYLES}</style><body data-version='{version}'>{body}{code}</html>"
    )


@cache
def _styles() -> str:
    return STYLES.read_text("utf-8")


def _issue(at: Visit, owner: str, name: str, number: str) -> Issue:
    found = at.world.find_repo(owner, name).issues.get(int(number))
    if found is None:
        raise Problem(404, "Not Found")
    return found


def _check(pull: Pull) -> CheckRun | None:
    runs = [r for r in pull.repo.check_runs.values() if r.head_sha == pull.head_sha and r.name == CHECK]
    return max(runs, key=lambda run: run.id, default=None)


def _buttons(pull: Pull) -> str:
    """Return a button for each requested reviewer that approves on their behalf."""
    if pull.issue.state != "open":
        return ""
    sha = f'<input type="hidden" name="sha" value="{pull.head_sha}">'
    buttons = (
        f'<button name="as" value="{html.escape(one.login)}">Approve as {html.escape(one.login)}</button>'
        for one in pull.requested_users
    )
    said = " ".join(buttons)
    path = f"/{pull.repo.full_name}/pull/{pull.number}"
    return f'<section><form method="post" action="{path}">{sha}{said}</form></section>' if said else ""


def _page(issue: Issue, above: str) -> Answer:
    state = "merged" if issue.pull and issue.pull.merged_at else issue.state
    labels = ", ".join(label.name for label in issue.labels)
    about = f"{issue.repo.full_name} · {state} · {labels or 'no labels'}"
    said = [(issue.user.login, issue.body or ""), *((c.user.login, c.body) for c in issue.comments)]
    sections = "".join(
        f"<section><p class=by><b>{html.escape(who)}</b></p>"
        f"<article class='markdown-body'>{GFM.render(text)}</article></section>"
        for who, text in said
    )
    title = f"{issue.title} #{issue.number}"
    body = f"<h1>{html.escape(title)}</h1><p>{html.escape(about)}</p>{above}{sections}"
    allowed = f"style-src 'unsafe-inline'; script-src 'sha256-{_FOLLOW_HASH}'; connect-src 'self'"
    headers = {**HTML, "content-security-policy": f"default-src 'none'; {allowed}"}
    return Answer(200, document(title, body, _FOLLOW).encode(), headers)
