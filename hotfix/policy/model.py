"""Define the policy's sections and settings; those of the rules are generated from the rules' options."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, ConfigDict, Field, create_model, model_validator

from hotfix.policy.life_sections import (
    AgentsSection,
    ClocksSection,
    FollowUpsSection,
    IncidentSection,
    NotifySection,
    PlaybooksSection,
    PostMortemSection,
    SlaSection,
    WatchSection,
)
from hotfix.policy.values import Label, NamedPeople, OneLine, PolicySection, WorkflowFile, one_line, section
from hotfix.rules import RULES
from hotfix.rules.base import O, Rule
from hotfix.rules.spec import RULE as SPEC
from hotfix.text.globs import Patterns, matches_branch


class ProductionSection(PolicySection):
    environment: Annotated[str, AfterValidator(one_line), Field(max_length=255)] = Field(
        "production", description="The GitHub environment that is production"
    )
    staging: Annotated[str, AfterValidator(one_line), Field(max_length=255)] = Field(
        "staging",
        description="The GitHub environment to which a commit must be deployed successfully before production",
    )
    tags: Patterns = Field(
        ("*",),
        min_length=1,
        description="Globs of release tags, such as `v*`; needed only if several kinds of tags look like versions",
    )
    branches: Patterns = Field(
        (),
        description="Globs of the branches from which production is released: a deployment or tag counts only if its "
        "commit is in one of them, a ruleset protects its tag, or it is a hotfix that passed; unset: the "
        "default branch, `branches.back_merge`, `release/*` and protected branches",
    )
    trust: Literal["protected", "write"] = Field(
        "protected",
        description="`write`: every deployment and tag counts, since everyone with write access is trusted; for teams "
        "whose release commits are not in a branch",
    )


class BranchesSection(PolicySection):
    head: Patterns = Field(("hotfix/*",), min_length=1, description="Globs that a hotfix branch's name must match")
    base: Patterns = Field(
        (), description="Globs of the branches that a hotfix may target; unset: the branches of `back_merge`"
    )
    back_merge: Patterns = Field(
        (), description="Globs of the long-lived branches that must contain every fix; unset: the default branch"
    )

    def name_for(self, words: str) -> str | None:
        """Return a hotfix branch's name with these words, by the first pattern of `head` that takes them."""
        for pattern in self.head:
            candidate = pattern.removesuffix("*").rstrip("*") + words
            if pattern.endswith("*") and matches_branch(self.head, candidate):
                return candidate
        return words if matches_branch(self.head, words) else None


class PeopleSection(PolicySection):
    tech_leads: NamedPeople = Field((), description="Users or org/team; unset: people who may maintain the repository")
    security: NamedPeople = Field(
        (),
        description="Users or org/team; one of them must approve sensitive changes. Unset: nobody can, so the rule "
        "security-review fails for a change of its paths until someone overrides it",
    )
    incident_commanders: NamedPeople = Field(
        (), description="Users or org/team who may override rules, in addition to tech leads; unset: only those may"
    )


SHIP_WORKFLOW = "hotfix-ship.yml"
"""The file that ships a hotfix, as `hotfix init` names it."""


class DeploySection(PolicySection):
    workflow: WorkflowFile | None = Field(
        None, description="The file in .github/workflows that ships a passing hotfix; unset: people ship it"
    )
    rollback_workflow: WorkflowFile | None = Field(
        None, description="The file in .github/workflows that `/hotfix rollback` starts; unset: people roll back"
    )


class _RuleLevels(PolicySection):
    @model_validator(mode="before")
    @classmethod
    def _level_alone(cls, value: Any) -> Any:
        """Expand `size: warn` to `size: {level: warn}`."""
        if not isinstance(value, Mapping):
            return value
        return {key: {"level": item} if isinstance(item, (str, bool)) else item for key, item in value.items()}


def _field(rule: Rule[Any]) -> Any:
    return rule.options, Field(default_factory=dict, alias=rule.id, description=rule.summary)


RulesSection: type[PolicySection] = create_model(
    "RulesSection", __base__=_RuleLevels, **{rule.id.replace("-", "_"): _field(rule) for rule in RULES}
)


class Policy(PolicySection):
    """What a repository's `.github/hotfix.yml` says."""

    model_config = ConfigDict(defer_build=False)  # its validator, which holds the sections', is shared by threads

    app: Annotated[int, Field(strict=True, gt=0)] | None = Field(
        None,
        description="The id of the GitHub App whose check `hotfix` permits deployments; unset: the Action evaluates "
        "with its job's token, which can't read teams or overrides",
    )
    label: Label = Field("hotfix", description="The label that makes a pull request a hotfix")
    production: ProductionSection = section(ProductionSection, "What runs in production")
    branches: BranchesSection = section(BranchesSection, "Where hotfixes come from and go")
    people: PeopleSection = section(PeopleSection, "Who may do what")
    rules: RulesSection = section(RulesSection, "The rules and their options; `size: warn` sets only the level")
    incident: IncidentSection = section(IncidentSection, "What an incident is")
    sla: SlaSection = section(SlaSection, "How long a fix may take, by severity; shown, never a failure")
    clocks: ClocksSection = section(ClocksSection, "Time limits after the fix is in production")
    deploy: DeploySection = section(DeploySection, "The workflows that ship a passing hotfix and roll it back")
    watch: WatchSection = section(
        WatchSection, "The gates that the service measures while it watches the fix in production"
    )
    notify: NotifySection = section(NotifySection, "Who is notified of an incident, and where")
    agents: AgentsSection = section(AgentsSection, "Coding agents and their tasks")
    playbooks: PlaybooksSection = section(PlaybooksSection, "The first steps, by the incident's category")
    follow_ups: FollowUpsSection = section(FollowUpsSection, "The follow-up issues of a hotfix")
    post_mortem: PostMortemSection = section(PostMortemSection, "The post-mortem meeting")
    contacts: Mapping[OneLine, OneLine] = Field(
        default_factory=dict,
        description="Emergency contacts, shown in the check run: role -> name and how to reach them",
    )

    def options(self, rule: Rule[O]) -> O:
        """Return the options this policy gives a rule."""
        options: O = getattr(self.rules, rule.id.replace("-", "_"))
        return options

    @property
    def spec_path(self) -> str:
        """Glob of the file that holds the spec."""
        return self.options(SPEC).path

    def long_lived(self, default_branch: str) -> tuple[str, ...]:
        """Return globs of the branches that live on and must get every fix."""
        return self.branches.back_merge or (_literally(default_branch),)

    def origins(self, default_branch: str) -> tuple[str, ...]:
        """Return globs of production's branches; unless the policy names them, protected branches count as well."""
        usual = (_literally(default_branch), "release/*", *self.branches.back_merge)
        return self.production.branches or tuple(dict.fromkeys(usual))

    def is_origin(self, branch: str, default_branch: str, *, protected: bool = False) -> bool:
        """Return whether production comes from the branch. A hotfix branch isn't one, whatever globs match it."""
        if matches_branch(self.branches.head, branch) and branch != default_branch:
            return False
        named = bool(self.production.branches)
        return matches_branch(self.origins(default_branch), branch) or (protected and not named)

    def bases(self, default_branch: str) -> tuple[str, ...]:
        """Return globs of the branches that a hotfix pull request may go to."""
        return self.branches.base or self.long_lived(default_branch)

    def overriders(self) -> tuple[str, ...]:
        """Return who may set a rule aside: users and teams, as the policy names them; empty if it names none."""
        return tuple(dict.fromkeys(self.people.incident_commanders + self.people.tech_leads))


def _literally(name: str) -> str:
    """Return a glob that matches only this name."""
    return re.sub(r"([*?\[\\!])", r"\\\1", name)
