"""The `scope` rule."""

from hotfix.facts import Facts
from hotfix.finding import Finding, passed
from hotfix.rules.base import Rule, RuleOptions


class Options(RuleOptions):
    """Options of the `scope` rule."""


def check(facts: Facts, options: Options) -> Finding:
    return passed("placeholder")


RULE = Rule(id="scope", summary="passes when", options=Options, check=check)
