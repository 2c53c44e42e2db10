"""What a refusal means is decided by data where GitHub gives any; GitHub's words are read in one module only."""

from __future__ import annotations

import ast
from datetime import UTC, datetime
from typing import Any

import pytest

from hotfix.github.transport.errors import AccessRestricted, RequestRefused, TransientError
from hotfix.github.transport.exchange import GitHubAnswer, not_permitted, raise_for_status
from hotfix.github.transport.refusals import RefusalCause, causes_of_query
from tests.house import names

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LIMITS = "https://docs.github.com/free-pro-team@latest/rest/overview/rate-limits-for-the-rest-api"


def refused(status: int, **data: Any) -> Exception:
    with pytest.raises(Exception, match="GitHub") as raised:
        raise_for_status(GitHubAnswer(status, data, {}), "POST", "/x", NOW)
    return raised.value


def test_a_rate_limit_is_known_by_its_documentation() -> None:
    """A 403 without `Retry-After` is a rate limit, not a missing permission, in whatever words."""
    assert isinstance(refused(403, message="Slow down, please.", documentation_url=LIMITS), TransientError)


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        ({"type": "RATE_LIMITED", "message": "Slow down."}, RefusalCause.RATE_LIMIT),
        ({"type": "FORBIDDEN", "extensions": {"saml_failure": True}}, RefusalCause.SINGLE_SIGN_ON),
    ],
)
def test_a_refused_query_is_known_by_its_data(error: dict[str, Any], cause: RefusalCause) -> None:
    assert causes_of_query(error) == {cause}
    assert causes_of_query({"type": "FORBIDDEN", "extensions": {"saml_failure": False}}) == frozenset()


def test_single_sign_on_is_not_a_missing_permission() -> None:
    causes = causes_of_query({"type": "FORBIDDEN", "extensions": {"saml_failure": True}, "message": "Protected."})
    assert isinstance(not_permitted("refused", causes), AccessRestricted)


def test_the_errors_of_validation_state_causes_too() -> None:
    error = refused(422, message="Validation Failed", errors=[{"message": "Reference already exists"}])
    assert isinstance(error, RequestRefused)
    assert error.causes == {RefusalCause.ALREADY_EXISTS}
    assert refused(422, message="Validation Failed").causes == frozenset()  # type: ignore[attr-defined]


def searches(source: str) -> list[int]:
    """Return the lines that search the text of an object, such as `"already exists" in str(error).casefold()`."""
    return [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Compare) and any(isinstance(op, ast.In | ast.NotIn) for op in node.ops)
        for part in ast.walk(node.comparators[0])
        if isinstance(part, ast.Call) and isinstance(part.func, ast.Name) and part.func.id == "str"
    ]


def test_the_text_of_errors_is_read_in_one_module_only() -> None:
    assert searches('a = "already exists" in str(error).casefold()\nb = any(w not in str(e) for w in x)') == [1, 2]
    assert [f"{path}:{line}" for path in names.sources() for line in searches(path.read_text("utf-8"))] == []
