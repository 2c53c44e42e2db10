"""Write the policy's reference page from the models: `python -m hotfix.policy.reference > docs/policy.md`."""

from __future__ import annotations

from hotfix.policy.explain import Setting, by_purpose, explain, sections, written
from hotfix.policy.model import Policy

_HEAD = """\
<!-- Made by `python -m hotfix.policy.reference > docs/policy.md`; a test keeps it up to date. -->
# The policy

A repository configures its hotfixes in `.github/hotfix.yml`. Without the file or a setting, the defaults below apply,
which are those of the hotfix workflow.

**Which file counts.** The one on the default branch of the pull request's base repository, never the one of the pull
request's own branch; without one there, the same path in the owner's `.github` repository. `hotfix check` in a clone
uses the remote's default branch as last fetched; without a remote, the file in the work tree.

**Errors.** An unknown key, a wrong value and a duplicate key are errors, all reported with line and column; hotfix pull
requests fail until they are fixed, others pass with a note. Check before you push:

```console
$ hotfix policy validate
$ hotfix policy explain        # each rule on a line, and what your file changes; --all prints every setting
```

**In an editor.** `hotfix policy schema` prints a JSON Schema. With the YAML language server, make this the first line:

```yaml
# yaml-language-server: $schema=./hotfix-policy.schema.json
```

**Format of values.** A list with one item may be written as that item. Durations have units: `10m`, `4h`, `2d`.
Globs follow `.gitignore`: `*` stops at `/`, `**` doesn't, `!` excludes; a branch glob's last `*` crosses `/`, so
`hotfix/*` takes `hotfix/a/b`. A user is a login, a team is `org/team`. A rule may have only a level:
`size: warn`. A key without a value counts as unset. Aliases, tags and several documents are refused.

## An example

```yaml
people:
  tech_leads: acme/tech-leads
  security: acme/security
  incident_commanders: [alice, bob]
branches:
  back_merge: [main, develop]
rules:
  size: {max_lines: 60, ignore: ["docs/**"]}
  formatting: block
  security-review: {paths: ["src/auth/**", "src/payment/**"]}
deploy:
  workflow: hotfix-ship.yml
contacts:
  On-call engineer: "pager 555-0100"
```

## The settings
"""


def reference() -> str:
    """Return the page, in Markdown."""
    settings = explain(Policy())
    parts = [_HEAD]
    for section, meaning in [("", ""), *sections().items()]:
        own = [s for s in settings if s.key.rpartition(".")[0] == section]
        name = section.removeprefix("rules.") if section.startswith("rules.") else section
        if section:
            level = "####" if "." in section else "###"
            parts.append(f"\n{level} `{name}`\n\n{_sentence(meaning)}\n")
        if own:
            parts.append("\n| setting | default | meaning |\n|---|---|---|\n" + "".join(_row(s) for s in own))
    return "".join(parts)


def _sentence(words: str) -> str:
    words = words[:1].upper() + words[1:]
    return words if words.endswith(".") else words + "."


def _row(setting: Setting) -> str:
    name = setting.key.rpartition(".")[2]
    default = "unset" if written(setting.default) == "unset" else f"`{written(setting.default)}`"
    if groups := by_purpose(setting):
        rule = setting.key.split(".")[1]
        default = f"{sum(map(len, groups.values()))} globs, which `hotfix policy explain {rule}` lists"
    return f"| `{name}` | {_cell(default)} | {_cell(setting.meaning)} |\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


if __name__ == "__main__":
    print(reference(), end="")
