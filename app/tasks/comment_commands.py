"""The commands of a comment: `/hotfix recheck`, `/hotfix override RULE reason`. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from hotfix.rules import RULES
from hotfix.text.comments import WORD, commands_in

RULE_IDS = tuple(rule.id for rule in RULES)
LONGEST_REASON = 500


@dataclass(frozen=True, slots=True)
class Recheck:
    """`/hotfix recheck`"""


@dataclass(frozen=True, slots=True)
class GiveOverride:
    """`/hotfix override RULE reason`"""

    rule: str
    reason: str


@dataclass(frozen=True, slots=True)
class Unclear:
    """A command that is unknown or incomplete."""

    message: str
    """One sentence for its author."""


Command = Recheck | GiveOverride | Unclear


def parse(body: str) -> tuple[Command, ...]:
    """Return the commands of a comment, each once; see `hotfix.text.comments` for what counts as one."""
    return tuple(dict.fromkeys(_command(words.split(None, 2)) for words in commands_in(body)))


def _command(words: list[str]) -> Command:
    """Read one command. Phones capitalize the first letter, and people quote a rule's name."""
    match [*(word.casefold().strip("`") for word in words[:2]), *words[2:]]:
        case ["recheck", *_]:
            return Recheck()
        case ["override", rule, reason] if rule in RULE_IDS:
            return GiveOverride(rule, reason.strip()[:LONGEST_REASON])
        case ["override", rule] if rule in RULE_IDS:
            return Unclear(f"An override needs its reason: `{WORD} override {rule} why it may be set aside`.")
        case ["override", *_]:
            return Unclear(f"Say which rule is overridden, and why: `{WORD} override RULE reason`, with RULE one of "
                           f"{', '.join(RULE_IDS)}.")  # fmt: skip
    return Unclear(f"I know `{WORD} recheck` and `{WORD} override RULE reason`.")
