"""Parse, check and correct the message of a hotfix commit, which has this format:

    hotfix: [brief description]

    Fixes [issue]
    Severity: P0

    Changes:
    - [specific change]

    Tested:
    - [test]

    Rollback: [how to undo it]

Free text and other trailers (`Co-authored-by:`) are allowed between and after these parts.
"""

from hotfix.message.message_parser import LONGEST, MessagePart, clean, co_authors, parse
from hotfix.message.message_problems import LONGEST_SUBJECT, PREFIX, MessageProblem, problems
from hotfix.message.message_writer import corrected, refilled, template

__all__ = [
    "LONGEST",
    "LONGEST_SUBJECT",
    "PREFIX",
    "MessagePart",
    "MessageProblem",
    "clean",
    "co_authors",
    "corrected",
    "parse",
    "problems",
    "refilled",
    "template",
]
