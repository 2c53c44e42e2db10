"""Find commands in comments: `/hotfix ...` at the start of a line of a top-level paragraph."""

from __future__ import annotations

from hotfix.text import markdown

WORD = "/hotfix"


def commands_in(text: str) -> tuple[str, ...]:
    """Return what follows `/hotfix` in each command of a comment, each once, in order.

    Quotes, code, lists, tables, headings and HTML hold no command, nor does text that is struck through or in a link.
    """
    if WORD not in text.casefold():  # spares most comments the parser
        return ()
    found = (line.split(None, 1) for line in markdown.paragraph_lines(text))
    return tuple(dict.fromkeys("".join(words[1:]).strip() for words in found if words and words[0].casefold() == WORD))
