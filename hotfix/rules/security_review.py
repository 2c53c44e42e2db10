"""The `security-review` rule."""

from hotfix.facts import Facts
from hotfix.finding import Finding, passed
from hotfix.rules.base import Rule, RuleOptions


class Options(RuleOptions):
    """Options of the `security-review` rule."""


def check(facts: Facts, options: Options) -> Finding:
    return passed("placeholder")


RULE = Rule(id="security-review", summary="passes when", options=Options, check=check)
