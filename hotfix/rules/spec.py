"""The `spec` rule."""

from pydantic import Field

from hotfix.facts import Facts
from hotfix.finding import Finding, passed
from hotfix.patterns import Pattern
from hotfix.rules.base import Rule, RuleOptions


class Options(RuleOptions):
    """Options of the `spec` rule."""

    path: Pattern = Field(
        "specs/hotfix-*.md",
        description="Glob of the file that holds the spec; without one, the pull request's body is the spec",
    )


def check(facts: Facts, options: Options) -> Finding:
    return passed("placeholder")


RULE = Rule(id="spec", summary="passes when", options=Options, check=check)
