"""Layout changes are distinguished from code changes by tokens."""

from __future__ import annotations

import difflib
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hotfix.formatting import layout_changes
from tests.unit.growth import assert_linear
from tests.unit.sources import SOURCES

PATHS = sorted(SOURCES)


def a_patch(before: str, after: str, context: int = 3) -> str:
    """Return the patch in git's format."""
    old, new = before.removesuffix("\n").split("\n"), after.removesuffix("\n").split("\n")
    return "\n".join(list(difflib.unified_diff(old, new, lineterm="", n=context))[2:])


def whats(path: str, before: str, after: str) -> list[str]:
    return [layout.what for layout in layout_changes(path, a_patch(before, after))]


@pytest.mark.parametrize(
    ("path", "before", "after", "what"),
    [
        ("a.py", "x = 1\n", "x  =  1\n", "white space"),
        ("a.py", "x = 1 \n", "x = 1\n", "white space"),
        ("a.py", "f(a,\n  b)\n", "f(a, b)\n", "line breaks"),
        ("a.py", "x = 1\ny = 2\n", "x = 1\n\n\ny = 2\n", "blank lines"),
        ("a.py", "# one two\n# three\nx = 1\n", "# one\n# two three\nx = 1\n", "white space"),
        ("a.py", "def f():\n  a()\n  b()\n\nc()\n", "def f():\n    a()\n    b()\n\nc()\n", "indentation"),
        ("a.js", "if (a) {\n  b();\n}\n", "if (a) { b(); }\n", "line breaks"),
        ("a.js", "a = b;\n", "a = b;\r\n", "line ends"),
        ("a.js", "a = b // one two\n", "a = b //  one two\n", "white space"),
        ("a.go", "a := []int{1, 2}\n", "a := []int{1,2}\n", "white space"),
        ("a.c", " * one two\n * three\n */\nint x;\n", " * one\n * two three\n */\nint x;\n", "white space"),
        ("a.c", "a=-1;\n", "a = -1;\n", "white space"),
        ("a.rs", "fn a() { b(); }\n", "fn a() {\n    b();\n}\n", "line breaks"),
        ("a.json", '{"a": 1}\n', '{\n  "a": 1\n}\n', "line breaks"),
        ("a.yml", "a: 1\n", "a:   1\n", "white space"),
        ("a.yml", "b:\n  c: [1,2]\nd: 3\n", "b:\n    c: [1, 2]\nd: 3\n", "white space"),
        ("a.sh", "if x; then\n  foo\nfi\n", "if x; then\n    foo\nfi\n", "indentation"),
        ("a.html", "<b>a</b> <i>\n", "<b>a</b>\n   <i>\n", "line breaks"),
        ("a.css", "a .b {color:red}\n", "a .b { color: red }\n", "white space"),
        ("a.unknown", "one two\n", "one two \n", "white space"),
    ],
)
def test_layout_alone_is_found(path: str, before: str, after: str, what: str) -> None:
    assert whats(path, before, after) == [what]


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ("a.py", 'x = "a b"\n', 'x = "a  b"\n'),
        ("a.py", '"""a\n b\n"""\n', '"""a\n  b\n"""\n'),
        ("a.py", "def f():\n    a()\n    b()\n", "def f():\n    a()\nb()\n"),
        ("a.py", "if a:\n    b()\n    c()\nd()\n", "if a:\n    b()\nc()\nd()\n"),
        ("a.scala", "if a then\n  b\nc\n", "if a then\n  b\n  c\n"),
        (".env", "GREETING=a b\n", "GREETING=a  b\n"),
        ("a.py", "x = 1\n", "x = 2\n"),
        ("a.py", "x = 1 # one\n", "x = 1 # two\n"),
        ("a.py", "f(a)\n", "f(a,)\n"),
        ("a.js", "return x\n", "return\nx\n"),
        ("a.js", "s = `a b`\n", "s = `a  b`\n"),
        ("a.js", "a = b // c\nd()\n", "a = b // c d()\n"),
        ("a.jsx", "x = <b>a c</b>\n", "x = <b>a c </b>\n"),
        ("a.go", "//go:build linux\n", "// go:build linux\n"),
        ("a.c", "a + +b;\n", "a ++b;\n"),
        ("a.c", "#define F (x)\n", "#define F(x)\n"),
        ("a.c", "// a\nb();\n", "// a b();\n"),
        ("a.yml", "a: one two\n", "a: one  two\n"),
        ("a.yml", "a:\n  b: 1\nc: 2\n", "a:\nb: 1\nc: 2\n"),
        ("a.yml", "a: b\n", "a:b\n"),
        ("Makefile", "a:\n\tfoo\n", "a:\n    foo\n"),
        ("a.hs", "f = do\n  a\n", "f = do\n   a\n"),
        ("a.sh", "a=b\n", "a= b\n"),
        ("a.sh", "a\nb\n", "a b\n"),
        ("a.css", "a .b {}\n", "a.b {}\n"),
        ("a.html", "<b>a</b> <i>\n", "<b>a</b><i>\n"),
        ("a.rb", "foo -1\n", "foo - 1\n"),
        ("a.unknown", "one two\n", "onetwo\n"),
        ("a.unknown", 'x "a b"\n', 'x "a  b"\n'),
    ],
)
def test_what_changes_the_meaning_is_not_layout(path: str, before: str, after: str) -> None:
    assert whats(path, before, after) == []


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ("a.py", "def f():\n    a()\n\n    b()\n\nc()\n", "def f():\n    if x:\n        a()\n\n        b()\n\nc()\n"),
        ("a.js", "{\n  a();\n\n  b();\n}\n", "{\n  if (x) {\n    a();\n\n    b();\n  }\n}\n"),
        ("a.rb", "a\n\nb\n", "if x\n  a\n\n  b\nend\n"),
    ],
)
def test_indentation_that_a_new_block_brings_is_not_layout(path: str, before: str, after: str) -> None:
    assert whats(path, before, after) == []


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ("a.py", "x = call(a, b)\n", "x = call(\n    a,\n    b,\n)\n"),
        ("a.py", "print(a)\n", "print(\n    a,\n)\n"),
        ("a.py", "def f(a, b): pass\n", "def f(\n    a,\n    b,\n): pass\n"),
        ("a.py", "x = [a]\n", "x = [\n    a,\n]\n"),
        ("a.py", "x = (a, b)\n", "x = (\n    a,\n    b,\n)\n"),
        ("a.py", "x = a and b\n", "x = (\n    a\n    and b\n)\n"),
        ("a.py", "return a if b else c\n", "return (\n    a\n    if b\n    else c\n)\n"),
        ("a.py", "if a and b:\n    c()\n", "if (\n    a\n    and b\n):\n    c()\n"),
        ("a.py", "x = 'a'\n", 'x = "a"\n'),
        ("a.py", "x = f'{a}: {b} c'\n", 'x = f"{a}: {b} c"\n'),
        ("a.py", "x = 'a\\n'\n", 'x = "a\\n"\n'),
        ("a.py", "from a import b, c\n", "from a import (\n    b,\n    c,\n)\n"),
        ("a.py", "from a import b\n", "from a import (\n    b,\n)\n"),
        ("a.py", "x, y = a(), b()\n", "x, y = (\n    a(),\n    b(),\n)\n"),
        ("a.py", "return a, b\n", "return (\n    a,\n    b,\n)\n"),
        ("a.py", "x = (a for a in b)\n", "x = (\n    a\n    for a in b\n)\n"),
        ("a.py", "x = {1: 2} if a else {}\n", "x = (\n    {1: 2}\n    if a\n    else {}\n)\n"),
        ("a.js", "const a = c ? b : d;\n", "const a = c\n  ? b\n  : d;\n"),
        ("a.js", "const a = c && b + d\n", "const a =\n  c &&\n  b\n  + d\n"),
        ("a.js", "return c && d;\n", "return (\n  c &&\n  d\n);\n"),
        ("a.js", "f(a, b)\n", "f(\n  a,\n  b,\n)\n"),
        ("a.js", "a = {b: c}\n", "a = {\n  b: c,\n}\n"),
        ("a.js", "a = f('b')\n", 'a = f("b")\n'),
        ("a.ts", "type A = B | C;\n", "type A =\n  | B\n  | C;\n"),
        ("a.jsx", "return <div>a</div>;\n", "return (\n  <div>a</div>\n);\n"),
        ("a.rs", "foo(a);\n", "foo(\n    a,\n);\n"),
        ("a.go", "f(a, b)\n", "f(\n\ta,\n\tb,\n)\n"),
        ("a.go", "a := []int{1, 2}\n", "a := []int{\n\t1,\n\t2,\n}\n"),
        ("a.kt", "f(a, b)\n", "f(\n    a,\n    b,\n)\n"),
        ("a.kt", "val a = b && c\n", "val a = b\n    && c\n"),
        ("a.cpp", "int a[] = {1, 2};\n", "int a[] = {\n  1,\n  2,\n};\n"),
        ("a.cpp", "foo(a, b + c);\n", "foo(a,\n    b +\n    c);\n"),
        ("a.toml", "a = [1, 2]\n", "a = [\n  1,\n  2,\n]\n"),
    ],
)
def test_what_formatters_rewrap_is_layout(path: str, before: str, after: str) -> None:
    """Includes what black, ruff, prettier, rustfmt, gofmt, ktlint and clang-format do, in both directions."""
    assert len(whats(path, before, after)) == 1
    assert len(whats(path, after, before)) == 1


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ("a.py", "x = (a)\n", "x = (\n    a,\n)\n"),
        ("a.py", "x = a\n", "x = (\n    a,\n)\n"),
        ("a.py", "x = y[a]\n", "x = y[\n    a,\n]\n"),
        ("a.py", "for x in (a):\n    b\n", "for x in (\n    a,\n):\n    b\n"),
        ("a.py", "assert a, b\n", "assert (\n    a, b\n)\n"),
        ("a.py", "x = 'ab'\n", "x = (\n    'a'\n    'b'\n)\n"),
        ("a.py", "x = 'a\\n'\n", 'x = r"a\\n"\n'),
        ("a.py", "x = a, b\n", "x = (\n    a\n    .b\n)\n"),
        ("a.js", "return c\n", "return\n  + c\n"),
        ("a.js", "x = [a]\n", "x = [\n  a,,\n]\n"),
        ("a.js", "x = [,]\n", "x = [\n]\n"),
        ("a.js", "a => a\n", "a => (\n  {a}\n)\n"),
        ("a.js", "x = a\n[b].c()\n", "x = a;\n[b].c()\n"),
        ("a.kt", "val a = b + c\n", "val a = b\n    + c\n"),
        ("a.kt", "val a = b - c\n", "val a = b\n    - c\n"),
        ("a.rs", "let x = (a);\n", "let x = (\n    a,\n);\n"),
        ("a.rb", "a = 'b#{c}'\n", 'a = "b#{c}"\n'),
        ("a.go", "a = 'b'\n", 'a = "b"\n'),
        ("a.json", '{"a": [1]}\n', '{"a": [\n1,\n]}\n'),
        ("a.sql", "values (1)\n", "values (\n1,\n)\n"),
    ],
)
def test_a_rewrap_that_means_something_is_not_layout(path: str, before: str, after: str) -> None:
    assert whats(path, before, after) == []
    assert whats(path, after, before) == []


NUMBERS = [f"value_{n} = {n}" for n in range(1, 41)]


def with_change(lines: list[str], at: int = 19) -> str:
    return "\n".join([*lines[:at], "value = 2", *lines[at + 1 :]])


@pytest.mark.parametrize("path", ["a.py", "a.js", "a.go", "a.rb", "a.unknown"])
def test_line_ends_around_a_real_change_are_found(path: str) -> None:
    before = "\n".join(f"{line}\r" for line in NUMBERS)
    found = layout_changes(path, a_patch(before, with_change(NUMBERS)))
    assert [(f.what, f.line, f.end_line) for f in found] == [("line ends", 1, 19), ("line ends", 21, 40)]


def test_indentation_around_a_real_change_is_found() -> None:
    python = ["def f():", *(f"  {line}" for line in NUMBERS)]
    wider = ["def f():", *(f"    {line}" for line in NUMBERS)]
    changed = "\n".join([*wider[:20], "    value = 2", *wider[21:]])
    assert whats("a.py", "\n".join(python), changed) == ["indentation", "indentation"]
    script, wider = ["{", *python[1:], "}"], ["{", *wider[1:], "}"]
    changed = "\n".join([*wider[:20], "    value = 2", *wider[21:]])
    assert whats("a.js", "\n".join(script), changed) == ["indentation", "indentation"]


@pytest.mark.parametrize(
    ("path", "before", "after", "what"),
    [
        ("a.rb", "x = 1\nend\n", "x = 2\nend\r\n", "line ends"),
        ("a.lua", "x = 1\ny =end\n", "x = 2\ny = end\n", "white space"),
        ("a.ts", "let x = 1\ntype A = B\n", "let x = 2\ntype A =\n  | B\n", "layout"),
        ("a.js", "g(1);\nf(a, b);\n", "g(2);\nf(\n  a,\n  b,\n);\n", "layout"),
        ("a.js", "/* one\ntwo */\na = 1;\n", "/* one two */\na = 2;\n", "line breaks"),
    ],
)
def test_layout_next_to_a_real_change_is_found(path: str, before: str, after: str, what: str) -> None:
    """This holds for any line: a keyword that ends a block, the first operator of a union, comment markers."""
    assert what in whats(path, before, after)


def test_a_rewrap_between_real_changes_is_found() -> None:
    before = "a = 1\ncall(first, second)\nb = 1\n"
    after = "a = 2\ncall(\n    first,\n    second,\n)\nb = 2\n"
    found = layout_changes("a.py", a_patch(before, after))
    assert [(f.what, f.line, f.end_line) for f in found] == [("layout", 2, 5)]


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ("a.py", "def f():\n    a()\n    b()\n", "def f():\n    if x:\n        a()\n        b()\n"),
        ("a.py", "def f():\n    if x:\n        a()\n    b()\n", "def f():\n    a()\n    if x:\n        b()\n"),
        ("a.py", "a()\nb()\n", "class C:\n    def f():\n        a()\n        b()\n"),
        ("a.js", "f();\ng();\n", "if (x) {\n  f();\n  g();\n}\n"),
        ("a.js", "if (x) {\n  f();\n}\ng();\n", "f();\nif (x) {\n  g();\n}\n"),
        ("a.js", "f(a)\n", "f(\n  a,\n  b,\n)\n"),
        ("a.rb", "f\ng\n", "if x\n  f\n  g\nend\n"),
        ("a.yml", "a:\n  b: 1\n  c: 2\n", "a:\n  d:\n    b: 1\n    c: 2\n"),
        ("a.rb", "f(\n  g(\n    a,\n  ).c(b),\n)\n", "g(\n  a,\n).c(b)\n"),
        ("a.py", "f(\n    g(\n        a,\n    ).c(b),\n)\n", "g(\n    a,\n).c(b)\n"),
    ],
)
def test_what_a_real_change_moves_is_not_layout(path: str, before: str, after: str) -> None:
    assert whats(path, before, after) == []


@pytest.mark.parametrize(
    ("path", "unit"),
    [
        *(("a.js", unit) for unit in ("x ", "x y ", "(", "a,\n", "a\nb\n", "f(a)\n")),
        ("a.md", "a|b\n|-|-|\n"),
        ("a.sh", "EOF\ncat <<A <<B\n"),
        ("a.tsx", "<A b\n"),
    ],
)
def test_runs_of_any_size_are_compared_in_linear_time(path: str, unit: str) -> None:
    def compare(size: int) -> None:
        old = (unit * (size // len(unit))).split("\n")
        new = [f"{line[1:]}  {line[:1]}" for line in old]
        patch = "@@ -1,9 +1,9 @@\n" + "".join(f"-{line}\n" for line in old) + "".join(f"+{line}\n" for line in new)
        layout_changes(path, patch)

    assert_linear(compare, 45_000)


def test_each_group_of_a_hunk_is_evaluated_alone() -> None:
    before = "a = 1\nb = 2\nc = 3\nd = 4\n"
    after = "a = 1\nb  =  2\nc = 3\nd = 5\n"
    (layout,) = layout_changes("a.js", a_patch(before, after))
    assert (layout.line, layout.end_line) == (2, 2)


def test_a_final_newline_that_comes_or_goes_is_layout() -> None:
    patch = "@@ -1 +1 @@\n-x = 1\n+x = 1\n\\ No newline at end of file"
    assert [layout.what for layout in layout_changes("a.py", patch)] == ["line ends"]


def test_a_whole_file_with_other_line_ends_is_layout() -> None:
    for path, text in SOURCES.items():
        assert whats(path, text, text.replace("\n", "\r\n")) == ["line ends"]


def inside(path: str, *lines: str) -> str:
    """Return the layout changes in a hunk whose line with `a b` gets another space."""
    body = "".join(f"-{line}\n+{line.replace('a b', 'a  b')}\n" if "a b" in line else f" {line}\n" for line in lines)
    return ",".join(layout.what for layout in layout_changes(path, f"@@ -9,9 +9,9 @@\n{body}"))


@pytest.mark.parametrize(
    ("path", "lines"),
    [
        ("a.py", ("one", "a b", 'end"""', "x = 1")),
        ("a.py", ("one", "a b", '""")', "x = 1")),
        ("a.py", ("one", "a b", '"""', "x = 1")),
        ("a.js", ("one", "a b", "two`;", "x = 1")),
        ("a.go", ("one", "a b", "`)", "x = 1")),
        ("a.py", ('x = """', "a b", '"""')),
        ("a.py", ("def f():", '    """Do.', "", "    a b")),
        ("a.java", ('String a = """', "  a b", '  """;')),
    ],
)
def test_half_of_a_string_is_not_taken_for_code(path: str, lines: tuple[str, ...]) -> None:
    """A hunk may contain only half of a string."""
    assert inside(path, *lines) == ""


@pytest.mark.parametrize(
    ("path", "lines"),
    [
        ("a.py", ("one", 'end"""', "a b")),
        ("a.py", ("a b", 'x = """', "one")),
        ("a.py", ("a b", "def f():", '    """Do.')),
        ("a.js", ("one", "two`;", "a b")),
        ("a.js", ("a b", "x = `one")),
        ("a.c", (" * one", " */", "a b")),
    ],
)
def test_code_next_to_half_of_a_string_is_still_code(path: str, lines: tuple[str, ...]) -> None:
    assert inside(path, *lines) == "white space"


def test_the_lines_named_are_those_of_the_head() -> None:
    lines = [f"x{n} = {n}" for n in range(60)]
    after = ["new = 0", *lines]
    after[40] = after[40].replace(" = ", "  =  ")
    (layout,) = layout_changes("a.py", a_patch("\n".join(lines), "\n".join(after)))
    assert layout.line == 41


TOKEN = re.compile(r"\s+|\"[^\"\n]*\"|'[^'\n]*'|`[^`\n]*`|\w+|.", re.DOTALL)


def places_for_layout(path: str, text: str) -> list[int]:
    """Return the positions of single spaces between two tokens that are not indentation."""
    at, places = 0, []
    for token in TOKEN.findall(text):
        comment = text[text.rfind("\n", 0, at) + 1 : at]
        if token == " " and comment.strip() and not re.search(r"//|#|/\*|--", comment) and comment.count('"') % 2 == 0:
            places.append(at)
        at += len(token)
    return places


@pytest.mark.parametrize("path", PATHS)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_random_layout_is_found(path: str, data: st.DataObject) -> None:
    text = SOURCES[path]
    lines = text.split("\n")
    at = data.draw(st.integers(0, len(lines) - 2))
    kind = data.draw(st.sampled_from(["trailing", "blank", "ends"] + (["wider"] if path != "cart.yml" else [])))
    if kind == "wider":
        place = data.draw(st.sampled_from(places_for_layout(path, text)))
        after = text[:place] + " " * data.draw(st.integers(2, 5)) + text[place + 1 :]
    elif kind == "trailing":
        after = "\n".join([*lines[:at], lines[at] + "  ", *lines[at + 1 :]])
    elif kind == "blank":
        after = "\n".join([*lines[:at], *[""] * data.draw(st.integers(1, 3)), *lines[at:]])
    else:
        after = "\n".join([*lines[:at], lines[at] + "\r", *lines[at + 1 :]])
    assert len(whats(path, text, after)) == 1


@pytest.mark.parametrize("path", PATHS)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_random_changes_of_tokens_are_never_called_layout(path: str, data: st.DataObject) -> None:
    text = SOURCES[path]
    places = [m.start() for m in re.finditer(r"\w", text)]
    at = data.draw(st.sampled_from(places))
    noise = data.draw(st.sampled_from(["x", "0", "q1", "_", ""]))
    after = text[:at] + noise + text[at + (noise != "_") :]
    if after != text:
        assert whats(path, text, after) == []


@settings(max_examples=100, deadline=None)
@given(path=st.sampled_from([*PATHS, "a.unknown", "Makefile", "a.php", "a.html", "a.hs"]), patch=st.text(max_size=200))
def test_any_text_is_evaluated_without_harm(path: str, patch: str) -> None:
    layout_changes(path, patch)
    layout_changes(path, "@@ -1,9 +1,9 @@\n" + patch)


@pytest.mark.parametrize(
    "unit", ["\\\n", '"', '"a\\', "/*", "(", "a b ", "a b\n", " \n", "`", "'", "<a ", "${", "{{", "a<b", "f(", "- "]
)
def test_texts_made_to_hang_a_lexer_are_compared_by_their_words(unit: str) -> None:
    text = (unit * (900 // len(unit)) + "\n") * 30
    removed = "".join(f"-{line}\n" for line in text.split("\n"))
    added = "".join(f"+ {line}\n" for line in text.split("\n"))
    for path in "a.java", "a.cs", "a.js", "a.unknown":
        assert layout_changes(path, f"@@ -1,9 +1,9 @@\n{removed}{added}") is not None


def test_a_long_hunk_is_read_in_pieces() -> None:
    """Changes close to each other form one hunk, which may be longer than a lexer's input limit."""
    line = "value_{0} = call(first_{0}, second_{0})\na_{0}\nb_{0}\nc_{0}\nd_{0}\n"
    calls = "".join(line.format(n) for n in range(200))
    rewrapped = calls.replace("(first", "(\n    first").replace(", second", ",\n    second")
    assert len(whats("a.py", calls, rewrapped)) == 200
