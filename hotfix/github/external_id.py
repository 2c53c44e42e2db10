"""The state of our check run, encoded in its `external_id` because decisions never depend on its title."""

from __future__ import annotations

from dataclasses import dataclass

from hotfix.verdict import VerdictKind


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalId:
    """`pr=42,43;policy=1a2b3c4;kind=hotfix;group=;overridden=size;lines=5d6c;says=9f8e`; a missing field is empty."""

    pulls: tuple[int, ...] = ()
    policy: str = ""
    """The commit at which the policy was read."""
    kind: VerdictKind | None = None
    """The kind of verdict; None if the check run doesn't record it."""
    group: bool = False
    """Whether the verdict belongs to a merge group rather than to a pull request's own head."""
    overridden: tuple[str, ...] = ()
    """The IDs of the overridden rules, for evaluations that can't read the record of overrides."""
    lines: str = ""
    """A digest of the annotations."""
    says: str = ""
    """A digest of everything shown except the time."""

    def __str__(self) -> str:
        fields = {
            "pr": ",".join(map(str, self.pulls)),
            "policy": self.policy,
            "kind": self.kind or "",
            "group": "1" if self.group else "",
            "overridden": ",".join(self.overridden),
            "lines": self.lines,
            "says": self.says,
        }
        return ";".join(f"{name}={value}" for name, value in fields.items())

    @classmethod
    def parse(cls, text: str) -> ExternalId:
        """Return the state encoded in `text`. Never raises: a field that can't be parsed is empty."""
        fields = dict(part.partition("=")[::2] for part in text.split(";"))
        kind = fields.get("kind", "")
        return cls(
            pulls=tuple(int(number) for number in fields.get("pr", "").split(",") if number.isdecimal()),
            policy=fields.get("policy", ""),
            kind=VerdictKind(kind) if kind in list(VerdictKind) else None,
            group=bool(fields.get("group")),
            overridden=tuple(filter(None, fields.get("overridden", "").split(","))),
            lines=fields.get("lines", ""),
            says=fields.get("says", ""),
        )
