"""Look up a language's white space rules, by file name.

Only the lexers listed here are run, each of which was tested with hostile input. In other languages, spaces within or
before a line may be part of a value, so only white space at line ends is layout.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache

from hotfix.text.lazy_pattern import lazy_pattern
from hotfix.text.words import words


class Spaces(StrEnum):
    """The significance of spaces between two tokens on a line."""

    FREE = "free"
    """Insignificant, except to separate two words or operators."""
    PRESENT = "present"
    """Presence is significant, but not the number of spaces."""
    EXACT = "exact"
    """Every space is significant."""


@dataclass(frozen=True, slots=True)
class Syntax:
    """The layout rules of a language."""

    lexer: str = ""
    """The Pygments lexer's alias; empty if none is run."""
    spaces: Spaces = Spaces.PRESENT
    newline: bool = True
    """Whether a line break ends a statement."""
    brackets: str = ""
    """Opening brackets inside which line breaks are insignificant."""
    soft: bool = False
    """Whether line breaks next to punctuation are insignificant."""
    indent: bool = False
    """Whether indentation is significant."""
    braces: bool = False
    """Whether blocks are delimited by braces rather than words."""
    tags: bool = False
    """Whether the code contains markup."""
    tight_before: str = ""
    """Characters before which spaces are insignificant, although they are significant elsewhere."""
    tight_after: str = ""
    """Characters after which spaces are insignificant."""
    quotes: tuple[str, ...] = ()
    """Delimiters of multi-line strings, of which a hunk may show only one."""
    flow: bool = False
    """Whether brackets at the start of a value contain a list in which spaces are insignificant, as in YAML."""
    trailing: str = ""
    """Opening brackets of constructs in which a trailing comma at a line end is insignificant."""
    tuples: bool = False
    """Whether a comma turns a single value in parentheses into a tuple."""
    wraps: bool = False
    """Whether formatters add parentheses around values that span several lines."""
    unions: bool = False
    """Whether a union or intersection of types may begin with the operator."""
    quotes_alike: bool = False
    """Whether single and double quotes are equivalent; in YAML only without a backslash in the string."""
    paragraphs: bool = False
    """Whether blank lines separate paragraphs, and two trailing spaces are a line break. In YAML: whether trailing
    blank lines of a block scalar may belong to it."""
    tables: bool = False
    """Whether the text may contain tables with padded cells."""
    raw: bool = False
    """Whether every character is significant."""
    leads: frozenset[str] = frozenset()
    """Operators at the start of a line that continue the previous line's statement."""
    trails: frozenset[str] = frozenset()
    """Operators at the end of a line that continue the statement on the next line."""


_FREE = Syntax(spaces=Spaces.FREE, newline=False, braces=True)
_LINES = Syntax(spaces=Spaces.FREE, brackets="([", soft=True, braces=True)
_BINARY = frozenset(words("+ - == != <= >= && || += -="))
_SCRIPT = frozenset(words("? : && || ?? + - * % & | ^ == != === !== <= >= ="))
_BREAKS = frozenset(words("&& || ? :"))
_BACKTICKS = replace(_LINES, quotes=("`",), trailing="([{", trails=_BINARY)
_JAVASCRIPT = replace(_BACKTICKS, wraps=True, unions=True, quotes_alike=True, leads=_SCRIPT | {"{"}, trails=_SCRIPT)
_TRIPLE = ('"""', "'''")
_INDENTED = Syntax(spaces=Spaces.FREE, brackets="([{", indent=True)
_PYTHON = replace(_INDENTED, quotes=_TRIPLE, trailing="([{", tuples=True, wraps=True, quotes_alike=True)
_COLUMNS = Syntax(spaces=Spaces.EXACT, indent=True)
_PROSE = replace(_COLUMNS, paragraphs=True)
FALLBACK = _PROSE
"""The rules for languages that are not listed."""
_DATA = replace(_COLUMNS, raw=True)
_YAML = replace(_COLUMNS, flow=True, quotes_alike=True)
_TOML = Syntax(spaces=Spaces.FREE, brackets="[", trailing="[", quotes=_TRIPLE)
_KEYS = replace(_COLUMNS, tight_before="=", tight_after="=")
_WORDS = Syntax()
_CALLS = replace(_WORDS, tight_before=",)", tight_after=",(")
_SHELL = replace(_WORDS, trails=frozenset(("&&", "||", "|")))
_RUBY = replace(
    _WORDS, soft=True, tight_before=",)]}.=", tight_after=",([{.=", trailing="([{", trails=_BINARY | {"=", "=>", "*"}
)
_ELIXIR = replace(
    _CALLS,
    quotes=_TRIPLE,
    tight_before=",)]}=",
    tight_after=",([{=",
    leads=frozenset(("|>",)),
    trails=frozenset(("=", "|>")),
)
_STYLES = Syntax(newline=False, braces=True, tight_before="{};,>", tight_after="{};,:>")
_MARKUP = Syntax(newline=False)
_MIXED = Syntax()
"""Markup with embedded code in another language."""

_BY_SUFFIX: tuple[tuple[Syntax, str], ...] = (
    (
        _FREE,
        "json:json,jsonc,geojson,ipynb,webmanifest javascript:json5 protobuf:proto solidity:sol "
        "glsl:glsl,vert,frag perl:perl,pl,pm sql:sql graphql:graphql,gql",
    ),
    (replace(_FREE, trailing="{"), "c:c,h cpp:cc,cpp,cxx,c++,hh,hpp,hxx,h++,inl cuda:cu,cuh objective-c:m,mm"),
    (replace(_FREE, trailing="([{", tuples=True), "rust:rs"),
    (replace(_FREE, trailing="{", quotes=("`",)), "d:d"),
    (replace(_FREE, trailing="([{"), "php:php,php5"),
    (replace(_FREE, trailing="([{", quotes=_TRIPLE), "dart:dart"),
    (replace(_FREE, quotes=('"""',), trailing="{["), "java:java csharp:cs"),
    (_JAVASCRIPT, "javascript:js,mjs,cjs,es6 typescript:ts,mts,cts jsx:jsx tsx:tsx"),
    (_BACKTICKS, "go:go"),
    (
        replace(_LINES, quotes=('"""',), trailing="([{", leads=_BREAKS, trails=_BINARY),
        "kotlin:kt,kts swift:swift groovy:groovy,gradle,jenkinsfile",
    ),
    (replace(_LINES, quotes=('"""',), indent=True, trailing="([{"), "scala:scala,sc,sbt"),
    (replace(_LINES, trailing="{"), "lua:lua zig:zig"),
    (_PYTHON, "python:py,pyi,pyw,bzl,star cython:pyx,pxd"),
    (_YAML, "yaml:yml,yaml"),
    (
        _COLUMNS,
        "haskell:hs make:mk,mak coffeescript:coffee nimrod:nim,nims fsharp:fs,fsx elm:elm haml:haml sass:sass "
        ":pug,jade,slim,styl,purs,agda,idr,f,for,f77,f90,cob,cbl,s,asm,feature,robot,gd",
    ),
    (replace(_PROSE, tables=True), ":md,markdown,mdx"),
    (_PROSE, ":rst,adoc,txt,text"),
    (_DATA, ":diff,patch,tsv,csv,psv,snap,env,bat,cmd"),
    (_WORDS, "powershell:ps1,psm1 cmake:cmake :mod,thrift,prisma,hlsl,wgsl,metal,capnp,fbs,sv,svh,vhd,vhdl,adb,ads"),
    (_SHELL, "bash:sh,bash,zsh,ksh,bats docker:dockerfile"),
    (_RUBY, "ruby:rb,rake,gemspec,podspec,ru"),
    (_ELIXIR, "elixir:ex,exs"),
    (_CALLS, "r:r"),
    (replace(_CALLS, quotes=('"""',)), "erlang:erl,hrl julia:jl"),
    (replace(_WORDS, tight_before=",])", tight_after=",[("), "terraform:tf,tfvars,tofu,hcl,nomad"),
    (replace(_WORDS, newline=False), "clojure:clj,cljs,edn"),
    (_TOML, "toml:toml"),
    (_KEYS, "ini:ini,cfg properties:properties"),
    (_STYLES, "css:css scss:scss less:less"),
    (
        _MIXED,
        ":vue,svelte,astro,ejs,erb,jsp,jspx,cshtml,razor,aspx,hbs,handlebars,mustache,twig,liquid,njk,heex,eex,ftl,vm",
    ),
    (_MARKUP, "html:html,htm,xhtml xml:xml,svg,xsd,xsl,xslt,csproj,fsproj,vbproj,props,targets,plist,resx,xaml"),
)
_BY_NAME = {
    name: suffix
    for suffix, names in {
        "dockerfile": "dockerfile containerfile",
        "mk": "makefile gnumakefile",
        "rb": "gemfile rakefile vagrantfile podfile fastfile brewfile",
        "jenkinsfile": "jenkinsfile",
        "bzl": "build workspace build.bazel",
        "cmake": "cmakelists.txt",
        "toml": "pipfile cargo.lock poetry.lock",
        "sh": ".bashrc .profile .envrc .zshrc",
    }.items()
    for name in names.split()
}
"""Name of a file -> suffix of files in the same language."""
_TEMPLATES = frozenset(words("j2 jinja jinja2 tmpl tpl gotmpl"))
"""Suffixes of templates for any kind of file: `deploy.yaml.j2`."""
_VERBATIM = lazy_pattern(r"</?(?:pre|textarea|listing)\b|xml:space", re.IGNORECASE)
"""Markup in which white space is preserved."""
_KEPT = lazy_pattern(r"[|>][1-9]?\+")
"""A YAML block scalar that keeps trailing blank lines, perhaps on only one side of the change."""
_VALUES = {
    "sql": lazy_pattern(
        r"\$\w*\$|`[^`\n]* [^`\n]*`|\[\w+(?: +\w+)+\]|^[ +-]?(?:\\|GO\s*$|COPY\b.*\bSTDIN\b)",
        re.MULTILINE | re.IGNORECASE,
    ),
    "graphql": lazy_pattern('"""'),
    "d": lazy_pattern(r'\bq["{]'),
}
"""Values that lexers misread as code: dollar-quoted bodies, names in other quotes, descriptions, token strings."""
_TAGS = lazy_pattern(r"</|/>|\?>")
_SCRIPT_TAG = lazy_pattern(r"</?script\b", re.IGNORECASE)
_PREFIXES = ("dockerfile.", "containerfile.", "makefile.")


@lru_cache(maxsize=1)
def _table() -> dict[str, Syntax]:
    table: dict[str, Syntax] = {}
    for syntax, text in _BY_SUFFIX:
        for entry in text.split():
            lexer, _, suffixes = entry.partition(":")
            for suffix in suffixes.split(","):
                table.setdefault(suffix, replace(syntax, lexer=lexer))
    return table


def _of_template(syntax: Syntax | None) -> Syntax:
    """Return the rules for a template of a file with this syntax; None for an unknown syntax."""
    if syntax is None:
        return _COLUMNS
    spaces = Spaces.EXACT if syntax.indent else Spaces.PRESENT
    return replace(syntax, lexer="", spaces=spaces, flow=False, quotes_alike=False, trailing="", wraps=False)


def syntax_in(path: str, text: str) -> Syntax:
    """Return the rules for a change to this file, whose text may contain another language."""
    syntax = syntax_of(path)
    if syntax.flow and ("{{" in text or "{%" in text):
        return replace(syntax, flow=False)  # indentation is significant in a template's output
    if syntax.flow and _KEPT.search(text):
        return replace(syntax, paragraphs=True)
    mixed = syntax == _MIXED
    markup = mixed or syntax.lexer in ("html", "xml", "php")
    verbatim = _VALUES.get(syntax.lexer) or (_VERBATIM if markup else None)
    if verbatim and verbatim.search(text):
        return replace(syntax, raw=True)
    if mixed and any(line.count("`") % 2 for line in text.splitlines()):
        return replace(syntax, raw=True)  # a multi-line template string begins or ends
    if syntax.lexer == "php" and _TAGS.search(text):
        return replace(syntax, spaces=Spaces.PRESENT)
    return replace(syntax, newline=True) if markup and _SCRIPT_TAG.search(text) else syntax


def syntax_of(path: str) -> Syntax:
    """Return the rules for a file by its name; FALLBACK if the name is not recognized."""
    name = path.rpartition("/")[2].casefold()
    stem, _, ending = name.rpartition(".")
    if ending in _TEMPLATES:
        return _of_template(_table().get(stem.rpartition(".")[2]))
    if name.startswith(".env."):
        return _DATA
    known = _BY_NAME.get(name) or _BY_NAME.get(name.partition(".")[0] if name.startswith(_PREFIXES) else "")
    return _table().get(known or name.rpartition(".")[2], FALLBACK)
