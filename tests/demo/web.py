"""`make demo-web`: the demo's story with its pages open in a browser, kept running for interactive use."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from tests.demo import evaluated, shipped, show
from tests.demo.evaluated import FORM
from tests.demo.stage import POLICY, Stage, stage
from tests.github import Issue
from tests.services.server import LoopbackService, Request

SECOND = FORM.replace("Authentication or authorization", "Payment processing failure").replace(
    "Expired sessions are accepted, so a stolen cookie works for ever.", "Every second payment times out."
)
WATCHED = """
clocks: {{back_merge: 8s, watch: [2m, 10m], poll: [2s, 5s]}}
watch:
  gates:
    - {{prometheus: "{url}", query: "shop:error_ratio", max: 0.01, min-samples: 1}}
"""


class ErrorRate(LoopbackService):
    """A Prometheus whose shop has a low, slightly varying error rate."""

    def answer(self, request: Request) -> tuple[int, Any]:
        rate = 0.003 + 0.002 * math.sin(time.monotonic() / 3)
        sample = {"metric": {}, "value": [time.time(), f"{rate:.5f}"]}
        return 200, {"status": "success", "data": {"resultType": "vector", "result": [sample]}}


@contextmanager
def shown(folder: Path) -> Iterator[Stage]:
    """Set the stage with a service that supports login and watches production."""
    with closing(ErrorRate()) as metrics, stage(folder, watch_hosts=metrics.url.partition("://")[2]) as world:
        policy = world.shop.read(POLICY) + WATCHED.format(url=metrics.url)
        world.shop.commit("main", {POLICY: policy}, message="Watch production", author=world.tara)
        world.github.settle()
        world.github.sign_in(world.tara)
        yield world


def second_incident(world: Stage) -> Issue:
    """Declare an incident that is still open when the story ends, with a failing hotfix."""
    issue = world.mia.report(world.shop, "Payments time out", SECOND)
    branch = "hotfix/payments"
    world.shop.branch(branch, at="v1.2.4-hotfix.1", pusher=world.mia)
    source = world.shop.read("src/session.js", branch) + "export const patience = 30\n"
    world.shop.commit(branch, {"src/session.js": source}, message="wait longer", author=world.mia)
    world.mia.open_pull(
        world.shop, head=branch, base="main", title="Wait longer for payments", body=f"Fixes #{issue.number}",
        labels=("hotfix",),
    )  # fmt: skip
    return issue


def links(world: Stage, *incidents: Issue) -> None:
    """Print the links to the pages, and how to trigger events on them."""
    show.step("The pages: log in, as Tara, the tech lead")
    show.say("The simulated GitHub has her signed in: click “Log in with ...”, then “Authorize Hotfix”.\n")
    base = f"{world.service.url}/"
    pages = {base: "Act now, the page that shows who must act:"}
    for one, what in zip(
        incidents, ("which the story was about", "declared now, with a hotfix that fails"), strict=False
    ):
        pages[f"{base}{world.shop.full_name}/incidents/{one.number}"] = f"Incident {one.number}, {what}:"
    pages |= {f"{base}figures": "Times to restore, in figures:", f"{base}deliveries": "The webhooks that arrived:"}
    for url, what in pages.items():
        show.say(what)
        show.console.print(f"  {url}", soft_wrap=True)
    show.say("\nTo see a change arrive on an open page, comment as Tara in another terminal:\n")
    comment = (
        f"curl -s -o /dev/null -H 'Authorization: Bearer {world.tara.token}' "
        f'-d \'{{"body": "/hotfix severity P1 half of the payments work again"}}\' '
        f"{world.github.api_url}/repos/{world.shop.full_name}/issues/{incidents[-1].number}/comments"
    )
    show.console.print(f"  {comment}", soft_wrap=True, style="bold")
    show.say("\nCtrl-C here ends it.")


def play(folder: Path) -> None:
    """Play the story, print the links, and run until Ctrl-C."""
    with shown(folder) as world:
        show.say(f"The pages fill while the demo runs: {world.service.url}/")
        incident, pull = evaluated.play(world)
        shipped.play(world, incident, pull)
        links(world, incident, second_incident(world))
        while world.service.process.poll() is None:
            time.sleep(0.2)
