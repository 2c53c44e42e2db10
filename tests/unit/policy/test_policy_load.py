"""Loading a policy: all mistakes are reported at once, each with its position."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hotfix.gates.gate import Quantity
from hotfix.policy import Policy, PolicyError, YamlProblem, load
from hotfix.policy.life_sections import SlaSection
from hotfix.rules import RULES
from hotfix.rules.base import Level, RuleOptions

WHERE = ".github/hotfix.yml"


def problems(text: str | bytes) -> tuple[YamlProblem, ...]:
    with pytest.raises(PolicyError) as caught:
        load(text, WHERE)
    assert caught.value.where == WHERE
    return caught.value.problems


def mistakes(text: str | bytes) -> tuple[YamlProblem, ...]:
    """Return the mistakes in a policy; empty if it loads."""
    try:
        assert isinstance(load(text, WHERE), Policy)
    except PolicyError as error:
        return error.problems
    return ()


def only(text: str | bytes) -> YamlProblem:
    (problem,) = problems(text)
    return problem


def level(policy: Policy, rule_id: str) -> Level:
    options: RuleOptions = policy.options(next(rule for rule in RULES if rule.id == rule_id))
    return options.level


@pytest.mark.parametrize(
    "text", ["", "\n\n", "# nothing yet\n", "---\n", "{}", "~", b"", "\ufeff", "rules:\n", "people:\n  security:\n"]
)
def test_an_empty_file_gives_the_defaults(text: str | bytes) -> None:
    """Keys without a value also give the defaults."""
    assert load(text, WHERE) == Policy()


def test_every_main_key_is_read() -> None:
    policy = load(
        """\
label: emergency
production: {environment: live, tags: ["v*", "!v0.*"]}
branches:
  head: hotfix/*
  base: [main]
  back_merge: [main, develop]
people:
  tech_leads: ["@acme/leads", alice]
  security: acme/security
  incident_commanders: [bob]
rules:
  size: {max_lines: 60}
  formatting: block
  title: off
sla: {P0: 2h, P1: 1d}
deploy: {workflow: .github/workflows/ship.yml}
notify: {channel: "#fire", stakeholders: support, status_page: {page: abc123}}
follow_ups: {within: 2d, tickets: [Why?]}
post_mortem: {within: 3d}
contacts: {On-call: "555-0100"}
""",
        WHERE,
    )
    assert policy.label == "emergency"
    assert policy.production.tags == ("v*", "!v0.*")
    assert policy.branches.head == ("hotfix/*",)
    assert policy.people.tech_leads == ("acme/leads", "alice")
    assert policy.people.security == ("acme/security",)
    assert policy.overriders() == ("bob", "acme/leads", "alice")
    assert level(policy, "formatting") is Level.BLOCK
    assert level(policy, "title") is Level.OFF
    assert policy.sla == SlaSection(P0=(timedelta(hours=2),), P1=(timedelta(days=1),))
    assert policy.deploy.workflow == "ship.yml"
    assert dict(policy.notify.stakeholders) == {"support": ""}
    assert dict(policy.contacts) == {"On-call": "555-0100"}
    assert policy.bases("trunk") == ("main",)
    assert policy.long_lived("trunk") == ("main", "develop")


def test_a_hotfix_goes_to_the_branches_that_get_the_fix() -> None:
    """This is the default if the policy does not set other branches."""
    assert Policy().bases("trunk") == ("trunk",)
    assert load("branches: {back_merge: [main, develop]}", WHERE).bases("main") == ("main", "develop")
    assert Policy().long_lived("odd[name]") == (r"odd\[name]",)


@pytest.mark.parametrize(("value", "quoted"), [("x" * 60, True), ("x" * 61, False), ("a\\nb", False)])
def test_a_wrong_value_is_quoted_if_it_is_short(value: str, quoted: bool) -> None:
    message = only(f'rules: {{size: {{max_lines: "{value}"}}}}').message
    assert message == "must be a whole number" + (f", not `{value}`" if quoted else "")


def test_off_is_a_level_and_not_a_boolean() -> None:
    assert level(load("rules: {size: {level: off}}", WHERE), "size") is Level.OFF


@pytest.mark.parametrize("word", ["Off", "OFF"])
def test_a_level_is_written_in_lower_case(word: str) -> None:
    assert only(f"rules: {{size: {word}}}").message == f"must be block, warn or off, not `{word}`"


@pytest.mark.parametrize("word", ["yes", "on", "true", "True"])
def test_a_switch_takes_the_words_that_people_write(word: str) -> None:
    assert load(f"rules: {{dependencies: {{allow_security_fixes: {word}}}}}", WHERE) == Policy()


@pytest.mark.parametrize(
    ("text", "line", "column", "key", "message"),
    [
        ("labels: x", 1, 1, "labels", "unknown key; did you mean `label`?"),
        ("production:\n  environmet: p", 2, 3, "production.environmet", "unknown key; did you mean `environment`?"),
        ("rules:\n  one_thing: warn", 2, 3, "rules.one_thing", "unknown key; did you mean `one-thing`?"),
        ("size: warn", 1, 1, "size", "unknown key here; did you mean `rules.size`?"),
        ("tech_leads: a", 1, 1, "tech_leads", "unknown key here; did you mean `people.tech_leads`?"),
        ("sla: {P2: 3d}", 1, 7, "sla.P2", "unknown key; allowed here: P0, P1"),
        ("rules: {size: {level: bloc}}", 1, 23, "rules.size.level", "must be block, warn or off, not `bloc`"),
        ("rules: {size: {max_lines: many}}", 1, 27, "rules.size.max_lines", "must be a whole number, not `many`"),
        ("rules: {size: 3}", 1, 15, "rules.size", "must be a mapping (key: value), not `3`"),
        ("label: 3", 1, 8, "label", "must be text; put it in quotes, not `3`"),
        ("label: [a]", 1, 8, "label", "must be text; put it in quotes, not a list"),
        ("branches: main", 1, 11, "branches", "must be a mapping (key: value), not `main`"),
        ("- a", 1, 1, "", "must be a mapping (key: value), not a list"),
        ("people: {security: [a, b c]}", 1, 24, "people.security[1]",
         "write a user's login, such as alice, or a team as org/team, not `b c`"),
        ("sla: {P0: [4]}", 1, 12, "sla.P0[0]", "needs a unit: `4m`, `4h` or `4d`, not `4`"),
        ("sla: {P0: 4}", 1, 11, "sla.P0", "needs a unit: `4m`, `4h` or `4d`, not `4`"),
        ("clocks: {watch: 15}", 1, 17, "clocks.watch", "needs a unit: `15m`, `15h` or `15d`, not `15`"),
        ("clocks: {poll: [1, 10m]}", 1, 17, "clocks.poll[0]", "needs a unit: `1m`, `1h` or `1d`, not `1`"),
        ("clocks: {verify: '1.5'}", 1, 18, "clocks.verify", "needs a unit: `1.5m`, `1.5h` or `1.5d`, not `1.5`"),
        ("follow_ups: {within: 24}", 1, 22, "follow_ups.within", "needs a unit: `24m`, `24h` or `24d`, not `24`"),
        ("rules: {review: {time_limit: 10}}", 1, 30, "rules.review.time_limit",
         "needs a unit: `10m`, `10h` or `10d`, not `10`"),
        ("sla: {P0: true}", 1, 11, "sla.P0",
         "write a duration with its unit, the largest first: 10m, 4h, 1h30m, 2d, not `true`"),
        ("watch: {gates: [{response-time: 'http://x', max: 2}]}", 1, 50, "watch.gates[0].max",
         "is without its unit; write 2s, 2m or 2h, not `2`"),
        ("sla: {P0: [4h, 1h]}", 1, 11, "sla.P0",
         "write the warning first and the limit last, such as [1h, 4h], not `[4h, 1h]`"),
        ("clocks: {poll: [10m, 2m]}", 1, 16, "clocks.poll",
         "write the shorter duration first, such as [2m, 10m], not `[10m, 2m]`"),
        ("clocks: {poll: [10m]}", 1, 16, "clocks.poll", "must have 2 entries, not `[10m]`"),
        ("sla: {P0: [1h, 2h, 3h]}", 1, 11, "sla.P0", "must have at most 2 entries, not `[1h, 2h, 3h]`"),
        ("watch: {gates: [{prometheus: 'http://x'}]}", 1, 17, "watch.gates[0]", "`max` is missing"),
        ("watch: {gates: [{a: b}]}", 1, 17, "watch.gates[0]",
         "is not a gate; it needs one of the keys health, command, prometheus, response-time"),
        ("clocks: {verify: {a: b}}", 1, 18, "clocks.verify",
         "write a duration with its unit, the largest first: 10m, 4h, 1h30m, 2d"),
        ("deploy: {workflow: ../ship.yml}", 1, 20, "deploy.workflow",
         "write the name of a file in .github/workflows, such as hotfix-ship.yml, not `../ship.yml`"),
        ("label: a\nlabel: b", 2, 1, "label", "set twice, first on line 1; keep one"),
    ],
)  # fmt: skip
def test_a_mistake_is_located_with_what_may_stand_there(
    text: str, line: int, column: int, key: str, message: str
) -> None:
    assert only(text) == YamlProblem(line, column, key, message)


def test_a_broken_glob_is_reported_at_its_own_place() -> None:
    problem = only('branches:\n  head:\n    - ok/*\n    - "[a"\n')
    assert (problem.line, problem.column, problem.key) == (4, 7, "branches.head[1]")
    assert "never closed" in problem.message


def test_all_mistakes_are_reported_in_the_order_of_the_file() -> None:
    text = "sla: {P0: 4, P2: 1d}\nlabell: x\nrules:\n  size: {max_lines: 0, max_files: x}\n  branch: of\n"
    found = problems(text)
    assert [problem.key for problem in found] == [
        "sla.P0", "sla.P2", "labell", "rules.size.max_lines", "rules.size.max_files", "rules.branch",
    ]  # fmt: skip
    assert list(found) == sorted(found)


def test_the_error_says_file_line_and_column_on_a_line_each() -> None:
    error = PolicyError(problems("labell: x\nsla: 3"), WHERE)
    assert error.lines == [
        ".github/hotfix.yml:1:1: labell: unknown key; did you mean `label`?",
        ".github/hotfix.yml:2:6: sla: must be a mapping (key: value), not `3`",
    ]
    assert str(error) == "\n".join(error.lines)


@pytest.mark.parametrize(
    ("text", "line", "column", "words"),
    [
        ("people:\n\tsecurity: a", 2, 1, "a tab indents this line; YAML requires spaces"),
        ("people: {security: @acme/sec}", 1, 20, "a value can't start with @; quote it"),
        ("label: a: b", 1, 9, "a `: ` can't stand here"),
        ("label: [a\nsla: 3", 2, 4, "flow sequence that began on line 1"),
        ("label: a\n---\nlabel: b", 2, 1, "a second document starts here"),
        ("label: a\x07", 1, 9, "U+0007"),
        ("rules: &a {}\nsla: *a", 2, 6, "the alias *a is not supported"),
        ("label: !!python/name:os.system x", 1, 8, "the tag tag:yaml.org,2002:python/name:os.system is not supported"),
        ("? [a]\n: b", 1, 3, "a key must be a plain word"),
        (b"label: a\n# caf\xe9\n", 2, 6, "byte 0xe9 is not UTF-8"),
        ("label: a".encode("utf-16"), 1, 1, "is not UTF-8"),
        ("x: " * 1 + "[" * 50 + "]" * 50, 1, 24, "nested more than 20 levels deep"),
        ("#" * 300_000, 1, 1, "longer than"),
    ],
)
def test_yaml_beyond_the_plain_is_refused_with_its_place(text: str | bytes, line: int, column: int, words: str) -> None:
    problem = only(text)
    assert words in problem.message
    assert (problem.line, problem.column) == (line, column)


def test_an_alias_bomb_and_endless_nesting_cost_nothing() -> None:
    bomb = "a: &a [x, x]\n" + "".join(f"{b}: &{b} [*{a}, *{a}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True))
    assert "alias" in only(bomb).message
    assert "nested" in only("a: " + "[" * 90_000).message
    assert "nested" in only("- " * 90_000).message


@given(st.binary(max_size=300) | st.text(max_size=300))
def test_any_bytes_are_a_policy_or_a_policy_error(text: bytes | str) -> None:
    assert all(problem.line > 0 and problem.column > 0 and problem.message for problem in mistakes(text))


scalars = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(["off", "warn"])
)
keys = st.sampled_from(["label", "rules", "people", "sla", "size", "level", "tech_leads", "P0", "contacts", "x"])
values = st.recursive(scalars, lambda v: st.lists(v, max_size=3) | st.dictionaries(keys, v, max_size=4), max_leaves=12)


@given(st.dictionaries(keys, values, max_size=5))
def test_any_values_are_a_policy_or_a_located_mistake(shape: dict[str, object]) -> None:
    import yaml

    text = yaml.safe_dump(shape, allow_unicode=True)
    lines = text.split("\n")
    assert all(0 < problem.line <= len(lines) for problem in mistakes(text))


@pytest.mark.parametrize("end", ["\x85", "\u2028", "\u2029"])
def test_an_odd_line_end_is_refused_where_it_stands(end: str) -> None:
    """Editors don't treat these characters as line ends, so the line number would be wrong."""
    problem = only(f"label: x\nrules: {{}}  # a{end}lable: y\n")
    assert (problem.line, problem.column) == (2, 15)


@pytest.mark.parametrize(
    ("text", "column", "message"),
    [
        ("rules: {size: {max_lines: true}}", 27, "must be a whole number, not `true`"),
        ("rules: {size: {max_lines: 99999999999999999999999}}", 27, "must be a whole number of no more than 18 digits"),
        ("rules: {size: false}", 15, "must be block, warn or off, not `false`"),
        ("rules: {severity: {allowed: []}}", 29, "must not be empty"),
        ("branches: {head: []}", 18, "must not be empty"),
        ("production: {tags: []}", 20, "must not be empty"),
        ("sla: {P0: [1h, 2h, 3h]}", 11, "must have at most 2 entries"),
        ("rules: {severity: {allowed: P3}}", 29, "must be P0, P1 or P2, not `P3`"),
        ("rules: {severity: {allowed: [P3]}}", 30, "must be P0, P1 or P2, not `P3`"),
        (f"label: {'x' * 51}", 8, "must have at most 50 characters, not `" + "x" * 51 + "`"),
    ],
)
def test_a_wrong_value_is_reported_in_the_policys_words(text: str, column: int, message: str) -> None:
    problem = only(text)
    assert (problem.line, problem.column) == (1, column)
    assert problem.message.startswith(message)


PROMETHEUS = "watch:\n  gates:\n    - prometheus: https://prom.test\n      query: errors\n"


@pytest.mark.parametrize(
    ("text", "line", "key", "message"),
    [
        (PROMETHEUS, 3, "watch.gates[0]", "`max` is missing"),
        (PROMETHEUS + "      max: 1\n      min-sample: 3", 6, "watch.gates[0].min-sample", "`min-samples`"),
        (PROMETHEUS + "      max: many", 5, "watch.gates[0].max", "number"),
        ("watch: {gates: [{heath: https://a.test}]}", 1, "watch.gates[0]", "needs one of the keys health, command"),
        ("watch: {gates: [{command: ./smoke}]}", 1, "watch.gates[0]", "the service runs no commands"),
        (
            "watch: {gates: [{health: https://a.test, headers: {X-Key: '${KEY}'}}]}", 1, "watch.gates[0]",
            "the service fills in no environment variables such as ${KEY}",
        ),
        ("watch: {gates: '- health: nowhere'}", 1, "watch.gates", "is not a web address"),
        ("watch: {gates: 5}", 1, "watch.gates", "list"),
        ("watch: {health: nowhere}", 1, "watch.health", "is not a web address"),
    ],
)  # fmt: skip
def test_a_gate_that_cannot_be_measured_is_a_mistake(text: str, line: int, key: str, message: str) -> None:
    found = only(text)
    assert (found.line, found.key) == (line, key), found
    assert message in found.message, found


def test_gates_are_read_as_a_list_or_as_the_actions_text() -> None:
    as_text = "watch: {gates: '[{prometheus: https://prom.test, query: errors, max: 0.1%}]'}"
    for text in (PROMETHEUS + "      max: 0.1%", as_text):
        (gate,) = load(text, WHERE).watch.gates
        assert (gate.name, gate.quantity) == ("prometheus errors", Quantity.ERRORS)


@pytest.mark.parametrize(
    ("query", "quantity"),
    [
        ('sum(rate(http_requests_total{code=~"5.."}[2m]))', Quantity.ERRORS),
        ("shop:error_ratio", Quantity.ERRORS),
        ("rate(failed_logins[5m])", Quantity.ERRORS),
        ("avg(cpu_usage)", Quantity.OTHER),
        ("container_memory_bytes", Quantity.OTHER),
        ("ferry_trips", Quantity.OTHER),
    ],
)
def test_only_a_query_that_names_errors_measures_errors(query: str, quantity: Quantity) -> None:
    (gate,) = load(f"watch:\n  gates: [{{prometheus: https://prom.test, query: '{query}', max: 1}}]", WHERE).watch.gates
    assert gate.quantity is quantity
