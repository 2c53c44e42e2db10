"""Encode the state of our check run in its `external_id`, since nothing may be decided by its title."""

from __future__ import annotations

from dataclasses import dataclass

from hotfix.verdict import VerdictKind


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalId:
    """`pr=42,43;policy=1a2b3c4;kind=hotfix;group=;overridden=size;lines=5d6c;says=9f8e`; a missing field is empty."""

    pulls: tuple[int, ...] = ()
    policy: str = ""
    """The commit that the policy was read at."""
    kind: VerdictKind | None = None
    """What the verdict is about; None if the check run does not say."""
    group: bool = False
    """Is the verdict a merge group's, and not that of a pull request's own head?"""
    overridden: tuple[str, ...] = ()
    """The ids of the rules that were overridden, for those who evaluate without the record of overrides."""
    lines: str = ""
    """A digest of the annotations."""
    says: str = ""
    """A digest of everything that is shown but the time."""

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
        """Return the state that a check run carries. Raises nothing: what cannot be read is empty."""
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
