"""Significant and insignificant whitespace, by language."""

from __future__ import annotations

import pytest

from hotfix.formatting import layout_changes
from tests.unit.growth import assert_linear
from tests.unit.text.test_layout import whats


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ("a.js", "a\n++b\n", "a++\nb\n"),
        ("a.js", "const f = async x => x\n", "const f = async\nx => x\n"),
        ("a.js", "x = 'a \\\n  b'\n", "x = 'a \\\n    b'\n"),
        ("a.js", "throw\n{\n}\n", "throw {\n}\n"),
        ("a.tsx", "<b>\n  {a}\n  {b}\n</b>\n", "<b>\n  {a} {b}\n</b>\n"),
        ("a.tsx", "<b>a {' '}\nc</b>\n", "<b>a c</b>\n"),
        ("a.vue", "<pre>\n a\n</pre>\n", "<pre>\n  a\n</pre>\n"),
        ("a.go", "s := `a\n b`\n", "s := `a\n  b`\n"),
        ("a.go", "ch <- x\n", "ch < -x\n"),
        ("a.rs", 'let s = "a\n  b";\n', 'let s = "a\n    b";\n'),
        ("a.java", 'String s = """\n    a\n    """;\n', 'String s = """\n      a\n    """;\n'),
        ("a.cs", 'var s = @"a\n b";\n', 'var s = @"a\n  b";\n'),
        ("a.kt", "a\n{ b }\n", "a { b }\n"),
        ("a.swift", "a = b\n-c\n", "a = b - c\n"),
        ("a.rb", "puts [1]\n", "puts[1]\n"),
        ("a.rb", "foo (1), 2\n", "foo(1), 2\n"),
        ("a.rb", "foo *a\n", "foo * a\n"),
        ("a.rb", "a\n-b\n", "a - b\n"),
        ("a.rb", "a.empty?\nb\n", "a.empty? b\n"),
        ("a.rb", "x = <<~A\n  a\n   b\nA\n", "x = <<~A\n  a\n  b\nA\n"),
        ("a.rb", "x = %w[a b]\n", "x = %w[ab]\n"),
        ("a.rb", "x\n__END__\na  b\n", "x\n__END__\na b\n"),
        ("a.pl", "x;\n__DATA__\na  b\n", "x;\n__DATA__\na b\n"),
        ("a.php", "<?php\n$a = 1;\n?>\n\n", "<?php\n$a = 1;\n?>\n"),
        ("a.php", "<b>a</b> <i>b</i>\n", "<b>a</b><i>b</i>\n"),
        ("a.php", "?>\n<p>a</p>\n<?php\n", "?><p>a</p>\n<?php\n"),
        ("a.ex", 'x = """\n a\n"""\n', 'x = """\n  a\n"""\n'),
        ("a.ex", "foo -1\n", "foo - 1\n"),
        ("a.yml", "a: >\n  b\n  c\n", "a: >\n  b\n\n  c\n"),
        ("a.yml", "a: |\n  b\n\n  c\n", "a: |\n  b\n  c\n"),
        ("a.yml", "- |\n  b\n\n  c\n", "- |\n  b\n  c\n"),
        ("a.yml", "a: |\n  b \n  c\n", "a: |\n  b\n  c\n"),
        ("a.yml", "a: |+\n  b\n\nc: 1\n", "a: |+\n  b\nc: 1\n"),
        ("a.yml", "a\n\nb\n", "a\nb\n"),
        ("a.yml", "- a:\n  b: 2\n", "- a:\n    b: 2\n"),
        ("a.yml", "- a: 1\n  b: 2\n", "- a: 1\n- b: 2\n"),
        ("a.yml", "a: 'b\\n'\n", 'a: "b\\n"\n'),
        ("a.yml", "a: 1\n", 'a: "1"\n'),
        ("templates/a.yaml", "a:\n  {{ b }}\nc: d\n", "a:\n    {{ b }}\nc: d\n"),
        ("a.json", '[1, 2]\n', "[12]\n"),
        ("a.toml", 'a = """\n  b\n"""\n', 'a = """\n b\n"""\n'),
        ("a.sql", "select a -- x\n, b\n", "select a -- x , b\n"),
        ("a.html", "<pre>\n a\n</pre>\n", "<pre>\n  a\n</pre>\n"),
        ("a.html", "<textarea>a\n b</textarea>\n", "<textarea>a\n  b</textarea>\n"),
        ("a.html", "<script>\nreturn\nx\n</script>\n", "<script>\nreturn x\n</script>\n"),
        ("strings.xml", "<a>b  c</a>\n", "<a>b c</a>\n"),
        ("a.xml", "<a xml:space='preserve'> b</a>\n", "<a xml:space='preserve'>  b</a>\n"),
        ("a.css", "width: calc(1px + 2px)\n", "width: calc(1px+2px)\n"),
        ("a.css", "a :hover {}\n", "a:hover {}\n"),
        ("a.md", "a  \nb\n", "a\nb\n"),
        ("a.md", "a\n\nb\n", "a\nb\n"),
        ("a.md", "- a\n  - b\n", "- a\n- b\n"),
        ("mail.txt", "a\n\nb\n", "a\nb\n"),
        ("deploy.yaml.j2", "a:\n  b: {{ c }}\nd: 1\n", "a:\n    b: {{ c }}\nd: 1\n"),
        ("_helpers.tpl", "a:\n  b\n", "a:\n    b\n"),
        ("a.py.tmpl", "if a:\n    b\n    c\n", "if a:\n    b\nc\n"),
        ("a.csv", "a, b \n", "a, b\n"),
        ("a.patch", " a\n \n", " a\n\n"),
        ("a.sh", "a \\\n  b\n", "a\nb\n"),
        ("a.sh", "a\\\nb\n", "a \\\nb\n"),
        ("a.sh", "a=\nb\n", "a=b\n"),
        ("a.sh", "echo a,b\n", "echo a, b\n"),
        ("a.sh", "cat <<EOF\n a\nEOF\n", "cat <<EOF\n  a\nEOF\n"),
        ("Dockerfile", "RUN a \\\n  b\n", "RUN a\nb\n"),
        ("a.py", "x = a \\\n    + b\n", "x = a\n+ b\n"),
        ("a.py", "x = f'{a:>10}'\n", "x = f'{a: >10}'\n"),
        ("a.py", "x = f'{a=}'\n", "x = f'{a = }'\n"),
        ("a.py", 'x = f"{d["a"]}"\n', 'x = f"{d["b"]}"\n'),
        ("a.py", "x = f\"{d['a  b']}\"\n", "x = f\"{d['a b']}\"\n"),
        ("a.tf", "a = <<EOT\n b\nEOT\n", "a = <<EOT\n  b\nEOT\n"),
        ("a.jl", "[a -b]\n", "[a - b]\n"),
        ("a.clj", "; a\n(b)\n", "; a (b)\n"),
        ("a.py", "x = (a,)\n", "x = (\n    a\n)\n"),
        ("a.py", "x = a,\n", "x = a\n"),
        ("a.py", "if x in (a, b):\n    pass\n", "if x in a, b:\n    pass\n"),
        ("a.py", "assert (a, b)\n", "assert a, b\n"),
        ("a.py", "x = f'{a}'\n", "x = '{a}'\n"),
        ("a.jsx", "x = <A b c/>\n", "x = <A bc/>\n"),
        ("a.jsx", "y = a <b\nc > d\nx = <i/>\n", "y = a <b c > d\nx = <i/>\n"),
        ("a.jsx", "return\n<A b/>\n", "return <A b/>\n"),
        ("a.tsx", "x = a\n<b/>\n", "x = a <b/>\n"),
        ("a.tsx", "x = <b>a <i>c</i> d</b>\n", "x = <b>a <i>c</i>d</b>\n"),
        ("a.tsx", "<A b='1\n 2'/>\n", "<A b='1\n  2'/>\n"),
        ("a.py", "x = f'{a} \"q\"'\n", "x = f\"{a} 'q'\"\n"),
        ("a.md", "| a | b |\n|---|---|\n| c | d |\n", "| a | b |\n|:--|---|\n| c | d |\n"),
        ("a.md", "```\n| a | b |\n|---|---|\n```\n", "```\n| a  | b |\n|----|---|\n```\n"),
        ("a.md", "a | b\n--|--\n`c  d` | e\n", "a | b\n--|--\n`c d` | e\n"),
        ("a.md", "|a|b|\n|-|-|\n|c|d|\n", "|a|b|\n|-|-|\n\n|c|d|\n"),
    ],
)  # fmt: skip
def test_white_space_with_a_meaning_is_a_change(path: str, before: str, after: str) -> None:
    assert whats(path, before, after) == []
    assert whats(path, after, before) == []


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ("a.js", "if (a)\n{\n  b()\n}\n", "if (a) {\n  b()\n}\n"),
        ("a.js", "promise.then(a).catch(b)\n", "promise\n  .then(a)\n  .catch(b)\n"),
        ("a.tsx", "x = <b/>\ny = a && b\n", "x = <b/>\ny = a &&\n  b\n"),
        ("a.go", "var (\n\ta = 1\n\tbcd = 2\n)\n", "var (\n\ta   = 1\n\tbcd = 2\n)\n"),
        ("a.rs", "use a::{b, c};\n", "use a::{\n    b,\n    c,\n};\n"),
        ("a.java", "/**\n * a b\n */\nx();\n", "/** a b */\nx();\n"),
        ("a.cs", "public int A { get; set; }\n", "public int A\n{\n    get;\n    set;\n}\n"),
        ("a.kt", "val a = b ?: c\n", "val a = b\n    ?: c\n"),
        ("a.swift", "func f(a: Int, b: Int) {\n", "func f(\n    a: Int,\n    b: Int\n) {\n"),
        ("a.rb", "x = {a: 1,b: 2}\n", "x = { a: 1, b: 2 }\n"),
        ("a.rb", "foo(a, b)\n", "foo(\n  a,\n  b\n)\n"),
        ("a.rb", "x = [1, 2]\n", "x = [\n  1,\n  2,\n]\n"),
        ("a.rb", "a.b.c\n", "a\n  .b\n  .c\n"),
        ("a.rb", "a=b && c\n", "a = b &&\n  c\n"),
        ("a.php", "<?php\nif($a){\n b();\n}\n", "<?php\nif ($a) {\n    b();\n}\n"),
        ("a.yml", "a: 'b'\n", 'a: "b"\n'),
        ("a.yml", "a:\n  - b\n  - c\nd: 1\n", "a:\n- b\n- c\nd: 1\n"),
        ("a.yml", "a: b\n\n\nc: d\n", "a: b\n\nc: d\n"),
        ("a.yml", "a: |\n  b\n\nc: d\n", "a: |\n  b\nc: d\n"),
        ("a.jsonc", '// a\n{"a":1}\n', '// a\n{ "a": 1 }\n'),
        ("a.json5", "{a:1}\n", "{ a: 1 }\n"),
        ("a.sql", "select a,b from c where d=1\n", "select a, b\nfrom c\nwhere d = 1\n"),
        ("a.xml", '<a b="c" d="e"/>\n', '<a b="c"\n   d="e"/>\n'),
        ("a.html", "<ul>\n<li>a</li>\n</ul>\n", "<ul>\n  <li>a</li>\n</ul>\n"),
        ("a.css", "a>b{c:d}\n", "a > b {\n  c: d\n}\n"),
        ("a.md", "a\n\n\n\nb\n", "a\n\nb\n"),
        ("mail.txt", "a\n\n\n\nb\n", "a\n\nb\n"),
        ("page.html.j2", "<ul>\n<li>a</li>\n</ul>\n", "<ul>\n  <li>a</li>\n</ul>\n"),
        ("nginx.conf.tmpl", "a;\n\n\nb;\n", "a;\n\nb;\n"),
        ("a.sh", "a && b\n", "a &&\n  b\n"),
        ("a.sh", "a b c\n", "a \\\n  b \\\n  c\n"),
        ("Dockerfile", "RUN a && b\n", "RUN a && \\\n    b\n"),
        ("a.tf", "a = [1,2]\n", "a = [1, 2]\n"),
        ("a.ex", "foo(a,b)\n", "foo(a, b)\n"),
        ("a.ex", "a |> b\n", "a\n|> b\n"),
        ("a.erl", "f(A,B) -> C.\n", "f(A, B) -> C.\n"),
        ("a.r", "f(a,b)\n", "f(a, b)\n"),
        ("a.clj", "(a b\n  c)\n", "(a b c)\n"),
        ("a.jsx", 'x = <A b="1" c="2" />;\n', 'x = <A\n  b="1"\n  c="2"\n/>;\n'),
        ("a.tsx", "return <A b={1} c={2} />;\n", "return (\n  <A\n    b={1}\n    c={2}\n  />\n);\n"),
        ("a.tsx", "<A b={() => c > d} e>\n  f\n</A>\n", "<A\n  b={() => c > d}\n  e\n>\n  f\n</A>\n"),
        ("a.jsx", "<A b />\n", "<A b/>\n"),
        ("a.py", "x = f'a {b[\"c\"]}'\n", "x = f\"a {b['c']}\"\n"),
        ("a.py", "x = f'{a}{b!r}'\n", 'x = f"{a}{b!r}"\n'),
        ("a.md", "| a | b |\n|---|:-:|\n| c | d |\n", "| a   | b |\n| --- | :-: |\n| c   | d |\n"),
        ("a.md", "a | b\n--|--\nc  | d\n", "a | b\n--|--\nc | d\n"),
    ],
)
def test_what_a_formatter_changes_is_layout(path: str, before: str, after: str) -> None:
    assert len(whats(path, before, after)) == 1
    assert len(whats(path, after, before)) == 1


def test_a_side_too_long_for_a_lexer_does_not_hide_layout() -> None:
    """Both sides are read in the same way, with or without a lexer."""
    more = "".join(f'    f({n}, "{"x" * 60}");\n' for n in range(100))
    assert whats("A.java", "a  = 1;\n\n\nb();\nc();\nd();\n", f"a = 1;\n\n\nb();\n{more}c();\nd();\n") == [
        "white space"
    ]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "render(\n  <App>\n    <Cart a={1} />\n  </App>,\n);\n",
            "render(\n  <Shop>\n    <App>\n      <Cart a={1} />\n    </App>\n  </Shop>,\n);\n",
        ),
        (
            "return (\n  <main>\n    <h1>a</h1>\n    <Cart a={1} />\n  </main>\n);\n",
            "return (\n  <main>\n    <div>\n      <h1>b</h1>\n      <Cart a={1} />\n    </div>\n  </main>\n);\n",
        ),
    ],
)
def test_what_a_new_element_indents_is_not_layout(before: str, after: str) -> None:
    assert whats("a.tsx", before, after) == []


def test_lines_indented_between_real_changes_take_linear_time() -> None:
    def compare(lines: int) -> None:
        old = "".join(f"-  call{n}(a);\n-  other{n}(b);\n" for n in range(lines))
        new = "".join(f"+    call{n}(a);\n+    other{n}(b, c);\n" for n in range(lines))
        assert layout_changes("a.js", f"@@ -1,9 +1,9 @@\n{old}{new}", closely=False)

    assert_linear(compare, 3_000)
