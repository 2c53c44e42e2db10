"""Know what white space means in a language, by file name.

Only lexers listed here are run: each was tried on hostile text. In a language that is not listed a space within a
line, or before it, may be part of a value, so that only what stands at the ends of lines is layout.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache

from hotfix.text.late_pattern import late_pattern


class Spaces(StrEnum):
    """What a space between two tokens of one line means."""

    FREE = "free"
    """Nothing, but where it keeps two words or operators apart."""
    PRESENT = "present"
    """Whether there is one has a meaning, how many has none."""
    EXACT = "exact"
    """Every space counts."""


@dataclass(frozen=True, slots=True)
class Syntax:
    """How a language is written, as far as its layout goes."""

    lexer: str = ""
    """Alias of the Pygments lexer; empty if none is run."""
    spaces: Spaces = Spaces.PRESENT
    newline: bool = True
    """Does a line break end a statement?"""
    brackets: str = ""
    """Opening brackets inside which a line break means nothing."""
    soft: bool = False
    """Does a line break next to punctuation mean nothing?"""
    indent: bool = False
    """Is indentation meaning?"""
    braces: bool = False
    """Do braces, not words, open blocks?"""
    tags: bool = False
    """Is there markup among the code?"""
    tight_before: str = ""
    """Characters before which spaces mean nothing although elsewhere they do."""
    tight_after: str = ""
    """The same, after."""
    quotes: tuple[str, ...] = ()
    """What begins and ends a string of several lines: a hunk may show only one of them."""
    flow: bool = False
    """Do brackets that open a value hold a list in which spaces are free, as in YAML?"""
    trailing: str = ""
    """Opening brackets before whose end a comma that ends a line has no meaning."""
    tuples: bool = False
    """Does a comma make a tuple of the one value in parentheses?"""
    wraps: bool = False
    """Do formatters put parentheses around a value that continues on further lines?"""
    unions: bool = False
    """May the first member of a union or intersection of types have the operator before it?"""
    quotes_alike: bool = False
    """Do single and double quotes mean the same? In YAML not if there is a backslash between them."""
    paragraphs: bool = False
    """Is text divided by blank lines, and broken by two spaces at the end of a line? In YAML: may blank lines at the
    end of a block scalar belong to it?"""
    tables: bool = False
    """May text hold tables whose cells are padded to the same width?"""
    raw: bool = False
    """Does every character count?"""
    leads: frozenset[str] = frozenset()
    """Operators that continue the statement of the line before, if a line break ends one otherwise."""
    trails: frozenset[str] = frozenset()
    """Operators after which a statement goes on, if a line break ends one otherwise."""


_FREE = Syntax(spaces=Spaces.FREE, newline=False, braces=True)
_LINES = Syntax(spaces=Spaces.FREE, newline=True, brackets="([", soft=True, braces=True)
_BINARY = frozenset("+ - == != <= >= && || += -=".split())  # noqa: SIM905
_SCRIPT = frozenset(
    ["?", ":", "&&", "||", "??", "+", "-", "*", "%", "&", "|", "^", "==", "!=", "===", "!==", "<=", ">=", "="]
)
_BREAKS = frozenset(("&&", "||", "?", ":"))
_BACKTICKS = replace(_LINES, quotes=("`",), trailing="([{", trails=_BINARY)
_JAVASCRIPT = replace(_BACKTICKS, wraps=True, unions=True, quotes_alike=True, leads=_SCRIPT | {"{"}, trails=_SCRIPT)
_TRIPLE = ('"""', "'''")
_PYTHON = Syntax(
    spaces=Spaces.FREE,
    newline=True,
    brackets="([{",
    indent=True,
    quotes=_TRIPLE,
    trailing="([{",
    tuples=True,
    wraps=True,
    quotes_alike=True,
)
_COLUMNS = Syntax(spaces=Spaces.EXACT, newline=True, indent=True)
_PROSE = replace(_COLUMNS, paragraphs=True)
FALLBACK = _PROSE
"""Of a language that is not listed."""
_DATA = replace(_COLUMNS, raw=True)
_YAML = Syntax(spaces=Spaces.EXACT, newline=True, indent=True, flow=True, quotes_alike=True)
_TOML = Syntax(spaces=Spaces.FREE, newline=True, brackets="[", trailing="[", quotes=_TRIPLE)
_KEYS = Syntax(spaces=Spaces.EXACT, newline=True, indent=True, tight_before="=", tight_after="=")
_WORDS = Syntax(spaces=Spaces.PRESENT, newline=True)
_CALLS = replace(_WORDS, tight_before=",)", tight_after=",(")
_SHELL = replace(_WORDS, trails=frozenset(("&&", "||", "|")))
_RUBY = replace(
    _WORDS,
    soft=True,
    tight_before=",)]}.=",
    tight_after=",([{.=",
    trailing="([{",
    trails=frozenset(("&&", "||", "=", "=>", "+", "-", "*", "==", "!=", "<=", ">=", "+=", "-=")),
)
_ELIXIR = replace(
    _CALLS,
    quotes=_TRIPLE,
    tight_before=",)]}=",
    tight_after=",([{=",
    leads=frozenset(("|>",)),
    trails=frozenset(("=", "|>")),
)
_STYLES = Syntax(spaces=Spaces.PRESENT, newline=False, braces=True, tight_before="{};,>", tight_after="{};,:>")
_MARKUP = Syntax(spaces=Spaces.PRESENT, newline=False)
_MIXED = Syntax(spaces=Spaces.PRESENT)
"""Markup with code of another language in it."""

_BY_SUFFIX: tuple[tuple[Syntax, str], ...] = (
    (
        _FREE,
        "json:json,jsonc,geojson,ipynb,webmanifest javascript:json5 protobuf:proto solidity:sol "
        "glsl:glsl,vert,frag perl:perl,pl,pm sql:sql graphql:graphql,gql",
    ),
    (
        replace(_FREE, trailing="{"),
        "c:c,h cpp:cc,cpp,cxx,c++,hh,hpp,hxx,h++,inl cuda:cu,cuh objective-c:m,mm",
    ),
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
    (
        _WORDS,
        "powershell:ps1,psm1 cmake:cmake :mod,thrift,prisma,hlsl,wgsl,metal,capnp,fbs,sv,svh,vhd,vhdl,adb,ads",
    ),
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
    "dockerfile": "dockerfile",
    "containerfile": "dockerfile",
    "makefile": "mk",
    "gnumakefile": "mk",
    "gemfile": "rb",
    "rakefile": "rb",
    "vagrantfile": "rb",
    "podfile": "rb",
    "fastfile": "rb",
    "brewfile": "rb",
    "jenkinsfile": "jenkinsfile",
    "build": "bzl",
    "workspace": "bzl",
    "build.bazel": "bzl",
    "cmakelists.txt": "cmake",
    "pipfile": "toml",
    "cargo.lock": "toml",
    "poetry.lock": "toml",
    ".bashrc": "sh",
    ".profile": "sh",
    ".envrc": "sh",
    ".zshrc": "sh",
}
_TEMPLATES = frozenset(("j2", "jinja", "jinja2", "tmpl", "tpl", "gotmpl"))
"""Endings of templates for any kind of file: `deploy.yaml.j2`."""
_VERBATIM = late_pattern(r"</?(?:pre|textarea|listing)\b|xml:space", re.IGNORECASE)
"""Markup in which white space is text."""
_KEPT = late_pattern(r"[|>][1-9]?\+")
"""A block scalar of YAML that keeps the blank lines at its end, perhaps on one side of the change alone."""
_VALUES = {
    "sql": late_pattern(
        r"\$\w*\$|`[^`\n]* [^`\n]*`|\[\w+(?: +\w+)+\]|^[ +-]?(?:\\|GO\s*$|COPY\b.*\bSTDIN\b)",
        re.MULTILINE | re.IGNORECASE,
    ),
    "graphql": late_pattern('"""'),
    "d": late_pattern(r'\bq["{]'),
}
"""Values that a lexer takes for code: bodies between dollars and names in other quotes, descriptions, token strings."""
_TAGS = late_pattern(r"</|/>|\?>")
_SCRIPT_TAG = late_pattern(r"</?script\b", re.IGNORECASE)
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
    """Return what white space means in a template for a file of that kind, or for one of an unknown kind."""
    if syntax is None:
        return _COLUMNS
    spaces = Spaces.EXACT if syntax.indent else Spaces.PRESENT
    return replace(syntax, lexer="", spaces=spaces, flow=False, quotes_alike=False, trailing="", wraps=False)


def syntax_in(path: str, text: str) -> Syntax:
    """Return what white space means in a change of this file, whose text may hold another language."""
    syntax = syntax_of(path)
    if syntax.flow and ("{{" in text or "{%" in text):
        return replace(syntax, flow=False)  # a template's output keeps its indentation
    if syntax.flow and _KEPT.search(text):
        return replace(syntax, paragraphs=True)
    mixed = syntax == _MIXED
    markup = mixed or syntax.lexer in ("html", "xml", "php")
    verbatim = _VALUES.get(syntax.lexer) or (_VERBATIM if markup else None)
    if verbatim and verbatim.search(text):
        return replace(syntax, raw=True)
    if mixed and any(line.count("`") % 2 for line in text.splitlines()):
        return replace(syntax, raw=True)  # a text of several lines begins or ends
    if syntax.lexer == "php" and _TAGS.search(text):
        return replace(syntax, spaces=Spaces.PRESENT)
    return replace(syntax, newline=True) if markup and _SCRIPT_TAG.search(text) else syntax


def syntax_of(path: str) -> Syntax:
    """Return what white space means in this file; FALLBACK if the name says nothing."""
    name = path.rpartition("/")[2].casefold()
    stem, _, ending = name.rpartition(".")
    if ending in _TEMPLATES:
        return _of_template(_table().get(stem.rpartition(".")[2]))
    if name.startswith(".env."):
        return _DATA
    known = _BY_NAME.get(name) or _BY_NAME.get(name.partition(".")[0] if name.startswith(_PREFIXES) else "")
    return _table().get(known or name.rpartition(".")[2], FALLBACK)
