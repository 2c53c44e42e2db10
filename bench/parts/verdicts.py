"""From a push's webhooks to its check run: milliseconds, API calls and sequential round trips, warm and cold."""

from __future__ import annotations

from collections.abc import Iterator

from bench import shop
from bench.figures import Figure
from bench.load import percentile
from bench.processes import service
from bench.run import Run
from bench.shop import Seen, Shop
from tests.github.acme import FILES, GOOD_BODY

PACKAGE = str(FILES["package.json"])


def measure(run: Run) -> Iterator[Figure]:
    """Measure one push at a time, each to another of a few open hotfixes, with every rule enabled."""
    folder = run.folder("verdicts")
    with shop.opened() as acme:
        pulls = [shop.hotfix(acme, f"warm-{i}") for i in range(run.pick(5, 2))]
        with service(acme.github, acme.app, folder) as ours:
            shop.verdict(acme, ours.webhooks, shop.push(acme, pulls[0], 0))
            # Counted by the service: the initial sweep runs alongside the first verdict.
            first = ours.logged("verdict")[0]
            yield Figure(part="verdicts", name="cold: calls", value=first["calls"], unit="calls")
            yield Figure(part="verdicts", name="cold: round trips", value=first["round_trips"], unit="round trips")
            for pull in pulls:
                shop.verdict(acme, ours.webhooks, shop.push(acme, pull, 1))
            turn = 2
            for latency in run.pick((0, 50), (50,)):
                run.say(f"verdicts at {latency} ms a call")
                acme.github.latency = latency / 1000
                seen = []
                for _ in range(run.pick(60, 5)):
                    turn += 1
                    pull = pulls[turn % len(pulls)]
                    seen.append(shop.verdict(acme, ours.webhooks, shop.push(acme, pull, turn)))
                yield from _times(run, latency, seen)
            # At 50 ms, parallel requests reliably overlap.
            worst = Seen(0, 0, max(s.calls for s in seen), max(s.trips for s in seen))
            yield from _counts("warm, most", worst, 4, 2)
            yield from _other_cases(acme, ours.webhooks, turn)


def _times(run: Run, latency: int, seen: list[Seen]) -> Iterator[Figure]:
    if run.short:
        return
    for name, share, goal in (("p50", 0.5, 130), ("p95", 0.95, 180)):
        yield Figure(
            part="verdicts", name=f"webhook to check run, {latency} ms a call, {name}", unit="ms",
            value=percentile([s.seconds for s in seen], share) * 1000, at_most=goal if latency else None,
        )  # fmt: skip
    yield Figure(
        part="verdicts", name=f"of which GitHub had a call under way, {latency} ms a call, p50", unit="ms",
        value=percentile([s.github for s in seen], 0.5) * 1000,
    )  # fmt: skip


def _counts(name: str, seen: Seen, calls: int | None, trips: int | None) -> Iterator[Figure]:
    yield Figure(part="verdicts", name=f"{name}: calls", value=seen.calls, unit="calls", at_most=calls)
    yield Figure(part="verdicts", name=f"{name}: round trips", value=seen.trips, unit="round trips", at_most=trips)


def _other_cases(acme: Shop, url: str, turn: int) -> Iterator[Figure]:
    body = GOOD_BODY.replace("## Verification", "- package.json - a dependency\n\n## Verification")
    pull = shop.hotfix(acme, "manifest", body=body)
    shop.verdict(acme, url, shop.push(acme, pull, turn + 1))
    for name, version, most in (("first time", "1.3.1", None), ("then", "1.3.2", 5)):
        changed = shop.push(acme, pull, turn + 2, {"package.json": PACKAGE.replace("1.3.0", version)})
        seen = shop.verdict(acme, url, changed)
        yield from _counts(f"warm, a dependency manifest changed, {name}", seen, most, 3)
    acme.shop.branch("feature/wishes", at="main", pusher=acme.dev)
    acme.shop.commit("feature/wishes", {"src/wishlist.py": "ITEMS = [1]\n"}, author=acme.dev)
    acme.github.forget()
    acme.dev.open_pull(acme.shop, head="feature/wishes", base="main", title="Wishes", body="")
    sent = [one for one in acme.github.deliveries if one.event == "pull_request"]
    yield from _counts("no hotfix", shop.verdict(acme, url, sent), 4, 2)
