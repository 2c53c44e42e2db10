"""What a policy can say. The rules' part is made from the rules' own options."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, create_model

from hotfix.rules import RULES
from hotfix.rules.base import Rule, RuleOptions


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


Names = Annotated[tuple[str, ...], BeforeValidator(_as_list)]
"""One string or a list of them."""


class Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True, populate_by_name=True)


class ProductionSection(Section):
    environment: str = Field("production", description="The GitHub environment that is production")
    tags: Names = Field(
        ("*",), description="Globs of the tags that releases get; each must read as SemVer, any prefix"
    )


class BranchesSection(Section):
    head: Names = Field(("hotfix/*",), description="Globs that a hotfix branch's name must match")
    base: Names = Field(
        (), description="Globs of the branches a hotfix may go to; unset: those of back_merge"
    )
    back_merge: Names = Field(
        (), description="Long-lived branches that must get the fix; unset: the default branch"
    )


class PeopleSection(Section):
    tech_leads: Names = Field((), description="Users or org/team; unset: who may maintain the repository")
    security: Names = Field((), description="Users or org/team whose approval sensitive paths need")
    incident_commanders: Names = Field(
        (), description="Users or org/team who may override, besides tech leads"
    )


RulesSection: type[Section] = create_model(
    "RulesSection",
    __base__=Section,
    **{
        rule.id.replace("-", "_"): (
            rule.options,
            Field(default_factory=rule.options, alias=rule.id, description=rule.summary),
        )
        for rule in RULES
    },
)


class Policy(Section):
    label: str = Field("hotfix", description="The label that makes a pull request a hotfix")
    production: ProductionSection = Field(
        default_factory=ProductionSection, description="What runs in production"
    )
    branches: BranchesSection = Field(
        default_factory=BranchesSection, description="Where hotfixes come from and go"
    )
    people: PeopleSection = Field(default_factory=PeopleSection, description="Who may do what")
    rules: RulesSection = Field(default_factory=RulesSection, description="The rules and their options")  # type: ignore[valid-type]

    def options(self, rule: Rule[Any]) -> RuleOptions:
        """The options this policy gives a rule."""
        options: RuleOptions = getattr(self.rules, rule.id.replace("-", "_"))
        return options
