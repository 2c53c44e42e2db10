"""Services are killed, or lose their database, during incidents."""

from __future__ import annotations

from tests.chaos.faults.base import Fault, Scale
from tests.chaos.ground import Ground
from tests.chaos.lives import Incident


def killed(ground: Ground, scale: Scale) -> None:
    """Kill the service at random moments of an incident's life, and drop the database halfway."""
    incident = Incident(ground)
    ground.serve(incident.settings)
    rng, steps = ground.people.rng, list(incident.steps())
    kills = sorted(rng.randrange(len(steps)) for _ in range(scale.kills))
    for number, step in enumerate(steps):
        step()
        if number == len(steps) // 2:
            ground.say("the database is lost")
            ground.lose_database()
        for _ in range(kills.count(number)):
            ground.say(f"step {number + 1} of {len(steps)}: killed")
            ground.wait(rng.uniform(0.0, 0.8))
            ground.service.kill()
            ground.service.start()


def replicas(ground: Ground, scale: Scale) -> None:
    """Kill and replace each of two replicas in turn."""
    incident = Incident(ground)
    for _ in range(2):
        ground.serve(incident.settings)
    rng, steps = ground.people.rng, list(incident.steps())
    kills = {rng.randrange(len(steps)) for _ in range(scale.kills // 2)}
    for number, step in enumerate(steps):
        step()
        if number in kills:
            ground.say(f"step {number + 1} of {len(steps)}: one of two killed")
            ground.wait(rng.uniform(0.0, 0.8))
            victim, survivor = rng.sample(ground.alive(), 2)
            ground.people.acme.app.webhook_url = survivor.webhook_url
            victim.kill()
            ground.serve(incident.settings)


FAULTS = (
    Fault("life", "SIGKILL at random moments of an incident, its database lost", killed),
    Fault("life-replicas", "one of two replicas is killed in the middle of an incident", replicas, postgres=True),
)
