"""Mail to stakeholders, through the operator's Apprise entries, to a real mail server on loopback."""

from __future__ import annotations

from contextlib import closing

import pytest
from pydantic import SecretStr

from app.notify import stakeholder_mail
from app.notify.recipients import NotifySettings
from app.notify.undelivered import Undelivered
from tests.services.smtp import FakeSmtp


def test_mail_goes_to_the_policys_address_through_an_entry() -> None:
    with closing(FakeSmtp()) as server:
        url = f"mailto://127.0.0.1:{server.port}/?from=hotfix@acme.test&to=nobody@acme.test&mode=insecure"
        settings = NotifySettings(urls={"hook": SecretStr("json://127.0.0.1"), "mail": SecretStr(url)})
        stakeholder_mail.send(settings, "support", "mailto:support@acme.test", "Checkout fails", "CRITICAL INCIDENT")
    assert [to for to, _ in server.mails] == [["support@acme.test"]]
    assert "Checkout fails" in server.mails[0][1]


def test_what_cannot_be_sent_never_quotes_the_entry() -> None:
    settings = NotifySettings(urls={"mail": SecretStr("mailtos://user:a-password@127.0.0.1:1/?from=a@b.test")})
    with pytest.raises(Undelivered) as caught:
        stakeholder_mail.send(settings, "support", "mailto:support@acme.test", "Checkout fails", "text")
    assert "a-password" not in f"{caught.value}{caught.value.__cause__}"
