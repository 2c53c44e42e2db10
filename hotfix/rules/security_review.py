"""The `security-review` rule: changes of sensitive paths are also approved by the security team."""

from __future__ import annotations

import shlex
import unicodedata
from dataclasses import replace

from pydantic import Field

from hotfix import reviews
from hotfix.facts import Change, Facts
from hotfix.finding import POLICY_EDITORS, Finding, Location, Status, failed, not_evaluated, passed
from hotfix.remedies import pull_commands
from hotfix.reviews import ReviewStanding
from hotfix.rules.base import Rule, RuleOptions, few, unknown_without
from hotfix.rules.review import REVIEW_FACTS, earlier_decisions, refused
from hotfix.text.globs import Patterns, matches
from hotfix.text.words import words

_SHOWN = 10
_LOOKALIKES = str.maketrans(
    "\u0430\u0432\u0435\u043a\u043c\u043d\u043e\u0440\u0441\u0442\u0443\u0445\u0455\u0456\u0458\u0501\u04bb\u051b\u051d"
    "\u03b1\u03b9\u03ba\u03bd\u03bf\u03c1\u03c4\u03c5\u0131",
    "abekmhopctyxsijdhqw" + "aikvoptui",
)
"""Cyrillic and Greek lowercase letters that look like Latin ones."""

# Words also match within camelCase, so `!` excludes false positives: `dialogInput`, `userBackup`.
SENSITIVE_BY_PURPOSE = {
    "signing in, permissions, secrets in code": words(
        "*rbac* !*rback* *stripe* !*striped* !*stripes* *signin* *sign[-_]in* !*designin* !*design[-_]in*",
        "!*assignin* !*assign[-_]in* *login* !*loginfo* !*logindex* !*loginput* !*logintercept* !*loginterface*",
        "!*loginterval* *auth* !*author*",
        # The following globs match regardless of the exclusions above; only prose is excluded below.
        "*auth[!o]* *auth/ *authori[sz]* *authorit* *loginform* login*/ *[-_]login*/ signin*/ sign[-_]in*/ rbac*/",
        "stripe/ stripe[-_]*/ sso sso.* *[-_]sso.* *saml* *jwt* *password* *passwd* *permission* policies/ *csrf*",
        "*oidc* *ldap* *kerberos* *totp* *passkey* *two[-_]factor* *twofactor* 2fa 2fa.* mfa mfa.* *[-_]mfa.* acl",
        "acl.* *[-_]acl.* iam iam.* *[-_]iam.* *api[-_]key* *apikey* *accesstoken* *refreshtoken* *tokenservice*",
        "*tokenprovider* *websecurity* *securityconfig* *credential* *secret* token tokens token.* tokens.*",
        "*[-_]token* *crypto* *encrypt* *decrypt* *cipher* *cookie[-_]session* *session[-_]cookie* *sessioncookie*",
        "*session[-_]store* *sessionstore* *sessions[-_]controller* *sessionscontroller*",
    ),
    "payment": words(
        "*payment* *billing* *checkout* *invoice* *paypal* *adyen* *braintree* *refund* *payout* *wallet*"
    ),
    "prose is none of these": words("!*.md"),
    "keys and settings": words(
        "*.pem *.key *.p12 *.pfx *.jks *.keystore *.crt *.cer *.der .env .env.* id_rsa* id_dsa* id_ecdsa*",
        "id_ed25519* .ssh/ .netrc sudoers sudoers.d/ vault.*",
    ),
    "policies": words(
        ".github/hotfix.yml CODEOWNERS *.rego *.cedar .github/settings.yml firestore.rules storage.rules",
        "database.rules.json *[-_]policy.json *[-_]policy.y*ml *[-_]policy.tf",
    ),
}
SENSITIVE = tuple(glob for globs in SENSITIVE_BY_PURPOSE.values() for glob in globs)
"""The globs in order: a later one takes precedence."""


class SecurityReviewOptions(RuleOptions):
    """Options of the `security-review` rule."""

    paths: Patterns = Field(
        SENSITIVE,
        description="Globs of auth, payment, secret and policy files, upper and lower case alike; "
        "the spec is never one. A bare `session` or `cookie` is as often a database's or a banner's; name yours here",
    )


def check(facts: Facts, options: SecurityReviewOptions) -> Finding:
    """Check for the approval of a second person: the approving tech lead cannot approve for security as well."""
    touched = _touched(facts, options)
    if not touched:
        return unknown_without(facts, "files") or passed(
            "No changed path has a name of `rules.security-review.paths`: auth, payment, secrets, policies"
        )
    if facts.pull is None:
        return not_evaluated(f"{few(touched)} needs the security team's approval, and only GitHub has the reviews")
    security = reviews.standing(facts, facts.people.security)
    leads = reviews.standing(facts, facts.people.tech_leads)
    if security.objections:
        found = refused(security.objections, " of security", f" to {few(touched)}")
        return replace(found, locations=_locations(touched))
    if unknown := unknown_without(facts, *REVIEW_FACTS):
        return unknown
    if not _possible(security, leads):
        return _nobody(facts, touched)
    counted = _counted(security, leads)
    if counted and not security.stale_objections:
        return passed(f"approved for security by {counted} at {facts.head_sha[:7]} ({few(touched)})")
    return _pending(facts, security, leads, touched)


def _touched(facts: Facts, options: SecurityReviewOptions) -> list[str]:
    found = []
    for file in facts.files:
        written = [path for path in (file.path, file.previous_path) if path]
        paths = [*written, *map(_skeleton, written)]
        sensitive = any(matches(options.paths, path, ignore_case=True) for path in paths)
        if sensitive and file.change is not Change.UNCHANGED and not matches((facts.spec_path,), file.path):
            found.append(file.path)
    return found


def _skeleton(path: str) -> str:
    """Return a path with lookalike letters replaced: `\u0430uth` with a Cyrillic letter becomes `auth`."""
    shown = "".join(c for c in unicodedata.normalize("NFKC", path) if unicodedata.category(c) != "Cf")
    return shown.casefold().translate(_LOOKALIKES)


def _counted(security: ReviewStanding, leads: ReviewStanding) -> str | None:
    """Return the login of the valid approval for security: not by the only tech lead who approved."""
    approving = {review.author.login.casefold() for review in leads.approvals}
    logins = (review.author.login for review in security.approvals)
    return next((login for login in logins if approving != {login.casefold()}), None)


def _possible(security: ReviewStanding, leads: ReviewStanding) -> bool:
    """Return whether there are two different people to approve, one as tech lead and one for security."""
    alone = {login.casefold() for login in security.eligible | leads.eligible}
    return bool(security.eligible) and (len(alone) > 1 or not leads.eligible)


def _nobody(facts: Facts, touched: list[str]) -> Finding:
    team = sorted(facts.people.security, key=str.casefold)
    if team:
        why = f"{few(touched)} needs an approval for security, but nobody is left to give it: {', '.join(team)} "
        why += "contributed to this branch or is the only tech lead"
    else:
        why = f"{few(touched)} needs an approval for security, but no security team is named"
    return failed(
        why,
        "Name users or a team under people.security in .github/hotfix.yml on the default branch "
        "(people: {security: [org/security]})",
        actors=(POLICY_EDITORS,),
        locations=_locations(touched),
    )


def _pending(facts: Facts, security: ReviewStanding, leads: ReviewStanding, touched: list[str]) -> Finding:
    who = _who(facts, security, leads)
    details = earlier_decisions(facts, security) + [
        f"{review.author.login} approved, which counts as the tech lead's approval: security's is a second person's"
        for review in security.approvals
        if not security.stale_objections
    ]
    asked = facts.pull is not None and any(name in facts.pull.requested_reviewers for name in who)
    return Finding(
        status=Status.PENDING,
        message=f"{few(touched)} needs an approval for security on {facts.head_sha[:7]}",
        remediation=f"{' or '.join(who)} reviews it and approves, or asks for changes",
        commands=() if asked else (pull_commands.pull_command(facts, "edit", f"--add-reviewer {shlex.quote(who[0])}"),),
        actors=who,
        details=tuple(details),
        locations=_locations(touched),
    )


def _who(facts: Facts, security: ReviewStanding, leads: ReviewStanding) -> tuple[str, ...]:
    """Return who must act: those who objected before, otherwise requested reviewers, otherwise the rest of the team."""
    if security.stale_objections:
        return tuple(review.author.login for review in security.stale_objections)
    lead = leads.approvals[0].author.login if leads.approvals else reviews.in_charge(facts, leads) or ""
    free = [login for login in security.eligible if login.casefold() != lead.casefold()] or list(security.eligible)
    requested = {login.casefold() for login in facts.pull.requested_reviewers} if facts.pull else set()
    asked = [login for login in free if login.casefold() in requested]
    return tuple(sorted(asked or free, key=str.casefold))


def _locations(touched: list[str]) -> tuple[Location, ...]:
    return tuple(Location(path, message="needs the security team's approval") for path in touched[:_SHOWN])


RULE = Rule(
    id="security-review",
    summary="passes when no auth, payment, secret or policy path is touched, or a second person, of the security team, "
    "approved the head",
    options=SecurityReviewOptions,
    check=check,
)
