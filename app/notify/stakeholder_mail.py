"""Send e-mail and other messages to stakeholders through Apprise: Teams, Discord, webhooks and others."""

from __future__ import annotations

import logging

from apprise import Apprise, NotifyBase, NotifyFormat, NotifyType
from apprise.plugins.email import NotifyEmail

from app.notify.recipients import NotifySettings
from app.notify.undelivered import Cause, Undelivered

# Apprise's log messages may quote URLs, which contain passwords.
logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)


def send(settings: NotifySettings, name: str, address: str, title: str, text: str) -> None:
    """Send a message to a `mailto:` address or to the operator's entry with that name. Raises Undelivered.

    Apprise reports whether a message was sent, but not why it failed.
    """
    mail = address.startswith("mailto:")
    entry = settings.mail_entry(name) if mail else settings.urls.get(address)
    if entry is None:
        raise Undelivered("the service has no entry for this address", cause=Cause.CONFIGURATION)
    try:
        service = Apprise.instantiate(entry.get_secret_value(), suppress_exceptions=True)
        if not isinstance(service, NotifyBase):
            why = "the service's entry for this address is not an Apprise URL"
            raise Undelivered(why, cause=Cause.CONFIGURATION)
        if mail and isinstance(service, NotifyEmail):
            service.targets = [(False, address.removeprefix("mailto:").partition("?")[0])]
        sender = Apprise()
        sender.add(service)
        sent = sender.notify(body=text, title=title, notify_type=NotifyType.WARNING, body_format=NotifyFormat.TEXT)
    except Undelivered:
        raise
    except Exception as error:  # its message may quote the address
        raise Undelivered(f"could not be sent: {type(error).__name__}", cause=Cause.UNEXPLAINED) from None
    if not sent:
        raise Undelivered("could not be sent: refused, or no answer", cause=Cause.UNEXPLAINED)
