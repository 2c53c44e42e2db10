"""What is wrong with a policy, and where."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class PolicyProblem:
    """One mistake. Lines and columns count from 1, as editors do."""

    line: int
    column: int
    key: str
    """The dotted key, `rules.size.max_lines`; empty where the mistake is the file's."""
    message: str
    """One sentence: what is wrong and what may stand there. Text from the file in it is not yet escaped."""


class PolicyError(ValueError):
    """The policy can't be used. All its mistakes at once, in the order of the file."""

    def __init__(self, problems: tuple[PolicyProblem, ...], where: str) -> None:
        self.problems = problems
        self.where = where
        """The file, as the caller named it."""
        super().__init__("\n".join(self.lines))

    @property
    def lines(self) -> list[str]:
        """`where:line:column: key: message`, one a mistake."""
        return [f"{self.where}:{p.line}:{p.column}: {p.key + ': ' if p.key else ''}{p.message}" for p in self.problems]
