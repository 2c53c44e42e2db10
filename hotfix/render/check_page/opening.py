"""Render the first lines of the summary: the verdict, the facts and who must act, one line each."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from hotfix import spec
from hotfix.facts import Facts
from hotfix.finding import AUTHOR, Status
from hotfix.policy import PATH, Policy
from hotfix.remedies import pull_commands
from hotfix.render import verdict_parts
from hotfix.render.check_page.github_links import Links
from hotfix.render.check_page.rule_blocks import DETAILS, LONGEST_WORDS, is_folded
from hotfix.render.clock import clock
from hotfix.render.safe_markdown import block, code, names, text
from hotfix.rules.one_thing import namings
from hotfix.rules.severity import declared, in_incidents
from hotfix.spec import SpecSection
from hotfix.text import issue_references, markdown, placeholders
from hotfix.text.durations import moment
from hotfix.text.markdown import LineKind
from hotfix.verdict import Conclusion, Verdict, VerdictKind

_SENTENCE = 140
"""Maximum length of the problem and of the rollback plan, in characters."""
_REVIEWS = frozenset({"review", "security-review"})


def first_lines(verdict: Verdict, policy: Policy, facts: Facts | None, links: Links, squeeze: int) -> str:
    """Return the first lines: the verdict, the facts, who must act, and the verdict's note if there is one."""
    lines = [f"### {verdict_parts.CONCLUSIONS[verdict.conclusion]} {_verdict(verdict, links)}\n"]
    if verdict.kind is VerdictKind.HOTFIX:
        if facts:
            lines.append(f"{_facts(facts, policy, links)}\n")
        lines.append(f"**Who must act:** {_who(verdict, policy, facts)}\n")
        if len(verdict.failed_rules) > 1:
            unfold = " (each line unfolds)" if is_folded(verdict) else ""
            lines.append(f"Fix from top to bottom{unfold}; one push at the end is enough.\n")
        if verdict.note:
            lines.append(noted(verdict.note, squeeze))
    return "\n".join(lines)


def without_rules(verdict: Verdict, policy: Policy, links: Links, squeeze: int) -> str:
    """Return what to do if no rules were evaluated."""
    note = _without_heading(verdict.note) if verdict.kind is VerdictKind.BROKEN_POLICY else verdict.note
    said = noted(note, squeeze, [links.policy("{}", verdict.policy_source, n) for n in verdict.policy_lines])
    match verdict.kind:
        case VerdictKind.BROKEN_POLICY:
            policy_repo = verdict.policy_source.partition("@")[0]
            where = f" of {text(policy_repo, 100)}" if "/" in policy_repo else ""
            return (
                f"**Who must act:** **anyone who may change `{PATH}`** on the default branch{where}\n\n{said}\n"
                "**Fix:** Correct these lines. `hotfix policy validate` checks them in a clone, and "
                "`hotfix policy explain --all` says what each setting means. Open hotfixes are then evaluated again.\n"
            )
        case VerdictKind.MISSING_LABEL:
            label = f"--add-label {shlex.quote(policy.label)}"
            command = pull_commands.command(verdict.repo, verdict.pull, "edit", label)
            pull = f"#{verdict.pull}" if verdict.pull else "the pull request"
            author = f"{names([verdict.author])}, the author" if verdict.author else names([AUTHOR])
            return (
                f"**Who must act:** {author} of {pull}, or anyone who may add labels\n\n{said}\n"
                f"**Fix:** If this is a hotfix:\n\n{block(command, 'sh')}\n"
                "If it is not, open a new pull request from a branch with another name, in a clone:\n\n"
                f"{block(_other_branch(verdict), 'sh')}"
            )
        case _:
            return f"No hotfix rule applies. The label {code(policy.label)} makes a pull request a hotfix.\n\n{said}"


def _other_branch(verdict: Verdict) -> str:
    """Return commands that open a pull request with the same commits from a branch whose name is not a hotfix's."""
    create = f"gh pr create --fill{f' --repo {shlex.quote(verdict.repo)}' if verdict.repo else ''}"
    lines = [
        pull_commands.command(verdict.repo, verdict.pull, "checkout"),
        "git switch --create NEW-NAME",
        "git push --set-upstream origin NEW-NAME",
        f"{create} && {pull_commands.command(verdict.repo, verdict.pull, 'close')}",
    ]
    return "\n".join(lines)


def _without_heading(note: str) -> str:
    """Return a note without the line that introduces its first list, because the headline already says it."""
    before, item, items = note.partition("\n- ")
    kept, _, heading = before.rpartition("\n")
    return f"{kept}{item}{items}" if item and heading.endswith(":") else note


def noted(note: str, squeeze: int, places: Sequence[str] = ()) -> str:
    """Return a note as Markdown; lines that begin with `- ` become list items.

    `places` are link templates for the first items; `{}` in each is replaced by the item's `file:line:column`.
    """
    most, longest = DETAILS[min(squeeze, 1)], LONGEST_WORDS[squeeze]
    lines = [line for line in note.split("\n") if line.strip()]
    shown, links = [], iter(places)
    for line in lines[:most]:
        if not line.startswith("- "):
            shown.append(f"\n{text(line, longest)}\n\n")
            continue
        place, colon, words = line[2:].partition(": ")
        if (link := next(links, "")) and colon:
            shown.append(f"- {link.replace('{}', text(place, 100), 1)}: {text(words, longest)}\n")
        else:
            shown.append(f"- {text(line[2:], longest)}\n")
    if len(lines) > most:
        shown.append(f"- ... and {len(lines) - most} more\n")
    return "".join(shown)


def person(actor: str, facts: Facts | None) -> str:
    """Return an actor in bold; `the author` is replaced by the login, if it is known."""
    author = facts.pull.author if facts and facts.pull else None
    if actor == AUTHOR and author and author.login:
        return f"{names([author.login])} (author)"
    return names([actor])


def _verdict(verdict: Verdict, links: Links) -> str:
    """Return the verdict as one line that does not repeat the check run's title."""
    if verdict.kind is VerdictKind.NOT_A_HOTFIX:
        return "Nothing to do"
    if verdict.kind is VerdictKind.BROKEN_POLICY:
        return "No hotfix can pass until the policy is corrected"
    if verdict.kind is VerdictKind.MISSING_LABEL:
        return "A hotfix needs the label"
    production = verdict.production
    if production and production.shipped_as:
        shown = links.tag(code(production.shipped_as), production.shipped_as)
        although = "" if verdict.conclusion is Conclusion.PASS else ", although it does not pass"
        since = f" since {moment(production.shipped_at)}" if production.shipped_at else ""
        return f"In production as {shown}{since}{although}"
    match verdict.conclusion:
        case Conclusion.FAIL:
            return "Not ready to ship: something must be fixed"
        case Conclusion.UNKNOWN:
            return "No verdict yet"
        case Conclusion.PENDING:
            waiting = {result.rule for result in verdict.of(Status.PENDING)} & _REVIEWS
            return "Waiting for review" if waiting else "Waiting for checks"
        case Conclusion.PASS:
            ended = verdict_parts.ended(verdict)
            return f"Every rule passes, but {ended}" if ended else "Ready to ship"


def _facts(facts: Facts, policy: Policy, links: Links) -> str:
    """Return the facts about the hotfix as one line."""
    found = spec.find(facts, policy.spec_path)
    sections = found.spec.sections if found else {}
    plan = text(_first_words(sections.get("Rollback Plan")), _SENTENCE)
    if plan and found and spec.older_version(found.spec, facts.production):
        plan += " (⚠️ older than the version in production)"
    problem = text(_first_words(sections.get("Problem")), _SENTENCE)
    level = declared(facts)
    due = "" if facts.production and facts.production.shipped_as else clock(facts, policy)
    although = f", although {otherwise}" if (otherwise := in_incidents(facts)) else ""
    parts = [
        (f"**{level}**{f' {due}' if due else ''}" if level else "**no severity in the hotfix**") + although,
        issue(facts, links) or "no issue",
        f"Problem: {problem}" if problem else "no problem statement",
        _change(facts, links),
        f"rollback plan: {plan}" if plan else "no rollback plan",
    ]
    if production := facts.production:
        page = links.tag if production.is_tagged else links.commit
        shown = page(code(production.tag[:40]), production.tag)
        known = {
            "tag": " (by the highest version tag)",
            "release": " (by the latest release)",
        }
        source = "" if production.shipped_as else known.get(production.known_from, "")
        parts.append(f"{'before it in production' if production.shipped_as else 'now in production'}: {shown}{source}")
    return " · ".join(parts)


def issue(facts: Facts, links: Links) -> str:
    """Return links to the first three issues that the hotfix names; empty if it names none."""
    issues = list(dict.fromkeys(named for naming in namings(facts) for named in naming.issues))
    shown = [links.issue(text(issue_references.shown(named, facts.repo), 100), named) for named in issues[:3]]
    return ", ".join(shown) + (" ..." if len(issues) > 3 else "")


def _change(facts: Facts, links: Links) -> str:
    added, removed = sum(f.additions for f in facts.files), sum(f.deletions for f in facts.files)
    count = len(facts.files)
    least = "at least " if "files" in facts.missing else ""
    lines = f" ({least}{added + removed:,} lines)" if removed and added else ""
    shown = f"{least}+{added:,} −{removed:,} in {count:,} file{'' if count == 1 else 's'}{lines}"
    return links.comparison(shown, facts.production.tag, facts.head_sha) if facts.production else shown


def _first_words(section: SpecSection | None) -> str:
    """Return the first sentence of a section; empty if there is none or it is a placeholder."""
    if section is None:
        return ""
    for line in section.lines:
        item = markdown.item(line.text)
        words = (item.text if item else line.text).strip()
        if line.kind in (LineKind.TEXT, LineKind.QUOTE) and words and not placeholders.is_nothing(words):
            if placeholders.find(words):
                return ""
            return words.split(". ")[0].rstrip(".")
    return ""


def _who(verdict: Verdict, policy: Policy, facts: Facts | None) -> str:
    """Return who must act now, and who after that."""
    match verdict.conclusion:
        case Conclusion.PASS:
            return _who_ships(verdict, policy, facts)
        case Conclusion.UNKNOWN:
            return _who_of_unknown(verdict, facts)
        case _:
            pass
    pending = verdict.of(Status.PENDING)
    failing = bool(verdict.of(Status.FAILED))
    now = _each(list(verdict_parts.acting(verdict).items()), facts, with_rules=not failing)
    if not (failing and pending):
        return now or "nobody, the checks report on their own"
    after = _each(list(verdict_parts.by_actor(pending).items()), facts, with_rules=True)
    return f"{now}{f'; then {after}' if after else ''}"


def _each(who: Sequence[tuple[str, Sequence[str]]], facts: Facts | None, *, with_rules: bool = False) -> str:
    """Return the actors; with `with_rules` or several actors, each with the rules to act on."""
    shown = []
    for actor, rules in who[:10]:
        about = f" ({', '.join(code(rule) for rule in rules)})" if with_rules or len(who) > 1 else ""
        shown.append(f"{person(actor, facts)}{about}")
    if len(who) > len(shown):
        shown.append(f"{len(who) - len(shown)} more")
    return ", ".join(shown)


def _who_of_unknown(verdict: Verdict, facts: Facts | None) -> str:
    if who := _each(list(verdict_parts.acting(verdict).items()), facts):
        return who
    if verdict.retry:
        return "nobody, it is retried automatically"
    if facts and "production" in facts.missing:
        return (
            f"{_who_knows_production(facts)}: decide what runs in production; `/hotfix recheck` then evaluates it again"
        )
    return f"{person(AUTHOR, facts)}, as described below; a push is evaluated automatically"


def _who_knows_production(facts: Facts) -> str:
    """Return the tech leads, who can state what runs in production; without any, whoever may change the policy."""
    leads = sorted(facts.people.tech_leads, key=str.casefold)
    if not leads:
        return f"**whoever may change `{PATH}`**"
    return f"{names(leads, 3)} ({'tech lead' if len(leads) == 1 else 'one of the tech leads'})"


def _who_ships(verdict: Verdict, policy: Policy, facts: Facts | None) -> str:
    if verdict.production and verdict.production.shipped_as:
        return f"{person(AUTHOR, facts)}, for the remaining tasks"
    if verdict_parts.ended(verdict):
        return f"{person(AUTHOR, facts)} or **the incident commander**: find out why before it is shipped again"
    if policy.deploy.workflow and starts_automatically(facts):
        return "nobody, it is shipped automatically"
    return "**the incident commander**, or anyone else with write access: ship it before it is merged"


def starts_automatically(facts: Facts | None) -> bool:
    """Return whether the App starts the deploy workflow once this passes; it doesn't for pull requests from forks."""
    pull = facts.pull if facts else None
    return facts is not None and pull is not None and (pull.head_repo or "").casefold() == facts.repo.casefold()
