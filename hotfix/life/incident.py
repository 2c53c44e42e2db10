"""Derive the state of an incident that stages, clocks, checklist and debts share."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from hotfix import reviews
from hotfix.facts import ReviewState
from hotfix.life import incident_form
from hotfix.life.incident_commands import CommandName, DoneLine, IncidentRole
from hotfix.life.incident_form import IncidentDescription
from hotfix.life.record import (
    GivenCommand,
    HotfixPull,
    IncidentDeployment,
    IncidentRecord,
    ReviewGiven,
    ReviewRequested,
    SubIssue,
)
from hotfix.life.rights import AnsweredCommands, authorize, in_order
from hotfix.policy import Policy
from hotfix.severities import Severity


@dataclass(frozen=True)
class Incident:
    """The state of an incident, derived from its record and the policy at a point in time."""

    record: IncidentRecord
    policy: Policy
    now: datetime

    # The incident

    @cached_property
    def declaration(self) -> tuple[datetime, str]:
        """The time and author of the declaration: the label, or the first `/hotfix declare` with write access."""
        record = self.record
        found = [(record.labelled_at, record.author)] if record.labelled_at else []
        found += [
            (command.at, command.by)
            for command in in_order(record.commands)
            if command.request.name is CommandName.DECLARE
            and (command.ruling or (command.ruling is None and command.writer))
        ]
        return min(found, default=(record.created_at, record.author))

    @cached_property
    def is_incident(self) -> bool:
        """Whether the label or an accepted command makes the issue an incident."""
        return self.record.labelled_at is not None or bool(self.commands(CommandName.DECLARE))

    @property
    def declared_at(self) -> datetime:
        return self.declaration[0]

    @cached_property
    def about(self) -> IncidentDescription:
        return incident_form.read(self.record.body, self.declared_at)

    @cached_property
    def answered_commands(self) -> AnsweredCommands:
        named = self.about.commander
        known = named and named.casefold() not in self.record.strangers
        return authorize(self.record, named if known else self.declaration[1])

    @property
    def commander(self) -> str:
        return self.answered_commands.commander

    def commands(self, *names: CommandName) -> tuple[GivenCommand, ...]:
        """Return the accepted commands of these kinds, oldest first."""
        return tuple(command for command in self.answered_commands.accepted if command.request.name in names)

    @cached_property
    def severity(self) -> Severity | None:
        """The severity of the last accepted command; without one, the severity in the issue form."""
        commands = self.commands(CommandName.DECLARE, CommandName.SEVERITY)
        return Severity(commands[-1].request.target) if commands else self.about.severity

    @cached_property
    def declared_severity(self) -> Severity | None:
        """The severity at the declaration, whatever it was changed to later."""
        first = next(iter(self.commands(CommandName.DECLARE)), None)
        if first and (first.at, first.by) == self.declaration:
            return Severity(first.request.target)
        return self.about.severity

    @cached_property
    def can_wait(self) -> str:
        """The reason why the incident can wait for the next release; empty if it can't, or a command overrules it."""
        decided = self.commands(CommandName.SEVERITY)
        if decided and decided[-1].request.target != Severity.P2:
            return ""
        return incident_form.can_wait(self.about, self.severity)

    @cached_property
    def roles(self) -> dict[IncidentRole, str]:
        """The login assigned to each role; always includes the commander, if there is one."""
        found = {IncidentRole.COMMANDER: self.commander} if self.commander else {}
        for command in self.commands(CommandName.ASSIGN):
            found[IncidentRole(command.request.target)] = command.request.text
        return found

    def done(self, line: DoneLine) -> GivenCommand | None:
        """Return the first command that marks a checklist line as done."""
        return next((command for command in self.commands(CommandName.DONE) if command.request.target == line), None)

    # The hotfix

    @cached_property
    def live_pulls(self) -> tuple[HotfixPull, ...]:
        """The pull requests that are open, merged, or were successfully deployed to production."""
        shipped = {each.sha for each in self.record.production if each.succeeded_at}
        return tuple(p for p in self.record.pulls if p.open or p.merged or shipped & set(shas(p)))

    @cached_property
    def rivals(self) -> tuple[HotfixPull, ...]:
        """The open pull requests, if there are several and no pull request has a production deployment.

        The App then doesn't guess which one is the fix.
        """
        opened = tuple(p for p in self.live_pulls if p.open)
        return opened if len(opened) > 1 and not any(self._reached(p) for p in self.live_pulls) else ()

    @cached_property
    def pull(self) -> HotfixPull | None:
        """The pull request that fixes the incident; None if there is none, or if there are rivals."""
        if self.rivals:
            return None
        reached = [p for p in self.live_pulls if self._reached(p)]
        opened = [p for p in self.live_pulls if p.open]
        found = opened[-1:] or reached[-1:] or self.live_pulls[-1:]
        if reached and opened and self._live_of(reached[-1]):
            found = reached[-1:]
        return found[0] if found else None

    def _reached(self, pull: HotfixPull) -> bool:
        return any(each.sha in shas(pull) for each in self.record.production)

    def _live_of(self, pull: HotfixPull) -> bool:
        return bool(self.live and self.live.sha in shas(pull))

    @cached_property
    def author(self) -> str:
        """The author of the fix: whoever wrote `/hotfix start`, otherwise the author of the pull request."""
        if self.pull is None:
            return ""
        starts = self.commands(CommandName.START)
        started = next((command.by for command in starts if self.pull.branch.endswith(command.request.target)), "")
        return started or self.pull.author

    @cached_property
    def approval(self) -> ReviewGiven | None:
        """The last approval of the head by a tech lead; without one, the last approval by anyone."""
        if self.pull is None:
            return None
        leads = {login.casefold() for login in self.record.people.tech_leads}
        found = [r for r in self.pull.reviews if r.state is ReviewState.APPROVED and r.sha == self.pull.head]
        eligible = [r for r in found if r.by.casefold() in leads] or found
        return eligible[-1] if eligible else None

    @cached_property
    def review_requests(self) -> tuple[ReviewRequested, ...]:
        """The review requests to tech leads."""
        return tuple(one for one in self.pull.asked if self._leads(one.who)) if self.pull else ()

    @cached_property
    def review_decisions(self) -> tuple[ReviewGiven, ...]:
        """The reviews in which tech leads approved a head or requested changes on it."""
        given = self.pull.reviews if self.pull else ()
        return tuple(review for review in given if review.state in reviews.DECISIONS and self._leads(review.by))

    @cached_property
    def earlier_decisions(self) -> frozenset[datetime]:
        """The times of the decisions on earlier heads."""
        return frozenset(review.at for review in self.review_decisions if self.pull and review.sha != self.pull.head)

    @cached_property
    def review_requested_at(self) -> datetime | None:
        """The time of the first review request to a tech lead since the last decision on an earlier head."""
        return reviews.current_request([one.at for one in self.review_requests], self.earlier_decisions)

    @cached_property
    def reviewable_since(self) -> datetime | None:
        """The time from which the review's time limit counts; None if no tech lead's review is requested."""
        if (pull := self.pull) is None:
            return None
        return reviews.reviewable_since(self.review_requested_at, pull.ready_at, pull.head_pushed_at, pull.changed_at)

    def _leads(self, login: str) -> bool:
        return login.casefold() in {lead.casefold() for lead in self.record.people.tech_leads}

    def passed(self, *rules: str) -> bool:
        """Return whether all of these rules pass, are overridden or are off in the published verdict on the head."""
        ruling = self.pull.ruling if self.pull else None
        return ruling is not None and all(
            ruling.rules.get(rule, "passed") in ("passed", "overridden") for rule in rules
        )

    # Production

    @cached_property
    def fix_shas(self) -> frozenset[str]:
        """All commits of the fix: the heads, merge commits and commits of the live pull requests."""
        return frozenset(sha for pull in self.live_pulls for sha in shas(pull))

    @cached_property
    def shipped(self) -> tuple[IncidentDeployment, ...]:
        """The deployments of the fix to production, oldest first."""
        found = (d for d in self.record.production if d.sha in self.fix_shas and d.kind != "rollback")
        return tuple(sorted(found, key=lambda d: (d.at, d.id)))

    @cached_property
    def live(self) -> IncidentDeployment | None:
        """The last successful deployment of the fix to production, even if it was rolled back later."""
        return self._succeeded[-1] if self._succeeded else None

    @cached_property
    def _succeeded(self) -> tuple[IncidentDeployment, ...]:
        return tuple(each for each in self.shipped if each.succeeded_at)

    @cached_property
    def rollback(self) -> IncidentDeployment | None:
        """The deployment that replaced the fix in production with an earlier version."""
        return self._rollback_of(self.live) if self.live else None

    def _rollback_of(self, fix: IncidentDeployment, until: int | None = None) -> IncidentDeployment | None:
        """Return the deployment before the one with the ID `until` that replaced a deployment of the fix."""
        if fix.succeeded_at is None:
            return None
        before = {d.sha for d in self.record.production if d.succeeded_at and d.id < fix.id}
        after: set[str] = set()
        for each in sorted(self.record.production, key=lambda d: d.id):
            if until is not None and each.id >= until:
                break
            if each.id <= fix.id or not each.succeeded_at or each.succeeded_at < fix.succeeded_at:
                continue
            # A rollback to a release that was deployed after the fix reverts a newer release, not the fix.
            back = each.sha in before or (each.kind == "rollback" and each.sha not in after)
            if back and each.sha not in self.fix_shas:
                return each
            after.add(each.sha)
        return None

    @cached_property
    def restored(self) -> IncidentDeployment | None:
        """The rollback that mitigated the incident without a hotfix, by deploying an earlier version."""
        return self._restorations[-1] if self.live is None and self._restorations else None

    @cached_property
    def _restorations(self) -> tuple[IncidentDeployment, ...]:
        """The rollbacks of the broken release, before the fix first reached production."""
        until = self._succeeded[0].id if self._succeeded else None
        in_order = [d for d in sorted(self.record.production, key=lambda d: d.id) if d.succeeded_at]
        in_order = [d for d in in_order if until is None or d.id < until]
        ran = [d.sha for d in in_order if d.succeeded_at and d.succeeded_at < self.declared_at]
        found, since = [], set(ran[-1:])
        for d in in_order:
            if d.at < self.declared_at:
                continue
            # The version that ran at the declaration is broken: a rollback to it reverts a newer release.
            later = d.sha in ran[-1:] and since != {d.sha}
            if not later and (d.kind == "rollback" or d.sha in ran):
                found.append(d)
            since.add(d.sha)
        return tuple(found)

    @cached_property
    def rollbacks(self) -> tuple[IncidentDeployment, ...]:
        """All rollbacks during the incident, oldest first: of the broken release, then of the fix."""
        following = [*(each.id for each in self._succeeded[1:]), None]
        of_fix = (self._rollback_of(each, until) for each, until in zip(self._succeeded, following, strict=False))
        return (*self._restorations, *(each for each in of_fix if each))

    @cached_property
    def in_production_at(self) -> datetime | None:
        """The time since which the fix runs in production; None if it doesn't, was rolled back, or failed since."""
        live = self.live
        return live.succeeded_at if live and not live.failed_at and not self.rollback else None

    @cached_property
    def rollback_count(self) -> int:
        """The number of deployments that replaced the fix in production before its last deployment."""
        first = next((each for each in self.shipped if each.succeeded_at), None)
        if first is None or self.live is None:
            return 0
        between = (each for each in self.record.production if first.id < each.id < self.live.id)
        return sum(1 for each in between if each.succeeded_at and each.sha not in self.fix_shas)

    @cached_property
    def staged(self) -> IncidentDeployment | None:
        """The last successful deployment to staging of the head, the merge commit or the commit in production."""
        wanted = {self.pull.head, self.pull.merge_sha} if self.pull else set()
        wanted |= {self.live.sha} if self.live and not self.rollback else set()
        found = [d for d in self.record.staging if d.sha in wanted and d.succeeded_at]
        return found[-1] if found else None

    @cached_property
    def verified(self) -> GivenCommand | None:
        """The command that verified the fix, or the rollback, in production: the first one since it was reopened.

        Repeating the command does not change when the issue was resolved.
        """
        since = self.in_production_at or (self.restored.succeeded_at if self.restored else None)
        found = [command for command in self.commands(CommandName.VERIFIED) if since and command.at >= since]
        again = [turn.at for turn in self.record.turns if not turn.closed and not turn.ours]
        again += [command.at for command in self.commands(CommandName.REOPEN)]
        before = max((at for at in again if found and at <= found[-1].at), default=None)
        return next((command for command in found if before is None or command.at >= before), None)

    @cached_property
    def deployments(self) -> tuple[IncidentDeployment, ...]:
        """The deployments of the fix and the rollbacks of this incident, without those of other hotfixes."""
        staged = tuple(each for each in self.record.staging if each.sha in self.fix_shas)
        back = {each.id for each in self.rollbacks}
        return (*staged, *(each for each in self.record.production if each in self.shipped or each.id in back))

    # After the fix

    @cached_property
    def follow_ups(self) -> tuple[SubIssue, ...]:
        found = (i for i in self.record.sub_issues if i.marker.startswith("follow-up "))
        return tuple(sorted(found, key=lambda i: i.number))

    @cached_property
    def post_mortem(self) -> SubIssue | None:
        """The post-mortem issue; the oldest if there are several."""
        found = [issue for issue in self.record.sub_issues if issue.marker == "post-mortem"]
        return min(found, key=lambda issue: issue.number, default=None)

    @cached_property
    def post_mortem_date(self) -> GivenCommand | None:
        """The last command that sets the date of the post-mortem."""
        found = self.commands(CommandName.POST_MORTEM)
        return found[-1] if found else None

    @property
    def post_mortem_owner(self) -> str:
        return self.roles.get(IncidentRole.POST_MORTEM) or self.policy.post_mortem.owner or self.commander


def shas(pull: HotfixPull) -> tuple[str, ...]:
    """Return the commits that identify the fix of a pull request in production."""
    return tuple(dict.fromkeys(sha for sha in (pull.head, pull.merge_sha, *pull.commits) if sha))
