"""The rules, in display order. To add a rule, add a module and a line here."""

from typing import Any

from hotfix.rules import (
    branch,
    commits,
    dependencies,
    formatting,
    one_thing,
    review,
    scope,
    security_review,
    severity,
    size,
    spec,
    tests,
    title,
)
from hotfix.rules.base import Rule

RULES: tuple[Rule[Any], ...] = (
    severity.RULE,
    branch.RULE,
    size.RULE,
    dependencies.RULE,
    commits.RULE,
    one_thing.RULE,
    spec.RULE,
    scope.RULE,
    formatting.RULE,
    tests.RULE,
    title.RULE,
    review.RULE,
    security_review.RULE,
)
