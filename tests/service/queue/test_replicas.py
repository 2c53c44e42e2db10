"""Several replicas on one PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import URL

from tests.github import Repo
from tests.postgres import address_of
from tests.service.conftest import House, concludes
from tests.service.running import Service, eventually

pytestmark = pytest.mark.postgres


def test_a_killed_replicas_work_is_taken_over(house: House, postgres: URL, own_service: Callable[..., Service]) -> None:
    address = address_of(postgres)
    survivor = own_service(address)
    killed = own_service(address)
    shop = house.shop()
    reads = house.github.faults.add("/graphql", hold=True, actor="installation")
    pull = house.hotfix(shop)
    key = f"evaluate:{shop.full_name}#{pull.number}"
    eventually(lambda: owned(postgres, killed, key), "the evaluation to begin")
    killed.kill()
    reads.remove()
    concludes(pull, with_="action_required")
    assert survivor.lines("jobs of a dead replica taken over")
    assert len(pull.checks("hotfix")) == 1


def test_one_replica_evaluates_what_another_has_no_room_for(
    house: House, postgres: URL, own_service: Callable[..., Service]
) -> None:
    address = address_of(postgres)
    one, other = own_service(address), own_service(address)
    house.app.webhook_url = one.webhook_url
    shop = house.shop()
    shas = shop.commits("main", [{"files": {"n": str(n)}, "message": str(n), "author": house.dev} for n in range(40)])
    house.github.settle()
    calls = house.github.faults.add(hold=True, actor="installation")
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda sha: one.deliver("check_suite", rerequested(house, shop, sha), sha), shas))
    assert {answer.status_code for answer in answers} == {202}
    eventually(lambda: owned(postgres, other, "sha:%"), "the other to help")
    calls.remove()
    eventually(
        lambda: (
            one.metric("hotfix_jobs_total", kind="sha") + other.metric("hotfix_jobs_total", kind="sha") >= len(shas)
        ),
        "all of it to be done",
    )


def owned(database: URL, replica: Service, key: str) -> bool:
    """Return whether a replica has claimed or is running a job whose key matches."""
    name = replica.lines("ready")[-1]["replica"]
    query = sa.text("SELECT count(*) FROM jobs WHERE key LIKE :key AND owner = :name AND wanted > done")
    engine = sa.create_engine(database)
    try:
        with engine.connect() as connection:
            return bool(connection.execute(query, {"key": key, "name": name}).scalar())
    finally:
        engine.dispose()


def rerequested(house: House, shop: Repo, sha: str) -> dict[str, object]:
    suite = {"id": 1, "head_sha": sha, "head_branch": "main", "app": {"id": house.app.id}}
    return {"action": "rerequested", "check_suite": suite, "repository": {"full_name": shop.full_name}}
