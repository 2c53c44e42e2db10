"""The `size` rule."""

from hotfix.facts import Facts
from hotfix.finding import Finding, passed
from hotfix.rules.base import Rule, RuleOptions


class Options(RuleOptions):
    """Options of the `size` rule."""


def check(facts: Facts, options: Options) -> Finding:
    return passed("placeholder")


RULE = Rule(id="size", summary="passes when", options=Options, check=check)
