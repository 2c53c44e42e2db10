"""Webhooks of the simulated GitHub: signed, sent once, listed, redelivered, lost and held."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.github import Acme, sign
from tests.github.server import posting
from tests.waiting import PATIENCE, POLL


class Listener:
    """A small web server that records its requests."""

    def __init__(self) -> None:
        self.heard: list[tuple[dict[str, str], bytes]] = []
        self.connections = 0
        self.status = 202
        self.says_length = True
        self.protocol = "HTTP/1.0"
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def setup(self) -> None:
                listener.connections += 1
                self.protocol_version = listener.protocol
                super().setup()

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                listener.heard.append(({k.lower(): v for k, v in self.headers.items()}, body))
                self.send_response(listener.status)
                if listener.says_length:
                    self.send_header("content-length", "4")
                self.end_headers()
                self.wfile.write(b"seen")

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/webhooks"
        threading.Thread(target=self.server.serve_forever, args=(POLL,), daemon=True).start()

    def events(self) -> list[str]:
        return [headers["x-github-event"] for headers, _ in self.heard]


@pytest.fixture
def listener(acme: Acme) -> Iterator[Listener]:
    one = Listener()
    acme.app.webhook_url = one.url
    acme.github.forget()
    yield one
    one.server.shutdown()
    one.server.server_close()


def test_a_delivery_is_signed_and_named(acme: Acme, listener: Listener) -> None:
    pull = acme.hotfix()
    acme.github.settle()
    headers, body = next(h for h in listener.heard if h[0]["x-github-event"] == "pull_request")
    assert headers["x-hub-signature-256"] == sign(acme.app.webhook_secret, body)
    guids = [h["x-github-delivery"] for h, _ in listener.heard]
    assert len(set(guids)) == len(guids)
    opened = next(d for d in acme.github.deliveries if (d.event, d.action) == ("pull_request", "opened"))
    assert opened.payload["number"] == pull.number
    assert opened.payload["installation"]["id"] == acme.installation.id
    assert opened.status == 202


@pytest.mark.parametrize("says_length", [True, False])
def test_an_answer_is_kept_to_its_end(acme: Acme, listener: Listener, says_length: bool) -> None:
    """An old server sends no length; its answer ends when the connection is closed."""
    listener.says_length = says_length
    acme.hotfix()
    acme.github.settle()
    path = f"/app/hook/deliveries/{acme.github.deliveries[-1].id}"
    answer = acme.github.rest("GET", path, token=acme.github.jwt(acme.app))
    assert (answer.data["status_code"], answer.data["response"]["payload"]) == (202, "seen")


@pytest.mark.parametrize(
    ("protocol", "idle", "shared"),
    [("HTTP/1.1", PATIENCE, True), ("HTTP/1.1", 0.0, False), ("HTTP/1.0", PATIENCE, False)],
    ids=["kept", "idle for too long", "closed by the server"],
)
def test_deliveries_share_a_connection(
    acme: Acme, listener: Listener, monkeypatch: pytest.MonkeyPatch, protocol: str, idle: float, shared: bool
) -> None:
    monkeypatch.setattr(posting, "IDLE", idle)
    listener.protocol = protocol
    for number in range(2):
        acme.dev.open_issue(acme.shop, f"Issue {number}")
        acme.github.settle()
    assert len(listener.heard) >= 2
    assert (listener.connections < len(listener.heard)) is shared


def test_only_what_was_subscribed_and_permitted_is_delivered(acme: Acme, listener: Listener) -> None:
    acme.installation.accept({"pull_requests": "read"})
    acme.hotfix()
    acme.dev.open_issue(acme.shop, "Something")
    acme.github.settle()
    assert set(listener.events()) == {"installation", "pull_request"}


def test_a_failed_delivery_comes_again_with_its_guid(acme: Acme, listener: Listener) -> None:
    listener.status = 500
    acme.dev.label(acme.hotfix(), "urgent")
    acme.github.settle()
    listener.status = 202
    rest, token = acme.github.rest, acme.app.jwt()
    failed = []
    path = "/app/hook/deliveries?per_page=2"
    while path:
        page = rest("GET", path, token)
        assert len(page.data) <= 2
        failed += [d for d in page.data if d["status_code"] == 500]
        link = page.headers.get("link", "")
        path = "/app/hook" + link[1:].partition(">")[0].partition("/app/hook")[2] if 'rel="next"' in link else ""
    assert len(failed) == len(listener.heard)
    assert rest("GET", f"/app/hook/deliveries/{failed[0]['id']}", token).data["request"]["payload"]
    assert rest("POST", f"/app/hook/deliveries/{failed[0]['id']}/attempts", token).status == 202
    acme.github.settle()
    assert listener.heard[-1][0]["x-github-delivery"] == failed[0]["guid"]
    newest = rest("GET", "/app/hook/deliveries?per_page=1", token).data[0]
    assert (newest["guid"], newest["redelivery"], newest["status"]) == (failed[0]["guid"], True, "OK")


def test_deliveries_go_wrong_on_demand(acme: Acme, listener: Listener) -> None:
    """They are lost, duplicated, held or reordered."""
    pull = acme.hotfix()
    acme.github.settle()
    listener.heard.clear()
    acme.github.webhooks.lose(count=1, event="pull_request")
    acme.dev.label(pull, "lost")
    acme.github.webhooks.duplicate(count=1, event="pull_request")
    acme.dev.label(pull, "twice")
    acme.github.settle()
    guids = [h["x-github-delivery"] for h, _ in listener.heard]
    assert len(guids) == 2
    assert len(set(guids)) == 1
    assert acme.github.deliveries[-3].error == "failed to connect to host"
    listener.heard.clear()
    acme.github.webhooks.hold()
    acme.dev.unlabel(pull, "lost")
    acme.dev.comment(pull, "hello")
    acme.github.settle()
    assert listener.heard == []
    acme.github.webhooks.release("reversed")
    acme.github.settle()
    assert sorted(listener.events()) == ["issue_comment", "pull_request"]


def test_a_delivery_without_a_listener_fails(acme: Acme) -> None:
    acme.app.webhook_url = "http://127.0.0.1:9/nobody"
    acme.dev.open_issue(acme.shop, "Something")
    acme.github.settle()
    assert acme.github.deliveries[-1].status == 502


def test_members_teams_and_installations_are_sent(acme: Acme, listener: Listener) -> None:
    acme.leads.add(acme.other)
    acme.leads.remove(acme.other)
    acme.installation.suspend()
    acme.installation.unsuspend()
    acme.org.remove_member(acme.other)
    more = acme.github.create_repo("acme/more")
    acme.installation.remove_repo(more)
    acme.installation.add_repo(more)
    acme.github.settle()
    heard = [(d.event, d.action) for d in acme.github.deliveries]
    assert ("membership", "added") in heard
    assert ("membership", "removed") in heard
    assert ("organization", "member_removed") in heard
    assert ("installation", "suspend") in heard
    assert ("installation_repositories", "removed") in heard
    assert ("installation_repositories", "added") in heard


def test_a_payload_of_ones_own_is_signed_too(acme: Acme, listener: Listener) -> None:
    guid = acme.github.webhooks.send(acme.app, "ping", {"zen": "Speak like a human."}, guid="7")
    acme.github.settle()
    headers, body = listener.heard[-1]
    assert (guid, headers["x-github-delivery"]) == ("7", "7")
    assert headers["x-hub-signature-256"] == sign(acme.app.webhook_secret, body)
