"""Who may override a rule, and how long the override is valid."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from hotfix.facts import Override
from hotfix.github.read.override_permission import may_override
from hotfix.github.transport.errors import NotFound
from hotfix.github.write.pull import comments
from tests.contract.conftest import Service
from tests.github.acme import GOOD_BODY, GOOD_MESSAGE

BIG = {"src/cart.py": "".join(f"x{i} = {i}\n" for i in range(300))}


@pytest.fixture
def pull(acme: Any) -> Any:
    return acme.hotfix(files=BIG)


def override(service: Service, acme: Any, pull: Any, who: Any) -> Override:
    said = who.comment(pull, "/hotfix override size the table is data")
    return Override(
        rule="size",
        by=who.login,
        reason="the table is data",
        at=service.now,
        sha=pull.head_sha,
        url=said["html_url"],
    )


def test_a_leads_or_commanders_override_sets_the_rule_aside(service: Service, acme: Any, pull: Any) -> None:
    assert "size" in service.evaluate(pull).verdict.failed_rules
    for who in (acme.lead2, acme.commander):
        permit = may_override(service.client, service.caches, "acme/shop", pull.number, who.login, now=service.now)
        assert (permit.allowed, permit.head_sha) == (True, pull.head_sha)
        record = override(service, acme, pull, who)
        assert "size" not in service.evaluate(pull, overrides=[record]).verdict.failed_rules


def test_it_holds_for_that_head_alone(service: Service, acme: Any, pull: Any) -> None:
    record = override(service, acme, pull, acme.lead)
    acme.shop.commit("hotfix/cart", {"src/other.py": "y = 1\n"}, message=GOOD_MESSAGE, author=acme.dev)
    assert "size" in service.evaluate(pull, overrides=[record]).verdict.failed_rules


def test_an_edited_or_deleted_comment_does_not_count(service: Service, acme: Any, pull: Any) -> None:
    record = override(service, acme, pull, acme.lead)
    number = int(record.url.rpartition("-")[2])
    acme.github.clock.advance(5)
    acme.lead.edit_comment(pull, number, "/hotfix override size never mind")
    assert "size" in service.evaluate(pull, overrides=[record]).verdict.failed_rules
    assert comments.read(service.client, "acme/shop", number).edited
    other = override(service, acme, pull, acme.lead)
    acme.lead.delete_comment(pull, int(other.url.rpartition("-")[2]))
    assert "size" in service.evaluate(pull, overrides=[other]).verdict.failed_rules


def test_a_foreign_comment_gives_no_authority(service: Service, acme: Any, pull: Any) -> None:
    record = replace(override(service, acme, pull, acme.dev), by=acme.lead.login)
    assert "size" in service.evaluate(pull, overrides=[record]).verdict.failed_rules
    nowhere = replace(record, url="https://github.example/acme/shop/pull/1")
    assert "size" in service.evaluate(pull, overrides=[nowhere]).verdict.failed_rules


def test_it_counts_though_a_hundred_comments_came_after_it(service: Service, acme: Any, pull: Any) -> None:
    record = override(service, acme, pull, acme.lead)
    for i in range(101):
        acme.other.comment(pull, f"comment {i}")
    assert "size" not in service.evaluate(pull, overrides=[record]).verdict.failed_rules


def test_the_author_and_bystanders_may_not(service: Service, acme: Any, pull: Any) -> None:
    def ask(login: str) -> str:
        return may_override(service.client, service.caches, "acme/shop", pull.number, login, now=service.now).why_not

    assert "neither" in ask(acme.other.login)
    assert "(here commander or lead or lead2 may)" in ask(acme.other.login)
    acme.shop.commit(
        "hotfix/cart", {"a.py": "1\n"}, message=f"x\n\nCo-authored-by: L <{acme.lead.email}>\n", author=acme.dev
    )
    assert "contributed to this branch" in ask(acme.lead.login)
    record = override(service, acme, pull, acme.lead)
    assert "size" in service.evaluate(pull, overrides=[record]).verdict.failed_rules


def test_a_reply_is_given_once_and_a_reaction_is_one(service: Service, acme: Any, pull: Any) -> None:
    number = acme.other.comment(pull, "/hotfix override size please")["id"]
    assert comments.reply(service.client, "acme/shop", pull.number, "You may not.", f"hotfix:reply:{number}")
    assert not comments.reply(service.client, "acme/shop", pull.number, "You may not.", f"hotfix:reply:{number}")
    assert len([c for c in pull.comments() if "You may not." in c["body"]]) == 1
    for _ in range(2):
        comments.react(service.client, "acme/shop", number, "-1")
    with pytest.raises(NotFound):
        comments.read(service.client, "acme/shop", 10**9)


def test_each_pull_request_of_a_shared_head_has_its_own(service: Service, acme: Any, pull: Any) -> None:
    acme.shop.branch("main-2", at="main")
    other = acme.dev.open_pull(
        acme.shop, head="hotfix/cart", base="main-2", title="HOTFIX: x", body=GOOD_BODY, labels=["hotfix"]
    )
    record = override(service, acme, pull, acme.lead)
    assert "size" not in service.evaluate(pull, overrides=[record]).verdict.failed_rules
    assert "size" in service.evaluate(other, overrides=[record]).verdict.failed_rules
    both = [record, override(service, acme, other, acme.lead)]
    assert "size" not in service.evaluate(other, overrides=both).verdict.failed_rules
    assert "size" not in pull.check("hotfix")["output"]["title"]


def test_ids_beyond_32_bits_lose_no_override(service: Service, acme: Any, pull: Any) -> None:
    """GraphQL's `databaseId` is null for them; `fullDatabaseId` returns them as text."""
    record = override(service, acme, pull, acme.lead)
    assert int(record.url.rpartition("-")[2]) > 2**32
    comments = "pullRequest(number: $n) { comments(last: 1) { nodes { databaseId fullDatabaseId } } }"
    query = f'query($n: Int!) {{ repository(owner: "acme", name: "shop") {{ {comments} }} }}'
    node = service.client.graphql(query, {"n": pull.number})["repository"]["pullRequest"]["comments"]["nodes"][0]
    assert node == {"databaseId": None, "fullDatabaseId": record.url.rpartition("-")[2]}
    assert "size" not in service.evaluate(pull, overrides=[record]).verdict.failed_rules
