"""Two replicas on PostgreSQL: the server restarts, a replica is killed, a connection breaks."""

from __future__ import annotations

import time

from tests.chaos.faults.base import Fault, Scale, opened
from tests.chaos.ground import Ground


def restarted(ground: Ground, scale: Scale) -> None:
    """Restart the database under load."""
    assert ground.postgres is not None
    opened(ground)
    ground.serve()
    for turn in range(3):
        at_work = ground.people.at_work(scale.acts // 3)
        ground.wait(ground.people.rng.uniform(0.2, 0.8))
        ground.say(f"restart {turn + 1} of 3")
        ground.postgres.restart()
        at_work.join()


def killed(ground: Ground, scale: Scale) -> None:
    """Kill one of two replicas during its evaluations; from then on, webhooks go to the other."""
    opened(ground)
    ground.serve()
    longest = 0.0
    for turn in range(max(1, scale.kills // 3)):
        victim, survivor = ground.alive()
        ground.say(f"kill {turn + 1} of {max(1, scale.kills // 3)}")
        ground.people.acme.app.webhook_url = victim.webhook_url
        reads = ground.github.faults.add("/graphql", hold=True, actor="installation")
        at_work = ground.people.at_work(max(6, scale.acts // 4))
        ground.eventually(lambda: ground.owned_by(victim), "evaluations of the victim's")  # noqa: B023
        victim.kill()
        died = time.monotonic()
        ground.people.acme.app.webhook_url = survivor.webhook_url
        reads.remove()
        ground.eventually(lambda: not ground.owned_by(victim), "the other to take over")  # noqa: B023
        longest = max(longest, time.monotonic() - died)
        at_work.join()
        ground.serve()
    ground.figures["taken over after, s"] = longest


def disconnected(ground: Ground, scale: Scale) -> None:
    """Terminate individual PostgreSQL connections, including those that hold the locks."""
    opened(ground)
    ground.serve()
    at_work = ground.people.at_work(scale.acts)
    while at_work.is_alive():
        ground.rows(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() "
            "AND datname = current_database() ORDER BY random() LIMIT 1"
        )
        ground.wait(0.3)
    at_work.join()


FAULTS = (
    Fault("postgres", "PostgreSQL is restarted under load, three times", restarted, postgres=True),
    Fault("replica", "one of two replicas is killed in its evaluations", killed, postgres=True),
    Fault("connections", "PostgreSQL ends single connections", disconnected, postgres=True),
)
