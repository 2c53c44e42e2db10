"""Whitespace inside a value is a real change, as is any whitespace in a language of unknown syntax.

If such a change were treated as layout, the author would be asked to undo part of the fix; in the opposite case, a
reformatted line merely goes unreported.
"""

# ruff: noqa: E501 - one case, one line

from __future__ import annotations

import pytest

from tests.unit.text.test_layout import inside, whats


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ("Dockerfile", "FROM a\nENV A a b\n", "FROM a\nENV A a  b\n"),
        ("Dockerfile", "FROM a\nLABEL d a b\n", "FROM a\nLABEL d a  b\n"),
        ("Dockerfile", "FROM a\nENV A a \\\n  b\n", "FROM a\nENV A a \\\n    b\n"),
        ("Dockerfile", "FROM a\nRUN <<EOF\na b\nEOF\n", "FROM a\nRUN <<EOF\na  b\nEOF\n"),
        ("Dockerfile", "COPY <<EOF /x\na b\nEOF\n", "COPY <<EOF /x\na  b\nEOF\n"),
        ("a.sql", "select $$a b$$;\n", "select $$a  b$$;\n"),
        ("a.sql", "do $x$\nbegin\n a b;\nend $x$;\n", "do $x$\nbegin\n a  b;\nend $x$;\n"),
        ("a.sql", "create function f() as $$\nif x:\n  a\n$$ language plpython3u;\n", "create function f() as $$\nif x:\n    a\n$$ language plpython3u;\n"),
        ("a.sql", "select `a b`;\n", "select `a  b`;\n"),
        ("a.sql", "select [a b] from t;\n", "select [a  b] from t;\n"),
        ("a.sql", "copy t from stdin;\na b\n\\.\n", "copy t from stdin;\na  b\n\\.\n"),
        ("a.sql", "\\set x 1\nselect 1;\n", "\\set x 1 select 1;\n"),
        ("a.sql", "a\nGO\nb\n", "a GO b\n"),
        ("a.yml", "a: |2\n    x\n", "a: |2\n   x\n"),
        ("a.yml", 'a: "x\n  y"\n', 'a: "x\n\n  y"\n'),
        ("a.yml", "a: x\n  y\n", "a: x\n\n  y\n"),
        ("a.pl", "print <<~'E';\n a b\n E\n", "print <<~'E';\n a  b\n E\n"),
        ("a.pl", "=pod\na b\n\n c\n=cut\n", "=pod\na b\n  c\n=cut\n"),
        ("a.ml", "x = {|a b|}\n", "x = {|a  b|}\n"),
        ("a.ml", "x = {id|a b|id}\n", "x = {id|a  b|id}\n"),
        ("Makefile", "A = a \n", "A = a\n"),
        ("Makefile", "define X\na\n\nb\nendef\n", "define X\na\nb\nendef\n"),
        ("Makefile", "A := a # x\n", "A := a  # x\n"),
        ("a.psv", "a | b\n", "a  | b\n"),
        ("a.ini", "a = b\n\n  c\n", "a = b\n  c\n"),
        ("a.cfg", "a = b ; c\n", "a = b;c\n"),
        ("a.graphql", '"""\na b\n"""\ntype A { b: C }\n', '"""\na  b\n"""\ntype A { b: C }\n'),
        ("a.nix", "x = ''\n  a b\n'';\n", "x = ''\n  a  b\n'';\n"),
        ("a.nix", "x = ''\n  a\n    b\n'';\n", "x = ''\n  a\n  b\n'';\n"),
        ("a.vue", "const x = `\na\n`\n", "const x = `\n a\n`\n"),
        ("a.tex", "a\n\nb\n", "a\nb\n"),
        ("a.tex", "\\begin{verbatim}\na b\n\\end{verbatim}\n", "\\begin{verbatim}\na  b\n\\end{verbatim}\n"),
        ("a.tex", "\\verb|a b|\n", "\\verb|a  b|\n"),
        ("a.tex", "a\\ b\n", "a\\  b\n"),
        ("a.tex", "\\begin{lstlisting}\na\n  b\n\\end{lstlisting}\n", "\\begin{lstlisting}\na\n b\n\\end{lstlisting}\n"),
        ("a.unknown", "x = one two\n", "x = one  two\n"),
        ("a.unknown", "a one two\n", "a one   two\n"),
        ("conf/a.conf", "motd a b\n", "motd a  b\n"),
        ("a.xyz", "if a\n  b\n  c\n", "if a\n  b\nc\n"),
        ("motd", "a b\n", "a  b\n"),
        ("a.tcl", "set a {b c}\n", "set a {b  c}\n"),
        ("a.rkt", '(define x "a\n b")\n', '(define x "a\n  b")\n'),
        ("a.cr", "x = <<-E\n a b\nE\n", "x = <<-E\n a  b\nE\n"),
        ("a.bat", "echo a b\n", "echo a  b\n"),
        ("a.bat", "set A=b c\n", "set A=b  c\n"),
        ("a.bat", "set A=b \n", "set A=b\n"),
        ("a.vim", "a b\n", "a  b\n"),
        ("crontab", "* * * * * echo a b\n", "* * * * * echo a  b\n"),
        ("a.gitignore", "a b\n", "a  b\n"),
        (".env.local", "A=b c\n", "A=b  c\n"),
        ("a.eml", "A: b c\n", "A: b  c\n"),
        ("a.http", "GET /a HTTP/1.1\nA: b\n\nx\n", "GET /a HTTP/1.1\nA: b\nx\n"),
        ("a.txt", "a b\n", "a  b\n"),
        ("LICENSE", "a\n\nb\n", "a\nb\n"),
        ("a.service", "ExecStart=/a b\n", "ExecStart=/a  b\n"),
        ("a.desktop", "Name=a b\n", "Name=a  b\n"),
        ("a.sh", "echo a \\\n b\n", "echo a \\\n\n b\n"),
        ("a.d", "x = q{a b};\n", "x = q{a  b};\n"),
        ("a.yml", "s: 1\na: |\n  x\n\n\nb: 1\n", "s: 2\na: |+\n  x\n\nb: 1\n"),
    ],
)  # fmt: skip
def test_space_in_a_value_is_no_layout(path: str, before: str, after: str) -> None:
    assert whats(path, before, after) == []
    assert whats(path, after, before) == []


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ("Dockerfile", "FROM a\nENV A=1 B=2\n", "FROM a\nENV A=1   B=2\n"),
        ("Dockerfile", "FROM a\nRUN a  &&  b\n", "FROM a\nRUN a && b\n"),
        ("a.sql", "select  a from t;\n", "select a from t;\n"),
        ("a.yml", "a: |\n  x\nb: 1\n", "a: |\n  x\n\nb: 1\n"),
        ("a.yml", "a: 'b'\nc: 1\n", "a: 'b'\n\nc: 1\n"),
        ("Makefile", "a:\n\tb\nc:\n\td\n", "a:\n\tb\n\nc:\n\td\n"),
        ("a.ini", "[a]\nb=1\n[c]\n", "[a]\nb=1\n\n[c]\n"),
        ("a.vue", "<template>\n<p>a</p>\n</template>\n", "<template>\n  <p>a</p>\n</template>\n"),
        ("a.graphql", "type A { b: C }\n", "type A {\n  b: C\n}\n"),
        ("go.mod", "require a v1.0.0\n", "require  a v1.0.0\n"),
        ("Vagrantfile", "f do\na\nend\n", "f do\n  a\nend\n"),
        ("build.sbt", "a := f(b,c)\n", "a := f(b, c)\n"),
        ("a.tofu", "a = [1,2]\n", "a = [1, 2]\n"),
        ("a.prisma", "model A {\n  id Int\n}\n", "model A {\n  id   Int\n}\n"),
        ("a.thrift", "struct A {\n1: i32 b\n}\n", "struct A {\n  1: i32 b\n}\n"),
        ("a.unknown", "one two\n", "one two\t\n"),
        ("a.unknown", "one\n\ntwo\n", "one\n\n\ntwo\n"),
        ("a.unknown", "one two\n", "one two\r\n"),
    ],
)
def test_layout_around_values_is_still_found(path: str, before: str, after: str) -> None:
    assert len(whats(path, before, after)) == 1
    assert len(whats(path, after, before)) == 1


@pytest.mark.parametrize(
    ("path", "lines"),
    [
        ("a.sh", ("one", "a b", "EOF", "x")),
        ("a.tf", ("one", "a b", "  EOT", "}")),
        ("a.rb", ("one", "a b", "  SQL", "end")),
        ("a.pl", ("one", "a b", "END", "x;")),
        ("a.php", ("one", "a b", "EOT;", "x;")),
        ("Dockerfile", ("one", "a b", "EOF", "RUN x")),
        ("a.sh", ("cat <<EOF", "one", "a b")),
        ("a.rb", ("x = <<~SQL", "one", "a b")),
        ("a.tf", ("x = <<EOT", "one", "a b")),
        ("a.php", ("$x = <<<EOT", "one", "a b")),
        ("a.lua", ("one", "a b", "]]")),
        ("a.lua", ("x = [[", "a b")),
        ("a.rs", ('let x = r#"', "a b")),
        ("a.rs", ("a b", '"#;')),
        ("a.nix", ("a b", "'';")),
        ("a.cs", ("a b", '""";')),
        ("a.kt", ("a b", '""".trimIndent()')),
        ("a.swift", ("a b", '"""')),
        ("a.ex", ("a b", '"""')),
        ("a.jl", ("a b", '"""')),
        ("a.scala", ("a b", '""".stripMargin')),
        ("a.toml", ("a b", '"""')),
        ("a.toml", ("a b", "'''")),
        ("a.dart", ("a b", "''';")),
        ("a.groovy", ("a b", '"""')),
        ("a.ps1", ("a b", '"@')),
        ("a.ps1", ('$x = @"', "a b")),
        ("a.sql", ("a b", "$$ language sql;")),
        ("a.html", ("a b", "</pre>")),
        ("a.vue", ("a b", "</textarea>")),
        ("a.js", ("a b", "`)")),
        ("a.ts", ("const x = `", "a b")),
        ("a.jsx", ("a b", "`}")),
        ("a.go", ("a b", "`")),
        ("a.cpp", ('x = R"(', "a b")),
        ("a.cpp", ("a b", ')";')),
        ("a.d", ("a b", "`;")),
        ("a.ex", ('@doc """', "a b")),
        ("a.sh", ("cat <<-'EOF' | x", "a b")),
        ("a.sh", ("a <<A <<B", "one", "A", "a b", "B")),
    ],
)  # fmt: skip
def test_half_of_a_long_string_is_no_layout(path: str, lines: tuple[str, ...]) -> None:
    """A hunk may show only the beginning, the end or the middle."""
    assert inside(path, *lines) == ""


@pytest.mark.parametrize(
    ("path", "lines"),
    [
        ("a.sh", ("cat <<EOF", "one", "EOF", "a b")),
        ("a.sh", ("a b", "cat <<EOF", "one")),
        ("a.sh", ("x=$((1<<Y))", "a b")),
        ("a.sh", ("cat <<< $x", "a b")),
        ("a.rb", ("list << ITEM", "a b")),
        ("a.rb", ("x = <<~SQL", "one", "SQL", "a b")),
        ("a.lua", ("x = y[z[1]]", "a b")),
        ("a.lua", ("x = [[one]]", "a b")),
        ("a.rs", ('let x = r#"one"#;', "a b")),
        ("a.cpp", ('f("a(x)");', "a b")),
        ("a.cpp", ('x = R"(one)";', "a b")),
        ("a.ps1", ("$x = @(1)", "a b")),
        ("a.php", ("$x = <<<EOT", "one", "EOT;", "$a b")),
        ("a.tf", ("x = <<EOT", "one", "EOT", "a b")),
        ("a.toml", ('a = "one"', "a b")),
        ("a.dart", ("x = 'one';", "a b")),
    ],
)  # fmt: skip
def test_code_around_a_long_string_is_still_code(path: str, lines: tuple[str, ...]) -> None:
    assert inside(path, *lines) == "white space"
