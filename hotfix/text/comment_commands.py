"""Find commands in comments: `/hotfix ...` at the start of a line of a top-level paragraph."""

from __future__ import annotations

from hotfix.text import markdown

WORD = "/hotfix"


def commands_in(text: str) -> tuple[str, ...]:
    """Return the text after `/hotfix` of each command in a comment, in order and without duplicates.

    Commands are not recognized in quotes, code, lists, tables, headings, HTML, links and struck-through text.
    """
    if WORD not in text.casefold():  # most comments need no parsing
        return ()
    found = (line.split(None, 1) for line in markdown.paragraph_lines(text))
    return tuple(dict.fromkeys("".join(words[1:]).strip() for words in found if words and words[0].casefold() == WORD))
