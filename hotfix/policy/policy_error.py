"""The error for an invalid policy, with all its problems."""

from __future__ import annotations

from hotfix.text.yaml_tree import YamlProblem


class PolicyError(ValueError):
    """The policy can't be used. All its mistakes at once, in the order of the file."""

    def __init__(self, problems: tuple[YamlProblem, ...], where: str) -> None:
        self.problems = problems
        self.where = where
        """The file, as the caller named it."""
        super().__init__("\n".join(self.lines))

    @property
    def lines(self) -> list[str]:
        """One line per mistake: `where:line:column: key: message`."""
        return [f"{self.where}:{p.line}:{p.column}: {p.key + ': ' if p.key else ''}{p.message}" for p in self.problems]
