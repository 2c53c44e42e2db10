"""What a policy can say. The rules' part is made from the rules' own options."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, create_model, model_validator

from hotfix.rules import RULES
from hotfix.rules.base import O, Rule
from hotfix.rules.spec import RULE as SPEC
from hotfix.text.durations import Duration
from hotfix.text.globs import Patterns

_LOGIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,99}(?:_[A-Za-z0-9]{1,20})?", re.ASCII)
_TEAM = re.compile(_LOGIN.pattern + r"/[A-Za-z0-9._-]{1,100}", re.ASCII)
_WORKFLOW = re.compile(r"[A-Za-z0-9._-]{1,200}\.ya?ml", re.ASCII)


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _person(value: str) -> str:
    name = value.strip().removeprefix("@")
    if not (_LOGIN.fullmatch(name) or _TEAM.fullmatch(name)):
        raise ValueError("write a user's login, such as alice, or a team as org/team")
    return name


def _one_line(value: str) -> str:
    value = value.strip()
    if not value or "\n" in value:
        raise ValueError("write one line of text")
    return value


def _web_address(value: str) -> str:
    if not re.fullmatch(r"https?://[^\s<>\"'`\\]{1,1000}", value):
        raise ValueError("write a web address that starts with https://")
    return value


def _workflow_file(value: str) -> str:
    name = value.removeprefix("./").removeprefix(".github/workflows/")
    if not _WORKFLOW.fullmatch(name):
        raise ValueError("write the name of a file in .github/workflows, such as hotfix-ship.yml")
    return name


Line = Annotated[str, AfterValidator(_one_line), Field(max_length=500)]
_ONE_OR_MORE = BeforeValidator(_as_list)
Lines = Annotated[tuple[Line, ...], _ONE_OR_MORE]
"""One line of text or a list of them."""
People = Annotated[tuple[Annotated[str, AfterValidator(_person)], ...], _ONE_OR_MORE]
"""One user or `org/team`, or a list of them; a leading `@` is dropped."""
Label = Annotated[str, AfterValidator(_one_line), Field(max_length=50)]
WebAddress = Annotated[str, AfterValidator(_web_address)]
WorkflowFile = Annotated[str, AfterValidator(_workflow_file)]


class Section(BaseModel):
    """A mapping of the policy. Unknown keys are mistakes."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)


class ProductionSection(Section):
    environment: Annotated[str, AfterValidator(_one_line), Field(max_length=255)] = Field(
        "production", description="The GitHub environment that is production"
    )
    tags: Patterns = Field(
        ("*",),
        min_length=1,
        description="Globs of the tags that releases get; each must read as SemVer, any prefix; `*` means those such "
        "as `v1.2.3` or `1.2.3`, or any where there are none",
    )


class BranchesSection(Section):
    head: Patterns = Field(("hotfix/*",), min_length=1, description="Globs that a hotfix branch's name must match")
    base: Patterns = Field(
        (), description="Globs of the branches a hotfix may go to; unset: the branches of `back_merge`"
    )
    back_merge: Patterns = Field(
        (), description="Globs of the long-lived branches that must get the fix; unset: the default branch"
    )


class PeopleSection(Section):
    tech_leads: People = Field((), description="Users or org/team; unset: who may maintain the repository")
    security: People = Field((), description="Users or org/team whose approval sensitive paths need")
    incident_commanders: People = Field((), description="Users or org/team who may override, besides tech leads")


class SlaSection(Section):
    P0: Duration = Field(timedelta(hours=4), description="From the pull request to production, at P0 (critical)")
    P1: Duration = Field(timedelta(hours=24), description="From the pull request to production, at P1 (high)")


class DeploySection(Section):
    workflow: WorkflowFile | None = Field(
        None, description="The file in .github/workflows that ships a passing hotfix; unset: people ship it"
    )


class NotifySection(Section):
    channel: Line = Field("#incidents", description="Where the incident is talked about")
    stakeholders: Lines = Field(
        ("product", "support", "leadership"), description="Who must be told when the fix is in production"
    )
    status_page: WebAddress | None = Field(None, description="The status page to update, if customers have one")


class FollowUpsSection(Section):
    within: Duration = Field(timedelta(hours=24), description="When the tickets must be there, from production")
    tickets: Lines = Field(
        (
            "Root cause analysis: why did this happen?",
            "Permanent fix: is the hotfix temporary?",
            "Testing gap: why didn't tests catch this?",
            "Monitoring improvement: how to detect it earlier?",
            "Process improvement: how to prevent it?",
        ),
        description="The follow-up tickets that a hotfix leaves to be written",
    )


class PostMortemSection(Section):
    within: Duration = Field(timedelta(hours=48), description="When it must have been held, from production")


class _RuleLevels(Section):
    @model_validator(mode="before")
    @classmethod
    def _level_alone(cls, value: Any) -> Any:
        """`size: warn` is short for `size: {level: warn}`."""
        if not isinstance(value, Mapping):
            return value
        return {key: {"level": item} if isinstance(item, (str, bool)) else item for key, item in value.items()}


def _field(rule: Rule[Any]) -> Any:
    return rule.options, Field(default_factory=rule.options, alias=rule.id, description=rule.summary)


RulesSection: type[Section] = create_model(
    "RulesSection", __base__=_RuleLevels, **{rule.id.replace("-", "_"): _field(rule) for rule in RULES}
)


class Policy(Section):
    """What a repository's `.github/hotfix.yml` says."""

    label: Label = Field("hotfix", description="The label that makes a pull request a hotfix")
    production: ProductionSection = Field(default_factory=ProductionSection, description="What runs in production")
    branches: BranchesSection = Field(default_factory=BranchesSection, description="Where hotfixes come from and go")
    people: PeopleSection = Field(default_factory=PeopleSection, description="Who may do what")
    rules: RulesSection = Field(
        default_factory=RulesSection, description="The rules and their options; `size: warn` sets only the level"
    )
    sla: SlaSection = Field(
        default_factory=SlaSection, description="How long a fix may take, by severity; shown, never a failure"
    )
    deploy: DeploySection = Field(default_factory=DeploySection, description="What ships a hotfix that passes")
    notify: NotifySection = Field(
        default_factory=NotifySection,
        description="Who must hear of it, and where; the check run says so, nothing is sent",
    )
    follow_ups: FollowUpsSection = Field(
        default_factory=FollowUpsSection,
        description="What a hotfix leaves to be done; the check run lists it, nothing is opened",
    )
    post_mortem: PostMortemSection = Field(
        default_factory=PostMortemSection, description="The post-mortem meeting; the check run reminds of it"
    )
    contacts: Mapping[Line, Line] = Field(
        default_factory=dict, description="Whom to reach in an emergency: role -> name and how; the check run shows it"
    )

    def options(self, rule: Rule[O]) -> O:
        """The options this policy gives a rule."""
        options: O = getattr(self.rules, rule.id.replace("-", "_"))
        return options

    @property
    def spec_path(self) -> str:
        """Glob of the file that holds the spec."""
        return self.options(SPEC).path

    def long_lived(self, default_branch: str) -> tuple[str, ...]:
        """Globs of the branches that live on and must get every fix."""
        return self.branches.back_merge or (_literally(default_branch),)

    def bases(self, default_branch: str) -> tuple[str, ...]:
        """Globs of the branches that a hotfix pull request may go to."""
        return self.branches.base or self.long_lived(default_branch)

    def overriders(self) -> tuple[str, ...]:
        """Who may set a rule aside: users and teams, as the policy names them; empty where it names none."""
        return tuple(dict.fromkeys(self.people.incident_commanders + self.people.tech_leads))


def _literally(name: str) -> str:
    """A glob that matches only this name."""
    return re.sub(r"([*?\[\\!])", r"\\\1", name)
