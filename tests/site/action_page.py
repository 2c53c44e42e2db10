"""The reference of the Action's inputs and outputs, generated from `action.yml`."""

from __future__ import annotations

import yaml


def reference(text: str) -> str:
    """Return the reference page for the text of an `action.yml`."""
    action = yaml.safe_load(text)
    lines = [
        "# Action reference",
        "",
        f"{action['description']}. Made from `action.yml`; [The Action](action.md) explains each command.",
        "",
        "## Inputs",
        "",
        "| input | default | meaning |",
        "|---|---|---|",
    ]
    for name, given in action["inputs"].items():
        default = "required" if given.get("required") else f"`{given['default']}`" if given.get("default") else "unset"
        lines.append(f"| `{name}` | {default} | {_cell(given['description'])} |")
    lines += ["", "## Outputs", "", "| output | holds |", "|---|---|"]
    lines += [f"| `{name}` | {_cell(given['description'])} |" for name, given in action["outputs"].items()]
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
