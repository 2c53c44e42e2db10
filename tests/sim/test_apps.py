"""The App on the simulated GitHub: JWTs, installations, tokens, permissions and deliveries."""

from __future__ import annotations

import time

import jwt
import pytest

from tests.github import Acme, GitHub


def signed(acme: Acme, **claims: object) -> str:
    now = int(time.time())
    said = {"iat": now - 30, "exp": now + 300, "iss": str(acme.app.id), **claims}
    return jwt.encode(said, acme.app.private_key, algorithm="RS256")


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": int(time.time()) - 10},
        {"exp": int(time.time()) + 86_400},
        {"iat": int(time.time()) + 86_400, "exp": int(time.time()) + 86_700},
        {"iss": "4711"},
        {"iat": "yesterday"},
    ],
)
def test_a_wrong_jwt_is_refused(acme: Acme, claims: dict[str, object]) -> None:
    answer = acme.github.rest("GET", "/app", signed(acme, **claims))
    assert answer.status == 401
    assert acme.github.rest("GET", "/app", signed(acme)).ok


def test_a_jwt_of_another_key_is_refused(acme: Acme) -> None:
    other = acme.github.create_app("other")
    now = int(time.time())
    forged = jwt.encode(
        {"iat": now, "exp": now + 60, "iss": acme.app.id and str(acme.app.id)}, other.private_key, "RS256"
    )
    assert acme.github.rest("GET", "/app", forged).status == 401
    assert acme.github.rest("GET", "/repos/acme/shop/pulls", acme.app.jwt()).status == 401


def test_installations_are_found_in_each_way(acme: Acme) -> None:
    """They are found in the list, by repository and by organisation."""
    rest, token = acme.github.rest, acme.app.jwt()
    number = acme.installation.id
    assert [i["id"] for i in rest("GET", "/app/installations", token).data] == [number]
    for path in ("/repos/acme/shop/installation", "/orgs/acme/installation", f"/app/installations/{number}"):
        assert rest("GET", path, token).data["id"] == number
    assert rest("GET", "/users/dev/installation", token).status == 404
    assert rest("GET", "/app/hook/config", token).ok


def test_a_token_holds_what_was_asked_for_and_no_more(acme: Acme) -> None:
    path = f"/app/installations/{acme.installation.id}/access_tokens"
    body = {"permissions": {"checks": "read"}, "repositories": ["shop"]}
    made = acme.github.rest("POST", path, acme.app.jwt(), body)
    assert made.status == 201
    assert made.data["permissions"] == {"metadata": "read", "checks": "read"}
    token = made.data["token"]
    sha = acme.shop.sha("main")
    assert acme.github.rest("GET", f"/repos/acme/shop/commits/{sha}/check-runs", token).ok
    refused = acme.github.rest("POST", "/repos/acme/shop/check-runs", token, {"name": "hotfix", "head_sha": sha})
    assert refused.status == 403
    assert refused.data["message"] == "Resource not accessible by integration"
    seen = acme.github.rest("GET", "/installation/repositories", token).data
    assert [r["full_name"] for r in seen["repositories"]] == ["acme/shop"]
    too_much = {"permissions": {"administration": "write"}}
    assert acme.github.rest("POST", path, acme.app.jwt(), too_much).status == 422


def test_a_token_ends_in_each_way_that_it_can(acme: Acme) -> None:
    """It expires, is revoked, or ends with the suspension of its installation."""
    github = acme.github

    def status(token: str) -> int:
        return int(github.rest("GET", "/repos/acme/shop", token).status)

    first = acme.installation.token()
    assert status(first) == 200
    github.clock.advance(3601)
    assert status(first) == 401
    second = acme.installation.token()
    assert github.rest("DELETE", "/installation/token", second).status == 204
    assert status(second) == 401
    third = acme.installation.token()
    acme.installation.suspend()
    assert status(third) == 403
    acme.installation.unsuspend()
    assert status(third) == 200
    acme.installation.uninstall()
    assert status(third) == 401


def test_a_private_repository_that_is_not_installed_is_not_there(acme: Acme) -> None:
    acme.github.create_repo("acme/secret", private=True)
    acme.installation.remove_repo(acme.github.repo("acme/secret"))
    token = acme.installation.token()
    assert acme.github.rest("GET", "/repos/acme/secret", token).status == 404
    assert acme.github.rest("GET", "/repos/acme/shop", token).ok
    acme.installation.add_repo(acme.github.repo("acme/secret"))
    assert acme.github.rest("GET", "/repos/acme/secret", token).ok


def test_rate_limits_are_counted_and_end_with_403(acme: Acme) -> None:
    token = acme.installation.token()
    acme.github.rate_limit(remaining=2)
    answers = [acme.github.rest("GET", "/repos/acme/shop", token) for _ in range(3)]
    assert [a.status for a in answers] == [200, 200, 403]
    assert [a.headers["x-ratelimit-remaining"] for a in answers] == ["1", "0", "0"]
    shown = acme.github.rest("GET", "/rate_limit", token).data
    assert shown["resources"]["core"]["remaining"] == 0
    acme.github.clock.advance(3601)
    fresh = acme.installation.token()
    assert acme.github.rest("GET", "/repos/acme/shop", fresh).ok


def test_an_unchanged_answer_is_not_sent_again(github: GitHub) -> None:
    user = github.create_user("dev")
    first = user.rest("GET", "/user")
    again = user.rest("GET", "/user", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status, again.data) == (304, "")


def test_a_server_in_its_own_process_is_the_same() -> None:
    with GitHub(process=True) as github:
        acme = Acme(github)
        pull = acme.hotfix()
        assert pull.data["changed_files"] == 2
        github.check()
