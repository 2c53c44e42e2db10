"""Check the messaging services: their credentials, and that the channels, pages and schedules in the policy exist.

No messages are sent, and findings never contain a credential. Client libraries are imported inside the checks that need
them, because this module is imported each time the service starts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from app.doctor.diagnosis import Diagnosis, ok, problem, warning
from app.notify.recipients import NotifySettings
from app.notify.undelivered import Undelivered
from hotfix.policy import Policy

SCOPES = frozenset({"chat:write", "channels:read", "channels:history"})
"""OAuth scopes the Slack bot needs; private channels also need `groups:*`."""


def credentials(settings: NotifySettings) -> Iterator[Diagnosis]:
    """Check that each configured credential is accepted. Credentials that are not set are skipped."""
    if settings.slack_token.get_secret_value():
        yield from _slack(settings)
    if settings.statuspage_key.get_secret_value():
        from app.notify import statuspage

        yield _accepted(
            "statuspage",
            lambda: statuspage.pages(settings),
            "Statuspage accepts the key",
            "Set HOTFIX_STATUSPAGE_KEY to an API key of the organization (Statuspage: Manage account, API keys), and "
            "check HOTFIX_STATUSPAGE_API_URL.",
        )
    if settings.pagerduty_key.get_secret_value():
        from app.notify import pagerduty

        yield _accepted(
            "pagerduty",
            lambda: pagerduty.accepts_key(settings),
            "PagerDuty accepts the REST key",
            "Set HOTFIX_PAGERDUTY_KEY to a read-only REST key (PagerDuty: Integrations, API access keys), and check "
            "HOTFIX_PAGERDUTY_API_URL.",
        )
    if settings.pagerduty_routing_key.get_secret_value():
        from app.notify import pagerduty

        yield _accepted(
            "pagerduty events",
            lambda: pagerduty.accepts_routing_key(settings),
            "PagerDuty accepts events with the routing key",
            "Set HOTFIX_PAGERDUTY_ROUTING_KEY to the key of the service's Events API v2 integration, and check "
            "HOTFIX_PAGERDUTY_EVENTS_URL.",
        )


def recipients(settings: NotifySettings, policy: Policy) -> Iterator[Diagnosis]:
    """Check that the channels, status page and on-call schedule named in the policy exist."""
    notify = policy.notify
    channels = [notify.channel, *(address for address in notify.stakeholders.values() if address.startswith("#"))]
    if settings.slack_token.get_secret_value():
        for channel in dict.fromkeys(name for name in channels if name):
            yield from _channel(settings, channel)
    if page := notify.status_page.page:
        yield _named(
            "status page",
            "HOTFIX_STATUSPAGE_KEY" if not settings.statuspage_key.get_secret_value() else "",
            lambda: _known_page(settings, page),
            f"Statuspage knows the page {page}",
            "Correct notify.status_page.page in the policy: the id is in the page's address at Statuspage.",
        )
    if schedule := notify.pagerduty.schedule:
        yield _named(
            "on call",
            "HOTFIX_PAGERDUTY_KEY" if not settings.pagerduty_key.get_secret_value() else "",
            lambda: _asked_on_call(settings, schedule),
            f"PagerDuty knows the schedule {schedule}",
            "Correct notify.pagerduty.schedule in the policy: the id is in the schedule's address at PagerDuty.",
        )
    if notify.pagerduty.service and not settings.pagerduty_routing_key.get_secret_value():
        yield _unset("alerts", "HOTFIX_PAGERDUTY_ROUTING_KEY")


def _asked_on_call(settings: NotifySettings, schedule: str) -> None:
    from app.notify import pagerduty

    pagerduty.on_call(settings, schedule)


def _slack(settings: NotifySettings) -> Iterator[Diagnosis]:
    from app.notify.slack import Slack

    try:
        name, scopes = Slack(settings).identity()
    except Undelivered as error:
        yield problem(
            "slack",
            error.problem,
            "Set HOTFIX_SLACK_TOKEN to the bot token (xoxb-...) of your Slack app (OAuth & Permissions; install it "
            "again if it was removed), and check HOTFIX_SLACK_API_URL.",
        )
        return
    if scopes and (missing := sorted(SCOPES - scopes)):
        yield problem(
            "slack scopes",
            f"the Slack bot lacks {', '.join(missing)}",
            "Add them under OAuth & Permissions, Bot Token Scopes, and install the Slack app again.",
        )
    else:
        yield ok("slack", f"Slack accepts the token of {name}")


def _channel(settings: NotifySettings, channel: str) -> Iterator[Diagnosis]:
    from app.notify.slack import Slack

    check = f"channel {channel}"
    try:
        is_member = Slack(settings).membership(channel)
    except Undelivered as error:
        yield warning(check, error.problem, "See slack, in hotfix doctor without a repository.")
        return
    if is_member is None:
        fix = "Create it, or correct notify in the policy; to a private one invite the bot, which needs groups:read."
        yield problem(check, f"Slack shows the bot no channel {channel}", fix)
    elif not is_member:
        yield problem(check, f"the Slack bot is not in {channel}", f"Write /invite and the bot's name in {channel}.")
    else:
        yield ok(check, f"the Slack bot is in {channel}")


def _known_page(settings: NotifySettings, page: str) -> None:
    from app.notify import statuspage

    if page not in statuspage.pages(settings):
        raise Undelivered(f"the key of Statuspage reaches no page {page}")


def _named(check: str, unset: str, ask: Callable[[], object], said: str, fix: str) -> Diagnosis:
    return _unset(check, unset) if unset else _accepted(check, ask, said, fix)


def _unset(check: str, setting: str) -> Diagnosis:
    message = f"the policy names one, but the service has no {setting}: it is not used"
    return warning(check, message, f"Set {setting}, or remove it from notify in the policy.")


def _accepted(check: str, ask: Callable[[], object], said: str, fix: str) -> Diagnosis:
    try:
        ask()
    except Undelivered as error:
        return problem(check, error.problem, fix)
    return ok(check, said)
